//! Files as programs know them whose `off_t` has 32 bits, and positions in halves.

use abi::Errno;
use abi::fcntl::AT_FDCWD;
use mm::{UserCStr, UserPtr};
use process::Cx;
use vfs::OpenHow;
use vfs::read_write::{MAX_NON_LFS, vfs_llseek};

use crate::{advice, copy, mount, open as opening};

/// open(2): without O_LARGEFILE unless the program asks for it.
pub fn open(cx: &mut Cx<'_>, path: UserCStr, flags: i32, mode: u16) -> Result<usize, Errno> {
    openat(cx, AT_FDCWD, path, flags, mode)
}

/// openat(2).
pub fn openat(cx: &mut Cx<'_>, dfd: i32, path: UserCStr, flags: i32, mode: u16) -> Result<usize, Errno> {
    let how = OpenHow::from_open(flags, u32::from(mode))?;
    opening::do_openat(cx, dfd, path, &how, false)
}

/// sendfile(2): a position of 32 bits, which nothing is sent beyond.
pub fn sendfile(
    cx: &mut Cx<'_>,
    out_fd: i32,
    in_fd: i32,
    offset: UserPtr<i32>,
    count: usize,
) -> Result<usize, Errno> {
    let Some(offset) = offset.non_null() else {
        return copy::do_sendfile(cx, out_fd, in_fd, None, count);
    };
    let mut at = i64::from(cx.mm().read(offset)?);
    let result = if at >= MAX_NON_LFS as i64 && count > 0 {
        Err(Errno::EOVERFLOW)
    } else {
        let room = usize::try_from(MAX_NON_LFS as i64 - at).unwrap_or(usize::MAX);
        copy::do_sendfile(cx, out_fd, in_fd, Some(&mut at), count.min(room))
    };
    cx.mm().write(offset, &(at as i32))?;
    result
}

/// _llseek(2): the position from halves, and the result by a pointer.
pub fn llseek(
    cx: &mut Cx<'_>,
    fd: u32,
    high: u64,
    low: u64,
    result: UserPtr<i64>,
    whence: u32,
) -> Result<usize, Errno> {
    let file = cx.files().get(fd as i32)?;
    if whence > abi::fcntl::SEEK_HOLE {
        return Err(Errno::EINVAL);
    }
    let position = vfs_llseek(&file, (high << 32 | low) as i64, whence)?;
    cx.mm().write(result, &(position as i64)).map(|()| 0)
}

/// posix_fadvise(2) with a length of 64 bits.
pub fn fadvise64_64(cx: &mut Cx<'_>, fd: i32, offset: i64, len: i64, advice: i32) -> Result<usize, Errno> {
    advice::fadvise64(cx, fd, offset, len as usize, advice)
}

/// umount, which has no flags.
pub fn oldumount(cx: &mut Cx<'_>, path: UserCStr) -> Result<usize, Errno> {
    mount::umount(cx, path, 0)
}
