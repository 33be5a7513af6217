//! What the threads of one process share beside memory and files: numbers, shared
//! signals, limits, children, the terminal (Linux: `signal_struct`).

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

use abi::Errno;
use sched::WaitQueue;
use sync::{IrqSpinLock, SpinLock};
use vfs::File;

use crate::Task;
use crate::coredump::CoreState;
use crate::rank;
use crate::rlimit::{Limits, RLIM_INFINITY};
use crate::signal::Pending;
use crate::terminal::ControllingTty;

/// The executed file, which nobody may open for writing meanwhile (ETXTBSY).
pub(crate) struct Exe {
    file: Arc<File>,
    /// Counted in the inode; not if somebody began to write between exec's look and this.
    denies_write: bool,
}

impl Exe {
    fn new(file: Arc<File>) -> Self {
        let denies_write = file.inode.deny_write_access().is_ok();
        Exe { file, denies_write }
    }
}

impl Drop for Exe {
    fn drop(&mut self) {
        if self.denies_write {
            self.file.inode.allow_write_access();
        }
    }
}

/// What the group's signal lock guards.
pub(crate) struct GroupState {
    /// Every thread that has not been released, the leader first while it lives.
    pub threads: Vec<Arc<Task>>,
    /// The thread that took the process's last signal, by its number; where the search for the next one begins.
    pub curr_target: i32,
    /// The process is on its way out with this wait status.
    pub exit_code: Option<i32>,
    /// The thread that runs execve and waits for the others to be gone.
    pub exec_task: Option<Arc<Task>>,
    /// Threads that a group stop still waits for.
    pub stop_count: u32,
    /// Signal that stopped (or is stopping) the group; 0 when it runs.
    pub stop_signal: i32,
    /// All threads have stopped.
    pub stopped: bool,
    /// The parent may still learn of the stop / the continuation through wait.
    pub stop_reported: bool,
    pub continued: bool,
    /// A core that is being written: a thread that ends gives its registers to it.
    pub core: Option<Arc<CoreState>>,
    /// CLD_STOPPED or CLD_CONTINUED that the next thread on its way out reports; 0 for none.
    pub notify_parent: i32,
}

/// Times and counters of threads or children that are gone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// User time in ns.
    pub utime_ns: u64,
    /// System time in ns.
    pub stime_ns: u64,
    /// Minor faults.
    pub min_flt: u64,
    /// Major faults.
    pub maj_flt: u64,
    /// Voluntary context switches.
    pub nvcsw: u64,
    /// Involuntary context switches.
    pub nivcsw: u64,
    /// Largest resident set in KiB.
    pub maxrss_kib: u64,
}

impl Usage {
    /// Adds `other`; the resident set is the larger of both.
    pub fn add(&mut self, other: &Usage) {
        self.utime_ns = self.utime_ns.saturating_add(other.utime_ns);
        self.stime_ns = self.stime_ns.saturating_add(other.stime_ns);
        self.min_flt += other.min_flt;
        self.maj_flt += other.maj_flt;
        self.nvcsw += other.nvcsw;
        self.nivcsw += other.nivcsw;
        self.maxrss_kib = self.maxrss_kib.max(other.maxrss_kib);
    }
}

/// Usage of exited threads (`own`) and of reaped children.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Accounts {
    pub own: Usage,
    pub children: Usage,
}

/// A process.
pub struct ThreadGroup {
    pub(crate) tgid: i32,
    pub(crate) ppid: AtomicI32,
    pub(crate) pgrp: AtomicI32,
    pub(crate) session: AtomicI32,
    /// Threads that have not begun to exit.
    pub(crate) live: AtomicU32,
    pub(crate) state: IrqSpinLock<GroupState>,
    /// Signals for the process as a whole.
    pub(crate) shared: Pending,
    pub(crate) limits: Limits,
    /// Children by process number; guarded by the lock around it, taken inside TREE only.
    pub(crate) children: SpinLock<BTreeMap<i32, Arc<Task>>>,
    /// Where `wait4` sleeps.
    pub(crate) child_exit: WaitQueue,
    pub(crate) accounts: SpinLock<Accounts>,
    pub(crate) tty: SpinLock<Option<Arc<dyn ControllingTty>>>,
    /// The foreground of a terminal that a session leader lost by a hang-up: it gets SIGHUP when the leader exits.
    old_foreground: AtomicI32,
    /// The executed file (`/proc/PID/exe`).
    pub(crate) exe: SpinLock<Option<Exe>>,
    pub(crate) subreaper: AtomicBool,
    /// An ancestor is a subreaper, so that reparenting has to look for it.
    pub(crate) has_subreaper: AtomicBool,
    /// Init: signals without a handler don't reach it.
    pub(crate) unkillable: AtomicBool,
    /// Whether execve has been called since the process was forked (setpgid cares).
    pub(crate) did_exec: AtomicBool,
    pub(crate) oom_score_adj: AtomicI32,
    /// MM dumpable (prctl PR_SET_DUMPABLE).
    pub(crate) dumpable: AtomicU32,
    /// What a core file holds (`/proc/PID/coredump_filter`).
    pub(crate) coredump_filter: AtomicU32,
    pub(crate) maxrss_kib: AtomicU64,
    pub(crate) itimers: crate::itimer::ITimers,
    pub(crate) posix_timers: crate::posix_timer::PosixTimers,
    /// Who waits for signals through signalfd(2).
    pub(crate) signalfd: WaitQueue,
    /// Who waits for the process's end through pidfd_open(2).
    pub(crate) pidfds: WaitQueue,
    /// Number of its pidfds' inode, 0 until there is one.
    pub(crate) pidfs_ino: AtomicU64,
    /// The process has ended; its parent may not have asked yet.
    pub(crate) ended: AtomicBool,
    /// The process's number is its own no more.
    pub(crate) reaped: AtomicBool,
}

impl ThreadGroup {
    pub(crate) fn new(tgid: i32, limits: Limits) -> Self {
        Self {
            tgid,
            ppid: AtomicI32::new(0),
            pgrp: AtomicI32::new(0),
            session: AtomicI32::new(0),
            live: AtomicU32::new(1),
            state: IrqSpinLock::new(
                rank::SIGNAL,
                GroupState {
                    threads: Vec::new(),
                    curr_target: 0,
                    exit_code: None,
                    exec_task: None,
                    stop_count: 0,
                    stop_signal: 0,
                    stopped: false,
                    stop_reported: false,
                    continued: false,
                    core: None,
                    notify_parent: 0,
                },
            ),
            shared: Pending::new(),
            limits,
            children: SpinLock::new(rank::CHILDREN, BTreeMap::new()),
            child_exit: WaitQueue::new(),
            accounts: SpinLock::new(rank::ACCOUNTS, Accounts::default()),
            tty: SpinLock::new(rank::TTY_SLOT, None),
            old_foreground: AtomicI32::new(0),
            exe: SpinLock::new(rank::TTY_SLOT, None),
            subreaper: AtomicBool::new(false),
            has_subreaper: AtomicBool::new(false),
            unkillable: AtomicBool::new(false),
            did_exec: AtomicBool::new(false),
            oom_score_adj: AtomicI32::new(0),
            dumpable: AtomicU32::new(1),
            coredump_filter: AtomicU32::new(mm::dump_filter::DEFAULT),
            maxrss_kib: AtomicU64::new(0),
            itimers: Default::default(),
            posix_timers: crate::posix_timer::PosixTimers::new(),
            signalfd: WaitQueue::new(),
            pidfds: WaitQueue::new(),
            pidfs_ino: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            reaped: AtomicBool::new(false),
        }
    }

    /// The number that the process's pidfds have as files; no other process has it.
    pub(crate) fn pidfs_ino(&self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let own = self.pidfs_ino.load(Ordering::Relaxed);
        if own != 0 {
            return own;
        }
        let new = NEXT.fetch_add(1, Ordering::Relaxed);
        match self.pidfs_ino.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => new,
            Err(own) => own,
        }
    }

    /// Whether all of the process has ended.
    pub fn has_exited(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Whether the process is gone from every table.
    pub fn is_reaped(&self) -> bool {
        self.reaped.load(Ordering::SeqCst)
    }

    /// The process number.
    #[inline]
    pub fn tgid(&self) -> i32 {
        self.tgid
    }

    /// The soft limit `resource` (RLIMIT_* number).
    #[inline]
    pub fn rlimit(&self, resource: usize) -> u64 {
        self.limits.soft(resource).unwrap_or(RLIM_INFINITY)
    }

    /// All limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The thread that carries the process's number, while it is not released.
    pub fn leader(&self) -> Option<Arc<Task>> {
        self.state.lock().threads.first().cloned()
    }

    /// Every thread.
    pub fn threads(&self) -> Vec<Arc<Task>> {
        loop {
            let want = self.state.lock().threads.len();
            let mut list = Vec::with_capacity(want);
            let state = self.state.lock();
            if state.threads.len() <= list.capacity() {
                list.extend(state.threads.iter().cloned());
                return list;
            }
        }
    }

    /// How many threads there are (`num_threads` of `/proc/PID/stat`).
    pub fn nr_threads(&self) -> usize {
        self.state.lock().threads.len()
    }

    /// Whether the whole process is on its way out.
    pub fn exiting(&self) -> bool {
        self.state.lock().exit_code.is_some()
    }

    /// The session's terminal.
    pub fn tty(&self) -> Option<Arc<dyn ControllingTty>> {
        self.tty.lock().clone()
    }

    /// Sets or clears the terminal of this process.
    pub fn set_tty(&self, tty: Option<Arc<dyn ControllingTty>>) {
        if tty.is_some() {
            self.set_old_foreground(0);
        }
        let old = core::mem::replace(&mut *self.tty.lock(), tty);
        drop(old);
    }

    /// Notes whom the session leader leaves behind at a terminal that is gone; 0 for nobody.
    pub fn set_old_foreground(&self, pgid: i32) {
        self.old_foreground.store(pgid, Ordering::Relaxed);
    }

    /// Takes that note.
    pub(crate) fn take_old_foreground(&self) -> i32 {
        self.old_foreground.swap(0, Ordering::Relaxed)
    }

    /// The file that the process executes; none for kernel threads.
    pub fn exe_file(&self) -> Option<Arc<File>> {
        self.exe.lock().as_ref().map(|exe| exe.file.clone())
    }

    /// Another file passes for the executed one (prctl PR_SET_MM_EXE_FILE).
    pub fn replace_exe_file(&self, file: Arc<File>) {
        self.set_exe_file(Some(file));
    }

    pub(crate) fn set_exe_file(&self, file: Option<Arc<File>>) {
        let exe = file.map(Exe::new);
        let old = core::mem::replace(&mut *self.exe.lock(), exe);
        drop(old);
    }

    /// `/proc/PID/oom_score_adj`: -1000 (never) to 1000.
    pub fn oom_score_adj(&self) -> i32 {
        self.oom_score_adj.load(Ordering::Relaxed)
    }

    /// Sets `oom_score_adj`; `EINVAL` outside of -1000..=1000.
    pub fn set_oom_score_adj(&self, value: i32) -> Result<(), Errno> {
        if !(-1000..=1000).contains(&value) {
            return Err(Errno::EINVAL);
        }
        self.oom_score_adj.store(value, Ordering::Relaxed);
        Ok(())
    }

    /// Usage of the process itself: live and exited threads.
    pub fn usage(&self) -> Usage {
        // A thread that ends goes over to the accounts under their lock: so it is counted once.
        let threads = self.threads();
        let accounts = self.accounts.lock();
        let mut sum = accounts.own;
        let mut mm = None;
        for task in &threads {
            if task.exit_state() == crate::task::ExitState::Alive {
                sum.add(&task.own_usage());
                mm = mm.or_else(|| task.mm());
            }
        }
        drop(accounts);
        drop(threads);
        let rss_kib = mm.map_or(0, |mm| mm.peak_rss_pages() * 4);
        sum.maxrss_kib = sum.maxrss_kib.max(rss_kib).max(self.maxrss_kib.load(Ordering::Relaxed));
        sum
    }

    /// Usage of the children that were waited for.
    pub fn children_usage(&self) -> Usage {
        self.accounts.lock().children
    }
}
