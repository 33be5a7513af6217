//! Interrupts: on and off, handlers by line or vector, and what the vectors mean.

use alloc::boxed::Box;
use core::arch::asm;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use sync::{IrqSpinLock, PerCpu, rank};

use crate::regs::PtRegs;
use crate::{apic, ipi, nmi, percpu, upcalls};

/// Vectors, at Linux's places where it has such.
pub(crate) const TIMER_VECTOR: u8 = 0xec;
pub(crate) const FLUSH_VECTOR: u8 = 0xfb;
pub(crate) const RESCHEDULE_VECTOR: u8 = 0xfd;
pub(crate) const SPURIOUS_VECTOR: u8 = 0xff;
/// Devices' vectors: from here up to the timer's, without the one that programs call.
const FIRST_DEVICE_VECTOR: u8 = 0x30;
const INT80_VECTOR: u8 = 0x80;

/// What is done at an interrupt. It runs with interrupts off and must not sleep.
pub type Handler = Box<dyn Fn() + Send + Sync>;

struct Node {
    handler: Handler,
    next: *const Node,
}

/// Handlers that share an interrupt. They come and stay, so that a walk needs no lock.
pub(crate) struct HandlerList(AtomicPtr<Node>);

impl HandlerList {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }

    pub(crate) fn add(&self, handler: Handler) {
        let node = Box::leak(Box::new(Node { handler, next: core::ptr::null() }));
        let mut first = self.0.load(Ordering::Relaxed);
        loop {
            node.next = first;
            match self.0.compare_exchange_weak(first, node, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => first = now,
            }
        }
    }

    pub(crate) fn run(&self) {
        let mut next: *const Node = self.0.load(Ordering::Acquire);
        // SAFETY: nodes are leaked, and not changed once they are in the list; `Handler` is Sync.
        while let Some(node) = unsafe { next.as_ref() } {
            (node.handler)();
            next = node.next;
        }
    }
}

static HANDLERS: [HandlerList; 256] = [const { HandlerList::new() }; 256];
/// The vectors that have been given out: how many, and to which global interrupts.
static VECTORS: IrqSpinLock<Vectors> =
    IrqSpinLock::new(rank::IRQ, Vectors { next: FIRST_DEVICE_VECTOR, lines: [NO_LINE; 64] });
const NO_LINE: u8 = 0;

struct Vectors {
    next: u8,
    /// The vector of each global interrupt.
    lines: [u8; 64],
}

impl Vectors {
    fn take(&mut self) -> Option<u8> {
        if self.next == INT80_VECTOR {
            self.next += 1;
        }
        let vector = self.next;
        (vector < TIMER_VECTOR).then(|| {
            self.next += 1;
            vector
        })
    }
}

/// A vector that nobody else has, for messages of a device; none if all are taken.
pub(crate) fn take_vector() -> Option<u8> {
    VECTORS.lock().take()
}

/// How often a processor has taken the interrupts that are its own.
pub struct OwnInterrupts {
    timer: AtomicU64,
    reschedule: AtomicU64,
    flush: AtomicU64,
}

static OWN: PerCpu<OwnInterrupts> = sync::per_cpu!(OwnInterrupts {
    timer: AtomicU64::new(0),
    reschedule: AtomicU64::new(0),
    flush: AtomicU64::new(0)
});
/// How often devices' vectors were taken. All of them go to the first processor.
static DEVICE: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];

/// (non-maskable, timer, reschedule, TLB flush) interrupts that `cpu` has taken since boot.
pub fn own_interrupts(cpu: usize) -> [u64; 4] {
    let own = OWN.of(cpu);
    let [timer, reschedule, flush] =
        [&own.timer, &own.reschedule, &own.flush].map(|count| count.load(Ordering::Relaxed));
    [nmi::taken(cpu), timer, reschedule, flush]
}

/// An interrupt of a device.
pub struct DeviceInterrupt {
    /// Its number: that of the global interrupt, or one behind all of those for a message.
    pub number: usize,
    /// Whether the device sends it as a message.
    pub message: bool,
    /// How often it was taken.
    pub taken: u64,
}

/// The devices' interrupts that something handles, by number.
pub fn device_interrupts() -> impl Iterator<Item = DeviceInterrupt> {
    let (lines, next) = {
        let vectors = VECTORS.lock();
        (vectors.lines, vectors.next)
    };
    let taken = |vector: u8| DEVICE[usize::from(vector)].load(Ordering::Relaxed);
    let routed = lines.into_iter().enumerate().filter(|(_, vector)| *vector != NO_LINE);
    let global =
        routed.map(move |(number, vector)| DeviceInterrupt { number, message: false, taken: taken(vector) });
    let messages = (FIRST_DEVICE_VECTOR..next).filter(move |v| *v != INT80_VECTOR && !lines.contains(v));
    let first = lines.len();
    global.chain(messages.enumerate().map(move |(nth, vector)| DeviceInterrupt {
        number: first + nth,
        message: true,
        taken: taken(vector),
    }))
}

/// Only this processor changes it.
#[inline]
fn count(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// Adds a handler to those of a vector.
pub(crate) fn add_handler(vector: u8, handler: Handler) {
    HANDLERS[usize::from(vector)].add(handler);
}

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

unsafe extern "C" {
    safe fn sti_hlt();
}

/// Sleeps until an interrupt comes. Entered with interrupts off, left with interrupts on; an interrupt
/// that is already waiting is not missed, because STI takes effect after the next instruction.
pub fn wait_for_interrupt() {
    sti_hlt();
}

/// Whether an interrupt handler runs on this processor.
pub fn in_interrupt() -> bool {
    percpu::here().irq_depth.load(Ordering::Relaxed) != 0
}

/// Calls `handler` when ISA line `line` (0 to 15) is raised. An error if no controller has the line.
pub fn request_isa(line: u8, handler: Handler) -> Result<(), ()> {
    let (gsi, signal) = apic::isa_line(line).ok_or(())?;
    request_gsi(gsi, signal, handler)
}

/// Calls `handler` when the global interrupt is raised, beside what was requested for it before. An error
/// if no controller has it.
pub(crate) fn request_gsi(gsi: u32, signal: apic::Signal, handler: Handler) -> Result<(), ()> {
    let (vector, fresh) = {
        let mut vectors = VECTORS.lock();
        let known = vectors.lines.get(gsi as usize).copied().ok_or(())?;
        if known == NO_LINE {
            let vector = vectors.take().ok_or(())?;
            vectors.lines[gsi as usize] = vector;
            (vector, true)
        } else {
            (known, false)
        }
    };
    add_handler(vector, handler);
    if fresh { apic::route(gsi, signal, vector) } else { Ok(()) }
}

/// Handles an interrupt; interrupts are off.
pub(crate) fn dispatch(vector: u8, _regs: &PtRegs) {
    let depth = &percpu::here().irq_depth;
    depth.store(depth.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    match vector {
        TIMER_VECTOR => {
            count(&OWN.get().timer);
            apic::eoi();
            upcalls::timer_interrupt();
        }
        RESCHEDULE_VECTOR => {
            count(&OWN.get().reschedule);
            apic::eoi();
            upcalls::reschedule_interrupt();
        }
        FLUSH_VECTOR => {
            count(&OWN.get().flush);
            ipi::answer_flushes();
            apic::eoi();
        }
        SPURIOUS_VECTOR => {}
        _ => {
            count(&DEVICE[usize::from(vector)]);
            HANDLERS[usize::from(vector)].run();
            apic::eoi();
        }
    }
    depth.store(depth.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
}
