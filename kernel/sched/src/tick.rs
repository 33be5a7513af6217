//! The tick: runs only while threads share the processor or RCU has work, and not on an idle processor.

use crate::machine;
use crate::run_queue::{NR_RUNNING, RUN_QUEUES};
use crate::{TICK_NS, balance, kthread, realtime, timer};
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use sync::{PerCpu, rcu};

static TICKING: PerCpu<AtomicBool> = sync::per_cpu!(AtomicBool::new(false));

/// Makes this processor tick. Cheap when it does already.
#[inline]
pub(crate) fn start() {
    let ticking = TICKING.get();
    if !ticking.load(Relaxed) {
        ticking.store(true, Relaxed);
        timer::set_tick(machine::now_ns() + TICK_NS);
    }
}

/// The timer interrupt's upcall. Interrupts are off.
pub fn timer_interrupt() {
    let was_idle = rcu::irq_enter();
    if timer::expire() {
        tick();
    }
    rcu::irq_exit(was_idle);
}

/// The reschedule interrupt's upcall: the flags that the sender set are looked at on the way out; what is left
/// to do is to tick if this processor has become shared, and to look for real-time threads that wait elsewhere.
pub fn reschedule_interrupt() {
    let was_idle = rcu::irq_enter();
    let here = sync::cpu::id();
    if NR_RUNNING.of(here).load(Relaxed) > 1 {
        start();
    }
    if realtime::wait_elsewhere(here) {
        crate::hooks::with_current(|t| machine::set_need_resched(&t.context));
    }
    rcu::irq_exit(was_idle);
}

fn tick() {
    let here = sync::cpu::id();
    TICKING.of(here).store(false, Relaxed);
    let mut help = None;
    let mut rq = RUN_QUEUES.of(here).lock();
    if let Some(curr) = rq.curr.take() {
        let t = curr.thread();
        if !rq.is_idle_thread(&curr) {
            let now = machine::now_ns();
            rq.charge(t, now);
            rq.watch_over_fair(t, now);
            help = balance::tick(&mut rq, t, here, now);
            if rq.should_make_way(t) {
                machine::set_need_resched(&t.context);
            }
            if let Some(waiting) = rq.first_realtime() {
                realtime::offer(waiting, here);
            }
        }
        rq.curr = Some(curr);
    }
    drop(rq);
    if let Some(idle) = help {
        machine::send_reschedule(idle);
    }
    if rcu::tick() {
        kthread::wake_rcu(here);
    }
    let waiting_for_rcu = rcu::has_callbacks();
    if waiting_for_rcu {
        // The running thread may stay in user mode for long: its way through the scheduler is this
        // processor's quiescent moment.
        crate::hooks::with_current(|t| machine::set_need_resched(&t.context));
    }
    if NR_RUNNING.of(here).load(Relaxed) > 1 || waiting_for_rcu {
        start();
    }
}

/// What RCU asks of the scheduler.
pub(crate) fn rcu_hooks() -> rcu::Hooks {
    rcu::Hooks { queued: start, nudge, pause }
}

/// Lets others run for a moment; a signal of the waiting thread must not turn that into a busy loop.
fn pause() {
    crate::sleep_until_in(machine::now_ns() + TICK_NS / 4, crate::state::IDLE);
}

/// Makes the processors of `set` pass a quiescent moment: their running threads come by the scheduler.
fn nudge(set: u64) {
    let here = sync::cpu::id();
    for target in (0..machine::cpu_count()).filter(|cpu| set & sync::cpu::bit(*cpu) != 0) {
        let rq = RUN_QUEUES.of(target).lock();
        if let Some(curr) = rq.curr.as_ref() {
            machine::set_need_resched(&curr.thread().context);
        }
        drop(rq);
        if target != here {
            machine::send_reschedule(target);
        }
    }
}
