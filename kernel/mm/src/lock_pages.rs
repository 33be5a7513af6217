//! mlock(2) and its kin, and bringing pages in ahead of use.
//!
//! Nothing is ever swapped out here, so a locked area differs in that its pages are present from the
//! start and in what it counts towards.

use core::ops::Range;

use abi::Errno;
use abi::consts::mman::*;

use crate::areas::Areas;
use crate::fault::Fault;
use crate::vma::VmFlags;
use crate::vma_tree::page_align;
use crate::{AddressSpace, PAGE};

const BOTH: VmFlags = VmFlags::LOCKED.union(VmFlags::LOCKONFAULT);

impl AddressSpace {
    /// Brings the pages of `range` in, writable ones of private areas as if written to. Stops at the
    /// first that can't be had.
    pub fn populate(&self, range: Range<u64>) -> Result<(), Fault> {
        let mut addr = range.start;
        while addr < range.end {
            // A few pages for each time that the lock is taken, so that nobody waits long for it.
            let areas = self.areas.read();
            for _ in 0..16 {
                if addr >= range.end {
                    break;
                }
                let vma = areas.tree.find(addr).ok_or(Fault::MapErr)?;
                if !vma.flags.intersects(VmFlags::ACCESS) {
                    return Err(Fault::AccErr);
                }
                let write = vma.flags.contains(VmFlags::WRITE) && vma.is_private();
                if write || !self.is_present(addr) {
                    self.fault_in_area(vma, addr, write)?;
                }
                addr += PAGE;
            }
            drop(areas);
            crate::cond_resched();
        }
        Ok(())
    }

    /// Whether an entry for `addr` is there.
    #[inline]
    pub(crate) fn is_present(&self, addr: u64) -> bool {
        self.pages.lock().get(addr).is_some()
    }

    /// mlock(2), and mlock2(2) with `flags`.
    pub fn mlock(&self, start: u64, len: u64, flags: u32, ipc_lock: bool) -> Result<(), Errno> {
        if flags & !MLOCK_ONFAULT != 0 {
            return Err(Errno::EINVAL);
        }
        self.can_lock(ipc_lock)?;
        let (start, len) = lock_bounds(start, len);
        let new = if flags & MLOCK_ONFAULT != 0 { BOTH } else { VmFlags::LOCKED };
        let mut areas = self.write_areas();
        let limit = self.limits().memlock / PAGE;
        if !ipc_lock && (len / PAGE).saturating_add(areas.counters.locked) > limit {
            let already: u64 = areas
                .tree
                .overlapping(start..start.saturating_add(len))
                .filter(|vma| vma.flags.contains(VmFlags::LOCKED))
                .map(|vma| (vma.end.min(start.saturating_add(len)) - vma.start.max(start)) / PAGE)
                .sum();
            if (len / PAGE).saturating_add(areas.counters.locked).saturating_sub(already) > limit {
                return Err(Errno::ENOMEM);
            }
        }
        let range = self.set_lock(&mut areas, start, len, new)?;
        drop(areas);
        match self.populate(range) {
            Ok(()) => Ok(()),
            Err(_) if flags & MLOCK_ONFAULT != 0 => Ok(()),
            Err(Fault::Oom) => Err(Errno::EAGAIN),
            Err(_) => Err(Errno::ENOMEM),
        }
    }

    /// munlock(2).
    pub fn munlock(&self, start: u64, len: u64) -> Result<(), Errno> {
        let (start, len) = lock_bounds(start, len);
        let mut areas = self.write_areas();
        self.set_lock(&mut areas, start, len, VmFlags::empty()).map(|_| ())
    }

    fn set_lock(&self, areas: &mut Areas, start: u64, len: u64, new: VmFlags) -> Result<Range<u64>, Errno> {
        let end = start.checked_add(len).ok_or(Errno::EINVAL)?;
        let mut at = start;
        while at < end {
            let vma = areas.tree.find(at).ok_or(Errno::ENOMEM)?;
            let part = at..vma.end.min(end);
            at = part.end;
            if vma.flags & BOTH != new && !vma.flags.contains(VmFlags::DROPPABLE) {
                self.change_flags(areas, &part, |flags| (flags - BOTH) | new)?;
            }
        }
        // With MLOCK_ONFAULT only what is touched comes in.
        Ok(if new.contains(VmFlags::LOCKONFAULT) { start..start } else { start..end })
    }

    /// mlockall(2).
    pub fn mlockall(&self, flags: u32, ipc_lock: bool) -> Result<(), Errno> {
        if flags == 0 || flags & !(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0 || flags == MCL_ONFAULT {
            return Err(Errno::EINVAL);
        }
        self.can_lock(ipc_lock)?;
        let mut areas = self.write_areas();
        let current = flags & MCL_CURRENT != 0;
        if current && !ipc_lock && areas.counters.total > self.limits().memlock / PAGE {
            return Err(Errno::ENOMEM);
        }
        let kind = if flags & MCL_ONFAULT != 0 { BOTH } else { VmFlags::LOCKED };
        areas.def_flags = if flags & MCL_FUTURE != 0 { kind } else { VmFlags::empty() };
        if !current {
            return Ok(());
        }
        self.lock_all(&mut areas, kind);
        drop(areas);
        if kind == VmFlags::LOCKED {
            self.populate_all();
        }
        Ok(())
    }

    /// munlockall(2).
    pub fn munlockall(&self) {
        let mut areas = self.write_areas();
        areas.def_flags = VmFlags::empty();
        self.lock_all(&mut areas, VmFlags::empty());
    }

    fn lock_all(&self, areas: &mut Areas, new: VmFlags) {
        // Without a border to cut there is nothing that could fail.
        let _ = self.change_flags(areas, &(0..crate::task_size_max()), |flags| {
            if flags.contains(VmFlags::DROPPABLE) { flags } else { (flags - BOTH) | new }
        });
    }

    fn populate_all(&self) {
        let mut at = 0;
        loop {
            let next = self.areas.read().tree.find_above(at).map(crate::Vma::range);
            let Some(range) = next else { return };
            at = range.end;
            let _ = self.populate(range);
        }
    }

    fn can_lock(&self, ipc_lock: bool) -> Result<(), Errno> {
        if ipc_lock || self.limits().memlock != 0 { Ok(()) } else { Err(Errno::EPERM) }
    }
}

/// The pages that `start` and `len` touch.
fn lock_bounds(start: u64, len: u64) -> (u64, u64) {
    let len = page_align(len.wrapping_add(start % PAGE)).unwrap_or(0);
    (start & !(PAGE - 1), len)
}
