//! Which processor a thread runs on.

use crate::machine;
use crate::realtime::{self, RUNNING_PRIO};
use crate::run_queue::{ACTIVE, Arrival, IDLE, LOAD, NR_RUNNING, RUN_QUEUES, RunQueue, load_of};
use crate::thread::{Thread, ThreadRef};
use crate::wake::notify;
use alloc::sync::Arc;
use core::sync::atomic::Ordering::Relaxed;
use sync::cpu;

/// A waker that usually sleeps again within this time keeps the woken thread beside it: handing it to another
/// processor costs more than waiting for the waker.
const SOON_ASLEEP_NS: u64 = 50_000;
/// Where threads cannot be spread evenly, each has its time with fewer others: how often they change over.
const ROTATE_NS: u64 = 40_000_000;

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
    if t.runs_realtime() && RUNNING_PRIO.of(home).load(Relaxed) <= t.prio() {
        // Somebody at least as important runs there.
        if let Some(better) = realtime::better_place(t, home) {
            return better;
        }
    }
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

/// The allowed processor with the least load; this one if several have the same.
pub(crate) fn choose_least_loaded(t: &Thread) -> usize {
    let here = cpu::id();
    let active = active();
    let mut allowed = t.affinity() & active;
    if allowed == 0 {
        allowed = if active != 0 { active } else { cpu::bit(here) };
    }
    let load = |target: usize| LOAD.of(target).load(Relaxed);
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

/// Takes a waiting thread from another processor, the busiest first, into `rq`, the locked queue of `here`.
pub(crate) fn pull_when_idle(rq: &mut RunQueue, here: usize, now: u64) {
    if active() & cpu::bit(here) == 0 {
        return;
    }
    let Some(first) = busiest(here, 2) else { return };
    let others = (0..machine::cpu_count())
        .filter(|other| *other != here && *other != first && NR_RUNNING.of(*other).load(Relaxed) >= 2);
    for victim in core::iter::once(first).chain(others) {
        // Only tried: two processors that pull from each other must not wait for each other.
        let Some(mut other) = RUN_QUEUES.of(victim).try_lock() else { continue };
        let movable = |t: &Thread| t.affinity() & cpu::bit(here) != 0 && !t.on_cpu();
        if let Some(thread) = other.take_where(movable) {
            other.depart(thread.thread(), now);
            rq.arrive(here, thread, Arrival::Move, now);
            return;
        }
    }
}

/// From the tick of a processor: evens out what waits here. An idle processor is told, if it may take something: its
/// number is the result.
pub(crate) fn tick(rq: &mut RunQueue, running: &Thread, here: usize, now: u64) -> Option<usize> {
    if rq.nobody_waits() {
        return None;
    }
    let others = active() & !cpu::bit(here);
    let idle = IDLE.load(Relaxed) & others & rq.waiting_affinity();
    if idle != 0 {
        let target = idle.trailing_zeros() as usize;
        no_longer_idle(target);
        return Some(target);
    }
    let load = |target: usize| LOAD.of(target).load(Relaxed);
    let candidates = (0..machine::cpu_count()).filter(|other| others & cpu::bit(*other) != 0);
    let target = candidates.min_by_key(|other| load(*other))?;
    let difference = load(here).saturating_sub(load(target));
    let thread = choose_to_push(rq, running, target, difference, now)?;
    push(rq, &thread, target, now);
    None
}

/// The waiting thread, if any, that should go over to `target`, which has `difference` less to do.
fn choose_to_push(
    rq: &RunQueue,
    running: &Thread,
    target: usize,
    difference: u64,
    now: u64,
) -> Option<ThreadRef> {
    let (mut helps, mut rotates): (Option<(u64, ThreadRef)>, Option<ThreadRef>) = (None, None);
    let moved_at = |t: &Thread| t.moved_at_ns.load(Relaxed);
    let mut last_move = moved_at(running);
    rq.for_each_fair(|thread| {
        let t = thread.thread();
        last_move = last_move.max(moved_at(t));
        if t.affinity() & cpu::bit(target) == 0 || t.on_cpu() {
            return;
        }
        let weight = load_of(t);
        let remains = difference.abs_diff(2 * weight);
        if weight * 32 >= difference && remains * 4 <= difference * 3 {
            // What makes the difference clearly smaller goes at once, best what leaves the least.
            if helps.as_ref().is_none_or(|(least, _)| remains < *least) {
                helps = Some((remains, Arc::clone(thread)));
            }
        } else if weight * 8 <= difference * 9
            && weight * 32 >= difference
            && rotates.as_ref().is_none_or(|first| moved_at(t) < moved_at(first.thread()))
        {
            rotates = Some(Arc::clone(thread));
        }
    });
    if let Some((_, thread)) = helps {
        return Some(thread);
    }
    // What only turns the difference round goes now and then, and who has been here longest goes: so each of three
    // threads on two processors gets its time alone.
    let waited = now.saturating_sub(last_move);
    let thread = rotates?;
    let another_is_first = moved_at(running) < moved_at(thread.thread());
    let due = if another_is_first { 2 * ROTATE_NS } else { ROTATE_NS };
    (waited >= due).then_some(thread)
}

/// Moves a waiting thread to `target`, if that one's queue is free at this moment.
fn push(rq: &mut RunQueue, thread: &ThreadRef, target: usize, now: u64) {
    let Some(mut other) = RUN_QUEUES.of(target).try_lock() else { return };
    let this = core::ptr::from_ref(thread.thread());
    let Some(thread) = rq.take_where(|t| core::ptr::eq(t, this)) else { return };
    rq.depart(thread.thread(), now);
    other.arrive(target, Arc::clone(&thread), Arrival::Move, now);
    let preempts = other.preempt_for(thread.thread(), Arrival::Move);
    drop(other);
    notify(target, preempts);
}
