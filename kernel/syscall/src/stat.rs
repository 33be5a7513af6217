//! What a file is: stat(2), statx(2), statfs(2), access(2).

use abi::fcntl::{
    AT_EACCESS, AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_STATX_DONT_SYNC, AT_STATX_FORCE_SYNC,
    AT_SYMLINK_NOFOLLOW, R_OK, W_OK, X_OK,
};
use abi::layout::Plain;
use abi::stat::{STATX_BASIC_STATS, STATX_BTIME, STATX_MNT_ID};
use abi::{Errno, Stat, Statfs, Statx, StatxTimestamp};
use mm::{UserCStr, UserPtr};
use process::Cx;
use vfs::namei::{LookupFlags, path_lookup, path_lookup_inode, stat_path};
use vfs::permission::path_permission;
use vfs::super_block::Kstatfs;
use vfs::time::FileTime;
use vfs::{DevT, Kstat, SuperBlock};

use crate::path_arg::{PathBuf, base, base_with};

/// A `struct stat` in one of its layouts.
pub trait StatLayout: Plain {
    /// The structure; EOVERFLOW for what it can't say.
    fn of(k: &Kstat) -> Result<Self, Errno>;
}

/// A `struct statfs` in one of its layouts.
pub trait StatfsLayout: Plain {
    /// The structure; EOVERFLOW for what it can't say.
    fn of(k: &Kstatfs, dev: u32, flags: i64) -> Result<Self, Errno>;
}

impl StatLayout for Stat {
    fn of(k: &Kstat) -> Result<Self, Errno> {
        Ok(to_stat(k))
    }
}

#[inline]
fn to_stat(k: &Kstat) -> Stat {
    Stat {
        st_dev: k.dev,
        st_ino: k.ino,
        st_nlink: u64::from(k.nlink),
        st_mode: k.mode,
        st_uid: k.uid,
        st_gid: k.gid,
        pad0: 0,
        st_rdev: k.rdev,
        st_size: k.size as i64,
        st_blksize: i64::from(k.blksize),
        st_blocks: k.blocks as i64,
        st_atime: k.atime.sec(),
        st_atime_nsec: i64::from(k.atime.nsec()),
        st_mtime: k.mtime.sec(),
        st_mtime_nsec: i64::from(k.mtime.nsec()),
        st_ctime: k.ctime.sec(),
        st_ctime_nsec: i64::from(k.ctime.nsec()),
        unused: [0; 3],
    }
}

fn lookup_flags(at_flags: u32) -> LookupFlags {
    let mut flags = LookupFlags::empty();
    flags.set(LookupFlags::FOLLOW, at_flags & AT_SYMLINK_NOFOLLOW == 0);
    flags.set(LookupFlags::EMPTY, at_flags & AT_EMPTY_PATH != 0);
    flags
}

fn kstat_at(cx: &Cx<'_>, dfd: i32, path: UserCStr, at_flags: u32) -> Result<Kstat, Errno> {
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    let flags = lookup_flags(at_flags);
    if path.is_empty() && dfd >= 0 && flags.contains(LookupFlags::EMPTY) {
        let file = cx.files().get_raw(dfd)?;
        return Kstat::of_path(&file.path).ok_or(Errno::ENOENT);
    }
    stat_path(&cx.lookup(), &base_with(cx, dfd, path, flags)?, path, flags)
}

/// stat(2).
pub fn stat<S: StatLayout>(cx: &mut Cx<'_>, path: UserCStr, out: UserPtr<S>) -> Result<usize, Errno> {
    let k = kstat_at(cx, AT_FDCWD, path, 0)?;
    cx.mm().write(out, &S::of(&k)?).map(|()| 0)
}

/// lstat(2).
pub fn lstat<S: StatLayout>(cx: &mut Cx<'_>, path: UserCStr, out: UserPtr<S>) -> Result<usize, Errno> {
    let k = kstat_at(cx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW)?;
    cx.mm().write(out, &S::of(&k)?).map(|()| 0)
}

/// fstat(2).
pub fn fstat<S: StatLayout>(cx: &mut Cx<'_>, fd: u32, out: UserPtr<S>) -> Result<usize, Errno> {
    let file = cx.files().get_raw(fd as i32)?;
    let stat = S::of(&Kstat::of(&file.inode))?;
    cx.mm().write(out, &stat).map(|()| 0)
}

/// newfstatat(2).
pub fn newfstatat<S: StatLayout>(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    out: UserPtr<S>,
    flags: i32,
) -> Result<usize, Errno> {
    let flags = flags as u32;
    if flags & !(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL);
    }
    let k = kstat_at(cx, dfd, path, flags)?;
    cx.mm().write(out, &S::of(&k)?).map(|()| 0)
}

fn timestamp(time: FileTime) -> StatxTimestamp {
    StatxTimestamp { tv_sec: time.sec(), tv_nsec: time.nsec(), pad: 0 }
}

/// statx(2).
pub fn statx(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    flags: u32,
    mask: u32,
    out: UserPtr<Statx>,
) -> Result<usize, Errno> {
    const RESERVED: u32 = 0x8000_0000;
    const SYNC: u32 = AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
    if mask & RESERVED != 0
        || flags & SYNC == SYNC
        || flags & !(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | SYNC) != 0
    {
        return Err(Errno::EINVAL);
    }
    let k = kstat_at(cx, dfd, path, flags)?;
    const MOUNT_ROOT: u64 = 0x2000;
    let (dev, rdev) = (DevT::decode(k.dev as u32), DevT::decode(k.rdev as u32));
    let with = |known: bool, bit: u32| if known { bit } else { 0 };
    let btime = with(k.btime.0 != 0, STATX_BTIME);
    let answer = Statx {
        stx_mask: STATX_BASIC_STATS | btime | with(k.mnt_id != 0, STATX_MNT_ID),
        stx_blksize: k.blksize,
        stx_attributes: if k.mount_root { MOUNT_ROOT } else { 0 },
        stx_attributes_mask: MOUNT_ROOT,
        stx_nlink: k.nlink,
        stx_uid: k.uid,
        stx_gid: k.gid,
        stx_mode: k.mode as u16,
        stx_ino: k.ino,
        stx_size: k.size,
        stx_blocks: k.blocks,
        stx_atime: timestamp(k.atime),
        stx_btime: timestamp(k.btime),
        stx_ctime: timestamp(k.ctime),
        stx_mtime: timestamp(k.mtime),
        stx_rdev_major: rdev.major(),
        stx_rdev_minor: rdev.minor(),
        stx_dev_major: dev.major(),
        stx_dev_minor: dev.minor(),
        stx_mnt_id: k.mnt_id,
        ..Statx::default()
    };
    cx.mm().write(out, &answer).map(|()| 0)
}

fn write_statfs<S: StatfsLayout>(
    cx: &Cx<'_>,
    sb: &SuperBlock,
    mount_flags: u64,
    out: UserPtr<S>,
) -> Result<usize, Errno> {
    /// The flags field is valid (statfs(2)).
    const ST_VALID: i64 = 0x20;
    let answer = S::of(&sb.ops.statfs(sb), sb.dev, ST_VALID | mount_flag_bits(mount_flags))?;
    cx.mm().write(out, &answer).map(|()| 0)
}

impl StatfsLayout for Statfs {
    fn of(k: &Kstatfs, dev: u32, flags: i64) -> Result<Self, Errno> {
        Ok(Statfs {
            f_type: k.f_type,
            f_bsize: k.bsize,
            f_blocks: k.blocks,
            f_bfree: k.bfree,
            f_bavail: k.bavail,
            f_files: k.files,
            f_ffree: k.ffree,
            f_fsid: [dev as i32, 0],
            f_namelen: k.namelen,
            f_frsize: k.bsize,
            f_flags: flags,
            f_spare: [0; 4],
        })
    }
}

/// MS_* flags of a mount as statfs(2)'s ST_* bits.
fn mount_flag_bits(flags: u64) -> i64 {
    use abi::mount::{MS_NOATIME, MS_NODEV, MS_NODIRATIME, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_RELATIME};
    const SAME: u64 = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME;
    const ST_RELATIME: i64 = 0x1000;
    (flags & SAME) as i64 | if flags & MS_RELATIME != 0 { ST_RELATIME } else { 0 }
}

/// statfs(2).
pub fn statfs<S: StatfsLayout>(cx: &mut Cx<'_>, path: UserCStr, out: UserPtr<S>) -> Result<usize, Errno> {
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    let place = path_lookup(&cx.lookup(), &base(cx, AT_FDCWD, path)?, path, LookupFlags::FOLLOW)?;
    write_statfs(cx, &place.mnt.sb, place.mnt.flags(), out)
}

/// fstatfs(2).
pub fn fstatfs<S: StatfsLayout>(cx: &mut Cx<'_>, fd: u32, out: UserPtr<S>) -> Result<usize, Errno> {
    let file = cx.files().get_raw(fd as i32)?;
    write_statfs(cx, &file.inode.sb, file.path.mnt.flags(), out)
}

fn do_access(cx: &Cx<'_>, dfd: i32, path: UserCStr, mode: i32, flags: u32) -> Result<usize, Errno> {
    if mode as u32 & !(R_OK | W_OK | X_OK) != 0
        || flags & !(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0
    {
        return Err(Errno::EINVAL);
    }
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    // The question is what the real IDs may do, unless AT_EACCESS asks for the effective ones.
    let real = (flags & AT_EACCESS == 0).then(|| cx.cred().for_access());
    let ctx = cx.lookup();
    let ctx = match &real {
        Some(cred) => ctx.with_cred(cred),
        None => ctx,
    };
    let flags = lookup_flags(flags);
    let (place, inode) = path_lookup_inode(&ctx, &base_with(cx, dfd, path, flags)?, path, flags)?;
    if mode == 0 {
        return Ok(0);
    }
    path_permission(&place.mnt, &inode, ctx.cred, mode as u32).map(|()| 0)
}

/// statfs64 of 32-bit programs, which says how large its structure is.
pub fn statfs64<S: StatfsLayout>(
    cx: &mut Cx<'_>,
    path: UserCStr,
    size: usize,
    out: UserPtr<S>,
) -> Result<usize, Errno> {
    if size != size_of::<S>() {
        return Err(Errno::EINVAL);
    }
    statfs(cx, path, out)
}

/// fstatfs64 of 32-bit programs.
pub fn fstatfs64<S: StatfsLayout>(
    cx: &mut Cx<'_>,
    fd: u32,
    size: usize,
    out: UserPtr<S>,
) -> Result<usize, Errno> {
    if size != size_of::<S>() {
        return Err(Errno::EINVAL);
    }
    fstatfs(cx, fd, out)
}

/// access(2).
pub fn access(cx: &mut Cx<'_>, path: UserCStr, mode: i32) -> Result<usize, Errno> {
    do_access(cx, AT_FDCWD, path, mode, 0)
}

/// faccessat(2).
pub fn faccessat(cx: &mut Cx<'_>, dfd: i32, path: UserCStr, mode: i32) -> Result<usize, Errno> {
    do_access(cx, dfd, path, mode, 0)
}

/// faccessat2(2).
pub fn faccessat2(cx: &mut Cx<'_>, dfd: i32, path: UserCStr, mode: i32, flags: i32) -> Result<usize, Errno> {
    do_access(cx, dfd, path, mode, flags as u32)
}
