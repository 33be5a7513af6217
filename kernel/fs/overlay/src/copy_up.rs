//! Copy-up: a file of a lower layer comes into the upper one before it is changed, and its directories before
//! it. The copy is made in the work directory and renamed into place, so that nobody sees half of it.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use mm::{IterDst, IterSrc};
use vfs::attr::SetTime;
use vfs::consts::*;
use vfs::inode::Link;
use vfs::namei::stacked::{self, New};
use vfs::{Dentry, File, Iattr, Inode};

use crate::Ovl;
use crate::node::{Node, Real, UPPER, node_of, refresh};
use crate::xattr::{ORIGIN, copy_all};

/// Bytes that are copied at a time.
const CHUNK: usize = 64 * 1024;

/// Copies the file up if that hasn't been done; its directories first. EROFS without an upper layer.
pub(crate) fn copy_up(inode: &Inode) -> Result<(), Errno> {
    copy_up_sized(inode, None)
}

/// As [`copy_up`]; no more than `limit` bytes of data are wanted, because the file is cut next.
pub(crate) fn copy_up_sized(inode: &Inode, limit: Option<u64>) -> Result<(), Errno> {
    let node = node_of(inode)?;
    if node.upper().is_some() {
        return Ok(());
    }
    let mut parents: Vec<Arc<Inode>> = Vec::new();
    let mut place = node.place();
    // A file without a name isn't put anywhere.
    while let Some(at) = place.filter(|_| !node.is_deleted()) {
        let parent = node_of(&at.parent)?;
        if parent.upper().is_some() {
            break;
        }
        parents.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        parents.push(at.parent.clone());
        place = parent.place();
    }
    for parent in parents.iter().rev() {
        copy_one(parent, None)?;
    }
    copy_one(inode, limit)
}

/// Copies one file whose directory is in the upper layer.
fn copy_one(inode: &Inode, limit: Option<u64>) -> Result<(), Errno> {
    let node = node_of(inode)?;
    let fs = &node.fs;
    let work = fs.work.as_ref().ok_or(Errno::EROFS)?;
    let _copying = node.copying.lock();
    if node.upper().is_some() {
        return Ok(());
    }
    let lower = node.lower.first().ok_or(Errno::EIO)?;
    let temp = TempName::make(fs, work, lower)?;
    fill(node, lower, &temp.dentry, limit)?;
    let upper = Real::new(UPPER, temp.dentry.clone())?;
    if node.is_deleted() {
        // What has no name in the overlay gets none here, either.
        temp.remove()?;
    } else {
        put_in_place(inode, node, &temp)?;
    }
    fs.add_key(&upper.inode, node);
    node.set_upper(upper);
    node.dir.changed();
    refresh(inode);
    Ok(())
}

/// Renames the copy to where it belongs. The directory's times stay what they were.
fn put_in_place(inode: &Inode, node: &Node, temp: &TempName<'_>) -> Result<(), Errno> {
    let place = node.place().ok_or(Errno::EIO)?;
    let parent = node_of(&place.parent)?;
    let dir = parent.upper_or_rofs()?;
    parent.note_child(inode);
    let times = Iattr {
        atime: Some(SetTime::At(dir.inode.atime())),
        mtime: Some(SetTime::At(dir.inode.mtime())),
        ..Iattr::default()
    };
    stacked::rename((temp.work, temp.name.as_bytes()), (&dir.dentry, &place.name), 0)?;
    stacked::setattr(&dir.inode, &times)?;
    refresh(&place.parent);
    Ok(())
}

/// Something in the work directory that is removed again if nothing comes of it.
pub(crate) struct TempName<'a> {
    pub work: &'a Arc<Dentry>,
    pub name: String,
    pub dentry: Arc<Dentry>,
}

impl<'a> TempName<'a> {
    /// An empty file of the same type as `like`.
    fn make(fs: &Ovl, work: &'a Arc<Dentry>, like: &Real) -> Result<Self, Errno> {
        let (inode, mode) = (&like.inode, like.inode.mode());
        match mode & S_IFMT {
            S_IFREG => Self::new(fs, work, &New::File(0o600)),
            S_IFDIR => Self::new(fs, work, &New::Dir(0o700)),
            S_IFLNK => match inode.ops.get_link(inode)? {
                Link::Text(text) => Self::new(fs, work, &New::Symlink(&text)),
                Link::Place(_) => Err(Errno::EPERM),
            },
            _ => Self::new(fs, work, &New::Node(mode, inode.rdev)),
        }
    }

    /// Makes `what` under a name of its own.
    pub fn new(fs: &Ovl, work: &'a Arc<Dentry>, what: &New<'_>) -> Result<Self, Errno> {
        let name = stacked::unique_name();
        let dentry = stacked::make(work, name.as_bytes(), what, &fs.cred)?;
        Ok(TempName { work, name, dentry })
    }

    /// Takes the name away.
    pub fn remove(&self) -> Result<(), Errno> {
        stacked::remove(self.work, self.name.as_bytes())
    }
}

impl Drop for TempName<'_> {
    fn drop(&mut self) {
        // Still here: the work was given up. Renamed or removed names aren't found.
        let there = stacked::lookup(self.work, self.name.as_bytes());
        if there.is_ok_and(|there| there.is_some_and(|there| Arc::ptr_eq(&there, &self.dentry))) {
            let _ = self.remove();
        }
    }
}

/// Gives the copy everything that the original has: attributes, data, owner, mode, times.
fn fill(node: &Node, lower: &Real, copy: &Arc<Dentry>, limit: Option<u64>) -> Result<(), Errno> {
    let fs = &node.fs;
    let (from, to) = (&lower.inode, stacked::inode_of(copy)?);
    copy_all(fs, from, &to)?;
    if !from.is_dir() && from.nlink() <= 1 {
        let ino = fs.compose_ino(lower.layer, lower.ino());
        match fs.set_own(&to, ORIGIN, &ino.to_le_bytes()) {
            // Not every file can have attributes (user.* only regular ones).
            Ok(()) | Err(Errno::EOPNOTSUPP | Errno::EPERM) => (),
            Err(errno) => return Err(errno),
        }
    }
    if from.is_reg() {
        copy_data(fs, lower, copy, limit)?;
    }
    let attr = Iattr {
        mode: (!from.is_symlink()).then_some(from.mode() & 0o7777),
        uid: Some(from.uid()),
        gid: Some(from.gid()),
        atime: Some(SetTime::At(from.atime())),
        mtime: Some(SetTime::At(from.mtime())),
        ..Iattr::default()
    };
    stacked::setattr(&to, &attr)
}

fn copy_data(fs: &Ovl, lower: &Real, copy: &Arc<Dentry>, limit: Option<u64>) -> Result<(), Errno> {
    if limit == Some(0) {
        return Ok(());
    }
    let from = stacked::open(fs.path(lower)?, O_RDONLY | O_LARGEFILE, &fs.cred)?;
    let to_path = vfs::Path { mnt: fs.layer(UPPER)?.mnt.clone(), dentry: copy.clone() };
    let to = stacked::open(to_path, O_WRONLY | O_LARGEFILE, &fs.cred)?;
    let size = lower.inode.size().min(limit.unwrap_or(u64::MAX));
    let mut buf = Vec::new();
    buf.try_reserve_exact(CHUNK).map_err(|_| Errno::ENOMEM)?;
    buf.resize(CHUNK, 0u8);
    let mut pos = 0;
    while pos < size {
        match next_data(&from, pos) {
            Some(data) if data < size => pos = data,
            _ => break,
        }
        pos = copy_run(&from, &to, pos, size, &mut buf)?;
    }
    // What is left is a hole.
    if to.inode.size() < size {
        stacked::setattr(&to.inode, &Iattr { size: Some(size), ..Iattr::default() })?;
    }
    Ok(())
}

/// Where data begin from `pos` on; none if there are none.
fn next_data(file: &File, pos: u64) -> Option<u64> {
    match file.ops.llseek(file, pos as i64, SEEK_DATA, &mut { pos }) {
        Ok(data) => Some(data),
        Err(Errno::ENXIO) => None,
        // A file system that doesn't know: everything counts as data.
        Err(_) => Some(pos),
    }
}

/// Copies up to a buffer's worth at `pos`; where that ended.
fn copy_run(from: &File, to: &File, pos: u64, size: u64, buf: &mut [u8]) -> Result<u64, Errno> {
    let want = (size - pos).min(buf.len() as u64) as usize;
    let part = buf.get_mut(..want).ok_or(Errno::EIO)?;
    let mut at = pos;
    let count = from.ops.read_iter(from, &mut IterDst::kernel(part), &mut at)?;
    if count == 0 {
        // The lower file became shorter meanwhile: what it lost is zeros.
        return Ok(size);
    }
    let mut done = 0;
    while done < count {
        let rest = part.get(done..count).ok_or(Errno::EIO)?;
        let mut at = pos + done as u64;
        match to.ops.write_iter(to, &mut IterSrc::kernel(rest), &mut at)? {
            0 => return Err(Errno::EIO),
            wrote => done += wrote,
        }
    }
    sched::cond_resched();
    Ok(pos + count as u64)
}
