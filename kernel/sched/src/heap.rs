//! A binary heap by a wrapping 64-bit key whose entries can know where they are, so that any of them can be
//! taken out. Keeps its memory: no allocation in the steady state.

use alloc::vec::Vec;

/// The index of an entry that is in no heap.
pub const NOWHERE: u32 = u32::MAX;

/// What a heap holds.
pub trait Entry {
    /// Smaller (in wrapping order) comes out first.
    fn key(&self) -> u64;

    /// Told where the entry is now, and [`NOWHERE`] when it is taken out.
    #[inline(always)]
    fn moved(&self, _index: u32) {}
}

/// The heap.
pub struct Heap<E>(Vec<E>);

impl<E: Entry> Heap<E> {
    /// An empty heap.
    pub const fn new() -> Self {
        Heap(Vec::new())
    }

    /// Number of entries.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is in it.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Room without allocation.
    pub fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// Moves the entries to `bigger` (empty, with more room) and gives the old memory back.
    pub fn replace_storage(&mut self, mut bigger: Vec<E>) -> Vec<E> {
        bigger.append(&mut self.0);
        core::mem::replace(&mut self.0, bigger)
    }

    /// The first entry.
    #[inline]
    pub fn peek(&self) -> Option<&E> {
        self.0.first()
    }

    /// All entries, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.0.iter()
    }

    /// Puts an entry in.
    #[inline]
    pub fn push(&mut self, entry: E) {
        let index = self.0.len();
        entry.moved(index as u32);
        self.0.push(entry);
        if index > 0 {
            self.up(index);
        }
    }

    /// Takes the first entry out.
    #[inline]
    pub fn pop(&mut self) -> Option<E> {
        if self.0.is_empty() { None } else { self.remove(0) }
    }

    /// Takes out the entry at `index`.
    pub fn remove(&mut self, index: usize) -> Option<E> {
        if index >= self.0.len() {
            return None;
        }
        let entry = self.0.swap_remove(index);
        entry.moved(NOWHERE);
        if index < self.0.len() {
            self.0[index].moved(index as u32);
            self.down(index);
            self.up(index);
        }
        Some(entry)
    }

    /// Takes out some entry that `wanted` accepts, preferring early ones.
    pub fn remove_where(&mut self, mut wanted: impl FnMut(&E) -> bool) -> Option<E> {
        let index = self.0.iter().position(&mut wanted)?;
        self.remove(index)
    }

    #[inline]
    fn first_of(&self, a: usize, b: usize) -> bool {
        (self.0[a].key().wrapping_sub(self.0[b].key()) as i64) < 0
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.0.swap(a, b);
        self.0[a].moved(a as u32);
        self.0[b].moved(b as u32);
    }

    fn up(&mut self, mut index: usize) {
        while index > 0 {
            let parent = (index - 1) / 2;
            if !self.first_of(index, parent) {
                break;
            }
            self.swap(index, parent);
            index = parent;
        }
    }

    fn down(&mut self, mut index: usize) {
        loop {
            let left = 2 * index + 1;
            if left >= self.0.len() {
                break;
            }
            let right = left + 1;
            let child = if right < self.0.len() && self.first_of(right, left) { right } else { left };
            if !self.first_of(child, index) {
                break;
            }
            self.swap(child, index);
            index = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    struct Item(u64, Rc<Cell<u32>>);
    impl Entry for Item {
        fn key(&self) -> u64 {
            self.0
        }
        fn moved(&self, index: u32) {
            self.1.set(index);
        }
    }

    /// A small generator, so that a failure repeats.
    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        *seed >> 33
    }

    #[test]
    fn comes_out_in_order_and_knows_its_places() {
        let mut seed = 7;
        for round in 0..50 {
            let mut heap = Heap::new();
            let mut model = Vec::new();
            let base = u64::MAX - 500; // keys wrap
            for _ in 0..200 {
                let key = base.wrapping_add(next(&mut seed) % 1000);
                let place = Rc::new(Cell::new(NOWHERE));
                heap.push(Item(key, place.clone()));
                model.push((key.wrapping_sub(base), place));
            }
            for _ in 0..round {
                let (_, place) = model.swap_remove(next(&mut seed) as usize % model.len());
                assert!(heap.remove(place.get() as usize).is_some());
                assert_eq!(place.get(), NOWHERE);
            }
            for (index, item) in heap.iter().enumerate() {
                assert_eq!(item.1.get() as usize, index);
            }
            model.sort_by_key(|m| m.0);
            for (key, _) in model {
                assert_eq!(heap.pop().map(|i| i.0.wrapping_sub(base)), Some(key));
            }
            assert!(heap.pop().is_none() && heap.is_empty());
        }
    }

    #[test]
    fn any_entry_can_be_taken() {
        let mut heap = Heap::new();
        (0..10).for_each(|k| heap.push(Item(k, Rc::new(Cell::new(0)))));
        assert_eq!(heap.remove_where(|i| i.0 == 7).map(|i| i.0), Some(7));
        assert!(heap.remove_where(|i| i.0 == 7).is_none() && heap.remove(99).is_none());
        assert_eq!(heap.len(), 9);
    }
}
