//! What a file system that is stacked upon others (overlay) does with the files below it: by dentry, without
//! asking for rights (the stacked one has asked for its own), and keeping the dentry cache in step, so that
//! whoever looks at the lower file systems directly sees the same.

use alloc::format;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use abi::Errno;

use super::rename::lock_rename;
use super::{lookup_one, lookup_one_locked};
use crate::attr::Iattr;
use crate::consts::*;
use crate::dentry::hash_component;
use crate::inode::Rename;
use crate::mount::is_below;
use crate::{Cred, Dentry, DevT, File, Inode, Path};

/// What [`make`] makes.
pub enum New<'a> {
    /// A regular file of that mode.
    File(u32),
    /// A directory of that mode.
    Dir(u32),
    /// A FIFO, socket or device node: mode with type, device number.
    Node(u32, DevT),
    /// A symbolic link with that text.
    Symlink(&'a [u8]),
    /// A further name for a file.
    Link(&'a Arc<Inode>),
}

/// The inode of a dentry that is not negative; ENOENT.
pub fn inode_of(dentry: &Dentry) -> Result<Arc<Inode>, Errno> {
    dentry.inode().ok_or(Errno::ENOENT)
}

/// The file `name` in the directory `parent`; none if there is none.
pub fn lookup(parent: &Arc<Dentry>, name: &[u8]) -> Result<Option<Arc<Dentry>>, Errno> {
    let dir = inode_of(parent)?;
    let (_, hash) = hash_component(name);
    match lookup_one(parent, &dir, name, hash) {
        Ok(dentry) => Ok((!dentry.is_negative()).then_some(dentry)),
        Err(Errno::ENOENT) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// A new name in `parent`: EEXIST if it is there.
pub fn make(parent: &Arc<Dentry>, name: &[u8], what: &New<'_>, cred: &Cred) -> Result<Arc<Dentry>, Errno> {
    let dir = inode_of(parent)?;
    let (_, hash) = hash_component(name);
    let _guard = dir.rwsem.write();
    let dentry = match lookup_one_locked(parent, &dir, name, hash) {
        Ok(dentry) if !dentry.is_negative() => return Err(Errno::EEXIST),
        Ok(dentry) => Some(dentry),
        Err(Errno::ENOENT) if dir.nlink() != 0 => None,
        Err(errno) => return Err(errno),
    };
    let ops = &dir.ops;
    let inode = match *what {
        New::File(mode) => ops.create(&dir, name, S_IFREG | (mode & 0o7777), cred)?,
        New::Dir(mode) => ops.mkdir(&dir, name, S_IFDIR | (mode & 0o7777), cred)?,
        New::Node(mode, rdev) => ops.mknod(&dir, name, mode, rdev, cred)?,
        New::Symlink(text) => ops.symlink(&dir, name, text, cred)?,
        New::Link(inode) => {
            ops.link(&dir, name, inode)?;
            inode.clone()
        }
    };
    Ok(match dentry {
        Some(dentry) if !dentry.is_deleted() => {
            dentry.instantiate(inode);
            dentry
        }
        _ => Dentry::add(parent, name, hash, Some(inode)),
    })
}

/// Takes the name of a file or of an empty directory away.
pub fn remove(parent: &Arc<Dentry>, name: &[u8]) -> Result<(), Errno> {
    let dir = inode_of(parent)?;
    let (_, hash) = hash_component(name);
    let _guard = dir.rwsem.write();
    let dentry = lookup_one_locked(parent, &dir, name, hash)?;
    let inode = inode_of(&dentry)?;
    if dentry.is_mounted() {
        return Err(Errno::EBUSY);
    }
    if inode.is_dir() {
        let _victim = inode.rwsem.write_nested();
        dir.ops.rmdir(&dir, name, &inode)?;
    } else {
        dir.ops.unlink(&dir, name, &inode)?;
    }
    dentry.delete();
    Ok(())
}

/// Moves a name between directories of one file system; `flags` are RENAME_*.
pub fn rename(from: (&Arc<Dentry>, &[u8]), to: (&Arc<Dentry>, &[u8]), flags: u32) -> Result<(), Errno> {
    if !Arc::ptr_eq(&from.0.sb, &to.0.sb) {
        return Err(Errno::EXDEV);
    }
    let (old_dir, new_dir) = (inode_of(from.0)?, inode_of(to.0)?);
    let _locks = lock_rename((from.0, &old_dir), (to.0, &new_dir));
    let find = |parent: &Arc<Dentry>, dir: &Arc<Inode>, name: &[u8]| {
        let (_, hash) = hash_component(name);
        match lookup_one_locked(parent, dir, name, hash) {
            Ok(dentry) => Ok(Some(dentry)),
            Err(Errno::ENOENT) if dir.nlink() != 0 => Ok(None),
            Err(errno) => Err(errno),
        }
    };
    let source = find(from.0, &old_dir, from.1)?.ok_or(Errno::ENOENT)?;
    let old_inode = inode_of(&source)?;
    let target = find(to.0, &new_dir, to.1)?;
    let new_inode = target.as_ref().and_then(|dentry| dentry.inode());
    if is_below(to.0, &source) || target.as_ref().is_some_and(|target| is_below(from.0, target)) {
        return Err(Errno::EINVAL);
    }
    if new_inode.as_ref().is_some_and(|new| Arc::ptr_eq(new, &old_inode)) {
        return Ok(());
    }
    let op = Rename {
        old_dir: &old_dir,
        old_name: from.1,
        old_inode: &old_inode,
        new_dir: &new_dir,
        new_name: to.1,
        new_inode: new_inode.as_ref(),
        flags,
    };
    super::rename::rename_dentries(&op, (from.0, &source), (to.0, target.as_ref()))
}

/// A regular file without a name, below `parent`.
pub fn tmpfile(parent: &Arc<Dentry>, mode: u32, cred: &Cred) -> Result<Arc<Dentry>, Errno> {
    let dir = inode_of(parent)?;
    let file = dir.ops.tmpfile(&dir, S_IFREG | (mode & 0o7777), cred)?;
    let name = format!("#{}", file.ino);
    Ok(Dentry::new_unhashed(parent, name.as_bytes(), file))
}

/// A name that no other call here gave out, for something that will be renamed.
pub fn unique_name() -> alloc::string::String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("#{:x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Opens a file for the kernel's own use; reading through it moves no access time.
pub fn open(path: Path, flags: u32, cred: &Cred) -> Result<Arc<File>, Errno> {
    let inode = inode_of(&path.dentry)?;
    crate::open::vfs_open(cred, path, inode, flags | O_NOATIME, 0)
}

/// Changes attributes without asking for rights.
pub fn setattr(inode: &Arc<Inode>, attr: &Iattr) -> Result<(), Errno> {
    let _guard = inode.rwsem.write();
    inode.ops.setattr(inode, attr)
}
