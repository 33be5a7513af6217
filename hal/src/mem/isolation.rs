//! Page tables of their own for user mode (`pti=on`): what a program's tables have of the kernel, and the changes to the
//! entry stubs, which `entry/pti.S` describes.
//!
//! Every root has a second one in the frame behind it. Its lower half is the same. Its upper half leads to what the
//! processor needs to get to the kernel's tables: the stubs, the descriptor tables, the task-state segments, the stacks that
//! they name, and each processor's `PerCpu`.

use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};

use super::frames;
use super::kernel_map;
use super::page::Page;
pub(crate) use super::tables::WRITE;
use super::tables::{NO_EXEC, PRESENT};
use super::{DIRECT_MAP, KERNEL_BASE, PAGE_SIZE, PageRef, PhysAddr};
use crate::{bugs, cpu, kprintln, percpu};

/// Bits of CR3 that the user half has and the kernel's has not.
pub(crate) const USER_CR3: u64 = 0x1800;
/// Bit of a value for CR3: translations stay.
const KEEP: u64 = 1 << 63;
const SECOND: u64 = PAGE_SIZE as u64;

unsafe extern "C" {
    static _entry_start: u8;
    static _entry_end: u8;
    static _text_start: u8;
    static _text_end: u8;
    static _pcid_sites_start: [u64; 0];
    static _pcid_sites_end: [u64; 0];
    static _pcid_mem_sites_start: [u64; 0];
    static _pcid_mem_sites_end: [u64; 0];
    static _fence_jumps_start: [[u64; 2]; 0];
    static _fence_jumps_end: [[u64; 2]; 0];
    static _pti_jumps_start: [[u64; 2]; 0];
    static _pti_jumps_end: [[u64; 2]; 0];
}

/// Two frames for a root and the user's, of zeros, as pages. None without memory.
pub(super) fn alloc_roots() -> Option<(PageRef, PageRef)> {
    let block = frames::alloc_contiguous(1)?.into_raw() as u64 - DIRECT_MAP;
    let page = |phys: u64| {
        let page = frames::page_of(phys);
        // SAFETY: the page array lives for ever; the frame is new and nobody else's, so it can be cleared and given its
        // first count, which the handle takes over.
        unsafe {
            super::page::clear_page(frames::direct(PhysAddr(phys)));
            let of: &Page = page.as_ref();
            of.flags.store(0, Ordering::Relaxed);
            of.refs.store(1, Ordering::Relaxed);
            PageRef::from_raw(page)
        }
    };
    Some((page(block), page(block + SECOND)))
}

/// Gives the user's root behind `root` the upper half that all have.
pub(super) fn fill_user_root(root: u64) {
    let words = |phys: u64| frames::direct(PhysAddr(phys)).cast::<AtomicU64>();
    for at in 256..512 {
        // SAFETY: both are tables of 512 entries; the new one is not loaded yet.
        unsafe {
            let entry = (*words(kernel_map::user_root()).add(at)).load(Ordering::Relaxed);
            (*words(root + SECOND).add(at)).store(entry, Ordering::Relaxed);
        }
    }
}

/// Writes what was just written into a root into the user's, too.
#[cold]
pub(super) fn mirror(slot: &AtomicU64, value: u64) {
    if bugs::isolates_page_tables() {
        let second = (slot as *const AtomicU64).wrapping_byte_add(PAGE_SIZE);
        // SAFETY: roots come in pairs then, and the slot is the first one's.
        unsafe { (*second).store(value, Ordering::Release) };
    }
}

/// Lets user mode's tables have `range` of the kernel's addresses, which is mapped to what `phys` says.
fn map(range: Range<u64>, phys: impl Fn(u64) -> u64, bits: u64) -> Option<()> {
    let mut addr = range.start & !(SECOND - 1);
    while addr < range.end {
        kernel_map::map_user(addr, phys(addr) | PRESENT | bits)?;
        addr += SECOND;
    }
    Some(())
}

fn map_image(range: Range<u64>, bits: u64) -> Option<()> {
    map(range, |addr| addr - KERNEL_BASE, bits)
}

/// Lets user mode's tables have memory that the direct map has: for the processor's own use. None without memory.
pub(crate) fn map_direct(start: *const u8, bytes: usize) -> Option<()> {
    if !bugs::isolates_page_tables() {
        return Some(());
    }
    let start = start as u64;
    map(start..start + bytes as u64, |addr| addr - DIRECT_MAP, WRITE | NO_EXEC)
}

/// The same for a static of the image.
pub(crate) fn map_static<T>(what: *const T, bits: u64) -> Option<()> {
    if !bugs::isolates_page_tables() {
        return Some(());
    }
    map_image(what as u64..what as u64 + size_of::<T>() as u64, bits | NO_EXEC)
}

/// Writes into the code. Only the boot processor runs, and not that code.
///
/// # Safety
/// The bytes must be whole instructions that do the same or lead elsewhere on purpose.
unsafe fn patch(at: u64, bytes: &[u8]) {
    let alias = (at - KERNEL_BASE + DIRECT_MAP) as *mut u8;
    // SAFETY: the direct map has the image, writable.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), alias, bytes.len()) };
}

/// Puts jumps in the place of five bytes each; the list has from where and where to.
///
/// # Safety
/// Nobody may jump into those five bytes, and what they lead to must do the same.
unsafe fn redirect(mut pair: *const [u64; 2], end: *const [u64; 2]) {
    while pair < end {
        // SAFETY: the caller's promise, and the linker script's for the list.
        unsafe {
            let [from, to] = *pair;
            let mut jump = [0xe9, 0, 0, 0, 0];
            jump[1..].copy_from_slice(&(to.wrapping_sub(from + 5) as u32).to_le_bytes());
            patch(from, &jump);
            pair = pair.add(1);
        }
    }
}

/// Prepares the tables and turns the stubs; once, on the boot processor, before it loads any of it. None without memory.
pub(crate) fn init() -> Option<()> {
    if bugs::fences_swapgs() {
        // SAFETY: see the list.
        unsafe { redirect(_fence_jumps_start.as_ptr(), _fence_jumps_end.as_ptr()) };
    }
    if !bugs::isolates_page_tables() {
        return Some(());
    }
    kernel_map::prepare_user_root()?;
    let (start, end) = (&raw const _entry_start as u64, &raw const _entry_end as u64);
    map_image(start..end, 0)?;
    check(start..end);
    // SAFETY: see the list.
    unsafe { redirect(_pti_jumps_start.as_ptr(), _pti_jumps_end.as_ptr()) };
    if !cpu::has_pcid() {
        const NOP5: [u8; 5] = [0x0f, 0x1f, 0x44, 0x00, 0x00];
        const NOP11: [u8; 11] = [0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00];
        // SAFETY: the lists have the addresses of all BTS instructions, of five and of eleven bytes.
        unsafe {
            patch_all(_pcid_sites_start.as_ptr(), _pcid_sites_end.as_ptr(), &NOP5);
            patch_all(_pcid_mem_sites_start.as_ptr(), _pcid_mem_sites_end.as_ptr(), &NOP11);
        }
    }
    Some(())
}

/// # Safety
/// As for [`patch`], for each address in the list.
unsafe fn patch_all(mut site: *const u64, end: *const u64, bytes: &[u8]) {
    while site < end {
        // SAFETY: the caller's promise.
        unsafe {
            patch(*site, bytes);
            site = site.add(1);
        }
    }
}

/// Counts what user mode's tables have of the kernel's text and panics if that is more than the stubs.
fn check(entry: Range<u64>) {
    let (start, end) = (&raw const _text_start as u64, &raw const _text_end as u64);
    let mut there = 0;
    for addr in (start..end).step_by(PAGE_SIZE) {
        let mapped = kernel_map::user_has(addr);
        assert!(mapped == entry.contains(&addr), "user mode's tables and the kernel's text");
        there += u64::from(mapped);
    }
    let all = (end - start) / SECOND;
    kprintln!("pti: user mode's page tables have {there} of the kernel's {all} pages of code");
}

/// What user mode's tables have of this processor's: once each, before it goes to user mode. None without memory.
pub(crate) fn init_cpu() -> Option<()> {
    if !bugs::isolates_page_tables() {
        return Some(());
    }
    let here = percpu::here();
    map_static(here, WRITE)?;
    let stack = frames::alloc_contiguous(0)?.into_raw();
    map_direct(stack, PAGE_SIZE)?;
    // SAFETY: this processor's own fields.
    unsafe { *here.entry_stack.get() = stack as u64 + SECOND };
    crate::gdt::set_entry_stack(stack as u64 + SECOND);
    forget_user_half();
    Some(())
}

/// The user half of the loaded address space has to be forgotten before it is used again. Interrupts are off.
#[inline]
pub(crate) fn forget_user_half() {
    percpu::here().cr3_bits.store(USER_CR3, Ordering::Relaxed);
}

/// Whether that is still to be done.
pub(crate) fn must_forget() -> bool {
    percpu::here().cr3_bits.load(Ordering::Relaxed) & KEEP == 0
}

/// It need not be, or must.
pub(crate) fn set_forget(forget: bool) {
    percpu::here().cr3_bits.store(if forget { USER_CR3 } else { USER_CR3 | KEEP }, Ordering::Relaxed);
}
