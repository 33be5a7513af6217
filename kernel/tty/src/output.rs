//! A terminal's output: from writers and from echo through output processing to the device.

use abi::Errno;
use mm::IterSrc;

use crate::device::State;
use crate::{Port, Tty};

/// Bytes of output that are processed in one go.
const CHUNK: usize = 256;
/// What a chunk can become: a tab is eight blanks.
const CHUNK_ROOM: usize = 8 * CHUNK;
/// What a step of echo can become.
const STEP_ROOM: usize = 8;

impl Tty {
    /// write(2) by an open file for which `dead` says whether it was hung up; waits while output is stopped.
    pub(crate) fn write(
        &self,
        src: &mut IterSrc<'_>,
        nonblocking: bool,
        dead: &dyn Fn() -> bool,
    ) -> Result<usize, Errno> {
        let mut done = 0;
        let end = |done: usize, errno: Errno| if done != 0 { Ok(done) } else { Err(errno) };
        while src.remaining() != 0 {
            let mut chunk = [0; CHUNK];
            let len = src.remaining().min(CHUNK);
            let len = match src.copy_in(chunk.get_mut(..len).unwrap_or(&mut [])) {
                Ok(0) => break,
                Ok(len) => len,
                Err(errno) => return end(done, errno),
            };
            match self.write_chunk(chunk.get(..len).unwrap_or(&[]), nonblocking, dead) {
                Ok(()) => {
                    self.port.after_send();
                    done += len;
                }
                Err(errno) => return end(done, errno),
            }
        }
        Ok(done)
    }

    fn write_chunk(&self, bytes: &[u8], nonblocking: bool, dead: &dyn Fn() -> bool) -> Result<(), Errno> {
        loop {
            if dead() {
                return Err(Errno::EIO);
            }
            {
                let state = &mut *self.state.lock();
                if state.ldisc != crate::ioctl::N_TTY {
                    return Err(Errno::EOPNOTSUPP);
                }
                self.send_echo(state);
                if !state.stopped && self.port.takes(CHUNK_ROOM) {
                    let termios = state.settings.termios;
                    let mut out = Outgoing::new(&*self.port);
                    for &byte in bytes {
                        state.column.put(&termios, byte, &mut |b| out.push(b));
                    }
                    return Ok(());
                }
                state.wants_room = true;
            }
            if nonblocking {
                return Err(Errno::EAGAIN);
            }
            let running = || self.with_state(|s| !s.stopped) || dead();
            self.writable.wait_event_interruptible(running).map_err(|_| Errno::ERESTARTSYS)?;
            if let Some(queue) = self.port.progress() {
                queue
                    .wait_event_interruptible(|| self.port.takes(CHUNK_ROOM) || dead())
                    .map_err(|_| Errno::ERESTARTSYS)?;
            }
        }
    }

    /// Whether a write would find room now.
    pub(crate) fn is_writable(&self) -> bool {
        self.with_state(|s| !s.stopped) && self.port.takes(CHUNK_ROOM)
    }

    /// Sends the echo that waits, as far as output isn't held back and the device takes it.
    pub(crate) fn send_echo(&self, state: &mut State) {
        let termios = state.settings.termios;
        while !state.stopped && state.echo.len() != 0 && self.port.takes(CHUNK) {
            let mut out = Outgoing::new(&*self.port);
            for _ in 0..CHUNK / STEP_ROOM {
                state.echo.next(&termios, &mut state.column, &mut |byte| out.push(byte));
            }
        }
    }

    /// The same when the device has made room.
    pub(crate) fn flush_echo(&self) {
        self.with_state(|s| self.send_echo(s));
    }

    /// Sends a byte past everything that waits (TCIOFF, TCION).
    pub(crate) fn send_control(&self, index: usize) {
        let byte = self.with_state(|s| s.termios().c_cc[index]);
        if byte != 0 {
            self.port.send(&[byte]);
        }
    }
}

/// Collects processed output and hands it to the port in pieces, the last at drop.
struct Outgoing<'a> {
    port: &'a dyn Port,
    bytes: [u8; CHUNK],
    len: usize,
}

impl<'a> Outgoing<'a> {
    fn new(port: &'a dyn Port) -> Self {
        Self { port, bytes: [0; CHUNK], len: 0 }
    }

    fn push(&mut self, byte: u8) {
        if self.len == CHUNK {
            self.flush();
        }
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    fn flush(&mut self) {
        self.port.send(&self.bytes[..core::mem::take(&mut self.len)]);
    }
}

impl Drop for Outgoing<'_> {
    fn drop(&mut self) {
        if self.len > 0 {
            self.flush();
        }
    }
}
