//! The clocks of clock_gettime(2).

use crate::wait::WaitQueue;
use crate::{NSEC_PER_SEC, TICK_NS, machine};
use core::sync::atomic::{AtomicU32, Ordering};
use sync::{Once, SeqLock};

/// What separates the wall clock from the monotonic one.
#[derive(Clone, Copy)]
struct Offsets {
    /// CLOCK_REALTIME minus CLOCK_MONOTONIC, in ns.
    realtime_ns: i64,
    /// TAI minus UTC, in seconds.
    tai_s: i32,
}

/// settimeofday(2)'s time zone, which the kernel only keeps: minutes west of Greenwich, type of summer time.
static TIME_ZONE: SeqLock<[i32; 2]> = SeqLock::new([0; 2]);
/// Told after every change of what is in here.
static OBSERVER: Once<fn()> = Once::new();

static OFFSETS: SeqLock<Offsets> = SeqLock::new(Offsets { realtime_ns: 0, tai_s: 0 });
/// Grows whenever the wall clock is set.
static TIMES_SET: AtomicU32 = AtomicU32::new(0);
/// Sleepers until a wall-clock time: woken when the clock is set, to compute their span anew.
pub static CLOCK_SET: WaitQueue = WaitQueue::new();

/// The largest time that the clocks represent, in seconds (KTIME_SEC_MAX).
pub const MAX_SECONDS: i64 = i64::MAX / NSEC_PER_SEC as i64;

/// Takes the wall clock from the hardware clock; once, at boot.
pub fn init() {
    let at_boot = machine::wall_clock_at_boot_ns() as i64;
    OFFSETS.write(|o| o.realtime_ns = at_boot);
}

/// Names who is told whenever a clock is set; once, at boot.
pub fn set_observer(observer: fn()) {
    let _ = OBSERVER.set(observer);
}

fn changed() {
    if let Some(observer) = OBSERVER.get() {
        observer();
    }
}

/// CLOCK_MONOTONIC_RAW, whose rate is never steered, in ns.
pub fn monotonic_raw_ns() -> u64 {
    machine::raw_ns()
}

/// Makes all other clocks gain so much in each second, in ns times 2^32; callers take turns.
pub(crate) fn steer(gain: i64) {
    machine::steer(gain);
    changed();
}

/// The wall clock leaps by whole seconds, and TAI does not.
pub(crate) fn leap(seconds: i32) {
    OFFSETS.write(|o| {
        o.realtime_ns = o.realtime_ns.wrapping_add(i64::from(seconds) * NSEC_PER_SEC as i64);
        o.tai_s = o.tai_s.wrapping_sub(seconds);
    });
    was_set();
}

/// CLOCK_MONOTONIC and CLOCK_BOOTTIME (no suspend), in ns.
#[inline(always)]
pub fn monotonic_ns() -> u64 {
    machine::now_ns()
}

/// CLOCK_BOOTTIME in ns.
#[inline(always)]
pub fn boottime_ns() -> u64 {
    machine::now_ns()
}

/// CLOCK_REALTIME in ns since 1970.
#[inline]
pub fn realtime_ns() -> i64 {
    OFFSETS.read().realtime_ns.wrapping_add(machine::now_ns() as i64)
}

/// CLOCK_TAI in ns.
pub fn tai_ns() -> i64 {
    let offsets = OFFSETS.read();
    let tai_ns = i64::from(offsets.tai_s) * NSEC_PER_SEC as i64;
    offsets.realtime_ns.wrapping_add(machine::now_ns() as i64).wrapping_add(tai_ns)
}

/// CLOCK_REALTIME and CLOCK_MONOTONIC of one moment, in ns.
pub fn realtime_and_monotonic_ns() -> (i64, u64) {
    let now = machine::now_ns();
    (OFFSETS.read().realtime_ns.wrapping_add(now as i64), now)
}

/// A time rounded down to the tick: what the coarse clocks show.
#[inline]
pub fn coarse(monotonic_ns: u64) -> u64 {
    monotonic_ns - monotonic_ns % TICK_NS
}

/// CLOCK_REALTIME_COARSE in ns since 1970.
pub fn realtime_coarse_ns() -> i64 {
    OFFSETS.read().realtime_ns.wrapping_add(coarse(machine::now_ns()) as i64)
}

/// The monotonic moment at which the wall clock shows `realtime_ns`; 0 if that is long past.
pub fn realtime_to_monotonic(realtime_ns: i64) -> u64 {
    realtime_ns.saturating_sub(OFFSETS.read().realtime_ns).max(0) as u64
}

/// Sets the wall clock and wakes those that wait for a wall-clock time.
pub fn set_realtime_ns(realtime_ns: i64) {
    OFFSETS.write(|o| o.realtime_ns = realtime_ns.wrapping_sub(machine::now_ns() as i64));
    was_set();
}

fn was_set() {
    changed();
    TIMES_SET.fetch_add(1, Ordering::SeqCst);
    CLOCK_SET.wake_all();
}

/// How often the wall clock has been set.
pub fn times_set() -> u32 {
    TIMES_SET.load(Ordering::SeqCst)
}

/// TAI minus UTC, in seconds.
pub fn tai_offset() -> i32 {
    OFFSETS.read().tai_s
}

/// Sets TAI minus UTC (adjtimex).
pub fn set_tai_offset(seconds: i32) {
    OFFSETS.write(|o| o.tai_s = seconds);
    changed();
}

/// CLOCK_REALTIME minus CLOCK_MONOTONIC, in ns.
pub fn realtime_offset_ns() -> i64 {
    OFFSETS.read().realtime_ns
}

/// The time zone: minutes west of Greenwich, type of summer time.
pub fn time_zone() -> [i32; 2] {
    TIME_ZONE.read()
}

/// Keeps a time zone.
pub fn set_time_zone(zone: [i32; 2]) {
    TIME_ZONE.write(|z| *z = zone);
    changed();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_can_be_set() {
        set_realtime_ns(5_000_000_000);
        let now = realtime_ns();
        assert!((5_000_000_000..6_000_000_000).contains(&now));
        let at = realtime_to_monotonic(now + 1_000_000_000);
        assert!(at > monotonic_ns());
        assert_eq!(realtime_to_monotonic(i64::MIN), 0);
        set_tai_offset(37);
        assert!(tai_ns() - realtime_ns() > 36 * NSEC_PER_SEC as i64);
        assert_eq!(coarse(TICK_NS * 3 + 1), TICK_NS * 3);
        assert!(times_set() >= 1);
    }
}
