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
