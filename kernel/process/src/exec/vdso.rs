//! The vDSO in a new program, and the page of clock data that goes with it.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{Ordering, fence};

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};
use mm::{AddressSpace, SpecialPages, VmFlags};
use sched::{TICK_NS, clock};
use sync::{Once, SpinLock, rank};
use vdso::{CLOCKS, DATA_OFFSET, Rate, SEQ_OFFSET, VDSO64, Vvar};

/// The data page, and behind it the image.
type Parts = [Arc<SpecialPages>; 2];

const DATA_FLAGS: VmFlags =
    VmFlags::READ.union(VmFlags::MAYREAD).union(VmFlags::IO).union(VmFlags::PFNMAP).union(VmFlags::DONTDUMP);
/// Debuggers set breakpoints in it.
const IMAGE_FLAGS: VmFlags = VmFlags::READ.union(VmFlags::EXEC).union(VmFlags::MAY_ACCESS);

static PARTS: Once<Parts> = Once::new();
/// How often the data page was written; its writers take turns.
static WRITES: SpinLock<u32> = SpinLock::new(rank::SPIN_LEAF, 0);

/// Makes the pages; once, at boot. Without it programs run without a vDSO.
pub fn init() -> Result<(), Errno> {
    let mut image = Vec::new();
    for part in VDSO64.chunks(PAGE_SIZE) {
        let page = PageRef::alloc_zeroed().ok_or(Errno::ENOMEM)?;
        page.write(0, part);
        image.push(page);
    }
    let data = Vec::from([PageRef::alloc_zeroed().ok_or(Errno::ENOMEM)?]);
    let part = |name, flags, pages| Arc::new(SpecialPages { name, flags, pages });
    let parts = [part("[vvar]", DATA_FLAGS, data), part("[vdso]", IMAGE_FLAGS, image)];
    let _ = PARTS.set(parts);
    publish();
    clock::set_observer(publish);
    Ok(())
}

/// Maps both near the stack; the image's address, or none if there is no vDSO.
pub(super) fn map(mm: &AddressSpace, stack_top: u64, random: bool) -> Result<Option<u64>, Errno> {
    let Some(parts) = PARTS.get() else { return Ok(None) };
    let pages: usize = parts.iter().map(|part| part.pages.len()).sum();
    let hint = mm::vdso_hint(stack_top, (pages * PAGE_SIZE) as u64, random);
    let start = mm.map_special(parts, hint)?;
    Ok(Some(start + (parts[0].pages.len() * PAGE_SIZE) as u64))
}

/// Writes the clocks' data anew.
fn publish() {
    let Some(page) = PARTS.get().and_then(|parts| parts[0].pages.first()) else { return };
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
        tsc_usable: true,
        steered: rate(hal::time::rate()),
        raw: rate(hal::time::raw_rate()),
        tick_ns: TICK_NS,
        offsets_ns,
        timezone: clock::time_zone(),
    }
}
