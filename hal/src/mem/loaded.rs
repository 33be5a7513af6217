//! Which address spaces this processor may have translations of.
//!
//! Every address space counts its flushes (`MmState::generation`). A processor notes, for each address-space number
//! (PCID) that it uses, whose translations it holds under it and which flushes those have seen. A processor
//! that takes an address space up again, from another one or from a kernel thread, compares the two; so nobody
//! has to interrupt it meanwhile. (SDM vol. 3, 4.10.1 "Process-Context Identifiers".)

use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use sync::cpu::bit;

use super::isolation;
use super::tlb::{MmState, flush_all, flush_range};
use crate::{msr, percpu};

/// Address spaces whose translations a processor with PCIDs keeps.
const SLOTS: usize = 6;
/// Bit of a value for CR3: translations of that PCID stay.
const NO_FLUSH: u64 = 1 << 63;

static HAS_PCID: AtomicBool = AtomicBool::new(false);

struct Slot {
    /// [`MmState::id`]; 0 for none.
    id: AtomicU64,
    /// Flushes of that address space which the translations here have seen.
    generation: AtomicU64,
    /// With `pti=on`: those of the user half have missed some, while another was loaded.
    forget: AtomicBool,
}

/// A processor's part. Only the processor itself writes it; others read `lazy`.
pub(crate) struct Loaded {
    slots: [Slot; SLOTS],
    /// The loaded one; `SLOTS` while the kernel's own root is.
    now: AtomicUsize,
    /// The next to be given away.
    victim: AtomicUsize,
    /// A thread without an address space runs, on the tables of the one before it.
    lazy: AtomicBool,
}

impl Loaded {
    pub const fn new() -> Self {
        Self {
            slots: [const {
                Slot { id: AtomicU64::new(0), generation: AtomicU64::new(0), forget: AtomicBool::new(true) }
            }; SLOTS],
            now: AtomicUsize::new(SLOTS),
            victim: AtomicUsize::new(0),
            lazy: AtomicBool::new(false),
        }
    }

    /// The slot of the loaded address space.
    fn current(&self) -> Option<&Slot> {
        self.slots.get(self.now.load(Ordering::Relaxed))
    }

    /// Loads the tables of `mm`, whose set of processors this one is in by now. Interrupts are off.
    ///
    /// # Safety
    /// The tables must live until another root is loaded.
    pub unsafe fn load(&self, mm: &MmState) {
        if self.lazy.load(Ordering::Relaxed) {
            self.lazy.store(false, Ordering::SeqCst);
        }
        // Behind the entry into the set and the store above, all of them in one order: who flushes from here on sees
        // both.
        let generation = mm.generation.load(Ordering::SeqCst);
        let pcids = HAS_PCID.load(Ordering::Relaxed);
        let at = if pcids { self.slot_for(mm.id) } else { 0 };
        let slot = &self.slots[at];
        let mut cr3 = mm.root.phys().0;
        if crate::bugs::isolates_page_tables() {
            self.change_user_half(at, pcids && slot.id.load(Ordering::Relaxed) == mm.id, generation);
        }
        if pcids {
            cr3 |= at as u64 + 1;
            let held = slot.id.load(Ordering::Relaxed) == mm.id;
            if held && slot.generation.load(Ordering::Relaxed) == generation {
                cr3 |= NO_FLUSH;
            }
        }
        // SAFETY: the root maps the kernel as every root does, and lives long enough (the caller's promise); PCIDs
        // are only used where CR4 has them switched on.
        unsafe { msr::set_cr3(cr3) };
        slot.id.store(mm.id, Ordering::Relaxed);
        slot.generation.store(generation, Ordering::Relaxed);
        self.now.store(at, Ordering::Relaxed);
    }

    /// Notes what the user half of the loaded address space has to forget, and sets what that of `at` has.
    #[cold]
    fn change_user_half(&self, at: usize, held: bool, generation: u64) {
        if let Some(old) = self.current() {
            old.forget.store(isolation::must_forget(), Ordering::Relaxed);
        }
        let slot = &self.slots[at];
        let fresh = held && slot.generation.load(Ordering::Relaxed) == generation;
        isolation::set_forget(!fresh || slot.forget.load(Ordering::Relaxed));
    }

    fn slot_for(&self, id: u64) -> usize {
        if let Some(at) = self.slots.iter().position(|slot| slot.id.load(Ordering::Relaxed) == id) {
            return at;
        }
        let at = self.victim.load(Ordering::Relaxed);
        self.victim.store((at + 1) % SLOTS, Ordering::Relaxed);
        at
    }

    /// The loaded address space is used again, after a thread without one. Interrupts are off.
    pub fn resume(&self, mm: &MmState) {
        if !self.lazy.load(Ordering::Relaxed) {
            return;
        }
        // In this order: who has flushed without interrupting this processor has counted that before.
        self.lazy.store(false, Ordering::SeqCst);
        let generation = mm.generation.load(Ordering::SeqCst);
        let Some(slot) = self.current() else { return };
        if slot.generation.load(Ordering::Relaxed) != generation {
            flush_all();
            isolation::forget_user_half();
            slot.generation.store(generation, Ordering::Relaxed);
        }
    }

    /// A thread without an address space runs from here on.
    pub fn enter_lazy(&self) {
        if !self.lazy.load(Ordering::Relaxed) {
            self.lazy.store(true, Ordering::Relaxed);
        }
    }

    /// The kernel's own root has been loaded.
    pub fn leave(&self) {
        self.now.store(SLOTS, Ordering::Relaxed);
        self.lazy.store(false, Ordering::Relaxed);
    }

    /// Forgets `start..end` of the address space `id` on this processor, for its flush number `generation`.
    pub fn flush(&self, id: u64, generation: u64, start: u64, end: u64) {
        let Some(slot) = self.current().filter(|slot| slot.id.load(Ordering::Relaxed) == id) else {
            // It is not in use here; its number in the slot is out of date.
            return;
        };
        let seen = slot.generation.load(Ordering::Relaxed);
        if seen + 1 == generation {
            flush_range(start, end);
        } else if seen < generation {
            // Others' flushes between the two have not been here yet.
            flush_all();
        } else {
            return;
        }
        isolation::forget_user_half();
        slot.generation.store(generation, Ordering::Relaxed);
    }
}

/// Those of `cpus` that use the address space's translations now.
pub(super) fn without_lazy(cpus: u64) -> u64 {
    (0..crate::cpu::count() as usize)
        .filter(|cpu| cpus & bit(*cpu) != 0 && !percpu::of(*cpu).tlb.lazy.load(Ordering::SeqCst))
        .fold(0, |set, cpu| set | bit(cpu))
}

/// Notes that CR4 has PCIDs switched on, on every processor.
pub(crate) fn use_pcids() {
    HAS_PCID.store(true, Ordering::Relaxed);
}
