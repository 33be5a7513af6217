//! Interval timers: setitimer(2), getitimer(2), alarm(2).

use abi::Errno;
use abi::layout::Longs;
use mm::UserPtr;
use process::Cx;
use process::itimer::{Setting, Which};
use sched::NSEC_PER_SEC;

/// `struct itimerval`: interval seconds and microseconds, value seconds and microseconds.
type RawItimerval = [i64; 4];

fn to_ns(seconds: i64, microseconds: i64) -> Result<u64, Errno> {
    if seconds < 0 || !(0..1_000_000).contains(&microseconds) {
        return Err(Errno::EINVAL);
    }
    Ok((seconds as u64).saturating_mul(NSEC_PER_SEC).saturating_add(microseconds as u64 * 1000))
}

fn to_raw(setting: Setting) -> RawItimerval {
    let split = |ns: u64| [(ns / NSEC_PER_SEC) as i64, (ns % NSEC_PER_SEC / 1000) as i64];
    let ([is, iu], [vs, vu]) = (split(setting.interval_ns), split(setting.value_ns));
    [is, iu, vs, vu]
}

/// getitimer(2).
pub fn getitimer<T: Longs<4>>(cx: &mut Cx<'_>, which: i32, value: UserPtr<T>) -> Result<usize, Errno> {
    let which = Which::from_raw(which).ok_or(Errno::EINVAL)?;
    let setting = cx.task.group.itimer(which);
    cx.mm().write(value, &T::narrow(to_raw(setting)))?;
    Ok(0)
}

/// setitimer(2). A null new value switches the timer off, as Linux has it.
pub fn setitimer<T: Longs<4>>(
    cx: &mut Cx<'_>,
    which: i32,
    value: UserPtr<T>,
    ovalue: UserPtr<T>,
) -> Result<usize, Errno> {
    let new = match value.non_null() {
        Some(value) => {
            let [is, iu, vs, vu] = cx.mm().read(value)?.widen();
            Setting { value_ns: to_ns(vs, vu)?, interval_ns: to_ns(is, iu)? }
        }
        None => Setting::default(),
    };
    let which = Which::from_raw(which).ok_or(Errno::EINVAL)?;
    let old = cx.task.group.set_itimer(which, new);
    if let Some(ovalue) = ovalue.non_null() {
        cx.mm().write(ovalue, &T::narrow(to_raw(old)))?;
    }
    Ok(0)
}

/// alarm(2): the result is what was left of the alarm before, in seconds, never 0 if there was one.
pub fn alarm(cx: &mut Cx<'_>, seconds: u32) -> Result<usize, Errno> {
    let new = Setting { value_ns: u64::from(seconds) * NSEC_PER_SEC, interval_ns: 0 };
    let old = cx.task.group.set_itimer(Which::Real, new).value_ns;
    Ok(rounded_seconds(old) as usize)
}

fn rounded_seconds(ns: u64) -> u64 {
    let (seconds, rest) = (ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
    seconds + u64::from((seconds == 0 && rest != 0) || rest >= NSEC_PER_SEC / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_round_to_seconds() {
        assert_eq!(rounded_seconds(0), 0);
        assert_eq!(rounded_seconds(1), 1);
        assert_eq!(rounded_seconds(1_400_000_000), 1);
        assert_eq!(rounded_seconds(1_500_000_000), 2);
    }

    #[test]
    fn intervals_convert() {
        assert_eq!(to_ns(-1, 0), Err(Errno::EINVAL));
        assert_eq!(to_ns(0, 1_000_000), Err(Errno::EINVAL));
        let setting = Setting { value_ns: to_ns(2, 5).unwrap_or(0), interval_ns: 7_000 };
        assert_eq!(to_raw(setting), [0, 7, 2, 5]);
    }
}
