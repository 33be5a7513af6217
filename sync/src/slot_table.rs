//! A growable table of counted references, looked up without locks: descriptors, process numbers.
//!
//! A slot owns a strong and a weak reference to its object. A lookup, under RCU, turns the pointer into a
//! new strong reference unless the last one is gone already; taking the object out of its slot hands the
//! strong reference back at once (so that the last close of a file happens at the close) and keeps only the
//! memory, through the weak one, for a grace period.

use crate::nospec;
use crate::rank;
use crate::rcu::{self, Callback};
use crate::rcu_arc::RcuArc;
use crate::spin::IrqSpinLock;
use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// There was no memory for a larger array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

/// The array; a pointer that is not null stands for one strong and one weak reference, which belong to the
/// table and not to the array: a replaced array is freed without touching them.
struct Slots<T>(Box<[AtomicPtr<T>]>);

/// A table of `Option<Arc<T>>`.
pub struct SlotTable<T: Send + Sync + 'static> {
    slots: RcuArc<Slots<T>>,
    /// Held while a slot or the array changes.
    write: IrqSpinLock<()>,
    _owns: PhantomData<Arc<T>>,
}

impl<T: Send + Sync + 'static> Default for SlotTable<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send + Sync + 'static> SlotTable<T> {
    /// An empty table without room; for statics.
    pub const fn new() -> Self {
        let write = IrqSpinLock::new(rank::SLOT_TABLE, ());
        SlotTable { slots: RcuArc::empty(), write, _owns: PhantomData }
    }

    /// Makes room for the indices below `capacity`. Never shrinks.
    pub fn reserve(&self, capacity: usize) -> Result<(), OutOfMemory> {
        if self.capacity() >= capacity {
            return Ok(());
        }
        let wanted = capacity.checked_next_power_of_two().ok_or(OutOfMemory)?.max(64);
        let mut bigger: Vec<AtomicPtr<T>> = Vec::new();
        bigger.try_reserve_exact(wanted).map_err(|_| OutOfMemory)?;
        bigger.resize_with(wanted, || AtomicPtr::new(ptr::null_mut()));
        let bigger = Arc::new(Slots(bigger.into_boxed_slice()));
        let guard = self.write.lock();
        let old = self.with_slots(|old| {
            if old.len() >= wanted {
                return false;
            }
            for (to, from) in bigger.0.iter().zip(old) {
                to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
            true
        });
        let replaced = if old { self.slots.swap(Some(bigger)) } else { None };
        drop(guard);
        drop(replaced);
        Ok(())
    }

    /// The number of indices that there is room for.
    pub fn capacity(&self) -> usize {
        self.with_slots(|slots| slots.len())
    }

    /// The object at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Arc<T>> {
        let guard = rcu::read();
        let slots = self.slots.load(&guard)?;
        // The index is a program's number.
        let object = nospec::get_in(&slots.0, index)?.load(Ordering::Acquire);
        if object.is_null() {
            return None;
        }
        // SAFETY: the slot's weak reference keeps the allocation until a grace period after the object was
        // taken out, and this read section began before; ManuallyDrop leaves that reference uncounted.
        let weak = ManuallyDrop::new(unsafe { Weak::from_raw(object) });
        weak.upgrade()
    }

    /// Whether something is at `index`.
    #[inline]
    pub fn is_set(&self, index: usize) -> bool {
        self.with_slots(|slots| {
            nospec::get_in(slots, index).is_some_and(|s| !s.load(Ordering::Relaxed).is_null())
        })
    }

    /// The first occupied index at or after `from`, with its object.
    pub fn next_from(&self, from: usize) -> Option<(usize, Arc<T>)> {
        let mut index = from;
        loop {
            index = self.with_slots(|slots| {
                let used = |s: &AtomicPtr<T>| !s.load(Ordering::Relaxed).is_null();
                slots.get(index..)?.iter().position(used).map(|offset| index + offset)
            })?;
            if let Some(object) = self.get(index) {
                return Some((index, object));
            }
            index += 1;
        }
    }

    /// Puts `value` at `index` and gives back what was there. Room must have been made with
    /// [`reserve`](Self::reserve); without it, a value is handed back in `Err`.
    pub fn try_set(&self, index: usize, value: Option<Arc<T>>) -> Result<Option<Arc<T>>, Option<Arc<T>>> {
        let write = self.write.lock();
        let guard = rcu::read();
        let Some(slot) = self.slots.load(&guard).and_then(|slots| nospec::get_in(&slots.0, index)) else {
            return if value.is_none() { Ok(None) } else { Err(value) };
        };
        let new = value.map_or(ptr::null_mut(), into_slot);
        let old = slot.swap(new, Ordering::AcqRel);
        drop(guard);
        drop(write);
        if old.is_null() {
            return Ok(None);
        }
        // SAFETY: the swap made the slot's two references this function's.
        let (strong, weak) = unsafe { (Arc::from_raw(old), Weak::from_raw(old)) };
        rcu::queue(Callback::drop_weak(weak));
        Ok(Some(strong))
    }

    /// As [`try_set`](Self::try_set), making room first. The allocation is small unless `index` is; callers
    /// with indices that a user chooses call `reserve` and answer ENOMEM themselves.
    pub fn set(&self, index: usize, value: Option<Arc<T>>) -> Option<Arc<T>> {
        if value.is_some() {
            self.reserve(index + 1).expect("room for a small table");
        }
        self.try_set(index, value).unwrap_or(None)
    }

    fn with_slots<R>(&self, look: impl FnOnce(&[AtomicPtr<T>]) -> R) -> R {
        let guard = rcu::read();
        look(self.slots.load(&guard).map_or(&[][..], |slots| &slots.0))
    }
}

/// The pointer that a slot holds for `value`: one strong and one weak reference.
fn into_slot<T>(value: Arc<T>) -> *mut T {
    let _ = Weak::into_raw(Arc::downgrade(&value));
    Arc::into_raw(value).cast_mut()
}

impl<T: Send + Sync + 'static> Drop for SlotTable<T> {
    fn drop(&mut self) {
        let mut objects = Vec::new();
        self.with_slots(|slots| {
            let used =
                slots.iter().map(|s| s.swap(ptr::null_mut(), Ordering::Relaxed)).filter(|p| !p.is_null());
            // SAFETY: nobody else has the table any more, so the slots' references are this function's.
            objects.extend(used.map(|p| unsafe { (Arc::from_raw(p), Weak::from_raw(p)) }));
        });
        drop(objects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize};

    #[test]
    fn set_get_grow() {
        let table = SlotTable::new();
        assert!(table.get(0).is_none() && table.set(3, None).is_none());
        assert!(table.set(3, Some(Arc::new(30))).is_none());
        assert_eq!(table.set(3, Some(Arc::new(31))).as_deref(), Some(&30));
        table.reserve(1000).expect("memory");
        assert!(table.set(999, Some(Arc::new(1))).is_none());
        assert_eq!(table.get(3).as_deref(), Some(&31));
        assert_eq!(table.next_from(4).map(|(i, v)| (i, *v)), Some((999, 1)));
        assert!(table.next_from(1000).is_none() && table.next_from(usize::MAX).is_none());
        let last = table.try_set(3, None).expect("room").expect("value");
        assert_eq!((*last, Arc::strong_count(&last)), (31, 1));
        assert!(table.try_set(5000, Some(Arc::new(0))).is_err());
    }

    #[test]
    fn lookups_race_with_changes_and_growth() {
        struct Counted(&'static AtomicUsize, usize);
        impl Drop for Counted {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        static DROPS: AtomicUsize = AtomicUsize::new(0);
        let rounds = if cfg!(miri) { 60 } else { 4_000 };
        let table: SlotTable<Counted> = SlotTable::new();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        for index in 0..8 {
                            assert!(table.get(index).is_none_or(|c| c.1 % 8 == index));
                        }
                        std::thread::yield_now();
                    }
                });
            }
            for n in 0..rounds {
                table.set(n % 8, Some(Arc::new(Counted(&DROPS, n))));
                if n % 100 == 0 {
                    table.reserve(64 + n).expect("memory");
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
        drop(table);
        assert_eq!(DROPS.load(Ordering::SeqCst), rounds);
        rcu::run_callbacks();
    }
}
