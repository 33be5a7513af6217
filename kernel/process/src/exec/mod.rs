//! execve: finds out what a file is, builds the new program's memory, and makes the
//! running task become it.

pub mod args;
mod begin;
mod creds;
pub mod elf;
mod load;
mod open;
pub mod script;
pub mod stack;
pub mod vdso;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use abi::Errno;
use mm::{IterDst, UserCStr};
use vfs::File;

use crate::rlimit::{RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK, RLIMIT_STACK};
use crate::signal::nr::SIGSEGV;
use crate::{Cx, ThreadGroup, oom, signal};
use args::{Budget, Strings};

pub use open::AT_FDCWD;

/// Whether x32 programs are started and their calls answered.
static X32: AtomicBool = AtomicBool::new(true);

/// Whether x32 programs are started and their calls answered.
#[inline]
pub fn x32_enabled() -> bool {
    X32.load(Ordering::Relaxed)
}

/// Sets that, at boot.
pub fn set_x32(enabled: bool) {
    X32.store(enabled, Ordering::Relaxed);
}

/// How many scripts may interpret each other.
const MAX_DEPTH: usize = 5;

/// What is executed, while it is being found out.
pub(crate) struct Program {
    /// The file that will be mapped.
    file: Arc<File>,
    /// Its first bytes.
    head: [u8; script::HEAD_SIZE],
    /// What execve was given: AT_EXECFN and the task's name.
    filename: Vec<u8>,
    /// The file named last (a script's interpreter).
    interp: Vec<u8>,
    /// The descriptor is close-on-exec, so that a script can't be read again through it.
    inaccessible: bool,
    args: Strings,
    env: Strings,
}

/// The limits that an address space of `group` has to know.
pub fn memory_limits(group: &ThreadGroup) -> mm::Limits {
    mm::Limits {
        address_space: group.rlimit(RLIMIT_AS),
        data: group.rlimit(RLIMIT_DATA),
        stack: group.rlimit(RLIMIT_STACK),
        memlock: group.rlimit(RLIMIT_MEMLOCK),
    }
}

/// execve(2) and execveat(2). On success the registers are those of the new program.
pub fn do_execveat(
    cx: &mut Cx<'_>,
    dirfd: i32,
    path: UserCStr,
    argv: u64,
    envp: u64,
    flags: i32,
) -> Result<(), Errno> {
    if cx.nproc_exceeded() {
        // A bad path comes first.
        cx.mm().read_cstr(path, &mut [0; 1])?;
        return Err(Errno::EAGAIN);
    }
    oom::wait_for_memory(cx.task);
    let opened = open::open_user(cx, dirfd, path, flags)?;
    let mut budget = Budget::new(cx.rlimit(RLIMIT_STACK));
    budget.bytes(opened.filename.len() as u64 + 1)?;
    let width = if cx.abi().is_32bit() { 4 } else { 8 };
    let mut args = Strings::copy_from_user(argv, width, &mut budget)?;
    let env = Strings::copy_from_user(envp, width, &mut budget)?;
    if args.count() == 0 {
        // A program always finds an argv[0]; without one, it would read envp as argv.
        args.push_front(b"")?;
    }
    exec(cx, opened, args, env)
}

/// Executes a file for the kernel: process 1.
pub fn kernel_execve(cx: &mut Cx<'_>, path: &[u8], argv: &[&[u8]], envp: &[&[u8]]) -> Result<(), Errno> {
    let opened = open::open_kernel(cx, path)?;
    exec(cx, opened, Strings::from_slices(argv), Strings::from_slices(envp))
}

fn exec(cx: &mut Cx<'_>, opened: open::Opened, args: Strings, env: Strings) -> Result<(), Errno> {
    let mut program = Program {
        file: opened.file,
        head: [0; script::HEAD_SIZE],
        interp: opened.filename.clone(),
        filename: opened.filename,
        inaccessible: opened.inaccessible,
        args,
        env,
    };
    let header = resolve(cx, &mut program)?;
    let plan = load::plan(cx, &program, header)?;
    // From here on the old program is lost: what goes wrong ends the process.
    begin::de_thread(cx)?;
    let result = load::build(cx, &program, plan).and_then(|image| begin::commit(cx, program, image));
    if result.is_err() && !cx.task.fatal_signal_pending() {
        signal::force_fatal(cx, SIGSEGV);
    }
    result
}

/// Follows `#!` lines until an ELF file is reached.
fn resolve(cx: &Cx<'_>, program: &mut Program) -> Result<elf::Header, Errno> {
    for _ in 0..=MAX_DEPTH {
        program.head = [0; script::HEAD_SIZE];
        read_some(&program.file, 0, &mut program.head)?;
        let head = program.head;
        let line = match script::parse(&head) {
            None => return elf::Header::parse(&program.head),
            Some(line) => line?,
        };
        if program.inaccessible {
            return Err(Errno::ENOENT);
        }
        program.args.remove_first();
        program.args.push_front(&program.interp)?;
        if let Some(argument) = line.argument {
            program.args.push_front(argument)?;
        }
        program.args.push_front(line.interpreter)?;
        let opened = open::open_kernel(cx, line.interpreter)?;
        program.interp = opened.filename;
        program.file = opened.file;
    }
    Err(Errno::ELOOP)
}

/// Reads up to `buf.len()` bytes at `pos`; fewer only at the end of the file.
fn read_some(file: &File, pos: u64, buf: &mut [u8]) -> Result<usize, Errno> {
    let mut done = 0;
    while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let mut at = pos.checked_add(done as u64).ok_or(Errno::EINVAL)?;
        let got = file.ops.read_iter(file, &mut IterDst::kernel(rest), &mut at)?;
        if got == 0 {
            break;
        }
        done += got;
    }
    Ok(done)
}

/// Reads exactly `buf.len()` bytes; `EIO` when the file is shorter.
fn read_exact(file: &File, pos: u64, buf: &mut [u8]) -> Result<(), Errno> {
    if i64::try_from(pos).is_err() {
        return Err(Errno::EINVAL);
    }
    if read_some(file, pos, buf)? == buf.len() { Ok(()) } else { Err(Errno::EIO) }
}
