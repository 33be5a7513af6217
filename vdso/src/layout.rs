// The page before an image, in bytes from its beginning. build.rs hands these to the assembler under the same names,
// lib.rs to the kernel.

/// u32: odd while the page is being written.
const VVAR_SEQ: usize = 0;
/// u32: 1 if the time-stamp counter may be used; with 0 every clock is asked of the kernel.
const VVAR_MODE: usize = 4;
/// u64: time-stamp counter at which the steered clock showed `VVAR_BASE_NS`.
const VVAR_BASE_TSC: usize = 8;
/// u64: nanoseconds for one count of it, times 2^32.
const VVAR_MULT: usize = 16;
/// u64: the steered clock then, in ns.
const VVAR_BASE_NS: usize = 24;
/// The same three for the clock that is never steered (CLOCK_MONOTONIC_RAW).
const VVAR_RAW_BASE_TSC: usize = 32;
const VVAR_RAW_MULT: usize = 40;
const VVAR_RAW_BASE_NS: usize = 48;
/// u64: length of a tick, to which the coarse clocks are rounded down, in ns.
const VVAR_TICK_NS: usize = 56;
/// 12 × i64: what each clock is ahead of the steered one, by the number of clock_gettime(2), in ns.
const VVAR_OFFSETS: usize = 64;
/// Two i32: settimeofday(2)'s minutes west of Greenwich and its kind of summer time.
const VVAR_TIMEZONE: usize = 160;
/// Bytes that are written together, under the sequence count.
const VVAR_LEN: usize = 168;
/// u64: grows whenever the kernel's random generator was seeded anew; 0 before the first time.
const VVAR_RNG_GENERATION: usize = 168;
