//! Terminal settings: what a terminal starts with, and what a change of them may touch.

use abi::Termios;
use abi::termios::*;

/// What a line's hardware does: the control modes of a serial port, as Linux's serial core sets them (9600 baud is
/// a virtual port's whim: nothing is slowed down to it).
pub const SERIAL_MODES: u32 = B9600 | CS8 | CREAD | HUPCL | CLOCAL;
/// Those of a virtual console, whatever it claims of its speed.
pub const CONSOLE_MODES: u32 = B38400 | CS8 | CREAD | HUPCL;

/// A terminal's settings with what `struct termios` has no room for.
pub(crate) struct Settings {
    pub termios: Termios,
    /// Speeds of input and output in baud.
    pub speeds: (u32, u32),
    /// Bits that no change may touch (TIOCSLCKTRMIOS).
    pub locked: Termios,
}

impl Settings {
    pub fn new(termios: Termios) -> Self {
        let nothing = Termios { c_iflag: 0, c_oflag: 0, c_cflag: 0, c_lflag: 0, c_line: 0, c_cc: [0; NCCS] };
        Settings { termios, speeds: baud_rates(&termios, (0, 0)), locked: nothing }
    }

    /// Undoes in `new` what is locked.
    pub fn keep_locked(&self, new: &mut Termios) {
        let (old, locked) = (&self.termios, &self.locked);
        let keep = |new: &mut u32, old: u32, locked: u32| *new = (*new & !locked) | (old & locked);
        keep(&mut new.c_iflag, old.c_iflag, locked.c_iflag);
        keep(&mut new.c_oflag, old.c_oflag, locked.c_oflag);
        keep(&mut new.c_cflag, old.c_cflag, locked.c_cflag);
        keep(&mut new.c_lflag, old.c_lflag, locked.c_lflag);
        if locked.c_line != 0 {
            new.c_line = old.c_line;
        }
        for ((new, old), locked) in new.c_cc.iter_mut().zip(&old.c_cc).zip(&locked.c_cc) {
            if *locked != 0 {
                *new = *old;
            }
        }
    }
}

/// Where the speed of input stands in `c_cflag`.
const IBSHIFT: u32 = 16;
/// The speeds that have a name, B0 first; those above B38400 have CBAUDEX.
const BAUD: [u32; 31] = [
    0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115_200,
    230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000, 1_152_000, 1_500_000, 2_000_000, 2_500_000,
    3_000_000, 3_500_000, 4_000_000,
];

/// The speeds of input and output that settings name; `given` are those of BOTHER.
pub(crate) fn baud_rates(termios: &Termios, given: (u32, u32)) -> (u32, u32) {
    let named = |code: u32| {
        let extended = code & CBAUDEX != 0;
        let index = if extended { (code & !CBAUDEX) + 15 } else { code };
        hal::nospec::get(&BAUD, index as usize).copied().unwrap_or(0)
    };
    let output = match termios.c_cflag & CBAUD {
        BOTHER => given.1,
        code => named(code),
    };
    let input = match (termios.c_cflag >> IBSHIFT) & CBAUD {
        B0 => output,
        BOTHER => given.0,
        code => named(code),
    };
    (input, output)
}

/// The settings of a new terminal.
pub fn initial_termios(c_cflag: u32) -> Termios {
    let mut t = Termios {
        c_iflag: ICRNL | IXON,
        c_oflag: OPOST | ONLCR,
        c_cflag,
        c_lflag: ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
        c_line: 0,
        c_cc: [0; NCCS],
    };
    for (index, key) in [
        (VINTR, 0x03),
        (VQUIT, 0x1c),
        (VERASE, 0x7f),
        (VKILL, 0x15),
        (VEOF, 0x04),
        (VMIN, 1),
        (VSTART, 0x11),
        (VSTOP, 0x13),
        (VSUSP, 0x1a),
        (VREPRINT, 0x12),
        (VDISCARD, 0x0f),
        (VWERASE, 0x17),
        (VLNEXT, 0x16),
    ] {
        t.c_cc[index] = key;
    }
    t
}
