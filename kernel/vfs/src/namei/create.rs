//! Making names: mkdir(2), mknod(2), symlink(2), link(2).

use alloc::sync::Arc;

use abi::Errno;

use super::{
    Base, LastType, LookupCtx, LookupFlags, Parent, lookup_one_locked, parent_lookup, path_lookup_inode,
};
use crate::chrdev::DevT;
use crate::consts::*;
use crate::dentry::hash_component;
use crate::notify;
use crate::permission::{may_create, owner_or_capable};
use crate::{Dentry, Inode, Path};

/// Looks a new name up with its directory locked: EEXIST if it is there, ENOENT for `name/` unless a directory
/// is made, EROFS; then `make`s it.
fn create_name(
    ctx: &LookupCtx<'_>,
    base: &Base<'_>,
    path: &[u8],
    is_dir: bool,
    make: impl FnOnce(&Parent<'_>) -> Result<Arc<Inode>, Errno>,
) -> Result<Path, Errno> {
    let parent = parent_lookup(ctx, base, path)?;
    if parent.last != LastType::Norm {
        return Err(Errno::EEXIST);
    }
    let (_, hash) = hash_component(parent.name);
    let _dir = parent.inode.rwsem.write();
    let dentry = lookup_new(&parent, hash)?;
    if dentry.as_ref().is_some_and(|d| !d.is_negative()) {
        return Err(Errno::EEXIST);
    }
    if parent.trailing && !is_dir {
        return Err(Errno::ENOENT);
    }
    if parent.dir.mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    may_create(&parent.inode, ctx.cred)?;
    let inode = make(&parent)?;
    let dentry = publish(&parent, hash, dentry, inode);
    Ok(Path { mnt: parent.dir.mnt.clone(), dentry })
}

/// The cached or looked-up dentry of a name that shall be made; none where misses aren't cached.
pub(crate) fn lookup_new(parent: &Parent<'_>, hash: u64) -> Result<Option<Arc<Dentry>>, Errno> {
    match lookup_one_locked(&parent.dir.dentry, &parent.inode, parent.name, hash) {
        Ok(dentry) => Ok(Some(dentry)),
        Err(Errno::ENOENT) if parent.inode.nlink() != 0 => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Makes a new inode visible under its name.
pub(crate) fn publish(
    parent: &Parent<'_>,
    hash: u64,
    dentry: Option<Arc<Dentry>>,
    inode: Arc<Inode>,
) -> Arc<Dentry> {
    notify::on_create(&parent.inode, parent.name, &inode);
    match dentry {
        Some(dentry) if !dentry.is_deleted() => {
            dentry.instantiate(inode);
            dentry
        }
        _ => Dentry::add(&parent.dir.dentry, parent.name, hash, Some(inode)),
    }
}

/// mkdir(2), mkdirat(2). `mode` is cut by the umask.
pub fn do_mkdirat(ctx: &LookupCtx<'_>, base: &Base<'_>, path: &[u8], mode: u32) -> Result<(), Errno> {
    let mode = mode & 0o1777 & !ctx.fs.umask();
    create_name(ctx, base, path, true, |parent| {
        parent.inode.ops.mkdir(&parent.inode, parent.name, mode | S_IFDIR, ctx.cred)
    })
    .map(drop)
}

/// The kind of file that mknod(2) shall make, S_IFREG if `mode` names none: EPERM for directories, EINVAL for what
/// can't be made so.
pub fn node_kind(mode: u32) -> Result<u32, Errno> {
    match mode & S_IFMT {
        0 => Ok(S_IFREG),
        S_IFDIR => Err(Errno::EPERM),
        kind @ (S_IFREG | S_IFCHR | S_IFBLK | S_IFIFO | S_IFSOCK) => Ok(kind),
        _ => Err(Errno::EINVAL),
    }
}

/// mknod(2), mknodat(2): also regular files. EPERM for device nodes without CAP_MKNOD and for directories.
pub fn do_mknodat(
    ctx: &LookupCtx<'_>,
    base: &Base<'_>,
    path: &[u8],
    mode: u32,
    dev: DevT,
) -> Result<(), Errno> {
    make_node(ctx, base, path, mode, dev).map(drop)
}

/// As [`do_mknodat`]; the place of the new file.
pub fn make_node(
    ctx: &LookupCtx<'_>,
    base: &Base<'_>,
    path: &[u8],
    mode: u32,
    dev: DevT,
) -> Result<Path, Errno> {
    let kind = node_kind(mode)?;
    let mode = kind | (mode & 0o7777 & !ctx.fs.umask());
    create_name(ctx, base, path, false, |parent| {
        let (dir, ops) = (&parent.inode, &parent.inode.ops);
        if kind == S_IFREG {
            return ops.create(dir, parent.name, mode, ctx.cred);
        }
        let device = kind == S_IFCHR || kind == S_IFBLK;
        // An overlay's whiteout opens nothing, so everybody may make one.
        let whiteout = kind == S_IFCHR && dev == DevT(0);
        if device && !whiteout && !ctx.cred.capable(CAP_MKNOD) {
            return Err(Errno::EPERM);
        }
        ops.mknod(dir, parent.name, mode, if device { dev } else { DevT(0) }, ctx.cred)
    })
}

/// symlink(2), symlinkat(2). ENOENT for an empty target.
pub fn do_symlinkat(ctx: &LookupCtx<'_>, target: &[u8], base: &Base<'_>, path: &[u8]) -> Result<(), Errno> {
    if target.is_empty() {
        return Err(Errno::ENOENT);
    }
    create_name(ctx, base, path, false, |parent| {
        parent.inode.ops.symlink(&parent.inode, parent.name, target, ctx.cred)
    })
    .map(drop)
}

/// link(2), linkat(2): from a path to a path, each with where it starts; `flags` has FOLLOW for AT_SYMLINK_FOLLOW
/// and EMPTY for AT_EMPTY_PATH. What is wrong with the new name itself counts only once the file has been found.
pub fn do_linkat(
    ctx: &LookupCtx<'_>,
    (old_base, old): (Base<'_>, &[u8]),
    new: Result<(Base<'_>, &[u8]), Errno>,
    flags: LookupFlags,
) -> Result<(), Errno> {
    let (source, inode) = path_lookup_inode(ctx, &old_base, old, flags)?;
    let (new_base, new) = new?;
    create_name(ctx, &new_base, new, false, |parent| {
        if !Arc::ptr_eq(&parent.dir.mnt, &source.mnt) {
            return Err(Errno::EXDEV);
        }
        if inode.is_dir() {
            return Err(Errno::EPERM);
        }
        if !may_link(ctx, &inode) {
            return Err(Errno::EPERM);
        }
        // A file without a name may get one only if it was made for that (O_TMPFILE without O_EXCL).
        if inode.nlink() == 0 && !inode.is_linkable() {
            return Err(Errno::ENOENT);
        }
        parent.inode.ops.link(&parent.inode, parent.name, &inode)?;
        inode.set_linkable(false);
        notify::on_inode(&inode, notify::event::ATTRIB);
        Ok(inode.clone())
    })
    .map(drop)
}

/// fs.protected_hardlinks, which every distribution sets: only to files that one owns or may read and write,
/// and that are plain.
fn may_link(ctx: &LookupCtx<'_>, inode: &Inode) -> bool {
    use crate::permission::{MAY_READ, MAY_WRITE, inode_permission};
    let mode = inode.mode();
    let plain = inode.is_reg() && mode & S_ISUID == 0 && mode & (S_ISGID | S_IXGRP) != S_ISGID | S_IXGRP;
    owner_or_capable(inode, ctx.cred)
        || plain && inode_permission(inode, ctx.cred, MAY_READ | MAY_WRITE).is_ok()
}
