//! Sleeping until a moment.

use crate::core_sched::schedule;
use crate::hooks::{current, signal_pending};
use crate::slack::Deadline;
use crate::thread::state;
use crate::timer::{arm_sleep, cancel_sleep};
use crate::wait::WaitResult;
use core::sync::atomic::Ordering::Relaxed;

/// Sleeps until `deadline_ns` of the monotonic clock: `TimedOut` then, or `Interrupted` if a signal came first.
pub fn sleep_until(deadline_ns: u64) -> WaitResult {
    sleep(Deadline::Exact(deadline_ns), state::INTERRUPTIBLE)
}

/// The same with the slack of the running thread.
pub fn sleep_leniently_until(deadline_ns: u64) -> WaitResult {
    sleep(Deadline::Lenient(deadline_ns), state::INTERRUPTIBLE)
}

/// As [`sleep_until`], in a state of the caller's choice; a wake-up by others (`Ready`) ends it too.
pub fn sleep_until_in(deadline_ns: u64, sleeping: u32) -> WaitResult {
    sleep(Deadline::Exact(deadline_ns), sleeping)
}

fn sleep(deadline: Deadline, sleeping: u32) -> WaitResult {
    sync::debug::assert_may_sleep();
    let me = current();
    let t = me.thread();
    t.set_state(sleeping);
    arm_sleep(&me, deadline);
    if !(sleeping & state::INTERRUPTIBLE != 0 && signal_pending()) {
        schedule();
    }
    t.set_running();
    let timed_out = t.timed_out.load(Relaxed);
    if timed_out {
        return WaitResult::TimedOut;
    }
    cancel_sleep(&me);
    // The deadline may have come between the look and the cancelling.
    if t.timed_out.load(Relaxed) {
        WaitResult::TimedOut
    } else if signal_pending() && sleeping & state::INTERRUPTIBLE != 0 {
        WaitResult::Interrupted
    } else {
        WaitResult::Ready
    }
}
