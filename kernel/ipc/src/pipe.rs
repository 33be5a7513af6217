//! Pipes and FIFOs: a ring of pages between writers and readers (pipe(7)).
//!
//! The ring is under a sleeping lock, because bytes are copied to and from user memory under it. Whether it
//! is empty or full is mirrored in `used`, so that sleepers look without the lock.

mod ends;
mod splice;

pub use ends::{create, end_and_wait, init, of_file};

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};
use mm::{AddressSpace, IterDst, IterSrc, UserPtr};
use sched::{Mutex, PollTable, WaitQueue};
use sync::rank;
use vfs::consts::*;
use vfs::fasync::Band;
use vfs::{Fasync, File, FileOps, PollMask};

/// Pages of a new pipe (65,536 bytes).
const DEFAULT_SLOTS: usize = 16;
/// fs.pipe-max-size: what F_SETPIPE_SZ may set without CAP_SYS_RESOURCE, in bytes.
pub const PIPE_MAX_SIZE: usize = 1 << 20;
/// ioctl(2): bytes waiting.
const FIONREAD: u32 = 0x541b;

struct Buffer {
    page: PageRef,
    offset: usize,
    len: usize,
    /// A write in packet mode: read as a whole, never added to.
    packet: bool,
    /// The page is a file's or in another pipe, too: never added to.
    shared: bool,
}

struct Ring {
    buffers: VecDeque<Buffer>,
    slots: usize,
    /// A page that was just emptied and will be needed again.
    spare: Option<PageRef>,
}

/// A pipe.
pub struct Pipe {
    ring: Mutex<Ring>,
    used: AtomicUsize,
    slots: AtomicUsize,
    readers: AtomicU32,
    writers: AtomicU32,
    /// A FIFO, whose ends find each other by its name: an open waits for the other end.
    named: bool,
    /// How often an end was opened ever: what a FIFO's open waits for.
    reader_opens: AtomicU32,
    writer_opens: AtomicU32,
    readable: WaitQueue,
    writable: WaitQueue,
    /// Reading and writing ends with O_ASYNC.
    async_readers: Fasync,
    async_writers: Fasync,
}

impl Pipe {
    fn new(named: bool) -> Arc<Self> {
        Arc::new(Pipe {
            named,
            ring: Mutex::new(
                rank::PIPE,
                Ring { buffers: VecDeque::new(), slots: DEFAULT_SLOTS, spare: None },
            ),
            used: AtomicUsize::new(0),
            slots: AtomicUsize::new(DEFAULT_SLOTS),
            readers: AtomicU32::new(0),
            writers: AtomicU32::new(0),
            reader_opens: AtomicU32::new(0),
            writer_opens: AtomicU32::new(0),
            readable: WaitQueue::new(),
            writable: WaitQueue::new(),
            async_readers: Fasync::new(),
            async_writers: Fasync::new(),
        })
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.used.load(Ordering::Acquire) == 0
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.used.load(Ordering::Acquire) >= self.slots.load(Ordering::Relaxed)
    }

    #[inline]
    fn has_readers(&self) -> bool {
        self.readers.load(Ordering::Acquire) != 0
    }

    #[inline]
    fn has_writers(&self) -> bool {
        self.writers.load(Ordering::Acquire) != 0
    }

    fn wake(queue: &WaitQueue) {
        if queue.has_waiters() {
            queue.wake_all();
        }
    }

    fn add_ends(&self, mode: u32) {
        if mode & fmode::READ != 0 {
            self.readers.fetch_add(1, Ordering::AcqRel);
            self.reader_opens.fetch_add(1, Ordering::AcqRel);
        }
        if mode & fmode::WRITE != 0 {
            self.writers.fetch_add(1, Ordering::AcqRel);
            self.writer_opens.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn drop_ends(&self, mode: u32) {
        if mode & fmode::READ != 0 {
            self.readers.fetch_sub(1, Ordering::AcqRel);
        }
        if mode & fmode::WRITE != 0 {
            self.writers.fetch_sub(1, Ordering::AcqRel);
        }
        self.readable.wake_all();
        self.writable.wake_all();
        // The other end is alone now.
        if self.has_readers() != self.has_writers() {
            self.async_readers.tell(Band::In);
            self.async_writers.tell(Band::Out);
        }
    }

    /// Takes bytes out of the ring; the ring isn't empty.
    #[inline]
    fn drain(&self, ring: &mut Ring, dst: &mut IterDst<'_>) -> Result<usize, Errno> {
        let mut done = 0;
        while dst.remaining() != 0 {
            let Some(front) = ring.buffers.front_mut() else { break };
            let wanted = front.len.min(dst.remaining());
            let copied = match dst.copy_page_out(&front.page, front.offset, wanted) {
                Ok(count) => count,
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            };
            done += copied;
            front.offset += copied;
            front.len -= copied;
            let packet = front.packet;
            if front.len == 0 || packet {
                let emptied = ring.buffers.pop_front().map(|buffer| buffer.page);
                if ring.spare.is_none() {
                    ring.spare = emptied.filter(PageRef::is_unique);
                }
                self.used.store(ring.buffers.len(), Ordering::Release);
            }
            // A packet ends a read, and what didn't fit of it is lost.
            if packet || copied < wanted {
                break;
            }
        }
        Ok(done)
    }

    /// Adds a small rest to the last page if it fits there as a whole.
    #[inline]
    fn merge(ring: &mut Ring, src: &mut IterSrc<'_>) -> Result<usize, Errno> {
        let part = src.remaining() % PAGE_SIZE;
        match ring.buffers.back_mut() {
            Some(last)
                if part != 0
                    && !last.packet
                    && !last.shared
                    && last.offset + last.len + part <= PAGE_SIZE =>
            {
                let copied = src.copy_page_in(&last.page, last.offset + last.len, part)?;
                last.len += copied;
                if copied < part { Err(Errno::EFAULT) } else { Ok(copied) }
            }
            _ => Ok(0),
        }
    }

    /// Puts bytes into free slots.
    #[inline]
    fn fill(&self, ring: &mut Ring, src: &mut IterSrc<'_>, packet: bool) -> Result<usize, Errno> {
        let mut done = 0;
        while src.remaining() != 0 && ring.buffers.len() < ring.slots {
            let page = match ring.spare.take().or_else(PageRef::alloc) {
                Some(page) => page,
                None if done == 0 => return Err(Errno::ENOMEM),
                None => break,
            };
            let wanted = src.remaining().min(PAGE_SIZE);
            let copied = match src.copy_page_in(&page, 0, wanted) {
                Ok(count) => count,
                Err(errno) => {
                    ring.spare = Some(page);
                    if done == 0 {
                        return Err(errno);
                    }
                    break;
                }
            };
            ring.buffers.push_back(Buffer { page, offset: 0, len: copied, packet, shared: false });
            self.used.store(ring.buffers.len(), Ordering::Release);
            done += copied;
            if copied < wanted {
                break;
            }
        }
        Ok(done)
    }

    fn resize(&self, bytes: u32, privileged: bool) -> Result<u32, Errno> {
        if bytes > 1 << 31 {
            return Err(Errno::EINVAL);
        }
        let slots = (bytes as usize).div_ceil(PAGE_SIZE).max(1).next_power_of_two();
        let mut ring = self.ring.lock();
        if slots > ring.slots && slots * PAGE_SIZE > PIPE_MAX_SIZE && !privileged {
            return Err(Errno::EPERM);
        }
        if slots < ring.buffers.len() {
            return Err(Errno::EBUSY);
        }
        if slots > ring.buffers.capacity() {
            let more = slots - ring.buffers.len();
            ring.buffers.try_reserve(more).map_err(|_| Errno::ENOMEM)?;
        }
        ring.slots = slots;
        self.slots.store(slots, Ordering::Relaxed);
        drop(ring);
        Self::wake(&self.writable);
        Ok((slots * PAGE_SIZE) as u32)
    }
}

impl Pipe {
    #[inline(always)]
    fn read(&self, file: &File, dst: &mut IterDst<'_>) -> Result<usize, Errno> {
        loop {
            let mut ring = self.ring.lock();
            if !ring.buffers.is_empty() {
                let was_full = ring.buffers.len() >= ring.slots;
                let done = self.drain(&mut ring, dst);
                let has_room = ring.buffers.len() < ring.slots;
                drop(ring);
                if was_full && has_room {
                    Self::wake(&self.writable);
                }
                return done;
            }
            drop(ring);
            if !self.has_writers() {
                // A writer may have written and left between the two looks.
                if self.is_empty() {
                    return Ok(0);
                }
                continue;
            }
            if file.nonblock() {
                return Err(Errno::EAGAIN);
            }
            self.readable
                .wait_event_interruptible(|| !self.is_empty() || !self.has_writers())
                .map_err(|_| Errno::ERESTARTSYS)?;
        }
    }

    #[inline(always)]
    fn write(&self, file: &File, src: &mut IterSrc<'_>) -> Result<usize, Errno> {
        let packet = file.flags() & O_DIRECT != 0;
        let mut done = 0;
        let mut first = true;
        let end = |done: usize, errno: Errno| if done != 0 { Ok(done) } else { Err(errno) };
        loop {
            let mut ring = self.ring.lock();
            if !self.has_readers() {
                drop(ring);
                return end(done, Errno::EPIPE);
            }
            let before = src.remaining();
            let merged = if first && !packet { Self::merge(&mut ring, src) } else { Ok(0) };
            first = false;
            let filled = merged.and_then(|count| self.fill(&mut ring, src, packet).map(|more| count + more));
            // To be asked under the lock: a reader on another processor makes room at any time after it.
            let full = ring.buffers.len() >= ring.slots;
            drop(ring);
            done += before - src.remaining();
            if before != src.remaining() {
                file.inode.touch_mtime();
                Self::wake(&self.readable);
            }
            match filled {
                Err(errno) => return end(done, errno),
                Ok(_) if src.remaining() == 0 => return Ok(done),
                // Something was left although there was room: a bad address, or no memory.
                Ok(_) if !full => return Ok(done),
                Ok(_) => (),
            }
            if file.nonblock() {
                return end(done, Errno::EAGAIN);
            }
            self.async_readers.tell(Band::In);
            if self.writable.wait_event_interruptible(|| !self.is_full() || !self.has_readers()).is_err() {
                return end(done, Errno::ERESTARTSYS);
            }
        }
    }
}

impl FileOps for Pipe {
    /// Linux offers it for pipe(2)'s, not for those with names.
    fn can_nowait(&self, _file: &File) -> bool {
        !self.named
    }

    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if dst.remaining() == 0 {
            return Ok(0);
        }
        let done = self.read(file, dst);
        self.async_writers.tell(Band::Out);
        done
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if src.remaining() == 0 {
            return Ok(0);
        }
        let done = self.write(file, src);
        self.async_readers.tell(Band::In);
        done
    }

    fn fasync(&self, file: &File) -> [Option<&Fasync>; 2] {
        [file.readable().then_some(&self.async_readers), file.writable().then_some(&self.async_writers)]
    }

    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    fn poll(&self, file: &File, table: &mut PollTable) -> PollMask {
        let mut mask = PollMask::empty();
        if file.readable() {
            table.register(&self.readable);
            if !self.is_empty() {
                mask |= PollMask::READABLE;
            }
            if !self.has_writers() && self.writer_opens.load(Ordering::Relaxed) != 0 {
                mask |= PollMask::HUP;
            }
        }
        if file.writable() {
            table.register(&self.writable);
            if !self.is_full() {
                mask |= PollMask::WRITABLE;
            }
            if !self.has_readers() {
                mask |= PollMask::ERR;
            }
        }
        mask
    }

    fn ioctl(&self, _file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        if cmd != FIONREAD {
            return Err(Errno::ENOTTY);
        }
        let waiting: usize = self.ring.lock().buffers.iter().map(|buffer| buffer.len).sum();
        mm.write(UserPtr::<i32>::new(arg), &(waiting as i32))?;
        Ok(0)
    }

    fn mmap(&self, _file: &File) -> Result<mm::MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn check_flags(&self, _file: &File, _flags: u32) -> Result<(), Errno> {
        Ok(())
    }

    fn pipe_size(&self, _file: &File, set: Option<(u32, bool)>) -> Result<u32, Errno> {
        match set {
            None => Ok((self.slots.load(Ordering::Relaxed) * PAGE_SIZE) as u32),
            Some((bytes, privileged)) => self.resize(bytes, privileged),
        }
    }

    fn release(&self, file: &File) {
        self.drop_ends(file.mode());
    }
}

#[cfg(test)]
#[path = "pipe_tests.rs"]
mod tests;
