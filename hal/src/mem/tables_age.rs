//! What entries note of their use, taken back so that it is noted anew.

use super::*;
use crate::mem::{PageFlag, Use};

impl PageTable {
    /// Takes back what the entries of `range` note of use `of`. Who would have the next one noted must not be able to
    /// write: so for `Written` entries become read-only.
    pub fn forget_use(&mut self, range: Range<u64>, of: Use, batch: &mut FlushBatch) {
        let mut forget = |addr: u64, slot: &AtomicU64| {
            let old = slot.load(Ordering::Relaxed);
            if old & MAPPED == 0 {
                return;
            }
            let bits = match of {
                Use::Accessed => ACCESSED,
                Use::Written => SOFT_DIRTY | WRITE,
            };
            if of == Use::Accessed && old & HUGE == 0 {
                share_page(old).clear(PageFlag::Accessed);
            }
            if old & bits != 0 {
                slot.fetch_and(!bits, Ordering::AcqRel);
                batch.touch(addr);
            }
        };
        let mut addr = range.start;
        while addr < range.end {
            let part = in_one_table(&(addr..range.end));
            addr = part.end;
            match self.below(part.start) {
                Below::Table(leaf) => entries(leaf, part).for_each(|(addr, slot)| forget(addr, slot)),
                Below::Huge(_, slot) => forget(part.start, slot),
                Below::Hole(next) => addr = next.min(range.end),
            }
        }
    }

    /// The first address from `addr` on that may be mapped: large holes are passed over.
    pub fn skip_hole(&self, addr: u64) -> u64 {
        let mut addr = addr;
        while let Below::Hole(next) = self.below(addr) {
            addr = next;
            if addr >= task_size_max() {
                break;
            }
        }
        addr
    }
}
