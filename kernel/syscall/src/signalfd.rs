//! signalfd(2).

use abi::Errno;
use mm::UserPtr;
use process::Cx;
use process::signal::{SigSet, signalfd as signals};
use vfs::consts::O_CLOEXEC;

use crate::open::nofile;

/// signalfd, the call without flags.
pub fn signalfd(cx: &mut Cx<'_>, fd: i32, mask: UserPtr<u64>, size: usize) -> Result<usize, Errno> {
    signalfd4(cx, fd, mask, size, 0)
}

/// signalfd4: signalfd(2) with flags.
pub fn signalfd4(
    cx: &mut Cx<'_>,
    fd: i32,
    mask: UserPtr<u64>,
    size: usize,
    flags: i32,
) -> Result<usize, Errno> {
    if size != size_of::<u64>() {
        return Err(Errno::EINVAL);
    }
    let mask = SigSet(cx.mm().read(mask)?);
    let flags = flags as u32;
    signals::check_flags(flags)?;
    if fd == -1 {
        let file = signals::create(mask, flags, cx.cred())?;
        return cx.files().add(file, flags & O_CLOEXEC != 0, nofile(cx)).map(|fd| fd as usize);
    }
    signals::change(&*cx.files().get(fd)?, mask, cx.task)?;
    Ok(fd as usize)
}
