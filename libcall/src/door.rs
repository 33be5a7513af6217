//! The instruction: the only assembly of this crate. Each function of `calls` ends here.

use core::arch::asm;

use crate::Errno;

/// A register.
#[cfg(target_arch = "x86_64")]
pub type Word = u64;
/// A register.
#[cfg(target_arch = "x86")]
pub type Word = u32;

/// Makes the call. On x32 the number has bit 30 set.
///
/// # Safety
/// The arguments are what the call needs: what it reads is there to be read, and nothing in this program relies on what
/// it writes, maps or unmaps.
#[cfg(target_arch = "x86_64")]
#[inline]
pub unsafe fn call(number: u32, args: [Word; 6]) -> Result<usize, Errno> {
    let result: Word;
    // SAFETY: the caller vouches for what the kernel does. SYSCALL itself overwrites rcx and r11 and keeps all others
    // but rax; the kernel uses no stack of ours.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") Word::from(number) => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    answer(result.cast_signed() as isize)
}

/// Makes the call, by the gate that every kernel has.
///
/// # Safety
/// The arguments are what the call needs: what it reads is there to be read, and nothing in this program relies on what
/// it writes, maps or unmaps.
#[cfg(target_arch = "x86")]
#[inline]
pub unsafe fn call(number: u32, args: [Word; 6]) -> Result<usize, Errno> {
    let result: Word;
    // SAFETY: the caller vouches for what the kernel does, which changes eax alone. The compiler keeps ebx, esi and ebp
    // for itself: they are loaded from `args` and given back as they were. edi points to `args` until it is loaded.
    unsafe {
        asm!(
            "push ebx",
            "push esi",
            "push ebp",
            "mov ebx, [edi]",
            "mov ecx, [edi + 4]",
            "mov edx, [edi + 8]",
            "mov esi, [edi + 12]",
            "mov ebp, [edi + 20]",
            "mov edi, [edi + 16]",
            "int 0x80",
            "pop ebp",
            "pop esi",
            "pop ebx",
            inlateout("eax") number => result,
            inlateout("edi") args.as_ptr() => _,
            lateout("ecx") _,
            lateout("edx") _,
        );
    }
    answer(result.cast_signed() as isize)
}

#[inline]
fn answer(result: isize) -> Result<usize, Errno> {
    match i32::try_from(result) {
        Ok(code @ -4095..=-1) => Err(Errno::from_raw(-code).unwrap_or(Errno::EINVAL)),
        _ => Ok(result.cast_unsigned()),
    }
}
