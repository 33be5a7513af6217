//! Erasing in the line that is being edited: a character, a word, all of it, and how that looks.

use abi::Termios;
use abi::termios::*;

use super::{Input, is, show};
use crate::ctype::is_alnum;
use crate::echo::{Echo, Step};

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Character,
    Word,
    Line,
}

impl Input {
    /// VERASE, VWERASE and VKILL.
    pub(super) fn erase(&mut self, t: &Termios, key: u8, echo: &mut Echo) {
        if self.editing == 0 {
            return;
        }
        let what = if is(t, VERASE, key) {
            What::Character
        } else if t.c_lflag & IEXTEN != 0 && is(t, VWERASE, key) {
            What::Word
        } else {
            What::Line
        };
        let shown = t.c_lflag & ECHO != 0;
        let visibly = ECHO | ECHOK | ECHOKE | ECHOE;
        if what == What::Line && t.c_lflag & visibly != visibly {
            self.drop_line(t, echo);
            return;
        }
        let mut seen_word = false;
        while let Some((length, first)) = self.last_character(t) {
            if what == What::Word {
                if is_alnum(first) || first == b'_' {
                    seen_word = true;
                } else if seen_word {
                    break;
                }
            }
            let tail: [u8; 4] = core::array::from_fn(|at| self.tail_byte(length, at));
            self.cells.truncate(self.cells.len() - length);
            self.editing -= length;
            if shown {
                self.echo_erased(t, key, what, tail.get(..length).unwrap_or(&tail), echo);
            }
            if what == What::Character {
                break;
            }
        }
        if self.editing == 0 && shown {
            self.finish_erasing(echo);
        }
    }

    /// Gives the line up without wiping it from the screen.
    fn drop_line(&mut self, t: &Termios, echo: &mut Echo) {
        self.cells.truncate(self.cells.len() - self.editing);
        self.editing = 0;
        if t.c_lflag & ECHO == 0 {
            return;
        }
        self.finish_erasing(echo);
        show(t, t.c_cc[VKILL], echo);
        if t.c_lflag & ECHOK != 0 {
            echo.push(Step::Char(b'\n'));
        }
    }

    /// Ends an ECHOPRT sequence.
    pub(super) fn finish_erasing(&mut self, echo: &mut Echo) {
        if core::mem::take(&mut self.erasing) {
            echo.push(Step::Char(b'/'));
        }
    }

    /// Length and first byte of the last character of the line; none if there is only a part of one.
    fn last_character(&self, t: &Termios) -> Option<(usize, u8)> {
        let tail = self.cells.iter().rev().take(self.editing);
        let length = 1 + tail.take_while(|cell| continues(t, cell.byte)).count();
        (length <= self.editing).then(|| (length, self.tail_byte(length, 0)))
    }

    /// Byte `at` of the last `length`.
    fn tail_byte(&self, length: usize, at: usize) -> u8 {
        let index = (self.cells.len() + at).checked_sub(length);
        index.and_then(|index| self.cells.get(index)).map_or(0, |cell| cell.byte)
    }

    /// Shows that `character`, which is out of the buffer already, is gone.
    fn echo_erased(&mut self, t: &Termios, key: u8, what: What, character: &[u8], echo: &mut Echo) {
        let first = character.first().copied().unwrap_or(0);
        let control = first.is_ascii_control();
        if t.c_lflag & ECHOPRT != 0 {
            if !core::mem::replace(&mut self.erasing, true) {
                echo.push(Step::Char(b'\\'));
            }
            show(t, first, echo);
            for &byte in character.iter().skip(1) {
                echo.push(Step::Char(byte));
                echo.push(Step::SameColumn);
            }
        } else if what == What::Character && t.c_lflag & ECHOE == 0 {
            show(t, key, echo);
        } else if first == b'\t' {
            self.erase_tab(t, echo);
        } else {
            if control && t.c_lflag & ECHOCTL != 0 {
                wipe(echo);
            }
            if !control || t.c_lflag & ECHOCTL != 0 {
                wipe(echo);
            }
        }
    }

    /// Moves back over a tab: as far as it reached from what stands before it, up to the last tab or the line's
    /// start.
    fn erase_tab(&self, t: &Termios, echo: &mut Echo) {
        let mut columns = 0;
        let mut after_tab = false;
        for cell in self.cells.iter().rev().take(self.editing) {
            if cell.byte == b'\t' {
                after_tab = true;
                break;
            }
            columns += match cell.byte {
                byte if byte.is_ascii_control() => 2 * u32::from(t.c_lflag & ECHOCTL != 0),
                byte if continues(t, byte) => 0,
                _ => 1,
            };
        }
        echo.push(Step::EraseTab { columns: (columns % 8) as u8, after_tab });
    }
}

fn wipe(echo: &mut Echo) {
    b"\x08 \x08".iter().for_each(|byte| echo.push(Step::Char(*byte)));
}

/// The byte is a later one of a character (IUTF8).
fn continues(t: &Termios, byte: u8) -> bool {
    t.c_iflag & IUTF8 != 0 && byte & 0xc0 == 0x80
}
