//! Sets of signals as the kernel passes them: bit `n - 1` for signal `n`.

use super::nr::*;

/// Highest signal number.
pub const NSIG: i32 = 64;

/// A set of signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SigSet(pub u64);

impl SigSet {
    /// No signal.
    pub const EMPTY: Self = Self(0);
    /// SIGKILL and SIGSTOP: can't be blocked, caught or ignored.
    pub const KERNEL_ONLY: Self = Self::of(&[SIGKILL, SIGSTOP]);
    /// Their default action stops the process.
    pub const STOP: Self = Self::of(&[SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]);
    /// Their default action is to be ignored.
    pub const IGNORE: Self = Self::of(&[SIGCONT, SIGCHLD, SIGWINCH, SIGURG]);
    /// Their default action is to end the process with a core dump.
    pub const CORE_DUMP: Self =
        Self::of(&[SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSEGV, SIGBUS, SIGSYS, SIGXCPU, SIGXFSZ]);
    /// What the running instruction caused: delivered before everything else.
    pub const SYNCHRONOUS: Self = Self::of(&[SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS]);

    /// The set of `signals`.
    pub const fn of(signals: &[i32]) -> Self {
        let mut bits = 0;
        let mut rest = signals;
        while let [first, tail @ ..] = rest {
            bits |= bit(*first);
            rest = tail;
        }
        Self(bits)
    }

    /// Whether `signal` is in the set.
    #[inline]
    pub const fn contains(self, signal: i32) -> bool {
        self.0 & bit(signal) != 0
    }

    /// The set without the members of `other`.
    #[inline]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The bit of a signal; no bit for a number that is no signal.
#[inline]
pub const fn bit(signal: i32) -> u64 {
    if signal >= 1 && signal <= NSIG { 1 << (signal - 1) } else { 0 }
}
