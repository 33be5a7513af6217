//! What a file does to the address spaces that map it: truncation takes pages away, writing back
//! makes them read-only again.

use core::ops::Range;

use hal::mem::{FlushBatch, PageFlag};

use crate::fault::entry_prot;
use crate::vma::{VmFlags, Vma};
use crate::{AddressSpace, Mapping, PAGE};

/// The addresses at which `vma` shows the pages `first..=last` of its file.
fn shown(vma: &Vma, first: u64, last: u64) -> Option<Range<u64>> {
    let end_index = vma.pgoff.saturating_add(vma.pages());
    let from = first.max(vma.pgoff);
    let to = last.saturating_add(1).min(end_index);
    if from >= to {
        return None;
    }
    Some(vma.start + (from - vma.pgoff) * PAGE..vma.start + (to - vma.pgoff) * PAGE)
}

fn maps(vma: &Vma, mapping: &Mapping) -> bool {
    vma.mapping().is_some_and(|mine| core::ptr::eq(&**mine, mapping))
}

impl Mapping {
    /// Whether some address space shows the file in an area whose writes reach it, or could be made to.
    pub fn is_shared_writable(&self) -> bool {
        self.mappers().iter().any(|mm| {
            let areas = mm.areas.read();
            areas.tree.iter().any(|vma| maps(vma, self) && vma.flags.contains(VmFlags::SHARED))
        })
    }
}

impl AddressSpace {
    /// Removes the pages `first..=last` of a file. `copies`: private copies of them, too.
    pub(crate) fn unmap_mapping(&self, mapping: &Mapping, first: u64, last: u64, copies: bool) {
        let areas = self.write_areas();
        for vma in areas.tree.iter().filter(|vma| maps(vma, mapping)) {
            let Some(range) = shown(vma, first, last) else { continue };
            if copies || !vma.has_private_pages() {
                self.zap_pages(range);
            } else {
                self.zap_file_pages(range);
            }
        }
    }

    /// Removes the pages of `range` that belong to a file and leaves private copies.
    fn zap_file_pages(&self, range: Range<u64>) {
        let mut batch = FlushBatch::new();
        let mut pages = self.pages.lock();
        for addr in range.step_by(PAGE as usize) {
            if pages.get(addr).is_some_and(|entry| entry.page.test(PageFlag::Uptodate)) {
                pages.unmap(addr..addr + PAGE, &mut batch);
            }
        }
        drop(pages);
        batch.finish(&self.token);
    }

    /// Takes the file's pages `first..=last` out of the page tables, if that can be done at once; the next use
    /// brings them back. Locked areas keep theirs.
    pub(crate) fn try_unmap_mapping(&self, mapping: &Mapping, first: u64, last: u64) {
        // Shared access is enough: a fault that puts a page back holds it, and who holds a page keeps it cached.
        let Some(areas) = self.areas.try_read() else { return };
        for vma in areas.tree.iter().filter(|vma| maps(vma, mapping) && !vma.flags.contains(VmFlags::LOCKED))
        {
            if let Some(range) = shown(vma, first, last) {
                self.zap_file_pages(range);
            }
        }
    }

    /// Makes the pages `first..=last` of a file read-only, so that the next write is noticed. The lock is
    /// exclusive, so that no fault stands between marking a page dirty and making it writable.
    pub(crate) fn write_protect_mapping(&self, mapping: &Mapping, first: u64, last: u64) {
        let areas = self.write_areas();
        let mut batch = FlushBatch::new();
        for vma in areas.tree.iter().filter(|vma| maps(vma, mapping) && !vma.is_private()) {
            if let Some(range) = shown(vma, first, last) {
                self.pages.lock().protect(range, entry_prot(vma, false), &mut batch);
            }
        }
        batch.finish(&self.token);
    }
}
