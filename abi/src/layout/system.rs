//! Structures about the system and a process's limits.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::Plain;
use super::files::structs;

structs! {
    /// `struct rlimit` of i386: all bits set mean no limit.
    Rlimit32: 8 { rlim_cur: u32, rlim_max: u32 }
    /// `struct rlimit` as getrlimit, call 76 of i386, writes it: signed numbers.
    OldRlimit: 8 { rlim_cur: u32, rlim_max: u32 }
    /// `struct sysinfo` of i386.
    Sysinfo32: 64 {
        uptime: u32, loads: [u32; 3], totalram: u32, freeram: u32, sharedram: u32, bufferram: u32, totalswap: u32,
        freeswap: u32, procs: u16, pad: u16, totalhigh: u32, freehigh: u32, mem_unit: u32, room: [u32; 2],
    }
    /// `struct robust_list_head` of programs with 32-bit pointers.
    RobustListHead32: 12 { next: u32, futex_offset: i32, list_op_pending: u32 }
}

/// `struct rlimit`: soft and hard; `u64::MAX` is no limit.
pub trait RlimitLayout: Plain {
    /// The limits.
    fn widen(self) -> [u64; 2];
    /// The structure, larger limits cut to what it can say.
    fn narrow(limits: [u64; 2]) -> Self;
}

impl RlimitLayout for [u64; 2] {
    fn widen(self) -> [u64; 2] {
        self
    }

    fn narrow(limits: [u64; 2]) -> Self {
        limits
    }
}

impl RlimitLayout for Rlimit32 {
    fn widen(self) -> [u64; 2] {
        [self.rlim_cur, self.rlim_max]
            .map(|limit| if limit == u32::MAX { u64::MAX } else { u64::from(limit) })
    }

    fn narrow(limits: [u64; 2]) -> Self {
        let [rlim_cur, rlim_max] = limits.map(|limit| limit.min(u64::from(u32::MAX)) as u32);
        Self { rlim_cur, rlim_max }
    }
}

impl RlimitLayout for OldRlimit {
    fn widen(self) -> [u64; 2] {
        [self.rlim_cur, self.rlim_max].map(u64::from)
    }

    fn narrow(limits: [u64; 2]) -> Self {
        let [rlim_cur, rlim_max] = limits.map(|limit| limit.min(i32::MAX as u64) as u32);
        Self { rlim_cur, rlim_max }
    }
}

/// `struct sysinfo`.
pub trait SysinfoLayout: Plain {
    /// The structure from the 64-bit one.
    fn narrow(info: crate::Sysinfo) -> Self;
}

impl SysinfoLayout for crate::Sysinfo {
    fn narrow(info: crate::Sysinfo) -> Self {
        info
    }
}

impl SysinfoLayout for Sysinfo32 {
    /// Memory that 32 bits can't count in bytes is counted in larger units, up to pages.
    fn narrow(info: crate::Sysinfo) -> Self {
        const PAGE_SIZE: u32 = 4096;
        let (mut unit, mut shift) = (info.mem_unit.max(1), 0);
        if info.totalram > u64::from(u32::MAX) || info.totalswap > u64::from(u32::MAX) {
            while unit < PAGE_SIZE {
                (unit, shift) = (unit << 1, shift + 1);
            }
        }
        let units = |bytes: u64| (bytes >> shift) as u32;
        Self {
            uptime: info.uptime as u32,
            loads: info.loads.map(|load| load as u32),
            totalram: units(info.totalram),
            freeram: units(info.freeram),
            sharedram: units(info.sharedram),
            bufferram: units(info.bufferram),
            totalswap: units(info.totalswap),
            freeswap: units(info.freeswap),
            procs: info.procs,
            totalhigh: units(info.totalhigh),
            freehigh: units(info.freehigh),
            mem_unit: unit,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_all_ones() {
        assert_eq!(Rlimit32 { rlim_cur: 5, rlim_max: u32::MAX }.widen(), [5, u64::MAX]);
        assert_eq!(
            Rlimit32::narrow([1 << 33, u64::MAX]),
            Rlimit32 { rlim_cur: u32::MAX, rlim_max: u32::MAX }
        );
        assert_eq!(OldRlimit::narrow([1 << 33, 7]), OldRlimit { rlim_cur: 0x7fff_ffff, rlim_max: 7 });
    }

    #[test]
    fn much_memory_is_counted_in_pages() {
        let info = crate::Sysinfo { totalram: 8 << 30, freeram: 4096, mem_unit: 1, ..Default::default() };
        let narrow = Sysinfo32::narrow(info);
        assert_eq!((narrow.totalram, narrow.freeram, narrow.mem_unit), (2 << 20, 1, 4096));
        let info = crate::Sysinfo { totalram: 1 << 30, mem_unit: 1, ..Default::default() };
        assert_eq!(Sysinfo32::narrow(info).mem_unit, 1);
    }
}
