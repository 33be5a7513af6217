//! remap_file_pages(2), done as Linux has since 4.0: the part becomes an area of its own.

use core::ops::Range;

use abi::Errno;

use crate::areas::Areas;
use crate::vma::{Backing, VmFlags, Vma};
use crate::{AddressSpace, PAGE};

impl AddressSpace {
    /// Lets `size` bytes at `start`, a part of a shared mapping of a file, show the file from page `pgoff` on. `prot` must be
    /// 0.
    pub fn remap_file_pages(&self, start: u64, size: u64, prot: u64, pgoff: u64) -> Result<(), Errno> {
        let (start, size) = (start & !(PAGE - 1), size & !(PAGE - 1));
        let end = start.checked_add(size).filter(|end| *end > start).ok_or(Errno::EINVAL)?;
        if prot != 0 || pgoff.checked_add(size / PAGE).is_none() {
            return Err(Errno::EINVAL);
        }
        let mut areas = self.write_areas();
        let (flags, backing) = self.one_file(&areas, start..end)?;
        if pgoff + size / PAGE > i64::MAX as u64 / PAGE {
            return Err(Errno::EOVERFLOW);
        }
        self.unmap_range(&mut areas, start..end)?;
        self.link(&mut areas, Vma::new(start..end, flags, pgoff, backing));
        drop(areas);
        // What can't be brought in now is left to the fault.
        let _ = self.populate(start..end);
        Ok(())
    }

    /// Flags and file of a shared mapping that fills `range`; EINVAL if it is another thing, or more than one.
    fn one_file(&self, areas: &Areas, range: Range<u64>) -> Result<(VmFlags, Backing), Errno> {
        let first = areas.tree.find(range.start).ok_or(Errno::EINVAL)?;
        let Backing::File { mapping, .. } = &first.backing else { return Err(Errno::EINVAL) };
        if !first.flags.contains(VmFlags::SHARED) {
            return Err(Errno::EINVAL);
        }
        let mut at = first.start;
        for vma in areas.tree.overlapping(range.clone()) {
            let same = vma.mapping().is_some_and(|other| alloc::sync::Arc::ptr_eq(other, mapping));
            if vma.start > at || vma.flags != first.flags || !same {
                return Err(Errno::EINVAL);
            }
            at = vma.end;
        }
        if at < range.end { Err(Errno::EINVAL) } else { Ok((first.flags, first.backing.clone())) }
    }
}
