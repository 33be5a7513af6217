//! File-system types and their mounted instances.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use abi::Errno;
use sched::Mutex;
use sync::{SpinLock, rank};

use crate::consts::MS_RDONLY;
use crate::{Cred, Dentry, Inode, LookupCtx};

/// A kind of file system, by name.
pub trait FileSystemType: Send + Sync {
    /// The name for mount(2) and `/proc/filesystems`.
    fn name(&self) -> &'static str;

    /// Whether it needs no block device (`nodev` in `/proc/filesystems`).
    fn nodev(&self) -> bool {
        true
    }

    /// A mounted instance: new, or the one that all mounts share. `data` is mount(2)'s comma-separated
    /// options; an unknown one is EINVAL.
    fn mount(&self, source: &[u8], flags: u64, data: &[u8], cred: &Cred) -> Result<Arc<SuperBlock>, Errno>;

    /// The same, for a file system whose source or options are paths: `ctx` is whom they belong to.
    fn mount_at(
        &self,
        source: &[u8],
        flags: u64,
        data: &[u8],
        ctx: &LookupCtx<'_>,
    ) -> Result<Arc<SuperBlock>, Errno> {
        self.mount(source, flags, data, ctx.cred)
    }
}

/// What statfs(2) reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kstatfs {
    /// Magic number of the type.
    pub f_type: i64,
    /// Block size in bytes.
    pub bsize: i64,
    /// Blocks in all.
    pub blocks: u64,
    /// Free blocks.
    pub bfree: u64,
    /// Free blocks for ordinary users.
    pub bavail: u64,
    /// Inodes in all.
    pub files: u64,
    /// Free inodes.
    pub ffree: u64,
    /// Longest name in bytes.
    pub namelen: i64,
}

/// What an instance of a file system does as a whole.
pub trait SuperOps: Any + Send + Sync {
    /// Fills in statfs(2)'s answer.
    fn statfs(&self, sb: &SuperBlock) -> Kstatfs;

    /// Writes everything back.
    fn sync_fs(&self, _sb: &SuperBlock) -> Result<(), Errno> {
        Ok(())
    }

    /// The last mount is gone: lets go of what keeps inodes alive.
    fn kill_sb(&self, _root: &Arc<Inode>) {}

    /// Takes new options (mount(2), MS_REMOUNT).
    fn remount(&self, _sb: &SuperBlock, _flags: u64, _data: &[u8]) -> Result<(), Errno> {
        Ok(())
    }

    /// How many file systems it is stacked upon, one upon the other; 0 for one that stands for itself.
    fn stack_depth(&self) -> u32 {
        0
    }

    /// The options as `/proc/mounts` shows them, each with a comma before it (`,size=1024k`).
    fn show_options(&self, _out: &mut dyn core::fmt::Write) -> core::fmt::Result {
        Ok(())
    }
}

/// Bits of [`SuperBlock::behaviour`].
pub mod behaviour {
    /// Cached names are asked for before use ([`crate::InodeOps::revalidate`]); misses aren't cached.
    pub const REVALIDATE: u32 = 1;
    /// Beside [`REVALIDATE`]: misses are cached all the same.
    pub const KEEP_MISSES: u32 = 4;
    /// Never reachable by a path (pipes, sockets).
    pub const NO_USER: u32 = 2;
}

/// A mounted instance of a file system.
pub struct SuperBlock {
    /// The type's name.
    pub fs_name: &'static str,
    /// The device number that stat(2) shows (an anonymous one for file systems in memory).
    pub dev: u32,
    /// statfs(2)'s f_type.
    pub magic: i64,
    /// Preferred I/O size and block size in bytes.
    pub block_size: u32,
    /// Largest file in bytes.
    pub max_bytes: u64,
    /// See [`behaviour`].
    pub behaviour: u32,
    /// The instance's own part.
    pub ops: Arc<dyn SuperOps>,
    /// [`SuperOps::stack_depth`]: the locks of what stands on top are taken before those of what is below.
    pub(crate) stack_depth: u32,
    /// One rename between different directories at a time.
    pub(crate) rename: Mutex<()>,
    flags: AtomicU32,
    next_ino: AtomicU64,
    root: SpinLock<Option<Arc<Dentry>>>,
    mounts: AtomicU32,
}

static NEXT_DEV: AtomicU32 = AtomicU32::new(1);

impl SuperBlock {
    /// A new instance; the file system then makes the root inode and calls [`Self::set_root`].
    pub fn new(
        fs_name: &'static str,
        magic: i64,
        behaviour: u32,
        flags: u64,
        ops: Arc<dyn SuperOps>,
    ) -> Arc<Self> {
        let stack_depth = ops.stack_depth();
        Arc::new(SuperBlock {
            fs_name,
            dev: NEXT_DEV.fetch_add(1, Ordering::Relaxed),
            magic,
            block_size: 4096,
            max_bytes: i64::MAX as u64,
            behaviour,
            ops,
            stack_depth,
            rename: Mutex::new(rank::stacked(&rank::RENAMES, stack_depth), ()),
            flags: AtomicU32::new(flags as u32),
            next_ino: AtomicU64::new(1),
            root: SpinLock::new(rank::SPIN_LEAF, None),
            mounts: AtomicU32::new(0),
        })
    }

    /// Names the root directory; once. The instance and its root then keep one another alive until
    /// [`crate::mount`] gives up the last mount.
    pub fn set_root(self: &Arc<Self>, inode: Arc<Inode>) -> Arc<Dentry> {
        let new = Dentry::new_root(self, inode);
        self.root.lock().get_or_insert(new).clone()
    }

    /// The root directory; none before `set_root` and after the last mount is gone.
    pub fn root(&self) -> Option<Arc<Dentry>> {
        self.root.lock().clone()
    }

    pub(crate) fn mounted(&self) {
        self.mounts.fetch_add(1, Ordering::Relaxed);
    }

    /// A mount is gone; with the last one the file system shuts down.
    pub(crate) fn unmounted(&self) {
        if self.mounts.fetch_sub(1, Ordering::AcqRel) != 1 {
            return;
        }
        let _ = self.ops.sync_fs(self);
        crate::dentry::forget_super(self);
        let root = self.root.lock().take();
        if let Some(inode) = root.as_ref().and_then(|root| root.inode()) {
            self.ops.kill_sb(&inode);
        }
    }

    /// A number for a new inode.
    #[inline]
    pub fn next_ino(&self) -> u64 {
        self.next_ino.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether nothing may be written to it.
    #[inline]
    pub fn is_readonly(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & MS_RDONLY as u32 != 0
    }

    /// MS_* flags of the instance.
    pub fn flags(&self) -> u64 {
        u64::from(self.flags.load(Ordering::Relaxed))
    }

    /// Replaces the MS_* flags of the instance (remount).
    pub fn set_flags(&self, flags: u64) {
        self.flags.store(flags as u32, Ordering::Relaxed);
    }
}

static TYPES: SpinLock<Vec<&'static dyn FileSystemType>> = SpinLock::new(rank::SUPER_LIST, Vec::new());

/// Makes a type known to mount(2). EBUSY if the name is taken.
pub fn register_filesystem(fs_type: &'static dyn FileSystemType) -> Result<(), Errno> {
    let mut types = TYPES.lock();
    if types.iter().any(|t| t.name() == fs_type.name()) {
        return Err(Errno::EBUSY);
    }
    types.push(fs_type);
    Ok(())
}

/// The type of that name.
pub fn find_filesystem(name: &[u8]) -> Option<&'static dyn FileSystemType> {
    TYPES.lock().iter().find(|t| t.name().as_bytes() == name).copied()
}

/// All types, for `/proc/filesystems`.
pub fn filesystems() -> Vec<&'static dyn FileSystemType> {
    TYPES.lock().clone()
}
