//! Who calls, and what sockets need to know of processes.

use alloc::sync::Arc;
use core::any::Any;

use abi::Errno;
use mm::AddressSpace;
use sync::Once;
use vfs::{Cred, FdTable, File, LookupCtx};

/// A process, as process keeps it.
pub type ProcessRef = Arc<dyn Any + Send + Sync>;

/// The task that a system call acts for.
pub struct Caller<'a> {
    /// Its memory.
    pub mm: &'a AddressSpace,
    /// Its descriptors.
    pub files: &'a FdTable,
    /// Its credentials, root, working directory and umask.
    pub lookup: LookupCtx<'a>,
    /// The process's number.
    pub tgid: i32,
    /// RLIMIT_NOFILE.
    pub nofile: u64,
}

impl Caller<'_> {
    /// The credentials.
    pub fn cred(&self) -> &Cred {
        self.lookup.cred
    }
}

/// The running process and its credentials.
pub struct Identity {
    /// Its number.
    pub tgid: i32,
    /// Itself, for as long as somebody may ask for it.
    pub process: ProcessRef,
    /// Its credentials.
    pub cred: Arc<Cred>,
}

/// process's part.
pub struct Hooks {
    /// The running process.
    pub current: fn() -> Identity,
    /// The process of that number.
    pub find: fn(i32) -> Option<ProcessRef>,
    /// A pidfd of a process that may have ended.
    pub pidfd: fn(&ProcessRef) -> Result<Arc<File>, Errno>,
}

static HOOKS: Once<Hooks> = Once::new();

/// Names the hooks; once at boot.
pub fn set_hooks(hooks: Hooks) {
    let _ = HOOKS.set(hooks);
}

pub(crate) fn hooks() -> Result<&'static Hooks, Errno> {
    HOOKS.get().ok_or(Errno::ENOSYS)
}
