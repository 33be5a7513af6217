//! Nice values: getpriority(2), setpriority(2).

use ::sched::SchedAttr;
use abi::Errno;
use alloc::sync::Arc;
use process::{Cx, Task, for_each_process};
use vfs::cred::CAP_SYS_NICE;

use crate::sched::{nice_allowed, target, thread_ref};

/// Whose nice value getpriority and setpriority are about.
#[derive(Clone, Copy)]
enum Whose {
    Thread(i32),
    Group(i32),
    User(u32),
}

impl Whose {
    fn new(cx: &Cx<'_>, which: i32, who: i32) -> Result<Whose, Errno> {
        match which {
            0 => Ok(Whose::Thread(who)),
            1 => Ok(Whose::Group(if who == 0 { cx.task.pgrp() } else { who })),
            2 => Ok(Whose::User(if who == 0 { cx.cred().uid } else { who as u32 })),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Calls `visit` for each thread that is meant.
    fn for_each(self, cx: &Cx<'_>, mut visit: impl FnMut(&Arc<Task>)) {
        if let Whose::Thread(pid) = self {
            if let Ok(task) = target(cx, pid) {
                visit(&task);
            }
            return;
        }
        for_each_process(|leader| {
            let whole_process = match self {
                Whose::Group(pgrp) => leader.pgrp() == pgrp,
                _ => true,
            };
            if !whole_process {
                return;
            }
            for task in leader.group.threads() {
                let meant = match self {
                    Whose::User(uid) => task.cred().uid == uid && !task.is_kthread(),
                    _ => true,
                };
                if meant {
                    visit(&task);
                }
            }
        });
    }
}

/// getpriority(2): the best nice value found, as 20 minus nice, so that it is never negative.
pub fn getpriority(cx: &mut Cx<'_>, which: i32, who: i32) -> Result<usize, Errno> {
    let whose = Whose::new(cx, which, who)?;
    let mut best = None;
    whose.for_each(cx, |task| best = best.max(Some(20 - task.thread.nice())));
    best.map(|value| value as usize).ok_or(Errno::ESRCH)
}

/// setpriority(2): `EPERM` for threads of others, `EACCES` for a better value than RLIMIT_NICE allows.
pub fn setpriority(cx: &mut Cx<'_>, which: i32, who: i32, niceval: i32) -> Result<usize, Errno> {
    let whose = Whose::new(cx, which, who)?;
    let nice = niceval.clamp(-20, 19);
    let mut result = Err(Errno::ESRCH);
    whose.for_each(cx, |task| match set_nice(cx, task, nice) {
        Ok(()) if result == Err(Errno::ESRCH) => result = Ok(0),
        Ok(()) => {}
        Err(errno) => result = Err(errno),
    });
    ::sched::cond_resched();
    result
}

/// nice(2) of 32-bit programs: `EPERM` where setpriority(2) has EACCES. The result is 0: the C library looks the value up.
pub fn nice(cx: &mut Cx<'_>, increment: i32) -> Result<usize, Errno> {
    let task = cx.task_arc();
    let attr = task.thread.sched_attr();
    let nice = (attr.nice + increment.clamp(-40, 40)).clamp(-20, 19);
    if increment < 0 && !cx.cred().capable(CAP_SYS_NICE) && !nice_allowed(&task, nice) {
        return Err(Errno::EPERM);
    }
    ::sched::change_attr(&thread_ref(&task), SchedAttr { nice, ..attr });
    Ok(0)
}

fn set_nice(cx: &Cx<'_>, task: &Arc<Task>, nice: i32) -> Result<(), Errno> {
    let (mine, theirs) = (cx.cred(), task.cred());
    let privileged = mine.capable(CAP_SYS_NICE);
    if theirs.uid != mine.euid && theirs.euid != mine.euid && !privileged {
        return Err(Errno::EPERM);
    }
    let attr = task.thread.sched_attr();
    if nice < attr.nice && !privileged && !nice_allowed(task, nice) {
        return Err(Errno::EACCES);
    }
    ::sched::change_attr(&thread_ref(task), SchedAttr { nice, ..attr });
    Ok(())
}
