//! brk(2): the heap.

use core::ops::Range;

use abi::Errno;

use crate::areas::Areas;
use crate::vma::{Backing, VmFlags, Vma};
use crate::vma_tree::page_align;
use crate::{AddressSpace, PAGE};

impl AddressSpace {
    /// Moves the end of the heap to `new`; returns where it is then, which is where it was if that
    /// was not possible. `ipc_lock`: CAP_IPC_LOCK; `exec`: its content may be run (READ_IMPLIES_EXEC).
    pub fn brk(&self, new: u64, ipc_lock: bool, exec: bool) -> u64 {
        let mut areas = self.write_areas();
        let old = areas.brk;
        let locked = match self.move_brk(&mut areas, new, ipc_lock, exec) {
            Ok(locked) => locked,
            Err(_) => return old,
        };
        areas.brk = new;
        drop(areas);
        if let Some(range) = locked {
            let _ = self.populate(range);
        }
        new
    }

    /// Returns the new range if it has to be brought in at once.
    fn move_brk(
        &self,
        areas: &mut Areas,
        new: u64,
        ipc_lock: bool,
        exec: bool,
    ) -> Result<Option<Range<u64>>, Errno> {
        if new < areas.start_brk || new > self.task_size() {
            return Err(Errno::EINVAL);
        }
        let layout = self.layout();
        let data = layout.end_data.saturating_sub(layout.start_data);
        if (new - areas.start_brk).saturating_add(data) > self.limits().data {
            return Err(Errno::ENOMEM);
        }
        let old_end = page_align(areas.brk).ok_or(Errno::ENOMEM)?;
        let new_end = page_align(new).ok_or(Errno::ENOMEM)?;
        if new_end <= old_end {
            if new_end < old_end {
                self.unmap_range(areas, new_end..old_end)?;
            }
            return Ok(None);
        }
        if !areas.tree.is_free_for(old_end, new_end - old_end + PAGE) {
            return Err(Errno::ENOMEM);
        }
        self.add_heap(areas, old_end..new_end, ipc_lock, exec)
    }

    fn add_heap(
        &self,
        areas: &mut Areas,
        range: Range<u64>,
        ipc_lock: bool,
        exec: bool,
    ) -> Result<Option<Range<u64>>, Errno> {
        let mut flags =
            VmFlags::READ | VmFlags::WRITE | VmFlags::MAY_ACCESS | VmFlags::ACCOUNT | areas.def_flags;
        flags.set(VmFlags::EXEC, exec);
        let pages = (range.end - range.start) / PAGE;
        self.may_lock(areas, flags, pages, ipc_lock)?;
        self.expand_by(areas, flags, pages)?;
        if areas.tree.len() >= crate::MAX_MAP_COUNT {
            return Err(Errno::ENOMEM);
        }
        crate::commit::charge(pages, areas.counters.total)?;
        self.link(areas, Vma::new(range.clone(), flags, 0, Backing::Anon));
        let now = flags & (VmFlags::LOCKED | VmFlags::LOCKONFAULT) == VmFlags::LOCKED;
        Ok(now.then_some(range))
    }

    /// Where the heap begins and ends.
    pub fn brk_range(&self) -> Range<u64> {
        let areas = self.areas.read();
        areas.start_brk..areas.brk
    }

    /// Sets the heap: at exec, empty, or by prctl PR_SET_MM.
    pub fn set_brk(&self, start: u64, end: u64) {
        let mut areas = self.write_areas();
        (areas.start_brk, areas.brk) = (start, end);
    }
}
