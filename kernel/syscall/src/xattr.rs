//! Extended attributes: the families of setxattr(2), getxattr(2), listxattr(2), removexattr(2).
//!
//! All of a family come together in the function of its `at` form: a path (or none, for a descriptor) and the
//! flags that say how it is looked up.

use abi::Errno;
use abi::fcntl::{AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW};
use alloc::vec::Vec;
use mm::{UserCStr, UserPtr};
use process::Cx;
use vfs::Path;
use vfs::namei::{LookupFlags, path_lookup};
use vfs::xattr::{self, XATTR_CREATE, XATTR_LIST_MAX, XATTR_NAME_MAX, XATTR_REPLACE, XATTR_SIZE_MAX};

use crate::path_arg::{BoxedPath, base_with};

/// `struct xattr_args`: the value's address, then its size and the flags.
type XattrArgs = [u64; 2];

/// Which file is meant.
#[derive(Clone, Copy)]
struct Where {
    dfd: i32,
    path: UserCStr,
    at_flags: u32,
}

impl Where {
    fn path(path: UserCStr) -> Self {
        Where { dfd: AT_FDCWD, path, at_flags: 0 }
    }

    fn link(path: UserCStr) -> Self {
        Where { dfd: AT_FDCWD, path, at_flags: AT_SYMLINK_NOFOLLOW }
    }

    fn fd(fd: i32) -> Self {
        // No descriptor may pass for the working directory here.
        Where { dfd: fd.max(-1), path: UserCStr::new(0), at_flags: AT_EMPTY_PATH }
    }

    fn at(dfd: i32, path: UserCStr, at_flags: u32) -> Result<Self, Errno> {
        if at_flags & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
            return Err(Errno::EINVAL);
        }
        Ok(Where { dfd, path, at_flags })
    }

    fn look_up(self, cx: &Cx<'_>) -> Result<Path, Errno> {
        let empty = self.at_flags & AT_EMPTY_PATH != 0;
        let mut buf = BoxedPath::new();
        let path = match self.path.is_null() && empty {
            true => &[],
            false => buf.read(cx, self.path)?,
        };
        if path.is_empty() && empty && self.dfd != AT_FDCWD {
            return Ok(cx.files().get(self.dfd)?.path.clone());
        }
        let mut flags = LookupFlags::empty();
        flags.set(LookupFlags::FOLLOW, self.at_flags & AT_SYMLINK_NOFOLLOW == 0);
        flags.set(LookupFlags::EMPTY, empty);
        path_lookup(&cx.lookup(), &base_with(cx, self.dfd, path, flags)?, path, flags)
    }
}

/// An attribute's name: ERANGE for an empty or too long one.
struct Name([u8; XATTR_NAME_MAX + 1], usize);

impl Name {
    fn read(cx: &Cx<'_>, name: UserCStr) -> Result<Self, Errno> {
        let mut bytes = [0; XATTR_NAME_MAX + 1];
        let len = cx.mm().read_cstr(name, &mut bytes)?.len();
        if len == 0 || len > XATTR_NAME_MAX { Err(Errno::ERANGE) } else { Ok(Name(bytes, len)) }
    }

    fn bytes(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or(&[])
    }
}

fn set(
    cx: &Cx<'_>,
    place: Where,
    name: UserCStr,
    value: UserPtr<u8>,
    size: usize,
    flags: u32,
) -> Result<usize, Errno> {
    if flags & !(XATTR_CREATE | XATTR_REPLACE) != 0 {
        return Err(Errno::EINVAL);
    }
    let name = Name::read(cx, name)?;
    if size > XATTR_SIZE_MAX {
        return Err(Errno::E2BIG);
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| Errno::ENOMEM)?;
    bytes.resize(size, 0);
    cx.mm().read_bytes(value.addr(), &mut bytes)?;
    let path = place.look_up(cx)?;
    xattr::setxattr(&path, cx.cred(), name.bytes(), &bytes, flags).map(|()| 0)
}

fn get(cx: &Cx<'_>, place: Where, name: UserCStr, value: UserPtr<u8>, size: usize) -> Result<usize, Errno> {
    let name = Name::read(cx, name)?;
    let path = place.look_up(cx)?;
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    let found = xattr::getxattr(&inode, cx.cred(), name.bytes())?;
    hand_out(cx, value, size, XATTR_SIZE_MAX, &found)
}

/// Gives `bytes` to the program, or only their number if it has no room; ERANGE if it has too little.
fn hand_out(cx: &Cx<'_>, to: UserPtr<u8>, size: usize, most: usize, bytes: &[u8]) -> Result<usize, Errno> {
    if size != 0 {
        if bytes.len() > size.min(most) {
            return Err(if size >= most { Errno::E2BIG } else { Errno::ERANGE });
        }
        cx.mm().write_bytes(to.addr(), bytes)?;
    }
    Ok(bytes.len())
}

fn list(cx: &Cx<'_>, place: Where, to: UserPtr<u8>, size: usize) -> Result<usize, Errno> {
    let path = place.look_up(cx)?;
    let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
    let mut names = Vec::new();
    let mut enough = true;
    xattr::listxattr(&inode, cx.cred(), &mut |name| {
        enough &= names.try_reserve(name.len() + 1).is_ok();
        if enough {
            names.extend_from_slice(name);
            names.push(0);
        }
    })?;
    if !enough {
        return Err(Errno::ENOMEM);
    }
    hand_out(cx, to, size, XATTR_LIST_MAX, &names)
}

fn remove(cx: &Cx<'_>, place: Where, name: UserCStr) -> Result<usize, Errno> {
    let name = Name::read(cx, name)?;
    let path = place.look_up(cx)?;
    xattr::removexattr(&path, cx.cred(), name.bytes()).map(|()| 0)
}

/// setxattr(2).
pub fn setxattr(
    cx: &mut Cx<'_>,
    path: UserCStr,
    name: UserCStr,
    value: UserPtr<u8>,
    size: usize,
    flags: i32,
) -> Result<usize, Errno> {
    set(cx, Where::path(path), name, value, size, flags as u32)
}

/// lsetxattr(2).
pub fn lsetxattr(
    cx: &mut Cx<'_>,
    path: UserCStr,
    name: UserCStr,
    value: UserPtr<u8>,
    size: usize,
    flags: i32,
) -> Result<usize, Errno> {
    set(cx, Where::link(path), name, value, size, flags as u32)
}

/// fsetxattr(2).
pub fn fsetxattr(
    cx: &mut Cx<'_>,
    fd: i32,
    name: UserCStr,
    value: UserPtr<u8>,
    size: usize,
    flags: i32,
) -> Result<usize, Errno> {
    set(cx, Where::fd(fd), name, value, size, flags as u32)
}

/// getxattr(2).
pub fn getxattr(
    cx: &mut Cx<'_>,
    path: UserCStr,
    name: UserCStr,
    value: UserPtr<u8>,
    size: usize,
) -> Result<usize, Errno> {
    get(cx, Where::path(path), name, value, size)
}

/// lgetxattr(2).
pub fn lgetxattr(
    cx: &mut Cx<'_>,
    path: UserCStr,
    name: UserCStr,
    value: UserPtr<u8>,
    size: usize,
) -> Result<usize, Errno> {
    get(cx, Where::link(path), name, value, size)
}

/// fgetxattr(2).
pub fn fgetxattr(
    cx: &mut Cx<'_>,
    fd: i32,
    name: UserCStr,
    value: UserPtr<u8>,
    size: usize,
) -> Result<usize, Errno> {
    get(cx, Where::fd(fd), name, value, size)
}

/// listxattr(2).
pub fn listxattr(cx: &mut Cx<'_>, path: UserCStr, to: UserPtr<u8>, size: usize) -> Result<usize, Errno> {
    list(cx, Where::path(path), to, size)
}

/// llistxattr(2).
pub fn llistxattr(cx: &mut Cx<'_>, path: UserCStr, to: UserPtr<u8>, size: usize) -> Result<usize, Errno> {
    list(cx, Where::link(path), to, size)
}

/// flistxattr(2).
pub fn flistxattr(cx: &mut Cx<'_>, fd: i32, to: UserPtr<u8>, size: usize) -> Result<usize, Errno> {
    list(cx, Where::fd(fd), to, size)
}

/// removexattr(2).
pub fn removexattr(cx: &mut Cx<'_>, path: UserCStr, name: UserCStr) -> Result<usize, Errno> {
    remove(cx, Where::path(path), name)
}

/// lremovexattr(2).
pub fn lremovexattr(cx: &mut Cx<'_>, path: UserCStr, name: UserCStr) -> Result<usize, Errno> {
    remove(cx, Where::link(path), name)
}

/// fremovexattr(2).
pub fn fremovexattr(cx: &mut Cx<'_>, fd: i32, name: UserCStr) -> Result<usize, Errno> {
    remove(cx, Where::fd(fd), name)
}

/// Reads a `struct xattr_args`: address, size, flags.
fn read_args(cx: &Cx<'_>, args: UserPtr<XattrArgs>, size: usize) -> Result<(UserPtr<u8>, usize, u32), Errno> {
    let [value, rest] = crate::extensible::read(cx, args, size, size_of::<XattrArgs>())?;
    Ok((UserPtr::new(value), rest as u32 as usize, (rest >> 32) as u32))
}

/// setxattrat(2).
pub fn setxattrat(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    at_flags: u32,
    name: UserCStr,
    args: UserPtr<XattrArgs>,
    args_size: usize,
) -> Result<usize, Errno> {
    let (value, size, flags) = read_args(cx, args, args_size)?;
    set(cx, Where::at(dfd, path, at_flags)?, name, value, size, flags)
}

/// getxattrat(2).
pub fn getxattrat(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    at_flags: u32,
    name: UserCStr,
    args: UserPtr<XattrArgs>,
    args_size: usize,
) -> Result<usize, Errno> {
    let (value, size, flags) = read_args(cx, args, args_size)?;
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    get(cx, Where::at(dfd, path, at_flags)?, name, value, size)
}

/// listxattrat(2).
pub fn listxattrat(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    at_flags: u32,
    to: UserPtr<u8>,
    size: usize,
) -> Result<usize, Errno> {
    list(cx, Where::at(dfd, path, at_flags)?, to, size)
}

/// removexattrat(2).
pub fn removexattrat(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    at_flags: u32,
    name: UserCStr,
) -> Result<usize, Errno> {
    remove(cx, Where::at(dfd, path, at_flags)?, name)
}
