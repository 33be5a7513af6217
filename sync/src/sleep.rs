//! Sleeping locks. The state and the data are here; how a thread sleeps and is woken is the scheduler's, behind
//! [`Parker`]. A wrong parker can block for ever or spin, but never lets two owners in.

use crate::debug;
use crate::rank::Rank;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU32, Ordering};

/// A place where threads sleep until a condition holds.
pub trait Parker {
    /// A place with nobody in it.
    const NEW: Self;

    /// Sleeps until `ready` says true; it is asked again after each wake-up, and before the first sleep when the
    /// caller can already be woken. With `interruptible`, false if a signal came first.
    fn park_until(&self, interruptible: bool, ready: &mut dyn FnMut() -> bool) -> bool;

    /// Wakes the longest sleeper.
    fn wake_one(&self);

    /// Wakes all.
    fn wake_all(&self);
}

const OPEN: u32 = 0;
const HELD: u32 = 1;
/// Held, and somebody may be asleep for it.
const CONTENDED: u32 = 2;

/// A lock whose waiters sleep. Never taken in interrupt handlers or under spin locks.
pub struct Mutex<T: ?Sized, P> {
    #[cfg(debug_assertions)]
    rank: Rank,
    state: AtomicU32,
    parker: P,
    value: UnsafeCell<T>,
}

// SAFETY: one owner at a time reaches the value.
unsafe impl<T: ?Sized + Send, P: Send> Send for Mutex<T, P> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send, P: Sync> Sync for Mutex<T, P> {}

/// Access to a [`Mutex`]'s value. May be held while sleeping.
#[must_use]
pub struct MutexGuard<'a, T: ?Sized, P: Parker> {
    lock: &'a Mutex<T, P>,
    _not_send: PhantomData<*const ()>,
}

impl<T, P: Parker> Mutex<T, P> {
    /// An open lock at `rank`.
    pub const fn new(rank: Rank, value: T) -> Self {
        // The rank is kept in debug builds only.
        let _ = rank;
        Mutex {
            #[cfg(debug_assertions)]
            rank,
            state: AtomicU32::new(OPEN),
            parker: P::NEW,
            value: UnsafeCell::new(value),
        }
    }

    /// The value, when nobody else can have it any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, P> Mutex<T, P> {
    #[inline(always)]
    fn rank(&self) -> Rank {
        #[cfg(debug_assertions)]
        return self.rank;
        #[cfg(not(debug_assertions))]
        Rank { order: 0, name: "" }
    }
}

impl<T: ?Sized, P: Parker> Mutex<T, P> {
    /// Sleeps until the lock is this caller's.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T, P> {
        debug::acquire_sleeping(self.rank(), false);
        if !self.acquire() {
            self.parker.park_until(false, &mut || self.acquire_contended());
        }
        self.guard()
    }

    /// As [`lock`](Self::lock), under another lock of the same rank: the caller knows an order among them.
    #[inline]
    #[track_caller]
    pub fn lock_nested(&self) -> MutexGuard<'_, T, P> {
        debug::acquire_sleeping(self.rank(), true);
        if !self.acquire() {
            self.parker.park_until(false, &mut || self.acquire_contended());
        }
        self.guard()
    }

    /// As [`lock`](Self::lock); `None` if a signal came first.
    #[track_caller]
    pub fn lock_interruptible(&self) -> Option<MutexGuard<'_, T, P>> {
        debug::acquire_sleeping(self.rank(), false);
        if !self.acquire() && !self.parker.park_until(true, &mut || self.acquire_contended()) {
            debug::release_sleeping(self.rank());
            return None;
        }
        Some(self.guard())
    }

    /// Takes the lock if nobody holds it.
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T, P>> {
        if !self.acquire() {
            return None;
        }
        debug::sleeping_acquired_by_trying(self.rank());
        Some(self.guard())
    }

    /// The value, through an exclusive borrow.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Whether somebody holds the lock at this moment.
    pub fn is_locked(&self) -> bool {
        self.state.load(Ordering::Relaxed) != OPEN
    }

    #[inline(always)]
    fn acquire(&self) -> bool {
        self.state.compare_exchange(OPEN, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes the lock as contended: this caller was asleep, so others may be.
    fn acquire_contended(&self) -> bool {
        self.state.swap(CONTENDED, Ordering::SeqCst) == OPEN
    }

    #[inline(always)]
    fn guard(&self) -> MutexGuard<'_, T, P> {
        MutexGuard { lock: self, _not_send: PhantomData }
    }
}

impl<T: ?Sized, P: Parker> Deref for MutexGuard<'_, T, P> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists only while its owner holds the lock.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized, P: Parker> DerefMut for MutexGuard<'_, T, P> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard exists only while its owner holds the lock, and it is borrowed exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized, P: Parker> Drop for MutexGuard<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        debug::release_sleeping(self.lock.rank());
        if self.lock.state.swap(OPEN, Ordering::SeqCst) == CONTENDED {
            self.lock.parker.wake_one();
        }
    }
}

/// The writer's bit; the rest counts readers.
const WRITER: u32 = 1 << 31;

/// A lock for many readers or one writer, whose waiters sleep. Waiting writers go before new readers.
pub struct RwSem<T: ?Sized, P> {
    #[cfg(debug_assertions)]
    rank: Rank,
    state: AtomicU32,
    writers_waiting: AtomicU32,
    readers_waiting: AtomicU32,
    writers: P,
    readers: P,
    value: UnsafeCell<T>,
}

// SAFETY: the value moves between owners one at a time.
unsafe impl<T: ?Sized + Send, P: Send> Send for RwSem<T, P> {}
// SAFETY: readers share `&T`, one writer at a time has `&mut T`.
unsafe impl<T: ?Sized + Send + Sync, P: Sync> Sync for RwSem<T, P> {}

/// Shared access to an [`RwSem`]'s value.
#[must_use]
pub struct ReadGuard<'a, T: ?Sized, P: Parker> {
    lock: &'a RwSem<T, P>,
    _not_send: PhantomData<*const ()>,
}

/// Exclusive access to an [`RwSem`]'s value.
#[must_use]
pub struct WriteGuard<'a, T: ?Sized, P: Parker> {
    lock: &'a RwSem<T, P>,
    _not_send: PhantomData<*const ()>,
}

impl<T, P: Parker> RwSem<T, P> {
    /// An open lock at `rank`.
    pub const fn new(rank: Rank, value: T) -> Self {
        let _ = rank;
        RwSem {
            #[cfg(debug_assertions)]
            rank,
            state: AtomicU32::new(0),
            writers_waiting: AtomicU32::new(0),
            readers_waiting: AtomicU32::new(0),
            writers: P::NEW,
            readers: P::NEW,
            value: UnsafeCell::new(value),
        }
    }

    /// The value, when nobody else can have it any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, P> RwSem<T, P> {
    #[inline(always)]
    fn rank(&self) -> Rank {
        #[cfg(debug_assertions)]
        return self.rank;
        #[cfg(not(debug_assertions))]
        Rank { order: 0, name: "" }
    }
}

impl<T: ?Sized, P: Parker> RwSem<T, P> {
    /// Sleeps until shared access is this caller's.
    #[inline]
    #[track_caller]
    pub fn read(&self) -> ReadGuard<'_, T, P> {
        debug::acquire_sleeping(self.rank(), false);
        if !self.acquire_read() {
            self.wait_read();
        }
        self.read_guard()
    }

    /// Sleeps until exclusive access is this caller's.
    #[inline]
    #[track_caller]
    pub fn write(&self) -> WriteGuard<'_, T, P> {
        debug::acquire_sleeping(self.rank(), false);
        if !self.acquire_write() {
            self.wait_write(false);
        }
        self.write_guard()
    }

    /// As [`write`](Self::write), under another lock of the same rank: the caller knows an order among them.
    #[inline]
    #[track_caller]
    pub fn write_nested(&self) -> WriteGuard<'_, T, P> {
        debug::acquire_sleeping(self.rank(), true);
        if !self.acquire_write() {
            self.wait_write(false);
        }
        self.write_guard()
    }

    /// As [`write`](Self::write); `None` if a signal came first.
    #[track_caller]
    pub fn write_interruptible(&self) -> Option<WriteGuard<'_, T, P>> {
        debug::acquire_sleeping(self.rank(), false);
        if !self.acquire_write() && !self.wait_write(true) {
            debug::release_sleeping(self.rank());
            return None;
        }
        Some(self.write_guard())
    }

    /// Shared access if it can be had at once.
    #[inline]
    pub fn try_read(&self) -> Option<ReadGuard<'_, T, P>> {
        if !self.acquire_read() {
            return None;
        }
        debug::sleeping_acquired_by_trying(self.rank());
        Some(self.read_guard())
    }

    /// Exclusive access if it can be had at once.
    #[inline]
    pub fn try_write(&self) -> Option<WriteGuard<'_, T, P>> {
        if !self.acquire_write() {
            return None;
        }
        debug::sleeping_acquired_by_trying(self.rank());
        Some(self.write_guard())
    }

    #[inline(always)]
    fn read_guard(&self) -> ReadGuard<'_, T, P> {
        ReadGuard { lock: self, _not_send: PhantomData }
    }

    #[inline(always)]
    fn write_guard(&self) -> WriteGuard<'_, T, P> {
        WriteGuard { lock: self, _not_send: PhantomData }
    }

    /// The value, through an exclusive borrow.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    #[inline(always)]
    fn acquire_read(&self) -> bool {
        let state = self.state.load(Ordering::Relaxed);
        self.writers_waiting.load(Ordering::Relaxed) == 0
            && state < WRITER - 1
            && (self.state.compare_exchange(state, state + 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
                || self.acquire_read_slowly())
    }

    #[cold]
    fn acquire_read_slowly(&self) -> bool {
        let enter = |state: u32| (state < WRITER - 1).then(|| state + 1);
        self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, enter).is_ok()
    }

    #[inline(always)]
    fn acquire_write(&self) -> bool {
        self.state.compare_exchange(0, WRITER, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn wait_read(&self) {
        self.readers_waiting.fetch_add(1, Ordering::SeqCst);
        self.readers.park_until(false, &mut || {
            self.writers_waiting.load(Ordering::SeqCst) == 0 && self.acquire_read_slowly()
        });
        self.readers_waiting.fetch_sub(1, Ordering::SeqCst);
    }

    #[cold]
    fn wait_write(&self, interruptible: bool) -> bool {
        self.writers_waiting.fetch_add(1, Ordering::SeqCst);
        let got = self.writers.park_until(interruptible, &mut || self.acquire_write());
        let others = self.writers_waiting.fetch_sub(1, Ordering::SeqCst) - 1;
        if !got && others == 0 {
            // Readers may have stood back for this writer alone.
            self.readers.wake_all();
        }
        got
    }

    /// After the lock fell open: writers first.
    #[inline(always)]
    fn wake_next(&self) {
        if self.writers_waiting.load(Ordering::SeqCst) != 0 {
            self.writers.wake_one();
        } else if self.readers_waiting.load(Ordering::SeqCst) != 0 {
            self.readers.wake_all();
        }
    }
}

impl<'a, T: ?Sized, P: Parker> WriteGuard<'a, T, P> {
    /// Turns exclusive into shared access without letting another writer in between.
    pub fn downgrade(guard: Self) -> ReadGuard<'a, T, P> {
        let lock = guard.lock;
        core::mem::forget(guard);
        lock.state.store(1, Ordering::SeqCst);
        if lock.readers_waiting.load(Ordering::SeqCst) != 0 {
            lock.readers.wake_all();
        }
        ReadGuard { lock, _not_send: PhantomData }
    }
}

impl<T: ?Sized, P: Parker> Deref for ReadGuard<'_, T, P> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: while the guard exists no writer is in.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized, P: Parker> Deref for WriteGuard<'_, T, P> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: while the guard exists nobody else is in.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized, P: Parker> DerefMut for WriteGuard<'_, T, P> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: while the guard exists nobody else is in, and it is borrowed exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized, P: Parker> Drop for ReadGuard<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        debug::release_sleeping(self.lock.rank());
        if self.lock.state.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.lock.wake_next();
        }
    }
}

impl<T: ?Sized, P: Parker> Drop for WriteGuard<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        debug::release_sleeping(self.lock.rank());
        self.lock.state.store(0, Ordering::SeqCst);
        self.lock.wake_next();
    }
}

#[cfg(test)]
#[path = "sleep_tests.rs"]
mod tests;
