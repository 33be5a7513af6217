//! A place for one counted handle that is looked at without a lock.
//!
//! A reader takes a count that may be another's already: between its two looks at the slot the handle may have been
//! taken out, its object freed and used for something else. Then the second look says so, and the count is given
//! back. That is why [`Handle`] demands counters that stay counters, and owners that stand a count too many for a moment.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};

use crate::atomic::{AtomicPtr, Ordering, spin_hint};

/// A counted handle of an object, such as a frame of memory.
///
/// # Safety
/// - The object's counter is never freed, moved or used for anything else: [`Self::try_get`] may be asked of an object
///   that is long gone.
/// - A count is taken from zero by the object's allocator only, with a release store; all else changes it by atomic
///   read-modify-writes. Whoever takes the last count away frees the object, whoever it is.
/// - `drop` gives a count back with release order, `try_get` takes one with acquire order.
pub unsafe trait Handle: Sized + Send + Sync {
    /// What is counted.
    type Object;

    /// Gives the handle's count to whoever keeps the pointer.
    fn into_raw(self) -> NonNull<Self::Object>;

    /// The handle of a count that the pointer stands for.
    ///
    /// # Safety
    /// The count must be the caller's to give.
    unsafe fn from_raw(object: NonNull<Self::Object>) -> Self;

    /// Another count, unless there is none now.
    ///
    /// # Safety
    /// The pointer must come from [`Self::into_raw`], at whatever time.
    unsafe fn try_get(object: NonNull<Self::Object>) -> Option<Self>;

    /// Takes the only count away if there is one alone, without freeing the object: until [`Self::thaw`] nobody can
    /// get another.
    ///
    /// # Safety
    /// The pointer must stand for a count that is the caller's.
    unsafe fn freeze(object: NonNull<Self::Object>) -> bool;

    /// Gives the count back that was frozen.
    ///
    /// # Safety
    /// [`Self::freeze`] must have answered true, and this is called once for it.
    unsafe fn thaw(object: NonNull<Self::Object>);
}

/// `Option<P>`, read without a lock. Writers exclude one another.
pub(crate) struct HandleSlot<P: Handle> {
    object: AtomicPtr<P::Object>,
    _owns: PhantomData<P>,
}

impl<P: Handle> HandleSlot<P> {
    pub fn empty() -> Self {
        Self { object: AtomicPtr::new(ptr::null_mut()), _owns: PhantomData }
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.object.load(Ordering::Relaxed).is_null()
    }

    /// Another handle of what is in it.
    #[inline(always)]
    pub fn get(&self) -> Option<P> {
        loop {
            let seen = NonNull::new(self.object.load(Ordering::Acquire))?;
            // SAFETY: the pointer was put here by `set`.
            if let Some(handle) = unsafe { P::try_get(seen) }
                && self.object.load(Ordering::Acquire) == seen.as_ptr()
            {
                return Some(handle);
            }
            // It was taken out meanwhile, or somebody is just looking whether it can be.
            core::hint::cold_path();
            spin_hint();
        }
    }

    /// Puts a handle into an empty slot.
    #[inline]
    pub fn set(&self, handle: P) {
        debug_assert!(self.is_empty());
        self.object.store(handle.into_raw().as_ptr(), Ordering::Release);
    }

    /// Takes the handle out.
    #[inline]
    pub fn take(&self) -> Option<P> {
        let object = NonNull::new(self.object.load(Ordering::Relaxed))?;
        self.object.store(ptr::null_mut(), Ordering::Release);
        // SAFETY: the slot's count, which it no longer has; writers exclude one another.
        Some(unsafe { P::from_raw(object) })
    }

    /// Takes the handle out if `idle` agrees, nobody else has a count, and `still` agrees when nobody can get one.
    #[inline]
    pub fn take_idle(&self, idle: impl FnOnce(&P) -> bool, still: impl FnOnce() -> bool) -> Option<P> {
        let object = NonNull::new(self.object.load(Ordering::Relaxed))?;
        // SAFETY: the slot's count, which it keeps: what is made here is never dropped.
        let borrowed = ManuallyDrop::new(unsafe { P::from_raw(object) });
        // SAFETY: the slot's count; writers exclude one another.
        if !idle(&borrowed) || !unsafe { P::freeze(object) } {
            return None;
        }
        let go = still();
        if go {
            self.object.store(ptr::null_mut(), Ordering::Release);
        }
        // SAFETY: it was frozen above.
        unsafe { P::thaw(object) };
        // SAFETY: as in `take`.
        go.then(|| unsafe { P::from_raw(object) })
    }
}

impl<P: Handle> Drop for HandleSlot<P> {
    fn drop(&mut self) {
        drop(self.take());
    }
}
