//! devpts: the file system of `/dev/pts`, in which the slaves appear. Each mount(2) makes one of its own.
//!
//! Locks: `Instance::names` (`rank::FS_PRIVATE`), for a look-up.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::sync::{Arc, Weak};
use core::any::Any;
use core::fmt;
use core::sync::atomic::Ordering;

use abi::Errno;
use process::Task;
use process::terminal::{PTY_COUNT, PTY_MAX};
use sync::{SpinLock, rank};
use vfs::chrdev::DevT;
use vfs::consts::{DT_CHR, S_IFCHR, S_IFDIR};
use vfs::super_block::{Kstatfs, behaviour};
use vfs::{
    Cred, DirContext, File, FileOps, FileSystemType, Inode, InodeInit, InodeOps, Path, SuperBlock, SuperOps,
};

use super::options::Options;
use super::{PTMX, Pair, SLAVE_MAJOR};

const DEVPTS_SUPER_MAGIC: i64 = 0x1cd1;
const PTMX_NAME: &[u8] = b"ptmx";
const PTMX_INO: u64 = 2;
/// Where `/dev/ptmx` looks for a devpts, beside itself.
const PTS_NAME: &[u8] = b"pts";

/// What one devpts has.
#[derive(Default)]
struct Names {
    options: Options,
    /// Numbers that are in use: a master is open, or a slave that has outlived it.
    taken: BTreeSet<u32>,
    /// The slaves whose master is open.
    slaves: BTreeMap<u32, Arc<Inode>>,
    ptmx: Option<Arc<Inode>>,
}

/// One devpts.
pub(super) struct Instance {
    names: SpinLock<Names>,
}

/// The devpts that a super block is of.
pub(super) fn of(sb: &SuperBlock) -> Option<&Instance> {
    let ops: &dyn Any = &*sb.ops;
    ops.downcast_ref()
}

/// The root of the devpts that an open `ptmx` is about: ENOENT or ENODEV if none is mounted beside it.
pub(super) fn beside(ptmx: &Path) -> Result<Path, Errno> {
    if of(&ptmx.mnt.sb).is_some() {
        let dentry = ptmx.mnt.root.clone();
        return Ok(Path { mnt: ptmx.mnt.clone(), dentry });
    }
    let found = ptmx.cached_sibling(PTS_NAME).ok_or(Errno::ENOENT)?;
    let whole = found.mnt.sb.root().is_some_and(|root| Arc::ptr_eq(&root, &found.dentry));
    if of(&found.mnt.sb).is_some() && whole { Ok(found) } else { Err(Errno::ENODEV) }
}

/// The pair whose slave a device node is.
pub(super) fn slave_of(inode: &Inode) -> Option<Arc<Pair>> {
    inode.fs_data::<Slave>()?.0.upgrade().filter(|pair| pair.lower.has_master())
}

/// A pair was made by the running task: its slave belongs to it.
pub(super) fn add(pair: &Arc<Pair>) -> Result<(), Errno> {
    let sb = &pair.home.sb;
    let instance = of(sb).ok_or(Errno::ENODEV)?;
    let options = instance.names.lock().options;
    let cred = hal::thread::with_current(|task: &Task| task.cred());
    let init = InodeInit {
        ino: u64::from(pair.index) + 3,
        uid: options.uid.unwrap_or(cred.fsuid),
        gid: options.gid.unwrap_or(cred.fsgid),
        rdev: DevT::new(SLAVE_MAJOR, pair.index),
        ..InodeInit::new(S_IFCHR | options.mode)
    };
    let inode = Inode::new(sb, init, Box::new(Slave(Arc::downgrade(pair))));
    instance.names.lock().slaves.insert(pair.index, inode.clone());
    if let Some(root) = pair.home.root.inode() {
        vfs::notify::on_create(&root, format!("{}", pair.index).as_bytes(), &inode);
    }
    Ok(())
}

/// The pair's master was closed.
pub(super) fn remove(pair: &Pair) {
    let node = of(&pair.home.sb).and_then(|instance| instance.names.lock().slaves.remove(&pair.index));
    if let (Some(inode), Some(root)) = (node, pair.home.root.inode()) {
        vfs::notify::on_delete(&root, format!("{}", pair.index).as_bytes(), &inode);
    }
}

impl Instance {
    /// The lowest free number: ENOSPC if this devpts has no more (`max=`), or all together have as many as
    /// `/proc/sys/kernel/pty/max` says. The reserve is for the first mount namespace, and there is no other.
    pub(super) fn take_number(&self) -> Result<u32, Errno> {
        if PTY_COUNT.fetch_add(1, Ordering::Relaxed) + 1 >= PTY_MAX.load(Ordering::Relaxed) {
            PTY_COUNT.fetch_sub(1, Ordering::Relaxed);
            return Err(Errno::ENOSPC);
        }
        let mut names = self.names.lock();
        let free = (0..names.options.numbers()).find(|index| !names.taken.contains(index));
        let Some(index) = free else {
            PTY_COUNT.fetch_sub(1, Ordering::Relaxed);
            return Err(Errno::ENOSPC);
        };
        names.taken.insert(index);
        Ok(index)
    }

    pub(super) fn free_number(&self, index: u32) {
        self.names.lock().taken.remove(&index);
        PTY_COUNT.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) fn init() -> Result<(), Errno> {
    vfs::register_filesystem(&DevptsType)
}

struct DevptsType;

impl FileSystemType for DevptsType {
    fn name(&self) -> &'static str {
        "devpts"
    }

    fn mount(&self, _source: &[u8], flags: u64, data: &[u8], cred: &Cred) -> Result<Arc<SuperBlock>, Errno> {
        let options = Options::parse(data)?;
        let names = SpinLock::new(rank::FS_PRIVATE, Names { options, ..Names::default() });
        let instance = Arc::new(Instance { names });
        let sb =
            SuperBlock::new("devpts", DEVPTS_SUPER_MAGIC, behaviour::REVALIDATE, flags, instance.clone());
        let init = InodeInit { ino: 1, nlink: 2, ..InodeInit::new(S_IFDIR | 0o755) };
        sb.set_root(Inode::new(&sb, init, Box::new(Root)));
        let init = InodeInit {
            ino: PTMX_INO,
            uid: cred.fsuid,
            gid: cred.fsgid,
            rdev: DevT::new(PTMX.0, PTMX.1),
            ..InodeInit::new(S_IFCHR | options.ptmxmode)
        };
        instance.names.lock().ptmx = Some(Inode::new(&sb, init, Box::new(Ptmx)));
        Ok(sb)
    }
}

impl SuperOps for Instance {
    fn statfs(&self, sb: &SuperBlock) -> Kstatfs {
        Kstatfs { f_type: sb.magic, bsize: 4096, namelen: 255, ..Kstatfs::default() }
    }

    /// What isn't given goes back to what it is by itself.
    fn remount(&self, _sb: &SuperBlock, _flags: u64, data: &[u8]) -> Result<(), Errno> {
        let options = Options::parse(data)?;
        let mut names = self.names.lock();
        names.options = options;
        if let Some(ptmx) = &names.ptmx {
            ptmx.set_mode(S_IFCHR | options.ptmxmode);
        }
        Ok(())
    }

    fn show_options(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let options = self.names.lock().options;
        options.show(out)
    }

    fn kill_sb(&self, _root: &Arc<Inode>) {
        let names = core::mem::take(&mut *self.names.lock());
        drop(names);
    }
}

/// The directory.
struct Root;

impl InodeOps for Root {
    fn lookup(&self, dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        let names = of(&dir.sb).ok_or(Errno::ENOENT)?.names.lock();
        if name == PTMX_NAME {
            return names.ptmx.clone().ok_or(Errno::ENOENT);
        }
        let text = core::str::from_utf8(name).map_err(|_| Errno::ENOENT)?;
        let index: u32 = text.parse().map_err(|_| Errno::ENOENT)?;
        let canonical = text == "0" || !text.starts_with(['0', '+']);
        canonical.then(|| names.slaves.get(&index).cloned()).flatten().ok_or(Errno::ENOENT)
    }

    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        Ok(Arc::new(OpenRoot))
    }
}

struct OpenRoot;

impl FileOps for OpenRoot {
    fn iterate(&self, file: &File, ctx: &mut DirContext<'_>) -> Result<(), Errno> {
        if !ctx.emit_dots(file) {
            return Ok(());
        }
        if ctx.pos == 2 {
            if !ctx.emit(PTMX_NAME, PTMX_INO, DT_CHR) {
                return Ok(());
            }
            ctx.pos = 3;
        }
        let Some(instance) = of(&file.inode.sb) else { return Ok(()) };
        // Position 3 is slave 0.
        while let Ok(from) = u32::try_from(ctx.pos - 3) {
            let next =
                instance.names.lock().slaves.range(from..).next().map(|(index, node)| (*index, node.ino));
            let Some((index, ino)) = next else { break };
            ctx.pos = u64::from(index) + 3;
            if !ctx.emit(format!("{index}").as_bytes(), ino, DT_CHR) {
                break;
            }
            ctx.pos += 1;
        }
        Ok(())
    }

    fn is_dir(&self) -> bool {
        true
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        vfs::read_write::dir_llseek(offset, whence, pos)
    }
}

/// A slave's node; a device, so that opening never comes here.
struct Slave(Weak<Pair>);

impl InodeOps for Slave {
    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        Err(Errno::ENXIO)
    }

    fn revalidate(&self, _inode: &Inode) -> bool {
        self.0.upgrade().is_some_and(|pair| pair.lower.has_master())
    }
}

struct Ptmx;

impl InodeOps for Ptmx {
    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        Err(Errno::ENXIO)
    }
}
