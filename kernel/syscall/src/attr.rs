//! Changing attributes: chmod(2), chown(2), utimensat(2), truncate(2), fallocate(2).

use abi::fcntl::{
    AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, O_LARGEFILE,
};
use abi::layout::Longs;
use abi::resource::RLIMIT_FSIZE;
use abi::signal::SIGXFSZ;
use abi::stat::{UTIME_NOW, UTIME_OMIT};
use abi::{Errno, Timespec};
use mm::{UserCStr, UserPtr};
use process::Cx;
use vfs::attr::SetTime;
use vfs::namei::{LookupFlags, path_lookup};
use vfs::notify::{event, on_file};
use vfs::open::{change_attrs, do_truncate, truncate_path};
use vfs::permission::{MAY_WRITE, inode_permission, owner_or_capable};
use vfs::read_write::MAX_NON_LFS;
use vfs::time::FileTime;
use vfs::{Iattr, Path};

use crate::path_arg::{PathBuf, base_with};

fn place_at(cx: &Cx<'_>, dfd: i32, path: UserCStr, at_flags: u32) -> Result<Path, Errno> {
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    if path.is_empty() && at_flags & AT_EMPTY_PATH != 0 && dfd >= 0 {
        return Ok(cx.files().get_raw(dfd)?.path.clone());
    }
    let mut flags = LookupFlags::empty();
    flags.set(LookupFlags::FOLLOW, at_flags & AT_SYMLINK_NOFOLLOW == 0);
    flags.set(LookupFlags::EMPTY, at_flags & AT_EMPTY_PATH != 0);
    path_lookup(&cx.lookup(), &base_with(cx, dfd, path, flags)?, path, flags)
}

fn set_mode(cx: &Cx<'_>, place: &Path, mode: u16) -> Result<usize, Errno> {
    let attr = Iattr { mode: Some(u32::from(mode) & 0o7777), ..Iattr::default() };
    change_attrs(cx.cred(), place, &attr).map(|()| 0)
}

/// chmod(2).
pub fn chmod(cx: &mut Cx<'_>, path: UserCStr, mode: u16) -> Result<usize, Errno> {
    fchmodat(cx, AT_FDCWD, path, mode)
}

/// fchmod(2).
pub fn fchmod(cx: &mut Cx<'_>, fd: u32, mode: u16) -> Result<usize, Errno> {
    let file = cx.files().get(fd as i32)?;
    set_mode(cx, &file.path, mode)
}

/// fchmodat(2): the call has no flags.
pub fn fchmodat(cx: &mut Cx<'_>, dfd: i32, path: UserCStr, mode: u16) -> Result<usize, Errno> {
    set_mode(cx, &place_at(cx, dfd, path, 0)?, mode)
}

/// fchmodat2(2).
pub fn fchmodat2(cx: &mut Cx<'_>, dfd: i32, path: UserCStr, mode: u16, flags: u32) -> Result<usize, Errno> {
    if flags & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL);
    }
    let place = place_at(cx, dfd, path, flags)?;
    if place.dentry.inode().is_some_and(|inode| inode.is_symlink()) {
        return Err(Errno::EOPNOTSUPP);
    }
    set_mode(cx, &place, mode)
}

fn set_owner(cx: &Cx<'_>, place: &Path, uid: u32, gid: u32) -> Result<usize, Errno> {
    let chosen = |id: u32| (id != u32::MAX).then_some(id);
    let is_dir = place.dentry.inode().is_some_and(|inode| inode.is_dir());
    let attr = Iattr { uid: chosen(uid), gid: chosen(gid), kill_suid: !is_dir, ..Iattr::default() };
    change_attrs(cx.cred(), place, &attr).map(|()| 0)
}

/// chown(2).
pub fn chown(cx: &mut Cx<'_>, path: UserCStr, uid: u32, gid: u32) -> Result<usize, Errno> {
    fchownat(cx, AT_FDCWD, path, uid, gid, 0)
}

/// lchown(2).
pub fn lchown(cx: &mut Cx<'_>, path: UserCStr, uid: u32, gid: u32) -> Result<usize, Errno> {
    fchownat(cx, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW as i32)
}

/// fchown(2).
pub fn fchown(cx: &mut Cx<'_>, fd: u32, uid: u32, gid: u32) -> Result<usize, Errno> {
    let file = cx.files().get(fd as i32)?;
    set_owner(cx, &file.path, uid, gid)
}

/// fchownat(2).
pub fn fchownat(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    uid: u32,
    gid: u32,
    flags: i32,
) -> Result<usize, Errno> {
    if flags as u32 & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL);
    }
    set_owner(cx, &place_at(cx, dfd, path, flags as u32)?, uid, gid)
}

/// Both times with nanoseconds; none for "now" with the rights that a writer has.
fn set_times(cx: &Cx<'_>, place: &Path, times: Option<[Timespec; 2]>) -> Result<usize, Errno> {
    let convert = |t: Timespec| match t.tv_nsec {
        UTIME_OMIT => Ok(None),
        UTIME_NOW => Ok(Some(SetTime::Now)),
        0..=999_999_999 => Ok(Some(SetTime::At(FileTime::new(t.tv_sec, t.tv_nsec)))),
        _ => Err(Errno::EINVAL),
    };
    let [atime, mtime] = match times {
        Some([atime, mtime]) => [convert(atime)?, convert(mtime)?],
        None => [Some(SetTime::Now); 2],
    };
    if atime.is_none() && mtime.is_none() {
        return Ok(0);
    }
    let inode = place.dentry.inode().ok_or(Errno::ENOENT)?;
    // Setting both to now is also for those who may write (utimensat(2), "Permissions requirements").
    let both_now = matches!((atime, mtime), (Some(SetTime::Now), Some(SetTime::Now)));
    if both_now && !owner_or_capable(&inode, cx.cred()) {
        inode_permission(&inode, cx.cred(), MAY_WRITE)?;
        if place.mnt.is_readonly() {
            return Err(Errno::EROFS);
        }
        let now = FileTime::now();
        inode.set_atime(now);
        inode.set_mtime(now);
        inode.set_ctime(now);
        on_file(place, &inode, event::ATTRIB);
        return Ok(0);
    }
    change_attrs(cx.cred(), place, &Iattr { atime, mtime, ..Iattr::default() }).map(|()| 0)
}

/// utimensat(2).
pub fn utimensat<T: Longs<2>>(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    times: UserPtr<T>,
    flags: i32,
) -> Result<usize, Errno> {
    let times = read_pairs(cx, times)?;
    let times = times.map(|times| times.map(|[tv_sec, tv_nsec]| Timespec { tv_sec, tv_nsec }));
    if times.is_some_and(|[a, m]| a.tv_nsec == UTIME_OMIT && m.tv_nsec == UTIME_OMIT) {
        return Ok(0);
    }
    if flags as u32 & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL);
    }
    if path.is_null() && dfd != AT_FDCWD {
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        let file = cx.files().get(dfd)?;
        return set_times(cx, &file.path, times);
    }
    set_times(cx, &place_at(cx, dfd, path, flags as u32)?, times)
}

/// Reads time of access and time of change, each seconds and a part of them; none where there is no pointer.
fn read_pairs<T: Longs<2>>(cx: &Cx<'_>, times: UserPtr<T>) -> Result<Option<[[i64; 2]; 2]>, Errno> {
    let Some(times) = times.non_null() else { return Ok(None) };
    Ok(Some(cx.mm().read(times.cast::<[T; 2]>())?.map(Longs::widen)))
}

fn from_timevals(times: [[i64; 2]; 2]) -> Result<[Timespec; 2], Errno> {
    if times.iter().any(|[_, usec]| !(0..1_000_000).contains(usec)) {
        return Err(Errno::EINVAL);
    }
    Ok(times.map(|[tv_sec, usec]| Timespec { tv_sec, tv_nsec: usec * 1000 }))
}

/// futimesat(2).
pub fn futimesat<T: Longs<2>>(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    times: UserPtr<T>,
) -> Result<usize, Errno> {
    let times = read_pairs(cx, times)?.map(from_timevals).transpose()?;
    if path.is_null() && dfd != AT_FDCWD {
        let file = cx.files().get(dfd)?;
        return set_times(cx, &file.path, times);
    }
    set_times(cx, &place_at(cx, dfd, path, 0)?, times)
}

/// utimes(2).
pub fn utimes<T: Longs<2>>(cx: &mut Cx<'_>, path: UserCStr, times: UserPtr<T>) -> Result<usize, Errno> {
    futimesat(cx, AT_FDCWD, path, times)
}

/// utime(2).
pub fn utime<T: Longs<2>>(cx: &mut Cx<'_>, path: UserCStr, times: UserPtr<T>) -> Result<usize, Errno> {
    let times = times.non_null().map(|times| cx.mm().read(times)).transpose()?;
    let times = times.map(|seconds| seconds.widen().map(|tv_sec| Timespec { tv_sec, tv_nsec: 0 }));
    set_times(cx, &place_at(cx, AT_FDCWD, path, 0)?, times)
}

/// truncate(2).
pub fn truncate(cx: &mut Cx<'_>, path: UserCStr, len: i64) -> Result<usize, Errno> {
    let len = u64::try_from(len).map_err(|_| Errno::EINVAL)?;
    let limit = cx.rlimit(RLIMIT_FSIZE as usize);
    let place = place_at(cx, AT_FDCWD, path, 0)?;
    let done = truncate_path(cx.cred(), &place, len, limit);
    within_limit(cx, done, len, limit)
}

/// ftruncate(2).
pub fn ftruncate(cx: &mut Cx<'_>, fd: u32, len: i64) -> Result<usize, Errno> {
    let len = u64::try_from(len).map_err(|_| Errno::EINVAL)?;
    let file = cx.files().get(fd as i32)?;
    let too_far = len > MAX_NON_LFS && file.flags() & O_LARGEFILE == 0;
    if !file.inode.is_reg() || !file.writable() || too_far {
        return Err(Errno::EINVAL);
    }
    let limit = cx.rlimit(RLIMIT_FSIZE as usize);
    let done = do_truncate(cx.cred(), &file.inode, len, limit);
    if done.is_ok() {
        on_file(&file.path, &file.inode, event::MODIFY);
    }
    within_limit(cx, done, len, limit)
}

/// The result of a change of size: SIGXFSZ goes with the refusal of one beyond RLIMIT_FSIZE.
fn within_limit(cx: &Cx<'_>, done: Result<(), Errno>, size: u64, limit: u64) -> Result<usize, Errno> {
    if done == Err(Errno::EFBIG) && size > limit {
        process::signal_task(&cx.task_arc(), SIGXFSZ);
    }
    done.map(|()| 0)
}

/// fallocate(2): growing, and punching holes.
pub fn fallocate(cx: &mut Cx<'_>, fd: i32, mode: i32, offset: i64, len: i64) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    if offset < 0 || len <= 0 {
        return Err(Errno::EINVAL);
    }
    let mode = mode as u32;
    if mode & !(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE) != 0
        || mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE) == FALLOC_FL_PUNCH_HOLE
    {
        return Err(Errno::EOPNOTSUPP);
    }
    if !file.writable() {
        return Err(Errno::EBADF);
    }
    if file.inode.is_dir() {
        return Err(Errno::EISDIR);
    }
    if file.inode.kind() == vfs::consts::S_IFIFO {
        return Err(Errno::ESPIPE);
    }
    if !file.inode.is_reg() {
        return Err(Errno::ENODEV);
    }
    if offset.checked_add(len).is_none_or(|end| end as u64 > file.inode.sb.max_bytes) {
        return Err(Errno::EFBIG);
    }
    let (limit, end) = (cx.rlimit(RLIMIT_FSIZE as usize), offset as u64 + len as u64);
    if mode & FALLOC_FL_KEEP_SIZE == 0 && end > limit && end > file.inode.size() {
        return within_limit(cx, Err(Errno::EFBIG), end, limit);
    }
    file.ops.fallocate(&file, mode, offset as u64, len as u64)?;
    on_file(&file.path, &file.inode, event::MODIFY);
    Ok(0)
}
