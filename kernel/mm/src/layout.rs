//! Where things go in a user's half of the address space, with the random offsets that Linux uses.

use hal::mem::{DEFAULT_MAP_WINDOW, PAGE_SIZE};

const PAGE: u64 = PAGE_SIZE as u64;

/// One past the last address of a 32-bit program, or an x32 one (IA32_PAGE_OFFSET).
pub const TASK_SIZE_32: u64 = 0xffff_e000;
/// The same with ADDR_LIMIT_3GB.
pub const TASK_SIZE_3GB: u64 = 0xc000_0000;
/// Nothing is mapped below this without CAP_SYS_RAWIO (vm.mmap_min_addr).
pub const MMAP_MIN_ADDR: u64 = 0x1_0000;
/// What stays empty below a stack (stack_guard_gap: 256 pages).
pub const STACK_GUARD_GAP: u64 = 256 * PAGE;
/// The bottom of a position-independent program before randomisation (ELF_ET_DYN_BASE).
pub const ELF_ET_DYN_BASE: u64 = (DEFAULT_MAP_WINDOW / 3 * 2) & !(PAGE - 1);

/// The same for 32-bit programs.
const ELF_ET_DYN_BASE_32: u64 = 0x40_0000;

/// Random bits of mmap bases and of position-independent programs, in pages (vm.mmap_rnd_bits).
const MMAP_RND_BITS: u32 = 28;
/// The same for 32-bit programs (vm.mmap_rnd_compat_bits).
const MMAP_RND_BITS_32: u32 = 8;
/// Random bits of the stack's top, in pages.
const STACK_RND_MASK: u64 = 0x3f_ffff;
/// The same for 32-bit programs.
const STACK_RND_MASK_32: u64 = 0x7ff;
/// Range over which the heap's start is random.
const BRK_RND_RANGE: u64 = 0x0200_0000;
const MIN_GAP: u64 = 128 << 20;

/// Where the parts of the loaded program are (`struct mm_struct`'s fields of these names).
#[derive(Clone, Copy, Debug, Default)]
pub struct ExecLayout {
    /// First byte of the program's text.
    pub start_code: u64,
    /// One past its text.
    pub end_code: u64,
    /// First byte of its data.
    pub start_data: u64,
    /// One past its data.
    pub end_data: u64,
    /// The stack pointer at the start.
    pub start_stack: u64,
    /// First byte of the argument strings.
    pub arg_start: u64,
    /// One past the argument strings.
    pub arg_end: u64,
    /// First byte of the environment strings.
    pub env_start: u64,
    /// One past the environment strings.
    pub env_end: u64,
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    hal::rng::seed_bytes(&mut bytes);
    u64::from_ne_bytes(bytes)
}

/// A random number of pages, in bytes: below `2^28` pages, or `2^8` where addresses end at `end`, below 4 GiB.
fn mmap_random(end: u64) -> u64 {
    let bits = if end <= TASK_SIZE_32 { MMAP_RND_BITS_32 } else { MMAP_RND_BITS };
    (random() & ((1 << bits) - 1)) * PAGE
}

fn stack_random_mask(end: u64) -> u64 {
    if end <= TASK_SIZE_32 { STACK_RND_MASK_32 } else { STACK_RND_MASK }
}

/// Where the search for free addresses begins, for that stack limit and that end of the addresses.
pub fn mmap_base(stack_limit: u64, randomize: bool, end: u64) -> u64 {
    let (stack_random, mmap_random) =
        if randomize { (stack_random_mask(end) * PAGE, mmap_random(end)) } else { (0, 0) };
    let pad = stack_random + PAGE + STACK_GUARD_GAP;
    let gap = stack_limit.saturating_add(pad).clamp(MIN_GAP, end / 6 * 5);
    end.saturating_sub(gap).saturating_sub(mmap_random) & !(PAGE - 1)
}

/// Where it begins when it goes up (ADDR_COMPAT_LAYOUT).
pub fn legacy_base(randomize: bool, end: u64) -> u64 {
    ((end / 3) & !(PAGE - 1)) + if randomize { mmap_random(end) } else { 0 }
}

/// The top of the stack: at most 16 GiB below the end of user space, of a 32-bit program's 8 MiB.
pub fn stack_top(randomize: bool, end: u64) -> u64 {
    if randomize { end - (random() & stack_random_mask(end)) * PAGE } else { end }
}

/// Where the vDSO goes: above the stack whose top is given, below the next 2 MiB, so that it costs no page table of
/// its own. Where there is no room, the address is of no use and mappings' place is taken instead.
pub fn vdso_hint(stack_top: u64, len: u64, randomize: bool) -> u64 {
    const PMD: u64 = 2 << 20;
    let end = (stack_top + PMD - 1) & !(PMD - 1);
    let room = end.min(DEFAULT_MAP_WINDOW).saturating_sub(len).saturating_sub(stack_top) / PAGE;
    if randomize && room != 0 { stack_top + random() % (room + 1) * PAGE } else { stack_top }
}

/// The bottom of a position-independent program before randomisation, in an address space that ends at `end`.
pub fn elf_et_dyn_base(end: u64) -> u64 {
    if end <= TASK_SIZE_32 { ELF_ET_DYN_BASE_32 } else { ELF_ET_DYN_BASE }
}

/// Where a position-independent program is loaded.
pub fn pie_base(end: u64) -> u64 {
    elf_et_dyn_base(end) + mmap_random(end)
}

/// Where the heap of a program begins whose last byte lies before `end`.
pub fn brk_start(end: u64) -> u64 {
    let end = (end + PAGE - 1) & !(PAGE - 1);
    end + random() % (BRK_RND_RANGE / PAGE) * PAGE
}

/// Sixteen bytes for AT_RANDOM.
pub fn at_random() -> [u8; 16] {
    let mut bytes = [0; 16];
    hal::rng::seed_bytes(&mut bytes);
    bytes
}

/// A random amount below 8 KiB by which the stack pointer is lowered (arch_align_stack), 16-aligned.
pub fn align_stack(sp: u64) -> u64 {
    (sp - random() % 8192) & !0xf
}
