//! Structures of the signal calls: `siginfo_t`, `struct sigaction`, `struct sigevent`.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::Plain;
use super::files::structs;

structs! {
    /// The kernel's `struct sigaction` of programs with 32-bit pointers.
    Sigaction32: 20 { sa_handler: u32, sa_flags: u32, sa_restorer: u32, sa_mask: [u32; 2] }
    /// `struct old_sigaction` of i386 (sigaction, call 67).
    OldSigaction: 16 { sa_handler: u32, sa_mask: u32, sa_flags: u32, sa_restorer: u32 }
    /// `struct sigevent` of programs with 32-bit pointers.
    Sigevent32: 64 { sigev_value: u32, sigev_signo: i32, sigev_notify: i32, tid: i32, room: [u32; 12] }
}

/// The kernel's `struct sigaction`: handler, flags, restorer, mask.
pub trait SigactionLayout: Plain {
    /// With 64 bits each.
    fn widen(self) -> [u64; 4];
    /// The structure.
    fn narrow(words: [u64; 4]) -> Self;
}

impl SigactionLayout for [u64; 4] {
    fn widen(self) -> [u64; 4] {
        self
    }

    fn narrow(words: [u64; 4]) -> Self {
        words
    }
}

impl SigactionLayout for Sigaction32 {
    fn widen(self) -> [u64; 4] {
        let [handler, flags, restorer] = [self.sa_handler, self.sa_flags, self.sa_restorer].map(u64::from);
        [handler, flags, restorer, super::joined(self.sa_mask)]
    }

    fn narrow([handler, flags, restorer, mask]: [u64; 4]) -> Self {
        let [sa_handler, sa_flags, sa_restorer] = [handler, flags, restorer].map(|word| word as u32);
        Self { sa_handler, sa_flags, sa_restorer, sa_mask: super::halves(mask) }
    }
}

impl SigactionLayout for OldSigaction {
    fn widen(self) -> [u64; 4] {
        [self.sa_handler, self.sa_flags, self.sa_restorer, self.sa_mask].map(u64::from)
    }

    fn narrow(words: [u64; 4]) -> Self {
        let [sa_handler, sa_flags, sa_restorer, sa_mask] = words.map(|word| word as u32);
        Self { sa_handler, sa_mask, sa_flags, sa_restorer }
    }
}

/// `struct sigevent` (timer_create(2)).
pub trait SigeventLayout: Plain {
    /// Value, signal, kind of notification, thread.
    fn members(self) -> (u64, i32, i32, i32);
}

impl SigeventLayout for [u64; 8] {
    fn members(self) -> (u64, i32, i32, i32) {
        let [value, second, third, ..] = self;
        (value, second as i32, (second >> 32) as i32, third as i32)
    }
}

impl SigeventLayout for Sigevent32 {
    fn members(self) -> (u64, i32, i32, i32) {
        (u64::from(self.sigev_value), self.sigev_signo, self.sigev_notify, self.tid)
    }
}

/// `siginfo_t`, 128 bytes in each layout.
pub trait SiginfoLayout: Plain {
    /// Where the union begins.
    const HEAD: u64;
    /// The 64-bit structure.
    fn widen(self) -> [u8; 128];
    /// The structure from the 64-bit one.
    fn narrow(info: [u8; 128]) -> Self;
}

impl SiginfoLayout for [u8; 128] {
    const HEAD: u64 = 16;

    fn widen(self) -> [u8; 128] {
        self
    }

    fn narrow(info: [u8; 128]) -> Self {
        info
    }
}

/// `siginfo_t` of i386.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Siginfo32(pub [u8; 128]);

/// `siginfo_t` of x32: that of i386, but for the times of a child, which have 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SiginfoX32(pub [u8; 128]);

impl SiginfoLayout for Siginfo32 {
    const HEAD: u64 = 12;

    fn widen(self) -> [u8; 128] {
        convert(&self.0, members(&self.0, false), |member| (member.narrow, member.wide))
    }

    fn narrow(info: [u8; 128]) -> Self {
        Self(convert(&info, members(&info, false), |member| (member.wide, member.narrow)))
    }
}

impl SiginfoLayout for SiginfoX32 {
    const HEAD: u64 = 12;

    fn widen(self) -> [u8; 128] {
        convert(&self.0, members(&self.0, true), |member| (member.narrow, member.wide))
    }

    fn narrow(info: [u8; 128]) -> Self {
        Self(convert(&info, members(&info, true), |member| (member.wide, member.narrow)))
    }
}

/// Place and size in bytes.
type Place = (usize, usize);

/// A member of the union in both layouts.
#[derive(Clone, Copy)]
struct Member {
    wide: Place,
    narrow: Place,
    signed: bool,
}

const fn member(wide: Place, narrow: Place) -> Member {
    Member { wide, narrow, signed: false }
}

const fn number(wide: usize, narrow: usize) -> Member {
    member((wide, 4), (narrow, 4))
}

const fn pointer(wide: usize, narrow: usize) -> Member {
    member((wide, 8), (narrow, 4))
}

const fn long(wide: usize, narrow: usize) -> Member {
    Member { wide: (wide, 8), narrow: (narrow, 4), signed: true }
}

const KILL: &[Member] = &[number(16, 12), number(20, 16)];
const RT: &[Member] = &[number(16, 12), number(20, 16), number(24, 20)];
const CHILD: &[Member] = &[number(16, 12), number(20, 16), number(24, 20), long(32, 24), long(40, 28)];
const CHILD_X32: &[Member] =
    &[number(16, 12), number(20, 16), number(24, 20), member((32, 8), (24, 8)), member((40, 8), (32, 8))];
const POLL: &[Member] = &[long(16, 12), number(24, 16)];
const FAULT: &[Member] = &[pointer(16, 12)];
const FAULT_MCEERR: &[Member] = &[pointer(16, 12), member((24, 2), (16, 2))];
const FAULT_BNDERR: &[Member] = &[pointer(16, 12), pointer(32, 20), pointer(40, 24)];
const FAULT_PKUERR: &[Member] = &[pointer(16, 12), number(32, 20)];
const SYS: &[Member] = &[pointer(16, 12), number(24, 16), number(28, 20)];

/// Which members a signal's information has, by number and code (sigaction(2), "The siginfo_t argument").
fn members(info: &[u8; 128], x32: bool) -> &'static [Member] {
    use crate::signal::{SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGIO, SIGSEGV, SIGSYS, SIGTRAP};
    const SI_KERNEL: i32 = 0x80;
    const SI_TIMER: i32 = -2;
    const SI_SIGIO: i32 = -5;
    const POLL_CODES: i32 = 6;
    let (signo, code) = (read(info, (0, 4)) as i32, read(info, (8, 4)) as i32);
    match (signo, code) {
        (_, SI_TIMER) => RT,
        (_, SI_SIGIO) => POLL,
        (_, ..0) => RT,
        (_, 0 | SI_KERNEL..) => KILL,
        (SIGBUS, 4 | 5) => FAULT_MCEERR,
        (SIGSEGV, 3) => FAULT_BNDERR,
        (SIGSEGV, 4) => FAULT_PKUERR,
        (SIGILL, 1..=11) | (SIGFPE, 1..=15) | (SIGSEGV, 1..=10) | (SIGBUS, 1..=5) | (SIGTRAP, 1..=6) => FAULT,
        (SIGCHLD, 1..=6) if x32 => CHILD_X32,
        (SIGCHLD, 1..=6) => CHILD,
        (SIGSYS, 1..=2) => SYS,
        (SIGIO, 1..=POLL_CODES) | (_, 1..=POLL_CODES) => POLL,
        _ => KILL,
    }
}

fn read(info: &[u8; 128], (at, size): Place) -> u64 {
    let bytes = info.get(at..at + size).unwrap_or(&[]);
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn convert(from: &[u8; 128], members: &[Member], places: fn(&Member) -> (Place, Place)) -> [u8; 128] {
    let mut to = [0; 128];
    let (head, given) = (to.get_mut(..12).unwrap_or(&mut []), from.get(..12).unwrap_or(&[]));
    head.copy_from_slice(given);
    for member in members {
        let (source, target) = places(member);
        let mut value = read(from, source);
        if member.signed && source.1 == 4 {
            value = i64::from(value as i32) as u64;
        }
        let bytes = value.to_le_bytes();
        if let (Some(slot), Some(bytes)) = (to.get_mut(target.0..target.0 + target.1), bytes.get(..target.1))
        {
            slot.copy_from_slice(bytes);
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Siginfo;

    fn bytes(info: Siginfo) -> [u8; 128] {
        let mut all = [0; 128];
        all.copy_from_slice(info.as_bytes());
        all
    }

    #[test]
    fn a_child_in_three_layouts() {
        let wide = bytes(Siginfo::child(1, 77, 1000, 3, 5, 1 << 33));
        let narrow = Siginfo32::narrow(wide);
        let word = |at: usize| read(&narrow.0, (at, 4));
        assert_eq!(
            [word(0), word(8), word(12), word(16), word(20), word(24), word(28)],
            [17, 1, 77, 1000, 3, 5, 0]
        );
        let x32 = SiginfoX32::narrow(wide);
        assert_eq!(read(&x32.0, (32, 8)), 1 << 33);
        assert_eq!(x32.widen(), wide);
    }

    #[test]
    fn what_is_queued_comes_back_but_for_the_pointer_s_half() {
        let wide = bytes(Siginfo::queue(40, 5, 6, 0x1_0000_0007));
        let back = Siginfo32::narrow(wide).widen();
        assert_eq!(read(&back, (24, 8)), 7);
        assert_eq!(read(&back, (16, 4)), 5);
    }

    #[test]
    fn faults_have_an_address() {
        let narrow = Siginfo32::narrow(bytes(Siginfo::fault(11, 1, 0x1234)));
        assert_eq!(read(&narrow.0, (12, 4)), 0x1234);
    }
}
