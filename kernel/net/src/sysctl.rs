//! The parameters of `/proc/sys/net`.

use core::ops::RangeInclusive;
use core::sync::atomic::{AtomicI32, Ordering};

/// A number that is read and set.
pub struct Parameter {
    /// Its value.
    pub value: AtomicI32,
    min: i32,
}

impl Parameter {
    const fn new(value: i32, min: i32) -> Self {
        Parameter { value: AtomicI32::new(value), min }
    }

    /// Its value, which is never negative.
    #[inline]
    pub fn get(&self) -> u32 {
        self.value.load(Ordering::Relaxed) as u32
    }

    /// What it may be set to.
    pub fn range(&self) -> RangeInclusive<i32> {
        self.min..=i32::MAX
    }
}

/// net.core.somaxconn: the most that listen(2) lets wait.
pub static SOMAXCONN: Parameter = Parameter::new(4096, 0);
/// net.core.wmem_default: a new socket's SO_SNDBUF.
pub static WMEM_DEFAULT: Parameter = Parameter::new(212_992, 4608);
/// net.core.rmem_default: a new socket's SO_RCVBUF.
pub static RMEM_DEFAULT: Parameter = Parameter::new(212_992, 2304);
/// net.core.wmem_max: the most that SO_SNDBUF sets.
pub static WMEM_MAX: Parameter = Parameter::new(212_992, 4608);
/// net.core.rmem_max: the most that SO_RCVBUF sets.
pub static RMEM_MAX: Parameter = Parameter::new(212_992, 2304);
/// net.core.optmem_max: the longest control data.
pub static OPTMEM_MAX: Parameter = Parameter::new(131_072, 0);
/// net.unix.max_dgram_qlen: datagrams that wait at a socket whose peer is another.
pub static MAX_DGRAM_QLEN: Parameter = Parameter::new(10, 0);
