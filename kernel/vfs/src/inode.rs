//! Inodes: a file as such, without name or position.

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use core::any::Any;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};

use abi::Errno;
use mm::Mapping;
use sched::RwSem;
use sync::{SpinLock, rank};

use crate::attr::Iattr;
use crate::chrdev::DevT;
use crate::consts::*;
use crate::locks::FileLocks;
use crate::notify::Marks;
use crate::time::FileTime;
use crate::{Cred, FileOps, Kstat, Path, SuperBlock};

/// What a symbolic link leads to.
pub enum Link {
    /// A path to walk on.
    Text(Arc<[u8]>),
    /// A place, reached without walking (the links of `/proc/PID/fd`).
    Place(Path),
}

/// What a file system does for its inodes. Directory operations are called with the directory's
/// `rwsem` held (for writing if they change it), names are at most 255 bytes without `/` and never
/// `.` or `..`; permissions have been checked.
#[allow(unused_variables)]
pub trait InodeOps: Any + Send + Sync {
    /// The file `name` in this directory; ENOENT if there is none.
    fn lookup(&self, dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        Err(Errno::ENOTDIR)
    }

    /// A new regular file.
    fn create(&self, dir: &Arc<Inode>, name: &[u8], mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        Err(Errno::EACCES)
    }

    /// A new directory.
    fn mkdir(&self, dir: &Arc<Inode>, name: &[u8], mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        Err(Errno::EPERM)
    }

    /// A new FIFO, socket or device node; `mode` has the type.
    fn mknod(
        &self,
        dir: &Arc<Inode>,
        name: &[u8],
        mode: u32,
        rdev: DevT,
        cred: &Cred,
    ) -> Result<Arc<Inode>, Errno> {
        Err(Errno::EPERM)
    }

    /// A new symbolic link.
    fn symlink(
        &self,
        dir: &Arc<Inode>,
        name: &[u8],
        target: &[u8],
        cred: &Cred,
    ) -> Result<Arc<Inode>, Errno> {
        Err(Errno::EPERM)
    }

    /// A further name for `inode`.
    fn link(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        Err(Errno::EPERM)
    }

    /// Takes a name of something that isn't a directory away.
    fn unlink(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        Err(Errno::EPERM)
    }

    /// Takes an empty directory away; ENOTEMPTY.
    fn rmdir(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        Err(Errno::EPERM)
    }

    /// Moves a name, replacing what is at the new one or exchanging both (RENAME_EXCHANGE); an unknown
    /// flag is EINVAL. Called on the old directory's inode.
    fn rename(&self, op: &Rename<'_>) -> Result<(), Errno> {
        Err(Errno::EPERM)
    }

    /// A regular file without a name (O_TMPFILE).
    fn tmpfile(&self, dir: &Arc<Inode>, mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        Err(Errno::EOPNOTSUPP)
    }

    /// Where this symbolic link leads.
    fn get_link(&self, inode: &Inode) -> Result<Link, Errno> {
        Err(Errno::EINVAL)
    }

    /// readlink(2)'s text, where it differs from [`Self::get_link`]'s (magic links).
    fn readlink(&self, inode: &Inode) -> Result<Arc<[u8]>, Errno> {
        match self.get_link(inode)? {
            Link::Text(text) => Ok(text),
            Link::Place(place) => Ok(Arc::from(place.to_bytes(None))),
        }
    }

    /// Corrects what the inode's own fields say (size and times of generated files).
    fn getattr(&self, inode: &Inode, stat: &mut Kstat) {}

    /// Changes attributes; rights have been checked. Implementations call [`crate::attr::set_attrs`].
    fn setattr(&self, inode: &Arc<Inode>, attr: &Iattr) -> Result<(), Errno> {
        crate::attr::set_attrs(inode, attr)
    }

    /// What an open file of this inode does. Devices and FIFOs aren't asked.
    fn open(&self, inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno>;

    /// A rule of its own for access (`mask` of [`crate::permission`]); none for the usual one. Asked only
    /// for inodes made with `custom_permission`.
    fn permission(&self, inode: &Inode, mask: u32, cred: &Cred) -> Option<Result<(), Errno>> {
        None
    }

    /// Whether a cached name still leads to this inode; asked for file systems with
    /// [`crate::super_block::behaviour::REVALIDATE`]. Must not sleep.
    fn revalidate(&self, inode: &Inode) -> bool {
        true
    }

    /// Asked of the directory when [`Self::revalidate`] said no: whether `name` leads to `inode` all the same.
    /// May sleep; the directory's `rwsem` may be held or not.
    fn revalidate_name(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> bool {
        false
    }

    /// Reads the extended attribute `name`.
    fn getxattr(&self, inode: &Inode, name: &[u8]) -> Result<Arc<[u8]>, Errno> {
        Err(Errno::EOPNOTSUPP)
    }

    /// Sets an extended attribute, XATTR_CREATE = 1, XATTR_REPLACE = 2 in `flags`.
    fn setxattr(&self, inode: &Inode, name: &[u8], value: &[u8], flags: u32) -> Result<(), Errno> {
        Err(Errno::EOPNOTSUPP)
    }

    /// Calls `each` with every attribute's name.
    fn listxattr(&self, inode: &Inode, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
        Ok(())
    }

    /// Takes an extended attribute away.
    fn removexattr(&self, inode: &Inode, name: &[u8]) -> Result<(), Errno> {
        Err(Errno::EOPNOTSUPP)
    }
}

/// One rename, checked and locked.
pub struct Rename<'a> {
    /// Directory of the old name.
    pub old_dir: &'a Arc<Inode>,
    /// The old name.
    pub old_name: &'a [u8],
    /// What is renamed.
    pub old_inode: &'a Arc<Inode>,
    /// Directory of the new name.
    pub new_dir: &'a Arc<Inode>,
    /// The new name.
    pub new_name: &'a [u8],
    /// What is at the new name now.
    pub new_inode: Option<&'a Arc<Inode>>,
    /// RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT.
    pub flags: u32,
}

/// The first values of an inode.
pub struct InodeInit {
    /// Number; 0 asks the super block for the next one.
    pub ino: u64,
    /// Type and permission bits, as in st_mode.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Links.
    pub nlink: u32,
    /// Device number of device nodes.
    pub rdev: DevT,
    /// Cached pages of regular files.
    pub mapping: Option<Arc<Mapping>>,
    /// Whether [`InodeOps::permission`] is to be asked.
    pub custom_permission: bool,
}

impl InodeInit {
    /// An inode of that mode for root, with one link (two for a directory).
    pub fn new(mode: u32) -> Self {
        let nlink = if mode & S_IFMT == S_IFDIR { 2 } else { 1 };
        InodeInit {
            ino: 0,
            mode,
            uid: 0,
            gid: 0,
            nlink,
            rdev: DevT(0),
            mapping: None,
            custom_permission: false,
        }
    }

    /// The same, owned as a new file in `dir` is: fsuid, and fsgid or the directory's group if that is
    /// set-group-ID; a directory inherits that bit.
    pub fn owned(mut self, dir: &Inode, cred: &Cred) -> Self {
        self.uid = cred.fsuid;
        self.gid = cred.fsgid;
        if dir.mode() & S_ISGID != 0 {
            self.gid = dir.gid();
            if self.mode & S_IFMT == S_IFDIR {
                self.mode |= S_ISGID;
            } else if self.mode & (S_ISGID | S_IXGRP) == S_ISGID | S_IXGRP
                && !cred.in_group(self.gid)
                && !cred.capable(CAP_FSETID)
            {
                self.mode &= !S_ISGID;
            }
        }
        self
    }
}

/// A file. Attributes are single words, so that stat(2) reads them without a lock; they are written
/// under `rwsem`.
pub struct Inode {
    /// The file system that it belongs to.
    pub sb: Arc<SuperBlock>,
    /// Its number there.
    pub ino: u64,
    /// Device number, for device nodes.
    pub rdev: DevT,
    /// The cached pages of a regular file.
    pub mapping: Option<Arc<Mapping>>,
    /// What the file system does for it.
    pub ops: Box<dyn InodeOps>,
    /// Excludes changes of content (regular files) or entries (directories): i_rwsem.
    pub rwsem: RwSem<()>,
    /// Whether [`InodeOps::permission`] is asked.
    pub custom_permission: bool,
    mode: AtomicU32,
    uid: AtomicU32,
    gid: AtomicU32,
    nlink: AtomicU32,
    size: AtomicU64,
    atime: AtomicI64,
    mtime: AtomicI64,
    ctime: AtomicI64,
    btime: i64,
    /// Open for writing (> 0) or being executed (< 0).
    writers: AtomicI32,
    /// Open for reading only.
    readers: AtomicU32,
    /// How long what is written will live (F_SET_RW_HINT).
    pub write_hint: AtomicU8,
    /// Without a name, but may get one (O_TMPFILE without O_EXCL).
    linkable: AtomicBool,
    /// The pipe behind a FIFO while it is open; the socket that is bound to this file.
    pub special: SpinLock<Option<Weak<dyn Any + Send + Sync>>>,
    /// flock(2) and fcntl(2) locks.
    pub locks: FileLocks,
    /// Who watches it (inotify(7)).
    pub marks: Marks,
}

impl Drop for Inode {
    fn drop(&mut self) {
        if crate::notify::watched() {
            crate::notify::on_drop(self);
        }
    }
}

macro_rules! times {
    ($($get:ident $set:ident $field:ident;)*) => {$(
        #[doc = concat!("The ", stringify!($field), ".")]
        #[inline]
        pub fn $get(&self) -> FileTime {
            FileTime(self.$field.load(Ordering::Relaxed))
        }
        #[doc = concat!("Sets the ", stringify!($field), ".")]
        #[inline]
        pub fn $set(&self, time: FileTime) {
            self.$field.store(time.0, Ordering::Relaxed);
        }
    )*};
}

macro_rules! words {
    ($($(#[$meta:meta])* $get:ident $set:ident $field:ident;)*) => {$(
        $(#[$meta])*
        #[inline]
        pub fn $get(&self) -> u32 {
            self.$field.load(Ordering::Relaxed)
        }
        #[doc = concat!("Sets `", stringify!($field), "`.")]
        #[inline]
        pub fn $set(&self, value: u32) {
            self.$field.store(value, Ordering::Relaxed);
        }
    )*};
}

impl Inode {
    /// A new inode with all times at the present.
    pub fn new(sb: &Arc<SuperBlock>, init: InodeInit, ops: Box<dyn InodeOps>) -> Arc<Self> {
        let now = FileTime::now().0;
        Arc::new(Inode {
            ino: if init.ino != 0 { init.ino } else { sb.next_ino() },
            sb: sb.clone(),
            rdev: init.rdev,
            mapping: init.mapping,
            ops,
            rwsem: RwSem::new(rank::stacked(&rank::INODES, sb.stack_depth), ()),
            custom_permission: init.custom_permission,
            mode: AtomicU32::new(init.mode),
            uid: AtomicU32::new(init.uid),
            gid: AtomicU32::new(init.gid),
            nlink: AtomicU32::new(init.nlink),
            size: AtomicU64::new(0),
            atime: AtomicI64::new(now),
            mtime: AtomicI64::new(now),
            ctime: AtomicI64::new(now),
            btime: now,
            writers: AtomicI32::new(0),
            readers: AtomicU32::new(0),
            write_hint: AtomicU8::new(0),
            linkable: AtomicBool::new(false),
            special: SpinLock::new(rank::INODE_LOCK, None),
            locks: FileLocks::new(),
            marks: Marks::new(),
        })
    }

    words! {
        /// Type and permissions, as in st_mode.
        mode set_mode mode;
        /// Owner.
        uid set_uid uid;
        /// Group.
        gid set_gid gid;
        /// Number of names.
        nlink set_nlink nlink;
    }

    times! { atime set_atime atime; mtime set_mtime mtime; ctime set_ctime ctime; }

    /// When the inode was made.
    pub fn btime(&self) -> FileTime {
        FileTime(self.btime)
    }

    /// S_IFREG and so on.
    #[inline]
    pub fn kind(&self) -> u32 {
        self.mode() & S_IFMT
    }

    /// Whether it is a directory.
    #[inline]
    pub fn is_dir(&self) -> bool {
        self.kind() == S_IFDIR
    }

    /// Whether it is a symbolic link.
    #[inline]
    pub fn is_symlink(&self) -> bool {
        self.kind() == S_IFLNK
    }

    /// Whether it is a regular file.
    #[inline]
    pub fn is_reg(&self) -> bool {
        self.kind() == S_IFREG
    }

    /// getdents(2)'s d_type.
    #[inline]
    pub fn d_type(&self) -> u8 {
        (self.kind() >> 12) as u8
    }

    /// Size in bytes: that of the cached pages if there are any.
    #[inline]
    pub fn size(&self) -> u64 {
        match &self.mapping {
            Some(mapping) => mapping.size(),
            None => self.size.load(Ordering::Relaxed),
        }
    }

    /// Sets the size of something without pages (directories, links).
    pub fn set_size(&self, size: u64) {
        self.size.store(size, Ordering::Relaxed);
    }

    /// Changes the size of a directory by `delta` bytes.
    pub fn add_size(&self, delta: i64) {
        self.size.fetch_add(delta as u64, Ordering::Relaxed);
    }

    /// One name more.
    pub fn inc_nlink(&self) {
        self.nlink.fetch_add(1, Ordering::Relaxed);
    }

    /// One name less.
    pub fn drop_nlink(&self) {
        let _ = self.nlink.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
    }

    /// Content changed now: mtime and ctime.
    #[inline]
    pub fn touch_mtime(&self) {
        let now = FileTime::now();
        self.set_mtime(now);
        self.set_ctime(now);
    }

    /// Attributes changed now: ctime.
    pub fn touch_ctime(&self) {
        self.set_ctime(FileTime::now());
    }

    /// The file system's own type behind `ops`.
    pub fn fs_data<T: InodeOps>(&self) -> Option<&T> {
        let any: &dyn Any = &*self.ops;
        any.downcast_ref()
    }

    /// Whether a file without a name may get one (O_TMPFILE without O_EXCL).
    pub fn is_linkable(&self) -> bool {
        self.linkable.load(Ordering::Relaxed)
    }

    /// Sets [`Self::is_linkable`].
    pub fn set_linkable(&self, on: bool) {
        self.linkable.store(on, Ordering::Relaxed);
    }

    /// One more writer; ETXTBSY while the file is being executed.
    pub fn get_write_access(&self) -> Result<(), Errno> {
        let more = |n: i32| if n < 0 { None } else { Some(n + 1) };
        self.writers
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .map(drop)
            .map_err(|_| Errno::ETXTBSY)
    }

    /// How many have it open for writing (negative while it is executed), and how many for reading only.
    pub fn openers(&self) -> (i32, u32) {
        (self.writers.load(Ordering::SeqCst), self.readers.load(Ordering::SeqCst))
    }

    /// One more that only reads.
    #[inline]
    pub fn add_reader(&self) {
        self.readers.fetch_add(1, Ordering::SeqCst);
    }

    /// One less.
    #[inline]
    pub fn remove_reader(&self) {
        self.readers.fetch_sub(1, Ordering::Relaxed);
    }

    /// One writer less.
    pub fn put_write_access(&self) {
        self.writers.fetch_sub(1, Ordering::Relaxed);
    }

    /// The file begins to be executed; ETXTBSY while it is open for writing.
    pub fn deny_write_access(&self) -> Result<(), Errno> {
        let more = |n: i32| if n > 0 { None } else { Some(n - 1) };
        self.writers
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .map(drop)
            .map_err(|_| Errno::ETXTBSY)
    }

    /// The file is executed by one less.
    pub fn allow_write_access(&self) {
        self.writers.fetch_add(1, Ordering::Relaxed);
    }
}
