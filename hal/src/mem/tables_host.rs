//! Page tables on the developer's machine: a plain map with the same behaviour.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use core::ops::Range;

use super::tlb::MmState;
use super::{FlushBatch, HugePage, MmToken, OutOfMemory, PAGE_SIZE, PageRef, Prot, Use};

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
    /// Part of 2 MiB that one entry maps: never here.
    pub huge: Option<u32>,
}

/// The page tables of one address space.
pub struct PageTable {
    state: Arc<MmState>,
    map: BTreeMap<u64, (PageRef, Prot)>,
    guards: BTreeSet<u64>,
}

impl PageTable {
    /// Empty tables.
    pub fn new() -> Option<Self> {
        super::frames::total();
        let state = Arc::new(MmState::new(PageRef::alloc()?, [None, None]));
        Some(Self { state, map: BTreeMap::new(), guards: BTreeSet::new() })
    }

    /// What a processor loads.
    pub fn token(&self) -> MmToken {
        MmToken(self.state.clone())
    }

    /// Pages that are mapped.
    pub fn rss(&self) -> usize {
        self.map.len()
    }

    /// There are none.
    pub fn tables(&self) -> usize {
        0
    }

    /// Maps `page` at `addr`; it comes back if something is mapped there.
    pub fn map(&mut self, addr: u64, page: PageRef, prot: Prot) -> Result<(), PageRef> {
        if self.map.contains_key(&addr) || self.guards.contains(&addr) {
            return Err(page);
        }
        self.map.insert(addr, (page, prot));
        Ok(())
    }

    /// What is mapped at `addr`.
    pub fn get(&self, addr: u64) -> Option<Entry> {
        self.map.get(&(addr & !(PAGE_SIZE as u64 - 1))).map(entry_of)
    }

    /// Puts `page` in the place of what is mapped at `addr`.
    pub fn replace(&mut self, addr: u64, page: PageRef, prot: Prot, batch: &mut FlushBatch) {
        if let Some(slot) = self.map.get_mut(&addr) {
            let (old, _) = core::mem::replace(slot, (page, prot));
            batch.release(addr, old, &self.state);
        }
    }

    /// Sets what the entries of `range` allow.
    pub fn protect(&mut self, range: Range<u64>, prot: Prot, batch: &mut FlushBatch) {
        for (addr, (_, has)) in self.map.range_mut(range) {
            *has = prot;
            batch.touch(*addr);
        }
    }

    /// Nothing is noted here but what an entry allows.
    pub fn forget_use(&mut self, range: Range<u64>, of: Use, batch: &mut FlushBatch) {
        for (addr, (_, prot)) in self.map.range_mut(range) {
            prot.write &= of == Use::Accessed;
            batch.touch(*addr);
        }
    }

    /// The first address from `addr` on that may be mapped.
    pub fn skip_hole(&self, addr: u64) -> u64 {
        self.map.range(addr..).next().map_or(u64::MAX, |(at, _)| *at)
    }

    /// Entries that map 2 MiB: there are none here.
    pub fn huge_entries(&self) -> usize {
        0
    }

    /// Whether 2 MiB could be mapped at once.
    pub fn is_huge_hole(&self, _addr: u64) -> bool {
        false
    }

    /// Refuses.
    pub fn map_huge(&mut self, _addr: u64, huge: HugePage, _prot: Prot) -> Result<(), HugePage> {
        Err(huge)
    }

    /// Nothing is there to be taken over.
    pub fn take_over_huge(&mut self, _addr: u64, _prot: Prot) -> bool {
        false
    }

    /// Refuses.
    pub fn collapse(&mut self, _addr: u64, _huge: HugePage, _prot: Prot, _batch: &mut FlushBatch) -> bool {
        false
    }

    /// Nothing is there to be split.
    pub fn split_huge(&mut self, _addr: u64, _batch: &mut FlushBatch) {}

    /// Whether there is a lowest table for `addr`.
    pub fn has_table(&self, addr: u64) -> bool {
        let first = addr & !((1 << 21) - 1);
        let range = first..first + (1 << 21);
        self.map.range(range.clone()).next().is_some() || self.guards.range(range).next().is_some()
    }

    /// Whether a guard stands at `addr`.
    pub fn is_guard(&self, addr: u64) -> bool {
        self.guards.contains(&(addr & !(PAGE_SIZE as u64 - 1)))
    }

    /// Puts guards into `range`.
    pub fn install_guards(&mut self, range: Range<u64>, batch: &mut FlushBatch) -> Result<(), OutOfMemory> {
        self.unmap_pages(range.clone(), batch);
        self.guards.extend(range.step_by(PAGE_SIZE));
        Ok(())
    }

    /// Takes them away.
    pub fn remove_guards(&mut self, range: Range<u64>) {
        self.guards.retain(|addr| !range.contains(addr));
    }

    /// Does nothing: reclaim has no business here.
    pub fn mark_lazily_free(&mut self, range: Range<u64>, _batch: &mut FlushBatch) -> u64 {
        range.end
    }

    /// Removes nothing.
    pub fn drop_lazily_free(
        &mut self,
        range: Range<u64>,
        _any: bool,
        _batch: &mut FlushBatch,
    ) -> (usize, u64) {
        (0, range.end)
    }

    /// Removes what is mapped in `range`, and guards.
    pub fn unmap(&mut self, range: Range<u64>, batch: &mut FlushBatch) {
        self.remove_guards(range.clone());
        self.unmap_pages(range, batch);
    }

    /// Removes what is mapped in `range`.
    pub fn unmap_pages(&mut self, range: Range<u64>, batch: &mut FlushBatch) {
        let addrs: alloc::vec::Vec<u64> = self.map.range(range).map(|(addr, _)| *addr).collect();
        for addr in addrs {
            if let Some((page, _)) = self.map.remove(&addr) {
                batch.release(addr, page, &self.state);
            }
        }
    }

    /// Gives `dst` the entries of `range`; with `cow` both lose the right to write.
    pub fn clone_range_cow(
        &mut self,
        dst: &mut PageTable,
        range: Range<u64>,
        cow: bool,
        batch: &mut FlushBatch,
    ) -> Result<(), OutOfMemory> {
        if cow {
            for (addr, (_, prot)) in self.map.range_mut(range.clone()) {
                prot.write = false;
                batch.touch(*addr);
            }
        }
        dst.guards.extend(self.guards.range(range.clone()).copied());
        dst.map.extend(self.map.range(range).map(|(addr, mapped)| (*addr, mapped.clone())));
        Ok(())
    }

    /// Moves the entries of `range` to `to`.
    pub fn move_range(
        &mut self,
        range: Range<u64>,
        to: u64,
        batch: &mut FlushBatch,
    ) -> Result<(), OutOfMemory> {
        let addrs: alloc::vec::Vec<u64> = self.map.range(range.clone()).map(|(addr, _)| *addr).collect();
        for addr in addrs {
            if let Some(mapped) = self.map.remove(&addr) {
                batch.touch(addr);
                self.map.insert(to + (addr - range.start), mapped);
            }
        }
        Ok(())
    }
}

fn entry_of((page, prot): &(PageRef, Prot)) -> Entry {
    Entry {
        page: page.clone(),
        prot: *prot,
        accessed: true,
        dirty: prot.write,
        soft_dirty: prot.write,
        huge: None,
    }
}
