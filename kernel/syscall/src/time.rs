//! Clocks: reading and setting them.

use abi::Errno;
use abi::layout::Longs;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};
use mm::UserPtr;
use process::cpu_clock::{self, CpuOwner, CpuTime, process_ns, thread_ns};
use process::{Cx, Task, ThreadGroup, find_task};
use sched::{NSEC_PER_SEC, TICK_NS, clock};
use vfs::cred::CAP_SYS_TIME;

/// `struct timespec`: seconds, nanoseconds.
pub(crate) type RawTimespec = [i64; 2];
/// `struct timezone`: minutes west of Greenwich, type of daylight saving.
type RawTimezone = [i32; 2];

const SECOND: i64 = NSEC_PER_SEC as i64;
const USEC_PER_SEC: i64 = 1_000_000;
/// times(2) counts in hundredths of a second (USER_HZ).
const CLOCK_TICK_NS: u64 = NSEC_PER_SEC / 100;
/// The latest time that the wall clock can be set to: thirty years before the end of what it represents.
const SETTABLE_SECONDS: i64 = clock::MAX_SECONDS - 30 * 365 * 24 * 3600;

/// Whether settimeofday has been called.
static EVER_SET: AtomicBool = AtomicBool::new(false);

/// The clocks that have a number (clock_gettime(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    Realtime,
    Monotonic,
    ProcessCpu,
    ThreadCpu,
    MonotonicRaw,
    RealtimeCoarse,
    MonotonicCoarse,
    Boottime,
    RealtimeAlarm,
    BoottimeAlarm,
    Tai,
    /// The processor time of some process or thread, by number: clock_getcpuclockid(3).
    Cpu(CpuClock),
}

/// What a negative clock number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CpuClock {
    /// 0 for the caller.
    pub pid: i32,
    pub thread: bool,
    pub kind: CpuTime,
}

impl Clock {
    /// `EINVAL` for a number that no clock has. Clocks that are devices (PTP) do not exist here.
    pub fn from_raw(number: i32) -> Result<Clock, Errno> {
        Ok(match number {
            0 => Clock::Realtime,
            1 => Clock::Monotonic,
            2 => Clock::ProcessCpu,
            3 => Clock::ThreadCpu,
            4 => Clock::MonotonicRaw,
            5 => Clock::RealtimeCoarse,
            6 => Clock::MonotonicCoarse,
            7 => Clock::Boottime,
            8 => Clock::RealtimeAlarm,
            9 => Clock::BoottimeAlarm,
            11 => Clock::Tai,
            ..0 => {
                let kind = match number & 3 {
                    0 => CpuTime::Prof,
                    1 => CpuTime::Virtual,
                    2 => CpuTime::Sched,
                    _ => return Err(Errno::EINVAL),
                };
                Clock::Cpu(CpuClock { pid: !(number >> 3), thread: number & 4 != 0, kind })
            }
            _ => return Err(Errno::EINVAL),
        })
    }

    /// The clock's time in ns.
    pub fn now_ns(self, cx: &Cx<'_>) -> Result<i64, Errno> {
        Ok(match self {
            Clock::Realtime | Clock::RealtimeAlarm => clock::realtime_ns(),
            Clock::Monotonic | Clock::Boottime | Clock::BoottimeAlarm => clock::monotonic_ns() as i64,
            Clock::MonotonicRaw => clock::monotonic_raw_ns() as i64,
            Clock::ProcessCpu => process_ns(&cx.task.group, CpuTime::Sched) as i64,
            Clock::ThreadCpu => cx.task.thread.cpu_time_ns() as i64,
            Clock::RealtimeCoarse => clock::realtime_coarse_ns(),
            Clock::MonotonicCoarse => clock::coarse(clock::monotonic_ns()) as i64,
            Clock::Tai => clock::tai_ns(),
            Clock::Cpu(cpu) => cpu.now_ns(cx)? as i64,
        })
    }
}

impl CpuClock {
    /// Whom the clock is of. `EINVAL` if there is no such thread of this process, or no such process.
    pub fn target(self, cx: &Cx<'_>) -> Result<Target, Errno> {
        let group = &cx.task.group;
        match (self.pid, self.thread) {
            (0, true) => Ok(Target::Thread(cx.task_arc())),
            (0, false) => Ok(Target::Process(Arc::clone(group))),
            (pid, true) => {
                let task = find_task(pid).filter(|task| Arc::ptr_eq(&task.group, group));
                task.map(Target::Thread).ok_or(Errno::EINVAL)
            }
            (pid, false) => {
                let task = find_task(pid).ok_or(Errno::EINVAL)?;
                // One's own thread number names one's process too; otherwise it must be a process's.
                if task.is_group_leader() || pid == cx.task.pid() {
                    Ok(Target::Process(Arc::clone(&task.group)))
                } else {
                    Err(Errno::EINVAL)
                }
            }
        }
    }

    fn now_ns(self, cx: &Cx<'_>) -> Result<u64, Errno> {
        Ok(match self.target(cx)? {
            Target::Thread(task) => thread_ns(&task, self.kind),
            Target::Process(group) => process_ns(&group, self.kind),
        })
    }
}

/// Whose processor time.
pub(crate) enum Target {
    Thread(Arc<Task>),
    Process(Arc<ThreadGroup>),
}

impl Clock {
    /// The clock for a timer, if it counts processor time. The owner is looked for: it may not be there (EINVAL).
    pub fn cpu_clock(self, cx: &Cx<'_>) -> Result<Option<cpu_clock::CpuClock>, Errno> {
        let cpu = match self {
            Clock::ProcessCpu => CpuClock { pid: 0, thread: false, kind: CpuTime::Sched },
            Clock::ThreadCpu => CpuClock { pid: 0, thread: true, kind: CpuTime::Sched },
            Clock::Cpu(cpu) => cpu,
            _ => return Ok(None),
        };
        let owner = match cpu.target(cx)? {
            Target::Thread(task) => CpuOwner::Thread(Arc::downgrade(&task)),
            Target::Process(group) => CpuOwner::Process(Arc::downgrade(&group)),
        };
        Ok(Some(cpu_clock::CpuClock { owner, kind: cpu.kind }))
    }
}

/// A time in ns as seconds and the rest.
#[inline]
pub(crate) fn timespec_of(ns: i64) -> RawTimespec {
    [ns.div_euclid(SECOND), ns.rem_euclid(SECOND)]
}

/// clock_gettime(2).
#[inline]
pub fn clock_gettime<T: Longs<2>>(cx: &mut Cx<'_>, which_clock: i32, tp: UserPtr<T>) -> Result<usize, Errno> {
    let now = Clock::from_raw(which_clock)?.now_ns(cx)?;
    cx.mm().write(tp, &T::narrow(timespec_of(now)))?;
    Ok(0)
}

/// clock_getres(2): 1 ns for the clocks that have a timer of their own, a tick for the coarse ones. The alarm
/// clocks need a hardware clock that can wake the machine; there is none (`EINVAL`).
pub fn clock_getres<T: Longs<2>>(cx: &mut Cx<'_>, which_clock: i32, tp: UserPtr<T>) -> Result<usize, Errno> {
    let resolution = match Clock::from_raw(which_clock)? {
        Clock::RealtimeCoarse | Clock::MonotonicCoarse => TICK_NS,
        Clock::RealtimeAlarm | Clock::BoottimeAlarm => return Err(Errno::EINVAL),
        Clock::Cpu(cpu) => {
            cpu.target(cx)?;
            if cpu.kind == CpuTime::Sched { 1 } else { TICK_NS }
        }
        _ => 1,
    };
    if let Some(tp) = tp.non_null() {
        cx.mm().write(tp, &T::narrow(timespec_of(resolution as i64)))?;
    }
    Ok(0)
}

/// clock_settime(2): only CLOCK_REALTIME can be set.
pub fn clock_settime<T: Longs<2>>(cx: &mut Cx<'_>, which_clock: i32, tp: UserPtr<T>) -> Result<usize, Errno> {
    let clock = Clock::from_raw(which_clock)?;
    match clock {
        Clock::Realtime | Clock::Cpu(_) => {}
        _ => return Err(Errno::EINVAL),
    }
    let [seconds, nanoseconds] = cx.mm().read(tp)?.widen();
    if let Clock::Cpu(cpu) = clock {
        cpu.target(cx)?;
    }
    if clock != Clock::Realtime {
        return Err(Errno::EPERM);
    }
    set_wall_clock(cx, seconds, nanoseconds)?;
    Ok(0)
}

/// Sets CLOCK_REALTIME: `EINVAL` for a time that it can't represent or that lies before the machine's start,
/// `EPERM` without CAP_SYS_TIME.
pub(crate) fn set_wall_clock(cx: &Cx<'_>, seconds: i64, nanoseconds: i64) -> Result<(), Errno> {
    if !(0..SETTABLE_SECONDS).contains(&seconds) || !(0..SECOND).contains(&nanoseconds) {
        return Err(Errno::EINVAL);
    }
    may_set_time(cx)?;
    let realtime_ns = seconds * SECOND + nanoseconds;
    if realtime_ns < clock::monotonic_ns() as i64 {
        return Err(Errno::EINVAL);
    }
    sched::ntp::clear();
    clock::set_realtime_ns(realtime_ns);
    Ok(())
}

fn may_set_time(cx: &Cx<'_>) -> Result<(), Errno> {
    if cx.cred().capable(CAP_SYS_TIME) { Ok(()) } else { Err(Errno::EPERM) }
}

/// gettimeofday(2).
pub fn gettimeofday<T: Longs<2>>(
    cx: &mut Cx<'_>,
    tv: UserPtr<T>,
    tz: UserPtr<RawTimezone>,
) -> Result<usize, Errno> {
    if let Some(tv) = tv.non_null() {
        let [seconds, nanoseconds] = timespec_of(clock::realtime_ns());
        cx.mm().write(tv, &T::narrow([seconds, nanoseconds / 1000]))?;
    }
    if let Some(tz) = tz.non_null() {
        cx.mm().write(tz, &clock::time_zone())?;
    }
    Ok(0)
}

/// settimeofday(2). The first call that sets only the time zone takes the hardware clock to have run in local
/// time and corrects the wall clock by it.
pub fn settimeofday<T: Longs<2>>(
    cx: &mut Cx<'_>,
    tv: UserPtr<T>,
    tz: UserPtr<RawTimezone>,
) -> Result<usize, Errno> {
    let time = match tv.non_null() {
        Some(tv) => {
            let [seconds, microseconds] = cx.mm().read(tv)?.widen();
            if !(0..=USEC_PER_SEC).contains(&microseconds) {
                return Err(Errno::EINVAL);
            }
            Some((seconds, microseconds * 1000))
        }
        None => None,
    };
    let zone = tz.non_null().map(|tz| cx.mm().read(tz)).transpose()?;
    if let Some((seconds, nanoseconds)) = time
        && (!(0..SETTABLE_SECONDS).contains(&seconds) || nanoseconds >= SECOND)
    {
        return Err(Errno::EINVAL);
    }
    may_set_time(cx)?;
    if let Some([minutes_west, dst]) = zone {
        if !(-15 * 60..=15 * 60).contains(&minutes_west) {
            return Err(Errno::EINVAL);
        }
        clock::set_time_zone([minutes_west, dst]);
        if !EVER_SET.swap(true, Ordering::Relaxed) && time.is_none() && minutes_west != 0 {
            clock::set_realtime_ns(clock::realtime_ns() + i64::from(minutes_west) * 60 * SECOND);
        }
    }
    if let Some((seconds, nanoseconds)) = time {
        set_wall_clock(cx, seconds, nanoseconds)?;
    }
    Ok(0)
}

/// time(2).
pub fn time<T: Longs<1>>(cx: &mut Cx<'_>, tloc: UserPtr<T>) -> Result<usize, Errno> {
    let seconds = clock::realtime_coarse_ns().div_euclid(SECOND);
    if let Some(tloc) = tloc.non_null() {
        cx.mm().write(tloc, &T::narrow([seconds]))?;
    }
    Ok(seconds as usize)
}

/// times(2): user, system, children's user, children's system time, in ticks of 10 ms; the result is the time
/// since boot.
pub fn times<T: Longs<4>>(cx: &mut Cx<'_>, tbuf: UserPtr<T>) -> Result<usize, Errno> {
    if let Some(tbuf) = tbuf.non_null() {
        let own = cx.task.group.usage();
        let children = cx.task.group.children_usage();
        let ns = [own.utime_ns, own.stime_ns, children.utime_ns, children.stime_ns];
        cx.mm().write(tbuf, &T::narrow(ns.map(|ns| (ns / CLOCK_TICK_NS) as i64)))?;
    }
    Ok((clock::monotonic_ns() / CLOCK_TICK_NS) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_numbers() {
        assert_eq!(Clock::from_raw(1), Ok(Clock::Monotonic));
        assert_eq!(Clock::from_raw(10), Err(Errno::EINVAL));
        assert_eq!(Clock::from_raw(12), Err(Errno::EINVAL));
        // What clock_getcpuclockid(1234) and pthread_getcpuclockid make.
        let number = (!1234 << 3) | 2;
        let cpu = CpuClock { pid: 1234, thread: false, kind: CpuTime::Sched };
        assert_eq!(Clock::from_raw(number), Ok(Clock::Cpu(cpu)));
        assert_eq!(Clock::from_raw(number | 4), Ok(Clock::Cpu(CpuClock { thread: true, ..cpu })));
        assert_eq!(Clock::from_raw(number | 3), Err(Errno::EINVAL));
    }

    #[test]
    fn times_before_the_epoch_have_positive_nanoseconds() {
        assert_eq!(timespec_of(-1), [-1, SECOND - 1]);
        assert_eq!(timespec_of(3 * SECOND + 7), [3, 7]);
    }
}
