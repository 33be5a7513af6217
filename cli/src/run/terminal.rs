//! The tool's terminal: what the guest's is to look like, and whose the keys are.
//!
//! As long as the program does not need the keys the terminal stays as it is: in `ferrogate run -- ls | less` it is
//! less that wants it raw. The program then runs in the guest terminal's background, so that a read or a change of
//! settings stops it; the guest tells that, and only then is the terminal made raw and the keys become the guest's.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{getpgid, getpgrp, getppid, getsid};
use rustix::termios::{
    OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
};

use super::stdio::Stdio;
use crate::reap::TerminalGuard;

/// Length of the text that ends what the guest's terminal shows.
const COOKIE_LEN: usize = 32;

/// A terminal whose other end is gone is ready without end.
const MAX_TYPED_AHEAD: usize = 65_536;

/// The terminal's looks, for the guest.
#[derive(Clone, Debug)]
pub struct Look {
    foreground: bool,
    size: [u16; 4],
    modes: [u32; 4],
    special: [u8; 19],
    /// Comes behind the last byte that the program wrote to its terminal.
    pub cookie: Vec<u8>,
}

impl Look {
    /// As the guest's first program reads it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.foreground)];
        bytes.extend(self.size.iter().flat_map(|n| n.to_le_bytes()));
        bytes.extend(self.modes.iter().flat_map(|n| n.to_le_bytes()));
        bytes.extend(self.special);
        bytes.extend(&self.cookie);
        bytes
    }
}

/// The terminal on which the tool was started.
pub struct Terminal {
    /// Keys are read here.
    pub keys: File,
    /// What the guest shows is written here.
    pub screen: File,
    settings: Termios,
    _guard: TerminalGuard,
    /// The keys are the guest's, and nothing is done to what it shows.
    raw: AtomicBool,
    /// Milliseconds after `started` at which the guest last showed more than an echo of Ctrl-C.
    last_shown_ms: AtomicU64,
    started: Instant,
}

impl Terminal {
    /// The terminal among the standard streams, or else the one that controls the tool; none if there is none.
    pub fn of_this_process(stdio: Stdio) -> Option<Self> {
        let fds = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
        let stream = |i: usize| -> Option<File> {
            let fd = stdio.is_terminal(i).then(|| fcntl_dupfd_cloexec(fds[i], 3).ok())??;
            Some(File::from(fd))
        };
        let controlling = || File::options().read(true).write(true).open("/dev/tty").ok();
        let keys = stream(0).or_else(controlling).or_else(|| stream(1)).or_else(|| stream(2))?;
        let screen = stream(1).or_else(|| stream(2)).or_else(controlling).or_else(|| stream(0))?;
        let settings = tcgetattr(&keys).ok()?;
        let _guard = TerminalGuard::of(&keys);
        let (raw, last_shown_ms) = (AtomicBool::new(false), AtomicU64::new(0));
        Some(Self { keys, screen, settings, _guard, raw, last_shown_ms, started: Instant::now() })
    }

    /// What the guest is to know. With `foreground` the program has the keys from the start.
    pub fn look(&self, foreground: bool) -> Result<Look> {
        let s = &self.settings;
        // The order of the kernel's structure, which that of the guest's first program is too.
        let codes = [
            SpecialCodeIndex::VINTR,
            SpecialCodeIndex::VQUIT,
            SpecialCodeIndex::VERASE,
            SpecialCodeIndex::VKILL,
            SpecialCodeIndex::VEOF,
            SpecialCodeIndex::VTIME,
            SpecialCodeIndex::VMIN,
            SpecialCodeIndex::VSWTC,
            SpecialCodeIndex::VSTART,
            SpecialCodeIndex::VSTOP,
            SpecialCodeIndex::VSUSP,
            SpecialCodeIndex::VEOL,
            SpecialCodeIndex::VREPRINT,
            SpecialCodeIndex::VDISCARD,
            SpecialCodeIndex::VWERASE,
            SpecialCodeIndex::VLNEXT,
            SpecialCodeIndex::VEOL2,
        ];
        let mut special = [0; 19];
        for (place, code) in special.iter_mut().zip(codes) {
            *place = s.special_codes[code];
        }
        let modes =
            [s.input_modes.bits(), s.output_modes.bits(), s.control_modes.bits(), s.local_modes.bits()];
        Ok(Look { foreground, size: self.size(), modes, special, cookie: cookie()? })
    }

    /// Rows, columns, width and height.
    pub fn size(&self) -> [u16; 4] {
        let size = tcgetwinsize(&self.screen).or_else(|_| tcgetwinsize(&self.keys));
        size.map_or([24, 80, 0, 0], |s| [s.ws_row, s.ws_col, s.ws_xpixel, s.ws_ypixel])
    }

    /// Whether we are the terminal's foreground; of a terminal that is not ours to say, we are.
    pub fn is_ours(&self) -> bool {
        tcgetpgrp(&self.keys).map_or(true, |group| group == getpgrp())
    }

    /// Takes whole lines that wait, and ends of file as the key that makes them: raw, they would read as zero bytes.
    /// Called before the first [`Self::set_raw`].
    pub fn typed_ahead(&self) -> Vec<u8> {
        let (mut typed, mut buffer) = (Vec::new(), [0; 4096]);
        let no_time = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        loop {
            let mut wait = [PollFd::new(&self.keys, PollFlags::IN)];
            let ready = poll(&mut wait, Some(&no_time)).is_ok_and(|n| n > 0);
            if !ready || !wait[0].revents().contains(PollFlags::IN) || typed.len() > MAX_TYPED_AHEAD {
                return typed;
            }
            match (&self.keys).read(&mut buffer) {
                Ok(0) => typed.push(self.settings.special_codes[SpecialCodeIndex::VEOF]),
                Ok(n) => typed.extend(&buffer[..n]),
                Err(_) => return typed,
            }
        }
    }

    /// Gives the keys to the guest, or takes them back. In the background this stops the tool until it is not.
    pub fn set_raw(&self, raw: bool) -> Result<()> {
        let mut settings = self.settings.clone();
        if raw {
            settings.make_raw();
        }
        tcsetattr(&self.keys, OptionalActions::Now, &settings).context("cannot set the terminal")?;
        self.raw.store(raw, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the keys are the guest's.
    pub fn is_raw(&self) -> bool {
        self.raw.load(Ordering::Relaxed)
    }

    /// Notes that the guest shows this.
    pub fn note_shown(&self, bytes: &[u8]) {
        if is_more_than_echo(bytes) {
            let now = self.started.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
            self.last_shown_ms.store(now, Ordering::Relaxed);
        }
    }

    /// Whether the guest has shown anything but an echo of Ctrl-C since then.
    pub fn has_shown_since(&self, time: Instant) -> bool {
        let then = time.duration_since(self.started).as_millis().try_into().unwrap_or(u64::MAX);
        self.last_shown_ms.load(Ordering::Relaxed) >= then
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.is_raw() {
            let _ = self.set_raw(false);
        }
    }
}

fn is_more_than_echo(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        rest = match rest {
            [b'^', b'C', rest @ ..] | [b'\r' | b'\n', rest @ ..] => rest,
            _ => return true,
        };
    }
    false
}

/// Takes the carriage returns out that the guest's terminal put before newlines, for a terminal that does so itself.
pub fn without_returns(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (i, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(i + 1) != Some(&b'\n') {
            out.push(*byte);
        }
    }
    out
}

/// Whether nobody would continue us if we stopped: a process group whose members have no parent in another group of
/// the session. There Ctrl-Z stops no program.
pub fn is_orphaned() -> bool {
    let Some(parent) = getppid() else { return true };
    let session = getsid(None);
    getsid(Some(parent)).ok() != session.ok() || getpgid(Some(parent)).is_ok_and(|group| group == getpgrp())
}

fn cookie() -> Result<Vec<u8>> {
    let mut bytes = [0; COOKIE_LEN / 2];
    let mut random = File::open("/dev/urandom").context("cannot open /dev/urandom")?;
    random.read_exact(&mut bytes).context("cannot read /dev/urandom")?;
    Ok(bytes.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect())
}

/// A descriptor of its own for a thread.
pub fn duplicate(fd: impl AsFd) -> Result<File> {
    let fd: OwnedFd = fcntl_dupfd_cloexec(fd, 3).context("cannot duplicate a descriptor")?;
    Ok(File::from(fd))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_no_answer() {
        assert!(!is_more_than_echo(b"^C"));
        assert!(!is_more_than_echo(b"^C\r\n^C"));
        assert!(is_more_than_echo(b"^C\r\n$ "));
        assert!(is_more_than_echo(b"^"));
    }

    #[test]
    fn returns() {
        assert_eq!(without_returns(b"a\r\nb\rc\r\r\n"), b"a\nb\rc\r\n");
    }
}
