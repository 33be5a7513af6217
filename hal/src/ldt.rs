//! A program's local descriptor table (modify_ldt(2)). It belongs to an address space and is never changed, only
//! replaced: the processors that have it loaded go over to the new one before the old one is given up.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

#[cfg(target_os = "none")]
use crate::bugs;
use crate::ipi::{self, Barrier};
use crate::mem::MmToken;

/// The most entries.
pub const LDT_ENTRIES: usize = 8192;

/// Where page tables are isolated the heap, where a table is, is not among what a program's have. Each processor has a
/// copy there of the table that it has loaded.
#[cfg(target_os = "none")]
mod isolated {
    use core::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

    use sync::cpu::MAX_CPUS;
    use sync::{SpinLock, rank};

    use super::LDT_ENTRIES;
    use crate::mem::{PAGE_SIZE, frames, isolation};

    /// Frames of a copy, as a power of two.
    const ORDER: usize = 4;
    const SIZE: usize = LDT_ENTRIES * 8;
    const _: () = assert!(SIZE == PAGE_SIZE << ORDER);

    /// A processor's own.
    struct Copy {
        /// Room for the largest table; null until a program asks for one.
        entries: AtomicPtr<AtomicU64>,
        /// How many entries are not 0 for sure.
        used: AtomicUsize,
    }

    static COPIES: [Copy; MAX_CPUS] =
        [const { Copy { entries: AtomicPtr::new(core::ptr::null_mut()), used: AtomicUsize::new(0) } };
            MAX_CPUS];
    static MAKING: SpinLock<()> = SpinLock::new(rank::CONFIG, ());

    /// Makes the room; it stays. None without memory.
    pub(super) fn prepare() -> Option<()> {
        for copy in COPIES.iter().take(crate::cpu::count() as usize) {
            let there = || !copy.entries.load(Ordering::Relaxed).is_null();
            if there() {
                continue;
            }
            let block = frames::alloc_contiguous(ORDER)?;
            let _guard = MAKING.lock();
            if there() {
                continue;
            }
            let block = block.into_raw();
            // SAFETY: the block is this function's own and as large.
            unsafe { block.write_bytes(0, SIZE) };
            isolation::map_direct(block, SIZE)?;
            copy.entries.store(block.cast(), Ordering::Release);
        }
        Some(())
    }

    /// Puts a table into this processor's copy; gives its address. Nothing of the one before stays. Interrupts are off.
    pub(super) fn fill(entries: &[AtomicU64]) -> u64 {
        let own = &COPIES[sync::cpu::id()];
        let to = own.entries.load(Ordering::Acquire);
        let used = own.used.swap(entries.len(), Ordering::Relaxed);
        for nth in 0..used.max(entries.len()) {
            let descriptor = entries.get(nth).map_or(0, |entry| entry.load(Ordering::Relaxed));
            // SAFETY: there is room for the largest table, since a table is only made where there is.
            unsafe { (*to.add(nth)).store(descriptor, Ordering::Relaxed) };
        }
        to as u64
    }
}

/// Descriptors. Atomics, because the processor marks them as accessed.
pub struct Ldt(Vec<AtomicU64>);

impl Ldt {
    /// A table of `len` descriptors: those of `old`, and empty ones. None without memory.
    pub fn copy(old: Option<&Self>, len: usize) -> Option<Self> {
        #[cfg(target_os = "none")]
        if bugs::isolates_page_tables() {
            isolated::prepare()?;
        }
        let mut entries = Vec::new();
        entries.try_reserve_exact(len).ok()?;
        let kept = old.map_or(&[][..], |ldt| &ldt.0[..]);
        entries.extend(
            (0..len)
                .map(|nth| AtomicU64::new(kept.get(nth).map_or(0, |entry| entry.load(Ordering::Relaxed)))),
        );
        Some(Self(entries))
    }

    /// Sets a descriptor of a table that is not in use yet.
    pub fn set(&mut self, index: usize, descriptor: u64) {
        let masked = sync::nospec::index(index, self.0.len());
        if let Some(entry) = self.0.get_mut(masked).filter(|_| index == masked) {
            *entry.get_mut() = descriptor;
        }
    }

    /// The descriptor at `index`; 0 beyond the end.
    pub fn get(&self, index: usize) -> u64 {
        sync::nospec::get_in(&self.0, index).map_or(0, |entry| entry.load(Ordering::Relaxed))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where this processor is to find the descriptors. Interrupts are off.
    #[cfg(target_os = "none")]
    pub(crate) fn address(&self) -> u64 {
        if bugs::isolates_page_tables() { isolated::fill(&self.0) } else { self.0.as_ptr() as u64 }
    }

    /// This processor has loaded none any more. Interrupts are off.
    #[cfg(target_os = "none")]
    pub(crate) fn unloaded() {
        if bugs::isolates_page_tables() {
            isolated::fill(&[]);
        }
    }
}

/// An address space's table, read without a lock by the processors that switch to it.
#[derive(Default)]
pub(crate) struct LdtSlot(AtomicPtr<Ldt>);

impl LdtSlot {
    pub(crate) fn is_set(&self) -> bool {
        !self.0.load(Ordering::Relaxed).is_null()
    }

    /// The table.
    ///
    /// # Safety
    /// It must not be replaced while the reference is used: interrupts are off on a processor that has entered
    /// itself into the address space's set, or the caller keeps writers out.
    pub(crate) unsafe fn get(&self) -> Option<&Ldt> {
        // SAFETY: null or what `Arc::into_raw` gave; alive by the caller's promise.
        unsafe { self.0.load(Ordering::SeqCst).as_ref() }
    }
}

impl Drop for LdtSlot {
    fn drop(&mut self) {
        let old = *self.0.get_mut();
        if !old.is_null() {
            // SAFETY: the slot's own count; the address space is loaded nowhere any more.
            drop(unsafe { Arc::from_raw(old) });
        }
    }
}

impl MmToken {
    /// Calls `f` with the address space's table. The caller keeps those away who would replace it.
    pub fn with_ldt<R>(&self, f: impl FnOnce(Option<&Ldt>) -> R) -> R {
        // SAFETY: the lock that guards the areas of an address space is held by whoever reads and whoever writes.
        f(unsafe { self.0.ldt.get() })
    }

    /// Replaces the table, and waits until no processor uses the old one. The caller keeps others away.
    pub fn set_ldt(&self, ldt: Ldt) {
        let new = Arc::into_raw(Arc::new(ldt)).cast_mut();
        let old = self.0.ldt.0.swap(new, Ordering::SeqCst);
        // Who loads the address space from here on finds the new one; the others are told.
        ipi::barrier(self.processors(), Barrier::Ldt);
        if !old.is_null() {
            // SAFETY: the slot's count of what was in it. No processor has it loaded any more.
            drop(unsafe { Arc::from_raw(old) });
        }
    }
}
