//! What a program says of its files' future: readahead(2).

use abi::Errno;
use process::Cx;

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
