//! Random numbers: ChaCha20 with fast key erasure, one generator a processor, seeded by the machine.
//!
//! Each refill makes 64-byte blocks of key stream from the key (RFC 8439 gives the block function); the first
//! half block becomes the next key, the rest is handed out and wiped, so that a later look at memory tells
//! nothing of what was given before.

use core::sync::atomic::{AtomicU64, Ordering};

use abi::Errno;
use mm::IterDst;
use sync::{Once, PerCpu, SpinLock, rank};

const BLOCKS: usize = 4;
const BUFFER: usize = BLOCKS * 64;
/// After so many refills the machine is asked for fresh entropy again.
const RESEED_AFTER: u32 = 256;

struct Generator {
    key: [u32; 8],
    buffer: [u8; BUFFER],
    used: usize,
    until_reseed: u32,
    /// A device had given random bytes before the last seed.
    by_device: bool,
}

static GENERATORS: PerCpu<SpinLock<Generator>> = sync::per_cpu!(SpinLock::new(
    rank::RANDOM,
    Generator { key: [0; 8], buffer: [0; BUFFER], used: BUFFER, until_reseed: 0, by_device: false }
));

/// The number of the seed that programs' own generators are to follow (`__vdso_getrandom`), and who is told of it.
static GENERATION: AtomicU64 = AtomicU64::new(0);
static NEXT_GENERATION_NS: AtomicU64 = AtomicU64::new(0);
static OBSERVER: Once<fn(u64)> = Once::new();
/// So often programs' own generators are seeded anew, whatever the kernel's do.
const GENERATION_NS: u64 = 60_000_000_000;

/// Names who is told whenever there is a new generation of seeds, now for the first time; once, at boot. It is called with a
/// generator locked and may lock nothing.
pub fn set_observer(observer: fn(u64)) {
    let _ = OBSERVER.set(observer);
    get_random_bytes(&mut [0]);
    next_generation();
}

fn next_generation() {
    if let Some(observer) = OBSERVER.get() {
        NEXT_GENERATION_NS.store(hal::time::now_ns().saturating_add(GENERATION_NS), Ordering::Relaxed);
        observer(GENERATION.fetch_add(1, Ordering::Relaxed) + 1);
    }
}

#[inline(always)]
fn quarter(s: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(16);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(12);
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(8);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(7);
}

/// The ChaCha20 block function.
fn block(key: &[u32; 8], counter: u32, nonce: [u32; 3], out: &mut [u8; 64]) {
    let [k0, k1, k2, k3, k4, k5, k6, k7] = *key;
    let [n0, n1, n2] = nonce;
    let init = [
        0x6170_7865,
        0x3320_646e,
        0x7962_2d32,
        0x6b20_6574,
        k0,
        k1,
        k2,
        k3,
        k4,
        k5,
        k6,
        k7,
        counter,
        n0,
        n1,
        n2,
    ];
    let mut s = init;
    for _ in 0..10 {
        quarter(&mut s, 0, 4, 8, 12);
        quarter(&mut s, 1, 5, 9, 13);
        quarter(&mut s, 2, 6, 10, 14);
        quarter(&mut s, 3, 7, 11, 15);
        quarter(&mut s, 0, 5, 10, 15);
        quarter(&mut s, 1, 6, 11, 12);
        quarter(&mut s, 2, 7, 8, 13);
        quarter(&mut s, 3, 4, 9, 14);
    }
    for ((bytes, word), first) in out.as_chunks_mut::<4>().0.iter_mut().zip(s).zip(init) {
        *bytes = word.wrapping_add(first).to_le_bytes();
    }
}

impl Generator {
    fn reseed(&mut self) {
        let mut seed = [0u8; 32];
        let first_of_device = !self.by_device && hal::entropy::arrived();
        self.by_device = hal::entropy::arrived();
        hal::rng::seed_bytes(&mut seed);
        for (word, bytes) in self.key.iter_mut().zip(seed.as_chunks::<4>().0) {
            *word ^= u32::from_le_bytes(*bytes);
        }
        self.until_reseed = RESEED_AFTER;
        if first_of_device || hal::time::now_ns() >= NEXT_GENERATION_NS.load(Ordering::Relaxed) {
            next_generation();
        }
    }

    fn refill(&mut self) {
        // A device's first bytes are worth a seed at once.
        if self.until_reseed == 0 || (!self.by_device && hal::entropy::arrived()) {
            self.reseed();
        }
        self.until_reseed -= 1;
        for (counter, out) in self.buffer.as_chunks_mut::<64>().0.iter_mut().enumerate() {
            block(&self.key, counter as u32, [0; 3], out);
        }
        for (word, bytes) in self.key.iter_mut().zip(self.buffer.as_chunks_mut::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
            *bytes = [0; 4];
        }
        self.used = 32;
    }

    fn take(&mut self, out: &mut [u8]) {
        let mut rest = out;
        while !rest.is_empty() {
            if self.used >= BUFFER {
                self.refill();
            }
            let Some(fresh) = self.buffer.get_mut(self.used..) else { return };
            let len = fresh.len().min(rest.len());
            let (now, later) = rest.split_at_mut(len);
            let (given, _) = fresh.split_at_mut(len);
            now.copy_from_slice(given);
            given.fill(0);
            self.used += len;
            rest = later;
        }
    }
}

/// Fills `out` with random bytes.
pub fn get_random_bytes(out: &mut [u8]) {
    GENERATORS.get().lock().take(out);
}

/// Fills user memory with random bytes, all of it unless a signal comes after the first 256 bytes
/// (getrandom(2)).
pub fn random_to_user(dst: &mut IterDst<'_>) -> Result<usize, Errno> {
    let mut done = 0;
    while dst.remaining() != 0 {
        let mut bytes = [0u8; 64];
        let len = dst.remaining().min(bytes.len());
        let (part, _) = bytes.split_at_mut(len);
        get_random_bytes(part);
        match dst.copy_out(part) {
            Ok(count) => {
                done += count;
                if count < len {
                    break;
                }
            }
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
        if done >= 256 && done % 4096 == 0 {
            sched::cond_resched();
            if sched::signal_pending() {
                break;
            }
        }
    }
    Ok(done)
}

/// What a program wrote to /dev/urandom: stirred in, without being trusted.
pub fn mix_in(bytes: &[u8]) {
    let mut generator = GENERATORS.get().lock();
    for (i, byte) in bytes.iter().enumerate() {
        let word = i / 4 % 8;
        if let Some(word) = generator.key.get_mut(word) {
            *word = word.rotate_left(5) ^ u32::from(*byte);
        }
    }
    generator.used = BUFFER;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_function_of_the_rfc() {
        // RFC 8439, 2.3.2.
        let mut key = [0u32; 8];
        for (i, word) in key.iter_mut().enumerate() {
            let b = i as u8 * 4;
            *word = u32::from_le_bytes([b, b + 1, b + 2, b + 3]);
        }
        let mut out = [0; 64];
        block(&key, 1, [0x0900_0000, 0x4a00_0000, 0], &mut out);
        assert_eq!(out[..8], [0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15]);
        assert_eq!(out[60..], [0xa2, 0x50, 0x3c, 0x4e]);
    }

    #[test]
    fn bytes_differ_and_are_wiped() {
        let mut g =
            Generator { key: [7; 8], buffer: [0; BUFFER], used: BUFFER, until_reseed: 9, by_device: false };
        let (mut a, mut b) = ([0; 300], [0; 300]);
        g.take(&mut a);
        g.take(&mut b);
        assert_ne!(a, b);
        assert!(g.buffer[..g.used].iter().all(|x| *x == 0));
    }
}
