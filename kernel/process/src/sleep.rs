//! How tasks sleep and wake for signals and stops: process's view of the scheduler.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use sched::state;
use sched::{Deadline, ThreadRef, WaitQueue, WaitResult};

use crate::Task;
use crate::signal::JOBCTL_STOPPED;

fn thread_ref(task: &Arc<Task>) -> ThreadRef {
    task.clone()
}

/// Makes a thread notice the signal whose flag is set already.
pub(crate) fn wake_for_signal(task: &Arc<Task>, fatal: bool) {
    sched::signal_wake_up(&thread_ref(task), fatal);
}

/// Wakes a thread out of a group stop.
pub(crate) fn wake_stopped(task: &Arc<Task>) {
    sched::wake_state(&thread_ref(task), state::STOPPED);
}

/// Sleeps until a SIGCONT takes the stop back or a fatal signal comes.
pub(crate) fn sleep_stopped(task: &Task) {
    loop {
        task.thread.set_state(state::STOPPED_KILLABLE);
        let stopped = task.jobctl.load(Ordering::Relaxed) & JOBCTL_STOPPED != 0;
        if !stopped || task.fatal_signal_pending() {
            task.thread.set_running();
            return;
        }
        sched::schedule();
    }
}

/// Sleeps until a signal comes or `deadline_ns` (monotonic) is reached; `true` for the latter.
pub(crate) fn wait_for_signal(deadline_ns: Option<u64>) -> bool {
    // Nobody wakes this queue: the sleep ends with a signal or with time.
    WaitQueue::new().wait_event_interruptible_until(deadline_ns.map(Deadline::Lenient), || false)
        == WaitResult::TimedOut
}
