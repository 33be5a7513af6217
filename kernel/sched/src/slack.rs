//! Timer slack (prctl(2), PR_SET_TIMERSLACK): how much later than asked a thread may be woken, so that one interrupt
//! does for several sleepers.

use crate::clock;
use crate::hooks::with_current;
use crate::thread::Thread;
use core::sync::atomic::Ordering::Relaxed;

/// poll(2) and its kin may be late by this part of their timeout, a nice thread by the other one, up to a limit.
const POLL_PART: u64 = 1_000;
const NICE_POLL_PART: u64 = 200;
const POLL_LIMIT_NS: u64 = 100_000_000;

/// When a sleep ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Not before this moment of the monotonic clock.
    pub(crate) at_ns: u64,
    /// So much later at most, as far as the machine can.
    pub(crate) slack_ns: u64,
}

impl Deadline {
    /// Without slack.
    pub const fn exact(at_ns: u64) -> Self {
        Deadline { at_ns, slack_ns: 0 }
    }

    /// With the slack of the running thread.
    pub fn lenient(at_ns: u64) -> Self {
        Deadline { at_ns, slack_ns: with_current(Thread::timer_slack_ns) }
    }

    /// What poll(2), select(2) and epoll_wait(2) wait for: the longer they wait, the less exactly.
    pub fn of_poll(at_ns: u64) -> Self {
        let span = at_ns.saturating_sub(clock::monotonic_ns());
        let slack_ns = with_current(|t| {
            let own = t.timer_slack_ns();
            if t.policy().is_realtime() {
                return 0;
            }
            let part = if t.nice() > 0 { NICE_POLL_PART } else { POLL_PART };
            (span / part).min(POLL_LIMIT_NS).max(own)
        });
        Deadline { at_ns, slack_ns }
    }
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
