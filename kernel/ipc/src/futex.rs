//! Futexes: sleeping until a word in user memory changes (futex(2), futex(7)).
//!
//! Waiters hang in hash buckets, each with a spin lock. A waiter queues itself first and
//! looks at the word afterwards, without the lock, because looking may fault: a waker
//! that changed the word before the waiter looked either finds it queued, or took the lock
//! first, and then the waiter sees the new value. A wake-up that comes while it still looks
//! counts as one.

mod many;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use abi::Errno;
use mm::{AddressSpace, FutexKey, TASK_SIZE_MAX, UserPtr};
use sched::{WaitQueue, WaitResult};
use sync::{SpinGuard, SpinLock, rank};

pub use many::{Word, wait_many};

const BUCKETS: usize = 256;

struct Entry {
    key: FutexKey,
    bitset: u32,
    waiter: Arc<Waiter>,
}

struct Waiter {
    woken: AtomicBool,
    /// The bucket it hangs in; changed under that bucket's lock.
    bucket: AtomicUsize,
    queue: WaitQueue,
    /// Where the thread sleeps instead when it waits for several words.
    group: Option<Arc<WaitQueue>>,
}

struct Bucket {
    first: SpinLock<Vec<Entry>>,
}

static TABLE: [Bucket; BUCKETS] =
    [const { Bucket { first: SpinLock::new(rank::FUTEX_BUCKET, Vec::new()) } }; BUCKETS];

/// Which bucket a key belongs to.
#[inline]
fn hash(key: &FutexKey) -> usize {
    let mixed = (key.object ^ (key.offset >> 2)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as usize % BUCKETS
}

#[inline]
fn bucket(index: usize) -> SpinGuard<'static, Vec<Entry>> {
    TABLE[index % BUCKETS].first.lock()
}

#[inline]
fn key_of(mm: &AddressSpace, addr: u64, shared: bool) -> Result<FutexKey, Errno> {
    if addr & 3 != 0 {
        return Err(Errno::EINVAL);
    }
    if addr >= TASK_SIZE_MAX {
        return Err(Errno::EFAULT);
    }
    mm.futex_key(addr, shared)
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// Woken.
    Woken,
    /// The deadline has come.
    TimedOut,
    /// A signal is pending.
    Interrupted,
}

/// Sleeps until a waker's `bitset` meets this one, if the word at `addr` is still `value`
/// (else `EAGAIN`). The deadline is a time of CLOCK_MONOTONIC in ns. `EINVAL` for an empty
/// bitset or a misaligned address, `EFAULT` for a bad one.
pub fn wait(
    mm: &AddressSpace,
    addr: u64,
    value: u32,
    bitset: u32,
    shared: bool,
    deadline_ns: Option<u64>,
) -> Result<Waited, Errno> {
    if bitset == 0 {
        return Err(Errno::EINVAL);
    }
    let key = key_of(mm, addr, shared)?;
    let index = hash(&key);
    let waiter = Arc::new(Waiter {
        woken: AtomicBool::new(false),
        bucket: AtomicUsize::new(index),
        queue: WaitQueue::new(),
        group: None,
    });
    bucket(index).push(Entry { key, bitset, waiter: waiter.clone() });
    let seen = match mm.read(UserPtr::<u32>::new(addr)) {
        Ok(seen) => seen,
        Err(errno) => return unqueue(&waiter).then_some(Waited::Woken).ok_or(errno),
    };
    if seen != value {
        return unqueue(&waiter).then_some(Waited::Woken).ok_or(Errno::EAGAIN);
    }
    let woken = || waiter.woken.load(Ordering::Acquire);
    let ended = match waiter.queue.wait_event_interruptible_timeout(deadline_ns, woken) {
        WaitResult::Ready => return Ok(Waited::Woken),
        WaitResult::TimedOut => Waited::TimedOut,
        WaitResult::Interrupted => Waited::Interrupted,
    };
    Ok(if unqueue(&waiter) { Waited::Woken } else { ended })
}

/// Takes a waiter out of its bucket; `true` if it had been woken already.
fn unqueue(waiter: &Arc<Waiter>) -> bool {
    loop {
        if waiter.woken.load(Ordering::Acquire) {
            return true;
        }
        let index = waiter.bucket.load(Ordering::Relaxed);
        let mut entries = bucket(index);
        let found = entries.iter().position(|entry| Arc::ptr_eq(&entry.waiter, waiter));
        if let Some(at) = found {
            let entry = entries.remove(at);
            drop(entries);
            drop(entry);
            return false;
        }
        // Woken, or moved to another bucket in this moment.
    }
}

impl Entry {
    fn wake(self) {
        self.waiter.woken.store(true, Ordering::Release);
        self.waiter.group.as_deref().unwrap_or(&self.waiter.queue).wake_all();
    }
}

/// Wakes up to `count` waiters (at least one, as Linux does) whose bitset meets `bitset`;
/// how many were woken.
pub fn wake(mm: &AddressSpace, addr: u64, count: i32, bitset: u32, shared: bool) -> Result<usize, Errno> {
    if bitset == 0 {
        return Err(Errno::EINVAL);
    }
    let key = key_of(mm, addr, shared)?;
    let mut entries = bucket(hash(&key));
    if entries.is_empty() {
        return Ok(0);
    }
    Ok(wake_in(&mut entries, &key, count.max(1) as usize, bitset))
}

fn wake_in(entries: &mut Vec<Entry>, key: &FutexKey, count: usize, bitset: u32) -> usize {
    let mut woken = 0;
    let mut at = 0;
    while woken < count {
        let Some(entry) = entries.get(at) else { break };
        if entry.key == *key && entry.bitset & bitset != 0 {
            entries.remove(at).wake();
            woken += 1;
        } else {
            at += 1;
        }
    }
    woken
}

/// The wake-up that a thread's end causes: errors don't matter any more.
pub fn wake_at_exit(mm: &AddressSpace, addr: u64, count: i32) {
    let _ = wake(mm, addr, count, u32::MAX, true);
}

/// Wakes `wake_count` waiters of `addr` and moves up to `move_count` others to `addr2`.
/// With `expected`, only if the word at `addr` still has that value (else `EAGAIN`). The
/// number of woken and moved waiters.
pub fn requeue(
    mm: &AddressSpace,
    addr: u64,
    addr2: u64,
    wake_count: i32,
    move_count: i32,
    expected: Option<u32>,
    shared: bool,
) -> Result<usize, Errno> {
    let (Ok(wake_count), Ok(move_count)) = (usize::try_from(wake_count), usize::try_from(move_count)) else {
        return Err(Errno::EINVAL);
    };
    let from = key_of(mm, addr, shared)?;
    let to = key_of(mm, addr2, shared)?;
    if let Some(expected) = expected
        && mm.read(UserPtr::<u32>::new(addr))? != expected
    {
        return Err(Errno::EAGAIN);
    }
    Ok(requeue_keys(from, to, wake_count, move_count))
}

/// As [`requeue`] for words that need not be shared in the same way.
pub fn requeue_words(
    mm: &AddressSpace,
    from: &Word,
    to: &Word,
    wake_count: i32,
    move_count: i32,
) -> Result<usize, Errno> {
    let (Ok(wake_count), Ok(move_count)) = (usize::try_from(wake_count), usize::try_from(move_count)) else {
        return Err(Errno::EINVAL);
    };
    let keys = (key_of(mm, from.addr, from.shared)?, key_of(mm, to.addr, to.shared)?);
    if mm.read(UserPtr::<u32>::new(from.addr))? != from.value {
        return Err(Errno::EAGAIN);
    }
    Ok(requeue_keys(keys.0, keys.1, wake_count, move_count))
}

/// `EINVAL` and `EFAULT` for what can't be a futex.
pub fn check(mm: &AddressSpace, addr: u64, shared: bool) -> Result<(), Errno> {
    key_of(mm, addr, shared).map(drop)
}

fn requeue_keys(from: FutexKey, to: FutexKey, wake_count: usize, move_count: usize) -> usize {
    let (source, target) = (hash(&from), hash(&to));
    let (woken, moved) = if source == target {
        let mut entries = bucket(source);
        let woken = wake_in(&mut entries, &from, wake_count, u32::MAX);
        let moved = entries.iter_mut().filter(|entry| entry.key == from).take(move_count);
        (woken, moved.map(|entry| entry.key = to).count())
    } else {
        let (mut entries, mut others) = lock_two(source, target);
        let woken = wake_in(&mut entries, &from, wake_count, u32::MAX);
        (woken, move_entries(&mut entries, &mut others, &from, to, target, move_count))
    };
    woken + moved
}

/// Locks two different buckets in number order; the first guard is that of `a`.
fn lock_two(a: usize, b: usize) -> (SpinGuard<'static, Vec<Entry>>, SpinGuard<'static, Vec<Entry>>) {
    if a < b {
        let first = bucket(a);
        (first, TABLE[b % BUCKETS].first.lock_nested())
    } else {
        let second = bucket(b);
        (TABLE[a % BUCKETS].first.lock_nested(), second)
    }
}

fn move_entries(
    from: &mut Vec<Entry>,
    to: &mut Vec<Entry>,
    key: &FutexKey,
    new_key: FutexKey,
    new_bucket: usize,
    count: usize,
) -> usize {
    let mut moved = 0;
    let mut at = 0;
    while moved < count {
        let Some(entry) = from.get(at) else { break };
        if entry.key != *key {
            at += 1;
            continue;
        }
        let entry = from.remove(at);
        entry.waiter.bucket.store(new_bucket, Ordering::Relaxed);
        to.push(Entry { key: new_key, ..entry });
        moved += 1;
    }
    moved
}

/// FUTEX_WAKE_OP: changes the word at `addr2` as `op` says, wakes `count` waiters of
/// `addr`, and `count2` of `addr2` if the old value compares as `op` says. A comparison that there isn't is
/// noticed only after the change, as on Linux: ENOSYS, and nobody is woken.
pub fn wake_op(
    mm: &AddressSpace,
    addr: u64,
    addr2: u64,
    count: i32,
    count2: i32,
    op: u32,
    shared: bool,
) -> Result<usize, Errno> {
    let key = key_of(mm, addr, shared)?;
    let key2 = key_of(mm, addr2, shared)?;
    let op = WakeOp::decode(op)?;
    let word = UserPtr::<u32>::new(addr2);
    let mut old = mm.read(word)?;
    loop {
        let seen = mm.cmpxchg_u32(word, old, op.apply(old))?;
        if seen == old {
            break;
        }
        old = seen;
    }
    let second = op.compares(old)?;
    let mut woken = wake_in(&mut bucket(hash(&key)), &key, count.max(1) as usize, u32::MAX);
    if second {
        woken += wake_in(&mut bucket(hash(&key2)), &key2, count2.max(1) as usize, u32::MAX);
    }
    Ok(woken)
}

/// The encoded operation of FUTEX_WAKE_OP (futex(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct WakeOp {
    op: u32,
    cmp: u32,
    op_arg: u32,
    cmp_arg: i32,
}

impl WakeOp {
    fn decode(code: u32) -> Result<Self, Errno> {
        let sign12 = |bits: u32| ((bits << 20) as i32) >> 20;
        let op = code >> 28 & 7;
        let cmp = code >> 24 & 15;
        let raw = sign12(code >> 12 & 0xfff);
        let shift = code >> 31 != 0;
        let op_arg = if shift { 1u32 << (raw as u32 & 31) } else { raw as u32 };
        if op > 4 {
            return Err(Errno::ENOSYS);
        }
        Ok(Self { op, cmp, op_arg, cmp_arg: sign12(code & 0xfff) })
    }

    fn apply(self, old: u32) -> u32 {
        match self.op {
            0 => self.op_arg,
            1 => old.wrapping_add(self.op_arg),
            2 => old | self.op_arg,
            3 => old & !self.op_arg,
            _ => old ^ self.op_arg,
        }
    }

    fn compares(self, old: u32) -> Result<bool, Errno> {
        let old = old as i32;
        Ok(match self.cmp {
            0 => old == self.cmp_arg,
            1 => old != self.cmp_arg,
            2 => old < self.cmp_arg,
            3 => old <= self.cmp_arg,
            4 => old > self.cmp_arg,
            5 => old >= self.cmp_arg,
            _ => return Err(Errno::ENOSYS),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(op: u32, op_arg: u32, cmp: u32, cmp_arg: u32) -> u32 {
        op << 28 | cmp << 24 | (op_arg & 0xfff) << 12 | cmp_arg & 0xfff
    }

    #[test]
    fn wake_op_decodes_as_the_manual_says() {
        let add = WakeOp::decode(code(1, 5, 4, 1)).unwrap();
        assert_eq!(add.apply(7), 12);
        assert_eq!((add.compares(2), add.compares(1)), (Ok(true), Ok(false)));
        let minus = WakeOp::decode(code(1, 0xfff, 0, 0xfff)).unwrap();
        assert_eq!(minus.apply(7), 6);
        assert_eq!(minus.compares(u32::MAX), Ok(true));
        assert_eq!(WakeOp::decode(code(8 | 2, 4, 0, 0)).unwrap().apply(0), 16);
        assert_eq!(WakeOp::decode(code(3, 6, 0, 0)).unwrap().apply(7), 1);
        assert_eq!(WakeOp::decode(code(5, 0, 0, 0)), Err(Errno::ENOSYS));
        assert_eq!(WakeOp::decode(code(0, 0, 6, 0)).unwrap().compares(0), Err(Errno::ENOSYS));
    }

    fn entry(key: FutexKey, bitset: u32) -> (Entry, Arc<Waiter>) {
        let waiter = Arc::new(Waiter {
            woken: AtomicBool::new(false),
            bucket: AtomicUsize::new(0),
            queue: WaitQueue::new(),
            group: None,
        });
        (Entry { key, bitset, waiter: waiter.clone() }, waiter)
    }

    #[test]
    fn waiters_are_woken_in_order_and_by_bitset() {
        let key = FutexKey { object: 1, offset: 4, file: false };
        let other = FutexKey { object: 1, offset: 8, file: false };
        let (a, wa) = entry(key, 1);
        let (b, wb) = entry(other, 1);
        let (c, wc) = entry(key, 2);
        let mut list = vec![a, b, c];
        assert_eq!(wake_in(&mut list, &key, 5, 2), 1);
        assert!(wc.woken.load(Ordering::Relaxed) && !wa.woken.load(Ordering::Relaxed));
        let mut target = Vec::new();
        assert_eq!(move_entries(&mut list, &mut target, &key, other, 9, 3), 1);
        assert_eq!((list.len(), target.len()), (1, 1));
        assert_eq!(wa.bucket.load(Ordering::Relaxed), 9);
        assert!(!wb.woken.load(Ordering::Relaxed));
    }
}
