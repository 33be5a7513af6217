//! Priority inheritance: who holds a lock runs at least with the priority of the best of those who wait for it,
//! and so does everybody whom the holder waits for in turn.
//!
//! Only locks that somebody waits for are known here. One spin lock guards the whole graph of threads and locks:
//! a chain through it can then be walked, and found to be a circle, without another's changes in between. It is
//! held for a few steps at a time, by threads that sleep or wake somebody anyway. A [`PiLock`]'s own lock is taken
//! under it only, and a thread's [`Links`] without it by the thread alone, to look or to end.

use crate::change::reorder;
use crate::run_queue::same;
use crate::thread::{Thread, ThreadRef};
use crate::wait::{WaitQueue, WaitResult};
use crate::{policy, policy::SchedAttr};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering, Ordering::Relaxed};
use sync::{SpinGuard, SpinLock, rank};

static GRAPH: SpinLock<()> = SpinLock::new(rank::PI_GRAPH, ());

/// The longest chain of holders that wait for each other (Linux's max_lock_depth); beyond, it counts as a circle.
const MAX_DEPTH: usize = 1024;

/// Whether a thread can still be made a holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Yes.
    Alive,
    /// It is giving up what it holds.
    Exiting,
    /// It has given up all.
    Dead,
}

/// A thread's place in the graph.
pub(crate) struct Links {
    blocked_on: Option<Arc<PiLock>>,
    holds: Vec<Arc<PiLock>>,
    life: Life,
}

impl Links {
    pub(crate) const NEW: Links = Links { blocked_on: None, holds: Vec::new(), life: Life::Alive };
}

const WAITS: u32 = 0;
const GRANTED: u32 = 1;
const ORPHANED: u32 = 2;

/// How one thread waits for one lock.
pub struct PiTicket {
    /// What the holder of the thread's lock calls it (its number).
    pub tid: u32,
    answer: AtomicU32,
    queue: WaitQueue,
}

impl PiTicket {
    /// A ticket for a thread that is called `tid`.
    pub fn new(tid: u32) -> Arc<Self> {
        Arc::new(PiTicket { tid, answer: AtomicU32::new(WAITS), queue: WaitQueue::new() })
    }

    /// Whether the thread has the lock.
    pub fn granted(&self) -> bool {
        self.answer.load(Ordering::Acquire) != WAITS
    }

    /// Whether it has it because its last holder has ended.
    pub fn orphaned(&self) -> bool {
        self.answer.load(Ordering::Acquire) == ORPHANED
    }

    /// Sleeps until the lock is granted, or `or` holds (looked at after each [`Self::wake`]).
    pub fn wait(&self, deadline_ns: Option<u64>, or: impl Fn() -> bool) -> WaitResult {
        self.queue.wait_event_interruptible_timeout(deadline_ns, || self.granted() || or())
    }

    /// Makes the sleeper look again.
    pub fn wake(&self) {
        self.queue.wake_all();
    }
}

struct Waiting {
    prio: i32,
    thread: ThreadRef,
    ticket: Arc<PiTicket>,
}

struct State {
    owner: Option<ThreadRef>,
    owner_tid: u32,
    /// The best first; of equals the one that came first.
    waiters: Vec<Waiting>,
}

/// A lock with a known holder and those who wait for it.
pub struct PiLock {
    /// The maker's mark.
    pub tag: usize,
    state: SpinLock<State>,
}

/// The thread waits for itself, by way of others.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// A circle.
    Deadlock,
    /// No memory.
    OutOfMemory,
}

impl PiLock {
    /// A lock that `owner`, called `tid`, holds. What it says if it is on its way out.
    pub fn held_by(tag: usize, owner: &ThreadRef, tid: u32) -> Result<Arc<Self>, Life> {
        let state = State { owner: Some(Arc::clone(owner)), owner_tid: tid, waiters: Vec::new() };
        let lock = Arc::new(PiLock { tag, state: SpinLock::new(rank::PI_LOCK, state) });
        let _graph = GRAPH.lock();
        let mut links = owner.thread().pi.lock();
        match links.life {
            Life::Alive => {
                links.holds.push(Arc::clone(&lock));
                Ok(lock)
            }
            life => Err(life),
        }
    }

    /// Whether `thread` holds it.
    pub fn is_held_by(&self, thread: &ThreadRef) -> bool {
        let _graph = GRAPH.lock();
        self.state.lock().owner.as_ref().is_some_and(|owner| same(owner, thread))
    }

    /// What its holder is called.
    pub fn owner_tid(&self) -> u32 {
        let _graph = GRAPH.lock();
        self.state.lock().owner_tid
    }

    /// The number of the one who would get it next.
    pub fn next_tid(&self) -> Option<u32> {
        let _graph = GRAPH.lock();
        self.state.lock().waiters.first().map(|first| first.ticket.tid)
    }

    /// Puts `thread` among those who wait; it goes to sleep by its ticket afterwards.
    pub fn enqueue(self: &Arc<Self>, thread: &ThreadRef, ticket: &Arc<PiTicket>) -> Result<(), Refused> {
        let graph = GRAPH.lock();
        if self.leads_to(thread) {
            return Err(Refused::Deadlock);
        }
        let mut state = self.state.lock();
        state.waiters.try_reserve(1).map_err(|_| Refused::OutOfMemory)?;
        state.insert(Waiting {
            prio: waiter_prio(thread.thread()),
            thread: Arc::clone(thread),
            ticket: Arc::clone(ticket),
        });
        drop(state);
        thread.thread().pi.lock().blocked_on = Some(Arc::clone(self));
        self.propagate(&graph);
        Ok(())
    }

    /// Takes `thread` out again; false if the lock has been granted to it.
    pub fn withdraw(&self, thread: &ThreadRef, ticket: &PiTicket) -> bool {
        let graph = GRAPH.lock();
        if ticket.granted() {
            return false;
        }
        let gone = self.state.lock().remove(thread.thread());
        thread.thread().pi.lock().blocked_on = None;
        self.propagate(&graph);
        drop(gone);
        true
    }

    /// The holder lets go: the best waiter has it now and is woken. If nobody waits, the lock is forgotten.
    /// `orphaned`: the holder has ended.
    pub fn hand_over(self: &Arc<Self>, orphaned: bool) {
        let graph = GRAPH.lock();
        let mut state = self.state.lock();
        let old = state.owner.take();
        let next = (!state.waiters.is_empty()).then(|| state.waiters.remove(0));
        if let Some(next) = &next {
            state.owner = Some(Arc::clone(&next.thread));
            state.owner_tid = next.ticket.tid;
        }
        drop(state);
        if let Some(old) = &old {
            old.thread().pi.lock().holds.retain(|lock| !Arc::ptr_eq(lock, self));
            inherit(&graph, old);
        }
        if let Some(next) = next {
            let mut links = next.thread.thread().pi.lock();
            links.blocked_on = None;
            links.holds.push(Arc::clone(self));
            drop(links);
            inherit(&graph, &next.thread);
            next.ticket.answer.store(if orphaned { ORPHANED } else { GRANTED }, Ordering::Release);
            next.ticket.wake();
        }
    }

    /// Nobody needs to know any more who holds it.
    pub fn forget(self: &Arc<Self>) {
        self.hand_over(false);
    }

    /// Whether the chain of holders from this lock on ends at `thread`.
    fn leads_to(&self, thread: &ThreadRef) -> bool {
        let mut owner = self.state.lock().owner.clone();
        for _ in 0..MAX_DEPTH {
            let Some(holder) = owner else { return false };
            if same(&holder, thread) {
                return true;
            }
            let Some(next) = holder.thread().pi.lock().blocked_on.clone() else { return false };
            owner = next.state.lock().owner.clone();
        }
        true
    }

    /// The best waiter may be another than before: tells the holder, and whom that one waits for.
    fn propagate(&self, graph: &SpinGuard<'_, ()>) {
        let mut owner = self.state.lock().owner.clone();
        while let Some(holder) = owner {
            if !inherit(graph, &holder) {
                return;
            }
            let Some(next) = move_up(&holder) else { return };
            owner = next.state.lock().owner.clone();
        }
    }
}

impl State {
    fn insert(&mut self, waiting: Waiting) {
        let at = self.waiters.partition_point(|other| other.prio <= waiting.prio);
        self.waiters.insert(at, waiting);
    }

    fn remove(&mut self, thread: &Thread) -> Option<Waiting> {
        let at = self.waiters.iter().position(|w| core::ptr::eq(w.thread.thread(), thread))?;
        Some(self.waiters.remove(at))
    }
}

/// What a waiter counts for: those that aren't real-time are all alike, as on Linux.
fn waiter_prio(thread: &Thread) -> i32 {
    if thread.runs_realtime() { thread.prio() } else { policy::DEFAULT_PRIO }
}

/// Gives a thread the best priority of those who wait for what it holds; false if nothing changed.
fn inherit(_graph: &SpinGuard<'_, ()>, holder: &ThreadRef) -> bool {
    let t = holder.thread();
    let links = t.pi.lock();
    let best = |lock: &Arc<PiLock>| lock.state.lock().waiters.first().map(|first| first.prio);
    let inherited = links.holds.iter().filter_map(best).min().unwrap_or(policy::NOT_INHERITED);
    drop(links);
    if inherited == t.inherited.load(Relaxed) {
        return false;
    }
    let before = t.prio();
    reorder(holder, |t| t.store_inherited(inherited));
    before != t.prio()
}

/// A thread's priority has changed: finds its new place among those who wait where it waits.
fn move_up(thread: &ThreadRef) -> Option<Arc<PiLock>> {
    let t = thread.thread();
    let lock = t.pi.lock().blocked_on.clone()?;
    let mut state = lock.state.lock();
    let prio = waiter_prio(t);
    let mut waiting = state.remove(t)?;
    waiting.prio = prio;
    state.insert(waiting);
    drop(state);
    Some(lock)
}

/// Changes a thread's policy, nice value and priority; who checks the right to is the caller.
pub fn change_attr(thread: &ThreadRef, attr: SchedAttr) {
    let graph = GRAPH.lock();
    reorder(thread, |t| t.store_attr(attr));
    if let Some(lock) = move_up(thread) {
        lock.propagate(&graph);
    }
}

/// Says whether `thread` can be made a holder from now on.
pub fn set_life(thread: &Thread, life: Life) {
    thread.pi.lock().life = life;
}

/// Whether it can.
pub fn life(thread: &Thread) -> Life {
    thread.pi.lock().life
}

/// A lock that `thread` holds and somebody may wait for.
pub fn first_held(thread: &Thread) -> Option<Arc<PiLock>> {
    thread.pi.lock().holds.first().cloned()
}

#[cfg(test)]
#[path = "pi_tests.rs"]
mod tests;
