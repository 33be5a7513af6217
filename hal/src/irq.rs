//! Interrupts: on and off, handlers by line, and what the vectors mean.

use core::arch::asm;
use core::sync::atomic::Ordering;

use sync::{IrqSpinLock, rank};

use crate::regs::PtRegs;
use crate::{apic, ipi, panic, percpu, power, upcalls};

/// Vectors, at Linux's places where it has such.
pub(crate) const TIMER_VECTOR: u8 = 0xec;
pub(crate) const FLUSH_VECTOR: u8 = 0xfb;
pub(crate) const RESCHEDULE_VECTOR: u8 = 0xfd;
pub(crate) const SPURIOUS_VECTOR: u8 = 0xff;
const ISA_BASE: u8 = 0x30;
const ISA_LINES: usize = 16;

type Handler = (fn(usize), usize);
static HANDLERS: IrqSpinLock<[Option<Handler>; ISA_LINES]> = IrqSpinLock::new(rank::IRQ, [None; ISA_LINES]);

/// Takes interrupts.
#[inline(always)]
pub fn enable() {
    // SAFETY: the descriptor tables are in place on every processor that runs Rust code.
    unsafe { asm!("sti", options(nostack)) };
}

/// Takes no interrupts.
#[inline(always)]
pub fn disable() {
    // SAFETY: masking is always permitted in ring 0.
    unsafe { asm!("cli", options(nostack)) };
}

/// Whether this processor takes interrupts.
pub fn enabled() -> bool {
    sync::cpu::irqs_enabled()
}

/// Sleeps until an interrupt comes. Entered with interrupts off, left with interrupts on; an interrupt
/// that is already waiting is not missed, because STI takes effect after the next instruction.
#[inline]
pub fn wait_for_interrupt() {
    // SAFETY: as for `enable`.
    unsafe { asm!("sti", "hlt", options(nostack)) };
}

/// Whether an interrupt handler runs on this processor.
pub fn in_interrupt() -> bool {
    percpu::here().irq_depth.load(Ordering::Relaxed) != 0
}

/// Calls `handler(arg)` when ISA line `line` (0 to 15) is raised. An error if the line is taken or no
/// controller has it.
pub fn request_isa(line: u8, handler: fn(usize), arg: usize) -> Result<(), ()> {
    {
        let mut handlers = HANDLERS.lock();
        let slot = handlers.get_mut(usize::from(line)).ok_or(())?;
        if slot.is_some() {
            return Err(());
        }
        *slot = Some((handler, arg));
    }
    apic::route_isa(line, ISA_BASE + line)
}

/// Handles an interrupt; interrupts are off.
pub(crate) fn dispatch(vector: u8, _regs: &PtRegs) {
    let depth = &percpu::here().irq_depth;
    depth.store(depth.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    match vector {
        TIMER_VECTOR => {
            apic::eoi();
            upcalls::timer_interrupt();
        }
        RESCHEDULE_VECTOR => {
            apic::eoi();
            upcalls::reschedule_interrupt();
        }
        FLUSH_VECTOR => {
            ipi::answer_flushes();
            apic::eoi();
        }
        SPURIOUS_VECTOR => {}
        _ => {
            let line = usize::from(vector.wrapping_sub(ISA_BASE));
            let handler = HANDLERS.lock().get(line).copied().flatten();
            if let Some((handler, arg)) = handler {
                handler(arg);
            }
            apic::eoi();
        }
    }
    depth.store(depth.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
}

/// A non-maskable interrupt: the way in which a panicking processor stops the others.
pub(crate) fn nmi() {
    if panic::in_progress() {
        power::halt();
    }
}
