//! Waiting for files: poll(2), ppoll(2), select(2), pselect6(2).

use abi::layout::{Longs, Word};
use abi::resource::RLIMIT_NOFILE;
use abi::{Errno, Pollfd};
use alloc::vec::Vec;
use mm::UserPtr;
use process::Cx;
use process::signal::{SigSet, sigmask_for_wait};
use sched::{NSEC_PER_SEC, PollTable, WaitResult};
use vfs::{FdTable, PollMask};

use crate::file::check_buffer;

/// A deadline in CLOCK_MONOTONIC, or none; `Some(0)` for "don't wait".
pub(crate) type Deadline = Option<u64>;

pub(crate) fn deadline_of(timeout: Option<u64>) -> Deadline {
    timeout.map(|ns| if ns == 0 { 0 } else { sched::clock::monotonic_ns().saturating_add(ns) })
}

fn checked_ns(seconds: i64, nanoseconds: i64) -> Result<u64, Errno> {
    if seconds < 0 || !(0..NSEC_PER_SEC as i64).contains(&nanoseconds) {
        return Err(Errno::EINVAL);
    }
    Ok((seconds as u64).saturating_mul(NSEC_PER_SEC).saturating_add(nanoseconds as u64))
}

/// Asks until something is ready, the time is over (0) or a signal comes (EINTR).
fn wait_for(deadline: Deadline, mut ask: impl FnMut(&mut PollTable) -> usize) -> Result<usize, Errno> {
    let mut table = if deadline == Some(0) { PollTable::query() } else { PollTable::new() };
    loop {
        let ready = ask(&mut table);
        if ready > 0 || deadline == Some(0) {
            return Ok(ready);
        }
        match table.wait(deadline.map(sched::Deadline::Poll)) {
            WaitResult::Ready => {}
            WaitResult::TimedOut => return Ok(0),
            WaitResult::Interrupted => return Err(Errno::EINTR),
        }
    }
}

fn do_poll(cx: &Cx<'_>, list: UserPtr<Pollfd>, count: u32, deadline: Deadline) -> Result<usize, Errno> {
    /// As many are kept without an allocation.
    const FEW: usize = 16;
    if u64::from(count) > cx.rlimit(RLIMIT_NOFILE as usize) {
        return Err(Errno::EINVAL);
    }
    let count = count as usize;
    check_buffer(list.addr(), count * size_of::<Pollfd>())?;
    let (mut few, mut many) = ([Pollfd::default(); FEW], Vec::new());
    let fds = if count <= FEW {
        few.get_mut(..count).ok_or(Errno::EINVAL)?
    } else {
        many.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
        many.resize(count, Pollfd::default());
        many.as_mut_slice()
    };
    cx.mm().read_bytes(list.addr(), zerocopy::IntoBytes::as_mut_bytes(fds))?;
    let files = cx.files();
    let result = wait_for(deadline, |table| {
        let mut ready = 0;
        for fd in fds.iter_mut() {
            fd.revents = poll_one(files, fd.fd, fd.events, table) as i16;
            if fd.revents != 0 {
                ready += 1;
                table.stop_registering();
            }
        }
        ready
    });
    let (mm, mut at) = (cx.mm(), list.addr() + 6);
    for fd in fds.iter() {
        mm.write(UserPtr::new(at), &fd.revents)?;
        at += size_of::<Pollfd>() as u64;
    }
    result
}

#[inline]
fn poll_one(files: &FdTable, fd: i32, events: i16, table: &mut PollTable) -> u16 {
    if fd < 0 {
        return 0;
    }
    let Ok(file) = files.get(fd) else { return PollMask::NVAL.bits() as u16 };
    let wanted = PollMask::from_bits_truncate(u32::from(events as u16)) | PollMask::ERR | PollMask::HUP;
    (file.ops.poll(&file, table) & wanted).bits() as u16
}

/// poll(2). After a signal it starts again unless a handler ran, with what is left of the time.
pub fn poll(cx: &mut Cx<'_>, list: UserPtr<Pollfd>, count: u32, timeout_ms: i32) -> Result<usize, Errno> {
    let timeout = u64::try_from(timeout_ms).ok().map(|ms| ms * 1_000_000);
    let deadline = deadline_of(timeout);
    match do_poll(cx, list, count, deadline) {
        Err(Errno::EINTR) => {
            cx.task.set_restart(
                restart_poll,
                [list.addr(), u64::from(count), deadline.unwrap_or(u64::MAX), 0, 0, 0],
            );
            Err(Errno::ERESTART_RESTARTBLOCK)
        }
        other => other,
    }
}

fn restart_poll(cx: &mut Cx<'_>, [list, count, deadline, ..]: [u64; 6]) -> Result<usize, Errno> {
    let until = (deadline != u64::MAX).then_some(deadline);
    match do_poll(cx, UserPtr::new(list), count as u32, until) {
        Err(Errno::EINTR) => {
            cx.task.set_restart(restart_poll, [list, count, deadline, 0, 0, 0]);
            Err(Errno::ERESTART_RESTARTBLOCK)
        }
        other => other,
    }
}

/// As [`under_mask`], for calls that start again after a signal without a handler.
fn with_mask(
    cx: &mut Cx<'_>,
    mask: UserPtr<u64>,
    size: usize,
    wait: impl FnOnce(&Cx<'_>) -> Result<usize, Errno>,
) -> Result<usize, Errno> {
    under_mask(cx, mask, size, wait).map_err(interrupted)
}

/// Runs `wait` under another signal mask, if one is given.
pub(crate) fn under_mask(
    cx: &mut Cx<'_>,
    mask: UserPtr<u64>,
    size: usize,
    wait: impl FnOnce(&Cx<'_>) -> Result<usize, Errno>,
) -> Result<usize, Errno> {
    let Some(mask) = mask.non_null() else {
        return wait(cx);
    };
    if size != size_of::<u64>() {
        return Err(Errno::EINVAL);
    }
    let mask = SigSet(cx.mm().read(mask)?);
    let saved = sigmask_for_wait(cx, mask);
    let result = wait(cx);
    saved.finish(cx, result == Err(Errno::EINTR));
    result
}

/// Starts again after a signal without a handler.
fn interrupted(errno: Errno) -> Errno {
    if errno == Errno::EINTR { Errno::ERESTARTNOHAND } else { errno }
}

/// Whether timeouts stay as the program wrote them (personality(2), STICKY_TIMEOUTS).
fn sticky(cx: &Cx<'_>) -> bool {
    cx.task.personality() & process::STICKY_TIMEOUTS != 0
}

/// Tells the program what is left of its time, where it can be told.
fn write_rest<T: Longs<2>>(cx: &Cx<'_>, at: UserPtr<T>, deadline: Deadline) {
    if let (Some(at), Some(deadline)) = (at.non_null(), deadline.filter(|_| !sticky(cx))) {
        let left = deadline.saturating_sub(sched::clock::monotonic_ns());
        let rest = [(left / NSEC_PER_SEC) as i64, (left % NSEC_PER_SEC) as i64];
        let _ = cx.mm().write(at, &T::narrow(rest));
    }
}

pub(crate) fn read_timespec<T: Longs<2>>(cx: &Cx<'_>, at: UserPtr<T>) -> Result<Option<u64>, Errno> {
    let Some(at) = at.non_null() else { return Ok(None) };
    let [seconds, nanoseconds] = cx.mm().read(at)?.widen();
    checked_ns(seconds, nanoseconds).map(Some)
}

/// ppoll(2).
pub fn ppoll<T: Longs<2>>(
    cx: &mut Cx<'_>,
    list: UserPtr<Pollfd>,
    count: u32,
    timeout: UserPtr<T>,
    mask: UserPtr<u64>,
    size: usize,
) -> Result<usize, Errno> {
    let deadline = deadline_of(read_timespec(cx, timeout)?);
    let result = with_mask(cx, mask, size, |cx| do_poll(cx, list, count, deadline));
    write_rest(cx, timeout, deadline);
    result
}

/// What each of the sets asks for (select(2), "Correspondence between select() and poll()").
const CLASSES: [PollMask; 3] = [
    PollMask::READABLE.union(PollMask::RDBAND).union(PollMask::HUP).union(PollMask::ERR),
    PollMask::WRITABLE.union(PollMask::WRBAND).union(PollMask::ERR),
    PollMask::PRI,
];

const ANY_CLASS: PollMask = CLASSES[0].union(CLASSES[1]).union(CLASSES[2]);

fn do_select<W: Word>(
    cx: &Cx<'_>,
    count: i32,
    ptrs: [UserPtr<W>; 3],
    deadline: Deadline,
) -> Result<usize, Errno> {
    /// As many words of each set are kept without an allocation: 256 descriptors.
    const FEW: usize = 4;
    let count = usize::try_from(count).map_err(|_| Errno::EINVAL)?;
    // Bits beyond what the process can have open are not looked at.
    let count = count.min(cx.files().capacity());
    let words = count.div_ceil(64);
    // What a set takes in the program, whose words may be shorter.
    let bytes = count.div_ceil(8 * size_of::<W>()) * size_of::<W>();
    // In, out, exceptional: first what is asked for, then what is found.
    let (mut few, mut many) = ([0u64; 6 * FEW], Vec::new());
    let all = if words <= FEW {
        few.get_mut(..6 * words).ok_or(Errno::EINVAL)?
    } else {
        many.try_reserve_exact(6 * words).map_err(|_| Errno::ENOMEM)?;
        many.resize(6 * words, 0);
        many.as_mut_slice()
    };
    let (wanted, found) = all.split_at_mut(3 * words);
    for (nth, ptr) in ptrs.iter().enumerate().filter(|(_, ptr)| !ptr.is_null()) {
        let set = wanted.get_mut(nth * words..(nth + 1) * words).ok_or(Errno::EINVAL)?;
        let set = zerocopy::IntoBytes::as_mut_bytes(set).get_mut(..bytes).ok_or(Errno::EINVAL)?;
        cx.mm().read_bytes(ptr.addr(), set)?;
    }
    let files = cx.files();
    let mut bad = false;
    let ready = wait_for(deadline, |table| {
        let mut ready = 0;
        for word in 0..words {
            let place = [word, words + word, 2 * words + word];
            let mut asked = place.map(|at| wanted.get(at).copied().unwrap_or(0));
            if word == count / 64 {
                asked = asked.map(|bits| bits & ((1u64 << (count % 64)) - 1));
            }
            let Ok((answers, hits)) = select_word(files, word, asked, table) else {
                bad = true;
                return 1;
            };
            for (at, answer) in place.into_iter().zip(answers) {
                if let Some(slot) = found.get_mut(at) {
                    *slot = answer;
                }
            }
            ready += hits;
        }
        ready
    })?;
    if bad {
        return Err(Errno::EBADF);
    }
    for (nth, ptr) in ptrs.iter().enumerate().filter(|(_, ptr)| !ptr.is_null()) {
        let set = found.get(nth * words..(nth + 1) * words).ok_or(Errno::EINVAL)?;
        let set = zerocopy::IntoBytes::as_bytes(set).get(..bytes).ok_or(Errno::EINVAL)?;
        cx.mm().write_bytes(ptr.addr(), set)?;
    }
    Ok(ready)
}

/// Asks the 64 descriptors of one word that one of the sets has; which are ready in each set, and how many. EBADF.
/// By itself, so that the loop has the registers.
#[inline(never)]
fn select_word(
    files: &FdTable,
    word: usize,
    asked: [u64; 3],
    table: &mut PollTable,
) -> Result<([u64; 3], usize), Errno> {
    let (mut answers, mut hits) = ([0; 3], 0);
    let mut bits = asked[0] | asked[1] | asked[2];
    while bits != 0 {
        let bit = bits & bits.wrapping_neg();
        let file = files.get(word as i32 * 64 + bits.trailing_zeros() as i32)?;
        bits ^= bit;
        let mask = file.ops.poll(&file, table);
        if !mask.intersects(ANY_CLASS) {
            continue;
        }
        for ((class, asked), answer) in CLASSES.iter().zip(asked).zip(&mut answers) {
            if asked & bit != 0 && mask.intersects(*class) {
                *answer |= bit;
                hits += 1;
                table.stop_registering();
            }
        }
    }
    Ok((answers, hits))
}

/// select(2): the time that is left is written back.
pub fn select<W: Word, T: Longs<2>>(
    cx: &mut Cx<'_>,
    count: i32,
    read: UserPtr<W>,
    write: UserPtr<W>,
    except: UserPtr<W>,
    timeout: UserPtr<T>,
) -> Result<usize, Errno> {
    let ns = match timeout.non_null() {
        None => None,
        Some(at) => {
            let [seconds, microseconds] = cx.mm().read(at)?.widen();
            // More than a second of microseconds is allowed here and carried over.
            let whole = seconds.checked_add(microseconds.div_euclid(1_000_000)).ok_or(Errno::EINVAL)?;
            if seconds < 0 || microseconds < 0 {
                return Err(Errno::EINVAL);
            }
            Some(checked_ns(whole, microseconds % 1_000_000 * 1000)?)
        }
    };
    let deadline = deadline_of(ns);
    let result = do_select(cx, count, [read, write, except], deadline).map_err(interrupted);
    if let (Some(at), Some(deadline)) = (timeout.non_null(), deadline.filter(|_| !sticky(cx))) {
        let left = deadline.saturating_sub(sched::clock::monotonic_ns());
        let rest = [(left / NSEC_PER_SEC) as i64, (left % NSEC_PER_SEC / 1000) as i64];
        let _ = cx.mm().write(at, &T::narrow(rest));
    }
    result
}

/// pselect6(2): the mask and its size come in a structure.
pub fn pselect6<W: Word, T: Longs<2>>(
    cx: &mut Cx<'_>,
    count: i32,
    read: UserPtr<W>,
    write: UserPtr<W>,
    except: UserPtr<W>,
    timeout: UserPtr<T>,
    sig: UserPtr<[W; 2]>,
) -> Result<usize, Errno> {
    let [mask, size] = match sig.non_null() {
        Some(sig) => cx.mm().read(sig)?.map(Word::widen),
        None => [0, 0],
    };
    let deadline = deadline_of(read_timespec(cx, timeout)?);
    let result = with_mask(cx, UserPtr::new(mask), size as usize, |cx| {
        do_select(cx, count, [read, write, except], deadline)
    });
    write_rest(cx, timeout, deadline);
    result
}
