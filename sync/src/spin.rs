//! Spin locks. The uncontended path is one exchange and one store.

use crate::atomic::{AtomicBool, Ordering, spin_hint};
use crate::cpu::{IrqState, irq_save};
use crate::debug;
use crate::rank::Rank;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

/// A bare test-and-test-and-set lock, without data, rank or guard.
pub struct RawSpin(AtomicBool);

impl RawSpin {
    const_unless_loom! {
        /// An open lock.
        #[allow(clippy::new_without_default)]
        pub const fn new() -> Self {
            RawSpin(AtomicBool::new(false))
        }
    }

    /// Waits until the lock is this caller's.
    #[inline(always)]
    pub fn lock(&self) {
        if self.0.swap(true, Ordering::Acquire) {
            self.lock_contended();
        }
    }

    /// Takes the lock if it is open.
    #[inline(always)]
    pub fn try_lock(&self) -> bool {
        !self.0.swap(true, Ordering::Acquire)
    }

    /// Opens the lock. A caller that does not hold it breaks whatever the lock protects.
    #[inline(always)]
    pub(crate) fn unlock(&self) {
        // Loom does not order a plain store against the exchanges of a waiter that came before it.
        #[cfg(loom)]
        self.0.swap(false, Ordering::Release);
        #[cfg(not(loom))]
        self.0.store(false, Ordering::Release);
    }

    /// Whether somebody holds the lock.
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    #[cold]
    fn lock_contended(&self) {
        loop {
            // Waiting by reading keeps the line shared until it is worth fetching it for writing. Under loom a
            // relaxed read may show the old value for ever, so there the exchange alone waits.
            spin_hint();
            #[cfg(not(loom))]
            while self.0.load(Ordering::Relaxed) {
                spin_hint();
            }
            if !self.0.swap(true, Ordering::Acquire) {
                return;
            }
        }
    }
}

macro_rules! rank_fields {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        pub struct $name<T: ?Sized> {
            raw: RawSpin,
            #[cfg(debug_assertions)]
            rank: Rank,
            value: UnsafeCell<T>,
        }

        // SAFETY: the raw lock lets one processor at a time reach the value.
        unsafe impl<T: ?Sized + Send> Send for $name<T> {}
        // SAFETY: as above; a shared lock hands out the value itself, so it must be Send.
        unsafe impl<T: ?Sized + Send> Sync for $name<T> {}

        impl<T> $name<T> {
            const_unless_loom! {
                /// An open lock at `rank` in the lock order, around `value`.
                pub const fn new(rank: Rank, value: T) -> Self {
                    // The rank is kept in debug builds only.
                    let _ = rank;
                    $name {
                        raw: RawSpin::new(),
                        #[cfg(debug_assertions)]
                        rank,
                        value: UnsafeCell::new(value),
                    }
                }
            }

            /// The value, when nobody else can have it any more.
            pub fn into_inner(self) -> T {
                self.value.into_inner()
            }
        }

        impl<T: ?Sized> $name<T> {
            #[inline(always)]
            fn rank(&self) -> Rank {
                #[cfg(debug_assertions)]
                return self.rank;
                #[cfg(not(debug_assertions))]
                Rank { order: 0, name: "" }
            }

            /// The value, through an exclusive borrow: no locking needed.
            pub fn get_mut(&mut self) -> &mut T {
                self.value.get_mut()
            }

            /// Whether somebody holds the lock at this moment.
            pub fn is_locked(&self) -> bool {
                self.raw.is_locked()
            }
        }
    };
}

rank_fields! {
    /// A spin lock for data that interrupt handlers never touch. Holding it does not mask interrupts;
    /// the kernel is not preempted, so the holder keeps its processor until it lets go.
    SpinLock
}
rank_fields! {
    /// A spin lock that interrupt handlers may take too: interrupts are off while it is held.
    IrqSpinLock
}

/// Access to a [`SpinLock`]'s value. Not Send: the processor that locked unlocks.
pub struct SpinGuard<'a, T: ?Sized> {
    lock: &'a SpinLock<T>,
    _not_send: PhantomData<*const ()>,
}

impl<T: ?Sized> SpinLock<T> {
    /// Waits for the lock.
    #[inline(always)]
    #[track_caller]
    pub fn lock(&self) -> SpinGuard<'_, T> {
        debug::acquire(self.rank());
        self.raw.lock();
        SpinGuard { lock: self, _not_send: PhantomData }
    }

    /// Waits for the lock while another of the same rank is held. The caller has an order of its own
    /// (addresses, parent before child) that makes it safe.
    #[inline]
    #[track_caller]
    pub fn lock_nested(&self) -> SpinGuard<'_, T> {
        debug::acquire_unordered(self.rank());
        self.raw.lock();
        SpinGuard { lock: self, _not_send: PhantomData }
    }

    /// Takes the lock if nobody holds it.
    #[inline]
    pub fn try_lock(&self) -> Option<SpinGuard<'_, T>> {
        if !self.raw.try_lock() {
            return None;
        }
        debug::acquired_by_trying(self.rank());
        Some(SpinGuard { lock: self, _not_send: PhantomData })
    }
}

impl<T: ?Sized> Deref for SpinGuard<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists only while its owner holds the lock.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for SpinGuard<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard exists only while its owner holds the lock, and it is borrowed exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized> Drop for SpinGuard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.lock.raw.unlock();
        debug::release(self.lock.rank());
    }
}

// SAFETY: a shared guard gives `&T` only.
unsafe impl<T: ?Sized + Sync> Sync for SpinGuard<'_, T> {}

/// Access to an [`IrqSpinLock`]'s value, with interrupts off.
pub struct IrqSpinGuard<'a, T: ?Sized> {
    lock: &'a IrqSpinLock<T>,
    irqs: Option<IrqState>,
    _not_send: PhantomData<*const ()>,
}

impl<T: ?Sized> IrqSpinLock<T> {
    /// Turns interrupts off and waits for the lock.
    #[inline(always)]
    #[track_caller]
    pub fn lock(&self) -> IrqSpinGuard<'_, T> {
        let irqs = Some(irq_save());
        debug::acquire(self.rank());
        self.raw.lock();
        IrqSpinGuard { lock: self, irqs, _not_send: PhantomData }
    }

    /// Waits for the lock while another of the same rank is held, in an order that the caller ensures.
    #[inline]
    #[track_caller]
    pub fn lock_nested(&self) -> IrqSpinGuard<'_, T> {
        let irqs = Some(irq_save());
        debug::acquire_unordered(self.rank());
        self.raw.lock();
        IrqSpinGuard { lock: self, irqs, _not_send: PhantomData }
    }

    /// Takes the lock if nobody holds it.
    #[inline]
    pub fn try_lock(&self) -> Option<IrqSpinGuard<'_, T>> {
        let irqs = irq_save();
        if !self.raw.try_lock() {
            irqs.restore();
            return None;
        }
        debug::acquired_by_trying(self.rank());
        Some(IrqSpinGuard { lock: self, irqs: Some(irqs), _not_send: PhantomData })
    }
}

impl<'a, T: ?Sized> IrqSpinGuard<'a, T> {
    /// Opens the lock but leaves interrupts off; the caller restores the returned state.
    #[inline(always)]
    pub fn unlock_keep_irqs_off(mut guard: Self) -> IrqState {
        match guard.irqs.take() {
            Some(state) => state,
            // Only `drop` and this function take the state, and both end the guard.
            None => irq_save(),
        }
    }
}

impl<T: ?Sized> Deref for IrqSpinGuard<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the guard exists only while its owner holds the lock.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for IrqSpinGuard<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard exists only while its owner holds the lock, and it is borrowed exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized> Drop for IrqSpinGuard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.lock.raw.unlock();
        debug::release(self.lock.rank());
        if let Some(state) = self.irqs.take() {
            state.restore();
        }
    }
}

// SAFETY: a shared guard gives `&T` only.
unsafe impl<T: ?Sized + Sync> Sync for IrqSpinGuard<'_, T> {}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::rank;

    #[test]
    fn counts_exactly_under_contention() {
        let lock = SpinLock::new(rank::SPIN_LEAF, 0u64);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| *lock.lock() += 1));
            }
        });
        assert_eq!(lock.into_inner(), 40_000);
    }

    #[test]
    fn irq_lock_masks_and_restores() {
        let outer = IrqSpinLock::new(rank::WAIT_QUEUE, ());
        let inner = IrqSpinLock::new(rank::RUN_QUEUE, 1);
        let a = outer.lock();
        assert!(!crate::cpu::irqs_enabled());
        drop(inner.lock());
        assert!(!crate::cpu::irqs_enabled());
        drop(a);
        assert!(crate::cpu::irqs_enabled());
        let state = IrqSpinGuard::unlock_keep_irqs_off(inner.lock());
        assert!(!crate::cpu::irqs_enabled() && !inner.is_locked());
        state.restore();
        assert!(crate::cpu::irqs_enabled());
    }

    #[test]
    fn try_lock_fails_while_held() {
        let lock = IrqSpinLock::new(rank::IRQ_LEAF, ());
        let guard = lock.lock();
        assert!(lock.try_lock().is_none());
        drop(guard);
        assert!(lock.try_lock().is_some() && crate::cpu::irqs_enabled());
    }

    #[test]
    #[cfg(debug_assertions)]
    fn the_wrong_order_is_reported() {
        // In a child process of its own: the report turns the checks off for the whole process.
        let child = std::env::var_os("SYNC_ORDER_CHILD").is_some();
        if !child {
            let exe = std::env::current_exe().expect("path of this test");
            let out = std::process::Command::new(exe)
                .args(["--exact", "spin::tests::the_wrong_order_is_reported"])
                .env("SYNC_ORDER_CHILD", "1")
                .output()
                .expect("child runs");
            assert!(!out.status.success());
            let text =
                String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
            assert!(text.contains("lock order: WAIT_QUEUE"), "{text}");
            return;
        }
        let inner = IrqSpinLock::new(rank::RUN_QUEUE, ());
        let outer = IrqSpinLock::new(rank::WAIT_QUEUE, ());
        let _a = inner.lock();
        let _b = outer.lock();
    }
}
