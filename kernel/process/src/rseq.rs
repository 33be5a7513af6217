//! Restartable sequences (rseq(2)): the program's `struct rseq` tells a thread where it runs, and has an instruction
//! sequence start again that was disturbed before its last instruction.
//!
//! Each switch away from a registered thread, and what membarrier(2) asks for, sets a work flag; on the way to user
//! mode [`resume`] then looks at the structure. Before a signal's handler it does so at once. The numbers are
//! written only where they have changed, so that a fork's child does not copy the page for that.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use abi::Errno;
use hal::thread::flags as work;
use mm::{AddressSpace, UserPtr, task_size_max};

use crate::signal::nr::SIGSEGV;
use crate::signal::{force_fatal, force_sig};
use crate::{Cx, Task};

/// Bytes of the structure in its first form, which programs still register.
const ORIG_SIZE: u32 = 32;
/// How many of its bytes have a meaning (AT_RSEQ_FEATURE_SIZE), and how it is aligned (AT_RSEQ_ALIGN).
pub const FEATURE_SIZE: u32 = 28;
/// See [`FEATURE_SIZE`].
pub const ALIGN: u64 = 32;
const FLAG_UNREGISTER: i32 = 1;
/// `cpu_id` of a structure that is not registered.
const UNINITIALIZED: u32 = u32::MAX;

/// Where the fields are.
mod field {
    pub const CPU_ID_START: u64 = 0;
    pub const CPU_ID: u64 = 4;
    pub const RSEQ_CS: u64 = 8;
    pub const FLAGS: u64 = 16;
    pub const NODE_ID: u64 = 20;
    pub const MM_CID: u64 = 24;
}

/// What a thread has registered; the thread itself changes it.
#[derive(Default)]
pub struct Rseq {
    addr: AtomicU64,
    len: AtomicU32,
    sig: AtomicU32,
    /// Processor plus one, and concurrency number, as they were written last; 0 for never.
    written: AtomicU64,
}

impl Rseq {
    /// What a child in an address space of its own begins with.
    pub(crate) fn copy(&self) -> Rseq {
        Rseq {
            addr: AtomicU64::new(self.addr.load(Relaxed)),
            len: AtomicU32::new(self.len.load(Relaxed)),
            sig: AtomicU32::new(self.sig.load(Relaxed)),
            written: AtomicU64::new(self.written.load(Relaxed)),
        }
    }

    fn set(&self, addr: u64, len: u32, sig: u32) {
        self.addr.store(addr, Relaxed);
        self.len.store(len, Relaxed);
        self.sig.store(sig, Relaxed);
        self.written.store(0, Relaxed);
    }
}

impl Task {
    /// The flags that a registered thread needs; for a new one before it runs.
    pub(crate) fn watch_rseq(&self) {
        let registered = self.rseq.addr.load(Relaxed) != 0;
        self.thread.set_rseq(registered);
        if registered {
            self.thread.context.set_flag(work::RSEQ);
        }
    }

    /// A new program has registered nothing.
    pub(crate) fn forget_rseq(&self) {
        self.rseq.set(0, 0, 0);
        self.thread.set_rseq(false);
    }
}

/// rseq(2).
pub fn rseq(cx: &mut Cx<'_>, addr: u64, len: u32, flags: i32, sig: u32) -> Result<usize, Errno> {
    let own = &cx.task.rseq;
    let (registered, same) = (own.addr.load(Relaxed), own.len.load(Relaxed) == len);
    let same = same && registered == addr;
    if flags & FLAG_UNREGISTER != 0 {
        if flags != FLAG_UNREGISTER || registered == 0 || !same {
            return Err(Errno::EINVAL);
        }
        if own.sig.load(Relaxed) != sig {
            return Err(Errno::EPERM);
        }
        reset(cx.mm(), addr)?;
        cx.task.forget_rseq();
        return Ok(0);
    }
    if flags != 0 || registered != 0 && !same {
        return Err(Errno::EINVAL);
    }
    if registered != 0 {
        return Err(if own.sig.load(Relaxed) == sig { Errno::EBUSY } else { Errno::EPERM });
    }
    if len < ORIG_SIZE || !addr.is_multiple_of(ALIGN) {
        return Err(Errno::EINVAL);
    }
    if addr.checked_add(u64::from(len)).is_none_or(|end| end > task_size_max()) {
        return Err(Errno::EFAULT);
    }
    // What is left there of another life would be taken for a sequence.
    if cx.mm().read(UserPtr::<u64>::new(addr + field::RSEQ_CS))? != 0 {
        clear_cs(cx.mm(), addr)?;
    }
    own.set(addr, len, sig);
    cx.task.watch_rseq();
    Ok(0)
}

fn put(mm: &AddressSpace, addr: u64, field: u64, value: u32) -> Result<(), Errno> {
    mm.write(UserPtr::<u32>::new(addr + field), &value)
}

fn reset(mm: &AddressSpace, addr: u64) -> Result<(), Errno> {
    put(mm, addr, field::CPU_ID_START, 0)?;
    put(mm, addr, field::CPU_ID, UNINITIALIZED)?;
    put(mm, addr, field::NODE_ID, 0)?;
    put(mm, addr, field::MM_CID, 0)
}

fn clear_cs(mm: &AddressSpace, addr: u64) -> Result<(), Errno> {
    mm.write(UserPtr::<u64>::new(addr + field::RSEQ_CS), &0)
}

/// On the way to user mode, after a switch: starts a disturbed sequence again and says where the thread runs.
/// `signal`: the one whose handler comes next.
pub(crate) fn resume(cx: &mut Cx<'_>, signal: i32) {
    cx.task.thread.context.clear_flag(work::RSEQ);
    let addr = cx.task.rseq.addr.load(Relaxed);
    if addr == 0 {
        return;
    }
    if fix_ip(cx, addr).and_then(|()| update(cx, addr)).is_err() {
        if signal == SIGSEGV {
            force_fatal(cx, SIGSEGV);
        } else {
            force_sig(cx, SIGSEGV);
        }
    }
}

/// As [`resume`], for a thread that is about to run a handler; cheap where nothing is registered.
#[inline]
pub(crate) fn before_handler(cx: &mut Cx<'_>, signal: i32) {
    if cx.task.rseq.addr.load(Relaxed) != 0 {
        resume(cx, signal);
    }
}

/// Writes the processor's number and the others, where they are not there already. A switch meanwhile sets the flag
/// again.
fn update(cx: &Cx<'_>, addr: u64) -> Result<(), Errno> {
    let (cpu, cid) = (sync::cpu::id() as u32, hal::thread::concurrency_id());
    let written = u64::from(cpu + 1) | u64::from(cid) << 32;
    if cx.task.rseq.written.load(Relaxed) == written {
        return Ok(());
    }
    let mm = cx.mm();
    put(mm, addr, field::CPU_ID_START, cpu)?;
    put(mm, addr, field::CPU_ID, cpu)?;
    put(mm, addr, field::NODE_ID, 0)?;
    put(mm, addr, field::MM_CID, cid)?;
    cx.task.rseq.written.store(written, Relaxed);
    Ok(())
}

/// A sequence, `struct rseq_cs`.
struct Sequence {
    start: u64,
    /// Bytes up to behind its last instruction.
    len: u64,
    abort: u64,
    flags: u32,
}

impl Sequence {
    fn parse([head, start, len, abort]: [u64; 4]) -> Option<Self> {
        let (version, flags) = (head as u32, (head >> 32) as u32);
        let end = start.checked_add(len)?;
        let outside = abort.wrapping_sub(start) >= len;
        let valid =
            version == 0 && start < task_size_max() && end < task_size_max() && abort < task_size_max();
        (valid && outside).then_some(Sequence { start, len, abort, flags })
    }

    fn contains(&self, ip: u64) -> bool {
        ip.wrapping_sub(self.start) < self.len
    }
}

/// If the thread was within the sequence that its structure names, it goes on where that says.
fn fix_ip(cx: &mut Cx<'_>, addr: u64) -> Result<(), Errno> {
    let mm = cx.mm();
    let at: u64 = mm.read(UserPtr::new(addr + field::RSEQ_CS))?;
    if at == 0 {
        return Ok(());
    }
    if at >= task_size_max() {
        return Err(Errno::EINVAL);
    }
    let sequence = Sequence::parse(mm.read(UserPtr::<[u64; 4]>::new(at))?).ok_or(Errno::EINVAL)?;
    // The word before the abort handler shows that the program means it to be one.
    let sig: u32 = mm.read(UserPtr::new(sequence.abort.wrapping_sub(4)))?;
    if sig != cx.task.rseq.sig.load(Relaxed) {
        return Err(Errno::EINVAL);
    }
    if !sequence.contains(cx.regs.ip) {
        return clear_cs(mm, addr);
    }
    // No flag is left that would have a meaning.
    if sequence.flags != 0 || mm.read(UserPtr::<u32>::new(addr + field::FLAGS))? != 0 {
        return Err(Errno::EINVAL);
    }
    clear_cs(mm, addr)?;
    cx.regs.ip = sequence.abort;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_have_to_make_sense() {
        let ok = Sequence::parse([0, 0x1000, 16, 0x2000]).unwrap();
        assert!(ok.contains(0x1000) && ok.contains(0x100f) && !ok.contains(0x1010) && !ok.contains(0xfff));
        assert_eq!(Sequence::parse([5 << 32, 0x1000, 16, 0x2000]).map(|s| s.flags), Some(5));
        for bad in [
            [1, 0x1000, 16, 0x2000],
            [0, 0x1000, 16, 0x1008],
            [0, u64::MAX - 4, 16, 0x2000],
            [0, task_size_max(), 0, 0x2000],
            [0, 0x1000, 16, task_size_max()],
        ] {
            assert!(Sequence::parse(bad).is_none(), "{bad:x?}");
        }
    }
}
