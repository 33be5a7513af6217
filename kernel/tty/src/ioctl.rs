//! ioctl_tty(2): settings, window size, job control, flow control.

use alloc::sync::Arc;

use abi::ioctl::*;
use abi::termios::{
    ICANON, IXON, TCIFLUSH, TCIOFF, TCIOFLUSH, TCION, TCOFLUSH, TCOOFF, TCOON, VSTART, VSTOP,
};
use abi::{Errno, Termios, Termios2, Winsize};
use mm::{AddressSpace, UserPtr};
use process::Task;

use crate::Tty;
use crate::job::{self, Access};
use crate::pty::packet;

/// Answers an ioctl on a terminal; ENOTTY for what is not known.
pub(crate) fn tty_ioctl(
    tty: &Arc<Tty>,
    task: &Task,
    cmd: u32,
    arg: u64,
    mm: &AddressSpace,
    by_master: bool,
) -> Result<usize, Errno> {
    let changes =
        [TCSETS, TCSETSW, TCSETSF, TCSETS2, TCSETSW2, TCSETSF2, TCSBRK, TCSBRKP, TIOCSPGRP, TCXONC, TCFLSH];
    if changes.contains(&cmd) && !by_master {
        job::check(tty, task, Access::Change)?;
    }
    match cmd {
        TCGETS => mm.write(UserPtr::<Termios>::new(arg), &tty.with_state(|s| s.termios))?,
        TCGETS2 => mm.write(UserPtr::<Termios2>::new(arg), &to_termios2(tty.with_state(|s| s.termios)))?,
        TCSETS | TCSETSW | TCSETSF => {
            let new: Termios = mm.read(UserPtr::new(arg))?;
            if cmd != TCSETS {
                tty.drain()?;
            }
            set_termios(tty, new, cmd == TCSETSF);
        }
        TCSETS2 | TCSETSW2 | TCSETSF2 => {
            let new: Termios2 = mm.read(UserPtr::new(arg))?;
            if cmd != TCSETS2 {
                tty.drain()?;
            }
            let Termios2 { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc, .. } = new;
            set_termios(tty, Termios { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc }, cmd == TCSETSF2);
        }
        TIOCGWINSZ => mm.write(UserPtr::<Winsize>::new(arg), &tty.with_state(|s| s.winsize))?,
        TIOCSWINSZ => tty.resize(mm.read(UserPtr::new(arg))?),
        TIOCGPGRP => {
            // A master sees the groups of its slave, whoever asks.
            if !by_master {
                controlled_by(tty, task)?;
            }
            mm.write(UserPtr::<i32>::new(arg), &tty.job().foreground)?;
        }
        TIOCSPGRP => set_foreground(tty, task, mm.read(UserPtr::new(arg))?)?,
        TIOCGSID => {
            if !by_master {
                controlled_by(tty, task)?;
            }
            mm.write(UserPtr::<i32>::new(arg), &tty.job().session)?;
        }
        TIOCSCTTY => tty.acquire(task, arg == 1)?,
        TIOCNOTTY => tty.release(task)?,
        FIONREAD => {
            let count = tty.with_state(|s| s.input.readable(&s.termios)) as i32;
            mm.write(UserPtr::<i32>::new(arg), &count)?;
        }
        TIOCOUTQ => mm.write(UserPtr::<i32>::new(arg), &(tty.pending_output() as i32))?,
        TCSBRK | TCSBRKP => tty.drain()?,
        TCFLSH => flush(tty, arg as i32)?,
        TCXONC => flow(tty, arg as i32)?,
        TIOCSTI => simulate(tty, task, mm.read(UserPtr::new(arg))?)?,
        TIOCEXCL => tty.with_state(|s| s.exclusive = true),
        TIOCNXCL => tty.with_state(|s| s.exclusive = false),
        TIOCGETD => mm.write(UserPtr::<i32>::new(arg), &0)?,
        _ => return Err(Errno::ENOTTY),
    }
    Ok(0)
}

fn to_termios2(t: Termios) -> Termios2 {
    let Termios { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc } = t;
    Termios2 { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc, c_ispeed: 9600, c_ospeed: 9600 }
}

fn set_termios(tty: &Tty, new: Termios, flush_input: bool) {
    tty.with_state(|s| {
        if flush_input {
            s.input.flush();
        }
        let was = s.termios.c_lflag & ICANON != 0;
        let is = new.c_lflag & ICANON != 0;
        let keys = |t: &Termios| t.c_iflag & IXON != 0 && t.c_cc[VSTOP] == 0x13 && t.c_cc[VSTART] == 0x11;
        if keys(&s.termios) != keys(&new) {
            tty.note(if keys(&new) { packet::DOSTOP } else { packet::NOSTOP });
        }
        s.termios = new;
        if was != is {
            s.input.mode_changed(is);
        }
    });
    // What is ready may have changed with the mode.
    tty.readable.wake_all();
    tty.made_room();
}

fn controlled_by(tty: &Tty, task: &Task) -> Result<(), Errno> {
    if tty.is_controlling(task) { Ok(()) } else { Err(Errno::ENOTTY) }
}

fn set_foreground(tty: &Tty, task: &Task, pgid: i32) -> Result<(), Errno> {
    controlled_by(tty, task)?;
    if pgid < 0 {
        return Err(Errno::EINVAL);
    }
    match process::session_of_pgrp(pgid) {
        None => Err(Errno::ESRCH),
        Some(session) if session != task.session() => Err(Errno::EPERM),
        Some(_) => {
            tty.with_state(|s| s.job.foreground = pgid);
            Ok(())
        }
    }
}

fn flush(tty: &Tty, what: i32) -> Result<(), Errno> {
    match what {
        TCIFLUSH | TCIOFLUSH => {
            tty.with_state(|s| s.input.flush());
            tty.made_room();
            tty.note(packet::FLUSHREAD);
        }
        TCOFLUSH => {}
        _ => return Err(Errno::EINVAL),
    }
    if what != TCIFLUSH {
        tty.flush_output();
        tty.note(packet::FLUSHWRITE);
    }
    Ok(())
}

fn flow(tty: &Tty, what: i32) -> Result<(), Errno> {
    match what {
        TCOOFF => {
            tty.with_state(|s| s.stopped = true);
            tty.note(packet::STOP);
        }
        TCOON => {
            tty.with_state(|s| s.stopped = false);
            tty.note(packet::START);
            tty.writable.wake_all();
        }
        TCIOFF | TCION => {
            let index = if what == TCIOFF { VSTOP } else { VSTART };
            tty.send_control(index);
        }
        _ => return Err(Errno::EINVAL),
    }
    Ok(())
}

/// TIOCSTI: as if the byte had been typed. Only on the own terminal, or for root.
fn simulate(tty: &Tty, task: &Task, byte: u8) -> Result<(), Errno> {
    if !tty.is_controlling(task) && !task.cred().capable(abi::capability::CAP_SYS_ADMIN) {
        return Err(Errno::EPERM);
    }
    tty.receive(&[byte]);
    Ok(())
}
