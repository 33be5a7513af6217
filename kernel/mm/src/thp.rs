//! Transparent huge pages: private anonymous memory that comes 2 MiB at a time.
//!
//! The first write to an aligned range of 2 MiB of which nothing is present brings all of it, if a block of
//! that size is free and memory is far from short. Small pages are never gathered into large ones later. What
//! changes only a part (munmap, mprotect, mremap, the first write after fork) goes on with small pages.

use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use abi::Errno;
use hal::mem::{FlushBatch, HUGE_SIZE, HugePage, Prot, zero_page};

use crate::areas::Areas;
use crate::fault::entry_prot;
use crate::vma::{Backing, VmFlags, Vma};
use crate::{AddressSpace, PAGE};

/// Which areas get huge pages (/sys/kernel/mm/transparent_hugepage/enabled).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Enabled {
    /// None.
    Never = 0,
    /// Those with MADV_HUGEPAGE.
    Madvise = 1,
    /// All but those with MADV_NOHUGEPAGE.
    Always = 2,
}

static ENABLED: AtomicU8 = AtomicU8::new(Enabled::Always as u8);
static ALLOCATED: AtomicU64 = AtomicU64::new(0);
static FALLBACKS: AtomicU64 = AtomicU64::new(0);

/// The setting that holds for faults from now on.
pub fn enabled() -> Enabled {
    match ENABLED.load(Ordering::Relaxed) {
        0 => Enabled::Never,
        1 => Enabled::Madvise,
        _ => Enabled::Always,
    }
}

/// Changes the setting.
pub fn set_enabled(enabled: Enabled) {
    ENABLED.store(enabled as u8, Ordering::Relaxed);
}

/// Faults that brought 2 MiB, and those that got a small page because there was no block
/// (thp_fault_alloc and thp_fault_fallback of /proc/vmstat).
pub fn fault_counts() -> (u64, u64) {
    (ALLOCATED.load(Ordering::Relaxed), FALLBACKS.load(Ordering::Relaxed))
}

/// Whether the area could have huge pages (THPeligible of smaps).
pub fn is_eligible(vma: &Vma) -> bool {
    let first = vma.start.checked_next_multiple_of(HUGE_SIZE);
    let fits = first.is_some_and(|first| first < vma.end && vma.end - first >= HUGE_SIZE);
    fits && matches!(vma.backing, Backing::Anon) && is_wanted(vma.flags)
}

/// As [`is_eligible`], whatever the setting.
fn could_collapse(vma: &Vma) -> bool {
    let first = vma.start.checked_next_multiple_of(HUGE_SIZE);
    let fits = first.is_some_and(|first| first < vma.end && vma.end - first >= HUGE_SIZE);
    fits && matches!(vma.backing, Backing::Anon)
        && !vma.flags.contains(VmFlags::NOHUGEPAGE)
        && vma.flags.intersects(VmFlags::ACCESS)
}

#[inline]
fn is_wanted(flags: VmFlags) -> bool {
    match enabled() {
        Enabled::Never => false,
        Enabled::Madvise => flags.contains(VmFlags::HUGEPAGE),
        Enabled::Always => !flags.contains(VmFlags::NOHUGEPAGE),
    }
}

/// The 2 MiB around `addr`, if all of them belong to the area and it may have huge pages.
#[inline]
pub(crate) fn range_for(vma: &Vma, addr: u64) -> Option<u64> {
    let start = addr & !(HUGE_SIZE - 1);
    (start >= vma.start && vma.end - start >= HUGE_SIZE && is_wanted(vma.flags)).then_some(start)
}

impl AddressSpace {
    /// Brings 2 MiB at `start`, where nothing was present; false if a small page has to do.
    #[cold]
    pub(crate) fn map_huge(&self, vma: &Vma, start: u64) -> bool {
        let Some(huge) = HugePage::alloc_zeroed() else {
            FALLBACKS.fetch_add(1, Ordering::Relaxed);
            return false;
        };
        vma.note_private_page();
        let prot = entry_prot(vma, vma.flags.contains(VmFlags::WRITE));
        let refused = self.pages.lock().map_huge(start, huge, prot).err();
        if refused.is_none() {
            ALLOCATED.fetch_add(1, Ordering::Relaxed);
        }
        refused.is_none()
    }

    /// Splits what maps 2 MiB across one of the borders of `range`, where areas are about to be cut.
    pub(crate) fn split_huge_at(&self, range: &Range<u64>) {
        let mut batch = FlushBatch::new();
        let mut pages = self.pages.lock();
        if pages.huge_entries() != 0 {
            for border in [range.start, range.end].into_iter().filter(|at| !at.is_multiple_of(HUGE_SIZE)) {
                pages.split_huge(border, &mut batch);
            }
        }
        drop(pages);
        batch.finish(&self.token);
    }

    /// MADV_COLLAPSE of a part of an area that nobody else can change: each aligned 2 MiB of it become one entry.
    pub(crate) fn collapse(&self, vma: &Vma, part: &Range<u64>) -> Result<(), Errno> {
        if !could_collapse(vma) {
            return Err(Errno::EINVAL);
        }
        let first = part.start.checked_next_multiple_of(HUGE_SIZE).ok_or(Errno::EINVAL)?;
        let end = part.end & !(HUGE_SIZE - 1);
        if first > end {
            return Err(Errno::EINVAL);
        }
        let mut result = Ok(());
        for start in (first..end).step_by(HUGE_SIZE as usize) {
            result = self.collapse_one(vma, start).and(result);
            crate::cond_resched();
        }
        result
    }

    fn collapse_one(&self, vma: &Vma, start: u64) -> Result<(), Errno> {
        let range = start..start + HUGE_SIZE;
        let mut small = Vec::new();
        small.try_reserve_exact(hal::mem::HUGE_PAGES).map_err(|_| Errno::ENOMEM)?;
        let mut batch = FlushBatch::new();
        let mut pages = self.pages.lock();
        if pages.get(start).is_some_and(|entry| entry.huge.is_some()) {
            return Ok(());
        }
        if pages.is_huge_hole(start) {
            return Err(Errno::EINVAL);
        }
        // Who writes from here on faults, and waits for the areas' lock.
        pages.protect(range.clone(), entry_prot(vma, false), &mut batch);
        small.extend(range.step_by(PAGE as usize).map(|addr| pages.get(addr).map(|entry| entry.page)));
        drop(pages);
        batch.finish(&self.token);
        let huge = HugePage::alloc_zeroed().ok_or(Errno::ENOMEM)?;
        for (nth, page) in small.iter().enumerate() {
            if let Some(page) = page.as_ref().filter(|page| page.phys() != zero_page().phys()) {
                huge.copy_in(nth, page);
            }
        }
        vma.note_private_page();
        let mut batch = FlushBatch::new();
        let rights = Prot {
            user: vma.flags.intersects(VmFlags::ACCESS),
            ..entry_prot(vma, vma.flags.contains(VmFlags::WRITE))
        };
        let done = self.pages.lock().collapse(start, huge, rights, &mut batch);
        batch.finish(&self.token);
        if done { Ok(()) } else { Err(Errno::EINVAL) }
    }

    /// A place for `len` bytes that begins with 2 MiB, for memory that can have huge pages.
    pub(crate) fn huge_gap(&self, areas: &mut Areas, len: u64) -> Option<u64> {
        let top = areas.mmap_base;
        let padded = len.checked_add(HUGE_SIZE - crate::PAGE)?;
        let found = areas.tree.find_gap_down(padded, crate::MMAP_MIN_ADDR, top)?;
        found.checked_next_multiple_of(HUGE_SIZE)
    }

    /// Bytes that are mapped by 2 MiB.
    pub fn huge_bytes(&self) -> u64 {
        self.pages.lock().huge_entries() as u64 * HUGE_SIZE
    }
}

/// Parses what is written to the setting's file.
pub fn parse_enabled(text: &[u8]) -> Result<Enabled, Errno> {
    match text.trim_ascii() {
        b"always" => Ok(Enabled::Always),
        b"madvise" => Ok(Enabled::Madvise),
        b"never" => Ok(Enabled::Never),
        _ => Err(Errno::EINVAL),
    }
}
