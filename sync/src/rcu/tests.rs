use super::*;
use crate::cpu::MAX_CPUS;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

#[test]
fn a_grace_period_waits_for_each_busy_processor() {
    let engine = Engine::new();
    (0..3).for_each(|cpu| engine.online(cpu));
    engine.idle_enter(2);
    let number = engine.snapshot();
    engine.request(number);
    assert_eq!(engine.pending(), 0b011);
    engine.quiescent(0);
    engine.quiescent(0);
    assert!(!engine.done(number));
    // What is unlinked now must wait for the next one.
    let later = engine.snapshot();
    assert_eq!(later, number + 1);
    engine.request(later);
    engine.idle_exit(2);
    engine.quiescent(1);
    assert!(engine.done(number) && !engine.done(later));
    assert_eq!(engine.pending(), 0b111);
    engine.idle_enter(2);
    (0..2).for_each(|cpu| engine.quiescent(cpu));
    assert!(engine.done(later));
}

#[test]
fn idle_machines_need_no_waiting() {
    let engine = Engine::new();
    engine.request(engine.snapshot());
    assert!(engine.done(1));
    (0..MAX_CPUS).for_each(|cpu| engine.online(cpu));
    (0..MAX_CPUS).for_each(|cpu| engine.idle_enter(cpu));
    let number = engine.snapshot();
    engine.request(number);
    assert!(engine.done(number));
}

/// Processors read a slot and pass quiescent moments and idle phases at random; the writer poisons what it
/// unlinked as soon as the engine allows.
#[test]
fn nobody_reads_what_was_freed() {
    const LIVE: u64 = 1;
    const CPUS: usize = 3;
    let rounds = if cfg!(miri) { 20 } else { 2_000 };
    let engine = Engine::new();
    let objects: Vec<AtomicU64> = (0..rounds + 1).map(|_| AtomicU64::new(LIVE)).collect();
    let slot = AtomicPtr::new((&raw const objects[0]).cast_mut());
    let stop = AtomicBool::new(false);
    (0..CPUS).for_each(|cpu| engine.online(cpu));
    std::thread::scope(|scope| {
        for cpu in 1..CPUS {
            let (engine, slot, stop) = (&engine, &slot, &stop);
            scope.spawn(move || {
                let mut turn = cpu;
                while !stop.load(Ordering::Relaxed) {
                    // SAFETY: every pointer ever stored points into `objects`, which outlives the threads.
                    let object = unsafe { &*slot.load(Ordering::Acquire) };
                    if turn % 5 == 0 {
                        std::thread::yield_now();
                    }
                    assert_eq!(object.load(Ordering::Relaxed), LIVE);
                    engine.quiescent(cpu);
                    if turn % 7 == 0 {
                        engine.idle_enter(cpu);
                        std::thread::yield_now();
                        engine.idle_exit(cpu);
                    }
                    turn += 1;
                }
                engine.idle_enter(cpu);
            });
        }
        for n in 0..rounds {
            slot.store((&raw const objects[n + 1]).cast_mut(), Ordering::Release);
            let number = engine.snapshot();
            engine.request(number);
            while !engine.done(number) {
                engine.quiescent(0);
                std::thread::yield_now();
            }
            objects[n].store(0, Ordering::Relaxed);
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn deferred_work_runs_after_the_readers() {
    static RAN: AtomicUsize = AtomicUsize::new(0);
    let guard = read();
    defer(Box::new(|| {
        RAN.fetch_add(1, Ordering::SeqCst);
    }));
    let kept = Arc::new(5);
    defer_drop(kept.clone());
    run_callbacks();
    assert_eq!(RAN.load(Ordering::SeqCst), 0);
    drop(guard);
    run_callbacks();
    // Another test's thread may have taken the batch; it finishes it soon.
    while RAN.load(Ordering::SeqCst) == 0 || Arc::strong_count(&kept) != 1 {
        std::thread::yield_now();
    }
}
