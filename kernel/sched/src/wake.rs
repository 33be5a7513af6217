//! Waking: from a sleeping state into a run queue.

use crate::balance;
use crate::machine;
use crate::run_queue::{Arrival, NR_RUNNING, RUN_QUEUES, counts_as_load};
use crate::stats;
use crate::thread::{Thread, ThreadRef, state};
use crate::{realtime, tick, timer};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{Ordering, Ordering::Relaxed, fence};
use sync::cpu;

/// Wakes a sleeping thread; false if it was not asleep. What the waker wrote before is visible to the woken
/// thread. From any context.
#[inline]
pub fn wake_up(thread: &ThreadRef) -> bool {
    wake_state(thread, state::NORMAL)
}

/// Wakes a thread if its state has one of the bits of `mask`.
pub fn wake_state(thread: &ThreadRef, mask: u32) -> bool {
    let t = thread.thread();
    // Orders the waker's condition before the look at the state; the sleeper sets its state (a full barrier)
    // before it looks at the condition.
    fence(Ordering::SeqCst);
    loop {
        if t.state.load(Relaxed) & mask == 0 {
            return false;
        }
        let home = t.cpu();
        let mut rq = RUN_QUEUES.of(home).lock();
        if t.cpu() != home {
            continue;
        }
        let bits = t.state.load(Relaxed);
        if bits & mask == 0 {
            return false;
        }
        // The thread itself changes its state without the lock.
        if t.state.compare_exchange(bits, state::RUNNING, Ordering::SeqCst, Relaxed).is_err() {
            continue;
        }
        if t.on_rq.load(Relaxed) {
            // It has not left its processor yet: it finds itself runnable and goes on.
            return true;
        }
        if counts_as_load(bits) {
            stats::UNINTERRUPTIBLE.fetch_sub(1, Relaxed);
        }
        // While a processor still saves its registers only that processor may run it again, and will, after
        // it has finished.
        let target = if t.on_cpu() { home } else { balance::choose_for_wake(&rq, t, home) };
        if target == home {
            let now = machine::now_ns();
            rq.arrive(home, Arc::clone(thread), Arrival::Wake, now);
            let preempts = rq.preempt_for(t, Arrival::Wake);
            drop(rq);
            notify(home, preempts);
            if !preempts {
                realtime::offer(t, home);
            }
        } else {
            drop(rq);
            join(target, Arc::clone(thread), Arrival::Wake);
        }
        return true;
    }
}

/// Puts a runnable thread that belongs to no queue into that of `target`.
pub(crate) fn join(target: usize, thread: ThreadRef, how: Arrival) {
    let mut rq = RUN_QUEUES.of(target).lock();
    let now = machine::now_ns();
    rq.arrive(target, Arc::clone(&thread), how, now);
    let preempts = rq.preempt_for(thread.thread(), how);
    drop(rq);
    notify(target, preempts);
    if !preempts {
        realtime::offer(thread.thread(), target);
    }
}

/// Puts a runnable thread that belongs to no queue where it is allowed and there is least to do.
pub(crate) fn place(thread: ThreadRef, how: Arrival) {
    let target = balance::choose_least_loaded(thread.thread());
    join(target, thread, how);
}

/// After a thread has joined `target`: makes that processor look, if it must.
#[inline]
pub(crate) fn notify(target: usize, preempts: bool) {
    let here = cpu::id();
    if target != here {
        // Its own tick starts there too, when two threads have to share it now.
        if preempts || NR_RUNNING.of(target).load(Relaxed) == 2 {
            balance::no_longer_idle(target);
            machine::send_reschedule(target);
        }
    } else if NR_RUNNING.of(here).load(Relaxed) > 1 {
        tick::start();
    }
}

/// Starts a new thread, on the processor with the least to do.
pub fn enqueue_new(thread: ThreadRef) {
    reserve_room();
    let t = thread.thread();
    // It waits half a slice behind those who are there already.
    t.vruntime.store(crate::fair::virtual_ns(crate::fair::SLICE_NS / 2, t.weight.load(Relaxed)), Relaxed);
    t.exec_start_ns.store(machine::now_ns(), Relaxed);
    t.set_running();
    place(thread, Arrival::New);
}

/// Makes sure that every queue could hold every thread, so that none allocates under its lock.
fn reserve_room() {
    let threads = stats::threads() as usize + 1;
    timer::reserve_room(threads);
    for target in 0..machine::cpu_count() {
        let queue = RUN_QUEUES.of(target);
        let mut wanted = 0;
        loop {
            let fresh = [Vec::with_capacity(wanted), Vec::with_capacity(wanted)];
            let mut rq = queue.lock();
            if rq.fair_capacity() >= threads {
                break;
            }
            if wanted >= threads {
                let [fair, realtime] = fresh;
                let old = rq.replace_storage(fair, realtime);
                drop(rq);
                drop(old);
                break;
            }
            wanted = (threads * 2).max(64);
        }
    }
}

/// A signal for a thread, which has its flag set already: wakes it from interruptible sleep, and out of
/// killable sleep and stops if the signal is fatal. A running one is interrupted so that it sees the flag.
pub fn signal_wake_up(thread: &ThreadRef, fatal: bool) {
    let t = thread.thread();
    let mut mask = state::INTERRUPTIBLE;
    if fatal {
        t.set_fatal_signal();
        mask |= state::WAKEKILL;
    }
    if !wake_state(thread, mask) {
        kick(t);
    }
}

/// Makes a thread that runs on another processor pass through the kernel's exit, where it sees its flags.
pub fn kick(t: &Thread) {
    let where_it_runs = t.cpu();
    if t.on_cpu() && where_it_runs != cpu::id() {
        machine::send_reschedule(where_it_runs);
    }
}
