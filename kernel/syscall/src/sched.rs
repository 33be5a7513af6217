//! Scheduling: who runs where, and how often.

use ::sched::policy::rr_timeslice_ns;
use ::sched::{Policy, SchedAttr, TICK_NS, ThreadRef};
use abi::Errno;
use alloc::sync::Arc;
use mm::UserPtr;
use process::rlimit::{RLIMIT_NICE, RLIMIT_RTPRIO};
use process::{Cx, Task, find_task, for_each_process};
use vfs::cred::CAP_SYS_NICE;

use crate::time::{RawTimespec, timespec_of};

/// In a policy argument: children do not inherit it.
const RESET_ON_FORK: i32 = 0x4000_0000;
/// The largest real-time priority.
const RT_PRIORITY_MAX: i32 = 99;

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
fn target(cx: &Cx<'_>, pid: i32) -> Result<Arc<Task>, Errno> {
    match pid {
        0 => Ok(cx.task_arc()),
        1.. => find_task(pid).ok_or(Errno::ESRCH),
        _ => Err(Errno::ESRCH),
    }
}

fn thread_ref(task: &Arc<Task>) -> ThreadRef {
    Arc::<Task>::clone(task)
}

/// Whether the caller owns the thread: its effective user is the thread's real or effective one.
fn same_owner(cx: &Cx<'_>, task: &Task) -> bool {
    let (mine, theirs) = (cx.cred(), task.cred());
    mine.euid == theirs.euid || mine.euid == theirs.uid
}

/// Bytes of a set of all processors: whole words.
fn mask_size() -> usize {
    hal::cpu::count().div_ceil(64) as usize * 8
}

/// sched_getaffinity(2): the result is the number of bytes written.
pub fn sched_getaffinity(
    cx: &mut Cx<'_>,
    pid: i32,
    len: u32,
    user_mask_ptr: UserPtr<u64>,
) -> Result<usize, Errno> {
    let len = len as usize;
    if len.saturating_mul(8) < hal::cpu::count() as usize || !len.is_multiple_of(8) {
        return Err(Errno::EINVAL);
    }
    let task = target(cx, pid)?;
    let count = hal::cpu::count() as u32;
    let existing = if count >= 64 { u64::MAX } else { (1 << count) - 1 };
    cx.mm().write(user_mask_ptr, &(task.thread.affinity() & existing))?;
    Ok(len.min(mask_size()))
}

/// sched_setaffinity(2).
pub fn sched_setaffinity(
    cx: &mut Cx<'_>,
    pid: i32,
    len: u32,
    user_mask_ptr: UserPtr<u64>,
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

fn apply(task: &Arc<Task>, new: SchedAttr) {
    ::sched::change_attr(&thread_ref(task), new);
    if new.policy.is_realtime() {
        task.group.watch_rt_limit();
    }
    ::sched::cond_resched();
}

/// What a caller without CAP_SYS_NICE may change (sched(7), "Privileges and resource limits").
fn may_change(cx: &Cx<'_>, task: &Task, old: SchedAttr, new: SchedAttr) -> Result<(), Errno> {
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
fn nice_allowed(task: &Task, nice: i32) -> bool {
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

fn attr_of(cx: &Cx<'_>, pid: i32) -> Result<SchedAttr, Errno> {
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
pub fn sched_rr_get_interval(
    cx: &mut Cx<'_>,
    pid: i32,
    interval: UserPtr<RawTimespec>,
) -> Result<usize, Errno> {
    let slice_ns = match attr_of(cx, pid)?.policy {
        Policy::Fifo => 0,
        Policy::RoundRobin => rr_timeslice_ns(),
        Policy::Normal | Policy::Batch | Policy::Idle => TICK_NS,
    };
    cx.mm().write(interval, &timespec_of(slice_ns as i64))?;
    Ok(0)
}

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

/// `struct sched_attr` as of Linux 5.3: size and policy, flags, nice and priority, deadlines, clamps.
pub type RawAttr = [u64; 7];

/// Bytes of the structure's first version.
const ATTR_SIZE_VER0: u32 = 48;
const FLAG_RESET_ON_FORK: u64 = 1;
/// Two that matter to SCHED_DEADLINE only.
const FLAG_RECLAIM: u64 = 2;
const FLAG_DL_OVERRUN: u64 = 4;
const FLAG_KEEP_POLICY: u64 = 8;
const FLAG_KEEP_PARAMS: u64 = 0x10;
const FLAG_UTIL_CLAMP: u64 = 0x60;
const SCHED_DEADLINE: u32 = 6;

/// sched_getattr(2).
pub fn sched_getattr(
    cx: &mut Cx<'_>,
    pid: i32,
    to: UserPtr<RawAttr>,
    size: u32,
    flags: u32,
) -> Result<usize, Errno> {
    let known = size_of::<RawAttr>() as u32;
    if to.is_null() || pid < 0 || !(ATTR_SIZE_VER0..=4096).contains(&size) || flags != 0 {
        return Err(Errno::EINVAL);
    }
    let attr = attr_of(cx, pid)?;
    let given = size.min(known);
    let nice = if attr.policy.is_realtime() { 0 } else { attr.nice as u32 };
    let raw: RawAttr = [
        u64::from(given) | u64::from(attr.policy as u32) << 32,
        if attr.reset_on_fork { FLAG_RESET_ON_FORK } else { 0 },
        u64::from(nice) | u64::from(attr.rt_priority) << 32,
        0,
        0,
        0,
        // No clamp: from 0 to all of a processor's capacity.
        1024 << 32,
    ];
    let bytes = zerocopy::IntoBytes::as_bytes(&raw);
    cx.mm().write_bytes(to.addr(), bytes.get(..given as usize).unwrap_or(bytes))?;
    Ok(0)
}

/// sched_setattr(2). No time can be reserved for deadlines (`EBUSY`), and there are no clamps (`EOPNOTSUPP`).
pub fn sched_setattr(cx: &mut Cx<'_>, pid: i32, from: UserPtr<RawAttr>, flags: u32) -> Result<usize, Errno> {
    if from.is_null() || pid < 0 || flags != 0 {
        return Err(Errno::EINVAL);
    }
    let raw = read_attr(cx, from)?;
    let (number, bits) = ((raw[0] >> 32) as u32, raw[1]);
    let (nice, priority) = ((raw[2] as i32).clamp(-20, 19), (raw[2] >> 32) as u32);
    const KNOWN: u64 = FLAG_RESET_ON_FORK
        | FLAG_RECLAIM
        | FLAG_DL_OVERRUN
        | FLAG_KEEP_POLICY
        | FLAG_KEEP_PARAMS
        | FLAG_UTIL_CLAMP;
    let short = (raw[0] as u32) < size_of::<RawAttr>() as u32;
    if number as i32 <= -1 || bits & FLAG_UTIL_CLAMP != 0 && short {
        return Err(Errno::EINVAL);
    }
    let task = target(cx, pid)?;
    if bits & !KNOWN != 0 {
        return Err(Errno::EINVAL);
    }
    if number == SCHED_DEADLINE && bits & FLAG_KEEP_POLICY == 0 {
        return Err(refuse_deadline(cx, &raw));
    }
    if bits & FLAG_UTIL_CLAMP != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    let old = task.thread.sched_attr();
    let keep = |flag: u64| bits & flag != 0;
    let policy = match keep(FLAG_KEEP_POLICY) {
        true => old.policy,
        false => Policy::from_raw(number).ok_or(Errno::EINVAL)?,
    };
    let (nice, rt_priority) = match keep(FLAG_KEEP_PARAMS) {
        true => (old.nice, old.rt_priority),
        false if policy.is_realtime() => (old.nice, priority),
        false => (nice, priority),
    };
    let valid = if policy.is_realtime() { 1..=RT_PRIORITY_MAX as u32 } else { 0..=0 };
    if !valid.contains(&rt_priority) {
        return Err(Errno::EINVAL);
    }
    let new = SchedAttr { policy, nice, rt_priority, reset_on_fork: keep(FLAG_RESET_ON_FORK) };
    if !cx.cred().capable(CAP_SYS_NICE) {
        may_change(cx, &task, old, new)?;
        if !policy.is_realtime() && nice < old.nice && !nice_allowed(&task, nice) {
            return Err(Errno::EPERM);
        }
    }
    apply(&task, new);
    Ok(0)
}

/// Why SCHED_DEADLINE can't be had: parameters that make no sense (sched(7)), no right to it, or no time that could be
/// reserved.
fn refuse_deadline(cx: &Cx<'_>, raw: &RawAttr) -> Errno {
    const MIN_RUNTIME_NS: u64 = 1024;
    const PERIODS_NS: core::ops::RangeInclusive<u64> = 100_000..=4_194_304_000;
    let [.., runtime, deadline, given, _] = *raw;
    let period = if given == 0 { deadline } else { given };
    let sense = (1..=i64::MAX as u64).contains(&deadline)
        && runtime >= MIN_RUNTIME_NS
        && runtime <= deadline
        && deadline <= period
        && PERIODS_NS.contains(&period);
    if !sense || (raw[2] >> 32) as u32 != 0 {
        Errno::EINVAL
    } else if !cx.cred().capable(CAP_SYS_NICE) {
        Errno::EPERM
    } else {
        Errno::EBUSY
    }
}

/// The structure says itself how long it is; where that can't be, it is told what would be right (E2BIG).
fn read_attr(cx: &Cx<'_>, from: UserPtr<RawAttr>) -> Result<RawAttr, Errno> {
    let size: u32 = cx.mm().read(from.cast())?;
    let size = if size == 0 { ATTR_SIZE_VER0 } else { size };
    let refused = || {
        cx.mm().write(from.cast(), &(size_of::<RawAttr>() as u32))?;
        Err(Errno::E2BIG)
    };
    if !(ATTR_SIZE_VER0..=4096).contains(&size) {
        return refused();
    }
    match crate::extensible::read(cx, from, size as usize, ATTR_SIZE_VER0 as usize) {
        Err(Errno::E2BIG) => refused(),
        read => read,
    }
}
