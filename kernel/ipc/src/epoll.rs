//! epoll(7): a set of files that are watched together.
//!
//! The set's lock orders changes and fetching; wake-ups go past it into the ready list ([`ready`]). A file is
//! not kept open by being watched: when it is gone, its entry is dead, and dead entries are cleared away when
//! the set has grown enough.

mod ready;

use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use abi::epoll::{
    EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN,
    EPOLLONESHOT, EPOLLOUT, EPOLLPRI, EPOLLRDBAND, EPOLLRDHUP, EPOLLRDNORM, EPOLLWAKEUP, EPOLLWRBAND,
    EPOLLWRNORM,
};
use abi::{EpollEvent, Errno};
use mm::MmapSource;
use sched::{Deadline, Mutex, PollTable, WaitResult};
use sync::rank;
use vfs::anon::anon_file;
use vfs::consts::{O_CLOEXEC, O_RDWR};
use vfs::{Cred, File, FileOps, PollMask};

use ready::{HOW_BITS, Item, Ready};

/// How deep sets may watch sets.
const MAX_NESTS: usize = 4;
/// What may be asked together with EPOLLEXCLUSIVE.
const EXCLUSIVE_OK: u32 = EPOLLIN
    | EPOLLPRI
    | EPOLLOUT
    | EPOLLRDNORM
    | EPOLLRDBAND
    | EPOLLWRNORM
    | EPOLLWRBAND
    | EPOLLRDHUP
    | EPOLLERR
    | EPOLLHUP
    | EPOLLWAKEUP
    | EPOLLET
    | EPOLLEXCLUSIVE;

/// A watched file is known by its open description and the descriptor that it was added by.
type Key = (usize, i32);

struct Set {
    items: BTreeMap<Key, Arc<Item>>,
    /// Dead entries are looked for when there are this many.
    clear_at: usize,
}

/// An epoll set.
pub struct Epoll {
    set: Mutex<Set>,
    ready: Arc<Ready>,
    /// The sets that watch this one; under [`NESTING`].
    parents: Mutex<Vec<Weak<File>>>,
}

/// Held while a set is added to a set, so that two such changes make no circle together.
static NESTING: Mutex<()> = Mutex::new(rank::EPOLL_NESTING, ());

/// epoll_create1(2). EINVAL for unknown flags.
pub fn create(flags: u32, cred: &Cred) -> Result<Arc<File>, Errno> {
    if flags & !O_CLOEXEC != 0 {
        return Err(Errno::EINVAL);
    }
    let epoll = Epoll {
        set: Mutex::new(rank::EPOLL, Set { items: BTreeMap::new(), clear_at: 16 }),
        ready: Ready::new(),
        parents: Mutex::new(rank::EPOLL_PARENTS, Vec::new()),
    };
    Ok(anon_file("eventpoll", Arc::new(epoll), O_RDWR, cred))
}

/// The set behind an open file; EINVAL if it is something else.
#[inline]
pub fn of_file(file: &File) -> Result<&Epoll, Errno> {
    file.ops_as::<Epoll>().ok_or(Errno::EINVAL)
}

/// The `nth` file that the set in `epfile` watches under descriptor `fd` (kcmp(2)). EINVAL if it is no set, ENOENT if
/// there is no such file.
pub fn watched_file(epfile: &File, fd: i32, nth: usize) -> Result<Arc<File>, Errno> {
    let set = of_file(epfile)?.set.lock();
    let items = set.items.values().filter(|item| item.fd == fd);
    items.filter_map(|item| item.file.upgrade()).nth(nth).ok_or(Errno::ENOENT)
}

/// epoll_ctl(2): `fd` is the number by which `target` was named.
pub fn control(
    epfile: &Arc<File>,
    op: u32,
    target: &Arc<File>,
    fd: i32,
    event: EpollEvent,
) -> Result<(), Errno> {
    if !target.ops.can_poll() {
        return Err(Errno::EPERM);
    }
    let nested = target.ops_as::<Epoll>();
    if Arc::ptr_eq(epfile, target) {
        return Err(Errno::EINVAL);
    }
    let epoll = of_file(epfile)?;
    let (events, data) = (event.events & !EPOLLWAKEUP, event.data);
    if op != EPOLL_CTL_DEL && events & EPOLLEXCLUSIVE != 0 {
        let allowed = op == EPOLL_CTL_ADD && nested.is_none() && events & !EXCLUSIVE_OK == 0;
        if op == EPOLL_CTL_MOD || (op == EPOLL_CTL_ADD && !allowed) {
            return Err(Errno::EINVAL);
        }
    }
    let key = (Arc::as_ptr(target).addr(), fd);
    match op {
        EPOLL_CTL_ADD => match nested {
            Some(inner) => epoll.add_set(epfile, inner, key, target, events, data),
            None => epoll.add(key, target, events, data),
        },
        EPOLL_CTL_DEL => epoll.delete(key),
        EPOLL_CTL_MOD => epoll.modify(key, target, events, data),
        _ => Err(Errno::EINVAL),
    }
}

impl Epoll {
    fn add(&self, key: Key, target: &Arc<File>, events: u32, data: u64) -> Result<(), Errno> {
        let mut set = self.set.lock();
        if set.items.contains_key(&key) {
            return Err(Errno::EEXIST);
        }
        if set.items.len() >= set.clear_at {
            self.clear_dead(&mut set);
        }
        self.ready.reserve(set.items.len() + 1)?;
        let item = Item::new(&self.ready, target, key.1, events | EPOLLERR | EPOLLHUP, data);
        set.items.insert(key, item.clone());
        if item.watch(target) != 0 {
            self.ready.push_back(&item);
            self.ready.wake();
        }
        Ok(())
    }

    /// Adds another set; ELOOP if that made a circle or too deep a nest.
    fn add_set(
        &self,
        epfile: &Arc<File>,
        inner: &Epoll,
        key: Key,
        target: &Arc<File>,
        events: u32,
        data: u64,
    ) -> Result<(), Errno> {
        let _nesting = NESTING.lock();
        let above = height(epfile, 0)?;
        let below = depth(inner, self, 0)?;
        if above + below + 1 > MAX_NESTS {
            return Err(Errno::ELOOP);
        }
        self.add(key, target, events, data)?;
        let mut parents = inner.parents.lock();
        parents.retain(|parent| parent.strong_count() != 0);
        parents.push(Arc::downgrade(epfile));
        Ok(())
    }

    fn delete(&self, key: Key) -> Result<(), Errno> {
        let mut set = self.set.lock();
        let item = set.items.remove(&key).ok_or(Errno::ENOENT)?;
        self.ready.remove(&item);
        Ok(())
    }

    fn modify(&self, key: Key, target: &Arc<File>, events: u32, data: u64) -> Result<(), Errno> {
        let set = self.set.lock();
        let item = set.items.get(&key).ok_or(Errno::ENOENT)?;
        if item.events.load(Ordering::Relaxed) & EPOLLEXCLUSIVE != 0 {
            return Err(Errno::EINVAL);
        }
        item.data.store(data, Ordering::Relaxed);
        item.events.store(events | EPOLLERR | EPOLLHUP, Ordering::SeqCst);
        if item.ask(target) != 0 {
            self.ready.push_back(item);
            self.ready.wake();
        }
        Ok(())
    }

    /// Forgets files that are closed.
    fn clear_dead(&self, set: &mut Set) {
        set.items.retain(|_, item| {
            let lives = item.file.strong_count() != 0;
            if !lives {
                self.ready.remove(item);
            }
            lives
        });
        set.clear_at = set.items.len() * 2 + 16;
    }

    /// epoll_wait(2): hands up to `max` events to `put`, waiting until there is one or `deadline_ns` of the
    /// monotonic clock comes (`Some(0)` doesn't wait). EINTR.
    pub fn wait(
        &self,
        max: usize,
        deadline_ns: Option<u64>,
        mut put: impl FnMut(usize, &EpollEvent) -> Result<(), Errno>,
    ) -> Result<usize, Errno> {
        loop {
            if self.ready.len() != 0 {
                let count = self.fetch(max, &mut put)?;
                if count != 0 {
                    return Ok(count);
                }
            }
            if deadline_ns == Some(0) {
                return Ok(0);
            }
            let some = || self.ready.len() != 0;
            match self.ready.sleepers.wait_event_interruptible_until(deadline_ns.map(Deadline::Poll), some) {
                WaitResult::Ready => {}
                WaitResult::Interrupted => return Err(Errno::EINTR),
                WaitResult::TimedOut => return Ok(0),
            }
        }
    }

    /// Goes once through the ready list. A file that is watched by level stays in it, at the end.
    fn fetch(
        &self,
        max: usize,
        put: &mut impl FnMut(usize, &EpollEvent) -> Result<(), Errno>,
    ) -> Result<usize, Errno> {
        let _set = self.set.lock();
        let mut count = 0;
        for _ in 0..self.ready.len() {
            if count == max {
                break;
            }
            let Some(item) = self.ready.pop() else { break };
            let Some(file) = item.file.upgrade() else { continue };
            let events = item.ask(&file);
            if events == 0 {
                continue;
            }
            if let Err(errno) = put(count, &EpollEvent { events, data: item.data.load(Ordering::Relaxed) }) {
                self.ready.push_front(&item);
                if count == 0 {
                    return Err(errno);
                }
                break;
            }
            count += 1;
            let how = item.events.load(Ordering::Relaxed);
            if how & EPOLLONESHOT != 0 {
                item.events.store(how & HOW_BITS, Ordering::SeqCst);
            } else if how & EPOLLET == 0 {
                self.ready.push_back(&item);
            }
        }
        // What is left is for the next thread that waits.
        if self.ready.len() != 0 {
            self.ready.sleepers.wake_one();
        }
        Ok(count)
    }

    /// The sets that this one watches.
    fn inner_sets(&self) -> Vec<Arc<File>> {
        let set = self.set.lock();
        let files = set.items.values().filter_map(|item| item.file.upgrade());
        files.filter(|file| file.ops_as::<Epoll>().is_some()).collect()
    }
}

/// How many sets stand above this one.
fn height(epfile: &File, level: usize) -> Result<usize, Errno> {
    if level > MAX_NESTS {
        return Err(Errno::ELOOP);
    }
    let parents: Vec<Arc<File>> = of_file(epfile)?.parents.lock().iter().filter_map(Weak::upgrade).collect();
    let key = core::ptr::from_ref(epfile);
    let mut most = 0;
    for parent in parents {
        // One that has stopped watching stays in the list until it is looked through.
        let watches = of_file(&parent)?.inner_sets().iter().any(|file| Arc::as_ptr(file) == key);
        if watches {
            most = most.max(1 + height(&parent, level + 1)?);
        }
    }
    Ok(most)
}

/// How many sets stand below `inner`; ELOOP if `outer` is one of them.
fn depth(inner: &Epoll, outer: &Epoll, level: usize) -> Result<usize, Errno> {
    if level > MAX_NESTS || core::ptr::eq(inner, outer) {
        return Err(Errno::ELOOP);
    }
    let mut most = 0;
    for file in inner.inner_sets() {
        most = most.max(1 + depth(of_file(&file)?, outer, level + 1)?);
    }
    Ok(most)
}

impl FileOps for Epoll {
    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    /// Readable when a watched file really is ready.
    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        table.register(&self.ready.pollers);
        if self.ready.len() == 0 {
            return PollMask::empty();
        }
        // The set that asks may be held; sets form no circles.
        let _set = self.set.lock_nested();
        for _ in 0..self.ready.len() {
            let Some(item) = self.ready.pop() else { break };
            if item.file.upgrade().is_some_and(|file| item.ask(&file) != 0) {
                self.ready.push_front(&item);
                return PollMask::READABLE;
            }
        }
        PollMask::empty()
    }

    fn mmap(&self, _file: &File) -> Result<MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn show_fdinfo(&self, _file: &File, out: &mut dyn fmt::Write) -> fmt::Result {
        let set = self.set.lock();
        for item in set.items.values() {
            let Some(file) = item.file.upgrade() else { continue };
            let (load, number) = (AtomicU32::load, AtomicU64::load);
            let (events, data) =
                (load(&item.events, Ordering::Relaxed), number(&item.data, Ordering::Relaxed));
            let (ino, dev) = (file.inode.ino, file.inode.sb.dev);
            let (tfd, pos) = (item.fd, file.pos.peek());
            writeln!(
                out,
                "tfd: {tfd:8} events: {events:8x} data: {data:16x}  pos:{pos} ino:{ino:x} sdev:{dev:x}"
            )?;
        }
        Ok(())
    }
}

impl Drop for Epoll {
    fn drop(&mut self) {
        for item in self.set.get_mut().items.values() {
            self.ready.remove(item);
        }
    }
}
