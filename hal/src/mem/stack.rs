//! Kernel stacks: four pages, above an unmapped guard page, so that running over the end is a fault
//! and not somebody else's data. Stacks of ended threads are kept mapped for the next ones.

use alloc::vec::Vec;

use sync::{IrqSpinLock, rank};

use super::{KERNEL_AREA, PAGE_SIZE, PageRef, kernel_map};

/// Bytes of a kernel stack.
pub const STACK_SIZE: usize = 4 * PAGE_SIZE;
/// Address space between the starts of two stacks.
const SLOT: u64 = 2 * STACK_SIZE as u64;

struct Slots {
    /// Slots that were mapped once and are free now.
    free: Vec<u32>,
    /// Slots beyond this one were never used.
    next: u32,
}

static SLOTS: IrqSpinLock<Slots> = IrqSpinLock::new(rank::KERNEL_AREA, Slots { free: Vec::new(), next: 0 });

/// A kernel stack.
pub struct KernelStack {
    slot: u32,
}

impl KernelStack {
    /// A stack with whatever its last user left on it. None without memory.
    pub fn new() -> Option<Self> {
        let mut slots = SLOTS.lock();
        if let Some(slot) = slots.free.pop() {
            return Some(Self { slot });
        }
        let slot = slots.next;
        slots.next += 1;
        // Room to take it back, so that giving a stack back never allocates.
        let capacity = slots.next as usize;
        let missing = capacity.saturating_sub(slots.free.len());
        drop(slots);
        let stack = Self { slot };
        for page in 0..(STACK_SIZE / PAGE_SIZE) as u64 {
            let addr = stack.bottom() + page * PAGE_SIZE as u64;
            if PageRef::alloc().and_then(|page| kernel_map::map_page(addr, page)).is_none() {
                // The slot and what is mapped of it stay unused: memory is out anyway.
                core::mem::forget(stack);
                return None;
            }
        }
        reserve(missing);
        Some(stack)
    }

    fn bottom(&self) -> u64 {
        KERNEL_AREA + u64::from(self.slot) * SLOT + (SLOT - STACK_SIZE as u64)
    }

    /// The address behind the last byte; a stack grows down from it.
    pub fn top(&self) -> u64 {
        self.bottom() + STACK_SIZE as u64
    }
}

impl Drop for KernelStack {
    fn drop(&mut self) {
        SLOTS.lock().free.push(self.slot);
    }
}

/// Grows the list outside of the lock: an allocation may take other locks.
fn reserve(missing: usize) {
    let mut larger: Vec<u32> = Vec::new();
    if larger.try_reserve(missing.next_power_of_two().max(64)).is_err() {
        return;
    }
    let mut slots = SLOTS.lock();
    if larger.capacity() > slots.free.capacity() {
        larger.extend_from_slice(&slots.free);
        core::mem::swap(&mut slots.free, &mut larger);
    }
    drop(slots);
}
