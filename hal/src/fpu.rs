//! The program's x87, SSE and AVX registers (SDM vol. 1, chapter 13). The kernel itself uses none of
//! them, so while a program's thread runs, in the kernel too, its state is in the registers.

use core::arch::asm;
use core::arch::x86_64::{__cpuid, __cpuid_count};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use abi::{FP_XSTATE_MAGIC1, FP_XSTATE_MAGIC2, FpxSwBytes};
use alloc::alloc::{Layout, alloc_zeroed, dealloc};
use alloc::vec::Vec;

use crate::{msr, pkru, thread, uaccess};

mod frame32;

pub use frame32::{
    fpstate_32, fsave_image, restore_from_signal_frame_32, save_to_signal_frame_32, signal_frame_size_32,
};

/// x87, SSE, AVX, AVX-512 (three parts), PKRU.
const WANTED: u64 = 0b10_1110_0111;
/// The part PKRU.
const PKRU: u64 = 1 << 9;
const FXSAVE_SIZE: usize = 512;
const HEADER_SIZE: usize = 64;
/// Where FXSAVE leaves room that a signal frame describes itself in.
const SW_BYTES: usize = 464;
const MXCSR: usize = 24;
/// The parts x87 and SSE.
const LEGACY: u64 = 3;
const MXCSR_INIT: u32 = 0x1f80;
const FCW_INIT: u16 = 0x37f;

static XSAVE: AtomicBool = AtomicBool::new(false);
static FEATURES: AtomicU64 = AtomicU64::new(3);
static SIZE: AtomicU32 = AtomicU32::new(FXSAVE_SIZE as u32);
/// Where an XSAVE image has PKRU.
static PKRU_OFFSET: AtomicU32 = AtomicU32::new(0);
static MXCSR_MASK: AtomicU32 = AtomicU32::new(0xffbf);

/// Whether the processor has XSAVE.
pub fn has_xsave() -> bool {
    XSAVE.load(Ordering::Relaxed)
}

fn features() -> u64 {
    FEATURES.load(Ordering::Relaxed)
}

fn size() -> usize {
    SIZE.load(Ordering::Relaxed) as usize
}

/// Whether PKRU is kept with the rest.
pub(crate) fn keeps_pkru() -> bool {
    has_xsave() && features() & PKRU != 0
}

/// Switches the units on, on this processor.
pub(crate) fn init_cpu() {
    const CR0_MP: u64 = 1 << 1;
    const CR0_EM: u64 = 1 << 2;
    const CR0_TS: u64 = 1 << 3;
    const CR0_NE: u64 = 1 << 5;
    const CR4_OSFXSR: u64 = 1 << 9;
    const CR4_OSXMMEXCPT: u64 = 1 << 10;
    const CR4_OSXSAVE: u64 = 1 << 18;
    let xsave = __cpuid(1).ecx & 1 << 26 != 0;
    // SAFETY: sets up the units as SDM vol. 3, 14.1 describes; nothing of the kernel depends on them.
    unsafe {
        msr::set_cr0(msr::cr0() & !(CR0_EM | CR0_TS) | CR0_MP | CR0_NE);
        msr::set_cr4(msr::cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT | if xsave { CR4_OSXSAVE } else { 0 });
    }
    if xsave {
        let supported = __cpuid_count(0xd, 0);
        let mut bits = (u64::from(supported.edx) << 32 | u64::from(supported.eax)) & WANTED;
        if bits & 0xe0 != 0xe0 {
            bits &= !0xe0;
        }
        // SAFETY: XSETBV with bits that CPUID lists and that are consistent among themselves.
        unsafe {
            asm!("xsetbv", in("ecx") 0, in("eax") bits as u32, in("edx") (bits >> 32) as u32, options(nostack));
        }
        FEATURES.store(bits, Ordering::Relaxed);
        SIZE.store(__cpuid_count(0xd, 0).ebx, Ordering::Relaxed);
        if bits & PKRU != 0 {
            PKRU_OFFSET.store(__cpuid_count(0xd, 9).ebx, Ordering::Relaxed);
        }
        XSAVE.store(true, Ordering::Relaxed);
    }
    load_initial();
    MXCSR_MASK.store(mxcsr_mask(), Ordering::Relaxed);
}

/// The parts of an XSAVE image beyond SSE: number, size and offset of each.
pub fn xsave_parts() -> impl Iterator<Item = [u32; 3]> {
    let parts = if has_xsave() { features() & !LEGACY } else { 0 };
    (2..64).filter(move |part| parts & 1 << part != 0).map(|part| {
        let leaf = __cpuid_count(0xd, part);
        [part, leaf.eax, leaf.ebx]
    })
}

/// The bits of MXCSR that exist, as FXSAVE tells; processors that say nothing lack bit 6 (SDM vol. 1, 11.6.6).
fn mxcsr_mask() -> u32 {
    #[repr(C, align(64))]
    struct Image([u32; FXSAVE_SIZE / 4]);
    let mut image = Image([0; FXSAVE_SIZE / 4]);
    // SAFETY: the image is aligned and as large as FXSAVE writes.
    unsafe { asm!("fxsave64 [{}]", in(reg) &mut image, options(nostack)) };
    match image.0[MXCSR / 4 + 1] {
        0 => 0xffbf,
        mask => mask,
    }
}

/// Loads the state that a program starts with.
pub(crate) fn load_initial() {
    load_initial_parts(features());
}

fn load_initial_parts(parts: u64) {
    #[repr(C, align(64))]
    struct Image([u8; FXSAVE_SIZE + HEADER_SIZE]);
    static INITIAL: Image = {
        let mut image = [0; FXSAVE_SIZE + HEADER_SIZE];
        let (fcw, mxcsr) = (FCW_INIT.to_le_bytes(), MXCSR_INIT.to_le_bytes());
        (image[0], image[1]) = (fcw[0], fcw[1]);
        (image[MXCSR], image[MXCSR + 1]) = (mxcsr[0], mxcsr[1]);
        Image(image)
    };
    // SAFETY: the image is aligned and well-formed: an empty header means "all in their initial state".
    unsafe { restore(INITIAL.0.as_ptr(), parts) };
}

/// # Safety
/// `from` must be an aligned, well-formed image of the size in force.
unsafe fn restore(from: *const u8, bits: u64) {
    if has_xsave() {
        // SAFETY: the caller's promise.
        unsafe {
            asm!("xrstor64 [{}]", in(reg) from, in("eax") bits as u32, in("edx") (bits >> 32) as u32, options(nostack))
        };
    } else {
        // SAFETY: the caller's promise.
        unsafe { asm!("fxrstor64 [{}]", in(reg) from, options(nostack)) };
    }
}

/// A place to keep the state in.
pub struct FpuArea(NonNull<u8>);

// SAFETY: it owns its memory.
unsafe impl Send for FpuArea {}
// SAFETY: as above; access goes through `&mut`, or reads a state that does not change.
unsafe impl Sync for FpuArea {}

fn layout() -> Layout {
    // A multiple of 64 and not beyond what the heap aligns.
    Layout::from_size_align(size().max(FXSAVE_SIZE + HEADER_SIZE), 64).expect("CPUID's size is sane")
}

impl FpuArea {
    /// An area with the initial state. None without memory.
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: the layout's size is not zero.
        let area = Self(NonNull::new(unsafe { alloc_zeroed(layout()) })?);
        // SAFETY: within the area.
        unsafe {
            area.0.as_ptr().cast::<u16>().write(FCW_INIT);
            area.0.as_ptr().add(MXCSR).cast::<u32>().write(MXCSR_INIT);
        }
        Some(area)
    }

    /// Stores the registers.
    #[inline]
    pub(crate) fn save(&mut self) {
        let to = self.0.as_ptr();
        if has_xsave() {
            let bits = features();
            // SAFETY: the area is aligned and as large as CPUID says.
            unsafe {
                asm!("xsave64 [{}]", in(reg) to, in("eax") bits as u32, in("edx") (bits >> 32) as u32, options(nostack))
            };
        } else {
            // SAFETY: as above.
            unsafe { asm!("fxsave64 [{}]", in(reg) to, options(nostack)) };
        }
    }

    /// Loads the registers.
    #[inline]
    pub(crate) fn restore(&self) {
        // SAFETY: the area holds what `save` stored, the initial state, or an image that was checked.
        unsafe { restore(self.0.as_ptr(), features()) };
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the area is ours and this long.
        unsafe { core::slice::from_raw_parts_mut(self.0.as_ptr(), layout().size()) }
    }
}

impl Drop for FpuArea {
    fn drop(&mut self) {
        // SAFETY: allocated with the same layout.
        unsafe { dealloc(self.0.as_ptr(), layout()) };
    }
}

/// The state could not be copied, or is not one that the processor takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadFrame;

/// Bytes that the state takes in a signal frame; its address there is a multiple of 64.
pub fn signal_frame_size() -> usize {
    if has_xsave() { size() + size_of::<u32>() } else { FXSAVE_SIZE }
}

/// Writes the running program's state to its signal frame: straight from the registers, where its thread's state is
/// while it runs. Only PKRU is told, `program_pkru`: the frame may have to be written where the program may not.
pub fn save_to_signal_frame(addr: u64, program_pkru: u32) -> Result<(), BadFrame> {
    let len = size();
    if !has_xsave() {
        // SAFETY: the size is FXSAVE's.
        let saved = unsafe { uaccess::fxsave_to_user(addr, 0) };
        return if saved { clear_sw_bytes(addr) } else { Err(BadFrame) };
    }
    let header = addr + FXSAVE_SIZE as u64;
    // XSAVE leaves all of the header as it is but its first word.
    uaccess::clear_user(header, HEADER_SIZE).map_err(|_| BadFrame)?;
    // SAFETY: the processor has XSAVE, and CPUID said that it stores so much for these parts.
    if !unsafe { uaccess::xsave_to_user(addr, features()) } {
        return Err(BadFrame);
    }
    let described = FpxSwBytes {
        magic1: FP_XSTATE_MAGIC1,
        extended_size: signal_frame_size() as u32,
        xfeatures: features(),
        xstate_size: len as u32,
        padding: [0; 7],
    };
    let put = |at: u64, word: u64| uaccess::put_user(at, word).ok_or(BadFrame);
    // Programs that know of x87 and SSE only don't look whether these parts are marked as in use.
    let used: u64 = uaccess::get_user(header).ok_or(BadFrame)?;
    if pkru::enabled() {
        uaccess::put_user(addr + u64::from(PKRU_OFFSET.load(Ordering::Relaxed)), program_pkru)
            .ok_or(BadFrame)?;
        put(header, used | LEGACY | PKRU)?;
    } else {
        put(header, used | LEGACY)?;
    }
    uaccess::copy_to_user(addr + SW_BYTES as u64, zerocopy::IntoBytes::as_bytes(&described))
        .map_err(|_| BadFrame)?;
    uaccess::put_user(addr + len as u64, FP_XSTATE_MAGIC2).ok_or(BadFrame)
}

fn clear_sw_bytes(addr: u64) -> Result<(), BadFrame> {
    uaccess::clear_user(addr + SW_BYTES as u64, FXSAVE_SIZE - SW_BYTES).map_err(|_| BadFrame)
}

/// The running program's state as core files and tracers have it: an XSAVE image that says at byte 464 which parts
/// are in force (where there is no XSAVE, an FXSAVE image). None without memory.
pub fn current_image() -> Option<Vec<u8>> {
    let mut image = Vec::new();
    image.try_reserve_exact(size()).ok()?;
    thread::with_current_fpu(|area| {
        area.save();
        image.extend_from_slice(area.bytes().get(..size()).unwrap_or(&[]));
    })?;
    let sw = image.get_mut(SW_BYTES..FXSAVE_SIZE)?;
    sw.fill(0);
    if has_xsave() {
        sw.get_mut(..8)?.copy_from_slice(&features().to_le_bytes());
    }
    Some(image)
}

/// Takes the running program's state back from a signal frame; address 0 means the initial state, and so does a frame
/// that doesn't hold.
pub fn restore_from_signal_frame(addr: u64) -> Result<(), BadFrame> {
    if addr == 0 {
        load_initial();
        pkru::write(pkru::PKRU_INIT);
        return Ok(());
    }
    let restored = load_from_user(addr);
    if restored.is_err() {
        load_initial();
        pkru::write(pkru::PKRU_INIT);
    }
    restored
}

fn load_from_user(addr: u64) -> Result<(), BadFrame> {
    if !addr.is_multiple_of(if has_xsave() { 64 } else { 16 }) {
        return Err(BadFrame);
    }
    // Not every emulator refuses bits that don't exist.
    let mxcsr: u32 = uaccess::get_user(addr + MXCSR as u64).ok_or(BadFrame)?;
    if mxcsr & !MXCSR_MASK.load(Ordering::Relaxed) != 0 {
        return Err(BadFrame);
    }
    // The processor itself checks the rest, and what it refuses ends like an address that can't be read (SDM vol. 1,
    // 13.8). A fault in the middle may switch threads: then what is loaded so far is saved and loaded again, and
    // the instruction begins anew.
    let parts = framed_parts(addr)?;
    let loaded = match parts {
        // SAFETY: the processor has XSAVE; it reads no more than all parts take; the registers are the program's.
        Some(parts) => unsafe { uaccess::xrstor_from_user(addr, parts) },
        // SAFETY: as above; the size is FXRSTOR's.
        None => unsafe { uaccess::fxrstor_from_user(addr, 0) },
    };
    if !loaded {
        return Err(BadFrame);
    }
    let rest = features() & !parts.unwrap_or(LEGACY);
    if rest != 0 {
        load_initial_parts(rest);
    }
    Ok(())
}

/// Which parts of the extended state a frame says that it has, if its magic numbers are right; otherwise it has x87
/// and SSE alone.
fn framed_parts(addr: u64) -> Result<Option<u64>, BadFrame> {
    if !has_xsave() {
        return Ok(None);
    }
    let sw = addr + SW_BYTES as u64;
    let magic: u64 = uaccess::get_user(sw).ok_or(BadFrame)?;
    if magic as u32 != FP_XSTATE_MAGIC1 {
        return Ok(None);
    }
    let parts: u64 = uaccess::get_user(sw + 8).ok_or(BadFrame)?;
    let len: u32 = uaccess::get_user(sw + 16).ok_or(BadFrame)?;
    let extended = (magic >> 32) as u32;
    if (len as usize) < FXSAVE_SIZE + HEADER_SIZE || len as usize > size() || len > extended {
        return Ok(None);
    }
    let magic2: u32 = uaccess::get_user(addr + u64::from(len)).ok_or(BadFrame)?;
    Ok((magic2 == FP_XSTATE_MAGIC2).then_some(parts & features()))
}

/// A signal handler starts with the initial state.
pub fn reset_for_signal() {
    thread::reset_fpu();
    pkru::write(pkru::PKRU_INIT);
}

/// So does a new program.
pub fn reset_for_exec() {
    thread::reset_fpu();
    pkru::write(pkru::PKRU_INIT);
}

/// Exceptions that are pending and not masked: of SSE, or of x87. Bits as in MXCSR and the status word
/// (0 invalid, 1 denormal, 2 divide by zero, 3 overflow, 4 underflow, 5 precision).
pub fn pending_exceptions(simd: bool) -> u32 {
    if simd {
        let mut mxcsr = 0u32;
        // SAFETY: stores one word to a local.
        unsafe { asm!("stmxcsr [{}]", in(reg) &mut mxcsr, options(nostack)) };
        mxcsr & !(mxcsr >> 7) & 0x3f
    } else {
        let (mut cw, mut sw) = (0u16, 0u16);
        // SAFETY: stores two words to locals; neither waits for a pending exception.
        unsafe { asm!("fnstcw [{}]", "fnstsw [{}]", in(reg) &mut cw, in(reg) &mut sw, options(nostack)) };
        u32::from(sw & !cw) & 0x3f
    }
}
