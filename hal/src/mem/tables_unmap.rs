//! Taking entries and empty tables away.

use super::huge_entries::remove_entry;
use super::*;

/// What unmapping has removed: pages, entries that mapped 2 MiB, tables.
#[derive(Default)]
pub(super) struct Gone {
    pub pages: usize,
    pub huge: usize,
    pub tables: usize,
    pub keep_guards: bool,
}

/// Unmaps below one table that is not a lowest one; true if that left it empty. The first 48 bits' table of the fourth
/// level stays for all that.
pub(super) fn unmap_level(
    phys: u64,
    level: u32,
    range: Range<u64>,
    batch: &mut FlushBatch,
    state: &MmState,
    gone: &mut Gone,
) -> bool {
    let entries = table(phys);
    let used = used(phys);
    let mut left = used.load(Ordering::Relaxed);
    let mut addr = range.start;
    while addr < range.end && left != 0 {
        let end = range.end.min((addr | (span(level) - 1)).wrapping_add(1));
        let slot = &entries[index(addr, level)];
        let mut entry = slot.load(Ordering::Relaxed);
        if entry & HUGE != 0 {
            gone.huge += 1;
            if (addr..end) == whole(addr) {
                remove_entry(phys, slot, addr, batch, state);
                gone.tables += 1;
                gone.pages += ENTRIES;
                left -= 1;
            } else {
                split_entry(phys, slot);
            }
            entry = slot.load(Ordering::Relaxed);
        }
        if entry & PRESENT != 0 {
            let below = entry & ADDRESS;
            let empty = if level == 1 {
                unmap_leaf(below, addr..end, batch, state, gone)
            } else {
                unmap_level(below, level - 1, addr..end, batch, state, gone)
            };
            if empty {
                // The table goes through the batch, too: a processor may hold it in a paging-structure
                // cache until the flush (SDM vol. 3, 4.10.3).
                gone.tables += 1;
                if level == LEVELS - 1 {
                    mirror_top(slot, 0);
                }
                batch.release_table(addr, take_page(slot.swap(0, Ordering::AcqRel)), state);
                left -= 1;
            }
        }
        addr = end;
    }
    used.store(left, Ordering::Relaxed);
    left == 0
}

/// Unmaps pages of a lowest table; true if that left it empty.
fn unmap_leaf(
    phys: u64,
    range: Range<u64>,
    batch: &mut FlushBatch,
    state: &MmState,
    gone: &mut Gone,
) -> bool {
    let used = used(phys);
    let all = used.load(Ordering::Relaxed);
    let (mut left, mut guards) = (all, 0);
    let first = index(range.start, 0);
    let pages = ((range.end - range.start) as usize).div_ceil(PAGE_SIZE);
    for (nth, slot) in table(phys)[first..(first + pages).min(ENTRIES)].iter().enumerate() {
        let entry = slot.load(Ordering::Relaxed);
        if entry & MAPPED != 0 {
            let addr = range.start + (nth * PAGE_SIZE) as u64;
            batch.release(addr, take_page(slot.swap(0, Ordering::AcqRel)), state);
        } else if entry == GUARD && !gone.keep_guards {
            slot.store(0, Ordering::Release);
            guards += 1;
        } else {
            continue;
        }
        left -= 1;
        if left == 0 {
            break;
        }
    }
    gone.pages += (all - left - guards) as usize;
    used.store(left, Ordering::Relaxed);
    left == 0
}
