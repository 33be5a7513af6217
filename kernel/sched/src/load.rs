//! The load average: the number of threads that run or sleep uninterruptibly, smoothed over 1, 5 and 15
//! minutes. Sampled every five seconds; fixed point with 11 bits, as getloadavg's readers expect.

use crate::timer::Timer;
use crate::{NSEC_PER_SEC, clock, stats};
use sync::{Once, SeqLock};

/// Fraction bits of a load value.
pub const FSHIFT: u32 = 11;
const ONE: u64 = 1 << FSHIFT;
const INTERVAL_NS: u64 = 5 * NSEC_PER_SEC;
/// exp(-5 s / 1, 5, 15 min) in fixed point.
const DECAY: [u64; 3] = [1884, 2014, 2037];

static AVERAGES: SeqLock<[u64; 3]> = SeqLock::new([0; 3]);
static SAMPLER: Once<Timer> = Once::new();

/// The three averages, in units of 2^-11.
pub fn averages() -> [u64; 3] {
    AVERAGES.read()
}

fn decayed(average: u64, decay: u64, active: u64) -> u64 {
    let sum = average * decay + active * ONE * (ONE - decay);
    // Rounded up while rising, so that a steady load is reached exactly.
    let round = if active * ONE >= average { ONE - 1 } else { 0 };
    (sum + round) / ONE
}

/// Starts the sampling.
pub(crate) fn start() {
    let sampler = SAMPLER.call_once(|| {
        Timer::new(|now| {
            let active = stats::running() + stats::blocked();
            AVERAGES.write(|averages| {
                for (average, decay) in averages.iter_mut().zip(DECAY) {
                    *average = decayed(*average, decay, active);
                }
            });
            Some(now + INTERVAL_NS)
        })
    });
    sampler.arm(clock::monotonic_ns() + INTERVAL_NS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_approach_the_load() {
        let mut load = 0;
        for _ in 0..12 {
            load = decayed(load, DECAY[0], 1);
        }
        // After one minute: 1 - 1/e.
        assert!((0.60..0.66).contains(&(load as f64 / ONE as f64)));
        for _ in 0..2000 {
            load = decayed(load, DECAY[0], 1);
        }
        assert_eq!(load, ONE);
        for _ in 0..2000 {
            load = decayed(load, DECAY[0], 0);
        }
        assert_eq!(load, 0);
    }
}
