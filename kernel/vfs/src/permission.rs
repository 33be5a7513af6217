//! Who may do what with a file (path_resolution(7), inode(7)).

use abi::Errno;

use crate::consts::*;
use crate::{Cred, Inode, Mount};

/// Search or execute.
pub const MAY_EXEC: u32 = 1;
/// Write.
pub const MAY_WRITE: u32 = 2;
/// Read.
pub const MAY_READ: u32 = 4;

/// Whether `cred` may use the inode so (`mask` of MAY_*): EACCES.
#[inline]
pub fn inode_permission(inode: &Inode, cred: &Cred, mask: u32) -> Result<(), Errno> {
    let mode = inode.mode();
    // Everybody may search most directories: no need to know who asks.
    if mask == MAY_EXEC && mode & 0o111 == 0o111 && !inode.custom_permission {
        return Ok(());
    }
    inode_permission_by_owner(inode, cred, mask)
}

fn inode_permission_by_owner(inode: &Inode, cred: &Cred, mask: u32) -> Result<(), Errno> {
    if inode.custom_permission
        && let Some(answer) = inode.ops.permission(inode, mask, cred)
    {
        return answer;
    }
    let mode = inode.mode();
    let bits = if cred.fsuid == inode.uid() {
        mode >> 6
    } else if mode & 0o070 != (mode & 0o007) << 3 && cred.in_group(inode.gid()) {
        mode >> 3
    } else {
        mode
    };
    if mask & !bits & 7 == 0 || capable_override(inode, cred, mask, mode) {
        return Ok(());
    }
    Err(Errno::EACCES)
}

fn capable_override(inode: &Inode, cred: &Cred, mask: u32, mode: u32) -> bool {
    if inode.is_dir() {
        return (mask & MAY_WRITE == 0 && cred.capable(CAP_DAC_READ_SEARCH))
            || cred.capable(CAP_DAC_OVERRIDE);
    }
    if mask == MAY_READ && cred.capable(CAP_DAC_READ_SEARCH) {
        return true;
    }
    // Nobody may execute what has no execute bit at all.
    (mask & MAY_EXEC == 0 || mode & 0o111 != 0) && cred.capable(CAP_DAC_OVERRIDE)
}

/// As [`inode_permission`], and EROFS for writing where the mount or the file system is read-only
/// (devices, FIFOs and sockets may be written all the same).
pub fn path_permission(mnt: &Mount, inode: &Inode, cred: &Cred, mask: u32) -> Result<(), Errno> {
    if mask & MAY_WRITE != 0 && matches!(inode.kind(), S_IFREG | S_IFDIR | S_IFLNK) && mnt.is_readonly() {
        return Err(Errno::EROFS);
    }
    inode_permission(inode, cred, mask)
}

/// Whether `cred` owns the inode or may act as if (CAP_FOWNER).
pub fn owner_or_capable(inode: &Inode, cred: &Cred) -> bool {
    cred.fsuid == inode.uid() || cred.capable(CAP_FOWNER)
}

/// Whether the sticky bit of `dir` forbids `cred` to take `inode`'s name away.
pub fn sticky_forbids(dir: &Inode, inode: &Inode, cred: &Cred) -> bool {
    dir.mode() & S_ISVTX != 0
        && cred.fsuid != inode.uid()
        && cred.fsuid != dir.uid()
        && !cred.capable(CAP_FOWNER)
}

/// Whether the name of `victim` may be taken out of `dir`; `want_dir` says what the call is for.
pub fn may_delete(dir: &Inode, victim: &Inode, cred: &Cred, want_dir: bool) -> Result<(), Errno> {
    inode_permission(dir, cred, MAY_WRITE | MAY_EXEC)?;
    if sticky_forbids(dir, victim, cred) {
        return Err(Errno::EPERM);
    }
    match (want_dir, victim.is_dir()) {
        (true, false) => Err(Errno::ENOTDIR),
        (false, true) => Err(Errno::EISDIR),
        _ => Ok(()),
    }
}

/// Whether a name may be made in `dir`; ENOENT if the directory was removed meanwhile.
pub fn may_create(dir: &Inode, cred: &Cred) -> Result<(), Errno> {
    if dir.nlink() == 0 {
        return Err(Errno::ENOENT);
    }
    inode_permission(dir, cred, MAY_WRITE | MAY_EXEC)
}
