//! The allocator of frames: blocks of 2^order frames ("buddies") under one lock, and before it a
//! small stock of single frames for each processor.

#[cfg(target_os = "none")]
use core::cell::UnsafeCell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

#[cfg(target_os = "none")]
use sync::percpu::{CacheAligned, PerCpu};
use sync::{IrqSpinLock, Once, rank};

#[cfg(target_os = "none")]
use super::DIRECT_MAP;
use super::page::Page;
use super::{PAGE_SIZE, PhysAddr};

/// Largest block: 2^10 frames, 4 MiB.
pub const MAX_ORDER: usize = 10;
const NONE: u32 = u32::MAX;
/// Flag of a frame that begins a free block.
const FREE_BLOCK: u32 = 1 << 31;
/// Frames that a processor keeps, and how many move at a time.
const STOCK: usize = 64;
const BATCH: usize = 32;

static PAGES: AtomicPtr<Page> = AtomicPtr::new(core::ptr::null_mut());
static PAGE_COUNT: AtomicUsize = AtomicUsize::new(0);
static TOTAL: AtomicUsize = AtomicUsize::new(0);
static FREE: AtomicUsize = AtomicUsize::new(0);
/// Frames that were ever handed out, to the stocks of processors or at once.
static HANDED_OUT: AtomicUsize = AtomicUsize::new(0);
static RECLAIM: Once<fn(usize) -> usize> = Once::new();

static BUDDIES: IrqSpinLock<Buddies> =
    IrqSpinLock::new(rank::FRAME, Buddies { heads: [NONE; MAX_ORDER + 1] });

struct Buddies {
    heads: [u32; MAX_ORDER + 1],
}

struct Stock {
    frames: [u32; STOCK],
    len: usize,
}

/// A processor's stock; touched only by that processor with interrupts off.
#[cfg(target_os = "none")]
struct StockCell(UnsafeCell<Stock>);

// SAFETY: `with_stock` turns interrupts off and takes this processor's own cell, so there is never a
// second access at the same time.
#[cfg(target_os = "none")]
unsafe impl Sync for StockCell {}

#[cfg(target_os = "none")]
static STOCKS: PerCpu<StockCell> = PerCpu::from_array(
    [const { CacheAligned(StockCell(UnsafeCell::new(Stock { frames: [0; STOCK], len: 0 }))) };
        sync::cpu::MAX_CPUS],
);

#[cfg(target_os = "none")]
fn with_stock<R>(f: impl FnOnce(&mut Stock) -> R) -> R {
    let irqs = sync::cpu::irq_save();
    // SAFETY: interrupts are off and the cell is this processor's; see `StockCell`.
    let result = f(unsafe { &mut *STOCKS.get().0.get() });
    irqs.restore();
    result
}

/// Threads of a test all play processor 0, so on the host they share one stock under a lock.
#[cfg(not(target_os = "none"))]
fn with_stock<R>(f: impl FnOnce(&mut Stock) -> R) -> R {
    static STOCK_OF_ALL: std::sync::Mutex<Stock> =
        std::sync::Mutex::new(Stock { frames: [0; STOCK], len: 0 });
    f(&mut STOCK_OF_ALL.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// The frame's bytes in the direct map.
#[inline(always)]
pub(crate) fn direct(phys: PhysAddr) -> *mut u8 {
    #[cfg(target_os = "none")]
    return (DIRECT_MAP + phys.0) as *mut u8;
    #[cfg(not(target_os = "none"))]
    return super::frames::host::at(phys.0);
}

#[inline(always)]
pub(super) fn phys_of(page: NonNull<Page>) -> PhysAddr {
    let offset = page.as_ptr() as usize - PAGES.load(Ordering::Relaxed) as usize;
    PhysAddr((offset / size_of::<Page>() * PAGE_SIZE) as u64)
}

/// The page of a physical address that lies in RAM.
#[inline(always)]
pub(super) fn page_of(phys: u64) -> NonNull<Page> {
    page_at((phys / PAGE_SIZE as u64) as u32)
}

#[inline(always)]
fn page_at(frame: u32) -> NonNull<Page> {
    debug_assert!((frame as usize) < PAGE_COUNT.load(Ordering::Relaxed));
    // SAFETY: the array covers every frame number up to the end of RAM, and frame numbers only come
    // from it.
    unsafe { NonNull::new_unchecked(PAGES.load(Ordering::Relaxed).add(frame as usize)) }
}

fn page(frame: u32) -> &'static Page {
    // SAFETY: the array lives for ever; fields are atomics.
    unsafe { page_at(frame).as_ref() }
}

fn frame_of(page: NonNull<Page>) -> u32 {
    (phys_of(page).0 / PAGE_SIZE as u64) as u32
}

impl Buddies {
    fn push(&mut self, frame: u32, order: usize) {
        let head = self.heads[order];
        let this = page(frame);
        this.flags.store(FREE_BLOCK | (order as u32) << 24, Ordering::Relaxed);
        this.next.store(head, Ordering::Relaxed);
        this.prev.store(NONE, Ordering::Relaxed);
        if head != NONE {
            page(head).prev.store(frame, Ordering::Relaxed);
        }
        self.heads[order] = frame;
    }

    fn unlink(&mut self, frame: u32, order: usize) {
        let this = page(frame);
        let (next, prev) = (this.next.load(Ordering::Relaxed), this.prev.load(Ordering::Relaxed));
        if prev == NONE {
            self.heads[order] = next;
        } else {
            page(prev).next.store(next, Ordering::Relaxed);
        }
        if next != NONE {
            page(next).prev.store(prev, Ordering::Relaxed);
        }
        this.flags.store(0, Ordering::Relaxed);
    }

    fn take(&mut self, order: usize) -> Option<u32> {
        let found = (order..=MAX_ORDER).find(|&o| self.heads[o] != NONE)?;
        let frame = self.heads[found];
        self.unlink(frame, found);
        for half in (order..found).rev() {
            self.push(frame + (1 << half), half);
        }
        Some(frame)
    }

    fn give(&mut self, mut frame: u32, mut order: usize) {
        let count = PAGE_COUNT.load(Ordering::Relaxed) as u32;
        while order < MAX_ORDER {
            let buddy = frame ^ (1 << order);
            let mark = FREE_BLOCK | (order as u32) << 24;
            if buddy >= count || page(buddy).flags.load(Ordering::Relaxed) != mark {
                break;
            }
            self.unlink(buddy, order);
            frame &= !(1 << order);
            order += 1;
        }
        self.push(frame, order);
    }
}

fn take_block(order: usize) -> Option<u32> {
    let frame = BUDDIES.lock().take(order)?;
    FREE.fetch_sub(1 << order, Ordering::Relaxed);
    HANDED_OUT.fetch_add(1 << order, Ordering::Relaxed);
    Some(frame)
}

fn give_block(frame: u32, order: usize) {
    BUDDIES.lock().give(frame, order);
    FREE.fetch_add(1 << order, Ordering::Relaxed);
}

/// Frames that are kept for the kernel's own objects, which can't wait: programs' pages and page tables stop
/// short of them.
pub fn reserve() -> usize {
    (TOTAL.load(Ordering::Relaxed) / 32).clamp(64, 4096)
}

/// Whether memory is so short that a process has to go.
pub fn is_low() -> bool {
    free() < reserve()
}

fn refill(stock: &mut Stock) -> Option<u32> {
    init_on_host();
    if is_low() {
        return None;
    }
    let mut buddies = BUDDIES.lock();
    for slot in &mut stock.frames[..BATCH] {
        let Some(frame) = buddies.take(0) else { break };
        *slot = frame;
        stock.len += 1;
    }
    FREE.fetch_sub(stock.len, Ordering::Relaxed);
    HANDED_OUT.fetch_add(stock.len, Ordering::Relaxed);
    drop(buddies);
    pop(stock)
}

#[inline]
fn pop(stock: &mut Stock) -> Option<u32> {
    stock.len = stock.len.checked_sub(1)?;
    stock.frames.get(stock.len).copied()
}

/// One frame with one count.
#[inline]
pub(super) fn alloc_page() -> Option<NonNull<Page>> {
    let frame = with_stock(|stock| pop(stock).or_else(|| refill(stock))).or_else(retry_page)?;
    let page = page_at(frame);
    // SAFETY: the array lives for ever.
    let fields = unsafe { page.as_ref() };
    fields.flags.store(0, Ordering::Relaxed);
    // Release: who still has an old pointer to the frame and takes a count sees that it left its old place.
    fields.refs.store(1, Ordering::Release);
    Some(page)
}

/// Takes back a frame without counts.
#[inline]
pub(super) fn free_page(page: NonNull<Page>) {
    let frame = frame_of(page);
    with_stock(|stock| {
        if stock.len == STOCK {
            spill(stock);
        }
        stock.frames[stock.len] = frame;
        stock.len += 1;
    });
}

#[cold]
fn spill(stock: &mut Stock) {
    let mut buddies = BUDDIES.lock();
    for &frame in &stock.frames[STOCK - BATCH..] {
        buddies.give(frame, 0);
    }
    stock.len -= BATCH;
    FREE.fetch_add(BATCH, Ordering::Relaxed);
}

/// Takes back what the heap and caches can spare; whether that was anything.
pub fn reclaim(frames: usize) -> bool {
    #[cfg(target_os = "none")]
    let spared = super::heap::shrink();
    #[cfg(not(target_os = "none"))]
    let spared = 0;
    spared + RECLAIM.get().map_or(0, |reclaim| reclaim(frames)) > 0
}

fn reclaimed(order: usize) -> bool {
    reclaim(1 << order)
}

/// Reclaims and tries once more. Nobody is killed here, where locks may be held: the caller says that there is
/// no memory, and the thread looks for somebody on its way out of the kernel.
#[cold]
fn retry_page() -> Option<u32> {
    super::low_memory();
    if reclaimed(0) && !is_low() { take_block(0) } else { None }
}

#[cold]
fn retry(order: usize) -> Option<u32> {
    if reclaimed(order) { take_block(order) } else { None }
}

/// Names what gives frames back that hold only copies of data: it is asked for a number of frames
/// and answers how many it freed.
pub fn set_reclaim(reclaim: fn(usize) -> usize) {
    let _ = RECLAIM.set(reclaim);
}

/// A block of `2^order` frames that lie one after the other.
pub struct Frames {
    frame: u32,
    order: usize,
}

impl Frames {
    /// Where it starts.
    pub fn phys(&self) -> PhysAddr {
        PhysAddr(u64::from(self.frame) * PAGE_SIZE as u64)
    }

    /// Its bytes in the direct map.
    pub fn as_ptr(&self) -> *mut u8 {
        direct(self.phys())
    }

    /// Gives up ownership; [`free_raw`] takes the block back.
    pub(crate) fn into_raw(self) -> *mut u8 {
        let bytes = self.as_ptr();
        core::mem::forget(self);
        bytes
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        give_block(self.frame, self.order);
    }
}

/// Takes back what [`Frames::into_raw`] gave.
///
/// # Safety
/// `bytes` must come from a block of this order, and be given back once.
pub(crate) unsafe fn free_raw(bytes: *mut u8, order: usize) {
    #[cfg(target_os = "none")]
    let phys = bytes as u64 - DIRECT_MAP;
    #[cfg(not(target_os = "none"))]
    let phys = host::phys(bytes);
    give_block((phys / PAGE_SIZE as u64) as u32, order);
}

/// A block of `2^order` contiguous frames, not zeroed. None if there is none, or beyond [`MAX_ORDER`].
pub fn alloc_contiguous(order: usize) -> Option<Frames> {
    if order > MAX_ORDER {
        return None;
    }
    init_on_host();
    let frame = take_block(order).or_else(|| retry(order));
    if is_low() {
        super::low_memory();
    }
    Some(Frames { frame: frame?, order })
}

/// As [`alloc_contiguous`], for who can do without: nothing is reclaimed for it, and memory stays far from short.
pub(super) fn alloc_spare(order: usize) -> Option<Frames> {
    init_on_host();
    if free() < 3 * reserve() + (1 << order) {
        return None;
    }
    Some(Frames { frame: take_block(order)?, order })
}

/// Frames of RAM that the kernel manages.
pub fn total() -> usize {
    init_on_host();
    TOTAL.load(Ordering::Relaxed)
}

/// Frames that are free, but for those that processors have in stock.
pub fn free() -> usize {
    FREE.load(Ordering::Relaxed)
}

/// Frames that were ever handed out.
pub fn handed_out() -> usize {
    HANDED_OUT.load(Ordering::Relaxed)
}

/// Hands the page array over: `count` zeroed elements at `array`.
///
/// # Safety
/// Once, before anything is allocated; the memory must be the allocator's for ever.
pub(crate) unsafe fn set_page_array(array: *mut u8, count: usize) {
    PAGES.store(array.cast(), Ordering::Relaxed);
    PAGE_COUNT.store(count, Ordering::Relaxed);
}

/// Bytes that an array for `count` frames takes.
pub(crate) const fn page_array_size(count: usize) -> usize {
    count * size_of::<Page>()
}

/// Adds the frames `first..end` to what can be allocated.
///
/// # Safety
/// They must be RAM that nobody uses and that the page array covers.
pub(crate) unsafe fn add_range(first: u64, end: u64) {
    let (mut frame, end) = (first as u32, end as u32);
    while frame < end {
        let align = frame.trailing_zeros().min(MAX_ORDER as u32) as usize;
        let fits = (u32::BITS - 1 - (end - frame).leading_zeros()) as usize;
        let order = align.min(fits);
        give_block(frame, order);
        frame += 1 << order;
    }
    TOTAL.fetch_add((end - first as u32) as usize, Ordering::Relaxed);
}

#[cfg(target_os = "none")]
#[inline(always)]
fn init_on_host() {}

#[cfg(not(target_os = "none"))]
fn init_on_host() {
    host::init();
}

/// On the developer's machine frames come from one leaked piece of heap.
#[cfg(not(target_os = "none"))]
pub(crate) mod host {
    use super::*;
    use std::alloc::{Layout, alloc_zeroed};

    const FRAMES: usize = 16 * 1024;
    static ARENA: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
    static INIT: std::sync::Once = std::sync::Once::new();

    pub(super) fn init() {
        INIT.call_once(|| {
            let layout = |bytes| Layout::from_size_align(bytes, 4 << 20).expect("a valid layout");
            // SAFETY: the sizes are not zero; both pieces are leaked, and handed over once.
            unsafe {
                ARENA.store(alloc_zeroed(layout(FRAMES * PAGE_SIZE)), Ordering::Relaxed);
                set_page_array(alloc_zeroed(layout(page_array_size(FRAMES))), FRAMES);
                add_range(1, FRAMES as u64);
            }
        });
    }

    pub(crate) fn at(phys: u64) -> *mut u8 {
        assert!(phys < (FRAMES * PAGE_SIZE) as u64);
        // SAFETY: within the arena by the assertion.
        unsafe { ARENA.load(Ordering::Relaxed).add(phys as usize) }
    }

    pub(super) fn phys(bytes: *mut u8) -> u64 {
        bytes as u64 - ARENA.load(Ordering::Relaxed) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::super::PageRef;
    use super::*;

    #[test]
    fn blocks_split_and_merge() {
        init_on_host();
        let blocks: Vec<_> = (0..4).map(|order| alloc_contiguous(order).unwrap()).collect();
        for (order, block) in blocks.iter().enumerate() {
            assert_eq!(block.phys().0 % (PAGE_SIZE << order) as u64, 0);
        }
        drop(blocks);
        assert!(alloc_contiguous(MAX_ORDER).is_some());
        assert!(alloc_contiguous(MAX_ORDER + 1).is_none());
    }

    #[test]
    fn handles_count() {
        init_on_host();
        let page = PageRef::alloc_zeroed().unwrap();
        page.write(10, b"abc");
        let other = page.clone();
        assert_eq!((page.ref_count(), page.is_unique()), (2, false));
        let mut buf = [0; 5];
        other.read(9, &mut buf);
        assert_eq!(&buf, b"\0abc\0");
        drop(page);
        assert!(other.is_unique());
    }
}
