//! devpts: the file system of `/dev/pts`, in which the slaves appear.
//!
//! There is one instance, which all mounts share. Locks: `NODES` (`rank::FS_PRIVATE`), for a look-up.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::sync::{Arc, Weak};
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};

use abi::Errno;
use process::Task;
use sync::{Once, SpinLock, rank};
use vfs::chrdev::DevT;
use vfs::consts::{DT_CHR, S_IFCHR, S_IFDIR};
use vfs::super_block::{Kstatfs, behaviour};
use vfs::{
    Cred, DirContext, File, FileOps, FileSystemType, Inode, InodeInit, InodeOps, Mount, SuperBlock, SuperOps,
};

use super::{PTMX, Pair, SLAVE_MAJOR};

const DEVPTS_SUPER_MAGIC: i64 = 0x1cd1;
const PTMX_NAME: &[u8] = b"ptmx";
const PTMX_INO: u64 = 2;
/// Not given.
const UNSET: u32 = u32::MAX;

/// mount(2)'s options.
struct Options {
    uid: AtomicU32,
    gid: AtomicU32,
    mode: AtomicU32,
    ptmxmode: AtomicU32,
}

static OPTIONS: Options = Options {
    uid: AtomicU32::new(UNSET),
    gid: AtomicU32::new(UNSET),
    mode: AtomicU32::new(0o600),
    ptmxmode: AtomicU32::new(0),
};

/// The slaves whose master is open.
static NODES: SpinLock<BTreeMap<u32, Arc<Inode>>> = SpinLock::new(rank::FS_PRIVATE, BTreeMap::new());
/// The instance, kept by a mount of its own that hangs nowhere.
static INSTANCE: Once<Arc<Mount>> = Once::new();

fn instance() -> &'static Arc<SuperBlock> {
    let mount = INSTANCE.call_once(|| {
        let sb = SuperBlock::new("devpts", DEVPTS_SUPER_MAGIC, behaviour::REVALIDATE, 0, Arc::new(Super));
        let init = InodeInit { ino: 1, ..InodeInit::new(S_IFDIR | 0o755) };
        let root = sb.set_root(Inode::new(&sb, init, Box::new(Root)));
        Mount::new_internal(sb, root)
    });
    &mount.sb
}

/// A pair was made by the running task: its slave belongs to it.
pub(super) fn add(index: u32, pair: &Arc<Pair>) {
    let cred = hal::thread::with_current(|task: &Task| task.cred());
    let or = |option: &AtomicU32, other| match option.load(Ordering::Relaxed) {
        UNSET => other,
        value => value,
    };
    let init = InodeInit {
        ino: u64::from(index) + 3,
        uid: or(&OPTIONS.uid, cred.fsuid),
        gid: or(&OPTIONS.gid, cred.fsgid),
        rdev: DevT::new(SLAVE_MAJOR, index),
        ..InodeInit::new(S_IFCHR | OPTIONS.mode.load(Ordering::Relaxed))
    };
    let inode = Inode::new(instance(), init, Box::new(Slave(Arc::downgrade(pair))));
    NODES.lock().insert(index, inode);
}

/// The pair's master was closed.
pub(super) fn remove(index: u32) {
    let node = NODES.lock().remove(&index);
    drop(node);
}

pub(super) fn init() -> Result<(), Errno> {
    vfs::register_filesystem(&DevptsType)
}

struct DevptsType;

impl FileSystemType for DevptsType {
    fn name(&self) -> &'static str {
        "devpts"
    }

    fn mount(
        &self,
        _source: &[u8],
        _flags: u64,
        data: &[u8],
        _cred: &Cred,
    ) -> Result<Arc<SuperBlock>, Errno> {
        parse(data)?;
        Ok(instance().clone())
    }
}

fn parse(data: &[u8]) -> Result<(), Errno> {
    let text = core::str::from_utf8(data).map_err(|_| Errno::EINVAL)?;
    for word in text.split(',').filter(|word| !word.is_empty()) {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let number = |radix| u32::from_str_radix(value, radix).map_err(|_| Errno::EINVAL);
        match key {
            "uid" => OPTIONS.uid.store(number(10)?, Ordering::Relaxed),
            "gid" => OPTIONS.gid.store(number(10)?, Ordering::Relaxed),
            "mode" => OPTIONS.mode.store(number(8)? & 0o777, Ordering::Relaxed),
            "ptmxmode" => OPTIONS.ptmxmode.store(number(8)? & 0o777, Ordering::Relaxed),
            // Every instance is the one that there is.
            "newinstance" if value.is_empty() => {}
            _ => return Err(Errno::EINVAL),
        }
    }
    Ok(())
}

struct Super;

impl SuperOps for Super {
    fn statfs(&self, sb: &SuperBlock) -> Kstatfs {
        Kstatfs { f_type: sb.magic, bsize: 4096, namelen: 255, ..Kstatfs::default() }
    }

    fn show_options(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let get = |option: &AtomicU32| option.load(Ordering::Relaxed);
        for (name, value) in [("uid", get(&OPTIONS.uid)), ("gid", get(&OPTIONS.gid))] {
            if value != UNSET {
                write!(out, ",{name}={value}")?;
            }
        }
        write!(out, ",mode={:03o},ptmxmode={:03o}", get(&OPTIONS.mode), get(&OPTIONS.ptmxmode))
    }
}

/// The directory.
struct Root;

impl InodeOps for Root {
    fn lookup(&self, dir: &Arc<Inode>, name: &[u8]) -> Result<Arc<Inode>, Errno> {
        if name == PTMX_NAME {
            let init = InodeInit {
                ino: PTMX_INO,
                rdev: DevT::new(PTMX.0, PTMX.1),
                ..InodeInit::new(S_IFCHR | OPTIONS.ptmxmode.load(Ordering::Relaxed))
            };
            return Ok(Inode::new(&dir.sb, init, Box::new(Ptmx)));
        }
        let text = core::str::from_utf8(name).map_err(|_| Errno::ENOENT)?;
        let index: u32 = text.parse().map_err(|_| Errno::ENOENT)?;
        let canonical = text == "0" || !text.starts_with(['0', '+']);
        canonical.then(|| NODES.lock().get(&index).cloned()).flatten().ok_or(Errno::ENOENT)
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
        // Position 3 is slave 0.
        while let Ok(from) = u32::try_from(ctx.pos - 3) {
            let next = NODES.lock().range(from..).next().map(|(index, inode)| (*index, inode.ino));
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
