//! The kernel's side: one engine, one queue of work for each processor.

use super::Callback;
use super::api::HOOKS;
use super::engine::Engine;
use crate::spin::{IrqSpinGuard, IrqSpinLock};
use crate::{PerCpu, cpu, debug, rank};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static ENGINE: Engine = Engine::new();
static QUEUES: PerCpu<Queue> = crate::per_cpu!(Queue::new());
/// The grace period that was running at the last tick of any processor: one that is seen twice is late.
static SEEN_RUNNING: AtomicU64 = AtomicU64::new(0);

struct Queue {
    lists: IrqSpinLock<Lists>,
    /// Whether anything is queued; read without the lock.
    busy: AtomicBool,
}

/// Work moves from `next` to `waiting` (for the grace period `number`) to `ready`.
struct Lists {
    next: List,
    waiting: List,
    number: u64,
    ready: List,
}

/// Callbacks in pieces of one size: a process that closes a million files queues a million of them, when memory
/// may be short and in pieces itself.
struct List {
    filling: Vec<Callback>,
    full: Option<Box<Piece>>,
}

struct Piece {
    callbacks: Vec<Callback>,
    next: Option<Box<Piece>>,
}

/// Callbacks of a piece.
const PIECE: usize = 64;

impl List {
    const EMPTY: Self = List { filling: Vec::new(), full: None };

    fn is_empty(&self) -> bool {
        self.filling.is_empty() && self.full.is_none()
    }

    fn room(&self) -> usize {
        self.filling.capacity() - self.filling.len()
    }

    /// Goes on with the empty `piece`. It comes back, with what was there before, if there is nothing to keep.
    fn extend(&mut self, mut piece: Box<Piece>) -> Option<Box<Piece>> {
        core::mem::swap(&mut self.filling, &mut piece.callbacks);
        if piece.callbacks.is_empty() {
            return Some(piece);
        }
        piece.next = self.full.take();
        self.full = Some(piece);
        None
    }

    fn finish(mut self) {
        self.filling.drain(..).for_each(Callback::finish);
        while let Some(mut piece) = self.full.take() {
            self.full = piece.next.take();
            piece.callbacks.drain(..).for_each(Callback::finish);
        }
    }
}

impl Queue {
    const fn new() -> Self {
        let lists = Lists { next: List::EMPTY, waiting: List::EMPTY, number: 0, ready: List::EMPTY };
        Queue { lists: IrqSpinLock::new(rank::RCU, lists), busy: AtomicBool::new(false) }
    }
}

impl Lists {
    fn advance(&mut self) -> bool {
        if !self.waiting.is_empty() && ENGINE.done(self.number) && self.ready.is_empty() {
            core::mem::swap(&mut self.waiting, &mut self.ready);
        }
        if self.waiting.is_empty() && !self.next.is_empty() {
            core::mem::swap(&mut self.waiting, &mut self.next);
            self.number = ENGINE.snapshot();
            ENGINE.request(self.number);
        }
        !self.ready.is_empty()
    }
}

/// A read section. Nothing at run time; debug builds count them to catch a sleeper.
pub struct RcuGuard(PhantomData<*const ()>);

#[inline(always)]
pub fn read() -> RcuGuard {
    debug::rcu_enter();
    RcuGuard(PhantomData)
}

#[cfg(debug_assertions)]
impl Drop for RcuGuard {
    fn drop(&mut self) {
        debug::rcu_exit();
    }
}

pub fn queue(callback: Callback) {
    let queue = QUEUES.get();
    let mut lists = lock_with_room(queue, 1);
    lists.next.filling.push(callback);
    drop(lists);
    if !queue.busy.load(Ordering::Relaxed) {
        queue.busy.store(true, Ordering::Relaxed);
        if let Some(hooks) = HOOKS.get() {
            (hooks.queued)();
        }
    }
}

/// The lock, with room for `spare` more. Room is made outside the lock: the allocator may need work done that
/// takes other locks.
fn lock_with_room(queue: &Queue, spare: usize) -> IrqSpinGuard<'_, Lists> {
    let mut lists = queue.lists.lock();
    while lists.next.room() < spare {
        drop(lists);
        let piece = Box::new(Piece { callbacks: Vec::with_capacity(PIECE), next: None });
        lists = queue.lists.lock();
        let left = if lists.next.room() < spare { lists.next.extend(piece) } else { Some(piece) };
        if left.is_some() {
            drop(lists);
            drop(left);
            lists = queue.lists.lock();
        }
    }
    lists
}

/// Room for what the caller queues next, and for what interrupts may queue before.
pub fn reserve() {
    drop(lock_with_room(QUEUES.get(), 16));
}

pub fn advance() -> bool {
    let queue = QUEUES.get();
    queue.busy.load(Ordering::Relaxed) && queue.lists.lock().advance()
}

pub fn run_callbacks() {
    let queue = QUEUES.get();
    while queue.busy.load(Ordering::Relaxed) {
        let mut lists = queue.lists.lock();
        if !lists.advance() {
            if lists.waiting.is_empty() && lists.next.is_empty() {
                queue.busy.store(false, Ordering::Relaxed);
            }
            return;
        }
        let ready = core::mem::replace(&mut lists.ready, List::EMPTY);
        drop(lists);
        ready.finish();
    }
}

#[inline]
pub fn has_callbacks() -> bool {
    QUEUES.get().busy.load(Ordering::Relaxed)
}

pub fn tick() -> bool {
    let ready = advance();
    let late = ENGINE.pending();
    if late != 0 {
        let running = ENGINE.completed() + 1;
        if SEEN_RUNNING.swap(running, Ordering::Relaxed) == running
            && let Some(hooks) = HOOKS.get()
        {
            (hooks.nudge)(late);
        }
    }
    ready
}

pub fn synchronize() {
    let number = ENGINE.snapshot();
    ENGINE.request(number);
    quiescent_state();
    while !ENGINE.done(number) {
        if let Some(hooks) = HOOKS.get() {
            (hooks.nudge)(ENGINE.pending());
            (hooks.pause)();
        }
        quiescent_state();
    }
}

#[inline(always)]
pub fn quiescent_state() {
    ENGINE.quiescent(cpu::id());
}

pub fn cpu_online(cpu: usize) {
    ENGINE.online(cpu);
}

#[inline]
pub fn idle_enter() {
    ENGINE.idle_enter(cpu::id());
}

#[inline]
pub fn idle_exit() {
    ENGINE.idle_exit(cpu::id());
}

#[inline(always)]
pub fn irq_enter() -> bool {
    let cpu = cpu::id();
    let was_idle = ENGINE.is_idle(cpu);
    if was_idle {
        ENGINE.idle_exit(cpu);
    }
    was_idle
}

pub fn completed() -> u64 {
    ENGINE.completed()
}
