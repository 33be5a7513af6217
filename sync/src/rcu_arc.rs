//! A replaceable shared pointer that is read without locks and without counting.

use crate::rcu::{self, Callback, RcuGuard};
use alloc::sync::Arc;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// `Option<Arc<T>>` that readers follow under RCU: [`load`](Self::load) is one load. The old value of a swap
/// stays alive for a grace period.
pub struct RcuArc<T: Send + Sync + 'static> {
    pointer: AtomicPtr<T>,
    _owns: PhantomData<Arc<T>>,
}

impl<T: Send + Sync + 'static> RcuArc<T> {
    /// Holding `value`.
    pub fn new(value: Option<Arc<T>>) -> Self {
        RcuArc { pointer: AtomicPtr::new(into_pointer(value)), _owns: PhantomData }
    }

    /// Holding nothing; for statics.
    pub const fn empty() -> Self {
        RcuArc { pointer: AtomicPtr::new(ptr::null_mut()), _owns: PhantomData }
    }

    /// The value, for as long as the read section and this cell both live.
    #[inline(always)]
    pub fn load<'g>(&'g self, _guard: &'g RcuGuard) -> Option<&'g T> {
        // SAFETY: the pointer came from an Arc that this cell owns, or owned when the guard's section had
        // begun already; in that case a `DeferredArc` keeps its reference until after the section.
        unsafe { self.pointer.load(Ordering::Acquire).as_ref() }
    }

    /// A counted reference to the value.
    #[inline]
    pub fn get(&self) -> Option<Arc<T>> {
        let guard = rcu::read();
        let value: *const T = self.load(&guard)?;
        // SAFETY: as in `load`, the reference that this cell had is still counted, so the count is not zero
        // and `value` came from `Arc::into_raw`.
        unsafe {
            Arc::increment_strong_count(value);
            Some(Arc::from_raw(value))
        }
    }

    /// Whether the cell holds nothing at this moment.
    #[inline]
    pub fn is_none(&self) -> bool {
        self.pointer.load(Ordering::Relaxed).is_null()
    }

    /// Whether the cell holds exactly this object at this moment.
    #[inline]
    pub fn is(&self, value: &Arc<T>) -> bool {
        ptr::eq(self.pointer.load(Ordering::Relaxed), Arc::as_ptr(value))
    }

    /// Puts `value` in and takes the old value out; readers may still be following it.
    pub fn swap(&self, value: Option<Arc<T>>) -> Option<DeferredArc<T>> {
        let old = self.pointer.swap(into_pointer(value), Ordering::AcqRel);
        if old.is_null() {
            return None;
        }
        // SAFETY: `old` came from `Arc::into_raw` and the cell's reference moves here.
        Some(DeferredArc(ManuallyDrop::new(unsafe { Arc::from_raw(old) })))
    }

    /// Puts `value` in; the old value is dropped after a grace period.
    pub fn set(&self, value: Option<Arc<T>>) {
        drop(self.swap(value));
    }
}

fn into_pointer<T>(value: Option<Arc<T>>) -> *mut T {
    value.map_or(ptr::null_mut(), |v| Arc::into_raw(v).cast_mut())
}

impl<T: Send + Sync + 'static> Drop for RcuArc<T> {
    fn drop(&mut self) {
        let value = *self.pointer.get_mut();
        if !value.is_null() {
            // SAFETY: the cell owns this reference. Readers borrow the cell itself, so none is left that
            // reached the value through it.
            drop(unsafe { Arc::from_raw(value) });
        }
    }
}

/// A value taken out of an [`RcuArc`]: usable at once, dropped after a grace period.
pub struct DeferredArc<T: Send + Sync + 'static>(ManuallyDrop<Arc<T>>);

impl<T: Send + Sync + 'static> DeferredArc<T> {
    /// Waits for the readers and gives the reference itself. May sleep.
    pub fn into_arc(self) -> Arc<T> {
        rcu::synchronize();
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not used or dropped again.
        unsafe { ManuallyDrop::take(&mut this.0) }
    }

    /// A further counted reference; the deferred one stays with the readers.
    pub fn to_arc(&self) -> Arc<T> {
        Arc::clone(&self.0)
    }
}

impl<T: Send + Sync + 'static> Deref for DeferredArc<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Send + Sync + 'static> Drop for DeferredArc<T> {
    fn drop(&mut self) {
        // SAFETY: the value is not used again.
        let value = unsafe { ManuallyDrop::take(&mut self.0) };
        rcu::queue(Callback::drop_arc(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    struct Canary<'a>(u64, &'a AtomicUsize);
    impl Drop for Canary<'_> {
        fn drop(&mut self) {
            self.0 = u64::MAX;
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn readers_never_see_a_dropped_value() {
        static DROPS: AtomicUsize = AtomicUsize::new(0);
        let rounds = if cfg!(miri) { 50 } else { 3_000 };
        let cell = RcuArc::new(Some(Arc::new(Canary(0, &DROPS))));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..rounds {
                        let guard = rcu::read();
                        let seen = cell.load(&guard).map(|c| c.0);
                        assert!(seen.is_some_and(|n| n <= rounds));
                        drop(guard);
                        assert!(cell.get().is_some_and(|c| c.0 <= rounds));
                    }
                });
            }
            for n in 1..=rounds {
                cell.set(Some(Arc::new(Canary(n, &DROPS))));
            }
        });
        rcu::run_callbacks();
        rcu::synchronize();
        drop(cell);
        rcu::run_callbacks();
        assert_eq!(DROPS.load(Ordering::SeqCst) as u64, rounds + 1);
    }

    #[test]
    fn the_taken_value_can_be_kept() {
        let cell = RcuArc::new(Some(Arc::new(7)));
        let old = cell.swap(None).expect("there was a value");
        assert_eq!(*old, 7);
        assert_eq!(Arc::strong_count(&old.into_arc()), 1);
        assert!(cell.is_none() && cell.get().is_none());
    }
}
