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
            usage.shared += u64::from(entry.page.ref_count() > 2);
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
            all.locked += one.locked;
        });
        all
    }
}
