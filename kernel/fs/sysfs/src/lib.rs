#![cfg_attr(not(test), no_std)]
//! sysfs: what the machine is made of, as a tree of small text files (sysfs(5)).
//!
//! The tree is a map from paths to attributes, filled at boot by whoever knows something; directories are what
//! stands before the slashes. Locks: `ATTRIBUTES` is held for one look-up; attributes are written without it.

extern crate alloc;

mod cpus;
mod memory;
mod nodes;
mod vulnerabilities;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Bound;

use abi::Errno;
use sync::{SpinLock, rank};
use vfs::consts::{DT_DIR, DT_REG, S_IFDIR, S_IFREG};
use vfs::super_block::Kstatfs;
use vfs::text::{Text, TextFile};
use vfs::{
    Cred, DirContext, File, FileOps, FileSystemType, Iattr, Inode, InodeInit, InodeOps, SuperBlock, SuperOps,
};

const SYSFS_MAGIC: i64 = 0x6265_6572;
/// Longest attribute in bytes, which stat(2) gives as its size.
const PAGE: u64 = 4096;

type Show = Box<dyn Fn(&mut Text) -> fmt::Result + Send + Sync>;
/// Takes a new value.
type Store = fn(&[u8]) -> Result<(), Errno>;
type Tree = BTreeMap<String, Arc<Entry>>;

/// A file's contents.
struct Entry {
    show: Show,
    store: Option<Store>,
}

static ATTRIBUTES: SpinLock<Tree> = SpinLock::new(rank::CONFIG, BTreeMap::new());

/// Adds a file. `path` is relative to the root, without a slash before or behind it.
pub fn add(path: &str, show: impl Fn(&mut Text) -> fmt::Result + Send + Sync + 'static) {
    insert(path, Entry { show: Box::new(show), store: None });
}

/// Adds a file that root may write to: `store` is given what each write has.
pub fn add_writable(
    path: &str,
    show: impl Fn(&mut Text) -> fmt::Result + Send + Sync + 'static,
    store: fn(&[u8]) -> Result<(), Errno>,
) {
    insert(path, Entry { show: Box::new(show), store: Some(store) });
}

fn insert(path: &str, entry: Entry) {
    let entry = Arc::new(entry);
    ATTRIBUTES.lock().insert(String::from(path), entry);
}

/// Makes the type known, and describes the processors.
pub fn init() -> Result<(), Errno> {
    cpus::add_all();
    vulnerabilities::add_all();
    memory::add_all();
    nodes::add_all();
    vfs::register_filesystem(&SysfsType)
}

struct SysfsType;

impl FileSystemType for SysfsType {
    fn name(&self) -> &'static str {
        "sysfs"
    }

    fn mount(
        &self,
        _source: &[u8],
        flags: u64,
        _data: &[u8],
        _cred: &Cred,
    ) -> Result<Arc<SuperBlock>, Errno> {
        let sb = SuperBlock::new("sysfs", SYSFS_MAGIC, 0, flags, Arc::new(Super));
        let init = InodeInit { ino: 1, ..InodeInit::new(S_IFDIR | 0o555) };
        sb.set_root(Inode::new(&sb, init, Box::new(Directory(String::new()))));
        Ok(sb)
    }
}

struct Super;

impl SuperOps for Super {
    fn statfs(&self, sb: &SuperBlock) -> Kstatfs {
        Kstatfs { f_type: sb.magic, bsize: PAGE as i64, namelen: 255, ..Kstatfs::default() }
    }
}

/// A number that a path keeps.
fn ino(path: &str) -> u64 {
    struct Fnv(u64);
    impl Hasher for Fnv {
        fn finish(&self) -> u64 {
            self.0
        }
        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
            }
        }
    }
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    path.hash(&mut hasher);
    hasher.finish() >> 16 | 2
}

fn join(dir: &str, name: &str) -> String {
    let mut path = String::from(dir);
    if !dir.is_empty() {
        path.push('/');
    }
    path.push_str(name);
    path
}

/// The first entry of `dir` whose name is behind `after`: name, and whether it is a directory.
fn entry_after(tree: &Tree, dir: &str, after: &str) -> Option<(String, bool)> {
    let prefix = join(dir, "");
    // What is below the directory `after` sorts between it and the next name.
    let mut from = join(dir, after);
    if !after.is_empty() {
        from.push(char::from(b'/' + 1));
    }
    let start =
        if after.is_empty() { Bound::Included(prefix.as_str()) } else { Bound::Included(from.as_str()) };
    let (path, _) = tree.range::<str, _>((start, Bound::Unbounded)).next()?;
    let below = path.strip_prefix(prefix.as_str())?;
    Some(match below.split_once('/') {
        Some((name, _)) => (String::from(name), true),
        None => (String::from(below), false),
    })
}

/// A directory, by its path.
struct Directory(String);

impl InodeOps for Directory {
    fn lookup(&self, dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        let name = core::str::from_utf8(name).map_err(|_| Errno::ENOENT)?;
        let path = join(&self.0, name);
        let tree = ATTRIBUTES.lock();
        let entry = tree.get(&path).cloned();
        let is_dir = entry.is_none() && entry_after(&tree, &path, "").is_some();
        drop(tree);
        let init = |mode| InodeInit { ino: ino(&path), ..InodeInit::new(mode) };
        match entry {
            Some(entry) => {
                let mode = if entry.store.is_some() { 0o644 } else { 0o444 };
                let inode = Inode::new(&dir.sb, init(S_IFREG | mode), Box::new(Attribute(entry)));
                inode.set_size(PAGE);
                Ok(inode)
            }
            None if is_dir => Ok(Inode::new(&dir.sb, init(S_IFDIR | 0o755), Box::new(Directory(path)))),
            None => Err(Errno::ENOENT),
        }
    }

    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        Ok(Arc::new(OpenDirectory(self.0.clone())))
    }
}

struct OpenDirectory(String);

impl FileOps for OpenDirectory {
    fn iterate(&self, file: &File, ctx: &mut DirContext<'_>) -> Result<(), Errno> {
        if !ctx.emit_dots(file) {
            return Ok(());
        }
        let (mut after, mut at) = (String::new(), 2);
        loop {
            let Some((name, is_dir)) = entry_after(&ATTRIBUTES.lock(), &self.0, &after) else {
                return Ok(());
            };
            if at == ctx.pos {
                let kind = if is_dir { DT_DIR } else { DT_REG };
                if !ctx.emit(name.as_bytes(), ino(&join(&self.0, &name)), kind) {
                    return Ok(());
                }
                ctx.pos += 1;
            }
            (after, at) = (name, at + 1);
        }
    }

    fn is_dir(&self) -> bool {
        true
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        vfs::read_write::dir_llseek(offset, whence, pos)
    }
}

/// A file.
struct Attribute(Arc<Entry>);

impl InodeOps for Attribute {
    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        let store = self.0.store;
        let file = TextFile::new(
            |out| (self.0.show)(out).map_err(|_| Errno::EIO),
            move |bytes| store.map_or(Err(Errno::EIO), |store| store(bytes)),
        )?;
        Ok(Arc::new(file))
    }

    fn setattr(&self, _inode: &Arc<Inode>, attr: &Iattr) -> Result<(), Errno> {
        // Opening with O_TRUNC is no harm; there is nothing else to set.
        let only_size = attr.mode.is_none() && attr.uid.is_none() && attr.gid.is_none();
        if self.0.store.is_some() && attr.size.is_some() && only_size { Ok(()) } else { Err(Errno::EPERM) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let mut tree = Tree::new();
        for path in ["a/b/c", "a/b-c", "a/d", "e", "a/b/d"] {
            tree.insert(
                String::from(path),
                Arc::new(Entry { show: Box::new(|_: &mut Text| Ok(())), store: None }),
            );
        }
        let list = |dir: &str| {
            let (mut names, mut after) = (alloc::vec::Vec::new(), String::new());
            while let Some((name, is_dir)) = entry_after(&tree, dir, &after) {
                names.push((name.clone(), is_dir));
                after = name;
            }
            names
        };
        let names = |list: &[(&str, bool)]| {
            list.iter().map(|(name, dir)| (String::from(*name), *dir)).collect::<alloc::vec::Vec<_>>()
        };
        assert_eq!(list(""), names(&[("a", true), ("e", false)]));
        assert_eq!(list("a"), names(&[("b-c", false), ("b", true), ("d", false)]));
        assert_eq!(list("a/b"), names(&[("c", false), ("d", false)]));
        assert_eq!(list("e"), names(&[]));
    }
}
