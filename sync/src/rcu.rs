//! Read-copy-update: readers take no lock and write nothing; what they may still see is freed only after
//! every processor has passed a moment in which it was certainly not reading.
//!
//! In the kernel such a *quiescent* moment is a context switch, idling, or the way back to user mode after a
//! tick: the kernel is not preempted, so a read section (a [`RcuGuard`]) never spans one. A guard costs
//! nothing. Interrupt handlers may read too, if the interrupt's entry calls [`irq_enter`].
//!
//! Work that waits for a grace period is queued per processor and run by [`run_callbacks`] in a context that
//! may sleep. On the host a guard counts readers in two alternating counters instead.

#[path = "rcu/engine.rs"]
mod engine;
pub use engine::Engine;

#[cfg(all(not(loom), not(target_os = "none")))]
#[path = "rcu/host.rs"]
mod backend;
#[cfg(all(not(loom), target_os = "none"))]
#[path = "rcu/kernel.rs"]
mod backend;
#[cfg(not(loom))]
#[path = "rcu/callback.rs"]
mod callback;

#[cfg(not(loom))]
pub use api::*;
#[cfg(not(loom))]
pub use backend::RcuGuard;
#[cfg(not(loom))]
pub(crate) use callback::Callback;

#[cfg(not(loom))]
mod api {
    use super::{Callback, RcuGuard, backend};
    use crate::once::Once;
    use alloc::boxed::Box;
    use alloc::sync::Arc;

    /// What the scheduler does for RCU.
    pub struct Hooks {
        /// Work was queued on this processor: let [`tick`] run on it soon. Called with no lock of RCU held;
        /// the caller may hold any lock, so it only sets flags or timers.
        pub queued: fn(),
        /// Makes the processors of the set pass a quiescent moment soon.
        pub nudge: fn(u64),
        /// Lets other threads run for a moment; the caller waits for a grace period.
        pub pause: fn(),
    }

    pub(super) static HOOKS: Once<Hooks> = Once::new();

    /// Names the scheduler's part; the first caller wins.
    pub fn set_hooks(hooks: Hooks) {
        let _ = HOOKS.set(hooks);
    }

    /// Begins a read section, which ends with the guard. Must not sleep inside.
    #[inline(always)]
    pub fn read() -> RcuGuard {
        backend::read()
    }

    /// Drops one reference after a grace period. Allocates nothing but room in the queue.
    pub fn defer_drop<T: Send + Sync + 'static>(value: Arc<T>) {
        backend::queue(Callback::drop_arc(value));
    }

    /// Runs `work` after a grace period, in a context that may sleep.
    pub fn defer(work: Box<dyn FnOnce() + Send>) {
        backend::queue(Callback::run(work));
    }

    /// As [`defer_drop_value`], without an allocation if [`reserve`] was called before.
    pub fn defer_drop_box<T: Send + 'static>(value: Box<T>) {
        backend::queue(Callback::drop_box(value));
    }

    /// Makes room in this processor's queue, so that what is queued next allocates nothing.
    pub fn reserve() {
        backend::reserve();
    }

    /// Drops `value` after a grace period, in a context that may sleep.
    pub fn defer_drop_value<T: Send + 'static>(value: T) {
        backend::queue(Callback::drop_box(Box::new(value)));
    }

    pub(crate) fn queue(callback: Callback) {
        backend::queue(callback);
    }

    /// Waits until all read sections that have begun before are over. May sleep.
    pub fn synchronize() {
        crate::debug::assert_may_sleep();
        backend::synchronize();
    }

    /// Says that this processor reads nothing at this moment. Two loads and a test if nobody waits for it.
    #[inline(always)]
    pub fn quiescent_state() {
        backend::quiescent_state();
    }

    /// Moves this processor's queued work along; true if some is ready for [`run_callbacks`].
    #[inline]
    pub fn advance() -> bool {
        backend::advance()
    }

    /// Runs the work of this processor whose grace period is over. The caller holds no lock and may sleep.
    pub fn run_callbacks() {
        backend::run_callbacks();
    }

    /// Whether this processor has queued work, ready or not: it must not stop its tick.
    #[inline]
    pub fn has_callbacks() -> bool {
        backend::has_callbacks()
    }

    /// What a tick does: moves work along and nudges processors that hold up a grace period. True if work is
    /// ready.
    pub fn tick() -> bool {
        backend::tick()
    }

    /// This processor begins to take part. Before the first one there are no other readers.
    pub fn cpu_online(cpu: usize) {
        backend::cpu_online(cpu);
    }

    /// This processor goes idle: until [`idle_exit`] it reads nothing and nobody waits for it.
    #[inline]
    pub fn idle_enter() {
        backend::idle_enter();
    }

    /// This processor stops being idle.
    #[inline]
    pub fn idle_exit() {
        backend::idle_exit();
    }

    /// An interrupt's entry, before its handler: a handler that interrupted the idle loop may read. Give the
    /// result to [`irq_exit`].
    #[inline(always)]
    #[must_use]
    pub fn irq_enter() -> bool {
        backend::irq_enter()
    }

    /// An interrupt's exit.
    #[inline(always)]
    pub fn irq_exit(was_idle: bool) {
        if was_idle {
            idle_enter();
        }
    }

    /// The number of the newest grace period that is over (for counters and tests).
    pub fn completed() -> u64 {
        backend::completed()
    }
}

#[cfg(all(test, not(loom)))]
#[path = "rcu/tests.rs"]
mod tests;
