//! Futexes: sleeping until a word in user memory changes (futex(2), futex(7)).
//!
//! Waiters hang in hash buckets, each with a spin lock. A waiter queues itself first and
//! looks at the word afterwards, without the lock, because looking may fault: a waker
//! that changed the word before the waiter looked either finds it queued, or took the lock
//! first, and then the waiter sees the new value. A wake-up that comes while it still looks
//! counts as one.

mod many;
pub mod pi;
mod requeue;
mod requeue_pi;
mod wake_op;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use abi::Errno;
use mm::{AddressSpace, FutexKey, UserPtr, task_size_max};
use pi::PiWaiter;
use sched::pi::PiLock;
use sched::policy::MAX_RT_PRIO;
use sched::{Deadline, WaitQueue, WaitResult};
use sync::{SpinGuard, SpinLock, rank};

pub use many::{Word, wait_many};
pub use requeue::{requeue, requeue_words};
pub use wake_op::wake_op;

const BUCKETS: usize = 256;

struct Entry {
    key: FutexKey,
    bitset: u32,
    /// Real-time threads come first, by priority; all others count alike.
    prio: i32,
    sleeper: Sleeper,
}

enum Sleeper {
    /// Waits for a wake-up.
    Plain(Arc<Waiter>),
    /// Waits to be moved to the futex with priority inheritance that the key is of, and for nothing else.
    ToPi(Arc<PiWaiter>, FutexKey),
    /// Waits for a futex with priority inheritance.
    Pi(Arc<PiWaiter>, Arc<PiLock>),
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
    if addr >= task_size_max() {
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
    add(&mut bucket(index), Entry::plain(key, bitset, waiter.clone()));
    let seen = match mm.read(UserPtr::<u32>::new(addr)) {
        Ok(seen) => seen,
        Err(errno) => return unqueue(&waiter).then_some(Waited::Woken).ok_or(errno),
    };
    if seen != value {
        return unqueue(&waiter).then_some(Waited::Woken).ok_or(Errno::EAGAIN);
    }
    let woken = || waiter.woken.load(Ordering::Acquire);
    let ended = match waiter.queue.wait_event_interruptible_until(deadline_ns.map(Deadline::Lenient), woken) {
        WaitResult::Ready => return Ok(Waited::Woken),
        WaitResult::TimedOut => Waited::TimedOut,
        WaitResult::Interrupted => Waited::Interrupted,
    };
    Ok(if unqueue(&waiter) { Waited::Woken } else { ended })
}

/// Puts an entry behind those of equal priority.
#[inline]
fn add(entries: &mut Vec<Entry>, entry: Entry) {
    if entry.prio == MAX_RT_PRIO {
        entries.push(entry);
    } else {
        let at = entries.partition_point(|other| other.prio <= entry.prio);
        entries.insert(at, entry);
    }
}

/// Where the running thread stands among waiters.
#[inline]
fn queue_prio() -> i32 {
    sched::with_current(|thread| thread.normal_prio().min(MAX_RT_PRIO))
}

/// Takes a waiter out of its bucket; `true` if it had been woken already.
fn unqueue(waiter: &Arc<Waiter>) -> bool {
    loop {
        if waiter.woken.load(Ordering::Acquire) {
            return true;
        }
        let index = waiter.bucket.load(Ordering::Relaxed);
        let mut entries = bucket(index);
        let found = entries.iter().position(|entry| entry.is_of(waiter));
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
    #[inline]
    fn plain(key: FutexKey, bitset: u32, waiter: Arc<Waiter>) -> Self {
        Entry { key, bitset, prio: queue_prio(), sleeper: Sleeper::Plain(waiter) }
    }

    fn is_of(&self, waiter: &Arc<Waiter>) -> bool {
        matches!(&self.sleeper, Sleeper::Plain(own) if Arc::ptr_eq(own, waiter))
    }
}

impl Waiter {
    fn wake(&self) {
        self.woken.store(true, Ordering::Release);
        self.group.as_deref().unwrap_or(&self.queue).wake_all();
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
    wake_in(&mut entries, &key, count.max(1) as usize, bitset)
}

/// Wakes waiters of one word. `EINVAL` for one that waits for more than a wake-up.
fn wake_in(entries: &mut Vec<Entry>, key: &FutexKey, count: usize, bitset: u32) -> Result<usize, Errno> {
    let mut woken = 0;
    let mut at = 0;
    while woken < count {
        let Some(entry) = entries.get(at) else { break };
        if entry.key != *key {
            at += 1;
            continue;
        }
        let Sleeper::Plain(waiter) = &entry.sleeper else { return Err(Errno::EINVAL) };
        if entry.bitset & bitset == 0 {
            at += 1;
            continue;
        }
        let waiter = waiter.clone();
        drop(entries.remove(at));
        waiter.wake();
        woken += 1;
    }
    Ok(woken)
}

/// The wake-up that a thread's end causes: errors don't matter any more.
pub fn wake_at_exit(mm: &AddressSpace, addr: u64, count: i32) {
    let _ = wake(mm, addr, count, u32::MAX, true);
}

/// `EINVAL` and `EFAULT` for what can't be a futex.
pub fn check(mm: &AddressSpace, addr: u64, shared: bool) -> Result<(), Errno> {
    key_of(mm, addr, shared).map(drop)
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

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn entry(key: FutexKey, bitset: u32) -> (Entry, Arc<Waiter>) {
        let waiter = Arc::new(Waiter {
            woken: AtomicBool::new(false),
            bucket: AtomicUsize::new(0),
            queue: WaitQueue::new(),
            group: None,
        });
        (Entry { key, bitset, prio: MAX_RT_PRIO, sleeper: Sleeper::Plain(waiter.clone()) }, waiter)
    }

    #[test]
    fn waiters_are_woken_in_order_and_by_bitset() {
        let key = FutexKey { object: 1, offset: 4, file: false };
        let other = FutexKey { object: 1, offset: 8, file: false };
        let (a, wa) = entry(key, 1);
        let (b, wb) = entry(other, 1);
        let (c, wc) = entry(key, 2);
        let mut list = vec![a, b, c];
        assert_eq!(wake_in(&mut list, &key, 5, 2), Ok(1));
        assert!(wc.woken.load(Ordering::Relaxed) && !wa.woken.load(Ordering::Relaxed));
        let (mut urgent, wu) = entry(key, 2);
        urgent.prio = 50;
        add(&mut list, urgent);
        assert_eq!(wake_in(&mut list, &key, 1, u32::MAX), Ok(1));
        assert!(wu.woken.load(Ordering::Relaxed) && !wa.woken.load(Ordering::Relaxed));
        assert!(!wb.woken.load(Ordering::Relaxed));
    }
}
