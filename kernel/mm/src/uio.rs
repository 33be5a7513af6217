//! Cursors over the memory that a read fills or a write empties: a buffer of the running program, a
//! list of such buffers, or kernel memory.
//!
//! A transfer that meets a bad user address after some bytes went through ends short with that count;
//! only when nothing went through is it EFAULT. That is what read(2) and write(2) report.

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};
use hal::uaccess;

use crate::iovec::IoSegment;

/// The most bytes that one read or write moves (Linux's MAX_RW_COUNT).
pub const MAX_RW_COUNT: usize = 0x7fff_f000;

enum Dst<'a> {
    User(u64),
    Segments { rest: &'a [IoSegment], offset: usize },
    Kernel(&'a mut [u8]),
}

enum Src<'a> {
    User(u64),
    Segments { rest: &'a [IoSegment], offset: usize },
    Kernel(&'a [u8]),
}

/// Where the bytes of a read go.
pub struct IterDst<'a> {
    target: Dst<'a>,
    remaining: usize,
}

/// Where the bytes of a write come from.
pub struct IterSrc<'a> {
    source: Src<'a>,
    remaining: usize,
}

/// The piece of a segment list that comes next, skipping what is used up.
#[inline]
fn front(rest: &mut &[IoSegment], offset: &mut usize) -> Option<(u64, usize)> {
    loop {
        let first = rest.first()?;
        if *offset < first.len {
            return Some((first.base.wrapping_add(*offset as u64), first.len - *offset));
        }
        *rest = rest.get(1..)?;
        *offset = 0;
    }
}

/// The count of a transfer of `wanted` bytes that left `missed` uncopied.
#[inline]
fn transferred(wanted: usize, missed: usize) -> Result<usize, Errno> {
    if missed == wanted && wanted != 0 { Err(Errno::EFAULT) } else { Ok(wanted - missed) }
}

impl<'a> IterDst<'a> {
    /// One buffer of the running program, cut to [`MAX_RW_COUNT`].
    #[inline]
    pub fn user(addr: u64, len: usize) -> Self {
        Self { target: Dst::User(addr), remaining: len.min(MAX_RW_COUNT) }
    }

    /// Kernel memory.
    #[inline]
    pub fn kernel(buf: &'a mut [u8]) -> Self {
        Self { remaining: buf.len(), target: Dst::Kernel(buf) }
    }

    /// An imported list, `total` bytes long (see [`crate::IoVecs`]).
    #[inline]
    pub(crate) fn segments(list: &'a [IoSegment], total: usize) -> Self {
        Self { target: Dst::Segments { rest: list, offset: 0 }, remaining: total }
    }

    /// How many bytes still fit.
    #[inline(always)]
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    /// Lets at most `limit` more bytes through.
    #[inline]
    pub fn truncate(&mut self, limit: usize) {
        self.remaining = self.remaining.min(limit);
    }

    /// Runs `copy(user_addr, done, len) -> missed` (or `kernel` for kernel memory) over the next `len` bytes.
    #[inline]
    fn advance(
        &mut self,
        len: usize,
        user: impl Fn(u64, usize, usize) -> usize,
        kernel: impl FnOnce(&mut [u8]),
    ) -> Result<usize, Errno> {
        let len = len.min(self.remaining);
        let missed = match &mut self.target {
            Dst::User(addr) => {
                let missed = user(*addr, 0, len);
                *addr = addr.wrapping_add((len - missed) as u64);
                missed
            }
            Dst::Kernel(buf) => {
                let (head, tail) = core::mem::take(buf).split_at_mut(len);
                kernel(head);
                *buf = tail;
                0
            }
            Dst::Segments { rest, offset } => {
                let mut done = 0;
                while done < len {
                    let Some((addr, room)) = front(rest, offset) else { break };
                    let part = room.min(len - done);
                    let missed = user(addr, done, part);
                    done += part - missed;
                    *offset += part - missed;
                    if missed != 0 {
                        break;
                    }
                }
                len - done
            }
        };
        self.remaining -= len - missed;
        transferred(len, missed)
    }

    /// Copies out as much of `bytes` as fits. A count below both lengths means that a bad address
    /// ended the transfer; EFAULT if that was the first byte.
    #[inline]
    pub fn copy_out(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        self.advance(
            bytes.len(),
            |addr, done, len| match bytes.get(done..done + len) {
                Some(part) => uaccess::copy_to_user(addr, part).err().unwrap_or(0),
                None => len,
            },
            |buf| {
                if let Some(part) = bytes.get(..buf.len()) {
                    buf.copy_from_slice(part);
                }
            },
        )
    }

    /// Copies out `len` bytes of a page from `offset` on; the count rules of [`Self::copy_out`].
    #[inline]
    pub fn copy_page_out(&mut self, page: &PageRef, offset: usize, len: usize) -> Result<usize, Errno> {
        self.advance(
            len.min(PAGE_SIZE.saturating_sub(offset)),
            |addr, done, len| page.to_user(offset + done, addr, len),
            |buf| page.read(offset, buf),
        )
    }

    /// Writes `len` zero bytes; the count rules of [`Self::copy_out`].
    #[inline]
    pub fn zero_out(&mut self, len: usize) -> Result<usize, Errno> {
        self.advance(len, |addr, _, len| uaccess::clear_user(addr, len).err().unwrap_or(0), |buf| buf.fill(0))
    }
}

impl<'a> IterSrc<'a> {
    /// One buffer of the running program, cut to [`MAX_RW_COUNT`].
    #[inline]
    pub fn user(addr: u64, len: usize) -> Self {
        Self { source: Src::User(addr), remaining: len.min(MAX_RW_COUNT) }
    }

    /// Kernel memory.
    #[inline]
    pub fn kernel(buf: &'a [u8]) -> Self {
        Self { remaining: buf.len(), source: Src::Kernel(buf) }
    }

    /// An imported list, `total` bytes long (see [`crate::IoVecs`]).
    #[inline]
    pub(crate) fn segments(list: &'a [IoSegment], total: usize) -> Self {
        Self { source: Src::Segments { rest: list, offset: 0 }, remaining: total }
    }

    /// How many bytes are left.
    #[inline(always)]
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    /// Lets at most `limit` more bytes through.
    #[inline]
    pub fn truncate(&mut self, limit: usize) {
        self.remaining = self.remaining.min(limit);
    }

    #[inline]
    fn advance(
        &mut self,
        len: usize,
        mut user: impl FnMut(u64, usize, usize) -> usize,
        kernel: impl FnOnce(&[u8]),
    ) -> Result<usize, Errno> {
        let len = len.min(self.remaining);
        let missed = match &mut self.source {
            Src::User(addr) => {
                let missed = user(*addr, 0, len);
                *addr = addr.wrapping_add((len - missed) as u64);
                missed
            }
            Src::Kernel(buf) => {
                let (head, tail) = buf.split_at(len);
                kernel(head);
                *buf = tail;
                0
            }
            Src::Segments { rest, offset } => {
                let mut done = 0;
                while done < len {
                    let Some((addr, room)) = front(rest, offset) else { break };
                    let part = room.min(len - done);
                    let missed = user(addr, done, part);
                    done += part - missed;
                    *offset += part - missed;
                    if missed != 0 {
                        break;
                    }
                }
                len - done
            }
        };
        self.remaining -= len - missed;
        transferred(len, missed)
    }

    /// Fills `buf` as far as there are bytes. A count below both lengths means that a bad address
    /// ended the transfer; EFAULT if that was the first byte.
    #[inline]
    pub fn copy_in(&mut self, buf: &mut [u8]) -> Result<usize, Errno> {
        let len = buf.len().min(self.remaining);
        if let Src::Kernel(bytes) = &mut self.source {
            let (head, tail) = bytes.split_at(len);
            if let Some(part) = buf.get_mut(..len) {
                part.copy_from_slice(head);
            }
            *bytes = tail;
            self.remaining -= len;
            return Ok(len);
        }
        self.advance(
            len,
            |addr, done, len| match buf.get_mut(done..done + len) {
                Some(part) => uaccess::copy_from_user(part, addr).err().unwrap_or(0),
                None => len,
            },
            |_| (),
        )
    }

    /// Fills `len` bytes of a page from `offset` on; the count rules of [`Self::copy_in`].
    #[inline]
    pub fn copy_page_in(&mut self, page: &PageRef, offset: usize, len: usize) -> Result<usize, Errno> {
        self.advance(
            len.min(PAGE_SIZE.saturating_sub(offset)),
            |addr, done, len| page.from_user(offset + done, addr, len),
            |bytes| page.write(offset, bytes),
        )
    }

    /// Passes over `len` bytes without looking at them (write to /dev/null).
    pub fn skip(&mut self, len: usize) -> usize {
        self.advance(len, |_, _, _| 0, |_| ()).unwrap_or(0)
    }
}

#[cfg(test)]
#[path = "uio_tests.rs"]
mod tests;
