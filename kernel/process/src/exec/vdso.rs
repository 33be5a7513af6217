//! The vDSO in a new program, and the page of clock data that goes with it.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{Ordering, fence};

use abi::{Abi, Errno};
use hal::mem::{PAGE_SIZE, PageRef};
use mm::{AddressSpace, SpecialPages, VmFlags};
use sched::{TICK_NS, clock};
use sync::{Once, SpinLock, rank};
use vdso::{
    CLOCKS, DATA_OFFSET, RNG_GENERATION_OFFSET, Rate, SEQ_OFFSET, VDSO32, VDSO64, VDSOX32, Vvar, vdso32,
};

/// The data page, and behind it an image.
type Parts = [Arc<SpecialPages>; 2];

const DATA_FLAGS: VmFlags =
    VmFlags::READ.union(VmFlags::MAYREAD).union(VmFlags::IO).union(VmFlags::PFNMAP).union(VmFlags::DONTDUMP);
/// Debuggers set breakpoints in it.
const IMAGE_FLAGS: VmFlags = VmFlags::READ.union(VmFlags::EXEC).union(VmFlags::MAY_ACCESS);

/// For which programs there is a vDSO.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// 64-bit and x32 ones.
    pub bits_64: bool,
    /// 32-bit ones.
    pub bits_32: bool,
}

/// All images with one data page.
struct Images {
    data: PageRef,
    x86_64: Option<Parts>,
    x32: Option<Parts>,
    i386: Option<Parts>,
}

static IMAGES: Once<Images> = Once::new();
/// How often the data page was written; its writers take turns.
static WRITES: SpinLock<u32> = SpinLock::new(rank::SPIN_LEAF, 0);

/// Makes the pages; once, at boot. Without it programs run without a vDSO.
pub fn init(wanted: Wanted) -> Result<(), Errno> {
    let data = PageRef::alloc_zeroed().ok_or(Errno::ENOMEM)?;
    let shared = special("[vvar]", DATA_FLAGS, Vec::from([data.clone()]));
    let parts = |wanted: bool, image: &[u8]| -> Result<Option<Parts>, Errno> {
        if !wanted {
            return Ok(None);
        }
        Ok(Some([shared.clone(), special("[vdso]", IMAGE_FLAGS, pages_of(image)?)]))
    };
    let images = Images {
        x86_64: parts(wanted.bits_64, VDSO64)?,
        x32: parts(wanted.bits_64, VDSOX32)?,
        i386: parts(wanted.bits_32, VDSO32)?,
        data,
    };
    if let Some([_, image]) = &images.i386
        && let (Some(page), Some(code)) = (image.pages.first(), fast_call())
    {
        page.write(vdso32::VSYSCALL_PATCH, &code);
    }
    let _ = IMAGES.set(images);
    publish();
    clock::set_observer(publish);
    vfs::random::set_observer(publish_seed);
    Ok(())
}

fn special(name: &'static str, flags: VmFlags, pages: Vec<PageRef>) -> Arc<SpecialPages> {
    Arc::new(SpecialPages { name, flags, pages })
}

fn pages_of(image: &[u8]) -> Result<Vec<PageRef>, Errno> {
    let mut pages = Vec::new();
    for part in image.chunks(PAGE_SIZE) {
        let page = PageRef::alloc_zeroed().ok_or(Errno::ENOMEM)?;
        page.write(0, part);
        pages.push(page);
    }
    Ok(pages)
}

/// The instruction for calls that this processor has in 32-bit code; where it has none, INT 0x80 alone remains.
fn fast_call() -> Option<[u8; 4]> {
    const _: () = assert!(vdso32::VSYSCALL_PATCH + 4 <= PAGE_SIZE);
    match &hal::cpu::vendor() {
        b"GenuineIntel" | b"CentaurHauls" | b"  Shanghai  " => Some(vdso32::FAST_CALL_SYSENTER),
        b"AuthenticAMD" | b"HygonGenuine" => Some(vdso32::FAST_CALL_SYSCALL),
        _ => None,
    }
}

/// Maps data page and image as the program's ABI (`mm.abi()`) wants it, notes the place in `mm`, and gives the image's
/// address; none if there is no vDSO.
pub(super) fn map(mm: &AddressSpace, stack_top: u64, random: bool) -> Result<Option<u64>, Errno> {
    let Some(images) = IMAGES.get() else { return Ok(None) };
    let (parts, landing_pad) = match mm.abi() {
        Abi::X86_64 => (&images.x86_64, 0),
        Abi::X32 => (&images.x32, 0),
        Abi::I386 => (&images.i386, vdso32::INT80_LANDING_PAD as u64),
    };
    let Some(parts) = parts else { return Ok(None) };
    let pages: usize = parts.iter().map(|part| part.pages.len()).sum();
    // 64-bit programs have it above the stack; others among their mappings.
    let hint = match mm.abi() {
        Abi::I386 => 0,
        _ => mm::vdso_hint(stack_top, (pages * PAGE_SIZE) as u64, random),
    };
    let start = mm.map_special(parts, hint)?;
    let image = start + (parts[0].pages.len() * PAGE_SIZE) as u64;
    mm.set_vdso(image, landing_pad);
    Ok(Some(image))
}

/// Writes the clocks' data anew.
fn publish() {
    let Some(Images { data: page, .. }) = IMAGES.get() else { return };
    let mut writes = WRITES.lock();
    let data = vvar().bytes();
    let seq = writes.wrapping_mul(2);
    page.write(SEQ_OFFSET, &seq.wrapping_add(1).to_ne_bytes());
    fence(Ordering::SeqCst);
    page.write(DATA_OFFSET, &data);
    fence(Ordering::SeqCst);
    page.write(SEQ_OFFSET, &seq.wrapping_add(2).to_ne_bytes());
    *writes = writes.wrapping_add(1);
}

/// Writes which seed of the random generator is the newest. One word, whose readers compare it with what they saw before.
fn publish_seed(generation: u64) {
    if let Some(Images { data: page, .. }) = IMAGES.get() {
        page.write(RNG_GENERATION_OFFSET, &generation.to_ne_bytes());
    }
}

fn vvar() -> Vvar {
    const REALTIME: usize = 0;
    const REALTIME_COARSE: usize = 5;
    const TAI: usize = 11;
    let rate = |(base_tsc, mult, base_ns)| Rate { base_tsc, mult, base_ns };
    let mut offsets_ns = [0; CLOCKS];
    let realtime = clock::realtime_offset_ns();
    let tai = i64::from(clock::tai_offset()).wrapping_mul(1_000_000_000);
    for (index, offset) in
        [(REALTIME, realtime), (REALTIME_COARSE, realtime), (TAI, realtime.wrapping_add(tai))]
    {
        offsets_ns[index] = offset;
    }
    Vvar {
        tsc_usable: hal::time::tsc_usable(),
        steered: rate(hal::time::rate()),
        raw: rate(hal::time::raw_rate()),
        tick_ns: TICK_NS,
        offsets_ns,
        timezone: clock::time_zone(),
    }
}
