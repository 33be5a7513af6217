//! open(2), openat2(2): from a path to an open file.

use alloc::format;
use alloc::sync::Arc;

use abi::Errno;
use sync::rcu;

use crate::attr::{Iattr, SetTime, notify_change};
use crate::consts::*;
use crate::dentry::hash_component;
use crate::namei::{
    Base, Fast, LookupCtx, LookupFlags, Nameidata, Parent, counted, lookup_one, make_parent, split_last,
    walk_fast,
};
use crate::permission::{
    MAY_EXEC, MAY_READ, MAY_WRITE, inode_permission, may_create, owner_or_capable, path_permission,
};
use crate::read_write::MAX_NON_LFS;
use crate::{Cred, Dentry, File, Inode, Path, notify};

/// Flags that open(2) knows.
pub const VALID_OPEN_FLAGS: u32 = O_ACCMODE
    | O_CREAT
    | O_EXCL
    | O_NOCTTY
    | O_TRUNC
    | O_APPEND
    | O_NONBLOCK
    | O_SYNC
    | O_DSYNC
    | O_ASYNC
    | O_DIRECT
    | O_LARGEFILE
    | O_DIRECTORY
    | O_NOFOLLOW
    | O_NOATIME
    | O_CLOEXEC
    | O_PATH
    | O_TMPFILE;
/// Flags that mean something beside O_PATH.
const O_PATH_FLAGS: u32 = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
/// Flags that F_GETFL doesn't show.
const CREATION_FLAGS: u32 = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
const VALID_RESOLVE: u64 = RESOLVE_NO_XDEV
    | RESOLVE_NO_MAGICLINKS
    | RESOLVE_NO_SYMLINKS
    | RESOLVE_BENEATH
    | RESOLVE_IN_ROOT
    | RESOLVE_CACHED;

/// How to open, checked.
#[derive(Clone, Copy, Debug)]
pub struct OpenHow {
    /// O_* flags.
    pub flags: u32,
    /// Permissions of a new file, not yet cut by the umask.
    pub mode: u32,
    lookup: LookupFlags,
    for_exec: bool,
}

impl OpenHow {
    /// From open(2)'s arguments: unknown flags and a useless mode are ignored there.
    #[inline]
    pub fn from_open(flags: i32, mode: u32) -> Result<Self, Errno> {
        let mut flags = flags as u32 & VALID_OPEN_FLAGS;
        if flags & O_PATH != 0 {
            flags &= O_PATH_FLAGS;
        }
        let create = flags & (O_CREAT | TMPFILE_BIT) != 0;
        Self::check(flags, if create { mode & 0o7777 } else { 0 }, 0)
    }

    /// From openat2(2)'s structure: what is unknown or useless is EINVAL.
    pub fn from_openat2(flags: u64, mode: u64, resolve: u64) -> Result<Self, Errno> {
        if flags & !u64::from(VALID_OPEN_FLAGS) != 0 || resolve & !VALID_RESOLVE != 0 {
            return Err(Errno::EINVAL);
        }
        if resolve & RESOLVE_BENEATH != 0 && resolve & RESOLVE_IN_ROOT != 0 {
            return Err(Errno::EINVAL);
        }
        let flags = flags as u32;
        let create = flags & (O_CREAT | TMPFILE_BIT) != 0;
        if mode & !0o7777 != 0 || (!create && mode != 0) {
            return Err(Errno::EINVAL);
        }
        if flags & O_PATH != 0 && flags & !O_PATH_FLAGS != 0 {
            return Err(Errno::EINVAL);
        }
        Self::check(flags, mode as u32, resolve)
    }

    /// For execve(2): to be read by the kernel, and executable by the caller.
    pub fn for_exec(nofollow: bool) -> Self {
        let lookup = if nofollow { LookupFlags::empty() } else { LookupFlags::FOLLOW };
        OpenHow { flags: O_RDONLY | O_LARGEFILE, mode: 0, lookup, for_exec: true }
    }

    #[inline]
    fn check(mut flags: u32, mode: u32, resolve: u64) -> Result<Self, Errno> {
        if flags & (O_CREAT | O_DIRECTORY) == O_CREAT | O_DIRECTORY {
            return Err(Errno::EINVAL);
        }
        if flags & TMPFILE_BIT != 0 && (flags & O_DIRECTORY == 0 || flags & O_ACCMODE == O_RDONLY) {
            return Err(Errno::EINVAL);
        }
        if flags & SYNC_BIT != 0 {
            flags |= O_DSYNC;
        }
        let mut lookup = LookupFlags::empty();
        if flags & O_DIRECTORY != 0 {
            lookup |= LookupFlags::DIRECTORY;
        }
        let exclusive = flags & (O_CREAT | O_EXCL) == O_CREAT | O_EXCL;
        if flags & O_NOFOLLOW == 0 && !exclusive {
            lookup |= LookupFlags::FOLLOW;
        }
        if resolve != 0 {
            if resolve & RESOLVE_CACHED != 0 && flags & (O_TRUNC | O_CREAT | TMPFILE_BIT) != 0 {
                return Err(Errno::EAGAIN);
            }
            lookup |= resolve_flags(resolve);
        }
        Ok(OpenHow { flags, mode, lookup, for_exec: false })
    }

    /// What has to be allowed on the file.
    fn access(&self) -> u32 {
        if self.for_exec {
            return MAY_EXEC;
        }
        let mut access = match self.flags & O_ACCMODE {
            O_RDONLY => MAY_READ,
            O_WRONLY => MAY_WRITE,
            // 3 asks for both rights and gives neither (ioctl-only, open(2)).
            _ => MAY_READ | MAY_WRITE,
        };
        if self.flags & O_TRUNC != 0 {
            access |= MAY_WRITE;
        }
        access
    }
}

fn resolve_flags(resolve: u64) -> LookupFlags {
    let mut flags = LookupFlags::empty();
    flags.set(LookupFlags::NO_XDEV, resolve & RESOLVE_NO_XDEV != 0);
    flags.set(LookupFlags::NO_MAGICLINKS, resolve & (RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS) != 0);
    flags.set(LookupFlags::NO_SYMLINKS, resolve & RESOLVE_NO_SYMLINKS != 0);
    flags.set(LookupFlags::BENEATH, resolve & RESOLVE_BENEATH != 0);
    flags.set(LookupFlags::IN_ROOT, resolve & RESOLVE_IN_ROOT != 0);
    flags.set(LookupFlags::CACHED, resolve & RESOLVE_CACHED != 0);
    flags
}

/// Opens the file at a path, making it if `how` says so.
pub fn open_path(
    ctx: &LookupCtx<'_>,
    base: &Base<'_>,
    path: &[u8],
    how: &OpenHow,
) -> Result<Arc<File>, Errno> {
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    if path.len() >= PATH_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    if how.flags & TMPFILE_BIT != 0 {
        return open_tmpfile(ctx, base, path, how);
    }
    let create = how.flags & O_CREAT != 0;
    // A path that ends in a slash can't be created; the slow road says which error that is.
    if !(create && path.last() == Some(&b'/')) {
        let guard = rcu::read();
        match walk_fast(&guard, ctx, base, path, how.lookup) {
            Fast::Found(mnt, dentry, _) => {
                if let Some(path) = counted(mnt, dentry)
                    && let Some(inode) = dentry.inode()
                {
                    drop(guard);
                    return do_open(ctx, path, inode, how, false);
                }
            }
            Fast::Fail(errno) if !create || errno != Errno::ENOENT => return Err(errno),
            _ => (),
        }
    }
    if how.lookup.contains(LookupFlags::CACHED) {
        return Err(Errno::EAGAIN);
    }
    let mut nd = Nameidata::new(ctx, base, how.lookup)?;
    if create {
        return open_creating(ctx, &mut nd, path, how);
    }
    let path = nd.walk(path, how.lookup)?;
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    do_open(ctx, path, inode, how, false)
}

/// Opens what a path that is known already leads to (`/proc/PID/exe`, AT_EMPTY_PATH of execveat).
pub fn open_place(ctx: &LookupCtx<'_>, path: &Path, how: &OpenHow) -> Result<Arc<File>, Errno> {
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    do_open(ctx, path.clone(), inode, how, false)
}

/// Opens what a path that is known already leads to, whoever may open it: the caller has shown that it may have it.
pub fn dentry_open(cred: &Cred, path: &Path, flags: u32) -> Result<Arc<File>, Errno> {
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    if flags & O_PATH != 0 {
        return Ok(place_file(path.clone(), inode, flags));
    }
    vfs_open(cred, path.clone(), inode, flags, 0)
}

/// A mere place (O_PATH).
fn place_file(path: Path, inode: Arc<Inode>, flags: u32) -> Arc<File> {
    File::new(path, inode, crate::anon::path_ops(), flags & !(O_CLOEXEC | O_NOFOLLOW), fmode::PATH)
}

fn open_creating(
    ctx: &LookupCtx<'_>,
    nd: &mut Nameidata<'_>,
    path: &[u8],
    how: &OpenHow,
) -> Result<Arc<File>, Errno> {
    let dir_flags = LookupFlags::FOLLOW | LookupFlags::DIRECTORY;
    let mut text: Arc<[u8]> = Arc::from(path);
    loop {
        let (prefix, name, trailing) = split_last(&text);
        let dir = if prefix.is_empty() { nd.path.clone() } else { nd.walk(prefix, dir_flags)? };
        let parent = make_parent(ctx.cred, dir, name, trailing)?;
        if parent.last != crate::namei::LastType::Norm || trailing {
            return Err(Errno::EISDIR);
        }
        let (dentry, created) = lookup_or_create(ctx, &parent, how)?;
        let mut place = Path { mnt: parent.dir.mnt.clone(), dentry };
        if how.flags & O_EXCL != 0 && !created {
            return Err(Errno::EEXIST);
        }
        place.follow_mounts();
        let inode = place.dentry.inode().ok_or(Errno::ENOENT)?;
        if inode.is_symlink() && how.lookup.contains(LookupFlags::FOLLOW) {
            match nd.follow(&place, &inode)? {
                Some(next) => {
                    text = next;
                    continue;
                }
                None => {
                    let inode = nd.path.dentry.inode().ok_or(Errno::ENOENT)?;
                    return do_open(ctx, nd.path.clone(), inode, how, false);
                }
            }
        }
        return do_open(ctx, place, inode, how, created);
    }
}

/// The file of that name, made if it isn't there; whether it was.
fn lookup_or_create(
    ctx: &LookupCtx<'_>,
    parent: &Parent<'_>,
    how: &OpenHow,
) -> Result<(Arc<Dentry>, bool), Errno> {
    let (_, hash) = hash_component(parent.name);
    match lookup_one(&parent.dir.dentry, &parent.inode, parent.name, hash) {
        Ok(dentry) if !dentry.is_negative() => return Ok((dentry, false)),
        Ok(_) | Err(Errno::ENOENT) => (),
        Err(errno) => return Err(errno),
    }
    let _dir = parent.inode.rwsem.write();
    let dentry = crate::namei::lookup_new(parent, hash)?;
    if let Some(dentry) = &dentry
        && !dentry.is_negative()
    {
        return Ok((dentry.clone(), false));
    }
    if parent.dir.mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    may_create(&parent.inode, ctx.cred)?;
    let mode = (how.mode & !ctx.fs.umask()) | S_IFREG;
    let inode = parent.inode.ops.create(&parent.inode, parent.name, mode, ctx.cred)?;
    Ok((crate::namei::publish(parent, hash, dentry, inode), true))
}

fn open_tmpfile(
    ctx: &LookupCtx<'_>,
    base: &Base<'_>,
    path: &[u8],
    how: &OpenHow,
) -> Result<Arc<File>, Errno> {
    let (dir, inode) = crate::namei::path_lookup_inode(ctx, base, path, how.lookup | LookupFlags::DIRECTORY)?;
    if dir.mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    inode_permission(&inode, ctx.cred, MAY_WRITE | MAY_EXEC)?;
    let mode = (how.mode & !ctx.fs.umask()) | S_IFREG;
    let file = inode.ops.tmpfile(&inode, mode, ctx.cred)?;
    file.set_linkable(how.flags & O_EXCL == 0);
    let dentry = Dentry::new_unhashed(&dir.dentry, format!("#{}", file.ino).as_bytes(), file.clone());
    do_open(ctx, Path { mnt: dir.mnt, dentry }, file, how, true)
}

/// Checks rights and opens. `created`: the file is new, its mode binds only later opens.
fn do_open(
    ctx: &LookupCtx<'_>,
    path: Path,
    inode: Arc<Inode>,
    how: &OpenHow,
    created: bool,
) -> Result<Arc<File>, Errno> {
    let mut flags = how.flags;
    if flags & O_CREAT != 0 && !created {
        if flags & O_EXCL != 0 {
            return Err(Errno::EEXIST);
        }
        if inode.is_dir() {
            return Err(Errno::EISDIR);
        }
    }
    if flags & O_DIRECTORY != 0 && flags & TMPFILE_BIT == 0 && !inode.is_dir() {
        return Err(Errno::ENOTDIR);
    }
    if flags & O_PATH != 0 {
        return Ok(place_file(path, inode, flags));
    }
    if !matches!(inode.kind(), S_IFREG | S_IFDIR) {
        flags = check_special(&path, &inode, how, flags)?;
    }
    if !created {
        may_open(ctx.cred, &path, &inode, how)?;
        if flags & O_LARGEFILE == 0 && inode.is_reg() && inode.size() > MAX_NON_LFS {
            return Err(Errno::EOVERFLOW);
        }
    }
    let mut extra = if how.for_exec { fmode::EXEC } else { 0 };
    if created && flags & TMPFILE_BIT == 0 {
        extra |= fmode::CREATED;
    }
    let file = vfs_open(ctx.cred, path, inode, flags, extra)?;
    notify::on_file(&file.path, &file.inode, notify::event::OPEN);
    if flags & O_TRUNC != 0 && !created && file.inode.is_reg() {
        truncate_opened(ctx.cred, &file)?;
        notify::on_file(&file.path, &file.inode, notify::event::MODIFY);
    }
    Ok(file)
}

/// Links, devices, FIFOs and sockets.
fn check_special(path: &Path, inode: &Inode, how: &OpenHow, flags: u32) -> Result<u32, Errno> {
    match inode.kind() {
        S_IFLNK => Err(Errno::ELOOP),
        _ if how.for_exec => Err(Errno::EACCES),
        S_IFCHR | S_IFBLK if path.mnt.flags() & MS_NODEV != 0 => Err(Errno::EACCES),
        _ => Ok(flags & !O_TRUNC),
    }
}

fn may_open(cred: &Cred, path: &Path, inode: &Inode, how: &OpenHow) -> Result<(), Errno> {
    let access = how.access();
    if inode.is_dir() {
        if how.for_exec {
            return Err(Errno::EACCES);
        }
        if access & MAY_WRITE != 0 {
            return Err(Errno::EISDIR);
        }
    }
    if how.for_exec && path.mnt.flags() & MS_NOEXEC != 0 {
        return Err(Errno::EACCES);
    }
    path_permission(&path.mnt, inode, cred, access)?;
    if how.flags & O_NOATIME != 0 && !owner_or_capable(inode, cred) {
        return Err(Errno::EPERM);
    }
    Ok(())
}

/// An open file of `inode`, rights checked; `extra` are more [`fmode`] bits.
pub(crate) fn vfs_open(
    cred: &Cred,
    path: Path,
    inode: Arc<Inode>,
    flags: u32,
    extra: u32,
) -> Result<Arc<File>, Errno> {
    let mut mode = extra
        | match flags & O_ACCMODE {
            O_RDONLY => fmode::READ,
            O_WRONLY => fmode::WRITE,
            O_RDWR => fmode::READ | fmode::WRITE,
            _ => 0,
        };
    if cred.capable(CAP_FSETID) {
        mode |= fmode::FSETID;
    }
    let counts = mode & fmode::WRITE != 0 && inode.is_reg();
    if counts {
        inode.get_write_access()?;
        mode |= fmode::WRITER;
    } else if mode & (fmode::READ | fmode::WRITE) == fmode::READ && inode.is_reg() {
        inode.add_reader();
        mode |= fmode::READER;
    }
    let opened = crate::lease::break_lease(&inode, flags)
        .and_then(|()| crate::chrdev::open_inode(&path, &inode, flags))
        .inspect_err(|_| {
            if mode & fmode::WRITER != 0 {
                inode.put_write_access();
            } else if mode & fmode::READER != 0 {
                inode.remove_reader();
            }
        });
    let ops = opened?;
    if ops.seekable() {
        mode |= fmode::LSEEK | fmode::PREAD | fmode::PWRITE;
    }
    if matches!(inode.kind(), S_IFREG | S_IFDIR) {
        mode |= fmode::ATOMIC_POS;
    }
    let file = File::new(path, inode, ops, flags & !CREATION_FLAGS, mode);
    if flags & O_DIRECT != 0 {
        file.ops.check_flags(&file, flags)?;
    }
    Ok(file)
}

fn truncate_opened(cred: &Cred, file: &File) -> Result<(), Errno> {
    // O_TRUNC with O_RDONLY truncates, too, and needs the file not to be running meanwhile.
    let counted = file.mode() & fmode::WRITER != 0;
    if !counted {
        file.inode.get_write_access()?;
    }
    let attr = Iattr {
        size: Some(0),
        mtime: Some(SetTime::Now),
        kill_suid: !cred.capable(CAP_FSETID),
        ..Iattr::default()
    };
    let done = {
        let _guard = file.inode.rwsem.write();
        file.inode.ops.setattr(&file.inode, &strip(&file.inode, attr))
    };
    if !counted {
        file.inode.put_write_access();
    }
    done
}

/// With the new mode in place of "take set-ID bits away".
fn strip(inode: &Inode, mut attr: Iattr) -> Iattr {
    if attr.kill_suid {
        attr.mode = crate::attr::without_set_id(inode.mode());
    }
    attr
}

/// truncate(2), ftruncate(2) after their own checks: rights to write have been seen to. Takes set-ID bits away.
/// EFBIG for a file that would grow beyond `limit` (RLIMIT_FSIZE).
pub fn do_truncate(cred: &Cred, inode: &Arc<Inode>, size: u64, limit: u64) -> Result<(), Errno> {
    if size > inode.sb.max_bytes {
        return Err(Errno::EFBIG);
    }
    let _guard = inode.rwsem.write();
    if size > limit && size > inode.size() {
        return Err(Errno::EFBIG);
    }
    let attr = Iattr { size: Some(size), kill_suid: !cred.capable(CAP_FSETID), ..Iattr::default() };
    inode.ops.setattr(inode, &strip(inode, attr))
}

/// truncate(2) by path: EISDIR, EINVAL for what isn't a regular file, EROFS, EACCES, ETXTBSY.
pub fn truncate_path(cred: &Cred, path: &Path, size: u64, limit: u64) -> Result<(), Errno> {
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    if inode.is_dir() {
        return Err(Errno::EISDIR);
    }
    if !inode.is_reg() {
        return Err(Errno::EINVAL);
    }
    path_permission(&path.mnt, &inode, cred, MAY_WRITE)?;
    inode.get_write_access()?;
    let done =
        crate::lease::break_lease(&inode, O_WRONLY).and_then(|()| do_truncate(cred, &inode, size, limit));
    inode.put_write_access();
    if done.is_ok() {
        notify::on_file(path, &inode, notify::event::MODIFY);
    }
    done
}

/// chmod(2) and kin on a place: EROFS, EPERM.
pub fn change_attrs(cred: &Cred, path: &Path, attr: &Iattr) -> Result<(), Errno> {
    if path.mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    notify_change(&inode, cred, attr)?;
    notify::on_file(path, &inode, notify::event::ATTRIB);
    Ok(())
}
