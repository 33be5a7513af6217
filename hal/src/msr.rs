//! Model-specific registers (SDM vol. 4, APM vol. 2 appendix A) and control registers.

use core::arch::asm;

pub(crate) const APIC_BASE: u32 = 0x1b;
pub(crate) const TSC_DEADLINE: u32 = 0x6e0;
pub(crate) const SYSENTER_CS: u32 = 0x174;
pub(crate) const SYSENTER_ESP: u32 = 0x175;
pub(crate) const SYSENTER_EIP: u32 = 0x176;
pub(crate) const EFER: u32 = 0xc000_0080;
pub(crate) const STAR: u32 = 0xc000_0081;
pub(crate) const LSTAR: u32 = 0xc000_0082;
pub(crate) const CSTAR: u32 = 0xc000_0083;
pub(crate) const SFMASK: u32 = 0xc000_0084;
pub(crate) const FS_BASE: u32 = 0xc000_0100;
pub(crate) const GS_BASE: u32 = 0xc000_0101;
pub(crate) const KERNEL_GS_BASE: u32 = 0xc000_0102;
/// EFER: `syscall` works.
pub(crate) const EFER_SCE: u64 = 1;
/// EFER: the no-execute bit of page tables works.
pub(crate) const EFER_NXE: u64 = 1 << 11;

/// # Safety
/// The register must exist.
#[inline(always)]
pub(crate) unsafe fn read(msr: u32) -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: the caller's promise; reading has no side effect that matters.
    unsafe {
        asm!("rdmsr", in("ecx") msr, out("eax") low, out("edx") high, options(nostack, preserves_flags))
    };
    u64::from(high) << 32 | u64::from(low)
}

/// # Safety
/// The register must exist, and the value must keep the kernel's own invariants.
#[inline(always)]
pub(crate) unsafe fn write(msr: u32, value: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!("wrmsr", in("ecx") msr, in("eax") value as u32, in("edx") (value >> 32) as u32,
            options(nostack, preserves_flags))
    };
}

macro_rules! control_register {
    ($read:ident, $write:ident, $name:literal) => {
        #[inline(always)]
        #[allow(dead_code, reason = "not every register is read and written")]
        pub(crate) fn $read() -> u64 {
            let value: u64;
            // SAFETY: reading a control register in ring 0 has no side effect.
            unsafe { asm!(concat!("mov {}, ", $name), out(reg) value, options(nostack, preserves_flags)) };
            value
        }

        /// # Safety
        /// The value must keep the kernel's own invariants.
        #[inline(always)]
        #[allow(dead_code, reason = "not every register is read and written")]
        pub(crate) unsafe fn $write(value: u64) {
            // SAFETY: the caller's promise.
            unsafe { asm!(concat!("mov ", $name, ", {}"), in(reg) value, options(nostack, preserves_flags)) };
        }
    };
}
control_register!(cr0, set_cr0, "cr0");
control_register!(cr2, set_cr2, "cr2");
control_register!(dr6, set_dr6, "dr6");
control_register!(cr3, set_cr3, "cr3");
control_register!(cr4, set_cr4, "cr4");

/// # Safety
/// Reading the port must be harmless.
#[inline(always)]
pub(crate) unsafe fn inb(port: u16) -> u8 {
    let value: u8;
    // SAFETY: the caller's promise.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nostack, preserves_flags)) };
    value
}

/// # Safety
/// Writing the port must be harmless to memory.
#[inline(always)]
pub(crate) unsafe fn outb(port: u16, value: u8) {
    // SAFETY: the caller's promise.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nostack, preserves_flags)) };
}

/// # Safety
/// As for [`outb`].
#[inline(always)]
pub(crate) unsafe fn outw(port: u16, value: u16) {
    // SAFETY: the caller's promise.
    unsafe { asm!("out dx, ax", in("dx") port, in("ax") value, options(nostack, preserves_flags)) };
}

/// # Safety
/// As for [`outb`].
#[inline(always)]
pub(crate) unsafe fn outl(port: u16, value: u32) {
    // SAFETY: the caller's promise.
    unsafe { asm!("out dx, eax", in("dx") port, in("eax") value, options(nostack, preserves_flags)) };
}

/// # Safety
/// As for [`inb`].
#[inline(always)]
pub(crate) unsafe fn inl(port: u16) -> u32 {
    let value: u32;
    // SAFETY: the caller's promise.
    unsafe { asm!("in eax, dx", in("dx") port, out("eax") value, options(nostack, preserves_flags)) };
    value
}
