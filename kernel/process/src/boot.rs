//! The first tasks: the idle threads, process 1, kernel threads.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

use abi::Errno;
use hal::regs::PtRegs;
use hal::thread::{Context, CurrentType};
use sched::{Hooks, Schedulable, Thread, ThreadRef};
use sync::SpinLock;
use sync::owner::OwnerSlot;
use vfs::{Cred, FdTable, FsStruct};

use crate::group::ThreadGroup;
use crate::rlimit::Limits;
use crate::signal::nr::SIGCHLD;
use crate::signal::{Pending, Sighand};
use crate::task::{ExitState, KernelStart, LastTrap, Rare, flags};
use crate::users::User;
use crate::{Cx, Task, exec, pid, rank};

hal::current_type!(Task);

impl Schedulable for Task {
    fn thread(&self) -> &Thread {
        &self.thread
    }

    fn switch_in(self: Arc<Self>) -> ThreadRef {
        hal::thread::switch_to::<Task>(self)
    }
}

/// Makes this processor's boot context the idle task of `cpu`, the running one. Once per
/// processor, before anything sleeps; the result is for `sched::start_cpu`.
pub fn adopt_idle_task(cpu: u32) -> ThreadRef {
    let mut name = *b"swapper/00";
    let digits = [b'0' + (cpu / 10 % 10) as u8, b'0' + (cpu % 10) as u8];
    let name: &[u8] = if cpu < 10 {
        name[8] = digits[1];
        &name[..9]
    } else {
        name[8..].copy_from_slice(&digits);
        &name
    };
    let task = kernel_task(0, name, Context::boot(), None);
    hal::thread::adopt_boot_task(task.clone());
    task
}

/// Names process's part to the scheduler and to the memory manager. First of all, on the
/// boot processor, after its idle task is adopted.
pub fn init() {
    sched::set_hooks(Hooks {
        current: || hal::thread::current_arc::<Task>(),
        with_current: |look| hal::thread::with_current(|task: &Task| look(&task.thread)),
        create_kthread,
        exit_kthread,
    });
    // Number 1 is init's, however many kernel threads start before it.
    let _ = pid::tree().alloc_pid();
    crate::sockets::init();
}

fn initial_limits() -> Limits {
    // Linux: as many threads as fit with their stacks into an eighth of memory.
    let threads = (hal::mem::frames::total() as u64 / 32).clamp(20, pid::PID_MAX as u64);
    Limits::initial(threads / 2)
}

fn kernel_task(number: i32, name: &[u8], context: Context, user: Option<UserParts>) -> Arc<Task> {
    let group = Arc::new(ThreadGroup::new(number, initial_limits()));
    let (flag, files, fs, sighand) = match user {
        Some(parts) => (0, Some(parts.files), Some(parts.fs), Some(Sighand::new())),
        None => (flags::PF_KTHREAD, None, None, None),
    };
    let owner = User::find(0);
    owner.processes.fetch_add(1, Ordering::Relaxed);
    let task = Arc::new(Task {
        thread: Thread::new(context),
        pid: AtomicI32::new(number),
        tgid: number,
        group,
        flags: AtomicU32::new(flag | flags::PF_RANDOMIZE),
        mm: OwnerSlot::new(None),
        files: OwnerSlot::new(files),
        fs: OwnerSlot::new(fs),
        cred: OwnerSlot::new(Some(Cred::root())),
        sighand: OwnerSlot::new(sighand),
        user: OwnerSlot::new(Some(owner)),
        blocked: AtomicU64::new(0),
        real_blocked: AtomicU64::new(0),
        pending: Pending::new(),
        jobctl: AtomicU32::new(0),
        comm: [AtomicU64::new(0), AtomicU64::new(0)],
        exit_state: AtomicU32::new(ExitState::Alive as u32),
        exit_code: AtomicI32::new(0),
        exit_signal: AtomicI32::new(SIGCHLD),
        pdeath_signal: AtomicI32::new(0),
        parent_tid: AtomicI32::new(0),
        clear_child_tid: AtomicU64::new(0),
        set_child_tid: AtomicU64::new(0),
        robust_list: AtomicU64::new(0),
        compat_robust_list: AtomicU64::new(0),
        rseq: Default::default(),
        personality: AtomicU32::new(0),
        no_new_privs: AtomicBool::new(false),
        min_flt: AtomicU64::new(0),
        maj_flt: AtomicU64::new(0),
        start_time_ns: sched::clock::monotonic_ns(),
        trap: LastTrap::default(),
        trace: Default::default(),
        rare: SpinLock::new(rank::RARE, Rare::default()),
    });
    task.thread.start_with_timer_slack(TIMER_SLACK_NS);
    task.set_comm(name);
    task.group.state.lock().threads.push(task.clone());
    task
}

/// The timer slack of the first processes, and of all that do not set another.
const TIMER_SLACK_NS: u64 = 50_000;

struct UserParts {
    files: Arc<FdTable>,
    fs: Arc<FsStruct>,
}

/// Makes process 1 and starts it: in its own context it runs `start`, which ends with
/// [`exec::kernel_execve`], and then goes to user mode.
pub fn spawn_init(fs: Arc<FsStruct>, start: KernelStart) -> Result<Arc<Task>, Errno> {
    let context = Context::new_user(&PtRegs::default()).ok_or(Errno::ENOMEM)?;
    let parts = UserParts { files: FdTable::new(), fs };
    let number = INIT_PID;
    let task = kernel_task(number, b"swapper/0", context, Some(parts));
    task.group.unkillable.store(true, Ordering::Relaxed);
    task.rare.lock().start = Some(start);
    let mut tree = pid::tree();
    // As on Linux, it begins in the kernel's own session 0 and may call setsid.
    tree.join_group(&task.group, 0, 0);
    tree.publish(&task);
    drop(tree);
    pid::set_init_task(task.clone());
    sched::enqueue_new(task.clone());
    Ok(task)
}

/// Makes and starts a process for the kernel's own purposes: a child of the kernel's, the superuser's, which runs
/// `start` (that ends with [`exec::kernel_execve`] or the process's end). `prepare` gets its limits and descriptors.
pub(crate) fn spawn_helper(
    fs: Arc<FsStruct>,
    prepare: impl FnOnce(&ThreadGroup, &FdTable) -> Result<(), Errno>,
    start: KernelStart,
) -> Result<(), Errno> {
    let context = Context::new_user(&PtRegs::default()).ok_or(Errno::ENOMEM)?;
    let files = FdTable::new();
    let number = { pid::tree().alloc_pid()? };
    let task = kernel_task(number, b"kworker/u:0", context, Some(UserParts { files: files.clone(), fs }));
    if let Err(errno) = prepare(&task.group, &files) {
        if let Some(user) = task.user.get() {
            user.processes.fetch_sub(1, Ordering::Relaxed);
        }
        pid::tree().free_pid_if_unused(number);
        return Err(errno);
    }
    task.group.ppid.store(KTHREADD, Ordering::Relaxed);
    task.rare.lock().start = Some(start);
    let mut tree = pid::tree();
    tree.join_group(&task.group, 0, 0);
    tree.publish(&task);
    drop(tree);
    sched::enqueue_new(task);
    Ok(())
}

/// Number of the first process; taken in [`init`].
const INIT_PID: i32 = 1;
/// Number of the parent of all kernel threads.
const KTHREADD: i32 = 2;

fn create_kthread(name: &str, entry: fn(usize), arg: usize) -> Option<ThreadRef> {
    let context = Context::new_kernel(entry, arg)?;
    let number = { pid::tree().alloc_pid().ok()? };
    let task = kernel_task(number, name.as_bytes(), context, None);
    if number != KTHREADD {
        task.group.ppid.store(KTHREADD, Ordering::Relaxed);
    }
    let mut tree = pid::tree();
    tree.publish(&task);
    drop(tree);
    Some(task)
}

fn exit_kthread() -> ! {
    let me = hal::thread::current_arc::<Task>();
    me.set_flag(flags::PF_EXITING);
    me.exit_state.store(ExitState::Dead as u32, Ordering::Release);
    me.group.live.store(0, Ordering::Relaxed);
    let number = me.pid();
    me.group.state.lock().threads.clear();
    let mut tree = pid::tree();
    tree.unpublish(number);
    tree.free_pid_if_unused(number);
    drop(tree);
    drop(me);
    sched::exit_current()
}

/// Runs `path` as the program of the calling task, from inside `start` of [`spawn_init`].
pub fn run_init(cx: &mut Cx<'_>, path: &[u8], args: &[&[u8]], env: &[&[u8]]) -> Result<(), Errno> {
    exec::kernel_execve(cx, path, args, env)
}

/// A closure for [`spawn_init`].
pub fn start_with(f: impl FnOnce(&mut Cx<'_>) + Send + 'static) -> KernelStart {
    Box::new(f)
}

const _: fn(&Task) -> &Context = |task| <Task as CurrentType>::context(task);
