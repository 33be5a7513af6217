//! Entries of page directories that map 2 MiB at once.
//!
//! For each of them a table is kept in stock, in a list that hangs on the directory's frame, so that splitting one
//! needs no memory.

use super::*;
use crate::mem::{HUGE_PAGES, HUGE_SIZE, HugePage};

/// What a directory has for an address.
pub(super) enum Below {
    /// The frame of a table.
    Table(u64),
    /// The frame of the directory, and its entry that maps 2 MiB.
    Huge(u64, &'static AtomicU64),
    /// Nothing up to this address.
    Hole(u64),
}

/// End of a list of tables in stock.
pub(super) const NO_TABLE: u32 = u32::MAX;

#[inline(always)]
pub(super) fn stock(directory: u64) -> &'static core::sync::atomic::AtomicU32 {
    // SAFETY: the page array lives for ever.
    &unsafe { &*frames::page_of(directory & ADDRESS).as_ptr().cast_const().cast::<Page>() }.next
}

/// Keeps `page` for the directory.
fn deposit(directory: u64, page: PageRef) {
    let phys = page.phys().0;
    stock(phys).store(stock(directory).load(Ordering::Relaxed), Ordering::Relaxed);
    stock(directory).store((phys / PAGE_SIZE as u64) as u32, Ordering::Relaxed);
    let _owned_by_the_list = page.into_raw();
}

/// Takes a kept table of the directory: there is one for each entry that maps 2 MiB.
fn withdraw(directory: u64) -> Option<PageRef> {
    let frame = stock(directory).load(Ordering::Relaxed);
    if frame == NO_TABLE {
        return None;
    }
    let phys = u64::from(frame) * PAGE_SIZE as u64;
    stock(directory).store(stock(phys).load(Ordering::Relaxed), Ordering::Relaxed);
    // SAFETY: the list owned this count; the frame has just left it.
    Some(unsafe { PageRef::from_raw(frames::page_of(phys)) })
}

/// Another handle of an entry's block, without a count of its own.
fn borrow(entry: u64) -> core::mem::ManuallyDrop<HugePage> {
    // SAFETY: the entry keeps its share; what is made here is never dropped.
    core::mem::ManuallyDrop::new(unsafe { HugePage::from_entry(entry & ADDRESS) })
}

/// The whole range of 2 MiB that `addr` lies in.
#[inline(always)]
pub(super) fn whole(addr: u64) -> Range<u64> {
    let start = addr & !(HUGE_SIZE - 1);
    start..start + HUGE_SIZE
}

/// Puts a table of small entries in the place of an entry that maps 2 MiB.
pub(super) fn split_entry(directory: u64, slot: &AtomicU64) {
    let Some(page) = withdraw(directory) else { return };
    // Nobody must write to the large page once it has been taken apart. Who comes meanwhile waits in the fault.
    let old = slot.swap(0, Ordering::AcqRel);
    let phys = page.phys().0;
    for (nth, small) in table(phys).iter().enumerate() {
        small.store(old & !HUGE | ((old & ADDRESS) + (nth * PAGE_SIZE) as u64), Ordering::Relaxed);
    }
    used(phys).store(HUGE_PAGES as u32, Ordering::Relaxed);
    stock(phys).store(NO_TABLE, Ordering::Relaxed);
    let _owned_by_the_entry = page.into_raw();
    slot.store(phys | PRESENT | WRITE | USER | ACCESSED, Ordering::Release);
    // SAFETY: the entry's share, which it no longer has.
    unsafe { HugePage::from_entry(old & ADDRESS) }.into_small();
}

/// Removes an entry that maps 2 MiB.
pub(super) fn remove_entry(
    directory: u64,
    slot: &AtomicU64,
    addr: u64,
    batch: &mut FlushBatch,
    state: &MmState,
) {
    let old = slot.swap(0, Ordering::AcqRel);
    // SAFETY: the entry's share, which it no longer has.
    let huge = unsafe { HugePage::from_entry(old & ADDRESS) };
    batch.release_huge(whole(addr), huge, state);
    drop(withdraw(directory));
}

impl PageTable {
    pub(super) fn below(&self, addr: u64) -> Below {
        let mut at = self.top(addr);
        for level in (1..LEVELS).rev() {
            let slot = &table(at)[index(addr, level)];
            let next = slot.load(Ordering::Acquire);
            if level == 1 && next & HUGE != 0 {
                return Below::Huge(at & ADDRESS, slot);
            }
            if next & PRESENT == 0 {
                return Below::Hole((addr | (span(level) - 1)) + 1);
            }
            at = next;
        }
        Below::Table(at & ADDRESS)
    }

    /// Entries that map 2 MiB.
    pub fn huge_entries(&self) -> usize {
        self.huge
    }

    /// Whether nothing at all is mapped in the 2 MiB around `addr`.
    pub fn is_huge_hole(&self, addr: u64) -> bool {
        matches!(self.below(addr), Below::Hole(_))
    }

    /// Maps 2 MiB at `addr`. The block comes back if something is mapped there, or without memory for tables.
    pub fn map_huge(&mut self, addr: u64, huge: HugePage, prot: Prot) -> Result<(), HugePage> {
        debug_assert!(addr.is_multiple_of(HUGE_SIZE) && addr < task_size_max());
        self.add_huge(addr, huge, bits(prot))
    }

    fn add_huge(&mut self, addr: u64, huge: HugePage, bits: u64) -> Result<(), HugePage> {
        let Some(spare) = PageRef::alloc() else { return Err(huge) };
        let Ok(directory) = self.table_or_new(addr, 1) else { return Err(huge) };
        let slot = &table(directory)[index(addr, 1)];
        if slot.load(Ordering::Relaxed) & MAPPED != 0 {
            return Err(huge);
        }
        deposit(directory, spare);
        self.tables += 1;
        slot.store(huge.into_entry() | bits | HUGE, Ordering::Release);
        count(directory, 1);
        self.mapped += HUGE_PAGES;
        self.huge += 1;
        Ok(())
    }

    /// The page at `addr` where 2 MiB are mapped.
    #[cold]
    pub(super) fn get_huge(&self, addr: u64) -> Option<Entry> {
        let Below::Huge(_, slot) = self.below(addr) else { return None };
        let entry = slot.load(Ordering::Acquire);
        let huge = borrow(entry);
        Some(Entry {
            page: huge.small(index(addr, 0)),
            prot: prot_of(entry),
            accessed: entry & ACCESSED != 0,
            dirty: entry & DIRTY != 0,
            soft_dirty: entry & SOFT_DIRTY != 0,
            huge: Some(huge.mappings()),
        })
    }

    /// Gives the 2 MiB around `addr` the rights `prot`, if nobody else has any of it; else false.
    pub fn take_over_huge(&mut self, addr: u64, prot: Prot) -> bool {
        let Below::Huge(_, slot) = self.below(addr) else { return false };
        let sole = borrow(slot.load(Ordering::Relaxed)).is_sole();
        if sole {
            change(slot, slot.load(Ordering::Relaxed) & ADDRESS | bits(prot) | HUGE);
        }
        sole
    }

    /// Makes small entries of what maps 2 MiB around `addr`. They allow what it allowed.
    pub fn split_huge(&mut self, addr: u64, batch: &mut FlushBatch) {
        if let Below::Huge(directory, slot) = self.below(addr) {
            split_entry(directory, slot);
            self.huge -= 1;
            batch.touch(whole(addr).start);
        }
    }

    /// Puts one entry in the place of the small ones in the 2 MiB at `addr`, which are read-only everywhere; `huge` holds
    /// what they show. Nothing may be split before the batch is finished. False if there is no table of small ones.
    pub fn collapse(&mut self, addr: u64, huge: HugePage, prot: Prot, batch: &mut FlushBatch) -> bool {
        let Below::Table(leaf) = self.below(addr) else { return false };
        if table(leaf).iter().any(|small| small.load(Ordering::Relaxed) == GUARD) {
            return false;
        }
        let Ok(directory) = self.table_or_new(addr, 1) else { return false };
        let slot = &table(directory)[index(addr, 1)];
        let old = slot.swap(huge.into_entry() | bits(prot) | HUGE, Ordering::AcqRel);
        for (nth, small) in table(leaf).iter().enumerate() {
            let entry = small.swap(0, Ordering::AcqRel);
            if entry & MAPPED != 0 {
                batch.release(addr + (nth * PAGE_SIZE) as u64, take_page(entry), &self.state);
                self.mapped -= 1;
            }
        }
        batch.touch(addr);
        deposit(directory, take_page(old));
        self.mapped += HUGE_PAGES;
        self.huge += 1;
        true
    }

    /// Gives `dst` the entry for the 2 MiB at `addr`; with `cow` both lose the right to write.
    pub(super) fn clone_huge(
        &self,
        dst: &mut PageTable,
        slot: &AtomicU64,
        addr: u64,
        cow: bool,
        batch: &mut FlushBatch,
    ) -> Result<(), OutOfMemory> {
        let mut entry = slot.load(Ordering::Relaxed);
        if cow && entry & WRITE != 0 {
            entry = slot.fetch_and(!WRITE, Ordering::AcqRel) & !WRITE;
            batch.touch(addr);
        }
        let huge = HugePage::clone(&borrow(entry));
        dst.add_huge(addr, huge, entry & !(ADDRESS | HUGE)).map_err(|_| OutOfMemory)
    }
}
