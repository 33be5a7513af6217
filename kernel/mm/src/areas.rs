//! The areas of an address space: how they are locked, and how they come and go.

use alloc::vec::Vec;
use core::ops::{Deref, DerefMut, Range};

use abi::Errno;
use sched::WriteGuard;

use crate::AddressSpace;
use crate::DEFAULT_MAP_WINDOW;
use crate::aspace::MAX_MAP_COUNT;
use crate::commit;
use crate::layout::{self, TASK_SIZE_32};
use crate::limits::VmCounters;
use crate::pkeys::Pkeys;
use crate::vma::{Backing, VmFlags, Vma};
use crate::vma_tree::VmaTree;

/// What the lock of an address space protects.
pub(crate) struct Areas {
    pub tree: VmaTree,
    pub counters: VmCounters,
    /// Where the heap begins, and where it ends now.
    pub start_brk: u64,
    pub brk: u64,
    /// The search for free addresses begins here and goes down.
    pub mmap_base: u64,
    /// The same for 32-bit calls of a 64-bit program, once there was one: see [`Areas::search_base`].
    pub compat_base: Option<u64>,
    /// Whether that is to be random.
    pub randomize: bool,
    /// It goes up instead (ADDR_COMPAT_LAYOUT).
    pub bottom_up: bool,
    /// What mlockall(MCL_FUTURE) adds to every new area.
    pub def_flags: VmFlags,
    /// Protection keys.
    pub pkeys: Pkeys,
    /// Some area is sealed.
    pub any_sealed: bool,
    /// Files of areas that are gone: dropped after the lock, for that may close them.
    pub closing: Vec<Backing>,
}

impl Areas {
    /// No area yet.
    pub fn empty(mmap_base: u64) -> Self {
        Self {
            tree: VmaTree::new(),
            counters: VmCounters::default(),
            start_brk: 0,
            brk: 0,
            mmap_base,
            compat_base: None,
            randomize: true,
            bottom_up: false,
            def_flags: VmFlags::empty(),
            pkeys: Pkeys::new(),
            any_sealed: false,
            closing: Vec::new(),
        }
    }
}

impl Areas {
    /// Where the search for free addresses begins for a call, and where it ends: a 32-bit call gets addresses below
    /// 4 GiB in any program (`get_mmap_base`, `mmap_compat_base`).
    pub fn search_base(&mut self, window: u64, compat: bool, stack_limit: u64) -> (u64, u64) {
        if compat == (window <= TASK_SIZE_32) {
            return (self.mmap_base, window);
        }
        let end = if compat { TASK_SIZE_32 } else { DEFAULT_MAP_WINDOW };
        let (bottom_up, randomize) = (self.bottom_up, self.randomize);
        let base = *self.compat_base.get_or_insert_with(|| match bottom_up {
            true => layout::legacy_base(randomize, end),
            false => layout::mmap_base(stack_limit, randomize, end),
        });
        (base, end)
    }

    /// EPERM if a sealed area lies in `range`.
    #[inline]
    pub fn check_seals(&self, range: &Range<u64>) -> Result<(), Errno> {
        let sealed = |vma: &Vma| vma.flags.contains(VmFlags::SEALED);
        if self.any_sealed && self.tree.overlapping(range.clone()).any(sealed) {
            return Err(Errno::EPERM);
        }
        Ok(())
    }
}

impl Areas {
    /// Calls `f` with every area in `range` and the part of it that lies there, until it fails. Whether the range has
    /// no hole.
    pub fn for_each_part(
        &self,
        range: &Range<u64>,
        mut f: impl FnMut(&Vma, Range<u64>) -> Result<(), Errno>,
    ) -> Result<bool, Errno> {
        let mut at = range.start;
        let mut whole = true;
        for vma in self.tree.overlapping(range.clone()) {
            whole &= vma.start <= at;
            let part = vma.start.max(at)..vma.end.min(range.end);
            at = part.end;
            f(vma, part)?;
        }
        Ok(whole && at >= range.end)
    }
}

/// What a range with a hole answers, after all else has been done.
pub(crate) fn whole_or_enomem(whole: bool) -> Result<(), Errno> {
    if whole { Ok(()) } else { Err(Errno::ENOMEM) }
}

/// Exclusive access to the areas.
pub(crate) struct AreasMut<'a> {
    // Fields are dropped in this order: first the lock is given back, then files are closed.
    guard: WriteGuard<'a, Areas>,
    closing: Vec<Backing>,
}

impl Deref for AreasMut<'_> {
    type Target = Areas;

    #[inline(always)]
    fn deref(&self) -> &Areas {
        &self.guard
    }
}

impl DerefMut for AreasMut<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Areas {
        &mut self.guard
    }
}

impl Drop for AreasMut<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.guard.closing.is_empty() {
            self.closing = core::mem::take(&mut self.guard.closing);
        }
    }
}

impl AddressSpace {
    /// Locks the areas for changes.
    #[inline]
    pub(crate) fn write_areas(&self) -> AreasMut<'_> {
        AreasMut { guard: self.areas.write(), closing: Vec::new() }
    }

    /// Adds an area. The range must be free.
    pub(crate) fn link(&self, areas: &mut Areas, mut vma: Vma) {
        vma.flags |= VmFlags::SOFTDIRTY;
        areas.counters.add(vma.flags, vma.pages());
        if let Some(mapping) = vma.mapping() {
            mapping.add_mapper(self.id, &self.me);
        }
        areas.tree.insert(vma, |absorbed| self.unmapper(absorbed));
    }

    fn unmapper(&self, vma: &Vma) {
        if let Some(mapping) = vma.mapping() {
            mapping.remove_mapper(self.id);
        }
    }

    /// Cuts areas so that none crosses a border of `range`. ENOMEM beyond the number of areas.
    pub(crate) fn isolate(&self, areas: &mut Areas, range: &Range<u64>) -> Result<(), Errno> {
        let cuts = areas.tree.cuts(range);
        if cuts != 0 && areas.tree.len() + cuts > MAX_MAP_COUNT {
            return Err(Errno::ENOMEM);
        }
        if cuts != 0 {
            // What the kernel has lent stays in one piece.
            let lent = |at: u64| {
                areas.tree.find(at).is_some_and(|v| v.start < at && matches!(v.backing, Backing::Special(_)))
            };
            if lent(range.start) || lent(range.end) {
                return Err(Errno::EINVAL);
            }
            self.split_huge_at(range);
        }
        for border in [range.start, range.end] {
            if let Some(back) = areas.tree.split_at(border)
                && let Some(mapping) = back.mapping()
            {
                mapping.add_mapper(self.id, &self.me);
            }
        }
        Ok(())
    }

    /// Takes an area out of the tree and the counts; its pages are the caller's business.
    fn unlink(&self, areas: &mut Areas, start: u64) {
        let Some(vma) = areas.tree.remove(start) else { return };
        areas.counters.sub(vma.flags, vma.pages());
        if vma.flags.contains(VmFlags::ACCOUNT) {
            commit::uncharge(vma.pages());
        }
        self.unmapper(&vma);
        if vma.mapping().is_some() {
            areas.closing.push(vma.backing);
        }
    }

    /// Removes everything in `range`: areas and pages.
    pub(crate) fn unmap_range(&self, areas: &mut Areas, range: Range<u64>) -> Result<(), Errno> {
        if !areas.tree.is_used(range.clone()) {
            return Ok(());
        }
        areas.check_seals(&range)?;
        self.isolate(areas, &range)?;
        self.zap(range.clone());
        while let Some(start) = areas.tree.first_in(&range) {
            self.unlink(areas, start);
        }
        Ok(())
    }
}
