//! Where ptrace will hook in: the state exists from the first process on, so that
//! stops and reports already pass through it.

use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use abi::capability::CAP_SYS_PTRACE;

use crate::Task;

/// What a tracer asked for and what it may collect.
#[derive(Debug, Default)]
pub struct TraceState {
    /// PT_* bits; 0 when nobody traces.
    flags: AtomicU32,
    /// The tracer's process number, 0 for none (`TracerPid`).
    tracer: AtomicI32,
}

/// The task is traced.
pub const PT_PTRACED: u32 = 1;

impl TraceState {
    /// Whether a tracer is attached.
    #[inline]
    pub fn is_traced(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & PT_PTRACED != 0
    }

    /// The tracer's process number, 0 for none.
    pub fn tracer(&self) -> i32 {
        self.tracer.load(Ordering::Relaxed)
    }
}

/// Whether `me` may look into `other` (ptrace(2), PTRACE_MODE_READ_FSCREDS): a thread of the same process may; else
/// all of the other's user and group IDs must be the file-access ones of `me`, and it must be dumpable and hold
/// no capability that `me` lacks; CAP_SYS_PTRACE stands in for each.
pub fn may_read(me: &Task, other: &Task) -> bool {
    let mine = me.cred();
    may_access(me, other, mine.fsuid, mine.fsgid)
}

/// The same by the caller's real IDs (PTRACE_MODE_ATTACH_REALCREDS).
pub fn may_attach(me: &Task, other: &Task) -> bool {
    let mine = me.cred();
    may_access(me, other, mine.uid, mine.gid)
}

fn may_access(me: &Task, other: &Task, uid: u32, gid: u32) -> bool {
    if me.tgid() == other.tgid() {
        return true;
    }
    let (mine, theirs) = (me.cred(), other.cred());
    if mine.capable(CAP_SYS_PTRACE) {
        return true;
    }
    [theirs.uid, theirs.euid, theirs.suid].iter().all(|id| *id == uid)
        && [theirs.gid, theirs.egid, theirs.sgid].iter().all(|id| *id == gid)
        && other.dumpable() == 1
        && theirs.cap_permitted & !mine.cap_permitted == 0
}
