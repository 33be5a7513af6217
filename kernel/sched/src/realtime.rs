//! Real-time threads over all processors: the best of all run, not the best of each processor (sched(7)).
//!
//! A processor says how important its thread is; who has a real-time thread waiting sends it, or rather has it fetched.
//! Both look without locks, so that one may miss the other; then the tick of the processor where somebody waits
//! tries again.

use crate::machine;
use crate::policy::IDLE_PRIO;
use crate::run_queue::{Arrival, RUN_QUEUES, RunQueue};
use crate::thread::Thread;
use core::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};
use sync::{PerCpu, cpu};

/// The `prio` of the thread that each processor runs.
pub(crate) static RUNNING_PRIO: PerCpu<AtomicI32> = sync::per_cpu!(AtomicI32::new(IDLE_PRIO));
/// The processors where real-time threads wait.
static WAITING: AtomicU64 = AtomicU64::new(0);

/// Notes that real-time threads wait at `home`.
#[inline]
pub(crate) fn note_waiting(home: usize) {
    if WAITING.load(Relaxed) & cpu::bit(home) == 0 {
        WAITING.fetch_or(cpu::bit(home), Relaxed);
    }
}

/// Notes that none waits there any more.
#[inline]
pub(crate) fn note_none_waits(home: usize) {
    WAITING.fetch_and(!cpu::bit(home), Relaxed);
}

/// Whether a real-time thread waits on another processor.
#[inline(always)]
pub(crate) fn wait_elsewhere(here: usize) -> bool {
    WAITING.load(Relaxed) & !cpu::bit(here) != 0
}

/// The allowed processor, other than `home`, that runs what matters least, if that matters less than `t`.
pub(crate) fn better_place(t: &Thread, home: usize) -> Option<usize> {
    let allowed = t.affinity() & crate::balance::active() & !cpu::bit(home);
    (0..machine::cpu_count())
        .filter(|target| allowed & cpu::bit(*target) != 0)
        .map(|target| (RUNNING_PRIO.of(target).load(Relaxed), target))
        .filter(|(prio, _)| *prio > t.prio())
        .max_by_key(|(prio, _)| *prio)
        .map(|(_, target)| target)
}

/// `t` waits at `home` for something better: has it fetched by a processor that runs something worse.
pub(crate) fn offer(t: &Thread, home: usize) {
    if t.runs_realtime()
        && let Some(target) = better_place(t, home)
    {
        machine::send_reschedule(target);
    }
}

/// Fetches the best real-time thread that waits on another processor, if it is better than what this one has: what it
/// runs has priority `running`.
pub(crate) fn fetch(rq: &mut RunQueue, here: usize, now: u64, running: i32) {
    let others = WAITING.load(Relaxed);
    for other in (0..machine::cpu_count()).filter(|other| *other != here && others & cpu::bit(*other) != 0) {
        let best_here = rq.first_realtime_prio().unwrap_or(IDLE_PRIO).min(running);
        // Only tried: two processors that fetch from each other must not wait for each other.
        let Some(mut other) = RUN_QUEUES.of(other).try_lock() else { continue };
        let wanted = |t: &Thread| t.affinity() & cpu::bit(here) != 0 && !t.on_cpu() && t.prio() < best_here;
        if let Some(thread) = other.take_best_realtime(wanted) {
            other.depart(thread.thread(), now);
            rq.arrive(here, thread, Arrival::Move, now);
            // This processor may be shared now and has to tick; its own queue's lock is held, so it tells itself.
            machine::send_reschedule(here);
        }
    }
}
