//! Committed memory (vm.overcommit_memory): what programs could come to need, counted before they do.
//!
//! Counted are private areas that can be written to (`VmFlags::ACCOUNT`), shared anonymous memory as a whole, and the
//! pages of other files without a pager (tmpfs, memfd) one by one. Each processor counts for itself, so that
//! nobody waits for anybody; whoever wants to know adds up.

use core::sync::atomic::{AtomicI32, AtomicI64, AtomicU64, Ordering::Relaxed};

use abi::Errno;
use hal::mem::{PAGE_SIZE, frames};
use sync::{Once, PerCpu};

use crate::vma::VmFlags;

/// Refuse only what all memory could not hold (OVERCOMMIT_GUESS).
pub const GUESS: i32 = 0;
/// Refuse nothing (OVERCOMMIT_ALWAYS).
pub const ALWAYS: i32 = 1;
/// Refuse what goes beyond the limit (OVERCOMMIT_NEVER).
pub const NEVER: i32 = 2;

const KIB_PER_PAGE: u64 = PAGE_SIZE as u64 / 1024;

/// vm.overcommit_memory.
pub static MODE: AtomicI32 = AtomicI32::new(GUESS);
/// vm.overcommit_ratio, in force unless [`KIB`] is.
pub static RATIO: AtomicI32 = AtomicI32::new(50);
/// vm.overcommit_kbytes, in force unless it is 0.
pub static KIB: AtomicU64 = AtomicU64::new(0);
/// vm.admin_reserve_kbytes.
pub static ADMIN_RESERVE_KIB: AtomicU64 = AtomicU64::new(0);
/// vm.user_reserve_kbytes.
pub static USER_RESERVE_KIB: AtomicU64 = AtomicU64::new(0);

static COMMITTED: PerCpu<AtomicI64> = sync::per_cpu!(AtomicI64::new(0));
static IS_ADMIN: Once<fn() -> bool> = Once::new();

/// Sets the reserves by the free memory. `is_admin`: whether the running thread may use what is kept for
/// administrators (CAP_SYS_ADMIN).
pub fn start(is_admin: fn() -> bool) {
    let part = frames::free() as u64 * KIB_PER_PAGE / 32;
    ADMIN_RESERVE_KIB.store(part.min(8 << 10), Relaxed);
    USER_RESERVE_KIB.store(part.min(128 << 10), Relaxed);
    let _ = IS_ADMIN.set(is_admin);
}

/// Pages that are committed (Committed_AS).
pub fn committed() -> u64 {
    COMMITTED.iter().map(|cell| cell.load(Relaxed)).sum::<i64>().max(0) as u64
}

/// Pages that may be (CommitLimit).
pub fn limit() -> u64 {
    match KIB.load(Relaxed) {
        0 => frames::total() as u64 * RATIO.load(Relaxed).max(0) as u64 / 100,
        kib => kib / KIB_PER_PAGE,
    }
}

/// The flag of an area that counts, or none.
#[inline(always)]
pub(crate) fn accounted(flags: VmFlags) -> VmFlags {
    let kind = VmFlags::NORESERVE.union(VmFlags::SHARED).union(VmFlags::WRITE);
    if flags & kind == VmFlags::WRITE { VmFlags::ACCOUNT } else { VmFlags::empty() }
}

#[inline(always)]
fn count(pages: i64) {
    COMMITTED.get().fetch_add(pages, Relaxed);
}

/// Counts `pages` in; ENOMEM if that is too much. `total`: the pages of all areas of who asks, 0 for nobody.
#[inline]
pub(crate) fn charge(pages: u64, total: u64) -> Result<(), Errno> {
    charge_areas(pages, pages, total)
}

/// The same for several areas, the largest of which has `largest` pages.
#[inline]
pub(crate) fn charge_areas(pages: u64, largest: u64, total: u64) -> Result<(), Errno> {
    count(pages as i64);
    let fits = match MODE.load(Relaxed) {
        GUESS => largest <= frames::total() as u64,
        ALWAYS => true,
        _ => is_below_limit(total),
    };
    if fits {
        return Ok(());
    }
    uncharge(pages);
    Err(Errno::ENOMEM)
}

/// Counts `pages` in that replace `replaced` others, which the caller counts out afterwards.
#[cold]
pub(crate) fn charge_replacing(pages: u64, replaced: u64, total: u64) -> Result<(), Errno> {
    let kept = pages.min(replaced);
    if kept < pages {
        charge(pages - kept, total)?;
    }
    count(kept as i64);
    Ok(())
}

/// Counts `pages` out.
#[inline]
pub(crate) fn uncharge(pages: u64) {
    count(-(pages as i64));
}

/// Something is left for administrators, and in each process for who wants to end it.
#[cold]
fn is_below_limit(total: u64) -> bool {
    let mut allowed = limit() as i64;
    if !IS_ADMIN.get().is_some_and(|is_admin| is_admin()) {
        allowed -= (ADMIN_RESERVE_KIB.load(Relaxed) / KIB_PER_PAGE) as i64;
    }
    allowed -= (total / 32).min(USER_RESERVE_KIB.load(Relaxed) / KIB_PER_PAGE) as i64;
    (committed() as i64) < allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_writable_areas_count() {
        assert_eq!(accounted(VmFlags::READ | VmFlags::WRITE), VmFlags::ACCOUNT);
        assert_eq!(accounted(VmFlags::READ), VmFlags::empty());
        assert_eq!(accounted(VmFlags::WRITE | VmFlags::SHARED), VmFlags::empty());
        assert_eq!(accounted(VmFlags::WRITE | VmFlags::NORESERVE), VmFlags::empty());
    }

    #[test]
    fn more_than_all_memory_is_refused() {
        assert_eq!(charge(frames::total() as u64 + 1, 0), Err(Errno::ENOMEM));
    }
}
