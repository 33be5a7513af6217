//! Steering the wall clock: adjtimex(2), clock_adjtime(2). It can be read, set off and told its distance to
//! TAI; its rate is not steered.

use abi::Errno;
use mm::UserPtr;
use process::Cx;
use sched::{NSEC_PER_SEC, clock};
use vfs::cred::CAP_SYS_TIME;

use crate::time::Clock;

/// `struct timex`, in words; names of the words below.
type RawTimex = [i64; 26];

const MODES: usize = 0;
const MAXERROR: usize = 3;
const ESTERROR: usize = 4;
const STATUS: usize = 5;
const CONSTANT: usize = 6;
const PRECISION: usize = 7;
const TOLERANCE: usize = 8;
const SECONDS: usize = 9;
const SUBSECONDS: usize = 10;
const TICK: usize = 11;
const TAI: usize = 20;

const ADJ_TAI: u32 = 0x80;
const ADJ_SETOFFSET: u32 = 0x100;
const ADJ_NANO: u32 = 0x2000;
/// The clock is not synchronised, and so the result is TIME_ERROR.
const STA_UNSYNC: i64 = 0x40;
const TIME_ERROR: usize = 5;
/// 16 s: what an unsynchronised clock may be wrong by, in microseconds.
const UNKNOWN_ERROR_US: i64 = 16_000_000;

/// adjtimex(2).
pub fn adjtimex(cx: &mut Cx<'_>, timex: UserPtr<RawTimex>) -> Result<usize, Errno> {
    let mut words: RawTimex = cx.mm().read(timex)?;
    let state = adjust(cx, &mut words)?;
    cx.mm().write(timex, &words)?;
    Ok(state)
}

/// clock_adjtime(2): only CLOCK_REALTIME can be adjusted.
pub fn clock_adjtime(cx: &mut Cx<'_>, which: i32, timex: UserPtr<RawTimex>) -> Result<usize, Errno> {
    let mut words: RawTimex = cx.mm().read(timex)?;
    if Clock::from_raw(which)? != Clock::Realtime {
        return Err(Errno::EOPNOTSUPP);
    }
    let state = adjust(cx, &mut words)?;
    cx.mm().write(timex, &words)?;
    Ok(state)
}

fn adjust(cx: &Cx<'_>, words: &mut RawTimex) -> Result<usize, Errno> {
    let modes = words[MODES] as u32;
    if modes != 0 && !cx.cred().capable(CAP_SYS_TIME) {
        return Err(Errno::EPERM);
    }
    if modes & !(ADJ_TAI | ADJ_SETOFFSET | ADJ_NANO) != 0 {
        return Err(Errno::EINVAL);
    }
    if modes & ADJ_SETOFFSET != 0 {
        let unit = if modes & ADJ_NANO != 0 { 1 } else { 1000 };
        let limit = NSEC_PER_SEC as i64 / unit;
        if !(0..limit).contains(&words[SUBSECONDS]) {
            return Err(Errno::EINVAL);
        }
        let offset = words[SECONDS].checked_mul(NSEC_PER_SEC as i64).ok_or(Errno::EINVAL)?;
        let offset = offset.checked_add(words[SUBSECONDS] * unit).ok_or(Errno::EINVAL)?;
        let now = clock::realtime_ns().checked_add(offset).filter(|now| *now >= 0).ok_or(Errno::EINVAL)?;
        clock::set_realtime_ns(now);
    }
    if modes & ADJ_TAI != 0 && words[CONSTANT] >= 0 {
        clock::set_tai_offset(i32::try_from(words[CONSTANT]).map_err(|_| Errno::EINVAL)?);
    }
    let now = clock::realtime_ns();
    let mut answer: RawTimex = [0; 26];
    answer[MODES] = i64::from(modes);
    (answer[MAXERROR], answer[ESTERROR]) = (UNKNOWN_ERROR_US, UNKNOWN_ERROR_US);
    (answer[STATUS], answer[CONSTANT], answer[PRECISION]) = (STA_UNSYNC, 2, 1);
    // 500 parts in a million, with 16 bits behind the point.
    answer[TOLERANCE] = 500 << 16;
    answer[SECONDS] = now.div_euclid(NSEC_PER_SEC as i64);
    answer[SUBSECONDS] = now.rem_euclid(NSEC_PER_SEC as i64) / 1000;
    answer[TICK] = 10_000;
    answer[TAI] = i64::from(clock::tai_offset());
    *words = answer;
    Ok(TIME_ERROR)
}
