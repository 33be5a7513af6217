//! New tasks: fork, vfork, clone and clone3.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

use abi::capability::CAP_CHECKPOINT_RESTORE;
use abi::segment::UserDesc;
use abi::{Abi, Errno};
use hal::regs::PtRegs;
use hal::thread::Context;
use mm::UserPtr;
use sched::WaitQueue;
use sync::SpinLock;
use sync::owner::OwnerSlot;
use vfs::File;
use vfs::cred::{CAP_SYS_ADMIN, CAP_SYS_RESOURCE};

use crate::group::ThreadGroup;
use crate::ioprio::IoContext;
use crate::rlimit::{RLIM_INFINITY, RLIMIT_CPU, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_RTTIME};
use crate::signal::Pending;
use crate::signal::nr::SIGCHLD;
use crate::task::{ExitState, LastTrap, Rare, flags};
use crate::{Cx, Task, pid, rank};

/// Flags of clone(2).
#[allow(missing_docs)]
pub mod clone {
    pub const VM: u64 = 0x100;
    pub const FS: u64 = 0x200;
    pub const FILES: u64 = 0x400;
    pub const SIGHAND: u64 = 0x800;
    pub const PIDFD: u64 = 0x1000;
    pub const PTRACE: u64 = 0x2000;
    pub const VFORK: u64 = 0x4000;
    pub const PARENT: u64 = 0x8000;
    pub const THREAD: u64 = 0x1_0000;
    pub const NEWNS: u64 = 0x2_0000;
    pub const SYSVSEM: u64 = 0x4_0000;
    pub const SETTLS: u64 = 0x8_0000;
    pub const PARENT_SETTID: u64 = 0x10_0000;
    pub const CHILD_CLEARTID: u64 = 0x20_0000;
    pub const DETACHED: u64 = 0x40_0000;
    pub const UNTRACED: u64 = 0x80_0000;
    pub const CHILD_SETTID: u64 = 0x100_0000;
    pub const NEWCGROUP: u64 = 0x200_0000;
    pub const NEWUTS: u64 = 0x400_0000;
    pub const NEWIPC: u64 = 0x800_0000;
    pub const NEWUSER: u64 = 0x1000_0000;
    pub const NEWPID: u64 = 0x2000_0000;
    pub const NEWNET: u64 = 0x4000_0000;
    pub const IO: u64 = 0x8000_0000;
    pub const CLEAR_SIGHAND: u64 = 1 << 32;
    pub const INTO_CGROUP: u64 = 1 << 33;
    pub const NEWTIME: u64 = 0x80;
    /// Every namespace but the time namespace, whose bit is part of clone's signal.
    pub const NAMESPACES: u64 = NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET;
}

/// What clone, fork and vfork ask for (`struct clone_args`).
#[derive(Debug, Clone, Copy, Default)]
pub struct CloneArgs {
    /// CLONE_* bits, without the signal.
    pub flags: u64,
    /// Where CLONE_CHILD_SETTID and CLONE_CHILD_CLEARTID write.
    pub child_tid: u64,
    /// Where CLONE_PARENT_SETTID writes.
    pub parent_tid: u64,
    /// Signal for the parent at exit.
    pub exit_signal: i32,
    /// The child's stack pointer; 0 keeps the caller's.
    pub stack: u64,
    /// FS base with CLONE_SETTLS; of a 32-bit call the address of a `struct user_desc`.
    pub tls: u64,
    /// Where CLONE_PIDFD writes the descriptor.
    pub pidfd: u64,
    /// The number that the child is to have (clone3's `set_tid`).
    pub set_tid: Option<i32>,
}

/// A parent waits until its vfork child has left the shared address space.
pub struct VforkDone {
    done: AtomicBool,
    wait: WaitQueue,
}

impl VforkDone {
    fn new() -> Arc<Self> {
        Arc::new(Self { done: AtomicBool::new(false), wait: WaitQueue::new() })
    }

    pub(crate) fn complete(&self) {
        self.done.store(true, Ordering::Release);
        self.wait.wake_all();
    }

    fn wait_killable(&self) {
        // When it is killed, the parent doesn't wait for its child.
        let _ = self.wait.wait_event_killable(|| self.done.load(Ordering::Acquire));
    }
}

/// Makes a child as `args` say and starts it; its number. Errors as clone(2).
pub fn kernel_clone(cx: &mut Cx<'_>, args: &CloneArgs) -> Result<i32, Errno> {
    check(cx, args)?;
    crate::oom::wait_for_memory(cx.task);
    let vfork = (args.flags & clone::VFORK != 0).then(VforkDone::new);
    let child = copy_process(cx, args, vfork.clone())?;
    let number = child.pid();
    if args.flags & clone::VM != 0 {
        cx.mm().add_user();
    }
    if args.flags & clone::PARENT_SETTID != 0 {
        // Linux ignores a bad address here, too.
        let _ = cx.mm().write_bytes(args.parent_tid, &number.to_le_bytes());
    }
    if args.flags & clone::THREAD == 0 && cx.rlimit(RLIMIT_CPU) != RLIM_INFINITY {
        child.group.watch_cpu_limit();
    }
    if args.flags & clone::THREAD == 0 && cx.rlimit(RLIMIT_RTTIME) != RLIM_INFINITY {
        child.group.watch_rt_limit();
    }
    sched::enqueue_new(child);
    if let Some(vfork) = vfork {
        vfork.wait_killable();
    }
    Ok(number)
}

fn check(cx: &Cx<'_>, args: &CloneArgs) -> Result<(), Errno> {
    let has = |flag: u64| args.flags & flag != 0;
    if has(clone::PIDFD)
        && (has(clone::PARENT_SETTID) && args.pidfd == args.parent_tid || has(clone::DETACHED))
    {
        return Err(Errno::EINVAL);
    }
    if has(clone::FS) && has(clone::NEWNS | clone::NEWUSER)
        || has(clone::THREAD) && !has(clone::SIGHAND)
        || has(clone::SIGHAND) && !has(clone::VM)
        || has(clone::THREAD) && has(clone::NEWUSER | clone::NEWPID)
        || has(clone::PARENT) && cx.task.tgid() == 1
    {
        return Err(Errno::EINVAL);
    }
    if has(clone::NAMESPACES | clone::NEWTIME) {
        let privileged = cx.cred().capable(CAP_SYS_ADMIN) || !has(!clone::NEWUSER & clone::NAMESPACES);
        return Err(if privileged { Errno::EINVAL } else { Errno::EPERM });
    }
    if has(clone::INTO_CGROUP) {
        // There are no control groups: whatever the descriptor is, it is none.
        return Err(Errno::EBADF);
    }
    let user = cx.task.user.borrow(&cx.owner);
    let processes = user.map_or(0, |user| user.processes.load(Ordering::Relaxed));
    let cred = cx.cred();
    if processes >= cx.rlimit(RLIMIT_NPROC)
        && cred.uid != 0
        && !cred.capable(CAP_SYS_RESOURCE)
        && !cred.capable(CAP_SYS_ADMIN)
    {
        return Err(Errno::EAGAIN);
    }
    cx.task.clear_flag(flags::PF_NPROC_EXCEEDED);
    Ok(())
}

fn child_regs(cx: &Cx<'_>, args: &CloneArgs) -> PtRegs {
    let mut regs = *cx.regs;
    regs.ax = 0;
    if args.stack != 0 {
        regs.sp = args.stack;
    }
    regs
}

fn set_new_tls(cx: &Cx<'_>, child: &Context, tls: u64) -> Result<(), Errno> {
    if cx.abi() == Abi::I386 {
        let info = cx.mm().read(UserPtr::<UserDesc>::new(tls))?;
        let descriptor = info.tls_descriptor().ok_or(Errno::EINVAL)?;
        let index = info.tls_index().ok_or(Errno::EINVAL)?;
        child.set_tls(index, descriptor, u64::from(info.base_addr));
        return Ok(());
    }
    if tls >= mm::task_size_max() {
        return Err(Errno::EPERM);
    }
    child.set_flat_fs(tls);
    Ok(())
}

fn copy_process(cx: &Cx<'_>, args: &CloneArgs, vfork: Option<Arc<VforkDone>>) -> Result<Arc<Task>, Errno> {
    let has = |flag: u64| args.flags & flag != 0;
    let parent = cx.task;
    let context = Context::new_user(&child_regs(cx, args)).ok_or(Errno::ENOMEM)?;
    context.copy_fpu_from_current();
    context.copy_segments_from_current();
    if has(clone::SETTLS) {
        set_new_tls(cx, &context, args.tls)?;
    }
    let mm = if has(clone::VM) { cx.mm_arc().clone() } else { cx.mm().fork()? };
    context.set_address_space(Some(mm.token()));
    let files = if has(clone::FILES) { cx.files_arc().clone() } else { cx.files().dup_table(usize::MAX)? };
    let fs = if has(clone::FS) { cx.fs_arc().clone() } else { cx.fs().copy() };
    let sighand =
        if has(clone::SIGHAND) { cx.sighand().clone() } else { cx.sighand().copy(has(clone::CLEAR_SIGHAND)) };
    let number = choose_number(cx, args.set_tid)?;
    let group = if has(clone::THREAD) { parent.group.clone() } else { new_group(parent, number) };
    let (mut alt_stack, io, mempolicy) = {
        let rare = parent.rare.lock();
        (rare.alt_stack, rare.io.clone(), rare.mempolicy)
    };
    if has(clone::VM) && !has(clone::VFORK) {
        alt_stack = Default::default();
    }
    let io = IoContext::for_child(io.as_ref(), has(clone::IO));
    let thread = sched::Thread::new_child(context, &parent.thread);
    let exit_signal = if has(clone::THREAD) {
        -1
    } else if has(clone::PARENT) {
        parent.group.leader().map_or(SIGCHLD, |leader| leader.exit_signal.load(Ordering::Relaxed))
    } else {
        args.exit_signal
    };
    let task = Arc::new(Task {
        thread,
        pid: AtomicI32::new(number),
        tgid: group.tgid(),
        group,
        flags: AtomicU32::new(
            parent.flags() & !(flags::PF_SUPERPRIV | flags::PF_SIGNALED | flags::PF_NPROC_EXCEEDED)
                | flags::PF_FORKNOEXEC,
        ),
        mm: OwnerSlot::new(Some(mm)),
        files: OwnerSlot::new(Some(files)),
        fs: OwnerSlot::new(Some(fs)),
        cred: OwnerSlot::new(Some(cx.cred_arc().clone())),
        sighand: OwnerSlot::new(Some(sighand)),
        user: OwnerSlot::new(parent.user.borrow_arc(&cx.owner).cloned()),
        blocked: AtomicU64::new(parent.blocked.load(Ordering::Relaxed)),
        real_blocked: AtomicU64::new(0),
        pending: Pending::new(),
        jobctl: AtomicU32::new(0),
        comm: [copy(&parent.comm[0]), copy(&parent.comm[1])],
        exit_state: AtomicU32::new(ExitState::Alive as u32),
        exit_code: AtomicI32::new(0),
        exit_signal: AtomicI32::new(exit_signal),
        pdeath_signal: AtomicI32::new(0),
        parent_tid: AtomicI32::new(parent.pid()),
        clear_child_tid: AtomicU64::new(if has(clone::CHILD_CLEARTID) { args.child_tid } else { 0 }),
        set_child_tid: AtomicU64::new(if has(clone::CHILD_SETTID) { args.child_tid } else { 0 }),
        robust_list: AtomicU64::new(0),
        compat_robust_list: AtomicU64::new(0),
        rseq: if has(clone::VM) { Default::default() } else { parent.rseq.copy() },
        personality: AtomicU32::new(parent.personality()),
        no_new_privs: AtomicBool::new(parent.no_new_privs.load(Ordering::Relaxed)),
        min_flt: AtomicU64::new(0),
        maj_flt: AtomicU64::new(0),
        start_time_ns: sched::clock::monotonic_ns(),
        trap: LastTrap::default(),
        trace: Default::default(),
        rare: SpinLock::new(
            rank::RARE,
            Rare { alt_stack, io, mempolicy, vfork_done: vfork, ..Rare::default() },
        ),
    });
    let pidfd = pidfd_for(cx, args, &task).inspect_err(|_| pid::tree().free_pid_if_unused(number))?;
    task.watch_rseq();
    publish(cx, args, &task).inspect_err(|_| {
        if let Some((fd, _)) = &pidfd {
            cx.files().put_unused(*fd);
        }
    })?;
    if let Some((fd, file)) = pidfd {
        cx.files().install(fd, file);
    }
    Ok(task)
}

/// The next free number, or the one that was asked for. That needs the right to restore processes.
fn choose_number(cx: &Cx<'_>, wanted: Option<i32>) -> Result<i32, Errno> {
    let Some(wanted) = wanted else { return pid::tree().alloc_pid() };
    if !(1..pid::PID_MAX as i32).contains(&wanted) {
        return Err(Errno::EINVAL);
    }
    if !cx.cred().capable(CAP_CHECKPOINT_RESTORE) && !cx.cred().capable(CAP_SYS_ADMIN) {
        return Err(Errno::EPERM);
    }
    pid::tree().take_pid(wanted)
}

/// CLONE_PIDFD: the descriptor's number is written before the child can be seen, the file put there after that.
fn pidfd_for(cx: &Cx<'_>, args: &CloneArgs, task: &Arc<Task>) -> Result<Option<(i32, Arc<File>)>, Errno> {
    if args.flags & clone::PIDFD == 0 {
        return Ok(None);
    }
    let flags = if args.flags & clone::THREAD != 0 { crate::pidfd::PIDFD_THREAD } else { 0 };
    let fd = cx.files().alloc_fd(0, true, cx.rlimit(RLIMIT_NOFILE))?;
    cx.mm().write_bytes(args.pidfd, &fd.to_le_bytes()).inspect_err(|_| cx.files().put_unused(fd))?;
    Ok(Some((fd, crate::pidfd::new_file(task, flags, cx.cred()))))
}

fn copy(value: &AtomicU64) -> AtomicU64 {
    AtomicU64::new(value.load(Ordering::Relaxed))
}

fn new_group(parent: &Task, number: i32) -> Arc<ThreadGroup> {
    let from = &parent.group;
    let group = ThreadGroup::new(number, from.limits.copy());
    group.oom_score_adj.store(from.oom_score_adj(), Ordering::Relaxed);
    group.dumpable.store(from.dumpable.load(Ordering::Relaxed), Ordering::Relaxed);
    group.coredump_filter.store(from.coredump_filter.load(Ordering::Relaxed), Ordering::Relaxed);
    let under = from.has_subreaper.load(Ordering::Relaxed) || from.subreaper.load(Ordering::Relaxed);
    group.has_subreaper.store(under, Ordering::Relaxed);
    group.set_tty(from.tty());
    group.set_exe_file(from.exe_file());
    Arc::new(group)
}

/// Makes the child visible: from here on it can be signalled and waited for. A signal
/// that came meanwhile has to be handled first, or a fork in a loop could escape it.
fn publish(cx: &Cx<'_>, args: &CloneArgs, task: &Arc<Task>) -> Result<(), Errno> {
    let mut tree = pid::tree();
    let parent = cx.task;
    let in_thread = args.flags & clone::THREAD != 0;
    if parent.fatal_signal_pending() || !in_thread && parent.signal_pending() && has_pending(parent) {
        tree.free_pid_if_unused(task.pid());
        return Err(Errno::ERESTARTNOINTR);
    }
    if let Some(user) = task.user.get() {
        user.processes.fetch_add(1, Ordering::Relaxed);
    }
    let group = &task.group;
    if in_thread {
        let mut state = group.state.lock();
        if state.exit_code.is_some() || state.exec_task.is_some() {
            drop(state);
            tree.free_pid_if_unused(task.pid());
            return Err(Errno::ERESTARTNOINTR);
        }
        state.threads.push(task.clone());
        group.live.fetch_add(1, Ordering::Relaxed);
        drop(state);
    } else {
        let real_parent =
            if args.flags & clone::PARENT != 0 { pid::find_process(parent.ppid()) } else { None };
        let owner = real_parent.as_ref().unwrap_or(&parent.group);
        group.ppid.store(owner.tgid(), Ordering::Relaxed);
        group.state.lock().threads.push(task.clone());
        tree.join_group(group, parent.pgrp(), parent.session());
        owner.children.lock().insert(task.tgid(), task.clone());
    }
    tree.publish(task);
    Ok(())
}

fn has_pending(task: &Task) -> bool {
    let (own, shared) = task.pending_signals();
    (own.0 | shared.0) & !task.blocked_signals().0 != 0
}

/// What a new task does first, before it enters user mode.
pub fn ret_from_fork(regs: &mut PtRegs) {
    Cx::with(regs, |cx| {
        let addr = cx.task.set_child_tid.load(Ordering::Relaxed);
        if addr != 0 {
            // As on Linux, a bad address goes unnoticed.
            let _ = cx.mm().write_bytes(addr, &cx.task.pid().to_le_bytes());
        }
        let start = cx.task.rare.lock().start.take();
        if let Some(start) = start {
            start(cx);
        }
    });
}
