//! The first serial port, COM1: a 16550 at I/O port 0x3f8, interrupt line 4.

use alloc::boxed::Box;
use core::sync::atomic::{AtomicBool, Ordering};

use sync::{IrqSpinLock, rank};

use crate::msr::{inb, outb};

const BASE: u16 = 0x3f8;
const IRQ_LINE: u8 = 4;
/// Transmitter holding register empty, in the line status register.
const THR_EMPTY: u8 = 0x20;
const DATA_READY: u8 = 1;
/// Looks at the line status before a byte is given up: a port that is not there or stuck must not hang.
const PATIENCE: u32 = 1_000_000;

static PORT: IrqSpinLock<()> = IrqSpinLock::new(rank::SERIAL, ());
static PRESENT: AtomicBool = AtomicBool::new(false);

fn read(register: u16) -> u8 {
    // SAFETY: a register of COM1.
    unsafe { inb(BASE + register) }
}

fn write(register: u16, value: u8) {
    // SAFETY: a register of COM1.
    unsafe { outb(BASE + register, value) }
}

/// Sets the port to 115200 baud, 8 bits, FIFOs on, if it is there.
pub(crate) fn init() {
    write(7, 0x5a);
    if read(7) != 0x5a {
        return;
    }
    write(1, 0);
    write(3, 0x80);
    write(0, 1);
    write(1, 0);
    write(3, 0x03);
    write(2, 0x07);
    write(4, 0x0b);
    PRESENT.store(true, Ordering::Relaxed);
}

/// Sends bytes, waiting for the port to take them.
pub fn write_bytes(bytes: &[u8]) {
    if !PRESENT.load(Ordering::Relaxed) {
        return;
    }
    let _guard = PORT.lock();
    send(bytes);
}

/// For a panic: whoever holds the lock will not let it go any more.
pub(crate) fn write_in_panic(bytes: &[u8]) {
    if PRESENT.load(Ordering::Relaxed) {
        send(bytes);
    }
}

fn send(bytes: &[u8]) {
    for &byte in bytes {
        let mut left = PATIENCE;
        while read(5) & THR_EMPTY == 0 && left > 0 {
            left -= 1;
            core::hint::spin_loop();
        }
        write(0, byte);
    }
}

/// The next received byte, if there is one.
pub fn try_read() -> Option<u8> {
    (PRESENT.load(Ordering::Relaxed) && read(5) & DATA_READY != 0).then(|| read(0))
}

/// Calls `handler` when bytes have arrived; it reads until [`try_read`] has no more.
pub fn enable_rx_irq(handler: fn()) {
    if PRESENT.load(Ordering::Relaxed) && crate::irq::request_isa(IRQ_LINE, Box::new(handler)).is_ok() {
        let _guard = PORT.lock();
        write(1, 1);
    }
}
