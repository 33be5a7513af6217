//! A machine's serial console as a program sees it: what was printed so far, waiting for a pattern, typing.

use std::io::{Read, Write};
use std::process::{ChildStdin, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use regex_lite::Regex;

use crate::qemu::{End, Machine};
use crate::reap::Guarded;

/// What the reading threads and the waiting one share.
#[derive(Default)]
struct Shared {
    output: Mutex<Output>,
    changed: Condvar,
}

#[derive(Default)]
struct Output {
    text: String,
    filter: Filter,
    /// QEMU's own messages.
    errors: String,
    /// The console's pipe is closed.
    ended: bool,
    last: Option<Instant>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running machine whose console is ours.
pub struct Console {
    qemu: Guarded,
    keyboard: Option<ChildStdin>,
    shared: Arc<Shared>,
    /// Up to here the output has been matched.
    cursor: usize,
}

/// What a wait for console output came to.
#[derive(Debug, PartialEq)]
pub enum Wait {
    /// The text up to the end of the match.
    Matched(String),
    /// The console was closed: the machine is gone.
    Ended,
    /// The deadline passed.
    TimedOut,
}

impl Console {
    /// Starts the machine; its serial port must be [`crate::qemu::Serial::Stdio`].
    pub fn start(machine: &Machine) -> Result<Self> {
        let mut command = machine.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut qemu = Guarded::spawn(&mut command)?;
        let shared = Arc::new(Shared::default());
        let stdout = qemu.child().stdout.take().context("no console pipe")?;
        let stderr = qemu.child().stderr.take().context("no error pipe")?;
        let keyboard = qemu.child().stdin.take();
        follow(stdout, &shared, |output, bytes| {
            let Output { text, filter, .. } = output;
            filter.push(bytes, text);
            output.ended |= bytes.is_empty();
        });
        follow(stderr, &shared, |output, bytes| output.errors.push_str(&String::from_utf8_lossy(bytes)));
        Ok(Self { qemu, keyboard, shared, cursor: 0 })
    }

    /// Waits until the pattern stands anywhere in what was printed, or the machine ends; false at the deadline.
    pub fn shows(&self, pattern: &Regex, deadline: Instant) -> bool {
        let mut output = self.shared.lock();
        loop {
            if output.ended || pattern.is_match(&output.text) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            output = self.shared.changed.wait_timeout(output, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the pattern matches what was printed after the last match.
    pub fn expect(&mut self, pattern: &Regex, deadline: Instant) -> Wait {
        let mut output = self.shared.lock();
        loop {
            if let Some(found) = pattern.find(&output.text[self.cursor..]) {
                let text = output.text[self.cursor..self.cursor + found.end()].to_owned();
                self.cursor += found.end();
                return Wait::Matched(text);
            }
            if output.ended {
                return Wait::Ended;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Wait::TimedOut;
            }
            output = self.shared.changed.wait_timeout(output, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Types the bytes.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let keyboard = self.keyboard.as_mut().context("the console's input is closed")?;
        keyboard.write_all(bytes).and_then(|()| keyboard.flush()).context("QEMU takes no input any more")
    }

    /// Waits for the machine to end, at most until the deadline.
    pub fn wait_end(&mut self, deadline: Instant) -> Result<Option<End>> {
        Ok(self.qemu.wait_until(deadline)?.map(End::of))
    }

    /// Waits for the end as long as there is output: gives up when nothing was printed for `silence`.
    pub fn wait_end_while_talking(&mut self, silence: Duration, limit: Instant) -> Result<Option<End>> {
        let started = Instant::now();
        loop {
            if let Some(end) = self.wait_end(Instant::now() + Duration::from_millis(250))? {
                self.wait_drained();
                return Ok(Some(end));
            }
            let last = self.shared.lock().last.unwrap_or(started);
            if last.elapsed() > silence || Instant::now() > limit {
                return Ok(None);
            }
        }
    }

    /// After the machine's end: until all its output has been read.
    fn wait_drained(&self) {
        let deadline = Instant::now() + Duration::from_secs(5);
        let mut output = self.shared.lock();
        while !output.ended && Instant::now() < deadline {
            let pause = Duration::from_millis(50);
            output =
                self.shared.changed.wait_timeout(output, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Everything printed so far, without carriage returns and terminal controls.
    pub fn text(&self) -> String {
        self.shared.lock().text.clone()
    }

    /// The last lines of the console, and what QEMU itself said, for an error message.
    pub fn tail(&self, lines: usize) -> String {
        let output = self.shared.lock();
        let all: Vec<&str> = output.text.lines().collect();
        let mut tail = all[all.len().saturating_sub(lines)..].join("\n");
        if tail.is_empty() {
            tail = "(nothing was printed)".into();
        }
        if !output.errors.is_empty() {
            tail.push_str("\nQEMU: ");
            tail.push_str(output.errors.trim_end());
        }
        tail
    }

    /// Ends the machine now.
    pub fn kill(&mut self) {
        self.qemu.kill();
    }
}

/// Hands all that is read to `add`; at the end, an empty slice.
fn follow(mut from: impl Read + Send + 'static, shared: &Arc<Shared>, add: fn(&mut Output, &[u8])) {
    let shared = Arc::clone(shared);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let n = from.read(&mut buffer).unwrap_or(0);
            let mut output = shared.lock();
            add(&mut output, &buffer[..n]);
            output.last = Some(Instant::now());
            shared.changed.notify_all();
            if n == 0 {
                return;
            }
        }
    });
}

/// Takes carriage returns and terminal control sequences out of a byte stream and makes the rest text.
#[derive(Default)]
struct Filter {
    state: State,
    /// The beginning of a character of several bytes.
    partial: Vec<u8>,
}

#[derive(Default)]
enum State {
    #[default]
    Plain,
    Escape,
    Sequence,
}

impl Filter {
    fn push(&mut self, bytes: &[u8], text: &mut String) {
        for &byte in bytes {
            match (&self.state, byte) {
                (State::Plain, 0x1b) => self.state = State::Escape,
                (State::Plain, b'\r' | 0) => {}
                (State::Plain, _) => self.partial.push(byte),
                (State::Escape, b'[') => self.state = State::Sequence,
                (State::Escape, _) => self.state = State::Plain,
                (State::Sequence, 0x40..=0x7e) => self.state = State::Plain,
                (State::Sequence, _) => {}
            }
        }
        let whole = match std::str::from_utf8(&self.partial) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.partial.len(),
        };
        text.push_str(&String::from_utf8_lossy(&self.partial[..whole]));
        self.partial.drain(..whole);
    }
}

/// A pattern, with the text in the error if it is none.
pub fn pattern(text: &str) -> Result<Regex> {
    match Regex::new(&format!("(?m){text}")) {
        Ok(regex) => Ok(regex),
        Err(error) => bail!("bad pattern {text:?}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(chunks: &[&[u8]]) -> String {
        let (mut filter, mut text) = (Filter::default(), String::new());
        chunks.iter().for_each(|chunk| filter.push(chunk, &mut text));
        text
    }

    #[test]
    fn controls_are_dropped() {
        assert_eq!(filtered(&[b"a\r\n\x1b[6n~ # \x1b[1;32mx\x1b[m\n"]), "a\n~ # x\n");
        assert_eq!(filtered(&[b"a\x1b", b"[3", b"1mb"]), "ab");
    }

    #[test]
    fn characters_may_be_cut() {
        assert_eq!(filtered(&[b"\xc3", b"\xa9", b"\xe2\x82", b"\xacx"]), "\u{e9}\u{20ac}x");
        assert_eq!(filtered(&[b"\xff\xfea"]), "\u{fffd}\u{fffd}a");
    }
}
