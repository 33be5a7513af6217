//! Making names: always in the upper layer, over a whiteout if there is one.

use alloc::sync::Arc;

use abi::Errno;
use vfs::consts::*;
use vfs::namei::stacked::{self, New};
use vfs::{Cred, Dentry, Iattr, Inode, InodeInit};

use crate::copy_up::{TempName, copy_up};
use crate::node::{Found, Node, Place, Real, UPPER, node_of, refresh};
use crate::xattr::OPAQUE;

/// A new file of any type; `mode` has the type.
pub(crate) fn create(
    dir: &Arc<Inode>,
    name: &[u8],
    what: &New<'_>,
    mode: u32,
    cred: &Cred,
) -> Result<Arc<Inode>, Errno> {
    let node = node_of(dir)?;
    let dentry = create_upper(dir, name, what, Some((mode, cred)))?;
    let found = Found { upper: Some(Real::new(UPPER, dentry)?), ..Found::default() };
    node.dir.changed();
    refresh(dir);
    node.fs.inode(&dir.sb, found, Some(Place { parent: dir.clone(), name: Arc::from(name) }))
}

/// A further name for a file, which is copied up first: links between layers can't be.
pub(crate) fn link(dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
    copy_up(inode)?;
    let file = node_of(inode)?;
    let real = file.upper_or_rofs()?;
    create_upper(dir, name, &New::Link(&real.inode), None)?;
    file.set_deleted(false);
    let node = node_of(dir)?;
    node.note_child(inode);
    node.dir.changed();
    refresh(dir);
    refresh(inode);
    Ok(())
}

/// A regular file without a name (O_TMPFILE), in the upper layer.
pub(crate) fn tmpfile(dir: &Arc<Inode>, mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
    copy_up(dir)?;
    let node = node_of(dir)?;
    let dentry = stacked::tmpfile(&node.upper_or_rofs()?.dentry, mode, cred)?;
    let found = Found { upper: Some(Real::new(UPPER, dentry)?), ..Found::default() };
    node.fs.inode(&dir.sb, found, None)
}

/// Makes the name in the upper layer. `owned`: mode, and whose the file is to be, for a new one.
fn create_upper(
    dir: &Arc<Inode>,
    name: &[u8],
    what: &New<'_>,
    owned: Option<(u32, &Cred)>,
) -> Result<Arc<Dentry>, Errno> {
    copy_up(dir)?;
    let node = node_of(dir)?;
    let upper = node.upper_or_rofs()?;
    let over_whiteout = node.fs.has_whiteout(&upper.dentry, name)?;
    let is_dir = matches!(what, New::Dir(_));
    // A new directory shows nothing of what a lower layer may have under its name.
    let opaque = is_dir && (over_whiteout || !node.lower.is_empty());
    if !over_whiteout && !opaque {
        let root = &node.fs.cred;
        return stacked::make(&upper.dentry, name, what, owned.map_or(root, |(_, cred)| cred));
    }
    let work = node.fs.work.as_ref().ok_or(Errno::EROFS)?;
    let temp = TempName::new(&node.fs, work, what)?;
    prepare(node, dir, &temp, opaque, owned)?;
    let exchange = over_whiteout && is_dir;
    let flags = if exchange { RENAME_EXCHANGE } else { 0 };
    stacked::rename((work, temp.name.as_bytes()), (&upper.dentry, name), flags)?;
    if exchange {
        // The whiteout is where the directory was made.
        let _ = stacked::remove(work, temp.name.as_bytes());
    }
    Ok(temp.dentry.clone())
}

/// Makes what lies in the work directory what it would be had it been made in `dir`.
fn prepare(
    node: &Node,
    dir: &Inode,
    temp: &TempName<'_>,
    opaque: bool,
    owned: Option<(u32, &Cred)>,
) -> Result<(), Errno> {
    let inode = stacked::inode_of(&temp.dentry)?;
    if opaque {
        node.fs.set_own(&inode, OPAQUE, b"y")?;
    }
    if let Some((mode, cred)) = owned {
        let owner = InodeInit::new(mode).owned(dir, cred);
        let attr = Iattr {
            mode: (mode & S_IFMT != S_IFLNK).then_some(owner.mode & 0o7777),
            uid: Some(owner.uid),
            gid: Some(owner.gid),
            ..Iattr::default()
        };
        stacked::setattr(&inode, &attr)?;
    }
    Ok(())
}
