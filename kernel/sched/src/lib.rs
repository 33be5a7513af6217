//! Threads, run queues, wait queues, timers, clocks.
//!
//! The crate knows threads only as [`ThreadRef`]: something that embeds a [`Thread`] and can be switched to.
//! process implements that for its task and names itself through [`set_hooks`]. Kernel code is not
//! preempted: it runs until it sleeps or calls [`cond_resched`].
//!
//! Lock order in here: the graph of inherited priorities, a wait queue, then timers, then run queues (two run queues in number order).
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod balance;
mod change;
pub mod clock;
mod core_sched;
mod fair;
mod heap;
mod hooks;
mod idle;
mod kthread;
pub mod load;
mod machine;
pub mod ntp;
pub mod pi;
pub mod policy;
mod poll;
mod realtime;
mod run_queue;
mod slack;
mod sleep;
pub mod stats;
mod thread;
mod tick;
mod timer;
mod wait;
mod wake;

pub use change::set_affinity;
pub use core_sched::{cond_resched, exit_current, finish_switch, need_resched, schedule, yield_now};
pub use hooks::{Hooks, current, set_hooks, signal_pending, with_current};
pub use idle::{run_idle, start_cpu};
pub use kthread::{KthreadFn, spawn_kthread, spawn_kthread_on, start_services};
pub use pi::change_attr;
pub use policy::{Policy, SchedAttr};
pub use poll::{PollTable, PollWatcher};
pub use slack::Deadline;
pub use sleep::{sleep_leniently_until, sleep_until, sleep_until_in};
pub use thread::{Schedulable, Thread, ThreadRef, state};
pub use tick::{reschedule_interrupt, timer_interrupt};
pub use timer::Timer;
pub use wait::{Interrupted, WaitQueue, WaitResult};
pub use wake::{enqueue_new, kick, signal_wake_up, wake_state, wake_up};

/// A lock whose waiters sleep.
pub type Mutex<T> = sync::sleep::Mutex<T, WaitQueue>;
/// Access to a [`Mutex`].
pub type MutexGuard<'a, T> = sync::sleep::MutexGuard<'a, T, WaitQueue>;
/// A lock for many readers or one writer, whose waiters sleep.
pub type RwSem<T> = sync::sleep::RwSem<T, WaitQueue>;
/// Shared access to an [`RwSem`].
pub type ReadGuard<'a, T> = sync::sleep::ReadGuard<'a, T, WaitQueue>;
/// Exclusive access to an [`RwSem`].
pub type WriteGuard<'a, T> = sync::sleep::WriteGuard<'a, T, WaitQueue>;

/// Nanoseconds in a second.
pub const NSEC_PER_SEC: u64 = 1_000_000_000;
/// Ticks in a second while the tick runs (Linux's CONFIG_HZ=250); the resolution of the coarse clocks.
pub const HZ: u64 = 250;
/// Length of a tick.
pub const TICK_NS: u64 = NSEC_PER_SEC / HZ;
