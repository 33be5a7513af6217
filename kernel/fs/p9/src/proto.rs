//! The numbers of 9P2000.L, and the things that messages carry.

use abi::Errno;
use vfs::chrdev::DevT;
use vfs::time::FileTime;

use crate::wire::Reader;

/// Types of requests; a reply's is one more.
pub(crate) mod kind {
    pub const RLERROR: u8 = 7;
    pub const STATFS: u8 = 8;
    pub const LOPEN: u8 = 12;
    pub const LCREATE: u8 = 14;
    pub const SYMLINK: u8 = 16;
    pub const MKNOD: u8 = 18;
    pub const READLINK: u8 = 22;
    pub const GETATTR: u8 = 24;
    pub const SETATTR: u8 = 26;
    pub const XATTRWALK: u8 = 30;
    pub const XATTRCREATE: u8 = 32;
    pub const READDIR: u8 = 40;
    pub const FSYNC: u8 = 50;
    pub const LINK: u8 = 70;
    pub const MKDIR: u8 = 72;
    pub const RENAMEAT: u8 = 74;
    pub const UNLINKAT: u8 = 76;
    pub const VERSION: u8 = 100;
    pub const ATTACH: u8 = 104;
    pub const WALK: u8 = 110;
    pub const READ: u8 = 116;
    pub const WRITE: u8 = 118;
    pub const CLUNK: u8 = 120;
}

/// The version that is spoken.
pub(crate) const VERSION: &[u8] = b"9P2000.L";
/// The tag of Tversion.
pub(crate) const NOTAG: u16 = !0;
/// No fid, and no user.
pub(crate) const NOFID: u32 = !0;
/// What a message with data has besides them, at most (P9_IOHDRSZ).
pub(crate) const IO_HEADER: usize = 24;
/// Names that one Twalk may carry.
pub(crate) const MAX_WALK: usize = 16;

/// Tlopen's flags: Linux's numbers for x86.
pub(crate) mod open {
    pub const RDONLY: u32 = 0;
    pub const WRONLY: u32 = 1;
    pub const RDWR: u32 = 2;
    pub const EXCL: u32 = 0o200;
    pub const APPEND: u32 = 0o2000;
    pub const LARGEFILE: u32 = 0o100000;
    pub const DIRECTORY: u32 = 0o200000;
    pub const NOFOLLOW: u32 = 0o400000;
}

/// Tgetattr's mask: everything that stat(2) has.
pub(crate) const GETATTR_ALL: u64 = 0x0000_3fff;
/// The part of it that a reply must have.
pub(crate) const GETATTR_BASIC: u64 = 0x0000_07ff;
/// The reply has the time of creation.
pub(crate) const GETATTR_BTIME: u64 = 0x0000_0800;

/// Tsetattr's mask.
pub(crate) mod setattr {
    pub const MODE: u32 = 0x1;
    pub const UID: u32 = 0x2;
    pub const GID: u32 = 0x4;
    pub const SIZE: u32 = 0x8;
    pub const ATIME: u32 = 0x10;
    pub const MTIME: u32 = 0x20;
    pub const CTIME: u32 = 0x40;
    pub const ATIME_SET: u32 = 0x80;
    pub const MTIME_SET: u32 = 0x100;
}

/// Tunlinkat's flag for directories.
pub(crate) const AT_REMOVEDIR: u32 = 0x200;

/// A file's identity at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Qid {
    /// 0x80 for a directory, 2 for a symbolic link.
    pub kind: u8,
    /// Changes with the file.
    pub version: u32,
    /// Its number.
    pub path: u64,
}

/// Bytes of a [`Qid`] in a message.
pub(crate) const QID_LEN: usize = 13;

impl Qid {
    /// Reads one.
    pub fn read(from: &mut Reader<'_>) -> Result<Self, Errno> {
        Ok(Qid { kind: from.u8()?, version: from.u32()?, path: from.u64()? })
    }
}

/// What Tgetattr answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attr {
    pub qid: Qid,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub nlink: u32,
    pub rdev: DevT,
    pub size: u64,
    pub blksize: u32,
    pub blocks: u64,
    pub atime: FileTime,
    pub mtime: FileTime,
    pub ctime: FileTime,
    /// Zero where the server doesn't know.
    pub btime: FileTime,
}

impl Attr {
    /// Reads the body of Rgetattr. EIO if something is missing that every file has, or makes no sense.
    pub fn read(from: &mut Reader<'_>) -> Result<Self, Errno> {
        let valid = from.u64()?;
        if valid & GETATTR_BASIC != GETATTR_BASIC {
            return Err(Errno::EIO);
        }
        let qid = Qid::read(from)?;
        let (mode, uid, gid) = (from.u32()?, from.u32()?, from.u32()?);
        let (nlink, rdev, size) = (from.u64()?, from.u64()?, from.u64()?);
        let (blksize, blocks) = (from.u64()?, from.u64()?);
        let (atime, mtime, ctime) = (time(from)?, time(from)?, time(from)?);
        let btime = if valid & GETATTR_BTIME != 0 { time(from)? } else { FileTime(0) };
        if size > i64::MAX as u64 {
            return Err(Errno::EIO);
        }
        Ok(Attr {
            qid,
            mode: mode & 0o177_777,
            uid,
            gid,
            nlink: u32::try_from(nlink).unwrap_or(u32::MAX),
            rdev: decode_dev(rdev),
            size,
            blksize: u32::try_from(blksize).unwrap_or(4096).clamp(512, 1 << 20),
            blocks,
            atime,
            mtime,
            ctime,
            btime,
        })
    }
}

fn time(from: &mut Reader<'_>) -> Result<FileTime, Errno> {
    let (sec, nsec) = (from.u64()?, from.u64()?);
    Ok(FileTime::new(sec as i64, nsec.min(999_999_999) as i64))
}

/// glibc's 64-bit device number (makedev(3)).
fn decode_dev(dev: u64) -> DevT {
    let major = (dev >> 8) & 0xfff | (dev >> 32) & !0xfff;
    let minor = dev & 0xff | (dev >> 12) & !0xff;
    DevT::new(major as u32 & 0xfff, minor as u32)
}

/// What Tsetattr asks for; `valid` is of [`setattr`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SetAttr {
    pub valid: u32,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    pub atime: FileTime,
    pub mtime: FileTime,
}

/// What Tstatfs answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statfs {
    pub bsize: u32,
    pub blocks: u64,
    pub bfree: u64,
    pub bavail: u64,
    pub files: u64,
    pub ffree: u64,
    pub namelen: u32,
}
