//! eventfd(2): a counter that one side adds to and the other takes from.

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use abi::Errno;
use mm::{IterDst, IterSrc, MmapSource};
use sched::{PollTable, WaitQueue};
use vfs::anon::anon_file;
use vfs::consts::{O_CLOEXEC, O_NONBLOCK, O_RDWR};
use vfs::{Cred, File, FileOps, PollMask};

/// Each read takes 1 instead of everything.
pub const EFD_SEMAPHORE: u32 = 1;
/// The counter never gets beyond this; the value above it marks an overflow, which only the kernel can cause.
const MAX: u64 = u64::MAX - 1;

static NEXT_ID: AtomicU32 = AtomicU32::new(0);

struct EventFd {
    count: AtomicU64,
    semaphore: bool,
    id: u32,
    readable: WaitQueue,
    writable: WaitQueue,
}

/// A new counter. EINVAL for unknown flags.
pub fn create(count: u32, flags: u32, cred: &Cred) -> Result<Arc<File>, Errno> {
    if flags & !(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    let event = EventFd {
        count: AtomicU64::new(u64::from(count)),
        semaphore: flags & EFD_SEMAPHORE != 0,
        id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        readable: WaitQueue::new(),
        writable: WaitQueue::new(),
    };
    Ok(anon_file("eventfd", Arc::new(event), O_RDWR | (flags & O_NONBLOCK), cred))
}

impl EventFd {
    /// Takes what a read gets; none while there is nothing.
    #[inline]
    fn take(&self) -> Option<u64> {
        let less = |count: u64| match count {
            0 => None,
            _ if self.semaphore => Some(count - 1),
            _ => Some(0),
        };
        let before = self.count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).ok()?;
        Some(if self.semaphore { 1 } else { before })
    }

    /// Adds to the counter; false while that would be too much.
    #[inline]
    fn add(&self, value: u64) -> bool {
        let more = |count: u64| count.checked_add(value).filter(|sum| *sum <= MAX);
        self.count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
    }

    fn wait(queue: &WaitQueue, file: &File, ready: impl FnMut() -> bool) -> Result<(), Errno> {
        if file.nonblock() {
            return Err(Errno::EAGAIN);
        }
        queue.wait_event_interruptible(ready).map_err(|_| Errno::ERESTARTSYS)
    }
}

impl FileOps for EventFd {
    fn can_nowait(&self, _file: &File) -> bool {
        true
    }

    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if dst.remaining() < size_of::<u64>() {
            return Err(Errno::EINVAL);
        }
        let value = match self.take() {
            Some(value) => value,
            None => {
                let mut taken = None;
                Self::wait(&self.readable, file, || {
                    taken = self.take();
                    taken.is_some()
                })?;
                taken.ok_or(Errno::EAGAIN)?
            }
        };
        self.writable.wake_one();
        // What a bad address was to get is lost.
        match dst.copy_out(&value.to_ne_bytes())? {
            8 => Ok(8),
            _ => Err(Errno::EFAULT),
        }
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if src.remaining() < size_of::<u64>() {
            return Err(Errno::EINVAL);
        }
        let mut bytes = [0; 8];
        if src.copy_in(&mut bytes)? != 8 {
            return Err(Errno::EFAULT);
        }
        let value = u64::from_ne_bytes(bytes);
        if value == u64::MAX {
            return Err(Errno::EINVAL);
        }
        if !self.add(value) {
            Self::wait(&self.writable, file, || self.add(value))?;
        }
        self.readable.wake_one();
        Ok(8)
    }

    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        table.register_for(&self.readable, PollMask::READABLE.bits());
        table.register_for(&self.writable, PollMask::WRITABLE.bits());
        let count = self.count.load(Ordering::SeqCst);
        let mut mask = PollMask::empty();
        if count > 0 {
            mask |= PollMask::IN;
        }
        if count < MAX {
            mask |= PollMask::OUT;
        }
        mask
    }

    fn mmap(&self, _file: &File) -> Result<MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn show_fdinfo(&self, _file: &File, out: &mut dyn fmt::Write) -> fmt::Result {
        let count = self.count.load(Ordering::Relaxed);
        writeln!(out, "eventfd-count: {count:16x}")?;
        writeln!(out, "eventfd-id: {}", self.id)?;
        writeln!(out, "eventfd-semaphore: {}", u32::from(self.semaphore))
    }
}
