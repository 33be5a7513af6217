//! The N_TTY line discipline's input side (termios(3), "Canonical and
//! noncanonical mode"): a pure state machine from bytes received to bytes that
//! `read` may return, with the echo and the signals they cause.

use alloc::collections::VecDeque;

use abi::Termios;
use abi::signal::{SIGINT, SIGQUIT, SIGTSTP};
use abi::termios::*;

use crate::opost::Column;

/// Bytes that can wait to be read, as on Linux (`N_TTY_BUF_SIZE`).
pub const BUFFER_SIZE: usize = 4096;
/// `_POSIX_VDISABLE`: a control character with this value is switched off.
const DISABLED: u8 = 0;

/// One byte that waits to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    byte: u8,
    /// A line ends after this byte.
    line_end: bool,
    /// The byte is an end-of-file mark: it ends a line and isn't returned.
    eof: bool,
}

/// What a received byte asks of the terminal beside being stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// This signal goes to the foreground process group.
    Signal(i32),
    /// Output stops (`VSTOP`).
    StopOutput,
    /// Output goes on (`VSTART`).
    StartOutput,
}

/// How much of what is buffered `read` may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Bytes copied.
    pub copied: usize,
    /// A line or end-of-file mark was consumed: `read` returns now.
    pub line_done: bool,
}

/// Bytes received and not yet read, with the line that is being edited.
#[derive(Default)]
pub struct Input {
    cells: VecDeque<Cell>,
    /// How many of `cells`, from the end, belong to the unfinished line.
    editing: usize,
    /// Complete lines in `cells`.
    lines: usize,
    literal_next: bool,
    /// Within an ECHOPRT erase sequence (`\...`).
    erasing: bool,
    /// Where the cursor is.
    pub column: Column,
}

impl Input {
    /// An empty buffer. Its storage is allocated at the first byte.
    pub const fn new() -> Self {
        Self {
            cells: VecDeque::new(),
            editing: 0,
            lines: 0,
            literal_next: false,
            erasing: false,
            column: Column { now: 0, line_start: 0 },
        }
    }

    /// Cells that are free.
    pub fn room(&self) -> usize {
        BUFFER_SIZE.saturating_sub(self.cells.len())
    }

    /// Takes one byte from the device. Echo goes to `out`, already processed for output.
    pub fn receive(&mut self, t: &Termios, byte: u8, out: &mut dyn FnMut(u8)) -> Effect {
        let mut byte = byte;
        if t.c_iflag & ISTRIP != 0 {
            byte &= 0x7f;
        }
        if t.c_iflag & IUCLC != 0 && t.c_lflag & IEXTEN != 0 {
            byte = byte.to_ascii_lowercase();
        }
        if t.c_lflag & EXTPROC != 0 {
            self.store(byte, false, false);
            return Effect::None;
        }
        if core::mem::take(&mut self.literal_next) {
            self.finish_erasing(t, out);
            return self.plain(t, byte, out);
        }
        if let Some(effect) = self.flow_or_signal(t, byte, out) {
            return effect;
        }
        match byte {
            b'\r' if t.c_iflag & IGNCR != 0 => return Effect::None,
            b'\r' if t.c_iflag & ICRNL != 0 => byte = b'\n',
            b'\n' if t.c_iflag & INLCR != 0 => byte = b'\r',
            _ => {}
        }
        if t.c_lflag & ICANON != 0 && self.edit(t, byte, out) {
            return Effect::None;
        }
        self.plain(t, byte, out)
    }

    fn flow_or_signal(&mut self, t: &Termios, byte: u8, out: &mut dyn FnMut(u8)) -> Option<Effect> {
        if t.c_iflag & IXON != 0 {
            if is(t, VSTART, byte) {
                return Some(Effect::StartOutput);
            }
            if is(t, VSTOP, byte) {
                return Some(Effect::StopOutput);
            }
        }
        if t.c_lflag & ISIG == 0 {
            return None;
        }
        let signal = [(VINTR, SIGINT), (VQUIT, SIGQUIT), (VSUSP, SIGTSTP)]
            .into_iter()
            .find(|&(index, _)| is(t, index, byte))?
            .1;
        if t.c_lflag & NOFLSH == 0 {
            self.flush();
        }
        if t.c_lflag & ECHO != 0 {
            self.echo_control(t, byte, out);
        }
        Some(Effect::Signal(signal))
    }

    /// Line editing in canonical mode; true if the byte was used up by it.
    fn edit(&mut self, t: &Termios, byte: u8, out: &mut dyn FnMut(u8)) -> bool {
        let extended = t.c_lflag & IEXTEN != 0;
        if is(t, VERASE, byte) || is(t, VKILL, byte) || (extended && is(t, VWERASE, byte)) {
            self.erase(t, byte, out);
        } else if extended && is(t, VLNEXT, byte) {
            self.literal_next = true;
            self.finish_erasing(t, out);
            if t.c_lflag & ECHO != 0 && t.c_lflag & ECHOCTL != 0 {
                self.put_all(t, b"^\x08", out);
            }
        } else if extended && t.c_lflag & ECHO != 0 && is(t, VREPRINT, byte) {
            self.reprint(t, byte, out);
        } else if byte == b'\n' {
            if t.c_lflag & (ECHO | ECHONL) != 0 {
                self.finish_erasing(t, out);
                self.column.put(t, b'\n', out);
            }
            self.end_line(byte, false);
        } else if is(t, VEOF, byte) {
            self.end_line(DISABLED, true);
        } else if is(t, VEOL, byte) || (extended && is(t, VEOL2, byte)) {
            if t.c_lflag & ECHO != 0 {
                self.finish_erasing(t, out);
                self.mark_line_start();
                self.echo(t, byte, out);
            }
            self.end_line(byte, false);
        } else {
            return false;
        }
        true
    }

    fn plain(&mut self, t: &Termios, byte: u8, out: &mut dyn FnMut(u8)) -> Effect {
        // One cell stays free for the newline or end-of-file mark that completes a full buffer.
        if self.cells.len() >= BUFFER_SIZE - 1 {
            if t.c_iflag & IMAXBEL != 0 {
                out(0x07);
            }
            return Effect::None;
        }
        if t.c_lflag & ECHO != 0 {
            self.finish_erasing(t, out);
            self.mark_line_start();
            if byte == b'\n' {
                self.column.put(t, byte, out);
            } else {
                self.echo(t, byte, out);
            }
        }
        // PARMRK doubles a 0377 so that a reader can tell it from a mark (termios(3)).
        if byte == 0xff && t.c_iflag & PARMRK != 0 {
            self.store(byte, false, false);
        }
        self.store(byte, false, false);
        Effect::None
    }

    fn mark_line_start(&mut self) {
        if self.editing == 0 {
            self.column.line_start = self.column.now;
        }
    }

    fn store(&mut self, byte: u8, line_end: bool, eof: bool) {
        if self.cells.len() < BUFFER_SIZE {
            self.cells.push_back(Cell { byte, line_end, eof });
            self.editing += 1;
        }
    }

    fn end_line(&mut self, byte: u8, eof: bool) {
        if self.cells.len() < BUFFER_SIZE {
            self.store(byte, true, eof);
            self.editing = 0;
            self.lines += 1;
        }
    }

    fn echo(&mut self, t: &Termios, byte: u8, out: &mut dyn FnMut(u8)) {
        if t.c_lflag & ECHOCTL != 0 && byte.is_ascii_control() && byte != b'\t' {
            self.echo_control(t, byte, out);
        } else {
            self.column.put(t, byte, out);
        }
    }

    fn echo_control(&mut self, t: &Termios, byte: u8, out: &mut dyn FnMut(u8)) {
        if t.c_lflag & ECHOCTL != 0 && byte.is_ascii_control() && byte != b'\t' {
            self.put_all(t, &[b'^', byte ^ 0x40], out);
        } else {
            self.column.put(t, byte, out);
        }
    }

    fn put_all(&mut self, t: &Termios, bytes: &[u8], out: &mut dyn FnMut(u8)) {
        for &byte in bytes {
            self.column.put(t, byte, out);
        }
    }

    fn finish_erasing(&mut self, t: &Termios, out: &mut dyn FnMut(u8)) {
        if core::mem::take(&mut self.erasing) {
            self.column.put(t, b'/', out);
        }
    }

    /// VERASE, VWERASE and VKILL.
    fn erase(&mut self, t: &Termios, byte: u8, out: &mut dyn FnMut(u8)) {
        if self.editing == 0 {
            return;
        }
        let echo = t.c_lflag & ECHO != 0;
        let kill = is(t, VKILL, byte) && !is(t, VERASE, byte);
        if kill && !(echo && t.c_lflag & ECHOK != 0 && t.c_lflag & ECHOKE != 0 && t.c_lflag & ECHOE != 0) {
            self.drop_editing();
            if echo {
                self.finish_erasing(t, out);
                self.echo(t, byte, out);
                if t.c_lflag & ECHOK != 0 {
                    self.column.put(t, b'\n', out);
                }
            }
            return;
        }
        let word = !kill && !is(t, VERASE, byte);
        let mut seen_word = false;
        while self.editing > 0 {
            let character = self.last_character(t);
            let last = self.cells[self.cells.len() - character].byte;
            if word {
                if last.is_ascii_alphanumeric() || last == b'_' || last >= 0x80 {
                    seen_word = true;
                } else if seen_word {
                    break;
                }
            }
            if echo {
                self.echo_erase(t, byte, character, out);
            }
            self.cells.truncate(self.cells.len() - character);
            self.editing -= character;
            if !kill && !word {
                break;
            }
        }
        if self.editing == 0 && echo {
            self.finish_erasing(t, out);
        }
    }

    /// Length in bytes of the last character of the line: several with IUTF8.
    fn last_character(&self, t: &Termios) -> usize {
        if t.c_iflag & IUTF8 == 0 {
            return 1;
        }
        let tail = self.cells.iter().rev().take(self.editing);
        let continuation = tail.take_while(|cell| cell.byte & 0xc0 == 0x80).count();
        (continuation + 1).min(self.editing)
    }

    fn echo_erase(&mut self, t: &Termios, key: u8, character: usize, out: &mut dyn FnMut(u8)) {
        let first = self.cells[self.cells.len() - character].byte;
        if t.c_lflag & ECHOPRT != 0 {
            if !core::mem::replace(&mut self.erasing, true) {
                self.column.put(t, b'\\', out);
            }
            self.echo(t, first, out);
        } else if is(t, VERASE, key) && t.c_lflag & ECHOE == 0 {
            self.echo(t, key, out);
        } else if first == b'\t' {
            let before = self.line_columns(t, self.editing - character);
            while self.column.now > before {
                self.column.put(t, 0x08, out);
            }
        } else {
            let control = first.is_ascii_control();
            let columns = if !control { 1 } else { 2 * u32::from(t.c_lflag & ECHOCTL != 0) };
            for _ in 0..columns {
                // The column is moved back once: the blank moves it on again.
                out(0x08);
                out(b' ');
                out(0x08);
                self.column.now = self.column.now.saturating_sub(1);
            }
        }
    }

    /// The column after the first `count` bytes of the line being edited.
    fn line_columns(&self, t: &Termios, count: usize) -> u32 {
        let start = self.cells.len() - self.editing;
        let mut column = self.column.line_start;
        for cell in self.cells.range(start..start + count) {
            column += match cell.byte {
                b'\t' => 8 - column % 8,
                byte if byte.is_ascii_control() => 2 * u32::from(t.c_lflag & ECHOCTL != 0),
                byte if t.c_iflag & IUTF8 != 0 && byte & 0xc0 == 0x80 => 0,
                _ => 1,
            };
        }
        column
    }

    fn reprint(&mut self, t: &Termios, key: u8, out: &mut dyn FnMut(u8)) {
        self.finish_erasing(t, out);
        self.echo(t, key, out);
        self.column.put(t, b'\n', out);
        for index in self.cells.len() - self.editing..self.cells.len() {
            let byte = self.cells[index].byte;
            self.echo(t, byte, out);
        }
    }

    fn drop_editing(&mut self) {
        self.cells.truncate(self.cells.len() - self.editing);
        self.editing = 0;
    }

    /// Throws away all that was received (`TCIFLUSH`, signal characters).
    pub fn flush(&mut self) {
        self.cells.clear();
        (self.editing, self.lines) = (0, 0);
        self.literal_next = false;
    }

    /// Bytes that `read` could return now (`FIONREAD`).
    pub fn readable(&self, t: &Termios) -> usize {
        if t.c_lflag & ICANON == 0 {
            return self.cells.len();
        }
        let finished = self.cells.len() - self.editing;
        self.cells.range(..finished).filter(|cell| !cell.eof).count()
    }

    /// Whether a `read` would return at once: a line, or `minimum` bytes.
    pub fn ready(&self, t: &Termios, minimum: usize) -> bool {
        if t.c_lflag & ICANON != 0 { self.lines > 0 } else { self.cells.len() >= minimum.max(1) }
    }

    /// Moves up to `buf.len()` bytes out; in canonical mode at most the rest of one line.
    pub fn take(&mut self, t: &Termios, buf: &mut [u8]) -> Taken {
        let mut taken = Taken { copied: 0, line_done: false };
        let canonical = t.c_lflag & ICANON != 0;
        while !(canonical && self.lines == 0) {
            let Some(&cell) = self.cells.front() else { break };
            // An end-of-file mark right behind a full buffer is consumed with it, so that the
            // next read doesn't see a spurious end of file.
            if taken.copied == buf.len() && !(canonical && cell.eof && taken.copied > 0) {
                break;
            }
            self.cells.pop_front();
            self.editing = self.editing.min(self.cells.len());
            self.lines -= usize::from(cell.line_end);
            if !cell.eof || !canonical {
                buf[taken.copied] = cell.byte;
                taken.copied += 1;
            }
            if canonical && cell.line_end {
                taken.line_done = true;
                break;
            }
        }
        taken
    }

    /// The mode changed between canonical and not: what is buffered becomes
    /// readable as it is, or one unfinished line.
    pub fn mode_changed(&mut self, canonical: bool) {
        if canonical && !self.cells.is_empty() && self.lines == 0 {
            // As on Linux, what came before the switch counts as a finished line.
            if let Some(last) = self.cells.back_mut() {
                last.line_end = true;
            }
            (self.editing, self.lines) = (0, 1);
        }
    }
}

fn is(t: &Termios, index: usize, byte: u8) -> bool {
    byte != DISABLED && t.c_cc[index] == byte
}
