//! Small per-task settings that handlers and procfs read and set.

use core::sync::atomic::Ordering;

use alloc::sync::Arc;

use vfs::Cred;

use crate::coredump::settings;
use crate::rlimit::RLIMIT_NPROC;
use crate::task::flags;
use crate::users::User;
use crate::{Cx, Task, pid};

/// personality(2): no address space randomisation.
pub const ADDR_NO_RANDOMIZE: u32 = 0x0004_0000;
/// A 32-bit program has 3 GiB of addresses.
pub const ADDR_LIMIT_3GB: u32 = 0x0800_0000;
/// An executable zero page at address 0.
pub const MMAP_PAGE_ZERO: u32 = 0x0010_0000;
/// Mappings go upwards from a third of the address space.
pub const ADDR_COMPAT_LAYOUT: u32 = 0x0020_0000;
/// What may be read may be run.
pub const READ_IMPLIES_EXEC: u32 = 0x0040_0000;
/// select(2) and its kin leave their timeout as it is.
pub const STICKY_TIMEOUTS: u32 = 0x0400_0000;
/// What a set-user-ID program must not inherit.
pub(crate) const PER_CLEAR_ON_SETID: u32 =
    ADDR_NO_RANDOMIZE | MMAP_PAGE_ZERO | ADDR_COMPAT_LAYOUT | READ_IMPLIES_EXEC;

impl Task {
    /// Sets the personality word; the old one.
    pub fn set_personality(&self, value: u32) -> u32 {
        self.personality.swap(value, Ordering::Relaxed)
    }

    /// PR_SET_NO_NEW_PRIVS; there is no way back.
    pub fn set_no_new_privs(&self) {
        self.no_new_privs.store(true, Ordering::Relaxed);
    }

    /// PR_GET_PDEATHSIG.
    pub fn pdeath_signal(&self) -> i32 {
        self.pdeath_signal.load(Ordering::Relaxed)
    }

    /// PR_SET_PDEATHSIG.
    pub fn set_pdeath_signal(&self, signal: i32) {
        self.pdeath_signal.store(signal, Ordering::Relaxed);
    }

    /// PR_GET_DUMPABLE: 0, 1 or 2.
    pub fn dumpable(&self) -> u32 {
        self.group.dumpable.load(Ordering::Relaxed)
    }

    /// PR_SET_DUMPABLE.
    pub fn set_dumpable(&self, value: u32) {
        self.group.dumpable.store(value, Ordering::Relaxed);
    }

    /// `/proc/PID/coredump_filter`: bits of [`mm::dump_filter`].
    pub fn coredump_filter(&self) -> u32 {
        self.group.coredump_filter.load(Ordering::Relaxed)
    }

    /// Sets it; bits that mean nothing are dropped.
    pub fn set_coredump_filter(&self, bits: u32) {
        self.group.coredump_filter.store(bits & mm::dump_filter::ALL, Ordering::Relaxed);
    }

    /// PR_GET_CHILD_SUBREAPER.
    pub fn is_subreaper(&self) -> bool {
        self.group.subreaper.load(Ordering::Relaxed)
    }

    /// PR_SET_CHILD_SUBREAPER: orphaned descendants become this process's children.
    pub fn set_subreaper(&self, on: bool) {
        let _tree = pid::tree();
        self.group.subreaper.store(on, Ordering::Relaxed);
        if on {
            mark_descendants(&self.group);
        }
    }

    /// Whether this is an executed image (setpgid of the parent is then refused).
    pub fn has_execed(&self) -> bool {
        self.flags() & flags::PF_FORKNOEXEC == 0
    }
}

/// Tells everything below that there is a subreaper above. With the tree locked.
fn mark_descendants(group: &Arc<crate::ThreadGroup>) {
    let mut todo = alloc::vec![group.clone()];
    while let Some(next) = todo.pop() {
        for child in next.children.lock().values() {
            child.group.has_subreaper.store(true, Ordering::Relaxed);
            todo.push(child.group.clone());
        }
    }
}

impl Cx<'_> {
    /// Whether the task became a user who had too many processes, and still has.
    pub(crate) fn nproc_exceeded(&self) -> bool {
        if self.task.flags() & flags::PF_NPROC_EXCEEDED == 0 {
            return false;
        }
        let user = self.task.user.borrow(&self.owner);
        let still =
            user.is_some_and(|user| user.processes.load(Ordering::Relaxed) > self.rlimit(RLIMIT_NPROC));
        if !still {
            self.task.clear_flag(flags::PF_NPROC_EXCEEDED);
        }
        still
    }

    /// Puts new credentials in place and counts the task for another user if the real user
    /// changed. A change of identity or new capabilities make the process as dumpable as
    /// fs.suid_dumpable says, and forget PR_SET_PDEATHSIG.
    pub fn commit_creds(&mut self, new: Arc<Cred>) {
        let old = self.cred_arc().clone();
        if old.euid != new.euid
            || old.egid != new.egid
            || old.fsuid != new.fsuid
            || old.fsgid != new.fsgid
            || new.cap_permitted & !old.cap_permitted != 0
        {
            self.task.set_dumpable(settings::suid_dumpable());
            self.task.set_pdeath_signal(0);
        }
        if old.uid != new.uid {
            let user = User::find(new.uid);
            // Too many processes are execve's trouble: programs don't expect setuid to fail.
            if new.uid != 0 && user.processes.load(Ordering::Relaxed) > self.rlimit(RLIMIT_NPROC) {
                self.task.set_flag(flags::PF_NPROC_EXCEEDED);
            } else {
                self.task.clear_flag(flags::PF_NPROC_EXCEEDED);
            }
            user.processes.fetch_add(1, Ordering::Relaxed);
            let before = self.task.user.replace(&mut self.owner, Some(user));
            if let Some(before) = before {
                before.processes.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.set_cred(new);
    }
}
