//! Choosing the next thread and going over to it.

use crate::balance;
use crate::machine;
use crate::policy::IDLE_PRIO;
use crate::realtime::{self, RUNNING_PRIO};
use crate::run_queue::{Arrival, IDLE, NR_RUNNING, RUN_QUEUES, RunQueue, counts_as_load};
use crate::stats;
use crate::thread::{Thread, ThreadRef, state};
use crate::wake;
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::Ordering::{Relaxed, Release};
use sync::{IrqSpinGuard, PerCpu, SpinLock, cpu, rank, rcu};

/// The thread that a processor is just leaving; empty at all other times.
static LEAVING: PerCpu<SpinLock<Option<ThreadRef>>> = sync::per_cpu!(SpinLock::new(rank::SPIN_LEAF, None));

/// Holds a dead thread's last reference until the grace period is over.
pub(crate) struct Grave(Option<ThreadRef>);

/// Why the running thread lets go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// It may have set a sleeping state.
    Sleep,
    /// Somebody better came, or its slice is over: its state does not matter.
    Preempted,
    /// It asked to.
    Yield,
}

/// Lets the best thread run. If the running thread has set a sleeping state it sleeps until a wake-up;
/// otherwise it stays runnable. Returns when it runs again.
pub fn schedule() {
    sync::debug::assert_may_sleep();
    reschedule(Reason::Sleep);
}

/// Whether the running thread should make way.
#[inline(always)]
pub fn need_resched() -> bool {
    machine::need_resched()
}

/// Makes way if somebody better waits. For long loops in the kernel; a flag test on the plain path. A sleeping
/// state that is set already stays without effect.
#[inline(always)]
pub fn cond_resched() {
    if machine::need_resched() {
        sync::debug::assert_may_sleep();
        reschedule(Reason::Preempted);
    }
}

/// Lets somebody else of equal standing run, if there is anybody.
#[inline]
pub fn yield_now() {
    if NR_RUNNING.get().load(Relaxed) <= 1 && !machine::need_resched() {
        rcu::quiescent_state();
        return;
    }
    reschedule(Reason::Yield);
}

/// Ends the running thread. Its last reference is dropped after a grace period, because interrupt handlers may
/// still hold one for a moment. The caller has dropped what it holds on its stack.
pub fn exit_current() -> ! {
    // Whoever runs next cannot allocate: what it needs to bury this thread is made here.
    let grave = Box::new(Grave(None));
    crate::hooks::with_current(move |t| *t.grave.lock() = Some(grave));
    loop {
        rcu::reserve();
        crate::hooks::with_current(|t| t.set_state(state::DEAD));
        reschedule(Reason::Sleep);
    }
}

fn reschedule(reason: Reason) {
    rcu::quiescent_state();
    let here = cpu::id();
    let mut rq = RUN_QUEUES.of(here).lock();
    let Some(prev) = rq.curr.take() else { return };
    let now = machine::now_ns();
    let t = prev.thread();
    machine::clear_need_resched(&t.context);
    rq.charge(t, now);
    let stays = stays_runnable(&mut rq, &prev, reason, here, now);
    let voluntary = !stays && reason == Reason::Sleep;
    let next = match choose(&mut rq, &prev, stays, reason, here, now) {
        Some(next) => next,
        None => {
            rq.curr = Some(prev);
            return;
        }
    };
    if stays {
        t.waiting_since_ns.store(now, Relaxed);
    }
    if !rq.is_idle_thread(&next) {
        rq.end_wait(next.thread(), now);
    }
    let from = now_switching(t, next.thread(), voluntary, here);
    rq.curr = Some(Arc::clone(&next));
    let irqs = IrqSpinGuard::unlock_keep_irqs_off(rq);
    *LEAVING.of(from).lock() = Some(prev);
    // `prev` moved into LEAVING: whoever runs next on this processor lets it go.
    let held = sync::debug::leave_processor();
    drop(next.switch_in());
    sync::debug::enter_processor(held);
    finish_switch();
    irqs.restore();
}

/// Decides whether the running thread stays runnable here, and takes it out of the queue if not.
fn stays_runnable(rq: &mut RunQueue, prev: &ThreadRef, reason: Reason, here: usize, now: u64) -> bool {
    let t = prev.thread();
    let bits = t.state();
    if bits != state::RUNNING && reason == Reason::Sleep {
        let disturbed = bits & state::INTERRUPTIBLE != 0 && machine::context_signal_pending(&t.context)
            || bits & state::WAKEKILL != 0 && t.fatal_signal_pending();
        if !disturbed {
            if counts_as_load(bits) {
                stats::UNINTERRUPTIBLE.fetch_add(1, Relaxed);
            }
            t.note_sleep();
            rq.depart(t, now);
            return false;
        }
        t.set_running();
    }
    let allowed = t.affinity() & balance::active();
    if allowed & cpu::bit(here) == 0 && allowed != 0 && !rq.is_idle_thread(prev) {
        // Not allowed here any more: it can go over to another processor once this one has left it.
        t.leaving_cpu.store(true, Relaxed);
        t.waiting_since_ns.store(now, Relaxed);
        rq.depart(t, now);
        return false;
    }
    true
}

/// The thread to run instead of `prev`; none if `prev` goes on.
// Inlined always, as the reason is known where it is called.
#[inline(always)]
fn choose(
    rq: &mut RunQueue,
    prev: &ThreadRef,
    stays: bool,
    reason: Reason,
    here: usize,
    now: u64,
) -> Option<ThreadRef> {
    let was_idle = rq.is_idle_thread(prev);
    if realtime::wait_elsewhere(here) {
        let running = if stays && !was_idle { prev.thread().prio() } else { IDLE_PRIO };
        realtime::fetch(rq, here, now, running);
    }
    if stays && !was_idle {
        let t = prev.thread();
        let used_up = rq.used_up(t);
        if used_up {
            t.turn_began_ns.store(t.sum_exec_ns.load(Relaxed), Relaxed);
        }
        let yielding = reason == Reason::Yield;
        if !rq.better_waits(t, yielding || used_up && t.runs_realtime()) {
            t.picked_at_ns.store(t.sum_exec_ns.load(Relaxed), Relaxed);
            return None;
        }
        if yielding {
            rq.step_behind(t);
        }
        let next = rq.take_best()?;
        // A preempted FIFO thread stays first of its priority; one that had its turn goes to the back.
        rq.put(Arc::clone(prev), !yielding && !used_up);
        realtime::offer(t, here);
        return Some(next);
    }
    if rq.nobody_waits() {
        balance::pull_when_idle(rq, here, now);
    }
    match rq.take_best() {
        Some(next) => {
            if was_idle {
                IDLE.fetch_and(!cpu::bit(here), Relaxed);
            }
            Some(next)
        }
        None if was_idle => {
            IDLE.fetch_or(cpu::bit(here), Relaxed);
            None
        }
        None => {
            IDLE.fetch_or(cpu::bit(here), Relaxed);
            rq.idle.clone()
        }
    }
}

/// Books the change from one thread to the other; gives the processor's number back.
fn now_switching(prev: &Thread, next: &Thread, voluntary: bool, here: usize) -> usize {
    let now_tsc = machine::tsc();
    let (user, system) = prev.account_switch_out(now_tsc, voluntary);
    // The idle thread has no weight.
    if prev.weight.load(Relaxed) != 0 {
        stats::charge(here, user, system, prev.nice() > 0);
    }
    if prev.rseq.load(Relaxed) {
        machine::set_rseq(&prev.context);
    }
    next.account_switch_in(now_tsc);
    next.on_cpu.store(true, Relaxed);
    next.picked_at_ns.store(next.sum_exec_ns.load(Relaxed), Relaxed);
    next.exec_start_ns.store(prev.exec_start_ns.load(Relaxed), Relaxed);
    RUNNING_PRIO.of(here).store(next.prio(), Relaxed);
    stats::count_switch(here);
    here
}

/// The second half of a switch, on the new thread's stack with interrupts off: lets the old thread go. A new
/// thread calls it first of all (`ret_from_fork_upcall`, kernel threads' entry); others come by it anyway.
pub fn finish_switch() {
    let left = LEAVING.get().lock().take();
    let Some(prev) = left else { return };
    let t = prev.thread();
    let dead = t.state() & state::DEAD != 0;
    let moving = t.leaving_cpu.load(Relaxed);
    // From here on another processor may run it.
    t.on_cpu.store(false, Release);
    if dead {
        let grave = t.grave.lock().take();
        if let Some(mut grave) = grave {
            grave.0 = Some(prev);
            rcu::defer_drop_box(grave);
        }
    } else if moving {
        t.leaving_cpu.store(false, Relaxed);
        wake::place(prev, Arrival::Move);
    }
}

/// The running thread is `idle` from now on: the state in which a processor starts.
pub(crate) fn adopt_idle(here: usize, idle: ThreadRef) {
    let t = idle.thread();
    t.set_running();
    t.on_cpu.store(true, Relaxed);
    t.cpu.store(here as u32, Relaxed);
    t.exec_start_ns.store(machine::now_ns(), Relaxed);
    t.account_switch_in(machine::tsc());
    // No weight: it is never charged and never moves the queue's virtual time.
    t.weight.store(0, Relaxed);
    t.prio.store(IDLE_PRIO, Relaxed);
    let mut rq = RUN_QUEUES.of(here).lock();
    rq.curr = Some(Arc::clone(&idle));
    rq.idle = Some(idle);
}

#[cfg(test)]
#[path = "core_sched_tests.rs"]
mod tests;
