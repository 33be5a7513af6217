//! Priorities of input and output: ioprio_set(2), ioprio_get(2).

use abi::Errno;
use abi::capability::{CAP_SYS_ADMIN, CAP_SYS_NICE};
use alloc::sync::Arc;
use process::ioprio::{IoPrio, class};
use process::{Cx, Task, find_task, for_each_process};

const WHO_PROCESS: i32 = 1;
const WHO_PGRP: i32 = 2;
const WHO_USER: i32 = 3;
const CLASS_RT: u32 = 1;
const CLASS_IDLE: u32 = 3;
const LEVEL: u32 = 7;

/// Calls `visit` for each thread that is meant until one is refused. ESRCH if there is none.
fn for_each(
    cx: &Cx<'_>,
    which: i32,
    who: i32,
    mut visit: impl FnMut(&Task) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let mut result = Err(Errno::ESRCH);
    let mut each = |task: &Task| {
        if matches!(result, Ok(()) | Err(Errno::ESRCH)) {
            result = visit(task);
        }
    };
    match which {
        WHO_PROCESS if who == 0 => each(cx.task),
        WHO_PROCESS => {
            let task = find_task(who).ok_or(Errno::ESRCH)?;
            each(&task);
        }
        WHO_PGRP | WHO_USER => for_each_process(|leader: &Arc<Task>| {
            let pgrp = if who == 0 { cx.task.pgrp() } else { who };
            if which == WHO_PGRP && leader.pgrp() != pgrp {
                return;
            }
            for task in leader.group.threads() {
                if which == WHO_PGRP || task.cred().uid == who as u32 && !task.is_kthread() {
                    each(&task);
                }
            }
        }),
        _ => return Err(Errno::EINVAL),
    }
    result
}

/// ioprio_set(2).
pub fn ioprio_set(cx: &mut Cx<'_>, which: i32, who: i32, ioprio: i32) -> Result<usize, Errno> {
    let prio = ioprio as u32;
    match class(prio) {
        CLASS_RT if !cx.cred().capable(CAP_SYS_ADMIN) && !cx.cred().capable(CAP_SYS_NICE) => {
            return Err(Errno::EPERM);
        }
        0 if prio & LEVEL != 0 => return Err(Errno::EINVAL),
        0..=CLASS_IDLE => {}
        _ => return Err(Errno::EINVAL),
    }
    for_each(cx, which, who, |task| {
        let (mine, theirs) = (cx.cred(), task.cred());
        let same = theirs.uid == mine.euid || theirs.uid == mine.uid;
        if !same && !mine.capable(CAP_SYS_NICE) {
            return Err(Errno::EPERM);
        }
        task.set_io_prio(prio & 0xffff);
        Ok(())
    })?;
    Ok(0)
}

/// ioprio_get(2): of one thread what was set; of several the best that counts.
pub fn ioprio_get(cx: &mut Cx<'_>, which: i32, who: i32) -> Result<usize, Errno> {
    let mut best: Option<IoPrio> = None;
    for_each(cx, which, who, |task| {
        let prio = match which {
            WHO_PROCESS => task.io_prio_set().unwrap_or(0),
            _ => task.io_prio(),
        };
        best = Some(best.map_or(prio, |best| best.min(prio)));
        Ok(())
    })?;
    Ok(best.unwrap_or(0) as usize)
}
