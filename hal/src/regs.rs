//! The program's registers as the entry stubs save them, and the segment selectors.

/// Kernel code segment.
pub const KERNEL_CS: u64 = 0x10;
/// Kernel data segment.
pub const KERNEL_DS: u64 = 0x18;
/// 32-bit user code segment.
pub const USER32_CS: u64 = 0x23;
/// User data segment.
pub const USER_DS: u64 = 0x2b;
/// 64-bit user code segment.
pub const USER_CS: u64 = 0x33;

/// `struct pt_regs`: all general registers at the entry to the kernel, in Linux's order, at the top
/// of the kernel stack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs, reason = "the fields are the registers")]
pub struct PtRegs {
    pub r15: u64,
    pub r14: u64,
    pub r13: u64,
    pub r12: u64,
    pub bp: u64,
    pub bx: u64,
    pub r11: u64,
    pub r10: u64,
    pub r9: u64,
    pub r8: u64,
    pub ax: u64,
    pub cx: u64,
    pub dx: u64,
    pub si: u64,
    pub di: u64,
    /// System call number, or the exception's error code.
    pub orig_ax: u64,
    pub ip: u64,
    pub cs: u64,
    pub flags: u64,
    pub sp: u64,
    pub ss: u64,
}
const _: () = assert!(size_of::<PtRegs>() == 21 * 8);

impl PtRegs {
    /// Whether the registers are a program's.
    #[inline(always)]
    pub fn user_mode(&self) -> bool {
        self.cs & 3 != 0
    }
}
