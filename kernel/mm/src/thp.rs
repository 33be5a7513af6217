//! Transparent huge pages: private anonymous memory that comes 2 MiB at a time.
//!
//! The first write to an aligned range of 2 MiB of which nothing is present brings all of it, if a block of
//! that size is free and memory is far from short. Small pages are never gathered into large ones later. What
//! changes only a part (munmap, mprotect, mremap, the first write after fork) goes on with small pages.

use core::ops::Range;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use abi::Errno;
use hal::mem::{FlushBatch, HUGE_SIZE, HugePage};

use crate::AddressSpace;
use crate::aspace::Areas;
use crate::fault::entry_prot;
use crate::vma::{Backing, VmFlags, Vma};

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
