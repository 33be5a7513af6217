//! Timers that send signals: timer_create(2) and its kin.

use ::process::posix_timer::{self as timers, Base, Notify, Setting};
use ::process::signal::NSIG;
use ::process::{Cx, find_task};
use abi::Errno;
use abi::layout::{Longs, SigeventLayout};
use mm::UserPtr;
use sched::clock;
use vfs::consts::CAP_WAKE_ALARM;

use crate::time::Clock;
use crate::timerfd::{read_setting, write_setting};

const SIGALRM: i32 = 14;
const SIGEV_SIGNAL: i32 = 0;
const SIGEV_NONE: i32 = 1;
const SIGEV_THREAD: i32 = 2;
const SIGEV_THREAD_ID: i32 = 4;
const TIMER_ABSTIME: i32 = 1;

fn base_of(cx: &Cx<'_>, number: i32) -> Result<Base, Errno> {
    // What a device would be, if there were any that is a clock.
    if number < 0 && number & 7 == 3 {
        return Err(Errno::EOPNOTSUPP);
    }
    let which = Clock::from_raw(number)?;
    if let Some(cpu) = which.cpu_clock(cx)? {
        return Ok(Base::Cpu(cpu));
    }
    match which {
        Clock::Realtime | Clock::RealtimeAlarm => Ok(Base::Wall(0)),
        Clock::Tai => {
            let ahead = clock::tai_offset().max(0) as u64;
            Ok(Base::Wall(ahead * sched::NSEC_PER_SEC))
        }
        Clock::Monotonic | Clock::Boottime | Clock::BoottimeAlarm => Ok(Base::Monotonic),
        _ => Err(Errno::EOPNOTSUPP),
    }
}

fn notify_of<E: SigeventLayout>(cx: &Cx<'_>, event: UserPtr<E>) -> Result<(Notify, Option<u64>), Errno> {
    let Some(event) = event.non_null() else { return Ok((Notify::Process(SIGALRM), None)) };
    let (value, signo, kind, tid) = cx.mm().read(event)?.members();
    let is_signal = (1..=NSIG).contains(&signo);
    let notify = match kind {
        SIGEV_NONE => Notify::Nothing,
        SIGEV_SIGNAL | SIGEV_THREAD if is_signal => Notify::Process(signo),
        SIGEV_THREAD_ID if is_signal && find_task(tid).is_some_and(|task| task.tgid() == cx.task.tgid()) => {
            Notify::Thread(signo, tid)
        }
        _ => return Err(Errno::EINVAL),
    };
    Ok((notify, Some(value)))
}

/// timer_create(2).
pub fn timer_create<E: SigeventLayout>(
    cx: &mut Cx<'_>,
    clock: i32,
    event: UserPtr<E>,
    id: UserPtr<i32>,
) -> Result<usize, Errno> {
    let (notify, value) = notify_of(cx, event)?;
    let base = base_of(cx, clock)?;
    let alarm = matches!(Clock::from_raw(clock)?, Clock::RealtimeAlarm | Clock::BoottimeAlarm);
    if alarm && !cx.cred().capable(CAP_WAKE_ALARM) {
        return Err(Errno::EPERM);
    }
    let group = &cx.task.group;
    let number = timers::create(group, base, notify, value)?;
    cx.mm().write(id, &number).inspect_err(|_| {
        let _ = timers::delete(group, number);
    })?;
    Ok(0)
}

/// timer_settime(2).
pub fn timer_settime<T: Longs<4>>(
    cx: &mut Cx<'_>,
    id: i32,
    flags: i32,
    new: UserPtr<T>,
    old: UserPtr<T>,
) -> Result<usize, Errno> {
    if new.is_null() {
        return Err(Errno::EINVAL);
    }
    let [value_ns, interval_ns] = read_setting(cx, new)?;
    let absolute = flags & TIMER_ABSTIME != 0;
    let before = timers::set(&cx.task.group, id, absolute, Setting { value_ns, interval_ns })?;
    if let Some(old) = old.non_null() {
        write_setting(cx, old, before.value_ns, before.interval_ns)?;
    }
    Ok(0)
}

/// timer_gettime(2).
pub fn timer_gettime<T: Longs<4>>(cx: &mut Cx<'_>, id: i32, to: UserPtr<T>) -> Result<usize, Errno> {
    let now = timers::get(&cx.task.group, id)?;
    write_setting(cx, to, now.value_ns, now.interval_ns).map(|()| 0)
}

/// timer_getoverrun(2).
pub fn timer_getoverrun(cx: &mut Cx<'_>, id: i32) -> Result<usize, Errno> {
    timers::overrun(&cx.task.group, id).map(|count| count as usize)
}

/// timer_delete(2).
pub fn timer_delete(cx: &mut Cx<'_>, id: i32) -> Result<usize, Errno> {
    timers::delete(&cx.task.group, id).map(|()| 0)
}
