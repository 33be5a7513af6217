//! Steering the clock: adjtimex(2), clock_adjtime(2). The algorithm stands in `sched::ntp`.

use abi::Errno;
use abi::layout::{TIMEX_MEMBERS, Timex};
use mm::UserPtr;
use process::Cx;
use sched::ntp::{self, Ntp, status};
use sched::{NSEC_PER_SEC, clock};
use vfs::cred::CAP_SYS_TIME;

use crate::time::Clock;

/// The members of `struct timex`; their places below.
type RawTimex = [i64; TIMEX_MEMBERS];

const MODES: usize = 0;
const OFFSET: usize = 1;
const FREQ: usize = 2;
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
/// What else Linux writes, as zero: the pulses of a reference clock. `shift` is an int.
const PPS: [usize; 8] = [12, 13, 14, 15, 16, 17, 18, 19];

const ADJ_OFFSET: u32 = 0x1;
const ADJ_FREQUENCY: u32 = 0x2;
const ADJ_MAXERROR: u32 = 0x4;
const ADJ_ESTERROR: u32 = 0x8;
const ADJ_STATUS: u32 = 0x10;
const ADJ_TIMECONST: u32 = 0x20;
const ADJ_TAI: u32 = 0x80;
const ADJ_SETOFFSET: u32 = 0x100;
const ADJ_MICRO: u32 = 0x1000;
const ADJ_NANO: u32 = 0x2000;
const ADJ_TICK: u32 = 0x4000;
/// adjtime(3): a correction of its own, which nothing else may go with …
const ADJ_ADJTIME: u32 = 0x8000;
/// … and which is only read with this bit.
const ADJ_OFFSET_READONLY: u32 = 0x2000;
/// A tick may be off by a tenth, in µs.
const TICKS_US: core::ops::RangeInclusive<i64> = 9_000..=11_000;
/// Beyond this a frequency does not fit its fixed point.
const FREQ_LIMIT: i64 = i64::MAX / (1000 << 16);
const MAX_TAI_OFFSET: i64 = 100_000;
/// 500 parts in a million, with 16 bits behind the point.
const MAX_FREQ: i64 = 500 << 16;

/// adjtimex(2).
pub fn adjtimex<T: Timex>(cx: &mut Cx<'_>, timex: UserPtr<T>) -> Result<usize, Errno> {
    let mut given = cx.mm().read(timex)?;
    let mut words = given.widen();
    let state = adjust(cx, &mut words)?;
    given.put(words);
    cx.mm().write(timex, &given)?;
    Ok(state)
}

/// clock_adjtime(2): only CLOCK_REALTIME can be adjusted.
pub fn clock_adjtime<T: Timex>(cx: &mut Cx<'_>, which: i32, timex: UserPtr<T>) -> Result<usize, Errno> {
    let mut given = cx.mm().read(timex)?;
    if Clock::from_raw(which)? != Clock::Realtime {
        return Err(Errno::EOPNOTSUPP);
    }
    let mut words = given.widen();
    let state = adjust(cx, &mut words)?;
    given.put(words);
    cx.mm().write(timex, &given)?;
    Ok(state)
}

/// What must hold before anything is changed.
fn check(cx: &Cx<'_>, words: &RawTimex, modes: u32) -> Result<(), Errno> {
    let privileged = cx.cred().capable(CAP_SYS_TIME);
    if modes & ADJ_ADJTIME != 0 {
        if modes & ADJ_OFFSET == 0 {
            return Err(Errno::EINVAL);
        }
        if modes & ADJ_OFFSET_READONLY == 0 && !privileged {
            return Err(Errno::EPERM);
        }
    } else {
        if modes != 0 && !privileged {
            return Err(Errno::EPERM);
        }
        if modes & ADJ_TICK != 0 && !TICKS_US.contains(&words[TICK]) {
            return Err(Errno::EINVAL);
        }
    }
    if modes & ADJ_SETOFFSET != 0 {
        if !privileged {
            return Err(Errno::EPERM);
        }
        let limit = if modes & ADJ_NANO != 0 { NSEC_PER_SEC as i64 } else { 1_000_000 };
        if !(0..limit).contains(&words[SUBSECONDS]) {
            return Err(Errno::EINVAL);
        }
    }
    if modes & ADJ_FREQUENCY != 0 && !(-FREQ_LIMIT..=FREQ_LIMIT).contains(&words[FREQ]) {
        return Err(Errno::EINVAL);
    }
    Ok(())
}

fn adjust(cx: &Cx<'_>, words: &mut RawTimex) -> Result<usize, Errno> {
    let modes = words[MODES] as u32;
    check(cx, words, modes)?;
    if modes & ADJ_SETOFFSET != 0 {
        set_off(words, modes)?;
    }
    Ok(ntp::with(|ntp, now_s| {
        if modes & ADJ_ADJTIME != 0 {
            let left = ntp.adjust_us;
            if modes & ADJ_OFFSET_READONLY == 0 {
                ntp.adjust_us = words[OFFSET];
            }
            words[OFFSET] = left;
        } else {
            change(ntp, words, modes, now_s);
            let unit = if ntp.status & status::NANO != 0 { 1 } else { 1000 };
            words[OFFSET] = ntp.offset_ns() / unit;
        }
        report(ntp, words, now_s);
        ntp.state() as usize
    }))
}

/// ADJ_SETOFFSET: the wall clock jumps.
fn set_off(words: &RawTimex, modes: u32) -> Result<(), Errno> {
    let unit = if modes & ADJ_NANO != 0 { 1 } else { 1000 };
    let offset = words[SECONDS].checked_mul(NSEC_PER_SEC as i64).ok_or(Errno::EINVAL)?;
    let offset = offset.checked_add(words[SUBSECONDS] * unit).ok_or(Errno::EINVAL)?;
    let now = clock::realtime_ns().checked_add(offset).filter(|now| *now >= 0).ok_or(Errno::EINVAL)?;
    ntp::clear();
    clock::set_realtime_ns(now);
    Ok(())
}

/// What the mode bits ask for, in Linux's order.
fn change(ntp: &mut Ntp, words: &RawTimex, modes: u32, now_s: i64) {
    let has = |bit: u32| modes & bit != 0;
    if has(ADJ_STATUS) {
        ntp.set_status(words[STATUS] as i32, now_s);
    }
    if has(ADJ_NANO) {
        ntp.status |= status::NANO;
    }
    if has(ADJ_MICRO) {
        ntp.status &= !status::NANO;
    }
    if has(ADJ_FREQUENCY) {
        ntp.set_freq(words[FREQ]);
    }
    if has(ADJ_MAXERROR) {
        ntp.set_max_error(words[MAXERROR], now_s);
    }
    if has(ADJ_ESTERROR) {
        ntp.set_est_error(words[ESTERROR]);
    }
    if has(ADJ_TIMECONST) {
        ntp.set_constant(words[CONSTANT]);
    }
    if has(ADJ_TAI) && (0..=MAX_TAI_OFFSET).contains(&words[CONSTANT]) {
        clock::set_tai_offset(words[CONSTANT] as i32);
    }
    if has(ADJ_OFFSET) {
        ntp.set_offset(words[OFFSET], now_s);
    }
    if has(ADJ_TICK) {
        ntp.tick_us = words[TICK];
    }
}

fn report(ntp: &mut Ntp, words: &mut RawTimex, now_s: i64) {
    let now = clock::realtime_ns();
    words[FREQ] = ntp.freq_ppm();
    words[MAXERROR] = ntp.max_error_us(now_s);
    words[ESTERROR] = ntp.est_error_us;
    // An int, and room that is left alone.
    words[STATUS] = words[STATUS] & !0xffff_ffff | i64::from(ntp.status as u32);
    words[CONSTANT] = ntp.constant;
    (words[PRECISION], words[TOLERANCE], words[TICK]) = (1, MAX_FREQ, ntp.tick_us);
    words[SECONDS] = now.div_euclid(NSEC_PER_SEC as i64);
    let subseconds = now.rem_euclid(NSEC_PER_SEC as i64);
    words[SUBSECONDS] = if ntp.status & status::NANO != 0 { subseconds } else { subseconds / 1000 };
    for index in PPS {
        words[index] = 0;
    }
    words[TAI] = words[TAI] & !0xffff_ffff | i64::from(clock::tai_offset());
}
