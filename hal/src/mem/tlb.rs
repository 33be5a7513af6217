//! What processors may still know of page tables: who has which address space loaded, and pages
//! that can't be given back before those have forgotten them.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};

use super::{HugePage, PageRef};
use crate::ldt::LdtSlot;

/// Invalidating single pages beyond this many costs more than dropping everything.
#[cfg(target_os = "none")]
const FLUSH_CEILING: u64 = 33;
/// Pages that are kept until one flush.
const MOST: usize = 2048;

/// The identity of an address space for a processor: its root table and who has it loaded.
#[derive(Clone)]
pub struct MmToken(pub(crate) Arc<MmState>);

impl MmToken {
    /// The processors that have it loaded.
    pub fn processors(&self) -> u64 {
        self.0.cpus.load(Ordering::SeqCst)
    }
}

pub(crate) struct MmState {
    /// The root table. It lives as long as any processor may have it loaded.
    pub(crate) root: PageRef,
    /// With five levels the table of the fourth for the first 48 bits, with `pti=on` the user's root; they live as
    /// long as the root.
    _others: [Option<PageRef>; 2],
    /// Bit n: processor n has it loaded.
    pub(crate) cpus: AtomicU64,
    /// Bit n: a running thread has the number n (`thread::concurrency_id`).
    #[cfg_attr(not(target_os = "none"), allow(dead_code))]
    pub(crate) cids: AtomicU64,
    /// A number that no other address space has or had.
    pub(crate) id: u64,
    /// How often something was flushed.
    pub(crate) generation: AtomicU64,
    /// The program's own descriptor table.
    pub(crate) ldt: LdtSlot,
}

impl MmState {
    pub(crate) fn new(root: PageRef, others: [Option<PageRef>; 2]) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let zero = || AtomicU64::new(0);
        let ldt = LdtSlot::default();
        Self { root, _others: others, cpus: zero(), cids: zero(), id, generation: zero(), ldt }
    }
}

/// Pages taken out of page tables and the addresses at which they were, until the flush.
pub struct FlushBatch {
    pages: Vec<PageRef>,
    huge: Vec<HugePage>,
    start: u64,
    end: u64,
    /// Tables are among the pages.
    tables: bool,
}

impl Default for FlushBatch {
    fn default() -> Self {
        Self::new()
    }
}

impl FlushBatch {
    /// Nothing to flush.
    #[inline]
    pub const fn new() -> Self {
        Self { pages: Vec::new(), huge: Vec::new(), start: u64::MAX, end: 0, tables: false }
    }

    /// Notes that the entry at `addr` lost rights.
    #[inline]
    pub(crate) fn touch(&mut self, addr: u64) {
        self.start = self.start.min(addr);
        self.end = self.end.max(addr + super::PAGE_SIZE as u64);
    }

    /// Notes that the entry at `addr` of the tables of `state` is gone; its count is released after the flush.
    /// Where there is no room to note more, and no memory for it, that flush comes at once.
    #[inline]
    pub(crate) fn release(&mut self, addr: u64, page: PageRef, state: &MmState) {
        self.touch(addr);
        if self.pages.len() < self.pages.capacity() || self.grow() {
            self.pages.push(page);
            return;
        }
        self.flush(state);
        self.pages.clear();
        drop(page);
    }

    /// As [`Self::release`], for a table. A processor may look at it as long as its root is loaded, also when
    /// nobody uses the addresses.
    #[inline]
    pub(crate) fn release_table(&mut self, addr: u64, page: PageRef, state: &MmState) {
        self.tables = true;
        self.release(addr, page, state);
    }

    /// As [`Self::release`], for the entry that mapped the 2 MiB `range`.
    pub(crate) fn release_huge(&mut self, range: Range<u64>, huge: HugePage, state: &MmState) {
        self.start = self.start.min(range.start);
        self.end = self.end.max(range.end);
        if self.huge.len() < self.huge.capacity() || self.huge.try_reserve(8).is_ok() {
            self.huge.push(huge);
            return;
        }
        self.flush(state);
        drop(huge);
    }

    #[cold]
    fn grow(&mut self) -> bool {
        let len = self.pages.len();
        len < MOST && self.pages.try_reserve_exact(len.clamp(8, MOST - len)).is_ok()
    }

    /// Makes all processors that have the address space loaded forget the entries, then releases
    /// the pages. Must not be called with interrupts off.
    pub fn finish(mut self, token: &MmToken) {
        self.flush(&token.0);
    }

    fn flush(&mut self, state: &MmState) {
        if self.end == 0 {
            return;
        }
        // Who takes the address space up and does not see this number is seen in the set below.
        let generation = state.generation.fetch_add(1, Ordering::SeqCst) + 1;
        let cpus = state.cpus.load(Ordering::SeqCst);
        if cpus != 0 {
            flush_on(cpus, state, generation, self.start..self.end, self.tables);
        }
        (self.start, self.end, self.tables) = (u64::MAX, 0, false);
    }
}

/// Makes `cpus` forget `range` of an address space. Processors on which no thread of it runs are left alone; they will
/// see by the number that they missed something. Not so if tables go, at which they could look at any time.
#[cfg(target_os = "none")]
fn flush_on(cpus: u64, state: &MmState, generation: u64, range: Range<u64>, tables: bool) {
    let here = sync::cpu::bit(sync::cpu::id());
    if cpus & here != 0 {
        crate::percpu::here().tlb.flush(state.id, generation, range.start, range.end);
    }
    let mut others = cpus & !here;
    if others != 0 && !tables {
        others = super::loaded::without_lazy(others);
    }
    if others != 0 {
        crate::ipi::flush_tlb(others, state.id, generation, range);
    }
}

/// The host's page tables are nobody's.
#[cfg(not(target_os = "none"))]
fn flush_on(_cpus: u64, _state: &MmState, _generation: u64, _range: Range<u64>, _tables: bool) {}

/// Forgets `start..end` of the loaded address space on this processor.
#[cfg(target_os = "none")]
pub(super) fn flush_range(start: u64, end: u64) {
    let pages = (end - start) / super::PAGE_SIZE as u64;
    if pages > FLUSH_CEILING {
        flush_all();
    } else {
        (0..pages).for_each(|page| flush_local(start + page * super::PAGE_SIZE as u64));
    }
}

/// Forgets the entry for one address on this processor.
#[cfg(target_os = "none")]
#[inline]
pub fn flush_local(addr: u64) {
    // SAFETY: invlpg only drops a cached translation.
    unsafe { core::arch::asm!("invlpg [{}]", in(reg) addr, options(nostack, preserves_flags)) };
}

/// Forgets all of the loaded address space.
#[cfg(target_os = "none")]
pub(super) fn flush_all() {
    // SAFETY: writing CR3 with its own value drops cached user translations (of the loaded PCID) and changes nothing
    // else.
    unsafe {
        core::arch::asm!("mov {0}, cr3", "mov cr3, {0}", out(reg) _, options(nostack, preserves_flags))
    };
}

/// Forgets the entry for one address on this processor: nothing to do on the host.
#[cfg(not(target_os = "none"))]
pub fn flush_local(_addr: u64) {}
