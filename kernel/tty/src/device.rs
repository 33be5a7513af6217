//! A terminal: settings, buffered input, output state and the session it belongs to.

use alloc::string::String;
use alloc::sync::Arc;

use abi::signal::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTSTP};
use abi::{Errno, Termios, Winsize};
use process::{ControllingTty, Task};
use sched::{WaitQueue, WaitResult};
use sync::{SpinLock, rank};

use crate::ldisc::{Effect, Input, Taken};
use crate::pty::packet;

/// Bytes of output that are processed in one go.
const CHUNK: usize = 256;
/// What a chunk can become: a tab is eight blanks.
const CHUNK_ROOM: usize = 8 * CHUNK;
/// Bytes of input that are processed in one go.
const INPUT_CHUNK: usize = CHUNK / 4;

/// What a terminal needs of the device below: to send bytes. Bytes that arrive are
/// handed to [`Tty::receive`].
pub trait Port: Send + Sync {
    /// Sends all of `bytes`, without sleeping. What it didn't say it [takes](Self::takes) may be lost.
    fn send(&self, bytes: &[u8]);

    /// Whether so many bytes can be sent now; if not, [`Self::progress`] is woken when they can.
    #[allow(unused_variables)]
    fn takes(&self, bytes: usize) -> bool {
        true
    }

    /// Whether all that was sent has left the machine; if not, [`Self::progress`] is woken when it has.
    fn is_drained(&self) -> bool {
        true
    }

    /// Where to wait for the port; none if it is never slow.
    fn progress(&self) -> Option<&WaitQueue> {
        None
    }

    /// Bytes that were sent and have not left the machine (TIOCOUTQ).
    fn pending(&self) -> usize {
        0
    }

    /// Throws away what has not left the machine (tcflush(3)).
    fn flush(&self) {}

    /// The terminal's state has changed in a way that a master may want to know of (TIOCPKT).
    #[allow(unused_variables)]
    fn note(&self, news: u8) {}
}

/// The session a terminal controls and its foreground process group; 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Job {
    /// Session ID.
    pub session: i32,
    /// Process group ID.
    pub foreground: i32,
}

pub(crate) struct State {
    pub(crate) termios: Termios,
    pub(crate) winsize: Winsize,
    pub(crate) input: Input,
    /// Output is held back (`VSTOP`, `TCOOFF`).
    pub(crate) stopped: bool,
    pub(crate) job: Job,
    /// `TIOCEXCL`: further opens fail with EBUSY.
    pub(crate) exclusive: bool,
    /// The other side is gone for good.
    pub(crate) hung_up: bool,
}

/// A terminal.
pub struct Tty {
    name: String,
    /// `st_rdev` of its device node.
    rdev: u64,
    port: Arc<dyn Port>,
    state: SpinLock<State>,
    /// Readers, and pollers for input.
    pub(crate) readable: WaitQueue,
    /// Writers while output is stopped, and pollers for output.
    pub(crate) writable: WaitQueue,
    /// The device's thread, while a full buffer waits for readers.
    unread: WaitQueue,
}

impl Tty {
    /// A terminal on `port`, called `name` ("ttyS0"), with these settings.
    pub fn new(name: String, rdev: u64, termios: Termios, port: Arc<dyn Port>) -> Arc<Self> {
        let state = State {
            termios,
            winsize: Winsize::default(),
            input: Input::new(),
            stopped: false,
            job: Job::default(),
            exclusive: false,
            hung_up: false,
        };
        Arc::new(Self {
            name,
            rdev,
            port,
            state: SpinLock::new(rank::SPIN_LEAF, state),
            readable: WaitQueue::new(),
            writable: WaitQueue::new(),
            unread: WaitQueue::new(),
        })
    }

    /// Its name without the directory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Device number, encoded as `st_rdev`.
    pub fn rdev(&self) -> u64 {
        self.rdev
    }

    /// The session and foreground group.
    pub fn job(&self) -> Job {
        self.state.lock().job
    }

    pub(crate) fn with_state<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.lock())
    }

    /// Whether this is the terminal that controls the task's session.
    pub fn is_controlling(&self, task: &Task) -> bool {
        let session = self.job().session;
        session != 0 && session == task.session()
    }

    /// Makes this the controlling terminal of a session leader that has none, if no session has it.
    pub(crate) fn acquire_if_free(self: &Arc<Self>, task: &Task) {
        if task.is_session_leader() && task.group.tty().is_none() && self.job().session == 0 {
            self.give_to(task);
        }
    }

    /// TIOCSCTTY: the same on request; with `steal` and CAP_SYS_ADMIN from another session.
    pub(crate) fn acquire(self: &Arc<Self>, task: &Task, steal: bool) -> Result<(), Errno> {
        let session = self.job().session;
        if task.is_session_leader() && session == task.session() {
            return Ok(());
        }
        if !task.is_session_leader() || task.group.tty().is_some() {
            return Err(Errno::EPERM);
        }
        if session != 0 {
            if !steal || !task.cred().capable(abi::capability::CAP_SYS_ADMIN) {
                return Err(Errno::EPERM);
            }
            process::for_each_in_session(session, |member| member.set_tty(None));
        }
        self.give_to(task);
        Ok(())
    }

    fn give_to(self: &Arc<Self>, task: &Task) {
        self.with_state(|s| s.job = Job { session: task.session(), foreground: task.pgrp() });
        task.group.set_tty(Some(self.clone()));
    }

    /// TIOCNOTTY: the process gives its terminal up; a session leader does so for its whole session.
    pub(crate) fn release(&self, task: &Task) -> Result<(), Errno> {
        if !self.is_controlling(task) {
            return Err(Errno::ENOTTY);
        }
        if task.is_session_leader() {
            self.disassociate();
            process::for_each_in_session(task.session(), |member| member.set_tty(None));
        }
        task.group.set_tty(None);
        Ok(())
    }

    /// The foreground group hears that its terminal is gone, and the terminal is free.
    fn disassociate(&self) {
        let job = self.with_state(|s| core::mem::take(&mut s.job));
        if job.foreground > 0 {
            process::signal_pgrp(job.foreground, SIGHUP);
            process::signal_pgrp(job.foreground, SIGCONT);
        }
    }

    /// Sends a control character to the device, if it is switched on.
    pub(crate) fn send_control(&self, index: usize) {
        let byte = self.with_state(|s| s.termios.c_cc[index]);
        if byte != 0 {
            self.port.send(&[byte]);
        }
    }

    /// For poll: whether a read would return, and whether a write would wait. Not for one that is hung up.
    pub(crate) fn poll_state(&self) -> (bool, bool) {
        use abi::termios::{ICANON, VMIN, VTIME};
        self.with_state(|s| {
            let (min, time) = (s.termios.c_cc[VMIN], s.termios.c_cc[VTIME]);
            let wanted = if s.termios.c_lflag & ICANON == 0 && time == 0 { usize::from(min) } else { 1 };
            (s.input.ready(&s.termios, wanted), s.stopped || !self.takes_output())
        })
    }

    /// Takes what the device received: editing, echo, signals, wake-ups.
    pub fn receive(&self, bytes: &[u8]) {
        for chunk in bytes.chunks(INPUT_CHUNK) {
            self.receive_chunk(chunk);
        }
        self.readable.wake_all();
    }

    /// The same for a device that can wait: nothing is lost while programs read too slowly.
    pub fn receive_paced(&self, bytes: &[u8]) {
        for chunk in bytes.chunks(INPUT_CHUNK) {
            self.unread.wait(sched::state::IDLE, None, || self.has_input_room());
            self.receive(chunk);
        }
    }

    /// Whether bytes from the device would find room. What nobody could read, an endless line, takes none.
    pub(crate) fn has_input_room(&self) -> bool {
        self.with_state(|s| s.input.room() > 2 * INPUT_CHUNK || s.input.readable(&s.termios) == 0)
    }

    /// Waits until they would.
    pub(crate) fn wait_input_room(&self, nonblocking: bool) -> Result<(), Errno> {
        if self.has_input_room() {
            return Ok(());
        }
        if nonblocking {
            return Err(Errno::EAGAIN);
        }
        self.unread.wait_event_interruptible(|| self.has_input_room()).map_err(|_| Errno::ERESTARTSYS)
    }

    /// Where to wait for that.
    pub(crate) fn unread(&self) -> &WaitQueue {
        &self.unread
    }

    /// The other side is gone: the session's leader and the foreground group hear of it, reads end, writes fail.
    pub(crate) fn hang_up(&self) {
        let session = self.with_state(|s| {
            s.hung_up = true;
            s.job.session
        });
        self.disassociate();
        if session > 0 {
            process::for_each_in_session(session, |member| member.set_tty(None));
            process::send_to_process(session, SIGHUP);
            process::send_to_process(session, SIGCONT);
        }
        self.readable.wake_all();
        self.writable.wake_all();
        self.unread.wake_all();
        if let Some(queue) = self.port.progress() {
            queue.wake_all();
        }
    }

    pub(crate) fn is_hung_up(&self) -> bool {
        self.with_state(|s| s.hung_up)
    }

    /// TIOCSIG: a master has a signal sent as if its key had been typed.
    pub(crate) fn signal_by_master(&self, signal: i32) -> Result<(), Errno> {
        if !matches!(signal, SIGINT | SIGQUIT | SIGTSTP) {
            return Err(Errno::EINVAL);
        }
        self.signal_foreground(signal);
        Ok(())
    }

    /// Bytes sent that have not left the machine.
    pub(crate) fn pending_output(&self) -> usize {
        self.port.pending()
    }

    /// Throws them away.
    pub(crate) fn flush_output(&self) {
        self.port.flush();
    }

    /// Tells a master what has changed.
    pub(crate) fn note(&self, news: u8) {
        self.port.note(news);
    }

    /// Bytes that were received are gone: read or thrown away.
    pub(crate) fn made_room(&self) {
        self.unread.wake_all();
    }

    /// The terminal has another size now.
    pub fn resize(&self, size: Winsize) {
        let changed = self.with_state(|s| core::mem::replace(&mut s.winsize, size) != size);
        if changed {
            self.signal_foreground(abi::signal::SIGWINCH);
        }
    }

    /// Waits until all output has left the machine (tcdrain(3)).
    pub(crate) fn drain(&self) -> Result<(), Errno> {
        match self.port.progress() {
            Some(queue) => queue.wait_event_interruptible(|| self.port.is_drained()),
            None => Ok(()),
        }
        .map_err(|_| Errno::ERESTARTSYS)
    }

    /// Whether a chunk of output would be taken now.
    fn takes_output(&self) -> bool {
        self.port.takes(CHUNK_ROOM)
    }

    /// For poll: where output's progress is told of.
    pub(crate) fn progress(&self) -> Option<&WaitQueue> {
        self.port.progress()
    }

    fn receive_chunk(&self, bytes: &[u8]) {
        for &byte in bytes {
            let effect = {
                let state = &mut *self.state.lock();
                let mut echo = Outgoing::new(&*self.port);
                let restart = state.stopped && state.termios.c_iflag & abi::termios::IXANY != 0;
                let effect = state.input.receive(&state.termios, byte, &mut |b| echo.push(b));
                match effect {
                    Effect::StopOutput => state.stopped = true,
                    Effect::StartOutput => state.stopped = false,
                    _ if restart => state.stopped = false,
                    _ => {}
                }
                effect
            };
            match effect {
                Effect::Signal(signal) => self.signal_foreground(signal),
                Effect::StopOutput => self.note(packet::STOP),
                Effect::StartOutput => {
                    self.note(packet::START);
                    self.writable.wake_all();
                }
                Effect::None => {}
            }
        }
    }

    /// Sends a signal to the foreground process group, if there is one.
    pub fn signal_foreground(&self, signal: i32) {
        let group = self.job().foreground;
        if group > 0 {
            process::signal_pgrp(group, signal);
        }
    }

    /// Writes what a program gives, up to one chunk; waits while output is stopped.
    /// Returns how many bytes were taken.
    pub(crate) fn write_chunk(&self, bytes: &[u8], nonblocking: bool) -> Result<usize, Errno> {
        loop {
            {
                let state = &mut *self.state.lock();
                if state.hung_up {
                    return Err(Errno::EIO);
                }
                if !state.stopped && self.takes_output() {
                    let bytes = &bytes[..bytes.len().min(CHUNK)];
                    let mut out = Outgoing::new(&*self.port);
                    for &byte in bytes {
                        state.input.column.put(&state.termios, byte, &mut |b| out.push(b));
                    }
                    return Ok(bytes.len());
                }
            }
            if nonblocking {
                return Err(Errno::EAGAIN);
            }
            let running = || self.with_state(|s| !s.stopped || s.hung_up);
            self.writable.wait_event_interruptible(running).map_err(|_| Errno::ERESTARTSYS)?;
            if let Some(queue) = self.port.progress() {
                queue
                    .wait_event_interruptible(|| self.takes_output() || self.is_hung_up())
                    .map_err(|_| Errno::ERESTARTSYS)?;
            }
        }
    }

    /// Waits until a `read` may return, then takes bytes.
    pub(crate) fn read_chunk(&self, buf: &mut [u8], nonblocking: bool) -> Result<Taken, Errno> {
        use abi::termios::{ICANON, VMIN, VTIME};
        let (canonical, min, time) = self.with_state(|s| {
            let cc = &s.termios.c_cc;
            (s.termios.c_lflag & ICANON != 0, usize::from(cc[VMIN]), u64::from(cc[VTIME]))
        });
        let tenth_ns = 100_000_000;
        // termios(3): MIN > 0, TIME > 0 is a timer between bytes, started by the first one.
        let between_bytes = !canonical && min > 0 && time > 0;
        let first = if between_bytes { 1 } else { min };
        let polling = !canonical && min == 0 && time == 0;
        let deadline = (!canonical && min == 0).then(|| sched::clock::monotonic_ns() + time * tenth_ns);
        if !self.is_ready(first) {
            if nonblocking {
                return Err(Errno::EAGAIN);
            }
            if !polling && self.wait_ready(first, deadline)? == WaitResult::TimedOut {
                return Ok(Taken { copied: 0, line_done: true });
            }
        }
        if self.is_hung_up() {
            return Ok(Taken { copied: 0, line_done: true });
        }
        let wanted = min.min(buf.len());
        while between_bytes && !self.is_ready(wanted) {
            let have = self.with_state(|s| s.input.readable(&s.termios));
            let deadline = Some(sched::clock::monotonic_ns() + time * tenth_ns);
            if self.wait_ready(have + 1, deadline)? == WaitResult::TimedOut {
                break;
            }
        }
        let taken = self.with_state(|s| {
            let termios = s.termios;
            s.input.take(&termios, buf)
        });
        self.made_room();
        Ok(taken)
    }

    pub(crate) fn is_ready(&self, minimum: usize) -> bool {
        self.with_state(|s| s.hung_up || s.input.ready(&s.termios, minimum))
    }

    fn wait_ready(&self, minimum: usize, deadline: Option<u64>) -> Result<WaitResult, Errno> {
        match self.readable.wait_event_interruptible_timeout(deadline, || self.is_ready(minimum)) {
            WaitResult::Interrupted => Err(Errno::ERESTARTSYS),
            other => Ok(other),
        }
    }
}

impl ControllingTty for Tty {
    fn rdev(&self) -> u64 {
        self.rdev
    }

    fn foreground(&self) -> i32 {
        match self.job().foreground {
            0 => -1,
            group => group,
        }
    }

    fn leader_exits(&self, session: i32) {
        if self.job().session == session {
            self.disassociate();
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
