//! Signals: what is pending, what a process does about it, and how it learns of it.

mod actions;
mod deliver;
mod fault;
pub mod frame;
mod info;
mod permission;
mod queue;
mod send;
mod set;
mod sigreturn;
mod stop;
mod wait;

pub use actions::{Action, Sighand, do_sigaction};
pub use deliver::{do_signal, exit_to_user_mode_work, sigmask_for_wait};
pub use fault::{do_trap, do_user_fault, force_fatal, force_sig, force_sig_fault};
pub use info::{Fields, SigInfo, code};
pub use permission::{check_kill_permission, kill, tgkill};
pub use queue::Pending;
pub use send::{Scope, send_signal, send_to_process, signal_pgrp, signal_pgrp_info, signal_task};
pub use set::{NSIG, SigSet};
pub use sigreturn::rt_sigreturn;
pub use wait::{do_sigaltstack, set_blocked, set_user_sigmask, sigsuspend, sigtimedwait};

pub(crate) use queue::Node;
pub(crate) use send::{recalc_sigpending, send_locked, wake_for_signal, zap_other_threads};
pub(crate) use stop::notify_stop_as_exiting;

/// The signal numbers (signal(7)), x86-64.
#[allow(missing_docs)]
pub mod nr {
    pub const SIGHUP: i32 = 1;
    pub const SIGINT: i32 = 2;
    pub const SIGQUIT: i32 = 3;
    pub const SIGILL: i32 = 4;
    pub const SIGTRAP: i32 = 5;
    pub const SIGABRT: i32 = 6;
    pub const SIGBUS: i32 = 7;
    pub const SIGFPE: i32 = 8;
    pub const SIGKILL: i32 = 9;
    pub const SIGUSR1: i32 = 10;
    pub const SIGSEGV: i32 = 11;
    pub const SIGUSR2: i32 = 12;
    pub const SIGPIPE: i32 = 13;
    pub const SIGALRM: i32 = 14;
    pub const SIGTERM: i32 = 15;
    pub const SIGSTKFLT: i32 = 16;
    pub const SIGCHLD: i32 = 17;
    pub const SIGCONT: i32 = 18;
    pub const SIGSTOP: i32 = 19;
    pub const SIGTSTP: i32 = 20;
    pub const SIGTTIN: i32 = 21;
    pub const SIGTTOU: i32 = 22;
    pub const SIGURG: i32 = 23;
    pub const SIGXCPU: i32 = 24;
    pub const SIGXFSZ: i32 = 25;
    pub const SIGVTALRM: i32 = 26;
    pub const SIGPROF: i32 = 27;
    pub const SIGWINCH: i32 = 28;
    pub const SIGIO: i32 = 29;
    pub const SIGPWR: i32 = 30;
    pub const SIGSYS: i32 = 31;
    pub const SIGRTMIN: i32 = 32;
}
