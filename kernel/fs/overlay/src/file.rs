//! Open regular files: everything is done by the real file. One that was opened before its copy-up goes over to
//! the copy at its next use; only what is mapped stays with the original.

use alloc::sync::Arc;

use abi::Errno;
use mm::{AddressSpace, IterDst, IterSrc, Mapping, MmapSource};
use sync::Once;
use vfs::consts::*;
use vfs::namei::stacked;
use vfs::read_write::touch_atime;
use vfs::{File, FileOps, Inode};

use crate::copy_up::copy_up_sized;
use crate::node::{Node, node_of, refresh};

/// Flags that fcntl(2) may change on the overlay's file, and that the real one has to follow.
const SHARED_FLAGS: u32 = O_APPEND | O_NONBLOCK | O_DIRECT | O_DSYNC | SYNC_BIT;
/// Flags that are done with when the overlay's file is open.
const OPEN_ONLY: u32 =
    O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY | TMPFILE_BIT;

/// What an open file does.
pub(crate) struct OvlFile {
    /// The real file as it was opened.
    first: Arc<File>,
    /// Whether that was the upper layer's.
    in_upper: bool,
    /// The copy in the upper layer, if it was made later.
    second: Once<Arc<File>>,
}

/// Opens a regular file, copying it up first if it is opened for writing.
pub(crate) fn open(inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
    let node = node_of(inode)?;
    if flags & O_ACCMODE != O_RDONLY || flags & O_TRUNC != 0 {
        copy_up_sized(inode, (flags & O_TRUNC != 0).then_some(0))?;
    }
    let first = open_real(node, flags)?;
    let in_upper = node.upper().is_some_and(|real| Arc::ptr_eq(&real.inode, &first.inode));
    if !in_upper {
        // What lies below may be changed by others: look again.
        refresh(inode);
    }
    Ok(Arc::new(OvlFile { first, in_upper, second: Once::new() }))
}

fn open_real(node: &Node, flags: u32) -> Result<Arc<File>, Errno> {
    stacked::open(node.fs.path(node.real()?)?, flags & !OPEN_ONLY, &node.fs.cred)
}

impl OvlFile {
    /// The real file to use now.
    #[inline]
    fn real(&self, file: &File) -> Result<&Arc<File>, Errno> {
        let real = if self.in_upper { &self.first } else { self.real_of_lower(file)? };
        let flags = file.flags();
        if (real.flags() ^ flags) & SHARED_FLAGS != 0 {
            real.change_flags(SHARED_FLAGS, flags);
        }
        Ok(real)
    }

    fn real_of_lower(&self, file: &File) -> Result<&Arc<File>, Errno> {
        if let Some(second) = self.second.get() {
            return Ok(second);
        }
        let node = node_of(&file.inode)?;
        if node.upper().is_none() {
            return Ok(&self.first);
        }
        let opened = open_real(node, file.flags())?;
        // Another thread may have been faster; then this one is closed again.
        drop(self.second.set(opened));
        self.second.get().ok_or(Errno::EIO)
    }

    /// Changes the real file under the overlay inode's lock, and takes its attributes over.
    fn change<T>(&self, file: &File, what: impl FnOnce(&File) -> Result<T, Errno>) -> Result<T, Errno> {
        let real = self.real(file)?;
        let _guard = file.inode.rwsem.write();
        if file.mode() & fmode::FSETID == 0 {
            vfs::attr::file_remove_privs(&real.inode);
        }
        let done = what(real);
        refresh(&file.inode);
        done
    }
}

impl FileOps for OvlFile {
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, pos: &mut u64) -> Result<usize, Errno> {
        let real = self.real(file)?;
        let count = real.ops.read_iter(real, dst, pos)?;
        if file.flags() & O_NOATIME == 0 && node_of(&file.inode)?.upper().is_some() {
            touch_atime(&file.path.mnt, &real.inode);
        }
        Ok(count)
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
        if src.remaining() == 0 {
            return Ok(0);
        }
        self.change(file, |real| real.ops.write_iter(real, src, pos))
    }

    fn llseek(&self, file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        let real = self.real(file)?;
        real.ops.llseek(real, offset, whence, pos)
    }

    fn ioctl(&self, _file: &File, _cmd: u32, _arg: u64, _mm: &AddressSpace) -> Result<usize, Errno> {
        Err(Errno::ENOTTY)
    }

    fn mapping(&self, file: &File) -> Option<Arc<Mapping>> {
        let real = self.real(file).ok()?;
        real.ops.mapping(real)
    }

    fn mmap(&self, file: &File) -> Result<MmapSource, Errno> {
        let real = self.real(file)?;
        real.ops.mmap(real)
    }

    fn fsync(&self, file: &File, start: u64, end: u64, datasync: bool) -> Result<(), Errno> {
        let node = node_of(&file.inode)?;
        if node.fs.options.volatile {
            return Ok(());
        }
        let real = self.real(file)?;
        // What is in a lower layer was never changed.
        if node.upper().is_some() { real.ops.fsync(real, start, end, datasync) } else { Ok(()) }
    }

    fn flush(&self, file: &File) -> Result<(), Errno> {
        let real = self.real(file)?;
        real.ops.flush(real)
    }

    fn check_flags(&self, file: &File, flags: u32) -> Result<(), Errno> {
        let real = if self.in_upper { &self.first } else { self.real_of_lower(file)? };
        real.ops.check_flags(real, flags)
    }

    fn fallocate(&self, file: &File, mode: u32, offset: u64, len: u64) -> Result<(), Errno> {
        self.change(file, |real| real.ops.fallocate(real, mode, offset, len))
    }
}
