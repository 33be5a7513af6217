//! The kernel's log: a ring in memory, and the console for what is important enough.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU8, Ordering};

use sync::{IrqSpinLock, rank};

/// Bytes that the ring keeps.
const CAPACITY: usize = 64 * 1024;
/// Messages go to the console below this level: 7 shows informational ones, `quiet` makes it 4.
static CONSOLE_LEVEL: AtomicU8 = AtomicU8::new(7);
/// Level of what the kernel itself says in the normal course of things (KERN_INFO).
pub const INFO: u8 = 6;
/// Level of what should be seen (KERN_ERR).
pub const ERROR: u8 = 3;

struct Ring {
    bytes: [u8; CAPACITY],
    /// Bytes ever written.
    end: u64,
}

static RING: IrqSpinLock<Ring> = IrqSpinLock::new(rank::LOG, Ring { bytes: [0; CAPACITY], end: 0 });

/// Takes `quiet` and `loglevel=` from the command line.
pub(crate) fn configure(cmdline: &str) {
    for word in cmdline.split_ascii_whitespace() {
        if word == "quiet" {
            CONSOLE_LEVEL.store(4, Ordering::Relaxed);
        } else if let Some(level) = word.strip_prefix("loglevel=").and_then(|level| level.parse().ok()) {
            CONSOLE_LEVEL.store(level, Ordering::Relaxed);
        }
    }
}

/// Sets which messages go to the console: those of a level below.
pub fn set_console_level(level: u8) {
    CONSOLE_LEVEL.store(level, Ordering::Relaxed);
}

struct Line {
    bytes: [u8; 512],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.len() - 1 - self.len;
        let part = &text.as_bytes()[..text.len().min(room)];
        self.bytes[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
        Ok(())
    }
}

/// Which messages go to the console: those of a level below.
pub fn console_level() -> u8 {
    CONSOLE_LEVEL.load(Ordering::Relaxed)
}

/// Logs one line, with the time in front; a line beyond 500 bytes is cut. In the ring the level stands before
/// it, as syslog(2) gives it to programs: `<6>[    0.000001] text`.
pub fn print(level: u8, args: fmt::Arguments<'_>) {
    let mut line = Line { bytes: [0; 512], len: 0 };
    let us = crate::time::now_ns() / 1000;
    let level = level.min(7);
    let _ = write!(line, "<{level}>");
    let prefix = line.len;
    let _ = write!(line, "[{:5}.{:06}] {}", us / 1_000_000, us % 1_000_000, args);
    line.bytes[line.len] = b'\n';
    let text = &line.bytes[..line.len + 1];
    {
        let mut ring = RING.lock();
        for &byte in text {
            let at = ring.end as usize % CAPACITY;
            ring.bytes[at] = byte;
            ring.end += 1;
        }
    }
    if level < console_level() {
        console(&text[prefix..]);
    }
}

/// Sends text to the console with carriage returns.
fn console(text: &[u8]) {
    for part in text.split_inclusive(|&byte| byte == b'\n') {
        match part.strip_suffix(b"\n") {
            Some(line) => {
                crate::serial::write_bytes(line);
                crate::serial::write_bytes(b"\r\n");
            }
            None => crate::serial::write_bytes(part),
        }
    }
}

/// Bytes that the log can hold.
pub fn capacity() -> usize {
    CAPACITY
}

/// Position of the oldest byte that is kept; positions count all bytes ever logged.
pub fn start() -> u64 {
    RING.lock().end.saturating_sub(CAPACITY as u64)
}

/// Position behind the newest byte.
pub fn end() -> u64 {
    RING.lock().end
}

/// Copies from position `at` on; returns how many bytes there were.
pub fn read_at(at: u64, buf: &mut [u8]) -> usize {
    let ring = RING.lock();
    let at = at.max(ring.end.saturating_sub(CAPACITY as u64));
    let len = (ring.end.saturating_sub(at) as usize).min(buf.len());
    for (nth, slot) in buf[..len].iter_mut().enumerate() {
        *slot = ring.bytes[(at as usize + nth) % CAPACITY];
    }
    len
}

/// Logs a line of the kernel's own, as informational.
#[macro_export]
macro_rules! kprintln {
    ($($args:tt)*) => { $crate::log::print($crate::log::INFO, format_args!($($args)*)) };
}

/// Logs a line that should be seen.
#[macro_export]
macro_rules! kerror {
    ($($args:tt)*) => { $crate::log::print($crate::log::ERROR, format_args!($($args)*)) };
}
