//! The page tables of a program's half of the address space (SDM vol. 3, 4.5 "4-level paging and 5-level paging").
//!
//! Every present entry owns one count of its page. Entries are changed atomically because the
//! processor sets accessed and dirty bits at any time; who may change them is ruled by the owner's
//! lock (`&mut`).

use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};

use alloc::sync::Arc;

use super::frames::{self, direct};
use super::isolation;
use super::page::Page;
use super::tlb::MmState;
use super::{
    FlushBatch, MmToken, OutOfMemory, PAGE_SIZE, PageRef, PhysAddr, Prot, five_levels, task_size_max,
};

pub(crate) const PRESENT: u64 = 1;
pub(crate) const WRITE: u64 = 1 << 1;
pub(crate) const USER: u64 = 1 << 2;
const ACCESSED: u64 = 1 << 5;
const DIRTY: u64 = 1 << 6;
pub(crate) const HUGE: u64 = 1 << 7;
pub(crate) const GLOBAL: u64 = 1 << 8;
pub(crate) const NO_EXEC: u64 = 1 << 63;
/// The page was written to since [`PageTable::forget_use`]. The processor ignores the bit.
const SOFT_DIRTY: u64 = 1 << 10;
/// A page that is kept though nobody may reach it (PROT_NONE): not present to the processor, so that the
/// kernel's own user copies fault on it, too. The bit means "global" in present entries only.
const PROT_NONE: u64 = 1 << 8;
/// A whole entry of a lowest table: nothing is here, and nothing may come (MADV_GUARD_INSTALL).
const GUARD: u64 = 1 << 9;
/// A lowest-level entry with either of these owns a count of its page.
const MAPPED: u64 = PRESENT | PROT_NONE;
/// Where an entry has its protection key.
const PKEY_SHIFT: u32 = 59;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const ENTRIES: usize = 512;
/// Levels of tables above the pages, without a fifth, which `tables_above.rs` goes through.
const LEVELS: u32 = 4;

#[path = "tables_above.rs"]
mod above;
#[path = "tables_age.rs"]
mod age;
#[path = "tables_huge.rs"]
mod huge_entries;
#[path = "tables_marks.rs"]
mod marks;
#[path = "tables_unmap.rs"]
mod unmap;
use huge_entries::{Below, NO_TABLE, split_entry, stock, whole};
use marks::{entries, in_one_table};
use unmap::{Gone, unmap_level};

type Table = [AtomicU64; ENTRIES];

/// A mapped page, as [`PageTable::get`] finds it.
pub struct Entry {
    /// The page.
    pub page: PageRef,
    /// What the entry allows.
    pub prot: Prot,
    /// The processor has used it.
    pub accessed: bool,
    /// The processor has written through it.
    pub dirty: bool,
    /// It was written to since [`PageTable::forget_use`] last looked.
    pub soft_dirty: bool,
    /// Part of 2 MiB that one entry maps: how many entries map those, in all address spaces.
    pub huge: Option<u32>,
}

/// The page tables of one address space.
pub struct PageTable {
    state: Arc<MmState>,
    /// The table of the fourth level for the first 48 bits: the root, or below it.
    low: u64,
    mapped: usize,
    huge: usize,
    /// Tables below the root, those in stock included.
    tables: usize,
}

#[inline(always)]
fn table(phys: u64) -> &'static Table {
    // SAFETY: `phys` comes from a table entry or a root, so it is a frame that holds a table until its
    // last entry goes; the lifetime is cut down by the callers, which borrow the `PageTable`.
    unsafe { &*direct(PhysAddr(phys & ADDRESS)).cast::<Table>() }
}

/// Number of entries in use, kept with the frame of the table.
#[inline(always)]
fn used(phys: u64) -> &'static core::sync::atomic::AtomicU32 {
    // SAFETY: the page array lives for ever.
    &unsafe { &*frames::page_of(phys & ADDRESS).as_ptr().cast_const().cast::<Page>() }.prev
}

#[inline(always)]
fn index(addr: u64, level: u32) -> usize {
    (addr >> (12 + 9 * level)) as usize % ENTRIES
}

#[inline(always)]
fn span(level: u32) -> u64 {
    1 << (12 + 9 * level)
}

#[inline(always)]
fn bits(prot: Prot) -> u64 {
    let mut bits = ACCESSED | if prot.user { PRESENT | USER } else { PROT_NONE };
    if prot.write {
        bits |= WRITE | DIRTY | SOFT_DIRTY;
    }
    if !prot.exec {
        bits |= NO_EXEC;
    }
    bits | u64::from(prot.pkey) << PKEY_SHIFT
}

#[inline(always)]
fn prot_of(entry: u64) -> Prot {
    Prot {
        write: entry & WRITE != 0,
        exec: entry & NO_EXEC == 0,
        user: entry & USER != 0,
        pkey: (entry >> PKEY_SHIFT) as u8 % super::PKEYS,
    }
}

/// The page that an entry owns a count of, taking that count over.
#[inline(always)]
fn take_page(entry: u64) -> PageRef {
    // SAFETY: a present entry owns one count; the caller has just removed the entry.
    unsafe { PageRef::from_raw(frames::page_of(entry & ADDRESS)) }
}

/// Another handle of the page of an entry that stays.
#[inline(always)]
fn share_page(entry: u64) -> PageRef {
    let owned = core::mem::ManuallyDrop::new(take_page(entry));
    PageRef::clone(&owned)
}

impl PageTable {
    /// Empty tables whose upper half is the kernel's. None without memory.
    pub fn new() -> Option<Self> {
        let (root, user) = if crate::bugs::isolates_page_tables() {
            let (root, user) = isolation::alloc_roots()?;
            isolation::fill_user_root(root.phys().0);
            (root, Some(user))
        } else {
            (PageRef::alloc_zeroed()?, None)
        };
        used(root.phys().0).store(0, Ordering::Relaxed);
        let (new, kernel) = (table(root.phys().0), table(super::kernel_map::root()));
        for at in ENTRIES / 2..ENTRIES {
            new[at].store(kernel[at].load(Ordering::Relaxed), Ordering::Relaxed);
        }
        let below = if five_levels() { Some(above::add_low(root.phys().0)?) } else { None };
        let low = below.as_ref().unwrap_or(&root).phys().0;
        let state = Arc::new(MmState::new(root, [below, user]));
        Some(Self { state, low, mapped: 0, huge: 0, tables: 0 })
    }

    /// What a processor loads to use these tables.
    pub fn token(&self) -> MmToken {
        MmToken(self.state.clone())
    }

    /// Pages that are mapped.
    pub fn rss(&self) -> usize {
        self.mapped
    }

    /// Tables below the root.
    pub fn tables(&self) -> usize {
        self.tables
    }

    /// The table of the fourth level for `addr`; one of zeros if there is none.
    #[inline(always)]
    fn top(&self, addr: u64) -> u64 {
        if addr >> above::BITS == 0 { self.low } else { self.top_above(addr) }
    }

    /// The lowest table for `addr`, if it exists.
    #[inline]
    fn leaf(&self, addr: u64) -> Option<&'static Table> {
        let mut at = self.top(addr);
        for level in (1..LEVELS).rev() {
            at = table(at)[index(addr, level)].load(Ordering::Relaxed);
            if at & PRESENT == 0 {
                return None;
            }
        }
        (at & HUGE == 0).then(|| table(at))
    }

    /// The frame of the lowest table for `addr`, made if need be.
    #[inline]
    fn leaf_or_new(&mut self, addr: u64) -> Result<u64, OutOfMemory> {
        self.table_or_new(addr, 0)
    }

    /// The frame of the table for `addr` whose entries stand for pages (`lowest` 0) or for 2 MiB (1). There is no
    /// table of pages where 2 MiB are mapped at once.
    #[inline(always)]
    fn table_or_new(&mut self, addr: u64, lowest: u32) -> Result<u64, OutOfMemory> {
        let mut at = if addr >> above::BITS == 0 { self.low } else { self.top_or_new(addr)? };
        for level in (lowest + 1..LEVELS).rev() {
            let slot = &table(at)[index(addr, level)];
            let mut next = slot.load(Ordering::Relaxed);
            if level == 1 && next & HUGE != 0 {
                return Err(OutOfMemory);
            }
            if next & PRESENT == 0 {
                let page = PageRef::alloc_zeroed().ok_or(OutOfMemory)?;
                next = page.phys().0 | PRESENT | WRITE | USER | ACCESSED;
                let _owned_by_the_entry = page.into_raw();
                used(next).store(0, Ordering::Relaxed);
                stock(next).store(NO_TABLE, Ordering::Relaxed);
                slot.store(next, Ordering::Release);
                if level == LEVELS - 1 {
                    mirror_top(slot, next);
                }
                count(at, 1);
                self.tables += 1;
            }
            at = next;
        }
        Ok(at & ADDRESS)
    }

    /// Maps `page` at `addr`. The page comes back if something is mapped or a guard is there, or without memory for a table.
    pub fn map(&mut self, addr: u64, page: PageRef, prot: Prot) -> Result<(), PageRef> {
        debug_assert!(addr < task_size_max());
        let Ok(leaf) = self.leaf_or_new(addr) else { return Err(page) };
        let slot = &table(leaf)[index(addr, 0)];
        if slot.load(Ordering::Relaxed) & (MAPPED | GUARD) != 0 {
            return Err(page);
        }
        slot.store(page.phys().0 | bits(prot), Ordering::Release);
        let _owned_by_the_entry = page.into_raw();
        count(leaf, 1);
        self.mapped += 1;
        Ok(())
    }

    /// What is mapped at `addr`.
    pub fn get(&self, addr: u64) -> Option<Entry> {
        let Some(leaf) = self.leaf(addr) else { return self.get_huge(addr) };
        let entry = leaf[index(addr, 0)].load(Ordering::Acquire);
        (entry & MAPPED != 0).then(|| entry_of(entry))
    }

    /// Puts `page` in the place of what is mapped at `addr`; the old page goes into the batch.
    pub fn replace(&mut self, addr: u64, page: PageRef, prot: Prot, batch: &mut FlushBatch) {
        let Some(leaf) = self.leaf(addr) else { return };
        let slot = &leaf[index(addr, 0)];
        if slot.load(Ordering::Relaxed) & MAPPED == 0 {
            return;
        }
        let old = slot.swap(page.phys().0 | bits(prot), Ordering::AcqRel);
        let _owned_by_the_entry = page.into_raw();
        batch.release(addr, take_page(old), &self.state);
    }

    /// Sets what the entries of `range` allow.
    pub fn protect(&mut self, range: Range<u64>, prot: Prot, batch: &mut FlushBatch) {
        let bits = bits(prot);
        let mut set = |addr: u64, slot: &AtomicU64, bits: u64| {
            let old = slot.load(Ordering::Relaxed);
            if old & MAPPED != 0 {
                let new = old & (ADDRESS | ACCESSED | DIRTY | SOFT_DIRTY) | bits;
                if new | ACCESSED | DIRTY != old | ACCESSED | DIRTY {
                    change(slot, new);
                    batch.touch(addr);
                }
            }
        };
        let mut addr = range.start;
        while addr < range.end {
            let end = in_one_table(&(addr..range.end)).end;
            match self.below(addr) {
                Below::Table(leaf) => {
                    entries(leaf, addr..end).for_each(|(addr, slot)| set(addr, slot, bits));
                    addr = end;
                }
                Below::Huge(_, slot) if (addr..end) == whole(addr) => {
                    set(addr, slot, bits | HUGE);
                    addr = end;
                }
                Below::Huge(directory, slot) => {
                    split_entry(directory, slot);
                    self.huge -= 1;
                }
                Below::Hole(next) => addr = next.min(range.end),
            }
        }
    }

    /// Removes what is mapped in `range`, guards, and the tables that become empty.
    pub fn unmap(&mut self, range: Range<u64>, batch: &mut FlushBatch) {
        self.remove(range, batch, false);
    }

    /// The same, but guards stay.
    pub fn unmap_pages(&mut self, range: Range<u64>, batch: &mut FlushBatch) {
        self.remove(range, batch, true);
    }

    fn remove(&mut self, range: Range<u64>, batch: &mut FlushBatch, keep_guards: bool) {
        let before = self.mapped;
        let mut gone = Gone { keep_guards, ..Gone::default() };
        if range.end <= above::SPAN {
            unmap_level(self.low, LEVELS - 1, range, batch, &self.state, &mut gone);
        } else {
            self.unmap_above(range, batch, &mut gone);
        }
        self.mapped = before - gone.pages;
        self.huge -= gone.huge;
        self.tables -= gone.tables;
    }

    /// Gives `dst` the entries of `range`; with `cow` both lose the right to write.
    pub fn clone_range_cow(
        &mut self,
        dst: &mut PageTable,
        range: Range<u64>,
        cow: bool,
        batch: &mut FlushBatch,
    ) -> Result<(), OutOfMemory> {
        let mut addr = range.start;
        while addr < range.end {
            let end = in_one_table(&(addr..range.end)).end;
            match self.below(addr) {
                Below::Table(leaf) => {
                    dst.clone_leaf(leaf, addr, end, cow, batch)?;
                    addr = end;
                }
                Below::Huge(_, slot) if (addr..end) == whole(addr) => {
                    self.clone_huge(dst, slot, addr, cow, batch)?;
                    addr = end;
                }
                Below::Huge(..) => self.split_huge(addr, batch),
                Below::Hole(next) => addr = next.min(range.end),
            }
        }
        Ok(())
    }

    fn clone_leaf(
        &mut self,
        from: u64,
        start: u64,
        end: u64,
        cow: bool,
        batch: &mut FlushBatch,
    ) -> Result<(), OutOfMemory> {
        let mut to = None;
        let (mut new, mut guards) = (0, 0);
        let pages = (end - start) as usize / PAGE_SIZE;
        let first = index(start, 0);
        let all = used(from).load(Ordering::Relaxed);
        for (nth, slot) in table(from)[first..first + pages].iter().enumerate() {
            if new == all {
                break;
            }
            let mut entry = slot.load(Ordering::Relaxed);
            if entry & MAPPED == 0 && entry != GUARD {
                continue;
            }
            let addr = start + (nth * PAGE_SIZE) as u64;
            let to = match to {
                Some(to) => to,
                None => *to.insert(self.leaf_or_new(addr)?),
            };
            if entry == GUARD {
                guards += 1;
            } else {
                if cow && entry & WRITE != 0 {
                    entry = slot.fetch_and(!WRITE, Ordering::AcqRel) & !WRITE;
                    batch.touch(addr);
                }
                let _owned_by_the_entry = share_page(entry).into_raw();
            }
            table(to)[first + nth].store(entry, Ordering::Release);
            new += 1;
        }
        if let Some(to) = to {
            count(to, new);
        }
        self.mapped += (new - guards) as usize;
        Ok(())
    }

    /// Moves the entries of `range` to `to`, where nothing is mapped.
    pub fn move_range(
        &mut self,
        range: Range<u64>,
        to: u64,
        batch: &mut FlushBatch,
    ) -> Result<(), OutOfMemory> {
        let mut addr = range.start;
        while addr < range.end {
            let leaf = match self.below(addr) {
                Below::Table(leaf) => leaf,
                Below::Huge(..) => {
                    self.split_huge(addr, batch);
                    continue;
                }
                Below::Hole(next) => {
                    addr = next.min(range.end);
                    continue;
                }
            };
            let slot = &table(leaf)[index(addr, 0)];
            if slot.load(Ordering::Relaxed) & (MAPPED | GUARD) != 0 {
                let target = self.leaf_or_new(to + (addr - range.start))?;
                let entry = slot.load(Ordering::Relaxed);
                let guard = entry & MAPPED == 0;
                table(target)[index(to + (addr - range.start), 0)]
                    .store(if guard { GUARD } else { share_entry(entry) | SOFT_DIRTY }, Ordering::Release);
                count(target, 1);
                self.mapped += usize::from(!guard);
            }
            addr += PAGE_SIZE as u64;
        }
        self.unmap(range, batch);
        Ok(())
    }
}

/// An entry of the fourth level was changed: where that is the root, the user's has to have it, too.
#[inline]
fn mirror_top(slot: &AtomicU64, value: u64) {
    if !five_levels() {
        isolation::mirror(slot, value);
    }
}

/// The same entry for a second place: its page gets another count.
fn share_entry(entry: u64) -> u64 {
    let _owned_by_the_entry = share_page(entry).into_raw();
    entry
}

fn entry_of(entry: u64) -> Entry {
    Entry {
        page: share_page(entry),
        prot: prot_of(entry),
        accessed: entry & ACCESSED != 0,
        dirty: entry & DIRTY != 0,
        soft_dirty: entry & SOFT_DIRTY != 0,
        huge: None,
    }
}

/// Replaces an entry, keeping accessed and dirty bits that the processor sets meanwhile.
fn change(slot: &AtomicU64, new: u64) {
    let _ =
        slot.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |old| Some(new | old & (ACCESSED | DIRTY)));
}

#[inline(always)]
fn count(phys: u64, more: u32) {
    let used = used(phys);
    used.store(used.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}

impl Drop for PageTable {
    fn drop(&mut self) {
        let mut batch = FlushBatch::new();
        self.unmap(0..task_size_max(), &mut batch);
        batch.finish(&self.token());
    }
}
