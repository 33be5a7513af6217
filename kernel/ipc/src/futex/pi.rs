//! Futexes with priority inheritance (FUTEX_LOCK_PI and its kin, futex(2)).
//!
//! The word holds its owner's thread number, FUTEX_WAITERS while somebody waits in the kernel, and
//! FUTEX_OWNER_DIED. While somebody waits, a [`PiLock`] that hangs in the waiters' entries says the same, and the
//! bucket's lock keeps the two in step: the word is looked at and changed under it, with accesses that don't
//! fault. Where one would, everything is let go, the page is brought in, and all starts again.
//!
//! The lock is handed over: whoever lets go writes the next owner into the word. If the owner ends, that
//! falls to the next one itself, whose address space has the word; its entry stays in the bucket until it is done.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use abi::Errno;
use abi::consts::futex::{FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS};
use mm::{AddressSpace, FutexKey, UserPtr};
use sched::pi::{self, Life, PiLock, PiTicket, Refused};
use sched::{ThreadRef, WaitQueue, WaitResult};

use super::{Entry, Sleeper, add, bucket, hash, key_of, queue_prio};

pub use super::requeue_pi::{cmp_requeue_pi, wait_requeue_pi};

/// Where those wait who met an owner that is just ending.
static ENDINGS: WaitQueue = WaitQueue::new();

/// Who calls.
pub struct Caller<'a> {
    /// The loaded address space.
    pub mm: &'a AddressSpace,
    /// The running thread.
    pub thread: ThreadRef,
    /// Its number.
    pub tid: u32,
    /// Finds a thread by number.
    pub find: fn(u32) -> Option<Peer>,
}

/// A thread that a word names.
pub struct Peer {
    /// The thread.
    pub thread: ThreadRef,
    /// It never leaves the kernel.
    pub is_kthread: bool,
}

/// A thread that waits for a futex with priority inheritance, now or after a requeue.
pub(super) struct PiWaiter {
    pub ticket: Arc<PiTicket>,
    pub thread: ThreadRef,
    /// The bucket it hangs in; changed under that bucket's lock and the new one's.
    pub bucket: AtomicUsize,
    /// The requeue got the lock for it.
    pub done: AtomicBool,
}

/// Why an attempt ended with the bucket locked.
pub(super) enum Stop {
    /// The word's page has to be brought in.
    Fault,
    /// The word has changed meanwhile.
    Again,
    /// The owner is about to give up what it holds.
    Ending(ThreadRef),
    /// For good.
    Failed(Errno),
}

/// What an attempt got.
pub(super) enum Taken {
    /// The futex was free and is now the thread's; with its lock, if one was wanted.
    Free(Option<Arc<PiLock>>),
    /// It is held.
    Held(Arc<PiLock>),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Stop::Failed(errno)
    }
}

impl Stop {
    /// Without the bucket: does what has to be done before the next attempt.
    pub(super) fn settle(self, mm: &AddressSpace, addr: u64) -> Result<(), Errno> {
        match self {
            Stop::Fault => mm.fault_in_writable(UserPtr::new(addr)),
            Stop::Again => {
                sched::cond_resched();
                Ok(())
            }
            Stop::Ending(owner) => {
                ENDINGS.wait_event(|| pi::life(owner.thread()) != Life::Exiting);
                Ok(())
            }
            Stop::Failed(errno) => Err(errno),
        }
    }
}

impl PiWaiter {
    pub(super) fn new(caller: &Caller<'_>, bucket: usize) -> Arc<Self> {
        Arc::new(PiWaiter {
            ticket: PiTicket::new(caller.tid),
            thread: caller.thread.clone(),
            bucket: AtomicUsize::new(bucket),
            done: AtomicBool::new(false),
        })
    }
}

impl Entry {
    /// The entry's waiter, if it has to do with priority inheritance.
    pub(super) fn pi_waiter(&self) -> Option<&Arc<PiWaiter>> {
        match &self.sleeper {
            Sleeper::Plain(_) => None,
            Sleeper::ToPi(waiter, _) | Sleeper::Pi(waiter, _) => Some(waiter),
        }
    }
}

fn peek(mm: &AddressSpace, addr: u64) -> Result<u32, Stop> {
    mm.peek_u32(UserPtr::new(addr)).ok_or(Stop::Fault)
}

/// Changes the word if it is still `old`.
fn exchange(mm: &AddressSpace, addr: u64, old: u32, new: u32) -> Result<(), Stop> {
    let seen = mm.try_cmpxchg_u32(UserPtr::new(addr), old, new).ok_or(Stop::Fault)?;
    if seen == old { Ok(()) } else { Err(Stop::Again) }
}

/// The key of a word that will be written. A shared one has to be writable for that alone.
pub(super) fn writable_key(mm: &AddressSpace, addr: u64, shared: bool) -> Result<FutexKey, Errno> {
    let key = key_of(mm, addr, shared)?;
    if shared {
        mm.fault_in_writable(UserPtr::new(addr))?;
    }
    Ok(key)
}

/// Tries to get the futex for `thread`; the bucket's lock is held. `as_waiter`: in a way that makes its new owner call
/// the kernel to let go.
pub(super) fn take(
    caller: &Caller<'_>,
    entries: &[Entry],
    (key, addr): (&FutexKey, u64),
    (thread, tid): (&ThreadRef, u32),
    as_waiter: bool,
) -> Result<Taken, Stop> {
    let seen = peek(caller.mm, addr)?;
    if seen & FUTEX_TID_MASK == tid {
        return Err(Stop::Failed(Errno::EDEADLK));
    }
    if let Some(top) = entries.iter().find(|entry| entry.key == *key) {
        return join(caller, entries, top, addr, seen).map(Taken::Held);
    }
    if seen & FUTEX_TID_MASK == 0 {
        let new = seen & FUTEX_OWNER_DIED | tid | if as_waiter { FUTEX_WAITERS } else { 0 };
        exchange(caller.mm, addr, seen, new)?;
        if !as_waiter {
            return Ok(Taken::Free(None));
        }
        let lock = PiLock::held_by(hash(key), thread, tid).map_err(|_| Stop::Again)?;
        return Ok(Taken::Free(Some(lock)));
    }
    let new = seen | FUTEX_WAITERS;
    exchange(caller.mm, addr, seen, new)?;
    hold_for_owner(caller, key, addr, new).map(Taken::Held)
}

/// Others wait already: what the word says has to fit what is known of the lock.
fn join(
    caller: &Caller<'_>,
    entries: &[Entry],
    top: &Entry,
    addr: u64,
    seen: u32,
) -> Result<Arc<PiLock>, Stop> {
    let Sleeper::Pi(_, lock) = &top.sleeper else { return Err(Stop::Failed(Errno::EINVAL)) };
    if peek(caller.mm, addr)? != seen {
        return Err(Stop::Again);
    }
    let tid = seen & FUTEX_TID_MASK;
    let inherited = |entry: &Entry| matches!(&entry.sleeper, Sleeper::Pi(waiter, own) if Arc::ptr_eq(own, lock) && waiter.ticket.orphaned());
    // The owner has ended, and the next one has not written itself into the word yet.
    let unwritten = entries.iter().any(inherited);
    let died = seen & FUTEX_OWNER_DIED != 0;
    let fits = match (died, unwritten) {
        (true, true) => tid == 0,
        (true, false) => tid == 0 || tid == lock.owner_tid(),
        (false, true) => false,
        (false, false) => tid == lock.owner_tid(),
    };
    if fits { Ok(lock.clone()) } else { Err(Stop::Failed(Errno::EINVAL)) }
}

/// The first one to wait: the owner is whom the word names.
fn hold_for_owner(caller: &Caller<'_>, key: &FutexKey, addr: u64, word: u32) -> Result<Arc<PiLock>, Stop> {
    let tid = word & FUTEX_TID_MASK;
    // It may have let go, or ended, while it was looked for.
    let gone = || match peek(caller.mm, addr) {
        Ok(seen) if seen == word => Stop::Failed(Errno::ESRCH),
        Ok(_) => Stop::Again,
        Err(stop) => stop,
    };
    let Some(peer) = (caller.find)(tid) else { return Err(gone()) };
    if peer.is_kthread {
        return Err(Stop::Failed(Errno::EPERM));
    }
    match PiLock::held_by(hash(key), &peer.thread, tid) {
        Ok(lock) => Ok(lock),
        Err(Life::Exiting) => Err(Stop::Ending(peer.thread)),
        Err(_) => Err(gone()),
    }
}

/// If nobody waits any more, nobody needs to know who holds the lock.
pub(super) fn forget_if_unused(entries: &[Entry], lock: &Arc<PiLock>) {
    let uses = |entry: &Entry| matches!(&entry.sleeper, Sleeper::Pi(_, own) if Arc::ptr_eq(own, lock));
    if !entries.iter().any(uses) {
        lock.forget();
    }
}

pub(super) fn refused(refused: Refused) -> Errno {
    match refused {
        Refused::Deadlock => Errno::EDEADLK,
        Refused::OutOfMemory => Errno::ENOMEM,
    }
}

/// FUTEX_LOCK_PI: sleeps until the futex is the thread's. The deadline is a time of CLOCK_MONOTONIC in ns.
pub fn lock(caller: &Caller<'_>, addr: u64, shared: bool, deadline_ns: Option<u64>) -> Result<usize, Errno> {
    let Some((key, mut entries, lock)) = acquire(caller, addr, shared)? else { return Ok(0) };
    let waiter = PiWaiter::new(caller, hash(&key));
    if let Err(why) = lock.enqueue(&caller.thread, &waiter.ticket) {
        forget_if_unused(&entries, &lock);
        return Err(refused(why));
    }
    let sleeper = Sleeper::Pi(waiter.clone(), lock.clone());
    add(&mut entries, Entry { key, bitset: u32::MAX, prio: queue_prio(), sleeper });
    drop(entries);
    let slept = waiter.ticket.wait(deadline_ns, || false);
    finish(caller, addr, &waiter, &lock)?.map_or(Ok(0), |()| match slept {
        WaitResult::TimedOut => Err(Errno::ETIMEDOUT),
        _ => Err(Errno::ERESTARTNOINTR),
    })
}

/// FUTEX_TRYLOCK_PI: takes the futex if it is free, also where only the kernel can see that.
pub fn try_lock(caller: &Caller<'_>, addr: u64, shared: bool) -> Result<usize, Errno> {
    match acquire(caller, addr, shared)? {
        None => Ok(0),
        Some((_, entries, lock)) => {
            forget_if_unused(&entries, &lock);
            Err(Errno::EAGAIN)
        }
    }
}

type Bucket = sync::SpinGuard<'static, Vec<Entry>>;

/// Tries until there is an answer: none if the futex is the thread's now, else the lock to wait for, with the
/// bucket locked.
fn acquire(
    caller: &Caller<'_>,
    addr: u64,
    shared: bool,
) -> Result<Option<(FutexKey, Bucket, Arc<PiLock>)>, Errno> {
    loop {
        let key = writable_key(caller.mm, addr, shared)?;
        let entries = bucket(hash(&key));
        match take(caller, &entries, (&key, addr), (&caller.thread, caller.tid), false) {
            Ok(Taken::Free(_)) => return Ok(None),
            Ok(Taken::Held(lock)) => return Ok(Some((key, entries, lock))),
            Err(stop) => {
                drop(entries);
                stop.settle(caller.mm, addr)?;
            }
        }
    }
}

/// After the sleep: none if the thread has the lock, which it then writes into the word of an owner that ended.
pub(super) fn finish(
    caller: &Caller<'_>,
    addr: u64,
    waiter: &Arc<PiWaiter>,
    lock: &Arc<PiLock>,
) -> Result<Option<()>, Errno> {
    let mut written = Ok(());
    loop {
        let mut entries = bucket(waiter.bucket.load(Ordering::Relaxed));
        let waits = lock.withdraw(&caller.thread, &waiter.ticket);
        if !waits && waiter.ticket.orphaned() && written.is_ok() {
            match write_owner(caller, addr) {
                Ok(()) => {}
                Err(stop) => {
                    drop(entries);
                    written = stop.settle(caller.mm, addr);
                    continue;
                }
            }
        }
        let mine = |entry: &Entry| entry.pi_waiter().is_some_and(|own| Arc::ptr_eq(own, waiter));
        let entry = entries.iter().position(mine).map(|at| entries.remove(at));
        forget_if_unused(&entries, lock);
        drop(entries);
        drop(entry);
        return written.map(|()| waits.then_some(()));
    }
}

/// The owner has ended without letting go: the caller takes its place in the word, which says so.
fn write_owner(caller: &Caller<'_>, addr: u64) -> Result<(), Stop> {
    let seen = peek(caller.mm, addr)?;
    exchange(caller.mm, addr, seen, caller.tid | FUTEX_WAITERS | FUTEX_OWNER_DIED)
}

/// FUTEX_UNLOCK_PI: the best waiter gets the futex.
pub fn unlock(caller: &Caller<'_>, addr: u64, shared: bool) -> Result<usize, Errno> {
    loop {
        let seen = caller.mm.read(UserPtr::<u32>::new(addr))?;
        if seen & FUTEX_TID_MASK != caller.tid {
            return Err(Errno::EPERM);
        }
        let key = writable_key(caller.mm, addr, shared)?;
        let entries = bucket(hash(&key));
        match release(caller, &entries, &key, addr, seen) {
            Ok(()) => return Ok(0),
            Err(stop) => {
                drop(entries);
                stop.settle(caller.mm, addr)?;
            }
        }
    }
}

fn release(caller: &Caller<'_>, entries: &[Entry], key: &FutexKey, addr: u64, seen: u32) -> Result<(), Stop> {
    let invalid = Stop::Failed(Errno::EINVAL);
    let Some(top) = entries.iter().find(|entry| entry.key == *key) else {
        // Nobody waits: a word that has changed is the program's business.
        return exchange(caller.mm, addr, seen, 0).map_err(|stop| match stop {
            Stop::Again => Stop::Failed(Errno::EAGAIN),
            other => other,
        });
    };
    let Sleeper::Pi(_, lock) = &top.sleeper else { return Err(invalid) };
    if !lock.is_held_by(&caller.thread) {
        return Err(invalid);
    }
    let next = lock.next_tid().ok_or(Stop::Again)?;
    let word = UserPtr::new(addr);
    let found = caller.mm.try_cmpxchg_u32(word, seen, next | FUTEX_WAITERS).ok_or(Stop::Fault)?;
    if found == seen {
        lock.hand_over(false);
        return Ok(());
    }
    // A waiter may have set its bit since the word was read; anything else is a mistake of the program.
    Err(if found & FUTEX_TID_MASK == seen { Stop::Again } else { invalid })
}

/// The running thread ends, or becomes another program: what it still holds goes to the next ones.
/// `then`: whether it can hold locks afterwards.
pub fn exit(thread: &ThreadRef, then: Life) {
    while let Some(lock) = pi::first_held(thread.thread()) {
        let entries = bucket(lock.tag);
        if lock.is_held_by(thread) {
            lock.hand_over(true);
        }
        drop(entries);
    }
    pi::set_life(thread.thread(), then);
    ENDINGS.wake_all();
}
