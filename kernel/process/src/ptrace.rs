//! Where ptrace will hook in: the state exists from the first process on, so that
//! stops and reports already pass through it.

use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};

/// What a tracer asked for and what it may collect.
#[derive(Debug, Default)]
pub struct TraceState {
    /// PT_* bits; 0 when nobody traces.
    flags: AtomicU32,
    /// The tracer's process number, 0 for none (`TracerPid`).
    tracer: AtomicI32,
}

/// The task is traced.
pub const PT_PTRACED: u32 = 1;

impl TraceState {
    /// Whether a tracer is attached.
    #[inline]
    pub fn is_traced(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & PT_PTRACED != 0
    }

    /// The tracer's process number, 0 for none.
    pub fn tracer(&self) -> i32 {
        self.tracer.load(Ordering::Relaxed)
    }
}
