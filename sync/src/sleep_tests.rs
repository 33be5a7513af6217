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

#[test]
fn the_wrong_order_of_sleeping_locks_is_reported() {
    if std::env::var_os("SYNC_SLEEP_ORDER_CHILD").is_none() {
        // The checks are switched off by the first report, so it happens in a process of its own.
        let exe = std::env::current_exe().unwrap();
        let out = std::process::Command::new(exe)
            .args(["--exact", "sleep::tests::the_wrong_order_of_sleeping_locks_is_reported"])
            .env("SYNC_SLEEP_ORDER_CHILD", "1")
            .output()
            .unwrap();
        assert!(!out.status.success());
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        assert!(text.contains("lock order: INODE (40) taken under MMAP (80)"), "{text}");
        return;
    }
    let inode: RwSem<(), Host> = RwSem::new(rank::INODE, ());
    let mmap: RwSem<(), Host> = RwSem::new(rank::MMAP, ());
    let _a = mmap.read();
    let _b = inode.write();
}

#[test]
fn held_locks_go_along_with_their_thread() {
    let mmap: RwSem<(), Host> = RwSem::new(rank::MMAP, ());
    let inode: RwSem<(), Host> = RwSem::new(rank::INODE, ());
    let second: RwSem<(), Host> = RwSem::new(rank::INODE, ());
    let held = mmap.write();
    let aside = debug::leave_processor();
    {
        // Another thread on this processor: what the first one holds does not count.
        let _parent = inode.write();
        let _child = second.write_nested();
    }
    debug::enter_processor(aside);
    assert!(inode.try_write().is_some(), "trying is always allowed");
    drop(held);
    debug::assert_nothing_held();
}
