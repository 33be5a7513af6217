//! What debug builds watch: the order in which a processor takes locks, and that nobody sleeps with a
//! spin lock held, inside an RCU read section or with interrupts off. Release builds compile to nothing.

use crate::rank::Rank;

/// Panics in a debug build if the caller may not sleep here.
#[inline]
#[track_caller]
pub fn assert_may_sleep() {
    #[cfg(debug_assertions)]
    checks::assert_may_sleep();
}

/// The number of spin locks that this processor holds, in a debug build; 0 otherwise.
#[inline]
pub fn locks_held() -> usize {
    #[cfg(debug_assertions)]
    return checks::locks_held();
    #[cfg(not(debug_assertions))]
    0
}

/// Turns all checks off: the panic path prints whatever was held.
pub fn disable() {
    #[cfg(debug_assertions)]
    checks::disable();
}

#[inline]
#[track_caller]
pub(crate) fn acquire(_rank: Rank) {
    #[cfg(debug_assertions)]
    checks::acquire(_rank, false);
}

/// A lock that was got without waiting: it cannot be part of a deadlock, whatever its rank.
#[inline]
pub(crate) fn acquired_by_trying(_rank: Rank) {
    #[cfg(debug_assertions)]
    checks::note(_rank);
}

/// A lock of the same rank as one that is held.
#[inline]
#[track_caller]
pub(crate) fn acquire_unordered(_rank: Rank) {
    #[cfg(debug_assertions)]
    checks::acquire(_rank, true);
}

#[inline]
pub(crate) fn release(_rank: Rank) {
    #[cfg(debug_assertions)]
    checks::release(_rank);
}

#[inline]
pub(crate) fn rcu_enter() {
    #[cfg(debug_assertions)]
    checks::rcu(1);
}

#[cfg(any(debug_assertions, not(target_os = "none")))]
#[inline]
pub(crate) fn rcu_exit() {
    #[cfg(debug_assertions)]
    checks::rcu(-1);
}

/// How deep in RCU read sections this processor is, in a debug build; 0 otherwise.
#[inline]
pub fn rcu_depth() -> i32 {
    #[cfg(debug_assertions)]
    return checks::rcu(0);
    #[cfg(not(debug_assertions))]
    0
}

#[cfg(debug_assertions)]
mod checks {
    use super::Rank;
    use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

    /// More nested locks than any path has.
    const DEPTH: usize = 32;

    struct Held {
        ranks: [Rank; DEPTH],
        depth: usize,
        rcu: i32,
    }

    impl Held {
        const fn new() -> Self {
            Held { ranks: [Rank { order: 0, name: "" }; DEPTH], depth: 0, rcu: 0 }
        }

        fn push(&mut self, rank: Rank) {
            if let Some(slot) = self.ranks.get_mut(self.depth) {
                *slot = rank;
                self.depth += 1;
            }
        }
    }

    static ENABLED: AtomicBool = AtomicBool::new(true);

    #[cfg(target_os = "none")]
    fn with_held<R>(body: impl FnOnce(&mut Held) -> R) -> R {
        use core::cell::UnsafeCell;
        struct Slot(UnsafeCell<Held>);
        // SAFETY: a slot is touched only by its own processor with interrupts off.
        unsafe impl Sync for Slot {}
        static HELD: crate::PerCpu<Slot> = crate::per_cpu!(Slot(UnsafeCell::new(Held::new())));
        let _irqs = crate::cpu::IrqOff::new();
        // SAFETY: interrupts are off and `body` takes no lock, so this is the only reference.
        body(unsafe { &mut *HELD.get().0.get() })
    }

    #[cfg(not(target_os = "none"))]
    fn with_held<R>(body: impl FnOnce(&mut Held) -> R) -> R {
        use std::cell::RefCell;
        std::thread_local!(static HELD: RefCell<Held> = const { RefCell::new(Held::new()) });
        HELD.with_borrow_mut(body)
    }

    pub fn disable() {
        ENABLED.store(false, Relaxed);
    }

    #[track_caller]
    pub fn acquire(rank: Rank, same_allowed: bool) {
        if !ENABLED.load(Relaxed) {
            return;
        }
        let conflict = with_held(|held| {
            let worst = held.ranks.iter().take(held.depth).max_by_key(|r| r.order).copied();
            held.push(rank);
            worst.filter(|w| if same_allowed { w.order > rank.order } else { w.order >= rank.order })
        });
        if let Some(held) = conflict {
            disable();
            panic!("lock order: {} ({}) taken under {} ({})", rank.name, rank.order, held.name, held.order);
        }
    }

    pub fn note(rank: Rank) {
        if ENABLED.load(Relaxed) {
            with_held(|held| held.push(rank));
        }
    }

    pub fn release(rank: Rank) {
        if !ENABLED.load(Relaxed) {
            return;
        }
        with_held(|held| {
            let found = held.ranks.iter().take(held.depth).rposition(|r| r.order == rank.order);
            if let Some(at) = found {
                held.ranks.copy_within(at + 1..held.depth, at);
                held.depth -= 1;
            }
        });
    }

    pub fn rcu(change: i32) -> i32 {
        with_held(|held| {
            held.rcu += change;
            held.rcu
        })
    }

    pub fn locks_held() -> usize {
        with_held(|held| held.depth)
    }

    #[track_caller]
    pub fn assert_may_sleep() {
        if !ENABLED.load(Relaxed) {
            return;
        }
        let (lock, rcu) = with_held(|held| {
            (held.depth.checked_sub(1).and_then(|top| held.ranks.get(top)).copied(), held.rcu)
        });
        let reason = match lock {
            Some(rank) => rank.name,
            None if rcu > 0 => "an RCU read section",
            None if !crate::cpu::irqs_enabled() => "interrupts off",
            None => return,
        };
        disable();
        panic!("sleeping with {reason} held");
    }
}
