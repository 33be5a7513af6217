//! Process numbers, process groups and sessions.
//!
//! Looking a number up takes no lock (an RCU table). Everything that changes the tree of
//! processes (fork, exit, reparenting, groups, sessions) happens under [`TREE`].

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, Ordering};

use abi::Errno;
use sync::{Once, SlotTable, SpinGuard, SpinLock};

use crate::bitmap::PidMap;
use crate::group::ThreadGroup;
use crate::{Task, rank};

/// Largest process number plus one (`/proc/sys/kernel/pid_max`).
pub const PID_MAX: usize = 32768;

static TASKS: SlotTable<Task> = SlotTable::new();
static INIT: Once<Arc<Task>> = Once::new();
static LAST_PID: AtomicI32 = AtomicI32::new(0);

/// A process group: its session and its processes by number.
pub(crate) struct ProcessGroup {
    pub session: i32,
    pub members: BTreeMap<i32, Arc<ThreadGroup>>,
}

/// The tree of processes.
pub(crate) struct Tree {
    pids: PidMap,
    pub groups: BTreeMap<i32, ProcessGroup>,
    /// How many process groups each session has.
    sessions: BTreeMap<i32, usize>,
    nr_tasks: usize,
}

static TREE: SpinLock<Tree> = SpinLock::new(rank::TREE, Tree::new());

/// The lock over the tree of processes (Linux: `tasklist_lock`).
pub(crate) fn tree() -> SpinGuard<'static, Tree> {
    TREE.lock()
}

impl Tree {
    const fn new() -> Self {
        Self { pids: PidMap::new(), groups: BTreeMap::new(), sessions: BTreeMap::new(), nr_tasks: 0 }
    }

    /// The next free number, cyclically; `EAGAIN` when all are taken.
    pub fn alloc_pid(&mut self) -> Result<i32, Errno> {
        let pid = self.pids.alloc(PID_MAX).ok_or(Errno::EAGAIN)?;
        if TASKS.reserve(pid as usize + 1).is_err() {
            self.pids.free(pid);
            return Err(Errno::ENOMEM);
        }
        LAST_PID.store(pid, Ordering::Relaxed);
        Ok(pid)
    }

    /// Takes a number that was asked for; `EEXIST` when something uses it.
    pub fn take_pid(&mut self, pid: i32) -> Result<i32, Errno> {
        if !self.pids.take(pid) {
            return Err(Errno::EEXIST);
        }
        if TASKS.reserve(pid as usize + 1).is_err() {
            self.pids.free(pid);
            return Err(Errno::ENOMEM);
        }
        Ok(pid)
    }

    /// Gives a number back that no task, process group or session uses any more.
    pub fn free_pid_if_unused(&mut self, pid: i32) {
        if !self.sessions.contains_key(&pid) && !self.groups.contains_key(&pid) && find_task(pid).is_none() {
            self.pids.free(pid);
        }
    }

    /// Makes a task findable under its number.
    pub fn publish(&mut self, task: &Arc<Task>) {
        let old = TASKS.set(task.pid() as usize, Some(task.clone()));
        if old.is_none() {
            self.nr_tasks += 1;
        }
    }

    /// Takes a number's task out of the table; the number itself stays taken.
    pub fn unpublish(&mut self, pid: i32) {
        if TASKS.set(pid as usize, None).is_some() {
            self.nr_tasks -= 1;
        }
    }

    /// Puts a process into a process group, which is made when it is the first.
    pub fn join_group(&mut self, process: &Arc<ThreadGroup>, pgid: i32, session: i32) {
        process.pgrp.store(pgid, Ordering::Relaxed);
        process.session.store(session, Ordering::Relaxed);
        let group = self.groups.entry(pgid).or_insert_with(|| {
            *self.sessions.entry(session).or_insert(0) += 1;
            ProcessGroup { session, members: BTreeMap::new() }
        });
        group.members.insert(process.tgid, process.clone());
    }

    /// Takes a process out of its group; an empty group's numbers become free.
    pub fn leave_group(&mut self, process: &ThreadGroup) {
        self.remove_member(process, process.pgrp.load(Ordering::Relaxed));
    }

    fn remove_member(&mut self, process: &ThreadGroup, pgid: i32) {
        let Some(group) = self.groups.get_mut(&pgid) else { return };
        group.members.remove(&process.tgid);
        if !group.members.is_empty() {
            return;
        }
        let session = group.session;
        self.groups.remove(&pgid);
        if let Some(count) = self.sessions.get_mut(&session) {
            *count -= 1;
            if *count == 0 {
                self.sessions.remove(&session);
            }
        }
        self.free_pid_if_unused(pgid);
        if session != pgid {
            self.free_pid_if_unused(session);
        }
    }

    /// Whether nobody outside of the group but in its session could continue it
    /// (POSIX: orphaned process group), `ignored` aside.
    pub fn is_orphaned(&self, pgid: i32, ignored: Option<i32>) -> bool {
        let Some(group) = self.groups.get(&pgid) else { return true };
        group.members.values().filter(|member| Some(member.tgid) != ignored).all(|member| {
            let exited = member.live.load(Ordering::Relaxed) == 0;
            let ppid = member.ppid.load(Ordering::Relaxed);
            if exited || ppid <= 1 {
                return true;
            }
            find_task(ppid).is_none_or(|parent| parent.pgrp() == pgid || parent.session() != group.session)
        })
    }

    /// Whether a member of the group is stopped.
    pub fn has_stopped(&self, pgid: i32) -> bool {
        self.groups
            .get(&pgid)
            .is_some_and(|group| group.members.values().any(|member| member.state.lock().stopped))
    }

    /// The processes of a group.
    pub fn members(&self, pgid: i32) -> Vec<Arc<ThreadGroup>> {
        self.groups.get(&pgid).map(|group| group.members.values().cloned().collect()).unwrap_or_default()
    }

    /// Whether a task, a process group or a session has this number.
    fn in_use(&self, number: i32) -> bool {
        self.sessions.contains_key(&number)
            || self.groups.contains_key(&number)
            || find_task(number).is_some()
    }

    /// How many tasks there are.
    pub fn nr_tasks(&self) -> usize {
        self.nr_tasks
    }
}

/// The task with number `pid` (a thread's or a process's).
#[inline]
pub fn find_task(pid: i32) -> Option<Arc<Task>> {
    TASKS.get(usize::try_from(pid).ok()?)
}

/// The process with number `tgid`.
pub fn find_process(tgid: i32) -> Option<Arc<ThreadGroup>> {
    let task = find_task(tgid)?;
    (task.tgid() == tgid).then(|| task.group.clone())
}

/// The first task whose number is at least `from`, for walking all of them.
pub fn next_task(from: i32) -> Option<Arc<Task>> {
    TASKS.next_from(usize::try_from(from).unwrap_or(0)).map(|(_, task)| task)
}

/// The first process (not thread) whose number is at least `from`.
pub fn next_process(from: i32) -> Option<Arc<Task>> {
    let mut pid = from;
    loop {
        let task = next_task(pid)?;
        if task.is_group_leader() {
            return Some(task);
        }
        pid = task.pid().checked_add(1)?;
    }
}

/// Calls `f` for every process's leading task.
pub fn for_each_process(mut f: impl FnMut(&Arc<Task>)) {
    let mut from = 1;
    while let Some(task) = next_process(from) {
        f(&task);
        from = task.pid() + 1;
    }
}

/// How many tasks exist (`/proc/loadavg`, sysinfo).
pub fn nr_tasks() -> usize {
    tree().nr_tasks()
}

/// The number given out last (`/proc/loadavg`).
pub fn last_pid() -> i32 {
    LAST_PID.load(Ordering::Relaxed)
}

/// Process 1, once it exists.
pub fn init_task() -> Option<&'static Arc<Task>> {
    INIT.get()
}

pub(crate) fn set_init_task(task: Arc<Task>) {
    INIT.call_once(|| task);
}

/// Whether a process group is orphaned (or doesn't exist).
pub fn is_orphaned_pgrp(pgid: i32) -> bool {
    tree().is_orphaned(pgid, None)
}

/// The session that a process group belongs to; none for a group that doesn't exist.
pub fn session_of_pgrp(pgid: i32) -> Option<i32> {
    tree().groups.get(&pgid).map(|group| group.session)
}

/// Whether a task, a process group or a session has this number.
pub fn in_use(number: i32) -> bool {
    tree().in_use(number)
}

/// Calls `f` for the leading task of every process of a group.
pub fn for_each_in_group(pgid: i32, mut f: impl FnMut(&Arc<Task>)) {
    let members = tree().members(pgid);
    members.iter().filter_map(|member| member.leader()).for_each(|task| f(&task));
}

/// Calls `f` for every process of a session.
pub fn for_each_in_session(session: i32, mut f: impl FnMut(&Arc<ThreadGroup>)) {
    let members: Vec<_> = {
        let tree = tree();
        let groups = tree.groups.values().filter(|group| group.session == session);
        groups.flat_map(|group| group.members.values().cloned()).collect()
    };
    members.iter().for_each(&mut f);
}

/// setsid(2): the new session's number; `EPERM` for a process group leader.
pub fn setsid(task: &Task) -> Result<i32, Errno> {
    let process = &task.group;
    let mut tree = tree();
    if tree.groups.contains_key(&process.tgid) {
        return Err(Errno::EPERM);
    }
    let old = process.pgrp.load(Ordering::Relaxed);
    tree.join_group(process, process.tgid, process.tgid);
    tree.remove_member(process, old);
    drop(tree);
    process.set_tty(None);
    Ok(process.tgid)
}

/// setpgid(2), for `caller`; 0 stands for the caller itself and for `pid`.
pub fn setpgid(caller: &Task, pid: i32, pgid: i32) -> Result<(), Errno> {
    let pid = if pid == 0 { caller.tgid() } else { pid };
    let pgid = if pgid == 0 { pid } else { pgid };
    if pgid < 0 {
        return Err(Errno::EINVAL);
    }
    let mut tree = tree();
    let target = find_task(pid).ok_or(Errno::ESRCH)?;
    if !target.is_group_leader() {
        return Err(Errno::EINVAL);
    }
    let process = &target.group;
    if process.ppid.load(Ordering::Relaxed) == caller.tgid() && process.tgid != caller.tgid() {
        if process.session.load(Ordering::Relaxed) != caller.session() {
            return Err(Errno::EPERM);
        }
        if process.did_exec.load(Ordering::Relaxed) {
            return Err(Errno::EACCES);
        }
    } else if process.tgid != caller.tgid() {
        return Err(Errno::ESRCH);
    }
    if target.is_session_leader() {
        return Err(Errno::EPERM);
    }
    if pgid != pid && tree.groups.get(&pgid).is_none_or(|group| group.session != caller.session()) {
        return Err(Errno::EPERM);
    }
    if process.pgrp.load(Ordering::Relaxed) != pgid {
        let old = process.pgrp.load(Ordering::Relaxed);
        // Join first: leaving must not free a number that is about to be used.
        tree.join_group(process, pgid, caller.session());
        tree.remove_member(process, old);
    }
    Ok(())
}
