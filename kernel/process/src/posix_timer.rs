//! Timers that send signals: timer_create(2) and its kin.
//!
//! A timer fires once and is set anew when its signal is delivered; what has gone by meanwhile is its overrun. So
//! a short interval costs no more than the program is ready to take.
//!
//! Nothing tells when processor time has run out: a timer on such a clock looks at it whenever all threads that drive it
//! could have used what is left.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::sync::{Arc, Weak};
use core::sync::atomic::{AtomicI32, Ordering};

use abi::Errno;
use sched::{PollTable, PollWatcher, Timer, clock};
use sync::{IrqSpinLock, Once, SpinLock, rank};

use crate::cpu_clock::{CpuClock, Sample};
use crate::group::ThreadGroup;
use crate::rlimit::RLIMIT_SIGPENDING;
use crate::signal::{Fields, Scope, SigInfo, code, send_signal};
use crate::{Task, pid};

/// A signal that is thrown away can't set its timer anew: then it goes on at least after this long.
const MIN_PERIOD_NS: u64 = 1_000_000;
/// A look at processor time is repeated after at least, and at most, this long; the first is also the accuracy.
const CPU_LOOK_NS: core::ops::RangeInclusive<u64> = 1_000_000..=10_000_000_000;

/// What happens when a timer fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    /// Nothing (SIGEV_NONE).
    Nothing,
    /// A signal to the process.
    Process(i32),
    /// A signal to the thread with that number.
    Thread(i32, i32),
}

/// A timer's setting in ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// To the next expiry (0 when off), or its time.
    pub value_ns: u64,
    /// From one expiry to the next; 0 for one alone.
    pub interval_ns: u64,
}

#[derive(Default)]
struct State {
    active: bool,
    /// The next expiry: a time of CLOCK_MONOTONIC, or `ahead_ns` more of the wall clock, or of the processor-time clock.
    expires_ns: u64,
    wall: bool,
    /// How far the timer's own clock is ahead of the wall clock (CLOCK_TAI).
    ahead_ns: u64,
    interval_ns: u64,
    /// Its signal is on the way: the next expiry is set when it is delivered.
    queued: bool,
    overrun: u64,
    last_overrun: i32,
}

struct Shared {
    id: i32,
    tgid: i32,
    notify: Notify,
    value: u64,
    /// What it counts instead of time.
    cpu: Option<CpuClock>,
    state: IrqSpinLock<State>,
}

struct PosixTimer {
    base: Base,
    shared: Arc<Shared>,
    timer: Arc<Timer>,
    on_set: Once<Arc<OnSet>>,
}

struct OnSet {
    shared: Arc<Shared>,
    timer: Arc<Timer>,
}

/// The timers of a process.
pub(crate) struct PosixTimers {
    list: SpinLock<BTreeMap<i32, Arc<PosixTimer>>>,
    next: AtomicI32,
}

impl PosixTimers {
    pub const fn new() -> Self {
        PosixTimers { list: SpinLock::new(rank::SPIN_LEAF, BTreeMap::new()), next: AtomicI32::new(0) }
    }
}

impl State {
    fn due_ns(&self) -> u64 {
        match self.wall {
            true => {
                let at = self.expires_ns.saturating_sub(self.ahead_ns);
                clock::realtime_to_monotonic(i64::try_from(at).unwrap_or(i64::MAX))
            }
            false => self.expires_ns,
        }
    }

    /// Moves on to the first expiry after `now`; how many have gone by.
    fn forward(&mut self, now: u64) -> u64 {
        let Some(late) = now.checked_sub(self.due_ns()) else { return 0 };
        let Some(periods) = late.checked_div(self.interval_ns).map(|periods| periods + 1) else { return 0 };
        self.expires_ns = self.expires_ns.saturating_add(self.interval_ns.saturating_mul(periods));
        periods
    }
}

impl Shared {
    /// The timer's moment has come, in an interrupt; when it is to fire next, if that is known already.
    fn expire(&self, now: u64) -> Option<u64> {
        let mut state = self.state.lock();
        if !state.active || state.queued {
            return None;
        }
        let due = state.due_ns();
        let mut clock_now = now;
        if let Some(cpu) = &self.cpu {
            drop(state);
            let (used, drivers) = match cpu.sample_from_interrupt() {
                Sample::Busy => return Some(now + CPU_LOOK_NS.start()),
                Sample::Gone => return None,
                Sample::At(used, drivers) => (used, drivers),
            };
            if due > used {
                return Some(now + look_after(due - used, drivers));
            }
            clock_now = used;
            state = self.state.lock();
            if !state.active || state.queued {
                return None;
            }
        } else if due > now {
            return Some(due);
        }
        if state.interval_ns == 0 {
            state.active = false;
        }
        if self.notify == Notify::Nothing {
            return None;
        }
        state.queued = true;
        drop(state);
        if self.send() {
            return None;
        }
        // Nobody will take the signal.
        let mut state = self.state.lock();
        state.queued = false;
        if state.interval_ns == 0 {
            return None;
        }
        state.forward(clock_now);
        Some(match self.cpu {
            Some(_) => now + look_after(state.expires_ns.saturating_sub(clock_now), 1),
            None => state.due_ns().max(now + MIN_PERIOD_NS),
        })
    }

    /// The time of the clock that the timer runs by; that of a clock whose owner is gone stands still.
    fn clock_now(&self) -> Option<u64> {
        match &self.cpu {
            Some(cpu) => cpu.now_ns(),
            None => Some(clock::monotonic_ns()),
        }
    }

    /// When to look, on the monotonic clock, if the timer is due at `due` of its own.
    fn look_at(&self, due: u64) -> u64 {
        let Some(cpu) = &self.cpu else { return due };
        let left = due.saturating_sub(cpu.now_ns().unwrap_or(0));
        clock::monotonic_ns() + if left == 0 { 0 } else { look_after(left, cpu.drivers()) }
    }

    /// Sends the signal; false if it is ignored or one of its number is pending already.
    fn send(&self) -> bool {
        let (signo, number, scope) = match self.notify {
            Notify::Nothing => return false,
            Notify::Process(signo) => (signo, self.tgid, Scope::Process),
            Notify::Thread(signo, tid) => (signo, tid, Scope::Thread),
        };
        let Some(task) = pid::find_task(number).filter(|task| task.tgid() == self.tgid) else { return false };
        let pending = |task: &Task| {
            let (own, shared) = task.pending_signals();
            if scope == Scope::Thread { own.contains(signo) } else { shared.contains(signo) }
        };
        let busy = signo < crate::signal::nr::SIGRTMIN && pending(&task);
        let fields = Fields::Rt { pid: self.id, uid: 0, value: self.value };
        let info = SigInfo { signo, errno: 0, code: code::SI_TIMER, fields };
        let sent = !busy && send_signal(info, &task, scope).is_ok();
        // Delivered in the meantime, or on its way.
        let taken = sent && (pending(&task) || !self.state.lock().queued);
        sync::rcu::defer_drop_value(task);
        taken
    }
}

/// How long to wait until so many threads can have used `left` together.
fn look_after(left: u64, drivers: u64) -> u64 {
    (left / drivers.max(1)).clamp(*CPU_LOOK_NS.start(), *CPU_LOOK_NS.end())
}

impl PollWatcher for OnSet {
    fn woken(&self, _events: u32) {
        let state = self.shared.state.lock();
        let due = (state.wall && state.active && !state.queued).then(|| state.due_ns());
        drop(state);
        if let Some(due) = due {
            self.timer.arm(due);
        }
    }
}

impl PosixTimer {
    fn new(id: i32, tgid: i32, base: Base, notify: Notify, value: u64) -> Self {
        let state = IrqSpinLock::new(rank::TIMER_FILE, State::default());
        let cpu = match &base {
            Base::Cpu(clock) => Some(clock.clone()),
            _ => None,
        };
        let shared = Arc::new(Shared { id, tgid, notify, value, cpu, state });
        let fired = shared.clone();
        let timer = Arc::new(Timer::new(move |now| fired.expire(now)));
        PosixTimer { base, shared, timer, on_set: Once::new() }
    }

    fn setting(&self, state: &mut State, now: u64) -> Setting {
        let silent = self.shared.notify == Notify::Nothing;
        if state.active && state.interval_ns != 0 && (silent || state.queued) {
            let missed = state.forward(now);
            state.overrun = state.overrun.saturating_add(missed);
        }
        let value_ns = match state.due_ns().checked_sub(now) {
            _ if !state.active => 0,
            Some(left) if left != 0 => left,
            // It is due: that mustn't look as if it were off.
            _ => u64::from(!silent),
        };
        Setting { value_ns, interval_ns: state.interval_ns }
    }
}

/// timer_create(2): the new timer's number. EAGAIN beyond RLIMIT_SIGPENDING.
pub fn create(group: &ThreadGroup, base: Base, notify: Notify, value: Option<u64>) -> Result<i32, Errno> {
    let timers = &group.posix_timers;
    if timers.list.lock().len() as u64 >= group.rlimit(RLIMIT_SIGPENDING) {
        return Err(Errno::EAGAIN);
    }
    loop {
        let id = timers.next.fetch_add(1, Ordering::Relaxed) & i32::MAX;
        let timer =
            Arc::new(PosixTimer::new(id, group.tgid, base.clone(), notify, value.unwrap_or(id as u64)));
        let mut list = timers.list.lock();
        if let Entry::Vacant(free) = list.entry(id) {
            free.insert(timer);
            return Ok(id);
        }
    }
}

fn find(group: &ThreadGroup, id: i32) -> Result<Arc<PosixTimer>, Errno> {
    group.posix_timers.list.lock().get(&id).cloned().ok_or(Errno::EINVAL)
}

/// Which clock a timer runs by.
#[derive(Clone)]
pub enum Base {
    /// CLOCK_MONOTONIC.
    Monotonic,
    /// One that is so far ahead of CLOCK_REALTIME, in ns.
    Wall(u64),
    /// Processor time.
    Cpu(CpuClock),
}

/// timer_settime(2): the setting until now. `new.value_ns` is a time of the timer's clock if `absolute`.
pub fn set(group: &ThreadGroup, id: i32, absolute: bool, new: Setting) -> Result<Setting, Errno> {
    let timer = find(group, id)?;
    let ahead_ns = match timer.base {
        Base::Wall(ahead_ns) if absolute => Some(ahead_ns),
        _ => None,
    };
    if ahead_ns.is_some() {
        timer.on_set.call_once(|| {
            let watcher = Arc::new(OnSet { shared: timer.shared.clone(), timer: timer.timer.clone() });
            let weak: Weak<OnSet> = Arc::downgrade(&watcher);
            PollTable::watch(weak).register(&clock::CLOCK_SET);
            watcher
        });
    }
    timer.timer.cancel_sync();
    let now = timer.shared.clock_now().ok_or(Errno::ESRCH)?;
    let mut state = timer.shared.state.lock();
    let old = timer.setting(&mut state, now);
    *state = State {
        active: new.value_ns != 0,
        expires_ns: if absolute { new.value_ns } else { now.saturating_add(new.value_ns) },
        wall: ahead_ns.is_some(),
        ahead_ns: ahead_ns.unwrap_or(0),
        interval_ns: new.interval_ns,
        ..State::default()
    };
    let due = (state.active && timer.shared.notify != Notify::Nothing).then(|| state.due_ns());
    drop(state);
    if let Some(due) = due {
        timer.timer.arm(timer.shared.look_at(due));
    }
    Ok(old)
}

/// timer_gettime(2).
pub fn get(group: &ThreadGroup, id: i32) -> Result<Setting, Errno> {
    let timer = find(group, id)?;
    let Some(now) = timer.shared.clock_now() else { return Ok(Setting::default()) };
    let mut state = timer.shared.state.lock();
    Ok(timer.setting(&mut state, now))
}

/// timer_getoverrun(2): expiries beyond the one that the last delivered signal stands for.
pub fn overrun(group: &ThreadGroup, id: i32) -> Result<i32, Errno> {
    find(group, id).map(|timer| timer.shared.state.lock().last_overrun)
}

/// timer_delete(2).
pub fn delete(group: &ThreadGroup, id: i32) -> Result<(), Errno> {
    let timer = group.posix_timers.list.lock().remove(&id).ok_or(Errno::EINVAL)?;
    timer.shared.state.lock().active = false;
    timer.timer.cancel_sync();
    Ok(())
}

/// The process ends or executes another program: its timers are gone.
pub(crate) fn delete_all(group: &ThreadGroup) {
    let timers = core::mem::take(&mut *group.posix_timers.list.lock());
    for timer in timers.into_values() {
        timer.shared.state.lock().active = false;
        timer.timer.cancel_sync();
    }
    group.posix_timers.next.store(0, Ordering::Relaxed);
}

/// A timer's signal is being delivered: it gets its overrun, and the timer its next expiry.
pub(crate) fn delivered(group: &ThreadGroup, info: &mut SigInfo) {
    let Fields::Rt { pid: id, uid: overrun, .. } = &mut info.fields else { return };
    if info.code != code::SI_TIMER {
        return;
    }
    let Ok(timer) = find(group, *id) else { return };
    let now = timer.shared.clock_now();
    let mut state = timer.shared.state.lock();
    if !state.queued {
        return;
    }
    state.queued = false;
    let mut due = None;
    if state.active && state.interval_ns != 0 {
        // The expiry that the signal stands for is one of them.
        let missed = now.map_or(0, |now| state.forward(now)).saturating_add(state.overrun);
        state.overrun = 0;
        state.last_overrun = i32::try_from(missed.saturating_sub(1)).unwrap_or(i32::MAX);
        due = Some(state.due_ns());
    } else {
        state.last_overrun = 0;
    }
    *overrun = state.last_overrun as u32;
    drop(state);
    if let Some(due) = due {
        timer.timer.arm(timer.shared.look_at(due));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries_that_have_gone_by_are_counted() {
        let mut state = State { active: true, expires_ns: 100, interval_ns: 10, ..State::default() };
        assert_eq!(state.forward(99), 0);
        assert_eq!(state.forward(100), 1);
        assert_eq!(state.forward(135), 3);
        assert_eq!(state.expires_ns, 140);
    }
}
