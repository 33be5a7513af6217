//! PAGEMAP_SCAN of /proc/PID/pagemap: which pages of a range are of which kinds.

use alloc::vec::Vec;
use core::ops::Range;

use abi::Errno;
use hal::mem::zero_page;

use crate::area_listing::mapped_by;
use crate::vma::{Backing, VmFlags};
use crate::{AddressSpace, PAGE};

/// Kinds of pages (`PAGE_IS_…`). Nothing is ever swapped out, and no area notes writes for userfaultfd.
pub mod category {
    /// Nothing keeps it from being written to, as userfaultfd's write protection would. Of a page that is not there this
    /// is said only if there is a page table for it.
    pub const WRITTEN: u64 = 1 << 1;
    /// A file's, or shared memory's.
    pub const FILE: u64 = 1 << 2;
    /// It is there.
    pub const PRESENT: u64 = 1 << 3;
    /// Not there, but noted in the page table.
    pub const SWAPPED: u64 = 1 << 4;
    /// The page of zeros.
    pub const PFNZERO: u64 = 1 << 5;
    /// Mapped by 2 MiB.
    pub const HUGE: u64 = 1 << 6;
    /// Written to since clear_refs.
    pub const SOFT_DIRTY: u64 = 1 << 7;
    /// A guard page (MADV_GUARD_INSTALL).
    pub const GUARD: u64 = 1 << 8;
    /// All that Linux has.
    pub const ALL: u64 = (1 << 9) - 1;
}

/// Pages that are looked at while the areas are locked.
const CHUNK: u64 = 512;

/// Neighbouring pages of the same kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRegion {
    /// The first page's address.
    pub start: u64,
    /// The address behind the last one.
    pub end: u64,
    /// What they are.
    pub categories: u64,
}

/// What is looked for, and what has been found.
#[derive(Debug)]
pub struct PageScan {
    /// Categories whose absence is meant.
    pub inverted: u64,
    /// All of these must hold.
    pub mask: u64,
    /// And one of these, if there are any.
    pub anyof: u64,
    /// What is told of a page.
    pub returned: u64,
    /// So many regions at most.
    pub max_regions: u64,
    /// So many pages at most.
    pub max_pages: u64,
    /// Found and not yet taken.
    pub found: Vec<PageRegion>,
    /// Regions found until now.
    pub regions: u64,
    /// Pages found until now.
    pub pages: u64,
}

impl PageScan {
    fn wants(&self, categories: u64) -> bool {
        let categories = categories ^ self.inverted;
        categories & self.mask == self.mask && (self.anyof == 0 || categories & self.anyof != 0)
    }

    /// Notes a page that is wanted; false if there is no room for it.
    fn note(&mut self, addr: u64, categories: u64) -> bool {
        let categories = categories & self.returned;
        if self.pages == self.max_pages {
            return false;
        }
        match self.found.last_mut() {
            Some(last) if last.end == addr && last.categories == categories => last.end += PAGE,
            _ if self.regions == self.max_regions => return false,
            _ => {
                self.found.push(PageRegion { start: addr, end: addr + PAGE, categories });
                self.regions += 1;
            }
        }
        self.pages += 1;
        true
    }
}

impl AddressSpace {
    /// Looks at the next pages of `range` and says where to go on. `Err` is where the scan stops: its end, or a page for
    /// which there is no room.
    pub fn scan_pages(&self, range: Range<u64>, scan: &mut PageScan) -> Result<u64, PageScanEnd> {
        scan.found.try_reserve(CHUNK as usize).map_err(|_| PageScanEnd::Failed(Errno::ENOMEM))?;
        if range.is_empty() {
            return Err(PageScanEnd::At(range.end));
        }
        let areas = self.areas.read();
        let Some(vma) = areas.tree.overlapping(range.clone()).next() else {
            return Err(PageScanEnd::At(range.end));
        };
        let from = range.start.max(vma.start);
        let until = range.end.min(vma.end).min(from + CHUNK * PAGE);
        if matches!(vma.backing, Backing::Special(_)) {
            return Ok(range.end.min(vma.end));
        }
        let of_area = if vma.flags.contains(VmFlags::SOFTDIRTY) { category::SOFT_DIRTY } else { 0 };
        let pages = self.pages.lock();
        let zero = zero_page().phys();
        for addr in (from..until).step_by(PAGE as usize) {
            let categories = match pages.get(addr) {
                Some(entry) => {
                    let is_zero = entry.page.phys() == zero;
                    let kind = |is: bool, bit: u64| if is { bit } else { 0 };
                    category::PRESENT
                        | category::WRITTEN
                        | kind(is_zero, category::PFNZERO)
                        | kind(!is_zero && mapped_by(&entry).1, category::FILE)
                        | kind(entry.huge.is_some(), category::HUGE)
                        | kind(entry.soft_dirty, category::SOFT_DIRTY)
                }
                None if pages.is_guard(addr) => category::SWAPPED | category::WRITTEN | category::GUARD,
                None if pages.has_table(addr) => category::WRITTEN,
                None => 0,
            };
            let categories = categories | of_area;
            if scan.wants(categories) && !scan.note(addr, categories) {
                return Err(PageScanEnd::At(addr));
            }
        }
        Ok(until)
    }
}

impl AddressSpace {
    /// Whether there are areas in the range.
    pub fn has_areas_in(&self, range: Range<u64>) -> bool {
        self.areas.read().tree.is_used(range)
    }
}

/// How a scan ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageScanEnd {
    /// Everything before this address has been looked at.
    At(u64),
    /// It cannot go on.
    Failed(Errno),
}
