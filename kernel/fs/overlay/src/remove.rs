//! Taking names away: out of the upper layer, and out of sight where a lower layer has them.

use alloc::sync::Arc;

use abi::Errno;
use vfs::Inode;
use vfs::namei::stacked;

use crate::copy_up::copy_up;
use crate::node::{Node, node_of, refresh};

/// unlink(2).
pub(crate) fn unlink(dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
    let file = node_of(inode)?;
    remove(dir, name, inode, |node| {
        let upper = &node.upper_or_rofs()?.dentry;
        if node.lower_has(name)? { node.fs.put_whiteout(upper, name) } else { stacked::remove(upper, name) }
    })?;
    if file.upper().is_some_and(|real| real.inode.nlink() != 0) {
        // Other names are left.
        file.set_deleted(false);
    }
    refresh(inode);
    Ok(())
}

/// rmdir(2): ENOTEMPTY unless there are only whiteouts.
pub(crate) fn rmdir(dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
    let victim = node_of(inode)?;
    if !victim.is_empty()? {
        return Err(Errno::ENOTEMPTY);
    }
    remove(dir, name, inode, |node| {
        let upper = &node.upper_or_rofs()?.dentry;
        if node.lower_has(name)? {
            node.fs.put_whiteout(upper, name)
        } else {
            node.fs.remove_dir(upper, name)
        }
    })?;
    inode.set_nlink(0);
    inode.touch_ctime();
    Ok(())
}

/// What both have in common. No copy-up of the file goes on meanwhile, and one that comes later knows that it
/// has no name.
fn remove(
    dir: &Arc<Inode>,
    _name: &[u8],
    inode: &Arc<Inode>,
    how: impl FnOnce(&Node) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let (node, victim) = (node_of(dir)?, node_of(inode)?);
    copy_up(dir)?;
    {
        let _no_copying = victim.copying.lock();
        how(node)?;
        victim.set_deleted(true);
    }
    node.dir.changed();
    refresh(dir);
    Ok(())
}
