//! The entry stubs and the registers that point at them.

use crate::msr;
use crate::regs::{KERNEL_CS, USER32_CS};

core::arch::global_asm!(include_str!("entry/entry.S"), options(att_syntax));

unsafe extern "C" {
    fn entry_SYSCALL_64();
    fn entry_SYSCALL_compat();
}

/// Flags that SYSCALL clears, as on Linux: AC, AF, CF, DF, ID, IF, IOPL, NT, OF, PF, RF, SF, TF, ZF.
const SYSCALL_FLAGS: u64 = 0x25_7fd5;

/// Points SYSCALL at its stubs on this processor; SYSENTER is refused (#GP).
pub(crate) fn init_cpu() {
    let star = (USER32_CS << 48) | (KERNEL_CS << 32);
    // SAFETY: the stubs follow the protocol of the instruction; the selectors are those of the GDT.
    unsafe {
        msr::write(msr::STAR, star);
        msr::write(msr::LSTAR, entry_SYSCALL_64 as *const () as u64);
        msr::write(msr::CSTAR, entry_SYSCALL_compat as *const () as u64);
        msr::write(msr::SFMASK, SYSCALL_FLAGS);
        msr::write(msr::SYSENTER_CS, 0);
        msr::write(msr::SYSENTER_ESP, 0);
        msr::write(msr::SYSENTER_EIP, 0);
        msr::write(msr::EFER, msr::read(msr::EFER) | msr::EFER_SCE | msr::EFER_NXE);
    }
}
