//! Scheduling: who runs where, and how often.

use ::sched::policy::rr_timeslice_ns;
use ::sched::{Policy, SchedAttr, TICK_NS, ThreadRef};
use abi::Errno;
use abi::layout::{Longs, Word};
use alloc::sync::Arc;
use mm::UserPtr;
use process::rlimit::{RLIMIT_NICE, RLIMIT_RTPRIO};
use process::{Cx, Task, find_task};
use vfs::cred::CAP_SYS_NICE;

use crate::time::timespec_of;

/// In a policy argument: children do not inherit it.
const RESET_ON_FORK: i32 = 0x4000_0000;
/// The largest real-time priority.
pub(crate) const RT_PRIORITY_MAX: i32 = 99;

/// sched_yield(2).
#[inline]
pub fn sched_yield(_cx: &mut Cx<'_>) -> Result<usize, Errno> {
    ::sched::yield_now();
    Ok(0)
}

/// getcpu(2): processor and memory node (there is one). The third argument has been unused since Linux 2.6.24.
pub fn getcpu(
    cx: &mut Cx<'_>,
    cpup: UserPtr<u32>,
    nodep: UserPtr<u32>,
    _unused: UserPtr<u8>,
) -> Result<usize, Errno> {
    let cpu = sync::cpu::id() as u32;
    // Both are tried; either bad pointer is EFAULT.
    let first = cpup.non_null().map_or(Ok(()), |cpup| cx.mm().write(cpup, &cpu));
    let second = nodep.non_null().map_or(Ok(()), |nodep| cx.mm().write(nodep, &0));
    first.and(second).map(|()| 0)
}

/// The thread with number `pid`, or the caller's for 0.
pub(crate) fn target(cx: &Cx<'_>, pid: i32) -> Result<Arc<Task>, Errno> {
    match pid {
        0 => Ok(cx.task_arc()),
        1.. => find_task(pid).ok_or(Errno::ESRCH),
        _ => Err(Errno::ESRCH),
    }
}

pub(crate) fn thread_ref(task: &Arc<Task>) -> ThreadRef {
    Arc::<Task>::clone(task)
}

/// Whether the caller owns the thread: its effective user is the thread's real or effective one.
pub(crate) fn same_owner(cx: &Cx<'_>, task: &Task) -> bool {
    let (mine, theirs) = (cx.cred(), task.cred());
    mine.euid == theirs.euid || mine.euid == theirs.uid
}

/// Bytes of a set of all processors, as the kernel keeps it: whole words.
fn mask_size() -> usize {
    hal::cpu::count().div_ceil(64) as usize * 8
}

/// sched_getaffinity(2): the result is the number of bytes written.
pub fn sched_getaffinity<W: Word>(
    cx: &mut Cx<'_>,
    pid: i32,
    len: u32,
    user_mask_ptr: UserPtr<W>,
) -> Result<usize, Errno> {
    let len = len as usize;
    if len.saturating_mul(8) < hal::cpu::count() as usize || !len.is_multiple_of(size_of::<W>()) {
        return Err(Errno::EINVAL);
    }
    let task = target(cx, pid)?;
    let count = hal::cpu::count() as u32;
    let existing = if count >= 64 { u64::MAX } else { (1 << count) - 1 };
    let bytes = (task.thread.affinity() & existing).to_le_bytes();
    let len = len.min(mask_size());
    cx.mm().write_bytes(user_mask_ptr.addr(), bytes.get(..len).unwrap_or(&bytes))?;
    Ok(len)
}

/// sched_setaffinity(2).
pub fn sched_setaffinity<W: Word>(
    cx: &mut Cx<'_>,
    pid: i32,
    len: u32,
    user_mask_ptr: UserPtr<W>,
) -> Result<usize, Errno> {
    let mut bytes = [0; 8];
    let given = (len as usize).min(bytes.len());
    cx.mm().read_bytes(user_mask_ptr.addr(), bytes.get_mut(..given).unwrap_or(&mut []))?;
    let mask = u64::from_le_bytes(bytes);
    let task = target(cx, pid)?;
    if !same_owner(cx, &task) && !cx.cred().capable(CAP_SYS_NICE) {
        return Err(Errno::EPERM);
    }
    if !::sched::set_affinity(&thread_ref(&task), mask) {
        return Err(Errno::EINVAL);
    }
    // The caller itself moves before it returns.
    ::sched::cond_resched();
    Ok(0)
}

/// sched_setscheduler(2).
pub fn sched_setscheduler(
    cx: &mut Cx<'_>,
    pid: i32,
    policy: i32,
    param: UserPtr<i32>,
) -> Result<usize, Errno> {
    if policy < 0 {
        return Err(Errno::EINVAL);
    }
    set_policy(cx, pid, Some(policy), param)
}

/// sched_setparam(2).
pub fn sched_setparam(cx: &mut Cx<'_>, pid: i32, param: UserPtr<i32>) -> Result<usize, Errno> {
    set_policy(cx, pid, None, param)
}

fn set_policy(cx: &mut Cx<'_>, pid: i32, policy: Option<i32>, param: UserPtr<i32>) -> Result<usize, Errno> {
    if param.is_null() || pid < 0 {
        return Err(Errno::EINVAL);
    }
    let priority = cx.mm().read(param)?;
    let task = target(cx, pid)?;
    let old = task.thread.sched_attr();
    let (policy, reset_on_fork) = match policy {
        Some(raw) => {
            let number = (raw & !RESET_ON_FORK) as u32;
            (Policy::from_raw(number).ok_or(Errno::EINVAL)?, raw & RESET_ON_FORK != 0)
        }
        None => (old.policy, old.reset_on_fork),
    };
    let valid = if policy.is_realtime() { 1..=RT_PRIORITY_MAX } else { 0..=0 };
    if !valid.contains(&priority) {
        return Err(Errno::EINVAL);
    }
    let new = SchedAttr { policy, nice: old.nice, rt_priority: priority as u32, reset_on_fork };
    if !cx.cred().capable(CAP_SYS_NICE) {
        may_change(cx, &task, old, new)?;
    }
    apply(&task, new);
    Ok(0)
}

pub(crate) fn apply(task: &Arc<Task>, new: SchedAttr) {
    ::sched::change_attr(&thread_ref(task), new);
    if new.policy.is_realtime() {
        task.group.watch_rt_limit();
    }
    ::sched::cond_resched();
}

/// What a caller without CAP_SYS_NICE may change (sched(7), "Privileges and resource limits").
pub(crate) fn may_change(cx: &Cx<'_>, task: &Task, old: SchedAttr, new: SchedAttr) -> Result<(), Errno> {
    let limits = task.group.limits();
    if new.policy.is_realtime() {
        let limit = limits.soft(RLIMIT_RTPRIO).unwrap_or(0);
        let raises = new.rt_priority > old.rt_priority && u64::from(new.rt_priority) > limit;
        if (new.policy != old.policy && limit == 0) || raises {
            return Err(Errno::EPERM);
        }
    }
    if old.policy == Policy::Idle && new.policy != Policy::Idle && !nice_allowed(task, old.nice) {
        return Err(Errno::EPERM);
    }
    if !same_owner(cx, task) || (old.reset_on_fork && !new.reset_on_fork) {
        return Err(Errno::EPERM);
    }
    Ok(())
}

/// Whether RLIMIT_NICE lets a thread have this nice value.
pub(crate) fn nice_allowed(task: &Task, nice: i32) -> bool {
    (20 - nice) as u64 <= task.group.limits().soft(RLIMIT_NICE).unwrap_or(0)
}

/// sched_getscheduler(2).
pub fn sched_getscheduler(cx: &mut Cx<'_>, pid: i32) -> Result<usize, Errno> {
    let attr = attr_of(cx, pid)?;
    let reset = if attr.reset_on_fork { RESET_ON_FORK } else { 0 };
    Ok((attr.policy as i32 | reset) as usize)
}

/// sched_getparam(2).
pub fn sched_getparam(cx: &mut Cx<'_>, pid: i32, param: UserPtr<i32>) -> Result<usize, Errno> {
    if param.is_null() {
        return Err(Errno::EINVAL);
    }
    let attr = attr_of(cx, pid)?;
    cx.mm().write(param, &(attr.rt_priority as i32))?;
    Ok(0)
}

pub(crate) fn attr_of(cx: &Cx<'_>, pid: i32) -> Result<SchedAttr, Errno> {
    if pid < 0 {
        return Err(Errno::EINVAL);
    }
    Ok(target(cx, pid)?.thread.sched_attr())
}

/// sched_get_priority_max(2). SCHED_DEADLINE and SCHED_EXT are known numbers even where they can't be used.
pub fn sched_get_priority_max(_cx: &mut Cx<'_>, policy: i32) -> Result<usize, Errno> {
    match policy {
        1 | 2 => Ok(RT_PRIORITY_MAX as usize),
        0 | 3 | 5 | 6 | 7 => Ok(0),
        _ => Err(Errno::EINVAL),
    }
}

/// sched_get_priority_min(2).
pub fn sched_get_priority_min(_cx: &mut Cx<'_>, policy: i32) -> Result<usize, Errno> {
    match policy {
        1 | 2 => Ok(1),
        0 | 3 | 5 | 6 | 7 => Ok(0),
        _ => Err(Errno::EINVAL),
    }
}

/// sched_rr_get_interval(2): SCHED_FIFO has no slice (0); fair threads' is given in whole ticks.
pub fn sched_rr_get_interval<T: Longs<2>>(
    cx: &mut Cx<'_>,
    pid: i32,
    interval: UserPtr<T>,
) -> Result<usize, Errno> {
    let slice_ns = match attr_of(cx, pid)?.policy {
        Policy::Fifo => 0,
        Policy::RoundRobin => rr_timeslice_ns(),
        Policy::Normal | Policy::Batch | Policy::Idle => TICK_NS,
    };
    cx.mm().write(interval, &T::narrow(timespec_of(slice_ns as i64)))?;
    Ok(0)
}
