//! Finding and opening the file to execute. It needs execute permission, not read.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use abi::consts::fcntl::{AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, O_RDONLY};
use mm::UserCStr;
use vfs::consts::{MS_NOEXEC, fmode};

use vfs::namei::path_lookup_inode;
use vfs::permission::{MAY_EXEC, inode_permission};
use vfs::{Base, File, LookupFlags};

use crate::Cx;

/// `dirfd` for the working directory.
pub const AT_FDCWD: i32 = -100;
const PATH_MAX: usize = 4096;

/// A file that may be executed.
pub(super) struct Opened {
    pub file: Arc<File>,
    pub filename: Vec<u8>,
    /// Named by a descriptor that execve will close.
    pub inaccessible: bool,
}

/// Opens what execveat's arguments name.
pub(super) fn open_user(cx: &Cx<'_>, dirfd: i32, path: UserCStr, flags: i32) -> Result<Opened, Errno> {
    let (empty, nofollow) = (AT_EMPTY_PATH as i32, AT_SYMLINK_NOFOLLOW as i32);
    if flags & !(empty | nofollow) != 0 {
        return Err(Errno::EINVAL);
    }
    let mut buf = Vec::new();
    buf.try_reserve_exact(PATH_MAX).map_err(|_| Errno::ENOMEM)?;
    buf.resize(PATH_MAX, 0);
    let path = cx.mm().read_cstr(path, &mut buf)?;
    if path.len() >= PATH_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    let mut how = LookupFlags::empty();
    how.set(LookupFlags::FOLLOW, flags & nofollow == 0);
    how.set(LookupFlags::EMPTY, flags & empty != 0);
    if path.is_empty() && flags & empty == 0 {
        return Err(Errno::ENOENT);
    }
    if dirfd == AT_FDCWD || path.first() == Some(&b'/') {
        let file = open(cx, &Base::Cwd, path, how)?;
        return Ok(Opened { file, filename: path.to_vec(), inaccessible: false });
    }
    let files = cx.files();
    let file = open(cx, &Base::File(files.get_raw(dirfd)?), path, how)?;
    let mut filename = format!("/dev/fd/{dirfd}").into_bytes();
    if !path.is_empty() {
        filename.push(b'/');
        filename.extend_from_slice(path);
    }
    Ok(Opened { file, filename, inaccessible: files.cloexec(dirfd).unwrap_or(false) })
}

/// Opens a path that the kernel has: an interpreter, process 1.
pub(super) fn open_kernel(cx: &Cx<'_>, path: &[u8]) -> Result<Opened, Errno> {
    if path.is_empty() {
        // To Linux that is the working directory.
        return Err(Errno::EACCES);
    }
    let file = open(cx, &Base::Cwd, path, LookupFlags::FOLLOW)?;
    Ok(Opened { file, filename: path.to_vec(), inaccessible: false })
}

fn open(cx: &Cx<'_>, base: &Base<'_>, path: &[u8], how: LookupFlags) -> Result<Arc<File>, Errno> {
    let (path, inode) = path_lookup_inode(&cx.lookup(), base, path, how)?;
    if inode.is_symlink() {
        return Err(Errno::ELOOP);
    }
    if !inode.is_reg() {
        return Err(Errno::EACCES);
    }
    if path.mnt.flags() & MS_NOEXEC != 0 {
        return Err(Errno::EACCES);
    }
    inode_permission(&inode, cx.cred(), MAY_EXEC)?;
    // ETXTBSY while it is open for writing; from exec's success on nobody can open it so.
    inode.deny_write_access()?;
    inode.allow_write_access();
    let ops = inode.ops.open(&inode, O_RDONLY)?;
    Ok(File::new(path, inode, ops, O_RDONLY, fmode::READ))
}
