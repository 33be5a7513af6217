//! Masks, waiting for signals, and the alternate stack.

use core::sync::atomic::Ordering;

use abi::Errno;

use super::info::SigInfo;
use super::nr::SIGKILL;
use super::set::SigSet;
use super::{recalc_sigpending, wake_for_signal};
use crate::task::AltStack;
use crate::{Cx, Task};

/// Smallest alternate stack that is accepted.
pub const MINSIGSTKSZ: u64 = 2048;

/// `ss_flags` (sigaltstack(2)).
#[allow(missing_docs)]
pub mod ss {
    pub const ONSTACK: u32 = 1;
    pub const DISABLE: u32 = 2;
    pub const AUTODISARM: u32 = 1 << 31;
}

/// Sets the running task's mask. Shared signals that it no longer takes go to the other
/// threads.
pub fn set_blocked(task: &Task, mask: SigSet) {
    let group = &task.group;
    let state = group.state.lock();
    let old = SigSet(task.blocked.swap(mask.0, Ordering::Relaxed));
    let retarget = SigSet(group.shared.set().0 & mask.0 & !old.0);
    if retarget != SigSet::EMPTY && state.threads.len() > 1 {
        for thread in &state.threads {
            let takes = retarget.without(thread.blocked_signals());
            if takes != SigSet::EMPTY
                && !thread.exiting()
                && !core::ptr::eq(alloc::sync::Arc::as_ptr(thread), task)
            {
                wake_for_signal(thread, false);
            }
        }
    }
    recalc_sigpending(task);
    drop(state);
}

/// As [`set_blocked`], for a mask that a program gave: SIGKILL and SIGSTOP stay unblocked.
pub fn set_user_sigmask(task: &Task, mask: SigSet) {
    let mask = mask.without(SigSet::KERNEL_ONLY);
    if mask == task.blocked_signals() {
        return;
    }
    set_blocked(task, mask);
}

/// rt_sigsuspend(2): waits under `mask` for a handler to run.
pub fn sigsuspend(cx: &Cx<'_>, mask: SigSet) -> Errno {
    let old = cx.task.blocked_signals();
    set_user_sigmask(cx.task, mask);
    crate::sleep::wait_for_signal(None);
    cx.task.rare.lock().saved_sigmask = Some(old.0);
    cx.task.set_signal_pending();
    Errno::ERESTARTNOHAND
}

/// pause(2): waits for a handler to run.
pub fn pause(_cx: &Cx<'_>) -> Errno {
    crate::sleep::wait_for_signal(None);
    Errno::ERESTARTNOHAND
}

/// rt_sigtimedwait(2): takes a pending signal of `set`, waiting until `deadline_ns`
/// (monotonic; none waits for ever). `EAGAIN` at the deadline, `EINTR` when another
/// signal came.
pub fn sigtimedwait(cx: &Cx<'_>, set: SigSet, deadline_ns: Option<u64>) -> Result<SigInfo, Errno> {
    let task = cx.task;
    let set = set.without(SigSet::KERNEL_ONLY);
    if let Some(info) = take(task, set) {
        return Ok(info);
    }
    let now = sched::clock::monotonic_ns();
    if deadline_ns.is_some_and(|deadline| deadline <= now) {
        return Err(Errno::EAGAIN);
    }
    // While it waits, the signals count as unblocked, so that they wake this thread.
    let blocked = task.blocked_signals();
    {
        let state = task.group.state.lock();
        task.real_blocked.store(blocked.0, Ordering::Relaxed);
        task.blocked.store(blocked.0 & !set.0, Ordering::Relaxed);
        recalc_sigpending(task);
        drop(state);
    }
    let timed_out = crate::sleep::wait_for_signal(deadline_ns);
    {
        let state = task.group.state.lock();
        task.blocked.store(blocked.0, Ordering::Relaxed);
        task.real_blocked.store(0, Ordering::Relaxed);
        drop(state);
    }
    match take(task, set) {
        Some(info) => Ok(info),
        None if timed_out => Err(Errno::EAGAIN),
        None => Err(Errno::EINTR),
    }
}

pub(super) fn take(task: &Task, set: SigSet) -> Option<SigInfo> {
    let state = task.group.state.lock();
    let not_wanted = SigSet(!set.0);
    let taken = task.pending.take(not_wanted).or_else(|| task.group.shared.take(not_wanted));
    recalc_sigpending(task);
    drop(state);
    let (mut info, _node) = taken?;
    crate::posix_timer::delivered(&task.group, &mut info);
    debug_assert_ne!(info.signo, SIGKILL);
    Some(info)
}

impl AltStack {
    /// Whether the stack pointer is on this stack (then it can't be changed).
    pub fn contains(&self, sp: u64) -> bool {
        // With SS_AUTODISARM the stack is disarmed while in use: never "on" it.
        self.flags & ss::AUTODISARM == 0 && sp > self.sp && sp.wrapping_sub(self.sp) <= self.size
    }

    /// `ss_flags` as sigaltstack reports them.
    pub fn report_flags(&self, sp: u64) -> u32 {
        let state = if self.size == 0 {
            ss::DISABLE
        } else if self.contains(sp) {
            ss::ONSTACK
        } else {
            0
        };
        state | self.flags & ss::AUTODISARM
    }
}

/// sigaltstack(2): the old stack (flags as reported). `EPERM` while on it, `EINVAL` for
/// unknown flags, `ENOMEM` for one that is too small.
pub fn do_sigaltstack(cx: &Cx<'_>, new: Option<AltStack>) -> Result<AltStack, Errno> {
    let sp = cx.regs.sp;
    let mut rare = cx.task.rare.lock();
    let current = rare.alt_stack;
    let old = AltStack { flags: current.report_flags(sp), ..current };
    let Some(new) = new else { return Ok(old) };
    if current.contains(sp) {
        return Err(Errno::EPERM);
    }
    let mode = new.flags & !ss::AUTODISARM;
    if mode != ss::DISABLE && mode != ss::ONSTACK && mode != 0 {
        return Err(Errno::EINVAL);
    }
    let stack = if mode == ss::DISABLE {
        AltStack { sp: 0, size: 0, flags: new.flags }
    } else if new.size < MINSIGSTKSZ {
        return Err(Errno::ENOMEM);
    } else {
        new
    };
    rare.alt_stack = stack;
    Ok(old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_the_alternate_stack() {
        let stack = AltStack { sp: 0x1000, size: 0x2000, flags: 0 };
        assert!(!stack.contains(0x1000) && stack.contains(0x1001) && stack.contains(0x3000));
        assert!(!stack.contains(0x3001));
        assert_eq!(stack.report_flags(0x2000), ss::ONSTACK);
        assert_eq!(AltStack::default().report_flags(0x2000), ss::DISABLE);
        let auto = AltStack { flags: ss::AUTODISARM, ..stack };
        assert_eq!(auto.report_flags(0x2000), ss::AUTODISARM);
    }
}
