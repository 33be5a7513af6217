//! Sending: queueing a signal and choosing the thread that will take it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use abi::Errno;
use hal::thread::flags as work;

use super::info::{SigInfo, code};
use super::nr::*;
use super::set::{SigSet, bit};
use super::{Node, actions, stop};
use crate::group::GroupState;
use crate::rlimit::RLIMIT_SIGPENDING;
use crate::task::ExitState;
use crate::{Task, pid};

/// Whom a signal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This thread.
    Thread,
    /// The process: any thread that doesn't block it.
    Process,
}

/// Sends a signal without a permission check. `EAGAIN` when a queued signal (one with
/// details that must not get lost) exceeds RLIMIT_SIGPENDING. Callable from interrupt
/// handlers.
pub fn send_signal(info: SigInfo, target: &Arc<Task>, scope: Scope) -> Result<(), Errno> {
    let node = make_node(&info, target)?;
    let group = &target.group;
    let rest = {
        let mut state = group.state.lock();
        send_locked(&mut state, info.signo, node, target, scope, info.from_kernel())
    };
    drop(rest);
    Ok(())
}

/// Sends `signal` from the kernel to a process; nothing happens when it doesn't exist.
pub fn send_to_process(tgid: i32, signal: i32) {
    if let Some(task) = pid::find_task(tgid) {
        signal_task(&task, signal);
    }
}

/// Sends `signal` from the kernel to the task's process.
pub fn signal_task(task: &Arc<Task>, signal: i32) {
    // A signal from the kernel is never refused for want of queue space.
    let _ = send_signal(SigInfo::kernel(signal), task, Scope::Process);
}

/// Sends `signal` from the kernel to every process of a group; `false` when it is empty.
pub fn signal_pgrp(pgid: i32, signal: i32) -> bool {
    signal_pgrp_info(pgid, SigInfo::kernel(signal), |_| Ok(())) == Ok(())
}

/// Sends a signal to every process of a group that `allowed` admits. `ESRCH` for an empty
/// group; otherwise success if one was reached, else the last error.
pub fn signal_pgrp_info(
    pgid: i32,
    info: SigInfo,
    allowed: impl Fn(&Arc<Task>) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let tree = pid::tree();
    let mut result = Err(Errno::ESRCH);
    let Some(group) = tree.groups.get(&pgid) else { return result };
    for member in group.members.keys() {
        let Some(task) = pid::find_task(*member) else { continue };
        let sent = allowed(&task)
            .and_then(|()| if info.signo == 0 { Ok(()) } else { send_signal(info, &task, Scope::Process) });
        if result != Ok(()) {
            result = sent;
        }
    }
    result
}

fn make_node(info: &SigInfo, target: &Arc<Task>) -> Result<Option<Box<Node>>, Errno> {
    if info.signo == SIGKILL || target.is_kthread() {
        return Ok(None);
    }
    let limit = target.group.rlimit(RLIMIT_SIGPENDING);
    let must = info.signo < SIGRTMIN && info.code >= 0;
    let node = Node::new(*info, target.user.get(), limit, must);
    if node.is_none() && info.signo >= SIGRTMIN && info.code != code::SI_USER {
        return Err(Errno::EAGAIN);
    }
    Ok(node)
}

/// Sends with the group's lock held; hands back a node that wasn't needed, to be dropped
/// after the lock.
pub(crate) fn send_locked(
    state: &mut GroupState,
    signal: i32,
    node: Option<Box<Node>>,
    target: &Arc<Task>,
    scope: Scope,
    force: bool,
) -> Option<Box<Node>> {
    if target.exit_state() != ExitState::Alive && scope == Scope::Thread {
        return node;
    }
    if !prepare(state, signal, target, force) {
        return node;
    }
    let pending = if scope == Scope::Thread { &target.pending } else { &target.group.shared };
    if signal < SIGRTMIN && pending.set().contains(signal) {
        return node;
    }
    let rest = pending.push(signal, node);
    target.group.signalfd.wake_all();
    complete(state, signal, target, scope);
    rest
}

/// Job control happens when a signal is sent, not when it is delivered: a stop signal
/// cancels SIGCONT and the other way round. Says whether to queue the signal.
fn prepare(state: &mut GroupState, signal: i32, target: &Arc<Task>, force: bool) -> bool {
    let group = &target.group;
    if state.exit_code.is_some() {
        // Already dying: only SIGKILL could still matter, and it is on its way.
        return signal == SIGKILL;
    }
    if SigSet::STOP.contains(signal) {
        let cont = SigSet(bit(SIGCONT));
        group.shared.flush(cont);
        state.threads.iter().for_each(|thread| thread.pending.flush(cont));
    } else if signal == SIGCONT {
        group.shared.flush(SigSet::STOP);
        stop::resume_group(state);
    }
    !is_ignored(target, signal, force)
}

fn is_ignored(target: &Task, signal: i32, force: bool) -> bool {
    let blocked = target.blocked.load(Ordering::Relaxed) | target.real_blocked.load(Ordering::Relaxed);
    if blocked & bit(signal) != 0 {
        // The action may have changed by the time it is unblocked.
        return false;
    }
    if target.trace.is_traced() && signal != SIGKILL {
        return false;
    }
    let Some(sighand) = target.sighand() else { return true };
    let unkillable = target.group.unkillable.load(Ordering::Relaxed) || target.is_kthread();
    let action = sighand.get(signal);
    if unkillable && action.handler == actions::SIG_DFL && !(force && SigSet::KERNEL_ONLY.contains(signal)) {
        return true;
    }
    sighand.ignores(signal)
}

/// Finds a thread that can take the signal and wakes it; starts the end of the process
/// right away when the signal is fatal, so that no thread runs on in user mode.
fn complete(state: &mut GroupState, signal: i32, target: &Arc<Task>, scope: Scope) {
    let chosen = if wants(target, signal) {
        Some(target.clone())
    } else if scope == Scope::Thread {
        None
    } else {
        next_target(state, signal)
    };
    let Some(chosen) = chosen else { return };
    if is_fatal(state, &chosen, signal) && !SigSet::CORE_DUMP.contains(signal) {
        // Also where a core is being written: SIGKILL ends that.
        state.exit_code = Some(signal);
        state.stop_count = 0;
        for thread in &state.threads {
            kill_thread(thread);
        }
        return;
    }
    wake_for_signal(&chosen, signal == SIGKILL);
}

/// The first thread that can take a signal of the process, from the one on that took the last.
fn next_target(state: &mut GroupState, signal: i32) -> Option<Arc<Task>> {
    let last = state.threads.iter().position(|thread| thread.pid() == state.curr_target).unwrap_or(0);
    let mut round = state.threads.iter().cycle().skip(last).take(state.threads.len());
    let chosen = round.find(|thread| wants(thread, signal)).cloned()?;
    state.curr_target = chosen.pid();
    Some(chosen)
}

/// Whether a thread can take it soon: one that sleeps with another signal to handle first can't.
fn wants(task: &Task, signal: i32) -> bool {
    if task.blocked.load(Ordering::Relaxed) & bit(signal) != 0 || task.exiting() {
        return false;
    }
    if signal == SIGKILL {
        return true;
    }
    !task.is_stopped_or_traced() && (task.thread.on_cpu() || !task.signal_pending())
}

fn is_fatal(state: &GroupState, task: &Task, signal: i32) -> bool {
    let default = task.sighand().is_some_and(|sighand| sighand.get(signal).handler == actions::SIG_DFL);
    default
        && !SigSet::IGNORE.contains(signal)
        && !SigSet::STOP.contains(signal)
        && (state.exit_code.is_none() || state.core.is_some())
        && task.real_blocked.load(Ordering::Relaxed) & bit(signal) == 0
        && (signal == SIGKILL || !task.trace.is_traced())
}

/// Makes one thread of a dying process die.
pub(crate) fn kill_thread(task: &Arc<Task>) {
    task.jobctl.store(0, Ordering::Relaxed);
    task.pending.mark(SIGKILL);
    wake_for_signal(task, true);
}

/// Kills every other thread of the process; how many there are that still run.
pub(crate) fn zap_other_threads(state: &mut GroupState, me: &Task) -> usize {
    state.stop_count = 0;
    let mut count = 0;
    for thread in &state.threads {
        if core::ptr::eq(Arc::as_ptr(thread), me) {
            continue;
        }
        // A dead leader doesn't run any more, but execve still has to wait for the rest.
        if thread.exit_state() == ExitState::Alive {
            kill_thread(thread);
        }
        count += 1;
    }
    count
}

/// Tells a thread that it has a signal and gets it out of an interruptible sleep (out of
/// a killable one or a stop too, with `fatal`).
pub(crate) fn wake_for_signal(task: &Arc<Task>, fatal: bool) {
    task.thread.context.set_flag(work::SIGPENDING);
    crate::sleep::wake_for_signal(task, fatal);
}

/// Sets or clears the work flag after a change of masks or queues.
pub(crate) fn recalc_sigpending(task: &Task) {
    let blocked = SigSet(task.blocked.load(Ordering::Relaxed));
    let ready = task.pending.set().0 | task.group.shared.set().0;
    if ready & !blocked.0 != 0 || task.jobctl.load(Ordering::Relaxed) & stop::JOBCTL_WORK != 0 {
        task.thread.context.set_flag(work::SIGPENDING);
    } else {
        task.thread.context.clear_flag(work::SIGPENDING);
    }
}

impl Task {
    /// Makes the running system call be abandoned for signal handling.
    pub fn set_signal_pending(&self) {
        self.thread.context.set_flag(work::SIGPENDING);
    }

    /// Whether a signal waits to be handled.
    #[inline]
    pub fn signal_pending(&self) -> bool {
        self.thread.context.flags() & work::SIGPENDING != 0
    }

    /// Whether the process is being killed.
    pub fn fatal_signal_pending(&self) -> bool {
        self.signal_pending() && self.pending.set().contains(SIGKILL)
    }
}
