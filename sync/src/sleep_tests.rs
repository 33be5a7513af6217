use super::*;
use crate::rank;
use std::sync::{Condvar, Mutex as StdMutex};

/// Sleeps on the host's own primitives; counts wake-ups so that none is lost.
struct Host(StdMutex<u64>, Condvar);

impl Parker for Host {
    const NEW: Self = Host(StdMutex::new(0), Condvar::new());
    fn park_until(&self, _interruptible: bool, ready: &mut dyn FnMut() -> bool) -> bool {
        let mut seen = self.0.lock().unwrap();
        while !ready() {
            let before = *seen;
            while *seen == before {
                seen = self.1.wait(seen).unwrap();
            }
        }
        true
    }
    fn wake_one(&self) {
        self.wake_all();
    }
    fn wake_all(&self) {
        *self.0.lock().unwrap() += 1;
        self.1.notify_all();
    }
}

#[test]
fn mutex_counts_exactly() {
    let lock: Mutex<u64, Host> = Mutex::new(rank::SLEEPING_LEAF, 0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..2_000 {
                    let mut value = lock.lock();
                    *value += 1;
                    if n % 64 == 0 {
                        std::thread::yield_now();
                    }
                }
            });
        }
    });
    let held = lock.lock();
    assert!(lock.try_lock().is_none());
    drop(held);
    assert_eq!(lock.into_inner(), 8_000);
}

#[test]
fn rw_sem_keeps_writers_alone() {
    let lock: RwSem<(u64, u64), Host> = RwSem::new(rank::SLEEPING_LEAF, (0, 0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for n in 0..1_000 {
                    let mut value = lock.write();
                    value.0 += 1;
                    if n % 16 == 0 {
                        std::thread::yield_now();
                    }
                    value.1 += 1;
                    let value = WriteGuard::downgrade(value);
                    assert_eq!(value.0, value.1);
                }
            });
            scope.spawn(|| {
                for _ in 0..1_000 {
                    let value = lock.read();
                    assert_eq!(value.0, value.1);
                    assert!(lock.try_write().is_none());
                }
            });
        }
    });
    assert_eq!(*lock.read(), (2_000, 2_000));
    assert!(lock.try_write().is_some());
}
