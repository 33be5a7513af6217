//! Job control at a terminal (POSIX XBD 11.1, credentials(7) "Sessions"): which
//! session owns it, which process group is in the foreground, and what happens
//! to the others when they use it.

use abi::Errno;
use abi::signal::{SIGTTIN, SIGTTOU};
use process::Task;

use crate::Tty;

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
    if !tty.is_controlling(task) || foreground == 0 || foreground == task.pgrp() {
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
