//! The futex calls of Linux 5.16 and 6.7: futex_waitv(2), futex_wake, futex_wait, futex_requeue.

use abi::Errno;
use abi::layout::Longs;
use alloc::vec::Vec;
use ipc::futex::{self as fast, Waited, Word};
use mm::UserPtr;
use process::Cx;
use sched::clock;

use crate::signal::timespec_ns;

/// `struct futex_waitv`: value, address, flags and a reserved word.
type RawWaiter = [u64; 3];

const SIZE_MASK: u32 = 3;
const SIZE_U32: u32 = 2;
const NUMA: u32 = 4;
const MPOL: u32 = 8;
const PRIVATE: u32 = 128;
/// No node's number: the kernel is to enter one.
const NO_NODE: u32 = u32::MAX;
const WAITV_MAX: u32 = 128;
const CLOCK_REALTIME: i32 = 0;
const CLOCK_MONOTONIC: i32 = 1;

/// What the flags say of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kind {
    shared: bool,
    /// A memory node's number follows the word.
    with_node: bool,
    by_policy: bool,
}

impl Kind {
    /// Only words of 32 bits are known. There is one memory node, so no policy decides between several.
    fn new(flags: u32) -> Result<Self, Errno> {
        if flags & !(SIZE_MASK | NUMA | MPOL | PRIVATE) != 0 || flags & SIZE_MASK != SIZE_U32 {
            return Err(Errno::EINVAL);
        }
        Ok(Kind { shared: flags & PRIVATE == 0, with_node: flags & NUMA != 0, by_policy: flags & MPOL != 0 })
    }

    /// Looks at the node's number, and enters that of the only one where none is given.
    fn enter_node(self, cx: &Cx<'_>, addr: u64) -> Result<(), Errno> {
        if !self.with_node {
            return Ok(());
        }
        if !addr.is_multiple_of(8) {
            return Err(Errno::EINVAL);
        }
        let node = UserPtr::<u32>::new(addr).offset(1).ok_or(Errno::EFAULT)?;
        match cx.mm().read(node)? {
            NO_NODE => cx.mm().write(node, &0),
            0 => Ok(()),
            _ => Err(Errno::EINVAL),
        }
    }
}

fn word(value: u64) -> Result<u32, Errno> {
    u32::try_from(value).map_err(|_| Errno::EINVAL)
}

/// A time of one of two clocks, as one of CLOCK_MONOTONIC.
fn deadline<T: Longs<2>>(cx: &Cx<'_>, timeout: UserPtr<T>, clock_id: i32) -> Result<Option<u64>, Errno> {
    let Some(timeout) = timeout.non_null() else { return Ok(None) };
    if clock_id != CLOCK_REALTIME && clock_id != CLOCK_MONOTONIC {
        return Err(Errno::EINVAL);
    }
    let time_ns = timespec_ns(cx.mm().read(timeout)?.widen())?;
    Ok(Some(match clock_id {
        CLOCK_REALTIME => clock::realtime_to_monotonic(i64::try_from(time_ns).unwrap_or(i64::MAX)),
        _ => time_ns,
    }))
}

/// futex_wake: FUTEX_WAKE_BITSET of futex(2) that can wake nobody.
pub fn futex_wake(
    cx: &mut Cx<'_>,
    uaddr: UserPtr<u32>,
    mask: u64,
    count: i32,
    flags: u32,
) -> Result<usize, Errno> {
    let (kind, mask) = (Kind::new(flags)?, word(mask)?);
    if mask == 0 {
        return Err(Errno::EINVAL);
    }
    kind.enter_node(cx, uaddr.addr())?;
    let shared = kind.shared;
    if count == 0 {
        return fast::check(cx.mm(), uaddr.addr(), shared).map(|()| 0);
    }
    fast::wake(cx.mm(), uaddr.addr(), count, mask, shared)
}

/// futex_wait: FUTEX_WAIT_BITSET of futex(2) with a clock of its own choice.
pub fn futex_wait<T: Longs<2>>(
    cx: &mut Cx<'_>,
    uaddr: UserPtr<u32>,
    value: u64,
    mask: u64,
    flags: u32,
    timeout: UserPtr<T>,
    clock_id: i32,
) -> Result<usize, Errno> {
    let (kind, value, mask) = (Kind::new(flags)?, word(value)?, word(mask)?);
    let deadline_ns = deadline(cx, timeout, clock_id)?;
    if mask == 0 {
        return Err(Errno::EINVAL);
    }
    kind.enter_node(cx, uaddr.addr())?;
    match fast::wait(cx.mm(), uaddr.addr(), value, mask, kind.shared, deadline_ns)? {
        Waited::Woken => Ok(0),
        Waited::TimedOut => Err(Errno::ETIMEDOUT),
        Waited::Interrupted => Err(Errno::ERESTARTSYS),
    }
}

fn read_words(cx: &Cx<'_>, list: UserPtr<RawWaiter>, count: u32, one_kind: bool) -> Result<Vec<Word>, Errno> {
    let mut words = Vec::new();
    let mut kinds = Vec::new();
    kinds.try_reserve_exact(count as usize).map_err(|_| Errno::ENOMEM)?;
    words.try_reserve_exact(count as usize).map_err(|_| Errno::ENOMEM)?;
    for nth in 0..u64::from(count) {
        let [value, addr, rest] = cx.mm().read(list.offset(nth).ok_or(Errno::EFAULT)?)?;
        let (flags, reserved) = (rest as u32, (rest >> 32) as u32);
        if reserved != 0 {
            return Err(Errno::EINVAL);
        }
        let kind = Kind::new(flags)?;
        words.push(Word { addr, value: word(value)?, shared: kind.shared });
        kinds.push(kind);
    }
    if one_kind && kinds.iter().any(|kind| Some(kind) != kinds.first()) {
        return Err(Errno::EINVAL);
    }
    // Only when all are known to make sense.
    words.iter().zip(kinds).try_for_each(|(word, kind)| kind.enter_node(cx, word.addr))?;
    Ok(words)
}

/// futex_requeue: FUTEX_CMP_REQUEUE of futex(2). Both words have to be of one kind.
pub fn futex_requeue(
    cx: &mut Cx<'_>,
    list: UserPtr<RawWaiter>,
    flags: u32,
    wake_count: i32,
    move_count: i32,
) -> Result<usize, Errno> {
    if flags != 0 || list.is_null() {
        return Err(Errno::EINVAL);
    }
    let words = read_words(cx, list, 2, true)?;
    let [from, to] = words.as_slice() else { return Err(Errno::EINVAL) };
    fast::requeue_words(cx.mm(), from, to, wake_count, move_count)
}

/// futex_waitv(2): the result is the place in the list of one that was woken.
pub fn futex_waitv<T: Longs<2>>(
    cx: &mut Cx<'_>,
    list: UserPtr<RawWaiter>,
    count: u32,
    flags: u32,
    timeout: UserPtr<T>,
    clock_id: i32,
) -> Result<usize, Errno> {
    if flags != 0 || !(1..=WAITV_MAX).contains(&count) || list.is_null() {
        return Err(Errno::EINVAL);
    }
    let deadline_ns = deadline(cx, timeout, clock_id)?;
    let words = read_words(cx, list, count, false)?;
    match fast::wait_many(cx.mm(), &words, deadline_ns)? {
        Ok(nth) => Ok(nth),
        Err(Waited::TimedOut) => Err(Errno::ETIMEDOUT),
        Err(_) => Err(Errno::ERESTARTSYS),
    }
}
