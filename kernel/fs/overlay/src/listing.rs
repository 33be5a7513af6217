//! What a merged directory holds: the entries of all its parts, each name once, without what is whited out.
//! Positions in it are numbers of entries, so an open directory keeps the list that it began with.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use abi::Errno;
use sync::{SpinLock, rank};
use vfs::consts::*;
use vfs::namei::stacked;
use vfs::{DirContext, Inode, Path};

use crate::Ovl;
use crate::node::{Node, Real, UPPER, is_whiteout};

/// In place of a d_type: a removed name.
const WHITEOUT: u8 = u8::MAX;
const DT_CHR: u8 = 2;

/// Small, because all of them lie in one piece of memory, and there are no large pieces to be had.
struct Entry {
    ino: u64,
    /// Where in `names` its name begins.
    start: u32,
    len: u8,
    kind: u8,
    /// Which part of the directory it comes from.
    part: u16,
}

impl Entry {
    fn name<'a>(&self, names: &'a [u8]) -> &'a [u8] {
        let start = self.start as usize;
        names.get(start..start + usize::from(self.len)).unwrap_or(&[])
    }
}

/// The entries, in the order of the parts.
pub(crate) struct Listing {
    names: Vec<u8>,
    entries: Vec<Entry>,
}

/// The list that open directories share as long as nothing changes.
pub(crate) struct DirCache {
    version: AtomicU64,
    list: SpinLock<(u64, Weak<Listing>)>,
}

impl DirCache {
    pub fn new() -> Self {
        DirCache { version: AtomicU64::new(1), list: SpinLock::new(rank::SPIN_LEAF, (0, Weak::new())) }
    }

    /// Lists made so far are out of date.
    pub fn changed(&self) {
        self.version.fetch_add(1, Ordering::Release);
    }
}

impl Listing {
    /// Entry number `at`: name, inode number, d_type.
    pub fn get(&self, at: usize) -> Option<(&[u8], u64, u8)> {
        let entry = self.entries.get(at)?;
        Some((self.name(entry), entry.ino, entry.kind))
    }

    fn name(&self, entry: &Entry) -> &[u8] {
        entry.name(&self.names)
    }

    fn push(&mut self, name: &[u8], ino: u64, kind: u8, part: usize) -> Result<(), Errno> {
        self.entries.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        self.names.try_reserve(name.len()).map_err(|_| Errno::ENOMEM)?;
        let start = u32::try_from(self.names.len()).map_err(|_| Errno::ENOMEM)?;
        let (len, part) = (name.len().min(NAME_MAX) as u8, part as u16);
        self.entries.push(Entry { ino, start, len, kind, part });
        self.names.extend_from_slice(name);
        Ok(())
    }

    /// Keeps of each name the topmost entry, and none if that is a whiteout.
    fn merge(&mut self) -> Result<(), Errno> {
        let mut order: Vec<u32> = Vec::new();
        order.try_reserve_exact(self.entries.len()).map_err(|_| Errno::ENOMEM)?;
        order.extend(0..self.entries.len() as u32);
        let key = |at: &u32| self.entries.get(*at as usize).map(|entry| (self.name(entry), *at));
        order.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        let mut hidden: Vec<bool> = Vec::new();
        hidden.try_reserve_exact(order.len()).map_err(|_| Errno::ENOMEM)?;
        hidden.resize(order.len(), false);
        let mut last: Option<&[u8]> = None;
        for at in &order {
            let at = *at as usize;
            let (Some(entry), Some(hidden)) = (self.entries.get(at), hidden.get_mut(at)) else { continue };
            let name = self.name(entry);
            *hidden = last == Some(name) || entry.kind == WHITEOUT;
            last = Some(name);
        }
        let mut hidden = hidden.iter();
        self.entries.retain(|_| !hidden.next().copied().unwrap_or(false));
        Ok(())
    }
}

/// Takes an entry: name, inode number, d_type.
pub(crate) type Each<'a> = dyn FnMut(&[u8], u64, u8) -> Result<(), Errno> + 'a;

/// Calls `each(name, ino, d_type)` for all entries of one layer's directory, without `.` and `..`.
pub(crate) fn list_real(fs: &Ovl, path: Path, inode: &Arc<Inode>, each: &mut Each<'_>) -> Result<(), Errno> {
    let file = stacked::open(path, O_RDONLY | O_DIRECTORY | O_LARGEFILE, &fs.cred)?;
    let mut pos = 0;
    loop {
        let (mut failed, mut count) = (None, 0);
        let mut emit = |name: &[u8], ino: u64, kind: u8, _: u64| {
            count += 1;
            if name == b"." || name == b".." {
                return true;
            }
            failed = each(name, ino, kind).err();
            failed.is_none()
        };
        let mut ctx = DirContext::new(pos, &mut emit);
        let listed = {
            let _guard = inode.rwsem.read();
            file.ops.iterate(&file, &mut ctx)
        };
        pos = ctx.pos;
        if let Some(errno) = failed {
            return Err(errno);
        }
        listed?;
        // A file system may hand over no more than fits into one answer of its server.
        if count == 0 {
            return Ok(());
        }
        sched::cond_resched();
    }
}

impl Node {
    /// Whether nothing in the directory can be seen.
    pub fn is_empty(&self) -> Result<bool, Errno> {
        Ok(self.listing()?.entries.is_empty())
    }

    /// The directory's entries; made anew if it changed. Its lock is held by the caller.
    pub fn listing(&self) -> Result<Arc<Listing>, Errno> {
        let version = self.dir.version.load(Ordering::Acquire);
        let cached = {
            let cache = self.dir.list.lock();
            if cache.0 == version { cache.1.upgrade() } else { None }
        };
        if let Some(list) = cached {
            return Ok(list);
        }
        let list = Arc::new(self.build()?);
        let old = core::mem::replace(&mut *self.dir.list.lock(), (version, Arc::downgrade(&list)));
        drop(old);
        Ok(list)
    }

    fn build(&self) -> Result<Listing, Errno> {
        let fs = &self.fs;
        let mut list = Listing { names: Vec::new(), entries: Vec::new() };
        for (number, part) in self.parts().enumerate() {
            list_real(fs, fs.path(part)?, &part.inode, &mut |name, ino, kind| {
                list.push(name, ino, kind, number)
            })?;
        }
        let parts: Vec<&Real> = self.parts().collect();
        let Listing { names, entries } = &mut list;
        for entry in entries.iter_mut() {
            let Some(part) = parts.get(usize::from(entry.part)) else { continue };
            let name = entry.name(names);
            if entry.kind == DT_CHR && hides(part, name)? {
                entry.kind = WHITEOUT;
            }
        }
        list.merge()?;
        let Listing { names, entries } = &mut list;
        for entry in entries.iter_mut() {
            let Some(part) = parts.get(usize::from(entry.part)) else { continue };
            let name = entry.name(names);
            entry.ino = self.shown_ino(part, name, entry.ino, entry.kind)?;
        }
        Ok(list)
    }

    /// The number that stat(2) shows for an entry of one of the parts.
    pub fn shown_ino(&self, part: &Real, name: &[u8], ino: u64, kind: u8) -> Result<u64, Errno> {
        let own = self.fs.compose_ino(part.layer, ino);
        // Copied-up files and merged directories of the upper layer have the numbers of lower ones.
        let borrowed = kind == DT_DIR && !self.lower.is_empty() || self.is_impure();
        if part.layer != UPPER || !borrowed {
            return Ok(own);
        }
        Ok(self.find(name)?.map_or(own, |found| found.ino(&self.fs)))
    }
}

/// Whether an entry that is a character device is a whiteout.
pub(crate) fn hides(part: &Real, name: &[u8]) -> Result<bool, Errno> {
    let inode = stacked::lookup(&part.dentry, name)?.and_then(|dentry| dentry.inode());
    Ok(inode.is_some_and(|inode| is_whiteout(&inode)))
}
