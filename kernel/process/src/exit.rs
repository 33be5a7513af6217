//! The end of threads and processes, and what their relatives hear of it.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use sched::pi::Life;

use crate::group::{ThreadGroup, Usage};
use crate::pid::{self, Tree};
use crate::signal::code::{CLD_CONTINUED, CLD_DUMPED, CLD_EXITED, CLD_KILLED, CLD_STOPPED};
use crate::signal::nr::*;
use crate::signal::{self, Fields, Scope, SigInfo, send_signal, zap_other_threads};
use crate::task::ExitState;
use crate::{Cx, Task, coredump, robust};

/// Ends the whole process with wait status `status` (exit code << 8, or a signal).
pub fn do_group_exit(cx: &mut Cx<'_>, status: i32) -> ! {
    let status = {
        let group = &cx.task.group;
        let mut state = group.state.lock();
        match state.exit_code {
            Some(status) => status,
            None if state.exec_task.is_some() => status,
            None => {
                state.exit_code = Some(status);
                zap_other_threads(&mut state, cx.task);
                status
            }
        }
    };
    do_exit(cx, status)
}

/// Ends the running thread.
pub fn do_exit(cx: &mut Cx<'_>, status: i32) -> ! {
    let task = cx.task;
    coredump::exit_point(cx);
    signal::notify_stop_as_exiting(task);
    task.exit_code.store(status, Ordering::Relaxed);
    let last = task.group.live.fetch_sub(1, Ordering::AcqRel) == 1;
    if last && task.tgid() == 1 {
        init_died(task, status);
    }
    if last {
        // What the last thread leaves behind is what the process does.
        task.group.state.lock().exit_code.get_or_insert(status);
        task.group.stop_itimers();
        crate::posix_timer::delete_all(&task.group);
    }
    robust::exit_futexes(cx, Life::Dead);
    release_mm(cx);
    if last {
        task.group.set_exe_file(None);
    }
    if let Some(files) = task.files.replace(&mut cx.owner, None)
        && Arc::strong_count(&files) == 1
    {
        files.close_all();
    }
    drop(task.fs.replace(&mut cx.owner, None));
    let io = task.rare.lock().io.take();
    drop(io);
    if last && task.is_session_leader() {
        drop_terminal(task);
    }
    let me = cx.task_arc();
    let gone = exit_notify(&me, last);
    drop(me);
    drop(gone);
    sched::exit_current()
}

fn init_died(task: &Task, status: i32) -> ! {
    let status = task.group.state.lock().exit_code.unwrap_or(status);
    panic!("Attempted to kill init! exitcode=0x{status:08x}");
}

/// Gives the address space up: wakes a vfork parent and whoever joins the thread.
pub(crate) fn release_mm(cx: &mut Cx<'_>) {
    robust::clear_child_tid(cx);
    complete_vfork(cx.task);
    hal::thread::leave_address_space();
    let mm = cx.task.mm.replace(&mut cx.owner, None);
    if let Some(mm) = mm {
        let rss = mm.peak_rss_pages() * 4;
        cx.task.group.maxrss_kib.fetch_max(rss, Ordering::Relaxed);
        mm.leave();
    }
}

/// The parent that called vfork may go on.
pub(crate) fn complete_vfork(task: &Task) {
    let done = task.rare.lock().vfork_done.take();
    if let Some(done) = done {
        done.complete();
    }
}

fn drop_terminal(task: &Task) {
    let session = task.session();
    let Some(tty) = task.group.tty() else {
        let group = task.group.take_old_foreground();
        if group > 0 {
            crate::signal_pgrp(group, SIGHUP);
            crate::signal_pgrp(group, SIGCONT);
        }
        return;
    };
    tty.leader_exits(session);
    pid::for_each_in_session(session, |member| member.set_tty(None));
}

/// Hands the children over, tells the parent, and lets go of a thread nobody waits for.
/// What comes back is to be dropped without the lock.
fn exit_notify(task: &Arc<Task>, last: bool) -> Vec<Arc<Task>> {
    let mut gone = Vec::new();
    let mut tree = pid::tree();
    signal_children_of(task);
    if last {
        forget_children(&mut tree, task, &mut gone);
        hang_up_orphans(&tree, &task.group, None);
    }
    account(task, if task.is_group_leader() { ExitState::Zombie } else { ExitState::Dead });
    if task.is_group_leader() {
        if last_thread(&task.group) && notify_parent(task) {
            release(&mut tree, task, &mut gone);
        }
        wake_exec(&task.group);
    } else {
        release(&mut tree, task, &mut gone);
    }
    gone
}

fn last_thread(group: &ThreadGroup) -> bool {
    group.state.lock().threads.len() <= 1
}

/// PR_SET_PDEATHSIG is about the thread that created the child.
fn signal_children_of(task: &Task) {
    let children = task.group.children.lock();
    for child in children.values() {
        if child.parent_tid.load(Ordering::Relaxed) != task.pid() {
            continue;
        }
        let signal = child.pdeath_signal.load(Ordering::Relaxed);
        if signal != 0 {
            let _ =
                send_signal(SigInfo::user(signal, 0, task.tgid(), task.cred().uid), child, Scope::Process);
        }
        child.parent_tid.store(task.tgid(), Ordering::Relaxed);
    }
}

/// Gives the children to the nearest subreaper or to init.
fn forget_children(tree: &mut Tree, task: &Arc<Task>, gone: &mut Vec<Arc<Task>>) {
    let children = core::mem::take(&mut *task.group.children.lock());
    if children.is_empty() {
        return;
    }
    let Some(reaper) = find_reaper(task) else { return };
    for child in children.values() {
        child.group.ppid.store(reaper.tgid, Ordering::Relaxed);
        child.parent_tid.store(reaper.tgid, Ordering::Relaxed);
        child.exit_signal.store(SIGCHLD, Ordering::Relaxed);
        reaper.children.lock().insert(child.tgid(), child.clone());
        let zombie = child.exit_state() == ExitState::Zombie && last_thread(&child.group);
        if zombie && notify_parent(child) {
            release(tree, child, gone);
        } else if child.pgrp() != task.pgrp() && child.session() == task.session() {
            // The exit may orphan the child's process group (POSIX exit, "stopped").
            hang_up_group(tree, child.pgrp(), None);
        }
    }
}

fn find_reaper(task: &Task) -> Option<Arc<ThreadGroup>> {
    if task.group.has_subreaper.load(Ordering::Relaxed) {
        let mut at = task.ppid();
        while at > 1 {
            let parent = pid::find_process(at)?;
            if parent.subreaper.load(Ordering::Relaxed) && parent.live.load(Ordering::Relaxed) > 0 {
                return Some(parent);
            }
            at = parent.ppid.load(Ordering::Relaxed);
        }
    }
    pid::init_task().map(|init| init.group.clone())
}

fn hang_up_orphans(tree: &Tree, group: &ThreadGroup, ignored: Option<i32>) {
    let ppid = group.ppid.load(Ordering::Relaxed);
    let pgrp = group.pgrp.load(Ordering::Relaxed);
    let Some(parent) = pid::find_task(ppid) else { return };
    let same_session = parent.session() == group.session.load(Ordering::Relaxed);
    if parent.pgrp() != pgrp && same_session {
        hang_up_group(tree, pgrp, ignored.or(Some(group.tgid)));
    }
}

/// A newly orphaned process group with stopped members gets SIGHUP and SIGCONT.
fn hang_up_group(tree: &Tree, pgrp: i32, ignored: Option<i32>) {
    if !tree.is_orphaned(pgrp, ignored) || !tree.has_stopped(pgrp) {
        return;
    }
    for member in tree.members(pgrp) {
        if let Some(leader) = member.leader() {
            signal::signal_task(&leader, SIGHUP);
            signal::signal_task(&leader, SIGCONT);
        }
    }
}

/// The thread counts as ended from here on, and what it used as its process's.
fn account(task: &Task, ended: ExitState) {
    let usage = task.usage();
    let mut accounts = task.group.accounts.lock();
    accounts.own.add(&usage);
    task.exit_state.store(ended as u32, Ordering::Release);
}

/// Takes an exited task out of every table. When the last thread beside a dead leader
/// goes, the leader's turn has come.
pub(crate) fn release(tree: &mut Tree, task: &Arc<Task>, gone: &mut Vec<Arc<Task>>) {
    let group = &task.group;
    let pid = task.pid();
    task.exit_state.store(ExitState::Dead as u32, Ordering::Release);
    tree.unpublish(pid);
    let left = {
        let mut state = group.state.lock();
        state.threads.retain(|thread| !Arc::ptr_eq(thread, task));
        state.threads.len()
    };
    count_user(task);
    if task.is_group_leader() {
        if let Some(parent) = pid::find_process(group.ppid.load(Ordering::Relaxed)) {
            parent.children.lock().remove(&group.tgid);
        }
        tree.leave_group(group);
        group.ended.store(true, Ordering::SeqCst);
        group.reaped.store(true, Ordering::SeqCst);
        group.pidfds.wake_all();
        gone.push(task.clone());
        tree.free_pid_if_unused(pid);
        return;
    }
    gone.push(task.clone());
    tree.free_pid_if_unused(pid);
    // A file of this thread alone (PIDFD_THREAD).
    group.pidfds.wake_all();
    wake_exec(group);
    if left != 1 {
        return;
    }
    let Some(leader) = group.leader() else { return };
    if leader.exit_state() == ExitState::Zombie
        && group.live.load(Ordering::Relaxed) == 0
        && notify_parent(&leader)
    {
        release(tree, &leader, gone);
    }
}

fn count_user(task: &Task) {
    if let Some(user) = task.user.get() {
        user.processes.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Wakes the thread that waits in execve for the others to be gone.
fn wake_exec(group: &ThreadGroup) {
    let state = group.state.lock();
    let exec = state.exec_task.clone();
    drop(state);
    if exec.is_some() {
        group.child_exit.wake_all();
    }
}

/// The `si_code` and `si_status` of a wait status.
pub(crate) fn split_status(status: i32) -> (i32, i32) {
    if status & 0x7f == 0 {
        (CLD_EXITED, status >> 8 & 0xff)
    } else if status & 0x80 != 0 {
        (CLD_DUMPED, status & 0x7f)
    } else {
        (CLD_KILLED, status & 0x7f)
    }
}

/// Tells the parent that a process has ended. `true` when the parent doesn't want to
/// wait, so that the task is to be released at once.
fn notify_parent(leader: &Arc<Task>) -> bool {
    let group = &leader.group;
    group.ended.store(true, Ordering::SeqCst);
    group.pidfds.wake_all();
    let exit_signal = leader.exit_signal.load(Ordering::Relaxed);
    let Some(parent) = pid::find_task(group.ppid.load(Ordering::Relaxed)) else { return true };
    if parent.is_kthread() {
        // A program that the kernel started for itself.
        return true;
    }
    let status = group.wait_status(leader);
    let (code, value) = split_status(status);
    let usage = group.accounts.lock().own;
    let mut signal = exit_signal;
    let mut auto_reap = false;
    if exit_signal == SIGCHLD {
        let action = parent.sighand().map(|sighand| sighand.get(SIGCHLD)).unwrap_or_default();
        let ignored = action.handler == signal::SIG_IGN;
        auto_reap = ignored || action.flags & signal::sa::NOCLDWAIT != 0;
        if ignored {
            signal = 0;
        }
    }
    // clone(2) takes any number.
    if (1..=signal::NSIG).contains(&signal) {
        let info = child_info(leader, signal, code, value, &usage);
        let _ = send_signal(info, &parent, Scope::Process);
    }
    parent.group.child_exit.wake_all();
    auto_reap
}

fn child_info(child: &Task, signo: i32, code: i32, status: i32, usage: &Usage) -> SigInfo {
    let fields = Fields::Child {
        pid: child.tgid(),
        uid: child.cred().uid,
        status,
        utime: (usage.utime_ns / NS_PER_TICK) as i64,
        stime: (usage.stime_ns / NS_PER_TICK) as i64,
    };
    SigInfo { signo, errno: 0, code, fields }
}

/// Nanoseconds of a clock tick as user space counts them (USER_HZ = 100).
pub const NS_PER_TICK: u64 = 10_000_000;

/// Tells the parent that the process stopped or continued.
pub(crate) fn notify_parent_stopped(group: &Arc<ThreadGroup>, why: i32) {
    let tree = pid::tree();
    let Some(parent) = pid::find_task(group.ppid.load(Ordering::Relaxed)) else { return };
    let Some(leader) = group.leader() else { return };
    let stop_signal = group.state.lock().stop_signal;
    let action = parent.sighand().map(|sighand| sighand.get(SIGCHLD)).unwrap_or_default();
    if action.handler != signal::SIG_IGN && action.flags & signal::sa::NOCLDSTOP == 0 {
        let status = if why == CLD_CONTINUED { SIGCONT } else { stop_signal };
        debug_assert!(why == CLD_STOPPED || why == CLD_CONTINUED);
        let usage = group.accounts.lock().own;
        let _ = send_signal(child_info(&leader, SIGCHLD, why, status, &usage), &parent, Scope::Process);
    }
    parent.group.child_exit.wake_all();
    drop(tree);
}

impl ThreadGroup {
    /// The wait status: that of the process if it was killed or left as a whole, else
    /// that of its last thread.
    pub(crate) fn wait_status(&self, leader: &Task) -> i32 {
        self.state.lock().exit_code.unwrap_or_else(|| leader.exit_code.load(Ordering::Relaxed))
    }
}

impl Task {
    /// Usage of this thread alone.
    pub fn usage(&self) -> Usage {
        let rss = self.mm().map_or(0, |mm| mm.peak_rss_pages() * 4);
        let maxrss_kib = rss.max(self.group.maxrss_kib.load(Ordering::Relaxed));
        Usage { maxrss_kib, ..self.own_usage() }
    }

    /// The same without what is the process's.
    pub(crate) fn own_usage(&self) -> Usage {
        let (utime_ns, stime_ns) = self.times();
        let (min_flt, maj_flt) = self.faults();
        let (nvcsw, nivcsw) = self.thread.switches();
        Usage { utime_ns, stime_ns, min_flt, maj_flt, nvcsw, nivcsw, maxrss_kib: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_statuses() {
        assert_eq!(split_status(3 << 8), (CLD_EXITED, 3));
        assert_eq!(split_status(SIGKILL), (CLD_KILLED, SIGKILL));
        assert_eq!(split_status(SIGSEGV | 0x80), (CLD_DUMPED, SIGSEGV));
    }
}
