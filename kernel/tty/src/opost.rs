//! Output processing of the N_TTY line discipline (termios(3), `c_oflag`).
//!
//! A pure state machine: it knows the column the cursor is in and turns the
//! bytes that a program writes, and the echo of what a person types, into the
//! bytes that go to the device.

use crate::ctype::to_upper;
use abi::Termios;
use abi::termios::{OCRNL, OLCUC, ONLCR, ONLRET, ONOCR, OPOST, TAB3, TABDLY};

/// Width of a tab stop in columns.
const TAB_COLUMNS: u32 = 8;

/// Where the cursor is, as far as the line discipline can know.
#[derive(Debug, Default, Clone, Copy)]
pub struct Column {
    /// Column of the cursor; 0 is the left margin.
    pub now: u32,
    /// Column at which the line being edited starts: erasing stops there.
    pub line_start: u32,
}

impl Column {
    /// Passes one byte through output processing and hands what results to `out`.
    pub fn put(&mut self, termios: &Termios, byte: u8, out: &mut dyn FnMut(u8)) {
        if termios.c_oflag & OPOST == 0 {
            out(byte);
            return;
        }
        match byte {
            b'\n' => self.newline(termios, out),
            b'\r' => self.carriage_return(termios, out),
            b'\t' => self.tab(termios, out),
            0x08 => {
                self.now = self.now.saturating_sub(1);
                out(byte);
            }
            _ => {
                let byte = if termios.c_oflag & OLCUC != 0 { to_upper(byte) } else { byte };
                let continues = termios.c_iflag & abi::termios::IUTF8 != 0 && byte & 0xc0 == 0x80;
                if !byte.is_ascii_control() && !continues {
                    self.now = self.now.wrapping_add(1);
                }
                out(byte);
            }
        }
    }

    fn newline(&mut self, termios: &Termios, out: &mut dyn FnMut(u8)) {
        if termios.c_oflag & ONLRET != 0 {
            self.now = 0;
        }
        if termios.c_oflag & ONLCR != 0 {
            self.now = 0;
            out(b'\r');
        }
        self.line_start = self.now;
        out(b'\n');
    }

    fn carriage_return(&mut self, termios: &Termios, out: &mut dyn FnMut(u8)) {
        if termios.c_oflag & ONOCR != 0 && self.now == 0 {
            return;
        }
        if termios.c_oflag & OCRNL != 0 {
            if termios.c_oflag & ONLRET != 0 {
                self.now = 0;
                self.line_start = 0;
            }
            out(b'\n');
            return;
        }
        self.now = 0;
        self.line_start = 0;
        out(b'\r');
    }

    fn tab(&mut self, termios: &Termios, out: &mut dyn FnMut(u8)) {
        let spaces = TAB_COLUMNS - self.now % TAB_COLUMNS;
        self.now = self.now.wrapping_add(spaces);
        if termios.c_oflag & TABDLY == TAB3 {
            (0..spaces).for_each(|_| out(b' '));
        } else {
            out(b'\t');
        }
    }
}
