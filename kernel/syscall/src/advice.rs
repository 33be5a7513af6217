//! What a program says of its files' future: readahead(2), posix_fadvise(2), sync_file_range(2).

use abi::Errno;
use process::Cx;
use vfs::consts::{S_IFBLK, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG};

const POSIX_FADV_WILLNEED: i32 = 3;
const POSIX_FADV_NOREUSE: i32 = 5;

/// readahead(2): EBADF unless open for reading, EINVAL for what has no cached pages or a count that is negative
/// as a loff_t. Pages that cannot be read are left out.
pub fn readahead(cx: &mut Cx<'_>, fd: i32, offset: i64, count: usize) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    if !file.readable() {
        return Err(Errno::EBADF);
    }
    let mapping = file.inode.mapping.as_ref().ok_or(Errno::EINVAL)?;
    if i64::try_from(count).is_err() {
        return Err(Errno::EINVAL);
    }
    // A negative offset is no error: it lies behind the end of every file.
    mapping.read_ahead(offset as u64, count as u64);
    Ok(0)
}

/// posix_fadvise(2). Only WILLNEED changes anything here.
pub fn fadvise64(cx: &mut Cx<'_>, fd: i32, offset: i64, len: usize, advice: i32) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    if file.inode.kind() == S_IFIFO {
        return Err(Errno::ESPIPE);
    }
    if (len as i64) < 0 || !(0..=POSIX_FADV_NOREUSE).contains(&advice) {
        return Err(Errno::EINVAL);
    }
    if advice == POSIX_FADV_WILLNEED
        && let Some(mapping) = file.ops.mapping(&file)
    {
        let len = if len == 0 { u64::MAX } else { len as u64 };
        mapping.read_ahead(offset as u64, len);
    }
    Ok(0)
}

/// sync_file_range(2): writing out is waited for, whichever of the flags asks for it.
pub fn sync_file_range(
    cx: &mut Cx<'_>,
    fd: i32,
    offset: i64,
    nbytes: i64,
    flags: u32,
) -> Result<usize, Errno> {
    const VALID: u32 = 7;
    let file = cx.files().get(fd)?;
    let end = offset.wrapping_add(nbytes);
    if flags & !VALID != 0 || offset < 0 || end < 0 || end < offset {
        return Err(Errno::EINVAL);
    }
    if !matches!(file.inode.kind(), S_IFREG | S_IFBLK | S_IFDIR | S_IFLNK) {
        return Err(Errno::ESPIPE);
    }
    let end = if nbytes == 0 { i64::MAX } else { end };
    match file.ops.mapping(&file) {
        Some(mapping) if flags != 0 => mapping.sync_range(offset as u64, end as u64).map(|()| 0),
        _ => Ok(0),
    }
}
