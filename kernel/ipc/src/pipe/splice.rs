//! Moving pages between pipes and files without passing through a program: splice(2), tee(2), vmsplice(2).
//!
//! A file's cached pages and another pipe's pages go into a pipe as they are, counted once more; such a buffer
//! is never added to. What has no cached pages is read into new ones.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};
use mm::{IterDst, IterSrc, Mapping};
use vfs::File;
use vfs::fasync::Band;
use vfs::read_write::file_accessed;

use super::{Buffer, Pipe, Ring};

/// Bytes that are read at a time from what has no cached pages.
const CHUNK: usize = 16 * PAGE_SIZE;

impl Pipe {
    /// From a file into this pipe, as much as there is room for now; waits only for the first room.
    pub fn splice_from_file(
        &self,
        input: &File,
        pos: &mut u64,
        len: usize,
        nonblock: bool,
    ) -> Result<usize, Errno> {
        self.wait_for_room(nonblock)?;
        let mapping = if input.inode.is_reg() { input.ops.mapping(input) } else { None };
        let count = match mapping {
            Some(mapping) => {
                let count = self.link_pages(&mapping, *pos, len)?;
                *pos += count as u64;
                file_accessed(input);
                count
            }
            None => self.copy_in(input, pos, len)?,
        };
        if count != 0 {
            self.wake_readers();
        }
        Ok(count)
    }

    /// From this pipe into a file: what there is; waits only for the first byte. 0 when nobody writes.
    pub fn splice_to_file(
        &self,
        output: &File,
        pos: &mut u64,
        len: usize,
        nonblock: bool,
    ) -> Result<usize, Errno> {
        let mut chunk = zeroed(PAGE_SIZE)?;
        let mut done = 0;
        while done < len {
            // Held while the file is written: what it doesn't take stays, and nobody gets between.
            let mut ring = self.ring.lock();
            let Some(front) = ring.buffers.front() else {
                drop(ring);
                if done != 0 || !self.wait_for_data(nonblock)? {
                    break;
                }
                continue;
            };
            let want = front.len.min(len - done);
            let part = chunk.get_mut(..want).ok_or(Errno::EINVAL)?;
            front.page.read(front.offset, part);
            let written = match output.ops.write_iter(output, &mut IterSrc::kernel(part), pos) {
                Ok(written) => written.min(want),
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            };
            drop(self.take_front(&mut ring, written));
            drop(ring);
            self.wake_writers();
            done += written;
            if written < want {
                break;
            }
        }
        Ok(done)
    }

    /// From this pipe into another one.
    pub fn splice_to_pipe(&self, other: &Pipe, len: usize, nonblock: bool) -> Result<usize, Errno> {
        self.pass_on(other, len, nonblock, true)
    }

    /// As [`Self::splice_to_pipe`], but everything stays here, too.
    pub fn tee(&self, other: &Pipe, len: usize, nonblock: bool) -> Result<usize, Errno> {
        self.pass_on(other, len, nonblock, false)
    }

    /// From a program's memory into this pipe, as much as there is room for now.
    pub fn fill_from(&self, src: &mut IterSrc<'_>, nonblock: bool) -> Result<usize, Errno> {
        loop {
            self.wait_for_room(nonblock)?;
            let mut ring = self.ring.lock();
            let count = self.fill(&mut ring, src, false)?;
            drop(ring);
            if count != 0 {
                self.wake_readers();
                return Ok(count);
            }
        }
    }

    /// From this pipe into a program's memory: what there is.
    pub fn drain_to(&self, dst: &mut IterDst<'_>, nonblock: bool) -> Result<usize, Errno> {
        while self.wait_for_data(nonblock)? {
            let mut ring = self.ring.lock();
            if ring.buffers.is_empty() {
                continue;
            }
            let count = self.drain(&mut ring, dst);
            drop(ring);
            self.wake_writers();
            return count;
        }
        Ok(0)
    }

    fn wake_readers(&self) {
        Self::wake(&self.readable);
        self.async_readers.tell(Band::In);
    }

    fn wake_writers(&self) {
        Self::wake(&self.writable);
        self.async_writers.tell(Band::Out);
    }

    /// Waits until there is something; false if there is nothing and nobody who could write.
    fn wait_for_data(&self, nonblock: bool) -> Result<bool, Errno> {
        loop {
            if !self.is_empty() {
                return Ok(true);
            }
            if !self.has_writers() {
                return Ok(!self.is_empty());
            }
            if nonblock {
                return Err(Errno::EAGAIN);
            }
            let some = || !self.is_empty() || !self.has_writers();
            self.readable.wait_event_interruptible(some).map_err(|_| Errno::ERESTARTSYS)?;
        }
    }

    /// Waits until there is room; EPIPE if nobody reads.
    fn wait_for_room(&self, nonblock: bool) -> Result<(), Errno> {
        loop {
            if !self.has_readers() {
                return Err(Errno::EPIPE);
            }
            if !self.is_full() {
                return Ok(());
            }
            if nonblock {
                return Err(Errno::EAGAIN);
            }
            let room = || !self.is_full() || !self.has_readers();
            self.writable.wait_event_interruptible(room).map_err(|_| Errno::ERESTARTSYS)?;
        }
    }

    fn push(&self, ring: &mut Ring, buffer: Buffer) {
        ring.buffers.push_back(buffer);
        self.used.store(ring.buffers.len(), Ordering::Release);
    }

    /// Takes `count` bytes, which the first buffer has, out of the ring.
    fn take_front(&self, ring: &mut Ring, count: usize) -> Option<Buffer> {
        let front = ring.buffers.front_mut()?;
        if count >= front.len {
            let whole = ring.buffers.pop_front();
            self.used.store(ring.buffers.len(), Ordering::Release);
            return whole;
        }
        let part = Buffer {
            page: front.page.clone(),
            offset: front.offset,
            len: count,
            packet: front.packet,
            shared: true,
        };
        front.offset += count;
        front.len -= count;
        Some(part)
    }

    /// Puts a file's pages into free slots.
    fn link_pages(&self, mapping: &Mapping, pos: u64, len: usize) -> Result<usize, Errno> {
        let mut ring = self.ring.lock();
        let mut done = 0;
        while done < len && ring.buffers.len() < ring.slots {
            let at = pos.saturating_add(done as u64);
            let left = mapping.size().saturating_sub(at);
            if left == 0 {
                break;
            }
            let offset = (at % PAGE_SIZE as u64) as usize;
            let count = (PAGE_SIZE - offset).min(len - done).min(left.min(PAGE_SIZE as u64) as usize);
            let page = match mapping.get_page(at / PAGE_SIZE as u64, false) {
                Ok(page) => page,
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            };
            self.push(&mut ring, Buffer { page, offset, len: count, packet: false, shared: true });
            done += count;
        }
        Ok(done)
    }

    /// Reads once into new pages. The ring is open meanwhile, so it may end up with more than its slots.
    fn copy_in(&self, input: &File, pos: &mut u64, len: usize) -> Result<usize, Errno> {
        let free = {
            let ring = self.ring.lock();
            ring.slots.saturating_sub(ring.buffers.len()).max(1)
        };
        let mut chunk = zeroed(len.min(free * PAGE_SIZE).min(CHUNK))?;
        let count = input.ops.read_iter(input, &mut IterDst::kernel(&mut chunk), pos)?;
        let mut pages = Vec::new();
        pages.try_reserve_exact(count.div_ceil(PAGE_SIZE)).map_err(|_| Errno::ENOMEM)?;
        for part in chunk.get(..count).unwrap_or(&[]).chunks(PAGE_SIZE) {
            let page = PageRef::alloc().ok_or(Errno::ENOMEM)?;
            page.write(0, part);
            pages.push((page, part.len()));
        }
        let mut ring = self.ring.lock();
        for (page, len) in pages {
            self.push(&mut ring, Buffer { page, offset: 0, len, packet: false, shared: false });
        }
        Ok(count)
    }

    /// Hands buffers to another pipe. One ring is locked at a time.
    fn pass_on(&self, other: &Pipe, len: usize, nonblock: bool, take: bool) -> Result<usize, Errno> {
        loop {
            if !self.wait_for_data(nonblock)? {
                return Ok(0);
            }
            other.wait_for_room(nonblock)?;
            let room = other.slots.load(Ordering::Relaxed).saturating_sub(other.used.load(Ordering::Acquire));
            let mut buffers = VecDeque::new();
            buffers.try_reserve_exact(room).map_err(|_| Errno::ENOMEM)?;
            let done = if take {
                self.take_buffers(&mut buffers, room, len)
            } else {
                self.copy_buffers(&mut buffers, room, len)
            };
            if done == 0 {
                continue;
            }
            let mut ring = other.ring.lock();
            for buffer in buffers {
                other.push(&mut ring, buffer);
            }
            drop(ring);
            other.wake_readers();
            if take {
                self.wake_writers();
            }
            return Ok(done);
        }
    }

    fn take_buffers(&self, buffers: &mut VecDeque<Buffer>, room: usize, len: usize) -> usize {
        let mut done = 0;
        let mut ring = self.ring.lock();
        while done < len && buffers.len() < room {
            let Some(front) = ring.buffers.front() else { break };
            let count = front.len.min(len - done);
            buffers.extend(self.take_front(&mut ring, count));
            done += count;
        }
        done
    }

    fn copy_buffers(&self, buffers: &mut VecDeque<Buffer>, room: usize, len: usize) -> usize {
        let mut done = 0;
        let ring = self.ring.lock();
        for from in ring.buffers.iter().take(room) {
            if done == len {
                break;
            }
            let count = from.len.min(len - done);
            let (page, offset, packet) = (from.page.clone(), from.offset, from.packet);
            buffers.push_back(Buffer { page, offset, len: count, packet, shared: true });
            done += count;
        }
        done
    }
}

fn zeroed(len: usize) -> Result<Vec<u8>, Errno> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| Errno::ENOMEM)?;
    bytes.resize(len, 0);
    Ok(bytes)
}
