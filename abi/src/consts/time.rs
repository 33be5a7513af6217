//! Constants of clock_gettime(2), timer_create(2), setitimer(2).
/// Clocks: `CLOCK_REALTIME`.
pub const CLOCK_REALTIME: i32 = 0;
/// Clocks: `CLOCK_MONOTONIC`.
pub const CLOCK_MONOTONIC: i32 = 1;
/// Clocks: `CLOCK_PROCESS_CPUTIME_ID`.
pub const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;
/// Clocks: `CLOCK_THREAD_CPUTIME_ID`.
pub const CLOCK_THREAD_CPUTIME_ID: i32 = 3;
/// Clocks: `CLOCK_MONOTONIC_RAW`.
pub const CLOCK_MONOTONIC_RAW: i32 = 4;
/// Clocks: `CLOCK_REALTIME_COARSE`.
pub const CLOCK_REALTIME_COARSE: i32 = 5;
/// Clocks: `CLOCK_MONOTONIC_COARSE`.
pub const CLOCK_MONOTONIC_COARSE: i32 = 6;
/// Clocks: `CLOCK_BOOTTIME`.
pub const CLOCK_BOOTTIME: i32 = 7;
/// Clocks: `CLOCK_REALTIME_ALARM`.
pub const CLOCK_REALTIME_ALARM: i32 = 8;
/// Clocks: `CLOCK_BOOTTIME_ALARM`.
pub const CLOCK_BOOTTIME_ALARM: i32 = 9;
/// Clocks: `CLOCK_TAI`.
pub const CLOCK_TAI: i32 = 11;

/// Timer flag: `TIMER_ABSTIME`.
pub const TIMER_ABSTIME: i32 = 1;

/// Interval timers: `ITIMER_REAL`.
pub const ITIMER_REAL: i32 = 0;
/// Interval timers: `ITIMER_VIRTUAL`.
pub const ITIMER_VIRTUAL: i32 = 1;
/// Interval timers: `ITIMER_PROF`.
pub const ITIMER_PROF: i32 = 2;
