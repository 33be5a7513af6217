//! Reading and writing through the cache.

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageFlag, PageRef};

use crate::Mapping;
use crate::uio::{IterDst, IterSrc};

/// Most pages that one request reads ahead.
const READ_AHEAD_PAGES: u64 = 512;

/// Index and offset of a position.
#[inline(always)]
fn split(pos: u64) -> (u64, usize) {
    (pos / PAGE_SIZE as u64, (pos % PAGE_SIZE as u64) as usize)
}

impl Mapping {
    /// Reads from `pos` on into `dst` until the end of the file; returns the bytes read. An error is
    /// reported only if nothing was read before it.
    #[inline]
    pub fn read(&self, pos: u64, dst: &mut IterDst<'_>) -> Result<usize, Errno> {
        let mut done = 0;
        while dst.remaining() != 0 {
            let at = pos.saturating_add(done as u64);
            let size = self.size();
            if at >= size {
                break;
            }
            let (index, offset) = split(at);
            let len =
                (PAGE_SIZE - offset).min(dst.remaining()).min((size - at).min(PAGE_SIZE as u64) as usize);
            let copied = match self.cached(index) {
                Some(page) => {
                    note_use(&page);
                    dst.copy_page_out(&page, offset, len)
                }
                None if self.pager().is_none() => dst.zero_out(len),
                None => self.get_page(index, false).and_then(|page| dst.copy_page_out(&page, offset, len)),
            };
            match copied {
                Ok(count) => {
                    done += count;
                    if count < len {
                        break;
                    }
                }
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            }
            if done % (64 * PAGE_SIZE) == 0 {
                crate::cond_resched();
            }
        }
        Ok(done)
    }

    /// Brings the pages of `len` bytes from `pos` on into the cache, as far as the file goes and 2 MiB at most.
    /// Without a pager everything that there is is cached already.
    pub fn read_ahead(&self, pos: u64, len: u64) {
        let end = pos.saturating_add(len).min(self.size());
        if pos >= end || self.pager().is_none() {
            return;
        }
        let first = pos / PAGE_SIZE as u64;
        let last = (end - 1) / PAGE_SIZE as u64;
        for index in first..=last.min(first + READ_AHEAD_PAGES - 1) {
            if self.get_page(index, false).is_err() {
                return;
            }
            crate::cond_resched();
        }
    }

    /// Writes all of `src` at `pos`, growing the file; returns the bytes written. An error is reported
    /// only if nothing was written before it. The caller holds the inode's lock.
    #[inline]
    pub fn write(&self, pos: u64, src: &mut IterSrc<'_>) -> Result<usize, Errno> {
        let end = pos.checked_add(src.remaining() as u64).filter(|end| *end <= i64::MAX as u64);
        let end = end.ok_or(Errno::EFBIG)?;
        let size = self.size();
        if end > size {
            if let Some(pager) = self.pager() {
                pager.may_grow(end)?;
            }
            if pos > size {
                self.zero_tail(size);
            }
        }
        let mut done = 0;
        while src.remaining() != 0 {
            let (index, offset) = split(pos + done as u64);
            let len = (PAGE_SIZE - offset).min(src.remaining());
            match self.write_in_page(index, offset, len, src) {
                Ok(count) => {
                    done += count;
                    self.grow(pos + done as u64);
                    if count < len {
                        break;
                    }
                }
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            }
            if done % (64 * PAGE_SIZE) == 0 {
                crate::cond_resched();
            }
        }
        Ok(done)
    }

    #[inline]
    fn write_in_page(
        &self,
        index: u64,
        offset: usize,
        len: usize,
        src: &mut IterSrc<'_>,
    ) -> Result<usize, Errno> {
        let page = match self.cached(index) {
            Some(page) => page,
            None if offset == 0 && len == PAGE_SIZE => return self.write_new_page(index, src),
            None => self.get_page(index, true)?,
        };
        let count = src.copy_page_in(&page, offset, len)?;
        if self.tracks_dirty() {
            self.mark_dirty(index);
        }
        Ok(count)
    }

    /// A page that is overwritten as a whole is neither read in nor zeroed first.
    fn write_new_page(&self, index: u64, src: &mut IterSrc<'_>) -> Result<usize, Errno> {
        let page = PageRef::alloc().ok_or(Errno::ENOMEM)?;
        let count = src.copy_page_in(&page, 0, PAGE_SIZE)?;
        if count < PAGE_SIZE {
            // A bad address in the middle: the rest is what it was before, so it has to be brought in.
            let present = self.get_page(index, true)?;
            copy_between(&page, &present, count);
        } else {
            let (present, new) = self.insert(index, page.clone())?;
            if !new {
                present.copy_from(&page);
            }
        }
        if self.tracks_dirty() {
            self.mark_dirty(index);
        }
        Ok(count)
    }

    /// Takes over bytes that the pager's store has at `pos` already (a write that went through): into pages that
    /// are cached, and into new ones where the bytes are all that there is. Grows the file. The caller holds
    /// the inode's lock.
    pub fn written_through(&self, pos: u64, bytes: &[u8]) {
        let old_size = self.size();
        if pos > old_size {
            self.zero_tail(old_size);
        }
        let (mut at, mut rest) = (pos, bytes);
        while !rest.is_empty() {
            let (index, offset) = split(at);
            let (part, tail) = rest.split_at(rest.len().min(PAGE_SIZE - offset));
            let filling = self.fill.lock();
            if let Some(page) = self.cached(index) {
                page.write(offset, part);
            } else if offset == 0
                && (part.len() == PAGE_SIZE || at >= old_size)
                && let Some(page) = PageRef::alloc()
            {
                page.write(0, part);
                zero_part(&page, part.len(), PAGE_SIZE);
                // Without memory for it, it is read in when somebody wants it.
                let _ = self.insert(index, page);
            }
            drop(filling);
            at += part.len() as u64;
            rest = tail;
        }
        self.grow(at);
    }

    /// Notes that the page at `index`, which the caller holds, has to be written back.
    #[inline]
    pub fn mark_dirty(&self, index: u64) {
        self.tree.mark(index);
    }

    /// Whether the page at `index` holds what no store has: it has to be written back, or there is no store.
    pub(crate) fn is_dirty(&self, index: u64) -> bool {
        !self.tracks_dirty() || self.tree.is_marked(index)
    }

    /// Zeroes the rest of the page that the end `size` lies in. A program may have written there through
    /// a mapping; it must not come to light when the file grows.
    pub(crate) fn zero_tail(&self, size: u64) {
        let (index, offset) = split(size);
        if offset != 0
            && let Some(page) = self.cached(index)
        {
            zero_part(&page, offset, PAGE_SIZE);
        }
    }

    /// Writes zeros over the bytes `from..to` of page `index` if it has one.
    pub(crate) fn zero_in_page(&self, index: u64, from: usize, to: usize) -> Result<(), Errno> {
        let page = match self.cached(index) {
            Some(page) => page,
            None if self.pager().is_none() => return Ok(()),
            None => self.get_page(index, false)?,
        };
        zero_part(&page, from, to);
        if self.tracks_dirty() {
            self.mark_dirty(index);
        }
        Ok(())
    }
}

/// Notes that a page is used: reclaim takes others first.
#[inline]
fn note_use(page: &PageRef) {
    if !page.test(PageFlag::Accessed) {
        page.set(PageFlag::Accessed);
    }
}

const CHUNK: usize = 256;

/// Zeroes the bytes `from..to` of a page.
pub(crate) fn zero_part(page: &PageRef, from: usize, to: usize) {
    let zeros = [0u8; CHUNK];
    let mut at = from;
    while at < to {
        let len = CHUNK.min(to - at);
        if let Some(part) = zeros.get(..len) {
            page.write(at, part);
        }
        at += len;
    }
}

/// Copies the first `len` bytes from one page to another.
fn copy_between(from: &PageRef, to: &PageRef, len: usize) {
    let mut buf = [0u8; CHUNK];
    let mut at = 0;
    while at < len {
        let part = CHUNK.min(len - at);
        if let Some(part) = buf.get_mut(..part) {
            from.read(at, part);
            to.write(at, part);
        }
        at += part;
    }
}
