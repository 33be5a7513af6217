//! What the administrator says about core dumps: `kernel.core_pattern` and its kin (core(5), proc(5)).

use core::sync::atomic::{AtomicI32, Ordering};

use sync::SpinLock;

use crate::rank;

/// Bytes of `kernel.core_pattern`, its end counted.
const PATTERN_MAX: usize = 128;

/// `kernel.core_pattern`.
#[derive(Clone, Copy)]
pub struct Pattern {
    bytes: [u8; PATTERN_MAX],
    len: usize,
}

impl Pattern {
    const fn new(text: &[u8]) -> Self {
        let mut pattern = Self { bytes: [0; PATTERN_MAX], len: 0 };
        while pattern.len < text.len() {
            pattern.bytes[pattern.len] = text[pattern.len];
            pattern.len += 1;
        }
        pattern
    }

    /// Its text.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}

static PATTERN: SpinLock<Pattern> = SpinLock::new(rank::CORE_RECORDS, Pattern::new(b"core"));
/// `kernel.core_uses_pid`.
pub static USES_PID: AtomicI32 = AtomicI32::new(0);
/// `kernel.core_pipe_limit`.
pub static PIPE_LIMIT: AtomicI32 = AtomicI32::new(0);
/// `fs.suid_dumpable`.
pub static SUID_DUMPABLE: AtomicI32 = AtomicI32::new(0);
/// Dumps to programs that are under way.
static PIPES: AtomicI32 = AtomicI32::new(0);

/// `kernel.core_pattern`.
pub fn pattern() -> Pattern {
    *PATTERN.lock()
}

/// Sets it; what is too long is cut.
pub fn set_pattern(text: &[u8]) {
    let text = text.get(..PATTERN_MAX - 1).unwrap_or(text);
    *PATTERN.lock() = Pattern::new(text);
}

/// What a process that changes its identity gets as `dumpable`.
pub(crate) fn suid_dumpable() -> u32 {
    SUID_DUMPABLE.load(Ordering::Relaxed) as u32
}

pub(super) fn uses_pid() -> bool {
    USES_PID.load(Ordering::Relaxed) != 0
}

pub(super) fn pipe_limit() -> i32 {
    PIPE_LIMIT.load(Ordering::Relaxed)
}

/// One dump to a program, counted.
pub(super) struct Slot(i32);

impl Slot {
    pub fn take() -> Self {
        Self(PIPES.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Whether `kernel.core_pipe_limit` forbids it.
    pub fn is_beyond_limit(&self) -> bool {
        let limit = pipe_limit();
        limit != 0 && self.0 > limit
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        PIPES.fetch_sub(1, Ordering::Relaxed);
    }
}
