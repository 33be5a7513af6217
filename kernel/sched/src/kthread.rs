//! Kernel threads.

use crate::core_sched::finish_switch;
use crate::hooks::hooks;
use crate::run_queue::ACTIVE;
use crate::thread::{ThreadRef, state};
use crate::wait::WaitQueue;
use crate::{load, machine, wake};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use sync::cpu::bit;
use sync::{PerCpu, SpinLock, rank, rcu};

/// What a kernel thread does; it ends when this returns.
pub type KthreadFn = Box<dyn FnOnce() + Send>;

/// What the threads that have been made and have not begun yet will do, by number.
static TO_BEGIN: SpinLock<BTreeMap<usize, KthreadFn>> = SpinLock::new(rank::SPIN_LEAF, BTreeMap::new());
static NEXT: AtomicUsize = AtomicUsize::new(1);

/// Starts a kernel thread; none if there is no memory for it.
pub fn spawn_kthread(name: &str, work: impl FnOnce() + Send + 'static) -> Option<ThreadRef> {
    spawn_kthread_on(name, u64::MAX, work)
}

/// Starts a kernel thread that runs only on the processors of `affinity`.
pub fn spawn_kthread_on(
    name: &str,
    affinity: u64,
    work: impl FnOnce() + Send + 'static,
) -> Option<ThreadRef> {
    let number = NEXT.fetch_add(1, Relaxed);
    let work: KthreadFn = Box::new(work);
    TO_BEGIN.lock().insert(number, work);
    let Some(thread) = (hooks().create_kthread)(name, entry, number) else {
        let unused = TO_BEGIN.lock().remove(&number);
        drop(unused);
        return None;
    };
    thread.thread().affinity.store(affinity, Relaxed);
    wake::enqueue_new(ThreadRef::clone(&thread));
    Some(thread)
}

/// The first code of a kernel thread, with interrupts off as after every switch.
fn entry(number: usize) {
    finish_switch();
    machine::irq_enable();
    let work = TO_BEGIN.lock().remove(&number);
    if let Some(work) = work {
        work();
    }
    (hooks().exit_kthread)()
}

static RCU_WORK: PerCpu<WaitQueue> = sync::per_cpu!(WaitQueue::new());

/// Deferred work of RCU is ready on processor `here`.
pub(crate) fn wake_rcu(here: usize) {
    RCU_WORK.of(here).wake_all();
}

/// Starts the scheduler's own threads and timers; once, on the first processor, when tasks can be made and all
/// processors are counted.
pub fn start_services() {
    load::start();
    for target in 0..machine::cpu_count() {
        let work = move || {
            loop {
                // The wait's condition runs on this processor: the thread is bound to it.
                RCU_WORK.of(target).wait(state::IDLE, None, rcu::advance);
                rcu::run_callbacks();
            }
        };
        // Bound at once if the processor is there; a late one takes its thread over when it comes.
        let bound = bit(target) & ACTIVE.load(Relaxed);
        let affinity = if bound != 0 { bound } else { bit(target) };
        spawn_kthread_on(&format!("rcuc/{target}"), affinity, work);
    }
}
