#![cfg_attr(not(test), no_std)]
//! devtmpfs: one tmpfs for all mounts of it, in which a node appears for each device that is announced; and the
//! memory devices (null, zero, full, random, urandom, kmsg).

extern crate alloc;

mod mem;

use alloc::sync::Arc;

use abi::Errno;
use sync::Once;
use tmpfs::{Options, Tmpfs};
use vfs::chrdev::DevT;
use vfs::consts::S_IFCHR;
use vfs::namei::{Base, LookupCtx, do_mkdirat, do_mknodat, do_symlinkat, do_unlinkat};
use vfs::{Cred, FileSystemType, FsStruct, Mount, Path, SuperBlock};

/// The instance, kept by a mount of its own that hangs nowhere.
struct Instance {
    sb: Arc<SuperBlock>,
    fs: Arc<FsStruct>,
}

static INSTANCE: Once<Instance> = Once::new();

/// The type that mount(2) knows as `devtmpfs`.
pub struct DevtmpfsType;

fn instance() -> &'static Instance {
    INSTANCE.call_once(|| {
        let mut options = Options::new(hal::mem::frames::total() as u64 / 2);
        options.mode = 0o755;
        let sb = Tmpfs::new_super("devtmpfs", 0, options);
        let root = sb.root().expect("a new tmpfs has a root");
        let path = Path { mnt: Mount::new_internal(sb.clone(), root.clone()), dentry: root };
        Instance { sb, fs: FsStruct::new(path.clone(), path, 0) }
    })
}

impl FileSystemType for DevtmpfsType {
    fn name(&self) -> &'static str {
        "devtmpfs"
    }

    fn mount(
        &self,
        _source: &[u8],
        _flags: u64,
        data: &[u8],
        _cred: &Cred,
    ) -> Result<Arc<SuperBlock>, Errno> {
        Options::parse(data, Options::new(0))?;
        Ok(instance().sb.clone())
    }
}

/// Makes a character device's node. `name` may have directories (`input/mice`), which are made, too.
pub fn add_chrdev_node(name: &str, mode: u32, major: u32, minor: u32) -> Result<(), Errno> {
    let cred = Cred::root();
    let ctx = LookupCtx::new(&instance().fs, &cred);
    make_parents(&ctx, name)?;
    do_mknodat(&ctx, &Base::Cwd, name.as_bytes(), S_IFCHR | mode, DevT::new(major, minor))
}

fn make_parents(ctx: &LookupCtx<'_>, name: &str) -> Result<(), Errno> {
    let mut at = 0;
    while let Some(slash) = name.get(at..).and_then(|rest| rest.find('/')) {
        at += slash;
        match do_mkdirat(ctx, &Base::Cwd, name.as_bytes().get(..at).unwrap_or(&[]), 0o755) {
            Ok(()) | Err(Errno::EEXIST) => (),
            Err(errno) => return Err(errno),
        }
        at += 1;
    }
    Ok(())
}

/// Makes a symbolic link in the instance, and the directories of `name`.
pub fn add_link(name: &str, target: &str) -> Result<(), Errno> {
    let cred = Cred::root();
    let ctx = LookupCtx::new(&instance().fs, &cred);
    make_parents(&ctx, name)?;
    do_symlinkat(&ctx, target.as_bytes(), &Base::Cwd, name.as_bytes())
}

/// Takes a node or a link away again.
pub fn remove(name: &str) -> Result<(), Errno> {
    let cred = Cred::root();
    do_unlinkat(&LookupCtx::new(&instance().fs, &cred), &Base::Cwd, name.as_bytes())
}

/// Makes the type known, and the memory devices with their nodes.
pub fn init() -> Result<(), Errno> {
    vfs::register_filesystem(&DevtmpfsType)?;
    mem::register()
}
