//! The slow walk: holds references, asks file systems, follows symbolic links, keeps to a scope (openat2(2)).

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use sync::rcu;

use super::{Base, LookupCtx, LookupFlags};
use crate::consts::*;
use crate::dentry::{d_lookup, hash_component};
use crate::inode::Link;
use crate::permission::{MAY_EXEC, inode_permission};
use crate::super_block::behaviour;
use crate::{Dentry, Inode, Path};

/// The state of a walk, kept over the symbolic links of its last component.
pub(crate) struct Nameidata<'a> {
    ctx: LookupCtx<'a>,
    /// Where the walk stands.
    pub path: Path,
    /// `..` goes no higher; `/` begins here.
    root: Path,
    flags: LookupFlags,
    links: u32,
}

/// A text that is being walked, and how far.
struct Frame {
    text: Arc<[u8]>,
    at: usize,
}

impl Frame {
    fn skip_slashes(&mut self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or(&[]);
        let slashes = rest.iter().take_while(|b| **b == b'/').count();
        self.at += slashes;
        slashes != 0
    }

    fn done(&self) -> bool {
        self.at >= self.text.len()
    }
}

impl<'a> Nameidata<'a> {
    /// A walk that begins at `base` (or at the root, for texts that begin with `/`).
    pub fn new(ctx: &LookupCtx<'a>, base: &Base<'_>, flags: LookupFlags) -> Result<Self, Errno> {
        let path = base.path(ctx);
        let scoped = flags.intersects(LookupFlags::BENEATH | LookupFlags::IN_ROOT);
        let root = if scoped { path.clone() } else { (*ctx.fs.root()).clone() };
        Ok(Nameidata { ctx: *ctx, path, root, flags, links: 0 })
    }

    /// Walks a text from where the walk stands; with [`LookupFlags::FOLLOW`] and `DIRECTORY` in `how`.
    pub fn walk(&mut self, text: &[u8], how: LookupFlags) -> Result<Path, Errno> {
        let mut must_be_dir = how.contains(LookupFlags::DIRECTORY);
        let mut frames: Vec<Frame> = Vec::with_capacity(2);
        self.begin(text)?;
        frames.push(Frame { text: Arc::from(text), at: 0 });
        while let Some(frame) = frames.last_mut() {
            must_be_dir |= frame.skip_slashes() && frame.done();
            if frame.done() {
                frames.pop();
                continue;
            }
            let (len, hash) = hash_component(frame.text.get(frame.at..).unwrap_or(&[]));
            let (text, from) = (frame.text.clone(), frame.at);
            frame.at += len;
            let name = text.get(from..from + len).unwrap_or(&[]);
            let ends = |f: &Frame| f.text.get(f.at..).unwrap_or(&[]).iter().all(|b| *b == b'/');
            let last = frames.iter().all(ends);
            let slashes = frames.iter().any(|f| !f.done());
            let follow = !last || slashes || how.contains(LookupFlags::FOLLOW);
            if let Some(link) = self.step(name, hash, follow)? {
                frames.push(Frame { text: link, at: 0 });
            }
        }
        let inode = self.path.dentry.inode().ok_or(Errno::ENOENT)?;
        if must_be_dir && !inode.is_dir() {
            return Err(Errno::ENOTDIR);
        }
        Ok(self.path.clone())
    }

    /// Goes to the root if the text is absolute.
    pub fn begin(&mut self, text: &[u8]) -> Result<(), Errno> {
        if text.first() == Some(&b'/') {
            if self.flags.contains(LookupFlags::BENEATH) {
                return Err(Errno::EXDEV);
            }
            if self.flags.contains(LookupFlags::NO_XDEV) && !Arc::ptr_eq(&self.path.mnt, &self.root.mnt) {
                return Err(Errno::EXDEV);
            }
            self.path = self.root.clone();
        }
        Ok(())
    }

    /// One component. Gives the text of a symbolic link that has to be walked next.
    fn step(&mut self, name: &[u8], hash: u64, follow: bool) -> Result<Option<Arc<[u8]>>, Errno> {
        let dir = self.path.dentry.inode().ok_or(Errno::ENOENT)?;
        if !dir.is_dir() {
            return Err(Errno::ENOTDIR);
        }
        inode_permission(&dir, self.ctx.cred, MAY_EXEC)?;
        if name.len() > NAME_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        match name {
            b"." => return Ok(None),
            b".." => return self.dotdot().map(|()| None),
            _ => (),
        }
        let dentry = lookup_one(&self.path.dentry, &dir, name, hash)?;
        let mut child = Path { mnt: self.path.mnt.clone(), dentry };
        child.follow_mounts();
        self.check_mount(&child)?;
        let inode = child.dentry.inode().ok_or(Errno::ENOENT)?;
        if inode.is_symlink() && follow {
            return self.follow(&child, &inode);
        }
        self.path = child;
        Ok(None)
    }

    fn check_mount(&self, to: &Path) -> Result<(), Errno> {
        if self.flags.contains(LookupFlags::NO_XDEV) && !Arc::ptr_eq(&to.mnt, &self.path.mnt) {
            return Err(Errno::EXDEV);
        }
        Ok(())
    }

    fn dotdot(&mut self) -> Result<(), Errno> {
        let mut at = self.path.clone();
        loop {
            if at == self.root {
                if self.flags.contains(LookupFlags::BENEATH) {
                    return Err(Errno::EXDEV);
                }
                break;
            }
            if !at.is_mount_root() {
                if let Some(parent) = at.dentry.parent() {
                    at.dentry = parent;
                }
                break;
            }
            match at.mnt.mount_point() {
                Some(up) => at = up,
                None => break,
            }
        }
        at.follow_mounts();
        self.check_mount(&at)?;
        self.path = at;
        Ok(())
    }

    /// Follows a symbolic link: its text, or none if it led to a place at once.
    pub fn follow(&mut self, link: &Path, inode: &Arc<Inode>) -> Result<Option<Arc<[u8]>>, Errno> {
        self.links += 1;
        if self.links > MAXSYMLINKS
            || self.flags.contains(LookupFlags::NO_SYMLINKS)
            || link.mnt.flags() & MS_NOSYMFOLLOW != 0
        {
            return Err(Errno::ELOOP);
        }
        crate::read_write::touch_atime(&link.mnt, inode);
        match inode.ops.get_link(inode)? {
            Link::Text(text) => {
                if text.is_empty() {
                    return Err(Errno::ENOENT);
                }
                self.begin(&text)?;
                Ok(Some(text))
            }
            Link::Place(place) => {
                if self.flags.contains(LookupFlags::NO_MAGICLINKS) {
                    return Err(Errno::ELOOP);
                }
                self.check_mount(&place)?;
                if self.flags.intersects(LookupFlags::BENEATH | LookupFlags::IN_ROOT) {
                    return Err(Errno::EXDEV);
                }
                self.path = place;
                Ok(None)
            }
        }
    }
}

fn cached(parent: &Dentry, dir: &Arc<Inode>, name: &[u8], hash: u64) -> Option<Arc<Dentry>> {
    let found = {
        let guard = rcu::read();
        d_lookup(&guard, parent, name, hash).and_then(Dentry::try_get)?
    };
    if found.needs_revalidate()
        && let Some(inode) = found.inode()
        && !inode.ops.revalidate(&inode)
        && !dir.ops.revalidate_name(dir, name, &inode)
    {
        found.unhash();
        return None;
    }
    Some(found)
}

/// The dentry of `name`, which may turn out negative. Takes the directory's lock if it isn't cached.
pub(crate) fn lookup_one(
    parent: &Arc<Dentry>,
    dir: &Arc<Inode>,
    name: &[u8],
    hash: u64,
) -> Result<Arc<Dentry>, Errno> {
    if let Some(found) = cached(parent, dir, name, hash) {
        return Ok(found);
    }
    let _dir = dir.rwsem.read();
    lookup_one_locked(parent, dir, name, hash)
}

/// As [`lookup_one`], with the directory's lock held.
pub(crate) fn lookup_one_locked(
    parent: &Arc<Dentry>,
    dir: &Arc<Inode>,
    name: &[u8],
    hash: u64,
) -> Result<Arc<Dentry>, Errno> {
    if let Some(found) = cached(parent, dir, name, hash) {
        return Ok(found);
    }
    if dir.nlink() == 0 {
        return Err(Errno::ENOENT);
    }
    match dir.ops.lookup(dir, name) {
        Ok(inode) => Ok(Dentry::add(parent, name, hash, Some(inode))),
        Err(Errno::ENOENT) if keeps_misses(parent) => Ok(Dentry::add(parent, name, hash, None)),
        Err(errno) => Err(errno),
    }
}

fn keeps_misses(parent: &Dentry) -> bool {
    let behaviour = parent.sb.behaviour;
    behaviour & behaviour::REVALIDATE == 0 || behaviour & behaviour::KEEP_MISSES != 0
}
