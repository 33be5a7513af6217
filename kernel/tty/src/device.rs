//! A terminal: settings, what waits in both directions, and the session that it belongs to.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::{Arc, Weak};
use core::sync::atomic::{AtomicU32, Ordering};

use abi::{Errno, Termios, Winsize};
use sched::WaitQueue;
use sync::{SpinLock, rank};
use vfs::Fasync;
use vfs::fasync::Band;

use crate::Port;
use crate::echo::Echo;
use crate::job::Job;
use crate::ldisc::Input;
use crate::opost::Column;
use crate::pty::{Pair, packet};
use crate::settings::{Settings, baud_rates};

/// Bytes that have arrived and not been looked at before their sender waits.
const BACKLOG: usize = 8192;

pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) winsize: Winsize,
    pub(crate) input: Input,
    /// What has arrived while the input had no room.
    pub(crate) backlog: VecDeque<u8>,
    /// Echo that waits until output goes on.
    pub(crate) echo: Echo,
    /// Where the cursor is.
    pub(crate) column: Column,
    /// Output is held back by the stop key.
    pub(crate) stopped: bool,
    /// It is held back by a program (TCOOFF), too: the start key doesn't help.
    pub(crate) stopped_by_program: bool,
    /// A writer found no room and left: who asked for signals is told when there is some.
    pub(crate) wants_room: bool,
    pub(crate) job: Job,
    /// `TIOCEXCL`: further opens fail with EBUSY.
    pub(crate) exclusive: bool,
    /// N_TTY, or N_NULL, which does nothing.
    pub(crate) ldisc: i32,
}

impl State {
    pub(crate) fn termios(&self) -> &Termios {
        &self.settings.termios
    }
}

/// A terminal.
pub struct Tty {
    name: String,
    /// `st_rdev` of its device node.
    rdev: u64,
    pub(crate) port: Arc<dyn Port>,
    /// Of a pseudo-terminal's slave, what it is half of.
    pub(crate) pair: Weak<Pair>,
    pub(crate) state: SpinLock<State>,
    /// How often it was hung up: open files of an earlier time are dead.
    hangups: AtomicU32,
    /// Readers, and pollers for input.
    pub(crate) readable: WaitQueue,
    /// Writers while output is stopped, and pollers for output.
    pub(crate) writable: WaitQueue,
    /// Whoever brings input, while there is no room for it.
    pub(crate) unread: WaitQueue,
    /// Open files that want signals.
    pub(crate) fasync: Fasync,
}

impl Tty {
    /// A terminal on `port`, called `name` ("ttyS0"), with these settings.
    pub fn new(name: String, rdev: u64, termios: Termios, port: Arc<dyn Port>) -> Arc<Self> {
        Self::of_pair(name, rdev, termios, port, Weak::new())
    }

    /// The slave of `pair`.
    pub(crate) fn of_pair(
        name: String,
        rdev: u64,
        termios: Termios,
        port: Arc<dyn Port>,
        pair: Weak<Pair>,
    ) -> Arc<Self> {
        let state = State {
            settings: Settings::new(termios),
            winsize: Winsize::default(),
            input: Input::new(),
            backlog: VecDeque::new(),
            echo: Echo::new(),
            column: Column::default(),
            stopped: false,
            stopped_by_program: false,
            wants_room: false,
            job: Job::default(),
            exclusive: false,
            ldisc: crate::ioctl::N_TTY,
        };
        Arc::new(Self {
            name,
            rdev,
            port,
            pair,
            state: SpinLock::new(rank::SPIN_LEAF, state),
            hangups: AtomicU32::new(0),
            readable: WaitQueue::new(),
            writable: WaitQueue::new(),
            unread: WaitQueue::new(),
            fasync: Fasync::new(),
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

    /// Whether it is a pseudo-terminal's slave.
    pub(crate) fn is_pty(&self) -> bool {
        self.port.is_pty()
    }

    /// The session and foreground group.
    pub fn job(&self) -> Job {
        self.state.lock().job
    }

    pub(crate) fn with_state<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.lock())
    }

    /// How often it was hung up.
    pub(crate) fn hangups(&self) -> u32 {
        self.hangups.load(Ordering::SeqCst)
    }

    /// Everything that is open now is dead: what waits is thrown away, and whoever sleeps here wakes.
    pub(crate) fn kill_files(&self) {
        self.hangups.fetch_add(1, Ordering::SeqCst);
        self.with_state(|s| {
            s.input.flush();
            s.backlog = VecDeque::new();
            s.echo = Echo::new();
            (s.stopped, s.stopped_by_program, s.wants_room, s.ldisc) =
                (false, false, false, crate::ioctl::N_TTY);
        });
        for queue in [&self.readable, &self.writable, &self.unread].into_iter().chain(self.port.progress()) {
            queue.wake_all();
        }
    }

    /// The terminal has another size now.
    pub fn resize(&self, size: Winsize) {
        let changed = self.with_state(|s| core::mem::replace(&mut s.winsize, size) != size);
        if changed {
            self.signal_foreground(abi::signal::SIGWINCH);
        }
    }

    /// Holds output back, `program`: because a program wants it; tells a master if it went on until now.
    pub(crate) fn stop_output(&self, program: bool) {
        let news = self.with_state(|s| {
            s.stopped_by_program |= program;
            !core::mem::replace(&mut s.stopped, true)
        });
        if news {
            self.port.note(packet::STOP);
        }
    }

    /// Lets output go on unless a program holds it back; with `program` only if one did.
    pub(crate) fn start_output(&self, program: bool) {
        let news = self.with_state(|s| {
            if s.stopped_by_program != program {
                return false;
            }
            s.stopped_by_program = false;
            core::mem::replace(&mut s.stopped, false)
        });
        if news {
            self.port.note(packet::START);
            self.writable.wake_all();
            self.tell_room();
        }
    }

    /// Output has found room.
    pub(crate) fn tell_room(&self) {
        if self.with_state(|s| core::mem::take(&mut s.wants_room)) {
            self.fasync.tell(Band::Out);
        }
    }

    /// Throws received bytes away (TCIFLUSH).
    pub(crate) fn flush_input(&self) {
        self.with_state(|s| {
            s.input.flush();
            s.backlog.clear();
        });
        self.unread.wake_all();
        self.port.note(packet::FLUSHREAD);
    }

    /// Throws written bytes away that are still here (TCOFLUSH).
    pub(crate) fn flush_output(&self) {
        self.port.flush();
        self.port.note(packet::FLUSHWRITE);
    }

    /// Waits until all output has left the machine (tcdrain(3)).
    pub(crate) fn drain(&self) -> Result<(), Errno> {
        match self.port.progress() {
            Some(queue) => queue.wait_event_interruptible(|| self.port.is_drained()),
            None => Ok(()),
        }
        .map_err(|_| Errno::ERESTARTSYS)
    }

    /// New settings, as tcsetattr(3) gives them. `speeds` are those of BOTHER; none for the ones that hold.
    pub(crate) fn set_settings(&self, mut new: Termios, speeds: Option<(u32, u32)>, flush: bool) {
        if flush {
            self.flush_input();
        }
        let (news, goes_on) = self.with_state(|s| {
            let old = s.settings.termios;
            s.settings.keep_locked(&mut new);
            self.port.adjust(&old, &mut new);
            s.settings.speeds = baud_rates(&new, speeds.unwrap_or(s.settings.speeds));
            s.settings.termios = new;
            s.input.settings_changed(&old, &new);
            let goes_on = old.c_iflag & !new.c_iflag & abi::termios::IXON != 0;
            (packet::changes(&old, &new), goes_on)
        });
        if news != 0 {
            self.port.note(news);
        }
        // Without the keys nobody could let output go on again.
        if goes_on {
            self.start_output(false);
            self.flush_echo();
        }
        self.pump();
        self.readable.wake_all();
        self.writable.wake_all();
    }

    /// Whether more input may come.
    pub(crate) fn has_input_room(&self) -> bool {
        self.with_state(|s| s.backlog.len() < BACKLOG)
    }

    /// Waits until it may.
    pub(crate) fn wait_input_room(&self, nonblocking: bool) -> Result<(), Errno> {
        if self.has_input_room() {
            return Ok(());
        }
        if nonblocking {
            return Err(Errno::EAGAIN);
        }
        self.unread.wait_event_interruptible(|| self.has_input_room()).map_err(|_| Errno::ERESTARTSYS)
    }

    /// How many bytes the next write to the backlog may have.
    pub(crate) fn backlog_room(&self) -> usize {
        self.with_state(|s| BACKLOG.saturating_sub(s.backlog.len()))
    }
}
