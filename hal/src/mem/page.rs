//! One frame of memory and the counted handle of it.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering, fence};

use super::frames;
use super::{PAGE_SIZE, PhysAddr};
use crate::uaccess;

/// What is known about a frame: one of an array indexed by frame number ("struct page").
#[repr(C)]
pub struct Page {
    /// Handles and page-table entries; 0 while free. A reader of a file's cached pages may hold a count of any frame for
    /// a moment ([`sync::Handle`]).
    pub(super) refs: AtomicU32,
    /// [`PageFlag`] bits; the order of a free block in the top byte.
    pub(super) flags: AtomicU32,
    /// Links of a free block, or of a page in a flush batch; frame numbers.
    pub(super) next: AtomicU32,
    /// Likewise; in a page-table page the number of entries in use.
    pub(super) prev: AtomicU32,
}

/// Facts about a page that its owner notes on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum PageFlag {
    /// Differs from what is on the backing store.
    Dirty = 1,
    /// Belongs to a file's cached pages and holds its data.
    Uptodate = 2,
    /// Was used lately.
    Accessed = 4,
    /// May not be reclaimed.
    Locked = 8,
    /// May go unless it has been written to since (MADV_FREE).
    LazyFree = 16,
}

/// A counted handle of one 4 KiB frame. Cloning adds a count, dropping takes one away; the last
/// one frees the frame. A page-table entry holds one count.
///
/// The bytes may be changed at any time by programs that map the page, so they are only ever
/// copied, never borrowed.
pub struct PageRef(NonNull<Page>);

// SAFETY: a `Page` is only accessed through atomics, and the frame's bytes only through copies that
// tolerate concurrent change.
unsafe impl Send for PageRef {}
// SAFETY: as above.
unsafe impl Sync for PageRef {}

impl PageRef {
    /// A frame with whatever bytes it had. None if memory is short even after reclaiming.
    #[inline]
    pub fn alloc() -> Option<Self> {
        frames::alloc_page().map(Self)
    }

    /// A frame of zeros.
    #[inline]
    pub fn alloc_zeroed() -> Option<Self> {
        let page = Self::alloc()?;
        page.fill_zero();
        Some(page)
    }

    /// The handle that `raw` holds one count for.
    ///
    /// # Safety
    /// `page` must be in use and the caller must own one of its counts.
    pub(super) unsafe fn from_raw(page: NonNull<Page>) -> Self {
        Self(page)
    }

    pub(super) fn into_raw(self) -> NonNull<Page> {
        let page = self.0;
        core::mem::forget(self);
        page
    }

    #[inline]
    fn page(&self) -> &Page {
        // SAFETY: the page array is never moved or freed.
        unsafe { self.0.as_ref() }
    }

    /// Where the frame is.
    #[inline]
    pub fn phys(&self) -> PhysAddr {
        frames::phys_of(self.0)
    }

    #[inline]
    fn bytes(&self) -> *mut u8 {
        frames::direct(self.phys())
    }

    /// How many handles and page-table entries there are.
    #[inline]
    pub fn ref_count(&self) -> usize {
        self.page().refs.load(Ordering::Acquire) as usize
    }

    /// Whether this is the only handle and no page table has the page.
    #[inline]
    pub fn is_unique(&self) -> bool {
        self.ref_count() == 1
    }

    /// Copies `buf.len()` bytes from `offset` on. Panics beyond the page.
    #[inline]
    pub fn read(&self, offset: usize, buf: &mut [u8]) {
        assert!(offset <= PAGE_SIZE && buf.len() <= PAGE_SIZE - offset);
        // SAFETY: the source lies in the frame by the assertion, the destination is a borrowed slice.
        unsafe { core::ptr::copy_nonoverlapping(self.bytes().add(offset), buf.as_mut_ptr(), buf.len()) }
    }

    /// Copies `buf` to `offset`. Panics beyond the page.
    #[inline]
    pub fn write(&self, offset: usize, buf: &[u8]) {
        assert!(offset <= PAGE_SIZE && buf.len() <= PAGE_SIZE - offset);
        // SAFETY: the destination lies in the frame by the assertion; the frame is not borrowed anywhere.
        unsafe { core::ptr::copy_nonoverlapping(buf.as_ptr(), self.bytes().add(offset), buf.len()) }
    }

    /// Writes zeros all over.
    #[inline]
    pub fn fill_zero(&self) {
        // SAFETY: the frame is ours and 4 KiB long.
        unsafe { clear_page(self.bytes()) }
    }

    /// Copies all of `from`.
    #[inline]
    pub fn copy_from(&self, from: &PageRef) {
        // SAFETY: two frames of 4 KiB; the same one twice is harmless to a forward copy of words.
        unsafe { copy_page(self.bytes(), from.bytes()) }
    }

    /// Copies `len` bytes from `offset` to user memory; returns how many were not copied.
    #[inline]
    pub fn to_user(&self, offset: usize, user_addr: u64, len: usize) -> usize {
        assert!(offset <= PAGE_SIZE && len <= PAGE_SIZE - offset);
        // SAFETY: the bytes lie in the frame by the assertion.
        unsafe { uaccess::raw_copy_to_user(user_addr, self.bytes().add(offset), len) }
    }

    /// Copies `len` bytes from user memory to `offset`; returns how many were not copied.
    #[inline]
    pub fn from_user(&self, offset: usize, user_addr: u64, len: usize) -> usize {
        assert!(offset <= PAGE_SIZE && len <= PAGE_SIZE - offset);
        // SAFETY: the bytes lie in the frame by the assertion.
        unsafe { uaccess::raw_copy_from_user(self.bytes().add(offset), user_addr, len) }
    }

    /// Whether a flag is set.
    #[inline]
    pub fn test(&self, flag: PageFlag) -> bool {
        self.page().flags.load(Ordering::Acquire) & flag as u32 != 0
    }

    /// Sets a flag; true if it was set before.
    #[inline]
    pub fn set(&self, flag: PageFlag) -> bool {
        self.page().flags.fetch_or(flag as u32, Ordering::AcqRel) & flag as u32 != 0
    }

    /// Clears a flag; true if it was set.
    #[inline]
    pub fn clear(&self, flag: PageFlag) -> bool {
        self.page().flags.fetch_and(!(flag as u32), Ordering::AcqRel) & flag as u32 != 0
    }
}

// SAFETY: the page array is never moved or freed. Allocation stores the first count with release order, when there is none;
// all else changes it by read-modify-writes, and whoever drops the last one frees the frame. (A frame that holds the
// kernel's own objects has no counts; one of a page table is a `PageRef` like others.)
unsafe impl sync::Handle for PageRef {
    type Object = Page;

    #[inline(always)]
    fn into_raw(self) -> NonNull<Page> {
        Self::into_raw(self)
    }

    #[inline(always)]
    unsafe fn from_raw(page: NonNull<Page>) -> Self {
        Self(page)
    }

    #[inline(always)]
    unsafe fn try_get(page: NonNull<Page>) -> Option<Self> {
        // SAFETY: the page array is never moved or freed.
        let refs = unsafe { &page.as_ref().refs };
        let mut seen = refs.load(Ordering::Relaxed);
        while seen != 0 {
            match refs.compare_exchange_weak(seen, seen + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(Self(page)),
                Err(now) => seen = now,
            }
        }
        None
    }

    unsafe fn freeze(page: NonNull<Page>) -> bool {
        // SAFETY: the page array is never moved or freed.
        let refs = unsafe { &page.as_ref().refs };
        refs.compare_exchange(1, 0, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    unsafe fn thaw(page: NonNull<Page>) {
        // SAFETY: the page array is never moved or freed.
        unsafe { page.as_ref() }.refs.store(1, Ordering::Release);
    }
}

impl Clone for PageRef {
    #[inline]
    fn clone(&self) -> Self {
        self.page().refs.fetch_add(1, Ordering::Relaxed);
        Self(self.0)
    }
}

impl Drop for PageRef {
    #[inline]
    fn drop(&mut self) {
        if self.page().refs.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            frames::free_page(self.0);
        }
    }
}

impl core::fmt::Debug for PageRef {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PageRef({:#x})", self.phys().0)
    }
}

/// The frame of zeros that read faults share. Nobody writes to it.
pub fn zero_page() -> PageRef {
    static ZERO: sync::Once<PageRef> = sync::Once::new();
    ZERO.call_once(|| PageRef::alloc_zeroed().expect("a frame for zeros at boot")).clone()
}

/// # Safety
/// `to` must be the start of a frame that nobody borrows.
#[inline]
pub(super) unsafe fn clear_page(to: *mut u8) {
    #[cfg(target_os = "none")]
    // SAFETY: 512 words from `to` on are the frame (the caller's promise); DF is clear.
    unsafe {
        core::arch::asm!("rep stosq", inout("rcx") 512usize => _, inout("rdi") to => _, in("rax") 0u64,
            options(nostack, preserves_flags));
    }
    #[cfg(not(target_os = "none"))]
    // SAFETY: the caller's promise.
    unsafe {
        core::ptr::write_bytes(to, 0, PAGE_SIZE);
    }
}

/// # Safety
/// Both must be starts of frames that nobody borrows mutably.
#[inline]
unsafe fn copy_page(to: *mut u8, from: *const u8) {
    #[cfg(target_os = "none")]
    // SAFETY: 512 words at both places are frames (the caller's promise); DF is clear.
    unsafe {
        core::arch::asm!("rep movsq", inout("rcx") 512usize => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
    #[cfg(not(target_os = "none"))]
    // SAFETY: the caller's promise.
    unsafe {
        core::ptr::copy(from, to, PAGE_SIZE);
    }
}
