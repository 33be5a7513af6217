//! The fifth level: tables for what lies beyond the first 48 bits. Almost no program has any, so the others' way through
//! four levels begins below it.

use super::unmap::{Gone, unmap_level};
use super::*;

/// Bits of an address that four levels translate.
pub(super) const BITS: u32 = 12 + 9 * LEVELS;
/// What one entry of the fifth level leads to.
pub(super) const SPAN: u64 = 1 << BITS;

/// Gives a root of the fifth level the table for the first 48 bits, which stays. None without memory.
pub(super) fn add_low(root: u64) -> Option<PageRef> {
    let low = PageRef::alloc_zeroed()?;
    let phys = low.phys().0;
    used(phys).store(0, Ordering::Relaxed);
    let entry = phys | PRESENT | WRITE | USER | ACCESSED;
    table(root)[0].store(entry, Ordering::Release);
    isolation::mirror(&table(root)[0], entry);
    Some(low)
}

impl PageTable {
    fn slot_above(&self, addr: u64) -> &'static AtomicU64 {
        &table(self.state.root.phys().0)[index(addr, LEVELS)]
    }

    /// The table of the fourth level for an address beyond the first 48 bits; one of zeros if there is none.
    #[cold]
    #[inline(never)]
    pub(super) fn top_above(&self, addr: u64) -> u64 {
        let entry = if five_levels() { self.slot_above(addr).load(Ordering::Acquire) } else { 0 };
        if entry & PRESENT != 0 { entry } else { crate::mem::zero_page().phys().0 }
    }

    /// The same, made if need be.
    #[cold]
    #[inline(never)]
    pub(super) fn top_or_new(&mut self, addr: u64) -> Result<u64, OutOfMemory> {
        if !five_levels() {
            return Err(OutOfMemory);
        }
        let slot = self.slot_above(addr);
        let mut entry = slot.load(Ordering::Relaxed);
        if entry & PRESENT == 0 {
            let page = PageRef::alloc_zeroed().ok_or(OutOfMemory)?;
            entry = page.phys().0 | PRESENT | WRITE | USER | ACCESSED;
            let _owned_by_the_entry = page.into_raw();
            used(entry).store(0, Ordering::Relaxed);
            slot.store(entry, Ordering::Release);
            isolation::mirror(slot, entry);
            count(self.state.root.phys().0, 1);
        }
        Ok(entry)
    }

    /// Unmaps a range that ends beyond the first 48 bits.
    #[cold]
    #[inline(never)]
    pub(super) fn unmap_above(&mut self, range: Range<u64>, batch: &mut FlushBatch, gone: &mut Gone) {
        // The first entry does not count.
        let others = used(self.state.root.phys().0);
        let mut addr = range.start;
        while addr < range.end && (addr < SPAN || others.load(Ordering::Relaxed) != 0) {
            let end = range.end.min((addr | (SPAN - 1)) + 1);
            let slot = self.slot_above(addr);
            let entry = slot.load(Ordering::Relaxed);
            if entry & PRESENT != 0 {
                let empty = unmap_level(entry & ADDRESS, LEVELS - 1, addr..end, batch, &self.state, gone);
                if empty && addr >= SPAN {
                    isolation::mirror(slot, 0);
                    batch.release_table(addr, take_page(slot.swap(0, Ordering::AcqRel)), &self.state);
                    others.store(others.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
                }
            }
            addr = end;
        }
    }
}
