//! Job control at a terminal (POSIX XBD 11.1, credentials(7) "Sessions"): which
//! session owns it, which process group is in the foreground, and what happens
//! to the others when they use it.

use alloc::sync::Arc;
use core::any::Any;

use abi::Errno;
use abi::signal::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
use process::{ControllingTty, Task};

use crate::Tty;

/// The session a terminal controls and its foreground process group; 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Job {
    /// Session ID.
    pub session: i32,
    /// Process group ID.
    pub foreground: i32,
}

/// What the caller wants of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// `read`: a background process gets SIGTTIN.
    Read,
    /// `write` under TOSTOP, or a change of settings: SIGTTOU.
    Change,
}

/// Lets a foreground process pass and stops a background one with a signal.
///
/// Errors, as Linux gives them: `ERESTARTSYS` when the signal was sent (the call is
/// tried again after SIGCONT), `EIO` when it can't be (an orphaned process group, or
/// a reader that blocks or ignores SIGTTIN).
pub fn check(tty: &Tty, task: &Task, access: Access) -> Result<(), Errno> {
    let foreground = tty.job().foreground;
    if foreground == 0 || foreground == task.pgrp() || !tty.is_controlling(task) {
        return Ok(());
    }
    let signal = if access == Access::Read { SIGTTIN } else { SIGTTOU };
    if task.signal_blocked_or_ignored(signal) {
        // POSIX lets a process that doesn't care about SIGTTOU write; it can't let it read.
        return if access == Access::Read { Err(Errno::EIO) } else { Ok(()) };
    }
    if process::is_orphaned_pgrp(task.pgrp()) {
        return Err(Errno::EIO);
    }
    process::signal_pgrp(task.pgrp(), signal);
    task.set_signal_pending();
    Err(Errno::ERESTARTSYS)
}

impl Tty {
    /// Whether this is the terminal that controls the task's process.
    pub fn is_controlling(&self, task: &Task) -> bool {
        self.job().session == task.session()
            && task.group.tty().is_some_and(|tty| core::ptr::addr_eq(Arc::as_ptr(&tty), self))
    }

    /// Makes this the controlling terminal of a session leader that has none, if no session has it.
    pub(crate) fn acquire_if_free(self: &Arc<Self>, task: &Task) {
        if task.is_session_leader() && task.group.tty().is_none() && self.job().session == 0 {
            self.give_to(task);
        }
    }

    /// TIOCSCTTY: the same on request; with `steal` and CAP_SYS_ADMIN from another session. A file that cannot be
    /// read doesn't do.
    pub(crate) fn acquire(self: &Arc<Self>, task: &Task, steal: bool, readable: bool) -> Result<(), Errno> {
        let session = self.job().session;
        let admin = || task.cred().capable(abi::capability::CAP_SYS_ADMIN);
        if task.is_session_leader() && session == task.session() {
            return Ok(());
        }
        if !task.is_session_leader() || task.group.tty().is_some() {
            return Err(Errno::EPERM);
        }
        if session != 0 {
            if !steal || !admin() {
                return Err(Errno::EPERM);
            }
            process::for_each_in_session(session, |member| member.set_tty(None));
        }
        if !readable && !admin() {
            return Err(Errno::EPERM);
        }
        self.give_to(task);
        Ok(())
    }

    fn give_to(self: &Arc<Self>, task: &Task) {
        self.with_state(|s| s.job = Job { session: task.session(), foreground: task.pgrp() });
        task.group.set_tty(Some(self.clone()));
    }

    /// TIOCNOTTY: the process gives its terminal up; a session leader does so for its whole session.
    pub(crate) fn release(&self, task: &Task) -> Result<(), Errno> {
        if !self.is_controlling(task) {
            return Err(Errno::ENOTTY);
        }
        if task.is_session_leader() {
            let job = self.with_state(|s| core::mem::take(&mut s.job));
            if job.foreground > 0 {
                process::signal_pgrp(job.foreground, SIGHUP);
                process::signal_pgrp(job.foreground, SIGCONT);
            }
            process::for_each_in_session(task.session(), |member| member.set_tty(None));
        }
        task.group.set_tty(None);
        Ok(())
    }

    /// TIOCSPGRP.
    pub(crate) fn set_foreground(&self, task: &Task, pgid: i32) -> Result<(), Errno> {
        if pgid < 0 {
            return Err(Errno::EINVAL);
        }
        if !self.is_controlling(task) {
            return Err(Errno::ENOTTY);
        }
        let session = process::session_of_pgrp(pgid)
            .or_else(|| process::find_task(pgid).map(|task| task.session()))
            .ok_or(Errno::ESRCH)?;
        if session != task.session() {
            return Err(Errno::EPERM);
        }
        self.with_state(|s| s.job.foreground = pgid);
        Ok(())
    }

    /// The other side is gone, or vhangup(2): every open file is dead. The session's leader hears of it, the
    /// foreground group when that one exits, or now if the leader is exiting.
    pub(crate) fn hang_up(&self, leader_exits: bool) {
        self.kill_files();
        let job = self.with_state(|s| core::mem::take(&mut s.job));
        if job.session > 0 {
            process::for_each_in_session(job.session, |member| {
                member.set_tty(None);
                if member.tgid() == job.session && !leader_exits {
                    member.set_old_foreground(job.foreground);
                }
            });
            process::send_to_process(job.session, SIGHUP);
            process::send_to_process(job.session, SIGCONT);
        }
        if leader_exits && job.foreground > 0 {
            process::signal_pgrp(job.foreground, SIGHUP);
        }
    }

    /// Sends a signal to the foreground process group, if there is one.
    pub fn signal_foreground(&self, signal: i32) {
        let group = self.job().foreground;
        if group > 0 {
            process::signal_pgrp(group, signal);
        }
    }

    /// TIOCSIG: a master has a signal sent as if its key had been typed.
    pub(crate) fn signal_by_master(&self, signal: i32) -> Result<(), Errno> {
        if !matches!(signal, SIGINT | SIGQUIT | SIGTSTP) {
            return Err(Errno::EINVAL);
        }
        self.signal_foreground(signal);
        Ok(())
    }
}

impl ControllingTty for Tty {
    fn rdev(&self) -> u64 {
        self.rdev()
    }

    fn foreground(&self) -> i32 {
        match self.job().foreground {
            0 => -1,
            group => group,
        }
    }

    fn leader_exits(&self, session: i32) {
        let job = self.job();
        if job.session != session {
            return;
        }
        // A pseudo-terminal's master may have more to show; a real line is cut.
        if !self.is_pty() {
            self.hang_up(true);
            return;
        }
        self.with_state(|s| s.job = Job::default());
        if job.foreground > 0 {
            process::signal_pgrp(job.foreground, SIGHUP);
        }
    }

    fn vhangup(&self) {
        self.hang_up(false);
    }

    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
