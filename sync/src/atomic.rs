//! The atomics that the protocols use: the machine's, or loom's in a model run.

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};

/// One turn of a busy-wait loop.
#[inline]
pub(crate) fn spin_hint() {
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(all(not(loom), target_os = "none"))]
    core::hint::spin_loop();
    // A host thread that waits may hold the only processor.
    #[cfg(all(not(loom), not(target_os = "none")))]
    std::thread::yield_now();
}
