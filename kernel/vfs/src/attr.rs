//! Changing attributes: chmod(2), chown(2), utimensat(2), truncate(2).

use alloc::sync::Arc;

use abi::Errno;

use crate::consts::*;
use crate::permission::{MAY_WRITE, inode_permission, owner_or_capable};
use crate::time::FileTime;
use crate::{Cred, Inode};

/// A new time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetTime {
    /// The present.
    Now,
    /// A time that the caller chose.
    At(FileTime),
}

/// What shall change; `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Iattr {
    /// Permission bits (07777).
    pub mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Access time.
    pub atime: Option<SetTime>,
    /// Modification time.
    pub mtime: Option<SetTime>,
    /// A chown or a write takes set-ID bits away.
    pub kill_suid: bool,
}

/// Checks the rights for a change and makes it. Takes the inode's lock.
pub fn notify_change(inode: &Arc<Inode>, cred: &Cred, attr: &Iattr) -> Result<(), Errno> {
    let _guard = inode.rwsem.write();
    notify_change_locked(inode, cred, attr)
}

/// As [`notify_change`], with the inode's lock held by the caller.
pub fn notify_change_locked(inode: &Arc<Inode>, cred: &Cred, attr: &Iattr) -> Result<(), Errno> {
    let mut attr = *attr;
    setattr_prepare(inode, cred, &mut attr)?;
    inode.ops.setattr(inode, &attr)
}

fn setattr_prepare(inode: &Inode, cred: &Cred, attr: &mut Iattr) -> Result<(), Errno> {
    let owner = cred.fsuid == inode.uid();
    if let Some(uid) = attr.uid
        && !(owner && uid == inode.uid())
        && !cred.capable(CAP_CHOWN)
    {
        return Err(Errno::EPERM);
    }
    if let Some(gid) = attr.gid
        && !(owner && (gid == inode.gid() || cred.in_group(gid)))
        && !cred.capable(CAP_CHOWN)
    {
        return Err(Errno::EPERM);
    }
    if let Some(mode) = &mut attr.mode {
        if !owner_or_capable(inode, cred) {
            return Err(Errno::EPERM);
        }
        let gid = attr.gid.unwrap_or(inode.gid());
        if !cred.in_group(gid) && !cred.capable(CAP_FSETID) {
            *mode &= !S_ISGID;
        }
    }
    check_times(inode, cred, attr)?;
    if attr.kill_suid && attr.mode.is_none() {
        attr.mode = without_set_id(inode.mode());
    }
    Ok(())
}

/// utimensat(2): to the present may who may write, to a chosen time only the owner.
fn check_times(inode: &Inode, cred: &Cred, attr: &Iattr) -> Result<(), Errno> {
    if attr.atime.is_none() && attr.mtime.is_none() || owner_or_capable(inode, cred) {
        return Ok(());
    }
    let both_now = attr.atime == Some(SetTime::Now) && attr.mtime == Some(SetTime::Now);
    if !both_now {
        return Err(if attr.size.is_some() { Errno::EACCES } else { Errno::EPERM });
    }
    inode_permission(inode, cred, MAY_WRITE)
}

/// The mode without set-user-ID, and without set-group-ID where the group may execute; none if nothing changes.
pub fn without_set_id(mode: u32) -> Option<u32> {
    let mut kill = S_ISUID;
    if mode & (S_ISGID | S_IXGRP) == S_ISGID | S_IXGRP {
        kill |= S_ISGID;
    }
    (mode & S_IFMT == S_IFREG && mode & kill != 0).then_some(mode & !kill & 0o7777)
}

/// Makes a checked change: sizes through the cached pages, then the inode's fields and ctime.
pub fn set_attrs(inode: &Arc<Inode>, attr: &Iattr) -> Result<(), Errno> {
    let now = FileTime::now();
    if let Some(size) = attr.size {
        if size > inode.sb.max_bytes {
            return Err(Errno::EFBIG);
        }
        let mapping = inode.mapping.as_ref().ok_or(Errno::EINVAL)?;
        mapping.truncate(size)?;
        inode.set_mtime(now);
    }
    if let Some(uid) = attr.uid {
        inode.set_uid(uid);
    }
    if let Some(gid) = attr.gid {
        inode.set_gid(gid);
    }
    if let Some(mode) = attr.mode {
        inode.set_mode(inode.kind() | (mode & 0o7777));
    }
    let resolve = |time| match time {
        SetTime::Now => now,
        SetTime::At(time) => time,
    };
    if let Some(time) = attr.atime {
        inode.set_atime(resolve(time));
    }
    if let Some(time) = attr.mtime {
        inode.set_mtime(resolve(time));
    }
    inode.set_ctime(now);
    Ok(())
}

/// Takes set-ID bits away before a write by somebody without CAP_FSETID. Called with the lock held.
#[inline]
pub fn file_remove_privs(inode: &Arc<Inode>) {
    let mode = inode.mode();
    if mode & (S_ISUID | S_ISGID) != 0
        && let Some(mode) = without_set_id(mode)
    {
        inode.set_mode(inode.kind() | mode);
    }
}
