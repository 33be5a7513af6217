//! What /proc/PID/smaps, statm and numa_maps say about pages.

use alloc::sync::Arc;

use hal::mem::{Entry, PageFlag, zero_page};

use crate::vma::{VmFlags, Vma};
use crate::{AddressSpace, Mapping, PAGE};

/// Bits behind the point in a share of a page.
const PSS_SHIFT: u32 = 12;

/// The pages of an area, or of all, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AreaUsage {
    /// Present pages, without the shared page of zeros.
    pub rss: u64,
    /// Of these, pages of files.
    pub file: u64,
    /// Of these, pages of shared memory.
    pub shmem: u64,
    /// Of these, private pages (anonymous or copied).
    pub anon: u64,
    /// Pages that others map, too, and not changed since they were read or written back.
    pub shared_clean: u64,
    /// Such pages that were.
    pub shared_dirty: u64,
    /// Pages that nobody else maps, not changed.
    pub private_clean: u64,
    /// Such pages that were.
    pub private_dirty: u64,
    /// Pages that were used since that was last forgotten.
    pub referenced: u64,
    /// Of the private pages, those mapped by 2 MiB (AnonHugePages).
    pub anon_huge: u64,
    /// Of the private pages, those that may go (MADV_FREE) and were not written to since.
    pub lazy_free: u64,
    /// By how many entries a page is mapped at most.
    pub most_mapped: u64,
    /// The present pages, each shared out among those who map it.
    pub pss: Shares,
}

/// Shares of pages (Pss), in 4096ths of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Of changed pages.
    pub dirty: u64,
    /// Of private pages.
    pub anon: u64,
    /// Of files' pages.
    pub file: u64,
    /// Of shared memory's pages.
    pub shmem: u64,
    /// Of locked pages, whatever their kind.
    pub locked: u64,
}

impl Shares {
    /// Of all pages.
    pub fn all(&self) -> u64 {
        self.anon + self.file + self.shmem
    }
}

/// How many entries map the page of `entry`, and whether it is a file's. One count is the caller's own, one a file's cache
/// has.
pub(crate) fn mapped_by(entry: &Entry) -> (u64, bool) {
    let cached = entry.page.test(PageFlag::Uptodate);
    let mappers = match entry.huge {
        Some(mappings) => u64::from(mappings),
        None => (entry.page.ref_count() as u64).saturating_sub(1 + u64::from(cached)),
    };
    (mappers.max(1), cached)
}

impl AreaUsage {
    fn count(&mut self, vma: &Vma, addr: u64, entry: &Entry) {
        let (mappers, cached) = mapped_by(entry);
        let mapping = vma.mapping().filter(|_| cached);
        let share = (PAGE << PSS_SHIFT) / mappers;
        self.rss += 1;
        let tracked = mapping.is_some_and(|mapping| mapping.tracks_dirty());
        let (pages, shares) = match (cached, tracked) {
            (false, _) => (&mut self.anon, &mut self.pss.anon),
            (true, false) if mapping.is_some() => (&mut self.shmem, &mut self.pss.shmem),
            (true, _) => (&mut self.file, &mut self.pss.file),
        };
        *pages += 1;
        *shares += share;
        // What has no store of its own to be like is always changed.
        let noted = |mapping: &Arc<Mapping>| mapping.is_dirty(vma.index_of(addr));
        let lazy = !cached && entry.page.test(PageFlag::LazyFree) && !entry.dirty;
        let dirty = entry.dirty || !(cached || lazy) || mapping.is_some_and(noted);
        *match (mappers > 1, dirty) {
            (true, true) => &mut self.shared_dirty,
            (true, false) => &mut self.shared_clean,
            (false, true) => &mut self.private_dirty,
            (false, false) => &mut self.private_clean,
        } += 1;
        self.pss.dirty += if dirty { share } else { 0 };
        self.pss.locked += if vma.flags.contains(VmFlags::LOCKED) { share } else { 0 };
        self.referenced += u64::from(entry.accessed || entry.page.test(PageFlag::Accessed));
        self.lazy_free += u64::from(lazy);
        self.anon_huge += u64::from(entry.huge.is_some());
        self.most_mapped = self.most_mapped.max(mappers);
    }

    fn add(&mut self, other: &Self) {
        self.rss += other.rss;
        self.file += other.file;
        self.shmem += other.shmem;
        self.anon += other.anon;
        self.shared_clean += other.shared_clean;
        self.shared_dirty += other.shared_dirty;
        self.private_clean += other.private_clean;
        self.private_dirty += other.private_dirty;
        self.referenced += other.referenced;
        self.anon_huge += other.anon_huge;
        self.lazy_free += other.lazy_free;
        self.most_mapped = self.most_mapped.max(other.most_mapped);
        self.pss.dirty += other.pss.dirty;
        self.pss.anon += other.pss.anon;
        self.pss.file += other.pss.file;
        self.pss.shmem += other.pss.shmem;
        self.pss.locked += other.pss.locked;
    }
}

impl AddressSpace {
    /// Counts the pages of `vma`. For use from [`Self::for_each_vma`].
    pub fn area_usage(&self, vma: &Vma) -> AreaUsage {
        let mut usage = AreaUsage::default();
        let zero = zero_page().phys();
        let pages = self.pages.lock();
        let mut addr = pages.skip_hole(vma.start);
        while addr < vma.end {
            if let Some(entry) = pages.get(addr).filter(|entry| entry.page.phys() != zero) {
                usage.count(vma, addr, &entry);
            }
            addr = pages.skip_hole(addr + PAGE);
        }
        usage
    }

    /// Counts all pages.
    pub fn usage(&self) -> AreaUsage {
        let mut all = AreaUsage::default();
        self.for_each_vma(|vma| all.add(&self.area_usage(vma)));
        all
    }
}
