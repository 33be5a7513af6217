//! A growing array of counted handles with a mark for each: looked up without locks, changed under one.
//!
//! A radix tree of 64-way nodes that grows upwards with the largest index. Up to 64 entries it is a single node, so
//! that a look-up is one array access. Readers walk under RCU: nodes that have become empty are freed after a
//! grace period. The handles themselves are not kept for one ([`Handle`] says how they are taken).
//!
//! Nodes are handed in from outside ([`Spare`]): the tree is changed under a spin lock, the memory comes from before it.
//!
//! Marks ("must be written back") are set without the lock, too. Who sets one holds the handle that it is about, so
//! that [`RadixGuard::drop_idle`] never takes out what is about to be marked. A mark whose handle went meanwhile means nothing.

mod node;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use crate::handle::{Handle, HandleSlot};
use crate::rank::Rank;
use crate::rcu::{self, RcuGuard};
use crate::spin::{SpinGuard, SpinLock};
use node::{BITS, Node, WAYS, position};

/// Nodes allocated ahead of an insertion.
#[allow(clippy::vec_box, reason = "a node goes into the tree as the box that it is")]
pub struct Spare<P: Handle>(Vec<Box<Node<P>>>);

impl<P: Handle + 'static> Spare<P> {
    /// None yet.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Makes sure that it has `nodes`.
    pub fn fill(&mut self, nodes: usize) {
        while self.0.len() < nodes {
            self.0.push(Box::new(Node::empty()));
        }
    }
}

/// Why an insertion did not happen; the handle comes back.
pub enum Refused<P> {
    /// There is one already.
    Occupied(P),
    /// So many nodes are needed.
    NeedNodes(P, usize),
}

/// The tree.
pub struct RadixTree<P: Handle + 'static> {
    root: AtomicPtr<Node<P>>,
    len: AtomicU64,
    changing: SpinLock<()>,
}

// SAFETY: nodes are reached through atomics only, and changed with the lock held; handles are Send and Sync.
unsafe impl<P: Handle + 'static> Send for RadixTree<P> {}
// SAFETY: as above.
unsafe impl<P: Handle + 'static> Sync for RadixTree<P> {}

impl<P: Handle + 'static> RadixTree<P> {
    /// An empty tree, whose lock has this rank.
    pub const fn new(rank: Rank) -> Self {
        Self {
            root: AtomicPtr::new(ptr::null_mut()),
            len: AtomicU64::new(0),
            changing: SpinLock::new(rank, ()),
        }
    }

    /// How many handles it holds.
    #[inline]
    pub fn len(&self) -> u64 {
        self.len.load(Ordering::Relaxed)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lowest node for `index`, if there is one.
    #[inline(always)]
    fn leaf<'g>(&'g self, index: u64, _guard: &'g RcuGuard) -> Option<&'g Node<P>> {
        // SAFETY: nodes that a reader can reach are freed after a grace period, hence after `_guard`, or with the tree.
        let mut node = unsafe { self.root.load(Ordering::Acquire).as_ref() }?;
        if !node.covers(index) {
            return None;
        }
        while node.shift() != 0 {
            // SAFETY: as above.
            node = unsafe { node.child(position(index, node.shift()))?.as_ref() };
        }
        Some(node)
    }

    /// The handle at `index`.
    #[inline(always)]
    pub fn get(&self, index: u64) -> Option<P> {
        let guard = rcu::read();
        self.leaf(index, &guard)?.slot(position(index, 0))?.get()
    }

    /// Calls `found` for the handles from `first` on, among `count` indices; one walk for each node.
    #[inline]
    pub fn for_range(&self, first: u64, count: u64, mut found: impl FnMut(u64, P)) {
        let guard = rcu::read();
        let end = first.saturating_add(count);
        let mut index = first;
        while index < end {
            let leaf_end = (index | (WAYS as u64 - 1)).saturating_add(1).min(end);
            if let Some(slots) = self.leaf(index, &guard).and_then(Node::slots) {
                let slots = slots.iter().skip(position(index, 0)).take((leaf_end - index) as usize);
                for (slot, i) in slots.zip(index..) {
                    if let Some(handle) = slot.get() {
                        found(i, handle);
                    }
                }
            }
            index = leaf_end;
        }
    }

    /// Marks what is at `index`; the caller has a handle of it.
    #[inline]
    pub fn mark(&self, index: u64) {
        let guard = rcu::read();
        if let Some(leaf) = self.leaf(index, &guard) {
            leaf.mark(position(index, 0));
        }
    }

    /// Whether what is at `index` is marked.
    pub fn is_marked(&self, index: u64) -> bool {
        let guard = rcu::read();
        self.leaf(index, &guard).is_some_and(|leaf| leaf.marks() & (1 << position(index, 0)) != 0)
    }

    /// The lock, for changes.
    #[inline]
    pub fn lock(&self) -> RadixGuard<'_, P> {
        RadixGuard { tree: self, _lock: self.changing.lock() }
    }

    /// The lock, if nobody has it.
    #[inline]
    pub fn try_lock(&self) -> Option<RadixGuard<'_, P>> {
        Some(RadixGuard { tree: self, _lock: self.changing.try_lock()? })
    }
}

impl<P: Handle + 'static> Drop for RadixTree<P> {
    fn drop(&mut self) {
        // SAFETY: nobody else has the tree any more; its nodes came from boxes and belong to it alone.
        unsafe { node::free(*self.root.get_mut()) };
    }
}

/// The tree with its lock held.
pub struct RadixGuard<'a, P: Handle + 'static> {
    tree: &'a RadixTree<P>,
    _lock: SpinGuard<'a, ()>,
}

impl<P: Handle + 'static> RadixGuard<'_, P> {
    #[inline(always)]
    fn root(&self) -> *mut Node<P> {
        self.tree.root.load(Ordering::Relaxed)
    }

    fn root_ref(&self) -> Option<&Node<P>> {
        // SAFETY: nodes are taken out with the lock held, by `&mut self`.
        unsafe { self.root().as_ref() }
    }

    #[inline]
    fn leaf(&self, index: u64) -> Option<&Node<P>> {
        let mut node = self.root_ref().filter(|root| root.covers(index))?;
        while node.shift() != 0 {
            // SAFETY: as in `root_ref`.
            node = unsafe { node.child(position(index, node.shift()))?.as_ref() };
        }
        Some(node)
    }

    /// The handle at `index`.
    pub fn get(&self, index: u64) -> Option<P> {
        self.leaf(index)?.slot(position(index, 0))?.get()
    }

    /// Puts a handle where none is, unmarked.
    pub fn insert(&mut self, index: u64, handle: P, spare: &mut Spare<P>) -> Result<(), Refused<P>> {
        if self.leaf(index).is_none() {
            let nodes = self.nodes_at_most(index);
            if spare.0.len() < nodes {
                return Err(Refused::NeedNodes(handle, nodes));
            }
            self.grow(index, spare);
        }
        let at = position(index, 0);
        match self.leaf(index).and_then(|leaf| Some((leaf, leaf.slot(at)?))) {
            Some((leaf, slot)) if slot.is_empty() => {
                leaf.unmark(at);
                slot.set(handle);
                leaf.count(1);
                self.tree.len.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            _ => Err(Refused::Occupied(handle)),
        }
    }

    /// How many nodes a new leaf for `index` takes: those that raise the root, and those on the way down to
    /// it, at the very most.
    fn nodes_at_most(&self, index: u64) -> usize {
        let height = self.root_ref().map_or(0, |root| root.shift()) / BITS;
        let wanted = (node::shift_for(index) / BITS).max(height);
        (wanted - height + wanted + 1) as usize
    }

    /// Makes the leaf for `index` out of `spare`, which has enough.
    fn grow(&mut self, index: u64, spare: &mut Spare<P>) {
        let wanted = node::shift_for(index);
        let mut take = |shift| spare.0.pop().map(|node| Node::at(node, shift));
        match self.root_ref() {
            None => {
                let Some(root) = take(wanted) else { return };
                self.tree.root.store(Box::into_raw(root), Ordering::Release);
            }
            Some(_) => {
                while self.root_ref().is_some_and(|root| root.shift() < wanted) {
                    let Some(above) = self.root_ref().and_then(|root| take(root.shift() + BITS)) else {
                        return;
                    };
                    above.set_child(0, self.root());
                    self.tree.root.store(Box::into_raw(above), Ordering::Release);
                }
            }
        }
        let Some(mut node) = self.root_ref() else { return };
        while node.shift() != 0 {
            let at = position(index, node.shift());
            if node.child(at).is_none() {
                let Some(below) = take(node.shift() - BITS) else { return };
                node.set_child(at, Box::into_raw(below));
            }
            let Some(child) = node.child(at) else { return };
            // SAFETY: as in `root_ref`.
            node = unsafe { child.as_ref() };
        }
    }

    /// Takes out the handles of `first..=last` and gives them to `out`, at most `limit`. Returns the index to
    /// go on from, or none when nothing is left. Nodes that become empty go, too.
    pub fn remove_range(&mut self, first: u64, last: u64, limit: usize, out: &mut Vec<P>) -> Option<u64> {
        let (mut next, mut left) = (first, limit);
        while left > 0 {
            let index = self.next_index(next).filter(|index| *index <= last)?;
            let leaf = self.leaf(index)?;
            let base = index & !(WAYS as u64 - 1);
            let mut removed = 0;
            for at in position(index, 0)..WAYS {
                if removed == left || base + at as u64 > last {
                    break;
                }
                if let Some(handle) = leaf.slot(at).and_then(HandleSlot::take) {
                    leaf.unmark(at);
                    removed += 1;
                    out.push(handle);
                }
            }
            leaf.count(-(removed as i32));
            if leaf.used() == 0 {
                self.cut(base);
            }
            self.tree.len.fetch_sub(removed as u64, Ordering::Relaxed);
            left -= removed;
            next = index;
        }
        Some(next)
    }

    /// Takes the empty leaf for `index` out, and what becomes empty above it.
    fn cut(&mut self, index: u64) {
        let Some(root) = self.root_ref() else { return };
        // The lowest node that keeps something else.
        let (mut keeper, mut node) = (None, root);
        while node.shift() != 0 {
            let at = position(index, node.shift());
            if node.used() > 1 {
                keeper = Some((node, at));
            }
            let Some(child) = node.child(at) else { return };
            // SAFETY: as in `root_ref`.
            node = unsafe { child.as_ref() };
        }
        let gone = match keeper {
            Some((node, at)) => node.take_child(at),
            None => self.tree.root.swap(ptr::null_mut(), Ordering::AcqRel),
        };
        node::defer_free(gone);
    }

    /// Looks at up to `scan` handles from `from` on and drops those that are not marked, that `idle` does not want kept,
    /// and that nobody else holds. How many, and where to go on; none at the end. Nodes stay: this may run where
    /// no memory is to be had, and RCU needs some. [`Self::prune`] takes the empty ones later.
    pub fn drop_idle(
        &mut self,
        from: u64,
        scan: usize,
        mut idle: impl FnMut(&P) -> bool,
    ) -> (usize, Option<u64>) {
        let (mut dropped, mut next) = (0, Some(from));
        for _ in 0..scan {
            next = next.and_then(|from| self.next_index(from));
            let Some(index) = next else { break };
            let at = position(index, 0);
            if let Some(leaf) = self.leaf(index)
                && let Some(slot) = leaf.slot(at)
            {
                let clean = || leaf.marks() & (1 << at) == 0;
                if let Some(handle) = slot.take_idle(|handle| clean() && idle(handle), clean) {
                    leaf.count(-1);
                    dropped += 1;
                    drop(handle);
                }
            }
            next = index.checked_add(1);
        }
        self.tree.len.fetch_sub(dropped as u64, Ordering::Relaxed);
        (dropped, next)
    }

    /// Frees nodes in which nothing is. The caller may allocate.
    pub fn prune(&mut self) {
        let mut from = Some(0);
        while let Some(start) = from {
            let empty = self.next(start, |leaf| u64::from(leaf.used() == 0));
            if let Some(index) = empty {
                self.cut(index);
            }
            from = empty.and_then(|index| index.checked_add(WAYS as u64));
        }
    }

    /// The first index at or after `from` that `bits` has a bit for.
    fn next(&self, from: u64, bits: impl Fn(&Node<P>) -> u64) -> Option<u64> {
        node::next_in(self.root_ref().filter(|root| root.covers(from))?, from, &bits)
    }

    /// The first index at or after `from` that has a handle.
    pub fn next_index(&self, from: u64) -> Option<u64> {
        self.next(from, Node::present)
    }

    /// The first index at or after `from` that is marked.
    pub fn next_marked(&self, from: u64) -> Option<u64> {
        self.next(from, |leaf| leaf.present() & leaf.marks())
    }

    /// Takes the mark of what is at `index` away; whether it had one.
    pub fn unmark(&mut self, index: u64) -> bool {
        self.leaf(index).is_some_and(|leaf| leaf.unmark(position(index, 0)))
    }
}

#[cfg(test)]
#[path = "radix/tests.rs"]
mod tests;
