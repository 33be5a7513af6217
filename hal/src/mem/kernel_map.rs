//! The kernel's half of every address space: built once at boot, then only entries below its top
//! level change, so that all roots can share it by copying 256 entries.

use core::cell::UnsafeCell;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};

use sync::{IrqSpinLock, rank};

use super::frames;
use super::tables::{GLOBAL, HUGE, NO_EXEC, PRESENT, USER, WRITE};
use super::{DIRECT_MAP, IO_AREA, KERNEL_AREA, KERNEL_BASE, PAGE_SIZE, PageRef};

/// Entry bits that make a mapping uncached (PWT and PCD).
const UNCACHED: u64 = 1 << 3 | 1 << 4;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const MIB2: u64 = 2 << 20;

// Bit 12 of a root tells the two halves apart with `pti=on`.
#[repr(C, align(8192))]
struct Root(UnsafeCell<[u64; 512]>);
// SAFETY: written at boot by one processor before others run, read only afterwards.
unsafe impl Sync for Root {}

/// The table of the fourth level for all of the kernel's addresses.
static ROOT: Root = Root(UnsafeCell::new([0; 512]));
/// With five levels, the root: `ROOT` is what its last entry leads to.
static ROOT_ABOVE: Root = Root(UnsafeCell::new([0; 512]));
/// The same two for user mode with `pti=on`.
static USER_ROOT: Root = Root(UnsafeCell::new([0; 512]));
static USER_ROOT_ABOVE: Root = Root(UnsafeCell::new([0; 512]));
/// Guards tables below the root once several processors run.
static TABLES: IrqSpinLock<()> = IrqSpinLock::new(rank::TLB, ());
static NEXT_IO: AtomicU64 = AtomicU64::new(IO_AREA);

/// Memory for tables before the frame allocator is there: `next..end`, physical.
static EARLY_NEXT: AtomicU64 = AtomicU64::new(0);
static EARLY_END: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" {
    static _text_start: u8;
    static _text_end: u8;
    static _rodata_end: u8;
    static _kernel_end: u8;
}

/// Physical address of the kernel's root table.
pub(crate) fn root() -> u64 {
    let root = if super::five_levels() { &ROOT_ABOVE } else { &ROOT };
    root.0.get() as u64 - KERNEL_BASE
}

/// Where the kernel image lies in physical memory.
pub(crate) fn image() -> Range<u64> {
    (&raw const _text_start as u64 - KERNEL_BASE)..(&raw const _kernel_end as u64 - KERNEL_BASE)
}

/// Names the memory that tables come from until the frame allocator is there.
pub(crate) fn set_early(range: Range<u64>) {
    EARLY_NEXT.store(range.start.next_multiple_of(PAGE_SIZE as u64), Ordering::Relaxed);
    EARLY_END.store(range.end, Ordering::Relaxed);
}

/// Takes memory before the frame allocator is there; page-aligned, not zeroed. None if it is used up.
pub(crate) fn early_alloc(bytes: u64) -> Option<u64> {
    let start = EARLY_NEXT.load(Ordering::Relaxed);
    let end = start.checked_add(bytes.next_multiple_of(PAGE_SIZE as u64))?;
    if end > EARLY_END.load(Ordering::Relaxed) {
        return None;
    }
    EARLY_NEXT.store(end, Ordering::Relaxed);
    Some(start)
}

/// Ends early allocation; what is left over begins here.
pub(crate) fn end_early() -> u64 {
    EARLY_END.store(0, Ordering::Relaxed);
    EARLY_NEXT.load(Ordering::Relaxed)
}

fn new_table() -> Option<u64> {
    let phys = match early_alloc(PAGE_SIZE as u64) {
        Some(phys) => phys,
        None => {
            let page = PageRef::alloc()?;
            let phys = page.phys().0;
            // Kernel tables stay for ever.
            let _kept = page.into_raw();
            phys
        }
    };
    // SAFETY: the frame was just taken and the direct map covers it.
    unsafe { super::page::clear_page(frames::direct(super::PhysAddr(phys))) };
    Some(phys)
}

/// Physical address of the table whose upper half user mode's roots get with `pti=on`.
pub(super) fn user_root() -> u64 {
    let root = if super::five_levels() { &USER_ROOT_ABOVE } else { &USER_ROOT };
    root.0.get() as u64 - KERNEL_BASE
}

/// Makes what does not change of it. None without memory.
pub(super) fn prepare_user_root() -> Option<()> {
    let above = USER_ROOT_ABOVE.0.get().cast::<u64>();
    // SAFETY: the last of the table's entries; only the boot processor runs.
    unsafe { above.add(511).write_volatile((USER_ROOT.0.get() as u64 - KERNEL_BASE) | PRESENT | WRITE) };
    entry_below(&USER_ROOT, KERNEL_BASE, 2)?;
    entry_below(&USER_ROOT, DIRECT_MAP, 2)?;
    Some(())
}

/// Lets user mode's tables have a page of the kernel's. None without memory, or outside of the image and the direct map's
/// first 512 GiB, for which no table was prepared.
pub(super) fn map_user(addr: u64, value: u64) -> Option<()> {
    let _guard = TABLES.lock();
    let top = |addr: u64| addr >> 39;
    if top(addr) != top(KERNEL_BASE) && top(addr) != top(DIRECT_MAP) {
        return None;
    }
    let slot = entry_below(&USER_ROOT, addr, 0)?;
    // SAFETY: the slot of a live table.
    unsafe { slot.write_volatile(value) };
    Some(())
}

/// Maps a page among the kernel's addresses that programs may read and nothing else: at boot, before there are address
/// spaces. None without memory.
pub fn map_for_programs(addr: u64, page: PageRef) -> Option<()> {
    let _guard = TABLES.lock();
    let bits = page.phys().0 | PRESENT | USER | NO_EXEC;
    set_for_programs(&ROOT, &ROOT_ABOVE, addr, bits)?;
    set_for_programs(&USER_ROOT, &USER_ROOT_ABOVE, addr, bits)?;
    let _kept = page.into_raw();
    Some(())
}

/// Every table on the way must let programs through; what they may not reach, its own entry says.
fn set_for_programs(root: &Root, above: &Root, addr: u64, value: u64) -> Option<()> {
    let last = above.0.get().cast::<u64>().wrapping_add(511);
    let slots =
        [Some(last), entry_below(root, addr, 3), entry_below(root, addr, 2), entry_below(root, addr, 1)];
    let page = entry_below(root, addr, 0)?;
    for slot in slots {
        let slot = slot?;
        // SAFETY: slots of live tables, which change under the lock alone; the one above is of use with five levels only.
        unsafe { slot.write_volatile(slot.read_volatile() | USER) };
    }
    // SAFETY: as above.
    unsafe { page.write_volatile(value) };
    Some(())
}

/// Whether user mode's tables have that page.
pub(super) fn user_has(addr: u64) -> bool {
    let _guard = TABLES.lock();
    // SAFETY: the slot of a live table.
    entry_below(&USER_ROOT, addr, 0).is_some_and(|slot| unsafe { slot.read_volatile() } & PRESENT != 0)
}

/// The entry for `addr` in the table of `level` (0: pages), with the tables above it made.
fn entry(addr: u64, level: u32) -> Option<*mut u64> {
    entry_below(&ROOT, addr, level)
}

fn entry_below(root: &Root, addr: u64, level: u32) -> Option<*mut u64> {
    let mut table: *mut u64 = root.0.get().cast();
    for at in (level..4).rev() {
        let index = (addr >> (12 + 9 * at)) as usize % 512;
        // SAFETY: `table` is a table of 512 entries, and the index is below that.
        let slot = unsafe { table.add(index) };
        if at == level {
            return Some(slot);
        }
        // SAFETY: as above; nobody else writes (boot, or under `TABLES`).
        let mut next = unsafe { slot.read_volatile() };
        if next & PRESENT == 0 {
            next = new_table()? | PRESENT | WRITE;
            // SAFETY: as above.
            unsafe { slot.write_volatile(next) };
        }
        table = frames::direct(super::PhysAddr(next & ADDRESS)).cast();
    }
    None
}

fn set(addr: u64, level: u32, value: u64) -> Option<()> {
    let slot = entry(addr, level)?;
    // SAFETY: `entry` gave a slot of a live table.
    unsafe { slot.write_volatile(value) };
    Some(())
}

/// Maps the kernel image write-xor-execute, and prepares the areas that grow later. None without memory.
pub(crate) fn map_image() -> Option<()> {
    let virt = |symbol: *const u8| symbol as u64;
    let (text, text_end) = (virt(&raw const _text_start), virt(&raw const _text_end));
    let (rodata_end, end) = (virt(&raw const _rodata_end), virt(&raw const _kernel_end));
    let mut addr = text;
    while addr < end {
        let bits = if addr < text_end {
            0
        } else if addr < rodata_end {
            NO_EXEC
        } else {
            NO_EXEC | WRITE
        };
        set(addr, 0, (addr - KERNEL_BASE) | PRESENT | GLOBAL | bits)?;
        addr += PAGE_SIZE as u64;
    }
    let above = ROOT_ABOVE.0.get().cast::<u64>();
    // SAFETY: the last of the table's entries; only the boot processor runs.
    unsafe { above.add(511).write_volatile((ROOT.0.get() as u64 - KERNEL_BASE) | PRESENT | WRITE) };
    // The second levels of growing areas exist before the first root is copied.
    entry(KERNEL_AREA, 2)?;
    entry(IO_AREA, 2)?;
    Some(())
}

/// Maps RAM in `range` into the direct map. None without memory.
pub(crate) fn map_ram(range: Range<u64>) -> Option<()> {
    let mut phys = range.start & !(MIB2 - 1);
    while phys < range.end {
        set(DIRECT_MAP + phys, 1, phys | PRESENT | WRITE | HUGE | GLOBAL | NO_EXEC)?;
        phys += MIB2;
    }
    Some(())
}

/// Maps a frame into the kernel area for ever.
pub(crate) fn map_page(addr: u64, page: PageRef) -> Option<()> {
    let _guard = TABLES.lock();
    let phys = page.phys().0;
    set(addr, 0, phys | PRESENT | WRITE | GLOBAL | NO_EXEC)?;
    let _kept = page.into_raw();
    Some(())
}

/// Takes the page at `addr` of the image out of the map (a guard page).
pub(crate) fn unmap_image_page(addr: u64) {
    let _guard = TABLES.lock();
    let _ = set(addr, 0, 0);
    super::flush_local(addr);
}

/// Maps device registers, uncached. None without memory.
pub(crate) fn map_io(phys: u64, bytes: u64) -> Option<*mut u8> {
    let first = phys & !(PAGE_SIZE as u64 - 1);
    let len = (phys + bytes - first).next_multiple_of(PAGE_SIZE as u64);
    let base = NEXT_IO.fetch_add(len, Ordering::Relaxed);
    let _guard = TABLES.lock();
    for offset in (0..len).step_by(PAGE_SIZE) {
        set(base + offset, 0, (first + offset) | PRESENT | WRITE | GLOBAL | NO_EXEC | UNCACHED)?;
    }
    Some((base + (phys - first)) as *mut u8)
}

/// Loads the kernel's own root.
pub(crate) fn activate() {
    // SAFETY: the root maps the running code, the stack and the direct map as they are mapped now.
    unsafe { core::arch::asm!("mov cr3, {}", in(reg) root(), options(nostack, preserves_flags)) };
}
