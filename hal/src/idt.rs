//! The interrupt descriptor table: one for all processors (SDM vol. 3, 7.10).

use core::cell::UnsafeCell;

use crate::entry;
use crate::gdt::{IST_DEBUG, IST_DOUBLE_FAULT, IST_MACHINE_CHECK, IST_NMI};
use crate::mem::isolation;

/// What programs call.
const INT80_VECTOR: usize = 0x80;

#[repr(C, align(4096))]
struct Idt(UnsafeCell<[[u64; 2]; 256]>);
// SAFETY: filled by the boot processor before another one runs, read by the hardware only afterwards.
unsafe impl Sync for Idt {}

static IDT: Idt = Idt(UnsafeCell::new([[0; 2]; 256]));

unsafe extern "C" {
    static trap_stubs: [[u8; 16]; 256];
    fn entry_INT80_compat();
    fn entry_INT80_pti();
}

/// Fills the table; once, on the boot processor.
pub(crate) fn init() {
    // SAFETY: only the boot processor runs.
    let idt = unsafe { &mut *IDT.0.get() };
    for (vector, gate) in idt.iter_mut().enumerate() {
        // SAFETY: only the address of the stub is taken.
        let stub = unsafe { &raw const trap_stubs[vector] } as u64;
        let ist = match vector {
            1 => IST_DEBUG,
            2 => IST_NMI,
            8 => IST_DOUBLE_FAULT,
            18 => IST_MACHINE_CHECK,
            _ => 0,
        };
        // INT3 and INTO may be called by programs.
        let dpl = if matches!(vector, 3 | 4) { 3 } else { 0 };
        *gate = interrupt_gate(stub, ist, dpl);
    }
    if entry::ia32_enabled() {
        let isolated = crate::bugs::isolates_page_tables();
        let stub = if isolated { entry_INT80_pti as *const () } else { entry_INT80_compat as *const () };
        idt[INT80_VECTOR] = interrupt_gate(stub as u64, 0, 3);
    }
}

fn interrupt_gate(stub: u64, ist: u8, dpl: u64) -> [u64; 2] {
    let kind = 0x8e | dpl << 5;
    let low = stub & 0xffff | 0x10 << 16 | u64::from(ist) << 32 | kind << 40 | (stub >> 16 & 0xffff) << 48;
    [low, stub >> 32]
}

/// Lets user mode's page tables have it. None without memory.
pub(crate) fn map_isolated() -> Option<()> {
    isolation::map_static(&raw const IDT, 0)
}

/// Loads the table on this processor.
pub(crate) fn init_cpu() {
    #[repr(C, packed)]
    struct Pointer {
        limit: u16,
        base: u64,
    }
    let pointer = Pointer { limit: 256 * 16 - 1, base: IDT.0.get() as u64 };
    // SAFETY: the table is filled and stays.
    unsafe { core::arch::asm!("lidt [{}]", in(reg) &pointer, options(nostack, preserves_flags)) };
}
