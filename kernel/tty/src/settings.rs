//! Terminal settings: what a terminal starts with, and what a change of them may touch.

use abi::Termios;
use abi::termios::*;

/// The settings of a new serial terminal, as Linux's serial core sets them (9600 baud is a
/// virtual port's whim: nothing is slowed down to it).
pub fn initial_termios() -> Termios {
    let mut t = Termios {
        c_iflag: ICRNL | IXON,
        c_oflag: OPOST | ONLCR,
        c_cflag: B9600 | CS8 | CREAD | HUPCL | CLOCAL,
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
