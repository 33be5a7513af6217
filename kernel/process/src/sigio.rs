//! Who gets an open file's signals (fcntl(2), F_SETOWN): the receivers that `vfs::fasync` knows as a trait.

use alloc::sync::{Arc, Weak};

use abi::Errno;
use vfs::Cred;
use vfs::fasync::{Notice, SignalTarget};

use crate::signal::nr::*;
use crate::signal::{Fields, SigInfo, code};
use crate::signal::{Scope, send_signal};
use crate::{Task, ThreadGroup, pid};

/// F_OWNER_TID: a thread.
pub const F_OWNER_TID: i32 = 0;
/// F_OWNER_PID: a process.
pub const F_OWNER_PID: i32 = 1;
/// F_OWNER_PGRP: a process group.
pub const F_OWNER_PGRP: i32 = 2;

enum Owner {
    Thread(Weak<Task>),
    /// With the number by which it was named, which may be a thread's: then it has none.
    Process(Weak<ThreadGroup>, i32),
    Group(i32),
    /// A number that is in use, but not as what was asked for.
    Nobody(i32),
}

/// The owner that F_SETOWN_EX names by kind and number; none for 0. EINVAL for an unknown kind, ESRCH for a number
/// that nothing has.
pub fn io_owner(kind: i32, number: i32) -> Result<Option<Arc<dyn SignalTarget>>, Errno> {
    if !(F_OWNER_TID..=F_OWNER_PGRP).contains(&kind) {
        return Err(Errno::EINVAL);
    }
    if number == 0 {
        return Ok(None);
    }
    if !pid::in_use(number) {
        return Err(Errno::ESRCH);
    }
    let task = pid::find_task(number);
    Ok(Some(Arc::new(match (kind, task) {
        (F_OWNER_PGRP, _) => Owner::Group(number),
        (F_OWNER_TID, Some(task)) => Owner::Thread(Arc::downgrade(&task)),
        (F_OWNER_PID, Some(task)) => Owner::Process(Arc::downgrade(&task.group), number),
        _ => Owner::Nobody(kind),
    })))
}

/// The running task's process, which becomes the owner where a call needs one (F_SETLEASE, F_NOTIFY).
pub fn own_process(task: &Task) -> Arc<dyn SignalTarget> {
    Arc::new(Owner::Process(Arc::downgrade(&task.group), task.tgid()))
}

impl SignalTarget for Owner {
    fn kind(&self) -> i32 {
        match self {
            Owner::Thread(_) => F_OWNER_TID,
            Owner::Process(..) => F_OWNER_PID,
            Owner::Group(_) => F_OWNER_PGRP,
            Owner::Nobody(kind) => *kind,
        }
    }

    fn number(&self) -> i32 {
        match self {
            Owner::Thread(task) => task.upgrade().map_or(0, |task| task.pid()),
            Owner::Process(group, number) => {
                let group = group.upgrade().filter(|group| !group.is_reaped() && group.tgid() == *number);
                group.map_or(0, |group| group.tgid())
            }
            Owner::Group(number) if pid::session_of_pgrp(*number).is_some() => *number,
            Owner::Group(_) | Owner::Nobody(_) => 0,
        }
    }

    fn send(&self, notice: &Notice) {
        self.each(&mut |task, scope| send_one(task, scope, notice));
    }

    fn send_urgent(&self, sender: (u32, u32)) {
        self.each(&mut |task, scope| {
            if allowed(sender, &task.cred()) {
                let _ = send_signal(SigInfo::kernel(SIGURG), task, scope);
            }
        });
    }
}

impl Owner {
    /// Calls `send` for a thread, for a process's leader, or for each of a group.
    fn each(&self, send: &mut dyn FnMut(&Arc<Task>, Scope)) {
        match self {
            Owner::Thread(task) => {
                if let Some(task) = task.upgrade() {
                    send(&task, Scope::Thread);
                }
            }
            Owner::Process(group, _) => {
                let group = group.upgrade().filter(|group| !group.is_reaped());
                if let Some(task) = group.and_then(|group| group.leader()) {
                    send(&task, Scope::Process);
                }
            }
            Owner::Group(number) => pid::for_each_in_group(*number, |task| send(task, Scope::Process)),
            Owner::Nobody(_) => {}
        }
    }
}

fn send_one(task: &Arc<Task>, scope: Scope, notice: &Notice) {
    if !allowed(notice.sender, &task.cred()) {
        return;
    }
    let signal = notice.signal;
    if signal != 0 {
        // POLL_IN and its like mean something else where a signal has codes of its own.
        let ambiguous = matches!(signal, SIGILL | SIGFPE | SIGSEGV | SIGBUS | SIGTRAP | SIGCHLD | SIGSYS);
        let code = if ambiguous { code::SI_SIGIO } else { notice.band as i32 };
        let fields = Fields::Poll { band: notice.band.poll_bits(), fd: notice.fd };
        if send_signal(SigInfo { signo: signal, errno: 0, code, fields }, task, scope).is_ok() {
            return;
        }
        // The queue is full: a plain SIGIO says that something was lost.
    }
    let _ = send_signal(SigInfo::kernel(SIGIO), task, scope);
}

/// Whoever named the owner is root, or one of its users is the receiver's.
fn allowed((uid, euid): (u32, u32), to: &Cred) -> bool {
    euid == 0 || [uid, euid].iter().any(|user| *user == to.uid || *user == to.suid)
}
