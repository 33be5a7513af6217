//! One watched file of an epoll set, and the set's list of files that may be ready.
//!
//! A wake-up of a watched file's queue comes under that queue's lock, maybe in an interrupt: it puts the file
//! into the ready list, which never allocates then, and wakes whoever waits for the set. The list holds
//! suspicions; what really is ready is asked when events are fetched.

use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use abi::Errno;
use abi::epoll::{EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLWAKEUP};
use sched::{PollTable, PollWatcher, WaitQueue};
use sync::{IrqSpinLock, rank};
use vfs::{File, PollMask};

/// Bits that say how to watch, not what for.
pub(super) const HOW_BITS: u32 = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;

/// The files of a set that may be ready, and who waits for them.
pub(super) struct Ready {
    list: IrqSpinLock<VecDeque<Arc<Item>>>,
    /// The list's length, read without its lock.
    len: AtomicUsize,
    /// Threads in epoll_wait(2).
    pub sleepers: WaitQueue,
    /// Who polls the set itself.
    pub pollers: WaitQueue,
}

/// A watched file.
pub(super) struct Item {
    me: Weak<Item>,
    ready: Arc<Ready>,
    /// Not counted: closing the last descriptor ends the watch.
    pub file: Weak<File>,
    pub fd: i32,
    pub events: AtomicU32,
    pub data: AtomicU64,
    queued: AtomicBool,
    /// Taken out of its set; changes under the ready list's lock.
    dead: AtomicBool,
}

impl Ready {
    pub fn new() -> Arc<Self> {
        Arc::new(Ready {
            list: IrqSpinLock::new(rank::EPOLL_READY, VecDeque::new()),
            len: AtomicUsize::new(0),
            sleepers: WaitQueue::nested(),
            pollers: WaitQueue::nested(),
        })
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    /// Makes room for `count` files. The set's lock is held, so that nobody else makes room at the same time.
    pub fn reserve(&self, count: usize) -> Result<(), Errno> {
        if self.list.lock().capacity() >= count {
            return Ok(());
        }
        let mut bigger = VecDeque::new();
        bigger.try_reserve(count.saturating_mul(2).max(8)).map_err(|_| Errno::ENOMEM)?;
        let mut list = self.list.lock();
        bigger.append(&mut list);
        let old = core::mem::replace(&mut *list, bigger);
        drop(list);
        drop(old);
        Ok(())
    }

    /// Takes the first file; its next wake-up puts it in again.
    #[inline]
    pub fn pop(&self) -> Option<Arc<Item>> {
        let mut list = self.list.lock();
        let item = list.pop_front()?;
        self.len.store(list.len(), Ordering::Release);
        item.queued.store(false, Ordering::SeqCst);
        Some(item)
    }

    #[inline]
    fn push(&self, item: &Arc<Item>, front: bool) {
        if item.queued.swap(true, Ordering::SeqCst) {
            return;
        }
        let mut list = self.list.lock();
        if item.dead.load(Ordering::Relaxed) {
            return;
        }
        if front {
            list.push_front(item.clone());
        } else {
            list.push_back(item.clone());
        }
        self.len.store(list.len(), Ordering::Release);
    }

    /// Puts a file at the end.
    #[inline]
    pub fn push_back(&self, item: &Arc<Item>) {
        self.push(item, false);
    }

    /// Puts a file back where it was.
    pub fn push_front(&self, item: &Arc<Item>) {
        self.push(item, true);
    }

    /// Takes a file out for good.
    pub fn remove(&self, item: &Arc<Item>) {
        let mut list = self.list.lock();
        item.dead.store(true, Ordering::Relaxed);
        let at = list.iter().position(|other| Arc::ptr_eq(other, item));
        let taken = at.and_then(|at| list.remove(at));
        self.len.store(list.len(), Ordering::Release);
        drop(list);
        drop(taken);
    }

    /// Wakes one thread in epoll_wait and all who poll the set.
    #[inline]
    pub fn wake(&self) {
        self.sleepers.wake_one();
        self.pollers.wake_all();
    }
}

impl Item {
    pub fn new(ready: &Arc<Ready>, file: &Arc<File>, fd: i32, events: u32, data: u64) -> Arc<Self> {
        Arc::new_cyclic(|me| Item {
            me: me.clone(),
            ready: ready.clone(),
            file: Arc::downgrade(file),
            fd,
            events: AtomicU32::new(events),
            data: AtomicU64::new(data),
            queued: AtomicBool::new(false),
            dead: AtomicBool::new(false),
        })
    }

    /// Registers with the file's queues and says what it is ready for.
    pub fn watch(self: &Arc<Self>, file: &File) -> u32 {
        let watcher: Weak<Item> = Arc::downgrade(self);
        self.mask(file, &mut PollTable::watch(watcher))
    }

    /// What the file is ready for, of what is watched for.
    #[inline]
    pub fn ask(&self, file: &File) -> u32 {
        self.mask(file, &mut PollTable::query())
    }

    #[inline]
    fn mask(&self, file: &File, table: &mut PollTable) -> u32 {
        let ready: PollMask = file.ops.poll(file, table);
        ready.bits() & self.events.load(Ordering::Relaxed) & !HOW_BITS
    }
}

impl PollWatcher for Item {
    fn woken(&self, events: u32) {
        // One that is disabled by EPOLLONESHOT watches for nothing.
        if self.events.load(Ordering::Relaxed) & !HOW_BITS & events == 0 {
            return;
        }
        if !self.queued.load(Ordering::SeqCst)
            && let Some(me) = self.me.upgrade()
        {
            self.ready.push_back(&me);
        }
        self.ready.wake();
    }
}
