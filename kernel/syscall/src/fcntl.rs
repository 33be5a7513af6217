//! fcntl(2) and flock(2).

use abi::Errno;
use abi::Flock;
use abi::fcntl::{
    F_ADD_SEALS, F_DUPFD, F_DUPFD_CLOEXEC, F_GET_SEALS, F_GETFD, F_GETFL, F_GETLK, F_GETOWN, F_GETPIPE_SZ,
    F_GETSIG, F_RDLCK, F_SETFD, F_SETFL, F_SETLK, F_SETLKW, F_SETPIPE_SZ, F_UNLCK, F_WRLCK, FD_CLOEXEC,
    LOCK_EX, LOCK_MAND, LOCK_NB, LOCK_SH, LOCK_UN, O_APPEND, O_ASYNC, O_DIRECT, O_NOATIME, O_NONBLOCK,
    SEEK_CUR, SEEK_END, SEEK_SET,
};
use abi::fcntl::{F_GETOWN_EX, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};
use mm::UserPtr;
use process::Cx;
use vfs::File;
use vfs::consts::CAP_SYS_RESOURCE;
use vfs::locks::{Lock, LockOwner, file_id};
use vfs::permission::owner_or_capable;

use crate::file::nofile;

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
        _ if file.is_path() => return Err(Errno::EBADF),
        _ => {}
    }
    match cmd {
        F_SETFL => set_flags(cx, &file, arg as u32),
        F_GETOWN => Ok(file.owner.lock().pid as usize),
        F_GETOWN_EX => {
            // A thread's number (F_OWNER_TID), 0: nobody has been chosen.
            let pid = file.owner.lock().pid;
            cx.mm().write(UserPtr::<[i32; 2]>::new(arg), &[0, pid]).map(|()| 0)
        }
        F_GETSIG => Ok(file.owner.lock().signal as usize),
        F_GETPIPE_SZ => file.ops.pipe_size(&file, None).map(|size| size as usize),
        F_SETPIPE_SZ => {
            let privileged = cx.cred().capable(CAP_SYS_RESOURCE);
            file.ops.pipe_size(&file, Some((arg as u32, privileged))).map(|size| size as usize)
        }
        F_GET_SEALS => file.ops.seals(&file).map(|seals| seals as usize),
        F_ADD_SEALS => file.ops.add_seals(&file, arg as u32).map(|()| 0),
        F_GETLK | F_OFD_GETLK => get_lock(cx, &file, UserPtr::new(arg), cmd == F_OFD_GETLK),
        F_SETLK | F_SETLKW => set_lock(cx, &file, UserPtr::new(arg), cmd == F_SETLKW, false),
        F_OFD_SETLK | F_OFD_SETLKW => set_lock(cx, &file, UserPtr::new(arg), cmd == F_OFD_SETLKW, true),
        _ => Err(Errno::EINVAL),
    }
}

fn set_flags(cx: &Cx<'_>, file: &File, flags: u32) -> Result<usize, Errno> {
    if flags & O_NOATIME != 0 && file.flags() & O_NOATIME == 0 && !owner_or_capable(&file.inode, cx.cred()) {
        return Err(Errno::EPERM);
    }
    if flags & O_ASYNC != 0 {
        // Nothing sends SIGIO yet.
        return Err(Errno::EINVAL);
    }
    file.ops.check_flags(file, flags)?;
    file.change_flags(SETFL_MASK, flags);
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

fn get_lock(cx: &Cx<'_>, file: &File, ptr: UserPtr<Flock>, ofd: bool) -> Result<usize, Errno> {
    let mut flock: Flock = cx.mm().read(ptr)?;
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
    cx.mm().write(ptr, &flock).map(|()| 0)
}

fn set_lock(cx: &Cx<'_>, file: &File, ptr: UserPtr<Flock>, wait: bool, ofd: bool) -> Result<usize, Errno> {
    let flock: Flock = cx.mm().read(ptr)?;
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
