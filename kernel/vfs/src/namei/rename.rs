//! rename(2), renameat2(2).

use alloc::sync::Arc;

use abi::Errno;
use sched::{MutexGuard, WriteGuard};

use super::{Base, LastType, LookupCtx, Parent, lookup_one_locked, parent_lookup};
use crate::consts::*;
use crate::dentry::hash_component;
use crate::inode::Rename;
use crate::mount::is_below;
use crate::notify;
use crate::permission::{MAY_WRITE, inode_permission, may_create, may_delete};
use crate::{Dentry, Inode};

/// Refuses RENAME_* flags that don't exist or don't go together.
pub fn check_rename_flags(flags: u32) -> Result<(), Errno> {
    if flags & !(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT) != 0
        || flags & (RENAME_NOREPLACE | RENAME_WHITEOUT) != 0 && flags & RENAME_EXCHANGE != 0
    {
        return Err(Errno::EINVAL);
    }
    Ok(())
}

/// rename(2) and its kin: from a path to a path, each with where it starts; `flags` are RENAME_*. What is wrong
/// with the new name itself counts only once the old one's directory has been found.
pub fn do_renameat2(
    ctx: &LookupCtx<'_>,
    (old_base, old): (Base<'_>, &[u8]),
    new: Result<(Base<'_>, &[u8]), Errno>,
    flags: u32,
) -> Result<(), Errno> {
    check_rename_flags(flags)?;
    let from = parent_lookup(ctx, &old_base, old)?;
    let (new_base, new) = new?;
    let to = parent_lookup(ctx, &new_base, new)?;
    if !Arc::ptr_eq(&from.dir.mnt, &to.dir.mnt) {
        return Err(Errno::EXDEV);
    }
    if from.last != LastType::Norm {
        return Err(Errno::EBUSY);
    }
    if to.last != LastType::Norm {
        return Err(if flags & RENAME_NOREPLACE != 0 { Errno::EEXIST } else { Errno::EBUSY });
    }
    if from.dir.mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    let _locks = lock_rename((&from.dir.dentry, &from.inode), (&to.dir.dentry, &to.inode));
    rename_locked(ctx, &from, &to, flags)
}

/// What is held while a name moves from one directory to another.
pub(crate) struct RenameLocks<'a> {
    _second: Option<WriteGuard<'a, ()>>,
    _first: WriteGuard<'a, ()>,
    _renames: Option<MutexGuard<'a, ()>>,
}

/// Locks two directories of one file system, which may be the same. Only one rename between different
/// directories happens at a time: so "is an ancestor of" stays true while it counts.
pub(crate) fn lock_rename<'a>(
    from: (&Arc<Dentry>, &'a Arc<Inode>),
    to: (&Arc<Dentry>, &'a Arc<Inode>),
) -> RenameLocks<'a> {
    if Arc::ptr_eq(from.1, to.1) {
        return RenameLocks { _second: None, _first: from.1.rwsem.write(), _renames: None };
    }
    let renames = from.1.sb.rename.lock();
    // An ancestor is locked before what lies below it; unrelated directories in address order.
    let address = |dir: &Arc<Inode>| Arc::as_ptr(dir) as usize;
    let from_first = is_below(to.0, from.0) || (!is_below(from.0, to.0) && address(from.1) < address(to.1));
    let (first, second) = if from_first { (from.1, to.1) } else { (to.1, from.1) };
    let first = first.rwsem.write();
    RenameLocks { _second: Some(second.rwsem.write_nested()), _first: first, _renames: Some(renames) }
}

fn child(parent: &Parent<'_>) -> Result<Option<Arc<Dentry>>, Errno> {
    let (_, hash) = hash_component(parent.name);
    super::create::lookup_new(parent, hash)
}

/// Both directories are locked.
fn rename_locked(ctx: &LookupCtx<'_>, from: &Parent<'_>, to: &Parent<'_>, flags: u32) -> Result<(), Errno> {
    let (_, hash) = hash_component(from.name);
    let source = lookup_one_locked(&from.dir.dentry, &from.inode, from.name, hash)?;
    let old_inode = source.inode().ok_or(Errno::ENOENT)?;
    let target = child(to)?;
    let new_inode = target.as_ref().and_then(|dentry| dentry.inode());
    let exchange = flags & RENAME_EXCHANGE != 0;
    if flags & RENAME_NOREPLACE != 0 && new_inode.is_some() {
        return Err(Errno::EEXIST);
    }
    if exchange && new_inode.is_none() {
        return Err(Errno::ENOENT);
    }
    check_slashes(from, to, &old_inode, new_inode.as_ref(), exchange)?;
    // The source must not be an ancestor of the target, nor the other way round.
    if is_below(&to.dir.dentry, &source) {
        return Err(Errno::EINVAL);
    }
    if let Some(target) = &target
        && is_below(&from.dir.dentry, target)
    {
        return Err(if exchange { Errno::EINVAL } else { Errno::ENOTEMPTY });
    }
    if let Some(new) = &new_inode
        && Arc::ptr_eq(new, &old_inode)
    {
        // Two names of one file: rename(2) does nothing then.
        return Ok(());
    }
    check_rights(ctx, from, to, &old_inode, new_inode.as_ref(), exchange)?;
    if source.is_mounted() || target.as_ref().is_some_and(|dentry| dentry.is_mounted()) {
        return Err(Errno::EBUSY);
    }
    let op = Rename {
        old_dir: &from.inode,
        old_name: from.name,
        old_inode: &old_inode,
        new_dir: &to.inode,
        new_name: to.name,
        new_inode: new_inode.as_ref(),
        flags,
    };
    rename_dentries(&op, (&from.dir.dentry, &source), (&to.dir.dentry, target.as_ref()))
}

/// Has the file system rename, then the cached names. Both directories are locked.
pub(crate) fn rename_dentries(
    op: &Rename<'_>,
    (old_dir, source): (&Arc<Dentry>, &Arc<Dentry>),
    (new_dir, target): (&Arc<Dentry>, Option<&Arc<Dentry>>),
) -> Result<(), Errno> {
    let exchange = op.flags & RENAME_EXCHANGE != 0;
    {
        // A directory that is replaced must not gain names meanwhile.
        let victim = op.new_inode.filter(|inode| inode.is_dir() && !exchange);
        let _victim = victim.map(|inode| inode.rwsem.write_nested());
        op.old_dir.ops.rename(op)?;
    }
    if let Some(target) = target {
        if exchange {
            target.rename_to(old_dir, op.old_name);
        } else {
            target.unhash();
        }
    }
    source.rename_to(new_dir, op.new_name);
    let (from, to) = ((&**op.old_dir, op.old_name), (&**op.new_dir, op.new_name));
    let replaced = op.new_inode.filter(|_| !exchange).map(|inode| &**inode);
    notify::on_move(from, to, op.old_inode, replaced);
    if let Some(other) = op.new_inode.filter(|_| exchange) {
        notify::on_move(to, from, other, None);
    }
    Ok(())
}

fn check_slashes(
    from: &Parent<'_>,
    to: &Parent<'_>,
    old: &Inode,
    new: Option<&Arc<Inode>>,
    exchange: bool,
) -> Result<(), Errno> {
    if !old.is_dir() && (from.trailing || (!exchange && to.trailing)) {
        return Err(Errno::ENOTDIR);
    }
    if exchange && to.trailing && new.is_some_and(|inode| !inode.is_dir()) {
        return Err(Errno::ENOTDIR);
    }
    Ok(())
}

fn check_rights(
    ctx: &LookupCtx<'_>,
    from: &Parent<'_>,
    to: &Parent<'_>,
    old: &Arc<Inode>,
    new: Option<&Arc<Inode>>,
    exchange: bool,
) -> Result<(), Errno> {
    may_delete(&from.inode, old, ctx.cred, old.is_dir())?;
    match new {
        None => may_create(&to.inode, ctx.cred)?,
        Some(new) if exchange => may_delete(&to.inode, new, ctx.cred, new.is_dir())?,
        Some(new) => may_delete(&to.inode, new, ctx.cred, old.is_dir())?,
    }
    // A directory that changes its parent has its `..` written.
    if !Arc::ptr_eq(&from.inode, &to.inode) {
        if old.is_dir() {
            inode_permission(old, ctx.cred, MAY_WRITE)?;
        }
        if let Some(new) = new.filter(|new| exchange && new.is_dir()) {
            inode_permission(new, ctx.cred, MAY_WRITE)?;
        }
    }
    Ok(())
}
