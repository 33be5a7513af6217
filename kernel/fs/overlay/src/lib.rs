#![cfg_attr(not(test), no_std)]
//! overlay: one tree made of several, as Linux's overlayfs (Documentation/filesystems/overlayfs): read-only
//! lower layers and an upper one into which everything that changes is copied first.
//!
//! A [`node::Node`] stands behind each inode and knows the real files that it is made of. Directories that
//! exist in several layers are merged; a file is the topmost one. What was removed is marked in the upper
//! layer by a whiteout (a character device 0:0), a directory that hides what is below it by the attribute
//! `overlay.opaque`, a moved directory remembers by `overlay.redirect` where its lower parts are.
//! Rights are checked by the vfs against the overlay's own inodes; below nobody is asked again, all is done
//! in the name of whoever mounted.
//!
//! Locks, outermost first: the overlay's own rename lock and inodes (the vfs's) → `Node::copying` (one copy-up
//! of a file at a time) → the rename lock and the inodes of the file systems below. `Node::copying` of two
//! files is never held together. Spin locks: `Ovl::inodes`, `Node::redirect`, the listings; all leaves.

extern crate alloc;
#[cfg(test)]
extern crate std;

mod copy_up;
mod create;
mod file;
mod inode;
mod layers;
mod listing;
mod lookup;
mod node;
mod options;
mod readdir;
mod remove;
mod rename;
#[cfg(test)]
mod tests;
mod whiteout;
mod xattr;

use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::fmt;

use abi::Errno;
use sync::SpinLock;
use vfs::super_block::{Kstatfs, SuperOps};
use vfs::{Cred, Dentry, FileSystemType, Inode, LookupCtx, Mount, SuperBlock};

use options::Options;

/// statfs(2)'s f_type.
pub const OVERLAYFS_SUPER_MAGIC: i64 = 0x794c_7630;

/// One of the trees that an overlay is made of.
pub(crate) struct Layer {
    /// A mount of its own: what happens to the one that was named doesn't matter.
    pub mnt: Arc<Mount>,
    pub root: Arc<Dentry>,
    /// Which of the file systems involved it is; distinguishes inode numbers.
    pub fsid: u64,
}

/// One overlay.
pub(crate) struct Ovl {
    pub upper: Option<Layer>,
    pub lowers: Vec<Layer>,
    /// Where things are prepared before they are renamed into place; there is one if there is an upper layer.
    pub work: Option<Arc<Dentry>>,
    pub options: Options,
    /// Whose rights count below.
    pub cred: Arc<Cred>,
    depth: u32,
    /// Inodes by the address of a real inode that they stand for: names of one file share them.
    pub inodes: SpinLock<BTreeMap<usize, Weak<Inode>>>,
}

impl SuperOps for Ovl {
    fn statfs(&self, sb: &SuperBlock) -> Kstatfs {
        let layer = self.upper.as_ref().or(self.lowers.first());
        let below = layer.map(|layer| layer.mnt.sb.ops.statfs(&layer.mnt.sb)).unwrap_or_default();
        Kstatfs { f_type: sb.magic, ..below }
    }

    fn sync_fs(&self, _sb: &SuperBlock) -> Result<(), Errno> {
        match &self.upper {
            Some(layer) if !self.options.volatile => layer.mnt.sb.ops.sync_fs(&layer.mnt.sb),
            _ => Ok(()),
        }
    }

    fn remount(&self, _sb: &SuperBlock, flags: u64, _data: &[u8]) -> Result<(), Errno> {
        // Without an upper layer there is nothing to write to. Options stay as they are, as on Linux.
        if self.upper.is_none() && flags & vfs::consts::MS_RDONLY == 0 {
            return Err(Errno::EROFS);
        }
        Ok(())
    }

    fn stack_depth(&self) -> u32 {
        self.depth
    }

    fn show_options(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        self.options.show(out)
    }
}

/// The type that mount(2) knows as `overlay`.
pub struct OverlayType;

impl FileSystemType for OverlayType {
    fn name(&self) -> &'static str {
        "overlay"
    }

    fn mount(&self, _: &[u8], _: u64, _: &[u8], _: &Cred) -> Result<Arc<SuperBlock>, Errno> {
        // Its options are paths, which mean nothing without a root and a working directory.
        Err(Errno::EINVAL)
    }

    fn mount_at(
        &self,
        _source: &[u8],
        flags: u64,
        data: &[u8],
        ctx: &LookupCtx<'_>,
    ) -> Result<Arc<SuperBlock>, Errno> {
        layers::mount(flags, Options::parse(data)?, ctx)
    }
}

/// Makes the type known.
pub fn init() {
    // Only a second call could find the name taken.
    let _ = vfs::register_filesystem(&OverlayType);
}
