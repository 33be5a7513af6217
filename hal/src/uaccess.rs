//! The only way to a program's memory: copies that survive a fault. They work on the address space
//! that this processor has loaded. A fault inside may sleep, so they need interrupts on.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::mem::mask_user_address;

core::arch::global_asm!(include_str!("uaccess/copy.S"), options(att_syntax));

unsafe extern "C" {
    fn copy_user(to: *mut u8, from: *const u8, len: usize) -> usize;
    fn clear_user_asm(to: *mut u8, len: usize) -> usize;
    fn strncpy_user(to: *mut u8, from: *const u8, len: usize) -> usize;
}

/// Copies to the program; returns how many bytes were not copied.
///
/// # Safety
/// `from` must be readable for `len` bytes.
#[inline]
pub(crate) unsafe fn raw_copy_to_user(addr: u64, from: *const u8, len: usize) -> usize {
    // SAFETY: the destination begins in the program's half by the mask and goes up, so that it ends there, too: a fault
    // is repaired or reported. The source is the caller's promise.
    unsafe { copy_user(mask_user_address(addr) as *mut u8, from, len) }
}

/// Copies from the program; returns how many bytes were not copied.
///
/// # Safety
/// `to` must be writable for `len` bytes.
#[inline]
pub(crate) unsafe fn raw_copy_from_user(to: *mut u8, addr: u64, len: usize) -> usize {
    // SAFETY: as in `raw_copy_to_user`, the other way round.
    unsafe { copy_user(to, mask_user_address(addr) as *const u8, len) }
}

/// Fills `buf` from `addr`. The error is the number of bytes not copied.
#[inline]
pub fn copy_from_user(buf: &mut [u8], addr: u64) -> Result<(), usize> {
    // SAFETY: a borrowed slice.
    match unsafe { raw_copy_from_user(buf.as_mut_ptr(), addr, buf.len()) } {
        0 => Ok(()),
        left => Err(left),
    }
}

/// Writes `buf` at `addr`. The error is the number of bytes not copied.
#[inline]
pub fn copy_to_user(addr: u64, buf: &[u8]) -> Result<(), usize> {
    // SAFETY: a borrowed slice.
    match unsafe { raw_copy_to_user(addr, buf.as_ptr(), buf.len()) } {
        0 => Ok(()),
        left => Err(left),
    }
}

/// Writes zeros. The error is the number of bytes not written.
#[inline]
pub fn clear_user(addr: u64, len: usize) -> Result<(), usize> {
    // SAFETY: the destination is the program's by the mask.
    match unsafe { clear_user_asm(mask_user_address(addr) as *mut u8, len) } {
        0 => Ok(()),
        left => Err(left),
    }
}

/// Copies a text up to its NUL. Returns its length; `buf.len()` if no NUL came within the buffer. An
/// error if it can't be read that far.
#[inline]
pub fn strncpy_from_user(buf: &mut [u8], addr: u64) -> Result<usize, ()> {
    // SAFETY: no more than the borrowed buffer is written; the source is the program's by the mask.
    let len = unsafe { strncpy_user(buf.as_mut_ptr(), mask_user_address(addr) as *const u8, buf.len()) };
    if len == usize::MAX { Err(()) } else { Ok(len) }
}

/// As [`strncpy_from_user`], into memory that holds nothing yet; gives the text without its NUL.
#[inline]
pub fn strncpy_from_user_uninit(buf: &mut [MaybeUninit<u8>], addr: u64) -> Result<&[u8], ()> {
    // SAFETY: as in `strncpy_from_user`.
    let len =
        unsafe { strncpy_user(buf.as_mut_ptr().cast(), mask_user_address(addr) as *const u8, buf.len()) };
    if len == usize::MAX {
        return Err(());
    }
    // SAFETY: the first `len` bytes were written just now.
    Ok(unsafe { core::slice::from_raw_parts(buf.as_ptr().cast(), len) })
}

mod sealed {
    pub trait Word: Copy {
        /// # Safety
        /// `addr` must lie in user space; see the implementations.
        unsafe fn load(addr: u64) -> Option<Self>;
        /// # Safety
        /// As for `load`.
        unsafe fn store(self, addr: u64) -> bool;
    }
}
use sealed::Word;

macro_rules! word {
    ($ty:ty, $load:literal, $store:literal, $class:ident) => {
        impl Word for $ty {
            #[inline(always)]
            unsafe fn load(addr: u64) -> Option<Self> {
                let mut value: $ty = 0;
                let mut bad: u32 = 1;
                // SAFETY: one load within a window of SMAP; if it faults beyond repair the table leads
                // behind the line that clears `bad`. Site lists let boot patch SMAP's instructions out.
                unsafe {
                    core::arch::asm!(
                        "771: stac",
                        $load,
                        "xor {bad:e}, {bad:e}",
                        "3: clac",
                        ".pushsection __ex_table, \"a\"", ".balign 4", ".long 2b - .", ".long 3b - .", ".popsection",
                        ".pushsection .rodata.smap_sites, \"a\"", ".quad 771b", ".quad 3b", ".popsection",
                        addr = in(reg) addr, value = inout($class) value, bad = inout(reg) bad,
                        options(nostack));
                }
                (bad == 0).then_some(value)
            }

            #[inline(always)]
            unsafe fn store(self, addr: u64) -> bool {
                let mut bad: u32 = 1;
                // SAFETY: one store to user space, otherwise as for `load`.
                unsafe {
                    core::arch::asm!(
                        "771: stac",
                        $store,
                        "xor {bad:e}, {bad:e}",
                        "3: clac",
                        ".pushsection __ex_table, \"a\"", ".balign 4", ".long 2b - .", ".long 3b - .", ".popsection",
                        ".pushsection .rodata.smap_sites, \"a\"", ".quad 771b", ".quad 3b", ".popsection",
                        addr = in(reg) addr, value = in($class) self, bad = inout(reg) bad,
                        options(nostack));
                }
                bad == 0
            }
        }
    };
}
word!(u8, "2: mov {value}, byte ptr [{addr}]", "2: mov byte ptr [{addr}], {value}", reg_byte);
word!(u16, "2: mov {value:x}, word ptr [{addr}]", "2: mov word ptr [{addr}], {value:x}", reg);
word!(u32, "2: mov {value:e}, dword ptr [{addr}]", "2: mov dword ptr [{addr}], {value:e}", reg);
word!(u64, "2: mov {value:r}, qword ptr [{addr}]", "2: mov qword ptr [{addr}], {value:r}", reg);

/// Reads one word; none if it can't be read.
#[inline(always)]
pub fn get_user<T: Word>(addr: u64) -> Option<T> {
    // SAFETY: the address lies in user space.
    unsafe { T::load(mask_user_address(addr)) }
}

/// Writes one word; none if it can't be written.
#[inline(always)]
pub fn put_user<T: Word>(addr: u64, value: T) -> Option<()> {
    // SAFETY: the address lies in user space.
    unsafe { value.store(mask_user_address(addr)) }.then_some(())
}

/// Puts `new` in the place of `old`, atomically. Returns what was there; none if it can't be accessed.
#[inline]
pub fn cmpxchg_user_u32(addr: u64, old: u32, new: u32) -> Option<u32> {
    let addr = mask_user_address(addr);
    let mut seen = old;
    let mut bad: u32 = 1;
    // SAFETY: one locked exchange in user space, otherwise as for loads.
    unsafe {
        core::arch::asm!(
            "771: stac",
            "2: lock cmpxchg dword ptr [{addr}], {new:e}",
            "mov {bad:e}, 0",
            "3: clac",
            ".pushsection __ex_table, \"a\"", ".balign 4", ".long 2b - .", ".long 3b - .", ".popsection",
            ".pushsection .rodata.smap_sites, \"a\"", ".quad 771b", ".quad 3b", ".popsection",
            addr = in(reg) addr, new = in(reg) new, inout("eax") seen, bad = inout(reg) bad,
            options(nostack));
    }
    (bad == 0).then_some(seen)
}

/// One instruction with a program's memory as its operand, `ptr` in a register of that name, and a mask in EDX:EAX;
/// false if it faults beyond repair, or for another reason.
macro_rules! state_insn {
    ($(#[$doc:meta])* $name:ident $insn:literal) => {
        $(#[$doc])*
        #[inline]
        pub(crate) unsafe fn $name(addr: u64, mask: u64) -> bool {
            let addr = mask_user_address(addr);
            let mut bad: u32 = 1;
            // SAFETY: what is touched lies in user space, within a window of SMAP; a fault that can't be repaired leads
            // behind the line that clears `bad`. The rest is the caller's promise.
            unsafe {
                core::arch::asm!(
                    "771: stac",
                    $insn,
                    "xor {bad:e}, {bad:e}",
                    "3: clac",
                    ".pushsection __ex_table, \"a\"", ".balign 4", ".long 2b - .", ".long 3b - .", ".popsection",
                    ".pushsection .rodata.smap_sites, \"a\"", ".quad 771b", ".quad 3b", ".popsection",
                    ptr = in(reg) addr, bad = inout(reg) bad, in("eax") mask as u32, in("edx") (mask >> 32) as u32,
                    options(nostack));
            }
            bad == 0
        }
    };
}
state_insn!(
    /// XSAVE to a program's memory.
    ///
    /// # Safety
    /// The processor has XSAVE.
    xsave_to_user "2: xsave64 [{ptr}]");
state_insn!(
    /// XRSTOR from a program's memory. The program's extended registers are lost if it fails.
    ///
    /// # Safety
    /// The processor has XSAVE; the registers are the program's alone.
    xrstor_from_user "2: xrstor64 [{ptr}]");
state_insn!(
    /// FXSAVE to a program's memory (the mask is not used).
    ///
    /// # Safety
    /// None beyond that of any copy.
    fxsave_to_user "2: fxsave64 [{ptr}]");
state_insn!(
    /// FXRSTOR from a program's memory (the mask is not used).
    ///
    /// # Safety
    /// The registers are the program's alone.
    fxrstor_from_user "2: fxrstor64 [{ptr}]");

/// Runs `f` with accesses that don't wait: one that would fault fails, even if the fault could be repaired. For
/// a look at a program's word with a spin lock held. `f` must not sleep.
#[inline]
pub fn without_faults<R>(f: impl FnOnce() -> R) -> R {
    let off = &crate::percpu::here().faults_off;
    debug_assert!(!off.load(Ordering::Relaxed));
    off.store(true, Ordering::Relaxed);
    let result = f();
    off.store(false, Ordering::Relaxed);
    result
}

static SMAP: AtomicBool = AtomicBool::new(false);

/// Notes whether the processor has SMAP; without it the windows' instructions are patched out. Called
/// at boot while the image is still writable.
#[cfg(target_os = "none")]
pub(crate) fn init(has_smap: bool) {
    unsafe extern "C" {
        static _smap_sites_start: [u64; 0];
        static _smap_sites_end: [u64; 0];
    }
    SMAP.store(has_smap, Ordering::Relaxed);
    if has_smap {
        return;
    }
    // SAFETY: the linker script puts the addresses of all three-byte STAC and CLAC instructions between the
    // symbols; nobody else runs yet, and the image is writable.
    unsafe {
        let (mut site, end) = (_smap_sites_start.as_ptr(), _smap_sites_end.as_ptr());
        while site < end {
            core::ptr::copy_nonoverlapping([0x0f, 0x1f, 0x00].as_ptr(), *site as *mut u8, 3);
            site = site.add(1);
        }
    }
}

/// Whether programs' memory is closed to the kernel outside of these copies.
pub fn has_smap() -> bool {
    SMAP.load(Ordering::Relaxed)
}
