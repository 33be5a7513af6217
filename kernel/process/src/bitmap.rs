//! The bitmap that process numbers are taken from.

use alloc::vec::Vec;

/// Numbers below this are not given out again once the counter has wrapped, as on Linux.
const RESERVED: usize = 300;

/// Numbers in use, and where the search goes on. The map grows with the numbers used.
pub struct PidMap {
    words: Vec<u64>,
    last: usize,
}

impl PidMap {
    /// An empty map; the first number given out is 1.
    pub const fn new() -> Self {
        Self { words: Vec::new(), last: 0 }
    }

    /// The next free number above the last one, wrapping below `max`.
    pub fn alloc(&mut self, max: usize) -> Option<i32> {
        let found = self.first_free(self.last + 1, max).or_else(|| {
            let floor = if self.last >= RESERVED { RESERVED } else { 1 };
            self.first_free(floor, max)
        })?;
        self.set(found);
        self.last = found;
        i32::try_from(found).ok()
    }

    /// Takes this number; false if it is in use. The search for the next ones is not moved by it.
    pub fn take(&mut self, pid: i32) -> bool {
        let Ok(pid) = usize::try_from(pid) else { return false };
        let used = self.words.get(pid / 64).is_some_and(|bits| bits >> (pid % 64) & 1 != 0);
        if !used {
            self.set(pid);
        }
        !used
    }

    fn set(&mut self, pid: usize) {
        let word = pid / 64;
        if word >= self.words.len() {
            self.words.resize((word + 1).next_power_of_two(), 0);
        }
        if let Some(bits) = self.words.get_mut(word) {
            *bits |= 1 << (pid % 64);
        }
    }

    /// Marks a number as free.
    pub fn free(&mut self, pid: i32) {
        let Ok(pid) = usize::try_from(pid) else { return };
        if let Some(bits) = self.words.get_mut(pid / 64) {
            *bits &= !(1 << (pid % 64));
        }
    }

    fn first_free(&self, from: usize, max: usize) -> Option<usize> {
        let mut at = from;
        while at < max {
            let Some(bits) = self.words.get(at / 64) else { return Some(at) };
            let free = !bits >> (at % 64);
            if free != 0 {
                let found = at + free.trailing_zeros() as usize;
                return (found < max).then_some(found);
            }
            at = (at / 64 + 1) * 64;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn counts_up_and_wraps_above_the_reserved() {
        let mut map = PidMap::new();
        assert_eq!(map.alloc(1000), Some(1));
        assert_eq!(map.alloc(1000), Some(2));
        map.free(2);
        assert_eq!(map.alloc(1000), Some(3));
        for expected in 4..1000 {
            assert_eq!(map.alloc(1000), Some(expected));
        }
        assert_eq!(map.alloc(1000), None);
        map.free(5);
        assert_eq!(map.alloc(1000), None);
        map.free(301);
        assert_eq!(map.alloc(1000), Some(301));
    }

    proptest! {
        #[test]
        fn never_gives_a_number_twice(frees in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let mut map = PidMap::new();
            let mut used = BTreeSet::new();
            for step in frees {
                if step % 3 == 0 && !used.is_empty() {
                    let index = step as usize % used.len();
                    let victim = *used.iter().nth(index).unwrap();
                    used.remove(&victim);
                    map.free(victim);
                } else if let Some(pid) = map.alloc(400) {
                    prop_assert!(pid > 0 && pid < 400);
                    prop_assert!(used.insert(pid));
                } else {
                    prop_assert!((300..400).all(|pid| used.contains(&pid)));
                }
            }
        }
    }
}
