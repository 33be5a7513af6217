//! Truncation, holes and writing back.

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};

use crate::Mapping;

const PAGE: u64 = PAGE_SIZE as u64;

impl Mapping {
    /// Sets the file's size. What lies beyond disappears from the cache and from every address space
    /// (private copies, too, as truncate(2) does); the rest of the last page becomes zero. The caller
    /// holds the inode's lock.
    pub fn truncate(&self, new_size: u64) -> Result<(), Errno> {
        let old_size = self.size();
        if new_size >= old_size {
            if new_size > old_size {
                if let Some(pager) = self.pager() {
                    pager.may_grow(new_size)?;
                }
                self.zero_tail(old_size);
                self.set_size(new_size);
            }
            return Ok(());
        }
        self.set_size(new_size);
        let first = new_size.div_ceil(PAGE);
        self.discard(first, u64::MAX, true);
        // Where a pager brings the pages, its own store ends there, too: only what is cached matters.
        self.zero_tail(new_size);
        Ok(())
    }

    /// Forgets all cached pages: the file was changed behind the cache's back. What programs changed through
    /// mappings is written back first; private copies stay.
    pub fn invalidate(&self) -> Result<(), Errno> {
        if self.pager().is_none() {
            return Ok(());
        }
        let written = self.sync();
        self.discard(0, u64::MAX, false);
        written
    }

    /// Makes `len` bytes from `start` on a hole that reads as zero; the size stays. Private copies
    /// stay, too (fallocate(2), FALLOC_FL_PUNCH_HOLE). The caller holds the inode's lock.
    pub fn punch_hole(&self, start: u64, len: u64) -> Result<(), Errno> {
        let end = start.saturating_add(len);
        let (first, last) = (start.div_ceil(PAGE), end / PAGE);
        if first > last {
            return self.zero_in_page(start / PAGE, (start % PAGE) as usize, (end % PAGE) as usize);
        }
        if !start.is_multiple_of(PAGE) {
            self.zero_in_page(start / PAGE, (start % PAGE) as usize, PAGE_SIZE)?;
        }
        if !end.is_multiple_of(PAGE) {
            self.zero_in_page(end / PAGE, 0, (end % PAGE) as usize)?;
        }
        if last > first {
            self.discard(first, last - 1, false);
        }
        Ok(())
    }

    /// Takes pages away from the cache, then from the address spaces. A fault holds its address space's
    /// lock from the look-up to the new entry, and unmapping takes that lock for writing: so no fault
    /// that saw the old state can finish afterwards. One that still saw the old size may have filled a
    /// hole beyond the end meanwhile; hence the second removal when the file became shorter.
    fn discard(&self, first: u64, last: u64, beyond_end: bool) {
        {
            let _no_filling = self.fill.lock();
            self.remove_pages(first, last);
        }
        if self.is_mapped() {
            self.unmap_everywhere(first, last, beyond_end);
            if beyond_end {
                self.remove_pages(first, last);
            }
        }
    }

    /// Writes dirty pages that lie in the bytes `start..end` back, and waits for it.
    pub fn sync_range(&self, start: u64, end: u64) -> Result<(), Errno> {
        let Some(pager) = self.pager() else { return Ok(()) };
        let mut from = start / PAGE;
        loop {
            let next = {
                let mut tree = self.tree.lock();
                match tree.next_marked(from).filter(|index| index.saturating_mul(PAGE) < end) {
                    Some(index) => {
                        tree.unmark(index);
                        tree.get(index).map(|page| (index, page))
                    }
                    None => None,
                }
            };
            let Some((index, page)) = next else { return Ok(()) };
            // From here on a write through a mapping faults and marks the page again.
            for mm in self.mappers() {
                mm.write_protect_mapping(self, index, index);
            }
            if let Err(errno) = pager.write_page(index, &page) {
                self.mark_dirty(index);
                return Err(errno);
            }
            from = index + 1;
            crate::cond_resched();
        }
    }

    /// Writes all dirty pages back, and waits for it.
    pub fn sync(&self) -> Result<(), Errno> {
        self.sync_range(0, u64::MAX)
    }

    /// Drops clean pages that nobody uses, `limit` at most; returns how many. For a mapping without
    /// a pager there are none: it is the only copy.
    pub fn shrink(&self, limit: usize) -> usize {
        if self.pager().is_none() {
            return 0;
        }
        let (mut dropped, mut next) = (0, Some(0));
        while let Some(from) = next
            && dropped < limit
        {
            let (count, rest) = self.tree.lock().drop_idle(from, 64.min(limit - dropped), PageRef::is_unique);
            dropped += count;
            next = rest;
        }
        self.tree.lock().prune();
        Self::forget_reclaimed(dropped);
        dropped
    }

    /// The first byte at or after `pos` that is data (lseek(2), SEEK_DATA); none up to the end.
    pub fn seek_data(&self, pos: u64) -> Option<u64> {
        let size = self.size();
        if pos >= size {
            return None;
        }
        if self.pager().is_some() {
            return Some(pos);
        }
        let index = self.tree.lock().next_index(pos / PAGE)?;
        Some(pos.max(index.saturating_mul(PAGE))).filter(|data| *data < size)
    }

    /// The first byte at or after `pos` that lies in a hole; the end counts as one (SEEK_HOLE).
    pub fn seek_hole(&self, pos: u64) -> Option<u64> {
        let size = self.size();
        if pos >= size {
            return None;
        }
        if self.pager().is_some() {
            return Some(size);
        }
        let mut index = pos / PAGE;
        while index * PAGE < size && self.cached(index).is_some() {
            index += 1;
        }
        Some(pos.max(index * PAGE).min(size))
    }
}
