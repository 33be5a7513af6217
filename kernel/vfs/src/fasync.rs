//! Signals on input and output (fcntl(2): F_SETOWN, F_SETSIG, O_ASYNC): whom an open file tells, and the list of the
//! open files that something tells.
//!
//! What can be waited for has a [`Fasync`] beside its wait queue, names it in [`crate::FileOps::fasync`], and
//! calls [`Fasync::tell`] where it wakes. Signals take locks of their own: no spin lock may be held then. Who the
//! receivers are is known above this crate only, hence [`SignalTarget`].

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use abi::Errno;
use sync::{SpinLock, rank};

use crate::File;
use crate::consts::O_ASYNC;

/// Why a signal is sent: `si_code` of SIGIO (sigaction(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// POLL_IN: something can be read.
    In = 1,
    /// POLL_OUT: something can be written.
    Out = 2,
    /// POLL_MSG: a lease is broken, a directory has changed.
    Msg = 3,
    /// POLL_ERR.
    Err = 4,
    /// POLL_PRI: out-of-band data.
    Pri = 5,
    /// POLL_HUP: the other side is gone.
    Hup = 6,
}

impl Band {
    /// `si_band`: the same as poll(2) has it.
    pub fn poll_bits(self) -> i64 {
        match self {
            Band::In => 0x41,
            Band::Out => 0x304,
            Band::Msg => 0x441,
            Band::Err => 0x8,
            Band::Pri => 0x82,
            Band::Hup => 0x18,
        }
    }
}

/// What an open file tells its owner.
#[derive(Clone, Copy, Debug)]
pub struct Notice {
    /// The signal; 0 for a plain SIGIO (F_SETSIG).
    pub signal: i32,
    /// Why.
    pub band: Band,
    /// The descriptor by which signals were asked for.
    pub fd: i32,
    /// Real and effective user of whoever named the owner: they must be allowed to signal it.
    pub sender: (u32, u32),
}

/// A thread, a process or a process group that gets signals.
pub trait SignalTarget: Send + Sync {
    /// F_OWNER_TID 0, F_OWNER_PID 1, F_OWNER_PGRP 2.
    fn kind(&self) -> i32;
    /// Its number; 0 when it is gone.
    fn number(&self) -> i32;
    /// Sends.
    fn send(&self, notice: &Notice);
    /// Sends SIGURG; `sender` as in [`Notice`].
    fn send_urgent(&self, sender: (u32, u32));
}

/// Who gets signals of an open file (F_SETOWN, F_SETSIG).
#[derive(Clone, Default)]
pub struct FileOwner {
    /// Whom; none for nobody.
    pub target: Option<Arc<dyn SignalTarget>>,
    /// Real and effective user of whoever named it.
    pub sender: (u32, u32),
    /// Signal instead of SIGIO; 0 for SIGIO.
    pub signal: i32,
}

impl File {
    /// F_SETOWN.
    pub fn set_owner(&self, target: Option<Arc<dyn SignalTarget>>, sender: (u32, u32)) {
        let mut owner = self.owner.lock();
        let old = core::mem::replace(&mut owner.target, target);
        owner.sender = sender;
        drop(owner);
        drop(old);
    }

    /// The same unless there is an owner already.
    pub fn set_owner_if_none(&self, target: Arc<dyn SignalTarget>, sender: (u32, u32)) {
        let mut owner = self.owner.lock();
        if owner.target.is_none() {
            owner.target = Some(target);
            owner.sender = sender;
        }
    }

    /// Forgets the owner and the signal.
    pub(crate) fn forget_owner(&self) {
        let old = core::mem::take(&mut *self.owner.lock());
        drop(old);
    }

    /// Sends the owner its signal.
    pub fn signal_owner(&self, fd: i32, band: Band) {
        let owner = self.owner.lock().clone();
        if let Some(target) = owner.target {
            target.send(&Notice { signal: owner.signal, band, fd, sender: owner.sender });
        }
    }

    /// Sends the owner SIGURG; false if there is none.
    pub fn signal_urgent(&self) -> bool {
        let owner = self.owner.lock().clone();
        match owner.target {
            Some(target) => {
                target.send_urgent(owner.sender);
                true
            }
            None => false,
        }
    }

    /// Switches O_ASYNC (F_SETFL, FIOASYNC); false if the file doesn't send signals: then nothing has changed.
    pub fn set_async(self: &Arc<Self>, fd: i32, on: bool) -> Result<bool, Errno> {
        let lists = self.ops.fasync(self);
        for list in lists.into_iter().flatten() {
            if on {
                list.add(self, fd)?;
            } else {
                list.remove(self);
            }
        }
        let known = lists.iter().any(Option::is_some);
        if known {
            self.change_flags(O_ASYNC, if on { O_ASYNC } else { 0 });
            if on && let Some((target, sender)) = self.ops.async_owner(self) {
                self.set_owner_if_none(target, sender);
            }
        }
        Ok(known)
    }

    /// The last reference goes.
    #[cold]
    pub(crate) fn leave_async(&self) {
        self.ops.fasync(self).into_iter().flatten().for_each(|list| list.remove(self));
    }
}

#[derive(Clone)]
struct Entry {
    file: Weak<File>,
    fd: i32,
}

/// The open files whose owners are told. Nothing is allocated before the first.
pub struct Fasync {
    any: AtomicBool,
    /// Replaced as a whole: who sends takes a copy along.
    list: SpinLock<Option<Arc<Vec<Entry>>>>,
}

impl Default for Fasync {
    fn default() -> Self {
        Self::new()
    }
}

impl Fasync {
    /// Nobody.
    pub const fn new() -> Self {
        Fasync { any: AtomicBool::new(false), list: SpinLock::new(rank::SPIN_LEAF, None) }
    }

    /// Adds a file, or gives it another descriptor.
    pub fn add(&self, file: &Arc<File>, fd: i32) -> Result<(), Errno> {
        self.change(file, Some(Entry { file: Arc::downgrade(file), fd }))
    }

    /// Takes a file out.
    pub fn remove(&self, file: &File) {
        if self.any.load(Ordering::Relaxed) {
            // A list that becomes shorter needs memory, too; without any the entry is only dead.
            let _ = self.change(file, None);
        }
    }

    fn change(&self, file: &File, new: Option<Entry>) -> Result<(), Errno> {
        let mut list = self.list.lock();
        let old = list.clone();
        let old_entries = old.as_deref().map_or(&[][..], Vec::as_slice);
        let mut entries = Vec::new();
        entries.try_reserve_exact(old_entries.len() + 1).map_err(|_| Errno::ENOMEM)?;
        let others = |entry: &&Entry| !core::ptr::eq(entry.file.as_ptr(), file);
        entries.extend(old_entries.iter().filter(others).cloned());
        entries.extend(new);
        self.any.store(!entries.is_empty(), Ordering::Relaxed);
        let gone = core::mem::replace(&mut *list, (!entries.is_empty()).then(|| Arc::new(entries)));
        drop(list);
        drop((gone, old));
        Ok(())
    }

    /// Something happened: every file's owner gets its signal. No spin lock may be held.
    #[inline]
    pub fn tell(&self, band: Band) {
        if self.any.load(Ordering::Relaxed) {
            self.tell_all(band, |_| true);
        }
    }

    /// The same for those who chose a signal (F_SETSIG): SIGURG has its own way to all others.
    #[inline]
    pub fn tell_urgent(&self, band: Band) {
        if self.any.load(Ordering::Relaxed) {
            self.tell_all(band, |file| file.owner.lock().signal != 0);
        }
    }

    #[cold]
    fn tell_all(&self, band: Band, which: impl Fn(&File) -> bool) {
        let list = self.list.lock().clone();
        for entry in list.iter().flat_map(|list| list.iter()) {
            if let Some(file) = entry.file.upgrade().filter(|file| which(file)) {
                file.signal_owner(entry.fd, band);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicI32;
    use std::boxed::Box;

    struct Counter(Arc<AtomicI32>);

    impl SignalTarget for Counter {
        fn kind(&self) -> i32 {
            1
        }
        fn number(&self) -> i32 {
            7
        }
        fn send(&self, notice: &Notice) {
            self.0.fetch_add(notice.fd, Ordering::Relaxed);
        }
        fn send_urgent(&self, _sender: (u32, u32)) {}
    }

    struct Source(Arc<Fasync>);

    impl crate::FileOps for Source {
        fn fasync(&self, _file: &File) -> [Option<&Fasync>; 2] {
            [Some(&self.0), None]
        }
    }

    #[test]
    fn owners_of_listed_files_are_told() {
        static FS: crate::anon::PseudoFs = crate::anon::PseudoFs::new("asyncfs", 1);
        let cred = crate::Cred::root();
        let (path, inode) = FS.new_place("x", 0o600, &cred, Box::new(crate::anon::PseudoInode));
        let source = Arc::new(Fasync::new());
        let file = File::new(path, inode, Arc::new(Source(source.clone())), 0, 0);
        let told = Arc::new(AtomicI32::new(0));
        file.set_owner(Some(Arc::new(Counter(told.clone()))), (0, 0));
        source.tell(Band::In);
        assert_eq!(file.set_async(5, true), Ok(true));
        assert_eq!(file.flags() & O_ASYNC, O_ASYNC);
        source.tell(Band::In);
        source.tell_urgent(Band::Pri);
        assert_eq!(told.load(Ordering::Relaxed), 5);
        assert_eq!(file.set_async(6, true), Ok(true));
        source.tell(Band::Out);
        assert_eq!(told.load(Ordering::Relaxed), 11);
        drop(file);
        source.tell(Band::In);
        assert_eq!(told.load(Ordering::Relaxed), 11);
        assert!(!source.any.load(Ordering::Relaxed));
    }
}
