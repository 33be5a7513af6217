//! Interval timers of a process (setitimer(2)): real time, user time, user and system time.
//!
//! The two that count processor time have no tick to drive them: a timer is set for the earliest moment at
//! which the time can have run out (every thread running all the while), looks at the accounts then, and is
//! set anew if it was too early.

use alloc::sync::Arc;

use sched::{NSEC_PER_SEC, Timer, clock};
use sync::{IrqSpinLock, Once};

use crate::group::ThreadGroup;
use crate::rlimit::{RLIM_INFINITY, RLIMIT_CPU, RLIMIT_RTTIME, RLimit};
use crate::signal::nr::{SIGALRM, SIGKILL, SIGPROF, SIGVTALRM, SIGXCPU};
use crate::{pid, rank, signal};

/// Which interval timer; the numbers are setitimer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// ITIMER_REAL: wall time, SIGALRM.
    Real = 0,
    /// ITIMER_VIRTUAL: user time, SIGVTALRM.
    Virtual = 1,
    /// ITIMER_PROF: user and system time, SIGPROF.
    Prof = 2,
    /// No timer of setitimer's: RLIMIT_CPU, which counts as ITIMER_PROF does; SIGXCPU, in the end SIGKILL.
    CpuLimit = 3,
    /// RLIMIT_RTTIME: what a real-time thread runs without sleeping; SIGXCPU, in the end SIGKILL.
    RtLimit = 4,
}

impl Which {
    /// From setitimer's number.
    pub fn from_raw(raw: i32) -> Option<Which> {
        [Which::Real, Which::Virtual, Which::Prof].into_iter().find(|w| *w as i32 == raw)
    }

    fn signal(self) -> i32 {
        match self {
            Which::Real => SIGALRM,
            Which::Virtual => SIGVTALRM,
            Which::Prof => SIGPROF,
            Which::CpuLimit | Which::RtLimit => SIGXCPU,
        }
    }
}

/// A timer's setting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Setting {
    /// Time until it fires next, in ns; 0 when it is off.
    pub value_ns: u64,
    /// Time between firings after that, in ns; 0 for once.
    pub interval_ns: u64,
}

/// When a timer fires, on its own clock.
#[derive(Clone, Copy, Default)]
struct State {
    /// 0 when it is off.
    expires_ns: u64,
    interval_ns: u64,
}

struct ITimer {
    state: Arc<IrqSpinLock<State>>,
    timer: Timer,
}

/// The timers of one process, each made when it is first set.
#[derive(Default)]
pub struct ITimers([LazyTimer; 5]);

struct LazyTimer(Once<ITimer>);

impl Default for LazyTimer {
    fn default() -> Self {
        LazyTimer(Once::new())
    }
}

/// A look at the accounts is repeated after at least this long: also the accuracy.
const CPU_TIMER_MIN_NS: u64 = 1_000_000;

impl ThreadGroup {
    /// getitimer(2).
    pub fn itimer(&self, which: Which) -> Setting {
        match self.itimers.0[which as usize].0.get() {
            Some(itimer) => {
                let now = self.itimer_clock(which);
                setting(*itimer.state.lock(), now)
            }
            None => Setting::default(),
        }
    }

    /// setitimer(2): the setting until now.
    pub fn set_itimer(&self, which: Which, new: Setting) -> Setting {
        let slot = &self.itimers.0[which as usize].0;
        if new.value_ns == 0 && slot.get().is_none() {
            return Setting::default();
        }
        let itimer = slot.call_once(|| ITimer::new(which, self.tgid));
        itimer.timer.cancel_sync();
        let now = self.itimer_clock(which);
        let mut state = itimer.state.lock();
        let old = setting(*state, now);
        if new.value_ns == 0 {
            *state = State::default();
            return old;
        }
        *state = State { expires_ns: now.saturating_add(new.value_ns), interval_ns: new.interval_ns };
        drop(state);
        let wall = matches!(which, Which::Real | Which::RtLimit);
        let threads = if wall { 1 } else { self.nr_threads().max(1) as u64 };
        itimer.timer.arm(clock::monotonic_ns().saturating_add(new.value_ns / threads));
        old
    }

    /// The process is gone: its timers end. Called when its last thread exits.
    pub(crate) fn stop_itimers(&self) {
        for which in [Which::Real, Which::Virtual, Which::Prof, Which::CpuLimit, Which::RtLimit] {
            self.set_itimer(which, Setting::default());
        }
    }

    /// Begins to watch over RLIMIT_CPU, where there is one: after a change of the limit, and in a new process.
    pub fn watch_cpu_limit(&self) {
        let soft = self.rlimit(RLIMIT_CPU);
        let value_ns = if soft == RLIM_INFINITY {
            0
        } else {
            let used_ns = self.itimer_clock(Which::CpuLimit);
            soft.saturating_mul(NSEC_PER_SEC).saturating_sub(used_ns).max(1)
        };
        self.set_itimer(Which::CpuLimit, Setting { value_ns, interval_ns: 0 });
    }

    /// Begins to watch over RLIMIT_RTTIME, where there is one and a real-time thread: after a change of the limit or of
    /// a thread's policy, and in a new process.
    pub fn watch_rt_limit(&self) {
        let realtime = || self.threads().iter().any(|task| task.thread.policy().is_realtime());
        let watch = self.rlimit(RLIMIT_RTTIME) != RLIM_INFINITY && realtime();
        let value_ns = if watch { CPU_TIMER_MIN_NS } else { 0 };
        self.set_itimer(Which::RtLimit, Setting { value_ns, interval_ns: 0 });
    }

    fn itimer_clock(&self, which: Which) -> u64 {
        let usage = || self.usage();
        match which {
            Which::Real | Which::RtLimit => clock::monotonic_ns(),
            Which::Virtual => usage().utime_ns,
            Which::Prof | Which::CpuLimit => {
                let usage = usage();
                usage.utime_ns + usage.stime_ns
            }
        }
    }

    /// How long a real-time thread has run without sleeping, at most, from an interrupt handler: none if the list is
    /// busy, `Some(None)` if there is no such thread.
    fn longest_rt_run_ns(&self) -> Option<Option<u64>> {
        let state = self.state.try_lock()?;
        let alive = state.threads.iter().filter(|t| t.exit_state() == crate::ExitState::Alive);
        let realtime = alive.filter(|task| task.thread.policy().is_realtime());
        Some(realtime.map(|task| task.thread.run_since_rest_ns()).max())
    }

    /// (user, system) time of the process, from an interrupt handler; none if the accounts are busy.
    pub(crate) fn times_from_interrupt(&self) -> Option<(u64, u64, u64)> {
        let own = self.accounts.try_lock()?.own;
        let state = self.state.try_lock()?;
        let alive = state.threads.iter().filter(|t| t.exit_state() == crate::ExitState::Alive);
        let mut threads = 0;
        let (user, system) =
            alive.map(|t| t.thread.times()).fold((own.utime_ns, own.stime_ns), |sum, one| {
                threads += 1;
                (sum.0 + one.0, sum.1 + one.1)
            });
        Some((user, system, threads))
    }
}

impl ITimer {
    fn new(which: Which, tgid: i32) -> Self {
        let state = Arc::new(IrqSpinLock::new(rank::ITIMER, State::default()));
        let shared = Arc::clone(&state);
        let timer = Timer::new(move |now| match which {
            Which::Real => expire_real(tgid, &shared, now),
            Which::RtLimit => expire_rt(tgid, &shared, now),
            _ => expire_cpu(which, tgid, &shared, now),
        });
        ITimer { state, timer }
    }
}

fn setting(state: State, now: u64) -> Setting {
    if state.expires_ns == 0 {
        return Setting { value_ns: 0, interval_ns: state.interval_ns };
    }
    // One that is due and has not fired yet must not look as if it were off.
    let value_ns = state.expires_ns.saturating_sub(now).max(1_000);
    Setting { value_ns, interval_ns: state.interval_ns }
}

/// Moves on to the next firing after `now`; none if there is none.
fn advance(state: &IrqSpinLock<State>, now: u64) -> Option<u64> {
    let mut state = state.lock();
    if state.interval_ns == 0 {
        state.expires_ns = 0;
        return None;
    }
    // Firings that were missed are skipped.
    let missed = now.saturating_sub(state.expires_ns) / state.interval_ns;
    state.expires_ns = state.expires_ns.saturating_add(state.interval_ns.saturating_mul(missed + 1));
    Some(state.expires_ns)
}

fn expire_real(tgid: i32, state: &IrqSpinLock<State>, now: u64) -> Option<u64> {
    if state.lock().expires_ns == 0 {
        return None;
    }
    signal::send_to_process(tgid, Which::Real.signal());
    advance(state, now)
}

fn expire_cpu(which: Which, tgid: i32, state: &IrqSpinLock<State>, now: u64) -> Option<u64> {
    let expires = state.lock().expires_ns;
    let group = pid::find_process(tgid).filter(|_| expires != 0)?;
    let Some((user, system, threads)) = group.times_from_interrupt() else {
        return Some(now + CPU_TIMER_MIN_NS);
    };
    let used = if which == Which::Virtual { user } else { user + system };
    let mut left = Some(expires.saturating_sub(used));
    if which == Which::CpuLimit {
        left = enforce_cpu_limit(&group, used);
    } else if left == Some(0) {
        signal::send_to_process(tgid, which.signal());
        left = advance(state, used).map(|next| next.saturating_sub(used));
    }
    // Maybe the last handle by now; its end does not belong into an interrupt.
    sync::rcu::defer_drop_value(group);
    let left = left?;
    Some(now + (left / threads.max(1)).clamp(CPU_TIMER_MIN_NS, 10 * NSEC_PER_SEC))
}

/// Looks at the real-time threads; nothing is set anew once there is none.
fn expire_rt(tgid: i32, state: &IrqSpinLock<State>, now: u64) -> Option<u64> {
    let group = pid::find_process(tgid).filter(|_| state.lock().expires_ns != 0)?;
    let next = match group.longest_rt_run_ns() {
        None => Some(CPU_TIMER_MIN_NS),
        Some(None) => None,
        Some(Some(run_ns)) => enforce_rt_limit(&group, run_ns),
    };
    sync::rcu::defer_drop_value(group);
    next.map(|next| now + next.clamp(CPU_TIMER_MIN_NS, NSEC_PER_SEC))
}

/// RLIMIT_RTTIME (getrlimit(2)), in µs: as RLIMIT_CPU, for a thread that ran so long. The time until the next look.
fn enforce_rt_limit(group: &ThreadGroup, run_ns: u64) -> Option<u64> {
    let limit = group.limits().get(RLIMIT_RTTIME)?;
    if limit.cur == RLIM_INFINITY {
        return None;
    }
    let [soft_ns, hard_ns] = [limit.cur, limit.max].map(|us| us.saturating_mul(1000));
    if limit.max != RLIM_INFINITY && run_ns >= hard_ns {
        signal::send_to_process(group.tgid, SIGKILL);
        return None;
    }
    if run_ns < soft_ns {
        return Some(soft_ns.min(hard_ns) - run_ns);
    }
    signal::send_to_process(group.tgid, SIGXCPU);
    group.limits().set(RLIMIT_RTTIME, RLimit { cur: limit.cur.saturating_add(1_000_000), ..limit });
    Some(soft_ns.saturating_add(NSEC_PER_SEC).min(hard_ns).saturating_sub(run_ns))
}

/// RLIMIT_CPU (getrlimit(2)): SIGXCPU once a second from the soft limit on, which moves on with it; SIGKILL at
/// the hard one. The processor time until the next look.
fn enforce_cpu_limit(group: &ThreadGroup, used_ns: u64) -> Option<u64> {
    let limit = group.limits().get(RLIMIT_CPU)?;
    if limit.cur == RLIM_INFINITY {
        return None;
    }
    let [soft_ns, hard_ns] = [limit.cur, limit.max].map(|seconds| seconds.saturating_mul(NSEC_PER_SEC));
    if limit.max != RLIM_INFINITY && used_ns >= hard_ns {
        signal::send_to_process(group.tgid, SIGKILL);
        return None;
    }
    if used_ns < soft_ns {
        return Some(soft_ns.min(hard_ns) - used_ns);
    }
    signal::send_to_process(group.tgid, Which::CpuLimit.signal());
    group.limits().set(RLIMIT_CPU, RLimit { cur: limit.cur.saturating_add(1), ..limit });
    Some(soft_ns.saturating_add(NSEC_PER_SEC).min(hard_ns).saturating_sub(used_ns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_firings_are_skipped() {
        let state = IrqSpinLock::new(rank::ITIMER, State { expires_ns: 100, interval_ns: 50 });
        assert_eq!(advance(&state, 100), Some(150));
        assert_eq!(advance(&state, 290), Some(300));
        state.lock().interval_ns = 0;
        assert_eq!(advance(&state, 300), None);
        assert_eq!(setting(*state.lock(), 0).value_ns, 0);
    }
}
