//! Echo on its way to the output: it takes shape only when it is sent, for what it looks like depends on where the
//! cursor is then.

use alloc::collections::VecDeque;

use abi::Termios;

use crate::opost::Column;

/// Steps that can wait; beyond that the oldest are lost.
const LIMIT: usize = 4096;

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A character, processed as output is.
    Char(u8),
    /// `^X` for a control character.
    Control(u8),
    /// The line that is edited begins here.
    LineStart,
    /// The cursor didn't move by the last character: it was a part of one.
    SameColumn,
    /// Back over a tab, with so many columns before it, which begin at the line's start or after another tab.
    EraseTab { columns: u8, after_tab: bool },
}

/// Steps that wait.
#[derive(Default)]
pub struct Echo(VecDeque<Step>);

impl Echo {
    /// Nothing.
    pub const fn new() -> Self {
        Echo(VecDeque::new())
    }

    /// One more.
    pub fn push(&mut self, step: Step) {
        if self.0.len() >= LIMIT {
            self.0.pop_front();
        }
        if self.0.try_reserve(1).is_ok() {
            self.0.push_back(step);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes the first one and hands the bytes that it has become to `out`; false if there is none.
    pub fn next(&mut self, t: &Termios, column: &mut Column, out: &mut dyn FnMut(u8)) -> bool {
        let Some(step) = self.0.pop_front() else { return false };
        match step {
            // Linux's escape in its echo buffer gets past output processing.
            Step::Char(0xff) => {
                out(0xff);
                column.now = column.now.wrapping_add(1);
            }
            Step::Char(byte) => column.put(t, byte, out),
            Step::Control(byte) => {
                out(b'^');
                out(byte ^ 0x40);
                column.now = column.now.wrapping_add(2);
            }
            Step::LineStart => column.line_start = column.now,
            Step::SameColumn => column.now = column.now.saturating_sub(1),
            Step::EraseTab { columns, after_tab } => {
                let start = if after_tab { 0 } else { column.line_start };
                for _ in 0..8 - start.wrapping_add(u32::from(columns)) % 8 {
                    out(0x08);
                    column.now = column.now.saturating_sub(1);
                }
            }
        }
        true
    }
}
