//! Segments and the task-state segment of each processor (SDM vol. 3, chapters 3 and 8).

use core::cell::UnsafeCell;

use sync::cpu::MAX_CPUS;

use crate::io_bitmap::{IoPermissions, PORTS};
use crate::ldt::Ldt;
use crate::mem::isolation::{self, WRITE};
use crate::percpu;

/// Bytes of a stack for NMI, #DF, #MC or #DB. The entry stub finds the bottom by masking.
const IST_SIZE: usize = 8192;
/// IST numbers (1-based, as in a gate).
pub(crate) const IST_NMI: u8 = 1;
pub(crate) const IST_DOUBLE_FAULT: u8 = 2;
pub(crate) const IST_MACHINE_CHECK: u8 = 3;
pub(crate) const IST_DEBUG: u8 = 4;
const ISTS: usize = 4;
const TSS_SELECTOR: u16 = 0x40;
const LDT_INDEX: usize = 10;
/// A thread's own descriptors (set_thread_area(2)) …
pub(crate) const TLS_ENTRIES: usize = 3;
/// … and where they begin.
const TLS_INDEX: usize = 12;

/// Where a bitmap begins that isn't there: beyond the segment's limit, so that no port is allowed.
const NO_BITMAP: u16 = u16::MAX;
/// The processor looks at two bytes for each port, also for the last (SDM vol. 1, 19.5.2).
const BITMAP_SIZE: usize = PORTS / 8 + 1;
/// Frames of a [`Tss`], as a power of two.
const TSS_ORDER: usize = 2;

/// The hardware's task-state segment, and the I/O bitmap of the thread that runs if it has one.
#[repr(C, packed(4))]
pub(crate) struct Tss {
    reserved0: u32,
    rsp: [u64; 3],
    reserved1: u64,
    ist: [u64; 7],
    reserved2: u64,
    reserved3: u16,
    io_map: u16,
    bitmap: [u8; BITMAP_SIZE],
    /// Beyond the limit: which thread's bitmap that is.
    generation: u64,
}
const _: () = assert!(size_of::<Tss>() <= 4096 << TSS_ORDER);
const BITMAP_OFFSET: u16 = core::mem::offset_of!(Tss, bitmap) as u16;

#[repr(C, align(8192))]
struct IstStack([u8; IST_SIZE]);

#[repr(C, align(64))]
struct Segments(UnsafeCell<[u64; 16]>);

// SAFETY: each processor writes its own element only.
unsafe impl Sync for Segments {}

static SEGMENTS: [Segments; MAX_CPUS] = [const { Segments(UnsafeCell::new([0; 16])) }; MAX_CPUS];

const KERNEL_CODE: u64 = 0x00af_9b00_0000_ffff;
const KERNEL_DATA: u64 = 0x00cf_9300_0000_ffff;
const USER_CODE_32: u64 = 0x00cf_fb00_0000_ffff;
const USER_DATA: u64 = 0x00cf_f300_0000_ffff;
const USER_CODE: u64 = 0x00af_fb00_0000_ffff;
/// Read-only data for programs; the limit is the processor's number, which the vDSO's getcpu reads with LSL. It
/// expands down, so that nothing can be reached through it. Node 0 of the number is the only one.
const CPUNODE: u64 = 0x0040_f500_0000_0000;
const CPUNODE_INDEX: usize = 15;

#[repr(C, packed)]
struct Pointer {
    limit: u16,
    base: u64,
}

/// Loads this processor's segments and TSS. None without memory for its stacks.
pub(crate) fn init_cpu() -> Option<()> {
    let cpu = sync::cpu::id();
    let own = &SEGMENTS[cpu];
    let area = percpu::of(cpu) as *const _ as u64;
    let tss = crate::mem::frames::alloc_contiguous(TSS_ORDER)?.into_raw().cast::<Tss>();
    // SAFETY: the frames are new and hold a TSS, of which all bytes may be 0; the GDT is this processor's own,
    // before it is loaded.
    let (gdt, tss) = unsafe {
        tss.write_bytes(0, 1);
        *percpu::here().tss.get() = tss;
        *percpu::here().rsp0.get() = (&raw mut (*tss).rsp).cast();
        (&mut *own.0.get(), &mut *tss)
    };
    isolation::map_static(own, WRITE)?;
    isolation::map_direct(&raw const *tss as *const u8, size_of::<Tss>())?;
    let mut ist = [0u64; 7];
    for (slot, number) in ist.iter_mut().take(ISTS).zip(1..) {
        let block = crate::mem::frames::alloc_contiguous(1)?.into_raw();
        // SAFETY: the block is two frames, aligned to its size; the entry stub reads the first word.
        unsafe { block.cast::<u64>().write(area) };
        isolation::map_direct(block, IST_SIZE)?;
        if number == IST_NMI {
            // SAFETY: this processor's own field; two more words at the bottom are the stub's.
            unsafe {
                block.cast::<[u64; 3]>().write([area, 0, 0]);
                *percpu::here().nmi_words.get() = block.cast();
            }
        }
        *slot = block as u64 + IST_SIZE as u64;
    }
    tss.ist = ist;
    let base = tss as *const Tss as u64;
    tss.io_map = NO_BITMAP;
    let limit = core::mem::offset_of!(Tss, generation) as u64 - 1;
    // Linux's layout: 0x10 kernel code, 0x18 kernel data, 0x20 32-bit user code, 0x28 user data, 0x30 user code.
    gdt[2..7].copy_from_slice(&[KERNEL_CODE, KERNEL_DATA, USER_CODE_32, USER_DATA, USER_CODE]);
    gdt[8] = limit & 0xffff | (base & 0xff_ffff) << 16 | 0x89 << 40 | (base >> 24 & 0xff) << 56;
    gdt[9] = base >> 32;
    gdt[CPUNODE_INDEX] = CPUNODE | cpu as u64;
    let pointer = Pointer { limit: size_of_val(gdt) as u16 - 1, base: gdt.as_ptr() as u64 };
    // SAFETY: the table is in place and stays; the code selector is reloaded by a far return to the
    // same code; data selectors become null or kernel data, which long mode ignores.
    unsafe {
        core::arch::asm!(
            "lgdt [{pointer}]",
            "push 0x10",
            "lea {scratch}, [rip + 2f]",
            "push {scratch}",
            "retfq",
            "2:",
            "mov ss, {data:e}",
            "mov ds, {zero:e}",
            "mov es, {zero:e}",
            // Without one, a program's selector into it would name memory at address 0.
            "lldt {zero:x}",
            "ltr {tss:x}",
            pointer = in(reg) &pointer,
            scratch = out(reg) _,
            data = in(reg) 0x18,
            zero = in(reg) 0,
            tss = in(reg) u32::from(TSS_SELECTOR),
        );
    }
    Some(())
}

/// Puts a thread's own descriptors into this processor's table. Interrupts are off.
pub(crate) fn set_tls(descriptors: &[u64; TLS_ENTRIES]) {
    let own = &SEGMENTS[sync::cpu::id()];
    for (nth, descriptor) in descriptors.iter().enumerate() {
        // SAFETY: this processor's own table, in which these entries are used by programs' selectors only.
        unsafe { own.0.get().cast::<u64>().add(TLS_INDEX + nth).write_volatile(*descriptor) };
    }
}

/// The selector of such a descriptor, with a program's privilege.
pub(crate) fn tls_selector(index: usize) -> u16 {
    ((TLS_INDEX + index) << 3 | 3) as u16
}

/// Makes this processor use another LDT, or none. Interrupts are off.
pub(crate) fn set_ldt(ldt: Option<&Ldt>) {
    let own = &SEGMENTS[sync::cpu::id()];
    let selector = match ldt.filter(|ldt| !ldt.is_empty()) {
        None => {
            Ldt::unloaded();
            0
        }
        Some(ldt) => {
            let (base, limit) = (ldt.address(), ldt.len() as u64 * 8 - 1);
            let low = limit & 0xffff | (base & 0xff_ffff) << 16 | 0x82 << 40 | (base >> 24 & 0xff) << 56;
            // SAFETY: this processor's own table; LLDT below is what looks at the entries.
            unsafe {
                let entry = own.0.get().cast::<u64>().add(LDT_INDEX);
                entry.write_volatile(low);
                entry.add(1).write_volatile(base >> 32);
            }
            LDT_INDEX << 3
        }
    };
    // SAFETY: null, or a descriptor of a table that lives until this processor has loaded another one.
    unsafe { core::arch::asm!("lldt {0:x}", in(reg) selector, options(nostack, preserves_flags)) };
}

/// Sets the stack for exceptions from user mode.
#[inline(always)]
pub(crate) fn set_rsp0(top: u64) {
    // SAFETY: this processor's own TSS; interrupts are off during a switch.
    unsafe { (*percpu::here().rsp0.get()).write_unaligned(top) };
}

/// Makes `top` the stack for exceptions from user mode for ever: what [`set_rsp0`] sets is of no use from now on.
pub(crate) fn set_entry_stack(top: u64) {
    set_rsp0(top);
    let here = percpu::here();
    // SAFETY: this processor's own fields.
    unsafe { *here.rsp0.get() = here.unused_rsp0.get() };
}

/// Opens the ports of the thread that is about to run. Interrupts are off.
pub(crate) fn set_io_permissions(permissions: &IoPermissions) {
    // SAFETY: this processor's own TSS, which the processor reads in user mode only.
    let tss = unsafe { &mut **percpu::here().tss.get() };
    let Some((words, generation)) = permissions.words() else {
        tss.io_map = NO_BITMAP;
        return;
    };
    tss.io_map = BITMAP_OFFSET;
    if tss.generation == generation {
        return;
    }
    tss.generation = generation;
    let (ports, end) = tss.bitmap.split_at_mut(BITMAP_SIZE - 1);
    end.fill(u8::MAX);
    match words {
        Some(words) => {
            for (bytes, word) in ports.chunks_exact_mut(8).zip(words) {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
        }
        None => ports.fill(0),
    }
}
const _: () = assert!(size_of::<IstStack>() == IST_SIZE);
