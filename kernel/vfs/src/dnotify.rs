//! Directory notification (fcntl(2), F_NOTIFY): a signal when something happens in a directory. An older way than
//! inotify(7), on the same marks.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use abi::Errno;
use sync::{SpinLock, rank};

use crate::fasync::{Band, SignalTarget};
use crate::notify::{Mark, Watcher, event};
use crate::{Cred, File, Inode};

/// What can be asked for, with the events that each stands for.
const KINDS: [(u32, u32); 6] = [
    (0x1, event::ACCESS),
    (0x2, event::MODIFY),
    (0x4, event::CREATE | event::MOVED_TO),
    (0x8, event::DELETE | event::MOVED_FROM),
    (0x10, event::RENAME),
    (0x20, event::ATTRIB),
];
/// More than one signal.
const DN_MULTISHOT: u32 = 0x8000_0000;

/// One process's wish for one open directory.
struct Dnotify {
    file: Weak<File>,
    /// The directory's inode and the process's descriptor table, as names.
    inode: Weak<Inode>,
    table: usize,
    fd: AtomicI32,
    multishot: AtomicU32,
    mark: SpinLock<Option<Arc<Mark>>>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);
/// All of them; they are few.
static WISHES: SpinLock<Vec<Arc<Dnotify>>> = SpinLock::new(rank::FS_PRIVATE, Vec::new());

/// F_NOTIFY: `what` is added to what the process with this descriptor table has asked for; nothing takes it back.
/// ENOTDIR. `owner` gets the signals unless the file has an owner.
pub fn set(
    file: &Arc<File>,
    fd: i32,
    what: u32,
    table: usize,
    cred: &Cred,
    owner: Arc<dyn SignalTarget>,
) -> Result<(), Errno> {
    if what & !DN_MULTISHOT == 0 {
        flush(file, table);
        return Ok(());
    }
    if !file.inode.is_dir() {
        return Err(Errno::ENOTDIR);
    }
    file.set_owner_if_none(owner, (cred.uid, cred.euid));
    let events = KINDS.iter().filter(|(kind, _)| what & kind != 0).fold(0, |sum, (_, events)| sum | events);
    let mut wishes = WISHES.lock();
    if let Some(old) = wishes.iter().find(|wish| wish.is_for(file, table)) {
        old.fd.store(fd, Ordering::Relaxed);
        old.multishot.fetch_or(what & DN_MULTISHOT, Ordering::Relaxed);
        if let Some(mark) = old.mark.lock().as_ref() {
            mark.events.fetch_or(events, Ordering::Relaxed);
        }
        return Ok(());
    }
    wishes.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
    let wish = Arc::new(Dnotify {
        file: Arc::downgrade(file),
        inode: Arc::downgrade(&file.inode),
        table,
        fd: AtomicI32::new(fd),
        multishot: AtomicU32::new(what & DN_MULTISHOT),
        mark: SpinLock::new(rank::SPIN_LEAF, None),
    });
    let watcher: Weak<dyn Watcher> = Arc::<Dnotify>::downgrade(&wish);
    let mark = Mark::new(0, events, watcher);
    *wish.mark.lock() = Some(mark.clone());
    wishes.push(wish);
    COUNT.fetch_add(1, Ordering::Relaxed);
    drop(wishes);
    file.inode.marks.add(mark);
    Ok(())
}

/// A process closes a descriptor of the file.
#[inline]
pub(crate) fn on_close(file: &File, table: usize) {
    if COUNT.load(Ordering::Relaxed) != 0 {
        flush(file, table);
    }
}

fn flush(file: &File, table: usize) {
    remove(|wish| wish.is_for(file, table));
}

fn remove(which: impl Fn(&Dnotify) -> bool) {
    let mut wishes = WISHES.lock();
    let Some(at) = wishes.iter().position(|wish| which(wish)) else { return };
    let wish = wishes.swap_remove(at);
    drop(wishes);
    COUNT.fetch_sub(1, Ordering::Relaxed);
    let mark = wish.mark.lock().take();
    if let (Some(inode), Some(mark)) = (wish.inode.upgrade(), mark) {
        inode.marks.remove(&mark);
    }
}

impl Dnotify {
    fn is_for(&self, file: &File, table: usize) -> bool {
        core::ptr::eq(self.file.as_ptr(), file) && self.table == table
    }
}

impl Watcher for Dnotify {
    fn notify(&self, mark: &Arc<Mark>, events: u32, _cookie: u32, _name: Option<&[u8]>) {
        if mark.events.load(Ordering::Relaxed) & events == 0 || events & event::IGNORED != 0 {
            return;
        }
        if let Some(file) = self.file.upgrade() {
            file.signal_owner(self.fd.load(Ordering::Relaxed), Band::Msg);
        }
        if self.multishot.load(Ordering::Relaxed) == 0 {
            remove(|wish| core::ptr::eq(wish, self));
        }
    }

    fn let_go(&self, _mark: &Arc<Mark>) {}
}
