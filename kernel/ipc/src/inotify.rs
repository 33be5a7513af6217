//! inotify(7): a queue of what happens to watched files.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::{Arc, Weak};
use core::fmt;
use core::sync::atomic::{AtomicI32, Ordering};

use abi::Errno;
use mm::{AddressSpace, IterDst, MmapSource, UserPtr};
use sched::{PollTable, WaitQueue};
use sync::{SpinLock, rank};
use vfs::anon::anon_file;
use vfs::consts::{O_CLOEXEC, O_NONBLOCK, O_RDONLY};
use vfs::fasync::Band;
use vfs::notify::{Mark, Watcher, event};
use vfs::{Cred, Fasync, File, FileOps, Inode, PollMask};

/// Only directories are watched.
pub const IN_ONLYDIR: u32 = 0x0100_0000;
/// A symbolic link itself is watched.
pub const IN_DONT_FOLLOW: u32 = 0x0200_0000;
/// An existing watch is an error.
pub const IN_MASK_CREATE: u32 = 0x1000_0000;
/// The events are added to those of an existing watch.
pub const IN_MASK_ADD: u32 = 0x2000_0000;
const IN_ONESHOT: u32 = 0x8000_0000;

/// Everything that a mask may hold.
const KNOWN: u32 = event::ALL
    | event::EXCL_UNLINK
    | IN_ONLYDIR
    | IN_DONT_FOLLOW
    | IN_MASK_CREATE
    | IN_MASK_ADD
    | IN_ONESHOT
    | event::ISDIR
    | event::UNMOUNT
    | event::Q_OVERFLOW
    | event::IGNORED;
/// fs.inotify.max_queued_events.
const MAX_QUEUED: usize = 16384;
/// Bytes of an event before its name, and what names are rounded up to.
const HEAD: usize = 16;
const FIONREAD: u32 = 0x541b;

#[derive(PartialEq, Eq)]
struct Event {
    wd: i32,
    mask: u32,
    cookie: u32,
    name: Box<[u8]>,
}

struct Watch {
    mark: Arc<Mark>,
    /// Kept until the file loses its last name.
    inode: Option<Arc<Inode>>,
    /// Where it is while it lives.
    place: Weak<Inode>,
}

/// One queue.
pub struct Inotify {
    me: Weak<Inotify>,
    watches: SpinLock<BTreeMap<i32, Watch>>,
    queue: SpinLock<VecDeque<Event>>,
    readers: WaitQueue,
    fasync: Fasync,
    next: AtomicI32,
}

/// inotify_init1(2). EINVAL for unknown flags.
pub fn create(flags: u32, cred: &Cred) -> Result<Arc<File>, Errno> {
    if flags & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    let inotify = Arc::new_cyclic(|me| Inotify {
        me: me.clone(),
        watches: SpinLock::new(rank::INODE_LOCK, BTreeMap::new()),
        queue: SpinLock::new(rank::SPIN_LEAF, VecDeque::new()),
        readers: WaitQueue::new(),
        fasync: Fasync::new(),
        next: AtomicI32::new(1),
    });
    Ok(anon_file("inotify", inotify, O_RDONLY | (flags & O_NONBLOCK), cred))
}

/// The queue behind an open file; EINVAL if it is something else.
pub fn of_file(file: &File) -> Result<&Inotify, Errno> {
    file.ops_as::<Inotify>().ok_or(Errno::EINVAL)
}

/// EINVAL for a mask that says nothing or contradicts itself.
pub fn check_mask(mask: u32) -> Result<(), Errno> {
    let both = IN_MASK_ADD | IN_MASK_CREATE;
    if mask & KNOWN == 0 || mask & both == both { Err(Errno::EINVAL) } else { Ok(()) }
}

impl Inotify {
    /// inotify_add_watch(2) once the file is found: the watch's number.
    pub fn add(&self, inode: &Arc<Inode>, mask: u32) -> Result<i32, Errno> {
        let wanted = mask & (event::ALL | event::EXCL_UNLINK | IN_ONESHOT);
        let mut watches = self.watches.lock();
        let place = Arc::as_ptr(inode);
        if let Some((wd, watch)) = watches.iter().find(|(_, watch)| watch.place.as_ptr() == place) {
            if mask & IN_MASK_CREATE != 0 {
                return Err(Errno::EEXIST);
            }
            let old = watch.mark.events.load(Ordering::Relaxed);
            let new = if mask & IN_MASK_ADD != 0 { old | wanted } else { wanted };
            watch.mark.events.store(new, Ordering::Relaxed);
            return Ok(*wd);
        }
        let wd = self.next.fetch_add(1, Ordering::Relaxed);
        let watcher: Weak<Inotify> = self.me.clone();
        let mark = Mark::new(wd, wanted, watcher);
        let watch = Watch { mark: mark.clone(), inode: Some(inode.clone()), place: Arc::downgrade(inode) };
        watches.insert(wd, watch);
        drop(watches);
        inode.marks.add(mark);
        Ok(wd)
    }

    /// inotify_rm_watch(2).
    pub fn remove(&self, wd: i32) -> Result<(), Errno> {
        let watch = self.watches.lock().remove(&wd).ok_or(Errno::EINVAL)?;
        self.forget(watch);
        Ok(())
    }

    fn forget(&self, watch: Watch) {
        if let Some(inode) = watch.place.upgrade() {
            inode.marks.remove(&watch.mark);
        }
        self.put(Event { wd: watch.mark.number, mask: event::IGNORED, cookie: 0, name: Box::default() });
    }

    /// Adds an event, unless it is the same as the last; too many are replaced by one that says so.
    fn put(&self, new: Event) {
        let mut queue = self.queue.lock();
        if queue.back() == Some(&new) {
            return;
        }
        if queue.len() >= MAX_QUEUED {
            let overflow = Event { wd: -1, mask: event::Q_OVERFLOW, cookie: 0, name: Box::default() };
            if queue.len() == MAX_QUEUED {
                queue.push_back(overflow);
            }
        } else {
            queue.push_back(new);
        }
        drop(queue);
        self.readers.wake_all();
        self.fasync.tell(Band::In);
    }

    fn is_empty(&self) -> bool {
        self.queue.lock().is_empty()
    }

    /// Takes the first event if it fits into `room` bytes.
    fn take(&self, room: usize) -> Option<Event> {
        let mut queue = self.queue.lock();
        if queue.front()?.len() > room { None } else { queue.pop_front() }
    }
}

impl Event {
    /// The name with at least one NUL, rounded up.
    fn name_len(&self) -> usize {
        if self.name.is_empty() { 0 } else { (self.name.len() + 1).next_multiple_of(HEAD) }
    }

    fn len(&self) -> usize {
        HEAD + self.name_len()
    }

    fn copy_to(&self, dst: &mut IterDst<'_>) -> Result<(), Errno> {
        let mut head = [0; HEAD];
        let words = [self.wd as u32, self.mask, self.cookie, self.name_len() as u32];
        for (to, word) in head.chunks_exact_mut(4).zip(words) {
            to.copy_from_slice(&word.to_ne_bytes());
        }
        let zeros = self.name_len() - self.name.len();
        let copied = dst.copy_out(&head)?
            + dst.copy_out(&self.name)?
            + if zeros == 0 { 0 } else { dst.zero_out(zeros)? };
        if copied == self.len() { Ok(()) } else { Err(Errno::EFAULT) }
    }
}

impl Watcher for Inotify {
    fn notify(&self, mark: &Arc<Mark>, events: u32, cookie: u32, name: Option<&[u8]>) {
        if events & event::IGNORED != 0 {
            // The inode itself is gone.
            let watch = self.watches.lock().remove(&mark.number);
            if watch.is_some() {
                self.put(Event { wd: mark.number, mask: event::IGNORED, cookie: 0, name: Box::default() });
            }
            return;
        }
        self.put(Event {
            wd: mark.number,
            mask: events,
            cookie,
            name: name.map(Box::from).unwrap_or_default(),
        });
        if mark.events.load(Ordering::Relaxed) & IN_ONESHOT != 0 {
            let watch = self.watches.lock().remove(&mark.number);
            if let Some(watch) = watch {
                self.forget(watch);
            }
        }
    }

    fn let_go(&self, mark: &Arc<Mark>) {
        let mut watches = self.watches.lock();
        let inode = watches.get_mut(&mark.number).and_then(|watch| watch.inode.take());
        drop(watches);
        drop(inode);
    }
}

impl FileOps for Inotify {
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let mut done = 0;
        loop {
            while let Some(event) = self.take(dst.remaining()) {
                match event.copy_to(dst) {
                    Ok(()) => done += event.len(),
                    Err(errno) if done == 0 => return Err(errno),
                    Err(_) => return Ok(done),
                }
            }
            if done != 0 {
                return Ok(done);
            }
            if !self.is_empty() {
                return Err(Errno::EINVAL);
            }
            if file.nonblock() {
                return Err(Errno::EAGAIN);
            }
            self.readers.wait_event_interruptible(|| !self.is_empty()).map_err(|_| Errno::ERESTARTSYS)?;
        }
    }

    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        table.register(&self.readers);
        if self.is_empty() { PollMask::empty() } else { PollMask::READABLE }
    }

    fn fasync(&self, _file: &File) -> [Option<&Fasync>; 2] {
        [Some(&self.fasync), None]
    }

    fn ioctl(&self, _file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        if cmd != FIONREAD {
            return Err(Errno::ENOTTY);
        }
        let waiting: usize = self.queue.lock().iter().map(Event::len).sum();
        mm.write(UserPtr::<i32>::new(arg), &(waiting as i32))?;
        Ok(0)
    }

    fn mmap(&self, _file: &File) -> Result<MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn show_fdinfo(&self, _file: &File, out: &mut dyn fmt::Write) -> fmt::Result {
        for (wd, watch) in self.watches.lock().iter() {
            let Some(inode) = watch.place.upgrade() else { continue };
            let mask = watch.mark.events.load(Ordering::Relaxed);
            writeln!(
                out,
                "inotify wd:{wd:x} ino:{:x} sdev:{:x} mask:{mask:x} ignored_mask:0",
                inode.ino, inode.sb.dev
            )?;
        }
        Ok(())
    }
}

impl Drop for Inotify {
    fn drop(&mut self) {
        for (_, watch) in core::mem::take(self.watches.get_mut()) {
            if let Some(inode) = watch.place.upgrade() {
                inode.marks.remove(&watch.mark);
            }
        }
    }
}
