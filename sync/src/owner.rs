//! Slots that belong to one thread: the owner reads them without a count and without
//! a lock, everybody else clones the `Arc` under a short lock (with interrupts off: handlers may do so too).
//!
//! A task's address space, descriptor table and credentials are read by the task
//! itself in nearly every system call and replaced by it alone (execve, unshare,
//! setuid). Others look at them rarely (procfs, kill). RCU doesn't fit, because the
//! owner sleeps while it holds the reference.

use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, Ordering};

/// Proof that the holder is the thread that owns the slots it reaches.
///
/// It is made from the thread's entry frame: a thread has exactly one, and the entry
/// code lends it exactly once, as `&mut`, for one stay in the kernel. So there is never
/// more than one `Owner` of a thread, and `&mut Owner` excludes every reference that
/// was borrowed through it.
pub struct Owner<'a>(PhantomData<(&'a mut (), *const ())>);

impl<'a> Owner<'a> {
    /// Claims ownership for as long as the entry frame `frame` is borrowed.
    ///
    /// The caller passes the frame that the entry code gave it (never one made up) and
    /// uses the proof only for slots of the running thread.
    #[inline(always)]
    pub fn claim<F>(_frame: &mut F) -> Owner<'a> {
        Owner(PhantomData)
    }
}

/// An `Option<Arc<T>>` that one thread owns.
pub struct OwnerSlot<T> {
    locked: AtomicBool,
    value: UnsafeCell<Option<Arc<T>>>,
}

// SAFETY: the value is written only by `replace` (by the owner, under the lock), read
// by others only under the lock, and by the owner only while `Owner` is borrowed.
unsafe impl<T: Send + Sync> Sync for OwnerSlot<T> {}
// SAFETY: an `Arc` of a `Send + Sync` type may move between threads.
unsafe impl<T: Send + Sync> Send for OwnerSlot<T> {}

impl<T> OwnerSlot<T> {
    /// A slot that holds `value` from the start.
    pub const fn new(value: Option<Arc<T>>) -> Self {
        Self { locked: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// A counted reference, for any thread and for interrupt handlers.
    pub fn get(&self) -> Option<Arc<T>> {
        self.with_lock(|value| {
            // SAFETY: the lock excludes `replace`, the only writer.
            unsafe { (*value).clone() }
        })
    }

    /// The owner's own view: one load.
    #[inline(always)]
    pub fn borrow<'b>(&'b self, _owner: &'b Owner<'_>) -> Option<&'b T> {
        // SAFETY: only the owner writes, through `&mut Owner`, which can't exist while
        // the returned reference borrows `_owner`.
        unsafe { (*self.value.get()).as_deref() }
    }

    /// Like [`Self::borrow`], with the `Arc` itself to clone.
    #[inline(always)]
    pub fn borrow_arc<'b>(&'b self, _owner: &'b Owner<'_>) -> Option<&'b Arc<T>> {
        // SAFETY: as in `borrow`.
        unsafe { (*self.value.get()).as_ref() }
    }

    /// Puts `new` in and hands the old value back; the owner drops it where it may sleep.
    pub fn replace(&self, _owner: &mut Owner<'_>, new: Option<Arc<T>>) -> Option<Arc<T>> {
        self.with_lock(|value| {
            // SAFETY: `&mut Owner` excludes the owner's borrows, the lock the others.
            unsafe { core::mem::replace(&mut *value, new) }
        })
    }

    fn with_lock<R>(&self, f: impl FnOnce(*mut Option<Arc<T>>) -> R) -> R {
        // Interrupt handlers send signals and so look at slots: not while this one is held.
        let _irq_off = crate::cpu::IrqOff::new();
        while self.locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            core::hint::spin_loop();
        }
        let result = f(self.value.get());
        self.locked.store(false, Ordering::Release);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_reads_and_replaces() {
        let slot = OwnerSlot::new(Some(Arc::new(1)));
        let mut frame = ();
        let mut owner = Owner::claim(&mut frame);
        assert_eq!(slot.borrow(&owner), Some(&1));
        let old = slot.replace(&mut owner, Some(Arc::new(2)));
        assert_eq!(old.as_deref(), Some(&1));
        assert_eq!(slot.get().as_deref(), Some(&2));
        assert!(slot.replace(&mut owner, None).is_some());
        assert!(slot.borrow(&owner).is_none());
    }
}
