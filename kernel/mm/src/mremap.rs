//! mremap(2).

use core::ops::Range;

use abi::Errno;
use abi::consts::mman::*;
use hal::mem::FlushBatch;

use crate::areas::Areas;
use crate::aspace::MAX_MAP_COUNT;
use crate::commit;
use crate::vma::{Backing, VmFlags, Vma};
use crate::vma_tree::page_align;
use crate::{AddressSpace, PAGE};

/// The arguments of [`AddressSpace::mremap`].
#[derive(Clone, Copy, Debug)]
pub struct MremapArgs {
    /// What to resize or move.
    pub addr: u64,
    /// Its present size.
    pub old_len: u64,
    /// The wanted size.
    pub new_len: u64,
    /// `MREMAP_*`.
    pub flags: u64,
    /// Where to, with MREMAP_FIXED.
    pub new_addr: u64,
    /// CAP_IPC_LOCK.
    pub ipc_lock: bool,
    /// A 32-bit or x32 call.
    pub compat: bool,
}

impl AddressSpace {
    /// Resizes or moves an area and returns its address.
    pub fn mremap(&self, args: &MremapArgs) -> Result<u64, Errno> {
        let mut args = check_arguments(args)?;
        let mut areas = self.write_areas();
        let vma = areas.tree.find(args.addr).ok_or(Errno::EFAULT)?;
        if vma.flags.contains(VmFlags::SEALED) {
            return Err(Errno::EPERM);
        }
        let locked = vma.flags & (VmFlags::LOCKED | VmFlags::LOCKONFAULT) == VmFlags::LOCKED;
        let to = if args.flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) != 0 {
            self.remap_to(&mut areas, &mut args)?
        } else {
            self.remap_anywhere(&mut areas, &args)?
        };
        drop(areas);
        if locked && args.new_len > args.old_len {
            let _ = self.populate(to + args.old_len..to + args.new_len);
        }
        Ok(to)
    }

    fn remap_anywhere(&self, areas: &mut Areas, args: &MremapArgs) -> Result<u64, Errno> {
        let MremapArgs { addr, old_len, new_len, flags, .. } = *args;
        if old_len >= new_len {
            if old_len > new_len {
                let gone = crate::mmap::unmap_bounds(addr + new_len, old_len - new_len, self.task_size())?;
                self.unmap_range(areas, gone)?;
            }
            return Ok(addr);
        }
        self.may_resize(areas, args)?;
        let Some(vma) = areas.tree.find(addr) else { return Err(Errno::EFAULT) };
        let (start, end, vm_flags) = (vma.start, vma.end, vma.flags);
        let grow = end..addr.saturating_add(new_len);
        let room =
            grow.end <= self.task_size() && grow.end > end && areas.tree.is_free_for(end, grow.end - end);
        if old_len == end - addr && room {
            self.extend(areas, start, grow, vm_flags)?;
            return Ok(addr);
        }
        if flags & MREMAP_MAYMOVE == 0 {
            return Err(Errno::ENOMEM);
        }
        let to = self.unmapped_area(areas, 0, new_len, 0, args.compat)?;
        self.move_area(areas, args, to)
    }

    /// Lets an area reach further up, and merges it with what then touches it.
    fn extend(&self, areas: &mut Areas, start: u64, grow: Range<u64>, flags: VmFlags) -> Result<(), Errno> {
        if flags.contains(VmFlags::ACCOUNT) {
            commit::charge((grow.end - grow.start) / PAGE, areas.counters.total)?;
        }
        let Some(mut vma) = areas.tree.remove(start) else { return Ok(()) };
        vma.end = grow.end;
        areas.counters.add(flags, (grow.end - grow.start) / PAGE);
        areas.tree.insert(vma, |absorbed| {
            if let Some(mapping) = absorbed.mapping() {
                mapping.remove_mapper(self.id);
            }
        });
        Ok(())
    }

    fn remap_to(&self, areas: &mut Areas, args: &mut MremapArgs) -> Result<u64, Errno> {
        let MremapArgs { addr, new_len, flags, new_addr, .. } = *args;
        let last = self.task_size().checked_sub(new_len);
        if !new_addr.is_multiple_of(PAGE) || last.is_none_or(|last| new_addr > last) {
            return Err(Errno::EINVAL);
        }
        let overlap = addr.saturating_add(args.old_len) > new_addr && new_addr + new_len > addr;
        if overlap {
            return Err(Errno::EINVAL);
        }
        if areas.tree.len() + 2 >= MAX_MAP_COUNT {
            return Err(Errno::ENOMEM);
        }
        if flags & MREMAP_FIXED != 0 {
            self.unmap_range(areas, new_addr..new_addr + new_len)?;
        }
        if args.old_len > new_len {
            let gone = crate::mmap::unmap_bounds(addr + new_len, args.old_len - new_len, self.task_size())?;
            self.unmap_range(areas, gone)?;
            args.old_len = new_len;
        }
        self.may_resize(areas, args)?;
        if flags & MREMAP_DONTUNMAP != 0 {
            let vm_flags = areas.tree.find(addr).map_or(VmFlags::empty(), |vma| vma.flags);
            self.expand_by(areas, vm_flags, args.old_len / PAGE)?;
        }
        let fixed = if flags & MREMAP_FIXED != 0 { MAP_FIXED } else { 0 };
        let to = self.unmapped_area(areas, new_addr, new_len, fixed, args.compat)?;
        if to < crate::MMAP_MIN_ADDR {
            return Err(Errno::EPERM);
        }
        self.move_area(areas, args, to)
    }

    /// Whether the area at `args.addr` can have the new size at all (vma_to_resize).
    fn may_resize(&self, areas: &Areas, args: &MremapArgs) -> Result<(), Errno> {
        let vma = areas.tree.find(args.addr).ok_or(Errno::EFAULT)?;
        if args.old_len == 0 && !vma.flags.contains(VmFlags::MAYSHARE) {
            return Err(Errno::EINVAL);
        }
        if args.flags & MREMAP_DONTUNMAP != 0 && vma.flags.contains(VmFlags::DONTEXPAND) {
            return Err(Errno::EINVAL);
        }
        if args.old_len > vma.end - args.addr {
            return Err(Errno::EFAULT);
        }
        if args.new_len == args.old_len {
            return Ok(());
        }
        vma.index_of(args.addr).checked_add(args.new_len / PAGE).ok_or(Errno::EINVAL)?;
        if vma.flags.contains(VmFlags::DONTEXPAND) {
            return Err(Errno::EFAULT);
        }
        let more = (args.new_len - args.old_len) / PAGE;
        self.may_lock(areas, vma.flags, more, args.ipc_lock)?;
        self.expand_by(areas, vma.flags, more)
    }

    fn move_area(&self, areas: &mut Areas, args: &MremapArgs, to: u64) -> Result<u64, Errno> {
        let MremapArgs { addr, old_len, new_len, flags, .. } = *args;
        if areas.tree.len() >= MAX_MAP_COUNT - 3 {
            return Err(Errno::ENOMEM);
        }
        let old = addr..addr + old_len;
        let vma = areas.tree.find(addr).ok_or(Errno::EFAULT)?;
        let special = matches!(vma.backing, Backing::Special(_));
        if special && vma.range() != old {
            return Err(Errno::EINVAL);
        }
        let mut new = Vma::new(to..to + new_len, vma.flags, vma.offset_at(addr), vma.backing.clone());
        new.extra = vma.extra.clone();
        if vma.has_private_pages() {
            new.note_private_page();
        }
        let vdso = special && vma.start == self.vdso();
        let committed = self.commit_moved(areas, args, new.flags)?;
        self.move_pages(&old, to).inspect_err(|_| commit::uncharge(committed))?;
        if old_len != 0 {
            if flags & MREMAP_DONTUNMAP != 0 {
                self.change_flags(areas, &old, |flags| flags - VmFlags::LOCKED - VmFlags::LOCKONFAULT)?;
            } else {
                self.unmap_range(areas, old)?;
            }
        }
        self.link(areas, new);
        if vdso {
            self.set_vdso(to, self.landing_pad().wrapping_sub(self.vdso()));
        }
        if self.droppable.range().is_some() {
            self.note_droppable(&(to..to + new_len));
        }
        Ok(to)
    }

    /// Counts in what a moved area takes at its new place: what goes at the old one is counted out with the area there.
    fn commit_moved(&self, areas: &Areas, args: &MremapArgs, flags: VmFlags) -> Result<u64, Errno> {
        if !flags.contains(VmFlags::ACCOUNT) {
            return Ok(0);
        }
        let pages = args.new_len / PAGE;
        let goes = if args.flags & MREMAP_DONTUNMAP != 0 { 0 } else { args.old_len / PAGE };
        commit::charge_replacing(pages, goes, areas.counters.total)?;
        Ok(pages)
    }

    /// Moves the entries of `from` to the same places from `to` on, which are empty.
    fn move_pages(&self, from: &Range<u64>, to: u64) -> Result<(), Errno> {
        let mut batch = FlushBatch::new();
        let mut pages = self.pages.lock();
        let moved = pages.move_range(from.clone(), to, &mut batch);
        drop(pages);
        batch.finish(&self.token);
        moved.map_err(|_| Errno::ENOMEM)
    }
}

/// The checks that come before any area is looked at; the lengths come back rounded.
fn check_arguments(args: &MremapArgs) -> Result<MremapArgs, Errno> {
    let flags = args.flags;
    if flags & !(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP) != 0
        || flags & (MREMAP_FIXED | MREMAP_MAYMOVE) == MREMAP_FIXED
    {
        return Err(Errno::EINVAL);
    }
    let same_size = args.old_len == args.new_len;
    if flags & MREMAP_DONTUNMAP != 0 && (flags & MREMAP_MAYMOVE == 0 || !same_size) {
        return Err(Errno::EINVAL);
    }
    if !args.addr.is_multiple_of(PAGE) {
        return Err(Errno::EINVAL);
    }
    let old_len = page_align(args.old_len).unwrap_or(0);
    let new_len = page_align(args.new_len).filter(|len| *len != 0).ok_or(Errno::EINVAL)?;
    Ok(MremapArgs { old_len, new_len, ..*args })
}
