//! futex(2).

use abi::Errno;
use abi::consts::futex::*;
use abi::layout::Longs;
use ipc::futex::pi::{self, Caller, Peer};
use ipc::futex::{self as fast, Waited};
use mm::UserPtr;
use process::{Cx, find_task};

use crate::signal::timespec_ns;

/// futex(2). The fourth argument is a timeout for the operations that wait and a number for the others.
#[inline]
pub fn futex<T: Longs<2>>(
    cx: &mut Cx<'_>,
    uaddr: UserPtr<u32>,
    op: i32,
    val: u32,
    utime: UserPtr<T>,
    uaddr2: UserPtr<u32>,
    val3: u32,
) -> Result<usize, Errno> {
    let op = op as u32;
    let shared = op & FUTEX_PRIVATE_FLAG == 0;
    let command = op & FUTEX_CMD_MASK;
    let count = val as i32;
    let val2 = utime.addr() as i32;
    let (addr, addr2) = (uaddr.addr(), uaddr2.addr());
    if op & FUTEX_CLOCK_REALTIME != 0 {
        return on_wall_clock(cx, (addr, addr2), op, (val, val3), utime);
    }
    match command {
        FUTEX_WAKE => fast::wake(cx.mm(), addr, count, FUTEX_BITSET_MATCH_ANY, shared),
        FUTEX_WAKE_BITSET => fast::wake(cx.mm(), addr, count, val3, shared),
        FUTEX_WAIT | FUTEX_WAIT_BITSET => {
            let bitset = if command == FUTEX_WAIT { FUTEX_BITSET_MATCH_ANY } else { val3 };
            let deadline_ns = deadline(cx, op, utime)?;
            wait(cx, addr, val, bitset, shared, deadline_ns)
        }
        FUTEX_REQUEUE => fast::requeue(cx.mm(), addr, addr2, count, val2, None, shared),
        FUTEX_CMP_REQUEUE => fast::requeue(cx.mm(), addr, addr2, count, val2, Some(val3), shared),
        FUTEX_WAKE_OP => fast::wake_op(cx.mm(), addr, addr2, count, val2, val3, shared),
        FUTEX_LOCK_PI | FUTEX_LOCK_PI2 => {
            let deadline_ns = deadline(cx, op, utime)?;
            pi::lock(&caller(cx), addr, shared, deadline_ns)
        }
        FUTEX_TRYLOCK_PI => pi::try_lock(&caller(cx), addr, shared),
        FUTEX_UNLOCK_PI => pi::unlock(&caller(cx), addr, shared),
        FUTEX_WAIT_REQUEUE_PI => {
            let deadline_ns = deadline(cx, op, utime)?;
            pi::wait_requeue_pi(&caller(cx), (addr, val), addr2, shared, deadline_ns)
        }
        FUTEX_CMP_REQUEUE_PI => pi::cmp_requeue_pi(&caller(cx), addr, addr2, (count, val2), val3, shared),
        _ => Err(Errno::ENOSYS),
    }
}

/// FUTEX_CLOCK_REALTIME goes with three operations. A timeout that can't be one is noticed before.
#[cold]
fn on_wall_clock<T: Longs<2>>(
    cx: &mut Cx<'_>,
    (addr, addr2): (u64, u64),
    op: u32,
    (val, val3): (u32, u32),
    utime: UserPtr<T>,
) -> Result<usize, Errno> {
    let shared = op & FUTEX_PRIVATE_FLAG == 0;
    let command = op & FUTEX_CMD_MASK;
    let waits = [FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_LOCK_PI, FUTEX_LOCK_PI2, FUTEX_WAIT_REQUEUE_PI];
    let deadline_ns = if waits.contains(&command) { deadline(cx, op, utime)? } else { None };
    match command {
        FUTEX_WAIT_BITSET => wait(cx, addr, val, val3, shared, deadline_ns),
        FUTEX_LOCK_PI2 => pi::lock(&caller(cx), addr, shared, deadline_ns),
        FUTEX_WAIT_REQUEUE_PI => pi::wait_requeue_pi(&caller(cx), (addr, val), addr2, shared, deadline_ns),
        _ => Err(Errno::ENOSYS),
    }
}

fn caller<'a>(cx: &'a Cx<'_>) -> Caller<'a> {
    let find = |tid: u32| {
        let task = find_task(i32::try_from(tid).ok()?)?;
        Some(Peer { is_kthread: task.is_kthread(), thread: task })
    };
    Caller { mm: cx.mm(), thread: cx.task_arc(), tid: cx.task.pid() as u32, find }
}

/// The timeout as a time of CLOCK_MONOTONIC: FUTEX_WAIT's is a span, the others' a time, FUTEX_LOCK_PI's always
/// one of CLOCK_REALTIME.
fn deadline<T: Longs<2>>(cx: &Cx<'_>, op: u32, utime: UserPtr<T>) -> Result<Option<u64>, Errno> {
    let Some(utime) = utime.non_null() else { return Ok(None) };
    let time_ns = timespec_ns(cx.mm().read(utime)?.widen())?;
    let command = op & FUTEX_CMD_MASK;
    Ok(Some(if command == FUTEX_WAIT {
        sched::clock::monotonic_ns().saturating_add(time_ns)
    } else if command == FUTEX_LOCK_PI || op & FUTEX_CLOCK_REALTIME != 0 {
        sched::clock::realtime_to_monotonic(i64::try_from(time_ns).unwrap_or(i64::MAX))
    } else {
        time_ns
    }))
}

fn wait(
    cx: &mut Cx<'_>,
    addr: u64,
    value: u32,
    bitset: u32,
    shared: bool,
    deadline_ns: Option<u64>,
) -> Result<usize, Errno> {
    match fast::wait(cx.mm(), addr, value, bitset, shared, deadline_ns)? {
        Waited::Woken => Ok(0),
        Waited::TimedOut => Err(Errno::ETIMEDOUT),
        Waited::Interrupted => {
            let Some(deadline_ns) = deadline_ns else { return Err(Errno::ERESTARTSYS) };
            let args = [addr, u64::from(value), u64::from(bitset), u64::from(shared), deadline_ns, 0];
            cx.task.set_restart(wait_again, args);
            Err(Errno::ERESTART_RESTARTBLOCK)
        }
    }
}

/// Goes on with an interrupted wait until the same moment.
fn wait_again(cx: &mut Cx<'_>, args: [u64; 6]) -> Result<usize, Errno> {
    let [addr, value, bitset, shared, deadline_ns, _] = args;
    wait(cx, addr, value as u32, bitset as u32, shared != 0, Some(deadline_ns))
}
