//! The line discipline against what termios(3) and a real Linux terminal do.

use abi::Termios;
use abi::signal::SIGINT;
use abi::termios::*;

use super::{BUFFER_SIZE, Effect, Input};
use crate::echo::Echo;
use crate::opost::Column;
use crate::settings::initial_termios;

struct Line {
    input: Input,
    termios: Termios,
    column: Column,
    echo: Vec<u8>,
}

impl Line {
    fn new() -> Self {
        Self {
            input: Input::new(),
            termios: initial_termios(crate::settings::SERIAL_MODES),
            column: Column::default(),
            echo: Vec::new(),
        }
    }

    fn type_in(&mut self, bytes: &[u8]) -> Vec<Effect> {
        let mut steps = Echo::new();
        let effects = bytes.iter().map(|&b| self.input.receive(&self.termios, b, &mut steps)).collect();
        self.show(&mut steps);
        effects
    }

    fn show(&mut self, steps: &mut Echo) {
        let Self { termios, column, echo, .. } = self;
        while steps.next(termios, column, &mut |e| echo.push(e)) {}
    }

    fn read(&mut self, size: usize) -> Vec<u8> {
        let mut buf = vec![0; size];
        let taken = self.input.take(&self.termios, &mut buf);
        buf.truncate(taken.copied);
        buf
    }
}

#[test]
fn a_line_is_readable_when_it_is_complete() {
    let mut line = Line::new();
    line.type_in(b"ab");
    assert!(!line.input.ready(&line.termios, 1));
    assert_eq!(line.read(10), b"");
    line.type_in(b"\r");
    assert!(line.input.ready(&line.termios, 1));
    assert_eq!(line.input.readable(&line.termios), 3);
    assert_eq!(line.read(10), b"ab\n");
    assert_eq!(line.echo, b"ab\r\n");
}

#[test]
fn a_read_takes_one_line_and_the_rest_stays() {
    let mut line = Line::new();
    line.type_in(b"one\ntwo\n");
    assert_eq!(line.read(2), b"on");
    assert_eq!(line.read(10), b"e\n");
    assert_eq!(line.read(10), b"two\n");
}

#[test]
fn erase_word_erase_and_kill_edit_the_line() {
    let mut line = Line::new();
    line.type_in(b"abc\x7f\n");
    assert_eq!(line.read(10), b"ab\n");
    assert_eq!(line.echo, b"abc\x08 \x08\r\n");
    line.type_in(b"one two-three  \x17x\n");
    assert_eq!(line.read(20), b"one two-x\n");
    line.type_in(b"gone\x15kept\n");
    assert_eq!(line.read(20), b"kept\n");
    line.type_in(b"\x7f\x7f\n");
    assert_eq!(line.read(20), b"\n");
}

#[test]
fn erase_removes_a_whole_utf8_character() {
    let mut line = Line::new();
    line.termios.c_iflag |= IUTF8;
    line.type_in("aß€".as_bytes());
    line.type_in(b"\x7f\x7f\n");
    assert_eq!(line.read(10), b"a\n");
}

#[test]
fn erasing_a_tab_moves_back_over_all_its_columns() {
    let mut line = Line::new();
    line.type_in(b"ab\t");
    line.echo.clear();
    line.type_in(b"\x7f");
    assert_eq!(line.echo, [0x08; 6]);
}

#[test]
fn control_characters_echo_as_two_columns() {
    let mut line = Line::new();
    line.type_in(b"\x16\x03\x7f\n");
    assert_eq!(line.read(10), b"\n");
    assert!(line.echo.starts_with(b"^\x08^C"));
}

#[test]
fn end_of_file_ends_a_line_without_a_byte() {
    let mut line = Line::new();
    line.type_in(b"abc\x04");
    assert_eq!(line.read(3), b"abc");
    assert!(!line.input.ready(&line.termios, 1), "the mark went with the full buffer");
    line.type_in(b"\x04");
    assert!(line.input.ready(&line.termios, 1));
    let mut buf = [0; 4];
    let taken = line.input.take(&line.termios, &mut buf);
    assert_eq!((taken.copied, taken.line_done), (0, true));
}

#[test]
fn the_interrupt_key_flushes_and_signals() {
    let mut line = Line::new();
    let signal = Effect::Signal { signal: SIGINT, key: Some(3) };
    assert_eq!(line.type_in(b"abc\x03").last(), Some(&signal));
    line.input.flush();
    let mut steps = Echo::new();
    Input::echo_signal(&line.termios, 3, &mut steps);
    line.show(&mut steps);
    assert_eq!(line.echo, b"abc^C");
    line.type_in(b"d\n");
    assert_eq!(line.read(10), b"d\n");
}

#[test]
fn flow_control_keys_are_not_input() {
    let mut line = Line::new();
    assert_eq!(line.type_in(b"\x13\x11"), [Effect::StopOutput, Effect::StartOutput]);
    assert_eq!(line.input.readable(&line.termios), 0);
}

#[test]
fn raw_mode_passes_every_byte() {
    let mut line = Line::new();
    line.termios.c_lflag &= !(ICANON | ECHO | ISIG | IEXTEN);
    line.termios.c_iflag &= !(ICRNL | IXON);
    let all: Vec<u8> = (0..=255).collect();
    line.type_in(&all);
    assert_eq!(line.read(300), all);
    assert_eq!(line.echo, b"");
}

#[test]
fn a_full_buffer_still_takes_the_newline() {
    let mut line = Line::new();
    line.type_in(&vec![b'x'; BUFFER_SIZE + 10]);
    line.type_in(b"\n");
    let got = line.read(2 * BUFFER_SIZE);
    assert_eq!(got.len(), BUFFER_SIZE);
    assert_eq!(got.last(), Some(&b'\n'));
}

#[test]
fn output_processing_expands_newlines_and_tabs() {
    let mut termios = initial_termios(crate::settings::SERIAL_MODES);
    let mut column = Column::default();
    let mut out = Vec::new();
    "a\tb\n".bytes().for_each(|b| column.put(&termios, b, &mut |e| out.push(e)));
    assert_eq!((out.as_slice(), column.now), (&b"a\tb\r\n"[..], 0));
    termios.c_oflag |= TAB3;
    out.clear();
    "a\tb".bytes().for_each(|b| column.put(&termios, b, &mut |e| out.push(e)));
    assert_eq!((out.as_slice(), column.now), (&b"a       b"[..], 9));
}
