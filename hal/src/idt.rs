//! The interrupt descriptor table: one for all processors (SDM vol. 3, 7.10).

use core::cell::UnsafeCell;

use crate::gdt::{IST_DEBUG, IST_DOUBLE_FAULT, IST_MACHINE_CHECK, IST_NMI};

#[repr(C, align(4096))]
struct Idt(UnsafeCell<[[u64; 2]; 256]>);
// SAFETY: filled by the boot processor before another one runs, read by the hardware only afterwards.
unsafe impl Sync for Idt {}

static IDT: Idt = Idt(UnsafeCell::new([[0; 2]; 256]));

unsafe extern "C" {
    static trap_stubs: [[u8; 16]; 256];
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
        // INT3 and INTO may be called by programs; INT 0x80 gets its door later.
        let dpl: u64 = if matches!(vector, 3 | 4) { 3 } else { 0 };
        let kind = 0x8e | dpl << 5;
        gate[0] =
            stub & 0xffff | 0x10 << 16 | u64::from(ist) << 32 | kind << 40 | (stub >> 16 & 0xffff) << 48;
        gate[1] = stub >> 32;
    }
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
