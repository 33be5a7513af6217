//! Calls of i386 that hold several: which one is meant, with its own arguments.

use super::{Abi, Call, Kind, Memory, signature};

/// A name, what the arguments are, and the arguments.
type Meant = (&'static str, &'static [Kind], [u64; 6]);

/// What a call stands for; none for one that stands for itself, or whose arguments cannot be read.
pub fn meant(call: &Call, memory: &dyn Memory) -> Option<Meant> {
    if call.abi != Abi::I386 {
        return None;
    }
    let args = call.args.map(|arg| arg & 0xffff_ffff);
    match signature(call.abi, call.number)?.1 {
        "socketcall" => socketcall(args, memory),
        "ipc" => ipc(args, memory),
        // The old mmap has one argument: where its six are.
        "mmap" => Some(("mmap", kinds("mmap")?, words(memory, args[0], 6)?)),
        _ => None,
    }
}

/// Words of a 32-bit program's memory.
fn words(memory: &dyn Memory, at: u64, count: usize) -> Option<[u64; 6]> {
    let mut bytes = [0; 24];
    let bytes = bytes.get_mut(..4 * count)?;
    if memory.read(at, bytes) < bytes.len() {
        return None;
    }
    let mut words = [0; 6];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u64::from(u32::from_le_bytes(bytes.try_into().ok()?));
    }
    Some(words)
}

/// What the arguments are where the call is one of its own. The 64-bit table has all but two.
fn kinds(name: &str) -> Option<&'static [Kind]> {
    let row = crate::nr::x86_64::SIGNATURES.iter().find(|row| row.1 == name);
    match (row, name) {
        (Some(row), _) => Some(row.2),
        (None, "send" | "recv") => Some(&[Kind::Int, Kind::Pointer, Kind::Ulong, Kind::Uint]),
        _ => None,
    }
}

/// By number, from 1.
const SOCKET_CALLS: [&str; 20] = [
    "socket",
    "bind",
    "connect",
    "listen",
    "accept",
    "getsockname",
    "getpeername",
    "socketpair",
    "send",
    "recv",
    "sendto",
    "recvfrom",
    "shutdown",
    "setsockopt",
    "getsockopt",
    "sendmsg",
    "recvmsg",
    "accept4",
    "recvmmsg",
    "sendmmsg",
];

fn socketcall(args: [u64; 6], memory: &dyn Memory) -> Option<Meant> {
    let name = SOCKET_CALLS.get(usize::try_from(args[0]).ok()?.checked_sub(1)?)?;
    let kinds = kinds(name)?;
    Some((name, kinds, words(memory, args[1], kinds.len())?))
}

fn ipc([call, first, second, third, pointer, fifth]: [u64; 6], memory: &dyn Memory) -> Option<Meant> {
    // The upper half is a version, of which only msgrcv knows two.
    let old = call >> 16 == 0;
    let (name, args) = match call & 0xffff {
        1 => ("semop", [first, pointer, second, 0, 0, 0]),
        2 => ("semget", [first, second, third, 0, 0, 0]),
        3 => ("semctl", [first, second, third, words(memory, pointer, 1)?[0], 0, 0]),
        4 => ("semtimedop", [first, pointer, second, fifth, 0, 0]),
        11 => ("msgsnd", [first, pointer, second, third, 0, 0]),
        12 if old => {
            let [buffer, kind, ..] = words(memory, pointer, 2)?;
            ("msgrcv", [first, buffer, second, kind, third, 0])
        }
        12 => ("msgrcv", [first, pointer, second, fifth, third, 0]),
        13 => ("msgget", [first, second, 0, 0, 0, 0]),
        14 => ("msgctl", [first, second, pointer, 0, 0, 0]),
        21 => ("shmat", [first, pointer, second, 0, 0, 0]),
        22 => ("shmdt", [pointer, 0, 0, 0, 0, 0]),
        23 => ("shmget", [first, second, third, 0, 0, 0]),
        24 => ("shmctl", [first, second, pointer, 0, 0, 0]),
        _ => return None,
    };
    Some((name, kinds(name)?, args))
}
