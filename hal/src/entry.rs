//! The entry stubs and the registers that point at them.

use sync::Once;

use crate::regs::{KERNEL_CS, USER32_CS};
use crate::{bugs, msr};

core::arch::global_asm!(
    include_str!("entry/entry.S"),
    include_str!("entry/compat.S"),
    include_str!("entry/pti.S"),
    options(att_syntax)
);

unsafe extern "C" {
    fn entry_SYSCALL_64();
    fn entry_SYSCALL_compat();
    fn entry_SYSCALL32_ignore();
    fn entry_SYSENTER_compat();
    fn __end_entry_SYSENTER_compat();
    fn entry_SYSCALL_64_pti();
    fn entry_SYSCALL_compat_pti();
    fn entry_SYSENTER_pti();
    fn __end_entry_SYSENTER_pti();
}

/// Flags that SYSCALL clears, as on Linux: AC, AF, CF, DF, ID, IF, IOPL, NT, OF, PF, RF, SF, TF, ZF.
const SYSCALL_FLAGS: u64 = 0x25_7fd5;

/// Whether there are 32-bit doors: unless the command line says `ia32=off` (or, as to Linux, `ia32_emulation=off`).
/// The last word counts.
pub fn ia32_enabled() -> bool {
    static ENABLED: Once<bool> = Once::new();
    *ENABLED.call_once(|| {
        let words = crate::boot::info().cmdline.split_ascii_whitespace();
        let mut said = words
            .filter_map(|word| word.strip_prefix("ia32=").or_else(|| word.strip_prefix("ia32_emulation=")));
        !matches!(said.next_back(), Some("off" | "0" | "n" | "no" | "false"))
    })
}

/// Points SYSCALL and SYSENTER at their stubs on this processor. With the code segment of 0, SYSENTER is refused
/// (#GP).
pub(crate) fn init_cpu() {
    let star = (USER32_CS << 48) | (KERNEL_CS << 32);
    let isolated = bugs::isolates_page_tables();
    let lstar = if isolated { entry_SYSCALL_64_pti as *const () } else { entry_SYSCALL_64 as *const () };
    let (cstar, sysenter_cs, sysenter_eip) = match (ia32_enabled(), isolated) {
        (true, false) => {
            (entry_SYSCALL_compat as *const (), KERNEL_CS, entry_SYSENTER_compat as *const () as u64)
        }
        (true, true) => {
            (entry_SYSCALL_compat_pti as *const (), KERNEL_CS, entry_SYSENTER_pti as *const () as u64)
        }
        (false, _) => (entry_SYSCALL32_ignore as *const (), 0, 0),
    };
    // SAFETY: the stubs follow the protocol of the instruction; the selectors are those of the GDT. SYSENTER's takes
    // the stack from the PerCpu; until then only NMI, #DB and #MC can come, which have stacks of their own.
    unsafe {
        msr::write(msr::STAR, star);
        msr::write(msr::LSTAR, lstar as u64);
        msr::write(msr::CSTAR, cstar as u64);
        msr::write(msr::SFMASK, SYSCALL_FLAGS);
        msr::write(msr::SYSENTER_CS, sysenter_cs);
        msr::write(msr::SYSENTER_ESP, 0);
        msr::write(msr::SYSENTER_EIP, sysenter_eip);
        msr::write(msr::EFER, msr::read(msr::EFER) | msr::EFER_SCE | msr::EFER_NXE);
    }
}

/// Whether `ip` lies where a program that stepped into SYSENTER goes on stepping: until the stub has saved the flags
/// and cleared TF.
pub(crate) fn is_sysenter_singlestep(ip: u64) -> bool {
    let (start, end) =
        (entry_SYSENTER_compat as *const () as u64, __end_entry_SYSENTER_compat as *const () as u64);
    let (pti_start, pti_end) =
        (entry_SYSENTER_pti as *const () as u64, __end_entry_SYSENTER_pti as *const () as u64);
    (start..end).contains(&ip) || (pti_start..pti_end).contains(&ip)
}
