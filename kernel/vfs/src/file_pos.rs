//! The position of an open file.

use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU64, Ordering};

use sched::{Mutex, MutexGuard};
use sync::rank;

/// A position under a sleeping lock. Whoever only shows it need not wait for a call that is using it.
pub struct FilePos {
    lock: Mutex<()>,
    /// Written with the lock held.
    value: AtomicU64,
}

/// The position, nobody else's for as long as this lives. A change shows when it is dropped.
pub struct FilePosGuard<'a> {
    at: u64,
    value: &'a AtomicU64,
    _held: MutexGuard<'a, ()>,
}

impl FilePos {
    pub(crate) const fn new() -> Self {
        FilePos { lock: Mutex::new(rank::FILE_POS, ()), value: AtomicU64::new(0) }
    }

    /// Sleeps until no other call uses the position.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> FilePosGuard<'_> {
        let held = self.lock.lock();
        FilePosGuard { at: self.value.load(Ordering::Relaxed), value: &self.value, _held: held }
    }

    /// Where the last call left it. Takes no lock: /proc/PID/fdinfo shows positions while its own is held, and what
    /// it shows can be itself.
    #[inline]
    pub fn peek(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }
}

impl Deref for FilePosGuard<'_> {
    type Target = u64;
    #[inline(always)]
    fn deref(&self) -> &u64 {
        &self.at
    }
}

impl DerefMut for FilePosGuard<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut u64 {
        &mut self.at
    }
}

impl Drop for FilePosGuard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.value.store(self.at, Ordering::Relaxed);
    }
}
