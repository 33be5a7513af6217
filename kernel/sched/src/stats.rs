//! Counters that /proc shows.

use crate::machine;
use crate::run_queue::NR_RUNNING;
use core::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use sync::PerCpu;

/// Threads that sleep uninterruptibly and count as load. A sum over processors, so it may be seen off by one.
pub(crate) static UNINTERRUPTIBLE: AtomicI64 = AtomicI64::new(0);
/// Threads that exist.
pub(crate) static THREADS: AtomicI64 = AtomicI64::new(0);

static SWITCHES: PerCpu<AtomicU64> = sync::per_cpu!(AtomicU64::new(0));
pub(crate) static IDLE_NS: PerCpu<AtomicU64> = sync::per_cpu!(AtomicU64::new(0));
static FORKS: AtomicU64 = AtomicU64::new(0);

#[inline]
pub(crate) fn count_switch(here: usize) {
    let count = SWITCHES.of(here);
    count.store(count.load(Relaxed) + 1, Relaxed);
}

/// A thread was made.
pub(crate) fn thread_made() {
    THREADS.fetch_add(1, Relaxed);
    FORKS.fetch_add(1, Relaxed);
}

/// A thread is gone.
pub(crate) fn thread_gone() {
    THREADS.fetch_sub(1, Relaxed);
}

/// Context switches since boot, on all processors.
pub fn context_switches() -> u64 {
    SWITCHES.iter().map(|c| c.load(Relaxed)).sum()
}

/// Threads made since boot.
pub fn forks() -> u64 {
    FORKS.load(Relaxed)
}

/// Threads that exist.
pub fn threads() -> u64 {
    THREADS.load(Relaxed).max(0) as u64
}

/// Threads that run or could run, on all processors.
pub fn running() -> u64 {
    (0..machine::cpu_count()).map(|cpu| u64::from(NR_RUNNING.of(cpu).load(Relaxed))).sum()
}

/// Threads in uninterruptible sleep.
pub fn blocked() -> u64 {
    UNINTERRUPTIBLE.load(Relaxed).max(0) as u64
}

/// Time that `cpu` has been idle, in ns.
pub fn idle_ns(cpu: usize) -> u64 {
    IDLE_NS.of(cpu).load(Relaxed)
}
