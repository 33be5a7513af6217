//! All of a thread's scheduling at once: sched_getattr(2), sched_setattr(2).

use ::sched::{Policy, SchedAttr};
use abi::Errno;
use mm::UserPtr;
use process::Cx;
use vfs::cred::CAP_SYS_NICE;

use crate::sched::{RT_PRIORITY_MAX, apply, attr_of, may_change, nice_allowed, target};

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
