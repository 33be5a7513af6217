//! The application binary interfaces of x86-64 Linux.

/// By whose rules a call was made, or a program was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abi {
    /// 64-bit.
    X86_64,
    /// 64-bit registers, 32-bit pointers: the numbers with [`X32_SYSCALL_BIT`].
    X32,
    /// 32-bit: INT 0x80, SYSENTER and the 32-bit SYSCALL.
    I386,
}

/// Marks the number of an x32 call.
pub const X32_SYSCALL_BIT: u64 = 0x4000_0000;

impl Abi {
    /// Whether pointers and `long` have 32 bits.
    #[inline]
    pub const fn is_32bit(self) -> bool {
        !matches!(self, Self::X86_64)
    }
}
