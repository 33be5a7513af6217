//! mseal(2).

use abi::Errno;

use crate::vma::VmFlags;
use crate::vma_tree::page_align;
use crate::{AddressSpace, PAGE};

impl AddressSpace {
    /// Seals the areas in `len` bytes at `start`: from then on they can't be unmapped, moved, resized, replaced or given
    /// other rights. ENOMEM if something there is not mapped; then nothing is sealed.
    pub fn mseal(&self, start: u64, len: u64, flags: u64) -> Result<(), Errno> {
        if flags != 0 || !start.is_multiple_of(PAGE) {
            return Err(Errno::EINVAL);
        }
        let len = page_align(len).ok_or(Errno::EINVAL)?;
        let end = start.checked_add(len).ok_or(Errno::EINVAL)?;
        if end == start {
            return Ok(());
        }
        let mut areas = self.write_areas();
        let mut at = start;
        for vma in areas.tree.overlapping(start..end) {
            if vma.start > at {
                return Err(Errno::ENOMEM);
            }
            at = vma.end;
        }
        if at < end {
            return Err(Errno::ENOMEM);
        }
        areas.any_sealed = true;
        self.change_flags(&mut areas, &(start..end), |flags| flags | VmFlags::SEALED)
    }
}
