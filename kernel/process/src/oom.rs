//! When memory runs out and nothing can be reclaimed: the largest process is killed.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicI32, Ordering};

mod report;

pub use report::DUMP_TASKS;
use report::Wanted;

use crate::task::ExitState;
use crate::{Task, pid, signal};

/// vm.oom_kill_allocating_task: not the largest process is killed but the one that wants memory.
pub static KILL_ALLOCATING_TASK: AtomicI32 = AtomicI32::new(0);
/// vm.panic_on_oom.
pub static PANIC_ON_OOM: AtomicI32 = AtomicI32::new(0);
static KILLING: AtomicBool = AtomicBool::new(false);

/// How bad it is to keep a process, in pages: what it uses, corrected by
/// `oom_score_adj` thousandths of all memory; none for one that must not be killed.
fn badness(task: &Task, total_pages: u64) -> Option<i64> {
    let adj = i64::from(task.group.oom_score_adj());
    if task.tgid() <= 1 || task.is_kthread() || adj == -1000 || task.exit_state() != ExitState::Alive {
        return None;
    }
    let pages = task.mm()?.rss_pages() as i64;
    Some(pages + adj * (total_pages as i64 / 1000))
}

/// `/proc/PID/oom_score`.
pub fn oom_score(task: &Task) -> u64 {
    let total = hal::mem::frames::total() as u64;
    let points = badness(task, total).unwrap_or(0).max(0) as u64;
    points * 1000 / total.max(1)
}

/// Kills the process with the most to give, unless one that was killed is still on its way out. Called where a
/// page fault finds no memory, and without locks: it may give the processor away.
pub fn out_of_memory() {
    if !relieve_for(Wanted::User) {
        panic!("Out of memory and no killable processes...");
    }
}

/// As [`out_of_memory`], while the kernel's reserve still lasts; false if there is nobody to kill.
pub fn relieve() -> bool {
    relieve_for(Wanted::Kernel)
}

fn relieve_for(wanted: Wanted) -> bool {
    if KILLING.swap(true, Ordering::Acquire) {
        sched::yield_now();
        return true;
    }
    // Another process may have ended since memory was found short.
    if !hal::mem::frames::is_low() || hal::mem::frames::reclaim(1) && !hal::mem::frames::is_low() {
        KILLING.store(false, Ordering::Release);
        return true;
    }
    if mm::reclaim::drop_lazily_free() {
        KILLING.store(false, Ordering::Release);
        return true;
    }
    let choice = choose();
    let somebody = !matches!(choice, Choice::Nobody);
    if let Choice::Victim(victim) = choice {
        let asker = hal::thread::current_arc::<Task>();
        report::situation(wanted, &asker, &victim);
        if PANIC_ON_OOM.load(Ordering::Relaxed) != 0 {
            panic!("Out of memory: system-wide panic_on_oom is enabled");
        }
        report::killed(&victim);
        signal::kill_process(&victim);
    }
    KILLING.store(false, Ordering::Release);
    sched::yield_now();
    somebody
}

/// Waits until memory is no longer short, for calls that need much of it and would fail where Linux's wait. Without
/// locks. It gives up when nobody is left to kill, when the caller is killed, and in the end.
pub fn wait_for_memory(task: &Task) {
    const TRIES: u32 = 10_000;
    for _ in 0..TRIES {
        if !hal::mem::frames::is_low() || task.fatal_signal_pending() || !relieve() {
            return;
        }
    }
}

enum Choice {
    Victim(Arc<Task>),
    Dying,
    Nobody,
}

fn choose() -> Choice {
    let total = hal::mem::frames::total() as u64;
    let mut best: Option<(i64, Arc<Task>)> = None;
    let mut dying = false;
    pid::for_each_process(|task| {
        if task.group.exiting() && task.exit_state() == ExitState::Alive {
            dying = true;
        }
        let Some(points) = badness(task, total) else { return };
        if best.as_ref().is_none_or(|(most, _)| points > *most) {
            best = Some((points, task.clone()));
        }
    });
    // Where no process has much, memory went into the kernel's objects: descriptors, pipes, processes. Then it is
    // the one that asks for more which has to go.
    let small = best.as_ref().is_some_and(|(points, _)| (*points as u64) < total / 8);
    let asker_first = small || KILL_ALLOCATING_TASK.load(Ordering::Relaxed) != 0;
    let asker = asker_first.then(hal::thread::current_arc::<Task>);
    let asker = asker.and_then(|task| Some((badness(&task, total)?, task)));
    match asker.or(best) {
        _ if dying => Choice::Dying,
        Some((_, task)) => Choice::Victim(task),
        None => Choice::Nobody,
    }
}
