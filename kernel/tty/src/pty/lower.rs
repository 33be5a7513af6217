//! What lies between a slave and its master: bytes on their way to the master, and who has which side open.

use alloc::collections::VecDeque;
use alloc::sync::Arc;

use abi::Termios;
use abi::termios::{CREAD, CS8, CSIZE, PARENB};
use sched::{PollTable, WaitQueue};
use sync::{IrqSpinLock, rank};

use vfs::Fasync;
use vfs::fasync::Band;

use super::packet;
use crate::Port;

/// Bytes that wait for the master's reader before writers of the slave wait.
const CAPACITY: usize = 8192 + DELIVERED;
/// Bytes that the master has as good as read: throwing the slave's output away doesn't reach them.
const DELIVERED: usize = 4095;
/// What nobody asked about before (TIOCSTI, flow control keys) is lost beyond this.
const LIMIT: usize = 2 * CAPACITY;

struct State {
    bytes: VecDeque<u8>,
    has_master: bool,
    locked: bool,
    slaves: u32,
    /// A slave was open once: without one the master now reads EIO.
    used: bool,
    packet_mode: bool,
    /// [`packet`] bits to report.
    news: u8,
}

/// What a master's read finds.
pub(crate) enum Found {
    /// So many bytes, the first of which says what they are in packet mode.
    Bytes(usize),
    /// Nothing yet.
    Nothing,
    /// Nobody has the slave open any more.
    HungUp,
}

pub(crate) struct Lower {
    state: IrqSpinLock<State>,
    /// The master's readers.
    pub(super) readable: WaitQueue,
    /// Open files of the master that want signals.
    pub(super) fasync: Fasync,
    /// The slave's writers.
    progress: WaitQueue,
}

impl Lower {
    pub fn new() -> Arc<Self> {
        let state = State {
            bytes: VecDeque::new(),
            has_master: true,
            locked: true,
            slaves: 0,
            used: false,
            packet_mode: false,
            news: 0,
        };
        Arc::new(Lower {
            state: IrqSpinLock::new(rank::TTY_INPUT, state),
            readable: WaitQueue::new(),
            fasync: Fasync::new(),
            progress: WaitQueue::new(),
        })
    }

    pub fn has_master(&self) -> bool {
        self.state.lock().has_master
    }

    pub fn is_locked(&self) -> bool {
        self.state.lock().locked
    }

    pub fn set_locked(&self, on: bool) {
        self.state.lock().locked = on;
    }

    pub fn packet_mode(&self) -> bool {
        self.state.lock().packet_mode
    }

    pub fn set_packet_mode(&self, on: bool) {
        let mut state = self.state.lock();
        if !core::mem::replace(&mut state.packet_mode, on) {
            state.news = 0;
        }
    }

    pub fn slave_opened(&self) {
        let mut state = self.state.lock();
        state.slaves += 1;
        state.used = true;
    }

    pub fn slave_closed(&self) {
        self.state.lock().slaves -= 1;
        self.readable.wake_all();
    }

    pub fn master_closed(&self) {
        let mut state = self.state.lock();
        state.has_master = false;
        state.bytes = VecDeque::new();
        drop(state);
        self.progress.wake_all();
    }

    /// Bytes that the master could read at once.
    pub fn waiting(&self) -> usize {
        self.state.lock().bytes.len().min(DELIVERED)
    }

    /// The master throws away what it could read.
    pub fn discard(&self) {
        self.state.lock().bytes.clear();
        self.progress.wake_all();
    }

    /// The master reads: what the slave sent, or news of it.
    pub fn take(&self, buf: &mut [u8]) -> Found {
        let mut state = self.state.lock();
        let mut count = 0;
        if state.packet_mode {
            let Some(first) = buf.first_mut() else { return Found::Bytes(0) };
            *first = core::mem::take(&mut state.news);
            count = 1;
            if *first != 0 {
                return Found::Bytes(1);
            }
        }
        if state.bytes.is_empty() {
            return if state.used && state.slaves == 0 { Found::HungUp } else { Found::Nothing };
        }
        for slot in buf.iter_mut().skip(count) {
            let Some(byte) = state.bytes.pop_front() else { break };
            *slot = byte;
            count += 1;
        }
        drop(state);
        self.progress.wake_all();
        Found::Bytes(count)
    }

    /// For the master's poll: bytes, news, nobody at the other side.
    pub fn poll(&self, table: &mut PollTable) -> (bool, bool, bool) {
        table.register(&self.readable);
        let state = self.state.lock();
        let news = state.packet_mode && state.news != 0;
        (!state.bytes.is_empty(), news, state.used && state.slaves == 0)
    }

    /// Waits until a read finds something.
    pub fn wait_readable(&self) -> Result<(), sched::Interrupted> {
        self.readable.wait_event_interruptible(|| {
            let state = self.state.lock();
            !state.bytes.is_empty()
                || (state.packet_mode && state.news != 0)
                || (state.used && state.slaves == 0)
        })
    }
}

/// What is sent is the master's at once: nothing is ever pending, and nobody waits for it to leave.
impl Port for Lower {
    fn send(&self, bytes: &[u8]) {
        let mut state = self.state.lock();
        let room = LIMIT.saturating_sub(state.bytes.len());
        let bytes = bytes.get(..room).unwrap_or(bytes);
        if state.has_master && state.bytes.try_reserve(bytes.len()).is_ok() {
            state.bytes.extend(bytes);
        }
        drop(state);
        self.readable.wake_all();
    }

    fn after_send(&self) {
        self.fasync.tell(Band::In);
    }

    fn is_pty(&self) -> bool {
        true
    }

    /// There is no line: eight bits, no parity.
    fn adjust(&self, _old: &Termios, new: &mut Termios) {
        new.c_cflag = (new.c_cflag & !(CSIZE | PARENB)) | CS8 | CREAD;
    }

    fn takes(&self, bytes: usize) -> bool {
        let state = self.state.lock();
        !state.has_master || state.bytes.len() + bytes <= CAPACITY
    }

    fn progress(&self) -> Option<&WaitQueue> {
        Some(&self.progress)
    }

    fn flush(&self) {
        self.state.lock().bytes.truncate(DELIVERED);
        self.progress.wake_all();
    }

    fn note(&self, news: u8) {
        use packet::{DOSTOP, NOSTOP, START, STOP};
        let mut state = self.state.lock();
        if !state.packet_mode {
            return;
        }
        // The newer of two opposites holds.
        for (one, other) in [(STOP, START), (START, STOP), (NOSTOP, DOSTOP), (DOSTOP, NOSTOP)] {
            if news & one != 0 {
                state.news &= !other;
            }
        }
        state.news |= news;
        drop(state);
        self.readable.wake_all();
    }
}
