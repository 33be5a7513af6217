//! /proc/PID/pagemap and clear_refs: what is where, and what was used or written to.

use hal::mem::{FlushBatch, PAGE_SIZE, Use, zero_page};

use crate::area_listing::mapped_by;
use crate::vma::{Backing, VmFlags};
use crate::{AddressSpace, PAGE};

/// Bits of an entry of pagemap; the frame's number stands in the lowest 55.
mod pm {
    pub const SOFT_DIRTY: u64 = 1 << 55;
    pub const EXCLUSIVE: u64 = 1 << 56;
    pub const GUARD_REGION: u64 = 1 << 58;
    pub const FILE: u64 = 1 << 61;
    pub const SWAP: u64 = 1 << 62;
    pub const PRESENT: u64 = 1 << 63;
}

/// Which areas [`AddressSpace::forget_use`] goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Areas {
    /// All.
    All,
    /// Those that are no file's.
    Anonymous,
    /// Files' and shared memory's.
    Mapped,
}

impl AddressSpace {
    /// Fills `out` with an entry of pagemap for each page from `start` on; frames' numbers only with `frames`.
    pub fn pagemap(&self, start: u64, out: &mut [u64], frames: bool) {
        let areas = self.areas.read();
        let pages = self.pages.lock();
        let zero = zero_page().phys();
        for (slot, addr) in out.iter_mut().zip((start..).step_by(PAGE_SIZE)) {
            let vma = areas.tree.find(addr);
            let mut bits = match vma {
                Some(vma) if vma.flags.contains(VmFlags::SOFTDIRTY) => pm::SOFT_DIRTY,
                _ => 0,
            };
            if let Some(entry) = vma.and_then(|_| pages.get(addr)) {
                bits |= pm::PRESENT;
                if frames {
                    bits |= entry.page.phys().0 / PAGE;
                }
                if entry.soft_dirty {
                    bits |= pm::SOFT_DIRTY;
                }
                // The page of zeros is nobody's.
                if entry.page.phys() != zero {
                    let (mappers, cached) = mapped_by(&entry);
                    bits |= if cached { pm::FILE } else { 0 };
                    bits |= if mappers == 1 { pm::EXCLUSIVE } else { 0 };
                }
            }
            // Linux keeps guards where it keeps what is swapped out.
            if bits & pm::PRESENT == 0 && vma.is_some() && pages.is_guard(addr) {
                bits |= pm::SWAP | pm::GUARD_REGION;
            }
            *slot = bits;
        }
    }

    /// Forgets which pages of these areas were used.
    pub fn forget_use(&self, which: Areas) {
        let areas = self.areas.read();
        let mut batch = FlushBatch::new();
        for vma in areas.tree.iter() {
            let wanted = match which {
                Areas::All => true,
                Areas::Anonymous => vma.file().is_none(),
                Areas::Mapped => vma.file().is_some(),
            };
            if wanted {
                self.pages.lock().forget_use(vma.range(), Use::Accessed, &mut batch);
            }
        }
        batch.finish(&self.token);
    }

    /// Forgets which pages were written to: from now on all writes are noticed once.
    pub fn forget_writes(&self) {
        let mut areas = self.write_areas();
        areas.tree.each_flags(|flags| *flags -= VmFlags::SOFTDIRTY);
        let mut batch = FlushBatch::new();
        for vma in areas.tree.iter().filter(|vma| !matches!(vma.backing, Backing::Special(_))) {
            self.pages.lock().forget_use(vma.range(), Use::Written, &mut batch);
        }
        batch.finish(&self.token);
    }

    /// Lets the high-water mark of present pages begin anew.
    pub fn reset_peak_rss(&self) {
        let pages = self.pages.lock();
        self.peak_rss.store(pages.rss() as u64, core::sync::atomic::Ordering::Relaxed);
    }
}
