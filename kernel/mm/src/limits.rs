//! The sizes of an address space, and the limits that they have.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::vma::VmFlags;

/// The limits of setrlimit(2) that concern memory, in bytes. The owner of the limits keeps them here,
/// too: a page fault has nobody to ask.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// RLIMIT_AS.
    pub address_space: u64,
    /// RLIMIT_DATA.
    pub data: u64,
    /// RLIMIT_STACK.
    pub stack: u64,
    /// RLIMIT_MEMLOCK.
    pub memlock: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { address_space: u64::MAX, data: u64::MAX, stack: 8 << 20, memlock: 8 << 20 }
    }
}

#[derive(Default)]
pub(crate) struct LimitCells {
    address_space: AtomicU64,
    data: AtomicU64,
    stack: AtomicU64,
    memlock: AtomicU64,
}

impl LimitCells {
    pub fn get(&self) -> Limits {
        let load = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        Limits {
            address_space: load(&self.address_space),
            data: load(&self.data),
            stack: load(&self.stack),
            memlock: load(&self.memlock),
        }
    }

    pub fn set(&self, limits: Limits) {
        self.address_space.store(limits.address_space, Ordering::Relaxed);
        self.data.store(limits.data, Ordering::Relaxed);
        self.stack.store(limits.stack, Ordering::Relaxed);
        self.memlock.store(limits.memlock, Ordering::Relaxed);
    }
}

/// Sizes in pages, as /proc/PID/status and statm show them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VmCounters {
    /// All areas (VmSize).
    pub total: u64,
    /// The largest `total` so far (VmPeak).
    pub peak: u64,
    /// Private writable areas (VmData).
    pub data: u64,
    /// Stacks (VmStk).
    pub stack: u64,
    /// Executable areas that can't be written (VmExe and VmLib).
    pub exec: u64,
    /// Locked areas (VmLck).
    pub locked: u64,
    /// Areas that count as committed memory.
    pub(crate) accounted: u64,
}

impl VmCounters {
    /// Counts an area's `pages` with these `flags` in.
    pub(crate) fn add(&mut self, flags: VmFlags, pages: u64) {
        self.each(flags, |counter| *counter += pages);
        self.peak = self.peak.max(self.total);
    }

    /// Counts them out.
    pub(crate) fn sub(&mut self, flags: VmFlags, pages: u64) {
        self.each(flags, |counter| *counter = counter.saturating_sub(pages));
    }

    fn each(&mut self, flags: VmFlags, change: impl Fn(&mut u64)) {
        change(&mut self.total);
        if flags.contains(VmFlags::GROWSDOWN) {
            change(&mut self.stack);
        } else if flags & (VmFlags::EXEC | VmFlags::WRITE) == VmFlags::EXEC {
            change(&mut self.exec);
        } else if is_data(flags) {
            change(&mut self.data);
        }
        if flags.contains(VmFlags::LOCKED) {
            change(&mut self.locked);
        }
        if flags.contains(VmFlags::ACCOUNT) {
            change(&mut self.accounted);
        }
    }
}

/// Whether an area with these flags counts towards RLIMIT_DATA.
pub(crate) fn is_data(flags: VmFlags) -> bool {
    flags & (VmFlags::WRITE | VmFlags::SHARED | VmFlags::GROWSDOWN) == VmFlags::WRITE
}
