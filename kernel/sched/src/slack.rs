//! Timer slack (prctl(2), PR_SET_TIMERSLACK): how much later than asked a thread may be woken, so that one interrupt
//! does for several sleepers.

use crate::clock;
use crate::thread::Thread;
use core::sync::atomic::Ordering::Relaxed;

/// poll(2) and its kin may be late by this part of their timeout, a nice thread by the other one, up to a limit.
const POLL_PART: u64 = 1_000;
const NICE_POLL_PART: u64 = 200;
const POLL_LIMIT_NS: u64 = 100_000_000;

/// When a sleep ends, as a moment of the monotonic clock: not before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// Then, as far as the machine can.
    Exact(u64),
    /// With the slack of the thread that sleeps.
    Lenient(u64),
    /// What poll(2), select(2) and epoll_wait(2) wait for: the longer they wait, the less exactly.
    Poll(u64),
}

impl Deadline {
    /// The first moment at which thread `t`, which is about to sleep, may be woken, and the last one.
    #[inline]
    pub(crate) fn moments_of(self, t: &Thread) -> (u64, u64) {
        match self {
            Deadline::Exact(at_ns) => (at_ns, at_ns),
            Deadline::Lenient(at_ns) => (at_ns, at_ns.saturating_add(t.timer_slack_ns())),
            Deadline::Poll(at_ns) => (at_ns, at_ns.saturating_add(poll_slack_ns(t, at_ns))),
        }
    }
}

fn poll_slack_ns(t: &Thread, at_ns: u64) -> u64 {
    if t.policy().is_realtime() {
        return 0;
    }
    let span = at_ns.saturating_sub(clock::monotonic_ns());
    let part = if t.nice() > 0 { NICE_POLL_PART } else { POLL_PART };
    (span / part).min(POLL_LIMIT_NS).max(t.timer_slack_ns())
}

impl Thread {
    /// The slack of its sleeps; none while it is a real-time thread.
    #[inline]
    pub fn timer_slack_ns(&self) -> u64 {
        self.timer_slack_ns.load(Relaxed)
    }

    /// Sets it; 0 means what the thread began with. Real-time threads keep none.
    pub fn set_timer_slack_ns(&self, ns: u64) {
        if self.policy().is_realtime() {
            return;
        }
        let ns = if ns == 0 { self.default_timer_slack_ns.load(Relaxed) } else { ns };
        self.timer_slack_ns.store(ns, Relaxed);
    }

    /// Sets what a new thread begins with: its creator's slack.
    pub fn start_with_timer_slack(&self, ns: u64) {
        self.default_timer_slack_ns.store(ns, Relaxed);
        self.timer_slack_ns.store(ns, Relaxed);
    }

    /// The policy changes.
    pub(crate) fn fit_timer_slack(&self, realtime: bool) {
        if realtime {
            self.timer_slack_ns.store(0, Relaxed);
        } else if self.timer_slack_ns() == 0 {
            self.timer_slack_ns.store(self.default_timer_slack_ns.load(Relaxed), Relaxed);
        }
    }
}
