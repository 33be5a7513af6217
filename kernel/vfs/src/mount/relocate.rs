//! Mounts that are hung elsewhere: mount(2) with MS_MOVE, pivot_root(2).

use alloc::sync::Arc;

use abi::Errno;

use super::{Path, TREE, attach, detach, is_below};

/// mount(2), MS_MOVE: EINVAL for the root and for a target inside of what moves (ELOOP).
pub fn do_move(source: &Path, target: &Path) -> Result<(), Errno> {
    let mut tree = TREE.lock();
    if !source.is_mount_root() || source.mnt.mount_point().is_none() {
        return Err(Errno::EINVAL);
    }
    let is_dir = |path: &Path| path.dentry.inode().is_some_and(|inode| inode.is_dir());
    if is_dir(source) != is_dir(target) {
        return Err(Errno::EINVAL);
    }
    let mut up = Some(target.mnt.clone());
    while let Some(mnt) = up {
        if Arc::ptr_eq(&mnt, &source.mnt) {
            return Err(Errno::ELOOP);
        }
        up = mnt.mount_point().map(|at| at.mnt);
    }
    let mut target = target.clone();
    target.follow_mounts();
    detach(&mut tree, &source.mnt);
    attach(&mut tree, source.mnt.clone(), &target);
    Ok(())
}

/// pivot_root(2): what is mounted at `new` becomes the root of the tree, the old root's mount moves to `put_old`.
/// Gives back the new root, for the tasks whose root or working directory is the old one.
pub fn do_pivot_root(new: &Path, put_old: &Path, root: &Path) -> Result<Path, Errno> {
    let mut tree = TREE.lock();
    let mut old_at = put_old.clone();
    old_at.follow_mounts();
    if new.dentry.is_deleted() || old_at.dentry.is_deleted() {
        return Err(Errno::ENOENT);
    }
    if Arc::ptr_eq(&new.mnt, &root.mnt) || Arc::ptr_eq(&old_at.mnt, &root.mnt) {
        return Err(Errno::EBUSY);
    }
    // The very first root hangs nowhere and can't be hung elsewhere.
    let root_at = root.mnt.mount_point().filter(|_| root.is_mount_root()).ok_or(Errno::EINVAL)?;
    if !new.is_mount_root() || new.mnt.mount_point().is_none() {
        return Err(Errno::EINVAL);
    }
    if !is_reachable(&old_at, new) || !is_reachable(new, root) {
        return Err(Errno::EINVAL);
    }
    detach(&mut tree, &new.mnt);
    detach(&mut tree, &root.mnt);
    attach(&mut tree, root.mnt.clone(), &old_at);
    attach(&mut tree, new.mnt.clone(), &root_at);
    Ok(new.clone())
}

/// Whether `place` is `top` or below it, over mounts.
fn is_reachable(place: &Path, top: &Path) -> bool {
    let mut at = place.clone();
    loop {
        if Arc::ptr_eq(&at.mnt, &top.mnt) {
            return is_below(&at.dentry, &top.dentry);
        }
        match at.mnt.mount_point() {
            Some(up) => at = up,
            None => return false,
        }
    }
}
