//! timerfd_create(2) and its kin.

use abi::Errno;
use abi::layout::Longs;
use ipc::timerfd::{self as timer, Setting};
use mm::UserPtr;
use process::Cx;
use vfs::consts::O_CLOEXEC;

use crate::open::nofile;
use crate::signal::timespec_ns;
use crate::time::timespec_of;

/// Reads a `struct itimerspec`: interval, then value, as seconds and nanoseconds.
pub(crate) fn read_setting<T: Longs<4>>(cx: &Cx<'_>, from: UserPtr<T>) -> Result<[u64; 2], Errno> {
    let [interval_s, interval_ns, value_s, value_ns] = cx.mm().read(from)?.widen();
    Ok([timespec_ns([value_s, value_ns])?, timespec_ns([interval_s, interval_ns])?])
}

/// Writes one.
pub(crate) fn write_setting<T: Longs<4>>(
    cx: &Cx<'_>,
    to: UserPtr<T>,
    value_ns: u64,
    interval_ns: u64,
) -> Result<(), Errno> {
    let spec = |ns: u64| timespec_of(i64::try_from(ns).unwrap_or(i64::MAX));
    let ([value_s, value_ns], [interval_s, interval_ns]) = (spec(value_ns), spec(interval_ns));
    cx.mm().write(to, &T::narrow([interval_s, interval_ns, value_s, value_ns]))
}

/// timerfd_create(2).
pub fn timerfd_create(cx: &mut Cx<'_>, clock: i32, flags: i32) -> Result<usize, Errno> {
    let file = timer::create(clock, flags as u32, cx.cred())?;
    cx.files().add(file, flags as u32 & O_CLOEXEC != 0, nofile(cx)).map(|fd| fd as usize)
}

/// timerfd_settime(2).
pub fn timerfd_settime<T: Longs<4>>(
    cx: &mut Cx<'_>,
    fd: i32,
    flags: i32,
    new: UserPtr<T>,
    old: UserPtr<T>,
) -> Result<usize, Errno> {
    let [value_ns, interval_ns] = read_setting(cx, new)?;
    let flags = flags as u32;
    if flags & !(timer::ABSTIME | timer::CANCEL_ON_SET) != 0 {
        return Err(Errno::EINVAL);
    }
    let file = cx.files().get(fd)?;
    let before = timer::set(&file, flags, Setting { value_ns, interval_ns })?;
    if let Some(old) = old.non_null() {
        write_setting(cx, old, before.value_ns, before.interval_ns)?;
    }
    Ok(0)
}

/// timerfd_gettime(2).
pub fn timerfd_gettime<T: Longs<4>>(cx: &mut Cx<'_>, fd: i32, to: UserPtr<T>) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let now = timer::get(&file)?;
    write_setting(cx, to, now.value_ns, now.interval_ns).map(|()| 0)
}
