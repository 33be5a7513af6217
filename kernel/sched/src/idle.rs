//! The idle thread of each processor.

use crate::core_sched::{adopt_idle, schedule};
use crate::run_queue::{ACTIVE, IDLE, NR_RUNNING};
use crate::thread::ThreadRef;
use crate::{balance, kthread, machine, stats, tick};
use core::sync::atomic::Ordering::Relaxed;
use sync::cpu::{bit, irq_save};
use sync::rcu;

/// How often an idle processor tries to take work from others before it sleeps: what waits there may have to
/// stay there. The tick of a processor where somebody waits wakes an idle one.
const TRIES: u32 = 4;

/// Makes processor `here` (the one that this runs on) take threads; `idle` is the thread that runs now and
/// that will be its idle thread. process has made hal adopt it as the running task before.
pub fn start_cpu(here: usize, idle: ThreadRef) {
    adopt_idle(here, idle);
    rcu::set_hooks(tick::rcu_hooks());
    rcu::cpu_online(here);
    ACTIVE.fetch_or(bit(here), Relaxed);
}

/// The idle loop of processor `here`: gives way whenever there is a thread, sleeps otherwise.
pub fn run_idle(here: usize) -> ! {
    IDLE.fetch_or(bit(here), Relaxed);
    machine::irq_enable();
    let mut in_vain = 0;
    loop {
        if rcu::advance() {
            kthread::wake_rcu(here);
        }
        if !machine::need_resched() && NR_RUNNING.of(here).load(Relaxed) == 0 {
            if in_vain < TRIES && balance::work_elsewhere(here) {
                in_vain += 1;
            } else {
                rest(here);
                in_vain = 0;
            }
        }
        schedule();
    }
}

/// Sleeps until an interrupt, unless one has brought work meanwhile.
fn rest(here: usize) {
    if rcu::has_callbacks() {
        tick::start();
    }
    stats::rest_begins(here);
    // Between the look at the flag and the halt no interrupt may bring work unseen.
    let irqs = irq_save();
    if !machine::need_resched() {
        rcu::idle_enter();
        machine::wait_for_interrupt();
        rcu::idle_exit();
    }
    irqs.restore();
    stats::rest_ends(here);
}
