//! Files outside of every directory: pipes, and what other anonymous objects need.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;

use abi::Errno;
use sync::Once;

use crate::consts::*;
use crate::super_block::{Kstatfs, SuperOps, behaviour};
use crate::{Cred, Dentry, File, FileOps, Inode, InodeInit, InodeOps, Mount, Path, SuperBlock};

/// What an O_PATH descriptor does: nothing.
struct PathOps;

impl FileOps for PathOps {}

static PATH_OPS: Once<Arc<PathOps>> = Once::new();

pub(crate) fn path_ops() -> Arc<dyn FileOps> {
    PATH_OPS.call_once(|| Arc::new(PathOps)).clone()
}

/// A file system without names (pipefs, anon_inodefs), one static of each.
pub struct PseudoFs {
    name: &'static str,
    magic: i64,
    mnt: Once<Arc<Mount>>,
}

struct PseudoSuper;

impl SuperOps for PseudoSuper {
    fn statfs(&self, sb: &SuperBlock) -> Kstatfs {
        Kstatfs { f_type: sb.magic, bsize: 4096, namelen: NAME_MAX as i64, ..Kstatfs::default() }
    }
}

/// The inode operations of anonymous files: they are opened only by being made.
pub struct PseudoInode;

impl InodeOps for PseudoInode {
    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        Err(Errno::ENXIO)
    }
}

impl PseudoFs {
    /// Of that name and magic number.
    pub const fn new(name: &'static str, magic: i64) -> Self {
        PseudoFs { name, magic, mnt: Once::new() }
    }

    /// Its only mount.
    pub fn mnt(&self) -> &Arc<Mount> {
        self.mnt.call_once(|| {
            let sb = SuperBlock::new(self.name, self.magic, behaviour::NO_USER, 0, Arc::new(PseudoSuper));
            let root = Inode::new(&sb, InodeInit::new(S_IFDIR | 0o555), Box::new(PseudoInode));
            let root = sb.set_root(root);
            Mount::new_internal(sb, root)
        })
    }

    /// A new inode of mode `mode`, owned by `cred`, and its place, named `prefix:[ino]`.
    pub fn new_place(
        &self,
        prefix: &str,
        mode: u32,
        cred: &Cred,
        ops: Box<dyn InodeOps>,
    ) -> (Path, Arc<Inode>) {
        let mnt = self.mnt();
        let init = InodeInit { uid: cred.fsuid, gid: cred.fsgid, ..InodeInit::new(mode) };
        let inode = Inode::new(&mnt.sb, init, ops);
        let name = format!("{prefix}:[{}]", inode.ino);
        let dentry = Dentry::new_pseudo(inode.clone(), name.as_bytes());
        (Path { mnt: mnt.clone(), dentry }, inode)
    }
}

static ANON_INODES: PseudoFs = PseudoFs::new("anon_inodefs", 0x0904_1934);

/// An open file of an anonymous kind (`anon_inode:[name]`); `flags` are open(2)'s.
pub fn anon_file(name: &str, ops: Arc<dyn FileOps>, flags: u32, cred: &Cred) -> Arc<File> {
    let mnt = ANON_INODES.mnt();
    let init = InodeInit { uid: cred.fsuid, gid: cred.fsgid, ..InodeInit::new(0o600) };
    let inode = Inode::new(&mnt.sb, init, Box::new(PseudoInode));
    let dentry = Dentry::new_pseudo(inode.clone(), format!("anon_inode:[{name}]").as_bytes());
    let mode = match flags & O_ACCMODE {
        O_RDONLY => fmode::READ,
        O_WRONLY => fmode::WRITE,
        _ => fmode::READ | fmode::WRITE,
    };
    File::new(Path { mnt: mnt.clone(), dentry }, inode, ops, flags & !O_CLOEXEC, mode)
}

/// An open file for `inode`, which has no name: it is shown as `name` below the mount's root, and as deleted.
pub fn nameless_file(
    mnt: &Arc<Mount>,
    name: &[u8],
    inode: Arc<Inode>,
    flags: u32,
) -> Result<Arc<File>, Errno> {
    let dentry = Dentry::new_unhashed(&mnt.root, name, inode.clone());
    let ops = inode.ops.open(&inode, flags)?;
    inode.get_write_access()?;
    let mode = fmode::READ
        | fmode::WRITE
        | fmode::LSEEK
        | fmode::PREAD
        | fmode::PWRITE
        | fmode::ATOMIC_POS
        | fmode::WRITER;
    Ok(File::new(Path { mnt: mnt.clone(), dentry }, inode, ops, flags | O_LARGEFILE, mode))
}
