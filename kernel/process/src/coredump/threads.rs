//! Stopping the other threads of a process while its core is written. Each notes its own registers on its way out
//! and waits; then they all go on to their end.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sched::WaitQueue;
use sync::SpinLock;

use crate::signal::kill_thread;
use crate::task::{ExitState, flags};
use crate::{Cx, Task, rank};

/// `struct user_regs_struct`, by words.
pub(super) type UserRegs = [u64; 27];

/// A thread as a core file has it.
pub(super) struct ThreadRecord {
    pub task: Arc<Task>,
    pub regs: UserRegs,
    /// XSAVE's image, or FXSAVE's; none if there was no memory for it.
    pub fpu: Option<Vec<u8>>,
}

impl ThreadRecord {
    /// The running thread.
    pub fn of_current(cx: &Cx<'_>) -> Self {
        Self { task: cx.task_arc(), regs: user_regs(cx), fpu: hal::fpu::current_image() }
    }
}

fn user_regs(cx: &Cx<'_>) -> UserRegs {
    let r = &*cx.regs;
    let context = &cx.task.thread.context;
    let [ds, es, fs, gs] = context.selectors().map(u64::from);
    [
        r.r15,
        r.r14,
        r.r13,
        r.r12,
        r.bp,
        r.bx,
        r.r11,
        r.r10,
        r.r9,
        r.r8,
        r.ax,
        r.cx,
        r.dx,
        r.si,
        r.di,
        r.orig_ax,
        r.ip,
        r.cs,
        r.flags,
        r.sp,
        r.ss,
        context.fs_base(),
        context.gs_base(),
        ds,
        es,
        fs,
        gs,
    ]
}

/// A dump that is under way.
pub(crate) struct CoreState {
    /// Threads that have not come yet.
    missing: AtomicUsize,
    arrived: WaitQueue,
    records: SpinLock<Vec<ThreadRecord>>,
    over: AtomicBool,
    end: WaitQueue,
}

impl CoreState {
    /// Stops the other threads of the running one's process, which is from now on dying of `signal`. None if it is
    /// on its way out already.
    pub fn begin(cx: &Cx<'_>, signal: i32) -> Option<Arc<Self>> {
        let core = Arc::new(Self {
            missing: AtomicUsize::new(0),
            arrived: WaitQueue::new(),
            records: SpinLock::new(rank::CORE_RECORDS, Vec::new()),
            over: AtomicBool::new(false),
            end: WaitQueue::new(),
        });
        let task = cx.task;
        {
            let mut state = task.group.state.lock();
            if state.exit_code.is_some() || state.exec_task.is_some() {
                return None;
            }
            state.exit_code = Some(signal);
            state.stop_count = 0;
            state.core = Some(core.clone());
            for thread in &state.threads {
                // One that is past the point where it would join in isn't waited for.
                let counts = thread.exit_state() == ExitState::Alive && !thread.exiting();
                if counts && !core::ptr::eq(Arc::as_ptr(thread), task) {
                    core.missing.fetch_add(1, Ordering::Relaxed);
                    kill_thread(thread);
                }
            }
            task.set_flag(flags::PF_DUMPCORE);
            // What else is pending must not disturb the writing; only SIGKILL comes through from here on.
            task.thread.context.clear_flag(hal::thread::flags::SIGPENDING);
        }
        core.arrived.wait_event(|| core.missing.load(Ordering::Acquire) == 0);
        Some(core)
    }

    /// What the other threads noted.
    pub(super) fn take_records(&self) -> Vec<ThreadRecord> {
        core::mem::take(&mut *self.records.lock())
    }

    /// Lets the other threads go on; the process's wait status says whether there is a core.
    pub fn finish(&self, cx: &Cx<'_>, signal: i32, dumped: bool) {
        {
            let mut state = cx.task.group.state.lock();
            if dumped && !cx.task.fatal_signal_pending() {
                state.exit_code = Some(signal | super::WCOREFLAG);
            }
            state.core = None;
        }
        self.over.store(true, Ordering::Release);
        self.end.wake_all();
    }

    fn join(&self, cx: &Cx<'_>) {
        let record = ThreadRecord::of_current(cx);
        {
            let mut records = self.records.lock();
            if records.try_reserve(1).is_ok() {
                records.push(record);
            }
        }
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.arrived.wake_all();
        }
        self.end.wait(sched::state::IDLE, None, || self.over.load(Ordering::Acquire));
    }
}

/// The point in a thread's exit from which on it is no longer part of a core; one that is being made gets the
/// thread's registers first.
pub(crate) fn exit_point(cx: &Cx<'_>) {
    let core = {
        let state = cx.task.group.state.lock();
        cx.task.set_flag(flags::PF_EXITING);
        state.core.clone()
    };
    if let Some(core) = core {
        core.join(cx);
    }
}
