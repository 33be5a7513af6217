//! Structures of the file calls: stat, statfs, record locks, lists of buffers.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::Plain;
use crate::{Errno, Flock, Iovec};

macro_rules! structs {
    ($($(#[$meta:meta])* $name:ident: $size:literal { $($field:ident: $ty:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
            #[repr(C)]
            #[allow(missing_docs, reason = "the fields are the C structure's own")]
            pub struct $name { $(pub $field: $ty),* }
            const _: () = assert!(size_of::<$name>() == $size);
        )*
    };
}
pub(super) use structs;

structs! {
    /// `struct stat` of i386.
    Stat32: 64 {
        st_dev: u32, st_ino: u32, st_mode: u16, st_nlink: u16, st_uid: u16, st_gid: u16, st_rdev: u32, st_size: u32,
        st_blksize: u32, st_blocks: u32, st_atime: u32, st_atime_nsec: u32, st_mtime: u32, st_mtime_nsec: u32,
        st_ctime: u32, st_ctime_nsec: u32, unused: [u32; 2],
    }
    /// `struct stat64` of i386, where a 64-bit member is aligned to 4 bytes: those are halves here, the low one first.
    Stat64: 96 {
        st_dev: [u32; 2], pad0: u32, st_ino_short: u32, st_mode: u32, st_nlink: u32, st_uid: u32, st_gid: u32,
        st_rdev: [u32; 2], pad3: u32, st_size: [u32; 2], st_blksize: u32, st_blocks: [u32; 2], st_atime: u32,
        st_atime_nsec: u32, st_mtime: u32, st_mtime_nsec: u32, st_ctime: u32, st_ctime_nsec: u32, st_ino: [u32; 2],
    }
    /// `struct __old_kernel_stat`, as a 64-bit kernel has it.
    OldStat: 32 {
        st_dev: u16, st_ino: u16, st_mode: u16, st_nlink: u16, st_uid: u16, st_gid: u16, st_rdev: u16, pad: u16,
        st_size: u32, st_atime: u32, st_mtime: u32, st_ctime: u32,
    }
    /// `struct statfs` of i386.
    Statfs32: 64 {
        f_type: u32, f_bsize: u32, f_blocks: u32, f_bfree: u32, f_bavail: u32, f_files: u32, f_ffree: u32,
        f_fsid: [i32; 2], f_namelen: u32, f_frsize: u32, f_flags: u32, f_spare: [u32; 4],
    }
    /// `struct statfs64` of i386; 64-bit members in halves.
    Statfs64: 84 {
        f_type: u32, f_bsize: u32, f_blocks: [u32; 2], f_bfree: [u32; 2], f_bavail: [u32; 2], f_files: [u32; 2],
        f_ffree: [u32; 2], f_fsid: [i32; 2], f_namelen: u32, f_frsize: u32, f_flags: u32, f_spare: [u32; 4],
    }
    /// `struct iovec` of programs with 32-bit pointers.
    Iovec32: 8 { iov_base: u32, iov_len: u32 }
    /// `struct flock` of i386.
    Flock32: 16 { l_type: i16, l_whence: i16, l_start: i32, l_len: i32, l_pid: i32 }
    /// `struct flock64` of i386; 64-bit members in halves.
    Flock64: 24 { l_type: i16, l_whence: i16, l_start: [u32; 2], l_len: [u32; 2], l_pid: i32 }
    /// `struct ustat` of i386.
    Ustat32: 20 { f_tfree: u32, f_tinode: u32, names: [u32; 3] }
}

/// A 64-bit number in halves, the low one first.
pub fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// The number that two halves are.
pub fn joined([low, high]: [u32; 2]) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// `struct iovec`.
pub trait IovecLayout: Plain {
    /// The wide form; a length that is negative as a `ssize_t` stays so.
    fn widen(self) -> Iovec;
}

impl IovecLayout for Iovec {
    #[inline(always)]
    fn widen(self) -> Iovec {
        self
    }
}

impl IovecLayout for Iovec32 {
    #[inline]
    fn widen(self) -> Iovec {
        Iovec { iov_base: u64::from(self.iov_base), iov_len: i64::from(self.iov_len as i32) as u64 }
    }
}

/// `struct flock`.
pub trait FlockLayout: Plain {
    /// The wide form.
    fn widen(self) -> Flock;
    /// The structure: EOVERFLOW where a lock begins beyond what it can say. A length is cut.
    fn narrow(flock: Flock) -> Result<Self, Errno>;
}

impl FlockLayout for Flock {
    fn widen(self) -> Flock {
        self
    }

    fn narrow(flock: Flock) -> Result<Self, Errno> {
        Ok(flock)
    }
}

impl FlockLayout for Flock32 {
    fn widen(self) -> Flock {
        Flock {
            l_type: self.l_type,
            l_whence: self.l_whence,
            l_start: i64::from(self.l_start),
            l_len: i64::from(self.l_len),
            l_pid: self.l_pid,
            ..Flock::default()
        }
    }

    fn narrow(flock: Flock) -> Result<Self, Errno> {
        Ok(Self {
            l_type: flock.l_type,
            l_whence: flock.l_whence,
            l_start: i32::try_from(flock.l_start).map_err(|_| Errno::EOVERFLOW)?,
            l_len: flock.l_len.min(i64::from(i32::MAX)) as i32,
            l_pid: flock.l_pid,
        })
    }
}

impl FlockLayout for Flock64 {
    fn widen(self) -> Flock {
        Flock {
            l_type: self.l_type,
            l_whence: self.l_whence,
            l_start: joined(self.l_start) as i64,
            l_len: joined(self.l_len) as i64,
            l_pid: self.l_pid,
            ..Flock::default()
        }
    }

    fn narrow(flock: Flock) -> Result<Self, Errno> {
        Ok(Self {
            l_type: flock.l_type,
            l_whence: flock.l_whence,
            l_start: halves(flock.l_start as u64),
            l_len: halves(flock.l_len as u64),
            l_pid: flock.l_pid,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_length_stays_negative() {
        let vec = Iovec32 { iov_base: 0xffff_f000, iov_len: 0x8000_0000 }.widen();
        assert_eq!((vec.iov_base, vec.iov_len as i64), (0xffff_f000, i64::from(i32::MIN)));
    }

    #[test]
    fn locks_beyond_two_gigabytes() {
        let far = Flock { l_start: 1 << 31, ..Flock::default() };
        assert_eq!(Flock32::narrow(far), Err(Errno::EOVERFLOW));
        let long = Flock { l_len: i64::MAX, l_start: 5, ..Flock::default() };
        assert_eq!(Flock32::narrow(long).unwrap().l_len, i32::MAX);
        assert_eq!(Flock64::narrow(long).unwrap().widen(), long);
    }
}
