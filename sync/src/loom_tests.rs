//! Models over all interleavings: `RUSTFLAGS="--cfg loom" cargo test -p sync --release`.

use crate::rcu::Engine;
use crate::spin::RawSpin;
use crate::{Once, SeqCount};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

struct Guarded {
    lock: RawSpin,
    value: UnsafeCell<usize>,
}

// SAFETY: `value` is reached only with `lock` held; loom checks that this is true.
unsafe impl Sync for Guarded {}
// SAFETY: as above.
unsafe impl Send for Guarded {}

#[test]
fn spin_lock_excludes() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.max_branches = 10_000;
    model.check(|| {
        let shared = Arc::new(Guarded { lock: RawSpin::new(), value: UnsafeCell::new(0) });
        let add = |shared: &Guarded| {
            shared.lock.lock();
            // SAFETY: the lock is held.
            shared.value.with_mut(|v| unsafe { *v += 1 });
            shared.lock.unlock();
        };
        let other = shared.clone();
        let thread = thread::spawn(move || add(&other));
        add(&shared);
        thread.join().unwrap();
        shared.lock.lock();
        // SAFETY: the lock is held.
        shared.value.with(|v| assert_eq!(unsafe { *v }, 2));
        shared.lock.unlock();
    });
}

#[test]
fn seq_count_readers_see_whole_values() {
    loom::model(|| {
        let shared = Arc::new((SeqCount::new(), AtomicUsize::new(0), AtomicUsize::new(0)));
        let writer = shared.clone();
        let thread = thread::spawn(move || {
            writer.0.write_begin();
            writer.1.store(1, Ordering::Relaxed);
            writer.2.store(1, Ordering::Relaxed);
            writer.0.write_end();
        });
        let seq = shared.0.read_begin();
        let seen = (shared.1.load(Ordering::Relaxed), shared.2.load(Ordering::Relaxed));
        if !shared.0.read_retry(seq) {
            assert_eq!(seen.0, seen.1);
        }
        thread.join().unwrap();
    });
}

#[test]
fn once_makes_one_value() {
    loom::model(|| {
        let cell = Arc::new(Once::new());
        let other = cell.clone();
        let thread = thread::spawn(move || *other.call_once(|| 1));
        let mine = *cell.call_once(|| 2);
        assert_eq!(mine, thread.join().unwrap());
    });
}

/// The writer unlinks object 0, waits for a grace period and frees it; the reader (processor 1) must not
/// touch it after that. What RcuArc and SlotTable rest on.
fn reader_and_writer(reader: fn(&Engine, &dyn Fn())) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        struct Shared {
            engine: Engine,
            index: AtomicUsize,
            objects: [UnsafeCell<u8>; 2],
        }
        // SAFETY: the protocol under test; loom checks it.
        unsafe impl Sync for Shared {}
        // SAFETY: as above.
        unsafe impl Send for Shared {}
        let objects = [UnsafeCell::new(1), UnsafeCell::new(1)];
        let shared = Arc::new(Shared { engine: Engine::new(), index: AtomicUsize::new(0), objects });
        shared.engine.online(0);
        shared.engine.online(1);
        let other = shared.clone();
        let thread = thread::spawn(move || {
            reader(&other.engine, &|| {
                let index = other.index.load(Ordering::Acquire);
                // SAFETY: inside a read section.
                other.objects[index].with(|v| assert_eq!(unsafe { *v }, 1));
            });
            other.engine.idle_enter(1);
        });
        shared.index.store(1, Ordering::Release);
        let number = shared.engine.snapshot();
        shared.engine.request(number);
        while !shared.engine.done(number) {
            shared.engine.quiescent(0);
            thread::yield_now();
        }
        // SAFETY: no reader is left; loom reports a race if one is.
        shared.objects[0].with_mut(|v| unsafe { *v = 0 });
        thread.join().unwrap();
    });
}

#[test]
fn rcu_waits_for_a_reader() {
    reader_and_writer(|engine, read| {
        read();
        engine.quiescent(1);
        read();
    });
}

#[test]
fn rcu_knows_idle_processors() {
    reader_and_writer(|engine, read| {
        engine.idle_enter(1);
        engine.idle_exit(1);
        read();
    });
}

mod handle {
    //! A reader of a slot against a writer that moves objects: nobody reads a freed object, or another slot's.

    use super::*;
    use crate::handle::{Handle, HandleSlot};
    use loom::sync::atomic::AtomicU32;
    use std::ptr::NonNull;

    struct Object {
        refs: AtomicU32,
        /// Changed only while there is no count.
        value: UnsafeCell<u32>,
        /// In the allocator's hands.
        free: AtomicUsize,
    }

    struct Counted(NonNull<Object>);

    // SAFETY: the protocol under test; loom checks it.
    unsafe impl Send for Counted {}
    // SAFETY: as above.
    unsafe impl Sync for Counted {}

    impl Counted {
        /// Allocates the object, which has no counts.
        fn new(object: NonNull<Object>, value: u32) -> Self {
            // SAFETY: objects live as long as the model; nobody has a count.
            unsafe {
                object.as_ref().free.store(0, Ordering::Relaxed);
                object.as_ref().value.with_mut(|v| *v = value);
                object.as_ref().refs.store(1, Ordering::Release);
            }
            Self(object)
        }

        fn value(&self) -> u32 {
            // SAFETY: as above; this is a count.
            unsafe { self.0.as_ref().value.with(|v| *v) }
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            // SAFETY: objects live as long as the model.
            let object = unsafe { self.0.as_ref() };
            if object.refs.fetch_sub(1, Ordering::Release) == 1 {
                loom::sync::atomic::fence(Ordering::Acquire);
                // SAFETY: that was the last count.
                object.value.with_mut(|v| unsafe { *v = 0 });
                object.free.store(1, Ordering::Release);
            }
        }
    }

    // SAFETY: as `PageRef` does it.
    unsafe impl Handle for Counted {
        type Object = Object;

        fn into_raw(self) -> NonNull<Object> {
            std::mem::ManuallyDrop::new(self).0
        }

        unsafe fn from_raw(object: NonNull<Object>) -> Self {
            Self(object)
        }

        unsafe fn try_get(object: NonNull<Object>) -> Option<Self> {
            // SAFETY: objects live as long as the model.
            let refs = unsafe { &object.as_ref().refs };
            let mut seen = refs.load(Ordering::Relaxed);
            while seen != 0 {
                match refs.compare_exchange(seen, seen + 1, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) => return Some(Self(object)),
                    Err(now) => seen = now,
                }
            }
            None
        }

        unsafe fn freeze(object: NonNull<Object>) -> bool {
            // SAFETY: objects live as long as the model.
            let refs = unsafe { &object.as_ref().refs };
            refs.compare_exchange(1, 0, Ordering::Acquire, Ordering::Relaxed).is_ok()
        }

        unsafe fn thaw(object: NonNull<Object>) {
            // SAFETY: objects live as long as the model.
            unsafe { object.as_ref() }.refs.store(1, Ordering::Release);
        }
    }

    struct Shared {
        slot: HandleSlot<Counted>,
        marked: AtomicUsize,
    }

    fn object() -> NonNull<Object> {
        let (refs, value, free) = (AtomicU32::new(0), UnsafeCell::new(0), AtomicUsize::new(1));
        NonNull::from(Box::leak(Box::new(Object { refs, value, free })))
    }

    fn check(writer: fn(&Shared, [NonNull<Object>; 2])) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(move || {
            let objects = [object(), object()];
            let shared = Arc::new(Shared { slot: HandleSlot::empty(), marked: AtomicUsize::new(0) });
            shared.slot.set(Counted::new(objects[0], 1));
            let other = shared.clone();
            let thread = thread::spawn(move || {
                if let Some(handle) = other.slot.get() {
                    assert_eq!(handle.value(), 1);
                    other.marked.store(1, Ordering::Release);
                    assert_eq!(handle.value(), 1);
                }
            });
            writer(&shared, objects);
            thread.join().unwrap();
            drop(shared.slot.take());
            for object in objects {
                // SAFETY: both threads are through; the objects came from boxes.
                drop(unsafe { Box::from_raw(object.as_ptr()) });
            }
        });
    }

    /// The object is taken out, freed if it can be, and used for something that was never in the slot.
    #[test]
    fn a_reader_never_gets_what_left_the_slot() {
        check(|shared, [first, second]| {
            drop(shared.slot.take());
            // SAFETY: objects live as long as the model.
            if unsafe { first.as_ref() }.free.load(Ordering::Acquire) == 1 {
                drop(Counted::new(first, 7));
            }
            shared.slot.set(Counted::new(second, 1));
        });
    }

    /// What is taken out as idle was not marked by a holder.
    #[test]
    fn what_is_held_or_marked_is_not_idle() {
        check(|shared, _| {
            let marked = || shared.marked.load(Ordering::Acquire) != 0;
            let taken = shared.slot.take_idle(|_| true, || !marked());
            if taken.is_some() {
                assert!(!marked());
            }
        });
    }
}
