//! The ioctl of `/proc/PID/pagemap`: PAGEMAP_SCAN (Linux's admin-guide/mm/pagemap).

use abi::Errno;
use alloc::sync::Arc;
use alloc::vec::Vec;
use hal::mem::{PAGE_SIZE, task_size_max};
use mm::{AddressSpace, PageRegion, PageScan, PageScanEnd, UserPtr, page_category};
use process::Task;

/// `_IOWR('f', 16, struct pm_scan_arg)`.
pub(crate) const PAGEMAP_SCAN: u32 = 0xc060_6610;

/// Pages that match are to be write-protected, where their area is one that userfaultfd watches: others are skipped.
const WP_MATCHING: u64 = 1;
/// Other areas are an error.
const CHECK_WPASYNC: u64 = 2;

/// Words of `struct pm_scan_arg`.
const WORDS: usize = 12;
const WALK_END: u64 = 4 * 8;
/// Bytes of `struct page_region`.
const REGION: u64 = 24;
/// Regions that are kept before the program gets them.
const KEPT: usize = 256;

/// Scans `target` for the running process, whose memory is `own`.
pub(crate) fn scan(target: &Arc<AddressSpace>, arg: u64, own: &AddressSpace) -> Result<usize, Errno> {
    let words: [u64; WORDS] = own.read(UserPtr::new(arg))?;
    let [size, flags, start, end, _, vec, vec_len, max_pages, inverted, mask, anyof, returned] = words;
    let known = flags & !(WP_MATCHING | CHECK_WPASYNC) == 0
        && (inverted | mask | anyof | returned) & !page_category::ALL == 0;
    if size != (WORDS * 8) as u64 || !known || !start.is_multiple_of(PAGE_SIZE as u64) {
        return Err(Errno::EINVAL);
    }
    let reachable = |at: u64, len: u64| at.checked_add(len).is_some_and(|end| end <= task_size_max());
    if !reachable(start, end.wrapping_sub(start)) {
        return Err(Errno::EFAULT);
    }
    if vec == 0 && vec_len != 0 {
        return Err(Errno::EINVAL);
    }
    if vec != 0 && !reachable(vec, vec_len.saturating_mul(REGION)) {
        return Err(Errno::EFAULT);
    }
    let end = end.next_multiple_of(PAGE_SIZE as u64);
    let mut out = Output { own, next: vec };
    let mut scan = PageScan {
        inverted,
        mask,
        anyof,
        returned,
        max_regions: vec_len,
        max_pages: if max_pages == 0 { u64::MAX } else { max_pages },
        found: Vec::new(),
        regions: 0,
        pages: 0,
    };
    // No area is watched by userfaultfd.
    if flags & CHECK_WPASYNC != 0 && target.has_areas_in(start..end) {
        return Err(Errno::EPERM);
    }
    let nothing = vec_len == 0 || flags & WP_MATCHING != 0;
    let walk_end = if nothing { end } else { walk(target, start, end, &mut scan, &mut out)? };
    own.write(UserPtr::<u64>::new(arg + WALK_END), &walk_end)?;
    Ok(scan.regions as usize)
}

fn walk(
    target: &AddressSpace,
    start: u64,
    end: u64,
    scan: &mut PageScan,
    out: &mut Output<'_>,
) -> Result<u64, Errno> {
    let mut at = start;
    loop {
        match target.scan_pages(at..end, scan) {
            Ok(next) => at = next,
            Err(PageScanEnd::At(stop)) => {
                out.put(&scan.found)?;
                return Ok(stop);
            }
            Err(PageScanEnd::Failed(errno)) => return Err(errno),
        }
        // The last one may go on.
        if scan.found.len() > KEPT
            && let Some((last, done)) = scan.found.split_last()
        {
            out.put(done)?;
            let last = *last;
            scan.found.clear();
            scan.found.push(last);
        }
        sched::cond_resched();
        if hal::thread::with_current(|me: &Task| me.thread.fatal_signal_pending()) {
            return Err(Errno::EINTR);
        }
    }
}

/// Where the regions go.
struct Output<'a> {
    own: &'a AddressSpace,
    next: u64,
}

impl Output<'_> {
    fn put(&mut self, regions: &[PageRegion]) -> Result<(), Errno> {
        for region in regions {
            let words = [region.start, region.end, region.categories];
            self.own.write(UserPtr::<[u64; 3]>::new(self.next), &words)?;
            self.next += REGION;
        }
        Ok(())
    }
}
