//! One value for each processor.

use crate::cpu::{self, MAX_CPUS};

/// A value on cache lines of its own.
#[repr(align(64))]
pub struct CacheAligned<T>(pub T);

/// One `T` for each processor. The values are shared references (any processor may read any of them), so
/// what changes inside is atomic or locked; locality makes that cheap.
pub struct PerCpu<T>([CacheAligned<T>; MAX_CPUS]);

/// A [`PerCpu`] static's initialiser: the expression, evaluated as a constant for each processor.
#[macro_export]
macro_rules! per_cpu {
    ($init:expr) => {
        $crate::PerCpu::from_array([const { $crate::percpu::CacheAligned($init) }; $crate::MAX_CPUS])
    };
}

impl<T> PerCpu<T> {
    /// From an array of values; see [`per_cpu!`](crate::per_cpu).
    pub const fn from_array(values: [CacheAligned<T>; MAX_CPUS]) -> Self {
        PerCpu(values)
    }

    /// From a function of the processor's number.
    pub fn new(mut init: impl FnMut(usize) -> T) -> Self {
        PerCpu(core::array::from_fn(|cpu| CacheAligned(init(cpu))))
    }

    /// This processor's value. The caller may be moved to another processor by sleeping, so the reference
    /// says which value was local, not which one is.
    #[inline(always)]
    pub fn get(&self) -> &T {
        self.of(cpu::id())
    }

    /// The value of `cpu` (below [`MAX_CPUS`]; larger numbers wrap).
    #[inline(always)]
    pub fn of(&self, cpu: usize) -> &T {
        &self.0[cpu % MAX_CPUS].0
    }

    /// All values, by number.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|slot| &slot.0)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static COUNTS: PerCpu<AtomicUsize> = crate::per_cpu!(AtomicUsize::new(0));

    #[test]
    fn values_are_separate() {
        std::thread::scope(|scope| {
            for id in 0..4 {
                scope.spawn(move || {
                    cpu::set_id(id);
                    (0..=id).for_each(|_| {
                        COUNTS.get().fetch_add(1, Ordering::Relaxed);
                    });
                });
            }
        });
        assert!((0..4).all(|id| COUNTS.of(id).load(Ordering::Relaxed) == id + 1));
        assert_eq!(PerCpu::new(|cpu| cpu).iter().sum::<usize>(), (0..64).sum());
    }
}
