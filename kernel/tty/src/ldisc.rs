//! The N_TTY line discipline's input side (termios(3), "Canonical and
//! noncanonical mode"): a pure state machine from bytes received to bytes that
//! `read` may return, with the echo and the signals they cause.

mod erase;
#[cfg(test)]
mod tests;

use alloc::collections::VecDeque;

use abi::Termios;
use abi::signal::{SIGINT, SIGQUIT, SIGTSTP};
use abi::termios::*;

use crate::ctype::to_lower;
use crate::echo::{Echo, Step};

/// Bytes that can wait to be read, as on Linux (`N_TTY_BUF_SIZE`).
pub const BUFFER_SIZE: usize = 4096;
/// `_POSIX_VDISABLE`: a control character with this value is switched off. At a line's end, where no such key can
/// stand, it is an end-of-file mark.
const DISABLED: u8 = 0;

/// One byte that waits to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    byte: u8,
    /// A line ends after this byte.
    line_end: bool,
}

impl Cell {
    /// It ends a line and isn't returned.
    fn is_eof(self) -> bool {
        self.line_end && self.byte == DISABLED
    }
}

/// What a received byte asks of the terminal beside being stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// This signal goes to the foreground process group, and the key is to be echoed if there was one.
    Signal {
        /// Which.
        signal: i32,
        /// The key.
        key: Option<u8>,
    },
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
}

impl Input {
    /// An empty buffer. Its storage is allocated at the first byte.
    pub const fn new() -> Self {
        Self { cells: VecDeque::new(), editing: 0, lines: 0, literal_next: false, erasing: false }
    }

    /// Whether a byte would find room. An endless line takes everything, each byte in place of the last, so that it
    /// can be edited and ended.
    pub fn room(&self, t: &Termios) -> bool {
        let room = BUFFER_SIZE.saturating_sub(self.cells.len());
        // What PARMRK marks becomes three bytes.
        let room = if t.c_iflag & PARMRK != 0 { room.div_ceil(3) } else { room };
        room > 1 || (t.c_lflag & ICANON != 0 && self.lines == 0)
    }

    /// Takes one byte from the device. What it looks like goes to `echo`.
    pub fn receive(&mut self, t: &Termios, byte: u8, echo: &mut Echo) -> Effect {
        if self.cells.len() >= BUFFER_SIZE && self.editing != 0 {
            self.cells.pop_back();
            self.editing -= 1;
        }
        let mut byte = byte;
        if t.c_iflag & ISTRIP != 0 {
            byte &= 0x7f;
        }
        if t.c_iflag & IUCLC != 0 && t.c_lflag & IEXTEN != 0 {
            byte = to_lower(byte);
        }
        if t.c_lflag & EXTPROC != 0 {
            self.store(byte, false);
            return Effect::None;
        }
        if core::mem::take(&mut self.literal_next) {
            self.plain(t, byte, false, echo);
            return Effect::None;
        }
        if let Some(effect) = flow_or_signal(t, byte) {
            return effect;
        }
        let typed = byte;
        match byte {
            b'\r' if t.c_iflag & IGNCR != 0 => return Effect::None,
            b'\r' if t.c_iflag & ICRNL != 0 => byte = b'\n',
            b'\n' if t.c_iflag & INLCR != 0 => byte = b'\r',
            _ => {}
        }
        if t.c_lflag & ICANON == 0 || !self.edit(t, byte, echo) {
            self.plain(t, byte, typed != byte, echo);
        }
        Effect::None
    }

    /// The line was held low (termios(3), BRKINT).
    pub fn receive_break(&mut self, t: &Termios) -> Effect {
        if t.c_iflag & IGNBRK != 0 {
            return Effect::None;
        }
        if t.c_iflag & BRKINT != 0 {
            return Effect::Signal { signal: SIGINT, key: None };
        }
        if t.c_iflag & PARMRK != 0 {
            self.store(0xff, false);
            self.store(0, false);
        }
        self.store(0, false);
        Effect::None
    }

    /// Shows the key that has sent a signal.
    pub fn echo_signal(t: &Termios, key: u8, echo: &mut Echo) {
        if t.c_lflag & ECHO != 0 {
            show(t, key, echo);
        }
    }

    /// Line editing in canonical mode; true if the byte was used up by it.
    fn edit(&mut self, t: &Termios, byte: u8, echo: &mut Echo) -> bool {
        let extended = t.c_lflag & IEXTEN != 0;
        let shown = t.c_lflag & ECHO != 0;
        if is(t, VERASE, byte) || is(t, VKILL, byte) || (extended && is(t, VWERASE, byte)) {
            self.erase(t, byte, echo);
        } else if extended && is(t, VLNEXT, byte) {
            self.literal_next = true;
            if shown {
                self.finish_erasing(echo);
                if t.c_lflag & ECHOCTL != 0 {
                    echo.push(Step::Char(b'^'));
                    echo.push(Step::Char(0x08));
                }
            }
        } else if extended && shown && is(t, VREPRINT, byte) {
            self.reprint(t, byte, echo);
        } else if byte == b'\n' {
            if t.c_lflag & (ECHO | ECHONL) != 0 {
                echo.push(Step::Char(b'\n'));
            }
            self.store(byte, true);
        } else if is(t, VEOF, byte) {
            self.store(DISABLED, true);
        } else if is(t, VEOL, byte) || (extended && is(t, VEOL2, byte)) {
            if shown {
                self.mark_line_start(echo);
                show(t, byte, echo);
            }
            if byte == 0xff && t.c_iflag & PARMRK != 0 {
                self.store(byte, false);
            }
            self.store(byte, true);
        } else {
            return false;
        }
        true
    }

    /// Stores a byte; `mapped`: it isn't the one that was typed.
    fn plain(&mut self, t: &Termios, byte: u8, mapped: bool, echo: &mut Echo) {
        if t.c_lflag & ECHO != 0 {
            self.finish_erasing(echo);
            if byte == b'\n' && mapped {
                echo.push(Step::Char(byte));
            } else {
                self.mark_line_start(echo);
                show(t, byte, echo);
            }
        }
        // PARMRK doubles a 0377 so that a reader can tell it from a mark (termios(3)).
        if byte == 0xff && t.c_iflag & PARMRK != 0 {
            self.store(byte, false);
        }
        self.store(byte, false);
    }

    fn mark_line_start(&self, echo: &mut Echo) {
        if self.editing == 0 {
            echo.push(Step::LineStart);
        }
    }

    fn store(&mut self, byte: u8, line_end: bool) {
        if self.cells.len() >= BUFFER_SIZE {
            return;
        }
        self.cells.push_back(Cell { byte, line_end });
        self.editing += 1;
        if line_end {
            self.editing = 0;
            self.lines += 1;
        }
    }

    fn reprint(&mut self, t: &Termios, key: u8, echo: &mut Echo) {
        self.finish_erasing(echo);
        show(t, key, echo);
        echo.push(Step::Char(b'\n'));
        for index in self.cells.len() - self.editing..self.cells.len() {
            let byte = self.cells[index].byte;
            show(t, byte, echo);
        }
    }

    /// Throws away all that was received (`TCIFLUSH`, signal characters).
    pub fn flush(&mut self) {
        self.cells.clear();
        (self.editing, self.lines) = (0, 0);
        self.erasing = false;
    }

    /// Bytes that `read` could return now (`FIONREAD`).
    pub fn readable(&self, t: &Termios) -> usize {
        if !is_canonical(t) {
            return self.cells.len();
        }
        let finished = self.cells.len() - self.editing;
        self.cells.range(..finished).filter(|cell| !cell.is_eof()).count()
    }

    /// Whether a `read` would return at once: a line, or `minimum` bytes.
    pub fn ready(&self, t: &Termios, minimum: usize) -> bool {
        if is_canonical(t) { self.lines > 0 } else { self.cells.len() >= minimum.max(1) }
    }

    /// Moves up to `buf.len()` bytes out; in canonical mode at most the rest of one line.
    pub fn take(&mut self, t: &Termios, buf: &mut [u8]) -> Taken {
        let mut taken = Taken { copied: 0, line_done: false };
        let canonical = is_canonical(t);
        while !(canonical && self.lines == 0) {
            let Some(&cell) = self.cells.front() else { break };
            let eof = canonical && cell.is_eof();
            // An end-of-file mark right behind a full buffer is consumed with it, so that the
            // next read doesn't see a spurious end of file.
            if taken.copied == buf.len() && !(eof && taken.copied > 0) {
                break;
            }
            self.cells.pop_front();
            self.editing = self.editing.min(self.cells.len());
            self.lines -= usize::from(cell.line_end);
            if !eof {
                buf[taken.copied] = cell.byte;
                taken.copied += 1;
            }
            if canonical && cell.line_end {
                taken.line_done = true;
                break;
            }
        }
        // Where the other side edits the lines, an end-of-file key that comes alone is one.
        let edited_elsewhere = t.c_lflag & (ICANON | EXTPROC) == ICANON | EXTPROC;
        if edited_elsewhere
            && taken.copied == 1
            && self.cells.is_empty()
            && buf.first() == Some(&t.c_cc[VEOF])
        {
            taken = Taken { copied: 0, line_done: true };
        }
        taken
    }

    /// New settings: between canonical mode and others what is buffered becomes readable as it is, or one line that
    /// is finished.
    pub fn settings_changed(&mut self, old: &Termios, new: &Termios) {
        if (old.c_lflag ^ new.c_lflag) & (ICANON | EXTPROC) == 0 {
            return;
        }
        self.cells.iter_mut().for_each(|cell| cell.line_end = false);
        (self.editing, self.lines) = (self.cells.len(), 0);
        if new.c_lflag & ICANON != 0
            && let Some(last) = self.cells.back_mut()
        {
            last.line_end = true;
            (self.editing, self.lines) = (0, 1);
        }
        (self.literal_next, self.erasing) = (false, false);
    }
}

/// Whether reads give lines.
pub fn is_canonical(t: &Termios) -> bool {
    t.c_lflag & (ICANON | EXTPROC) == ICANON
}

/// Echoes a byte, control characters as two.
fn show(t: &Termios, byte: u8, echo: &mut Echo) {
    let control = t.c_lflag & ECHOCTL != 0 && byte.is_ascii_control() && byte != b'\t';
    echo.push(if control { Step::Control(byte) } else { Step::Char(byte) });
}

fn flow_or_signal(t: &Termios, byte: u8) -> Option<Effect> {
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
    let keys = [(VINTR, SIGINT), (VQUIT, SIGQUIT), (VSUSP, SIGTSTP)];
    let (_, signal) = keys.into_iter().find(|&(index, _)| is(t, index, byte))?;
    Some(Effect::Signal { signal, key: Some(byte) })
}

fn is(t: &Termios, index: usize, byte: u8) -> bool {
    byte != DISABLED && t.c_cc[index] == byte
}
