//! The task: what the scheduler runs and what a system call acts for.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

use mm::AddressSpace;
use sync::SpinLock;
use sync::owner::OwnerSlot;
use vfs::{Cred, FdTable, FsStruct};

use crate::group::ThreadGroup;
use crate::ptrace::TraceState;
use crate::signal::{Pending, Sighand};
use crate::users::User;

/// Bits of [`Task::flags`], with the values that `/proc/PID/stat` shows.
pub mod flags {
    /// Being torn down.
    pub const PF_EXITING: u32 = 0x4;
    /// Forked and not yet exec'ed.
    pub const PF_FORKNOEXEC: u32 = 0x40;
    /// Has a policy for memory errors of its own (PR_MCE_KILL).
    pub const PF_MCE_PROCESS: u32 = 0x80;
    /// It is killed early for them.
    pub const PF_MCE_EARLY: u32 = 0x0800_0000;
    /// Its allocations wait for no input or output (PR_SET_IO_FLUSHER): none do but kswapd0's.
    pub const PF_IO_FLUSHER: u32 = 0x0018_0000;
    /// Used super-user privileges.
    pub const PF_SUPERPRIV: u32 = 0x100;
    /// Writes its core.
    pub const PF_DUMPCORE: u32 = 0x200;
    /// Killed by a signal.
    pub const PF_SIGNALED: u32 = 0x400;
    /// Addresses are not randomised for this process (personality(2)).
    pub const PF_RANDOMIZE: u32 = 0x0040_0000;
    /// Became a user with too many processes; execve is refused (setuid(2)).
    pub const PF_NPROC_EXCEEDED: u32 = 0x1000;
    /// Runs in the kernel only.
    pub const PF_KTHREAD: u32 = 0x0020_0000;
}

/// Where a task stands between its last instruction and being reaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum ExitState {
    /// Not exited.
    Alive = 0,
    /// Exited; its parent has not asked yet.
    Zombie = 1,
    /// Reaped (or nobody will ask).
    Dead = 2,
}

/// What `restart_syscall` calls when a call that keeps state was interrupted.
pub type RestartFn = fn(&mut crate::Cx<'_>, [u64; 6]) -> Result<usize, abi::Errno>;

/// The continuation that ERESTART_RESTARTBLOCK refers to.
#[derive(Clone, Copy)]
pub struct RestartBlock {
    /// The function that goes on with the call.
    pub func: RestartFn,
    /// Its state; the meaning is the function's own.
    pub args: [u64; 6],
    /// It was a call by a 32-bit door, and goes on by that table.
    pub compat: bool,
}

/// The alternate signal stack (sigaltstack(2)).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AltStack {
    /// Lowest address.
    pub sp: u64,
    /// Size in bytes; 0 when there is none.
    pub size: u64,
    /// SS_DISABLE, SS_AUTODISARM.
    pub flags: u32,
}

/// What a fault left for the signal frame (`trapno`, `err` and `cr2` of the sigcontext).
#[derive(Debug, Default)]
pub struct LastTrap {
    /// Vector.
    pub trap_nr: AtomicU64,
    /// The processor's error code.
    pub error_code: AtomicU64,
    /// Faulting address.
    pub cr2: AtomicU64,
}

/// State that only matters while something unusual goes on; under one lock.
#[derive(Default)]
pub(crate) struct Rare {
    pub alt_stack: AltStack,
    pub restart: Option<RestartBlock>,
    /// Mask to put back when no handler ran (sigsuspend, ppoll, …).
    pub saved_sigmask: Option<u64>,
    pub start: Option<KernelStart>,
    /// Who waits for this task's vfork to be over.
    pub vfork_done: Option<Arc<crate::fork::VforkDone>>,
    /// Priority of its input and output, once somebody has set it.
    pub io: Option<Arc<crate::ioprio::IoContext>>,
    /// Where its memory shall come from (set_mempolicy(2)).
    pub mempolicy: Option<mm::policy::Policy>,
}

/// The first thing a new task does in the kernel, before it enters user mode.
pub type KernelStart = Box<dyn FnOnce(&mut crate::Cx<'_>) + Send>;

/// A thread, as the kernel sees it. Held as `Arc<Task>`.
pub struct Task {
    /// The scheduler's part, with the machine context in it.
    pub thread: sched::Thread,
    pub(crate) pid: AtomicI32,
    pub(crate) tgid: i32,
    /// The process that this thread belongs to.
    pub group: Arc<ThreadGroup>,
    pub(crate) flags: AtomicU32,
    pub(crate) mm: OwnerSlot<AddressSpace>,
    pub(crate) files: OwnerSlot<FdTable>,
    pub(crate) fs: OwnerSlot<FsStruct>,
    pub(crate) cred: OwnerSlot<Cred>,
    pub(crate) sighand: OwnerSlot<Sighand>,
    pub(crate) user: OwnerSlot<User>,
    /// Blocked signals; written by the owner under the group's signal lock.
    pub(crate) blocked: AtomicU64,
    /// Signals that rt_sigtimedwait is waiting for (they wake although blocked).
    pub(crate) real_blocked: AtomicU64,
    /// This thread's own pending signals; the list is guarded by the group's signal lock.
    pub(crate) pending: Pending,
    /// Group-stop bookkeeping, see signal/stop.rs; guarded by the group's signal lock.
    pub(crate) jobctl: AtomicU32,
    pub(crate) comm: [AtomicU64; 2],
    pub(crate) exit_state: AtomicU32,
    pub(crate) exit_code: AtomicI32,
    /// Signal for the parent at exit; -1 for a thread that isn't the leader.
    pub(crate) exit_signal: AtomicI32,
    pub(crate) pdeath_signal: AtomicI32,
    /// The thread that created this one (for __WNOTHREAD and PDEATHSIG).
    pub(crate) parent_tid: AtomicI32,
    pub(crate) clear_child_tid: AtomicU64,
    pub(crate) set_child_tid: AtomicU64,
    pub(crate) robust_list: AtomicU64,
    /// The same with 32-bit pointers.
    pub(crate) compat_robust_list: AtomicU64,
    pub(crate) rseq: crate::rseq::Rseq,
    pub(crate) personality: AtomicU32,
    pub(crate) no_new_privs: AtomicBool,
    pub(crate) min_flt: AtomicU64,
    pub(crate) maj_flt: AtomicU64,
    /// CLOCK_MONOTONIC at creation, in ns.
    pub(crate) start_time_ns: u64,
    /// The last trap, for the signal frame.
    pub trap: LastTrap,
    /// What ptrace keeps here.
    pub trace: TraceState,
    pub(crate) rare: SpinLock<Rare>,
}

impl Task {
    /// The thread's number: `gettid`.
    #[inline]
    pub fn pid(&self) -> i32 {
        self.pid.load(Ordering::Relaxed)
    }

    /// The process's number: `getpid`.
    #[inline]
    pub fn tgid(&self) -> i32 {
        self.tgid
    }

    /// The parent process's number, 0 for init and the kernel's own.
    #[inline]
    pub fn ppid(&self) -> i32 {
        self.group.ppid.load(Ordering::Relaxed)
    }

    /// The process group.
    #[inline]
    pub fn pgrp(&self) -> i32 {
        self.group.pgrp.load(Ordering::Relaxed)
    }

    /// The session.
    #[inline]
    pub fn session(&self) -> i32 {
        self.group.session.load(Ordering::Relaxed)
    }

    /// Whether this is the session's leader.
    pub fn is_session_leader(&self) -> bool {
        self.session() == self.tgid
    }

    /// Whether the task carries its process's number.
    pub fn is_group_leader(&self) -> bool {
        self.pid() == self.tgid
    }

    /// Whether the task never enters user mode.
    pub fn is_kthread(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & flags::PF_KTHREAD != 0
    }

    /// The address space; none for kernel threads and after exit.
    pub fn mm(&self) -> Option<Arc<AddressSpace>> {
        self.mm.get()
    }

    /// The descriptor table; none after exit.
    pub fn files(&self) -> Option<Arc<FdTable>> {
        self.files.get()
    }

    /// Root, working directory and umask; none after exit.
    pub fn fs(&self) -> Option<Arc<FsStruct>> {
        self.fs.get()
    }

    /// The credentials.
    pub fn cred(&self) -> Arc<Cred> {
        self.cred.get().unwrap_or_else(Cred::root)
    }

    /// The signal actions; none after exit.
    pub fn sighand(&self) -> Option<Arc<Sighand>> {
        self.sighand.get()
    }

    /// The name that `ps` shows: at most 15 bytes, without the NUL.
    pub fn comm(&self) -> Comm {
        let mut bytes = [0; 16];
        for (chunk, word) in bytes.chunks_exact_mut(8).zip(&self.comm) {
            chunk.copy_from_slice(&word.load(Ordering::Relaxed).to_le_bytes());
        }
        Comm(bytes)
    }

    /// Sets the name; it is cut at 15 bytes or its first NUL.
    pub fn set_comm(&self, name: &[u8]) {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(name.iter().take(15).take_while(|b| **b != 0)) {
            *to = *from;
        }
        for (word, chunk) in self.comm.iter().zip(bytes.chunks_exact(8)) {
            let mut raw = [0; 8];
            raw.copy_from_slice(chunk);
            word.store(u64::from_le_bytes(raw), Ordering::Relaxed);
        }
    }

    /// Alive, zombie or dead.
    pub fn exit_state(&self) -> ExitState {
        match self.exit_state.load(Ordering::Acquire) {
            0 => ExitState::Alive,
            1 => ExitState::Zombie,
            _ => ExitState::Dead,
        }
    }

    /// The `flags` column of `/proc/PID/stat`.
    pub fn flags(&self) -> u32 {
        self.flags.load(Ordering::Relaxed)
    }

    /// Sets a flag in [`flags`].
    pub fn set_flag(&self, flag: u32) {
        self.flags.fetch_or(flag, Ordering::Relaxed);
    }

    /// Clears one.
    pub fn clear_flag(&self, flag: u32) {
        self.flags.fetch_and(!flag, Ordering::Relaxed);
    }

    /// Leaves a continuation for `restart_syscall`; the call then returns
    /// `ERESTART_RESTARTBLOCK`.
    pub fn set_restart(&self, func: RestartFn, args: [u64; 6]) {
        let compat = self.thread.context.in_compat_call();
        self.rare.lock().restart = Some(RestartBlock { func, args, compat });
    }

    /// The continuation that was left, if any.
    pub fn take_restart(&self) -> Option<RestartBlock> {
        self.rare.lock().restart.take()
    }

    /// Where its memory shall come from, unless an area says otherwise (set_mempolicy(2)).
    pub fn mempolicy(&self) -> Option<mm::policy::Policy> {
        self.rare.lock().mempolicy
    }

    /// Sets that.
    pub fn set_mempolicy(&self, policy: Option<mm::policy::Policy>) {
        self.rare.lock().mempolicy = policy;
    }

    /// Personality word (personality(2)).
    pub fn personality(&self) -> u32 {
        self.personality.load(Ordering::Relaxed)
    }

    /// CLOCK_MONOTONIC at the task's creation.
    pub fn start_time_ns(&self) -> u64 {
        self.start_time_ns
    }

    /// (minor, major) page faults.
    pub fn faults(&self) -> (u64, u64) {
        (self.min_flt.load(Ordering::Relaxed), self.maj_flt.load(Ordering::Relaxed))
    }

    /// (user, system) time of this thread in ns.
    pub fn times(&self) -> (u64, u64) {
        self.thread.times()
    }

    pub(crate) fn exiting(&self) -> bool {
        self.flags() & flags::PF_EXITING != 0
    }
}

/// A task's name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Comm([u8; 16]);

impl Comm {
    /// The bytes before the NUL.
    pub fn as_bytes(&self) -> &[u8] {
        let len = self.0.iter().position(|b| *b == 0).unwrap_or(15);
        self.0.get(..len).unwrap_or(&[])
    }

    /// All 16 bytes, as prctl(PR_GET_NAME) gives them.
    pub fn raw(&self) -> &[u8; 16] {
        &self.0
    }
}

impl core::fmt::Display for Comm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for chunk in self.as_bytes().utf8_chunks() {
            f.write_str(chunk.valid())?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}
