//! Waiting for files: poll(2), ppoll(2), select(2), pselect6(2).

use abi::resource::RLIMIT_NOFILE;
use abi::{Errno, Pollfd, Timespec, Timeval};
use alloc::vec::Vec;
use mm::UserPtr;
use process::Cx;
use process::signal::{SigSet, sigmask_for_wait};
use sched::{NSEC_PER_SEC, PollTable, WaitResult};
use vfs::PollMask;

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
        match table.wait(deadline) {
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
    let result = wait_for(deadline, |table| {
        let mut ready = 0;
        for fd in fds.iter_mut() {
            fd.revents = poll_one(cx, fd.fd, fd.events, table) as i16;
            if fd.revents != 0 {
                ready += 1;
                table.stop_registering();
            }
        }
        ready
    });
    for (nth, fd) in fds.iter().enumerate() {
        let at = list.addr() + (nth * size_of::<Pollfd>()) as u64 + 6;
        cx.mm().write_bytes(at, &fd.revents.to_ne_bytes())?;
    }
    result
}

fn poll_one(cx: &Cx<'_>, fd: i32, events: i16, table: &mut PollTable) -> u16 {
    if fd < 0 {
        return 0;
    }
    let Ok(file) = cx.files().get(fd) else { return PollMask::NVAL.bits() as u16 };
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

/// Tells the program what is left of its time, where it can be told.
fn write_rest(cx: &Cx<'_>, at: UserPtr<Timespec>, deadline: Deadline) {
    if let (Some(at), Some(deadline)) = (at.non_null(), deadline) {
        let left = deadline.saturating_sub(sched::clock::monotonic_ns());
        let rest = Timespec { tv_sec: (left / NSEC_PER_SEC) as i64, tv_nsec: (left % NSEC_PER_SEC) as i64 };
        let _ = cx.mm().write(at, &rest);
    }
}

pub(crate) fn read_timespec(cx: &Cx<'_>, at: UserPtr<Timespec>) -> Result<Option<u64>, Errno> {
    let Some(at) = at.non_null() else { return Ok(None) };
    let time: Timespec = cx.mm().read(at)?;
    checked_ns(time.tv_sec, time.tv_nsec).map(Some)
}

/// ppoll(2).
pub fn ppoll(
    cx: &mut Cx<'_>,
    list: UserPtr<Pollfd>,
    count: u32,
    timeout: UserPtr<Timespec>,
    mask: UserPtr<u64>,
    size: usize,
) -> Result<usize, Errno> {
    let deadline = deadline_of(read_timespec(cx, timeout)?);
    let result = with_mask(cx, mask, size, |cx| do_poll(cx, list, count, deadline));
    write_rest(cx, timeout, deadline);
    result
}

/// The three sets of select(2), as words: in, out, exceptional.
type Sets = [Vec<u64>; 3];

fn read_sets(cx: &Cx<'_>, ptrs: [UserPtr<u64>; 3], words: usize) -> Result<Sets, Errno> {
    let mut sets: Sets = [const { Vec::new() }; 3];
    for (set, ptr) in sets.iter_mut().zip(ptrs) {
        set.try_reserve_exact(words).map_err(|_| Errno::ENOMEM)?;
        set.resize(words, 0);
        if !ptr.is_null() {
            cx.mm().read_bytes(ptr.addr(), zerocopy::IntoBytes::as_mut_bytes(set.as_mut_slice()))?;
        }
    }
    Ok(sets)
}

/// What each of the sets asks for (select(2), "Correspondence between select() and poll()").
const CLASSES: [PollMask; 3] = [
    PollMask::READABLE.union(PollMask::RDBAND).union(PollMask::HUP).union(PollMask::ERR),
    PollMask::WRITABLE.union(PollMask::WRBAND).union(PollMask::ERR),
    PollMask::PRI,
];

fn do_select(cx: &Cx<'_>, count: i32, ptrs: [UserPtr<u64>; 3], deadline: Deadline) -> Result<usize, Errno> {
    let count = usize::try_from(count).map_err(|_| Errno::EINVAL)?;
    // Bits beyond what the process can have open are not looked at.
    let count = count.min(cx.files().capacity());
    let words = count.div_ceil(64);
    let wanted = read_sets(cx, ptrs, words)?;
    let mut found: Sets = [const { Vec::new() }; 3];
    for set in &mut found {
        set.try_reserve_exact(words).map_err(|_| Errno::ENOMEM)?;
        set.resize(words, 0);
    }
    let mut bad = false;
    let ready = wait_for(deadline, |table| {
        let mut ready = 0;
        for word in 0..words {
            let word_of = |set: &Vec<u64>| set.get(word).copied().unwrap_or(0);
            let mut bits = wanted.iter().map(word_of).fold(0, |all, set| all | set);
            if word == count / 64 {
                bits &= (1u64 << (count % 64)) - 1;
            }
            while bits != 0 {
                let bit = bits.trailing_zeros();
                bits &= bits - 1;
                let Ok(file) = cx.files().get((word * 64) as i32 + bit as i32) else {
                    bad = true;
                    return 1;
                };
                let mask = file.ops.poll(&file, table);
                for ((class, asked), answer) in CLASSES.iter().zip(&wanted).zip(&mut found) {
                    if word_of(asked) & 1 << bit != 0 && mask.intersects(*class) {
                        if let Some(slot) = answer.get_mut(word) {
                            *slot |= 1 << bit;
                        }
                        ready += 1;
                        table.stop_registering();
                    }
                }
            }
        }
        ready
    })?;
    if bad {
        return Err(Errno::EBADF);
    }
    for (set, ptr) in found.iter().zip(ptrs) {
        if !ptr.is_null() {
            cx.mm().write_bytes(ptr.addr(), zerocopy::IntoBytes::as_bytes(set.as_slice()))?;
        }
    }
    Ok(ready)
}

/// select(2): the time that is left is written back.
pub fn select(
    cx: &mut Cx<'_>,
    count: i32,
    read: UserPtr<u64>,
    write: UserPtr<u64>,
    except: UserPtr<u64>,
    timeout: UserPtr<Timeval>,
) -> Result<usize, Errno> {
    let ns = match timeout.non_null() {
        None => None,
        Some(at) => {
            let time: Timeval = cx.mm().read(at)?;
            // More than a second of microseconds is allowed here and carried over.
            let seconds = time.tv_sec.checked_add(time.tv_usec.div_euclid(1_000_000)).ok_or(Errno::EINVAL)?;
            if time.tv_sec < 0 || time.tv_usec < 0 {
                return Err(Errno::EINVAL);
            }
            Some(checked_ns(seconds, time.tv_usec % 1_000_000 * 1000)?)
        }
    };
    let deadline = deadline_of(ns);
    let result = do_select(cx, count, [read, write, except], deadline).map_err(interrupted);
    if let (Some(at), Some(deadline)) = (timeout.non_null(), deadline) {
        let left = deadline.saturating_sub(sched::clock::monotonic_ns());
        let rest =
            Timeval { tv_sec: (left / NSEC_PER_SEC) as i64, tv_usec: (left % NSEC_PER_SEC / 1000) as i64 };
        let _ = cx.mm().write(at, &rest);
    }
    result
}

/// pselect6(2): the mask and its size come in a structure.
pub fn pselect6(
    cx: &mut Cx<'_>,
    count: i32,
    read: UserPtr<u64>,
    write: UserPtr<u64>,
    except: UserPtr<u64>,
    timeout: UserPtr<Timespec>,
    sig: UserPtr<[u64; 2]>,
) -> Result<usize, Errno> {
    let [mask, size] = match sig.non_null() {
        Some(sig) => cx.mm().read(sig)?,
        None => [0, 0],
    };
    let deadline = deadline_of(read_timespec(cx, timeout)?);
    let result = with_mask(cx, UserPtr::new(mask), size as usize, |cx| {
        do_select(cx, count, [read, write, except], deadline)
    });
    write_rest(cx, timeout, deadline);
    result
}
