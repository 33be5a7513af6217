//! Signals: what is pending, what a process does about it, and how it learns of it.

mod actions;
pub mod crash_log;
mod deliver;
mod fault;
pub mod frame;
pub mod frame32;
pub mod frame_x32;
mod info;
mod insn;
mod permission;
mod queue;
mod send;
mod set;
pub mod signalfd;
mod sigreturn;
mod stop;
mod umip;
mod wait;

pub use actions::{Action, SIG_DFL, SIG_IGN, Sighand, do_sigaction, sa};
pub use deliver::{SavedMask, do_signal, exit_to_user_mode_work, sigmask_for_wait};
pub(crate) use fault::copy_failed;
pub use fault::{do_trap, do_user_fault, force_fatal, force_sig, force_sig_fault};
pub use info::{Fields, SigInfo, code};
pub use permission::{check_kill_permission, kill, kill_one, kill_pgrp, kill_task, tgkill};
pub use queue::Pending;
pub use send::{Scope, send_signal, send_to_process, signal_pgrp, signal_pgrp_info, signal_task};
pub use set::{NSIG, SigSet};
pub use sigreturn::rt_sigreturn;
pub use wait::{do_sigaltstack, pause, set_blocked, set_user_sigmask, sigsuspend, sigtimedwait};

pub(crate) use fault::kill_process;
pub(crate) use queue::Node;
pub(crate) use send::{kill_thread, recalc_sigpending, wake_for_signal, zap_other_threads};
pub(crate) use stop::{JOBCTL_STOPPED, notify_stop_as_exiting};

/// The signal numbers (signal(7)), x86-64.
pub mod nr {
    pub use abi::consts::signal::{
        SIGABRT, SIGALRM, SIGBUS, SIGCHLD, SIGCONT, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGIO, SIGKILL, SIGPIPE,
        SIGPROF, SIGPWR, SIGQUIT, SIGSEGV, SIGSTKFLT, SIGSTOP, SIGSYS, SIGTERM, SIGTRAP, SIGTSTP, SIGTTIN,
        SIGTTOU, SIGURG, SIGUSR1, SIGUSR2, SIGVTALRM, SIGWINCH, SIGXCPU, SIGXFSZ,
    };
    /// The first real-time signal.
    pub const SIGRTMIN: i32 = 32;
}
