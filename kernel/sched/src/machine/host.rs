//! The host's stand-in. A test drives time by hand; see the tests of `core_sched`.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The part of a machine context that the scheduler looks at.
#[derive(Default)]
pub struct Context {
    flags: AtomicU32,
}

const SIGPENDING: u32 = 1 << 2;
const NEED_RESCHED: u32 = 1 << 3;

static NOW_NS: AtomicU64 = AtomicU64::new(1);
static KICKED: AtomicU64 = AtomicU64::new(0);

/// Number of processors that tests play.
pub fn cpu_count() -> usize {
    2
}

/// Time moves by a microsecond with every look.
pub fn now_ns() -> u64 {
    NOW_NS.fetch_add(1_000, Ordering::Relaxed)
}

/// As `now_ns`.
pub fn raw_ns() -> u64 {
    now_ns()
}

/// Nothing to steer.
pub fn steer(_gain: i64) {}

/// As `now_ns`.
pub fn tsc() -> u64 {
    NOW_NS.load(Ordering::Relaxed)
}

/// One to one.
pub fn tsc_to_ns(span: u64) -> u64 {
    span
}

/// 2020-01-01.
pub fn wall_clock_at_boot_ns() -> u64 {
    1_577_836_800_000_000_000
}

/// Nothing interrupts a host thread.
pub fn set_timer(_deadline_ns: u64) {}

/// Remembers who was kicked.
pub fn send_reschedule(cpu: usize) {
    KICKED.fetch_or(sync::cpu::bit(cpu), Ordering::Relaxed);
}

/// Takes what interrupts there are for the processor that this thread plays, as a running thread would.
pub fn take_interrupts() {
    let here = sync::cpu::id();
    if KICKED.fetch_and(!sync::cpu::bit(here), Ordering::SeqCst) & sync::cpu::bit(here) != 0 {
        crate::reschedule_interrupt();
    }
    crate::timer_interrupt();
}

/// Time passes, and interrupts come.
pub fn wait_for_interrupt() {
    #[cfg(test)]
    std::thread::sleep(std::time::Duration::from_micros(20));
    take_interrupts();
}

/// Host threads always have them on.
pub fn irq_enable() {}

/// Sets the flag.
pub fn set_need_resched(context: &Context) {
    context.flags.fetch_or(NEED_RESCHED, Ordering::Relaxed);
}

/// Nobody has one.
pub fn set_rseq(_context: &Context) {}

/// Clears the flag.
pub fn clear_need_resched(context: &Context) {
    context.flags.fetch_and(!NEED_RESCHED, Ordering::Relaxed);
}

/// Whether the running thread should make way.
pub fn need_resched() -> bool {
    let mut answer = false;
    crate::hooks::with_current(|t| answer = t.context.flags.load(Ordering::Relaxed) & NEED_RESCHED != 0);
    answer
}

/// Whether the running thread has a signal.
pub fn signal_pending() -> bool {
    let mut answer = false;
    crate::hooks::with_current(|t| answer = context_signal_pending(&t.context));
    answer
}

/// Whether a thread has a signal.
pub fn context_signal_pending(context: &Context) -> bool {
    context.flags.load(Ordering::Relaxed) & SIGPENDING != 0
}
