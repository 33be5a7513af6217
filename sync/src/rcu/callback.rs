//! One piece of deferred work: two words, whatever it does.

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};

/// Work that waits for a grace period.
pub(crate) struct Callback {
    data: *mut (),
    work: unsafe fn(*mut ()),
}

// SAFETY: every constructor demands Send of what the pointer owns.
unsafe impl Send for Callback {}

impl Callback {
    /// Drops a reference.
    pub fn drop_arc<T: Send + Sync + 'static>(value: Arc<T>) -> Self {
        /// # Safety
        /// `data` came from `Arc::<T>::into_raw` and this call takes that reference over.
        unsafe fn work<T>(data: *mut ()) {
            // SAFETY: the contract of this function.
            drop(unsafe { Arc::from_raw(data.cast_const().cast::<T>()) });
        }
        Callback { data: Arc::into_raw(value).cast_mut().cast(), work: work::<T> }
    }

    /// Drops a weak reference: frees the memory of a value whose destructor has run already.
    pub fn drop_weak<T: Send + Sync + 'static>(value: Weak<T>) -> Self {
        /// # Safety
        /// `data` came from `Weak::<T>::into_raw` and this call takes that reference over.
        unsafe fn work<T>(data: *mut ()) {
            // SAFETY: the contract of this function.
            drop(unsafe { Weak::from_raw(data.cast_const().cast::<T>()) });
        }
        Callback { data: Weak::into_raw(value).cast_mut().cast(), work: work::<T> }
    }

    /// Drops a boxed value.
    pub fn drop_box<T: Send + 'static>(value: Box<T>) -> Self {
        /// # Safety
        /// `data` came from `Box::<T>::into_raw` and this call takes the box over.
        unsafe fn work<T>(data: *mut ()) {
            // SAFETY: the contract of this function.
            drop(unsafe { Box::from_raw(data.cast::<T>()) });
        }
        Callback { data: Box::into_raw(value).cast(), work: work::<T> }
    }

    /// Calls a closure.
    pub fn run(work: Box<dyn FnOnce() + Send>) -> Self {
        type Work = Box<dyn FnOnce() + Send>;
        /// # Safety
        /// `data` came from `Box::<Work>::into_raw` and this call takes the box over.
        unsafe fn call(data: *mut ()) {
            // SAFETY: the contract of this function.
            let work = unsafe { Box::from_raw(data.cast::<Work>()) };
            work();
        }
        Callback { data: Box::into_raw(Box::new(work)).cast(), work: call }
    }

    /// Does the work.
    pub fn finish(self) {
        // SAFETY: `data` and `work` were made for each other, and `self` is consumed.
        unsafe { (self.work)(self.data) }
    }
}
