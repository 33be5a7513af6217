//! Which processor a thread runs on.

use crate::machine;
use crate::run_queue::{ACTIVE, Arrival, IDLE, NR_RUNNING, RUN_QUEUES, RunQueue};
use crate::thread::Thread;
use core::sync::atomic::Ordering::Relaxed;
use sync::cpu;

/// A waker that usually sleeps again within this time keeps the woken thread beside it: handing it to another
/// processor costs more than waiting for the waker.
const SOON_ASLEEP_NS: u64 = 50_000;

/// The processors that take threads.
pub(crate) fn active() -> u64 {
    ACTIVE.load(Relaxed)
}

/// Where a sleeper wakes. `rq` is the queue of `home`, where it ran last.
#[inline]
pub(crate) fn choose_for_wake(rq: &RunQueue, t: &Thread, home: usize) -> usize {
    let allowed = t.affinity();
    let idle = IDLE.load(Relaxed) & allowed;
    let home_bit = cpu::bit(home);
    if idle & home_bit != 0 || (idle == 0 && allowed & home_bit != 0) {
        return home;
    }
    if idle == 0 {
        return choose_least_loaded(t);
    }
    if allowed & home_bit != 0 && home == cpu::id() && rq.nobody_waits() {
        let waker = rq.curr.as_ref().map(|curr| curr.thread());
        if waker.is_some_and(|w| w.usual_run_ns() < SOON_ASLEEP_NS) {
            return home;
        }
    }
    idle.trailing_zeros() as usize
}

/// The allowed processor with the fewest threads; this one if several have.
pub(crate) fn choose_least_loaded(t: &Thread) -> usize {
    let here = cpu::id();
    let active = active();
    let mut allowed = t.affinity() & active;
    if allowed == 0 {
        allowed = if active != 0 { active } else { cpu::bit(here) };
    }
    let load = |target: usize| NR_RUNNING.of(target).load(Relaxed);
    let start = if allowed & cpu::bit(here) != 0 { here } else { allowed.trailing_zeros() as usize };
    (0..machine::cpu_count())
        .filter(|target| allowed & cpu::bit(*target) != 0)
        .fold(start, |best, target| if load(target) < load(best) { target } else { best })
}

/// Work is on its way to `target`: the next waker looks for another idle processor.
#[inline]
pub(crate) fn no_longer_idle(target: usize) {
    if IDLE.load(Relaxed) & cpu::bit(target) != 0 {
        IDLE.fetch_and(!cpu::bit(target), Relaxed);
    }
}

/// The other processor with the most threads, if somebody waits there.
fn busiest(here: usize, at_least: u32) -> Option<usize> {
    (0..machine::cpu_count())
        .filter(|other| *other != here)
        .map(|other| (NR_RUNNING.of(other).load(Relaxed), other))
        .filter(|(load, _)| *load >= at_least)
        .max_by_key(|(load, _)| *load)
        .map(|(_, other)| other)
}

/// Whether an idle processor could find work elsewhere.
pub(crate) fn work_elsewhere(here: usize) -> bool {
    busiest(here, 2).is_some()
}

/// Takes a waiting thread from the busiest other processor into `rq`, the locked queue of `here`.
pub(crate) fn pull_when_idle(rq: &mut RunQueue, here: usize, now: u64) {
    pull(rq, here, now, 2);
}

fn pull(rq: &mut RunQueue, here: usize, now: u64, at_least: u32) {
    if active() & cpu::bit(here) == 0 {
        return;
    }
    let Some(victim) = busiest(here, at_least) else { return };
    // Only tried: two processors that pull from each other must not wait for each other.
    let Some(mut other) = RUN_QUEUES.of(victim).try_lock() else { return };
    let movable = |t: &Thread| t.affinity() & cpu::bit(here) != 0 && !t.on_cpu();
    if let Some(thread) = other.take_where(movable) {
        other.depart(thread.thread(), now);
        rq.arrive(here, thread, Arrival::Move, now);
    }
}

/// From the tick: evens out, and wakes an idle processor if somebody waits here.
pub(crate) fn tick(rq: &mut RunQueue, here: usize, now: u64) -> Option<usize> {
    let mine = NR_RUNNING.of(here).load(Relaxed);
    let idle = IDLE.load(Relaxed) & active() & !cpu::bit(here);
    if mine >= 2 && idle != 0 {
        let target = idle.trailing_zeros() as usize;
        no_longer_idle(target);
        return Some(target);
    }
    pull(rq, here, now, mine + 2);
    None
}
