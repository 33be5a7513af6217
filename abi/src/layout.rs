//! The same C structures as programs of 64, of 32 bits and of x32 lay them out.
//!
//! A handler that reads or writes such a structure is generic over its layout. Which one a call has follows from
//! the C type in its row (`abi/gen/src/layout.rs`): `struct timespec` is `[i64; 2]` to a 64-bit program, and
//! `struct old_timespec32` is `[i32; 2]`.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

mod files;
mod signals;
mod sockets;
mod system;

pub use files::*;
pub use signals::*;
pub use sockets::*;
pub use system::*;

/// What can be copied from and to user memory.
pub trait Plain: FromBytes + IntoBytes + Immutable + Copy {}
impl<T: FromBytes + IntoBytes + Immutable + Copy> Plain for T {}

/// A structure of `N` members of type `long` or of types that are as wide: timespec, timeval, rusage and their kin.
pub trait Longs<const N: usize>: Plain {
    /// The members, sign-extended.
    fn widen(self) -> [i64; N];
    /// The structure; what does not fit is cut off, as Linux does.
    fn narrow(longs: [i64; N]) -> Self;
}

impl<const N: usize> Longs<N> for [i64; N] {
    #[inline(always)]
    fn widen(self) -> [i64; N] {
        self
    }

    #[inline(always)]
    fn narrow(longs: [i64; N]) -> Self {
        longs
    }
}

impl<const N: usize> Longs<N> for [i32; N] {
    #[inline]
    fn widen(self) -> [i64; N] {
        self.map(i64::from)
    }

    #[inline]
    fn narrow(longs: [i64; N]) -> Self {
        longs.map(|long| long as i32)
    }
}

/// `struct timespec` with 64-bit seconds in programs whose `long` has 32 bits: half of the nanoseconds' word is
/// padding, which is not looked at, and is written as the sign's extension.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PaddedTimespec {
    /// Seconds.
    pub tv_sec: i64,
    /// Nanoseconds and padding.
    pub tv_nsec: i64,
}

impl Longs<2> for PaddedTimespec {
    #[inline]
    fn widen(self) -> [i64; 2] {
        [self.tv_sec, self.tv_nsec & 0xffff_ffff]
    }

    #[inline]
    fn narrow([tv_sec, tv_nsec]: [i64; 2]) -> Self {
        Self { tv_sec, tv_nsec }
    }
}

/// `struct itimerspec` of [`PaddedTimespec`]: interval and value.
pub type PaddedItimerspec = [PaddedTimespec; 2];

impl Longs<4> for PaddedItimerspec {
    fn widen(self) -> [i64; 4] {
        let [interval, value] = self.map(Longs::widen);
        [interval[0], interval[1], value[0], value[1]]
    }

    fn narrow([is, ins, vs, vns]: [i64; 4]) -> Self {
        [PaddedTimespec::narrow([is, ins]), PaddedTimespec::narrow([vs, vns])]
    }
}

/// An `unsigned long`: a word of a descriptor set, of a mask, a size, an address.
pub trait Word: Plain {
    /// With 64 bits.
    fn widen(self) -> u64;
    /// The low part.
    fn narrow(word: u64) -> Self;
}

impl Word for u64 {
    #[inline(always)]
    fn widen(self) -> u64 {
        self
    }

    #[inline(always)]
    fn narrow(word: u64) -> Self {
        word
    }
}

impl Word for u32 {
    #[inline]
    fn widen(self) -> u64 {
        u64::from(self)
    }

    #[inline]
    fn narrow(word: u64) -> Self {
        word as u32
    }
}

/// `struct timex` (adjtimex(2)) in `long`s, the named ones; what follows is room.
pub trait Timex: Plain {
    /// Named members, from `modes` to `tai`.
    fn widen(self) -> [i64; TIMEX_MEMBERS];
    /// Puts the named members in place of those that were read. Room is left alone, or cleared where a 32-bit
    /// structure is made anew.
    fn put(&mut self, members: [i64; TIMEX_MEMBERS]);
}

/// Named members of `struct timex`.
pub const TIMEX_MEMBERS: usize = 21;

impl Timex for [i64; 26] {
    fn widen(self) -> [i64; TIMEX_MEMBERS] {
        core::array::from_fn(|nth| self.get(nth).copied().unwrap_or(0))
    }

    fn put(&mut self, members: [i64; TIMEX_MEMBERS]) {
        self.iter_mut().zip(members).for_each(|(word, member)| *word = member);
    }
}

impl Timex for [i32; 32] {
    fn widen(self) -> [i64; TIMEX_MEMBERS] {
        core::array::from_fn(|nth| self.get(nth).copied().map_or(0, i64::from))
    }

    fn put(&mut self, members: [i64; TIMEX_MEMBERS]) {
        *self = core::array::from_fn(|nth| members.get(nth).map_or(0, |member| *member as i32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longs_of_32_bits_keep_their_sign() {
        assert_eq!([-1i32, 7].widen(), [-1, 7]);
        assert_eq!(<[i32; 2]>::narrow([-1, 1 << 32 | 5]), [-1, 5]);
    }

    #[test]
    fn padding_is_not_looked_at() {
        let time = PaddedTimespec { tv_sec: 1, tv_nsec: 0x1234_0000_0005 };
        assert_eq!(time.widen(), [1, 5]);
        let bad = PaddedTimespec { tv_sec: 1, tv_nsec: -1 };
        assert_eq!(bad.widen(), [1, 0xffff_ffff]);
    }

    #[test]
    fn room_behind_a_timex() {
        let (mut words, mut narrow) = ([9i64; 26], [9i32; 32]);
        words.put([3; TIMEX_MEMBERS]);
        narrow.put([3; TIMEX_MEMBERS]);
        assert_eq!((words[20], words[21]), (3, 9));
        assert_eq!((narrow[20], narrow[21]), (3, 0));
    }
}
