//! The areas of an address space in address order: look-up, gaps, splitting and merging.

use alloc::collections::BTreeMap;
use core::ops::{Bound, Range};

use crate::vma::{VmFlags, Vma};
use crate::{PAGE, STACK_GUARD_GAP};

/// Areas that don't overlap, by their start.
pub(crate) struct VmaTree {
    areas: BTreeMap<u64, Vma>,
    /// No gap of `skip_len` bytes or more lies between `skip_from` and the top that was searched from.
    skip_from: u64,
    skip_len: u64,
    skip_top: u64,
}

impl VmaTree {
    pub fn new() -> Self {
        Self { areas: BTreeMap::new(), skip_from: u64::MAX, skip_len: 0, skip_top: 0 }
    }

    /// How many areas there are (map_count).
    pub fn len(&self) -> usize {
        self.areas.len()
    }

    /// The area that holds `addr`.
    #[inline]
    pub fn find(&self, addr: u64) -> Option<&Vma> {
        let (_, vma) = self.areas.range(..=addr).next_back()?;
        (addr < vma.end).then_some(vma)
    }

    /// The first area that ends above `addr` (find_vma).
    #[inline]
    pub fn find_above(&self, addr: u64) -> Option<&Vma> {
        self.find(addr).or_else(|| self.areas.range(addr..).next().map(|(_, vma)| vma))
    }

    /// The last area that ends at or below `addr`.
    pub fn find_below(&self, addr: u64) -> Option<&Vma> {
        self.areas.range(..addr).next_back().map(|(_, vma)| vma)
    }

    /// The areas that overlap `range`, in order.
    pub fn overlapping(&self, range: Range<u64>) -> impl Iterator<Item = &Vma> {
        let first = self.find(range.start).map_or(range.start, |vma| vma.start);
        let bounds = (Bound::Included(first), Bound::Excluded(range.end.max(first)));
        self.areas.range(bounds).map(|(_, vma)| vma)
    }

    /// Whether anything lies in `range`.
    #[inline]
    pub fn is_used(&self, range: Range<u64>) -> bool {
        self.find_above(range.start).is_some_and(|vma| vma.start < range.end)
    }

    /// The start of the first area that overlaps `range`.
    #[inline]
    pub fn first_in(&self, range: &Range<u64>) -> Option<u64> {
        self.find_above(range.start).map(|vma| vma.start).filter(|start| *start < range.end)
    }

    /// All areas, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Vma> {
        self.areas.values()
    }

    /// Puts a new area in, merged with its neighbours where they are alike. `on_merge` is told for each
    /// area that was absorbed (it no longer counts as an area of its file).
    pub fn insert(&mut self, mut vma: Vma, mut on_merge: impl FnMut(&Vma)) {
        if let Some(next) = self.areas.get(&vma.end)
            && vma.continues_in(next)
        {
            if next.has_private_pages() {
                vma.note_private_page();
            }
            if let Some(next) = self.areas.remove(&vma.end) {
                vma.end = next.end;
                vma.flags |= next.flags;
                on_merge(&next);
            }
        }
        if let Some((_, before)) = self.areas.range_mut(..vma.start).next_back()
            && before.continues_in(&vma)
        {
            before.end = vma.end;
            before.flags |= vma.flags;
            if vma.has_private_pages() {
                before.note_private_page();
            }
            on_merge(&vma);
            return;
        }
        self.areas.insert(vma.start, vma);
    }

    /// Changes the flags of all areas alike.
    pub fn each_flags(&mut self, mut change: impl FnMut(&mut VmFlags)) {
        self.areas.values_mut().for_each(|vma| change(&mut vma.flags));
    }

    /// Puts a new area in as it is (fork: the child's areas are those of the parent).
    pub fn insert_unmerged(&mut self, vma: Vma) {
        self.areas.insert(vma.start, vma);
    }

    /// Gives the area that is exactly `range` new flags, unless it would then continue, or be continued by, a
    /// neighbour: then nothing is done and the answer is false.
    pub fn reflag(&mut self, range: &Range<u64>, flags: VmFlags) -> bool {
        let mut near = self.areas.range_mut(..=range.start).rev();
        let Some((_, vma)) = near.next().filter(|(_, vma)| vma.range() == *range) else { return false };
        let old = core::mem::replace(&mut vma.flags, flags);
        let merges = near.next().is_some_and(|(_, before)| before.continues_in(vma));
        if merges || self.continues_behind(range) {
            if let Some(vma) = self.areas.get_mut(&range.start) {
                vma.flags = old;
            }
            return false;
        }
        true
    }

    /// Whether the area that begins at `range.start` goes on in the one behind it.
    fn continues_behind(&self, range: &Range<u64>) -> bool {
        let mut from = self.areas.range(range.start..);
        match (from.next(), from.next()) {
            (Some((_, vma)), Some((_, next))) => vma.continues_in(next),
            _ => false,
        }
    }

    /// Splits the area that `addr` lies strictly inside of; returns its back part.
    pub fn split_at(&mut self, addr: u64) -> Option<&Vma> {
        let (_, vma) = self.areas.range_mut(..addr).next_back()?;
        if addr >= vma.end {
            return None;
        }
        let back = vma.split_off(addr);
        Some(self.areas.entry(addr).or_insert(back))
    }

    /// Takes out the area that begins at `start`.
    pub fn remove(&mut self, start: u64) -> Option<Vma> {
        let vma = self.areas.remove(&start)?;
        self.note_freed(vma.range());
        Some(vma)
    }

    /// How many areas would have to be cut in two at the borders of `range`.
    pub fn cuts(&self, range: &Range<u64>) -> usize {
        let inside = |addr: u64| self.find(addr).is_some_and(|vma| vma.start < addr);
        usize::from(inside(range.start)) + usize::from(inside(range.end))
    }

    /// Makes the start of the area at `start` lower: a stack grows.
    pub fn grow_down(&mut self, start: u64, new_start: u64) {
        if let Some(mut vma) = self.areas.remove(&start) {
            vma.start = new_start;
            self.areas.insert(new_start, vma);
        }
    }

    /// Where an area that grows down must keep others away.
    fn guarded_start(vma: &Vma) -> u64 {
        if vma.flags.contains(VmFlags::GROWSDOWN) {
            vma.start.saturating_sub(STACK_GUARD_GAP)
        } else {
            vma.start
        }
    }

    /// Whether `len` bytes at `addr` are free, including the gap below a stack.
    pub fn is_free_for(&self, addr: u64, len: u64) -> bool {
        self.find_above(addr).is_none_or(|vma| addr + len <= Self::guarded_start(vma))
    }

    /// The highest place for `len` bytes below `top` and not below `bottom`.
    pub fn find_gap_down(&mut self, len: u64, bottom: u64, top: u64) -> Option<u64> {
        let skip = self.skip_top == top && len >= self.skip_len && self.skip_from <= top;
        let mut gap_end = if skip { self.skip_from } else { top };
        if let Some(vma) = self.find(gap_end.saturating_sub(1)) {
            gap_end = gap_end.min(Self::guarded_start(vma));
        } else if let Some(vma) = self.areas.range(gap_end..).next().map(|(_, vma)| vma) {
            gap_end = gap_end.min(Self::guarded_start(vma));
        }
        let mut found = None;
        for (_, vma) in self.areas.range(..gap_end).rev() {
            if vma.end < gap_end && gap_end - vma.end >= len {
                found = Some(gap_end);
                break;
            }
            gap_end = gap_end.min(Self::guarded_start(vma));
            if gap_end < bottom {
                return None;
            }
        }
        let gap_end = found.unwrap_or(gap_end);
        let addr = gap_end.checked_sub(len).filter(|addr| *addr >= bottom)?;
        (self.skip_from, self.skip_len, self.skip_top) = (gap_end, len, top);
        Some(addr)
    }

    /// The lowest place for `len` bytes from `bottom` on and below `top`.
    pub fn find_gap_up(&self, len: u64, bottom: u64, top: u64) -> Option<u64> {
        let mut addr = bottom;
        loop {
            if addr.checked_add(len)? > top {
                return None;
            }
            match self.find_above(addr) {
                Some(vma) if addr + len > Self::guarded_start(vma) => addr = vma.end,
                _ => return Some(addr),
            }
        }
    }

    /// A gap came into being or grew: the search must look there again if it is large enough.
    fn note_freed(&mut self, range: Range<u64>) {
        if range.end < self.skip_from.saturating_sub(STACK_GUARD_GAP) {
            return;
        }
        let above = self.areas.range(range.start..).next().map_or(self.skip_top, |(start, _)| *start);
        let below = self.find_below(range.start).map_or(0, |vma| vma.end);
        if above.saturating_sub(below) >= self.skip_len {
            self.skip_from = self.skip_from.max(above.min(self.skip_top));
        }
    }

    /// Checks the invariants; for tests.
    #[cfg(test)]
    pub fn check(&self) {
        let mut last: Option<&Vma> = None;
        for (start, vma) in &self.areas {
            assert_eq!(*start, vma.start);
            assert!(vma.start < vma.end && vma.start % PAGE == 0 && vma.end % PAGE == 0);
            assert!(last.is_none_or(|last| last.end <= vma.start));
            last = Some(vma);
        }
    }
}

/// Rounds up to a page; none on overflow.
#[inline(always)]
pub(crate) fn page_align(addr: u64) -> Option<u64> {
    addr.checked_add(PAGE - 1).map(|addr| addr & !(PAGE - 1))
}

#[cfg(test)]
#[path = "vma_tree_tests.rs"]
mod tests;
