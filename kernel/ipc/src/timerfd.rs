//! timerfd_create(2): a timer that is waited for as a file.
//!
//! The timer fires once and is set anew when its count is fetched, which adds what has gone by meanwhile: a
//! short interval that nobody looks at costs nothing.

use alloc::sync::{Arc, Weak};
use core::fmt;

use abi::Errno;
use mm::{IterDst, MmapSource};
use sched::{NSEC_PER_SEC, PollTable, PollWatcher, Timer, WaitQueue, clock};
use sync::{IrqSpinLock, rank};
use vfs::anon::anon_file;
use vfs::consts::{CAP_WAKE_ALARM, O_CLOEXEC, O_NONBLOCK, O_RDWR};
use vfs::{Cred, File, FileOps, PollMask};

/// TFD_TIMER_ABSTIME: the value is a time and not a span.
pub const ABSTIME: u32 = 1;
/// TFD_TIMER_CANCEL_ON_SET: setting the clock ends the wait with ECANCELED.
pub const CANCEL_ON_SET: u32 = 2;

const REALTIME: i32 = 0;
const MONOTONIC: i32 = 1;
const BOOTTIME: i32 = 7;
const REALTIME_ALARM: i32 = 8;
const BOOTTIME_ALARM: i32 = 9;

/// A setting, in ns: time to the next expiry (0 when off), and between those after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// To the next expiry, or its time.
    pub value_ns: u64,
    /// From one expiry to the next; 0 for one alone.
    pub interval_ns: u64,
}

#[derive(Default)]
struct State {
    /// Set and not yet over.
    active: bool,
    /// The next expiry; a time of the wall clock if `wall`, else of the monotonic one.
    expires_ns: u64,
    wall: bool,
    interval_ns: u64,
    /// Expiries that nobody has fetched.
    ticks: u64,
    /// It has fired and is to be set anew when the ticks are fetched.
    expired: bool,
    cancel_on_set: bool,
    /// The clock was set.
    cancelled: bool,
    flags: u32,
}

struct Shared {
    state: IrqSpinLock<State>,
    queue: WaitQueue,
}

struct TimerFd {
    clock: i32,
    shared: Arc<Shared>,
    timer: Arc<Timer>,
    /// Keeps the entry in the clock's queue alive.
    on_set: sync::Once<Arc<OnSet>>,
}

/// Told when the wall clock is set.
struct OnSet {
    shared: Arc<Shared>,
    timer: Arc<Timer>,
}

impl State {
    /// The moment of the next expiry on the monotonic clock.
    fn due_ns(&self) -> u64 {
        match self.wall {
            true => clock::realtime_to_monotonic(i64::try_from(self.expires_ns).unwrap_or(i64::MAX)),
            false => self.expires_ns,
        }
    }

    /// Moves a periodic timer that fired on to its next expiry after `now`; the expiries in between.
    fn forward(&mut self, now: u64) -> u64 {
        let late = now.saturating_sub(self.due_ns());
        let Some(periods) = late.checked_div(self.interval_ns).map(|periods| periods + 1) else { return 0 };
        self.expires_ns = self.expires_ns.saturating_add(self.interval_ns.saturating_mul(periods));
        periods
    }

    /// What is left, as the program sees it.
    fn setting(&self, now: u64) -> Setting {
        let value_ns = if self.active { self.due_ns().saturating_sub(now) } else { 0 };
        Setting { value_ns, interval_ns: self.interval_ns }
    }
}

impl Shared {
    /// The timer's moment has come, in an interrupt.
    fn expire(&self, now: u64) -> Option<u64> {
        let mut state = self.state.lock();
        if !state.active || state.expired {
            return None;
        }
        let due = state.due_ns();
        if due > now {
            // The clock was set back, or the setting has changed.
            return Some(due);
        }
        state.ticks += 1;
        state.expired = true;
        state.active = state.interval_ns != 0;
        drop(state);
        self.queue.wake_all();
        None
    }
}

impl PollWatcher for OnSet {
    fn woken(&self, _events: u32) {
        let mut state = self.shared.state.lock();
        if state.cancel_on_set {
            state.cancelled = true;
        }
        // The moment has moved.
        let due = (state.wall && state.active && !state.expired).then(|| state.due_ns());
        drop(state);
        if let Some(due) = due {
            self.timer.arm(due);
        }
        self.shared.queue.wake_all();
    }
}

/// timerfd_create(2). EINVAL for other clocks and flags, EPERM for the alarm clocks without CAP_WAKE_ALARM.
pub fn create(clock: i32, flags: u32, cred: &Cred) -> Result<Arc<File>, Errno> {
    let known = [REALTIME, MONOTONIC, BOOTTIME, REALTIME_ALARM, BOOTTIME_ALARM].contains(&clock);
    if flags & !(O_CLOEXEC | O_NONBLOCK) != 0 || !known {
        return Err(Errno::EINVAL);
    }
    if matches!(clock, REALTIME_ALARM | BOOTTIME_ALARM) && !cred.capable(CAP_WAKE_ALARM) {
        return Err(Errno::EPERM);
    }
    let shared = Arc::new(Shared {
        state: IrqSpinLock::new(rank::TIMER_FILE, State::default()),
        queue: WaitQueue::nested(),
    });
    let fired = shared.clone();
    let timer = Arc::new(Timer::new(move |now| fired.expire(now)));
    let file = TimerFd { clock, shared, timer, on_set: sync::Once::new() };
    Ok(anon_file("timerfd", Arc::new(file), O_RDWR | (flags & O_NONBLOCK), cred))
}

fn of_file(file: &File) -> Result<&TimerFd, Errno> {
    file.ops_as::<TimerFd>().ok_or(Errno::EINVAL)
}

/// timerfd_settime(2): the setting until now.
pub fn set(file: &File, flags: u32, new: Setting) -> Result<Setting, Errno> {
    of_file(file).map(|timer| timer.set(flags, new))
}

/// timerfd_gettime(2).
pub fn get(file: &File) -> Result<Setting, Errno> {
    of_file(file).map(TimerFd::get)
}

impl TimerFd {
    fn is_wall(&self) -> bool {
        matches!(self.clock, REALTIME | REALTIME_ALARM)
    }

    fn set(&self, flags: u32, new: Setting) -> Setting {
        let absolute = flags & ABSTIME != 0;
        let wall = self.is_wall() && absolute;
        if wall {
            self.hear_of_settings();
        }
        self.timer.cancel_sync();
        let now = clock::monotonic_ns();
        let mut state = self.shared.state.lock();
        if state.expired && state.interval_ns != 0 {
            state.forward(now);
        }
        let old = state.setting(now);
        let expires_ns = if absolute { new.value_ns } else { now.saturating_add(new.value_ns) };
        *state = State {
            active: new.value_ns != 0,
            expires_ns,
            wall,
            interval_ns: new.interval_ns,
            cancel_on_set: wall && flags & CANCEL_ON_SET != 0,
            flags,
            ..State::default()
        };
        let due = state.active.then(|| state.due_ns());
        drop(state);
        if let Some(due) = due {
            self.timer.arm(due);
        }
        old
    }

    fn get(&self) -> Setting {
        let now = clock::monotonic_ns();
        let mut state = self.shared.state.lock();
        let again = self.go_on(&mut state, now);
        let setting = state.setting(now);
        drop(state);
        self.arm_again(again);
        setting
    }

    /// Registers for settings of the wall clock, once.
    fn hear_of_settings(&self) {
        self.on_set.call_once(|| {
            let watcher = Arc::new(OnSet { shared: self.shared.clone(), timer: self.timer.clone() });
            let weak: Weak<OnSet> = Arc::downgrade(&watcher);
            PollTable::watch(weak).register(&clock::CLOCK_SET);
            watcher
        });
    }

    /// Counts what has gone by since a periodic timer fired; its next moment, if it is to be set.
    fn go_on(&self, state: &mut State, now: u64) -> Option<u64> {
        if !state.expired {
            return None;
        }
        state.expired = false;
        if state.interval_ns == 0 {
            return None;
        }
        // The first of them is counted already.
        let periods = state.forward(now);
        state.ticks = state.ticks.saturating_add(periods.saturating_sub(1));
        Some(state.due_ns())
    }

    fn arm_again(&self, due: Option<u64>) {
        if let Some(due) = due {
            self.timer.arm(due);
        }
    }

    /// The expiries since the last time; none yet is none.
    fn fetch(&self) -> Option<Result<u64, Errno>> {
        let now = clock::monotonic_ns();
        let mut state = self.shared.state.lock();
        if state.cancelled {
            (state.cancelled, state.ticks, state.expired) = (false, 0, false);
            return Some(Err(Errno::ECANCELED));
        }
        if state.ticks == 0 {
            return None;
        }
        let again = self.go_on(&mut state, now);
        let ticks = core::mem::take(&mut state.ticks);
        drop(state);
        self.arm_again(again);
        Some(Ok(ticks))
    }
}

impl FileOps for TimerFd {
    fn can_nowait(&self, _file: &File) -> bool {
        true
    }

    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if dst.remaining() < size_of::<u64>() {
            return Err(Errno::EINVAL);
        }
        let ticks = loop {
            if let Some(fetched) = self.fetch() {
                break fetched?;
            }
            if file.nonblock() {
                return Err(Errno::EAGAIN);
            }
            let some = || {
                let state = self.shared.state.lock();
                state.ticks != 0 || state.cancelled
            };
            self.shared.queue.wait_event_interruptible(some).map_err(|_| Errno::ERESTARTSYS)?;
        };
        match dst.copy_out(&ticks.to_ne_bytes())? {
            8 => Ok(8),
            _ => Err(Errno::EFAULT),
        }
    }

    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        table.register(&self.shared.queue);
        let state = self.shared.state.lock();
        if state.ticks != 0 || state.cancelled { PollMask::IN } else { PollMask::empty() }
    }

    fn mmap(&self, _file: &File) -> Result<MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn show_fdinfo(&self, _file: &File, out: &mut dyn fmt::Write) -> fmt::Result {
        let state = self.shared.state.lock();
        let (setting, ticks, flags) = (state.setting(clock::monotonic_ns()), state.ticks, state.flags);
        drop(state);
        let pair = |ns: u64| (ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
        let (value, interval) = (pair(setting.value_ns), pair(setting.interval_ns));
        writeln!(out, "clockid: {}\nticks: {ticks}\nsettime flags: 0{flags:o}", self.clock)?;
        writeln!(out, "it_value: ({}, {})", value.0, value.1)?;
        writeln!(out, "it_interval: ({}, {})", interval.0, interval.1)
    }
}
