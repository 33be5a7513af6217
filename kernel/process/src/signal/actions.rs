//! What a process does about each signal (`struct sighand_struct`).

use alloc::sync::Arc;

use abi::{Abi, Errno};
use sync::IrqSpinLock;

#[cfg(test)]
use super::nr::*;
use super::set::{NSIG, SigSet, bit};
use crate::{Cx, Task, rank};

/// Default action.
pub const SIG_DFL: u64 = 0;
/// The signal is dropped.
pub const SIG_IGN: u64 = 1;

/// Flags of a signal action (sigaction(2)).
#[allow(missing_docs)]
pub mod sa {
    pub const NOCLDSTOP: u64 = 0x1;
    pub const NOCLDWAIT: u64 = 0x2;
    pub const SIGINFO: u64 = 0x4;
    pub const UNSUPPORTED: u64 = 0x400;
    pub const EXPOSE_TAGBITS: u64 = 0x800;
    pub const RESTORER: u64 = 0x0400_0000;
    pub const ONSTACK: u64 = 0x0800_0000;
    pub const RESTART: u64 = 0x1000_0000;
    pub const NODEFER: u64 = 0x4000_0000;
    pub const RESETHAND: u64 = 0x8000_0000;
    /// Set by a 32-bit call: the handler finds a 32-bit frame. The kernel's own; programs never see it.
    pub const IA32_ABI: u64 = 0x0200_0000;
    /// Set by an x32 call: an x32 frame.
    pub const X32_ABI: u64 = 0x0100_0000;
    /// Every flag that is known; sigaction clears the others. (On x86 addresses have no tags to expose.)
    pub const KNOWN: u64 =
        NOCLDSTOP | NOCLDWAIT | SIGINFO | EXPOSE_TAGBITS | RESTORER | ONSTACK | RESTART | NODEFER | RESETHAND;
}

/// The kernel's `struct sigaction`: 32 bytes, four words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Action {
    /// SIG_DFL, SIG_IGN or the handler's address.
    pub handler: u64,
    /// SA_* flags.
    pub flags: u64,
    /// Where the handler returns to.
    pub restorer: u64,
    /// Signals blocked while the handler runs.
    pub mask: u64,
}

impl Action {
    /// From the user structure's words.
    pub fn from_words(words: [u64; 4]) -> Self {
        let [handler, flags, restorer, mask] = words;
        Self { handler, flags, restorer, mask }
    }

    /// The user structure's words.
    pub fn to_words(self) -> [u64; 4] {
        [self.handler, self.flags, self.restorer, self.mask]
    }

    /// Whether a function of the program handles the signal.
    pub fn is_handler(&self) -> bool {
        self.handler > SIG_IGN
    }

    /// As programs see it.
    fn shown(mut self) -> Self {
        self.flags &= sa::KNOWN;
        self
    }

    fn ignores(&self, signal: i32) -> bool {
        self.handler == SIG_IGN || self.handler == SIG_DFL && SigSet::IGNORE.contains(signal)
    }
}

/// A table of actions, shared by the threads of a process and with CLONE_SIGHAND.
pub struct Sighand(IrqSpinLock<[Action; NSIG as usize]>);

impl Sighand {
    /// All default.
    pub fn new() -> Arc<Self> {
        Self::with([Action::default(); NSIG as usize])
    }

    fn with(actions: [Action; NSIG as usize]) -> Arc<Self> {
        Arc::new(Self(IrqSpinLock::new(rank::SIGNAL_ACTIONS, actions)))
    }

    /// A copy, for fork. With `clear_handlers` (CLONE_CLEAR_SIGHAND) handlers become default.
    pub fn copy(&self, clear_handlers: bool) -> Arc<Self> {
        let mut actions = *self.0.lock();
        if clear_handlers {
            reset(&mut actions);
        }
        Self::with(actions)
    }

    /// A copy for execve: handlers become default, ignored signals stay ignored.
    pub fn copy_for_exec(&self) -> Arc<Self> {
        self.copy(true)
    }

    /// Resets handlers in place, for an execve that shares the table with nobody.
    pub fn reset_for_exec(&self) {
        reset(&mut self.0.lock());
    }

    /// The action for `signal`.
    #[inline]
    pub fn get(&self, signal: i32) -> Action {
        hal::nospec::get(&self.0.lock(), (signal - 1) as usize).copied().unwrap_or_default()
    }

    /// Replaces the action for `signal`; the old one.
    pub fn set(&self, signal: i32, action: Action) -> Action {
        let mut actions = self.0.lock();
        let at = (signal - 1) as usize;
        match actions.get_mut(hal::nospec::index(at, NSIG as usize)).filter(|_| at < NSIG as usize) {
            Some(slot) => core::mem::replace(slot, action),
            None => Action::default(),
        }
    }

    /// Takes the action for delivery: SA_RESETHAND resets it on the way.
    pub(crate) fn take_for_delivery(&self, signal: i32) -> Action {
        let mut actions = self.0.lock();
        let Some(slot) = actions.get_mut((signal - 1) as usize) else { return Action::default() };
        let action = *slot;
        if action.is_handler() && action.flags & sa::RESETHAND != 0 {
            slot.handler = SIG_DFL;
        }
        action
    }

    /// Whether the process doesn't want to hear of `signal`.
    pub fn ignores(&self, signal: i32) -> bool {
        self.get(signal).ignores(signal)
    }

    /// (ignored, caught), as `/proc/PID/status` shows them.
    pub fn masks(&self) -> (SigSet, SigSet) {
        let actions = self.0.lock();
        let mut ignored = 0;
        let mut caught = 0;
        for (signal, action) in (1..).zip(actions.iter()) {
            match action.handler {
                SIG_IGN => ignored |= bit(signal),
                SIG_DFL => {}
                _ => caught |= bit(signal),
            }
        }
        (SigSet(ignored), SigSet(caught))
    }
}

fn reset(actions: &mut [Action; NSIG as usize]) {
    for action in actions {
        let handler = if action.handler == SIG_IGN { SIG_IGN } else { SIG_DFL };
        *action = Action { handler, ..Action::default() };
    }
}

/// Reads and sets the action for `signal`. `EINVAL` for a number that is no signal, and
/// for a change of SIGKILL or SIGSTOP.
pub fn do_sigaction(cx: &Cx<'_>, signal: i32, new: Option<Action>) -> Result<Action, Errno> {
    if !(1..=NSIG).contains(&signal) || new.is_some() && SigSet::KERNEL_ONLY.contains(signal) {
        return Err(Errno::EINVAL);
    }
    let sighand = cx.sighand();
    let Some(mut action) = new else { return Ok(sighand.get(signal).shown()) };
    action.flags = action.flags & sa::KNOWN
        | match cx.abi() {
            Abi::X86_64 => 0,
            Abi::X32 => sa::X32_ABI,
            Abi::I386 => sa::IA32_ABI,
        };
    action.mask &= !SigSet::KERNEL_ONLY.0;
    let old = sighand.set(signal, action);
    if action.ignores(signal) {
        forget_pending(cx.task, signal);
    }
    Ok(old.shown())
}

/// POSIX: setting a signal to be ignored discards it where it is pending.
fn forget_pending(task: &Task, signal: i32) {
    let set = SigSet(bit(signal));
    let group = &task.group;
    group.shared.flush(set);
    if group.live.load(core::sync::atomic::Ordering::Relaxed) == 1 {
        task.pending.flush(set);
        return;
    }
    for thread in group.threads() {
        thread.pending.flush(set);
    }
}

impl Task {
    /// Whether the terminal must not stop this task with `signal`.
    pub fn signal_blocked_or_ignored(&self, signal: i32) -> bool {
        let blocked = SigSet(self.blocked.load(core::sync::atomic::Ordering::Relaxed));
        blocked.contains(signal)
            || self.sighand().is_some_and(|sighand| sighand.get(signal).handler == SIG_IGN)
    }

    /// (ignored, caught) signals for `/proc/PID/status`.
    pub fn signal_masks(&self) -> (SigSet, SigSet) {
        self.sighand().map(|sighand| sighand.masks()).unwrap_or_default()
    }

    /// Blocked signals.
    pub fn blocked_signals(&self) -> SigSet {
        SigSet(self.blocked.load(core::sync::atomic::Ordering::Relaxed))
    }

    /// (own, shared) pending signals.
    pub fn pending_signals(&self) -> (SigSet, SigSet) {
        (self.pending.set(), self.group.shared.set())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exec_keeps_ignored_signals_and_drops_handlers() {
        let table = Sighand::new();
        table.set(SIGINT, Action { handler: 0x1000, flags: sa::RESTART, restorer: 1, mask: 2 });
        table.set(SIGQUIT, Action { handler: SIG_IGN, flags: sa::RESTART, ..Action::default() });
        let copy = table.copy_for_exec();
        assert_eq!(copy.get(SIGINT), Action::default());
        assert_eq!(copy.get(SIGQUIT), Action { handler: SIG_IGN, ..Action::default() });
        assert_eq!(table.masks(), (SigSet::of(&[SIGQUIT]), SigSet::of(&[SIGINT])));
    }

    #[test]
    fn resethand_works_once() {
        let table = Sighand::new();
        table.set(SIGUSR1, Action { handler: 0x1000, flags: sa::RESETHAND, ..Action::default() });
        assert_eq!(table.take_for_delivery(SIGUSR1).handler, 0x1000);
        assert_eq!(table.take_for_delivery(SIGUSR1).handler, SIG_DFL);
    }

    #[test]
    fn default_ignored_signals() {
        let table = Sighand::new();
        assert!(table.ignores(SIGCHLD) && table.ignores(SIGCONT));
        assert!(!table.ignores(SIGTERM) && !table.ignores(SIGTSTP));
    }
}
