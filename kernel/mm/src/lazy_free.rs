//! Memory that may go when memory is short: what MADV_FREE was said of and nobody has written to since, and areas of
//! MAP_DROPPABLE.
//!
//! An address space with such memory stands in a list, with the range in which it lies. A page that MADV_FREE was said
//! of is marked, and its entry loses the bit that the processor sets with the first write. Reclaim, where it may sleep,
//! takes marked pages away whose bit is still clear.
//!
//! Locks: the list's (`rank::PAGE_LRU`), never with another.

use alloc::collections::VecDeque;
use alloc::sync::Weak;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use hal::mem::FlushBatch;
use sync::{SpinLock, rank};

use crate::AddressSpace;
use crate::vma::{Backing, VmFlags};

static LISTED: SpinLock<VecDeque<Weak<AddressSpace>>> = SpinLock::new(rank::PAGE_LRU, VecDeque::new());

/// Where an address space has memory that may go.
pub(crate) struct Droppable {
    start: AtomicU64,
    end: AtomicU64,
    listed: AtomicBool,
}

impl Droppable {
    pub const fn none() -> Self {
        Self { start: AtomicU64::new(u64::MAX), end: AtomicU64::new(0), listed: AtomicBool::new(false) }
    }

    /// The range; none if there is no such memory.
    pub fn range(&self) -> Option<Range<u64>> {
        self.listed.load(Relaxed).then(|| self.start.load(Relaxed)..self.end.load(Relaxed))
    }
}

/// Takes about `wanted` pages away; returns how many. May sleep.
pub(crate) fn reclaim(wanted: usize) -> usize {
    let count = LISTED.lock().len();
    let mut dropped = 0;
    for _ in 0..count {
        if dropped >= wanted {
            break;
        }
        let Some(entry) = LISTED.lock().pop_front() else { break };
        let Some(mm) = entry.upgrade() else { continue };
        dropped += mm.drop_droppable(wanted - dropped);
        if !list(entry) {
            mm.droppable.listed.store(false, Relaxed);
        }
    }
    dropped
}

/// Puts an address space into the list; false without memory.
fn list(entry: Weak<AddressSpace>) -> bool {
    let mut listed = LISTED.lock();
    if listed.len() == listed.capacity() {
        listed.retain(|entry| entry.strong_count() != 0);
    }
    let fits = listed.try_reserve(1).is_ok();
    if fits {
        listed.push_back(entry);
    }
    fits
}

impl AddressSpace {
    /// Notes that memory in `range` may go; false if reclaim can't be told.
    pub(crate) fn note_droppable(&self, range: &Range<u64>) -> bool {
        let droppable = &self.droppable;
        droppable.start.fetch_min(range.start, Relaxed);
        droppable.end.fetch_max(range.end, Relaxed);
        if droppable.listed.swap(true, Relaxed) || list(self.me.clone()) {
            return true;
        }
        droppable.listed.store(false, Relaxed);
        false
    }

    /// MADV_FREE of a part of private anonymous memory. The caller holds the areas' lock.
    pub(crate) fn free_lazily(&self, part: Range<u64>) {
        if !self.note_droppable(&part) {
            return self.zap_pages(part);
        }
        let mut batch = FlushBatch::new();
        let mut at = part.start;
        while at < part.end {
            at = self.pages.lock().mark_lazily_free(at..part.end, &mut batch);
        }
        batch.finish(&self.token);
    }

    fn drop_droppable(&self, wanted: usize) -> usize {
        let Some(range) = self.droppable.range() else { return 0 };
        // Who changes areas just now may itself wait for memory.
        let Some(areas) = self.areas.try_read() else { return 0 };
        let mut batch = FlushBatch::new();
        let mut dropped = 0;
        for vma in areas.tree.overlapping(range.clone()) {
            if !matches!(vma.backing, Backing::Anon) || vma.flags.contains(VmFlags::LOCKED) {
                continue;
            }
            let any = vma.flags.contains(VmFlags::DROPPABLE);
            let (mut at, end) = (vma.start.max(range.start), vma.end.min(range.end));
            while at < end && dropped < wanted {
                let (count, next) = self.pages.lock().drop_lazily_free(at..end, any, &mut batch);
                (at, dropped) = (next, dropped + count);
            }
        }
        drop(areas);
        batch.finish(&self.token);
        dropped
    }
}
