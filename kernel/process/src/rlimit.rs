//! Resource limits (getrlimit(2)).

use core::sync::atomic::{AtomicU64, Ordering};

/// No limit.
pub const RLIM_INFINITY: u64 = u64::MAX;
/// How many resources there are.
pub const RLIM_NLIMITS: usize = 16;

/// CPU time in seconds.
pub const RLIMIT_CPU: usize = 0;
/// Largest file in bytes.
pub const RLIMIT_FSIZE: usize = 1;
/// Data segment in bytes.
pub const RLIMIT_DATA: usize = 2;
/// Stack in bytes.
pub const RLIMIT_STACK: usize = 3;
/// Core file in bytes.
pub const RLIMIT_CORE: usize = 4;
/// Resident set; not enforced, as on Linux.
pub const RLIMIT_RSS: usize = 5;
/// Processes of one user.
pub const RLIMIT_NPROC: usize = 6;
/// One more than the largest descriptor.
pub const RLIMIT_NOFILE: usize = 7;
/// Locked memory in bytes.
pub const RLIMIT_MEMLOCK: usize = 8;
/// Address space in bytes.
pub const RLIMIT_AS: usize = 9;
/// File locks; not enforced, as on Linux.
pub const RLIMIT_LOCKS: usize = 10;
/// Queued signals of one user.
pub const RLIMIT_SIGPENDING: usize = 11;
/// Bytes in POSIX message queues.
pub const RLIMIT_MSGQUEUE: usize = 12;
/// Ceiling of nice.
pub const RLIMIT_NICE: usize = 13;
/// Ceiling of the real-time priority.
pub const RLIMIT_RTPRIO: usize = 14;
/// CPU time of a real-time thread between two blocking calls, in µs.
pub const RLIMIT_RTTIME: usize = 15;

/// A soft and a hard limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RLimit {
    /// What is enforced.
    pub cur: u64,
    /// How far `cur` may be raised.
    pub max: u64,
}

/// The limits of a process, read without a lock.
#[derive(Debug)]
pub struct Limits([[AtomicU64; 2]; RLIM_NLIMITS]);

impl Limits {
    /// What init starts with. `processes` is Linux's `max_threads / 2`, which depends on
    /// the memory.
    pub fn initial(processes: u64) -> Self {
        const MIB: u64 = 1 << 20;
        let limits =
            Self(core::array::from_fn(|_| [AtomicU64::new(RLIM_INFINITY), AtomicU64::new(RLIM_INFINITY)]));
        for (resource, cur, max) in [
            (RLIMIT_STACK, 8 * MIB, RLIM_INFINITY),
            (RLIMIT_CORE, 0, RLIM_INFINITY),
            (RLIMIT_NPROC, processes, processes),
            (RLIMIT_NOFILE, 1024, 4096),
            (RLIMIT_MEMLOCK, 8 * MIB, 8 * MIB),
            (RLIMIT_SIGPENDING, processes, processes),
            (RLIMIT_MSGQUEUE, 819_200, 819_200),
            (RLIMIT_NICE, 0, 0),
            (RLIMIT_RTPRIO, 0, 0),
        ] {
            limits.set(resource, RLimit { cur, max });
        }
        limits
    }

    /// A copy, for fork.
    pub fn copy(&self) -> Self {
        Self(core::array::from_fn(|i| {
            let limit = self.get(i).unwrap_or(RLimit { cur: RLIM_INFINITY, max: RLIM_INFINITY });
            [AtomicU64::new(limit.cur), AtomicU64::new(limit.max)]
        }))
    }

    /// Both values; none for a number that isn't a resource.
    pub fn get(&self, resource: usize) -> Option<RLimit> {
        let [cur, max] = hal::nospec::get(&self.0, resource)?;
        Some(RLimit { cur: cur.load(Ordering::Relaxed), max: max.load(Ordering::Relaxed) })
    }

    /// The soft limit of a resource that the kernel names.
    #[inline]
    pub fn soft(&self, resource: usize) -> Option<u64> {
        Some(self.0.get(resource)?[0].load(Ordering::Relaxed))
    }

    /// Sets both values.
    pub fn set(&self, resource: usize, limit: RLimit) {
        if let Some([cur, max]) = hal::nospec::get(&self.0, resource) {
            cur.store(limit.cur, Ordering::Relaxed);
            max.store(limit.max, Ordering::Relaxed);
        }
    }
}
