//! fork(2): a second address space with the same content, sharing pages until one side writes.

use alloc::sync::Arc;

use abi::Errno;
use hal::mem::{FlushBatch, PageTable};

use crate::AddressSpace;
use crate::areas::Areas;
use crate::vma::{VmFlags, Vma};

impl AddressSpace {
    /// A copy for a child. Only areas with private pages have their entries copied; all others are
    /// brought in again by faults. ENOMEM if there is no memory for the child's page tables.
    pub fn fork(&self) -> Result<Arc<Self>, Errno> {
        let mut child_pages = PageTable::new().ok_or(Errno::ENOMEM)?;
        let areas = self.write_areas();
        let mut child = Areas::empty(areas.mmap_base);
        (child.start_brk, child.brk, child.bottom_up) = (areas.start_brk, areas.brk, areas.bottom_up);
        (child.compat_base, child.randomize) = (areas.compat_base, areas.randomize);
        (child.any_sealed, child.pkeys) = (areas.any_sealed, areas.pkeys);
        let (mut batch, mut largest) = (FlushBatch::new(), 0);
        let mut copied = Ok(());
        for vma in areas.tree.iter().filter(|vma| !vma.flags.contains(VmFlags::DONTCOPY)) {
            let mut copy = vma.clone();
            copy.flags -= VmFlags::LOCKED | VmFlags::LOCKONFAULT;
            if vma.flags.contains(VmFlags::WIPEONFORK) {
                copy = Vma {
                    extra: copy.extra,
                    ..Vma::new(copy.start..copy.end, copy.flags, copy.pgoff, copy.backing)
                };
            } else if vma.has_private_pages() {
                let mut pages = self.pages.lock();
                copied = pages.clone_range_cow(&mut child_pages, vma.range(), true, &mut batch);
            }
            if copied.is_err() {
                break;
            }
            if copy.flags.contains(VmFlags::ACCOUNT) {
                largest = copy.pages().max(largest);
            }
            child.counters.add(copy.flags, copy.pages());
            child.tree.insert_unmerged(copy);
        }
        // The parent's entries have lost their right to write, also when the copy failed half-way.
        batch.finish(&self.token);
        copied.map_err(|_| Errno::ENOMEM)?;
        crate::commit::charge_areas(child.counters.accounted, largest, areas.counters.total)?;
        let child = Self::build(child, child_pages, self.limits(), self.layout())?;
        *child.auxv.lock() = self.auxv();
        self.copy_program_to(&child);
        self.copy_ldt_to(&child)?;
        child.set_attrs(self.attrs_to_inherit(), 0);
        child.register_barrier(self.registered_barriers());
        // Files learn of the child while the parent's areas can't change: truncation that found only
        // the parent waits for it, and then looks for newcomers (Mapping::unmap_everywhere).
        for vma in areas.tree.iter().filter(|vma| !vma.flags.contains(VmFlags::DONTCOPY)) {
            if let Some(mapping) = vma.mapping() {
                mapping.add_mapper(child.id, &child.me);
            }
        }
        drop(areas);
        if let Some(range) = self.droppable.range() {
            child.note_droppable(&range);
        }
        Ok(child)
    }
}
