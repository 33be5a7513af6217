//! Which I/O ports a program may use (SDM vol. 1, 19.5): a bit for each port behind the task-state segment, 0 where it is
//! allowed. A program's I/O privilege level stays 0: iopl(2) opens all ports by the bitmap, too, and leaves the
//! interrupt flag to the kernel.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

/// Ports that there are.
pub const PORTS: usize = 0x1_0000;
pub(crate) const WORDS: usize = PORTS / 64;
/// Of a bitmap that opens all ports.
const ALL_PORTS: u64 = 1;

/// A bitmap and a number that no other content ever had, by which a processor knows what it has loaded.
#[derive(Clone)]
struct IoBitmap {
    words: Box<[u64; WORDS]>,
    generation: u64,
}

fn next_generation() -> u64 {
    static GENERATION: AtomicU64 = AtomicU64::new(ALL_PORTS + 1);
    GENERATION.fetch_add(1, Ordering::Relaxed)
}

/// No memory for a bitmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

impl IoBitmap {
    /// A copy of `words`; without them a bitmap that allows nothing.
    fn new(words: Option<&[u64; WORDS]>) -> Result<Self, OutOfMemory> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(WORDS).map_err(|_| OutOfMemory)?;
        match words {
            Some(words) => copy.extend_from_slice(words),
            None => copy.resize(WORDS, u64::MAX),
        }
        let words = copy.into_boxed_slice().try_into().map_err(|_| OutOfMemory)?;
        Ok(Self { words, generation: next_generation() })
    }

    fn set(&mut self, from: usize, count: usize, allow: bool) {
        for port in from..from + count {
            let bit = 1 << (port % 64);
            let word = &mut self.words[sync::nospec::index(port / 64, WORDS)];
            *word = if allow { *word & !bit } else { *word | bit };
        }
        self.generation = next_generation();
    }

    fn allows_nothing(&self) -> bool {
        self.words.iter().all(|word| *word == u64::MAX)
    }
}

/// What a thread has of it. A child shares its parent's bitmap until one of them changes it.
#[derive(Clone, Default)]
pub(crate) struct IoPermissions {
    bitmap: Option<Arc<IoBitmap>>,
    /// What iopl(2) set.
    pub level: u8,
    /// It has tried to change the interrupt flag.
    pub cli_seen: bool,
}

impl IoPermissions {
    /// Whether the thread may use any port.
    pub fn any(&self) -> bool {
        self.level == 3 || self.bitmap.is_some()
    }

    /// Allows or forbids `count` ports from `from` on, which exist.
    pub fn set(&mut self, from: usize, count: usize, allow: bool) -> Result<(), OutOfMemory> {
        if self.bitmap.is_none() && !allow {
            return Ok(());
        }
        let mut changed = IoBitmap::new(self.bitmap.as_ref().map(|bitmap| &*bitmap.words))?;
        changed.set(from, count, allow);
        self.bitmap = (!changed.allows_nothing()).then(|| Arc::new(changed));
        Ok(())
    }

    /// The words for the processor and their generation; none: no port.
    pub fn words(&self) -> Option<(Option<&[u64; WORDS]>, u64)> {
        match &self.bitmap {
            _ if self.level == 3 => Some((None, ALL_PORTS)),
            bitmap => bitmap.as_ref().map(|bitmap| (Some(&*bitmap.words), bitmap.generation)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_allowed_one_by_one_and_shared_until_changed() {
        let mut parent = IoPermissions::default();
        assert!(!parent.any());
        parent.set(0x80, 2, false).unwrap();
        assert!(parent.words().is_none());
        parent.set(0x7f, 2, true).unwrap();
        parent.set(0xffff, 1, true).unwrap();
        let mut child = parent.clone();
        child.set(0x80, 1, false).unwrap();
        let words = |permissions: &IoPermissions| *permissions.words().unwrap().0.unwrap();
        assert_eq!((words(&parent)[1], words(&parent)[2]), (!(1 << 63), !1));
        assert_eq!((words(&child)[1], words(&child)[2]), (!(1 << 63), u64::MAX));
        assert_eq!(words(&child)[WORDS - 1], !(1 << 63));
        assert_ne!(parent.words().unwrap().1, child.words().unwrap().1);
        child.set(0, PORTS, false).unwrap();
        assert!(!child.any());
        child.level = 3;
        assert_eq!(child.words().unwrap(), (None, ALL_PORTS));
    }
}
