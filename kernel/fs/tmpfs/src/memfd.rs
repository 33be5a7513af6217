//! memfd_create(2): files of an instance of tmpfs that is mounted nowhere, and the seals on them.
//!
//! Seals change under the inode's lock held for writing; writes, truncation and shared mappings look at them
//! with it held, so that a seal is never late.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use abi::Errno;
use mm::{IterDst, IterSrc, Mapping};
use sync::Once;
use vfs::anon::nameless_file;
use vfs::consts::*;
use vfs::read_write::{generic_file_read_iter, generic_file_write_locked};
use vfs::{Cred, File, FileOps, Iattr, Inode, InodeInit, Mount};

use crate::node::{FileNode, allocate};
use crate::{Options, PAGE_SIZE, Tmpfs};

/// The execute bits stay as they are.
pub const F_SEAL_EXEC: u32 = 0x20;
const ALL: u32 = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC;
/// No write comes through any more.
const NO_WRITE: u32 = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;

/// memfd_create(2)'s flags.
pub mod mfd {
    /// Close on exec.
    pub const CLOEXEC: u32 = 1;
    /// Seals may be put on.
    pub const ALLOW_SEALING: u32 = 2;
    /// Not executable, and sealed so.
    pub const NOEXEC_SEAL: u32 = 8;
    /// Executable.
    pub const EXEC: u32 = 0x10;
}

/// The seals of one file.
pub(crate) struct Seals(AtomicU32);

impl Seals {
    /// Those of an ordinary file: none can be put on.
    pub const fn closed() -> Self {
        Seals(AtomicU32::new(F_SEAL_SEAL))
    }

    pub fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    fn check_size(&self, old: u64, new: u64) -> Result<(), Errno> {
        let seals = self.get();
        let forbidden = (new < old && seals & F_SEAL_SHRINK != 0) || (new > old && seals & F_SEAL_GROW != 0);
        if forbidden { Err(Errno::EPERM) } else { Ok(()) }
    }

    /// Whether attributes may change so. The inode's lock is held.
    pub fn check_attrs(&self, inode: &Inode, attr: &Iattr) -> Result<(), Errno> {
        if let Some(size) = attr.size {
            self.check_size(inode.size(), size)?;
        }
        match attr.mode {
            Some(mode) if self.get() & F_SEAL_EXEC != 0 && (mode ^ inode.mode()) & 0o111 != 0 => {
                Err(Errno::EPERM)
            }
            _ => Ok(()),
        }
    }
}

fn mount() -> &'static Arc<Mount> {
    static MOUNT: Once<Arc<Mount>> = Once::new();
    MOUNT.call_once(|| {
        let sb = Tmpfs::new_super("tmpfs", 0, Options::new(0));
        let root = sb.root().expect("a new file system has a root");
        Mount::new_internal(sb, root)
    })
}

/// memfd_create(2): the name has been read, flags are checked here. EINVAL.
pub fn create(name: &[u8], flags: u32, cred: &Cred) -> Result<Arc<File>, Errno> {
    let known = mfd::CLOEXEC | mfd::ALLOW_SEALING | mfd::NOEXEC_SEAL | mfd::EXEC;
    if flags & !known != 0 || flags & (mfd::EXEC | mfd::NOEXEC_SEAL) == mfd::EXEC | mfd::NOEXEC_SEAL {
        return Err(Errno::EINVAL);
    }
    let (mode, seals) = match flags {
        _ if flags & mfd::NOEXEC_SEAL != 0 => (0o666, F_SEAL_EXEC),
        _ if flags & mfd::ALLOW_SEALING != 0 => (0o777, 0),
        _ => (0o777, F_SEAL_SEAL),
    };
    let mnt = mount();
    let usage = crate::usage_of(&mnt.sb).ok_or(Errno::ENOSYS)?;
    usage.take_inode()?;
    let mapping = Some(Mapping::new_anon(Some(usage.clone())));
    let init =
        InodeInit { mapping, nlink: 0, uid: cred.fsuid, gid: cred.fsgid, ..InodeInit::new(S_IFREG | mode) };
    let node = FileNode::with_seals(usage, Seals(AtomicU32::new(seals)));
    let inode = Inode::new(&mnt.sb, init, Box::new(node));
    let mut text = Vec::new();
    text.try_reserve_exact(name.len() + 6).map_err(|_| Errno::ENOMEM)?;
    text.extend_from_slice(b"memfd:");
    text.extend_from_slice(name);
    nameless_file(mnt, &text, inode, O_RDWR)
}

/// F_ADD_SEALS: EPERM if the file isn't open for writing or takes no seals, EBUSY for F_SEAL_WRITE while a
/// shared mapping could write.
pub(crate) fn add_seals(file: &File, more: u32) -> Result<(), Errno> {
    let node = file.inode.fs_data::<FileNode>().ok_or(Errno::EINVAL)?;
    if !file.writable() {
        return Err(Errno::EPERM);
    }
    if more & !ALL != 0 {
        return Err(Errno::EINVAL);
    }
    let _guard = file.inode.rwsem.write();
    let old = node.seals.get();
    if old & F_SEAL_SEAL != 0 {
        return Err(Errno::EPERM);
    }
    let mut new = old | more;
    if more & F_SEAL_EXEC != 0 && file.inode.mode() & 0o111 != 0 {
        new |= F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
    }
    if new & !old & F_SEAL_WRITE != 0
        && file.inode.mapping.as_ref().is_some_and(|mapping| mapping.is_shared_writable())
    {
        return Err(Errno::EBUSY);
    }
    node.seals.0.store(new, Ordering::SeqCst);
    Ok(())
}

/// What an open file does that may be sealed.
pub(crate) struct MemfdOps;

fn seals_of(file: &File) -> u32 {
    file.inode.fs_data::<FileNode>().map_or(0, |node| node.seals.get())
}

impl FileOps for MemfdOps {
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, pos: &mut u64) -> Result<usize, Errno> {
        generic_file_read_iter(file, dst, pos)
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
        if src.remaining() == 0 {
            return Ok(0);
        }
        let _guard = file.inode.rwsem.write();
        let seals = seals_of(file);
        if seals & NO_WRITE != 0 {
            return Err(Errno::EPERM);
        }
        let size = file.inode.size();
        let at = if file.flags() & O_APPEND != 0 { size } else { *pos };
        if seals & F_SEAL_GROW != 0 && at.saturating_add(src.remaining() as u64) > size {
            // Page by page, as far as whole pages don't reach beyond the end.
            let room = (size - size % PAGE_SIZE).checked_sub(at).filter(|room| *room != 0);
            src.truncate(room.ok_or(Errno::EPERM)? as usize);
        }
        generic_file_write_locked(file, src, pos)
    }

    fn fsync(&self, _file: &File, _start: u64, _end: u64, _datasync: bool) -> Result<(), Errno> {
        Ok(())
    }

    fn check_flags(&self, _file: &File, _flags: u32) -> Result<(), Errno> {
        Ok(())
    }

    fn fallocate(&self, file: &File, mode: u32, offset: u64, len: u64) -> Result<(), Errno> {
        let seals = seals_of(file);
        let punches = mode & FALLOC_FL_PUNCH_HOLE != 0;
        let grows = !punches && offset.saturating_add(len) > file.inode.size();
        if (punches && seals & NO_WRITE != 0) || (grows && seals & F_SEAL_GROW != 0) {
            return Err(Errno::EPERM);
        }
        allocate(file, mode, offset, len)
    }

    fn seals(&self, file: &File) -> Result<u32, Errno> {
        Ok(seals_of(file))
    }

    fn add_seals(&self, file: &File, seals: u32) -> Result<(), Errno> {
        add_seals(file, seals)
    }
}
