//! Local and I/O interrupt controllers (SDM vol. 3, chapter 11; Intel 82093AA).

use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use sync::{IrqSpinLock, rank};

use crate::mem::kernel_map;
use crate::msr::{self, outb};
use crate::{acpi, cpu, irq};

const ID: u32 = 0x20;
const TASK_PRIORITY: u32 = 0x80;
const EOI: u32 = 0xb0;
const SPURIOUS: u32 = 0xf0;
const ICR_LOW: u32 = 0x300;
const ICR_HIGH: u32 = 0x310;
const LVT_TIMER: u32 = 0x320;
const LVT_LINT0: u32 = 0x350;
const LVT_LINT1: u32 = 0x360;
const TIMER_INITIAL: u32 = 0x380;
const TIMER_CURRENT: u32 = 0x390;
const TIMER_DIVIDE: u32 = 0x3e0;

const MASKED: u32 = 1 << 16;
const TIMER_TSC_DEADLINE: u32 = 2 << 17;
const DELIVER_NMI: u32 = 4 << 8;
const DELIVER_INIT: u32 = 5 << 8;
const DELIVER_STARTUP: u32 = 6 << 8;
const ASSERT: u32 = 1 << 14;
const PENDING: u32 = 1 << 12;
const ALL_BUT_SELF: u32 = 3 << 18;
const APIC_ENABLE: u64 = 1 << 11;
const X2APIC_ENABLE: u64 = 1 << 10;

static X2APIC: AtomicBool = AtomicBool::new(false);
static REGISTERS: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());

fn read(register: u32) -> u32 {
    if X2APIC.load(Ordering::Relaxed) {
        // SAFETY: a register of the local APIC, which is in x2APIC mode.
        return unsafe { msr::read(0x800 + (register >> 4)) } as u32;
    }
    // SAFETY: the registers are mapped.
    unsafe { REGISTERS.load(Ordering::Relaxed).add(register as usize).cast::<u32>().read_volatile() }
}

fn write(register: u32, value: u32) {
    if X2APIC.load(Ordering::Relaxed) {
        // SAFETY: as in `read`.
        unsafe { msr::write(0x800 + (register >> 4), u64::from(value)) };
        return;
    }
    // SAFETY: as in `read`.
    unsafe { REGISTERS.load(Ordering::Relaxed).add(register as usize).cast::<u32>().write_volatile(value) };
}

/// Sets up the boot processor's controller and the I/O APICs.
pub(crate) fn init() {
    X2APIC.store(cpu::has_x2apic(), Ordering::Relaxed);
    let topology = acpi::topology();
    match kernel_map::map_io(topology.lapic, 4096) {
        Some(mapped) => REGISTERS.store(mapped, Ordering::Relaxed),
        None => crate::panic::fatal("no memory for the interrupt controller's registers"),
    }
    // The old interrupt controllers stay silent, with their vectors out of the way of exceptions.
    for (port, value) in [
        (0x20, 0x11),
        (0xa0, 0x11),
        (0x21, 0x20),
        (0xa1, 0x28),
        (0x21, 4),
        (0xa1, 2),
        (0x21, 1),
        (0xa1, 1),
        (0x21, 0xff),
        (0xa1, 0xff),
    ] {
        // SAFETY: the 8259s, or nobody.
        unsafe { outb(port, value) };
    }
    init_cpu();
    crate::percpu::here().apic_id.store(own_id(), Ordering::Relaxed);
    let mut ioapics = IOAPICS.lock();
    for (slot, &(phys, first)) in ioapics.iter_mut().zip(&topology.ioapics[..topology.ioapic_count]) {
        let Some(mapped) = kernel_map::map_io(phys, 32) else { continue };
        let ioapic = IoApic { registers: mapped as u64, first, count: 0 };
        let count = (ioapic.read(1) >> 16 & 0xff) + 1;
        for line in 0..count {
            ioapic.write(0x10 + 2 * line, MASKED);
        }
        *slot = IoApic { count, ..ioapic };
    }
}

/// Switches this processor's controller on.
pub(crate) fn init_cpu() {
    // SAFETY: enables the controller in the mode that the registers are accessed in.
    unsafe {
        let mut base = msr::read(msr::APIC_BASE) | APIC_ENABLE;
        if X2APIC.load(Ordering::Relaxed) {
            base |= X2APIC_ENABLE;
        }
        msr::write(msr::APIC_BASE, base);
    }
    write(TASK_PRIORITY, 0);
    write(LVT_LINT0, MASKED);
    write(LVT_LINT1, DELIVER_NMI);
    write(LVT_TIMER, MASKED);
    write(SPURIOUS, 1 << 8 | u32::from(irq::SPURIOUS_VECTOR));
    write(TIMER_DIVIDE, 0b1011);
}

fn own_id() -> u32 {
    if X2APIC.load(Ordering::Relaxed) { read(ID) } else { read(ID) >> 24 }
}

/// Ends the interrupt that is being handled.
#[inline]
pub(crate) fn eoi() {
    write(EOI, 0);
}

fn send(target: u32, command: u32) {
    let irqs = sync::cpu::irq_save();
    if X2APIC.load(Ordering::Relaxed) {
        // SAFETY: the interrupt command register.
        unsafe { msr::write(0x830, u64::from(target) << 32 | u64::from(command)) };
    } else {
        write(ICR_HIGH, target << 24);
        write(ICR_LOW, command);
        let mut left = 100_000;
        while read(ICR_LOW) & PENDING != 0 && left > 0 {
            left -= 1;
        }
    }
    irqs.restore();
}

/// Sends an interrupt to the processor with this APIC ID.
pub(crate) fn send_ipi(apic_id: u32, vector: u8) {
    send(apic_id, u32::from(vector) | ASSERT);
}

/// Sends an NMI to all other processors.
pub(crate) fn send_nmi_to_others() {
    if REGISTERS.load(Ordering::Relaxed).is_null() {
        return;
    }
    send(0, DELIVER_NMI | ASSERT | ALL_BUT_SELF);
}

/// Sends an NMI to this processor, also from an NMI: that may have come between the two halves of a command.
pub(crate) fn send_nmi_to_self() {
    let xapic = !X2APIC.load(Ordering::Relaxed);
    let half = if xapic { read(ICR_HIGH) } else { 0 };
    send(crate::percpu::here().apic_id.load(Ordering::Relaxed), DELIVER_NMI | ASSERT);
    if xapic {
        write(ICR_HIGH, half);
    }
}

/// Resets a processor.
pub(crate) fn send_init(apic_id: u32) {
    send(apic_id, DELIVER_INIT | ASSERT);
}

/// Starts a processor at page `page` of low memory.
pub(crate) fn send_startup(apic_id: u32, page: u8) {
    send(apic_id, DELIVER_STARTUP | ASSERT | u32::from(page));
}

/// Chooses how the timer counts on this processor.
pub(crate) fn timer_mode(tsc_deadline: bool) {
    let mode = if tsc_deadline { TIMER_TSC_DEADLINE } else { 0 };
    write(LVT_TIMER, u32::from(irq::TIMER_VECTOR) | mode);
}

/// Starts a countdown; 0 stops it.
#[inline]
pub(crate) fn timer_start(count: u32) {
    write(TIMER_INITIAL, count);
}

/// What is left of the countdown.
pub(crate) fn timer_left() -> u32 {
    read(TIMER_CURRENT)
}

#[derive(Clone, Copy)]
struct IoApic {
    registers: u64,
    first: u32,
    count: u32,
}

static IOAPICS: IrqSpinLock<[IoApic; 4]> =
    IrqSpinLock::new(rank::DEVICE, [IoApic { registers: 0, first: 0, count: 0 }; 4]);

impl IoApic {
    fn read(&self, register: u32) -> u32 {
        // SAFETY: the select and window registers are mapped.
        unsafe {
            (self.registers as *mut u32).write_volatile(register);
            ((self.registers + 16) as *mut u32).read_volatile()
        }
    }

    fn write(&self, register: u32, value: u32) {
        // SAFETY: as in `read`.
        unsafe {
            (self.registers as *mut u32).write_volatile(register);
            ((self.registers + 16) as *mut u32).write_volatile(value);
        }
    }
}

/// How a line says that it wants attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signal {
    /// Low means active.
    pub(crate) low: bool,
    /// As long as it is active, not when it becomes so.
    pub(crate) level: bool,
}

/// The global interrupt of an ISA line, and how it is raised.
pub(crate) fn isa_line(line: u8) -> Option<(u32, Signal)> {
    let (gsi, flags) = acpi::topology().isa.get(usize::from(line)).copied()?;
    // MADT flags: polarity in bits 0-1 (3: low), trigger in bits 2-3 (3: level); the bus's own is high, edge.
    Some((gsi, Signal { low: flags & 3 == 3, level: flags >> 2 & 3 == 3 }))
}

/// Sends a global interrupt to the boot processor as `vector`. An error if no controller has it.
pub(crate) fn route(gsi: u32, signal: Signal, vector: u8) -> Result<(), ()> {
    let ioapics = IOAPICS.lock();
    let ioapic = ioapics.iter().find(|io| (io.first..io.first + io.count).contains(&gsi)).ok_or(())?;
    let entry = 0x10 + 2 * (gsi - ioapic.first);
    ioapic.write(entry + 1, boot_cpu() << 24);
    ioapic.write(entry, u32::from(vector) | u32::from(signal.low) << 13 | u32::from(signal.level) << 15);
    Ok(())
}

/// Address and data of a message that reaches the boot processor as `vector` (SDM vol. 3, 11.11).
pub(crate) fn message(vector: u8) -> (u64, u32) {
    (0xfee0_0000 | u64::from(boot_cpu() & 0xff) << 12, u32::from(vector))
}

fn boot_cpu() -> u32 {
    crate::percpu::of(0).apic_id.load(Ordering::Relaxed)
}
