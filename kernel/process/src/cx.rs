//! The context of one system call: the running task and its user registers.

use alloc::sync::Arc;

use abi::call::X32_SYSCALL_BIT;
use abi::{Abi, Errno};
use hal::regs::PtRegs;
use mm::AddressSpace;
use sync::owner::Owner;
use vfs::{Cred, FdTable, FsStruct, LookupCtx};

use crate::Task;
use crate::signal::Sighand;

/// What a handler acts for: passed to every handler, never ambient.
pub struct Cx<'a> {
    /// The running task.
    pub task: &'a Task,
    /// Its registers as of the entry.
    pub regs: &'a mut PtRegs,
    pub(crate) owner: Owner<'a>,
}

/// Where the running program's fast calls come back to (`vdso_image_32.sym_int80_landing_pad`).
#[inline]
pub fn landing_pad(regs: &mut PtRegs) -> u64 {
    Cx::with(regs, |cx| cx.mm().landing_pad())
}

impl Cx<'_> {
    /// Runs a handler for the running task and turns its answer into what goes to rax.
    #[inline(always)]
    pub fn run(regs: &mut PtRegs, handler: impl FnOnce(&mut Cx<'_>) -> Result<usize, Errno>) -> i64 {
        Self::with(regs, |cx| match handler(cx) {
            Ok(value) => value as i64,
            Err(errno) => -i64::from(errno.as_raw()),
        })
    }

    /// A context for the running task outside of a system call (faults, signals, exit work).
    #[inline(always)]
    pub fn with<R>(regs: &mut PtRegs, f: impl FnOnce(&mut Cx<'_>) -> R) -> R {
        let owner = Owner::claim(regs);
        hal::thread::with_current(|task: &Task| f(&mut Cx { task, regs, owner }))
    }

    /// By which ABI the call came in. Only meant within a call: faults and interrupts leave no number behind.
    #[inline]
    pub fn abi(&self) -> Abi {
        if self.task.thread.context.in_compat_call() {
            Abi::I386
        } else if self.regs.orig_ax & X32_SYSCALL_BIT != 0 && (self.regs.orig_ax as i64) >= 0 {
            Abi::X32
        } else {
            Abi::X86_64
        }
    }

    /// The address space. A task that reaches a handler has one until it exits.
    #[inline(always)]
    pub fn mm(&self) -> &AddressSpace {
        self.task.mm.borrow(&self.owner).expect("user task without address space")
    }

    /// The address space, to keep.
    pub fn mm_arc(&self) -> &Arc<AddressSpace> {
        self.task.mm.borrow_arc(&self.owner).expect("user task without address space")
    }

    /// The descriptor table.
    #[inline(always)]
    pub fn files(&self) -> &FdTable {
        self.task.files.borrow(&self.owner).expect("user task without descriptors")
    }

    /// The descriptor table, to keep.
    pub fn files_arc(&self) -> &Arc<FdTable> {
        self.task.files.borrow_arc(&self.owner).expect("user task without descriptors")
    }

    /// Root, working directory, umask.
    #[inline(always)]
    pub fn fs(&self) -> &FsStruct {
        self.task.fs.borrow(&self.owner).expect("user task without fs")
    }

    /// Root, working directory, umask, to keep.
    pub fn fs_arc(&self) -> &Arc<FsStruct> {
        self.task.fs.borrow_arc(&self.owner).expect("user task without fs")
    }

    /// The credentials.
    #[inline(always)]
    pub fn cred(&self) -> &Cred {
        self.task.cred.borrow(&self.owner).expect("task without credentials")
    }

    /// The credentials, to keep.
    pub fn cred_arc(&self) -> &Arc<Cred> {
        self.task.cred.borrow_arc(&self.owner).expect("task without credentials")
    }

    /// The signal actions.
    #[inline(always)]
    pub(crate) fn sighand(&self) -> &Arc<Sighand> {
        self.task.sighand.borrow_arc(&self.owner).expect("user task without signal actions")
    }

    /// What a path walk starts from.
    #[inline]
    pub fn lookup(&self) -> LookupCtx<'_> {
        LookupCtx::new(self.fs(), self.cred())
    }

    /// The soft limit `resource` (`abi` RLIMIT_* number); no limit for an unknown one.
    #[inline]
    pub fn rlimit(&self, resource: usize) -> u64 {
        self.task.group.rlimit(resource)
    }

    /// Puts new credentials in place (commit_creds).
    pub fn set_cred(&mut self, cred: Arc<Cred>) {
        drop(self.task.cred.replace(&mut self.owner, Some(cred)));
    }

    /// Replaces the descriptor table (unshare, close_range with CLOSE_RANGE_UNSHARE).
    pub fn set_files(&mut self, files: Arc<FdTable>) {
        drop(self.task.files.replace(&mut self.owner, Some(files)));
    }

    /// Replaces root, working directory and umask (unshare).
    pub fn set_fs(&mut self, fs: Arc<FsStruct>) {
        drop(self.task.fs.replace(&mut self.owner, Some(fs)));
    }

    /// A counted handle of the running task.
    pub fn task_arc(&self) -> Arc<Task> {
        hal::thread::current_arc::<Task>()
    }
}
