//! Changing where a thread may run, and how it competes.

use crate::balance;
use crate::machine;
use crate::realtime::{self, RUNNING_PRIO};
use crate::run_queue::{Arrival, RUN_QUEUES, RunQueue, add_load, load_of};
use crate::thread::{Thread, ThreadRef, state};
use crate::wake::{kick, notify, place};
use core::sync::atomic::Ordering::Relaxed;
use sync::{IrqSpinGuard, cpu};

/// How long, at most, set_affinity waits for a running thread to go away, in steps of that many nanoseconds.
const MOVE_STEPS: u32 = 200;
const MOVE_STEP_NS: u64 = 20_000;

/// Locks the queue that the thread belongs to; its processor's number.
fn lock_home(t: &Thread) -> (usize, IrqSpinGuard<'static, RunQueue>) {
    loop {
        let home = t.cpu();
        let rq = RUN_QUEUES.of(home).lock();
        if t.cpu() == home {
            return (home, rq);
        }
    }
}

/// Restricts a thread to the processors of `mask`; false if none of them is active. May sleep: a thread that runs
/// outside has left when this returns (unless its processor is at something long in the kernel). The running thread
/// itself goes at its next way through the scheduler.
pub fn set_affinity(thread: &ThreadRef, mask: u64) -> bool {
    if mask & balance::active() == 0 {
        return false;
    }
    let t = thread.thread();
    let (home, mut rq) = lock_home(t);
    t.affinity.store(mask, Relaxed);
    if mask & cpu::bit(home) != 0 || !t.on_rq.load(Relaxed) {
        // One that waits for something better may find it among its new processors.
        if !t.on_cpu() && t.on_rq.load(Relaxed) {
            realtime::offer(t, home);
        }
        return true;
    }
    let this = core::ptr::from_ref(t);
    if let Some(waiting) = rq.take_where(|other| core::ptr::eq(other, this) && !other.on_cpu()) {
        rq.depart(t, machine::now_ns());
        drop(rq);
        place(waiting, Arrival::Move);
        return true;
    }
    machine::set_need_resched(&t.context);
    drop(rq);
    kick(t);
    let mut is_current = false;
    crate::hooks::with_current(|running| is_current = core::ptr::eq(running, this));
    let mut steps = 0;
    while !is_current && steps < MOVE_STEPS && t.on_cpu() && mask & cpu::bit(t.cpu()) == 0 {
        crate::sleep_until_in(machine::now_ns() + MOVE_STEP_NS, state::IDLE);
        steps += 1;
    }
    true
}

/// Changes what decides a thread's place in its run queue, and finds it a new one there.
pub(crate) fn reorder(thread: &ThreadRef, change: impl Fn(&Thread)) {
    let t = thread.thread();
    let (home, mut rq) = lock_home(t);
    let this = core::ptr::from_ref(t);
    let (old, was_realtime, old_policy) = (t.prio(), t.runs_realtime(), t.policy());
    let on_rq = t.on_rq.load(Relaxed);
    let runs = rq.curr.as_ref().is_some_and(|curr| core::ptr::eq(curr.thread(), this));
    if runs {
        rq.charge(t, machine::now_ns());
    }
    if on_rq {
        add_load(home, load_of(t).wrapping_neg());
    }
    change(t);
    if on_rq {
        add_load(home, load_of(t));
    }
    if t.policy() != old_policy {
        t.turn_began_ns.store(t.sum_exec_ns.load(Relaxed), Relaxed);
    }
    if was_realtime && !t.runs_realtime() {
        // What it ran meanwhile is no debt to those that share now.
        t.vruntime.store(if on_rq { rq.min_vruntime() } else { 0 }, Relaxed);
    }
    let new = t.prio();
    // A real-time thread that waits keeps its place where its priority stays.
    let keeps_place = was_realtime && t.runs_realtime() && old == new;
    let mut preempts = false;
    if runs {
        RUNNING_PRIO.of(home).store(new, Relaxed);
        if rq.better_waits(t, false) {
            machine::set_need_resched(&t.context);
            preempts = true;
        }
    } else if on_rq
        && !keeps_place
        && let Some(waiting) = rq.take_where(|other| core::ptr::eq(other, this))
    {
        // A lowered one goes before the others of its new priority, a raised one behind them (sched(7)).
        rq.put(waiting, was_realtime && new > old);
        preempts = rq.preempt_for(t, Arrival::Wake);
    }
    drop(rq);
    if preempts {
        notify(home, true);
    } else if on_rq && !runs {
        realtime::offer(t, home);
    }
}
