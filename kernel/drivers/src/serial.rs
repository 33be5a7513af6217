//! The first serial port (COM1, a 16550) as a stream of bytes.
//!
//! The interrupt handler only moves bytes from the port's FIFO to a ring and
//! wakes the reader: line editing, echo and signals happen in a thread.

use sched::WaitQueue;
use sync::{IrqSpinLock, rank};

/// Bytes that can wait for the reader. The port's own FIFO holds 16 more; what
/// comes on top of that is lost, as on a real line without flow control.
const RING_SIZE: usize = 4096;

struct Ring {
    bytes: [u8; RING_SIZE],
    head: usize,
    len: usize,
}

impl Ring {
    fn push(&mut self, byte: u8) {
        if self.len < RING_SIZE {
            self.bytes[(self.head + self.len) % RING_SIZE] = byte;
            self.len += 1;
        }
    }

    fn pop(&mut self) -> Option<u8> {
        let byte = (self.len > 0).then(|| self.bytes[self.head])?;
        self.head = (self.head + 1) % RING_SIZE;
        self.len -= 1;
        Some(byte)
    }
}

static RING: IrqSpinLock<Ring> =
    IrqSpinLock::new(rank::TTY_INPUT, Ring { bytes: [0; RING_SIZE], head: 0, len: 0 });
static ARRIVED: WaitQueue = WaitQueue::new();

/// Starts receiving. Call once, when interrupts can be delivered.
pub fn start() {
    hal::serial::enable_rx_irq(on_interrupt);
    // What was typed before the interrupt was switched on is in the FIFO.
    on_interrupt();
}

fn on_interrupt() {
    let mut any = false;
    {
        let mut ring = RING.lock();
        while let Some(byte) = hal::serial::try_read() {
            ring.push(byte);
            any = true;
        }
    }
    if any {
        ARRIVED.wake_all();
    }
}

/// Sends bytes; returns when the port has taken all of them.
pub fn write(bytes: &[u8]) {
    hal::serial::write_bytes(bytes);
}

/// Waits for at least one byte and moves what has arrived into `buf`.
/// Returns the number of bytes moved (at least 1 unless `buf` is empty).
pub fn read(buf: &mut [u8]) -> usize {
    if buf.is_empty() {
        return 0;
    }
    ARRIVED.wait_event_idle(|| RING.lock().len > 0);
    let mut ring = RING.lock();
    let mut count = 0;
    while let Some(byte) = (count < buf.len()).then(|| ring.pop()).flatten() {
        buf[count] = byte;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_keeps_order_and_drops_what_does_not_fit() {
        let mut ring = Ring { bytes: [0; RING_SIZE], head: RING_SIZE - 2, len: 0 };
        for n in 0..RING_SIZE + 3 {
            ring.push(n as u8);
        }
        for n in 0..RING_SIZE {
            assert_eq!(ring.pop(), Some(n as u8));
        }
        assert_eq!(ring.pop(), None);
    }
}
