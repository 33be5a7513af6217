//! What debug builds watch: the order in which locks are taken, and that nobody sleeps with a spin lock held,
//! inside an RCU read section or with interrupts off. Release builds compile to nothing.
//!
//! Spin locks belong to the processor that holds them, sleeping locks to a thread: the scheduler takes a thread's
//! record along when it switches ([`leave_processor`]).

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

/// The sleeping locks of a thread that is not running; nothing in a release build.
#[must_use]
pub struct HeldAsleep(#[cfg(debug_assertions)] checks::Ranks);

/// Takes the running thread's sleeping locks off this processor's record, before a switch.
#[inline]
pub fn leave_processor() -> HeldAsleep {
    HeldAsleep(
        #[cfg(debug_assertions)]
        checks::exchange_sleeping(checks::Ranks::new()),
    )
}

/// Puts them on the record of the processor that the thread runs on now.
#[inline]
pub fn enter_processor(_held: HeldAsleep) {
    #[cfg(debug_assertions)]
    checks::exchange_sleeping(_held.0);
}

/// Panics in a debug build if a lock is held where a thread must hold none: on the way back to its program.
#[inline]
pub fn assert_nothing_held() {
    #[cfg(debug_assertions)]
    checks::assert_nothing_held();
}

/// A sleeping lock is about to be waited for; `same_allowed` if one of its own rank may be held.
#[inline]
#[track_caller]
pub(crate) fn acquire_sleeping(_rank: Rank, _same_allowed: bool) {
    #[cfg(debug_assertions)]
    {
        checks::assert_may_sleep();
        checks::acquire_sleeping(_rank, _same_allowed);
    }
}

/// A sleeping lock was got without waiting.
#[inline]
pub(crate) fn sleeping_acquired_by_trying(_rank: Rank) {
    #[cfg(debug_assertions)]
    checks::note_sleeping(_rank);
}

#[inline]
pub(crate) fn release_sleeping(_rank: Rank) {
    #[cfg(debug_assertions)]
    checks::release_sleeping(_rank);
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

    /// Ranks in the order in which their locks were taken.
    pub struct Ranks {
        ranks: [Rank; DEPTH],
        depth: usize,
    }

    impl Ranks {
        pub const fn new() -> Self {
            Ranks { ranks: [Rank { order: 0, name: "" }; DEPTH], depth: 0 }
        }

        fn held(&self) -> &[Rank] {
            self.ranks.get(..self.depth).unwrap_or_default()
        }

        fn push(&mut self, rank: Rank) {
            if let Some(slot) = self.ranks.get_mut(self.depth) {
                *slot = rank;
                self.depth += 1;
            }
        }

        fn remove(&mut self, rank: Rank) {
            if let Some(at) = self.held().iter().rposition(|r| r.order == rank.order) {
                self.ranks.copy_within(at + 1..self.depth, at);
                self.depth -= 1;
            }
        }

        /// Adds a rank; gives back the held one that should have been taken later.
        fn push_in_order(&mut self, rank: Rank, same_allowed: bool) -> Option<Rank> {
            let worst = self.held().iter().max_by_key(|r| r.order).copied();
            self.push(rank);
            worst.filter(|w| if same_allowed { w.order > rank.order } else { w.order >= rank.order })
        }
    }

    struct Held {
        spinning: Ranks,
        sleeping: Ranks,
        rcu: i32,
    }

    impl Held {
        const fn new() -> Self {
            Held { spinning: Ranks::new(), sleeping: Ranks::new(), rcu: 0 }
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
    fn report(rank: Rank, held: Rank) -> ! {
        disable();
        panic!("lock order: {} ({}) taken under {} ({})", rank.name, rank.order, held.name, held.order);
    }

    #[track_caller]
    pub fn acquire(rank: Rank, same_allowed: bool) {
        if !ENABLED.load(Relaxed) {
            return;
        }
        if let Some(held) = with_held(|held| held.spinning.push_in_order(rank, same_allowed)) {
            report(rank, held);
        }
    }

    pub fn note(rank: Rank) {
        if ENABLED.load(Relaxed) {
            with_held(|held| held.spinning.push(rank));
        }
    }

    pub fn release(rank: Rank) {
        if ENABLED.load(Relaxed) {
            with_held(|held| held.spinning.remove(rank));
        }
    }

    #[track_caller]
    pub fn acquire_sleeping(rank: Rank, same_allowed: bool) {
        if !ENABLED.load(Relaxed) {
            return;
        }
        if let Some(held) = with_held(|held| held.sleeping.push_in_order(rank, same_allowed)) {
            report(rank, held);
        }
    }

    pub fn note_sleeping(rank: Rank) {
        if ENABLED.load(Relaxed) {
            with_held(|held| held.sleeping.push(rank));
        }
    }

    pub fn release_sleeping(rank: Rank) {
        if ENABLED.load(Relaxed) {
            with_held(|held| held.sleeping.remove(rank));
        }
    }

    pub fn exchange_sleeping(new: Ranks) -> Ranks {
        with_held(|held| core::mem::replace(&mut held.sleeping, new))
    }

    pub fn assert_nothing_held() {
        if !ENABLED.load(Relaxed) {
            return;
        }
        let (first, rcu) = with_held(|held| {
            (held.sleeping.held().first().or(held.spinning.held().first()).copied(), held.rcu)
        });
        let what = match first {
            Some(rank) => rank.name,
            None if rcu != 0 => "an RCU read section",
            None => return,
        };
        disable();
        panic!("returning to the program with {what} held");
    }

    pub fn rcu(change: i32) -> i32 {
        with_held(|held| {
            held.rcu += change;
            held.rcu
        })
    }

    pub fn locks_held() -> usize {
        with_held(|held| held.spinning.depth)
    }

    #[track_caller]
    pub fn assert_may_sleep() {
        if !ENABLED.load(Relaxed) {
            return;
        }
        let (lock, rcu) = with_held(|held| (held.spinning.held().last().copied(), held.rcu));
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
