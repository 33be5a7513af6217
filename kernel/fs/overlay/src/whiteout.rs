//! Whiteouts, opaque directories, and clearing away what they were for.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use vfs::chrdev::DevT;
use vfs::consts::*;
use vfs::namei::stacked::{self, New};
use vfs::{Dentry, Iattr, Inode, Path};

use crate::Ovl;
use crate::copy_up::TempName;
use crate::listing::list_real;
use crate::node::is_whiteout;
use crate::xattr::{OPAQUE, copy_all};

/// How deep a tree [`Ovl::clear_tree`] removes: whiteouts in a directory, and leftovers of the work directory.
const MAX_DEPTH: u32 = 8;

impl Ovl {
    /// Whether the upper layer's directory marks `name` as removed.
    pub fn has_whiteout(&self, dir: &Arc<Dentry>, name: &[u8]) -> Result<bool, Errno> {
        let there = stacked::lookup(dir, name)?.and_then(|dentry| dentry.inode());
        Ok(there.is_some_and(|inode| is_whiteout(&inode)))
    }

    /// Puts a whiteout where `name` is, or was, in a directory of the upper layer. What was there is thrown
    /// away; a directory may have nothing but whiteouts in it.
    pub fn put_whiteout(&self, dir: &Arc<Dentry>, name: &[u8]) -> Result<(), Errno> {
        let work = self.work.as_ref().ok_or(Errno::EROFS)?;
        let there = stacked::lookup(dir, name)?.and_then(|dentry| dentry.inode());
        let is_dir = there.is_some_and(|inode| inode.is_dir());
        let temp = TempName::new(self, work, &New::Node(S_IFCHR, DevT(0)))?;
        let flags = if is_dir { RENAME_EXCHANGE } else { 0 };
        stacked::rename((work, temp.name.as_bytes()), (dir, name), flags)?;
        if is_dir {
            self.throw_away(work, temp.name.as_bytes());
        }
        Ok(())
    }

    /// Takes a directory of the upper layer, which has nothing but whiteouts in it, away.
    pub fn remove_dir(&self, dir: &Arc<Dentry>, name: &[u8]) -> Result<(), Errno> {
        match stacked::remove(dir, name) {
            Err(Errno::ENOTEMPTY) => (),
            done => return done,
        }
        let work = self.work.as_ref().ok_or(Errno::EROFS)?;
        let temp = stacked::unique_name();
        stacked::rename((dir, name), (work, temp.as_bytes()), 0)?;
        self.throw_away(work, temp.as_bytes());
        Ok(())
    }

    /// Puts an opaque directory with the same attributes in the place of one that has only whiteouts in it.
    pub fn replace_by_empty(&self, dir: &Arc<Dentry>, name: &[u8]) -> Result<(), Errno> {
        let work = self.work.as_ref().ok_or(Errno::EROFS)?;
        let old = stacked::lookup(dir, name)?.ok_or(Errno::ENOENT)?;
        let old = stacked::inode_of(&old)?;
        let temp = TempName::new(self, work, &New::Dir(0o700))?;
        let new = stacked::inode_of(&temp.dentry)?;
        copy_all(self, &old, &new)?;
        self.set_own(&new, OPAQUE, b"y")?;
        let attr = Iattr {
            mode: Some(old.mode() & 0o7777),
            uid: Some(old.uid()),
            gid: Some(old.gid()),
            ..Iattr::default()
        };
        stacked::setattr(&new, &attr)?;
        stacked::rename((work, temp.name.as_bytes()), (dir, name), RENAME_EXCHANGE)?;
        self.throw_away(work, temp.name.as_bytes());
        Ok(())
    }

    /// What is left in the work directory has no meaning: failing to remove it is no failure.
    fn throw_away(&self, work: &Arc<Dentry>, name: &[u8]) {
        let _ = self.clear_tree(work, name, 0);
    }

    /// Removes a name of the upper file system and everything below it.
    pub fn clear_tree(&self, parent: &Arc<Dentry>, name: &[u8], depth: u32) -> Result<(), Errno> {
        let Some(dentry) = stacked::lookup(parent, name)? else { return Ok(()) };
        let inode = stacked::inode_of(&dentry)?;
        if inode.is_dir() {
            if depth == MAX_DEPTH {
                return Err(Errno::ENOTEMPTY);
            }
            for child in self.names_in(&dentry, &inode)? {
                self.clear_tree(&dentry, &child, depth + 1)?;
            }
        }
        stacked::remove(parent, name)
    }

    fn names_in(&self, dir: &Arc<Dentry>, inode: &Arc<Inode>) -> Result<Vec<Vec<u8>>, Errno> {
        let mut names = Vec::new();
        let mnt = self.upper.as_ref().ok_or(Errno::EROFS)?.mnt.clone();
        list_real(self, Path { mnt, dentry: dir.clone() }, inode, &mut |name, _, _| {
            names.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
            names.push(name.to_vec());
            Ok(())
        })?;
        Ok(names)
    }
}
