//! A port: buffers that the host fills, buffers that it empties, and who is there at both ends.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};
use hal::virtio::{Chain, Segment, VirtQueue};
use mm::{IterDst, IterSrc};
use sched::{Mutex, WaitQueue, WaitResult, state};
use sync::{IrqSpinLock, SpinLock, rank};

use super::control::{ControlOut, Event};

/// Bytes that one write gives to the device, as on Linux.
const WRITE_MAX: usize = 32 * 1024;
const NO_CONSOLE: usize = usize::MAX;

/// Bytes that have been received and not yet read.
struct Received {
    chain: Chain,
    offset: usize,
    len: usize,
}

/// What goes to the host.
struct Transmit {
    queue: VirtQueue<()>,
    /// A console's output that the queue has no room for, in pages with their filling.
    held: VecDeque<(PageRef, usize)>,
}

/// Pages of output that are held at most.
const HELD_MAX: usize = 4;

impl Transmit {
    /// Takes back what the host has emptied.
    fn reclaim(&mut self) {
        while let Some(done) = self.queue.pop() {
            drop(done);
        }
    }

    fn under_way(&self) -> u16 {
        self.queue.size() - self.queue.room()
    }

    /// Sends what is held, as far as there is room.
    fn send_held(&mut self) {
        while self.queue.room() != 0
            && let Some((page, len)) = self.held.pop_front()
        {
            self.add(page, len);
        }
    }

    fn add(&mut self, page: PageRef, len: usize) {
        if let Ok(chain) = Chain::new(alloc::vec![Segment::new(page, 0, len)], 1) {
            let _ = self.queue.add(chain, ());
        }
    }

    /// Adds to what is held; what doesn't fit is lost.
    fn hold(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.held.back().is_none_or(|(_, len)| *len == PAGE_SIZE) {
                let Some(page) = (self.held.len() < HELD_MAX).then(PageRef::alloc).flatten() else { return };
                self.held.push_back((page, 0));
            }
            let Some((page, len)) = self.held.back_mut() else { return };
            let (now, later) = rest.split_at(rest.len().min(PAGE_SIZE - *len));
            page.write(*len, now);
            *len += now.len();
            rest = later;
        }
    }

    /// Asks for an interrupt unless `enough`, which is asked again when it may have come too late.
    fn check(&mut self, enough: impl Fn(&Self) -> bool) -> bool {
        self.reclaim();
        self.send_held();
        if enough(self) {
            return true;
        }
        if self.queue.enable_interrupts() {
            self.reclaim();
            self.send_held();
        }
        enough(self)
    }
}

/// A port of a console device.
pub struct Port {
    id: u32,
    /// Its number among the consoles, if it is one.
    console: AtomicUsize,
    /// The host has added it and not taken it away again.
    there: AtomicBool,
    /// What the host calls it.
    name: SpinLock<Option<String>>,
    /// Somebody is at the other end.
    host_open: AtomicBool,
    /// It is open on this side.
    guest_open: AtomicBool,
    /// What is being read. The lock lets one reader at a time take bytes, and sleeps only for user memory.
    reader: Mutex<Option<Received>>,
    /// Whether `reader` has something.
    started: AtomicBool,
    receive: IrqSpinLock<VirtQueue<()>>,
    transmit: IrqSpinLock<Transmit>,
    readable: WaitQueue,
    writable: WaitQueue,
    control: Option<Arc<ControlOut>>,
}

impl Port {
    pub(super) fn new(
        id: u32,
        receive: VirtQueue<()>,
        mut transmit: VirtQueue<()>,
        control: Option<Arc<ControlOut>>,
    ) -> Self {
        // Asked for when somebody waits: most of what is sent is taken at once.
        transmit.disable_interrupts();
        Self {
            id,
            console: AtomicUsize::new(NO_CONSOLE),
            there: AtomicBool::new(false),
            name: SpinLock::new(rank::CONFIG, None),
            host_open: AtomicBool::new(false),
            guest_open: AtomicBool::new(false),
            reader: Mutex::new(rank::PIPE, None),
            started: AtomicBool::new(false),
            receive: IrqSpinLock::new(rank::DEVICE, receive),
            transmit: IrqSpinLock::new(rank::DEVICE, Transmit { queue: transmit, held: VecDeque::new() }),
            readable: WaitQueue::new(),
            writable: WaitQueue::new(),
            control,
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn is_there(&self) -> bool {
        self.there.load(Ordering::Acquire)
    }

    /// Its number among the consoles, if it is one.
    pub fn console(&self) -> Option<usize> {
        Some(self.console.load(Ordering::Acquire)).filter(|index| *index != NO_CONSOLE)
    }

    pub(super) fn become_console(&self, index: usize) {
        self.console.store(index, Ordering::Release);
        self.guest_open.store(true, Ordering::Release);
    }

    fn host_is_open(&self) -> bool {
        self.host_open.load(Ordering::Acquire)
    }

    /// The host adds the port: it gets buffers.
    pub(super) fn come(&self) -> Result<(), Errno> {
        if self.there.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let missing = self.receive.lock().room();
        for _ in 0..missing {
            let page = PageRef::alloc().ok_or(Errno::ENOMEM)?;
            self.offer(Chain::new(alloc::vec![Segment::new(page, 0, PAGE_SIZE)], 0)?);
        }
        Ok(())
    }

    /// The host takes the port away; the name that it had.
    pub(super) fn go(&self) -> Option<String> {
        self.there.store(false, Ordering::Release);
        self.set_host_open(false);
        self.name.lock().take()
    }

    /// The host names the port; false if it has a name already.
    pub(super) fn take_name(&self, name: &str) -> bool {
        let name = String::from(name);
        let mut slot = self.name.lock();
        let free = slot.is_none();
        if free {
            *slot = Some(name);
        }
        free
    }

    pub(super) fn set_host_open(&self, open: bool) {
        self.host_open.store(open, Ordering::Release);
        self.readable.wake_all();
        self.writable.wake_all();
    }

    /// The device's interrupt: a buffer was filled.
    pub(super) fn received(&self) {
        self.readable.wake_all();
    }

    /// The device's interrupt: a buffer that somebody waits for was emptied.
    pub(super) fn transmitted(&self) {
        let mut transmit = self.transmit.lock();
        transmit.queue.disable_interrupts();
        transmit.check(|transmit| transmit.held.is_empty());
        let notice = transmit.queue.kick();
        drop(transmit);
        notice.send();
        self.writable.wake_all();
    }

    /// Lets the device fill a buffer.
    fn offer(&self, buffer: Chain) {
        let mut queue = self.receive.lock();
        // There is room: as many buffers are under way as the queue has places.
        let _ = queue.add(buffer, ());
        let notice = queue.kick();
        drop(queue);
        notice.send();
    }

    pub(super) fn has_data(&self) -> bool {
        self.started.load(Ordering::Acquire) || self.receive.lock().has_done()
    }

    /// The next filled buffer.
    fn next_received(&self) -> Option<Received> {
        loop {
            let done = self.receive.lock().pop()?;
            if done.len != 0 {
                return Some(Received { chain: done.chain, offset: 0, len: done.len });
            }
            self.offer(done.chain);
        }
    }

    /// Moves what is there to `dst`; 0 if nothing is.
    pub(super) fn read_now(&self, dst: &mut IterDst<'_>) -> Result<usize, Errno> {
        let mut reader = self.reader.lock();
        let mut total = 0;
        while dst.remaining() != 0 {
            let Some(mut received) = reader.take().or_else(|| self.next_received()) else { break };
            let wanted = received.len.min(dst.remaining());
            let Some(page) = received.chain.written().first().map(Segment::page) else { break };
            let copied = dst.copy_page_out(page, received.offset, wanted);
            let count = *copied.as_ref().unwrap_or(&0);
            received.offset += count;
            received.len -= count;
            total += count;
            if received.len == 0 {
                self.offer(received.chain);
            } else {
                *reader = Some(received);
            }
            match copied {
                Err(errno) if total == 0 => {
                    self.started.store(reader.is_some(), Ordering::Release);
                    return Err(errno);
                }
                Ok(count) if count == wanted => {}
                _ => break,
            }
        }
        self.started.store(reader.is_some(), Ordering::Release);
        Ok(total)
    }

    /// Waits until there is something to read or the host's end is closed; ERESTARTSYS for a signal.
    pub(super) fn wait_readable(&self) -> Result<(), Errno> {
        let ready = || self.has_data() || !self.host_is_open();
        self.readable.wait_event_interruptible(ready).map_err(|_| Errno::ERESTARTSYS)
    }

    /// For a console: waits for bytes and moves them to `buf`.
    pub fn receive(&self, buf: &mut [u8]) -> usize {
        if buf.is_empty() {
            return 0;
        }
        loop {
            self.readable.wait(state::IDLE, None, || self.has_data());
            match self.read_now(&mut IterDst::kernel(buf)) {
                Ok(0) | Err(_) => {}
                Ok(count) => return count,
            }
        }
    }

    /// Whether a write would be taken; if not, an interrupt will tell when.
    pub(super) fn can_send(&self) -> bool {
        self.host_is_open() && self.transmit.lock().check(|transmit| transmit.queue.room() != 0)
    }

    /// For a console: whether so many bytes can be sent without loss; if not, an interrupt will tell when.
    pub fn takes(&self, bytes: usize) -> bool {
        let pages = bytes.div_ceil(PAGE_SIZE);
        self.transmit.lock().check(|transmit| transmit.held.len() + pages <= HELD_MAX)
    }

    /// Where a writer waits for [`Self::takes`] and [`Self::is_drained`].
    pub fn writable(&self) -> &WaitQueue {
        &self.writable
    }

    /// Waits until a write would be taken; ERESTARTSYS for a signal, ENODEV if the port is gone.
    pub(super) fn wait_writable(&self) -> Result<(), Errno> {
        let ready = || self.can_send() || !self.is_there();
        self.writable.wait_event_interruptible(ready).map_err(|_| Errno::ERESTARTSYS)?;
        if self.is_there() { Ok(()) } else { Err(Errno::ENODEV) }
    }

    /// Copies up to 32 KiB of `src` for the device. EFAULT if a part of that can't be read.
    pub(super) fn gather(src: &mut IterSrc<'_>) -> Result<Chain, Errno> {
        let len = src.remaining().min(WRITE_MAX);
        let mut segments = Vec::new();
        segments.try_reserve_exact(len.div_ceil(PAGE_SIZE)).map_err(|_| Errno::ENOMEM)?;
        for start in (0..len).step_by(PAGE_SIZE) {
            let page = PageRef::alloc().ok_or(Errno::ENOMEM)?;
            let wanted = (len - start).min(PAGE_SIZE);
            if src.copy_page_in(&page, 0, wanted)? < wanted {
                return Err(Errno::EFAULT);
            }
            segments.push(Segment::new(page, 0, wanted));
        }
        let outs = segments.len();
        Chain::new(segments, outs)
    }

    /// Gives a chain to the device, or back if there is no room.
    pub(super) fn send_chain(&self, chain: Chain) -> Result<(), Chain> {
        let mut transmit = self.transmit.lock();
        transmit.reclaim();
        transmit.queue.add(chain, ()).map_err(|(chain, ())| chain)?;
        let notice = transmit.queue.kick();
        drop(transmit);
        notice.send();
        Ok(())
    }

    /// For a console: sends bytes, without sleeping. What the host takes too slowly is lost, so a caller looks at
    /// [`Self::takes`] first.
    pub fn send(&self, bytes: &[u8]) {
        let mut transmit = self.transmit.lock();
        transmit.hold(bytes);
        // If the host is behind, what it gives back lets the rest go.
        transmit.check(|transmit| transmit.held.is_empty());
        let notice = transmit.queue.kick();
        drop(transmit);
        notice.send();
    }

    /// Whether the host has taken all that was sent; if not, an interrupt will tell when.
    pub fn is_drained(&self) -> bool {
        self.transmit.lock().check(|transmit| transmit.held.is_empty() && transmit.under_way() == 0)
    }

    /// Waits until the host has taken all that was sent, is gone, or the deadline or a signal comes.
    pub(super) fn drain(&self, deadline_ns: u64) -> WaitResult {
        let over = || self.is_drained() || !self.host_is_open();
        self.writable.wait_event_interruptible_timeout(Some(deadline_ns), over)
    }

    /// Opens the port on this side. ENXIO for a console and for a port that is not there, EBUSY if it is open.
    pub(super) fn open(&self) -> Result<(), Errno> {
        if self.console().is_some() || !self.is_there() {
            return Err(Errno::ENXIO);
        }
        if self.guest_open.swap(true, Ordering::AcqRel) {
            return Err(Errno::EBUSY);
        }
        self.tell_host(1);
        Ok(())
    }

    /// Closes it; what has come and was not read is lost.
    pub(super) fn close(&self) {
        self.tell_host(0);
        let mut reader = self.reader.lock();
        while let Some(received) = reader.take().or_else(|| self.next_received()) {
            self.offer(received.chain);
        }
        self.started.store(false, Ordering::Release);
        drop(reader);
        self.guest_open.store(false, Ordering::Release);
    }

    fn tell_host(&self, open: u16) {
        if let Some(control) = &self.control {
            control.send(self.id, Event::PORT_OPEN, open);
        }
    }

    pub(super) fn queues(&self) -> (&WaitQueue, &WaitQueue) {
        (&self.readable, &self.writable)
    }

    pub(super) fn host_connected(&self) -> bool {
        self.host_is_open()
    }
}
