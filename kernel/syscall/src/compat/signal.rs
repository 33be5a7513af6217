//! The signal calls of Unix's seventh edition and of the first Linux: masks of 32 bits.

use abi::Errno;
use abi::signal::{SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK};
use mm::UserPtr;
use process::Cx;
use process::signal::{self, Action, SigSet, sa};

/// The signals that a word says, beside those above 32 of another set.
fn with_low(set: SigSet, word: u32) -> SigSet {
    SigSet(set.0 & !u64::from(u32::MAX) | u64::from(word))
}

/// signal(2): the handler is reset when it runs, and may be interrupted by its own signal; the old one is the result.
pub fn signal(cx: &mut Cx<'_>, sig: i32, handler: UserPtr<u8>) -> Result<usize, Errno> {
    let flags = sa::RESETHAND | sa::NODEFER;
    let new = Action::from_words([handler.addr(), flags, 0, 0]);
    let old = signal::do_sigaction(cx, sig, Some(new))?;
    Ok(old.handler as usize)
}

/// sgetmask: the mask's first word.
pub fn sgetmask(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(cx.task.blocked_signals().0 as u32 as usize)
}

/// ssetmask: sets the mask, all of it; the old one's first word.
pub fn ssetmask(cx: &mut Cx<'_>, mask: i32) -> Result<usize, Errno> {
    let old = cx.task.blocked_signals();
    signal::set_user_sigmask(cx.task, SigSet(u64::from(mask as u32)));
    Ok(old.0 as u32 as usize)
}

/// sigsuspend with the mask as third argument.
pub fn sigsuspend(cx: &mut Cx<'_>, _unused1: i32, _unused2: i32, mask: u64) -> Result<usize, Errno> {
    Err(signal::sigsuspend(cx, SigSet(mask)))
}

/// sigpending: the set's first word.
pub fn sigpending(cx: &mut Cx<'_>, set: UserPtr<u32>) -> Result<usize, Errno> {
    let (own, shared) = cx.task.pending_signals();
    let pending = (own.0 | shared.0) & cx.task.blocked_signals().0;
    cx.mm().write(set, &(pending as u32)).map(|()| 0)
}

/// sigprocmask: changes the mask's first word.
pub fn sigprocmask(
    cx: &mut Cx<'_>,
    how: i32,
    set: UserPtr<u32>,
    oldset: UserPtr<u32>,
) -> Result<usize, Errno> {
    let old = cx.task.blocked_signals();
    if let Some(set) = set.non_null() {
        let given = cx.mm().read(set)?;
        let new = match how {
            SIG_BLOCK => SigSet(old.0 | u64::from(given)),
            SIG_UNBLOCK => SigSet(old.0 & !u64::from(given)),
            SIG_SETMASK => with_low(old, given),
            _ => return Err(Errno::EINVAL),
        };
        signal::set_user_sigmask(cx.task, new);
    }
    if let Some(oldset) = oldset.non_null() {
        cx.mm().write(oldset, &(old.0 as u32))?;
    }
    Ok(0)
}
