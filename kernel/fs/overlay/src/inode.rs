//! The overlay's inode operations: who does what is one line each.

use alloc::sync::Arc;

use abi::Errno;
use vfs::chrdev::DevT;
use vfs::inode::{Link, Rename};
use vfs::namei::stacked::{self, New};
use vfs::{Cred, FileOps, Iattr, Inode, InodeOps, Kstat};

use crate::copy_up::copy_up_sized;
use crate::node::{Node, nlink, refresh};
use crate::readdir::DirFile;
use crate::{create, file, remove, rename, xattr};

impl InodeOps for Node {
    fn lookup(&self, dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        self.lookup_inode(dir, name)
    }

    fn create(&self, dir: &Arc<Inode>, name: &[u8], mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        create::create(dir, name, &New::File(mode), mode, cred)
    }

    fn mkdir(&self, dir: &Arc<Inode>, name: &[u8], mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        create::create(dir, name, &New::Dir(mode), mode, cred)
    }

    fn mknod(
        &self,
        dir: &Arc<Inode>,
        name: &[u8],
        mode: u32,
        rdev: DevT,
        cred: &Cred,
    ) -> Result<Arc<Inode>, Errno> {
        // That would be a whiteout.
        if mode & vfs::consts::S_IFMT == vfs::consts::S_IFCHR && rdev == DevT(0) {
            return Err(Errno::EPERM);
        }
        create::create(dir, name, &New::Node(mode, rdev), mode, cred)
    }

    fn symlink(
        &self,
        dir: &Arc<Inode>,
        name: &[u8],
        target: &[u8],
        cred: &Cred,
    ) -> Result<Arc<Inode>, Errno> {
        create::create(dir, name, &New::Symlink(target), vfs::consts::S_IFLNK | 0o777, cred)
    }

    fn link(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        create::link(dir, name, inode)
    }

    fn unlink(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        remove::unlink(dir, name, inode)
    }

    fn rmdir(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        remove::rmdir(dir, name, inode)
    }

    fn rename(&self, op: &Rename<'_>) -> Result<(), Errno> {
        rename::rename(op)
    }

    fn tmpfile(&self, dir: &Arc<Inode>, mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        create::tmpfile(dir, mode, cred)
    }

    fn get_link(&self, _inode: &Inode) -> Result<Link, Errno> {
        let real = &self.real()?.inode;
        real.ops.get_link(real)
    }

    fn getattr(&self, inode: &Inode, stat: &mut Kstat) {
        let Ok(real) = self.real() else { return };
        let below = Kstat::of(&real.inode);
        *stat = Kstat {
            dev: stat.dev,
            ino: stat.ino,
            nlink: nlink(inode, self, &real.inode),
            mnt_id: stat.mnt_id,
            mount_root: stat.mount_root,
            ..below
        };
    }

    fn setattr(&self, inode: &Arc<Inode>, attr: &Iattr) -> Result<(), Errno> {
        copy_up_sized(inode, attr.size)?;
        let done = stacked::setattr(&self.upper_or_rofs()?.inode, attr);
        refresh(inode);
        done
    }

    fn open(&self, inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        if inode.is_dir() { Ok(DirFile::open(inode)?) } else { file::open(inode, flags) }
    }

    fn permission(&self, _inode: &Inode, mask: u32, _cred: &Cred) -> Option<Result<(), Errno>> {
        // A real inode with rules of its own: they hold for whoever mounted, besides the usual ones here.
        let real = &self.real().ok()?.inode;
        real.ops.permission(real, mask, &self.fs.cred).filter(Result::is_err)
    }

    fn getxattr(&self, _inode: &Inode, name: &[u8]) -> Result<Arc<[u8]>, Errno> {
        self.get_xattr(name)
    }

    fn setxattr(&self, inode: &Inode, name: &[u8], value: &[u8], flags: u32) -> Result<(), Errno> {
        xattr::change(inode, name, Some(value), flags)
    }

    fn listxattr(&self, _inode: &Inode, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
        self.list_xattr(each)
    }

    fn removexattr(&self, inode: &Inode, name: &[u8]) -> Result<(), Errno> {
        xattr::change(inode, name, None, 0)
    }
}
