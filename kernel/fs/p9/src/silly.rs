//! Files that are removed while they are open here.
//!
//! QEMU's server reaches a file by its path, so it loses one whose name is gone. Such a file is renamed within its
//! directory instead, and removed when it is closed. Nobody here sees the new name.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::Ordering::Relaxed;

use abi::Errno;
use vfs::Inode;

use crate::node::Node;

/// How all such names begin.
const PREFIX: &[u8] = b".ferrogate-removed-";

/// The name of a removed file, until it is closed.
pub(crate) struct SillyName {
    pub dir: Arc<Inode>,
    pub name: Box<[u8]>,
}

/// Whether a name is one that nobody here shall see.
pub(crate) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(PREFIX)
}

/// Whether `inode` would be lost with its name.
pub(crate) fn is_in_use(inode: &Inode) -> bool {
    Node::of(inode).is_some_and(|node| node.opens.load(Relaxed) != 0)
}

/// Gives the file `name` in `dir` a name that nobody sees.
pub(crate) fn hide(dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
    let (parent, node) = nodes(dir, inode)?;
    let hidden = new_name(node);
    let fid = parent.fid()?;
    node.share.client.renameat(&fid, name, &fid, &hidden)?;
    let silly = SillyName { dir: dir.clone(), name: hidden.into_boxed_slice() };
    node.share.hidden.lock().push(Arc::downgrade(node));
    let old = node.silly.lock().replace(silly);
    // One of several names of the file was hidden before: that one is not needed any more.
    if let Some(old) = old {
        let _ = remove(node, &old);
    }
    Ok(())
}

/// Gives a hidden file its name back: what it was hidden for has failed.
pub(crate) fn unhide(dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) {
    let Ok((parent, node)) = nodes(dir, inode) else { return };
    let Some(silly) = node.silly.lock().take() else { return };
    node.share.hidden.lock().retain(|other| !core::ptr::eq(other.as_ptr(), Arc::as_ptr(node)));
    if let Ok(fid) = parent.fid() {
        // If that fails, too, the file has lost its name.
        let _ = node.share.client.renameat(&fid, &silly.name, &fid, name);
    }
}

/// The file was closed here: if it was removed before, it goes now.
pub(crate) fn closed(node: &Node) {
    let silly = node.silly.lock().take();
    if let Some(silly) = silly {
        node.share.hidden.lock().retain(|other| !core::ptr::eq(other.as_ptr(), node));
        let _ = remove(node, &silly);
    }
}

/// Moves the hidden files of `dir`, which shall be removed, up into `to`.
pub(crate) fn move_out(dir: &Arc<Inode>, to: &Arc<Inode>) -> Result<(), Errno> {
    let (from, target) = nodes(dir, to)?;
    let count = from.share.hidden.lock().len();
    for at in 0..count {
        let node = from.share.hidden.lock().get(at).and_then(Weak::upgrade);
        if let Some(node) = node {
            move_one(&node, (dir, from), (to, target))?;
        }
    }
    Ok(())
}

fn move_one(
    node: &Node,
    (dir, from): (&Arc<Inode>, &Node),
    (to, target): (&Arc<Inode>, &Node),
) -> Result<(), Errno> {
    let hidden = {
        let silly = node.silly.lock();
        silly.as_ref().filter(|silly| Arc::ptr_eq(&silly.dir, dir)).map(|silly| silly.name.clone())
    };
    let Some(hidden) = hidden else { return Ok(()) };
    let name = new_name(node);
    node.share.client.renameat(&*from.fid()?, &hidden, &*target.fid()?, &name)?;
    let moved = SillyName { dir: to.clone(), name: name.into_boxed_slice() };
    let old = node.silly.lock().replace(moved);
    drop(old);
    Ok(())
}

fn remove(node: &Node, silly: &SillyName) -> Result<(), Errno> {
    let parent = Node::of(&silly.dir).ok_or(Errno::EIO)?;
    node.share.client.unlinkat(&*parent.fid()?, &silly.name, 0)
}

fn new_name(node: &Node) -> Vec<u8> {
    let number = node.share.next_silly.fetch_add(1, Relaxed);
    let mut name = PREFIX.to_vec();
    // The moment keeps apart what a guest left behind that was here before.
    name.extend_from_slice(format!("{:x}-{number:x}", sched::clock::realtime_ns()).as_bytes());
    name
}

fn nodes<'a>(a: &'a Inode, b: &'a Inode) -> Result<(&'a Arc<Node>, &'a Arc<Node>), Errno> {
    Ok((Node::of(a).ok_or(Errno::EIO)?, Node::of(b).ok_or(Errno::EIO)?))
}
