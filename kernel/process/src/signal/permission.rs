//! Who may signal whom, and the calls that do (kill(2)).

use alloc::sync::Arc;

use abi::Errno;
use vfs::Cred;
use vfs::cred::CAP_KILL;

use super::info::{SigInfo, code};
use super::nr::SIGCONT;
use super::send::{Scope, send_signal, signal_pgrp_info};
use super::set::NSIG;
use crate::{Cx, Task, pid};

/// Whether `cx` may send a signal to `target`: `EPERM` if not, `EINVAL` for a number
/// that is no signal.
pub fn check_kill_permission(cx: &Cx<'_>, signal: i32, target: &Task) -> Result<(), Errno> {
    if !(0..=NSIG).contains(&signal) {
        return Err(Errno::EINVAL);
    }
    if Arc::ptr_eq(&cx.task.group, &target.group) || allowed(cx.cred(), &target.cred()) {
        return Ok(());
    }
    if signal == SIGCONT && target.session() == cx.task.session() {
        return Ok(());
    }
    Err(Errno::EPERM)
}

fn allowed(from: &Cred, to: &Cred) -> bool {
    from.euid == to.suid
        || from.euid == to.uid
        || from.uid == to.suid
        || from.uid == to.uid
        || from.capable(CAP_KILL)
}

/// kill(2).
pub fn kill(cx: &Cx<'_>, pid: i32, signal: i32) -> Result<(), Errno> {
    let info = SigInfo::user(signal, code::SI_USER, cx.task.tgid(), cx.cred().uid);
    kill_info(cx, pid, info)
}

/// Sends to one process, with the details given (rt_sigqueueinfo(2)).
pub fn kill_one(cx: &Cx<'_>, pid: i32, info: SigInfo) -> Result<(), Errno> {
    let target = pid::find_task(pid).ok_or(Errno::ESRCH)?;
    check_kill_permission(cx, info.signo, &target)?;
    if info.signo == 0 { Ok(()) } else { send_signal(info, &target, Scope::Process) }
}

/// Sends to a task that is known, or to its process, with the details given (pidfd_send_signal(2)).
pub fn kill_task(cx: &Cx<'_>, target: &Arc<Task>, info: SigInfo, scope: Scope) -> Result<(), Errno> {
    check_kill_permission(cx, info.signo, target)?;
    if info.signo == 0 { Ok(()) } else { send_signal(info, target, scope) }
}

/// Sends to a process group, with the details given.
pub fn kill_pgrp(cx: &Cx<'_>, pgid: i32, info: SigInfo) -> Result<(), Errno> {
    signal_pgrp_info(pgid, info, |target| check_kill_permission(cx, info.signo, target))
}

fn kill_info(cx: &Cx<'_>, pid: i32, info: SigInfo) -> Result<(), Errno> {
    match pid {
        1.. => kill_one(cx, pid, info),
        -1 => kill_all(cx, info),
        i32::MIN => Err(Errno::ESRCH),
        _ => {
            let pgid = if pid == 0 { cx.task.pgrp() } else { -pid };
            kill_pgrp(cx, pgid, info)
        }
    }
}

fn kill_all(cx: &Cx<'_>, info: SigInfo) -> Result<(), Errno> {
    let mut result = Err(Errno::ESRCH);
    pid::for_each_process(|target| {
        if target.tgid() <= 1 || target.tgid() == cx.task.tgid() || target.is_kthread() {
            return;
        }
        let sent = check_kill_permission(cx, info.signo, target)
            .and_then(|()| if info.signo == 0 { Ok(()) } else { send_signal(info, target, Scope::Process) });
        // Linux: EPERM for one process doesn't make the whole call fail.
        if sent != Err(Errno::EPERM) {
            result = sent;
        } else if result == Err(Errno::ESRCH) {
            result = Ok(());
        }
    });
    result
}

/// tkill(2) (`tgid` none) and tgkill(2).
pub fn tgkill(cx: &Cx<'_>, tgid: Option<i32>, pid: i32, info: SigInfo) -> Result<(), Errno> {
    let target = pid::find_task(pid).filter(|target| tgid.is_none_or(|tgid| target.tgid() == tgid));
    let target = target.ok_or(Errno::ESRCH)?;
    check_kill_permission(cx, info.signo, &target)?;
    if info.signo == 0 {
        return Ok(());
    }
    match send_signal(info, &target, Scope::Thread) {
        // The thread is exiting: as good as sent.
        Err(Errno::ESRCH) => Ok(()),
        sent => sent,
    }
}
