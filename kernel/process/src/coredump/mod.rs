//! Core dumps: what a process was when a signal ended it, as an ELF file (core(5)).

mod helper;
mod name;
mod notes;
mod notes32;
pub mod settings;
mod threads;
mod write;

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use hal::log;
use vfs::consts::{O_CREAT, O_EXCL, O_LARGEFILE, O_NOFOLLOW, O_WRONLY, S_IFMT, S_IFREG};
use vfs::namei::{LookupCtx, do_unlinkat};
use vfs::{Base, Cred, File, OpenHow, open_path};

use crate::rlimit::{RLIM_INFINITY, RLIMIT_CORE, RLIMIT_FSIZE};
use crate::signal::SigInfo;
use crate::{Cx, pid, pidfd, uts};
use name::{Facts, Target};
use threads::ThreadRecord;
use write::Output;

pub(crate) use threads::{CoreState, exit_point};

/// Bit of a wait status: there is a core.
pub(crate) const WCOREFLAG: i32 = 0x80;
/// `dumpable`: nobody gets a core.
const SUID_DUMP_DISABLE: u32 = 0;
/// `dumpable`: only root gets a core.
const SUID_DUMP_ROOT: u32 = 2;
/// No core is shorter than this (ELF_EXEC_PAGESIZE).
const MIN_CORE: u64 = 4096;
/// The mode that a core must have, and the bits that are looked at.
const CORE_MODE: u32 = 0o600;
const MODE_MASK: u32 = 0o677;
const WARNING: u8 = 4;

/// Writes the running process's core if it is to have one; `info` is the signal that ends it. The other threads are
/// stopped meanwhile and end afterwards. The process's wait status is set in the group's state.
pub(crate) fn do_coredump(cx: &mut Cx<'_>, info: &SigInfo) {
    if cx.task.dumpable() == SUID_DUMP_DISABLE || cx.task.is_kthread() {
        return;
    }
    let Some(core) = CoreState::begin(cx, info.signo) else { return };
    // A core that can't be written is no error of anybody's.
    let dumped = dump(cx, info, &core).is_ok();
    core.finish(cx, info.signo, dumped);
}

fn dump(cx: &Cx<'_>, info: &SigInfo, core: &CoreState) -> Result<(), Errno> {
    let mut cred = cx.cred().clone();
    let by_root = cx.task.dumpable() == SUID_DUMP_ROOT;
    if by_root {
        // It is only known that the process had other rights before: nobody but root may see.
        cred.fsuid = 0;
    }
    let limit = cx.rlimit(RLIMIT_CORE);
    let dumper = ThreadRecord::of_current(cx);
    match target(cx, info, &cred, limit)? {
        Target::File(path) => {
            let file = create(cx, &cred, &path, limit, by_root)?;
            let size_limit = cx.rlimit(RLIMIT_FSIZE);
            write_core(cx, info, core, &dumper, &mut Output::new(cx.task, &file, false, limit, size_limit)?)
        }
        Target::Pipe(args) => to_program(cx, info, core, &dumper, args, limit),
    }
}

/// The name or command line that the pattern gives.
fn target(cx: &Cx<'_>, info: &SigInfo, cred: &Cred, core_limit: u64) -> Result<Target, Errno> {
    let task = cx.task;
    let (hostname, comm) = (uts::nodename(), task.comm());
    let exe = task.group.exe_file().map(|file| file.path.to_bytes(Some(&cx.fs().root())));
    let pattern = settings::pattern();
    let facts = Facts {
        tgid: task.tgid(),
        tid: task.pid(),
        uid: cred.uid,
        gid: cred.gid,
        dumpable: task.dumpable(),
        signal: info.signo,
        time_s: sched::clock::realtime_ns().div_euclid(1_000_000_000),
        core_limit,
        cpu: task.thread.cpu(),
        hostname: hostname.as_bytes(),
        comm: comm.as_bytes(),
        exe: exe.as_deref(),
    };
    name::expand(pattern.as_bytes(), &facts, settings::uses_pid())
}

/// Makes the file: a new one of the process's own, never through a link, never something else than a file.
fn create(cx: &Cx<'_>, cred: &Cred, path: &[u8], limit: u64, by_root: bool) -> Result<Arc<File>, Errno> {
    if limit < MIN_CORE {
        return Err(Errno::EFBIG);
    }
    let flags = O_CREAT | O_WRONLY | O_NOFOLLOW | O_LARGEFILE | O_EXCL;
    let how = OpenHow::from_open(flags as i32, CORE_MODE)?;
    let file = if by_root {
        if path.first() != Some(&b'/') {
            log::print(
                WARNING,
                format_args!(
                    "Pid {}({}) can only dump core to a fully qualified path!",
                    cx.task.tgid(),
                    cx.task.comm()
                ),
            );
            return Err(Errno::EPERM);
        }
        // With root's rights, and from the root directory that is init's, not one that the process chose.
        let fs = pid::init_task().and_then(|init| init.fs()).ok_or(Errno::ENOENT)?;
        open_path(&LookupCtx::new(&fs, cred), &Base::Cwd, path, &how)?
    } else {
        let ctx = LookupCtx::new(cx.fs(), cred);
        // An older core makes room; what can't be taken away is in the way when the file is made.
        let _ = do_unlinkat(&ctx, &Base::Cwd, path);
        open_path(&ctx, &Base::Cwd, path, &how)?
    };
    let inode = &file.inode;
    let ours = inode.nlink() <= 1
        && inode.mode() & S_IFMT == S_IFREG
        && inode.uid() == cred.fsuid
        && inode.mode() & MODE_MASK == CORE_MODE;
    if ours { Ok(file) } else { Err(Errno::EPERM) }
}

fn to_program(
    cx: &Cx<'_>,
    info: &SigInfo,
    core: &CoreState,
    dumper: &ThreadRecord,
    args: Vec<Vec<u8>>,
    limit: u64,
) -> Result<(), Errno> {
    let (tgid, comm) = (cx.task.tgid(), cx.task.comm());
    if limit == 1 {
        // The program that takes cores has crashed itself.
        log::print(WARNING, format_args!("Process {tgid}({comm}) has RLIMIT_CORE set to 1\nAborting core"));
        return Err(Errno::EPERM);
    }
    let slot = settings::Slot::take();
    if slot.is_beyond_limit() {
        log::print(WARNING, format_args!("Pid {tgid}({comm}) over core_pipe_limit\nSkipping core dump"));
        return Err(Errno::EAGAIN);
    }
    let (reader, writer) = ipc::pipe::create(0, &Cred::root())?;
    let pidfd = name::wants_pidfd(settings::pattern().as_bytes())
        .then(|| pidfd::open_group(cx.task.group.clone(), &Cred::root()));
    if let Err(errno) = helper::start(args, reader, pidfd) {
        log::print(WARNING, format_args!("Core dump to |program pipe failed: {errno}"));
        return Err(errno);
    }
    let mut out = Output::new(cx.task, &writer, true, RLIM_INFINITY, RLIM_INFINITY)?;
    let result = write_core(cx, info, core, dumper, &mut out);
    drop(out);
    if settings::pipe_limit() != 0 {
        // The program may look at the process in /proc as long as it reads.
        ipc::pipe::end_and_wait(&writer);
    }
    result
}

fn write_core(
    cx: &Cx<'_>,
    info: &SigInfo,
    core: &CoreState,
    dumper: &ThreadRecord,
    out: &mut Output<'_>,
) -> Result<(), Errno> {
    if cx.task.fatal_signal_pending() {
        return Err(Errno::EINTR);
    }
    let mm = cx.mm();
    let others = core.take_records();
    let areas = mm.dump_areas(cx.task.coredump_filter())?;
    let notes = notes::build(mm, &areas, info, dumper, &others)?;
    write::write(out, mm, &areas, &notes);
    Ok(())
}
