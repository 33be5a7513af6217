//! Protection keys (SDM vol. 3, 4.6.2): each page of a program has a key, and the register PKRU says for each key
//! whether the running thread may read or write. PKRU is part of the extended state (`fpu`), and holds for the
//! kernel's copies from and to the program, too.

use core::arch::asm;
use core::arch::x86_64::{__cpuid, __cpuid_count};
use core::sync::atomic::{AtomicBool, Ordering};

use crate::{fpu, msr};

pub use crate::mem::{PKEYS, PKRU_INIT};

static ENABLED: AtomicBool = AtomicBool::new(false);

/// Whether the processors have protection keys.
#[inline(always)]
pub fn enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

/// Switches them on, on this processor. PKRU has to be kept with the rest of the state.
pub(crate) fn init_cpu() {
    const CR4_PKE: u64 = 1 << 22;
    let has = __cpuid(0).eax >= 7 && __cpuid_count(7, 0).ecx & 1 << 3 != 0;
    if has && fpu::keeps_pkru() {
        // SAFETY: CPUID lists the feature; entries of the kernel's own pages are not user pages, which alone have keys.
        unsafe { msr::set_cr4(msr::cr4() | CR4_PKE) };
        ENABLED.store(true, Ordering::Relaxed);
        write(PKRU_INIT);
    }
}

/// The running thread's PKRU; 0 where there is none.
#[inline]
pub fn read() -> u32 {
    if !enabled() {
        return 0;
    }
    let value: u32;
    // SAFETY: CR4.PKE is set; reads a register.
    unsafe { asm!("rdpkru", in("ecx") 0, out("eax") value, out("edx") _, options(nostack, preserves_flags)) };
    value
}

/// Sets the running thread's PKRU, where there is one.
#[inline]
pub fn write(value: u32) {
    if enabled() {
        // SAFETY: CR4.PKE is set; what may fail now is a program's access, or a copy that survives it.
        unsafe {
            asm!("wrpkru", in("ecx") 0, in("eax") value, in("edx") 0, options(nostack, preserves_flags))
        };
    }
}
