//! fcntl(2) and flock(2).

use abi::Errno;
use abi::Flock;
use abi::fcntl::*;
use abi::layout::{Flock32, Flock64, FlockLayout};
use alloc::sync::Arc;
use core::sync::atomic::Ordering;
use mm::UserPtr;
use process::Cx;
use process::sigio::{self, F_OWNER_PGRP, F_OWNER_PID, F_OWNER_TID};
use process::signal::NSIG;
use vfs::File;
use vfs::consts::{CAP_SYS_RESOURCE, fmode};
use vfs::locks::{Lock, LockOwner, file_id};
use vfs::permission::owner_or_capable;

use crate::open::nofile;

/// The last of F_SET_RW_HINT's values.
const RWH_WRITE_LIFE_EXTREME: u64 = 5;

/// Flags that F_SETFL changes; all others are ignored.
const SETFL_MASK: u32 = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;

/// fcntl(2).
pub fn fcntl(cx: &mut Cx<'_>, fd: u32, cmd: u32, arg: u64) -> Result<usize, Errno> {
    let file = cx.files().get_raw(fd as i32)?;
    match cmd {
        F_DUPFD | F_DUPFD_CLOEXEC => {
            let limit = nofile(cx);
            // The number is an int, whatever the upper half of the register says.
            let lowest = u64::from(arg as u32);
            if lowest >= limit {
                return Err(Errno::EINVAL);
            }
            let new = cx.files().alloc_fd(lowest as usize, cmd == F_DUPFD_CLOEXEC, limit)?;
            cx.files().install(new, file.into_arc());
            return Ok(new as usize);
        }
        F_GETFD => return Ok(usize::from(cx.files().cloexec(fd as i32)?)),
        F_SETFD => return cx.files().set_cloexec(fd as i32, arg as u32 & FD_CLOEXEC != 0).map(|()| 0),
        F_GETFL => return Ok(file.flags() as usize),
        F_DUPFD_QUERY => {
            let other = cx.files().get_raw(arg as i32)?;
            return Ok(usize::from(core::ptr::eq::<File>(&*file, &*other)));
        }
        F_CREATED_QUERY => return Ok(usize::from(file.mode() & fmode::CREATED != 0)),
        _ if file.is_path() => return Err(Errno::EBADF),
        _ => {}
    }
    match cmd {
        F_SETFL => {
            let file = file.into_arc();
            set_flags(cx, &file, fd as i32, arg as u32)
        }
        F_SETOWN | F_GETOWN | F_SETOWN_EX | F_GETOWN_EX | F_SETSIG | F_GETSIG => {
            owner_command(cx, &file, cmd, arg)
        }
        F_SETLEASE => {
            let file = file.into_arc();
            let owner = sigio::own_process(cx.task);
            vfs::lease::set(&file, fd as i32, arg as i32, cx.cred(), owner).map(|()| 0)
        }
        F_GETLEASE => Ok(vfs::lease::get(&file) as usize),
        F_NOTIFY => {
            let file = file.into_arc();
            let owner = sigio::own_process(cx.task);
            let table = cx.files().id();
            vfs::dnotify::set(&file, fd as i32, arg as u32, table, cx.cred(), owner).map(|()| 0)
        }
        F_GET_RW_HINT => {
            let hint = u64::from(file.inode.write_hint.load(Ordering::Relaxed));
            cx.mm().write(UserPtr::new(arg), &hint).map(|()| 0)
        }
        F_SET_RW_HINT => set_write_hint(cx, &file, UserPtr::new(arg)),
        F_GETPIPE_SZ => file.ops.pipe_size(&file, None).map(|size| size as usize),
        F_SETPIPE_SZ => {
            let privileged = cx.cred().capable(CAP_SYS_RESOURCE);
            file.ops.pipe_size(&file, Some((arg as u32, privileged))).map(|size| size as usize)
        }
        F_GET_SEALS => file.ops.seals(&file).map(|seals| seals as usize),
        F_ADD_SEALS => file.ops.add_seals(&file, arg as u32).map(|()| 0),
        F_GETLK | F_OFD_GETLK => get_lock::<Flock>(cx, &file, UserPtr::new(arg), cmd == F_OFD_GETLK),
        F_SETLK | F_SETLKW => set_lock::<Flock>(cx, &file, UserPtr::new(arg), cmd == F_SETLKW, false),
        F_OFD_SETLK | F_OFD_SETLKW => {
            set_lock::<Flock>(cx, &file, UserPtr::new(arg), cmd == F_OFD_SETLKW, true)
        }
        _ => Err(Errno::EINVAL),
    }
}

/// fcntl and fcntl64 of 32-bit programs: record locks in two layouts.
pub fn compat_fcntl64(cx: &mut Cx<'_>, fd: u32, cmd: u32, arg: u64) -> Result<usize, Errno> {
    /// The commands with `struct flock64`.
    const F_GETLK64: u32 = 12;
    const F_SETLK64: u32 = 13;
    const F_SETLKW64: u32 = 14;
    let ofd = matches!(cmd, F_OFD_GETLK | F_OFD_SETLK | F_OFD_SETLKW);
    if !ofd && !matches!(cmd, F_GETLK | F_SETLK | F_SETLKW | F_GETLK64 | F_SETLK64 | F_SETLKW64) {
        return fcntl(cx, fd, cmd, arg);
    }
    let file = cx.files().get(fd as i32)?;
    let wait = matches!(cmd, F_SETLKW | F_SETLKW64 | F_OFD_SETLKW);
    match cmd {
        F_GETLK => get_lock::<Flock32>(cx, &file, UserPtr::new(arg), false),
        F_GETLK64 | F_OFD_GETLK => get_lock::<Flock64>(cx, &file, UserPtr::new(arg), ofd),
        F_SETLK | F_SETLKW => set_lock::<Flock32>(cx, &file, UserPtr::new(arg), wait, false),
        _ => set_lock::<Flock64>(cx, &file, UserPtr::new(arg), wait, ofd),
    }
}

fn set_flags(cx: &Cx<'_>, file: &Arc<File>, fd: i32, flags: u32) -> Result<usize, Errno> {
    if flags & O_NOATIME != 0 && file.flags() & O_NOATIME == 0 && !owner_or_capable(&file.inode, cx.cred()) {
        return Err(Errno::EPERM);
    }
    file.ops.check_flags(file, flags)?;
    if (flags ^ file.flags()) & O_ASYNC != 0 {
        // A file that sends no signals doesn't mind being asked for them.
        file.set_async(fd, flags & O_ASYNC != 0)?;
    }
    file.change_flags(SETFL_MASK, flags);
    Ok(0)
}

/// FIOASYNC: as F_SETFL with O_ASYNC, but ENOTTY for a file that sends no signals.
pub(crate) fn fioasync(file: &Arc<File>, fd: i32, on: bool) -> Result<(), Errno> {
    if (file.flags() & O_ASYNC != 0) == on || file.set_async(fd, on)? { Ok(()) } else { Err(Errno::ENOTTY) }
}

/// Who gets the file's signals, and which.
pub(crate) fn owner_command(cx: &Cx<'_>, file: &File, cmd: u32, arg: u64) -> Result<usize, Errno> {
    let cred = cx.cred();
    let sender = (cred.uid, cred.euid);
    match cmd {
        F_SETOWN => {
            let number = arg as i32;
            let (kind, number) = match number {
                i32::MIN => return Err(Errno::EINVAL),
                _ if number < 0 => (F_OWNER_PGRP, -number),
                _ => (F_OWNER_PID, number),
            };
            file.set_owner(sigio::io_owner(kind, number)?, sender);
        }
        F_SETOWN_EX => {
            let [kind, number] = cx.mm().read(UserPtr::<[i32; 2]>::new(arg))?;
            file.set_owner(sigio::io_owner(kind, number)?, sender);
        }
        F_GETOWN => {
            let (kind, number) = owner_of(file);
            // A group's number comes back negative, and that is no error.
            return Ok(if kind == F_OWNER_PGRP { -number } else { number } as usize);
        }
        F_GETOWN_EX => {
            let (kind, number) = owner_of(file);
            cx.mm().write(UserPtr::<[i32; 2]>::new(arg), &[kind, number])?;
        }
        F_SETSIG => {
            let signal = Some(arg as i32).filter(|signal| (0..=NSIG).contains(signal));
            file.owner.lock().signal = signal.ok_or(Errno::EINVAL)?;
        }
        _ => return Ok(file.owner.lock().signal as usize),
    }
    Ok(0)
}

fn owner_of(file: &File) -> (i32, i32) {
    let target = file.owner.lock().target.clone();
    target.map_or((F_OWNER_TID, 0), |target| (target.kind(), target.number()))
}

/// F_SET_RW_HINT: kept, and of no effect: there is no device that would ask.
fn set_write_hint(cx: &Cx<'_>, file: &File, ptr: UserPtr<u64>) -> Result<usize, Errno> {
    if !owner_or_capable(&file.inode, cx.cred()) {
        return Err(Errno::EPERM);
    }
    let hint: u64 = cx.mm().read(ptr)?;
    if hint > RWH_WRITE_LIFE_EXTREME {
        return Err(Errno::EINVAL);
    }
    file.inode.write_hint.store(hint as u8, Ordering::Relaxed);
    Ok(0)
}

/// A record lock as the program describes it: the range from its three ways of counting.
/// `ofd`: the lock belongs to the open file, not to the process.
fn read_lock(cx: &Cx<'_>, file: &File, flock: &Flock, ofd: bool) -> Result<Lock, Errno> {
    let from = match u32::try_from(flock.l_whence).map_err(|_| Errno::EINVAL)? {
        SEEK_SET => 0,
        SEEK_CUR => *file.pos.lock() as i64,
        SEEK_END => file.inode.size() as i64,
        _ => return Err(Errno::EINVAL),
    };
    let start = from.checked_add(flock.l_start).ok_or(Errno::EOVERFLOW)?;
    let (start, end) = match flock.l_len {
        0 => (start, i64::MAX),
        len if len > 0 => (start, start.checked_add(len - 1).ok_or(Errno::EOVERFLOW)?),
        len => (start.checked_add(len).ok_or(Errno::EINVAL)?, start - 1),
    };
    if start < 0 {
        return Err(Errno::EINVAL);
    }
    Ok(Lock {
        owner: if ofd { LockOwner::Ofd(file_id(file)) } else { LockOwner::Posix(cx.files().id()) },
        pid: if ofd { -1 } else { cx.task.tgid() },
        exclusive: flock.l_type == F_WRLCK,
        start: start as u64,
        end: end as u64,
    })
}

fn get_lock<F: FlockLayout>(cx: &Cx<'_>, file: &File, ptr: UserPtr<F>, ofd: bool) -> Result<usize, Errno> {
    let mut flock = cx.mm().read(ptr)?.widen();
    if flock.l_type != F_RDLCK && flock.l_type != F_WRLCK {
        return Err(Errno::EINVAL);
    }
    let wanted = read_lock(cx, file, &flock, ofd)?;
    if ofd && flock.l_pid != 0 {
        return Err(Errno::EINVAL);
    }
    match file.inode.locks.conflict(&wanted) {
        None => flock.l_type = F_UNLCK,
        Some(held) => {
            flock.l_type = if held.exclusive { F_WRLCK } else { F_RDLCK };
            flock.l_whence = SEEK_SET as i16;
            flock.l_start = held.start as i64;
            flock.l_len = if held.end == i64::MAX as u64 { 0 } else { (held.end - held.start + 1) as i64 };
            flock.l_pid = held.pid;
        }
    }
    cx.mm().write(ptr, &F::narrow(flock)?).map(|()| 0)
}

fn set_lock<F: FlockLayout>(
    cx: &Cx<'_>,
    file: &File,
    ptr: UserPtr<F>,
    wait: bool,
    ofd: bool,
) -> Result<usize, Errno> {
    let flock = cx.mm().read(ptr)?.widen();
    let lock = read_lock(cx, file, &flock, ofd)?;
    if ofd && flock.l_pid != 0 {
        return Err(Errno::EINVAL);
    }
    match flock.l_type {
        F_UNLCK => file.inode.locks.release(&lock),
        F_RDLCK if !file.readable() => return Err(Errno::EBADF),
        F_WRLCK if !file.writable() => return Err(Errno::EBADF),
        F_RDLCK | F_WRLCK => file.inode.locks.acquire(lock, wait)?,
        _ => return Err(Errno::EINVAL),
    }
    Ok(0)
}

/// flock(2).
pub fn flock(cx: &mut Cx<'_>, fd: u32, operation: u32) -> Result<usize, Errno> {
    // Share-mode locks did nothing but promise; Linux took them away and still answers 0 to all of them.
    if operation & LOCK_MAND != 0 {
        return Ok(0);
    }
    let kind = operation & !LOCK_NB;
    if ![LOCK_SH, LOCK_EX, LOCK_UN].contains(&kind) {
        return Err(Errno::EINVAL);
    }
    let file = cx.files().get(fd as i32)?;
    let lock = Lock {
        owner: LockOwner::Flock(file_id(&file)),
        pid: cx.task.tgid(),
        exclusive: kind == LOCK_EX,
        start: 0,
        end: i64::MAX as u64,
    };
    if kind == LOCK_UN {
        file.inode.locks.release(&lock);
        return Ok(0);
    }
    file.inode.locks.acquire(lock, operation & LOCK_NB == 0).map(|()| 0)
}
