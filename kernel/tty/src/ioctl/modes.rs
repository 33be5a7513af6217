//! Settings by ioctl: in three structures, at once, after output has gone out, or with input thrown away.

use abi::ioctl::*;
use abi::termios::CLOCAL;
use abi::{Errno, Termios, Termios2};
use mm::UserPtr;

use super::Request;

/// The old `struct termio`: the lower halves of the flags, the line discipline, 8 keys.
type Termio = [u16; 9];
/// Keys in it.
const NCC: usize = 8;

pub(super) fn ioctl(r: &Request<'_>, cmd: u32, arg: u64) -> Result<usize, Errno> {
    let tty = r.tty;
    match cmd {
        TCGETS => r.mm.write(UserPtr::new(arg), &tty.with_state(|s| *s.termios()))?,
        TCGETS2 => r.mm.write(UserPtr::new(arg), &get_termios2(r))?,
        TCGETA => r.mm.write(UserPtr::<Termio>::new(arg), &to_termio(&tty.with_state(|s| *s.termios())))?,
        TCSETS | TCSETSW | TCSETSF => {
            r.may_change()?;
            let new: Termios = r.mm.read(UserPtr::new(arg))?;
            set(r, new, None, cmd - TCSETS)?;
        }
        TCSETS2 | TCSETSW2 | TCSETSF2 => {
            r.may_change()?;
            let new: Termios2 = r.mm.read(UserPtr::new(arg))?;
            let Termios2 { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc, c_ispeed, c_ospeed } = new;
            let new = Termios { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc };
            set(r, new, Some((c_ispeed, c_ospeed)), cmd - TCSETS2)?;
        }
        TCSETA | TCSETAW | TCSETAF => {
            r.may_change()?;
            let old = tty.with_state(|s| *s.termios());
            let termio: Termio = r.mm.read(UserPtr::new(arg))?;
            set(r, with_termio(old, &termio), None, cmd - TCSETA)?;
        }
        TIOCGLCKTRMIOS => r.mm.write(UserPtr::new(arg), &tty.with_state(|s| s.settings.locked))?,
        TIOCSLCKTRMIOS => {
            if !r.is_admin() {
                return Err(Errno::EPERM);
            }
            let locked: Termios = r.mm.read(UserPtr::new(arg))?;
            tty.with_state(|s| s.settings.locked = locked);
        }
        TIOCGSOFTCAR => {
            let local = tty.with_state(|s| s.termios().c_cflag & CLOCAL != 0);
            r.put(arg, i32::from(local))?;
        }
        TIOCSSOFTCAR => {
            let local = r.get(arg)? != 0;
            let mut new = tty.with_state(|s| *s.termios());
            new.c_cflag = (new.c_cflag & !CLOCAL) | if local { CLOCAL } else { 0 };
            tty.set_settings(new, None, false);
        }
        _ => return Err(Errno::ENOTTY),
    }
    Ok(0)
}

/// `when`: 0 at once, 1 after output has gone out, 2 also with input thrown away.
fn set(r: &Request<'_>, new: Termios, speeds: Option<(u32, u32)>, when: u32) -> Result<(), Errno> {
    if when != 0 {
        r.tty.drain()?;
    }
    r.tty.set_settings(new, speeds, when == 2);
    Ok(())
}

fn get_termios2(r: &Request<'_>) -> Termios2 {
    r.tty.with_state(|s| {
        let Termios { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc } = *s.termios();
        let (c_ispeed, c_ospeed) = s.settings.speeds;
        Termios2 { c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc, c_ispeed, c_ospeed }
    })
}

fn to_termio(t: &Termios) -> Termio {
    let mut bytes = [0; 10];
    bytes[0] = t.c_line;
    for (to, key) in bytes.iter_mut().skip(1).zip(t.c_cc.iter().take(NCC)) {
        *to = *key;
    }
    let mut termio = [0; 9];
    for (to, flags) in termio.iter_mut().zip([t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag]) {
        *to = flags as u16;
    }
    for (to, pair) in termio.iter_mut().skip(4).zip(bytes.chunks_exact(2)) {
        *to = u16::from_le_bytes([pair[0], pair[1]]);
    }
    termio
}

fn with_termio(mut t: Termios, termio: &Termio) -> Termios {
    let flags = [&mut t.c_iflag, &mut t.c_oflag, &mut t.c_cflag, &mut t.c_lflag];
    for (to, half) in flags.into_iter().zip(termio) {
        *to = (*to & 0xffff_0000) | u32::from(*half);
    }
    let bytes = termio.iter().skip(4).flat_map(|pair| pair.to_le_bytes());
    for (at, byte) in bytes.take(1 + NCC).enumerate() {
        match at.checked_sub(1) {
            None => t.c_line = byte,
            Some(key) => t.c_cc[key] = byte,
        }
    }
    t
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{SERIAL_MODES, initial_termios};

    #[test]
    fn termio_has_the_lower_halves() {
        let mut t = initial_termios(SERIAL_MODES | 0x8000_0000);
        t.c_line = 5;
        let termio = to_termio(&t);
        assert_eq!(u32::from(termio[2]), SERIAL_MODES);
        assert_eq!(termio[4].to_le_bytes(), [5, 3]);
        let mut changed = termio;
        changed[3] = 0;
        let back = with_termio(t, &changed);
        assert_eq!((back.c_lflag, back.c_line, back.c_cc), (0, 5, t.c_cc));
        assert_eq!(back.c_cflag, t.c_cflag);
    }
}
