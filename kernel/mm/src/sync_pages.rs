//! msync(2) and mincore(2).

use alloc::vec::Vec;

use abi::Errno;
use abi::consts::mman::*;

use crate::vma::VmFlags;
use crate::vma_tree::page_align;
use crate::{AddressSpace, PAGE, UserPtr, task_size_max};

impl AddressSpace {
    /// Writes what was changed through shared areas in `len` bytes at `start` back to the files.
    pub fn msync(&self, start: u64, len: u64, flags: u32) -> Result<(), Errno> {
        let both = MS_ASYNC | MS_SYNC;
        if flags & !(both | MS_INVALIDATE) != 0 || !start.is_multiple_of(PAGE) || flags & both == both {
            return Err(Errno::EINVAL);
        }
        let len = len.wrapping_add(PAGE - 1) & !(PAGE - 1);
        let end = start.checked_add(len).ok_or(Errno::ENOMEM)?;
        let mut parts = Vec::new();
        let mut whole = true;
        let mut busy = false;
        {
            let areas = self.areas.read();
            let mut at = start;
            for vma in areas.tree.overlapping(start..end) {
                whole &= vma.start <= at;
                let part = vma.start.max(at)..vma.end.min(end);
                at = part.end;
                if flags & MS_INVALIDATE != 0 && vma.flags.contains(VmFlags::LOCKED) {
                    busy = true;
                    break;
                }
                if flags & MS_SYNC != 0
                    && vma.flags.contains(VmFlags::SHARED)
                    && let Some(mapping) = vma.mapping()
                {
                    let from = vma.index_of(part.start).wrapping_mul(PAGE);
                    parts.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
                    parts.push((mapping.clone(), from, from.saturating_add(part.end - part.start)));
                }
            }
            whole &= at >= end || busy;
        }
        for (mapping, from, to) in parts {
            mapping.sync_range(from, to)?;
        }
        match (busy, whole) {
            (true, _) => Err(Errno::EBUSY),
            (_, false) => Err(Errno::ENOMEM),
            _ => Ok(()),
        }
    }

    /// Writes one byte for each page of `len` bytes at `start` to `out`: 1 if it is in memory.
    pub fn mincore(&self, start: u64, len: u64, out: UserPtr<u8>) -> Result<(), Errno> {
        if !start.is_multiple_of(PAGE) {
            return Err(Errno::EINVAL);
        }
        if start.checked_add(len).is_none_or(|end| end > task_size_max()) {
            return Err(Errno::ENOMEM);
        }
        let pages = page_align(len).ok_or(Errno::ENOMEM)? / PAGE;
        if out.addr().checked_add(pages).is_none_or(|end| end > task_size_max()) {
            return Err(Errno::EFAULT);
        }
        let mut chunk = [0u8; 256];
        let mut done = 0;
        while done < pages {
            let count = (pages - done).min(chunk.len() as u64) as usize;
            let Some(part) = chunk.get_mut(..count) else { return Err(Errno::EFAULT) };
            self.residency(start + done * PAGE, part)?;
            self.write_bytes(out.addr() + done, part)?;
            done += count as u64;
        }
        Ok(())
    }

    fn residency(&self, start: u64, out: &mut [u8]) -> Result<(), Errno> {
        let areas = self.areas.read();
        for (slot, addr) in out.iter_mut().zip((start..).step_by(PAGE as usize)) {
            let vma = areas.tree.find(addr).ok_or(Errno::ENOMEM)?;
            let cached = || vma.mapping().is_some_and(|mapping| mapping.cached(vma.index_of(addr)).is_some());
            *slot = u8::from(self.is_present(addr) || cached());
        }
        Ok(())
    }
}
