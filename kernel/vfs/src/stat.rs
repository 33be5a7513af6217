//! What stat(2) and its kin report.

use crate::time::FileTime;
use crate::{Inode, Path};

/// A file's attributes, in the kernel's own units.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kstat {
    /// Device number of the file system, as programs see it.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// Type and permissions.
    pub mode: u32,
    /// Links.
    pub nlink: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Device number of a device node, as programs see it.
    pub rdev: u64,
    /// Size in bytes.
    pub size: u64,
    /// Preferred I/O size in bytes.
    pub blksize: u32,
    /// Allocated 512-byte blocks.
    pub blocks: u64,
    /// Last access.
    pub atime: FileTime,
    /// Last change of content.
    pub mtime: FileTime,
    /// Last change of attributes.
    pub ctime: FileTime,
    /// Creation; zero where that isn't known.
    pub btime: FileTime,
    /// Number of the mount (statx).
    pub mnt_id: u64,
    /// Whether it is the root of a mount (statx).
    pub mount_root: bool,
}

impl Kstat {
    /// The attributes of `inode`. Takes no lock.
    #[inline]
    pub fn of(inode: &Inode) -> Self {
        let mut stat = Kstat {
            dev: u64::from(inode.sb.dev),
            ino: inode.ino,
            mode: inode.mode(),
            nlink: inode.nlink(),
            uid: inode.uid(),
            gid: inode.gid(),
            rdev: inode.rdev.encode(),
            size: inode.size(),
            blksize: inode.sb.block_size,
            blocks: inode.mapping.as_ref().map_or(0, |mapping| mapping.nr_pages() * 8),
            atime: inode.atime(),
            mtime: inode.mtime(),
            ctime: inode.ctime(),
            btime: inode.btime(),
            mnt_id: 0,
            mount_root: false,
        };
        inode.ops.getattr(inode, &mut stat);
        stat
    }

    /// The attributes of what a path leads to.
    pub fn of_path(path: &Path) -> Option<Self> {
        let inode = path.dentry.inode()?;
        let mut stat = Kstat::of(&inode);
        stat.mnt_id = path.mnt.id();
        stat.mount_root = path.is_mount_root();
        Some(stat)
    }
}
