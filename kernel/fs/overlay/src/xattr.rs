//! Extended attributes: the overlay's own, and those that pass through.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use vfs::Inode;

use crate::Ovl;
use crate::copy_up::copy_up;
use crate::node::{Node, node_of, refresh};

/// A directory that hides everything below it: `y`.
pub(crate) const OPAQUE: &[u8] = b"opaque";
/// Where a moved directory's lower parts are.
pub(crate) const REDIRECT: &[u8] = b"redirect";
/// The number that a copied-up file keeps (our own format: 8 bytes).
pub(crate) const ORIGIN: &[u8] = b"origin";
/// A directory into which files were copied up: `y`.
pub(crate) const IMPURE: &[u8] = b"impure";

impl Ovl {
    fn prefix(&self) -> &'static [u8] {
        if self.options.userxattr { b"user.overlay." } else { b"trusted.overlay." }
    }

    fn own_name(&self, name: &[u8]) -> Vec<u8> {
        [self.prefix(), name].concat()
    }

    /// Whether an attribute is the overlay's own: not to be seen from above.
    pub fn is_own(&self, name: &[u8]) -> bool {
        name.starts_with(self.prefix())
    }

    /// One of the overlay's own attributes; none if the file or its file system has no such thing.
    pub fn get_own(&self, real: &Inode, name: &[u8]) -> Result<Option<Arc<[u8]>>, Errno> {
        match real.ops.getxattr(real, &self.own_name(name)) {
            Ok(value) => Ok(Some(value)),
            Err(Errno::ENODATA | Errno::EOPNOTSUPP | Errno::EPERM | Errno::EACCES) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    /// Sets one of the overlay's own attributes.
    pub fn set_own(&self, real: &Inode, name: &[u8], value: &[u8]) -> Result<(), Errno> {
        let _guard = real.rwsem.write();
        real.ops.setxattr(real, &self.own_name(name), value, 0)
    }

    /// Whether a directory hides what is below it.
    pub fn is_opaque(&self, real: &Inode) -> Result<bool, Errno> {
        Ok(self.get_own(real, OPAQUE)?.is_some_and(|value| *value == *b"y"))
    }
}

/// Copies all attributes but the overlay's own. What the target can't hold is left out, as on Linux, unless it
/// decides about rights.
pub(crate) fn copy_all(fs: &Ovl, from: &Inode, to: &Inode) -> Result<(), Errno> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    match from.ops.listxattr(from, &mut |name| names.push(name.to_vec())) {
        Ok(()) => (),
        Err(Errno::EOPNOTSUPP) => return Ok(()),
        Err(errno) => return Err(errno),
    }
    for name in names.iter().filter(|name| !fs.is_own(name)) {
        let value = match from.ops.getxattr(from, name) {
            Ok(value) => value,
            Err(Errno::ENODATA | Errno::EOPNOTSUPP) => continue,
            Err(errno) => return Err(errno),
        };
        let _guard = to.rwsem.write();
        match to.ops.setxattr(to, name, &value, 0) {
            Err(Errno::EOPNOTSUPP) if !name.starts_with(b"security.") => (),
            done => done?,
        }
    }
    Ok(())
}

impl Node {
    /// getxattr(2).
    pub fn get_xattr(&self, name: &[u8]) -> Result<Arc<[u8]>, Errno> {
        if self.fs.is_own(name) {
            return Err(Errno::EOPNOTSUPP);
        }
        let real = &self.real()?.inode;
        real.ops.getxattr(real, name)
    }

    /// listxattr(2).
    pub fn list_xattr(&self, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
        let real = &self.real()?.inode;
        real.ops.listxattr(real, &mut |name| {
            if !self.fs.is_own(name) {
                each(name);
            }
        })
    }
}

/// setxattr(2) and, without a value, removexattr(2).
pub(crate) fn change(inode: &Inode, name: &[u8], value: Option<&[u8]>, flags: u32) -> Result<(), Errno> {
    let node = node_of(inode)?;
    if node.fs.is_own(name) {
        return Err(Errno::EOPNOTSUPP);
    }
    if value.is_none() {
        // What isn't there needs no copy to be removed from.
        node.get_xattr(name)?;
    }
    copy_up(inode)?;
    let real = &node.upper_or_rofs()?.inode;
    {
        let _guard = real.rwsem.write();
        match value {
            Some(value) => real.ops.setxattr(real, name, value, flags)?,
            None => real.ops.removexattr(real, name)?,
        }
    }
    refresh(inode);
    Ok(())
}
