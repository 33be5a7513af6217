//! Entries that are more than a page and its rights: guards, and pages that may go when memory is short.

use super::*;
use crate::mem::PageFlag;

/// A page as an entry that stays knows it, without a count of its own.
fn borrow(entry: u64) -> core::mem::ManuallyDrop<PageRef> {
    core::mem::ManuallyDrop::new(take_page(entry))
}

/// The entries of a lowest table for `range`, which it covers, with their addresses.
pub(super) fn entries(leaf: u64, range: Range<u64>) -> impl Iterator<Item = (u64, &'static AtomicU64)> {
    let first = index(range.start, 0);
    let pages = ((range.end - range.start) as usize).div_ceil(PAGE_SIZE);
    let slots = &table(leaf)[first..(first + pages).min(ENTRIES)];
    (range.start..).step_by(PAGE_SIZE).zip(slots)
}

fn uncount(leaf: u64, less: usize) {
    let used = used(leaf);
    used.store(used.load(Ordering::Relaxed) - less as u32, Ordering::Relaxed);
}

/// The part of `range` that lies in the table of its start.
pub(super) fn in_one_table(range: &Range<u64>) -> Range<u64> {
    range.start..range.end.min((range.start | (span(1) - 1)).wrapping_add(1))
}

impl PageTable {
    /// Whether a guard stands at `addr`.
    #[cold]
    pub fn is_guard(&self, addr: u64) -> bool {
        self.leaf(addr).is_some_and(|leaf| leaf[index(addr, 0)].load(Ordering::Relaxed) == GUARD)
    }

    /// Whether there is a lowest table for `addr`.
    pub fn has_table(&self, addr: u64) -> bool {
        self.leaf(addr).is_some()
    }

    /// Puts guards into `range` in the place of what is mapped there.
    pub fn install_guards(&mut self, range: Range<u64>, batch: &mut FlushBatch) -> Result<(), OutOfMemory> {
        self.unmap(range.clone(), batch);
        for addr in range.step_by(PAGE_SIZE) {
            let leaf = self.leaf_or_new(addr)?;
            table(leaf)[index(addr, 0)].store(GUARD, Ordering::Release);
            count(leaf, 1);
        }
        Ok(())
    }

    /// Takes the guards of `range` away.
    pub fn remove_guards(&mut self, range: Range<u64>) {
        let mut addr = range.start;
        while addr < range.end {
            let part = in_one_table(&(addr..range.end));
            addr = match self.below(addr) {
                Below::Table(leaf) => {
                    let guards = entries(leaf, part.clone())
                        .filter(|(_, slot)| slot.load(Ordering::Relaxed) == GUARD)
                        .map(|(_, slot)| slot.store(0, Ordering::Release))
                        .count();
                    uncount(leaf, guards);
                    part.end
                }
                Below::Huge(..) => part.end,
                Below::Hole(next) => next,
            };
        }
    }

    /// Marks pages at the start of `range` that nobody else has: they may go until they are written to again. Returns
    /// how far it came.
    pub fn mark_lazily_free(&mut self, range: Range<u64>, batch: &mut FlushBatch) -> u64 {
        let part = in_one_table(&range);
        let leaf = match self.below(range.start) {
            Below::Table(leaf) => leaf,
            Below::Huge(..) => {
                self.split_huge(range.start, batch);
                return range.start;
            }
            Below::Hole(next) => return next.min(range.end),
        };
        for (addr, slot) in entries(leaf, part.clone()) {
            let entry = slot.load(Ordering::Relaxed);
            if entry & MAPPED == 0 {
                continue;
            }
            let page = borrow(entry);
            if page.ref_count() == 1 && !page.test(PageFlag::Uptodate) {
                page.set(PageFlag::LazyFree);
                slot.fetch_and(!DIRTY, Ordering::AcqRel);
                batch.touch(addr);
            }
        }
        part.end
    }

    /// Removes pages at the start of `range` that nobody else has: marked ones that were not written to since, or, with
    /// `any`, all. Returns how many, and how far it came.
    pub fn drop_lazily_free(&mut self, range: Range<u64>, any: bool, batch: &mut FlushBatch) -> (usize, u64) {
        let part = in_one_table(&range);
        let leaf = match self.below(range.start) {
            Below::Table(leaf) => leaf,
            Below::Huge(..) if any => {
                self.split_huge(range.start, batch);
                return (0, range.start);
            }
            Below::Huge(..) => return (0, part.end),
            Below::Hole(next) => return (0, next.min(range.end)),
        };
        let mut dropped = 0;
        for (addr, slot) in entries(leaf, part.clone()) {
            let entry = slot.load(Ordering::Relaxed);
            if entry & MAPPED == 0 {
                continue;
            }
            let page = borrow(entry);
            if page.ref_count() != 1 || !any && !page.test(PageFlag::LazyFree) {
                continue;
            }
            // The processor sets the bit in an entry that is present, or not at all (SDM vol. 3, 4.8).
            let old = slot.swap(0, Ordering::AcqRel);
            if !any && old & DIRTY != 0 {
                slot.store(old, Ordering::Release);
                page.clear(PageFlag::LazyFree);
                continue;
            }
            batch.release(addr, take_page(old), &self.state);
            dropped += 1;
        }
        uncount(leaf, dropped);
        self.mapped -= dropped;
        (dropped, part.end)
    }
}
