//! A terminal's input: from the device through the line discipline to readers.

use abi::Errno;
use abi::termios::{ICANON, IXANY, IXON, NOFLSH, VMIN, VTIME};
use mm::IterDst;
use sched::WaitResult;
use vfs::fasync::Band;

use crate::Tty;
use crate::device::State;
use crate::ldisc::{Effect, Input};
use crate::pty::packet;

/// Bytes that pass between the line discipline and a reader in one go.
const CHUNK: usize = 256;
/// Echo that waits no longer for more.
const ECHO_CHUNK: usize = 256;
/// VTIME's unit.
const TENTH_NS: u64 = 100_000_000;

/// How a read waits (termios(3): the four cases of MIN and TIME).
struct Patience {
    /// Bytes below which the read goes on waiting; 0 in canonical mode.
    minimum: usize,
    /// TIME between bytes, from the first one on; 0 for none.
    between_ns: u64,
    /// TIME from the start, where MIN is 0.
    from_start_ns: Option<u64>,
}

impl Patience {
    fn of(state: &mut State) -> Self {
        let termios = state.termios();
        if termios.c_lflag & ICANON != 0 {
            return Patience { minimum: 0, between_ns: 0, from_start_ns: None };
        }
        let time = u64::from(termios.c_cc[VTIME]) * TENTH_NS;
        match usize::from(termios.c_cc[VMIN]) {
            0 => Patience { minimum: 1, between_ns: 0, from_start_ns: Some(time) },
            minimum => Patience { minimum, between_ns: time, from_start_ns: None },
        }
    }
}

impl Tty {
    /// Takes what the device received: editing, echo, signals, wake-ups.
    pub fn receive(&self, bytes: &[u8]) {
        self.with_state(|s| {
            if s.ldisc == crate::ioctl::N_TTY && s.backlog.try_reserve(bytes.len()).is_ok() {
                s.backlog.extend(bytes);
            }
        });
        self.pump();
    }

    /// The same for a device that can wait: nothing is lost while programs read too slowly.
    pub fn receive_paced(&self, bytes: &[u8]) {
        for chunk in bytes.chunks(CHUNK) {
            self.unread.wait(sched::state::IDLE, None, || self.has_input_room());
            self.receive(chunk);
        }
    }

    /// The device saw a break on the line.
    pub fn receive_break(&self) {
        let effect = self.with_state(|s| {
            let termios = s.settings.termios;
            s.input.receive_break(&termios)
        });
        self.act(effect);
        self.readable.wake_all();
    }

    /// Hands the line discipline as much of what has arrived as it has room for.
    pub(crate) fn pump(&self) {
        let mut any = false;
        loop {
            let effect = {
                let state = &mut *self.state.lock();
                let before = state.backlog.len();
                let effect = process(state);
                let over = state.backlog.len() == before;
                // What has been typed at once is echoed at once: a signal in the middle takes back what isn't out.
                if over || state.echo.len() >= ECHO_CHUNK {
                    self.send_echo(state);
                }
                if over {
                    break;
                }
                effect
            };
            any = true;
            self.act(effect);
        }
        if any {
            self.port.after_send();
            self.unread.wake_all();
            if self.is_readable() {
                self.readable.wake_all();
                self.fasync.tell(Band::In);
            }
        }
    }

    /// What a received byte asks for beside being stored.
    fn act(&self, effect: Effect) {
        match effect {
            Effect::None => {}
            Effect::StopOutput => self.stop_output(false),
            Effect::StartOutput => {
                self.start_output(false);
                self.flush_echo();
            }
            Effect::Signal { signal, key } => {
                let termios = self.with_state(|s| s.settings.termios);
                if termios.c_lflag & NOFLSH == 0 {
                    self.with_state(|s| {
                        s.input.flush();
                        s.echo.clear();
                    });
                    self.port.flush();
                    self.port.note(packet::FLUSHREAD | packet::FLUSHWRITE);
                }
                self.with_state(|s| {
                    if let Some(key) = key {
                        Input::echo_signal(&termios, key, &mut s.echo);
                    }
                });
                self.signal_foreground(signal);
                if termios.c_iflag & IXON != 0 {
                    self.start_output(false);
                }
            }
        }
    }

    /// Whether a read would find something now, as poll(2) understands it: MIN bytes where no TIME is set.
    pub(crate) fn is_readable(&self) -> bool {
        self.with_state(|s| {
            let (min, time) = (s.termios().c_cc[VMIN], s.termios().c_cc[VTIME]);
            let wanted = if time == 0 { usize::from(min).max(1) } else { 1 };
            s.input.ready(s.termios(), wanted)
        })
    }

    fn has_input(&self) -> bool {
        self.with_state(|s| s.input.ready(s.termios(), 1))
    }

    /// read(2) by an open file for which `dead` says whether it was hung up: waits as the settings say.
    pub(crate) fn read(
        &self,
        dst: &mut IterDst<'_>,
        nonblocking: bool,
        dead: &dyn Fn() -> bool,
    ) -> Result<usize, Errno> {
        let patience = self.with_state(Patience::of);
        let mut limit_ns = patience.from_start_ns;
        let mut done = 0;
        let end = |done: usize, errno: Errno| if done != 0 { Ok(done) } else { Err(errno) };
        while dst.remaining() != 0 {
            if dead() {
                break;
            }
            if !self.has_input() {
                if limit_ns == Some(0) {
                    break;
                }
                if nonblocking {
                    return end(done, Errno::EAGAIN);
                }
                let deadline = limit_ns.map(|limit| sched::clock::monotonic_ns() + limit);
                let came = || self.has_input() || dead();
                match self.readable.wait_event_interruptible_timeout(deadline, came) {
                    WaitResult::Interrupted => return end(done, Errno::ERESTARTSYS),
                    WaitResult::TimedOut => limit_ns = Some(0),
                    _ => {}
                }
                continue;
            }
            match self.take(dst) {
                Ok(count) => done += count,
                Err(errno) => return end(done, errno),
            }
            self.pump();
            if done >= patience.minimum {
                break;
            }
            if patience.between_ns != 0 {
                limit_ns = Some(patience.between_ns);
            }
        }
        Ok(done)
    }

    /// Takes what there is: in canonical mode the rest of one line at most.
    fn take(&self, dst: &mut IterDst<'_>) -> Result<usize, Errno> {
        let mut done = 0;
        while dst.remaining() != 0 {
            let mut chunk = [0; CHUNK];
            let room = dst.remaining().min(CHUNK);
            let taken = self.with_state(|s| {
                let termios = s.settings.termios;
                s.input.take(&termios, chunk.get_mut(..room).unwrap_or(&mut []))
            });
            match dst.copy_out(chunk.get(..taken.copied).unwrap_or(&[])) {
                Ok(copied) => done += copied,
                Err(errno) => return if done != 0 { Ok(done) } else { Err(errno) },
            }
            if taken.line_done || taken.copied < room {
                break;
            }
        }
        Ok(done)
    }

    /// TIOCINQ: bytes that a read could return.
    pub(crate) fn input_count(&self) -> usize {
        self.with_state(|s| s.input.readable(s.termios()))
    }
}

/// Processes bytes until one has an effect or there is no room for the next.
fn process(state: &mut State) -> Effect {
    let termios = state.settings.termios;
    let State { input, echo, backlog, .. } = state;
    while input.room(&termios) && echo.len() < ECHO_CHUNK {
        let Some(byte) = backlog.pop_front() else { break };
        let effect = input.receive(&termios, byte, echo);
        // Any key lets output go on, if the settings say so; the keys of their own do so anyway.
        let restarts = state.stopped && termios.c_iflag & (IXON | IXANY) == IXON | IXANY;
        match effect {
            Effect::None if restarts => return Effect::StartOutput,
            Effect::None => {}
            effect => return effect,
        }
    }
    Effect::None
}
