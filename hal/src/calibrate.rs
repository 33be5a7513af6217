//! How fast a counter runs, measured against a clock of known frequency. On a virtual machine the processor
//! may be taken away between any two instructions, for longer than the whole measurement takes: each moment is
//! the narrowest of several, and a result counts when another one confirms it.

/// How long one measurement watches.
const WINDOW_NS: u64 = 300_000;
/// Steps of the clock that a moment is chosen from.
const STEPS: usize = 6;
/// Looks at a clock that seems to stand still before it is given up.
const PATIENCE: u32 = 200_000;
/// Measurements, if none confirms another.
const MOST: usize = 7;

/// A clock of known frequency that counts up.
pub(crate) struct Clock<'a> {
    /// Counts in a second.
    pub hz: u64,
    /// The bits that count.
    pub mask: u64,
    /// Reads it.
    pub read: &'a mut dyn FnMut() -> u64,
}

/// What the counter was when the clock stepped to `count`, give or take `width` counts.
#[derive(Clone, Copy)]
struct Moment {
    counter: u64,
    count: u64,
    width: u64,
}

/// The frequency of `counter`. None if the clock stands still.
pub(crate) fn frequency(counter: &mut dyn FnMut() -> u64, clock: &mut Clock<'_>) -> Option<u64> {
    let mut found = [0; MOST];
    for nr in 0..MOST {
        let hz = measure(counter, clock)?;
        let close = |other: &&u64| other.abs_diff(hz) <= hz / 200;
        if let Some(other) = found[..nr].iter().find(close) {
            return Some(hz.midpoint(*other));
        }
        found[nr] = hz;
    }
    found.sort_unstable();
    Some(found[MOST / 2])
}

fn measure(counter: &mut dyn FnMut() -> u64, clock: &mut Clock<'_>) -> Option<u64> {
    let wanted = u128::from(clock.hz) * u128::from(WINDOW_NS) / 1_000_000_000;
    let start = moment(counter, clock)?;
    let mut left = PATIENCE;
    while u128::from((clock.read)().wrapping_sub(start.count) & clock.mask) < wanted {
        left = left.checked_sub(1)?;
    }
    let end = moment(counter, clock)?;
    let steps = end.count.wrapping_sub(start.count) & clock.mask;
    let span = end.counter.saturating_sub(start.counter);
    u64::try_from(u128::from(span) * u128::from(clock.hz) / u128::from(steps.max(1))).ok()
}

/// The step of the clock that is known best: measured from one step to another, the length of a step does not
/// enter into the error.
fn moment(counter: &mut dyn FnMut() -> u64, clock: &mut Clock<'_>) -> Option<Moment> {
    let mut best: Option<Moment> = None;
    for _ in 0..STEPS {
        let step = next_step(counter, clock)?;
        if best.is_none_or(|best| step.width < best.width) {
            best = Some(step);
        }
    }
    best
}

fn next_step(counter: &mut dyn FnMut() -> u64, clock: &mut Clock<'_>) -> Option<Moment> {
    let mut earliest = counter();
    let before = (clock.read)();
    for _ in 0..PATIENCE {
        let next = counter();
        let count = (clock.read)();
        if count != before {
            let width = counter().saturating_sub(earliest);
            return Some(Moment { counter: earliest + width / 2, count, width });
        }
        earliest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    /// A machine whose counter runs at 2.4 GHz, a read costs `read_ns`, and now and then the processor is away.
    fn measured(clock_hz: u64, mask: u64, read_ns: u64, stall: impl Fn(u64) -> u64) -> Option<u64> {
        let (now_ns, reads) = (Cell::new(12_345u64), Cell::new(0u64));
        let pass = || {
            reads.set(reads.get() + 1);
            now_ns.set(now_ns.get() + read_ns + stall(reads.get()));
        };
        let mut counter = || {
            pass();
            now_ns.get() * 24 / 10
        };
        let mut read = || {
            pass();
            (u128::from(now_ns.get()) * u128::from(clock_hz) / 1_000_000_000) as u64 & mask
        };
        frequency(&mut counter, &mut Clock { hz: clock_hz, mask, read: &mut read })
    }

    fn is_right(hz: Option<u64>) -> bool {
        hz.is_some_and(|hz| hz.abs_diff(2_400_000_000) < 2_400_000_000 / 100)
    }

    const CLOCKS: [(u64, u64); 3] = [(1_193_182, 0xffff), (3_579_545, 0xff_ffff), (100_000_000, 0xffff_ffff)];

    #[test]
    fn an_undisturbed_machine() {
        for (hz, mask) in CLOCKS {
            for read_ns in [20, 200, 1000] {
                assert!(is_right(measured(hz, mask, read_ns, |_| 0)), "{hz} {read_ns}");
            }
        }
    }

    #[test]
    fn a_processor_that_is_taken_away_at_any_moment() {
        for (hz, mask) in CLOCKS {
            for stalled in 1..400 {
                for stall_ns in [300_000, 3_000_000, 60_000_000] {
                    let found = measured(hz, mask, 700, |nr| if nr == stalled { stall_ns } else { 0 });
                    assert!(is_right(found), "{hz} Hz, read {stalled} takes {stall_ns} ns: {found:?}");
                }
            }
        }
    }

    #[test]
    fn a_processor_that_is_taken_away_again_and_again() {
        for (hz, mask) in CLOCKS {
            for every in [700, 1100, 1511] {
                let found = measured(hz, mask, 500, |nr| if nr % every == 13 { 4_000_000 } else { 0 });
                assert!(is_right(found), "{hz} Hz, every {every}: {found:?}");
            }
        }
    }

    #[test]
    fn a_clock_that_stands_still() {
        assert_eq!(measured(0, 0xffff, 100, |_| 0), None);
    }
}
