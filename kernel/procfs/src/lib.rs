//! The proc file system (proc(5)): what the kernel knows of processes and of itself, as text.
//!
//! Nothing is kept: a look-up makes an inode for what it names ([`node::Node`]), and opening a file makes its
//! text once, which reads then walk through.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod cpu_list;
mod cpuinfo;
mod node;
mod page_scan;
mod process_files;
mod process_memory;
mod process_mounts;
mod process_pages;
mod process_status;
mod sysctl;
mod system_files;
mod system_stat;

use alloc::boxed::Box;
use alloc::sync::Arc;

use abi::Errno;
use vfs::super_block::{Kstatfs, behaviour};
use vfs::{Cred, FileSystemType, Inode, InodeInit, SuperBlock, SuperOps};

use node::{Node, NodeOps};

const PROC_SUPER_MAGIC: i64 = 0x9fa0;

/// The type that mount(2) knows as `proc`.
struct ProcType;

struct ProcSuper;

impl SuperOps for ProcSuper {
    fn statfs(&self, sb: &SuperBlock) -> Kstatfs {
        Kstatfs { f_type: sb.magic, bsize: 4096, namelen: 255, ..Kstatfs::default() }
    }
}

impl FileSystemType for ProcType {
    fn name(&self) -> &'static str {
        "proc"
    }

    fn mount(
        &self,
        _source: &[u8],
        flags: u64,
        _data: &[u8],
        _cred: &Cred,
    ) -> Result<Arc<SuperBlock>, Errno> {
        let sb = SuperBlock::new("proc", PROC_SUPER_MAGIC, behaviour::REVALIDATE, flags, Arc::new(ProcSuper));
        let init = InodeInit { ino: 1, ..InodeInit::new(vfs::consts::S_IFDIR | 0o555) };
        sb.set_root(Inode::new(&sb, init, Box::new(NodeOps(Node::Root))));
        Ok(sb)
    }
}

/// Makes the type known.
pub fn init() -> Result<(), Errno> {
    vfs::register_filesystem(&ProcType)
}
