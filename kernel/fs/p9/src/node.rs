//! A file of the share: what is known about it, and the fids by which the server is asked.
//!
//! [`Node::fid`] was walked to the file and is never opened. QEMU's server keeps paths behind its fids, so that a
//! fid leads to whatever is under that name now: each answer's qid is compared with the one that is expected.

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

use abi::Errno;
use mm::Mapping;
use sync::{Once, SpinLock, rank};
use vfs::Inode;
use vfs::consts::*;
use vfs::time::FileTime;

use crate::fid::Fid;
use crate::listing::Listing;
use crate::proto::{Attr, Qid, Statfs, open};
use crate::share::Share;
use crate::silly::SillyName;

/// An opened fid, which closes the server's file when nobody holds it any more.
pub(crate) struct OpenFid {
    pub fid: Fid,
    pub readable: bool,
}

/// A name of a file: its directory, and the text.
type KnownName = (Weak<Inode>, Box<[u8]>);

/// What the server said last.
struct Known {
    /// When, by the monotonic clock; 0 if it has to be asked again.
    at_ns: AtomicU64,
    /// The data that are cached belong to this time of change and size.
    mtime: AtomicI64,
    size: AtomicU64,
    blocks: AtomicU64,
    btime: AtomicI64,
    /// The file was changed from here since then, so another time is no news.
    changed_here: AtomicBool,
    /// The name doesn't lead here any more.
    gone: AtomicBool,
}

/// What the client has of a file, beside its inode.
pub(crate) struct Node {
    pub share: Arc<Share>,
    this: Weak<Node>,
    path: AtomicU64,
    kind: u32,
    fid: SpinLock<Option<Arc<Fid>>>,
    known: Known,
    /// Open files here.
    pub opens: AtomicU32,
    mapping: Once<Weak<Mapping>>,
    reader: SpinLock<Option<Arc<OpenFid>>>,
    writer: SpinLock<Weak<OpenFid>>,
    /// The fid that a file was made with, until it is opened.
    created: SpinLock<Option<Arc<OpenFid>>>,
    /// A symbolic link's text.
    pub(crate) link: SpinLock<Option<Arc<[u8]>>>,
    listing: SpinLock<Option<Arc<Listing>>>,
    /// Names of a file with several, as far as they are known.
    names: SpinLock<Vec<KnownName>>,
    pub(crate) silly: SpinLock<Option<SillyName>>,
}

/// What the vfs has of it.
pub(crate) struct NodeOps(pub Arc<Node>);

impl Drop for NodeOps {
    fn drop(&mut self) {
        self.0.share.forget_dead(self.0.path());
    }
}

impl Node {
    pub fn new(share: &Arc<Share>, fid: Fid, attr: &Attr) -> Arc<Self> {
        let private = rank::FS_PRIVATE;
        Arc::new_cyclic(|this| Node {
            share: share.clone(),
            this: this.clone(),
            path: AtomicU64::new(attr.qid.path),
            kind: attr.mode & S_IFMT,
            fid: SpinLock::new(private, Some(Arc::new(fid))),
            known: Known {
                at_ns: AtomicU64::new(0),
                mtime: AtomicI64::new(attr.mtime.0),
                size: AtomicU64::new(attr.size),
                blocks: AtomicU64::new(attr.blocks),
                btime: AtomicI64::new(attr.btime.0),
                changed_here: AtomicBool::new(false),
                gone: AtomicBool::new(false),
            },
            opens: AtomicU32::new(0),
            mapping: Once::new(),
            reader: SpinLock::new(private, None),
            writer: SpinLock::new(private, Weak::new()),
            created: SpinLock::new(private, None),
            link: SpinLock::new(private, None),
            listing: SpinLock::new(private, None),
            names: SpinLock::new(private, Vec::new()),
            silly: SpinLock::new(private, None),
        })
    }

    /// The node behind an inode of this file system.
    pub fn of(inode: &Inode) -> Option<&Arc<Node>> {
        inode.fs_data::<NodeOps>().map(|ops| &ops.0)
    }

    /// Its number at the server.
    pub fn path(&self) -> u64 {
        self.path.load(Relaxed)
    }

    /// S_IFREG and so on.
    pub fn kind(&self) -> u32 {
        self.kind
    }

    /// Whether it can be of the kind that a qid says.
    pub fn is_kind(&self, qid: Qid) -> bool {
        (qid.kind & 0x80 != 0) == (self.kind == S_IFDIR) && (qid.kind & 2 != 0) == (self.kind == S_IFLNK)
    }

    /// The fid that was walked to it. ESTALE if no name is known by which the server has it.
    pub fn fid(&self) -> Result<Arc<Fid>, Errno> {
        self.fid.lock().clone().ok_or(Errno::ESTALE)
    }

    /// A fid of a fresher walk.
    pub fn set_fid(&self, fid: Fid) {
        let fid = Arc::new(fid);
        let old = self.fid.lock().replace(fid);
        drop(old);
        self.known.gone.store(false, Relaxed);
    }

    pub fn set_mapping(&self, mapping: &Arc<Mapping>) {
        let _ = self.mapping.set(Arc::downgrade(mapping));
    }

    pub fn mapping(&self) -> Option<Arc<Mapping>> {
        self.mapping.get().and_then(Weak::upgrade)
    }

    /// The file's size: the mapping knows it once there is one.
    pub fn size(&self) -> u64 {
        self.mapping().map_or_else(|| self.known.size.load(Relaxed), |mapping| mapping.size())
    }

    /// 512-byte blocks at the server, and the time of creation if it is known.
    pub fn blocks_and_btime(&self) -> (u64, FileTime) {
        (self.known.blocks.load(Relaxed), FileTime(self.known.btime.load(Relaxed)))
    }

    /// Whether the server was asked less than `age_ns` ago (`u64::MAX`: ever) and nothing has happened since.
    pub fn is_fresh(&self, age_ns: u64) -> bool {
        let at = self.known.at_ns.load(Relaxed);
        if self.known.gone.load(Relaxed) {
            return false;
        }
        age_ns == u64::MAX || at != 0 && sched::clock::monotonic_ns().saturating_sub(at) < age_ns
    }

    /// The server has to be asked before the attributes are used again.
    pub fn mark_changed(&self) {
        self.known.changed_here.store(true, Relaxed);
        self.known.at_ns.store(0, Relaxed);
    }

    /// The name doesn't lead here any more.
    pub fn mark_gone(&self) {
        self.known.gone.store(true, Relaxed);
    }

    /// Asks the server for the attributes. ENOENT and ESTALE mean that the name leads nowhere or elsewhere.
    pub fn refresh(&self, inode: &Arc<Inode>) -> Result<(), Errno> {
        let asked = self.fid().and_then(|fid| self.share.client.getattr(&fid));
        let asked = match asked {
            Err(Errno::ENOENT | Errno::ESTALE) => self.ask_by_another_name(),
            other => other,
        };
        match asked {
            Ok(attr) if attr.qid.path == self.path() && attr.mode & S_IFMT == self.kind => {
                self.apply(inode, &attr);
                Ok(())
            }
            Ok(attr) if self.adopt(inode, &attr) => Ok(()),
            Ok(_) => {
                self.mark_gone();
                Err(Errno::ESTALE)
            }
            Err(errno) => {
                if matches!(errno, Errno::ENOENT | Errno::ESTALE | Errno::ENOTDIR) {
                    self.mark_gone();
                }
                Err(errno)
            }
        }
    }

    /// Another file has been put under the name, on the other side. Where names are trusted for ever the inode
    /// becomes that file, unless somebody has the old one open.
    fn adopt(&self, inode: &Arc<Inode>, attr: &Attr) -> bool {
        if self.share.options.cache.names_ns() != u64::MAX
            || self.opens.load(Relaxed) != 0
            || attr.mode & S_IFMT != self.kind
            || !matches!(self.kind, S_IFREG | S_IFDIR)
            || !self.share.renumber(inode, self.path(), attr.qid.path)
        {
            return false;
        }
        self.path.store(attr.qid.path, Relaxed);
        let reader = self.reader.lock().take();
        drop(reader);
        self.drop_listing();
        self.known.changed_here.store(false, Relaxed);
        self.known.mtime.store(i64::MIN, Relaxed);
        self.apply(inode, attr);
        true
    }

    /// Takes over what the server says. If the data changed there, what is cached of them goes.
    pub fn apply(&self, inode: &Inode, attr: &Attr) {
        let known = &self.known;
        inode.set_mode(attr.mode);
        inode.set_uid(attr.uid);
        inode.set_gid(attr.gid);
        if self.silly.lock().is_none() {
            inode.set_nlink(attr.nlink);
        }
        inode.set_atime(attr.atime);
        inode.set_mtime(attr.mtime);
        inode.set_ctime(attr.ctime);
        known.blocks.store(attr.blocks, Relaxed);
        known.btime.store(attr.btime.0, Relaxed);
        let other_time = known.mtime.swap(attr.mtime.0, Relaxed) != attr.mtime.0;
        let other_size = known.size.swap(attr.size, Relaxed) != attr.size;
        let here = known.changed_here.swap(false, Relaxed);
        match &inode.mapping {
            Some(mapping) => {
                let changed = if here { attr.size != mapping.size() } else { other_time || other_size };
                if changed {
                    // What can't be written back any more has been overtaken by the change.
                    let _ = mapping.invalidate();
                    mapping.set_size(attr.size);
                }
            }
            None => {
                inode.set_size(attr.size);
                if other_time {
                    self.drop_listing();
                    self.link.lock().take();
                }
            }
        }
        known.at_ns.store(sched::clock::monotonic_ns().max(1), Relaxed);
    }

    pub fn statfs(&self) -> Result<Statfs, Errno> {
        self.share.client.statfs(&*self.fid()?)
    }

    /// The listing that is kept, if the directory hasn't changed since as far as is known.
    pub fn listing(&self) -> Option<Arc<Listing>> {
        self.listing.lock().clone()
    }

    /// Keeps a listing that was read completely. A directory that changed just now may have changed once more
    /// within the same tick of the server's clock: that one is kept only where names are trusted anyway.
    pub fn keep_listing(&self, listing: &Arc<Listing>) {
        let age = FileTime::now().0.saturating_sub(self.known.mtime.load(Relaxed));
        let settled = age > 2 * vfs::time::NSEC_PER_SEC || self.share.options.cache.names_ns() == u64::MAX;
        if settled && self.share.room_for_listing(listing.bytes()) {
            let old = self.listing.lock().replace(listing.clone());
            drop(old);
        }
    }

    pub fn drop_listing(&self) {
        let old = self.listing.lock().take();
        drop(old);
    }

    /// A fid to read with: the one that is open already, or a new one, kept for the next time.
    pub fn reader(&self) -> Result<Arc<OpenFid>, Errno> {
        if let Some(reader) = self.reader.lock().clone() {
            return Ok(reader);
        }
        let writer = self.writer.lock().upgrade();
        if let Some(writer) = writer.filter(|writer| writer.readable) {
            return Ok(writer);
        }
        let reader = self.open_at_server(open::RDONLY)?;
        let mut slot = self.reader.lock();
        let there = slot.get_or_insert_with(|| reader.clone()).clone();
        drop(slot);
        if Arc::ptr_eq(&there, &reader)
            && let Some(this) = self.this.upgrade()
        {
            self.share.note_reader(&this);
        }
        Ok(there)
    }

    /// A fid to write with, for as long as somebody holds it.
    pub fn writer(&self, read_too: bool) -> Result<Arc<OpenFid>, Errno> {
        if let Some(writer) = self.writer.lock().upgrade() {
            return Ok(writer);
        }
        let writer = self.open_at_server(if read_too { open::RDWR } else { open::WRONLY })?;
        *self.writer.lock() = Arc::downgrade(&writer);
        Ok(writer)
    }

    /// Opens the file at the server. Only regular files and directories are opened ever: what else there is
    /// belongs to the machine that it is on. (Should it be replaced by a FIFO this moment, O_NONBLOCK keeps the
    /// server from waiting.)
    pub fn open_at_server(&self, mode: u32) -> Result<Arc<OpenFid>, Errno> {
        let flags = match self.kind {
            S_IFREG => mode | open::LARGEFILE | open::NOFOLLOW | O_NONBLOCK,
            S_IFDIR => open::LARGEFILE | open::NOFOLLOW | open::DIRECTORY,
            _ => return Err(Errno::ENXIO),
        };
        let client = &self.share.client;
        let (fid, _) = client.walk(&*self.fid()?, &[])?;
        let qid = client.lopen(&fid, flags)?;
        if qid.path != self.path() {
            return Err(Errno::ESTALE);
        }
        Ok(Arc::new(OpenFid { fid, readable: mode & O_ACCMODE != O_WRONLY }))
    }

    /// Closes the reader if no file is open here. False if one is.
    pub fn close_idle_reader(&self) -> bool {
        if self.opens.load(Relaxed) != 0 {
            return false;
        }
        let reader = self.reader.lock().take();
        drop(reader);
        true
    }

    /// The file was made through `fid`, which will serve the first open.
    pub fn set_created(&self, fid: Fid) {
        let created = Arc::new(OpenFid { fid, readable: true });
        *self.writer.lock() = Arc::downgrade(&created);
        let old = self.created.lock().replace(created);
        drop(old);
    }

    /// The fid that the file was made with, once.
    pub fn take_created(&self) -> Option<Arc<OpenFid>> {
        self.created.lock().take()
    }

    /// Notes one of several names.
    pub fn note_name(&self, dir: &Arc<Inode>, name: &[u8]) {
        let mut names = self.names.lock();
        let known = names.iter().any(|(d, n)| core::ptr::eq(d.as_ptr(), Arc::as_ptr(dir)) && **n == *name);
        if !known && names.len() < 16 {
            names.push((Arc::downgrade(dir), Box::from(name)));
        }
    }

    /// A name was taken away, perhaps the one that the fid was walked by: then another has to do, and if none is
    /// known the file can't be reached until somebody looks it up.
    pub fn lost_name(&self, dir: &Arc<Inode>, name: &[u8]) {
        let mut names = self.names.lock();
        names.retain(|(d, n)| !core::ptr::eq(d.as_ptr(), Arc::as_ptr(dir)) || **n != *name);
        drop(names);
        if self.ask_by_another_name().is_err() {
            let fid = self.fid.lock().take();
            drop(fid);
        }
    }

    /// Walks to the file by the names that are known of it.
    fn ask_by_another_name(&self) -> Result<Attr, Errno> {
        let count = self.names.lock().len();
        for at in 0..count {
            let entry = self.names.lock().get(at).map(|(dir, name)| (dir.upgrade(), name.clone()));
            let Some((Some(dir), name)) = entry else { continue };
            let Some(parent) = Node::of(&dir) else { continue };
            let client = &self.share.client;
            let walked = parent.fid().and_then(|fid| client.walk(&fid, &[&name]));
            if let Ok((fid, Some(qid))) = walked
                && qid.path == self.path()
            {
                let attr = client.getattr(&fid)?;
                self.set_fid(fid);
                return Ok(attr);
            }
        }
        Err(Errno::ENOENT)
    }
}
