//! Tasks: processes and threads, credentials' use, signals, execve, exit and wait.
//!
//! [`Task`] is what runs; threads of one process share a [`group::ThreadGroup`]. [`Cx`] is
//! what a system call's handler is given. Locks, outermost first: [`pid::Tree`] (the
//! relations between processes), a group's children, its accounts, a task's rare state,
//! then with interrupts off a group's signal state, its signal actions, one signal queue.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod bitmap;
mod boot;
pub mod coredump;
pub mod cpu_clock;
mod cx;
pub mod exec;
pub mod exit;
pub mod fork;
pub mod group;
mod identity;
pub mod ioprio;
pub mod itimer;
pub mod oom;
pub mod pid;
pub mod pidfd;
pub mod posix_timer;
pub mod ptrace;
mod rank;
pub mod rlimit;
mod robust;
pub mod rseq;
pub mod sigio;
pub mod signal;
mod sleep;
mod sockets;
pub mod stat;
pub mod task;
pub mod terminal;
pub mod users;
pub mod uts;
pub mod vsyscall;
pub mod wait;

pub use boot::{adopt_idle_task, init, run_init, spawn_init, start_with};
pub use cx::{Cx, landing_pad};
pub use exit::{do_exit, do_group_exit};
pub use fork::{CloneArgs, kernel_clone, ret_from_fork};
pub use group::{ThreadGroup, Usage};
pub use identity::{READ_IMPLIES_EXEC, STICKY_TIMEOUTS};
pub use pid::{
    PID_MAX, find_process, find_task, for_each_in_session, for_each_process, init_task, is_orphaned_pgrp,
    last_pid, next_process, next_task, nr_tasks, session_of_pgrp,
};
pub use signal::{
    SigInfo, SigSet, do_signal, do_trap, do_user_fault, exit_to_user_mode_work, send_signal, send_to_process,
    signal_pgrp, signal_task,
};
pub use task::{ExitState, Task};
pub use terminal::ControllingTty;
