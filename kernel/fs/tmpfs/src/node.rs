//! Everything in a tmpfs that isn't a directory.

use alloc::sync::Arc;

use abi::Errno;
use mm::{IterDst, IterSrc};
use sync::Once;
use vfs::attr::set_attrs;
use vfs::consts::*;
use vfs::read_write::{generic_file_read_iter, generic_file_write_iter};
use vfs::{File, FileOps, Iattr, Inode, InodeOps, Link};

use crate::memfd::{MemfdOps, Seals, add_seals};
use crate::xattr::{Xattrs, xattr_ops};
use crate::{PAGE_SIZE, Usage};

macro_rules! node {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $ty:ty),* }) => {
        $(#[$meta])*
        pub(crate) struct $name {
            usage: Arc<Usage>,
            xattrs: Xattrs,
            $(pub(crate) $field: $ty),*
        }
        impl Drop for $name {
            fn drop(&mut self) {
                self.usage.put_inode();
            }
        }
    };
}

node! {
    /// A regular file; its data are in the inode's mapping.
    FileNode { seals: Seals }
}
node! {
    /// A symbolic link.
    LinkNode { target: Arc<[u8]> }
}
node! {
    /// A device node, FIFO or socket: only a name for something else.
    SpecialNode {}
}

impl FileNode {
    pub fn new(usage: Arc<Usage>) -> Self {
        Self::with_seals(usage, Seals::closed())
    }

    /// With seals on it from the start.
    pub fn with_seals(usage: Arc<Usage>, seals: Seals) -> Self {
        FileNode { usage, xattrs: Xattrs::new(), seals }
    }
}

impl LinkNode {
    pub fn new(usage: Arc<Usage>, target: &[u8]) -> Self {
        LinkNode { usage, xattrs: Xattrs::new(), target: Arc::from(target) }
    }
}

impl SpecialNode {
    pub fn new(usage: Arc<Usage>) -> Self {
        SpecialNode { usage, xattrs: Xattrs::new() }
    }
}

impl InodeOps for FileNode {
    xattr_ops!();

    #[inline]
    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        static OPS: Once<Arc<RegularOps>> = Once::new();
        static SEALED_OPS: Once<Arc<MemfdOps>> = Once::new();
        if self.seals.get() == F_SEAL_SEAL {
            return Ok(OPS.call_once(|| Arc::new(RegularOps)).clone());
        }
        Ok(SEALED_OPS.call_once(|| Arc::new(MemfdOps)).clone())
    }

    fn setattr(&self, inode: &Arc<Inode>, attr: &Iattr) -> Result<(), Errno> {
        self.seals.check_attrs(inode, attr)?;
        set_attrs(inode, attr)
    }
}

impl InodeOps for LinkNode {
    xattr_ops!();

    fn get_link(&self, _inode: &Inode) -> Result<Link, Errno> {
        Ok(Link::Text(self.target.clone()))
    }

    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        Err(Errno::ELOOP)
    }
}

impl InodeOps for SpecialNode {
    xattr_ops!();

    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        Err(Errno::ENXIO)
    }
}

/// What an open regular file does.
struct RegularOps;

impl FileOps for RegularOps {
    #[inline]
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, pos: &mut u64) -> Result<usize, Errno> {
        generic_file_read_iter(file, dst, pos)
    }

    #[inline]
    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
        generic_file_write_iter(file, src, pos)
    }

    fn fsync(&self, _file: &File, _start: u64, _end: u64, _datasync: bool) -> Result<(), Errno> {
        // Memory is all there is.
        Ok(())
    }

    fn check_flags(&self, _file: &File, _flags: u32) -> Result<(), Errno> {
        // O_DIRECT means nothing here and is allowed, as on Linux since 6.6.
        Ok(())
    }

    fn fallocate(&self, file: &File, mode: u32, offset: u64, len: u64) -> Result<(), Errno> {
        allocate(file, mode, offset, len)
    }

    fn seals(&self, _file: &File) -> Result<u32, Errno> {
        Ok(F_SEAL_SEAL)
    }

    fn add_seals(&self, file: &File, seals: u32) -> Result<(), Errno> {
        add_seals(file, seals)
    }
}

/// fallocate(2): growing, and punching holes.
pub(crate) fn allocate(file: &File, mode: u32, offset: u64, len: u64) -> Result<(), Errno> {
    let inode = &file.inode;
    let mapping = inode.mapping.as_ref().ok_or(Errno::EINVAL)?;
    if mode & !(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE) != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    let end = offset.checked_add(len).filter(|end| *end <= inode.sb.max_bytes).ok_or(Errno::EFBIG)?;
    let _guard = inode.rwsem.write();
    if mode & FALLOC_FL_PUNCH_HOLE != 0 {
        mapping.punch_hole(offset, len)?;
        inode.touch_mtime();
        return Ok(());
    }
    let pages = offset / PAGE_SIZE..end.div_ceil(PAGE_SIZE);
    let first = pages.start;
    for index in pages {
        if sched::signal_pending() {
            undo(mapping, first, index);
            return Err(Errno::EINTR);
        }
        if let Err(errno) = mapping.get_page(index, true) {
            undo(mapping, first, index);
            return Err(errno);
        }
        sched::cond_resched();
    }
    if mode & FALLOC_FL_KEEP_SIZE == 0 && end > mapping.size() {
        mapping.truncate(end)?;
    }
    inode.touch_mtime();
    Ok(())
}

/// Gives back what an allocation that failed half-way brought in beyond the end of the file. (What lies before
/// the end may have been there already and stays.)
fn undo(mapping: &mm::Mapping, first: u64, end: u64) {
    let first = first.max(mapping.size().div_ceil(PAGE_SIZE));
    if end > first {
        // Nothing better can be done if even that fails.
        let _ = mapping.punch_hole(first * PAGE_SIZE, (end - first) * PAGE_SIZE);
    }
}
