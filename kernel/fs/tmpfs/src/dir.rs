//! Directories: a table by name, and the same entries in the order in which they were made, which gives
//! getdents(2) positions that stay valid whatever is added or removed.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use mm::Mapping;
use sched::RwSem;
use sync::{Once, rank};
use vfs::chrdev::DevT;
use vfs::consts::*;
use vfs::inode::Rename;
use vfs::time::FileTime;
use vfs::{Cred, DirContext, File, FileOps, Inode, InodeInit, InodeOps};

use crate::Usage;
use crate::node::{FileNode, LinkNode, SpecialNode};
use crate::xattr::{Xattrs, xattr_ops};

/// st_size of an empty directory; each entry adds [`ENTRY_SIZE`] (as Linux's tmpfs counts).
pub(crate) const EMPTY_SIZE: u64 = 2 * ENTRY_SIZE as u64;
const ENTRY_SIZE: i64 = 20;
/// 0 and 1 are `.` and `..`.
const FIRST_COOKIE: u64 = 2;

struct Table {
    by_name: BTreeMap<Arc<[u8]>, u64>,
    by_cookie: BTreeMap<u64, (Arc<[u8]>, Arc<Inode>)>,
    next_cookie: u64,
}

impl Table {
    fn get(&self, name: &[u8]) -> Option<&Arc<Inode>> {
        let cookie = self.by_name.get(name)?;
        self.by_cookie.get(cookie).map(|(_, inode)| inode)
    }

    fn insert(&mut self, name: &[u8], inode: Arc<Inode>) {
        let name: Arc<[u8]> = Arc::from(name);
        let cookie = self.next_cookie;
        self.next_cookie += 1;
        self.by_name.insert(name.clone(), cookie);
        self.by_cookie.insert(cookie, (name, inode));
    }

    fn remove(&mut self, name: &[u8]) -> Option<Arc<Inode>> {
        let cookie = self.by_name.remove(name)?;
        self.by_cookie.remove(&cookie).map(|(_, inode)| inode)
    }

    /// Puts another file under a name that exists, at the same position.
    fn replace(&mut self, name: &[u8], inode: Arc<Inode>) {
        match self.by_name.get(name).and_then(|cookie| self.by_cookie.get_mut(cookie)) {
            Some(entry) => entry.1 = inode,
            None => self.insert(name, inode),
        }
    }
}

/// What a directory is behind its inode.
pub struct DirNode {
    usage: Arc<Usage>,
    xattrs: Xattrs,
    table: RwSem<Table>,
}

impl Drop for DirNode {
    fn drop(&mut self) {
        self.usage.put_inode();
    }
}

impl DirNode {
    pub(crate) fn new(usage: Arc<Usage>) -> Self {
        let table = Table { by_name: BTreeMap::new(), by_cookie: BTreeMap::new(), next_cookie: FIRST_COOKIE };
        DirNode { usage, xattrs: Xattrs::new(), table: RwSem::new(rank::DIR_ENTRIES, table) }
    }

    /// Takes all entries out.
    pub(crate) fn drain(&self) -> Vec<Arc<Inode>> {
        let mut table = self.table.write();
        table.by_name.clear();
        core::mem::take(&mut table.by_cookie).into_values().map(|(_, inode)| inode).collect()
    }

    fn is_empty(&self) -> bool {
        self.table.read().by_name.is_empty()
    }

    fn new_inode(&self, dir: &Inode, init: InodeInit, cred: &Cred, ops: Box<dyn InodeOps>) -> Arc<Inode> {
        Inode::new(&dir.sb, init.owned(dir, cred), ops)
    }

    /// Enters a new name and updates the directory's size and times.
    fn enter(&self, dir: &Inode, name: &[u8], inode: Arc<Inode>) {
        self.table.write().insert(name, inode);
        dir.add_size(ENTRY_SIZE);
        dir.touch_mtime();
    }

    fn leave(&self, dir: &Inode, name: &[u8]) {
        self.table.write().remove(name);
        dir.add_size(-ENTRY_SIZE);
        dir.touch_mtime();
    }

    fn new_file(&self, dir: &Inode, mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        self.usage.take_inode()?;
        let mapping = Some(Mapping::new_anon(Some(self.usage.clone())));
        let init = InodeInit { mapping, ..InodeInit::new(mode) };
        Ok(self.new_inode(dir, init, cred, Box::new(FileNode::new(self.usage.clone()))))
    }
}

impl InodeOps for DirNode {
    xattr_ops!();

    fn lookup(&self, _dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        self.table.read().get(name).cloned().ok_or(Errno::ENOENT)
    }

    fn create(&self, dir: &Arc<Inode>, name: &[u8], mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        let inode = self.new_file(dir, mode, cred)?;
        self.enter(dir, name, inode.clone());
        Ok(inode)
    }

    fn tmpfile(&self, dir: &Arc<Inode>, mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        let inode = self.new_file(dir, mode, cred)?;
        inode.set_nlink(0);
        Ok(inode)
    }

    fn mkdir(&self, dir: &Arc<Inode>, name: &[u8], mode: u32, cred: &Cred) -> Result<Arc<Inode>, Errno> {
        self.usage.take_inode()?;
        let node = Box::new(DirNode::new(self.usage.clone()));
        let inode = self.new_inode(dir, InodeInit::new(mode), cred, node);
        inode.set_size(EMPTY_SIZE);
        self.enter(dir, name, inode.clone());
        dir.inc_nlink();
        Ok(inode)
    }

    fn mknod(
        &self,
        dir: &Arc<Inode>,
        name: &[u8],
        mode: u32,
        rdev: DevT,
        cred: &Cred,
    ) -> Result<Arc<Inode>, Errno> {
        self.usage.take_inode()?;
        let init = InodeInit { rdev, ..InodeInit::new(mode) };
        let inode = self.new_inode(dir, init, cred, Box::new(SpecialNode::new(self.usage.clone())));
        self.enter(dir, name, inode.clone());
        Ok(inode)
    }

    fn symlink(
        &self,
        dir: &Arc<Inode>,
        name: &[u8],
        target: &[u8],
        cred: &Cred,
    ) -> Result<Arc<Inode>, Errno> {
        if target.len() >= PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        self.usage.take_inode()?;
        let node = Box::new(LinkNode::new(self.usage.clone(), target));
        let inode = self.new_inode(dir, InodeInit::new(S_IFLNK | 0o777), cred, node);
        inode.set_size(target.len() as u64);
        self.enter(dir, name, inode.clone());
        Ok(inode)
    }

    fn link(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        inode.inc_nlink();
        self.enter(dir, name, inode.clone());
        inode.touch_ctime();
        Ok(())
    }

    fn unlink(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        self.leave(dir, name);
        inode.drop_nlink();
        inode.touch_ctime();
        Ok(())
    }

    fn rmdir(&self, dir: &Arc<Inode>, name: &[u8], inode: &Arc<Inode>) -> Result<(), Errno> {
        if inode.fs_data::<DirNode>().is_none_or(|node| !node.is_empty()) {
            return Err(Errno::ENOTEMPTY);
        }
        self.leave(dir, name);
        inode.set_nlink(0);
        dir.drop_nlink();
        inode.touch_ctime();
        Ok(())
    }

    fn rename(&self, op: &Rename<'_>) -> Result<(), Errno> {
        let to = op.new_dir.fs_data::<DirNode>().ok_or(Errno::EXDEV)?;
        let whiteout = op.flags & RENAME_WHITEOUT != 0;
        if whiteout {
            self.usage.take_inode()?;
        }
        if op.flags & RENAME_EXCHANGE != 0 {
            self.exchange(to, op);
        } else {
            if let Err(errno) = self.move_name(to, op) {
                if whiteout {
                    self.usage.put_inode();
                }
                return Err(errno);
            }
            if whiteout {
                let node = Box::new(SpecialNode::new(self.usage.clone()));
                self.enter(
                    op.old_dir,
                    op.old_name,
                    Inode::new(&op.old_dir.sb, InodeInit::new(S_IFCHR), node),
                );
            }
        }
        let now = FileTime::now();
        for dir in [op.old_dir, op.new_dir] {
            dir.set_mtime(now);
            dir.set_ctime(now);
        }
        op.old_inode.set_ctime(now);
        Ok(())
    }

    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        static OPS: Once<Arc<DirOps>> = Once::new();
        Ok(OPS.call_once(|| Arc::new(DirOps)).clone())
    }
}

impl DirNode {
    fn move_name(&self, to: &DirNode, op: &Rename<'_>) -> Result<(), Errno> {
        let moves_dir = op.old_inode.is_dir();
        if let Some(victim) = op.new_inode {
            if let Some(node) = victim.fs_data::<DirNode>() {
                if !node.is_empty() {
                    return Err(Errno::ENOTEMPTY);
                }
                victim.set_nlink(0);
                op.new_dir.drop_nlink();
            } else {
                victim.drop_nlink();
            }
            victim.touch_ctime();
        }
        self.table.write().remove(op.old_name);
        op.old_dir.add_size(-ENTRY_SIZE);
        {
            let mut table = to.table.write();
            if op.new_inode.is_some() {
                table.remove(op.new_name);
            } else {
                op.new_dir.add_size(ENTRY_SIZE);
            }
            table.insert(op.new_name, op.old_inode.clone());
        }
        if moves_dir {
            op.old_dir.drop_nlink();
            op.new_dir.inc_nlink();
        }
        Ok(())
    }

    fn exchange(&self, to: &DirNode, op: &Rename<'_>) {
        let Some(other) = op.new_inode else { return };
        self.table.write().replace(op.old_name, other.clone());
        to.table.write().replace(op.new_name, op.old_inode.clone());
        match (op.old_inode.is_dir(), other.is_dir()) {
            (true, false) => {
                op.old_dir.drop_nlink();
                op.new_dir.inc_nlink();
            }
            (false, true) => {
                op.new_dir.drop_nlink();
                op.old_dir.inc_nlink();
            }
            _ => (),
        }
        other.touch_ctime();
    }
}

/// What an open directory does.
struct DirOps;

impl FileOps for DirOps {
    fn read_iter(&self, _file: &File, _dst: &mut mm::IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        Err(Errno::EISDIR)
    }

    fn is_dir(&self) -> bool {
        true
    }

    fn iterate(&self, file: &File, ctx: &mut DirContext<'_>) -> Result<(), Errno> {
        let node = file.inode.fs_data::<DirNode>().ok_or(Errno::ENOTDIR)?;
        if !ctx.emit_dots(file) {
            return Ok(());
        }
        let table = node.table.read();
        for (cookie, (name, inode)) in table.by_cookie.range(ctx.pos..) {
            ctx.pos = *cookie;
            if !ctx.emit(name, inode.ino, inode.d_type()) {
                return Ok(());
            }
            ctx.pos = cookie + 1;
        }
        Ok(())
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        vfs::read_write::dir_llseek(offset, whence, pos)
    }

    fn fsync(&self, _file: &File, _start: u64, _end: u64, _datasync: bool) -> Result<(), Errno> {
        Ok(())
    }
}
