//! What /proc/PID/smaps and statm say about pages.

use hal::mem::{PageFlag, zero_page};

use crate::vma::{VmFlags, Vma};
use crate::{AddressSpace, PAGE};

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
    /// Present pages that others hold, too.
    pub shared: u64,
    /// Of these, private ones (copied only when written to).
    pub shared_anon: u64,
    /// The present pages' bytes, each shared out among those who hold it (Pss).
    pub pss_bytes: u64,
    /// Of the private pages, those mapped by 2 MiB (AnonHugePages).
    pub anon_huge: u64,
    /// Locked pages.
    pub locked: u64,
}

impl AddressSpace {
    /// Counts the pages of `vma`. For use from [`Self::for_each_vma`].
    pub fn area_usage(&self, vma: &Vma) -> AreaUsage {
        let mut usage = AreaUsage::default();
        let zero = zero_page().phys();
        let shmem = vma.mapping().is_some_and(|mapping| !mapping.tracks_dirty());
        let pages = self.pages.lock();
        for addr in vma.range().step_by(PAGE as usize) {
            let Some(entry) = pages.get(addr) else { continue };
            if entry.page.phys() == zero {
                continue;
            }
            usage.rss += 1;
            match (entry.page.test(PageFlag::Uptodate), shmem) {
                (true, true) => usage.shmem += 1,
                (true, false) => usage.file += 1,
                (false, _) => usage.anon += 1,
            }
            // One count is this walk's own, one a file's cache has.
            let cached = u64::from(entry.page.test(PageFlag::Uptodate));
            let holders = match entry.huge {
                Some(mappings) => u64::from(mappings).max(1),
                None => (entry.page.ref_count() as u64).saturating_sub(1 + cached).max(1),
            };
            usage.anon_huge += u64::from(entry.huge.is_some());
            usage.pss_bytes += PAGE / holders;
            if holders > 1 {
                usage.shared += 1;
                usage.shared_anon += 1 - cached;
            }
        }
        if vma.flags.contains(VmFlags::LOCKED) {
            usage.locked = usage.rss;
        }
        usage
    }

    /// Counts all pages.
    pub fn usage(&self) -> AreaUsage {
        let mut all = AreaUsage::default();
        self.for_each_vma(|vma| {
            let one = self.area_usage(vma);
            all.rss += one.rss;
            all.file += one.file;
            all.shmem += one.shmem;
            all.anon += one.anon;
            all.shared += one.shared;
            all.shared_anon += one.shared_anon;
            all.pss_bytes += one.pss_bytes;
            all.anon_huge += one.anon_huge;
            all.locked += one.locked;
        });
        all
    }
}
