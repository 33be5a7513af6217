//! How far a program's addresses reach: 47 bits with four levels of page tables, 56 with five, each less a page that
//! always stays empty.

/// One past the last address that a program gets without asking for more (DEFAULT_MAP_WINDOW).
pub const DEFAULT_MAP_WINDOW: u64 = 0x7fff_ffff_f000;

/// The first address that a program can't have (TASK_SIZE_MAX). Boot writes it into the instructions.
#[cfg(target_os = "none")]
#[inline(always)]
pub fn task_size_max() -> u64 {
    let limit: u64;
    // SAFETY: loads a constant. The list of sites lets boot change it before anything of a program's runs.
    unsafe {
        core::arch::asm!(
            "771: movabs {limit}, {window}",
            ".pushsection .rodata.limit_sites, \"a\"", ".quad 771b + 2", ".popsection",
            limit = out(reg) limit, window = const DEFAULT_MAP_WINDOW,
            options(pure, nomem, nostack, preserves_flags));
    }
    limit
}

/// The first address that a program can't have.
#[cfg(not(target_os = "none"))]
#[inline(always)]
pub fn task_size_max() -> u64 {
    DEFAULT_MAP_WINDOW
}

/// `addr` if a program can have it, else the first address that it can't have, at which nothing is ever mapped.
/// There is no branch that a processor could guess wrong: also an access that is only tried out stays in the program's
/// half. An access that begins there and goes on upwards ends at that page or at addresses that are none.
#[cfg(target_os = "none")]
#[inline(always)]
pub(crate) fn mask_user_address(addr: u64) -> u64 {
    let mut masked = addr;
    // SAFETY: arithmetic on registers only.
    unsafe {
        core::arch::asm!("cmp {limit}, {masked}", "cmovb {masked}, {limit}", limit = in(reg) task_size_max(),
            masked = inout(reg) masked, options(pure, nomem, nostack));
    }
    masked
}

/// Whether page tables have five levels.
#[cfg(target_os = "none")]
pub fn five_levels() -> bool {
    FIVE_LEVELS.load(core::sync::atomic::Ordering::Relaxed)
}

/// Whether page tables have five levels.
#[cfg(not(target_os = "none"))]
pub fn five_levels() -> bool {
    false
}

#[cfg(target_os = "none")]
static FIVE_LEVELS: core::sync::atomic::AtomicBool = core::sync::atomic::AtomicBool::new(false);

/// Finds out how many levels the first instructions have chosen, and writes what follows from that into the code.
/// Called at boot while the image is still writable.
#[cfg(target_os = "none")]
pub(crate) fn init() {
    const CR4_LA57: u64 = 1 << 12;
    /// Address bits of a program.
    const USER_BITS: u8 = 56;
    const LIMIT: u64 = (1 << USER_BITS) - super::PAGE_SIZE as u64;
    unsafe extern "C" {
        static _limit_sites_start: [*mut u64; 0];
        static _limit_sites_end: [*mut u64; 0];
        static _user_bits_sites_start: [*mut u8; 0];
        static _user_bits_sites_end: [*mut u8; 0];
    }
    if crate::msr::cr4() & CR4_LA57 == 0 {
        return;
    }
    FIVE_LEVELS.store(true, core::sync::atomic::Ordering::Relaxed);
    // SAFETY: the linker script puts the addresses of all those operands between the symbols. Nobody else runs yet, and
    // the image is writable.
    unsafe {
        let (mut site, end) = (_limit_sites_start.as_ptr(), _limit_sites_end.as_ptr());
        while site < end {
            (*site).write_unaligned(LIMIT);
            site = site.add(1);
        }
        let (mut site, end) = (_user_bits_sites_start.as_ptr(), _user_bits_sites_end.as_ptr());
        while site < end {
            (*site).write_volatile(USER_BITS);
            site = site.add(1);
        }
    }
}
