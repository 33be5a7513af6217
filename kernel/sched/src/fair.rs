//! Fair shares: weights, virtual time, and where a thread that wakes or is born is placed in it.

/// The weight of nice 0.
pub const NICE_0_WEIGHT: u32 = 1024;
/// The weight of SCHED_IDLE.
pub const IDLE_WEIGHT: u32 = 3;
/// How long a thread runs before another of equal standing gets its turn.
pub const SLICE_NS: u64 = 3_000_000;
/// The most virtual time that a sleeper gets ahead for having slept.
pub const SLEEP_CREDIT_NS: u64 = 1_500_000;
/// A waker is preempted only by a thread that is this far behind it.
pub const WAKEUP_GRANULARITY_NS: u64 = 1_000_000;

/// Weights by nice value from -20; each step is about 1.25, so that one nice level is about 10 % of the
/// processor. The values are user-visible in effect (documented in Linux's sched-nice-design).
const WEIGHTS: [u32; 40] = [
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121,
    2501, 1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29,
    23, 18, 15,
];

/// The weight of a nice value; out-of-range values count as the nearest.
pub fn weight_of(nice: i32) -> u32 {
    WEIGHTS[sync::nospec::index((nice.clamp(-20, 19) + 20) as usize, WEIGHTS.len())]
}

/// Virtual time for `span_ns` of running.
#[inline]
pub fn virtual_ns(span_ns: u64, weight: u32) -> u64 {
    if weight == NICE_0_WEIGHT {
        return span_ns;
    }
    // Spans are bounded by the tick while anybody waits; saturate the odd long one.
    span_ns.saturating_mul(u64::from(NICE_0_WEIGHT)) / u64::from(weight.max(1))
}

/// Whether virtual time `a` is before `b`; both wrap.
#[inline]
pub fn before(a: u64, b: u64) -> bool {
    (a.wrapping_sub(b) as i64) < 0
}

/// The later of two virtual times.
#[inline]
pub fn later(a: u64, b: u64) -> u64 {
    if before(a, b) { b } else { a }
}

/// A waking thread's place: what it had relative to the queue's minimum when it left, moved ahead by the
/// time that it slept, but not by more than the credit.
#[inline]
pub fn place_woken(min: u64, relative: u64, slept_ns: u64) -> u64 {
    let slept = slept_ns.min(i64::MAX as u64) as i64;
    let ahead = (relative as i64).saturating_sub(slept).max(-(SLEEP_CREDIT_NS as i64));
    min.wrapping_add(ahead as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_fall_by_a_quarter() {
        assert_eq!((weight_of(0), weight_of(-20), weight_of(19)), (NICE_0_WEIGHT, 88761, 15));
        assert_eq!((weight_of(-99), weight_of(99)), (88761, 15));
        for pair in WEIGHTS.windows(2) {
            let ratio = f64::from(pair[0]) / f64::from(pair[1]);
            assert!((1.18..1.32).contains(&ratio), "{pair:?}");
        }
    }

    #[test]
    fn virtual_time_runs_by_weight() {
        assert_eq!(virtual_ns(1000, NICE_0_WEIGHT), 1000);
        assert_eq!(virtual_ns(1000, 2048), 500);
        assert!(virtual_ns(1000, IDLE_WEIGHT) > 300_000);
        assert!(virtual_ns(u64::MAX, 15) > 0);
    }

    #[test]
    fn order_survives_wrapping() {
        assert!(before(u64::MAX, 0) && !before(0, u64::MAX));
        assert_eq!(later(u64::MAX - 5, 3), 3);
    }

    #[test]
    fn sleepers_get_bounded_credit() {
        assert_eq!(place_woken(10_000_000, 0, u64::MAX), 10_000_000 - SLEEP_CREDIT_NS);
        assert_eq!(place_woken(10_000_000, 500_000, 0), 10_500_000);
        assert_eq!(place_woken(10_000_000, 500_000, 200_000), 10_300_000);
        assert_eq!(place_woken(0, 0, 1), u64::MAX);
    }
}
