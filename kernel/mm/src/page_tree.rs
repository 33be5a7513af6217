//! The index of a file's cached pages: a radix tree of 64-way nodes that grows upwards with the file.
//!
//! A file of up to 64 pages is a single leaf, so that a look-up is one array access. Nodes are handed in
//! from outside ([`Spare`]): the tree is changed under a spin lock, the memory comes from before it.

use alloc::boxed::Box;
use alloc::vec::Vec;

const BITS: u32 = 6;
const WAYS: usize = 1 << BITS;

struct Leaf<P> {
    pages: [Option<P>; WAYS],
    used: u32,
    /// One bit a page that has to be written back.
    dirty: u64,
}

struct Branch<P> {
    children: [Node<P>; WAYS],
    used: u32,
}

enum Node<P> {
    Empty,
    Leaf(Box<Leaf<P>>),
    Branch(Box<Branch<P>>),
}

/// Nodes allocated ahead of an insertion.
#[allow(clippy::vec_box, reason = "a node goes into the tree as the box that it is")]
pub(crate) struct Spare<P> {
    leaf: Option<Box<Leaf<P>>>,
    branches: Vec<Box<Branch<P>>>,
}

impl<P> Spare<P> {
    pub const fn empty() -> Self {
        Self { leaf: None, branches: Vec::new() }
    }

    /// Makes sure that it has a leaf and `branches` branches.
    pub fn fill(&mut self, branches: usize) {
        self.leaf.get_or_insert_with(|| {
            Box::new(Leaf { pages: core::array::from_fn(|_| None), used: 0, dirty: 0 })
        });
        while self.branches.len() < branches {
            self.branches.push(Box::new(Branch { children: core::array::from_fn(|_| Node::Empty), used: 0 }));
        }
    }
}

/// Why an insertion did not happen; the page comes back.
pub(crate) enum Refused<P> {
    /// There is a page already.
    Occupied(P),
    /// More nodes are needed: a leaf and that many branches.
    NeedNodes(P, usize),
}

/// The tree. `P` is the page handle.
pub(crate) struct PageTree<P> {
    root: Node<P>,
    /// Levels of branches above the leaves.
    height: u32,
    len: u64,
}

#[inline]
fn slot(index: u64, level: u32) -> usize {
    ((index >> (BITS * level)) as usize) & (WAYS - 1)
}

impl<P: Clone> PageTree<P> {
    pub const fn new() -> Self {
        Self { root: Node::Empty, height: 0, len: 0 }
    }

    /// How many pages it holds.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether `index` lies within what the present height reaches.
    #[inline]
    fn covers(&self, index: u64) -> bool {
        let bits = BITS * (self.height + 1);
        bits >= 64 || index >> bits == 0
    }

    #[inline]
    fn leaf(&self, index: u64) -> Option<&Leaf<P>> {
        if !self.covers(index) {
            return None;
        }
        let mut node = &self.root;
        let mut level = self.height;
        loop {
            match node {
                Node::Empty => return None,
                Node::Leaf(leaf) => return Some(leaf),
                Node::Branch(branch) => node = branch.children.get(slot(index, level))?,
            }
            level = level.saturating_sub(1);
        }
    }

    #[inline]
    fn leaf_mut(&mut self, index: u64) -> Option<&mut Leaf<P>> {
        if !self.covers(index) {
            return None;
        }
        let mut node = &mut self.root;
        let mut level = self.height;
        loop {
            match node {
                Node::Empty => return None,
                Node::Leaf(leaf) => return Some(leaf),
                Node::Branch(branch) => node = branch.children.get_mut(slot(index, level))?,
            }
            level = level.saturating_sub(1);
        }
    }

    /// The page at `index`.
    #[inline]
    pub fn get(&self, index: u64) -> Option<P> {
        self.leaf(index)?.pages.get(slot(index, 0))?.clone()
    }

    /// Calls `found` for the pages from `first` on, `count` at most; one walk for each leaf.
    #[inline]
    pub fn for_range(&self, first: u64, count: u64, mut found: impl FnMut(u64, &P)) {
        let end = first.saturating_add(count);
        let mut index = first;
        while index < end {
            let leaf_end = (index | (WAYS as u64 - 1)).saturating_add(1).min(end);
            if let Some(leaf) = self.leaf(index) {
                let pages = leaf.pages.iter().skip(slot(index, 0)).take((leaf_end - index) as usize);
                for (page, i) in pages.zip(index..) {
                    if let Some(page) = page {
                        found(i, page);
                    }
                }
            }
            index = leaf_end;
        }
    }

    /// Puts a page where none is.
    pub fn insert(&mut self, index: u64, page: P, spare: &mut Spare<P>) -> Result<(), Refused<P>> {
        if let Some(leaf) = self.leaf_mut(index) {
            let Some(entry) = leaf.pages.get_mut(slot(index, 0)) else { return Err(Refused::Occupied(page)) };
            if entry.is_some() {
                return Err(Refused::Occupied(page));
            }
            *entry = Some(page);
            leaf.used += 1;
            self.len += 1;
            return Ok(());
        }
        let mut wanted = self.height;
        while wanted * BITS + BITS < 64 && index >> (BITS * (wanted + 1)) != 0 {
            wanted += 1;
        }
        // The branches that raise the root, and those on the way down to the leaf, at the very most.
        let branches = (wanted - self.height + wanted) as usize;
        if spare.leaf.is_none() || spare.branches.len() < branches {
            return Err(Refused::NeedNodes(page, branches));
        }
        self.raise(wanted, spare);
        let mut node = &mut self.root;
        let mut level = self.height;
        while level > 0 {
            if matches!(node, Node::Empty) {
                match spare.branches.pop() {
                    Some(branch) => *node = Node::Branch(branch),
                    None => return Err(Refused::NeedNodes(page, branches)),
                }
            }
            let Node::Branch(branch) = node else { return Err(Refused::Occupied(page)) };
            let Some(child) = branch.children.get_mut(slot(index, level)) else {
                return Err(Refused::Occupied(page));
            };
            if matches!(child, Node::Empty) {
                branch.used += 1;
            }
            node = child;
            level -= 1;
        }
        let Some(mut leaf) = spare.leaf.take() else { return Err(Refused::NeedNodes(page, branches)) };
        if let Some(entry) = leaf.pages.get_mut(slot(index, 0)) {
            *entry = Some(page);
        }
        leaf.used = 1;
        self.len += 1;
        *node = Node::Leaf(leaf);
        Ok(())
    }

    fn raise(&mut self, wanted: u32, spare: &mut Spare<P>) {
        if matches!(self.root, Node::Empty) {
            self.height = wanted;
        }
        while self.height < wanted {
            let Some(mut branch) = spare.branches.pop() else { return };
            if let Some(child) = branch.children.first_mut() {
                *child = core::mem::replace(&mut self.root, Node::Empty);
                branch.used = 1;
            }
            self.root = Node::Branch(branch);
            self.height += 1;
        }
    }

    /// Takes out pages of `first..=last` and hands them to `out`, at most `limit`. Returns the index to
    /// go on from, or none when nothing is left.
    pub fn remove_range(&mut self, first: u64, last: u64, limit: usize, out: &mut Vec<P>) -> Option<u64> {
        let mut next = first;
        let mut left = limit;
        while left > 0 {
            let index = self.next_index(next).filter(|index| *index <= last)?;
            let removed = remove(&mut self.root, self.height, index, last, left, &mut |page| out.push(page));
            self.len -= removed as u64;
            left -= removed.min(left);
            next = index;
        }
        if matches!(self.root, Node::Empty) {
            self.height = 0;
        }
        Some(next)
    }

    /// Looks at up to `scan` pages from `from` on and drops the clean ones that `idle` says nobody needs. How many,
    /// and where to go on; none at the end.
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
            let at = slot(index, 0);
            let is_idle = self.leaf(index).is_some_and(|leaf| {
                leaf.dirty & (1 << at) == 0
                    && leaf.pages.get(at).and_then(Option::as_ref).is_some_and(&mut idle)
            });
            if is_idle {
                dropped += remove(&mut self.root, self.height, index, index, 1, &mut drop);
            }
            next = index.checked_add(1);
        }
        self.len -= dropped as u64;
        if matches!(self.root, Node::Empty) {
            self.height = 0;
        }
        (dropped, next)
    }

    /// The first index at or after `from` that has a page.
    pub fn next_index(&self, from: u64) -> Option<u64> {
        if !self.covers(from) {
            return None;
        }
        next_in(&self.root, self.height, from, |leaf| {
            leaf.pages
                .iter()
                .enumerate()
                .fold(0u64, |mask, (i, page)| mask | (u64::from(page.is_some()) << i))
        })
    }

    /// The first index at or after `from` whose page is dirty.
    pub fn next_dirty(&self, from: u64) -> Option<u64> {
        if !self.covers(from) {
            return None;
        }
        next_in(&self.root, self.height, from, |leaf| leaf.dirty)
    }

    /// Marks the page at `index` dirty or clean; returns what it was. False where there is no page.
    #[inline]
    pub fn set_dirty(&mut self, index: u64, dirty: bool) -> bool {
        let Some(leaf) = self.leaf_mut(index) else { return false };
        let bit = 1u64 << slot(index, 0);
        if leaf.pages.get(slot(index, 0)).is_none_or(Option::is_none) {
            return false;
        }
        let was = leaf.dirty & bit != 0;
        if dirty {
            leaf.dirty |= bit;
        } else {
            leaf.dirty &= !bit;
        }
        was
    }
}

/// Finds the first marked index at or after `from` below `node`; `level` 0 are the leaves.
fn next_in<P>(node: &Node<P>, level: u32, from: u64, marks: impl Fn(&Leaf<P>) -> u64 + Copy) -> Option<u64> {
    match node {
        Node::Empty => None,
        Node::Leaf(leaf) => {
            let rest = marks(leaf) & (u64::MAX << slot(from, 0));
            (rest != 0).then(|| (from & !(WAYS as u64 - 1)) + u64::from(rest.trailing_zeros()))
        }
        Node::Branch(branch) => {
            let start = slot(from, level);
            let span = 1u64 << (BITS * level);
            let base = if BITS * (level + 1) >= 64 { 0 } else { from & !((span << BITS) - 1) };
            for (i, child) in branch.children.iter().enumerate().skip(start) {
                let from = if i == start { from } else { base + i as u64 * span };
                if let Some(found) = next_in(child, level.saturating_sub(1), from, marks) {
                    return Some(found);
                }
            }
            None
        }
    }
}

/// Takes pages out of the one leaf that holds `index`; empty nodes go away. Returns how many.
fn remove<P>(
    node: &mut Node<P>,
    level: u32,
    index: u64,
    last: u64,
    limit: usize,
    out: &mut dyn FnMut(P),
) -> usize {
    match node {
        Node::Empty => 0,
        Node::Leaf(leaf) => {
            let start = slot(index, 0);
            let base = index & !(WAYS as u64 - 1);
            let mut removed = 0;
            for (i, entry) in leaf.pages.iter_mut().enumerate().skip(start) {
                if removed == limit || base + i as u64 > last {
                    break;
                }
                if let Some(page) = entry.take() {
                    leaf.dirty &= !(1 << i);
                    removed += 1;
                    out(page);
                }
            }
            leaf.used -= removed as u32;
            if leaf.used == 0 {
                *node = Node::Empty;
            }
            removed
        }
        Node::Branch(branch) => {
            let Some(child) = branch.children.get_mut(slot(index, level)) else { return 0 };
            let removed = remove(child, level.saturating_sub(1), index, last, limit, out);
            if matches!(child, Node::Empty) {
                branch.used -= 1;
                if branch.used == 0 {
                    *node = Node::Empty;
                }
            }
            removed
        }
    }
}

#[cfg(test)]
#[path = "page_tree_tests.rs"]
mod tests;
