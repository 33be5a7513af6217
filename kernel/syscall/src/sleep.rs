//! Sleeping: nanosleep(2), clock_nanosleep(2).
//!
//! A sleep of a given length that a signal interrupts without running a handler goes on, through
//! `restart_syscall`, until the moment that was computed at its start; a sleep until a given time is simply
//! started again.

use abi::Errno;
use abi::layout::Longs;
use alloc::sync::Arc;
use mm::UserPtr;
use process::Cx;
use process::cpu_clock::{CpuTime, process_ns};
use sched::{Deadline, WaitResult, clock};

use crate::signal::timespec_ns;
use crate::time::{Clock, Target, timespec_of};

const TIMER_ABSTIME: i32 = 1;

/// nanosleep(2).
pub fn nanosleep<T: Longs<2>>(cx: &mut Cx<'_>, rqtp: UserPtr<T>, rmtp: UserPtr<T>) -> Result<usize, Errno> {
    let span_ns = timespec_ns(cx.mm().read(rqtp)?.widen())?;
    sleep_until(cx, clock::monotonic_ns().saturating_add(span_ns), rmtp)
}

/// clock_nanosleep(2).
pub fn clock_nanosleep<T: Longs<2>>(
    cx: &mut Cx<'_>,
    which_clock: i32,
    flags: i32,
    rqtp: UserPtr<T>,
    rmtp: UserPtr<T>,
) -> Result<usize, Errno> {
    let which = Clock::from_raw(which_clock)?;
    match which {
        Clock::Realtime | Clock::Monotonic | Clock::Boottime | Clock::Tai => {}
        Clock::ProcessCpu | Clock::Cpu(_) => {}
        Clock::ThreadCpu | Clock::MonotonicRaw | Clock::RealtimeCoarse | Clock::MonotonicCoarse => {
            return Err(Errno::EOPNOTSUPP);
        }
        // There is no hardware clock that could wake the machine.
        Clock::RealtimeAlarm | Clock::BoottimeAlarm => return Err(Errno::EOPNOTSUPP),
    }
    let request_ns = timespec_ns(cx.mm().read(rqtp)?.widen())?;
    let absolute = flags & TIMER_ABSTIME != 0;
    match which {
        Clock::Realtime | Clock::Tai if absolute => sleep_until_wall_time(cx, which, request_ns),
        Clock::ProcessCpu | Clock::Cpu(_) => {
            sleep_cpu_time(cx, which, which_clock, request_ns, absolute, rmtp)
        }
        _ if absolute => match sched::sleep_leniently_until(request_ns) {
            WaitResult::Interrupted => Err(Errno::ERESTARTNOHAND),
            _ => Ok(0),
        },
        // The length of a sleep is measured on the monotonic clock, whatever happens to the wall clock.
        _ => sleep_until(cx, clock::monotonic_ns().saturating_add(request_ns), rmtp),
    }
}

fn sleep_until<T: Longs<2>>(cx: &mut Cx<'_>, deadline_ns: u64, rmtp: UserPtr<T>) -> Result<usize, Errno> {
    while sched::sleep_leniently_until(deadline_ns) != WaitResult::TimedOut {
        if !sched::signal_pending() {
            continue;
        }
        let left_ns = deadline_ns.saturating_sub(clock::monotonic_ns());
        if left_ns == 0 {
            return Ok(0);
        }
        if let Some(rmtp) = rmtp.non_null() {
            cx.mm().write(rmtp, &T::narrow(timespec_of(left_ns.min(i64::MAX as u64) as i64)))?;
        }
        cx.task.set_restart(go_on_sleeping::<T>, [deadline_ns, rmtp.addr(), 0, 0, 0, 0]);
        return Err(Errno::ERESTART_RESTARTBLOCK);
    }
    Ok(0)
}

fn go_on_sleeping<T: Longs<2>>(cx: &mut Cx<'_>, args: [u64; 6]) -> Result<usize, Errno> {
    sleep_until(cx, args[0], UserPtr::<T>::new(args[1]))
}

/// Sleeps until the wall clock shows a time; when the clock is set meanwhile, the span is computed anew.
fn sleep_until_wall_time(cx: &mut Cx<'_>, which: Clock, request_ns: u64) -> Result<usize, Errno> {
    let request_ns = request_ns.min(i64::MAX as u64) as i64;
    loop {
        let times_set = clock::times_set();
        let left_ns = request_ns.saturating_sub(which.now_ns(cx)?).max(0) as u64;
        let deadline_ns = clock::monotonic_ns().saturating_add(left_ns);
        let set = || clock::times_set() != times_set;
        match clock::CLOCK_SET.wait_event_interruptible_until(Some(Deadline::Lenient(deadline_ns)), set) {
            WaitResult::TimedOut => return Ok(0),
            WaitResult::Interrupted => return Err(Errno::ERESTARTNOHAND),
            WaitResult::Ready => {}
        }
    }
}

/// A look at a processor-time clock is repeated after at least this long.
const CPU_SLEEP_MIN_NS: u64 = 1_000_000;

/// Sleeps until a process has used processor time. Nothing tells when, so it looks whenever all its threads
/// could have used what is left.
fn sleep_cpu_time<T: Longs<2>>(
    cx: &mut Cx<'_>,
    which: Clock,
    number: i32,
    request_ns: u64,
    absolute: bool,
    rmtp: UserPtr<T>,
) -> Result<usize, Errno> {
    if let Clock::Cpu(cpu) = which {
        // One's own processor time does not pass while one sleeps.
        if cpu.thread && (cpu.pid == 0 || cpu.pid == cx.task.pid()) {
            return Err(Errno::EINVAL);
        }
        cpu.target(cx)?;
    }
    let now = which.now_ns(cx)?.max(0) as u64;
    let until_ns = if absolute { request_ns } else { now.saturating_add(request_ns) };
    let left_ns = match wait_cpu_time(cx, which, until_ns)? {
        None => return Ok(0),
        Some(left_ns) => left_ns,
    };
    if absolute {
        return Err(Errno::ERESTARTNOHAND);
    }
    if let Some(rmtp) = rmtp.non_null() {
        cx.mm().write(rmtp, &T::narrow(timespec_of(left_ns.min(i64::MAX as u64) as i64)))?;
    }
    let args = [until_ns, rmtp.addr(), number as u32 as u64, 0, 0, 0];
    cx.task.set_restart(go_on_sleeping_cpu_time::<T>, args);
    Err(Errno::ERESTART_RESTARTBLOCK)
}

fn go_on_sleeping_cpu_time<T: Longs<2>>(cx: &mut Cx<'_>, args: [u64; 6]) -> Result<usize, Errno> {
    let number = args[2] as u32 as i32;
    let which = Clock::from_raw(number)?;
    let rmtp: UserPtr<T> = UserPtr::new(args[1]);
    match wait_cpu_time(cx, which, args[0])? {
        None => Ok(0),
        Some(left_ns) => {
            if let Some(rmtp) = rmtp.non_null() {
                cx.mm().write(rmtp, &T::narrow(timespec_of(left_ns.min(i64::MAX as u64) as i64)))?;
            }
            cx.task.set_restart(go_on_sleeping_cpu_time::<T>, args);
            Err(Errno::ERESTART_RESTARTBLOCK)
        }
    }
}

/// None when the time has come, what is left when a signal came first.
fn wait_cpu_time(cx: &Cx<'_>, which: Clock, until_ns: u64) -> Result<Option<u64>, Errno> {
    let target = match which {
        Clock::Cpu(cpu) => cpu.target(cx)?,
        _ => Target::Process(Arc::clone(&cx.task.group)),
    };
    loop {
        let (now, threads) = match (&target, which) {
            (Target::Process(group), Clock::Cpu(cpu)) => (process_ns(group, cpu.kind), group.nr_threads()),
            (Target::Process(group), _) => (process_ns(group, CpuTime::Sched), group.nr_threads()),
            (Target::Thread(task), _) => (task.thread.cpu_time_ns(), 1),
        };
        let left_ns = until_ns.saturating_sub(now);
        if left_ns == 0 {
            return Ok(None);
        }
        let pause_ns = (left_ns / threads.max(1) as u64).max(CPU_SLEEP_MIN_NS);
        if sched::sleep_until(clock::monotonic_ns().saturating_add(pause_ns)) == WaitResult::Interrupted {
            return Ok(Some(left_ns));
        }
    }
}
