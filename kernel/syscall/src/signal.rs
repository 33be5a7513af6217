//! Signals: kill, sigaction, masks, waiting (signal(7)).

use abi::Errno;
use abi::layout::{Longs, SigactionLayout, SiginfoLayout, Word};
use mm::UserPtr;
use process::Cx;
use process::signal::{self, Action, SigInfo, SigSet, code};
use process::task::AltStack;

/// Bytes of the kernel's `sigset_t`.
const SIGSET_SIZE: usize = 8;
/// `siginfo_t`.
pub type RawInfo = [u8; 128];
/// `struct timespec`: seconds, nanoseconds.
type RawTimespec = [i64; 2];

fn check_size(size: usize) -> Result<(), Errno> {
    if size == SIGSET_SIZE { Ok(()) } else { Err(Errno::EINVAL) }
}

/// rt_sigaction(2).
pub fn rt_sigaction<A: SigactionLayout>(
    cx: &mut Cx<'_>,
    sig: i32,
    act: UserPtr<A>,
    oldact: UserPtr<A>,
    sigsetsize: usize,
) -> Result<usize, Errno> {
    check_size(sigsetsize)?;
    sigaction(cx, sig, act, oldact)
}

/// sigaction, call 67 of i386, which knows 32 signals; and rt_sigaction's work.
pub fn sigaction<A: SigactionLayout>(
    cx: &mut Cx<'_>,
    sig: i32,
    act: UserPtr<A>,
    oldact: UserPtr<A>,
) -> Result<usize, Errno> {
    let new = match act.non_null() {
        Some(act) => Some(Action::from_words(cx.mm().read(act)?.widen())),
        None => None,
    };
    let old = signal::do_sigaction(cx, sig, new)?;
    if let Some(oldact) = oldact.non_null() {
        cx.mm().write(oldact, &A::narrow(old.to_words()))?;
    }
    Ok(0)
}

/// rt_sigprocmask(2).
pub fn rt_sigprocmask(
    cx: &mut Cx<'_>,
    how: i32,
    set: UserPtr<u64>,
    oldset: UserPtr<u64>,
    sigsetsize: usize,
) -> Result<usize, Errno> {
    const SIG_BLOCK: i32 = 0;
    const SIG_UNBLOCK: i32 = 1;
    const SIG_SETMASK: i32 = 2;
    check_size(sigsetsize)?;
    let old = cx.task.blocked_signals();
    if let Some(set) = set.non_null() {
        let given = cx.mm().read(set)?;
        let new = match how {
            SIG_BLOCK => old.0 | given,
            SIG_UNBLOCK => old.0 & !given,
            SIG_SETMASK => given,
            _ => return Err(Errno::EINVAL),
        };
        signal::set_user_sigmask(cx.task, SigSet(new));
    }
    if let Some(oldset) = oldset.non_null() {
        cx.mm().write(oldset, &old.0)?;
    }
    Ok(0)
}

/// rt_sigpending(2); a smaller set size gets as many bytes.
pub fn rt_sigpending(cx: &mut Cx<'_>, set: UserPtr<u64>, sigsetsize: usize) -> Result<usize, Errno> {
    if sigsetsize > SIGSET_SIZE {
        return Err(Errno::EINVAL);
    }
    let (own, shared) = cx.task.pending_signals();
    let pending = (own.0 | shared.0) & cx.task.blocked_signals().0;
    let bytes = pending.to_le_bytes();
    cx.mm().write_bytes(set.addr(), bytes.get(..sigsetsize).unwrap_or(&bytes))?;
    Ok(0)
}

/// rt_sigsuspend(2).
pub fn rt_sigsuspend(cx: &mut Cx<'_>, set: UserPtr<u64>, sigsetsize: usize) -> Result<usize, Errno> {
    check_size(sigsetsize)?;
    let mask = cx.mm().read(set)?;
    Err(signal::sigsuspend(cx, SigSet(mask)))
}

/// pause(2).
pub fn pause(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Err(signal::pause(cx))
}

/// rt_sigtimedwait(2).
pub fn rt_sigtimedwait<I: SiginfoLayout, T: Longs<2>>(
    cx: &mut Cx<'_>,
    set: UserPtr<u64>,
    info: UserPtr<I>,
    timeout: UserPtr<T>,
    sigsetsize: usize,
) -> Result<usize, Errno> {
    check_size(sigsetsize)?;
    let wanted = cx.mm().read(set)?;
    let deadline_ns = match timeout.non_null() {
        Some(timeout) => {
            let span = timespec_ns(cx.mm().read(timeout)?.widen())?;
            Some(sched::clock::monotonic_ns().saturating_add(span))
        }
        None => None,
    };
    let taken = signal::sigtimedwait(cx, SigSet(wanted), deadline_ns)?;
    if let Some(info) = info.non_null() {
        cx.mm().write(info, &I::narrow(taken.to_bytes()))?;
    }
    Ok(taken.signo as usize)
}

/// A timespec in ns, far spans saturated; `EINVAL` for an invalid one.
pub(crate) fn timespec_ns([seconds, nanoseconds]: RawTimespec) -> Result<u64, Errno> {
    if seconds < 0 || !(0..1_000_000_000).contains(&nanoseconds) {
        return Err(Errno::EINVAL);
    }
    Ok((seconds as u64).saturating_mul(1_000_000_000).saturating_add(nanoseconds as u64))
}

/// kill(2).
pub fn kill(cx: &mut Cx<'_>, pid: i32, sig: i32) -> Result<usize, Errno> {
    signal::kill(cx, pid, sig).map(|()| 0)
}

fn from_me(cx: &Cx<'_>, sig: i32) -> SigInfo {
    SigInfo::user(sig, code::SI_TKILL, cx.task.tgid(), cx.cred().uid)
}

/// tkill(2).
pub fn tkill(cx: &mut Cx<'_>, tid: i32, sig: i32) -> Result<usize, Errno> {
    if tid <= 0 {
        return Err(Errno::EINVAL);
    }
    signal::tgkill(cx, None, tid, from_me(cx, sig)).map(|()| 0)
}

/// tgkill(2).
pub fn tgkill(cx: &mut Cx<'_>, tgid: i32, tid: i32, sig: i32) -> Result<usize, Errno> {
    if tid <= 0 || tgid <= 0 {
        return Err(Errno::EINVAL);
    }
    signal::tgkill(cx, Some(tgid), tid, from_me(cx, sig)).map(|()| 0)
}

/// A program may claim any origin towards itself, towards others only that of sigqueue.
fn claimed<I: SiginfoLayout>(cx: &Cx<'_>, target: i32, sig: i32, info: UserPtr<I>) -> Result<SigInfo, Errno> {
    let info = SigInfo::from_bytes(sig, &cx.mm().read(info)?.widen());
    if (info.code >= 0 || info.code == code::SI_TKILL) && target != cx.task.pid() {
        return Err(Errno::EPERM);
    }
    Ok(info)
}

/// rt_sigqueueinfo(2).
pub fn rt_sigqueueinfo<I: SiginfoLayout>(
    cx: &mut Cx<'_>,
    pid: i32,
    sig: i32,
    info: UserPtr<I>,
) -> Result<usize, Errno> {
    let info = claimed(cx, pid, sig, info)?;
    signal::kill_one(cx, pid, info).map(|()| 0)
}

/// rt_tgsigqueueinfo(2).
pub fn rt_tgsigqueueinfo<I: SiginfoLayout>(
    cx: &mut Cx<'_>,
    tgid: i32,
    tid: i32,
    sig: i32,
    info: UserPtr<I>,
) -> Result<usize, Errno> {
    let bytes = info;
    if tid <= 0 || tgid <= 0 {
        // The structure is read first, as on Linux.
        cx.mm().read(bytes)?;
        return Err(Errno::EINVAL);
    }
    let info = claimed(cx, tid, sig, bytes)?;
    signal::tgkill(cx, Some(tgid), tid, info).map(|()| 0)
}

/// sigaltstack(2).
pub fn sigaltstack<W: Word>(
    cx: &mut Cx<'_>,
    new: UserPtr<[W; 3]>,
    old: UserPtr<[W; 3]>,
) -> Result<usize, Errno> {
    let given = match new.non_null() {
        Some(new) => {
            let [sp, flags, size] = cx.mm().read(new)?.map(Word::widen);
            Some(AltStack { sp, size, flags: flags as u32 })
        }
        None => None,
    };
    let before = signal::do_sigaltstack(cx, given)?;
    if let Some(old) = old.non_null() {
        cx.mm().write(old, &[before.sp, u64::from(before.flags), before.size].map(W::narrow))?;
    }
    Ok(0)
}

/// rt_sigreturn(2): the result is whatever rax was when the signal struck.
pub fn rt_sigreturn(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(signal::rt_sigreturn(cx) as usize)
}

/// sigreturn(2), of 32-bit programs.
pub fn ia32_sigreturn(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(signal::frame32::sigreturn(cx) as usize)
}

/// rt_sigreturn(2) of 32-bit programs.
pub fn ia32_rt_sigreturn(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(signal::frame32::rt_sigreturn(cx) as usize)
}

/// rt_sigreturn(2) of x32 programs.
pub fn x32_rt_sigreturn(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(signal::frame_x32::rt_sigreturn(cx) as usize)
}

/// restart_syscall(2): goes on with what was interrupted.
pub fn restart_syscall(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    match cx.task.take_restart() {
        Some(block) => (block.func)(cx, block.args),
        None => Err(Errno::EINTR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timespecs() {
        assert_eq!(timespec_ns([1, 5]), Ok(1_000_000_005));
        assert_eq!(timespec_ns([i64::MAX, 0]), Ok(u64::MAX));
        for bad in [[-1, 0], [0, -1], [0, 1_000_000_000]] {
            assert_eq!(timespec_ns(bad), Err(Errno::EINVAL));
        }
    }
}
