//! Processes as files: pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2).

use abi::Errno;
use abi::layout::SiginfoLayout;
use alloc::sync::Arc;
use mm::UserPtr;
use process::pidfd::{self, PIDFD_THREAD};
use process::ptrace::may_attach;
use process::signal::{self, Scope, SigInfo, code};
use process::{Cx, Task};

use crate::open::nofile;

/// pidfd_open(2). The descriptor is always closed on exec.
pub fn pidfd_open(cx: &mut Cx<'_>, pid: i32, flags: u32) -> Result<usize, Errno> {
    let file = pidfd::open(pid, flags, cx.cred())?;
    cx.files().add(file, true, nofile(cx)).map(|fd| fd as usize)
}

/// Flags of pidfd_send_signal, of which one at most may be given.
const SIGNAL_THREAD: u32 = 1;
const SIGNAL_THREAD_GROUP: u32 = 2;
const SIGNAL_PROCESS_GROUP: u32 = 4;
/// Instead of a descriptor: the calling thread, the calling process.
const PIDFD_SELF_THREAD: i32 = -10000;
const PIDFD_SELF_THREAD_GROUP: i32 = -10001;

/// Whom a signal is for.
struct Receiver {
    /// None if it has been reaped.
    task: Option<Arc<Task>>,
    number: i32,
    scope: Scope,
}

fn receiver(cx: &Cx<'_>, pidfd: i32) -> Result<Receiver, Errno> {
    let (task, scope) = match pidfd {
        PIDFD_SELF_THREAD => (cx.task_arc(), Scope::Thread),
        PIDFD_SELF_THREAD_GROUP => (cx.task.group.leader().ok_or(Errno::ESRCH)?, Scope::Process),
        _ => {
            let file = cx.files().get(pidfd)?;
            let behind = pidfd::of_file(&file)?;
            let of_thread = file.flags() & PIDFD_THREAD != 0;
            let scope = if of_thread { Scope::Thread } else { Scope::Process };
            return Ok(Receiver { task: behind.task(), number: behind.number(), scope });
        }
    };
    Ok(Receiver { number: task.pid(), task: Some(task), scope })
}

/// The process that a descriptor (or the number that stands for the caller) names; ESRCH if it is gone.
pub(crate) fn task_of(cx: &Cx<'_>, pidfd: i32) -> Result<Arc<Task>, Errno> {
    receiver(cx, pidfd)?.task.ok_or(Errno::ESRCH)
}

/// pidfd_send_signal(2).
pub fn pidfd_send_signal<I: SiginfoLayout>(
    cx: &mut Cx<'_>,
    pidfd: i32,
    sig: i32,
    info: UserPtr<I>,
    flags: u32,
) -> Result<usize, Errno> {
    if !matches!(flags, 0 | SIGNAL_THREAD | SIGNAL_THREAD_GROUP | SIGNAL_PROCESS_GROUP) {
        return Err(Errno::EINVAL);
    }
    let to = receiver(cx, pidfd)?;
    let scope = match flags {
        SIGNAL_THREAD => Scope::Thread,
        SIGNAL_THREAD_GROUP => Scope::Process,
        _ => to.scope,
    };
    let to_pgrp = flags == SIGNAL_PROCESS_GROUP;
    let info = match info.non_null() {
        None => {
            let to_thread = scope == Scope::Thread && !to_pgrp;
            let code = if to_thread { code::SI_TKILL } else { code::SI_USER };
            SigInfo::user(sig, code, cx.task.tgid(), cx.cred().uid)
        }
        Some(at) => {
            let bytes = cx.mm().read(at)?.widen();
            let given = bytes.first_chunk::<4>().map_or(0, |number| i32::from_le_bytes(*number));
            if given != sig {
                return Err(Errno::EINVAL);
            }
            let info = SigInfo::from_bytes(sig, &bytes);
            // A thread may claim any origin towards itself, towards others only that of sigqueue.
            let myself = to.task.as_ref().is_some_and(|task| core::ptr::eq(&**task, cx.task)) && !to_pgrp;
            if (info.code >= 0 || info.code == code::SI_TKILL) && !myself {
                return Err(Errno::EPERM);
            }
            info
        }
    };
    if to_pgrp {
        return signal::kill_pgrp(cx, to.number, info).map(|()| 0);
    }
    let task = to.task.ok_or(Errno::ESRCH)?;
    signal::kill_task(cx, &task, info, scope).map(|()| 0)
}

/// pidfd_getfd(2): the caller must be one that may trace the process.
pub fn pidfd_getfd(cx: &mut Cx<'_>, pidfd: i32, fd: i32, flags: u32) -> Result<usize, Errno> {
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    let task = {
        let file = cx.files().get(pidfd)?;
        pidfd::of_file(&file)?.task().ok_or(Errno::ESRCH)?
    };
    if !may_attach(cx.task, &task) {
        return Err(Errno::EPERM);
    }
    let files = task.files().ok_or(Errno::ESRCH)?;
    let file = files.get_raw(fd)?.to_arc();
    cx.files().add(file, true, nofile(cx)).map(|fd| fd as usize)
}
