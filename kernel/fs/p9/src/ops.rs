//! What the vfs asks of a file: finding, opening, attributes. Changes are in `change.rs`.

use alloc::sync::Arc;

use abi::Errno;
use vfs::chrdev::DevT;
use vfs::consts::*;
use vfs::inode::Rename;
use vfs::{Cred, FileOps, Iattr, Inode, InodeOps, Kstat, Link};

use crate::dir::DirFile;
use crate::file::OpenFile;
use crate::node::{Node, NodeOps};
use crate::{change, silly, xattr};

impl Node {
    /// What the kept listing says of `name`: its qid if it is there; none of that if the listing isn't to be
    /// trusted.
    fn listed(&self, name: &[u8]) -> Option<Option<u64>> {
        let listing = self.listing()?;
        if !listing.complete || !self.is_fresh(self.share.options.cache.names_ns()) {
            return None;
        }
        listing.find(name).ok().map(|qid| qid.map(|qid| qid.path))
    }

    fn lookup(self: &Arc<Self>, dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        if silly::is_hidden(name) {
            return Err(Errno::ENOENT);
        }
        match self.listed(name) {
            Some(None) => return Err(Errno::ENOENT),
            Some(Some(path)) => {
                if let Some(inode) = self.share.find(path)
                    && let Some(node) = Node::of(&inode)
                    && node.is_fresh(self.share.options.cache.names_ns())
                {
                    return Ok(inode);
                }
            }
            None => (),
        }
        let walked = self.share.client.walk(&*self.fid()?, &[name]);
        if let Err(Errno::ESTALE) = walked {
            self.mark_gone();
        }
        let (fid, qid) = walked?;
        let inode = self.share.inode(&dir.sb, fid, qid)?;
        if inode.nlink() > 1
            && !inode.is_dir()
            && let Some(node) = Node::of(&inode)
        {
            node.note_name(dir, name);
        }
        Ok(inode)
    }

    /// Close-to-open: what was changed on the other side before now is seen from here on.
    fn check_open(&self, inode: &Arc<Inode>) -> Result<(), Errno> {
        let cache = self.share.options.cache;
        let age = if inode.is_dir() { cache.open_dir_ns() } else { cache.open_ns() };
        if self.is_fresh(age) { Ok(()) } else { self.refresh(inode) }
    }
}

impl InodeOps for NodeOps {
    fn lookup(&self, dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        self.0.lookup(dir, name)
    }

    fn create(&self, dir: &Arc<Inode>, name: &[u8], mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        change::create(&self.0, dir, name, mode, cred)
    }

    fn mkdir(&self, dir: &Arc<Inode>, name: &[u8], mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        change::mkdir(&self.0, dir, name, mode, cred)
    }

    fn mknod(
        &self,
        dir: &Arc<Inode>,
        name: &[u8],
        mode: u32,
        rdev: DevT,
        cred: &Cred,
    ) -> Result<Arc<Inode>, Errno> {
        change::mknod(&self.0, dir, name, (mode, rdev), cred)
    }

    fn symlink(
        &self,
        dir: &Arc<Inode>,
        name: &[u8],
        target: &[u8],
        cred: &Cred,
    ) -> Result<Arc<Inode>, Errno> {
        change::symlink(&self.0, dir, name, target, cred)
    }

    fn link(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        change::link(&self.0, dir, name, inode)
    }

    fn unlink(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        change::unlink(&self.0, dir, name, inode)
    }

    fn rmdir(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        change::rmdir(&self.0, dir, name, inode)
    }

    fn rename(&self, op: &Rename<'_>) -> Result<(), Errno> {
        change::rename(&self.0, op)
    }

    fn get_link(&self, _inode: &Inode) -> Result<Link, Errno> {
        if self.0.kind() != S_IFLNK {
            return Err(Errno::EINVAL);
        }
        if let Some(text) = self.0.link.lock().clone() {
            return Ok(Link::Text(text));
        }
        let text = self.0.share.client.readlink(&*self.0.fid()?)?;
        *self.0.link.lock() = Some(text.clone());
        Ok(Link::Text(text))
    }

    fn getattr(&self, _inode: &Inode, stat: &mut Kstat) {
        stat.ino = self.0.path();
        (stat.blocks, stat.btime) = self.0.blocks_and_btime();
    }

    fn setattr(&self, inode: &Arc<Inode>, attr: &Iattr) -> Result<(), Errno> {
        change::setattr(&self.0, inode, attr)
    }

    fn open(&self, inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        match self.0.kind() {
            S_IFREG => {
                // A file that was made this moment needs no asking.
                let created = self.0.take_created();
                if created.is_none() {
                    self.0.check_open(inode)?;
                }
                Ok(Arc::new(OpenFile::open(&self.0, flags, created)?))
            }
            S_IFDIR => {
                self.0.check_open(inode)?;
                Ok(Arc::new(DirFile::open(&self.0)?))
            }
            S_IFLNK => Err(Errno::ELOOP),
            _ => Err(Errno::ENXIO),
        }
    }

    fn revalidate(&self, _inode: &Inode) -> bool {
        self.0.is_fresh(self.0.share.options.cache.names_ns())
    }

    fn revalidate_name(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> bool {
        let Some(node) = Node::of(inode) else { return false };
        if node.is_fresh(self.0.share.options.cache.names_ns()) {
            return true;
        }
        if inode.is_dir() || inode.nlink() <= 1 {
            // The fid was walked by this name, so that the attributes are those of what is there now.
            return !matches!(node.refresh(inode), Err(Errno::ENOENT | Errno::ESTALE | Errno::ENOTDIR));
        }
        let walked = self.0.fid().and_then(|fid| self.0.share.client.walk(&fid, &[name]));
        match walked {
            Ok((fid, Some(qid))) if qid.path == node.path() => {
                node.set_fid(fid);
                node.note_name(dir, name);
                !matches!(node.refresh(inode), Err(Errno::ENOENT | Errno::ESTALE))
            }
            Ok(_) | Err(Errno::ENOENT | Errno::ESTALE | Errno::ENOTDIR) => false,
            // The server can't be asked: what follows will say why.
            Err(_) => true,
        }
    }

    fn getxattr(&self, _inode: &Inode, name: &[u8]) -> Result<Arc<[u8]>, Errno> {
        xattr::get(&self.0, name)
    }

    fn setxattr(&self, inode: &Inode, name: &[u8], value: &[u8], flags: u32) -> Result<(), Errno> {
        xattr::set(&self.0, inode, name, value, flags)
    }

    fn listxattr(&self, _inode: &Inode, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
        xattr::list(&self.0, each)
    }

    fn removexattr(&self, inode: &Inode, name: &[u8]) -> Result<(), Errno> {
        xattr::remove(&self.0, inode, name)
    }
}
