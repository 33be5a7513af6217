//! rename(2) within an overlay.

use alloc::sync::Arc;

use abi::Errno;
use vfs::Inode;
use vfs::consts::*;
use vfs::inode::Rename;
use vfs::namei::stacked;

use crate::copy_up::copy_up;
use crate::lookup::redirect_text;
use crate::node::{Node, node_of, refresh};
use crate::options::Redirect;
use crate::xattr::{OPAQUE, REDIRECT};

/// Moves a name. EXDEV for a directory with lower parts, unless `redirect_dir=on`; EINVAL for RENAME_WHITEOUT.
pub(crate) fn rename(op: &Rename<'_>) -> Result<(), Errno> {
    if op.flags & !(RENAME_NOREPLACE | RENAME_EXCHANGE) != 0 {
        return Err(Errno::EINVAL);
    }
    let exchange = op.flags & RENAME_EXCHANGE != 0;
    may_move(op.old_inode)?;
    if let Some(new) = op.new_inode {
        if exchange {
            may_move(new)?;
        } else if new.is_dir() && !node_of(new)?.is_empty()? {
            return Err(Errno::ENOTEMPTY);
        }
    }
    copy_up(op.old_inode)?;
    copy_up(op.old_dir)?;
    copy_up(op.new_dir)?;
    if let Some(new) = op.new_inode.filter(|_| exchange) {
        copy_up(new)?;
    }
    let same_dir = Arc::ptr_eq(op.old_dir, op.new_dir);
    hide_or_redirect(op.old_inode, op.new_dir, same_dir)?;
    if let Some(new) = op.new_inode.filter(|_| exchange) {
        hide_or_redirect(new, op.old_dir, same_dir)?;
    }
    match op.new_inode.filter(|_| !exchange) {
        Some(victim) => {
            let node = node_of(victim)?;
            let _no_copying = node.copying.lock();
            move_real(op, exchange)?;
            node.set_deleted(true);
        }
        None => move_real(op, exchange)?,
    }
    settle(op, exchange)
}

fn may_move(inode: &Inode) -> Result<(), Errno> {
    let node = node_of(inode)?;
    let stays = inode.is_dir() && !node.lower.is_empty() && node.fs.options.redirect != Redirect::On;
    if stays { Err(Errno::EXDEV) } else { Ok(()) }
}

/// Before a directory gets a new name: its lower parts are found by a redirect; if it has none, it must not gain
/// any from what lower layers have at the new place.
fn hide_or_redirect(inode: &Inode, new_dir: &Inode, same_dir: bool) -> Result<(), Errno> {
    if !inode.is_dir() {
        return Ok(());
    }
    let node = node_of(inode)?;
    let real = &node.upper_or_rofs()?.inode;
    if !node.lower.is_empty() {
        // The caller copies what can't be moved.
        let text = redirect_text(node, same_dir).map_err(|_| Errno::EXDEV)?;
        node.fs.set_own(real, REDIRECT, &text)?;
        *node.redirect.lock() = Some(text);
        return Ok(());
    }
    if !node_of(new_dir)?.lower.is_empty() && !node.fs.is_opaque(real)? {
        node.fs.set_own(real, OPAQUE, b"y")?;
    }
    Ok(())
}

/// The rename in the upper layer, with what has to be left at the old name.
fn move_real(op: &Rename<'_>, exchange: bool) -> Result<(), Errno> {
    let (old_dir, new_dir) = (node_of(op.old_dir)?, node_of(op.new_dir)?);
    let fs = &old_dir.fs;
    let from = (&old_dir.upper_or_rofs()?.dentry, op.old_name);
    let to = (&new_dir.upper_or_rofs()?.dentry, op.new_name);
    if exchange {
        return stacked::rename(from, to, RENAME_EXCHANGE);
    }
    let whiteout_at_new = fs.has_whiteout(to.0, to.1)?;
    if op.new_inode.is_some_and(|new| new.is_dir()) && node_has_upper(op.new_inode) {
        // It may have whiteouts in it, and a directory that is replaced has to be empty.
        fs.replace_by_empty(to.0, to.1)?;
    }
    if old_dir.lower_has(op.old_name)? {
        // The whiteout for the old name is the one of the new name, or a new one.
        let flags = if whiteout_at_new { RENAME_EXCHANGE } else { RENAME_WHITEOUT };
        stacked::rename(from, to, flags)
    } else if whiteout_at_new && op.old_inode.is_dir() {
        stacked::rename(from, to, RENAME_EXCHANGE)?;
        // A whiteout where nothing has to be hidden does no harm.
        let _ = stacked::remove(from.0, from.1);
        Ok(())
    } else {
        stacked::rename(from, to, 0)
    }
}

fn node_has_upper(inode: Option<&Arc<Inode>>) -> bool {
    inode.is_some_and(|inode| node_of(inode).is_ok_and(|node: &Node| node.upper().is_some()))
}

/// The overlay's own inodes follow.
fn settle(op: &Rename<'_>, exchange: bool) -> Result<(), Errno> {
    node_of(op.old_inode)?.set_place(op.new_dir, op.new_name);
    if let Some(new) = op.new_inode {
        let node = node_of(new)?;
        if exchange {
            node.set_place(op.old_dir, op.old_name);
        } else {
            let names_left = !new.is_dir() && node.upper().is_some_and(|real| real.inode.nlink() != 0);
            node.set_deleted(!names_left);
        }
        refresh(new);
    }
    for dir in [op.old_dir, op.new_dir] {
        node_of(dir)?.dir.changed();
        refresh(dir);
    }
    refresh(op.old_inode);
    // Files that were copied up bring their numbers along.
    node_of(op.new_dir)?.note_child(op.old_inode);
    if let Some(new) = op.new_inode.filter(|_| exchange) {
        node_of(op.old_dir)?.note_child(new);
    }
    Ok(())
}
