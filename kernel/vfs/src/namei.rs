//! From a path to a place: the walk (path_resolution(7)).
//!
//! [`walk_fast`] goes as far as the dentry cache carries, under RCU, without a lock or a reference. It either
//! settles the look-up or asks for the slow walk (`namei/slow.rs`), which starts again.

mod create;
mod remove;
mod rename;
mod slow;
pub mod stacked;
#[cfg(test)]
mod tests;

use alloc::sync::Arc;

use abi::Errno;
use bitflags::bitflags;
use sync::{RcuGuard, rcu};

pub use create::{do_linkat, do_mkdirat, do_mknodat, do_symlinkat, make_node, node_kind};
pub(crate) use create::{lookup_new, publish};
pub use remove::{do_rmdir, do_unlinkat};
pub use rename::{check_rename_flags, do_renameat2};
pub(crate) use slow::{Nameidata, lookup_one, lookup_one_locked};

use crate::consts::*;
use crate::dentry::{d_lookup, hash_component};
use crate::mount::lookup_mnt;
use crate::permission::{MAY_EXEC, inode_permission};
use crate::{Cred, Dentry, FdRef, FsStruct, Inode, Kstat, Mount, Path};

bitflags! {
    /// How a path is walked.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LookupFlags: u32 {
        /// Follow a symbolic link in the last component.
        const FOLLOW = 1;
        /// The goal must be a directory.
        const DIRECTORY = 2;
        /// An empty path means the base itself (AT_EMPTY_PATH).
        const EMPTY = 4;
        /// RESOLVE_NO_XDEV
        const NO_XDEV = 8;
        /// RESOLVE_NO_MAGICLINKS
        const NO_MAGICLINKS = 0x10;
        /// RESOLVE_NO_SYMLINKS
        const NO_SYMLINKS = 0x20;
        /// RESOLVE_BENEATH
        const BENEATH = 0x40;
        /// RESOLVE_IN_ROOT
        const IN_ROOT = 0x80;
        /// RESOLVE_CACHED
        const CACHED = 0x100;
    }
}

impl LookupFlags {
    /// What the fast walk leaves to the slow one.
    const SCOPED: Self = Self::NO_XDEV
        .union(Self::NO_MAGICLINKS)
        .union(Self::NO_SYMLINKS)
        .union(Self::BENEATH)
        .union(Self::IN_ROOT);
}

/// Who walks, and from where.
#[derive(Clone, Copy)]
pub struct LookupCtx<'a> {
    /// Root, working directory, umask.
    pub fs: &'a FsStruct,
    /// Whose rights count.
    pub cred: &'a Cred,
}

impl<'a> LookupCtx<'a> {
    /// The context of a task.
    #[inline]
    pub fn new(fs: &'a FsStruct, cred: &'a Cred) -> Self {
        LookupCtx { fs, cred }
    }

    /// The same place with other credentials (access(2)).
    pub fn with_cred<'b>(&self, cred: &'b Cred) -> LookupCtx<'b>
    where
        'a: 'b,
    {
        LookupCtx { fs: self.fs, cred }
    }
}

/// Where a relative path begins.
pub enum Base<'a> {
    /// The working directory (AT_FDCWD).
    Cwd,
    /// An open directory.
    File(FdRef<'a>),
    /// A place that the kernel knows.
    Place(&'a Path),
}

impl Base<'_> {
    /// The place itself.
    pub(crate) fn path(&self, ctx: &LookupCtx<'_>) -> Path {
        match self {
            Base::Cwd => (*ctx.fs.pwd()).clone(),
            Base::File(file) => file.path.clone(),
            Base::Place(path) => (*path).clone(),
        }
    }
}

/// How the fast walk ended.
pub(crate) enum Fast<'g> {
    Found(&'g Mount, &'g Dentry, &'g Inode),
    Fail(Errno),
    Slow,
}

/// Walks `path`, which is neither empty nor too long, as far as the cache carries.
#[inline]
pub(crate) fn walk_fast<'g>(
    guard: &'g RcuGuard,
    ctx: &LookupCtx<'g>,
    base: &'g Base<'_>,
    path: &[u8],
    flags: LookupFlags,
) -> Fast<'g> {
    if flags.intersects(LookupFlags::SCOPED) {
        return Fast::Slow;
    }
    let Some(root) = ctx.fs.root_rcu(guard) else { return Fast::Slow };
    let start = match base {
        _ if path.first() == Some(&b'/') => root,
        Base::Cwd => match ctx.fs.pwd_rcu(guard) {
            Some(pwd) => pwd,
            None => return Fast::Slow,
        },
        Base::File(file) => &file.path,
        Base::Place(place) => place,
    };
    let (mut mnt, mut dentry): (&Mount, &Dentry) = (&start.mnt, &start.dentry);
    let Some(mut inode) = dentry.inode_rcu(guard) else { return Fast::Slow };
    let mut rest = path;
    let mut must_be_dir = flags.contains(LookupFlags::DIRECTORY);
    loop {
        while let [b'/', tail @ ..] = rest {
            rest = tail;
            must_be_dir |= tail.is_empty();
        }
        if rest.is_empty() {
            break;
        }
        if !inode.is_dir() {
            return Fast::Fail(Errno::ENOTDIR);
        }
        if let Err(errno) = inode_permission(inode, ctx.cred, MAY_EXEC) {
            return Fast::Fail(errno);
        }
        let (len, hash) = hash_component(rest);
        if len > NAME_MAX {
            return Fast::Fail(Errno::ENAMETOOLONG);
        }
        let (name, tail) = rest.split_at(len);
        rest = tail;
        match name {
            b"." => continue,
            b".." => (mnt, dentry) = dotdot_rcu(guard, root, mnt, dentry),
            _ => match d_lookup(guard, dentry, name, hash) {
                Some(child) => dentry = child,
                None => return Fast::Slow,
            },
        }
        if dentry.is_mounted() {
            while let Some(child) = lookup_mnt(guard, mnt, dentry) {
                (mnt, dentry) = (child, &child.root);
            }
        }
        match dentry.inode_rcu(guard) {
            Some(next) => inode = next,
            None => return Fast::Fail(Errno::ENOENT),
        }
        if dentry.needs_revalidate() && !inode.ops.revalidate(inode) {
            return Fast::Slow;
        }
        if inode.is_symlink() && (!rest.is_empty() || flags.contains(LookupFlags::FOLLOW)) {
            return Fast::Slow;
        }
    }
    if must_be_dir && !inode.is_dir() {
        return Fast::Fail(Errno::ENOTDIR);
    }
    Fast::Found(mnt, dentry, inode)
}

/// `..` from a place: stays at `root` and at the tree's top, climbs out of mounts.
fn dotdot_rcu<'g>(
    guard: &'g RcuGuard,
    root: &Path,
    mut mnt: &'g Mount,
    mut dentry: &'g Dentry,
) -> (&'g Mount, &'g Dentry) {
    loop {
        if core::ptr::eq(dentry, &*root.dentry) && core::ptr::eq(mnt, &*root.mnt) {
            return (mnt, dentry);
        }
        if !core::ptr::eq(dentry, &*mnt.root) {
            return (mnt, dentry.parent_rcu(guard).unwrap_or(dentry));
        }
        match mnt.at_rcu(guard) {
            Some(at) => (mnt, dentry) = at,
            None => return (mnt, dentry),
        }
    }
}

fn check_text(path: &[u8]) -> Result<(), Errno> {
    if path.len() >= PATH_MAX { Err(Errno::ENAMETOOLONG) } else { Ok(()) }
}

/// The place that a path leads to.
#[inline]
pub fn path_lookup(
    ctx: &LookupCtx<'_>,
    base: &Base<'_>,
    path: &[u8],
    flags: LookupFlags,
) -> Result<Path, Errno> {
    if path.is_empty() {
        return empty_path(ctx, base, flags);
    }
    check_text(path)?;
    let guard = rcu::read();
    match walk_fast(&guard, ctx, base, path, flags) {
        Fast::Found(mnt, dentry, _) => {
            if let Some(path) = counted(mnt, dentry) {
                return Ok(path);
            }
        }
        Fast::Fail(errno) => return Err(errno),
        Fast::Slow => (),
    }
    drop(guard);
    if flags.contains(LookupFlags::CACHED) {
        return Err(Errno::EAGAIN);
    }
    Nameidata::new(ctx, base, flags)?.walk(path, flags)
}

/// A place that a path leads to, with its inode.
pub fn path_lookup_inode(
    ctx: &LookupCtx<'_>,
    base: &Base<'_>,
    path: &[u8],
    flags: LookupFlags,
) -> Result<(Path, Arc<Inode>), Errno> {
    let path = path_lookup(ctx, base, path, flags)?;
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    Ok((path, inode))
}

fn empty_path(ctx: &LookupCtx<'_>, base: &Base<'_>, flags: LookupFlags) -> Result<Path, Errno> {
    if flags.contains(LookupFlags::EMPTY) { Ok(base.path(ctx)) } else { Err(Errno::ENOENT) }
}

/// References to a place found under RCU; none if it is going away.
#[inline]
pub(crate) fn counted(mnt: &Mount, dentry: &Dentry) -> Option<Path> {
    Some(Path { dentry: dentry.try_get()?, mnt: mnt.to_arc()? })
}

/// stat(2) and kin: the attributes of what a path leads to. Takes no reference on the plain path.
#[inline]
pub fn stat_path(
    ctx: &LookupCtx<'_>,
    base: &Base<'_>,
    path: &[u8],
    flags: LookupFlags,
) -> Result<Kstat, Errno> {
    if !path.is_empty() {
        check_text(path)?;
        let guard = rcu::read();
        match walk_fast(&guard, ctx, base, path, flags) {
            Fast::Found(mnt, dentry, inode) => {
                let mut stat = Kstat::of(inode);
                stat.mnt_id = mnt.id();
                stat.mount_root = core::ptr::eq(dentry, &*mnt.root);
                return Ok(stat);
            }
            Fast::Fail(errno) => return Err(errno),
            Fast::Slow => (),
        }
    } else if let (Base::File(file), true) = (base, flags.contains(LookupFlags::EMPTY)) {
        let mut stat = Kstat::of(&file.inode);
        stat.mnt_id = file.path.mnt.id();
        stat.mount_root = file.path.is_mount_root();
        return Ok(stat);
    }
    let path = path_lookup(ctx, base, path, flags)?;
    Kstat::of_path(&path).ok_or(Errno::ENOENT)
}

/// readlink(2): the text of a symbolic link. EINVAL for anything else (ENOENT if it is an empty path's base).
pub fn readlink_path(ctx: &LookupCtx<'_>, base: &Base<'_>, path: &[u8]) -> Result<Arc<[u8]>, Errno> {
    let not_a_link = if path.is_empty() { Errno::ENOENT } else { Errno::EINVAL };
    let (place, inode) = path_lookup_inode(ctx, base, path, LookupFlags::EMPTY)?;
    if path.is_empty() && matches!(base, Base::Cwd) || !inode.is_symlink() {
        return Err(not_a_link);
    }
    crate::read_write::touch_atime(&place.mnt, &inode);
    inode.ops.readlink(&inode)
}

/// What the last component of a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastType {
    /// A name.
    Norm,
    /// `.`
    Dot,
    /// `..`
    DotDot,
    /// None: the path is slashes only.
    Root,
}

/// A directory and a name in it, as the calls need that make and remove names.
pub(crate) struct Parent<'p> {
    pub dir: Path,
    pub inode: Arc<Inode>,
    pub name: &'p [u8],
    pub last: LastType,
    /// Slashes follow the name: only a directory will do.
    pub trailing: bool,
}

/// The path up to its last component, that component, and whether slashes follow it.
pub(crate) fn split_last(path: &[u8]) -> (&[u8], &[u8], bool) {
    let end = path.iter().rposition(|b| *b != b'/').map_or(0, |last| last + 1);
    let (text, slashes) = path.split_at(end);
    let start = text.iter().rposition(|b| *b == b'/').map_or(0, |slash| slash + 1);
    let (prefix, name) = text.split_at(start);
    if name.is_empty() { (path, name, false) } else { (prefix, name, !slashes.is_empty()) }
}

/// Walks to the directory of the last component.
pub(crate) fn parent_lookup<'p>(
    ctx: &LookupCtx<'_>,
    base: &Base<'_>,
    path: &'p [u8],
) -> Result<Parent<'p>, Errno> {
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    check_text(path)?;
    let (prefix, name, trailing) = split_last(path);
    let flags = LookupFlags::FOLLOW | LookupFlags::DIRECTORY | LookupFlags::EMPTY;
    let dir = path_lookup(ctx, base, prefix, flags)?;
    make_parent(ctx.cred, dir, name, trailing)
}

pub(crate) fn make_parent<'p>(
    cred: &Cred,
    dir: Path,
    name: &'p [u8],
    trailing: bool,
) -> Result<Parent<'p>, Errno> {
    let inode = dir.dentry.inode().ok_or(Errno::ENOENT)?;
    if !inode.is_dir() {
        return Err(Errno::ENOTDIR);
    }
    let last = match name {
        b"" => LastType::Root,
        b"." => LastType::Dot,
        b".." => LastType::DotDot,
        _ => LastType::Norm,
    };
    if !name.is_empty() {
        inode_permission(&inode, cred, MAY_EXEC)?;
    }
    if name.len() > NAME_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    Ok(Parent { dir, inode, name, last, trailing })
}
