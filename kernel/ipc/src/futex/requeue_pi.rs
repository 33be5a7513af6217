//! FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: what condition variables do with a mutex that has priority
//! inheritance. Who waits for the first word is moved to the second, or is given it at once.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use abi::Errno;
use mm::{FutexKey, UserPtr};
use sched::WaitResult;
use sched::pi::PiLock;
use sync::SpinGuard;

use super::pi::{Caller, PiWaiter, Stop, Taken, finish, forget_if_unused, refused, take, writable_key};
use super::{Entry, Sleeper, add, bucket, hash, key_of, lock_two, queue_prio};

/// Sleeps at `addr`, if the word there is `value`, until a requeue has made the futex at `pi_addr` the thread's.
/// `EAGAIN` if the word is another, or if a signal came after the requeue.
pub fn wait_requeue_pi(
    caller: &Caller<'_>,
    (addr, value): (u64, u32),
    pi_addr: u64,
    shared: bool,
    deadline_ns: Option<u64>,
) -> Result<usize, Errno> {
    if addr == pi_addr {
        return Err(Errno::EINVAL);
    }
    let target = writable_key(caller.mm, pi_addr, shared)?;
    let waiter = enqueue(caller, addr, value, target, shared)?;
    let slept = waiter.ticket.wait(deadline_ns, || waiter.done.load(Ordering::Acquire));
    let (mut entries, found) = locate(&waiter);
    let Some(at) = found else { return Ok(0) };
    if let Some(Sleeper::Pi(_, lock)) = entries.get(at).map(|entry| &entry.sleeper) {
        let lock = lock.clone();
        drop(entries);
        return finish(caller, pi_addr, &waiter, &lock)?.map_or(Ok(0), |()| match slept {
            WaitResult::TimedOut => Err(Errno::ETIMEDOUT),
            _ => Err(Errno::EAGAIN),
        });
    }
    let entry = entries.remove(at);
    drop(entries);
    drop(entry);
    Err(match slept {
        WaitResult::TimedOut => Errno::ETIMEDOUT,
        WaitResult::Interrupted => Errno::ERESTARTNOINTR,
        WaitResult::Ready => Errno::EAGAIN,
    })
}

/// Queues at the first word, if it is `value`.
fn enqueue(
    caller: &Caller<'_>,
    addr: u64,
    value: u32,
    target: FutexKey,
    shared: bool,
) -> Result<Arc<PiWaiter>, Errno> {
    let word = UserPtr::<u32>::new(addr);
    loop {
        let key = key_of(caller.mm, addr, shared)?;
        let mut entries = bucket(hash(&key));
        let Some(seen) = caller.mm.peek_u32(word) else {
            drop(entries);
            caller.mm.read(word)?;
            continue;
        };
        if seen != value {
            return Err(Errno::EAGAIN);
        }
        if key == target {
            return Err(Errno::EINVAL);
        }
        let waiter = PiWaiter::new(caller, hash(&key));
        let sleeper = Sleeper::ToPi(waiter.clone(), target);
        add(&mut entries, Entry { key, bitset: u32::MAX, prio: queue_prio(), sleeper });
        return Ok(waiter);
    }
}

/// Where a waiter's entry is; none if it was taken out.
fn locate(waiter: &Arc<PiWaiter>) -> (SpinGuard<'static, Vec<Entry>>, Option<usize>) {
    loop {
        let index = waiter.bucket.load(Ordering::Relaxed);
        let entries = bucket(index);
        if waiter.bucket.load(Ordering::Relaxed) != index {
            continue;
        }
        let mine = |entry: &Entry| entry.pi_waiter().is_some_and(|own| Arc::ptr_eq(own, waiter));
        let found = entries.iter().position(mine);
        return (entries, found);
    }
}

/// The buckets of the two words.
enum Buckets {
    One(SpinGuard<'static, Vec<Entry>>),
    Two(SpinGuard<'static, Vec<Entry>>, SpinGuard<'static, Vec<Entry>>),
}

impl Buckets {
    fn lock(source: usize, target: usize) -> Self {
        if source == target {
            return Buckets::One(bucket(source));
        }
        let (source, target) = lock_two(source, target);
        Buckets::Two(source, target)
    }

    fn source(&mut self) -> &mut Vec<Entry> {
        match self {
            Buckets::One(entries) | Buckets::Two(entries, _) => entries,
        }
    }

    fn target(&mut self) -> &mut Vec<Entry> {
        match self {
            Buckets::One(entries) | Buckets::Two(_, entries) => entries,
        }
    }
}

/// The two words, by key, and how many waiters may be moved.
struct Job<'a> {
    caller: &'a Caller<'a>,
    from: FutexKey,
    to: FutexKey,
    pi_addr: u64,
    move_count: usize,
}

/// Gives the futex at `pi_addr` to the first of those who wait at `addr` for that, or lets it wait there, and moves
/// up to `move_count` others. The number of all of them. `EAGAIN` if the word at `addr` is not `expected`.
pub fn cmp_requeue_pi(
    caller: &Caller<'_>,
    addr: u64,
    pi_addr: u64,
    (wake_count, move_count): (i32, i32),
    expected: u32,
    shared: bool,
) -> Result<usize, Errno> {
    let Ok(move_count) = usize::try_from(move_count) else { return Err(Errno::EINVAL) };
    if wake_count != 1 || addr == pi_addr {
        return Err(Errno::EINVAL);
    }
    loop {
        let from = key_of(caller.mm, addr, shared)?;
        let to = writable_key(caller.mm, pi_addr, shared)?;
        if from == to {
            return Err(Errno::EINVAL);
        }
        let mut buckets = Buckets::lock(hash(&from), hash(&to));
        let Some(seen) = caller.mm.peek_u32(UserPtr::new(addr)) else {
            drop(buckets);
            caller.mm.read(UserPtr::<u32>::new(addr))?;
            continue;
        };
        if seen != expected {
            return Err(Errno::EAGAIN);
        }
        match (Job { caller, from, to, pi_addr, move_count }).run(&mut buckets) {
            Ok(count) => return Ok(count),
            Err(stop) => {
                drop(buckets);
                stop.settle(caller.mm, pi_addr)?;
            }
        }
    }
}

impl Job<'_> {
    fn run(&self, buckets: &mut Buckets) -> Result<usize, Stop> {
        let first = buckets.source().iter().position(|entry| entry.key == self.from);
        let Some(first) = first else {
            // Nobody waits; the second word has to be one all the same.
            return self.caller.mm.peek_u32(UserPtr::new(self.pi_addr)).map(|_| 0).ok_or(Stop::Fault);
        };
        let top = self.waiter_at(buckets.source(), first)?;
        let word = (&self.to, self.pi_addr);
        let whom = (&top.thread, top.ticket.tid);
        let (lock, given) = match take(self.caller, buckets.target(), word, whom, self.move_count != 0)? {
            Taken::Held(lock) => (Some(lock), 0),
            Taken::Free(lock) => {
                let entry = buckets.source().remove(first);
                top.done.store(true, Ordering::Release);
                top.ticket.wake();
                drop(entry);
                (lock, 1)
            }
        };
        let Some(lock) = lock else { return Ok(given) };
        let moved = self.move_all(buckets, &lock, given);
        forget_if_unused(buckets.target(), &lock);
        moved.map_err(Stop::Failed)
    }

    /// The waiter of an entry, if it waits for what is to be done.
    fn waiter_at(&self, entries: &[Entry], at: usize) -> Result<Arc<PiWaiter>, Errno> {
        match entries.get(at).map(|entry| &entry.sleeper) {
            Some(Sleeper::ToPi(waiter, target)) if *target == self.to => Ok(waiter.clone()),
            _ => Err(Errno::EINVAL),
        }
    }

    /// `count` waiters are served already; one besides those that may be moved.
    fn move_all(&self, buckets: &mut Buckets, lock: &Arc<PiLock>, mut count: usize) -> Result<usize, Errno> {
        let mut at = 0;
        while count < self.move_count.saturating_add(1) {
            let Some(entry) = buckets.source().get(at) else { break };
            if entry.key != self.from {
                at += 1;
                continue;
            }
            let waiter = self.waiter_at(buckets.source(), at)?;
            lock.enqueue(&waiter.thread, &waiter.ticket).map_err(refused)?;
            let entry = buckets.source().remove(at);
            waiter.bucket.store(hash(&self.to), Ordering::Relaxed);
            let entry = Entry { key: self.to, sleeper: Sleeper::Pi(waiter, lock.clone()), ..entry };
            match buckets {
                // In the same bucket it keeps its place.
                Buckets::One(entries) => entries.insert(at, entry),
                Buckets::Two(_, target) => add(target, entry),
            }
            count += 1;
        }
        Ok(count)
    }
}
