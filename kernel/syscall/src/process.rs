//! Processes and threads: clone, execve, exit, wait.

use abi::Errno;
use abi::layout::{Longs, SiginfoLayout};
use mm::{UserCStr, UserPtr};
use process::fork::clone;
use process::wait::{Waited, Which, do_wait, options};
use process::{CloneArgs, Cx, Usage};

use crate::file::check_buffer;

const CSIGNAL: u64 = 0xff;
/// `struct rusage`: two times, fourteen counters.
pub type RawUsage = [i64; 18];
/// `struct clone_args` in its longest known version.
const CLONE_ARGS_WORDS: usize = 11;
/// Its first version.
const CLONE_ARGS_SIZE_VER0: usize = 64;
/// The version that has the control group.
const CLONE_ARGS_SIZE_VER2: usize = 88;
/// How deep namespaces of process numbers may lie in each other.
const MAX_PID_NS_LEVEL: u64 = 32;

/// fork(2).
pub fn fork(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    clone_with(cx, &CloneArgs { exit_signal: SIGCHLD, ..CloneArgs::default() })
}

/// vfork(2).
pub fn vfork(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    let flags = clone::VFORK | clone::VM;
    clone_with(cx, &CloneArgs { flags, exit_signal: SIGCHLD, ..CloneArgs::default() })
}

const SIGCHLD: i32 = process::signal::nr::SIGCHLD;

fn clone_with(cx: &mut Cx<'_>, args: &CloneArgs) -> Result<usize, Errno> {
    process::kernel_clone(cx, args).map(|pid| pid as usize)
}

/// clone(2), the raw call.
pub fn clone(
    cx: &mut Cx<'_>,
    flags: u64,
    newsp: u64,
    parent_tid: UserPtr<i32>,
    child_tid: UserPtr<i32>,
    tls: u64,
) -> Result<usize, Errno> {
    // The upper half is not looked at: clone3 has its flags there.
    let flags = flags & 0xffff_ffff;
    let args = CloneArgs {
        flags: flags & !CSIGNAL,
        child_tid: child_tid.addr(),
        parent_tid: parent_tid.addr(),
        pidfd: parent_tid.addr(),
        exit_signal: (flags & CSIGNAL) as i32,
        stack: newsp,
        tls,
        set_tid: None,
    };
    clone_with(cx, &args)
}

/// clone3(2).
pub fn clone3(cx: &mut Cx<'_>, uargs: UserPtr<u8>, size: usize) -> Result<usize, Errno> {
    if size < CLONE_ARGS_SIZE_VER0 {
        return Err(Errno::EINVAL);
    }
    if size > mm_page() {
        return Err(Errno::E2BIG);
    }
    let words = read_extensible::<CLONE_ARGS_WORDS>(cx, uargs.addr(), size)?;
    let [
        flags,
        pidfd,
        child_tid,
        parent_tid,
        exit_signal,
        stack,
        stack_size,
        tls,
        set_tid,
        set_tid_size,
        cgroup,
    ] = words;
    if set_tid_size > MAX_PID_NS_LEVEL || (set_tid == 0) != (set_tid_size == 0) {
        return Err(Errno::EINVAL);
    }
    if exit_signal > process::signal::NSIG as u64 {
        return Err(Errno::EINVAL);
    }
    if flags & clone::INTO_CGROUP != 0 && (i32::try_from(cgroup).is_err() || size < CLONE_ARGS_SIZE_VER2) {
        return Err(Errno::EINVAL);
    }
    let mut tids = [0i32; MAX_PID_NS_LEVEL as usize];
    for (index, tid) in tids.iter_mut().enumerate().take(set_tid_size as usize) {
        *tid = cx.mm().read(UserPtr::new(set_tid.wrapping_add(index as u64 * 4)))?;
    }
    let known = 0xffff_ffff | clone::CLEAR_SIGHAND | clone::INTO_CGROUP;
    if flags & !known != 0
        || flags & (clone::DETACHED | CSIGNAL & !clone::NEWTIME) != 0
        || flags & (clone::SIGHAND | clone::CLEAR_SIGHAND) == clone::SIGHAND | clone::CLEAR_SIGHAND
        || flags & (clone::THREAD | clone::PARENT) != 0 && exit_signal != 0
        || !stack_valid(stack, stack_size)
        // One number for each namespace of process numbers, and there is one.
        || set_tid_size > 1
    {
        return Err(Errno::EINVAL);
    }
    let args = CloneArgs {
        flags,
        child_tid,
        parent_tid,
        pidfd,
        exit_signal: exit_signal as i32,
        stack: stack + stack_size,
        tls,
        set_tid: (set_tid_size != 0).then_some(tids[0]),
    };
    clone_with(cx, &args)
}

fn stack_valid(stack: u64, size: u64) -> bool {
    (stack == 0) == (size == 0) && stack.checked_add(size).is_some_and(|top| top <= mm::task_size_max())
}

fn mm_page() -> usize {
    hal::mem::PAGE_SIZE
}

/// Reads a structure that grows with time: shorter ones are filled up with zeros, longer
/// ones must have zeros at the end (`E2BIG`).
fn read_extensible<const N: usize>(cx: &Cx<'_>, addr: u64, size: usize) -> Result<[u64; N], Errno> {
    let mut words = [0u64; N];
    let mut at = N * 8;
    while at < size {
        let mut byte = [0];
        cx.mm().read_bytes(addr.wrapping_add(at as u64), &mut byte)?;
        if byte != [0] {
            return Err(Errno::E2BIG);
        }
        at += 1;
    }
    for (index, word) in words.iter_mut().enumerate().take(size / 8) {
        let mut raw = [0; 8];
        cx.mm().read_bytes(addr.wrapping_add(index as u64 * 8), &mut raw)?;
        *word = u64::from_le_bytes(raw);
    }
    Ok(words)
}

/// execve(2).
pub fn execve(
    cx: &mut Cx<'_>,
    path: UserCStr,
    argv: UserPtr<u64>,
    envp: UserPtr<u64>,
) -> Result<usize, Errno> {
    process::exec::do_execveat(cx, process::exec::AT_FDCWD, path, argv.addr(), envp.addr(), 0).map(|()| 0)
}

/// execveat(2).
pub fn execveat(
    cx: &mut Cx<'_>,
    dirfd: i32,
    path: UserCStr,
    argv: UserPtr<u64>,
    envp: UserPtr<u64>,
    flags: i32,
) -> Result<usize, Errno> {
    process::exec::do_execveat(cx, dirfd, path, argv.addr(), envp.addr(), flags).map(|()| 0)
}

/// _exit(2): ends the calling thread.
pub fn exit(cx: &mut Cx<'_>, error_code: i32) -> Result<usize, Errno> {
    process::do_exit(cx, (error_code & 0xff) << 8)
}

/// exit_group(2): ends the process.
pub fn exit_group(cx: &mut Cx<'_>, error_code: i32) -> Result<usize, Errno> {
    process::do_group_exit(cx, (error_code & 0xff) << 8)
}

/// wait4(2).
pub fn wait4<R: Longs<18>>(
    cx: &mut Cx<'_>,
    upid: i32,
    stat_addr: UserPtr<i32>,
    opts: i32,
    ru: UserPtr<R>,
) -> Result<usize, Errno> {
    const KNOWN: u32 = options::WNOHANG
        | options::WUNTRACED
        | options::WCONTINUED
        | options::WNOTHREAD
        | options::WCLONE
        | options::WALL;
    let opts = opts as u32;
    if opts & !KNOWN != 0 {
        return Err(Errno::EINVAL);
    }
    let which = match upid {
        i32::MIN => return Err(Errno::ESRCH),
        -1 => Which::All,
        0 => Which::Pgrp(cx.task.pgrp()),
        1.. => Which::Pid(upid),
        _ => Which::Pgrp(-upid),
    };
    let Some(waited) = do_wait(cx, which, opts | options::WEXITED)? else { return Ok(0) };
    if let Some(stat_addr) = stat_addr.non_null() {
        cx.mm().write(stat_addr, &waited.status)?;
    }
    if let Some(ru) = ru.non_null() {
        cx.mm().write(ru, &R::narrow(raw_usage(&waited.usage)))?;
    }
    Ok(waited.pid as usize)
}

/// waitid(2). `infop` is written whatever comes of it, with zeroes where no child was found; a bad one is EFAULT
/// instead of any other error.
pub fn waitid<I: SiginfoLayout, R: Longs<18>>(
    cx: &mut Cx<'_>,
    which: i32,
    upid: i32,
    infop: UserPtr<I>,
    opts: i32,
    ru: UserPtr<R>,
) -> Result<usize, Errno> {
    let found = do_waitid(cx, which, upid, opts);
    if let (Some(ru), Ok(Some(waited))) = (ru.non_null(), &found) {
        cx.mm().write(ru, &R::narrow(raw_usage(&waited.usage)))?;
    }
    if let Some(infop) = infop.non_null() {
        write_info(cx, infop, found.as_ref().ok().and_then(Option::as_ref))?;
    }
    found.map(|_| 0)
}

fn do_waitid(cx: &mut Cx<'_>, which: i32, upid: i32, opts: i32) -> Result<Option<Waited>, Errno> {
    const EVENTS: u32 = options::WEXITED | options::WSTOPPED | options::WCONTINUED;
    const KNOWN: u32 =
        EVENTS | options::WNOHANG | options::WNOWAIT | options::WNOTHREAD | options::WCLONE | options::WALL;
    let opts = opts as u32;
    if opts & !KNOWN != 0 || opts & EVENTS == 0 {
        return Err(Errno::EINVAL);
    }
    let mut nonblock = false;
    let selected = match (which, upid) {
        (0, _) => Which::All,
        (1, 1..) => Which::Pid(upid),
        (2, 0) => Which::Pgrp(cx.task.pgrp()),
        (2, 1..) => Which::Pgrp(upid),
        (3, 0..) => {
            let file = cx.files().get(upid)?;
            nonblock = file.nonblock();
            // A number that was given to another process means nobody.
            Which::Pid(process::pidfd::of_file(&file)?.waitable().unwrap_or(-1))
        }
        _ => return Err(Errno::EINVAL),
    };
    let found = do_wait(cx, selected, if nonblock { opts | options::WNOHANG } else { opts })?;
    if found.is_none() && nonblock && opts & options::WNOHANG == 0 {
        return Err(Errno::EAGAIN);
    }
    Ok(found)
}

/// Only these members are written; a wait without result zeroes them.
fn write_info<I: SiginfoLayout>(cx: &Cx<'_>, infop: UserPtr<I>, found: Option<&Waited>) -> Result<(), Errno> {
    let (signo, code, pid, uid, status) =
        found.map_or((0, 0, 0, 0, 0), |w| (SIGCHLD, w.code, w.pid, w.uid as i32, w.value));
    let base = infop.addr();
    check_buffer(base, size_of::<I>())?;
    let head = I::HEAD;
    let members = [(0, signo), (4, 0), (8, code), (head, pid), (head + 4, uid), (head + 8, status)];
    for (offset, value) in members {
        cx.mm().write(UserPtr::<i32>::new(base.wrapping_add(offset)), &value)?;
    }
    Ok(())
}

/// `struct rusage` of what was used.
pub(crate) fn raw_usage(usage: &Usage) -> RawUsage {
    let mut raw = [0; 18];
    let micros = |ns: u64| ((ns / 1_000_000_000) as i64, (ns % 1_000_000_000 / 1000) as i64);
    (raw[0], raw[1]) = micros(usage.utime_ns);
    (raw[2], raw[3]) = micros(usage.stime_ns);
    raw[4] = usage.maxrss_kib as i64;
    raw[8] = usage.min_flt as i64;
    raw[9] = usage.maj_flt as i64;
    raw[16] = usage.nvcsw as i64;
    raw[17] = usage.nivcsw as i64;
    raw
}

/// getrusage(2).
pub fn getrusage<R: Longs<18>>(cx: &mut Cx<'_>, who: i32, ru: UserPtr<R>) -> Result<usize, Errno> {
    const RUSAGE_SELF: i32 = 0;
    const RUSAGE_CHILDREN: i32 = -1;
    const RUSAGE_THREAD: i32 = 1;
    let usage = match who {
        RUSAGE_SELF => cx.task.group.usage(),
        RUSAGE_CHILDREN => cx.task.group.children_usage(),
        RUSAGE_THREAD => cx.task.usage(),
        _ => return Err(Errno::EINVAL),
    };
    cx.mm().write(ru, &R::narrow(raw_usage(&usage)))?;
    Ok(0)
}

/// set_tid_address(2).
pub fn set_tid_address(cx: &mut Cx<'_>, tidptr: UserPtr<i32>) -> Result<usize, Errno> {
    cx.task.set_clear_child_tid(tidptr.addr());
    Ok(cx.task.pid() as usize)
}

/// Bytes of `struct robust_list_head`.
const ROBUST_LIST_HEAD_SIZE: usize = 24;

/// set_robust_list(2).
pub fn set_robust_list(cx: &mut Cx<'_>, head: UserPtr<u8>, len: usize) -> Result<usize, Errno> {
    if len != ROBUST_LIST_HEAD_SIZE {
        return Err(Errno::EINVAL);
    }
    cx.task.set_robust_list(head.addr());
    Ok(0)
}

/// Looks at a thread that the caller may trace; 0 is the caller itself.
pub(crate) fn of_traceable<R>(
    cx: &Cx<'_>,
    pid: i32,
    look: impl FnOnce(&process::Task) -> R,
) -> Result<R, Errno> {
    if pid == 0 {
        return Ok(look(cx.task));
    }
    let target = process::find_task(pid).ok_or(Errno::ESRCH)?;
    if process::ptrace::may_attach(cx.task, &target) { Ok(look(&target)) } else { Err(Errno::EPERM) }
}

/// get_robust_list(2).
pub fn get_robust_list(
    cx: &mut Cx<'_>,
    pid: i32,
    head_ptr: UserPtr<u64>,
    len_ptr: UserPtr<usize>,
) -> Result<usize, Errno> {
    let head = of_traceable(cx, pid, |task| task.robust_list())?;
    cx.mm().write(len_ptr, &ROBUST_LIST_HEAD_SIZE)?;
    cx.mm().write(head_ptr, &head)?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_has_the_c_layout() {
        let usage = Usage {
            utime_ns: 1_500_000_000,
            stime_ns: 2_000,
            min_flt: 3,
            maj_flt: 4,
            nvcsw: 5,
            nivcsw: 6,
            maxrss_kib: 7,
        };
        let raw = raw_usage(&usage);
        assert_eq!(raw[..5], [1, 500_000, 0, 2, 7]);
        assert_eq!((raw[8], raw[9], raw[16], raw[17]), (3, 4, 5, 6));
    }
}
