//! Programs that the kernel starts for itself (Linux: usermode helpers): the one behind `kernel.core_pattern`'s `|`.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use abi::Errno;
use sched::WaitQueue;
use sync::SpinLock;
use vfs::{File, FsStruct};

use crate::rlimit::{RLIMIT_CORE, RLimit};
use crate::{boot, exec, exit, pid, rank};

/// Where the program finds the process (Linux's COREDUMP_PIDFD_NUMBER).
const PIDFD: i32 = 3;

/// How starting the program went.
struct Start {
    over: AtomicBool,
    result: SpinLock<Result<(), Errno>>,
    wait: WaitQueue,
}

/// Starts `args[0]` with `stdin` and perhaps a pidfd of the process, as descriptor 3, as the superuser, in the root directory, with an empty
/// environment; waits until it runs. It has RLIMIT_CORE 1, by which a dump knows that it is one of a dump's program.
/// Errors are execve's.
pub(super) fn start(args: Vec<Vec<u8>>, stdin: Arc<File>, pidfd: Option<Arc<File>>) -> Result<(), Errno> {
    let root = match pid::init_task().and_then(|init| init.fs()) {
        Some(fs) => (*fs.root()).clone(),
        None => vfs::mount::root_path().ok_or(Errno::ENOENT)?,
    };
    let fs = FsStruct::new(root.clone(), root, 0o022);
    let start = Arc::new(Start {
        over: AtomicBool::new(false),
        result: SpinLock::new(rank::CORE_RECORDS, Ok(())),
        wait: WaitQueue::new(),
    });
    let mine = start.clone();
    boot::spawn_helper(
        fs,
        |group, files| {
            group.limits().set(RLIMIT_CORE, RLimit { cur: 1, max: 1 });
            files.add(stdin, false, 1)?;
            pidfd.map_or(Ok(()), |pidfd| files.replace(PIDFD, pidfd, false, PIDFD as u64 + 1))
        },
        boot::start_with(move |cx| {
            let words: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
            let result = exec::kernel_execve(cx, words.first().copied().unwrap_or(b""), &words, &[]);
            *start.result.lock() = result;
            start.over.store(true, Ordering::Release);
            start.wait.wake_all();
            drop((words, start));
            if result.is_err() {
                exit::do_group_exit(cx, 0);
            }
        }),
    )?;
    mine.wait.wait_event(|| mine.over.load(Ordering::Acquire));
    *mine.result.lock()
}
