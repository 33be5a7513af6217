//! The real machine.

pub use hal::thread::Context;
use hal::thread::flags;

/// Number of processors that exist.
#[inline]
pub fn cpu_count() -> usize {
    hal::cpu::count() as usize
}

/// CLOCK_MONOTONIC.
#[inline(always)]
pub fn now_ns() -> u64 {
    hal::time::now_ns()
}

/// CLOCK_MONOTONIC_RAW.
pub fn raw_ns() -> u64 {
    hal::time::raw_ns()
}

/// Makes CLOCK_MONOTONIC gain so much in a second, in ns times 2^32.
pub fn steer(gain: i64) {
    hal::time::steer(gain);
}

/// The time-stamp counter.
#[inline(always)]
pub fn tsc() -> u64 {
    hal::time::tsc()
}

/// A span of the time-stamp counter in ns.
#[inline]
pub fn tsc_to_ns(span: u64) -> u64 {
    hal::time::tsc_to_ns(span)
}

/// What the hardware clock said at boot.
pub fn wall_clock_at_boot_ns() -> u64 {
    hal::time::wall_clock_at_boot_ns()
}

/// Asks for a timer interrupt on this processor.
#[inline]
pub fn set_timer(deadline_ns: u64) {
    hal::time::set_timer(deadline_ns);
}

/// Interrupts `cpu` so that it looks at its flags.
#[inline]
pub fn send_reschedule(cpu: usize) {
    hal::ipi::send_reschedule(cpu as u32);
}

/// Sleeps until an interrupt; entered with interrupts off, left with interrupts on.
#[inline]
pub fn wait_for_interrupt() {
    hal::irq::wait_for_interrupt();
}

/// Turns interrupts on (new threads begin with them off).
#[inline]
pub fn irq_enable() {
    hal::irq::enable();
}

/// Sets the flag that makes the thread call `schedule` on its way to user mode.
#[inline]
pub fn set_need_resched(context: &Context) {
    context.set_flag(flags::NEED_RESCHED);
}

/// Sets the flag that makes the thread look after its `struct rseq`.
#[inline]
pub fn set_rseq(context: &Context) {
    context.set_flag(flags::RSEQ);
}

/// Clears it.
#[inline]
pub fn clear_need_resched(context: &Context) {
    context.clear_flag(flags::NEED_RESCHED);
}

/// Whether the running thread should make way.
#[inline(always)]
pub fn need_resched() -> bool {
    hal::thread::current_flags() & flags::NEED_RESCHED != 0
}

/// Whether the running thread has a signal to look at.
#[inline(always)]
pub fn signal_pending() -> bool {
    hal::thread::current_flags() & (flags::SIGPENDING | flags::NOTIFY_SIGNAL) != 0
}

/// Whether a thread has a signal to look at.
#[inline]
pub fn context_signal_pending(context: &Context) -> bool {
    context.flags() & (flags::SIGPENDING | flags::NOTIFY_SIGNAL) != 0
}
