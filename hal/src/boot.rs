//! From the PVH entry to the kernel's main function: what the machine is, where memory is, and the
//! order in which hal's parts come up.

use core::ops::Range;

use sync::Once;

use crate::mem::{DIRECT_MAP, KERNEL_BASE, frames, isolation, kernel_map};
use crate::{acpi, apic, bugs, cpu, gdt, idt, log, mem, panic, percpu, serial, time, uaccess, upcalls};

core::arch::global_asm!(include_str!("boot/start.S"), options(att_syntax));

/// `hvm_start_info` (Xen, include/public/arch-x86/hvm/start_info.h).
// The loader's structures stand at any address: QEMU's microvm does not align them.
#[repr(C, packed)]
struct StartInfo {
    magic: u32,
    version: u32,
    flags: u32,
    nr_modules: u32,
    modlist: u64,
    cmdline: u64,
    rsdp: u64,
    memmap: u64,
    memmap_entries: u32,
    reserved: u32,
}

#[repr(C, packed)]
struct Module {
    addr: u64,
    size: u64,
    cmdline: u64,
    reserved: u64,
}

#[repr(C, packed)]
#[derive(Clone, Copy)]
struct MemmapEntry {
    addr: u64,
    size: u64,
    kind: u32,
    reserved: u32,
}

const START_MAGIC: u32 = 0x336e_c578;
const RAM: u32 = 1;
/// What the boot page tables map.
const BOOT_MAPPED: u64 = 1 << 30;
const MAX_RANGES: usize = 32;
const CMDLINE_MAX: usize = 2048;

/// What the boot loader said.
pub struct BootInfo {
    /// The command line.
    pub cmdline: &'static str,
    /// The initramfs image, if one was given.
    pub initrd: Option<&'static [u8]>,
    /// Where RAM is, physical.
    pub ram: &'static [Range<u64>],
    pub(crate) rsdp: u64,
}

static INFO: Once<BootInfo> = Once::new();

/// What the boot loader said.
pub fn info() -> &'static BootInfo {
    INFO.get().expect("known since the first steps of boot")
}

/// Gives the initramfs's memory back to the frame allocator. Call once, when nothing refers to it.
pub fn release_initrd() {
    static DONE: core::sync::atomic::AtomicBool = core::sync::atomic::AtomicBool::new(false);
    let Some(initrd) = info().initrd else { return };
    if DONE.swap(true, core::sync::atomic::Ordering::Relaxed) {
        return;
    }
    let start = initrd.as_ptr() as u64 - DIRECT_MAP;
    let (first, end) = (start.div_ceil(4096), (start + initrd.len() as u64) / 4096);
    if first < end {
        // SAFETY: the image's whole pages are RAM that was kept out of the allocator until now; the
        // caller has let go of the slice.
        unsafe { frames::add_range(first, end) };
    }
}

/// # Safety
/// `phys..phys + count * size_of::<T>()` must be RAM below [`BOOT_MAPPED`] that holds `T`s.
unsafe fn at<T>(phys: u64, count: usize) -> &'static [T] {
    // SAFETY: the caller's promise; the boot tables map the first GiB at the direct map.
    unsafe { core::slice::from_raw_parts((DIRECT_MAP + phys) as *const T, count) }
}

/// The first Rust code: long mode, boot tables, boot stack, interrupts off.
#[unsafe(no_mangle)]
extern "C" fn hal_start(start_info: u64) -> ! {
    // SAFETY: the first thing that this processor does.
    unsafe { percpu::init(0, 0) };
    serial::init();
    let ranges = read_start_info(start_info);
    set_up_memory(ranges);
    cpu::init_boot();
    bugs::init();
    idt::init();
    if isolation::init().and_then(|()| idt::map_isolated()).is_none() {
        no_memory();
    }
    init_cpu();
    acpi::init(info().rsdp);
    apic::init();
    time::init();
    upcalls::kernel_main()
}

/// What every processor does for itself.
pub(crate) fn init_cpu() {
    if gdt::init_cpu().is_none() {
        panic::fatal("no memory for a processor's stacks");
    }
    idt::init_cpu();
    cpu::init_features();
    bugs::init_cpu();
    if isolation::init_cpu().is_none() {
        panic::fatal("no memory for a processor's stacks");
    }
    crate::entry::init_cpu();
    crate::fpu::init_cpu();
    crate::pkru::init_cpu();
}

fn read_start_info(phys: u64) -> &'static [Range<u64>] {
    static CMDLINE: Once<([u8; CMDLINE_MAX], usize)> = Once::new();
    static RANGES: Once<([Range<u64>; MAX_RANGES], usize)> = Once::new();
    // SAFETY: the PVH protocol passes the structure's address; the loader keeps all of it in low RAM.
    let start = unsafe { &at::<StartInfo>(phys, 1)[0] };
    if start.magic != START_MAGIC {
        panic::fatal("not started through the PVH entry: no start info");
    }
    let (text, len) = CMDLINE.call_once(|| read_cmdline(start.cmdline));
    let cmdline = core::str::from_utf8(&text[..*len]).unwrap_or("");
    log::configure(cmdline);
    let (ranges, count) = RANGES.call_once(|| {
        let mut found = ([const { 0..0 }; MAX_RANGES], 0);
        if start.version >= 1 && start.memmap != 0 {
            // SAFETY: as above.
            for entry in unsafe { at::<MemmapEntry>(start.memmap, start.memmap_entries as usize) } {
                if entry.kind == RAM && found.1 < MAX_RANGES {
                    found.0[found.1] = entry.addr..entry.addr.saturating_add(entry.size);
                    found.1 += 1;
                }
            }
        }
        found
    });
    if *count == 0 {
        panic::fatal("the boot loader gave no memory map");
    }
    let initrd = (start.nr_modules > 0).then(|| {
        // SAFETY: as above.
        let module = unsafe { &at::<Module>(start.modlist, 1)[0] };
        // SAFETY: the loader put the image into RAM, which the direct map covers from here on.
        unsafe { core::slice::from_raw_parts((DIRECT_MAP + module.addr) as *const u8, module.size as usize) }
    });
    let ram = &ranges[..*count];
    let _ = INFO.set(BootInfo { cmdline, initrd: initrd.filter(|i| !i.is_empty()), ram, rsdp: start.rsdp });
    ram
}

fn read_cmdline(phys: u64) -> ([u8; CMDLINE_MAX], usize) {
    let mut text = [0; CMDLINE_MAX];
    let mut len = 0;
    while phys != 0 && len < CMDLINE_MAX {
        // SAFETY: a NUL-terminated text in low RAM.
        let byte = unsafe { at::<u8>(phys + len as u64, 1)[0] };
        if byte == 0 {
            break;
        }
        text[len] = byte;
        len += 1;
    }
    (text, len)
}

/// Takes `hole` out of the free ranges.
fn cut(free: &mut [Range<u64>; MAX_RANGES], hole: Range<u64>) {
    for at in 0..MAX_RANGES {
        let range = free[at].clone();
        if range.start >= hole.end || hole.start >= range.end {
            continue;
        }
        free[at] = range.start..hole.start.max(range.start);
        if hole.end < range.end
            && let Some(slot) = free.iter_mut().find(|r| r.start >= r.end)
        {
            *slot = hole.end..range.end;
        }
    }
}

/// Builds the kernel's page tables and hands RAM to the frame allocator.
fn set_up_memory(ram: &'static [Range<u64>]) {
    let image = kernel_map::image();
    let mut free = [const { 0..0 }; MAX_RANGES];
    for (slot, range) in free.iter_mut().zip(ram) {
        *slot = range.start.next_multiple_of(4096)..range.end & !4095;
    }
    // The first MiB stays as it is: firmware tables, the loader's structures, the trampoline.
    cut(&mut free, 0..1 << 20);
    cut(&mut free, (1 << 20).min(image.start)..image.end.next_multiple_of(4096));
    if let Some(initrd) = info().initrd {
        let start = initrd.as_ptr() as u64 - DIRECT_MAP;
        cut(&mut free, (start & !4095)..(start + initrd.len() as u64).next_multiple_of(4096));
    }
    let usable = |range: &Range<u64>| range.end.min(BOOT_MAPPED).saturating_sub(range.start);
    let Some(early) = free.iter().max_by_key(|range| usable(range)).cloned() else { return no_memory() };
    kernel_map::set_early(early.start..early.end.min(BOOT_MAPPED));
    let end = ram.iter().map(|range| range.end).max().unwrap_or(0);
    let mapped = ram.iter().try_for_each(|range| kernel_map::map_ram(range.clone()));
    if mapped.and_then(|()| kernel_map::map_ram(0..1 << 20)).and_then(|()| kernel_map::map_image()).is_none()
    {
        return no_memory();
    }
    uaccess::init(cpu::has_smap());
    mem::init_limit();
    kernel_map::activate();
    unsafe extern "C" {
        static boot_stack_guard: u8;
        static mut kernel_root: u64;
    }
    // SAFETY: only this processor runs; the trampoline reads the word later.
    unsafe { kernel_root = kernel_map::root() };
    let count = (end / 4096) as usize;
    let bytes = frames::page_array_size(count) as u64;
    let Some(array) = kernel_map::early_alloc(bytes) else { return no_memory() };
    let array = (DIRECT_MAP + array) as *mut u8;
    // SAFETY: the memory was just taken, and is mapped; it is handed over once.
    unsafe {
        core::arch::asm!("rep stosq", inout("rcx") bytes.div_ceil(8) => _, inout("rdi") array => _, in("rax") 0,
            options(nostack));
        frames::set_page_array(array, count);
    }
    let left = kernel_map::end_early();
    cut(&mut free, early.start..left);
    for range in free.iter().filter(|range| range.start < range.end) {
        // SAFETY: RAM that nothing of the above uses, covered by the array.
        unsafe { frames::add_range(range.start / 4096, range.end / 4096) };
    }
    kernel_map::unmap_image_page(&raw const boot_stack_guard as u64);
    if frames::free() < 1024 {
        no_memory();
    }
}

fn no_memory() {
    let total: u64 = info().ram.iter().map(|range| range.end - range.start).sum();
    crate::kprintln!("{} KiB of memory are not enough to start", total >> 10);
    panic::fatal("not enough memory");
}

const _: () = assert!(KERNEL_BASE > mem::KERNEL_AREA);

/// The first Rust code of another processor.
#[unsafe(no_mangle)]
extern "C" fn hal_start_secondary(cpu: u32) -> ! {
    // SAFETY: the first thing that this processor does.
    unsafe {
        percpu::init(
            cpu as usize,
            percpu::of(cpu as usize).apic_id.load(core::sync::atomic::Ordering::Relaxed),
        )
    };
    init_cpu();
    apic::init_cpu();
    crate::smp::arrived(cpu);
    upcalls::secondary_main(cpu)
}

/// Words of the command line: `name=value`, or `name` with an empty value. The last one wins.
pub fn option(name: &str) -> Option<&'static str> {
    info().cmdline.split_ascii_whitespace().rev().find_map(|word| {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        (key == name).then_some(value)
    })
}
