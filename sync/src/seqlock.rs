//! Sequence locks: readers never write, they read again when a writer came between.

use crate::atomic::{AtomicU32, Ordering, fence, spin_hint};
use crate::cpu::irq_save;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

/// The bare sequence: odd while a writer is at work.
pub struct SeqCount(AtomicU32);

impl SeqCount {
    const_unless_loom! {
        /// At rest.
        #[allow(clippy::new_without_default)]
        pub const fn new() -> Self {
            SeqCount(AtomicU32::new(0))
        }
    }

    /// Begins a read: waits for a writer to finish and says what to compare with.
    #[inline]
    pub fn read_begin(&self) -> u32 {
        loop {
            let seq = self.0.load(Ordering::Acquire);
            if seq & 1 == 0 {
                return seq;
            }
            spin_hint();
        }
    }

    /// Whether what was read since `read_begin` may be torn.
    #[inline]
    pub fn read_retry(&self, seq: u32) -> bool {
        fence(Ordering::Acquire);
        self.0.load(Ordering::Relaxed) != seq
    }

    /// Begins a write; waits for other writers. Interrupts are the caller's to mask if handlers read.
    #[inline]
    pub fn write_begin(&self) {
        loop {
            let seq = self.0.load(Ordering::Relaxed);
            if seq & 1 == 0
                && self.0.compare_exchange(seq, seq + 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                break;
            }
            spin_hint();
        }
        // The odd number is visible before any of the data that follows.
        fence(Ordering::Release);
    }

    /// Ends a write.
    #[inline]
    pub fn write_end(&self) {
        let seq = self.0.load(Ordering::Relaxed);
        self.0.store(seq.wrapping_add(1), Ordering::Release);
    }
}

/// A small value that is read often, from anywhere (interrupt handlers too), and written seldom.
pub struct SeqLock<T> {
    seq: SeqCount,
    value: UnsafeCell<T>,
}

// SAFETY: writers exclude each other; readers copy bytes and use them only if no writer came between.
unsafe impl<T: Copy + Send> Sync for SeqLock<T> {}

impl<T: Copy> SeqLock<T> {
    const_unless_loom! {
        /// A lock around `value`.
        pub const fn new(value: T) -> Self {
            SeqLock { seq: SeqCount::new(), value: UnsafeCell::new(value) }
        }
    }

    /// A consistent copy.
    #[inline]
    pub fn read(&self) -> T {
        loop {
            let seq = self.seq.read_begin();
            // SAFETY: the location is valid for reads; a writer may be changing it, so the bytes are
            // copied as possibly uninitialised and with volatile, and dropped if the sequence moved.
            let copy = unsafe { self.value.get().cast::<MaybeUninit<T>>().read_volatile() };
            if !self.seq.read_retry(seq) {
                // SAFETY: no writer was active between the two looks at the sequence.
                return unsafe { copy.assume_init() };
            }
        }
    }

    /// Changes the value with interrupts off (a handler of this processor must not spin on the writer
    /// that it interrupted) and gives back what `change` returns.
    pub fn write<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let irqs = irq_save();
        self.seq.write_begin();
        // SAFETY: the odd sequence makes this the only writer; readers never hold references. The new
        // value is built aside so that a reference to the shared bytes never exists.
        let result = unsafe {
            let mut value = self.value.get().read();
            let result = change(&mut value);
            self.value.get().cast::<MaybeUninit<T>>().write_volatile(MaybeUninit::new(value));
            result
        };
        self.seq.write_end();
        irqs.restore();
        result
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore)] // volatile copies of racing bytes are outside what Miri accepts
    fn readers_never_see_a_torn_value() {
        let lock = SeqLock::new([0u64; 4]);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..5_000).for_each(|_| lock.write(|v| v.iter_mut().for_each(|x| *x += 1))));
            }
            scope.spawn(|| {
                let mut last = 0;
                for _ in 0..20_000 {
                    let v = lock.read();
                    assert!(v.iter().all(|x| *x == v[0]) && v[0] >= last);
                    last = v[0];
                }
            });
        });
        assert_eq!(lock.read(), [10_000; 4]);
    }
}
