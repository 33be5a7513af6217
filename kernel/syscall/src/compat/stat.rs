//! File attributes in the layouts of i386.

use abi::Errno;
use abi::layout::{OldStat, Stat32, Stat64, Statfs32, Statfs64, halves};
use vfs::super_block::Kstatfs;
use vfs::{DevT, Kstat};

use super::ids::narrow;
use crate::stat::{StatLayout, StatfsLayout};

/// A number in fewer bits, or EOVERFLOW.
fn fit<T: TryFrom<u64>>(value: u64) -> Result<T, Errno> {
    T::try_from(value).map_err(|_| Errno::EOVERFLOW)
}

impl StatLayout for Stat32 {
    fn of(k: &Kstat) -> Result<Self, Errno> {
        Ok(Self {
            st_dev: k.dev as u32,
            st_ino: fit(k.ino)?,
            st_mode: k.mode as u16,
            st_nlink: fit(u64::from(k.nlink))?,
            st_uid: narrow(k.uid),
            st_gid: narrow(k.gid),
            st_rdev: k.rdev as u32,
            st_size: fit::<i32>(k.size)? as u32,
            st_blksize: k.blksize,
            st_blocks: k.blocks as u32,
            st_atime: k.atime.sec() as u32,
            st_atime_nsec: k.atime.nsec(),
            st_mtime: k.mtime.sec() as u32,
            st_mtime_nsec: k.mtime.nsec(),
            st_ctime: k.ctime.sec() as u32,
            st_ctime_nsec: k.ctime.nsec(),
            unused: [0; 2],
        })
    }
}

impl StatLayout for Stat64 {
    fn of(k: &Kstat) -> Result<Self, Errno> {
        Ok(Self {
            st_dev: halves(k.dev),
            pad0: 0,
            st_ino_short: k.ino as u32,
            st_mode: k.mode,
            st_nlink: k.nlink,
            st_uid: k.uid,
            st_gid: k.gid,
            st_rdev: halves(k.rdev),
            pad3: 0,
            st_size: halves(k.size),
            st_blksize: k.blksize,
            st_blocks: halves(k.blocks),
            st_atime: k.atime.sec() as u32,
            st_atime_nsec: k.atime.nsec(),
            st_mtime: k.mtime.sec() as u32,
            st_mtime_nsec: k.mtime.nsec(),
            st_ctime: k.ctime.sec() as u32,
            st_ctime_nsec: k.ctime.nsec(),
            st_ino: halves(k.ino),
        })
    }
}

impl StatLayout for OldStat {
    fn of(k: &Kstat) -> Result<Self, Errno> {
        let dev = |number: u64| {
            let dev = DevT::decode(number as u32);
            (dev.major() << 8 | dev.minor() & 0xff) as u16
        };
        Ok(Self {
            st_dev: dev(k.dev),
            st_ino: fit(k.ino)?,
            st_mode: k.mode as u16,
            st_nlink: fit(u64::from(k.nlink))?,
            st_uid: narrow(k.uid),
            st_gid: narrow(k.gid),
            st_rdev: dev(k.rdev),
            pad: 0,
            st_size: k.size as u32,
            st_atime: k.atime.sec() as u32,
            st_mtime: k.mtime.sec() as u32,
            st_ctime: k.ctime.sec() as u32,
        })
    }
}

impl StatfsLayout for Statfs32 {
    fn of(k: &Kstatfs, dev: u32, flags: i64) -> Result<Self, Errno> {
        // "Unknown", all ones, stays so.
        let count = |files: u64| if files == u64::MAX { Ok(u32::MAX) } else { fit(files) };
        Ok(Self {
            f_type: k.f_type as u32,
            f_bsize: fit(k.bsize as u64)?,
            f_blocks: fit(k.blocks)?,
            f_bfree: fit(k.bfree)?,
            f_bavail: fit(k.bavail)?,
            f_files: count(k.files)?,
            f_ffree: count(k.ffree)?,
            f_fsid: [dev as i32, 0],
            f_namelen: k.namelen as u32,
            f_frsize: k.bsize as u32,
            f_flags: flags as u32,
            f_spare: [0; 4],
        })
    }
}

impl StatfsLayout for Statfs64 {
    fn of(k: &Kstatfs, dev: u32, flags: i64) -> Result<Self, Errno> {
        Ok(Self {
            f_type: k.f_type as u32,
            f_bsize: fit(k.bsize as u64)?,
            f_blocks: halves(k.blocks),
            f_bfree: halves(k.bfree),
            f_bavail: halves(k.bavail),
            f_files: halves(k.files),
            f_ffree: halves(k.ffree),
            f_fsid: [dev as i32, 0],
            f_namelen: k.namelen as u32,
            f_frsize: k.bsize as u32,
            f_flags: flags as u32,
            f_spare: [0; 4],
        })
    }
}
