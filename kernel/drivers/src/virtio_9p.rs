//! Virtio's 9P transport (virtio 1.2 has only its number; the layout is a mount tag in the configuration and
//! one queue for requests): carries whole messages to a file server on the host and its replies back.
//!
//! Any number of calls may be under way. A message is copied through pages of the call's own, because the caller's
//! memory may lie on a kernel stack, which is not contiguous to a device.
//!
//! Locks: a channel's queue and a call's outcome, both at `rank::DEVICE`, never one under the other; the
//! interrupt handler takes them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};
use hal::virtio::{Chain, Config, Device, Segment, Source, VirtQueue};
use sched::{WaitQueue, WaitResult, state};
use sync::{IrqSpinLock, SpinLock, rank};

/// The device has a mount tag.
const MOUNT_TAG: u64 = 1 << 0;
/// Requests that a server takes at a time; QEMU's queue is as long.
const QUEUE_SIZE: u16 = 128;
/// Descriptors that a long message leaves for a short one in the other direction.
const SPARE_DESCRIPTORS: usize = 4;

static CHANNELS: SpinLock<Vec<Arc<P9Channel>>> = SpinLock::new(rank::CONFIG, Vec::new());

/// The channels that were found.
pub fn channels() -> Vec<Arc<P9Channel>> {
    CHANNELS.lock().clone()
}

/// A way to a 9P server.
pub struct P9Channel {
    tag: Vec<u8>,
    queue: IrqSpinLock<VirtQueue<Arc<Call>>>,
    /// Callers that found the queue full.
    room: WaitQueue,
    /// The device has failed: nothing comes back any more.
    dead: AtomicBool,
    config: Config,
    max_message: usize,
}

/// How long a caller waits for a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Until a fatal signal comes.
    UntilKilled,
    /// Until this moment of the monotonic clock, whatever comes.
    Until(u64),
}

/// Why a call brought no reply.
pub enum CallError {
    /// The message never left, or the device has failed.
    Failed(Errno),
    /// The caller's patience ended first.
    Abandoned(Arc<Call>),
}

impl From<Errno> for CallError {
    fn from(errno: Errno) -> Self {
        CallError::Failed(errno)
    }
}

impl Call {
    /// Whether the reply is there.
    pub fn is_over(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }
}

/// A message that is under way.
pub struct Call {
    outcome: IrqSpinLock<Option<(Chain, usize)>>,
    done: AtomicBool,
    arrived: WaitQueue,
}

/// Takes the device into service.
pub(crate) fn start(device: Device) -> Result<(), Errno> {
    let channel = open(device)?;
    CHANNELS.lock().push(channel);
    Ok(())
}

fn open(mut device: Device) -> Result<Arc<P9Channel>, Errno> {
    let features = device.start(MOUNT_TAG)?;
    let config = device.config();
    let tag = if features & MOUNT_TAG != 0 { read_tag(&config)? } else { Vec::new() };
    let queue: VirtQueue<Arc<Call>> = device.queue(0, QUEUE_SIZE)?;
    let pages = usize::from(queue.size()).checked_sub(SPARE_DESCRIPTORS).filter(|pages| *pages != 0);
    let channel = Arc::new(P9Channel {
        tag,
        queue: IrqSpinLock::new(rank::DEVICE, queue),
        room: WaitQueue::new(),
        dead: AtomicBool::new(false),
        config,
        max_message: pages.ok_or(Errno::EIO)? * PAGE_SIZE,
    });
    let on_reply = channel.clone();
    device.attach(Source::Queue(0), Box::new(move || on_reply.take_replies()))?;
    let on_change = channel.clone();
    device.attach(Source::Config, Box::new(move || on_change.check_health()))?;
    device.ready();
    Ok(channel)
}

fn read_tag(config: &Config) -> Result<Vec<u8>, Errno> {
    let len = usize::from(config.read_u16(0));
    let mut tag = Vec::new();
    tag.try_reserve_exact(len).map_err(|_| Errno::ENOMEM)?;
    tag.resize(len, 0);
    config.read(2, &mut tag);
    // QEMU counts the tag alone, but a terminating NUL would be no part of it.
    while tag.last() == Some(&0) {
        tag.pop();
    }
    Ok(tag)
}

impl P9Channel {
    /// The mount tag that the host gave it.
    pub fn tag(&self) -> &[u8] {
        &self.tag
    }

    /// The longest message in bytes, in either direction. The two directions of one call share the room.
    pub fn max_message(&self) -> usize {
        self.max_message
    }

    /// Sends one request, gathered from the pieces, and waits for its reply, which is scattered into the pieces;
    /// the reply's length. EIO if the device has failed. When the waiting ends early, the server may have done or
    /// still do what was asked; what it writes goes to memory that nobody looks at.
    pub fn call(
        &self,
        patience: Patience,
        request: &[&[u8]],
        reply: &mut [&mut [u8]],
    ) -> Result<usize, CallError> {
        let capacity = reply.iter().map(|piece| piece.len()).sum();
        let chain = build(request, capacity)?;
        if !self.queue.lock().can_hold(&chain) {
            return Err(Errno::EMSGSIZE.into());
        }
        let call = Arc::new(Call {
            outcome: IrqSpinLock::new(rank::DEVICE, None),
            done: AtomicBool::new(false),
            arrived: WaitQueue::new(),
        });
        let (sleeping, deadline_ns) = match patience {
            Patience::UntilKilled => (state::KILLABLE, None),
            Patience::Until(deadline_ns) => (state::UNINTERRUPTIBLE, Some(deadline_ns)),
        };
        self.offer(sleeping, deadline_ns, chain, &call)?;
        let over = || call.done.load(Ordering::Acquire) || self.dead.load(Ordering::Acquire);
        if call.arrived.wait(sleeping, deadline_ns, over) != WaitResult::Ready {
            return Err(CallError::Abandoned(call));
        }
        let (chain, len) = call.outcome.lock().take().ok_or(Errno::EIO)?;
        let mut skip = 0;
        for piece in reply {
            skip += chain.copy_written(skip, piece);
        }
        Ok(len)
    }

    /// Hands the chain to the device, as soon as there is room.
    fn offer(
        &self,
        sleeping: u32,
        deadline_ns: Option<u64>,
        chain: Chain,
        call: &Arc<Call>,
    ) -> Result<(), Errno> {
        let mut waiting = Some((chain, call.clone()));
        let offered = self.room.wait(sleeping, deadline_ns, || {
            if self.dead.load(Ordering::Acquire) {
                return true;
            }
            let Some((chain, call)) = waiting.take() else { return true };
            let mut queue = self.queue.lock();
            waiting = queue.add(chain, call).err();
            let notice = queue.kick();
            drop(queue);
            notice.send();
            waiting.is_none()
        });
        match (offered, waiting) {
            (_, None) => Ok(()),
            (WaitResult::Ready, Some(_)) => Err(Errno::EIO),
            _ => Err(Errno::EINTR),
        }
    }

    /// The device's interrupt: each reply goes to who waits for it.
    fn take_replies(&self) {
        let mut any = false;
        loop {
            let done = self.queue.lock().pop();
            let Some(done) = done else { break };
            any = true;
            *done.token.outcome.lock() = Some((done.chain, done.len));
            done.token.done.store(true, Ordering::Release);
            done.token.arrived.wake_all();
        }
        if self.queue.lock().is_broken() {
            self.fail();
        } else if any {
            self.room.wake_all();
        }
    }

    fn check_health(&self) {
        if self.config.needs_reset() {
            self.fail();
        }
    }

    /// Ends all calls: no reply comes any more.
    fn fail(&self) {
        if !self.dead.swap(true, Ordering::AcqRel) {
            hal::kerror!("virtio: the 9P device has failed");
        }
        self.room.wake_all();
        let queue = self.queue.lock();
        for call in queue.tokens() {
            call.arrived.wake_all();
        }
    }
}

/// A chain with a copy of the request and room for `capacity` bytes behind it.
fn build(request: &[&[u8]], capacity: usize) -> Result<Chain, Errno> {
    let request_len: usize = request.iter().map(|piece| piece.len()).sum();
    let reply_start = request_len.next_multiple_of(16);
    let end = reply_start.checked_add(capacity).ok_or(Errno::EMSGSIZE)?;
    let count = end.div_ceil(PAGE_SIZE);
    let mut segments = Vec::new();
    // One page can have the end of the request and the start of the reply.
    segments.try_reserve_exact(count + 1).map_err(|_| Errno::ENOMEM)?;
    let mut replies: Vec<Segment> = Vec::new();
    replies.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
    let mut pieces = Pieces { rest: request, skip: 0 };
    for start in (0..end).step_by(PAGE_SIZE) {
        let page = PageRef::alloc().ok_or(Errno::ENOMEM)?;
        let sent = request_len.saturating_sub(start).min(PAGE_SIZE);
        pieces.fill(&page, sent);
        let from = reply_start.saturating_sub(start).min(PAGE_SIZE);
        let until = (end - start).min(PAGE_SIZE);
        if sent != 0 {
            segments.push(Segment::new(page.clone(), 0, sent));
        }
        if from < until {
            replies.push(Segment::new(page, from, until - from));
        }
    }
    let outs = segments.len();
    segments.append(&mut replies);
    Chain::new(segments, outs)
}

/// What is still to be copied of a request.
struct Pieces<'a> {
    rest: &'a [&'a [u8]],
    /// Bytes of the first piece that are done.
    skip: usize,
}

impl Pieces<'_> {
    /// Copies the next `len` bytes to the start of a page.
    fn fill(&mut self, page: &PageRef, len: usize) {
        let mut at = 0;
        while at < len {
            let Some((first, others)) = self.rest.split_first() else { return };
            let left = first.get(self.skip..).unwrap_or(&[]);
            let now = left.get(..len - at).unwrap_or(left);
            page.write(at, now);
            at += now.len();
            self.skip += now.len();
            if now.len() == left.len() {
                (self.rest, self.skip) = (others, 0);
            }
        }
    }
}

#[cfg(test)]
#[path = "virtio_9p_tests.rs"]
mod tests;
