//! Changes of names and attributes. The vfs has checked rights and holds the directories' locks.

use alloc::sync::Arc;
use core::sync::atomic::Ordering::Relaxed;

use abi::Errno;
use vfs::attr::SetTime;
use vfs::chrdev::DevT;
use vfs::consts::*;
use vfs::inode::Rename;
use vfs::{Cred, Iattr, Inode, InodeInit};

use crate::node::Node;
use crate::proto::{AT_REMOVEDIR, SetAttr, open, setattr as valid};
use crate::silly;

/// A directory's entries changed.
fn changed(node: &Node, dir: &Inode) {
    node.drop_listing();
    node.mark_changed();
    dir.touch_mtime();
}

/// The inode of a name that was made just now, given to who made it.
fn made(node: &Node, dir: &Arc<Inode>, name: &[u8], owner: (u32, u32)) -> Result<Arc<Inode>, Errno> {
    changed(node, dir);
    let share = &node.share;
    let (fid, qid) = share.client.walk(&*node.fid()?, &[name])?;
    if let Some(qid) = qid
        && let Some(old) = share.find(qid.path)
    {
        // A number that belonged to a file which is gone by now.
        share.forget(qid.path, &old);
    }
    let inode = share.inode(&dir.sb, fid, qid)?;
    give(&inode, owner);
    Ok(inode)
}

/// Gives a new file to its owner. A server that isn't root can't; files are its user's then.
fn give(inode: &Arc<Inode>, (uid, gid): (u32, u32)) {
    let Some(node) = Node::of(inode) else { return };
    if (inode.uid() == uid && inode.gid() == gid) || node.share.cannot_chown.load(Relaxed) {
        return;
    }
    let set = SetAttr { valid: valid::UID | valid::GID, uid, gid, ..SetAttr::default() };
    let given = node.fid().and_then(|fid| node.share.client.setattr(&fid, &set));
    match given {
        Ok(()) => {
            inode.set_uid(uid);
            inode.set_gid(gid);
        }
        Err(Errno::EPERM) if inode.uid() != uid => node.share.cannot_chown.store(true, Relaxed),
        Err(_) => (),
    }
}

/// Owner and mode of a new file in `dir`.
fn ownership(dir: &Inode, mode: u32, cred: &Cred) -> ((u32, u32), u32) {
    let init = InodeInit::new(mode).owned(dir, cred);
    ((init.uid, init.gid), init.mode)
}

pub(crate) fn create(
    node: &Node,
    dir: &Arc<Inode>,
    name: &[u8],
    mode: u32,
    cred: &Cred,
) -> Result<Arc<Inode>, Errno> {
    let (owner, mode) = ownership(dir, mode, cred);
    let client = &node.share.client;
    let (fid, _) = client.walk(&*node.fid()?, &[])?;
    let flags = open::RDWR | open::EXCL | open::LARGEFILE | O_CREAT;
    let qid = client.lcreate(&fid, name, flags, mode & 0o7777, owner.1)?;
    let inode = made(node, dir, name, owner)?;
    if let Some(new) = Node::of(&inode)
        && new.path() == qid.path
    {
        new.set_created(fid);
    }
    Ok(inode)
}

pub(crate) fn mkdir(
    node: &Node,
    dir: &Arc<Inode>,
    name: &[u8],
    mode: u32,
    cred: &Cred,
) -> Result<Arc<Inode>, Errno> {
    let (owner, mode) = ownership(dir, mode, cred);
    node.share.client.mkdir(&*node.fid()?, name, mode & 0o7777, owner.1)?;
    let inode = made(node, dir, name, owner)?;
    dir.inc_nlink();
    Ok(inode)
}

pub(crate) fn mknod(
    node: &Node,
    dir: &Arc<Inode>,
    name: &[u8],
    (mode, rdev): (u32, DevT),
    cred: &Cred,
) -> Result<Arc<Inode>, Errno> {
    let (owner, mode) = ownership(dir, mode, cred);
    node.share.client.mknod(&*node.fid()?, name, mode, rdev, owner.1)?;
    made(node, dir, name, owner)
}

pub(crate) fn symlink(
    node: &Node,
    dir: &Arc<Inode>,
    name: &[u8],
    target: &[u8],
    cred: &Cred,
) -> Result<Arc<Inode>, Errno> {
    if target.len() >= PATH_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    let (owner, _) = ownership(dir, S_IFLNK | 0o777, cred);
    node.share.client.symlink(&*node.fid()?, name, target, owner.1)?;
    made(node, dir, name, owner)
}

pub(crate) fn link(node: &Node, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
    let file = Node::of(inode).ok_or(Errno::EXDEV)?;
    node.share.client.link(&*node.fid()?, &*file.fid()?, name)?;
    file.note_name(dir, name);
    file.mark_changed();
    inode.inc_nlink();
    inode.touch_ctime();
    changed(node, dir);
    Ok(())
}

/// A name of `inode` is gone from `dir`.
fn dropped(dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) {
    let Some(node) = Node::of(inode) else { return };
    inode.drop_nlink();
    inode.touch_ctime();
    node.mark_changed();
    if inode.nlink() == 0 || inode.is_dir() {
        inode.set_nlink(0);
        // Its number may be another file's from now on.
        node.share.forget(node.path(), inode);
        node.close_idle_reader();
    } else if node.silly.lock().is_none() {
        node.lost_name(dir, name);
    }
}

pub(crate) fn unlink(node: &Node, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
    if silly::is_in_use(inode) {
        silly::hide(dir, name, inode)?;
    } else {
        node.share.client.unlinkat(&*node.fid()?, name, 0)?;
    }
    changed(node, dir);
    dropped(dir, name, inode);
    Ok(())
}

pub(crate) fn rmdir(node: &Node, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
    let client = &node.share.client;
    let fid = node.fid()?;
    match client.unlinkat(&fid, name, AT_REMOVEDIR) {
        Err(Errno::ENOTEMPTY | Errno::EEXIST) => {
            // Perhaps only removed files are in it that somebody has open.
            silly::move_out(inode, dir)?;
            client.unlinkat(&fid, name, AT_REMOVEDIR)?;
        }
        done => done?,
    }
    changed(node, dir);
    dir.drop_nlink();
    dropped(dir, name, inode);
    Ok(())
}

pub(crate) fn rename(node: &Node, op: &Rename<'_>) -> Result<(), Errno> {
    if op.flags & (RENAME_EXCHANGE | RENAME_WHITEOUT) != 0 {
        return Err(Errno::EINVAL);
    }
    let to = Node::of(op.new_dir).ok_or(Errno::EXDEV)?;
    let hidden = op.new_inode.filter(|victim| silly::is_in_use(victim));
    if let Some(victim) = hidden {
        silly::hide(op.new_dir, op.new_name, victim)?;
    }
    let renamed = node.share.client.renameat(&*node.fid()?, op.old_name, &*to.fid()?, op.new_name);
    if let Err(errno) = renamed {
        if let Some(victim) = hidden {
            silly::unhide(op.new_dir, op.new_name, victim);
        }
        return Err(errno);
    }
    if let Some(victim) = op.new_inode {
        if victim.is_dir() {
            op.new_dir.drop_nlink();
        }
        dropped(op.new_dir, op.new_name, victim);
    }
    if op.old_inode.is_dir() && !Arc::ptr_eq(op.old_dir, op.new_dir) {
        op.old_dir.drop_nlink();
        op.new_dir.inc_nlink();
    }
    changed(node, op.old_dir);
    changed(to, op.new_dir);
    op.old_inode.touch_ctime();
    if let Some(moved) = Node::of(op.old_inode) {
        moved.mark_changed();
        if op.old_inode.nlink() > 1 && !op.old_inode.is_dir() {
            moved.note_name(op.new_dir, op.new_name);
            moved.lost_name(op.old_dir, op.old_name);
        }
    }
    Ok(())
}

pub(crate) fn setattr(node: &Node, inode: &Arc<Inode>, attr: &Iattr) -> Result<(), Errno> {
    let mut set = SetAttr::default();
    let mut field = |bit: u32, value: Option<u32>, slot: &mut u32| {
        if let Some(value) = value {
            *slot = value;
            set.valid |= bit;
        }
    };
    let (mut mode, mut uid, mut gid) = (0, 0, 0);
    field(valid::MODE, attr.mode, &mut mode);
    field(valid::UID, attr.uid, &mut uid);
    field(valid::GID, attr.gid, &mut gid);
    (set.mode, set.uid, set.gid) = (mode, uid, gid);
    if let Some(size) = attr.size {
        if size > inode.sb.max_bytes {
            return Err(Errno::EFBIG);
        }
        // What programs changed through mappings comes before the cut.
        if let Some(mapping) = &inode.mapping {
            mapping.sync()?;
        }
        set.size = size;
        set.valid |= valid::SIZE;
    }
    match attr.atime {
        Some(SetTime::At(time)) => {
            (set.atime, set.valid) = (time, set.valid | valid::ATIME | valid::ATIME_SET)
        }
        Some(SetTime::Now) => set.valid |= valid::ATIME,
        None => (),
    }
    match attr.mtime {
        Some(SetTime::At(time)) => {
            (set.mtime, set.valid) = (time, set.valid | valid::MTIME | valid::MTIME_SET)
        }
        Some(SetTime::Now) => set.valid |= valid::MTIME,
        None => (),
    }
    if set.valid != 0 {
        set.valid |= valid::CTIME;
        node.share.client.setattr(&*node.fid()?, &set)?;
    }
    vfs::attr::set_attrs(inode, attr)?;
    node.mark_changed();
    Ok(())
}
