//! The host's side: threads are many and are never told to be quiescent, so readers count themselves in one of
//! two counters. A grace period flips the counters and waits for the old one to run empty.

use super::Callback;
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

static EPOCH: AtomicU64 = AtomicU64::new(0);
static READERS: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
static GRACE: Mutex<()> = Mutex::new(());
static QUEUE: Mutex<Vec<Callback>> = Mutex::new(Vec::new());

/// Work beyond which `queue` itself runs a grace period.
const BATCH: usize = 256;

std::thread_local!(static DEPTH: Cell<usize> = const { Cell::new(0) });

/// A read section.
pub struct RcuGuard {
    counter: usize,
    _not_send: PhantomData<*const ()>,
}

pub fn read() -> RcuGuard {
    crate::debug::rcu_enter();
    DEPTH.set(DEPTH.get() + 1);
    loop {
        let epoch = EPOCH.load(SeqCst);
        let counter = (epoch & 1) as usize;
        READERS[counter].fetch_add(1, SeqCst);
        if EPOCH.load(SeqCst) & 1 == epoch & 1 {
            return RcuGuard { counter, _not_send: PhantomData };
        }
        READERS[counter].fetch_sub(1, SeqCst);
    }
}

impl Drop for RcuGuard {
    fn drop(&mut self) {
        READERS[self.counter].fetch_sub(1, SeqCst);
        DEPTH.set(DEPTH.get() - 1);
        crate::debug::rcu_exit();
    }
}

pub fn queue(callback: Callback) {
    let len = {
        let mut queue = QUEUE.lock().unwrap_or_else(|e| e.into_inner());
        queue.push(callback);
        queue.len()
    };
    // Only from a context that could wait: not from inside a read section or a lock.
    if len >= BATCH && DEPTH.get() == 0 && crate::debug::locks_held() == 0 {
        run_callbacks();
    }
}

pub fn reserve() {}

pub fn synchronize() {
    assert_eq!(DEPTH.get(), 0, "waiting for a grace period inside a read section");
    let _one = GRACE.lock().unwrap_or_else(|e| e.into_inner());
    let old = EPOCH.fetch_add(1, SeqCst);
    while READERS[(old & 1) as usize].load(SeqCst) != 0 {
        std::thread::yield_now();
    }
}

pub fn run_callbacks() {
    if DEPTH.get() != 0 {
        return;
    }
    loop {
        let batch = std::mem::take(&mut *QUEUE.lock().unwrap_or_else(|e| e.into_inner()));
        if batch.is_empty() {
            return;
        }
        synchronize();
        batch.into_iter().for_each(Callback::finish);
    }
}

pub fn advance() -> bool {
    has_callbacks()
}

pub fn has_callbacks() -> bool {
    !QUEUE.lock().unwrap_or_else(|e| e.into_inner()).is_empty()
}

pub fn tick() -> bool {
    has_callbacks()
}

pub fn quiescent_state() {}

pub fn cpu_online(_cpu: usize) {}

pub fn idle_enter() {}

pub fn idle_exit() {}

pub fn irq_enter() -> bool {
    false
}

pub fn completed() -> u64 {
    EPOCH.load(SeqCst)
}
