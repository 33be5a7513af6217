//! A value that is made once, by whoever comes first, and then read without locks.

use crate::atomic::{AtomicU32, Ordering, spin_hint};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

const EMPTY: u32 = 0;
const BUSY: u32 = 1;
const READY: u32 = 2;

/// A cell that is written once. Reading it later is one load and one test.
pub struct Once<T> {
    state: AtomicU32,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the value moves in on one thread and may be dropped on another.
unsafe impl<T: Send> Send for Once<T> {}
// SAFETY: after READY there are only shared references; before it one thread writes.
unsafe impl<T: Send + Sync> Sync for Once<T> {}

impl<T> Once<T> {
    const_unless_loom! {
        /// An empty cell.
        #[allow(clippy::new_without_default)]
        pub const fn new() -> Self {
            Once { state: AtomicU32::new(EMPTY), value: UnsafeCell::new(MaybeUninit::uninit()) }
        }
    }

    /// The value, if it has been made.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        if self.state.load(Ordering::Acquire) == READY {
            // SAFETY: READY is stored with release order after the value was written, and never undone.
            Some(unsafe { (*self.value.get()).assume_init_ref() })
        } else {
            None
        }
    }

    /// The value; the first caller makes it, others wait for that. `make` must not use the same cell.
    #[inline]
    pub fn call_once(&self, make: impl FnOnce() -> T) -> &T {
        match self.get() {
            Some(value) => value,
            None => self.make_or_wait(make),
        }
    }

    /// Fills the cell; gives the value back if it was filled (or is being filled) already.
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.call_once(|| value.take().expect("called at most once"));
        value.map_or(Ok(()), Err)
    }

    #[cold]
    fn make_or_wait(&self, make: impl FnOnce() -> T) -> &T {
        if self.state.compare_exchange(EMPTY, BUSY, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            let value = make();
            // SAFETY: BUSY belongs to this thread alone, and nobody reads before READY.
            unsafe { (*self.value.get()).write(value) };
            self.state.store(READY, Ordering::Release);
        }
        loop {
            if let Some(value) = self.get() {
                return value;
            }
            spin_hint();
        }
    }
}

impl<T> Drop for Once<T> {
    fn drop(&mut self) {
        if self.state.load(Ordering::Acquire) == READY {
            // SAFETY: READY means initialised, and nobody else has the cell any more.
            unsafe { self.value.get_mut().assume_init_drop() };
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn one_maker_and_everybody_sees_its_value() {
        let cell = Once::new();
        let made = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for id in 0..8 {
                let (cell, made) = (&cell, &made);
                scope.spawn(move || {
                    let seen = *cell.call_once(|| {
                        made.fetch_add(1, Ordering::Relaxed);
                        id
                    });
                    assert_eq!(Some(&seen), cell.get());
                });
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), 1);
        assert_eq!(Once::<u8>::new().get(), None);
        assert!(cell.set(99).is_err());
    }
}
