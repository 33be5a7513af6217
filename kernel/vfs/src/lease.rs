//! Leases (fcntl(2), F_SETLEASE): somebody wants to be told before another opens or truncates a file, and that one
//! waits until the lease is given up, or its time is over.
//!
//! Leases are rare: all stand in one list, and while it is empty an open costs one look at a counter.
//! Locks: `LEASES` (a leaf); signals and wake-ups happen without it.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use abi::Errno;
use sched::{WaitQueue, WaitResult};
use sync::{SpinLock, rank};

use crate::consts::*;
use crate::fasync::{Band, SignalTarget};
use crate::{Cred, File, Inode};

/// The holder has all the time that it wants.
const NEVER: u64 = u64::MAX;

/// `/proc/sys/fs/lease-break-time`: seconds that a holder has; 0 for ever.
pub static BREAK_TIME: AtomicI32 = AtomicI32::new(45);
/// `/proc/sys/fs/leases-enable`.
pub static ENABLED: AtomicI32 = AtomicI32::new(1);

#[derive(Clone)]
struct Lease {
    /// The inode and the open file, as names to compare with: the file goes before its lease does.
    inode: usize,
    holder: usize,
    file: Weak<File>,
    fd: i32,
    exclusive: bool,
    /// It is to become a read lease, and does so by itself at this time.
    downgrade_by: Option<u64>,
    /// It is to be given up, and ends by itself at this time.
    unlock_by: Option<u64>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);
static LEASES: SpinLock<Vec<Lease>> = SpinLock::new(rank::SPIN_LEAF, Vec::new());
/// Who waits for a lease to be given up.
static BREAKERS: WaitQueue = WaitQueue::new();

fn id<T>(of: &T) -> usize {
    core::ptr::from_ref(of) as usize
}

impl Lease {
    fn conflicts(&self, inode: usize, exclusive: bool) -> bool {
        self.inode == inode && (self.exclusive || exclusive)
    }

    /// What it will be when its holder has done what it was told.
    fn target(&self) -> i16 {
        match (self.unlock_by, self.downgrade_by) {
            (Some(_), _) => F_UNLCK,
            (None, Some(_)) => F_RDLCK,
            (None, None) if self.exclusive => F_WRLCK,
            (None, None) => F_RDLCK,
        }
    }
}

/// F_GETLEASE.
pub fn get(file: &File) -> i16 {
    time_out();
    let leases = LEASES.lock();
    leases.iter().find(|lease| lease.holder == id(file)).map_or(F_UNLCK, Lease::target)
}

/// F_SETLEASE with F_RDLCK, F_WRLCK or F_UNLCK. `owner` gets the signals unless the file has an owner.
pub fn set(
    file: &Arc<File>,
    fd: i32,
    kind: i32,
    cred: &Cred,
    owner: Arc<dyn SignalTarget>,
) -> Result<(), Errno> {
    let kind = i16::try_from(kind).map_err(|_| Errno::EINVAL)?;
    if ![F_RDLCK, F_WRLCK, F_UNLCK].contains(&kind) {
        return Err(Errno::EINVAL);
    }
    if file.inode.uid() != cred.fsuid && !cred.capable(CAP_LEASE) {
        return Err(Errno::EACCES);
    }
    if !file.inode.is_reg() {
        return Err(Errno::EINVAL);
    }
    time_out();
    if kind == F_UNLCK {
        return if release(file) { Ok(()) } else { Err(Errno::EAGAIN) };
    }
    take(file, fd, kind == F_WRLCK)?;
    BREAKERS.wake_all();
    file.change_flags(O_ASYNC, O_ASYNC);
    file.set_owner_if_none(owner, (cred.uid, cred.euid));
    Ok(())
}

/// Puts a lease into the list or changes the one that the file has.
fn take(file: &Arc<File>, fd: i32, exclusive: bool) -> Result<(), Errno> {
    let inode = id(&*file.inode);
    // Who opens looks at the counter after it has counted itself: one of both sees the other.
    COUNT.fetch_add(1, Ordering::SeqCst);
    let changed = (|| {
        let mut leases = LEASES.lock();
        if !is_alone(file, exclusive) {
            return Err(Errno::EAGAIN);
        }
        let others = |lease: &&Lease| lease.inode == inode && lease.holder != id(&**file);
        if leases.iter().filter(others).any(|lease| exclusive || lease.unlock_by.is_some()) {
            return Err(Errno::EAGAIN);
        }
        if let Some(mine) = leases.iter_mut().find(|lease| lease.holder == id(&**file)) {
            mine.exclusive = exclusive;
            mine.fd = fd;
            if !exclusive {
                mine.downgrade_by = None;
            }
            return Ok(false);
        }
        if ENABLED.load(Ordering::Relaxed) == 0 {
            return Err(Errno::EINVAL);
        }
        leases.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        leases.push(Lease {
            inode,
            holder: id(&**file),
            file: Arc::downgrade(file),
            fd,
            exclusive,
            downgrade_by: None,
            unlock_by: None,
        });
        Ok(true)
    })();
    if changed != Ok(true) {
        COUNT.fetch_sub(1, Ordering::SeqCst);
    }
    changed.map(drop)
}

/// No writer for a read lease; nobody but this file for a write lease.
fn is_alone(file: &File, exclusive: bool) -> bool {
    let (writers, readers) = file.inode.openers();
    if !exclusive {
        return writers <= 0;
    }
    let own_writer = i32::from(file.writable());
    let own_reader = u32::from(file.readable() && !file.writable());
    writers == own_writer && readers == own_reader
}

/// Gives a file's lease up; whether it had one.
fn release(file: &File) -> bool {
    let mut leases = LEASES.lock();
    let Some(at) = leases.iter().position(|lease| lease.holder == id(file)) else { return false };
    let lease = leases.swap_remove(at);
    drop(leases);
    ended(&lease, Some(file));
    true
}

/// The file goes away.
#[inline]
pub(crate) fn release_file(file: &File) {
    if COUNT.load(Ordering::Relaxed) != 0 {
        release(file);
    }
}

fn ended(lease: &Lease, file: Option<&File>) {
    COUNT.fetch_sub(1, Ordering::SeqCst);
    if let Some(file) = file {
        file.change_flags(O_ASYNC, 0);
        file.forget_owner();
    } else if let Some(file) = lease.file.upgrade() {
        file.change_flags(O_ASYNC, 0);
        file.forget_owner();
    }
    BREAKERS.wake_all();
}

/// Does by force what holders haven't done in time.
fn time_out() {
    let now = sched::clock::monotonic_ns();
    let past = |by: Option<u64>| by.is_some_and(|by| by <= now);
    loop {
        let mut leases = LEASES.lock();
        for lease in leases.iter_mut().filter(|lease| past(lease.downgrade_by)) {
            (lease.exclusive, lease.downgrade_by) = (false, None);
        }
        let Some(at) = leases.iter().position(|lease| past(lease.unlock_by)) else { break };
        let lease = leases.swap_remove(at);
        drop(leases);
        ended(&lease, None);
    }
}

/// A file is opened with `flags`, or truncated (O_WRONLY): holders of leases in the way are told, and have to give
/// them up first. EAGAIN with O_NONBLOCK, ERESTARTSYS.
#[inline]
pub fn break_lease(inode: &Inode, flags: u32) -> Result<(), Errno> {
    if COUNT.load(Ordering::SeqCst) == 0 { Ok(()) } else { break_leases(inode, flags) }
}

#[cold]
fn break_leases(inode: &Inode, flags: u32) -> Result<(), Errno> {
    let write = flags & O_ACCMODE != O_RDONLY;
    let inode = id(inode);
    time_out();
    let told = mark_broken(inode, write)?;
    for (file, fd) in told {
        if let Some(file) = file.upgrade() {
            file.signal_owner(fd, Band::Msg);
        }
    }
    loop {
        let Some(by) = deadline(inode, write) else { return Ok(()) };
        if flags & O_NONBLOCK != 0 {
            return Err(Errno::EAGAIN);
        }
        let by = (by != NEVER).then_some(by);
        match BREAKERS.wait_event_interruptible_timeout(by, || deadline(inode, write).is_none()) {
            WaitResult::Interrupted => return Err(Errno::ERESTARTSYS),
            _ => time_out(),
        }
    }
}

/// Notes in every lease in the way what becomes of it; whom to tell.
fn mark_broken(inode: usize, write: bool) -> Result<Vec<(Weak<File>, i32)>, Errno> {
    let by = match BREAK_TIME.load(Ordering::Relaxed) {
        seconds @ 1.. => sched::clock::monotonic_ns() + seconds as u64 * 1_000_000_000,
        _ => NEVER,
    };
    let mut told = Vec::new();
    let mut leases = LEASES.lock();
    told.try_reserve(leases.len()).map_err(|_| Errno::ENOMEM)?;
    for lease in leases.iter_mut().filter(|lease| lease.conflicts(inode, write)) {
        if write && lease.unlock_by.is_none() {
            lease.unlock_by = Some(by);
        } else if !write && lease.unlock_by.is_none() && lease.downgrade_by.is_none() {
            lease.downgrade_by = Some(by);
        } else {
            continue;
        }
        told.push((lease.file.clone(), lease.fd));
    }
    Ok(told)
}

/// When the last lease in the way ends by itself; none if there is none.
fn deadline(inode: usize, write: bool) -> Option<u64> {
    let leases = LEASES.lock();
    let in_the_way = leases.iter().filter(|lease| lease.conflicts(inode, write));
    let by = |lease: &Lease| match (lease.unlock_by, lease.downgrade_by) {
        (Some(unlock), Some(downgrade)) => unlock.min(downgrade),
        (by, other) => by.or(other).unwrap_or(NEVER),
    };
    in_the_way.map(by).min()
}
