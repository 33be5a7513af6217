//! flock(2) locks and record locks (fcntl(2)), of a process and of an open file.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use abi::Errno;
use sched::WaitQueue;
use sync::{SpinLock, rank};

use crate::File;

/// Whose lock it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockOwner {
    /// flock(2): an open file description.
    Flock(usize),
    /// F_SETLK: a descriptor table.
    Posix(usize),
    /// F_OFD_SETLK: an open file description.
    Ofd(usize),
}

impl LockOwner {
    fn is_flock(self) -> bool {
        matches!(self, LockOwner::Flock(_))
    }
}

/// A lock on a range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Whose.
    pub owner: LockOwner,
    /// The process that F_GETLK names (-1 for an open file's).
    pub pid: i32,
    /// A write lock.
    pub exclusive: bool,
    /// First byte.
    pub start: u64,
    /// Last byte; `u64::MAX >> 1` for "to the end".
    pub end: u64,
}

impl Lock {
    fn overlaps(&self, other: &Lock) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    fn conflicts(&self, other: &Lock) -> bool {
        self.owner.is_flock() == other.owner.is_flock()
            && self.owner != other.owner
            && self.overlaps(other)
            && (self.exclusive || other.exclusive)
    }
}

/// The locks on one inode. Nothing is allocated before the first.
pub struct FileLocks {
    any: AtomicBool,
    list: SpinLock<Option<Box<Vec<Lock>>>>,
}

/// Everybody who waits for a lock of whatever file; locks are waited for seldom.
static WAITERS: WaitQueue = WaitQueue::new();
/// Who waits for whom, for EDEADLK.
static BLOCKED: SpinLock<Vec<(LockOwner, LockOwner)>> = SpinLock::new(rank::SPIN_LEAF, Vec::new());

impl FileLocks {
    pub(crate) const fn new() -> Self {
        FileLocks { any: AtomicBool::new(false), list: SpinLock::new(rank::FS_PRIVATE, None) }
    }

    /// A lock that stands in the way of `wanted`.
    pub fn conflict(&self, wanted: &Lock) -> Option<Lock> {
        self.list.lock().as_ref()?.iter().find(|held| held.conflicts(wanted)).copied()
    }

    /// Takes a lock, replacing what the owner held there. EAGAIN if it isn't free and `wait` is false,
    /// EDEADLK, ERESTARTSYS if a signal came first.
    pub fn acquire(&self, wanted: Lock, wait: bool) -> Result<(), Errno> {
        if wanted.owner.is_flock() {
            // Changing the kind of a flock(2) lock gives the old one up first.
            self.release_if(|lock| lock.owner == wanted.owner && lock.exclusive != wanted.exclusive);
        }
        loop {
            let blocker = match self.try_acquire(wanted) {
                Ok(()) => return Ok(()),
                Err(blocker) => blocker,
            };
            if !wait {
                return Err(Errno::EAGAIN);
            }
            let posix = matches!(wanted.owner, LockOwner::Posix(_));
            if posix {
                let mut blocked = BLOCKED.lock();
                if deadlocks(&blocked, wanted.owner, blocker.owner) {
                    return Err(Errno::EDEADLK);
                }
                blocked.push((wanted.owner, blocker.owner));
            }
            let woken = WAITERS.wait_event_interruptible(|| self.conflict(&wanted).is_none());
            if posix {
                let mut blocked = BLOCKED.lock();
                if let Some(at) = blocked.iter().position(|b| *b == (wanted.owner, blocker.owner)) {
                    blocked.swap_remove(at);
                }
            }
            woken.map_err(|_| Errno::ERESTARTSYS)?;
        }
    }

    fn try_acquire(&self, wanted: Lock) -> Result<(), Lock> {
        let shrunk = {
            let mut list = self.list.lock();
            let list = list.get_or_insert_default();
            if let Some(blocker) = list.iter().find(|held| held.conflicts(&wanted)) {
                return Err(*blocker);
            }
            self.any.store(true, Ordering::Relaxed);
            let shrunk = cut_out(list, &wanted);
            insert(list, wanted);
            shrunk
        };
        // A write lock may have become a read lock.
        if shrunk {
            WAITERS.wake_all();
        }
        Ok(())
    }

    /// Gives up what the owner of `range` holds in it.
    pub fn release(&self, range: &Lock) {
        if !self.any.load(Ordering::Relaxed) {
            return;
        }
        if let Some(list) = self.list.lock().as_mut() {
            cut_out(list, range);
        }
        WAITERS.wake_all();
    }

    fn release_if(&self, mut which: impl FnMut(&Lock) -> bool) {
        if !self.any.load(Ordering::Relaxed) {
            return;
        }
        if let Some(list) = self.list.lock().as_mut() {
            list.retain(|lock| !which(lock));
        }
        WAITERS.wake_all();
    }

    /// A process closes a descriptor of the file: its record locks go, all of them (fcntl(2)).
    #[inline]
    pub(crate) fn release_owner(&self, table: usize) {
        if self.any.load(Ordering::Relaxed) {
            self.release_if(|lock| lock.owner == LockOwner::Posix(table));
        }
    }

    /// The last reference to an open file goes, and its locks with it.
    #[inline]
    pub(crate) fn release_file(&self, file: &File) {
        if self.any.load(Ordering::Relaxed) {
            let id = file_id(file);
            self.release_if(|lock| matches!(lock.owner, LockOwner::Flock(f) | LockOwner::Ofd(f) if f == id));
        }
    }

    /// All locks, for `/proc/locks`.
    pub fn snapshot(&self) -> Vec<Lock> {
        self.list.lock().as_ref().map_or_else(Vec::new, |list| list.to_vec())
    }
}

/// What an open file is known by in [`LockOwner`].
pub fn file_id(file: &File) -> usize {
    core::ptr::from_ref(file) as usize
}

fn deadlocks(blocked: &[(LockOwner, LockOwner)], me: LockOwner, blocker: LockOwner) -> bool {
    let mut at = blocker;
    // As many steps as there are edges: a loop that doesn't pass through `me` isn't ours.
    for _ in 0..=blocked.len() {
        if at == me {
            return true;
        }
        match blocked.iter().find(|(waiter, _)| *waiter == at) {
            Some((_, next)) => at = *next,
            None => return false,
        }
    }
    false
}

/// Takes `range` out of its owner's locks, splitting them; whether something was given up.
fn cut_out(list: &mut Vec<Lock>, range: &Lock) -> bool {
    let mut cut = false;
    let mut pieces = Vec::new();
    list.retain(|held| {
        if held.owner != range.owner || !held.overlaps(range) {
            return true;
        }
        cut = true;
        if held.start < range.start {
            pieces.push(Lock { end: range.start - 1, ..*held });
        }
        if held.end > range.end {
            pieces.push(Lock { start: range.end + 1, ..*held });
        }
        false
    });
    list.append(&mut pieces);
    cut
}

/// Puts a lock in, joined with neighbours of the same owner and kind.
fn insert(list: &mut Vec<Lock>, mut lock: Lock) {
    list.retain(|held| {
        let adjacent = held.owner == lock.owner
            && held.exclusive == lock.exclusive
            && held.start <= lock.end.saturating_add(1)
            && lock.start <= held.end.saturating_add(1);
        if adjacent {
            lock.start = lock.start.min(held.start);
            lock.end = lock.end.max(held.end);
        }
        !adjacent
    });
    let at = list.partition_point(|held| held.start < lock.start);
    list.insert(at, lock);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(owner: usize, exclusive: bool, start: u64, end: u64) -> Lock {
        Lock { owner: LockOwner::Posix(owner), pid: owner as i32, exclusive, start, end }
    }

    #[test]
    fn ranges_split_and_join() {
        let locks = FileLocks::new();
        locks.acquire(lock(1, true, 0, 99), false).unwrap();
        locks.release(&lock(1, true, 40, 59));
        assert_eq!(locks.snapshot().len(), 2);
        assert_eq!(locks.conflict(&lock(2, true, 40, 59)), None);
        assert_eq!(locks.conflict(&lock(2, false, 30, 45)).map(|l| (l.start, l.end)), Some((0, 39)));
        locks.acquire(lock(1, true, 40, 59), false).unwrap();
        assert_eq!(locks.snapshot(), [lock(1, true, 0, 99)]);
        locks.acquire(lock(1, false, 0, 99), false).unwrap();
        assert_eq!(locks.acquire(lock(2, false, 5, 5), false), Ok(()));
        assert_eq!(locks.acquire(lock(2, true, 5, 5), false), Err(Errno::EAGAIN));
    }

    #[test]
    fn a_circle_is_found() {
        let (a, b, c) = (LockOwner::Posix(1), LockOwner::Posix(2), LockOwner::Posix(3));
        assert!(deadlocks(&[(b, c), (c, a)], a, b));
        assert!(!deadlocks(&[(b, c)], a, b));
    }
}
