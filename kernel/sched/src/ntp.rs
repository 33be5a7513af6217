//! Steering the clock: the algorithm behind adjtimex(2), which follows the Network Time Protocol (RFC 5905 and its
//! kernel model): a frequency, a phase that is worked off bit by bit, adjtime(3)'s one-shot correction, leap seconds.
//!
//! What changes from second to second is done by the thread `ntp`, which exists once there is such a thing to do.

use crate::wait::WaitQueue;
use crate::{Mutex, NSEC_PER_SEC, clock, kthread, sleep};
use core::sync::atomic::{AtomicBool, Ordering};
use sync::rank;

/// Bits of the status word.
#[allow(missing_docs)]
pub mod status {
    pub const PLL: i32 = 0x1;
    pub const FLL: i32 = 0x8;
    pub const INS: i32 = 0x10;
    pub const DEL: i32 = 0x20;
    pub const UNSYNC: i32 = 0x40;
    pub const FREQHOLD: i32 = 0x80;
    pub const CLOCKERR: i32 = 0x1000;
    pub const NANO: i32 = 0x2000;
    pub const MODE: i32 = 0x4000;
    /// What programs can't set.
    pub const READ_ONLY: i32 = 0xff00;
}

/// What the clock is about to do with a leap second; adjtimex returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum State {
    Ok = 0,
    Insert = 1,
    Delete = 2,
    InProgress = 3,
    Wait = 4,
    Error = 5,
}

/// Fraction bits of what is counted in nanoseconds a second.
const SCALE: u32 = 32;
const NSEC_PER_USEC: i64 = 1000;
/// The largest correction of the frequency, in ns a second.
const MAX_FREQ: i64 = 500_000;
/// The largest phase, in ns.
const MAX_PHASE: i64 = 500_000_000;
/// What an unsynchronised clock may be wrong by, in µs.
const PHASE_LIMIT_US: i64 = 16_000_000;
const MAX_TIME_CONSTANT: i64 = 10;
/// What adjtime(3) changes in a second, in µs.
const MAX_TICKADJ_US: i64 = 500;
/// The time constant of the loop, as a shift.
const SHIFT_PLL: i64 = 2;
const SHIFT_FLL: u32 = 2;
/// Between these intervals, in s, the loop may count frequency instead of phase.
const MIN_FLL_S: i64 = 256;
const MAX_FLL_S: i64 = 2048;
/// µs of a tick as it is, and ticks in a second (USER_HZ).
const TICK_US: i64 = 10_000;
const TICKS_PER_SEC: i64 = 100;
const SECONDS_PER_DAY: i64 = 86_400;

/// The state of the algorithm.
pub struct Ntp {
    /// STA_*.
    pub status: i32,
    /// Length of a tick in µs.
    pub tick_us: i64,
    /// Correction of the frequency in ns a second, with [`SCALE`] bits behind the point.
    freq: i64,
    /// Phase that is still to be worked off, in ns, with as many.
    offset: i64,
    /// What is left of adjtime(3)'s correction, in µs.
    pub adjust_us: i64,
    /// The loop's time constant, as a shift.
    pub constant: i64,
    max_error_us: i64,
    /// The second for which that holds; it grows from then on.
    max_error_at: i64,
    /// Estimated error in µs: what a program said.
    pub est_error_us: i64,
    /// The second of the last phase.
    reference_s: i64,
    /// What the current second gains beside the frequency, in ns, with [`SCALE`] bits behind the point.
    phase: i64,
    state: State,
    next_leap_s: i64,
}

static NTP: Mutex<Ntp> = Mutex::new(rank::NTP, Ntp::new());
static WORK: WaitQueue = WaitQueue::new();
static HAS_WORK: AtomicBool = AtomicBool::new(false);
static HAS_THREAD: AtomicBool = AtomicBool::new(false);

/// Lets `change` look at the algorithm and change it; afterwards the clock runs accordingly.
pub fn with<R>(change: impl FnOnce(&mut Ntp, i64) -> R) -> R {
    let mut ntp = NTP.lock();
    let before = ntp.gain();
    let result = change(&mut ntp, now_s());
    settle(&ntp, before);
    result
}

/// The wall clock was set by hand: what was steering it is void.
pub fn clear() {
    let mut ntp = NTP.lock();
    let before = ntp.gain();
    ntp.forget(now_s());
    settle(&ntp, before);
}

fn now_s() -> i64 {
    clock::realtime_ns().div_euclid(NSEC_PER_SEC as i64)
}

fn settle(ntp: &Ntp, before: i64) {
    if ntp.gain() != before {
        clock::steer(ntp.gain());
    }
    if !ntp.has_work() {
        return;
    }
    HAS_WORK.store(true, Ordering::SeqCst);
    WORK.wake_all();
    if !HAS_THREAD.swap(true, Ordering::SeqCst) && kthread::spawn_kthread("ntp", seconds).is_none() {
        HAS_THREAD.store(false, Ordering::SeqCst);
    }
}

/// The thread: what each second brings, as long as there is something.
fn seconds() {
    loop {
        WORK.wait_event_idle(|| HAS_WORK.load(Ordering::SeqCst));
        let into = clock::realtime_ns().rem_euclid(NSEC_PER_SEC as i64) as u64;
        sleep::sleep_until(clock::monotonic_ns() + NSEC_PER_SEC - into);
        let mut ntp = NTP.lock();
        let before = ntp.gain();
        let leap = ntp.second(now_s());
        if leap != 0 {
            clock::leap(leap);
        }
        if ntp.gain() != before {
            clock::steer(ntp.gain());
        }
        HAS_WORK.store(ntp.has_work(), Ordering::SeqCst);
    }
}

impl Ntp {
    const fn new() -> Self {
        Ntp {
            status: status::UNSYNC,
            tick_us: TICK_US,
            freq: 0,
            offset: 0,
            adjust_us: 0,
            constant: 2,
            max_error_us: PHASE_LIMIT_US,
            max_error_at: 0,
            est_error_us: PHASE_LIMIT_US,
            reference_s: 0,
            phase: 0,
            state: State::Ok,
            next_leap_s: i64::MAX,
        }
    }

    /// What the clock gains in a second, in ns, with [`SCALE`] bits behind the point.
    fn gain(&self) -> i64 {
        (((self.tick_us - TICK_US) * TICKS_PER_SEC * NSEC_PER_USEC) << SCALE) + self.freq + self.phase
    }

    fn has_work(&self) -> bool {
        let leap = self.status & (status::INS | status::DEL) != 0 || self.state != State::Ok;
        self.offset != 0 || self.adjust_us != 0 || self.phase != 0 || leap
    }

    fn forget(&mut self, now_s: i64) {
        (self.adjust_us, self.offset, self.phase) = (0, 0, 0);
        self.status |= status::UNSYNC;
        (self.max_error_us, self.max_error_at) = (PHASE_LIMIT_US, now_s);
        self.est_error_us = PHASE_LIMIT_US;
        self.next_leap_s = i64::MAX;
    }

    /// The state that adjtimex returns.
    pub fn state(&self) -> State {
        let error = self.status & (status::UNSYNC | status::CLOCKERR) != 0;
        if error { State::Error } else { self.state }
    }

    /// The maximal error in µs, which grows by 500 each second.
    pub fn max_error_us(&mut self, now_s: i64) -> i64 {
        let passed = now_s.saturating_sub(self.max_error_at).max(0);
        let grown = passed.saturating_mul(MAX_FREQ / NSEC_PER_USEC).saturating_add(self.max_error_us);
        if grown > PHASE_LIMIT_US {
            self.status |= status::UNSYNC;
        }
        (self.max_error_us, self.max_error_at) = (grown.min(PHASE_LIMIT_US), now_s);
        self.max_error_us
    }

    /// ADJ_MAXERROR.
    pub fn set_max_error(&mut self, us: i64, now_s: i64) {
        (self.max_error_us, self.max_error_at) = (us.clamp(0, PHASE_LIMIT_US), now_s);
    }

    /// ADJ_ESTERROR.
    pub fn set_est_error(&mut self, us: i64) {
        self.est_error_us = us.clamp(0, PHASE_LIMIT_US);
    }

    /// ADJ_STATUS.
    pub fn set_status(&mut self, new: i32, now_s: i64) {
        if self.status & status::PLL != 0 && new & status::PLL == 0 {
            self.state = State::Ok;
            self.status = status::UNSYNC;
            self.next_leap_s = i64::MAX;
        }
        if self.status & status::PLL == 0 && new & status::PLL != 0 {
            self.reference_s = now_s;
        }
        self.status = self.status & status::READ_ONLY | new & !status::READ_ONLY;
    }

    /// The frequency as adjtimex has it: parts in a million with 16 bits behind the point.
    pub fn freq_ppm(&self) -> i64 {
        // A part in a million is 1000 ns a second.
        (i128::from(self.freq) / (1000 << 16)) as i64
    }

    /// ADJ_FREQUENCY; `ppm` as above, and such that it fits.
    pub fn set_freq(&mut self, ppm: i64) {
        self.freq = ppm.saturating_mul(1000 << 16).clamp(-MAX_FREQ << SCALE, MAX_FREQ << SCALE);
    }

    /// ADJ_TIMECONST.
    pub fn set_constant(&mut self, constant: i64) {
        let constant = constant.clamp(0, MAX_TIME_CONSTANT);
        let more = if self.status & status::NANO == 0 { 4 } else { 0 };
        self.constant = (constant + more).min(MAX_TIME_CONSTANT);
    }

    /// The phase that is left, in ns.
    pub fn offset_ns(&self) -> i64 {
        self.offset >> SCALE
    }

    /// ADJ_OFFSET: a phase in ns, or in µs without STA_NANO. It is worked off, and tells of the frequency, too.
    pub fn set_offset(&mut self, offset: i64, now_s: i64) {
        if self.status & status::PLL == 0 {
            return;
        }
        let mut offset = offset;
        if self.status & status::NANO == 0 {
            offset = offset.clamp(-1_000_000, 1_000_000) * NSEC_PER_USEC;
        }
        let offset = offset.clamp(-MAX_PHASE, MAX_PHASE);
        let mut passed = now_s.saturating_sub(self.reference_s).max(0);
        if self.status & status::FREQHOLD != 0 {
            passed = 0;
        }
        self.reference_s = now_s;
        let mut freq = self.freq_by_fll(offset, passed);
        let shift = SHIFT_PLL + 1 + self.constant;
        passed = passed.min(1 << shift);
        freq += (i128::from(offset) * i128::from(passed))
            << (i64::from(SCALE) - 2 * (SHIFT_PLL + 2 + self.constant)).max(0);
        let limit = i128::from(MAX_FREQ) << SCALE;
        self.freq = (freq + i128::from(self.freq)).clamp(-limit, limit) as i64;
        self.offset = offset << SCALE;
    }

    fn freq_by_fll(&mut self, offset: i64, passed: i64) -> i128 {
        self.status &= !status::MODE;
        if passed < MIN_FLL_S || self.status & status::FLL == 0 && passed <= MAX_FLL_S {
            return 0;
        }
        self.status |= status::MODE;
        (i128::from(offset) << (SCALE - SHIFT_FLL)) / i128::from(passed)
    }

    /// A second begins: how much of the phase it works off, and by how many seconds the clock leaps.
    fn second(&mut self, now_s: i64) -> i32 {
        let leap = self.leap(now_s);
        let part = self.offset >> (SHIFT_PLL + self.constant);
        // What a shift can't divide any more is nothing.
        self.offset = if part == 0 || part == -1 { 0 } else { self.offset - part };
        let adjust = self.adjust_us.clamp(-MAX_TICKADJ_US, MAX_TICKADJ_US);
        self.adjust_us -= adjust;
        self.phase = part + ((adjust * NSEC_PER_USEC) << SCALE);
        leap
    }

    fn leap(&mut self, now_s: i64) -> i32 {
        let has = |bit: i32| self.status & bit != 0;
        let end_of_day = |s: i64| s + SECONDS_PER_DAY - s.rem_euclid(SECONDS_PER_DAY);
        match self.state {
            State::Ok | State::Error if has(status::INS) => {
                (self.state, self.next_leap_s) = (State::Insert, end_of_day(now_s));
            }
            State::Ok | State::Error if has(status::DEL) => {
                (self.state, self.next_leap_s) = (State::Delete, end_of_day(now_s + 1) - 1);
            }
            State::Insert if !has(status::INS) => (self.state, self.next_leap_s) = (State::Ok, i64::MAX),
            State::Insert if now_s >= self.next_leap_s => {
                self.state = State::InProgress;
                hal::kprintln!("Clock: inserting leap second 23:59:60 UTC");
                return -1;
            }
            State::Delete if !has(status::DEL) => (self.state, self.next_leap_s) = (State::Ok, i64::MAX),
            State::Delete if now_s >= self.next_leap_s => {
                (self.state, self.next_leap_s) = (State::Wait, i64::MAX);
                hal::kprintln!("Clock: deleting leap second 23:59:59 UTC");
                return 1;
            }
            State::InProgress => (self.state, self.next_leap_s) = (State::Wait, i64::MAX),
            State::Wait if !has(status::INS | status::DEL) => self.state = State::Ok,
            _ => {}
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tick_and_frequency_make_the_gain() {
        let mut ntp = Ntp::new();
        assert_eq!(ntp.gain(), 0);
        ntp.tick_us = 11_000;
        assert_eq!(ntp.gain() >> SCALE, 100_000_000);
        ntp.tick_us = TICK_US;
        ntp.set_freq(100 << 16);
        assert_eq!(ntp.gain() >> SCALE, 100_000);
        assert_eq!(ntp.freq_ppm(), 100 << 16);
        ntp.set_freq(i64::MAX / (1000 << 16));
        assert_eq!(ntp.freq_ppm(), 500 << 16);
    }

    #[test]
    fn a_single_shot_is_worked_off() {
        let mut ntp = Ntp::new();
        ntp.adjust_us = 1_200;
        let gains: Vec<i64> = (0..4).map(|s| (ntp.second(s), ntp.gain() >> SCALE).1).collect();
        assert_eq!(gains, [500_000, 500_000, 200_000, 0]);
        assert!(!ntp.has_work());
    }

    #[test]
    fn a_phase_shrinks_to_nothing() {
        let mut ntp = Ntp::new();
        ntp.set_offset(1000, 0);
        assert_eq!(ntp.offset_ns(), 0);
        ntp.set_status(status::PLL, 100);
        ntp.set_offset(-1000, 100);
        assert_eq!(ntp.offset_ns(), -1_000_000);
        let mut gained = 0i128;
        for second in 0..2000 {
            ntp.second(second);
            gained += i128::from(ntp.gain() - ntp.freq);
        }
        assert!((gained >> SCALE) as i64 <= -999_000);
        assert!(!ntp.has_work());
    }

    #[test]
    fn errors_grow() {
        let mut ntp = Ntp::new();
        ntp.set_max_error(1000, 50);
        ntp.set_status(0, 50);
        assert_eq!(ntp.max_error_us(52), 2000);
        assert_eq!(ntp.state(), State::Ok);
        assert_eq!(ntp.max_error_us(1_000_000), PHASE_LIMIT_US);
        assert_eq!(ntp.state(), State::Error);
    }

    #[test]
    fn a_leap_second_is_inserted_at_the_day_s_end() {
        let mut ntp = Ntp::new();
        ntp.set_status(status::INS, 0);
        let day = SECONDS_PER_DAY;
        assert_eq!(ntp.second(day - 2), 0);
        assert_eq!(ntp.state(), State::Insert);
        assert_eq!(ntp.second(day - 1), 0);
        assert_eq!(ntp.second(day), -1);
        assert_eq!(ntp.state(), State::InProgress);
        assert_eq!(ntp.second(day), 0);
        assert_eq!(ntp.state(), State::Wait);
        ntp.set_status(0, day);
        ntp.second(day + 1);
        assert_eq!(ntp.state(), State::Ok);
    }
}
