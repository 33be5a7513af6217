//! The host: a thread plays a processor. Its number is 0 unless a test chooses one; "interrupts" are a
//! thread-local flag, so that code which must run with them off can assert it.

use std::cell::Cell;

std::thread_local! {
    static ID: Cell<usize> = const { Cell::new(0) };
    static IRQS: Cell<bool> = const { Cell::new(true) };
}

/// The number that this thread plays.
#[inline]
pub fn id() -> usize {
    ID.get()
}

/// Chooses the number that this thread plays.
pub fn set_id(cpu: usize) {
    assert!(cpu < super::MAX_CPUS);
    ID.set(cpu);
}

/// Whether this thread plays with interrupts on.
#[inline]
pub fn irqs_enabled() -> bool {
    IRQS.get()
}

#[inline]
pub(super) fn irq_disable() -> bool {
    IRQS.replace(false)
}

#[inline]
pub(super) fn irq_enable() {
    IRQS.set(true);
}
