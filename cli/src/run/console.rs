//! The kernel's console: kept for the case that the kernel panics, shown with `--verbose`.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;

/// As much of the end is kept as a panic's message can be.
const KEPT: usize = 65_536;

/// Follows the console until the machine's end.
pub struct Console(JoinHandle<Vec<u8>>);

impl Console {
    /// Begins to read; `show` puts it on standard error too.
    pub fn follow(mut from: UnixStream, show: bool) -> Self {
        Self(std::thread::spawn(move || {
            let (mut kept, mut buffer) = (Vec::new(), [0; 4096]);
            loop {
                let n = from.read(&mut buffer).unwrap_or(0);
                if n == 0 {
                    return kept;
                }
                if show {
                    let _ = std::io::stderr().write_all(&buffer[..n]);
                }
                kept.extend(&buffer[..n]);
                let surplus = kept.len().saturating_sub(KEPT);
                kept.drain(..surplus);
            }
        }))
    }

    /// The last that the kernel said; QEMU must have ended.
    pub fn last_words(self) -> String {
        String::from_utf8_lossy(&self.0.join().unwrap_or_default()).replace('\r', "")
    }
}
