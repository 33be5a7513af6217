//! Taking names away: unlink(2), rmdir(2).

use abi::Errno;

use super::{Base, LastType, LookupCtx, lookup_one_locked, parent_lookup};
use crate::dentry::hash_component;
use crate::notify;
use crate::permission::may_delete;

/// unlink(2), unlinkat(2).
pub fn do_unlinkat(ctx: &LookupCtx<'_>, base: &Base<'_>, path: &[u8]) -> Result<(), Errno> {
    let parent = parent_lookup(ctx, base, path)?;
    if parent.last != LastType::Norm {
        return Err(Errno::EISDIR);
    }
    let (_, hash) = hash_component(parent.name);
    let _dir = parent.inode.rwsem.write();
    let dentry = lookup_one_locked(&parent.dir.dentry, &parent.inode, parent.name, hash)?;
    let inode = dentry.inode().ok_or(Errno::ENOENT)?;
    if parent.trailing {
        return Err(if inode.is_dir() { Errno::EISDIR } else { Errno::ENOTDIR });
    }
    if parent.dir.mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    may_delete(&parent.inode, &inode, ctx.cred, false)?;
    if dentry.is_mounted() {
        return Err(Errno::EBUSY);
    }
    parent.inode.ops.unlink(&parent.inode, parent.name, &inode)?;
    dentry.delete();
    notify::on_delete(&parent.inode, parent.name, &inode);
    Ok(())
}

/// rmdir(2), unlinkat(2) with AT_REMOVEDIR.
pub fn do_rmdir(ctx: &LookupCtx<'_>, base: &Base<'_>, path: &[u8]) -> Result<(), Errno> {
    let parent = parent_lookup(ctx, base, path)?;
    match parent.last {
        LastType::Norm => (),
        LastType::Dot => return Err(Errno::EINVAL),
        LastType::DotDot => return Err(Errno::ENOTEMPTY),
        LastType::Root => return Err(Errno::EBUSY),
    }
    if parent.dir.mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    let (_, hash) = hash_component(parent.name);
    let _dir = parent.inode.rwsem.write();
    let dentry = lookup_one_locked(&parent.dir.dentry, &parent.inode, parent.name, hash)?;
    let inode = dentry.inode().ok_or(Errno::ENOENT)?;
    may_delete(&parent.inode, &inode, ctx.cred, true)?;
    if dentry.is_mounted() {
        return Err(Errno::EBUSY);
    }
    // Nobody may make a name in it while it goes.
    let _victim = inode.rwsem.write_nested();
    parent.inode.ops.rmdir(&parent.inode, parent.name, &inode)?;
    dentry.delete();
    notify::on_delete(&parent.inode, parent.name, &inode);
    Ok(())
}
