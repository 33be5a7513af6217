//! File times: nanoseconds since 1970 in one signed word, so that readers need no lock.

/// Nanoseconds in a second.
pub const NSEC_PER_SEC: i64 = 1_000_000_000;

/// A file time in ns since the epoch; 1677 to 2262, what lies outside is cut to the ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileTime(pub i64);

impl FileTime {
    /// From the two halves of a `timespec`.
    pub fn new(sec: i64, nsec: i64) -> Self {
        FileTime(sec.saturating_mul(NSEC_PER_SEC).saturating_add(nsec))
    }

    /// The present.
    #[inline]
    pub fn now() -> Self {
        FileTime(sched::clock::realtime_ns())
    }

    /// Whole seconds, rounded down.
    #[inline]
    pub fn sec(self) -> i64 {
        self.0.div_euclid(NSEC_PER_SEC)
    }

    /// Nanoseconds within the second, 0 to 999,999,999.
    #[inline]
    pub fn nsec(self) -> u32 {
        self.0.rem_euclid(NSEC_PER_SEC) as u32
    }
}
