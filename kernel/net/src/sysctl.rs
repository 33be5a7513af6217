//! The parameters of `/proc/sys/net`.

use core::sync::atomic::{AtomicU32, Ordering};

/// A number that is read and set.
pub struct Parameter {
    value: AtomicU32,
    /// The least that may be set.
    pub min: u32,
    /// The most.
    pub max: u32,
}

impl Parameter {
    const fn new(value: u32, min: u32, max: u32) -> Self {
        Parameter { value: AtomicU32::new(value), min, max }
    }

    /// Its value.
    #[inline]
    pub fn get(&self) -> u32 {
        self.value.load(Ordering::Relaxed)
    }

    /// Sets it; false for what is out of range.
    pub fn set(&self, value: u32) -> bool {
        let fits = (self.min..=self.max).contains(&value);
        if fits {
            self.value.store(value, Ordering::Relaxed);
        }
        fits
    }
}

const INT_MAX: u32 = i32::MAX as u32;

/// net.core.somaxconn: the most that listen(2) lets wait.
pub static SOMAXCONN: Parameter = Parameter::new(4096, 0, INT_MAX);
/// net.core.wmem_default: a new socket's SO_SNDBUF.
pub static WMEM_DEFAULT: Parameter = Parameter::new(212_992, 4608, INT_MAX);
/// net.core.rmem_default: a new socket's SO_RCVBUF.
pub static RMEM_DEFAULT: Parameter = Parameter::new(212_992, 2304, INT_MAX);
/// net.core.wmem_max: the most that SO_SNDBUF sets.
pub static WMEM_MAX: Parameter = Parameter::new(212_992, 4608, INT_MAX);
/// net.core.rmem_max: the most that SO_RCVBUF sets.
pub static RMEM_MAX: Parameter = Parameter::new(212_992, 2304, INT_MAX);
/// net.core.optmem_max: the longest control data.
pub static OPTMEM_MAX: Parameter = Parameter::new(131_072, 0, INT_MAX);
/// net.unix.max_dgram_qlen: datagrams that wait at a socket whose peer is another.
pub static MAX_DGRAM_QLEN: Parameter = Parameter::new(10, 0, INT_MAX);
