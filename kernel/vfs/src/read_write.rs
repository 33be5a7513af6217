//! Reading, writing and seeking open files, and what files with cached pages share.

use abi::Errno;
use mm::{IterDst, IterSrc, Mapping};

use crate::consts::*;
use crate::notify::{self, event};
use crate::time::FileTime;
use crate::{File, Inode, Mount};

/// Where a file ends for whoever opened it without O_LARGEFILE.
pub const MAX_NON_LFS: u64 = i32::MAX as u64;

const DAY_NS: i64 = 24 * 3600 * crate::time::NSEC_PER_SEC;

/// read(2): at the file's position. EBADF if it isn't open for reading.
#[inline]
pub fn vfs_read(file: &File, dst: &mut IterDst<'_>) -> Result<usize, Errno> {
    if !file.readable() {
        return Err(Errno::EBADF);
    }
    let result = if file.mode() & fmode::ATOMIC_POS != 0 {
        let mut pos = file.pos.lock();
        file.ops.read_iter(file, dst, &mut pos)
    } else {
        with_stream_pos(file, |pos| file.ops.read_iter(file, dst, pos))
    };
    told(file, result, event::ACCESS)
}

/// write(2): at the file's position. EBADF if it isn't open for writing.
#[inline]
pub fn vfs_write(file: &File, src: &mut IterSrc<'_>) -> Result<usize, Errno> {
    if !file.writable() {
        return Err(Errno::EBADF);
    }
    let result = if file.mode() & fmode::ATOMIC_POS != 0 {
        let mut pos = file.pos.lock();
        file.ops.write_iter(file, src, &mut pos)
    } else {
        with_stream_pos(file, |pos| file.ops.write_iter(file, src, pos))
    };
    told(file, result, event::MODIFY)
}

/// Tells watchers of a transfer that moved something.
#[inline(always)]
fn told(file: &File, result: Result<usize, Errno>, events: u32) -> Result<usize, Errno> {
    if notify::watched() && result.is_ok_and(|count| count != 0) {
        notify::on_file(&file.path, &file.inode, events);
    }
    result
}

/// Devices and pipes: no lock is held while they work (they may sleep for ever); a position, where there is
/// one, is copied in and out.
#[inline]
fn with_stream_pos(file: &File, io: impl FnOnce(&mut u64) -> Result<usize, Errno>) -> Result<usize, Errno> {
    if file.mode() & fmode::LSEEK == 0 {
        return io(&mut 0);
    }
    let mut pos = *file.pos.lock();
    let result = io(&mut pos);
    *file.pos.lock() = pos;
    result
}

/// pread(2): ESPIPE without a position, EBADF.
#[inline]
pub fn vfs_pread(file: &File, dst: &mut IterDst<'_>, pos: u64) -> Result<usize, Errno> {
    if file.mode() & fmode::PREAD == 0 {
        return Err(Errno::ESPIPE);
    }
    if !file.readable() {
        return Err(Errno::EBADF);
    }
    let result = file.ops.read_iter(file, dst, &mut { pos });
    told(file, result, event::ACCESS)
}

/// pwrite(2): ESPIPE without a position, EBADF.
#[inline]
pub fn vfs_pwrite(file: &File, src: &mut IterSrc<'_>, pos: u64) -> Result<usize, Errno> {
    if file.mode() & fmode::PWRITE == 0 {
        return Err(Errno::ESPIPE);
    }
    if !file.writable() {
        return Err(Errno::EBADF);
    }
    let result = file.ops.write_iter(file, src, &mut { pos });
    told(file, result, event::MODIFY)
}

/// lseek(2).
#[inline]
pub fn vfs_llseek(file: &File, offset: i64, whence: u32) -> Result<u64, Errno> {
    if whence > SEEK_MAX {
        return Err(Errno::EINVAL);
    }
    if file.mode() & fmode::LSEEK == 0 {
        return Err(Errno::ESPIPE);
    }
    let mut pos = file.pos.lock();
    file.ops.llseek(file, offset, whence, &mut pos)
}

/// lseek(2) for files whose size is the inode's.
#[inline]
pub fn generic_llseek(file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
    let base = match whence {
        SEEK_SET => 0,
        SEEK_CUR => *pos as i64,
        SEEK_END => file.inode.size() as i64,
        _ => return seek_data_or_hole(file, offset, whence, pos),
    };
    let target = base.checked_add(offset).ok_or(Errno::EOVERFLOW)?;
    if target < 0 || target as u64 > file.inode.sb.max_bytes {
        return Err(Errno::EINVAL);
    }
    *pos = target as u64;
    Ok(target as u64)
}

fn seek_data_or_hole(file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
    let size = file.inode.size();
    let offset = u64::try_from(offset).ok().filter(|at| *at < size).ok_or(Errno::ENXIO)?;
    let found = match &file.inode.mapping {
        Some(mapping) if whence == SEEK_DATA => mapping.seek_data(offset),
        Some(mapping) => mapping.seek_hole(offset),
        None if whence == SEEK_DATA => Some(offset),
        None => Some(size),
    };
    *pos = found.ok_or(Errno::ENXIO)?;
    Ok(*pos)
}

/// A directory's lseek(2): any position that getdents(2) gave out.
pub fn dir_llseek(offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
    let base = match whence {
        SEEK_SET => 0,
        SEEK_CUR => *pos as i64,
        _ => return Err(Errno::EINVAL),
    };
    let target = base.checked_add(offset).and_then(|at| u64::try_from(at).ok()).ok_or(Errno::EINVAL)?;
    *pos = target;
    Ok(target)
}

/// The access time moves on a read: not at all on mounts without, with relatime only if it isn't newer
/// than the last change or is a day old (mount(2)).
#[inline]
pub fn touch_atime(mnt: &Mount, inode: &Inode) {
    let flags = mnt.flags();
    if flags & (MS_NOATIME | MS_RDONLY) != 0 || inode.sb.is_readonly() {
        return;
    }
    if flags & MS_NODIRATIME != 0 && inode.is_dir() {
        return;
    }
    let now = FileTime::now();
    let atime = inode.atime();
    let stale = atime <= inode.mtime() || atime <= inode.ctime() || now.0.saturating_sub(atime.0) >= DAY_NS;
    if (flags & MS_RELATIME == 0 || stale) && atime != now {
        inode.set_atime(now);
    }
}

/// As [`touch_atime`], for an open file: O_NOATIME.
#[inline]
pub fn file_accessed(file: &File) {
    if file.flags() & O_NOATIME == 0 {
        touch_atime(&file.path.mnt, &file.inode);
    }
}

/// read_iter of files with cached pages.
#[inline]
pub fn generic_file_read_iter(file: &File, dst: &mut IterDst<'_>, pos: &mut u64) -> Result<usize, Errno> {
    let mapping = file.inode.mapping.as_ref().ok_or(Errno::EINVAL)?;
    if dst.remaining() == 0 {
        return Ok(0);
    }
    let count = mapping.read(*pos, dst)?;
    *pos += count as u64;
    file_accessed(file);
    Ok(count)
}

/// write_iter of files with cached pages: O_APPEND, set-ID bits, times, O_SYNC. Takes the inode's lock.
#[inline]
pub fn generic_file_write_iter(file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
    let inode = &file.inode;
    let mapping = inode.mapping.as_ref().ok_or(Errno::EINVAL)?;
    if src.remaining() == 0 {
        return Ok(0);
    }
    let flags = file.flags();
    let count = {
        let _guard = inode.rwsem.write();
        write_locked(file, mapping, src, pos)?
    };
    if flags & O_DSYNC != 0 {
        let end = *pos;
        file.ops.fsync(file, end - count as u64, end, flags & SYNC_BIT == 0)?;
    }
    Ok(count)
}

#[inline]
fn write_locked(
    file: &File,
    mapping: &Mapping,
    src: &mut IterSrc<'_>,
    pos: &mut u64,
) -> Result<usize, Errno> {
    let inode = &file.inode;
    let at = if file.flags() & O_APPEND != 0 { mapping.size() } else { *pos };
    let end = if file.flags() & O_LARGEFILE == 0 { MAX_NON_LFS } else { inode.sb.max_bytes };
    let room = end.checked_sub(at).filter(|room| *room != 0).ok_or(Errno::EFBIG)?;
    src.truncate(usize::try_from(room).unwrap_or(usize::MAX));
    if file.mode() & fmode::FSETID == 0 {
        crate::attr::file_remove_privs(inode);
    }
    inode.touch_mtime();
    let count = mapping.write(at, src)?;
    *pos = at + count as u64;
    Ok(count)
}

/// As [`generic_file_write_iter`] for a caller that holds the inode's lock; nothing is written back.
pub fn generic_file_write_locked(file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
    let mapping = file.inode.mapping.as_ref().ok_or(Errno::EINVAL)?;
    write_locked(file, mapping, src, pos)
}

/// fsync(2) of a file with cached pages and nothing behind them but [`mm::Pager`].
pub fn generic_fsync(file: &File, start: u64, end: u64) -> Result<(), Errno> {
    match &file.inode.mapping {
        Some(mapping) => mapping.sync_range(start, end),
        None => Ok(()),
    }
}
