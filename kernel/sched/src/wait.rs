//! Wait queues: threads that sleep until a condition holds.
//!
//! The sleeper puts itself into the queue with its state set, then looks at the condition; the waker makes the
//! condition true, then looks at the queue. Both with full barriers in between, so one sees the other, and a
//! waker that finds the queue empty takes no lock.

use crate::core_sched::schedule;
use crate::hooks::{current, signal_pending};
use crate::poll::{PollNode, PollWatcher};
use crate::run_queue::same;
use crate::slack::Deadline;
use crate::thread::{Thread, ThreadRef, state};
use crate::timer::{arm_sleep, cancel_sleep, is_armed};
use crate::wake::wake_up;
use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use core::sync::atomic::{AtomicU32, Ordering, Ordering::Relaxed, fence};
use sync::sleep::Parker;
use sync::{IrqSpinGuard, IrqSpinLock, rank};

/// A sleep ended because of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// How a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitResult {
    /// The condition holds.
    Ready,
    /// A signal came first.
    Interrupted,
    /// The deadline came first.
    TimedOut,
}

/// Somebody to tell.
pub(crate) enum Waiter {
    /// A sleeping thread: leaves the queue when woken.
    Thread(ThreadRef),
    /// A poll over several queues: stays until it is over.
    Poll(Arc<PollNode>),
    /// Somebody who wants each wake-up (epoll), and what the queue stands for: stays until it is dropped.
    Watch(Weak<dyn PollWatcher>, u32),
}

impl Waiter {
    fn is_dead(&self) -> bool {
        match self {
            Waiter::Thread(_) => false,
            Waiter::Poll(node) => node.is_over(),
            Waiter::Watch(watcher, _) => watcher.strong_count() == 0,
        }
    }
}

/// The first waiter has a place of its own, so that the usual queue allocates nothing.
struct Waiters {
    first: Option<Waiter>,
    rest: VecDeque<Waiter>,
}

/// A queue of sleeping threads.
pub struct WaitQueue {
    /// Number of entries, read by wakers without the lock.
    len: AtomicU32,
    waiters: IrqSpinLock<Waiters>,
}

impl Default for WaitQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl WaitQueue {
    /// An empty queue.
    pub const fn new() -> Self {
        Self::with_rank(rank::WAIT_QUEUE)
    }

    /// An empty queue that is woken from inside another queue's wake-up (an epoll set's own).
    pub const fn nested() -> Self {
        Self::with_rank(rank::WAIT_QUEUE_NESTED)
    }

    const fn with_rank(rank: sync::Rank) -> Self {
        let waiters = Waiters { first: None, rest: VecDeque::new() };
        WaitQueue { len: AtomicU32::new(0), waiters: IrqSpinLock::new(rank, waiters) }
    }

    /// Sleeps, uninterruptibly, until `condition` holds.
    pub fn wait_event(&self, condition: impl FnMut() -> bool) {
        self.wait(state::UNINTERRUPTIBLE, None, condition);
    }

    /// The same for a thread of the kernel that waits for work, which is no load.
    pub fn wait_event_idle(&self, condition: impl FnMut() -> bool) {
        self.wait(state::IDLE, None, condition);
    }

    /// Sleeps until `condition` holds or a signal comes.
    pub fn wait_event_interruptible(&self, condition: impl FnMut() -> bool) -> Result<(), Interrupted> {
        match self.wait(state::INTERRUPTIBLE, None, condition) {
            WaitResult::Ready => Ok(()),
            _ => Err(Interrupted),
        }
    }

    /// Sleeps until `condition` holds or a fatal signal comes.
    pub fn wait_event_killable(&self, condition: impl FnMut() -> bool) -> Result<(), Interrupted> {
        match self.wait(state::KILLABLE, None, condition) {
            WaitResult::Ready => Ok(()),
            _ => Err(Interrupted),
        }
    }

    /// Sleeps, uninterruptibly, until `condition` holds or the monotonic clock reaches the deadline.
    pub fn wait_event_timeout(
        &self,
        deadline_ns: Option<u64>,
        condition: impl FnMut() -> bool,
    ) -> WaitResult {
        self.wait(state::UNINTERRUPTIBLE, deadline_ns, condition)
    }

    /// Sleeps until `condition` holds, a signal comes or the monotonic clock reaches the deadline.
    pub fn wait_event_interruptible_timeout(
        &self,
        deadline_ns: Option<u64>,
        condition: impl FnMut() -> bool,
    ) -> WaitResult {
        self.wait(state::INTERRUPTIBLE, deadline_ns, condition)
    }

    /// The same with a deadline that may have slack.
    pub fn wait_event_interruptible_until(
        &self,
        deadline: Option<Deadline>,
        condition: impl FnMut() -> bool,
    ) -> WaitResult {
        self.wait_until(state::INTERRUPTIBLE, deadline, condition)
    }

    /// Sleeps until `attempt` gives something, or a signal comes.
    pub fn wait_for<T>(&self, mut attempt: impl FnMut() -> Option<T>) -> Result<T, Interrupted> {
        let mut got = None;
        let result = self.wait(state::INTERRUPTIBLE, None, || {
            got = attempt();
            got.is_some()
        });
        match (result, got) {
            (WaitResult::Ready, Some(value)) => Ok(value),
            _ => Err(Interrupted),
        }
    }

    /// The general wait: sleeps in state `sleeping` until `condition` holds, or what the state lets through
    /// comes first. The condition is asked before each sleep and may itself sleep briefly (take a mutex).
    pub fn wait(
        &self,
        sleeping: u32,
        deadline_ns: Option<u64>,
        condition: impl FnMut() -> bool,
    ) -> WaitResult {
        self.wait_until(sleeping, deadline_ns.map(Deadline::Exact), condition)
    }

    fn wait_until(
        &self,
        sleeping: u32,
        deadline: Option<Deadline>,
        mut condition: impl FnMut() -> bool,
    ) -> WaitResult {
        if condition() {
            return WaitResult::Ready;
        }
        sync::debug::assert_may_sleep();
        let me = current();
        let t = me.thread();
        // Other queues may hold entries of this thread: an enclosing wait whose condition sleeps.
        let links = t.links.load(Relaxed);
        let mut armed = false;
        let result = loop {
            t.set_state(sleeping);
            if !self.has_entry(&me, links) {
                self.enter(&me);
            }
            if condition() {
                break WaitResult::Ready;
            }
            if disturbed(t, sleeping) {
                break WaitResult::Interrupted;
            }
            if let Some(deadline) = deadline {
                if armed && t.timed_out.load(Relaxed) {
                    break WaitResult::TimedOut;
                }
                // Again if a condition that slept has used the thread's one timer for itself.
                if !armed || !is_armed(t) {
                    arm_sleep(&me, deadline);
                    armed = true;
                }
            }
            schedule();
        };
        t.set_running();
        if self.has_entry(&me, links) {
            self.leave(&me);
        }
        if armed {
            cancel_sleep(&me);
        }
        result
    }

    /// Wakes one sleeper (the first to come) and all pollers.
    #[inline]
    pub fn wake_one(&self) -> usize {
        self.wake_n(1)
    }

    /// Wakes all.
    #[inline]
    pub fn wake_all(&self) -> usize {
        self.wake_n(usize::MAX)
    }

    /// Wakes up to `count` sleepers and all pollers; gives the number of sleepers.
    #[inline]
    pub fn wake_n(&self, count: usize) -> usize {
        if count == 0 || !self.has_waiters() {
            return 0;
        }
        self.wake_slowly(count)
    }

    /// Whether anybody is in the queue. Ordered after what the caller wrote before.
    #[inline]
    pub fn has_waiters(&self) -> bool {
        fence(Ordering::SeqCst);
        self.len.load(Relaxed) != 0
    }

    fn wake_slowly(&self, count: usize) -> usize {
        let mut woken = 0;
        // Epoll sets' queues wake one another, but never in a circle.
        let mut waiters = self.waiters.lock_nested();
        if waiters.rest.is_empty() && matches!(waiters.first, Some(Waiter::Thread(_))) {
            // The usual queue: one sleeper. It is woken without the queue's lock.
            if let (1.., Some(Waiter::Thread(thread))) = (count, waiters.first.take()) {
                self.taken_out(thread.thread());
                drop(waiters);
                wake_up(&thread);
                return 1;
            }
            return 0;
        }
        let mut turn = waiters.rest.len() + 1;
        if let Some(first) = waiters.first.take() {
            waiters.rest.push_front(first);
        } else {
            turn -= 1;
        }
        // One turn through the whole queue: whoever stays goes to the back, which keeps the order.
        for _ in 0..turn {
            let Some(waiter) = waiters.rest.pop_front() else { break };
            match waiter {
                Waiter::Thread(thread) if woken < count => {
                    woken += 1;
                    self.taken_out(thread.thread());
                    wake_up(&thread);
                }
                stays => {
                    if self.tell(&stays) {
                        waiters.rest.push_back(stays);
                    }
                }
            }
        }
        woken
    }

    /// Tells a poller or watcher; false if it is over and its entry is to go.
    fn tell(&self, waiter: &Waiter) -> bool {
        let lives = match waiter {
            Waiter::Thread(_) => true,
            Waiter::Poll(node) => node.wake(),
            Waiter::Watch(watcher, events) => match watcher.upgrade() {
                Some(watcher) => {
                    watcher.woken(*events);
                    // If its owner let go meanwhile, its end must not come under this lock.
                    if Arc::strong_count(&watcher) == 1 {
                        sync::rcu::defer_drop_value(watcher);
                    }
                    true
                }
                None => false,
            },
        };
        if !lives {
            self.len.fetch_sub(1, Relaxed);
        }
        lives
    }

    /// Adds a poller or watcher; entries that are over make room.
    pub(crate) fn add(&self, waiter: Waiter) {
        let mut waiters = self.lock_with_room();
        let before = waiters.rest.len() + usize::from(waiters.first.is_some());
        if waiters.first.as_ref().is_some_and(Waiter::is_dead) {
            waiters.first = None;
        }
        waiters.rest.retain(|w| !w.is_dead());
        waiters.push(waiter);
        let after = waiters.rest.len() + usize::from(waiters.first.is_some());
        self.len.fetch_add((after as u32).wrapping_sub(before as u32), Relaxed);
        drop(waiters);
        fence(Ordering::SeqCst);
    }

    /// The lock, with room for one more entry: nothing is allocated while it is held.
    #[inline]
    fn lock_with_room(&self) -> IrqSpinGuard<'_, Waiters> {
        let mut waiters = self.waiters.lock();
        // wake_slowly moves the first entry into the deque, so that needs a place there too.
        while waiters.first.is_some() && waiters.rest.len() + 2 > waiters.rest.capacity() {
            let wanted = (waiters.rest.capacity() * 2).max(4);
            drop(waiters);
            let mut bigger = VecDeque::with_capacity(wanted);
            waiters = self.waiters.lock();
            if waiters.rest.capacity() < wanted {
                bigger.append(&mut waiters.rest);
                let old = core::mem::replace(&mut waiters.rest, bigger);
                drop(waiters);
                drop(old);
                waiters = self.waiters.lock();
            }
        }
        waiters
    }

    fn enter(&self, me: &ThreadRef) {
        let waiter = Waiter::Thread(Arc::clone(me));
        let mut waiters = self.lock_with_room();
        waiters.push(waiter);
        self.len.fetch_add(1, Relaxed);
        me.thread().links.fetch_add(1, Relaxed);
        drop(waiters);
        // Before the look at the condition: a waker either sees the entry or has made it true already.
        fence(Ordering::SeqCst);
    }

    /// Whether the thread is in this queue, when it had `others` entries before it came here: if none, its count
    /// says it all; otherwise one of the others may have been taken out meanwhile, and only a search tells.
    #[inline]
    fn has_entry(&self, me: &ThreadRef, others: u32) -> bool {
        if others == 0 { me.thread().links.load(Relaxed) != 0 } else { self.finds(me) }
    }

    #[cold]
    fn finds(&self, me: &ThreadRef) -> bool {
        let mine = |w: &Waiter| matches!(w, Waiter::Thread(thread) if same(thread, me));
        let waiters = self.waiters.lock();
        waiters.first.as_ref().is_some_and(mine) || waiters.rest.iter().any(mine)
    }

    #[cold]
    fn leave(&self, me: &ThreadRef) {
        let mine = |w: &Waiter| matches!(w, Waiter::Thread(thread) if same(thread, me));
        let mut waiters = self.waiters.lock();
        let found = if waiters.first.as_ref().is_some_and(mine) {
            waiters.first.take()
        } else {
            let at = waiters.rest.iter().position(mine);
            at.and_then(|at| waiters.rest.remove(at))
        };
        if found.is_some() {
            self.taken_out(me.thread());
        }
        drop(waiters);
        drop(found);
    }

    #[inline]
    fn taken_out(&self, t: &Thread) {
        self.len.fetch_sub(1, Relaxed);
        t.links.fetch_sub(1, Relaxed);
    }
}

impl Waiters {
    fn push(&mut self, waiter: Waiter) {
        if self.first.is_none() && self.rest.is_empty() {
            self.first = Some(waiter);
        } else {
            self.rest.push_back(waiter);
        }
    }
}

/// Whether a sleep in this state has to end for a signal.
#[inline]
fn disturbed(t: &Thread, sleeping: u32) -> bool {
    if sleeping & state::INTERRUPTIBLE != 0 {
        signal_pending()
    } else {
        sleeping & state::WAKEKILL != 0 && t.fatal_signal_pending()
    }
}

impl Parker for WaitQueue {
    const NEW: Self = WaitQueue::new();

    fn park_until(&self, interruptible: bool, ready: &mut dyn FnMut() -> bool) -> bool {
        let sleeping = if interruptible { state::INTERRUPTIBLE } else { state::UNINTERRUPTIBLE };
        self.wait(sleeping, None, ready) == WaitResult::Ready
    }

    fn wake_one(&self) {
        WaitQueue::wake_one(self);
    }

    fn wake_all(&self) {
        WaitQueue::wake_all(self);
    }
}
