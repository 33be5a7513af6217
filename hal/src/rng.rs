//! Seeds for the random generator: the processor's own source, the jitter of its clock, and devices.

use core::arch::x86_64::__cpuid;

/// Fills `bytes` with what can be had. RDRAND gives real randomness; where there is none, the low bits
/// of the time-stamp counter around memory accesses are all that a machine offers this early.
pub fn seed_bytes(bytes: &mut [u8]) {
    let rdrand = __cpuid(1).ecx & 1 << 30 != 0;
    let mut mixed = crate::time::tsc() ^ crate::time::wall_clock_at_boot_ns();
    for chunk in bytes.chunks_mut(8) {
        if let Some(word) = rdrand.then(hardware).flatten() {
            mixed ^= word;
        }
        for _ in 0..8 {
            mixed = mixed.rotate_left(7) ^ crate::time::tsc().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
    }
    crate::entropy::take(bytes);
}

fn hardware() -> Option<u64> {
    (0..10).find_map(|_| {
        let (value, good): (u64, u8);
        // SAFETY: CPUID lists the instruction.
        unsafe { core::arch::asm!("rdrand {}", "setc {}", out(reg) value, out(reg_byte) good, options(nomem, nostack)) };
        (good != 0).then_some(value)
    })
}
