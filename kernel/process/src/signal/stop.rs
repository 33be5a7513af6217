//! Group stops (job control): all threads of a process stop and continue together, and
//! the parent hears of it once.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use super::info::code::{CLD_CONTINUED, CLD_STOPPED};
use super::set::SigSet;
use super::{recalc_sigpending, wake_for_signal};
use crate::group::GroupState;
use crate::task::ExitState;
use crate::{Cx, Task, exit};

/// The thread shall take part in a group stop.
pub(crate) const JOBCTL_STOP_PENDING: u32 = 1;
/// The thread took a stop signal off the queue and no SIGCONT came since.
pub(crate) const JOBCTL_STOP_DEQUEUED: u32 = 2;
/// The thread sleeps in a group stop.
pub(crate) const JOBCTL_STOPPED: u32 = 4;
/// The thread sleeps in a ptrace stop.
pub(crate) const JOBCTL_TRACED: u32 = 8;
/// The thread shall tell the parent about a continuation.
pub(crate) const JOBCTL_NOTIFY: u32 = 16;
/// What makes a thread go through get_signal.
pub(crate) const JOBCTL_WORK: u32 = JOBCTL_STOP_PENDING | JOBCTL_NOTIFY;

impl Task {
    /// Whether the thread sleeps in a stop.
    pub fn is_stopped_or_traced(&self) -> bool {
        self.jobctl.load(Ordering::Relaxed) & (JOBCTL_STOPPED | JOBCTL_TRACED) != 0
    }
}

/// SIGCONT was sent: ends the stop (or calls it off) and notes what to tell the parent.
pub(super) fn resume_group(state: &mut GroupState) {
    for thread in &state.threads {
        thread.pending.flush(SigSet::STOP);
        thread
            .jobctl
            .fetch_and(!(JOBCTL_STOP_PENDING | JOBCTL_STOP_DEQUEUED | JOBCTL_STOPPED), Ordering::Relaxed);
        crate::sleep::wake_stopped(thread);
    }
    if state.stopped {
        state.notify_parent = CLD_CONTINUED;
    } else if state.stop_count > 0 {
        // Not everybody had stopped: the parent learns of the stop, then runs wait.
        state.notify_parent = CLD_STOPPED;
    } else {
        return;
    }
    state.continued = state.stopped;
    state.stopped = false;
    state.stop_count = 0;
    // Some thread passes get_signal on its way out and does the telling.
    if let Some(thread) = state.threads.iter().find(|thread| !thread.exiting()) {
        thread.jobctl.fetch_or(JOBCTL_NOTIFY, Ordering::Relaxed);
        wake_for_signal(thread, false);
    }
}

/// Stops the running thread: starts a group stop with `signal`, or joins the one that is
/// under way (`signal` 0). `false` when a SIGCONT or the process's end got in between.
pub(super) fn do_signal_stop(cx: &Cx<'_>, signal: i32) -> bool {
    let task = cx.task;
    let group = &task.group;
    let mut state = group.state.lock();
    if signal != 0 && !start(&mut state, task, signal) {
        return false;
    }
    if task.jobctl.fetch_and(!JOBCTL_STOP_PENDING, Ordering::Relaxed) & JOBCTL_STOP_PENDING == 0 {
        return false;
    }
    let last = participate(&mut state);
    task.jobctl.fetch_or(JOBCTL_STOPPED, Ordering::Relaxed);
    drop(state);
    if last {
        exit::notify_parent_stopped(group, CLD_STOPPED);
    }
    crate::sleep::sleep_stopped(task);
    let state = group.state.lock();
    task.jobctl.fetch_and(!JOBCTL_STOPPED, Ordering::Relaxed);
    recalc_sigpending(task);
    drop(state);
    true
}

fn start(state: &mut GroupState, task: &Task, signal: i32) -> bool {
    let dequeued =
        task.jobctl.fetch_and(!JOBCTL_STOP_DEQUEUED, Ordering::Relaxed) & JOBCTL_STOP_DEQUEUED != 0;
    if !dequeued || state.exit_code.is_some() || state.exec_task.is_some() {
        return false;
    }
    if task.jobctl.load(Ordering::Relaxed) & JOBCTL_STOP_PENDING != 0 {
        return true;
    }
    state.stop_signal = signal;
    state.stop_reported = false;
    state.continued = false;
    state.stop_count = 0;
    for thread in &state.threads {
        let bits = thread.jobctl.load(Ordering::Relaxed);
        if thread.exit_state() != ExitState::Alive || thread.exiting() || bits & JOBCTL_STOPPED != 0 {
            continue;
        }
        thread.jobctl.fetch_or(JOBCTL_STOP_PENDING, Ordering::Relaxed);
        state.stop_count += 1;
        if !core::ptr::eq(Arc::as_ptr(thread), task) {
            wake_for_signal(thread, false);
        }
    }
    true
}

/// Counts one thread as stopped; whether it was the last.
fn participate(state: &mut GroupState) -> bool {
    state.stop_count = state.stop_count.saturating_sub(1);
    if state.stop_count > 0 || state.stopped {
        return false;
    }
    state.stopped = true;
    true
}

/// An exiting thread no longer takes part in a stop; tells the parent if it was the last.
pub(crate) fn notify_stop_as_exiting(task: &Task) {
    let group = &task.group;
    let mut state = group.state.lock();
    let pending = task.jobctl.fetch_and(!JOBCTL_STOP_PENDING, Ordering::Relaxed) & JOBCTL_STOP_PENDING != 0;
    let last = pending && state.exit_code.is_none() && participate(&mut state);
    drop(state);
    if last {
        exit::notify_parent_stopped(group, CLD_STOPPED);
    }
}

/// Tells the parent what a SIGCONT noted; whether there was something to tell.
pub(super) fn report_to_parent(cx: &Cx<'_>) -> bool {
    let group = &cx.task.group;
    cx.task.jobctl.fetch_and(!JOBCTL_NOTIFY, Ordering::Relaxed);
    let why = core::mem::take(&mut group.state.lock().notify_parent);
    if why == 0 {
        return false;
    }
    exit::notify_parent_stopped(group, why);
    true
}
