//! Blocks of 2 MiB that one entry of a page directory maps.
//!
//! A block's 512 frames each have one count that belongs to the block as a whole; the block counts the entries that map
//! it (in the first frame's `next`). So a frame can outlive its block: where one of several entries is split, its
//! small entries take counts of their own.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering, fence};

use super::frames;
use super::page::{Page, clear_page};
use super::{HUGE_ORDER, HUGE_PAGES, PAGE_SIZE, PageRef, PhysAddr};

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Blocks that are mapped as a whole by some address space (AnonHugePages).
pub fn huge_in_use() -> usize {
    LIVE.load(Ordering::Relaxed)
}

/// One entry's share of a block.
pub struct HugePage(NonNull<Page>);

// SAFETY: as for `PageRef`: counts are atomics, bytes are only copied.
unsafe impl Send for HugePage {}
// SAFETY: as above.
unsafe impl Sync for HugePage {}

impl HugePage {
    /// A block of zeros, if there is one without anybody else going short.
    pub fn alloc_zeroed() -> Option<Self> {
        let block = frames::alloc_spare(HUGE_ORDER)?;
        let phys = block.phys().0;
        let head = frames::page_of(phys);
        let _owned_by_the_counts = block.into_raw();
        let this = Self(head);
        for nth in 0..HUGE_PAGES {
            let page = this.page(nth);
            page.flags.store(0, Ordering::Relaxed);
            page.refs.store(1, Ordering::Release);
            // SAFETY: the frame belongs to the block, which nobody else knows yet.
            unsafe { clear_page(frames::direct(PhysAddr(phys + (nth * PAGE_SIZE) as u64))) };
        }
        this.page(0).next.store(1, Ordering::Release);
        LIVE.fetch_add(1, Ordering::Relaxed);
        Some(this)
    }

    /// The share that an entry owns.
    ///
    /// # Safety
    /// The entry at hand must own one, and give it up.
    pub(super) unsafe fn from_entry(phys: u64) -> Self {
        Self(frames::page_of(phys))
    }

    /// Gives the share to an entry; says where the block lies.
    pub(super) fn into_entry(self) -> u64 {
        let phys = self.phys();
        core::mem::forget(self);
        phys
    }

    fn phys(&self) -> u64 {
        frames::phys_of(self.0).0
    }

    #[inline(always)]
    fn page(&self, nth: usize) -> &Page {
        debug_assert!(nth < HUGE_PAGES);
        // SAFETY: the block's frames lie one after the other, so do their elements of the page array, which is never
        // moved or freed.
        unsafe { self.0.add(nth).as_ref() }
    }

    /// Fills frame `nth` with what `page` has.
    pub fn copy_in(&self, nth: usize, page: &PageRef) {
        if nth < HUGE_PAGES {
            self.small(nth).copy_from(page);
        }
    }

    /// How many entries map the block.
    pub(super) fn mappings(&self) -> u32 {
        self.page(0).next.load(Ordering::Acquire)
    }

    /// A handle of one of its frames.
    pub(super) fn small(&self, nth: usize) -> PageRef {
        self.page(nth).refs.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the count was just taken, while the block held another.
        unsafe { PageRef::from_raw(NonNull::from(self.page(nth))) }
    }

    /// Whether no other entry maps it, nor anybody holds one of its frames.
    pub(super) fn is_sole(&self) -> bool {
        self.mappings() == 1 && (0..HUGE_PAGES).all(|nth| self.page(nth).refs.load(Ordering::Acquire) == 1)
    }

    /// Ends this share: the caller's small entries then own a count of each frame.
    pub(super) fn into_small(self) {
        let alone = self.mappings() == 1;
        if !alone {
            for nth in 0..HUGE_PAGES {
                self.page(nth).refs.fetch_add(1, Ordering::Relaxed);
            }
        }
        if self.page(0).next.fetch_sub(1, Ordering::AcqRel) == 1 {
            LIVE.fetch_sub(1, Ordering::Relaxed);
            if !alone {
                // The others have gone meanwhile: their share of the counts is nobody's.
                (0..HUGE_PAGES).for_each(|nth| self.release(nth));
            }
        }
        core::mem::forget(self);
    }

    /// Takes one count of a frame away.
    fn release(&self, nth: usize) {
        // SAFETY: the block's own count of that frame, which ends here.
        drop(unsafe { PageRef::from_raw(NonNull::from(self.page(nth))) });
    }
}

impl Clone for HugePage {
    fn clone(&self) -> Self {
        self.page(0).next.fetch_add(1, Ordering::Relaxed);
        Self(self.0)
    }
}

impl Drop for HugePage {
    fn drop(&mut self) {
        if self.page(0).next.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        fence(Ordering::Acquire);
        LIVE.fetch_sub(1, Ordering::Relaxed);
        // Nobody can get at the frames any more, only let go of them; but for who holds one by mistake for a moment.
        let mut whole = true;
        let mut last = [0u64; HUGE_PAGES / 64];
        for nth in 0..HUGE_PAGES {
            let freed = self.page(nth).refs.fetch_sub(1, Ordering::AcqRel) == 1;
            whole &= freed;
            last[nth / 64] |= u64::from(freed) << (nth % 64);
        }
        if whole {
            // SAFETY: all of the block's frames are without counts now; `alloc_zeroed` took it as a whole.
            unsafe { frames::free_raw(frames::direct(frames::phys_of(self.0)), HUGE_ORDER) };
            return;
        }
        for nth in (0..HUGE_PAGES).filter(|nth| last[nth / 64] & (1 << (nth % 64)) != 0) {
            frames::free_page(NonNull::from(self.page(nth)));
        }
    }
}
