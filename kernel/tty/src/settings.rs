//! Terminal settings: what a terminal starts with, and what a change of them may touch.

use abi::Termios;
use abi::termios::*;

/// What a line's hardware does: the control modes of a serial port, as Linux's serial core sets them (9600 baud is
/// a virtual port's whim: nothing is slowed down to it).
pub const SERIAL_MODES: u32 = B9600 | CS8 | CREAD | HUPCL | CLOCAL;
/// Those of a virtual console, whatever it claims of its speed.
pub const CONSOLE_MODES: u32 = B38400 | CS8 | CREAD | HUPCL;

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
