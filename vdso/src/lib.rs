//! The vDSO (vdso(7)): a shared library that the kernel maps into every program, with the calls that need no kernel,
//! above all those that ask for the time. `vdso64.S` is its code; [`VDSO64`] the image that build.rs made of it, [`VDSOX32`]
//! the same for x32 programs. `vdso32.S` and [`VDSO32`] are those of 32-bit programs; [`vdso32`] says what is where.
//!
//! Before an image lies a page with the kernel's data, [`Vvar`], which programs read under a sequence count.

#![no_std]

mod layout {
    #![allow(dead_code, missing_docs)]
    include!("layout.rs");

    pub(super) const LEN: usize = VVAR_LEN;
    pub(super) const SEQ: usize = VVAR_SEQ;
    pub(super) const RNG_GENERATION: usize = VVAR_RNG_GENERATION;
    const _: () = assert!(VVAR_MODE == 4 && VVAR_BASE_TSC == 8 && VVAR_OFFSETS == 64 && VVAR_TIMEZONE == 160);
}

/// The image for 64-bit programs.
pub static VDSO64: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/vdso64.so"));

/// The image for x32 programs.
pub static VDSOX32: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/vdsox32.so"));
/// The image for 32-bit programs.
pub static VDSO32: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/vdso32.so"));

/// What is where in the 32-bit image, in bytes from its beginning.
pub mod vdso32 {
    include!(concat!(env!("OUT_DIR"), "/vdso32.rs"));

    /// `mov %esp, %ebp; sysenter`: for [`VSYSCALL_PATCH`] on processors of Intel's kind.
    pub const FAST_CALL_SYSENTER: [u8; 4] = [0x89, 0xe5, 0x0f, 0x34];
    /// `mov %ecx, %ebp; syscall`: on processors of AMD's kind.
    pub const FAST_CALL_SYSCALL: [u8; 4] = [0x89, 0xcd, 0x0f, 0x05];

    // A call is begun again at the two bytes of `int $0x80` before the landing pad.
    const _: () = assert!(VSYSCALL_PATCH + 4 + 2 == INT80_LANDING_PAD);
}

/// Clock numbers for which there is an offset.
pub const CLOCKS: usize = 12;
/// Where in the page the sequence count is: a u32, odd while the page is written.
pub const SEQ_OFFSET: usize = layout::SEQ;
/// Where in the page [`Vvar::bytes`] go.
pub const DATA_OFFSET: usize = 4;

/// Where in the page the number of the random generator's seed is: a u64 by itself, 0 before there is one.
pub const RNG_GENERATION_OFFSET: usize = layout::RNG_GENERATION;

/// A clock that runs evenly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// The time-stamp counter …
    pub base_tsc: u64,
    /// … nanoseconds for one count of it, times 2^32 …
    pub mult: u64,
    /// … and what the clock showed at `base_tsc`, in ns.
    pub base_ns: u64,
}

/// What the data page says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vvar {
    /// Whether the time-stamp counter may be used; else every clock is asked of the kernel.
    pub tsc_usable: bool,
    /// CLOCK_MONOTONIC.
    pub steered: Rate,
    /// CLOCK_MONOTONIC_RAW.
    pub raw: Rate,
    /// A tick, to which the coarse clocks are rounded down, in ns.
    pub tick_ns: u64,
    /// What each clock is ahead of CLOCK_MONOTONIC, by number, in ns.
    pub offsets_ns: [i64; CLOCKS],
    /// settimeofday(2)'s minutes west of Greenwich, and its kind of summer time.
    pub timezone: [i32; 2],
}

impl Vvar {
    /// The page's bytes from [`DATA_OFFSET`] on.
    pub fn bytes(&self) -> [u8; layout::LEN - DATA_OFFSET] {
        let mut bytes = [0; layout::LEN - DATA_OFFSET];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        };
        put(&u32::from(self.tsc_usable).to_ne_bytes());
        for rate in [self.steered, self.raw] {
            for word in [rate.base_tsc, rate.mult, rate.base_ns] {
                put(&word.to_ne_bytes());
            }
        }
        put(&self.tick_ns.to_ne_bytes());
        self.offsets_ns.iter().for_each(|offset| put(&offset.to_ne_bytes()));
        self.timezone.iter().for_each(|word| put(&word.to_ne_bytes()));
        bytes
    }
}
