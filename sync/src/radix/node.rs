//! Nodes of a radix tree: 64 handles, or 64 nodes below.

use alloc::boxed::Box;
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use crate::handle::{Handle, HandleSlot};
use crate::rcu;

pub(super) const BITS: u32 = 6;
pub(super) const WAYS: usize = 1 << BITS;

/// What the node has 64 of. All zeros are 64 empty places of either kind.
union Ways<P: Handle> {
    slots: ManuallyDrop<[HandleSlot<P>; WAYS]>,
    children: ManuallyDrop<[AtomicPtr<Node<P>>; WAYS]>,
}

/// A node.
pub(super) struct Node<P: Handle> {
    /// The bits of an index that tell places below it apart: none in a leaf. Fixed before others see the node.
    shift: u32,
    /// Places that are taken; changed with the lock held.
    used: AtomicU32,
    /// One bit for each handle.
    marks: AtomicU64,
    ways: Ways<P>,
}

// SAFETY: handles and nodes may move between threads, and a node owns what is below it.
unsafe impl<P: Handle> Send for Node<P> {}

/// The place of `index` in a node.
#[inline(always)]
pub(super) fn position(index: u64, shift: u32) -> usize {
    (index >> shift) as usize % WAYS
}

/// The shift of the lowest root that reaches `index`.
pub(super) fn shift_for(index: u64) -> u32 {
    let bits = u64::BITS - index.leading_zeros();
    bits.saturating_sub(1) / BITS * BITS
}

impl<P: Handle> Node<P> {
    /// A leaf without handles.
    pub fn empty() -> Self {
        let slots = ManuallyDrop::new(core::array::from_fn(|_| HandleSlot::empty()));
        Self { shift: 0, used: AtomicU32::new(0), marks: AtomicU64::new(0), ways: Ways { slots } }
    }

    /// The empty leaf as an empty node with this shift.
    pub fn at(mut node: Box<Self>, shift: u32) -> Box<Self> {
        node.shift = shift;
        if shift != 0 {
            node.ways =
                Ways { children: ManuallyDrop::new([const { AtomicPtr::new(ptr::null_mut()) }; WAYS]) };
        }
        node
    }

    #[inline(always)]
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// Whether `index` lies below the node as a root.
    #[inline(always)]
    pub fn covers(&self, index: u64) -> bool {
        // In two steps: the highest root reaches beyond 64 bits.
        index >> self.shift < WAYS as u64
    }

    pub fn used(&self) -> u32 {
        self.used.load(Ordering::Relaxed)
    }

    /// Counts places; with the lock held.
    #[inline]
    pub fn count(&self, more: i32) {
        self.used.store(self.used().wrapping_add_signed(more), Ordering::Relaxed);
    }

    /// The handles of a leaf.
    #[inline(always)]
    pub fn slots(&self) -> Option<&[HandleSlot<P>; WAYS]> {
        // SAFETY: a node with shift 0 has handles.
        (self.shift == 0).then(|| unsafe { &*self.ways.slots })
    }

    #[inline(always)]
    pub fn slot(&self, at: usize) -> Option<&HandleSlot<P>> {
        self.slots()?.get(at)
    }

    #[inline(always)]
    fn children(&self) -> Option<&[AtomicPtr<Node<P>>; WAYS]> {
        // SAFETY: a node with another shift has nodes below.
        (self.shift != 0).then(|| unsafe { &*self.ways.children })
    }

    /// The node below at `at`.
    #[inline(always)]
    pub fn child(&self, at: usize) -> Option<NonNull<Self>> {
        NonNull::new(self.children()?.get(at)?.load(Ordering::Acquire))
    }

    /// Hangs a node in; with the lock held.
    pub fn set_child(&self, at: usize, child: *mut Self) {
        if let Some(place) = self.children().and_then(|children| children.get(at)) {
            place.store(child, Ordering::Release);
            self.count(1);
        }
    }

    /// Takes a node out; with the lock held.
    pub fn take_child(&self, at: usize) -> *mut Self {
        let Some(place) = self.children().and_then(|children| children.get(at)) else {
            return ptr::null_mut();
        };
        self.count(-1);
        place.swap(ptr::null_mut(), Ordering::AcqRel)
    }

    pub fn marks(&self) -> u64 {
        self.marks.load(Ordering::Acquire)
    }

    #[inline]
    pub fn mark(&self, at: usize) {
        // Also if it is marked already: what the caller has written comes before, for whoever takes the mark away.
        self.marks.fetch_or(1 << at, Ordering::AcqRel);
    }

    /// Takes a mark away; whether it was there.
    #[inline]
    pub fn unmark(&self, at: usize) -> bool {
        let bit = 1 << at;
        self.marks.load(Ordering::Relaxed) & bit != 0
            && self.marks.fetch_and(!bit, Ordering::AcqRel) & bit != 0
    }

    /// One bit for each handle that is there.
    pub fn present(&self) -> u64 {
        let slots = self.slots().map_or(&[][..], |slots| slots);
        slots.iter().enumerate().fold(0, |mask, (at, slot)| mask | (u64::from(!slot.is_empty()) << at))
    }
}

impl<P: Handle> Drop for Node<P> {
    fn drop(&mut self) {
        if self.shift == 0 {
            // SAFETY: a leaf's handles, dropped once.
            unsafe { ManuallyDrop::drop(&mut self.ways.slots) };
        } else {
            for at in 0..WAYS {
                // SAFETY: the node owns what is below it.
                unsafe { free(self.take_child(at)) };
            }
        }
    }
}

/// Frees a node and what is below it.
///
/// # Safety
/// The pointer, if it is not null, came from a box, and no reader can reach the node.
pub(super) unsafe fn free<P: Handle>(node: *mut Node<P>) {
    if !node.is_null() {
        // SAFETY: the contract of this function.
        drop(unsafe { Box::from_raw(node) });
    }
}

/// Frees a node that has just been taken out of its tree once nobody reads it.
pub(super) fn defer_free<P: Handle + 'static>(node: *mut Node<P>) {
    if !node.is_null() {
        // SAFETY: it came from a box, and nobody else frees it.
        rcu::defer_drop_box(unsafe { Box::from_raw(node) });
    }
}

/// The first index at or after `from` below `node` whose bit is set in what `bits` says of its leaf.
pub(super) fn next_in<P: Handle>(node: &Node<P>, from: u64, bits: &impl Fn(&Node<P>) -> u64) -> Option<u64> {
    if node.shift() == 0 {
        let rest = bits(node) & (u64::MAX << position(from, 0));
        return (rest != 0).then(|| (from & !(WAYS as u64 - 1)) + u64::from(rest.trailing_zeros()));
    }
    let start = position(from, node.shift());
    // Clears the position and all below it; the highest node has no bits above.
    let base = (from >> node.shift() >> BITS).checked_shl(node.shift() + BITS).unwrap_or(0);
    for at in start..WAYS {
        let from = if at == start { from } else { base + ((at as u64) << node.shift()) };
        let Some(child) = node.child(at) else { continue };
        // SAFETY: the caller holds the tree's lock, without which nodes don't go.
        if let Some(found) = next_in(unsafe { child.as_ref() }, from, bits) {
            return Some(found);
        }
    }
    None
}
