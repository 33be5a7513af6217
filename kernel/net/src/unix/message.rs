//! One message on its way: bytes, and what goes along with them.
//!
//! A stream's write makes one or more of them, which readers may take in parts; a datagram is one. It counts against
//! its sender's SO_SNDBUF, by what Linux's buffers would take, until nobody has it any more.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};
use mm::{IterDst, IterSrc};
use sync::{SpinLock, rank};

use super::UnixSock;
use super::in_flight::Files;
use crate::scm::Credentials;

/// Bytes that need no memory of their own.
const INLINE: usize = 64;
/// Bytes that are kept in one object; what is longer is kept in pages.
const SMALL: usize = 1024;
/// The most in one message of a stream, as Linux cuts them.
pub(super) const STREAM_MAX: usize = 48_832;
/// What fits into the first, linear part of Linux's buffers, and what each costs beside its bytes.
const LINEAR: usize = 3776;
const SHARED_INFO: usize = 320;
const OVERHEAD: usize = 256;

enum Body {
    Inline([u8; INLINE]),
    Small(Vec<u8>),
    Pages(Vec<PageRef>),
}

pub(super) struct Message {
    sender: Arc<UnixSock>,
    len: usize,
    /// Bytes that were read; changed under the reader's `iolock`.
    consumed: AtomicUsize,
    truesize: usize,
    body: Body,
    pub credentials: Option<Credentials>,
    files: SpinLock<Option<Files>>,
    has_files: AtomicBool,
    /// When it came, in CLOCK_REALTIME, if the receiver asked for that (SO_TIMESTAMP); else 0.
    pub stamp_ns: AtomicU64,
}

/// What a message of `len` bytes counts.
pub(super) fn truesize(len: usize) -> usize {
    let paged = len.saturating_sub(LINEAR).next_multiple_of(PAGE_SIZE);
    let linear = len.saturating_sub(paged);
    let head = linear.next_multiple_of(64) + SHARED_INFO;
    head.next_power_of_two() + OVERHEAD + paged
}

impl Body {
    fn read(src: &mut IterSrc<'_>, len: usize) -> Result<Self, Errno> {
        let whole = |count: usize, wanted: usize| if count == wanted { Ok(()) } else { Err(Errno::EFAULT) };
        if len <= INLINE {
            let mut bytes = [0; INLINE];
            let part = bytes.get_mut(..len).ok_or(Errno::EINVAL)?;
            whole(src.copy_in(part)?, len)?;
            return Ok(Body::Inline(bytes));
        }
        if len <= SMALL {
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(len).map_err(|_| Errno::ENOMEM)?;
            bytes.resize(len, 0);
            whole(src.copy_in(&mut bytes)?, len)?;
            return Ok(Body::Small(bytes));
        }
        let mut pages = Vec::new();
        pages.try_reserve_exact(len.div_ceil(PAGE_SIZE)).map_err(|_| Errno::ENOMEM)?;
        let mut left = len;
        while left != 0 {
            let page = PageRef::alloc().ok_or(Errno::ENOBUFS)?;
            let part = left.min(PAGE_SIZE);
            whole(src.copy_page_in(&page, 0, part)?, part)?;
            pages.push(page);
            left -= part;
        }
        Ok(Body::Pages(pages))
    }
}

impl Message {
    /// Takes `len` bytes: EFAULT unless all can be read.
    #[inline]
    pub fn new(
        sender: &Arc<UnixSock>,
        src: &mut IterSrc<'_>,
        len: usize,
        files: Option<Files>,
        credentials: Option<Credentials>,
    ) -> Result<Arc<Self>, Errno> {
        let body = Body::read(src, len)?;
        let truesize = truesize(len);
        sender.wmem.fetch_add(truesize, Ordering::Relaxed);
        Ok(Arc::new(Message {
            sender: sender.clone(),
            len,
            consumed: AtomicUsize::new(0),
            truesize,
            body,
            credentials,
            stamp_ns: AtomicU64::new(0),
            has_files: AtomicBool::new(files.is_some()),
            files: SpinLock::new(rank::SOCKET_FILES, files),
        }))
    }

    /// Who sent it.
    pub fn sender(&self) -> &Arc<UnixSock> {
        &self.sender
    }

    /// Bytes that nobody has read.
    #[inline]
    pub fn left(&self) -> usize {
        self.len - self.consumed.load(Ordering::Relaxed)
    }

    /// What it counts.
    pub fn truesize(&self) -> usize {
        self.truesize
    }

    /// The first `count` bytes were read.
    #[inline]
    pub fn consume(&self, count: usize) {
        let before = self.consumed.load(Ordering::Relaxed);
        self.consumed.store((before + count).min(self.len), Ordering::Relaxed);
    }

    /// Copies `len` of the bytes that are left, from `skip` on: EFAULT unless all can be written.
    #[inline]
    pub fn copy_out(&self, dst: &mut IterDst<'_>, skip: usize, len: usize) -> Result<(), Errno> {
        let mut at = self.consumed.load(Ordering::Relaxed) + skip;
        let end = (at + len).min(self.len);
        let copied = match &self.body {
            Body::Inline(bytes) => dst.copy_out(bytes.get(at..end).unwrap_or(&[]))?,
            Body::Small(bytes) => dst.copy_out(bytes.get(at..end).unwrap_or(&[]))?,
            Body::Pages(pages) => {
                let start = at;
                for page in pages.get(at / PAGE_SIZE..).unwrap_or(&[]) {
                    let offset = at % PAGE_SIZE;
                    let part = (end - at).min(PAGE_SIZE - offset);
                    if part == 0 {
                        break;
                    }
                    let copied = dst.copy_page_out(page, offset, part)?;
                    at += copied;
                    if copied < part {
                        break;
                    }
                }
                at - start
            }
        };
        if copied == len { Ok(()) } else { Err(Errno::EFAULT) }
    }

    /// Whether files go along.
    #[inline]
    pub fn has_files(&self) -> bool {
        self.has_files.load(Ordering::Relaxed)
    }

    /// Takes the files out, still counted as in flight.
    pub fn take_files(&self) -> Option<Files> {
        let files = self.files.lock().take();
        self.has_files.store(false, Ordering::Relaxed);
        files
    }

    /// Looks at the files.
    pub fn with_files(&self, look: &mut dyn FnMut(&Files)) {
        if self.has_files()
            && let Some(files) = &*self.files.lock()
        {
            look(files);
        }
    }

    /// Whether both come from the same sender, as far as that was noted.
    pub fn same_credentials(&self, other: &Option<Credentials>) -> bool {
        let key = |c: &Option<Credentials>| c.as_ref().map(|c| c.ucred);
        key(&self.credentials) == key(other)
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        self.sender.wmem.fetch_sub(self.truesize, Ordering::AcqRel);
        self.sender.write_space();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_linux_counts_them() {
        assert_eq!(truesize(0), 768);
        assert_eq!(truesize(1), 768);
        assert_eq!(truesize(192), 768);
        assert_eq!(truesize(193), 1280);
        assert_eq!(truesize(STREAM_MAX), 4096 + 256 + 45_056);
    }
}
