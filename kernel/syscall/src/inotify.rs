//! inotify(7).

use abi::Errno;
use ipc::inotify::{self as queue, IN_DONT_FOLLOW, IN_ONLYDIR};
use mm::UserCStr;
use process::Cx;
use vfs::consts::O_CLOEXEC;
use vfs::namei::{Base, LookupFlags, path_lookup};
use vfs::permission::{MAY_READ, path_permission};

use crate::open::nofile;
use crate::path_arg::PathBuf;

/// inotify_init: inotify_init1(2) without flags.
pub fn inotify_init(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    inotify_init1(cx, 0)
}

/// inotify_init1(2).
pub fn inotify_init1(cx: &mut Cx<'_>, flags: i32) -> Result<usize, Errno> {
    let file = queue::create(flags as u32, cx.cred())?;
    cx.files().add(file, flags as u32 & O_CLOEXEC != 0, nofile(cx)).map(|fd| fd as usize)
}

/// inotify_add_watch(2).
pub fn inotify_add_watch(cx: &mut Cx<'_>, fd: i32, path: UserCStr, mask: u32) -> Result<usize, Errno> {
    queue::check_mask(mask)?;
    let file = cx.files().get(fd)?;
    let inotify = queue::of_file(&file)?;
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    let mut flags = LookupFlags::empty();
    flags.set(LookupFlags::FOLLOW, mask & IN_DONT_FOLLOW == 0);
    flags.set(LookupFlags::DIRECTORY, mask & IN_ONLYDIR != 0);
    let place = path_lookup(&cx.lookup(), &Base::Cwd, path, flags)?;
    let inode = place.dentry.inode().ok_or(Errno::ENOENT)?;
    path_permission(&place.mnt, &inode, cx.cred(), MAY_READ)?;
    inotify.add(&inode, mask).map(|wd| wd as usize)
}

/// inotify_rm_watch(2).
pub fn inotify_rm_watch(cx: &mut Cx<'_>, fd: i32, wd: i32) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    queue::of_file(&file)?.remove(wd).map(|()| 0)
}
