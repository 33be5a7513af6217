//! ioctl_tty(2): window size, job control, flow control, line disciplines. Settings are in `modes.rs`.

mod modes;

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use abi::Errno;
use abi::capability::CAP_SYS_ADMIN;
use abi::ioctl::*;
use abi::termios::{TCIFLUSH, TCIOFF, TCIOFLUSH, TCION, TCOFLUSH, TCOOFF, TCOON, VSTART, VSTOP};
use mm::{AddressSpace, UserPtr};
use process::Task;
use process::terminal::LEGACY_TIOCSTI;
use vfs::File;

use crate::job::{self, Access};
use crate::{Tty, redirect};

/// The line discipline that this crate is about.
pub(crate) const N_TTY: i32 = 0;
/// The one that refuses everything.
pub(crate) const N_NULL: i32 = 27;

/// Who asks what of which terminal.
pub(crate) struct Request<'a> {
    pub tty: &'a Arc<Tty>,
    pub task: &'a Task,
    pub file: &'a File,
    pub mm: &'a AddressSpace,
    /// By way of a pseudo-terminal's master, which is about the slave mostly.
    pub by_master: bool,
    /// By way of `/dev/console`.
    pub by_console: bool,
}

impl Request<'_> {
    /// Lets only the foreground change something. A master is no terminal that controls anybody.
    fn may_change(&self) -> Result<(), Errno> {
        job::check(self.tty, self.task, Access::Change)
    }

    fn put(&self, arg: u64, value: i32) -> Result<(), Errno> {
        self.mm.write(UserPtr::<i32>::new(arg), &value)
    }

    fn get(&self, arg: u64) -> Result<i32, Errno> {
        self.mm.read(UserPtr::new(arg))
    }

    fn is_admin(&self) -> bool {
        self.task.cred().capable(CAP_SYS_ADMIN)
    }

    /// ENOTTY unless the terminal is the caller's own, or it is seen from its master.
    fn is_own(&self) -> Result<(), Errno> {
        if self.by_master || self.tty.is_controlling(self.task) { Ok(()) } else { Err(Errno::ENOTTY) }
    }
}

/// Answers an ioctl on a terminal; ENOTTY for what is not known.
pub(crate) fn tty_ioctl(r: &Request<'_>, cmd: u32, arg: u64) -> Result<usize, Errno> {
    let tty = r.tty;
    match cmd {
        TIOCSETD | TIOCSBRK | TIOCCBRK | TCSBRK | TCSBRKP => {
            if !r.by_master {
                r.may_change()?;
            }
            tty.drain().map_err(|_| Errno::EINTR)?;
            // No port can hold its line low, so there is nothing more to a break.
            if cmd == TIOCSETD {
                set_discipline(r, arg)?;
            }
        }
        TIOCSTI => simulate(r, arg)?,
        TIOCGWINSZ => r.mm.write(UserPtr::new(arg), &tty.with_state(|s| s.winsize))?,
        TIOCSWINSZ => tty.resize(r.mm.read(UserPtr::new(arg))?),
        TIOCCONS => redirect_console(r)?,
        TIOCEXCL => tty.with_state(|s| s.exclusive = true),
        TIOCNXCL => tty.with_state(|s| s.exclusive = false),
        TIOCGEXCL => r.put(arg, i32::from(tty.with_state(|s| s.exclusive)))?,
        TIOCGETD => r.put(arg, tty.with_state(|s| s.ldisc))?,
        TIOCVHANGUP if !r.is_admin() => return Err(Errno::EPERM),
        TIOCVHANGUP => tty.hang_up(false),
        TIOCGDEV => r.put(arg, tty.rdev() as i32)?,
        TIOCNOTTY if r.by_master => return Err(Errno::ENOTTY),
        TIOCNOTTY => tty.release(r.task)?,
        TIOCSCTTY => tty.acquire(r.task, arg == 1, r.file.readable())?,
        TIOCGPGRP => {
            r.is_own()?;
            r.put(arg, tty.job().foreground)?;
        }
        TIOCSPGRP => {
            r.may_change().map_err(|errno| if errno == Errno::EIO { Errno::ENOTTY } else { errno })?;
            tty.set_foreground(r.task, r.get(arg)?)?;
        }
        TIOCGSID => {
            r.is_own()?;
            match tty.job().session {
                0 => return Err(Errno::ENOTTY),
                session => r.put(arg, session)?,
            }
        }
        _ if tty.with_state(|s| s.ldisc) != N_TTY => return Err(Errno::EINVAL),
        FIONREAD => r.put(arg, tty.input_count() as i32)?,
        TIOCOUTQ => r.put(arg, tty.port.pending() as i32)?,
        TCFLSH => {
            r.may_change()?;
            flush(tty, arg as i32)?;
        }
        TCXONC => {
            r.may_change()?;
            flow(tty, arg as i32)?;
        }
        _ => return modes::ioctl(r, cmd, arg),
    }
    Ok(0)
}

fn flush(tty: &Tty, what: i32) -> Result<(), Errno> {
    match what {
        TCIFLUSH | TCIOFLUSH => tty.flush_input(),
        TCOFLUSH => {}
        _ => return Err(Errno::EINVAL),
    }
    if what != TCIFLUSH {
        tty.flush_output();
    }
    Ok(())
}

fn flow(tty: &Tty, what: i32) -> Result<(), Errno> {
    match what {
        TCOOFF => tty.stop_output(true),
        TCOON => tty.start_output(true),
        TCIOFF | TCION => tty.send_control(if what == TCIOFF { VSTOP } else { VSTART }),
        _ => return Err(Errno::EINVAL),
    }
    Ok(())
}

/// TIOCSTI: as if the byte had been typed. Only on the own terminal, or for root.
fn simulate(r: &Request<'_>, arg: u64) -> Result<(), Errno> {
    if LEGACY_TIOCSTI.load(Ordering::Relaxed) == 0 && !r.is_admin() {
        return Err(Errno::EIO);
    }
    if (r.by_master || !r.tty.is_controlling(r.task)) && !r.is_admin() {
        return Err(Errno::EPERM);
    }
    let byte: u8 = r.mm.read(UserPtr::new(arg))?;
    if r.by_master {
        // It is the master that the byte is typed at.
        r.tty.port.send(&[byte]);
    } else {
        r.tty.receive(&[byte]);
    }
    Ok(())
}

/// TIOCCONS: the console's output comes here, or asked of the console itself no longer goes elsewhere.
fn redirect_console(r: &Request<'_>) -> Result<(), Errno> {
    if r.by_master {
        return Err(Errno::EINVAL);
    }
    if !r.is_admin() {
        return Err(Errno::EPERM);
    }
    if r.by_console {
        redirect::clear();
        return Ok(());
    }
    if !r.file.writable() {
        return Err(Errno::EBADF);
    }
    redirect::set(r.tty)
}

fn set_discipline(r: &Request<'_>, arg: u64) -> Result<(), Errno> {
    let ldisc = r.get(arg)?;
    if ldisc != N_TTY && ldisc != N_NULL {
        return Err(Errno::EINVAL);
    }
    r.tty.with_state(|s| {
        if s.ldisc != ldisc {
            s.ldisc = ldisc;
            s.settings.termios.c_line = ldisc as u8;
            s.input.flush();
            s.backlog.clear();
        }
    });
    r.tty.unread.wake_all();
    Ok(())
}

impl Tty {
    /// EOPNOTSUPP while the line discipline is the one that does nothing.
    pub(crate) fn has_discipline(&self) -> Result<(), Errno> {
        if self.with_state(|s| s.ldisc) == N_TTY { Ok(()) } else { Err(Errno::EOPNOTSUPP) }
    }
}
