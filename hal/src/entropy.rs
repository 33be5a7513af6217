//! Random bytes that devices have given: kept until a seed takes them, each used once.

use core::sync::atomic::{AtomicBool, Ordering};

use sync::{IrqSpinLock, Once, rank};

/// Bytes that are kept.
const CAPACITY: usize = 64;

struct Pool {
    bytes: [u8; CAPACITY],
    len: usize,
}

static POOL: IrqSpinLock<Pool> = IrqSpinLock::new(rank::IRQ_LEAF, Pool { bytes: [0; CAPACITY], len: 0 });
static ARRIVED: AtomicBool = AtomicBool::new(false);
static REFILL: Once<fn()> = Once::new();

/// Keeps a device's bytes; those that there is no room for are stirred into the others.
pub fn add(bytes: &[u8]) {
    let mut pool = POOL.lock();
    for &byte in bytes {
        let at = pool.len % CAPACITY;
        pool.bytes[at] ^= byte;
        pool.len += 1;
    }
    pool.len = pool.len.min(CAPACITY);
    drop(pool);
    ARRIVED.store(true, Ordering::Release);
}

/// Whether a device has ever given any.
pub fn arrived() -> bool {
    ARRIVED.load(Ordering::Acquire)
}

/// Names what asks the device for more. It is called when bytes were taken, with locks held, and must not sleep.
pub fn set_refill(refill: fn()) {
    let _ = REFILL.set(refill);
}

/// Mixes what there is into `seed`, and has the pool filled again.
pub(crate) fn take(seed: &mut [u8]) {
    let mut pool = POOL.lock();
    let len = pool.len.min(seed.len());
    let start = pool.len - len;
    for (byte, kept) in seed.iter_mut().zip(&mut pool.bytes[start..start + len]) {
        *byte ^= core::mem::take(kept);
    }
    pool.len = start;
    drop(pool);
    if let Some(refill) = REFILL.get() {
        refill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_used_once() {
        let mut seed = vec![0; 40];
        take(&mut seed);
        assert_eq!((&seed, arrived()), (&vec![0; 40], false));
        add(&[7; 50]);
        take(&mut seed);
        assert_eq!((&seed, arrived()), (&vec![7; 40], true));
        // The last ten.
        take(&mut seed);
        assert_eq!(seed, [[0; 10], [7; 10], [7; 10], [7; 10]].concat());
        // More than fits is stirred in.
        add(&[1; CAPACITY]);
        add(&[2; 8]);
        let mut seed = vec![0; 72];
        take(&mut seed);
        assert_eq!(seed, [[3; 8], [1; 8], [1; 8], [1; 8], [1; 8], [1; 8], [1; 8], [1; 8], [0; 8]].concat());
    }
}
