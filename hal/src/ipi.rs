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

/// What a processor wants others to have done before it goes on (membarrier(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Barrier {
    /// Their accesses to memory are in order.
    Memory = 0,
    /// Besides, they fetch the program's instructions anew.
    SyncCore = 1,
    /// Besides, what their threads had begun as restartable sequences starts again.
    Restart = 2,
    /// They use the address space's new LDT.
    Ldt = 3,
}

#[repr(align(64))]
struct BarrierWish {
    /// Who has not done it yet.
    waiting: AtomicU64,
    what: AtomicU64,
}

static BARRIERS: [BarrierWish; MAX_CPUS] =
    [const { BarrierWish { waiting: AtomicU64::new(0), what: AtomicU64::new(0) } }; MAX_CPUS];

/// Has the processors of `cpus` pass a barrier and waits for it. The calling one passes it, too. Not from interrupts.
pub fn barrier(cpus: u64, what: Barrier) {
    pass_barrier(what as u64);
    let online = match crate::cpu::count() {
        count @ 0..64 => bit(count as usize) - 1,
        _ => u64::MAX,
    };
    let others = cpus & online & !bit(sync::cpu::id());
    if others == 0 {
        return;
    }
    let own = &BARRIERS[sync::cpu::id()];
    own.what.store(what as u64, Ordering::Relaxed);
    own.waiting.store(others, Ordering::SeqCst);
    (0..MAX_CPUS).filter(|cpu| others & bit(*cpu) != 0).for_each(|cpu| send(cpu, irq::FLUSH_VECTOR));
    while own.waiting.load(Ordering::Acquire) != 0 {
        answer_flushes();
        core::hint::spin_loop();
    }
}

fn pass_barrier(what: u64) {
    core::sync::atomic::fence(Ordering::SeqCst);
    if what == Barrier::SyncCore as u64 {
        // CPUID waits for all that was begun, and drops what was fetched ahead (SDM vol. 3, 9.3).
        core::arch::x86_64::__cpuid(0);
    } else if what == Barrier::Restart as u64 {
        crate::thread::notify_current(crate::thread::flags::RSEQ);
    } else if what == Barrier::Ldt as u64 {
        let irqs = sync::cpu::irq_save();
        crate::thread::reload_ldt();
        irqs.restore();
    }
}

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
    for wish in BARRIERS.iter().take(crate::cpu::count() as usize) {
        if wish.waiting.load(Ordering::Acquire) & here != 0 {
            pass_barrier(wish.what.load(Ordering::Relaxed));
            wish.waiting.fetch_and(!here, Ordering::AcqRel);
        }
    }
}

/// Stops all other processors, whatever they do (panic).
pub(crate) fn stop_others() {
    if crate::cpu::count() > 1 {
        apic::send_nmi_to_others();
    }
}
