//! On the way back to user mode: takes signals off the queues and acts on them.

use core::sync::atomic::Ordering;

use abi::Errno;
use abi::call::X32_SYSCALL_BIT;
use hal::regs::PtRegs;
use hal::thread::flags as work;

use super::actions::{self, Action, sa};
use super::info::SigInfo;
use super::nr::{SIGKILL, SIGSEGV, SIGSTOP};
use super::set::{SigSet, bit};
use super::{crash_log, fault, frame, recalc_sigpending, stop, wait};
use crate::{Cx, coredump, exit, pid, posix_timer, rseq};

/// `restart_syscall`'s number in the 64-bit and x32 table.
const NR_RESTART_SYSCALL: u64 = 219;
/// And in the 32-bit one.
const NR_IA32_RESTART_SYSCALL: u64 = 0;
/// Length of `syscall` and of `int $0x80`.
const SYSCALL_INSN_LEN: u64 = 2;

/// One round of the work that the flags asked for (`todo`, as read from the thread's
/// flags): reschedule first, then signals, then resume notes. The door calls it with
/// interrupts on and rechecks the flags with interrupts off afterwards.
pub fn exit_to_user_mode_work(regs: &mut PtRegs, todo: u32) {
    if todo & work::NEED_RESCHED != 0 {
        sched::schedule();
    }
    if todo & (work::SIGPENDING | work::NOTIFY_SIGNAL) != 0 {
        Cx::with(regs, do_signal);
    }
    if todo & work::RSEQ != 0 {
        Cx::with(regs, |cx| rseq::resume(cx, 0));
    }
    if todo & work::NOTIFY_RESUME != 0 {
        hal::thread::with_current(|task: &crate::Task| task.thread.context.clear_flag(work::NOTIFY_RESUME));
        if hal::mem::frames::is_low() {
            crate::oom::relieve();
        }
    }
}

/// Handles signals until one has to run a handler or none is left, and restarts or ends
/// the interrupted system call.
pub fn do_signal(cx: &mut Cx<'_>) {
    if let Some((info, action)) = get_signal(cx) {
        handle(cx, &info, &action);
        return;
    }
    if let Some(errno) = interrupted(cx.regs) {
        if errno == Errno::ERESTART_RESTARTBLOCK {
            cx.regs.ax = restart_number(cx);
        } else {
            cx.regs.ax = cx.regs.orig_ax;
        }
        cx.regs.ip = cx.regs.ip.wrapping_sub(SYSCALL_INSN_LEN);
    }
    let saved = cx.task.rare.lock().saved_sigmask.take();
    if let Some(mask) = saved {
        wait::set_blocked(cx.task, SigSet(mask));
    }
}

/// The number of `restart_syscall` where the call came from that is to go on.
fn restart_number(cx: &Cx<'_>) -> u64 {
    match cx.task.rare.lock().restart {
        Some(block) if block.compat => NR_IA32_RESTART_SYSCALL,
        _ => NR_RESTART_SYSCALL | cx.regs.orig_ax & X32_SYSCALL_BIT,
    }
}

/// The restart code that a system call answered with, if one is on its way out.
fn interrupted(regs: &PtRegs) -> Option<Errno> {
    if (regs.orig_ax as i64) < 0 {
        return None;
    }
    let codes =
        [Errno::ERESTARTSYS, Errno::ERESTARTNOINTR, Errno::ERESTARTNOHAND, Errno::ERESTART_RESTARTBLOCK];
    codes.into_iter().find(|code| regs.ax as i64 == -i64::from(code.as_raw()))
}

/// The next signal with a handler; everything else (stops, ignored and fatal signals) is
/// dealt with inside.
fn get_signal(cx: &mut Cx<'_>) -> Option<(SigInfo, Action)> {
    loop {
        let task = cx.task;
        if stop::report_to_parent(cx) {
            continue;
        }
        if let Some(code) = dying(cx) {
            exit::do_group_exit(cx, code);
        }
        if task.jobctl.load(Ordering::Relaxed) & stop::JOBCTL_STOP_PENDING != 0 {
            stop::do_signal_stop(cx, 0);
            continue;
        }
        let info = dequeue(cx)?;
        let action = cx.sighand().take_for_delivery(info.signo);
        match action.handler {
            actions::SIG_IGN => continue,
            actions::SIG_DFL => default_action(cx, &info),
            _ => return Some((info, action)),
        }
    }
}

/// The wait status when the process is being killed, or another thread runs execve.
fn dying(cx: &Cx<'_>) -> Option<i32> {
    let state = cx.task.group.state.lock();
    if let Some(code) = state.exit_code {
        return Some(code);
    }
    let exec = state.exec_task.as_ref()?;
    (!core::ptr::eq(alloc::sync::Arc::as_ptr(exec), cx.task)).then_some(SIGKILL)
}

fn dequeue(cx: &Cx<'_>) -> Option<SigInfo> {
    let task = cx.task;
    let blocked = task.blocked_signals();
    let state = task.group.state.lock();
    let taken = task.pending.take(blocked).or_else(|| task.group.shared.take(blocked));
    if let Some((info, _)) = &taken
        && SigSet::STOP.contains(info.signo)
    {
        task.jobctl.fetch_or(stop::JOBCTL_STOP_DEQUEUED, Ordering::Relaxed);
    }
    recalc_sigpending(task);
    drop(state);
    taken.map(|(mut info, _node)| {
        posix_timer::delivered(&task.group, &mut info);
        info
    })
}

fn default_action(cx: &mut Cx<'_>, info: &SigInfo) {
    let signal = info.signo;
    let group = &cx.task.group;
    if SigSet::IGNORE.contains(signal) {
        return;
    }
    if group.unkillable.load(Ordering::Relaxed) && !SigSet::KERNEL_ONLY.contains(signal) {
        return;
    }
    if SigSet::STOP.contains(signal) {
        // Job control from the terminal must not stop what nobody could continue (POSIX).
        if signal == SIGSTOP || !pid::is_orphaned_pgrp(cx.task.pgrp()) {
            stop::do_signal_stop(cx, signal);
        }
        return;
    }
    cx.task.set_flag(crate::task::flags::PF_SIGNALED);
    if SigSet::CORE_DUMP.contains(signal) {
        crash_log::fatal(cx, signal);
        coredump::do_coredump(cx, info);
    }
    exit::do_group_exit(cx, signal);
}

/// Arranges for the handler to run when the thread returns to user mode.
fn handle(cx: &mut Cx<'_>, info: &SigInfo, action: &Action) {
    if let Some(errno) = interrupted(cx.regs) {
        let restart =
            errno == Errno::ERESTARTNOINTR || errno == Errno::ERESTARTSYS && action.flags & sa::RESTART != 0;
        if restart {
            cx.regs.ax = cx.regs.orig_ax;
            cx.regs.ip = cx.regs.ip.wrapping_sub(SYSCALL_INSN_LEN);
        } else {
            cx.regs.ax = (-i64::from(Errno::EINTR.as_raw())) as u64;
        }
    }
    rseq::before_handler(cx, info.signo);
    let saved = cx.task.rare.lock().saved_sigmask.take();
    let old_mask = saved.unwrap_or(cx.task.blocked.load(Ordering::Relaxed));
    if frame::setup(cx, info, action, old_mask).is_err() {
        if info.signo == SIGSEGV {
            force_fatal_segv(cx);
        } else {
            fault::force_sig(cx, SIGSEGV);
        }
        return;
    }
    let mut blocked = cx.task.blocked.load(Ordering::Relaxed) | action.mask;
    if action.flags & sa::NODEFER == 0 {
        blocked |= bit(info.signo);
    }
    wait::set_blocked(cx.task, SigSet(blocked));
}

/// The handler of SIGSEGV can't be reached: nothing is left but to die of it.
fn force_fatal_segv(cx: &mut Cx<'_>) {
    cx.sighand().set(SIGSEGV, Action::default());
    fault::force_sig(cx, SIGSEGV);
}

/// Puts `mask` in place while a call waits (ppoll, pselect6, epoll_pwait) and notes the old
/// one, which comes back when the call ends: pass `true` to the result's `finish` when
/// the wait was interrupted, so that the handler still runs under `mask`.
pub fn sigmask_for_wait(cx: &Cx<'_>, mask: SigSet) -> SavedMask {
    let old = cx.task.blocked_signals();
    wait::set_blocked(cx.task, mask.without(SigSet::KERNEL_ONLY));
    SavedMask(old)
}

/// The mask that was in place before a wait.
#[must_use]
pub struct SavedMask(SigSet);

impl SavedMask {
    /// Ends the wait.
    pub fn finish(self, cx: &Cx<'_>, interrupted: bool) {
        if interrupted {
            cx.task.rare.lock().saved_sigmask = Some(self.0.0);
            cx.task.set_signal_pending();
        } else {
            wait::set_blocked(cx.task, self.0);
        }
    }
}
