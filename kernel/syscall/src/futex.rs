//! futex(2).

use abi::Errno;
use ipc::futex::{self as fast, Waited};
use mm::UserPtr;
use process::Cx;

use crate::signal::timespec_ns;

const WAIT: i32 = 0;
const WAKE: i32 = 1;
const REQUEUE: i32 = 3;
const CMP_REQUEUE: i32 = 4;
const WAKE_OP: i32 = 5;
const WAIT_BITSET: i32 = 9;
const WAKE_BITSET: i32 = 10;
const PRIVATE_FLAG: i32 = 128;
const CLOCK_REALTIME: i32 = 256;
const MATCH_ANY: u32 = u32::MAX;

/// futex(2). The fourth argument is a timeout for the waiting operations and a number for
/// the others. Priority inheritance is not supported (`ENOSYS`).
#[inline]
pub fn futex(
    cx: &mut Cx<'_>,
    uaddr: UserPtr<u32>,
    op: i32,
    val: u32,
    utime: UserPtr<[i64; 2]>,
    uaddr2: UserPtr<u32>,
    val3: u32,
) -> Result<usize, Errno> {
    let shared = op & PRIVATE_FLAG == 0;
    let command = op & !(PRIVATE_FLAG | CLOCK_REALTIME);
    let count = val as i32;
    let val2 = utime.addr() as i32;
    let (addr, addr2) = (uaddr.addr(), uaddr2.addr());
    if op & CLOCK_REALTIME != 0 && command != WAIT_BITSET {
        return Err(Errno::ENOSYS);
    }
    match command {
        WAKE => fast::wake(cx.mm(), addr, count, MATCH_ANY, shared),
        WAKE_BITSET => fast::wake(cx.mm(), addr, count, val3, shared),
        WAIT | WAIT_BITSET => {
            let bitset = if command == WAIT { MATCH_ANY } else { val3 };
            let deadline_ns = deadline(cx, op, command, utime)?;
            wait(cx, addr, val, bitset, shared, deadline_ns)
        }
        REQUEUE => fast::requeue(cx.mm(), addr, addr2, count, val2, None, shared),
        CMP_REQUEUE => fast::requeue(cx.mm(), addr, addr2, count, val2, Some(val3), shared),
        WAKE_OP => fast::wake_op(cx.mm(), addr, addr2, count, val2, val3, shared),
        _ => Err(Errno::ENOSYS),
    }
}

/// The timeout as a time of CLOCK_MONOTONIC: FUTEX_WAIT's is a span, FUTEX_WAIT_BITSET's a time.
fn deadline(cx: &Cx<'_>, op: i32, command: i32, utime: UserPtr<[i64; 2]>) -> Result<Option<u64>, Errno> {
    let Some(utime) = utime.non_null() else { return Ok(None) };
    let time_ns = timespec_ns(cx.mm().read(utime)?)?;
    Ok(Some(if command == WAIT {
        sched::clock::monotonic_ns().saturating_add(time_ns)
    } else if op & CLOCK_REALTIME != 0 {
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
