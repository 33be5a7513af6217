#![cfg_attr(not(test), no_std)]
//! tmpfs: files that live in memory, their data in mm's cached pages, their names in tables.
//!
//! Locks: a directory's `rwsem` is the vfs's; inside it `DirNode::table` (sleeping: entries are copied to user
//! memory under it). Everything else is a counter.

extern crate alloc;

mod dir;
pub mod memfd;
mod node;
mod options;
#[cfg(test)]
mod tests;
mod xattr;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use abi::Errno;
use mm::PageAccount;
use sync::rcu;
use vfs::consts::{NAME_MAX, S_IFDIR};
use vfs::super_block::{Kstatfs, SuperOps};
use vfs::{Cred, FileSystemType, Inode, InodeInit, SuperBlock};

pub use dir::DirNode;
pub use options::Options;

/// statfs(2)'s f_type.
pub const TMPFS_MAGIC: i64 = 0x0102_1994;
const PAGE_SIZE: u64 = hal::mem::PAGE_SIZE as u64;

/// What one instance may use and uses.
pub struct Usage {
    max_pages: AtomicU64,
    pages: AtomicU64,
    max_inodes: AtomicU64,
    inodes: AtomicU64,
}

impl Usage {
    fn try_take(counter: &AtomicU64, max: u64, count: u64) -> bool {
        let more = |now: u64| now.checked_add(count).filter(|sum| max == 0 || *sum <= max);
        counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Takes from what is left; ENOSPC. May sleep when there is not enough: what was removed a moment ago is
    /// given back only after a grace period, and whoever removes a file to make room counts on that room.
    fn take(counter: &AtomicU64, max: u64, count: u64) -> Result<(), Errno> {
        if Self::try_take(counter, max, count) {
            return Ok(());
        }
        // A name, its inode and its pages go one after the other.
        for _ in 0..3 {
            rcu::synchronize();
            rcu::run_callbacks();
            sched::yield_now();
            if Self::try_take(counter, max, count) {
                return Ok(());
            }
        }
        Err(Errno::ENOSPC)
    }

    fn take_inode(&self) -> Result<(), Errno> {
        Self::take(&self.inodes, self.max_inodes.load(Ordering::Relaxed), 1)
    }

    fn put_inode(&self) {
        self.inodes.fetch_sub(1, Ordering::Relaxed);
    }
}

impl PageAccount for Usage {
    fn charge(&self, pages: u64) -> Result<(), Errno> {
        Self::take(&self.pages, self.max_pages.load(Ordering::Relaxed), pages)
    }

    fn uncharge(&self, pages: u64) {
        self.pages.fetch_sub(pages, Ordering::Relaxed);
    }
}

/// One instance.
pub struct Tmpfs {
    usage: Arc<Usage>,
    options: Options,
}

impl Tmpfs {
    /// A new instance of type `fs_name` with these options, its root directory made.
    pub fn new_super(fs_name: &'static str, flags: u64, options: Options) -> Arc<SuperBlock> {
        let usage = Arc::new(Usage {
            max_pages: AtomicU64::new(options.max_pages),
            pages: AtomicU64::new(0),
            max_inodes: AtomicU64::new(options.max_inodes),
            inodes: AtomicU64::new(1),
        });
        let ops = Arc::new(Tmpfs { usage: usage.clone(), options: options.clone() });
        let sb = SuperBlock::new(fs_name, TMPFS_MAGIC, 0, flags, ops);
        let mut init = InodeInit::new(S_IFDIR | options.mode);
        (init.uid, init.gid) = (options.uid, options.gid);
        let root = Inode::new(&sb, init, Box::new(DirNode::new(usage)));
        root.set_size(dir::EMPTY_SIZE);
        sb.set_root(root);
        sb
    }
}

/// What the instance behind a super block of this type uses.
fn usage_of(sb: &SuperBlock) -> Option<Arc<Usage>> {
    let any: &dyn core::any::Any = &*sb.ops;
    any.downcast_ref::<Tmpfs>().map(|tmpfs| tmpfs.usage.clone())
}

impl SuperOps for Tmpfs {
    fn statfs(&self, sb: &SuperBlock) -> Kstatfs {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (blocks, files) = (get(&self.usage.max_pages), get(&self.usage.max_inodes));
        let free = |max: u64, used: u64| if max == 0 { 0 } else { max.saturating_sub(used) };
        let bfree = free(blocks, get(&self.usage.pages));
        Kstatfs {
            f_type: sb.magic,
            bsize: PAGE_SIZE as i64,
            blocks,
            bfree,
            bavail: bfree,
            files,
            ffree: free(files, get(&self.usage.inodes)),
            namelen: NAME_MAX as i64,
        }
    }

    fn remount(&self, _sb: &SuperBlock, _flags: u64, data: &[u8]) -> Result<(), Errno> {
        let new = Options::parse(data, self.options.clone())?;
        let used = self.usage.pages.load(Ordering::Relaxed);
        if new.max_pages != 0 && new.max_pages < used {
            return Err(Errno::EINVAL);
        }
        self.usage.max_pages.store(new.max_pages, Ordering::Relaxed);
        self.usage.max_inodes.store(new.max_inodes, Ordering::Relaxed);
        Ok(())
    }

    fn show_options(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let max_pages = self.usage.max_pages.load(Ordering::Relaxed);
        if max_pages != self.options.default_pages {
            write!(out, ",size={}k", max_pages * (PAGE_SIZE / 1024))?;
        }
        if self.options.mode != 0o1777 {
            write!(out, ",mode={:03o}", self.options.mode)?;
        }
        Ok(())
    }

    /// Empties all directories, one after the other: a deep tree must not recurse.
    fn kill_sb(&self, root: &Arc<Inode>) {
        let mut left: Vec<Arc<Inode>> = alloc::vec![root.clone()];
        while let Some(inode) = left.pop() {
            if let Some(dir) = inode.fs_data::<DirNode>() {
                left.extend(dir.drain());
            }
        }
    }
}

/// The type that mount(2) knows as `tmpfs`.
pub struct TmpfsType;

impl FileSystemType for TmpfsType {
    fn name(&self) -> &'static str {
        "tmpfs"
    }

    fn mount(&self, _source: &[u8], flags: u64, data: &[u8], cred: &Cred) -> Result<Arc<SuperBlock>, Errno> {
        let half = hal::mem::frames::total() as u64 / 2;
        let mut options = Options::new(half);
        (options.uid, options.gid) = (cred.fsuid, cred.fsgid);
        Ok(Tmpfs::new_super("tmpfs", flags, Options::parse(data, options)?))
    }
}

/// Makes the type known.
pub fn init() {
    // Only a second call could find the name taken.
    let _ = vfs::register_filesystem(&TmpfsType);
}

/// The first file system, into which the initramfs is unpacked: at most half of memory, mode 0755.
pub fn rootfs() -> Arc<SuperBlock> {
    let mut options = Options::new(hal::mem::frames::total() as u64 / 2);
    options.mode = 0o755;
    Tmpfs::new_super("rootfs", 0, options)
}
