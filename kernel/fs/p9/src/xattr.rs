//! Extended attributes: read through a fid of their own, written through one whose clunk sets them.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use vfs::Inode;

use crate::fid::Fid;
use crate::node::Node;

/// The longest value and list of names (xattr(7)).
const MAX_VALUE: u64 = 65536;
/// setxattr(2): the attribute has to exist.
const REPLACE: u32 = 2;

/// The value of the attribute `name`.
pub(crate) fn get(node: &Node, name: &[u8]) -> Result<Arc<[u8]>, Errno> {
    read_all(node, name).map(Arc::from)
}

/// Calls `each` with every attribute's name.
pub(crate) fn list(node: &Node, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
    let names = read_all(node, b"")?;
    names.split(|byte| *byte == 0).filter(|name| !name.is_empty()).for_each(each);
    Ok(())
}

fn read_all(node: &Node, name: &[u8]) -> Result<Vec<u8>, Errno> {
    let (fid, size) = node.share.client.xattrwalk(&*node.fid()?, name)?;
    if size > MAX_VALUE {
        return Err(Errno::E2BIG);
    }
    let mut value = Vec::new();
    value.try_reserve_exact(size as usize).map_err(|_| Errno::ENOMEM)?;
    value.resize(size as usize, 0);
    let mut done = 0;
    while done < value.len() {
        let most = node.share.client.io_size();
        let rest = value.get_mut(done..).unwrap_or(&mut []);
        let len = rest.len().min(most);
        let count = node.share.client.read(&fid, done as u64, rest.get_mut(..len).unwrap_or(&mut []))?;
        if count == 0 {
            return Err(Errno::EIO);
        }
        done += count;
    }
    Ok(value)
}

/// Sets an attribute. The protocol has no way to set an empty value: QEMU takes that for removal.
pub(crate) fn set(node: &Node, inode: &Inode, name: &[u8], value: &[u8], flags: u32) -> Result<(), Errno> {
    if value.is_empty() {
        return Err(Errno::EOPNOTSUPP);
    }
    let fid = begin(node, name, value.len(), flags)?;
    let mut done = 0;
    while let Some(rest) = value.get(done..).filter(|rest| !rest.is_empty()) {
        let part = rest.get(..rest.len().min(node.share.client.io_size())).unwrap_or(rest);
        done += node.share.client.write(&fid, done as u64, part)?;
    }
    end(node, inode, fid)
}

/// Takes an attribute away.
pub(crate) fn remove(node: &Node, inode: &Inode, name: &[u8]) -> Result<(), Errno> {
    let fid = begin(node, name, 0, REPLACE)?;
    end(node, inode, fid)
}

fn begin(node: &Node, name: &[u8], size: usize, flags: u32) -> Result<Fid, Errno> {
    let (fid, _) = node.share.client.walk(&*node.fid()?, &[])?;
    node.share.client.xattrcreate(&fid, name, size as u64, flags)?;
    Ok(fid)
}

fn end(node: &Node, inode: &Inode, fid: Fid) -> Result<(), Errno> {
    fid.clunk()?;
    inode.touch_ctime();
    node.mark_changed();
    Ok(())
}
