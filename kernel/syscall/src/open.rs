//! Opening and closing, and descriptors' numbers: open(2), close(2), dup(2), pipe(2).

use abi::Errno;
use abi::OpenHow as UserOpenHow;
use abi::fcntl::{
    CLOSE_RANGE_CLOEXEC, CLOSE_RANGE_UNSHARE, O_CLOEXEC, O_CREAT, O_LARGEFILE, O_TRUNC, O_WRONLY,
};
use abi::limits::NR_OPEN;
use abi::resource::RLIMIT_NOFILE;
use mm::{UserCStr, UserPtr};
use process::Cx;
use vfs::{OpenHow, open_path};

use crate::path_arg::{PathBuf, base};

/// How many descriptors the caller may have.
pub(crate) fn nofile(cx: &Cx<'_>) -> u64 {
    cx.rlimit(RLIMIT_NOFILE as usize)
}

/// `scoped`: the descriptor counts for an absolute path, too (RESOLVE_IN_ROOT).
pub(crate) fn do_openat(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    how: &OpenHow,
    scoped: bool,
) -> Result<usize, Errno> {
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    let fd = cx.files().alloc_fd(0, how.flags & O_CLOEXEC != 0, nofile(cx))?;
    let base = match scoped {
        true if dfd != abi::fcntl::AT_FDCWD => cx.files().get_raw(dfd).map(vfs::Base::File),
        _ => base(cx, dfd, path),
    };
    let opened = base.and_then(|base| open_path(&cx.lookup(), &base, path, how));
    match opened {
        Ok(file) => {
            cx.files().install(fd, file);
            Ok(fd as usize)
        }
        Err(errno) => {
            cx.files().put_unused(fd);
            Err(errno)
        }
    }
}

/// open(2).
pub fn open(cx: &mut Cx<'_>, path: UserCStr, flags: i32, mode: u16) -> Result<usize, Errno> {
    openat(cx, abi::fcntl::AT_FDCWD, path, flags, mode)
}

/// openat(2).
pub fn openat(cx: &mut Cx<'_>, dfd: i32, path: UserCStr, flags: i32, mode: u16) -> Result<usize, Errno> {
    let how = OpenHow::from_open(flags | O_LARGEFILE as i32, u32::from(mode))?;
    do_openat(cx, dfd, path, &how, false)
}

/// creat(2).
pub fn creat(cx: &mut Cx<'_>, path: UserCStr, mode: u16) -> Result<usize, Errno> {
    open(cx, path, (O_CREAT | O_WRONLY | O_TRUNC) as i32, mode)
}

/// openat2(2).
pub fn openat2(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    how: UserPtr<UserOpenHow>,
    size: usize,
) -> Result<usize, Errno> {
    let how: UserOpenHow = crate::extensible::read(cx, how, size, size_of::<UserOpenHow>())?;
    let scoped = how.resolve & abi::fcntl::RESOLVE_IN_ROOT != 0;
    let how = OpenHow::from_openat2(how.flags | u64::from(O_LARGEFILE), how.mode, how.resolve)?;
    do_openat(cx, dfd, path, &how, scoped)
}

/// TIOCGPTPEER of ioctl(2): opens the slave of a pseudo-terminal's master.
pub(crate) fn open_peer(cx: &mut Cx<'_>, master: u32, flags: u32) -> Result<usize, Errno> {
    let master = cx.files().get(master as i32)?.into_arc();
    let file = tty::pty::open_peer(&cx.lookup(), &master, flags).ok_or(Errno::ENOTTY)??;
    cx.files().add(file, flags & O_CLOEXEC != 0, nofile(cx)).map(|fd| fd as usize)
}

/// close(2).
pub fn close(cx: &mut Cx<'_>, fd: u32) -> Result<usize, Errno> {
    cx.files().close(fd as i32).map(|()| 0)
}

/// close_range(2).
pub fn close_range(cx: &mut Cx<'_>, first: u32, last: u32, flags: u32) -> Result<usize, Errno> {
    if flags & !(CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE) != 0 || first > last {
        return Err(Errno::EINVAL);
    }
    if flags & CLOSE_RANGE_UNSHARE != 0 {
        let own = cx.files().dup_table(usize::MAX)?;
        cx.set_files(own);
    }
    cx.files().close_range(first, last, flags & CLOSE_RANGE_CLOEXEC != 0);
    Ok(0)
}

/// dup(2).
pub fn dup(cx: &mut Cx<'_>, fd: u32) -> Result<usize, Errno> {
    let file = cx.files().get_raw(fd as i32)?.into_arc();
    cx.files().add(file, false, nofile(cx)).map(|fd| fd as usize)
}

fn do_dup(cx: &mut Cx<'_>, old: u32, new: u32, cloexec: bool) -> Result<usize, Errno> {
    let limit = nofile(cx);
    if u64::from(new) >= limit.min(NR_OPEN as u64) {
        return Err(Errno::EBADF);
    }
    let file = cx.files().get_raw(old as i32)?.into_arc();
    cx.files().replace(new as i32, file, cloexec, limit)?;
    Ok(new as usize)
}

/// dup2(2).
pub fn dup2(cx: &mut Cx<'_>, old: u32, new: u32) -> Result<usize, Errno> {
    if old == new {
        return cx.files().get_raw(old as i32).map(|_| old as usize);
    }
    do_dup(cx, old, new, false)
}

/// dup3(2).
pub fn dup3(cx: &mut Cx<'_>, old: u32, new: u32, flags: i32) -> Result<usize, Errno> {
    if flags as u32 & !O_CLOEXEC != 0 || old == new {
        return Err(Errno::EINVAL);
    }
    do_dup(cx, old, new, flags as u32 & O_CLOEXEC != 0)
}

/// pipe(2).
pub fn pipe(cx: &mut Cx<'_>, fds: UserPtr<[i32; 2]>) -> Result<usize, Errno> {
    pipe2(cx, fds, 0)
}

/// pipe2(2).
pub fn pipe2(cx: &mut Cx<'_>, fds: UserPtr<[i32; 2]>, flags: i32) -> Result<usize, Errno> {
    let (reader, writer) = ipc::pipe::create(flags as u32, cx.cred())?;
    let (cloexec, limit) = (flags as u32 & O_CLOEXEC != 0, nofile(cx));
    let files = cx.files();
    let first = files.add(reader, cloexec, limit)?;
    let second = files.add(writer, cloexec, limit).inspect_err(|_| {
        let _ = files.close(first);
    })?;
    cx.mm().write(fds, &[first, second]).inspect_err(|_| {
        let _ = files.close(first);
        let _ = files.close(second);
    })?;
    Ok(0)
}
