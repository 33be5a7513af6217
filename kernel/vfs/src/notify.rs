//! Telling watchers what happens to files (inotify(7)). A mark on an inode says who wants to know what; the
//! watchers themselves stand above this crate.
//!
//! While there is no mark in the whole system, an event costs one look at a counter.

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use sync::{SpinLock, rank};

use crate::{Dentry, Inode, Path};

/// What can happen (inotify(7)).
#[allow(missing_docs, reason = "the names of inotify(7)")]
pub mod event {
    pub const ACCESS: u32 = 0x1;
    pub const MODIFY: u32 = 0x2;
    pub const ATTRIB: u32 = 0x4;
    pub const CLOSE_WRITE: u32 = 0x8;
    pub const CLOSE_NOWRITE: u32 = 0x10;
    pub const OPEN: u32 = 0x20;
    pub const MOVED_FROM: u32 = 0x40;
    pub const MOVED_TO: u32 = 0x80;
    pub const CREATE: u32 = 0x100;
    pub const DELETE: u32 = 0x200;
    pub const DELETE_SELF: u32 = 0x400;
    pub const MOVE_SELF: u32 = 0x800;
    /// All of the above.
    pub const ALL: u32 = 0xfff;
    pub const UNMOUNT: u32 = 0x2000;
    pub const Q_OVERFLOW: u32 = 0x4000;
    pub const IGNORED: u32 = 0x8000;
    pub const EXCL_UNLINK: u32 = 0x0400_0000;
    /// A name changed within a directory (dnotify).
    pub const RENAME: u32 = 0x1000_0000;
    pub const ISDIR: u32 = 0x4000_0000;
}

/// Somebody who is told.
pub trait Watcher: Send + Sync {
    /// Something happened to a marked file, or to `name` in a marked directory. Called without locks of the vfs's
    /// own, maybe with an inode's lock held.
    fn notify(&self, mark: &Arc<Mark>, events: u32, cookie: u32, name: Option<&[u8]>);

    /// The file has lost its last name: nothing is to keep it in memory any more.
    fn let_go(&self, mark: &Arc<Mark>);
}

/// That somebody watches an inode.
pub struct Mark {
    /// The watcher's own number for it.
    pub number: i32,
    /// What is wanted: bits of [`event`].
    pub events: AtomicU32,
    watcher: Weak<dyn Watcher>,
}

/// Marks in the whole system.
static MARKS: AtomicU32 = AtomicU32::new(0);
static NEXT_COOKIE: AtomicU32 = AtomicU32::new(1);

impl Mark {
    /// A new one, to be put on an inode.
    pub fn new(number: i32, events: u32, watcher: Weak<dyn Watcher>) -> Arc<Self> {
        MARKS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Mark { number, events: AtomicU32::new(events), watcher })
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        MARKS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The marks on one inode.
pub struct Marks(SpinLock<Option<Box<Vec<Arc<Mark>>>>>);

impl Marks {
    pub(crate) const fn new() -> Self {
        Marks(SpinLock::new(rank::FS_PRIVATE, None))
    }

    /// Puts a mark on.
    pub fn add(&self, mark: Arc<Mark>) {
        self.0.lock().get_or_insert_default().push(mark);
    }

    /// Takes a mark off.
    pub fn remove(&self, mark: &Arc<Mark>) {
        let mut marks = self.0.lock();
        let taken = marks.as_mut().and_then(|list| {
            let at = list.iter().position(|other| Arc::ptr_eq(other, mark))?;
            Some(list.swap_remove(at))
        });
        drop(marks);
        drop(taken);
    }

    fn wanting(&self, events: u32) -> Vec<Arc<Mark>> {
        let wants = |mark: &&Arc<Mark>| mark.events.load(Ordering::Relaxed) & events != 0;
        self.0.lock().as_ref().map(|list| list.iter().filter(wants).cloned().collect()).unwrap_or_default()
    }
}

/// Whether there is any mark at all.
#[inline(always)]
pub fn watched() -> bool {
    MARKS.load(Ordering::Relaxed) != 0
}

fn tell(inode: &Inode, events: u32, cookie: u32, name: Option<&[u8]>) {
    for mark in inode.marks.wanting(events & (event::ALL | event::RENAME)) {
        if let Some(watcher) = mark.watcher.upgrade() {
            watcher.notify(&mark, events, cookie, name);
        }
    }
}

fn kind_bit(inode: &Inode) -> u32 {
    if inode.is_dir() { event::ISDIR } else { 0 }
}

/// Something happened to the file at a place: its directory's watchers hear of it by name, then its own.
#[inline]
pub fn on_file(path: &Path, inode: &Inode, events: u32) {
    if watched() {
        on_dentry(&path.dentry, inode, events);
    }
}

#[cold]
fn on_dentry(dentry: &Dentry, inode: &Inode, events: u32) {
    let events = events | kind_bit(inode);
    if let Some(dir) = dentry.parent_inode()
        && !core::ptr::eq(&*dir, inode)
    {
        let gone = dentry.is_deleted();
        for mark in dir.marks.wanting(events & event::ALL) {
            if gone && mark.events.load(Ordering::Relaxed) & event::EXCL_UNLINK != 0 {
                continue;
            }
            if let Some(watcher) = mark.watcher.upgrade() {
                watcher.notify(&mark, events, 0, Some(&dentry.name()));
            }
        }
    }
    tell(inode, events, 0, None);
}

/// Something happened to the file itself, without a name.
#[inline]
pub fn on_inode(inode: &Inode, events: u32) {
    if watched() {
        tell(inode, events | kind_bit(inode), 0, None);
    }
}

/// A name appeared in a directory.
#[inline]
pub fn on_create(dir: &Inode, name: &[u8], inode: &Inode) {
    if watched() {
        tell(dir, event::CREATE | kind_bit(inode), 0, Some(name));
    }
}

/// A name was taken out of a directory.
#[inline]
pub fn on_delete(dir: &Inode, name: &[u8], inode: &Inode) {
    if watched() {
        deleted(dir, name, inode);
    }
}

#[cold]
fn deleted(dir: &Inode, name: &[u8], inode: &Inode) {
    lost_name(inode);
    tell(dir, event::DELETE | kind_bit(inode), 0, Some(name));
}

/// An inode has a name less; with the last one it is kept for its users only.
#[cold]
fn lost_name(inode: &Inode) {
    if !inode.is_dir() {
        tell(inode, event::ATTRIB, 0, None);
    }
    if inode.nlink() == 0 || inode.is_dir() {
        for mark in inode.marks.wanting(u32::MAX) {
            if let Some(watcher) = mark.watcher.upgrade() {
                watcher.let_go(&mark);
            }
        }
    }
}

/// A name moved from one directory to another, perhaps over a file that was there.
#[inline]
pub fn on_move(from: (&Inode, &[u8]), to: (&Inode, &[u8]), inode: &Inode, replaced: Option<&Inode>) {
    if watched() {
        moved(from, to, inode, replaced);
    }
}

#[cold]
fn moved(from: (&Inode, &[u8]), to: (&Inode, &[u8]), inode: &Inode, replaced: Option<&Inode>) {
    let cookie = NEXT_COOKIE.fetch_add(1, Ordering::Relaxed);
    let kind = kind_bit(inode);
    if core::ptr::eq(from.0, to.0) {
        tell(from.0, event::RENAME | kind, 0, Some(from.1));
    }
    tell(from.0, event::MOVED_FROM | kind, cookie, Some(from.1));
    tell(to.0, event::MOVED_TO | kind, cookie, Some(to.1));
    if let Some(replaced) = replaced {
        lost_name(replaced);
    }
    tell(inode, event::MOVE_SELF, 0, None);
}

/// An inode goes out of memory.
pub(crate) fn on_drop(inode: &mut Inode) {
    let Some(list) = inode.marks.0.get_mut().take() else { return };
    for mark in list.iter() {
        let Some(watcher) = mark.watcher.upgrade() else { continue };
        if mark.events.load(Ordering::Relaxed) & event::DELETE_SELF != 0 {
            watcher.notify(mark, event::DELETE_SELF, 0, None);
        }
        watcher.notify(mark, event::IGNORED, 0, None);
    }
}
