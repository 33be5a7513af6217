//! x86-64: the number of the processor is the `u32` at `%gs:8`, which hal sets up before anything else.

use core::arch::asm;

/// RFLAGS.IF.
const INTERRUPT_FLAG: u64 = 1 << 9;

/// This processor's number, below [`super::MAX_CPUS`].
#[inline(always)]
pub fn id() -> usize {
    let cpu: u32;
    // SAFETY: hal points the GS base at the per-CPU area, whose word at offset 8 is the processor's
    // number, before any code of this crate runs on that processor. The read has no side effect. The
    // value changes only across a context switch, which clobbers memory.
    unsafe {
        asm!("mov {0:e}, gs:[8]", out(reg) cpu, options(nostack, preserves_flags, pure, readonly));
    }
    cpu as usize
}

/// Whether this processor takes interrupts.
#[inline(always)]
pub fn irqs_enabled() -> bool {
    let flags: u64;
    // SAFETY: pushes and pops the flags register; nothing else changes.
    unsafe { asm!("pushfq", "pop {0}", out(reg) flags, options(preserves_flags)) };
    flags & INTERRUPT_FLAG != 0
}

/// Turns interrupts off; true if they were on. Not `nomem`: memory accesses must not move across it.
#[inline(always)]
pub(super) fn irq_disable() -> bool {
    let flags: u64;
    // SAFETY: masking interrupts is always permitted in ring 0 and touches no memory but the stack slot.
    unsafe { asm!("pushfq", "pop {0}", "cli", out(reg) flags, options(preserves_flags)) };
    flags & INTERRUPT_FLAG != 0
}

/// Turns interrupts on.
#[inline(always)]
pub(super) fn irq_enable() {
    // SAFETY: only called to undo `irq_disable`, on a processor whose descriptor tables are in place.
    unsafe { asm!("sti", options(nostack, preserves_flags)) };
}
