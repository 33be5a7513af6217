//! Ending the machine: power-off, reset, halt.

use core::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use crate::msr::{inb, outb, outl, outw};

/// PM1a and PM1b control ports, and what to write there to power off (from ACPI).
static PM1A: AtomicU16 = AtomicU16::new(0);
static PM1B: AtomicU16 = AtomicU16::new(0);
static SLEEP_TYPE: AtomicU16 = AtomicU16::new(0);
/// Sleep-control and reset registers of machines without PM1: mapped addresses, 0 for none.
static SLEEP_CONTROL: AtomicU64 = AtomicU64::new(0);
static RESET: AtomicU64 = AtomicU64::new(0);
/// Port of the reset register where it is one, and the value that resets.
static RESET_PORT: AtomicU16 = AtomicU16::new(0);
static RESET_VALUE: AtomicU16 = AtomicU16::new(0);
/// QEMU's isa-debug-exit device, where a rig adds it.
const DEBUG_EXIT: u16 = 0xf4;

pub(crate) fn set_pm1(a: u16, b: u16) {
    PM1A.store(a, Ordering::Relaxed);
    PM1B.store(b, Ordering::Relaxed);
}

pub(crate) fn set_sleep_type(value: u16) {
    SLEEP_TYPE.store(value, Ordering::Relaxed);
}

pub(crate) fn set_sleep_control(mapped: *mut u8) {
    SLEEP_CONTROL.store(mapped as u64, Ordering::Relaxed);
}

pub(crate) fn set_reset_port(port: u16, value: u8) {
    RESET_PORT.store(port, Ordering::Relaxed);
    RESET_VALUE.store(u16::from(value), Ordering::Relaxed);
}

pub(crate) fn set_reset_memory(mapped: *mut u8, value: u8) {
    RESET.store(mapped as u64, Ordering::Relaxed);
    RESET_VALUE.store(u16::from(value), Ordering::Relaxed);
}

/// Switches the machine off.
pub fn power_off() -> ! {
    let kind = SLEEP_TYPE.load(Ordering::Relaxed);
    let control = SLEEP_CONTROL.load(Ordering::Relaxed) as *mut u8;
    // SAFETY: the registers that ACPI names for this purpose (ACPI 6.5, 4.8.3.2 and 4.8.3.7), then those of
    // QEMU's machines without ACPI.
    unsafe {
        if !control.is_null() {
            control.write_volatile((kind as u8) << 2 | 1 << 5);
        }
        for port in [PM1A.load(Ordering::Relaxed), PM1B.load(Ordering::Relaxed)] {
            if port != 0 {
                outw(port, kind << 10 | 1 << 13);
            }
        }
        outw(0x604, 0x2000);
        outw(0xb004, 0x2000);
    }
    // A machine that can't be switched off is reset: with -no-reboot QEMU ends then.
    reboot()
}

/// Resets the machine.
pub fn reboot() -> ! {
    // SAFETY: ACPI's reset register, the keyboard controller's reset line, and the chip set's reset port.
    unsafe {
        let value = RESET_VALUE.load(Ordering::Relaxed) as u8;
        let memory = RESET.load(Ordering::Relaxed) as *mut u8;
        if !memory.is_null() {
            memory.write_volatile(value);
        }
        let port = RESET_PORT.load(Ordering::Relaxed);
        if port != 0 {
            outb(port, value);
        }
        for _ in 0..1000 {
            if inb(0x64) & 2 == 0 {
                break;
            }
        }
        outb(0x64, 0xfe);
        outb(0xcf9, 6);
    }
    triple_fault()
}

/// Resets by an exception that can't be delivered.
fn triple_fault() -> ! {
    let empty = [0u8; 10];
    // SAFETY: nothing runs on this processor after this.
    unsafe {
        core::arch::asm!("lidt [{}]", "int3", in(reg) &empty, options(nostack));
    }
    halt()
}

/// Stops this processor for ever.
pub fn halt() -> ! {
    loop {
        // SAFETY: with interrupts off, nothing but an NMI comes back from here.
        unsafe { core::arch::asm!("cli", "hlt", options(nostack, nomem)) };
    }
}

/// Tells a rig that waits at the debug-exit device that the kernel has failed.
pub(crate) fn debug_exit(code: u32) {
    // SAFETY: a write to a port that is this device's or nobody's.
    unsafe { outl(DEBUG_EXIT, code) };
}
