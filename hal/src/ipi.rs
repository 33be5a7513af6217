//! What processors ask of each other: to look at their flags, to forget translations, to stop.

use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};

use sync::cpu::{MAX_CPUS, bit};

use crate::{apic, irq, percpu};

/// A processor's wish that others forget translations. It has one at a time.
#[repr(align(64))]
struct Flush {
    /// Who has not done it yet.
    waiting: AtomicU64,
    /// Of which address space, and which of its flushes it is.
    id: AtomicU64,
    generation: AtomicU64,
    start: AtomicU64,
    end: AtomicU64,
}

static FLUSHES: [Flush; MAX_CPUS] = [const {
    Flush {
        waiting: AtomicU64::new(0),
        id: AtomicU64::new(0),
        generation: AtomicU64::new(0),
        start: AtomicU64::new(0),
        end: AtomicU64::new(0),
    }
}; MAX_CPUS];

/// Makes `cpu` take the reschedule interrupt.
pub fn send_reschedule(cpu: u32) {
    send(cpu as usize, irq::RESCHEDULE_VECTOR);
}

fn send(cpu: usize, vector: u8) {
    apic::send_ipi(percpu::of(cpu).apic_id.load(Ordering::Relaxed), vector);
}

/// Makes `cpus` forget `range` of the address space `id`, for its flush `generation`, and waits until they have. Others' wishes are granted meanwhile, so
/// two processors that flush at the same time don't wait for each other, interrupts on or off.
pub(crate) fn flush_tlb(cpus: u64, id: u64, generation: u64, range: Range<u64>) {
    let own = &FLUSHES[sync::cpu::id()];
    own.id.store(id, Ordering::Relaxed);
    own.generation.store(generation, Ordering::Relaxed);
    own.start.store(range.start, Ordering::Relaxed);
    own.end.store(range.end, Ordering::Relaxed);
    own.waiting.store(cpus, Ordering::SeqCst);
    (0..MAX_CPUS).filter(|cpu| cpus & bit(*cpu) != 0).for_each(|cpu| send(cpu, irq::FLUSH_VECTOR));
    while own.waiting.load(Ordering::Acquire) != 0 {
        answer_flushes();
        core::hint::spin_loop();
    }
}

/// Does what other processors wait for.
pub(crate) fn answer_flushes() {
    let here = bit(sync::cpu::id());
    for flush in FLUSHES.iter().take(crate::cpu::count() as usize) {
        if flush.waiting.load(Ordering::Acquire) & here != 0 {
            percpu::here().tlb.flush(
                flush.id.load(Ordering::Relaxed),
                flush.generation.load(Ordering::Relaxed),
                flush.start.load(Ordering::Relaxed),
                flush.end.load(Ordering::Relaxed),
            );
            flush.waiting.fetch_and(!here, Ordering::AcqRel);
        }
    }
}

/// Stops all other processors, whatever they do (panic).
pub(crate) fn stop_others() {
    if crate::cpu::count() > 1 {
        apic::send_nmi_to_others();
    }
}
