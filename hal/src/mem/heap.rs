//! The heap: objects of fixed sizes cut from frames, with a stock for each processor; what is
//! larger takes whole frames.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

use sync::{IrqSpinLock, rank};

use super::frames;
use super::{HeapUsage, PAGE_SIZE};

/// Sizes of objects. Powers of two are aligned to themselves.
const SIZES: [usize; 14] = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096];
const LARGEST: usize = 4096;
/// Objects that a processor keeps of one size, and how many move at a time.
const STOCK: usize = 64;
const BATCH: usize = 32;

/// Class of a size, by 16-byte steps.
static CLASS: [u8; LARGEST / 16 + 1] = classes();

const fn classes() -> [u8; LARGEST / 16 + 1] {
    let mut table = [0; LARGEST / 16 + 1];
    let mut step = 0;
    let mut class = 0;
    while step < table.len() {
        while SIZES[class] < step * 16 {
            class += 1;
        }
        table[step] = class as u8;
        step += 1;
    }
    table
}

/// A free object: the next one.
struct Free {
    next: *mut Free,
}

/// A list of free objects.
struct List {
    head: *mut Free,
    len: usize,
}

// SAFETY: the objects on the list belong to nobody else.
unsafe impl Send for List {}

impl List {
    const EMPTY: Self = Self { head: null_mut(), len: 0 };

    #[inline(always)]
    fn pop(&mut self) -> *mut u8 {
        let head = self.head;
        if !head.is_null() {
            // SAFETY: objects on the list are free and hold a link.
            self.head = unsafe { (*head).next };
            self.len -= 1;
        }
        head.cast()
    }

    #[inline(always)]
    fn push(&mut self, object: *mut u8) {
        let object = object.cast::<Free>();
        // SAFETY: the object was just freed and is at least 16 bytes, aligned to 16.
        unsafe { (*object).next = self.head };
        self.head = object;
        self.len += 1;
    }
}

static SHARED: [IrqSpinLock<List>; SIZES.len()] =
    [const { IrqSpinLock::new(rank::HEAP, List::EMPTY) }; SIZES.len()];

/// A processor's stock of every size.
struct Stocks(UnsafeCell<[List; SIZES.len()]>);

// SAFETY: `with_stock` turns interrupts off and takes this processor's own, so there is never a second
// access at the same time.
unsafe impl Sync for Stocks {}

static STOCKS: [Stocks; sync::cpu::MAX_CPUS] =
    [const { Stocks(UnsafeCell::new([const { List::EMPTY }; SIZES.len()])) }; sync::cpu::MAX_CPUS];

static USED: AtomicUsize = AtomicUsize::new(0);
/// Objects of every size, free or not.
static OBJECTS: [AtomicUsize; SIZES.len()] = [const { AtomicUsize::new(0) }; SIZES.len()];

/// Bytes of frames that the heap has taken.
pub fn used() -> usize {
    USED.load(Ordering::Relaxed)
}

/// For each size of objects: the size, how many are in use, how many there are, and how many come from how many frames
/// at a time. What other processors do meanwhile makes it inexact.
pub fn usage() -> impl Iterator<Item = HeapUsage> {
    SIZES.iter().enumerate().map(|(class, &size)| {
        let total = OBJECTS[class].load(Ordering::Relaxed);
        let mut free = SHARED[class].lock().len;
        for stocks in &STOCKS {
            // SAFETY: a word that is read whole, by its address, without a reference to the list; its owner may write
            // it at the same time, and then either number is as good.
            free += unsafe { (&raw const (*stocks.0.get().cast::<List>().add(class)).len).read_volatile() };
        }
        let frames_per_block = 1 << block_order(class);
        let per_block = PAGE_SIZE * frames_per_block / size;
        HeapUsage { size, used: total.saturating_sub(free), total, per_block, frames_per_block }
    })
}

#[inline(always)]
fn with_stock<R>(class: usize, f: impl FnOnce(&mut List) -> R) -> R {
    let irqs = sync::cpu::irq_save();
    // SAFETY: interrupts are off and the stock is this processor's; see `Stocks`.
    let result = f(unsafe { &mut (&mut *STOCKS[sync::cpu::id()].0.get())[class] });
    irqs.restore();
    result
}

/// The class that serves a layout, if one does.
#[inline(always)]
fn class_of(layout: Layout) -> Option<usize> {
    let mut size = layout.size();
    if layout.align() > 16 {
        size = size.max(layout.align()).next_power_of_two();
    }
    CLASS.get(size.div_ceil(16)).map(|class| *class as usize)
}

fn order_of(layout: Layout) -> usize {
    let bytes = layout.size().max(layout.align()).max(PAGE_SIZE);
    (bytes.next_power_of_two() / PAGE_SIZE).trailing_zeros() as usize
}

#[cold]
fn refill(class: usize) -> *mut u8 {
    {
        let mut shared = SHARED[class].lock();
        if shared.len > 0 {
            return with_stock(class, |stock| {
                for _ in 0..BATCH {
                    let object = shared.pop();
                    if object.is_null() {
                        break;
                    }
                    stock.push(object);
                }
                stock.pop()
            });
        }
    }
    let order = block_order(class);
    let Some(block) = frames::alloc_contiguous(order) else { return null_mut() };
    let bytes = block.into_raw();
    let len = PAGE_SIZE << order;
    USED.fetch_add(len, Ordering::Relaxed);
    OBJECTS[class].fetch_add(len / SIZES[class], Ordering::Relaxed);
    let mut cut = List::EMPTY;
    for nth in (0..len / SIZES[class]).rev() {
        // SAFETY: within the block by the bound of `nth`.
        cut.push(unsafe { bytes.add(nth * SIZES[class]) });
    }
    let first = cut.pop();
    with_stock(class, |stock| {
        while stock.len < BATCH && cut.len > 0 {
            stock.push(cut.pop());
        }
    });
    if cut.len > 0 {
        let mut shared = SHARED[class].lock();
        while cut.len > 0 {
            shared.push(cut.pop());
        }
    }
    first
}

#[cold]
fn spill(class: usize) {
    let mut spilled = List::EMPTY;
    with_stock(class, |stock| {
        for _ in 0..BATCH.min(stock.len) {
            spilled.push(stock.pop());
        }
    });
    let mut shared = SHARED[class].lock();
    while spilled.len > 0 {
        shared.push(spilled.pop());
    }
}

/// Blocks of a class: 2^order frames. Sizes that don't divide a frame well come from more of them.
fn block_order(class: usize) -> usize {
    usize::from(SIZES[class] >= 192)
}

/// Gives back the blocks of which every object is free, but for what processors have in stock. Returns how many
/// frames that were.
pub fn shrink() -> usize {
    (0..SIZES.len()).map(shrink_class).sum()
}

fn shrink_class(class: usize) -> usize {
    let order = block_order(class);
    let len = PAGE_SIZE << order;
    let whole = (len / SIZES[class]) as u32;
    let block_of = |object: *mut Free| object as usize & !(len - 1);
    let free_in = |object: *mut Free| {
        // SAFETY: the page array lives for ever; the heap's own frames leave the field to the heap.
        unsafe { &(*frames::page_of((block_of(object) as u64) - super::DIRECT_MAP).as_ptr()).next }
    };
    let mut empty = List::EMPTY;
    {
        let mut shared = SHARED[class].lock();
        let each = |visit: &dyn Fn(*mut Free)| {
            let mut object = shared.head;
            while !object.is_null() {
                visit(object);
                // SAFETY: objects on the list are free and hold a link; the list is locked.
                object = unsafe { (*object).next };
            }
        };
        each(&|object| free_in(object).store(0, Ordering::Relaxed));
        each(&|object| {
            free_in(object).fetch_add(1, Ordering::Relaxed);
        });
        let mut kept = List::EMPTY;
        while shared.len > 0 {
            let object = shared.pop();
            if free_in(object.cast()).load(Ordering::Relaxed) != whole {
                kept.push(object);
            } else if block_of(object.cast()) == object as usize {
                // The block's first object stands for the block.
                empty.push(object);
            }
        }
        *shared = kept;
    }
    let blocks = empty.len;
    while empty.len > 0 {
        USED.fetch_sub(len, Ordering::Relaxed);
        OBJECTS[class].fetch_sub(whole as usize, Ordering::Relaxed);
        // SAFETY: `refill` took the block with this order; no object of it is in use or on a list.
        unsafe { frames::free_raw(empty.pop(), order) };
    }
    blocks << order
}

struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

// SAFETY: objects of a class are at least as large as the layout and aligned to it (multiples of 16 from a
// frame's start; powers of two for more), handed out once until they come back.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(class) = class_of(layout) else {
            let order = order_of(layout);
            return frames::alloc_contiguous(order).map_or(null_mut(), |block| {
                USED.fetch_add(PAGE_SIZE << order, Ordering::Relaxed);
                block.into_raw()
            });
        };
        let object = with_stock(class, List::pop);
        if object.is_null() { refill(class) } else { object }
    }

    #[inline]
    unsafe fn dealloc(&self, object: *mut u8, layout: Layout) {
        let Some(class) = class_of(layout) else {
            let order = order_of(layout);
            USED.fetch_sub(PAGE_SIZE << order, Ordering::Relaxed);
            // SAFETY: it came from `alloc` with the same layout, so with the same order.
            unsafe { frames::free_raw(object, order) };
            return;
        };
        let full = with_stock(class, |stock| {
            stock.push(object);
            stock.len > STOCK
        });
        if full {
            spill(class);
        }
    }
}
