//! Bringing pages in: how many at once, and which.
//!
//! A read that goes on where the last one ended gets twice as much as before, up to what the pager finds
//! useful; one from elsewhere gets a little. A page fault gets the pages around it, too: programs jump about
//! in their own code.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef, frames};

use crate::mapping::Pager;
use crate::{Mapping, reclaim};

/// Pages that a read from an unexpected place brings.
const RANDOM: u32 = 4;
/// Pages that the first read of a sequence brings.
const FIRST: u32 = 16;
/// Pages around a fault.
const AROUND: u32 = 32;
/// A file of at most so many pages is brought in as a whole.
const SMALL: u64 = 32;

/// Why a page is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// read(2), write(2).
    Io,
    /// A page fault.
    Fault,
}

/// What was brought in last.
#[derive(Default)]
pub(crate) struct Readahead {
    next: AtomicU64,
    window: AtomicU32,
}

impl Readahead {
    /// The pages to bring, as first and count, when `index` is missing and at most `most` are useful.
    fn plan(&self, index: u64, size_pages: u64, most: u32, want: Want) -> (u64, u32) {
        let sequential = index == self.next.load(Ordering::Relaxed);
        let (first, count) = if size_pages <= SMALL {
            (0, SMALL as u32)
        } else if sequential || index == 0 {
            let last = if index == 0 { 0 } else { self.window.load(Ordering::Relaxed) };
            (index, last.saturating_mul(2).max(FIRST))
        } else if want == Want::Fault {
            (index / u64::from(AROUND) * u64::from(AROUND), AROUND)
        } else {
            (index, RANDOM)
        };
        // A plan that reaches back must not be cut so that it misses the page that is wanted.
        let first = first.max((index + 1).saturating_sub(u64::from(most)));
        (first, count.min(most))
    }

    fn note(&self, first: u64, count: u64) {
        self.next.store(first + count, Ordering::Relaxed);
        self.window.store(count as u32, Ordering::Relaxed);
    }
}

impl Mapping {
    /// Brings the page at `index` in, which was missing, and others if that is cheap.
    pub(crate) fn read_in(&self, pager: &dyn Pager, index: u64, want: Want) -> Result<PageRef, Errno> {
        reclaim::before_allocation();
        let _filling = self.fill.lock();
        if let Some(page) = self.cached(index) {
            return Ok(page);
        }
        let size_pages = self.size().div_ceil(PAGE_SIZE as u64);
        // Beyond the end nothing is read: a write creates the page, or truncation was faster.
        if index >= size_pages {
            let page = PageRef::alloc_zeroed().ok_or(Errno::ENOMEM)?;
            return self.insert(index, page).map(|(page, _)| page);
        }
        let most = pager.readahead_pages();
        if most > 1 && !reclaim::memory_is_short() {
            let (first, count) = self.readahead.plan(index, size_pages, most, want);
            let (first, count) = self.missing_run(index, first, (first + u64::from(count)).min(size_pages));
            if count > 1
                && let Some(page) = self.read_run(pager, first, count, index)
            {
                return Ok(page);
            }
        }
        let page = PageRef::alloc().ok_or(Errno::ENOMEM)?;
        pager.read_page(index, &page)?;
        self.readahead.note(index, 1);
        self.insert(index, page).map(|(page, _)| page)
    }

    /// The pages around `index` within `first..end` that are all missing, as first and count.
    fn missing_run(&self, index: u64, first: u64, end: u64) -> (u64, usize) {
        let (mut from, mut to) = (first.min(index), end.max(index + 1));
        self.for_cached(from, to - from, |cached, _| {
            if cached < index {
                from = from.max(cached + 1);
            } else {
                to = to.min(cached);
            }
        });
        (from, (to - from) as usize)
    }

    /// Reads `count` pages from `first` on, among them `index`. None if that failed: then the one page is tried
    /// alone, so that an error elsewhere does no harm.
    fn read_run(&self, pager: &dyn Pager, first: u64, count: usize, index: u64) -> Option<PageRef> {
        let mut pages = Vec::new();
        pages.try_reserve_exact(count).ok()?;
        for _ in 0..count {
            // Reading ahead never takes the last memory.
            if frames::is_low() {
                return None;
            }
            pages.push(PageRef::alloc()?);
        }
        pager.read_pages(first, &pages).ok()?;
        let mut wanted = None;
        for (page, at) in pages.into_iter().zip(first..) {
            let (page, _) = self.insert(at, page).ok()?;
            if at == index {
                wanted = Some(page);
            }
        }
        self.readahead.note(first, count as u64);
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_grows_and_a_jump_does_not() {
        let ahead = Readahead::default();
        let read = |index, want| {
            let (first, count) = ahead.plan(index, 10_000, 64, want);
            assert!(first <= index && index < first + u64::from(count));
            ahead.note(first, u64::from(count));
            (first, count)
        };
        assert_eq!(read(0, Want::Io), (0, 16));
        assert_eq!(read(16, Want::Io), (16, 32));
        assert_eq!(read(48, Want::Io), (48, 64));
        assert_eq!(read(112, Want::Io), (112, 64));
        assert_eq!(read(5000, Want::Io), (5000, 4));
        assert_eq!(read(5004, Want::Io), (5004, 16));
        assert_eq!(read(4010, Want::Fault), (4000, 32));
        assert_eq!(ahead.plan(30, 31, 64, Want::Io), (0, 32));
        assert_eq!(ahead.plan(31, 31, 8, Want::Fault), (24, 8));
    }
}
