//! Constants of getrandom(2).
/// Flags: `GRND_NONBLOCK`.
pub const GRND_NONBLOCK: u32 = 1;
/// Flags: `GRND_RANDOM`.
pub const GRND_RANDOM: u32 = 2;
/// Flags: `GRND_INSECURE`.
pub const GRND_INSECURE: u32 = 4;
