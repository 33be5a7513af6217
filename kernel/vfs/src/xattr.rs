//! Extended attributes (xattr(7)): who may see and change those of which namespace. File systems keep them.

use alloc::sync::Arc;

use abi::Errno;

use crate::consts::{CAP_SETFCAP, CAP_SYS_ADMIN, S_ISVTX};
use crate::permission::{MAY_READ, MAY_WRITE, inode_permission, owner_or_capable};
use crate::{Cred, Inode, Path, notify};

/// The longest name.
pub const XATTR_NAME_MAX: usize = 255;
/// The largest value.
pub const XATTR_SIZE_MAX: usize = 65536;
/// The longest list of names that is handed out.
pub const XATTR_LIST_MAX: usize = 65536;
/// The attribute must not exist yet.
pub const XATTR_CREATE: u32 = 1;
/// The attribute must exist.
pub const XATTR_REPLACE: u32 = 2;

const CAPABILITY: &[u8] = b"security.capability";
const NAMESPACES: [&[u8]; 4] = [b"user.", b"trusted.", b"security.", b"system."];

/// The value of an attribute.
pub fn getxattr(inode: &Inode, cred: &Cred, name: &[u8]) -> Result<Arc<[u8]>, Errno> {
    permission(inode, cred, name, MAY_READ)?;
    known_namespace(name)?;
    inode.ops.getxattr(inode, name)
}

/// Sets an attribute; `flags` are XATTR_CREATE or XATTR_REPLACE.
pub fn setxattr(path: &Path, cred: &Cred, name: &[u8], value: &[u8], flags: u32) -> Result<(), Errno> {
    if path.mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    if name == CAPABILITY && !value.is_empty() {
        check_capability(cred, value)?;
    }
    let _guard = inode.rwsem.write();
    may_change(&inode, cred, name)?;
    known_namespace(name)?;
    inode.ops.setxattr(&inode, name, value, flags)?;
    notify::on_file(path, &inode, notify::event::ATTRIB);
    Ok(())
}

/// Takes an attribute away.
pub fn removexattr(path: &Path, cred: &Cred, name: &[u8]) -> Result<(), Errno> {
    if path.mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    let _guard = inode.rwsem.write();
    may_change(&inode, cred, name)?;
    known_namespace(name)?;
    inode.ops.removexattr(&inode, name)?;
    notify::on_file(path, &inode, notify::event::ATTRIB);
    Ok(())
}

/// Calls `each` with the names that `cred` may see.
pub fn listxattr(inode: &Inode, cred: &Cred, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
    let admin = cred.capable(CAP_SYS_ADMIN);
    inode.ops.listxattr(inode, &mut |name| {
        if admin || !name.starts_with(b"trusted.") {
            each(name);
        }
    })
}

/// A namespace alone is no name; one that does not exist is not supported.
fn known_namespace(name: &[u8]) -> Result<(), Errno> {
    if NAMESPACES.contains(&name) {
        return Err(Errno::EINVAL);
    }
    if NAMESPACES.iter().any(|prefix| name.starts_with(prefix)) { Ok(()) } else { Err(Errno::EOPNOTSUPP) }
}

fn permission(inode: &Inode, cred: &Cred, name: &[u8], mask: u32) -> Result<(), Errno> {
    // Without the right to see an attribute it is as if there were none.
    let denied = if mask == MAY_WRITE { Errno::EPERM } else { Errno::ENODATA };
    if name.starts_with(b"security.") || name.starts_with(b"system.") {
        return Ok(());
    }
    if name.starts_with(b"trusted.") {
        return if cred.capable(CAP_SYS_ADMIN) { Ok(()) } else { Err(denied) };
    }
    if name.starts_with(b"user.") {
        if !inode.is_reg() && !inode.is_dir() {
            return Err(denied);
        }
        let sticky = inode.is_dir() && inode.mode() & S_ISVTX != 0;
        if sticky && mask == MAY_WRITE && !owner_or_capable(inode, cred) {
            return Err(Errno::EPERM);
        }
    }
    inode_permission(inode, cred, mask)
}

fn may_change(inode: &Inode, cred: &Cred, name: &[u8]) -> Result<(), Errno> {
    permission(inode, cred, name, MAY_WRITE)?;
    let needed = match name {
        CAPABILITY => CAP_SETFCAP,
        _ if name.starts_with(b"security.") => CAP_SYS_ADMIN,
        _ => return Ok(()),
    };
    if cred.capable(needed) { Ok(()) } else { Err(Errno::EPERM) }
}

/// File capabilities come in two layouts: version 2, and version 3 with a user behind them.
fn check_capability(cred: &Cred, value: &[u8]) -> Result<(), Errno> {
    let version = value.first_chunk::<4>().map(|word| u32::from_le_bytes(*word) & 0xff00_0000);
    match (version, value.len()) {
        (Some(0x0200_0000), 20) | (Some(0x0300_0000), 24) => {}
        _ => return Err(Errno::EINVAL),
    }
    if cred.capable(CAP_SETFCAP) { Ok(()) } else { Err(Errno::EPERM) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces() {
        assert_eq!(known_namespace(b"user.a"), Ok(()));
        assert_eq!(known_namespace(b"user."), Err(Errno::EINVAL));
        assert_eq!(known_namespace(b"nothing"), Err(Errno::EOPNOTSUPP));
        assert_eq!(known_namespace(b"username.a"), Err(Errno::EOPNOTSUPP));
    }

    #[test]
    fn layouts_of_file_capabilities() {
        let root = Cred::root();
        let mut value = [0u8; 24];
        value[3] = 2;
        assert_eq!(check_capability(&root, &value[..20]), Ok(()));
        assert_eq!(check_capability(&root, &value), Err(Errno::EINVAL));
        value[3] = 3;
        assert_eq!(check_capability(&root, &value), Ok(()));
        assert_eq!(check_capability(&root, &[]), Err(Errno::EINVAL));
    }
}
