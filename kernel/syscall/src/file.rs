//! What is done with open files: read(2), write(2), lseek(2), ioctl(2), fsync(2).

use abi::Errno;
use abi::fcntl::{
    O_APPEND, O_NONBLOCK, RWF_APPEND, RWF_DSYNC, RWF_HIPRI, RWF_NOAPPEND, RWF_NOSIGNAL, RWF_NOWAIT, RWF_SYNC,
};
use abi::layout::IovecLayout;
use abi::resource::RLIMIT_FSIZE;
use abi::signal::{SIGPIPE, SIGXFSZ};
use alloc::sync::Arc;
use mm::{IoVecs, IterDst, IterSrc, UserPtr};
use process::Cx;
use vfs::consts::fmode;
use vfs::read_write::{vfs_llseek, vfs_pread, vfs_pwrite};
use vfs::{File, vfs_read, vfs_write};

/// EFAULT for a buffer that can't lie in user space, before anything is read or written.
#[inline(always)]
pub(crate) fn check_buffer(addr: u64, count: usize) -> Result<(), Errno> {
    let end = addr.checked_add(count as u64);
    if end.is_some_and(|end| end <= mm::task_size_max()) { Ok(()) } else { Err(Errno::EFAULT) }
}

/// Sends what goes with a failed write to `file`: SIGPIPE with EPIPE.
#[inline]
pub(crate) fn after_write(cx: &Cx<'_>, file: &File, result: Result<usize, Errno>) -> Result<usize, Errno> {
    if result == Err(Errno::EPIPE) && net::raises_sigpipe(file) {
        process::signal_task(&cx.task_arc(), SIGPIPE);
    }
    result
}

/// Cuts a write at `pos` (none: the file's own) at RLIMIT_FSIZE: EFBIG and SIGXFSZ if nothing is left. To write
/// nothing is allowed anywhere.
#[inline]
fn limit_size(cx: &Cx<'_>, file: &File, pos: Option<u64>, src: &mut IterSrc<'_>) -> Result<(), Errno> {
    let limit = cx.rlimit(RLIMIT_FSIZE as usize);
    if limit == u64::MAX || !file.inode.is_reg() || src.remaining() == 0 {
        return Ok(());
    }
    let pos = match pos {
        _ if file.flags() & abi::fcntl::O_APPEND != 0 => file.inode.size(),
        Some(pos) => pos,
        None => *file.pos.lock(),
    };
    if pos >= limit {
        process::signal_task(&cx.task_arc(), SIGXFSZ);
        return Err(Errno::EFBIG);
    }
    src.truncate((limit - pos).min(usize::MAX as u64) as usize);
    Ok(())
}

/// How many of `len` bytes may be written at `pos`: RLIMIT_FSIZE and the file system's largest file (EFBIG).
pub(crate) fn limit_len(cx: &Cx<'_>, file: &File, pos: u64, len: usize) -> Result<usize, Errno> {
    if !file.inode.is_reg() || len == 0 {
        return Ok(len);
    }
    let limit = cx.rlimit(RLIMIT_FSIZE as usize);
    if pos >= limit {
        process::signal_task(&cx.task_arc(), SIGXFSZ);
        return Err(Errno::EFBIG);
    }
    let room = limit.min(file.inode.sb.max_bytes).checked_sub(pos).filter(|room| *room != 0);
    let room = room.ok_or(Errno::EFBIG)?;
    Ok(len.min(usize::try_from(room).unwrap_or(usize::MAX)))
}

/// read(2).
pub fn read(cx: &mut Cx<'_>, fd: u32, buf: UserPtr<u8>, count: usize) -> Result<usize, Errno> {
    let file = cx.files().get(fd as i32)?;
    if !file.readable() {
        return Err(Errno::EBADF);
    }
    check_buffer(buf.addr(), count)?;
    vfs_read(&file, &mut IterDst::user(buf.addr(), count))
}

/// write(2).
pub fn write(cx: &mut Cx<'_>, fd: u32, buf: UserPtr<u8>, count: usize) -> Result<usize, Errno> {
    let file = cx.files().get(fd as i32)?;
    if !file.writable() {
        return Err(Errno::EBADF);
    }
    check_buffer(buf.addr(), count)?;
    let mut src = IterSrc::user(buf.addr(), count);
    let result = limit_size(cx, &file, None, &mut src).and_then(|()| vfs_write(&file, &mut src));
    after_write(cx, &file, result)
}

/// pread64(2).
pub fn pread64(cx: &mut Cx<'_>, fd: u32, buf: UserPtr<u8>, count: usize, pos: i64) -> Result<usize, Errno> {
    let pos = u64::try_from(pos).map_err(|_| Errno::EINVAL)?;
    let file = cx.files().get(fd as i32)?;
    if file.mode() & fmode::PREAD == 0 {
        return Err(Errno::ESPIPE);
    }
    if !file.readable() {
        return Err(Errno::EBADF);
    }
    check_buffer(buf.addr(), count)?;
    vfs_pread(&file, &mut IterDst::user(buf.addr(), count), pos)
}

/// pwrite64(2).
pub fn pwrite64(cx: &mut Cx<'_>, fd: u32, buf: UserPtr<u8>, count: usize, pos: i64) -> Result<usize, Errno> {
    let pos = u64::try_from(pos).map_err(|_| Errno::EINVAL)?;
    let file = cx.files().get(fd as i32)?;
    if file.mode() & fmode::PWRITE == 0 {
        return Err(Errno::ESPIPE);
    }
    if !file.writable() {
        return Err(Errno::EBADF);
    }
    check_buffer(buf.addr(), count)?;
    let mut src = IterSrc::user(buf.addr(), count);
    limit_size(cx, &file, Some(pos), &mut src)?;
    vfs_pwrite(&file, &mut src, pos)
}

/// Reads a list of buffers. How many they are is a 32-bit number, whatever the upper half of the register says.
fn import<V: IovecLayout>(cx: &Cx<'_>, list: UserPtr<V>, count: u64) -> Result<IoVecs, Errno> {
    IoVecs::import(cx.mm(), list, count & u64::from(u32::MAX))
}

/// The file as a call with RWF_* flags sees it, if that is not as it is: EOPNOTSUPP for what can't be had of it, EINVAL for
/// opposites. No file system here writes without tearing (RWF_ATOMIC), or leaves nothing in its cache (RWF_DONTCACHE);
/// no device is polled for what it has read (RWF_HIPRI).
fn as_asked(file: &File, flags: u32) -> Result<Option<Arc<File>>, Errno> {
    const KNOWN: u32 =
        RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND | RWF_NOWAIT | RWF_NOAPPEND | RWF_NOSIGNAL;
    if flags & !KNOWN != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    if flags & RWF_APPEND != 0 && flags & RWF_NOAPPEND != 0 {
        return Err(Errno::EINVAL);
    }
    if flags & RWF_NOWAIT != 0 && !file.ops.can_nowait(file) {
        return Err(Errno::EOPNOTSUPP);
    }
    let set = if flags & RWF_NOWAIT != 0 { O_NONBLOCK } else { 0 };
    let clear = if flags & RWF_NOAPPEND != 0 { O_APPEND } else { 0 };
    let differs = file.flags() & (set | clear) != set;
    Ok(differs.then(|| file.as_seen_with(set | clear, set)))
}

fn do_readv<V: IovecLayout>(
    cx: &Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    pos: Option<u64>,
    flags: u32,
) -> Result<usize, Errno> {
    let file = cx.files().get(fd as u32 as i32)?;
    if pos.is_some() && file.mode() & fmode::PREAD == 0 {
        return Err(Errno::ESPIPE);
    }
    if !file.readable() {
        return Err(Errno::EBADF);
    }
    let vecs = import(cx, list, count)?;
    if vecs.total() == 0 {
        return Ok(0);
    }
    // All but RWF_NOWAIT is about writing, or changes nothing.
    let seen = if flags == 0 { None } else { as_asked(&file, flags & !RWF_NOAPPEND)? };
    if let (None, Some(seen)) = (pos, &seen) {
        return vfs_read(seen, &mut vecs.dst());
    }
    match pos {
        Some(pos) => vfs_pread(&file, &mut vecs.dst(), pos),
        None => vfs_read(&file, &mut vecs.dst()),
    }
}

fn do_writev<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    pos: Option<u64>,
    flags: u32,
) -> Result<usize, Errno> {
    let file = cx.files().get(fd as u32 as i32)?;
    if pos.is_some() && file.mode() & fmode::PWRITE == 0 {
        return Err(Errno::ESPIPE);
    }
    if !file.writable() {
        return Err(Errno::EBADF);
    }
    let vecs = import(cx, list, count)?;
    if vecs.total() == 0 {
        return Ok(0);
    }
    let seen = if flags == 0 { None } else { as_asked(&file, flags)? };
    let seen: &File = seen.as_deref().unwrap_or(&file);
    let mut src = vecs.src();
    // What has no positions has its end where it is written anyway.
    let end = (flags & RWF_APPEND != 0 && file.mode() & fmode::PWRITE != 0).then(|| file.inode.size());
    let own = (flags & RWF_NOAPPEND != 0 && file.mode() & fmode::PWRITE != 0).then(|| *file.pos.lock());
    let at = end.or(pos).or(own);
    limit_size(cx, seen, at, &mut src)?;
    let result = match at {
        Some(at) => vfs_pwrite(seen, &mut src, at),
        None => vfs_write(seen, &mut src),
    };
    if let (Some(at), None, Ok(written)) = (at, pos, result) {
        *file.pos.lock() = at + written as u64;
    }
    if flags & (RWF_DSYNC | RWF_SYNC) != 0 && result.is_ok_and(|written| written > 0) && file.inode.is_reg() {
        file.ops.fsync(&file, 0, u64::MAX, flags & RWF_SYNC == 0)?;
    }
    if flags & RWF_NOSIGNAL != 0 { result } else { after_write(cx, &file, result) }
}

/// readv(2).
pub fn readv<V: IovecLayout>(cx: &mut Cx<'_>, fd: u64, list: UserPtr<V>, count: u64) -> Result<usize, Errno> {
    do_readv(cx, fd, list, count, None, 0)
}

/// writev(2).
pub fn writev<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
) -> Result<usize, Errno> {
    do_writev(cx, fd, list, count, None, 0)
}

/// preadv(2). On a 64-bit machine the position is whole in its low half.
pub fn preadv<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    low: u64,
    _high: u64,
) -> Result<usize, Errno> {
    do_readv(cx, fd, list, count, Some(not_negative(low)?), 0)
}

/// pwritev(2).
pub fn pwritev<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    low: u64,
    _high: u64,
) -> Result<usize, Errno> {
    do_writev(cx, fd, list, count, Some(not_negative(low)?), 0)
}

fn not_negative(pos: u64) -> Result<u64, Errno> {
    if pos > i64::MAX as u64 { Err(Errno::EINVAL) } else { Ok(pos) }
}

/// preadv2(2): position -1 is the file's own.
pub fn preadv2<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    low: u64,
    _high: u64,
    flags: i32,
) -> Result<usize, Errno> {
    let pos = if low == u64::MAX { None } else { Some(not_negative(low)?) };
    do_readv(cx, fd, list, count, pos, flags as u32)
}

/// pwritev2(2): position -1 is the file's own.
pub fn pwritev2<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    low: u64,
    _high: u64,
    flags: i32,
) -> Result<usize, Errno> {
    let pos = if low == u64::MAX { None } else { Some(not_negative(low)?) };
    do_writev(cx, fd, list, count, pos, flags as u32)
}

/// A position in two registers of a 32-bit program.
fn joined(low: u64, high: u64) -> u64 {
    low | high << 32
}

/// preadv(2) of 32-bit programs.
pub fn compat_preadv<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    low: u64,
    high: u64,
) -> Result<usize, Errno> {
    preadv(cx, fd, list, count, joined(low, high), 0)
}

/// pwritev(2) of 32-bit programs.
pub fn compat_pwritev<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    low: u64,
    high: u64,
) -> Result<usize, Errno> {
    pwritev(cx, fd, list, count, joined(low, high), 0)
}

/// preadv2(2) of 32-bit programs.
pub fn compat_preadv2<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    low: u64,
    high: u64,
    flags: i32,
) -> Result<usize, Errno> {
    preadv2(cx, fd, list, count, joined(low, high), 0, flags)
}

/// pwritev2(2) of 32-bit programs.
pub fn compat_pwritev2<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: u64,
    list: UserPtr<V>,
    count: u64,
    low: u64,
    high: u64,
    flags: i32,
) -> Result<usize, Errno> {
    pwritev2(cx, fd, list, count, joined(low, high), 0, flags)
}

/// lseek(2).
pub fn lseek(cx: &mut Cx<'_>, fd: u32, offset: i64, whence: u32) -> Result<usize, Errno> {
    let file = cx.files().get(fd as i32)?;
    if whence > abi::fcntl::SEEK_HOLE {
        return Err(Errno::EINVAL);
    }
    vfs_llseek(&file, offset, whence).map(|pos| pos as usize)
}

/// ioctl(2).
pub fn ioctl(cx: &mut Cx<'_>, fd: u32, cmd: u32, arg: u64) -> Result<usize, Errno> {
    use abi::fcntl::{F_GETOWN, F_SETOWN};
    use abi::ioctl::{FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD, FIOQSIZE, TIOCGPTPEER};
    use abi::socket::{FIOGETOWN, FIOSETOWN, SIOCGPGRP, SIOCSPGRP, SIOCUNIXFILE};
    let file = cx.files().get(fd as i32)?;
    match cmd {
        FIOCLEX | FIONCLEX => cx.files().set_cloexec(fd as i32, cmd == FIOCLEX)?,
        FIONBIO => {
            let on: i32 = cx.mm().read(UserPtr::new(arg))?;
            let flag = abi::fcntl::O_NONBLOCK;
            file.change_flags(flag, if on != 0 { flag } else { 0 });
        }
        FIOASYNC => {
            let on: i32 = cx.mm().read(UserPtr::new(arg))?;
            crate::fcntl::fioasync(&file.into_arc(), fd as i32, on != 0)?;
        }
        FIOQSIZE if file.inode.is_reg() || file.inode.is_dir() || file.inode.is_symlink() => {
            cx.mm().write(UserPtr::<i64>::new(arg), &(file.inode.size() as i64))?;
        }
        FIONREAD if file.inode.is_reg() => {
            let left = (file.inode.size() as i64).wrapping_sub(*file.pos.lock() as i64) as i32;
            cx.mm().write(UserPtr::<i32>::new(arg), &left)?;
        }
        SIOCUNIXFILE if net::of_file(&file).is_ok() => return crate::socket::open_bound(cx, &file),
        TIOCGPTPEER => return crate::open::open_peer(cx, fd, arg as u32),
        FIOSETOWN | SIOCSPGRP if net::of_file(&file).is_ok() => {
            let owner: i32 = cx.mm().read(UserPtr::new(arg))?;
            return crate::fcntl::owner_command(cx, &file, F_SETOWN, owner as u64);
        }
        FIOGETOWN | SIOCGPGRP if net::of_file(&file).is_ok() => {
            let owner = crate::fcntl::owner_command(cx, &file, F_GETOWN, 0)?;
            cx.mm().write(UserPtr::<i32>::new(arg), &(owner as i32))?;
        }
        _ => return file.ops.ioctl(&file, cmd, arg, cx.mm()),
    }
    Ok(0)
}

/// fsync(2).
pub fn fsync(cx: &mut Cx<'_>, fd: u32) -> Result<usize, Errno> {
    let file = cx.files().get(fd as i32)?;
    file.ops.fsync(&file, 0, u64::MAX, false).map(|()| 0)
}

/// fdatasync(2).
pub fn fdatasync(cx: &mut Cx<'_>, fd: u32) -> Result<usize, Errno> {
    let file = cx.files().get(fd as i32)?;
    file.ops.fsync(&file, 0, u64::MAX, true).map(|()| 0)
}

/// sync(2).
pub fn sync(_cx: &mut Cx<'_>) -> Result<usize, Errno> {
    for sb in vfs::mount::supers() {
        let _ = sb.ops.sync_fs(&sb);
    }
    Ok(0)
}

/// syncfs(2).
pub fn syncfs(cx: &mut Cx<'_>, fd: i32) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let sb = &file.inode.sb;
    sb.ops.sync_fs(sb).map(|()| 0)
}
