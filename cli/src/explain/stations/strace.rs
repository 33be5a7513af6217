//! The call in one line, as strace(1) prints it.

use abi::strace::{self, Call, Outcome};
use abi_gen::{Abi, register_names};

use super::{Subject, Trace};

/// The line; the arguments that the call fills are shown as they were afterwards.
pub fn line(subject: &Subject, trace: &Trace, outcome: Outcome) -> Option<String> {
    let at = &trace.steps[trace.door.at].registers;
    let narrow = subject.abi == Abi::I386;
    let fast = narrow && subject.is_vdso(at.ip);
    let value = |name: &&str| match trace.door.stack.get(..4) {
        // The vDSO's doors have it on the stack.
        Some(bytes) if fast && *name == "ebp" => bytes.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b)),
        _ => at.get(name),
    };
    let call = Call {
        abi: match subject.abi {
            Abi::X86_64 => strace::Abi::X86_64,
            Abi::X32 => strace::Abi::X32,
            Abi::I386 => strace::Abi::I386,
        },
        number: at.get("eax") as u32,
        args: register_names(subject.abi).1.each_ref().map(value),
    };
    let memory = |texts: &[(String, Vec<u8>)], address: u64, into: &mut [u8]| {
        texts
            .iter()
            .filter_map(|(name, bytes)| {
                let start = at.get(name) & if narrow { u64::from(u32::MAX) } else { u64::MAX };
                bytes.get(usize::try_from(address.checked_sub(start)?).ok()?..)
            })
            .map(|bytes| {
                let count = bytes.len().min(into.len());
                into[..count].copy_from_slice(&bytes[..count]);
                count
            })
            .next()
            .unwrap_or(0)
    };
    let mut out = String::new();
    let before = |address: u64, into: &mut [u8]| memory(&trace.door.texts, address, into);
    let after = |address: u64, into: &mut [u8]| memory(&trace.door.texts_after, address, into);
    let printed = strace::enter(&mut out, &call, &before).ok()?;
    strace::leave(&mut out, &call, printed, outcome, &after).ok()?;
    Some(out)
}
