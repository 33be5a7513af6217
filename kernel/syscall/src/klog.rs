//! The kernel's log for programs: syslog(2).
//!
//! The log itself is hal's ring; here are the positions that readers share: how far SYSLOG_ACTION_READ has
//! come, and where SYSLOG_ACTION_CLEAR was.

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use abi::Errno;
use mm::{UserPtr, task_size_max};
use process::Cx;
use sched::WaitResult;
use vfs::cred::{CAP_SYS_ADMIN, CAP_SYSLOG};

const CLOSE: i32 = 0;
const OPEN: i32 = 1;
const READ: i32 = 2;
const READ_ALL: i32 = 3;
const READ_CLEAR: i32 = 4;
const CLEAR: i32 = 5;
const CONSOLE_OFF: i32 = 6;
const CONSOLE_ON: i32 = 7;
const CONSOLE_LEVEL: i32 = 8;
const SIZE_UNREAD: i32 = 9;
const SIZE_BUFFER: i32 = 10;

/// The console never gets quieter than this: the worst messages are shown.
const MINIMUM_LEVEL: u8 = 1;
/// How often a reader that waits looks: nothing wakes it, because the log is also written where nobody may be
/// woken.
const POLL_NS: u64 = 50_000_000;

static READ_AT: AtomicU64 = AtomicU64::new(0);
static CLEARED_AT: AtomicU64 = AtomicU64::new(0);
/// The level before CONSOLE_OFF; 0 when it isn't off.
static SAVED_LEVEL: AtomicU8 = AtomicU8::new(0);

/// syslog(2).
pub fn syslog(cx: &mut Cx<'_>, kind: i32, buf: UserPtr<u8>, len: i32) -> Result<usize, Errno> {
    let cred = cx.cred();
    if kind != READ_ALL && kind != SIZE_BUFFER && !cred.capable(CAP_SYSLOG) && !cred.capable(CAP_SYS_ADMIN) {
        return Err(Errno::EPERM);
    }
    match kind {
        CLOSE | OPEN => Ok(0),
        READ => read(cx, buf, len),
        READ_ALL => read_all(cx, buf, len, false),
        READ_CLEAR => read_all(cx, buf, len, true),
        CLEAR => {
            CLEARED_AT.store(hal::log::end(), Ordering::Relaxed);
            Ok(0)
        }
        CONSOLE_OFF | CONSOLE_ON | CONSOLE_LEVEL => set_level(kind, len),
        SIZE_UNREAD => Ok(hal::log::end().saturating_sub(unread_from()) as usize),
        SIZE_BUFFER => Ok(hal::log::capacity()),
        _ => Err(Errno::EINVAL),
    }
}

fn set_level(kind: i32, len: i32) -> Result<usize, Errno> {
    match kind {
        CONSOLE_OFF => {
            let _ = SAVED_LEVEL.compare_exchange(
                0,
                hal::log::console_level(),
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            hal::log::set_console_level(MINIMUM_LEVEL);
        }
        CONSOLE_ON => {
            let saved = SAVED_LEVEL.swap(0, Ordering::Relaxed);
            if saved != 0 {
                hal::log::set_console_level(saved);
            }
        }
        _ => {
            let level = u8::try_from(len).ok().filter(|level| (1..=8).contains(level));
            hal::log::set_console_level(level.ok_or(Errno::EINVAL)?.max(MINIMUM_LEVEL));
            SAVED_LEVEL.store(0, Ordering::Relaxed);
        }
    }
    Ok(0)
}

fn unread_from() -> u64 {
    READ_AT.load(Ordering::Relaxed).max(hal::log::start())
}

/// What the reading actions say about their arguments: the length, none if there is nothing to do.
fn room(buf: UserPtr<u8>, len: i32) -> Result<Option<u64>, Errno> {
    let len = u64::try_from(len).map_err(|_| Errno::EINVAL)?;
    if buf.is_null() {
        return Err(Errno::EINVAL);
    }
    if len == 0 {
        return Ok(None);
    }
    if buf.addr().checked_add(len).is_none_or(|end| end > task_size_max()) {
        return Err(Errno::EFAULT);
    }
    Ok(Some(len))
}

/// SYSLOG_ACTION_READ: what no such call has read yet; waits for something.
fn read(cx: &Cx<'_>, buf: UserPtr<u8>, len: i32) -> Result<usize, Errno> {
    let Some(len) = room(buf, len)? else { return Ok(0) };
    loop {
        let (from, end) = (unread_from(), hal::log::end());
        if from < end {
            let done = copy(cx, from, end.min(from + len), buf)?;
            READ_AT.store(from + done as u64, Ordering::Relaxed);
            return Ok(done);
        }
        let look_again_ns = sched::clock::monotonic_ns() + POLL_NS;
        if sched::sleep_until(look_again_ns) == WaitResult::Interrupted {
            return Err(Errno::ERESTARTSYS);
        }
    }
}

/// SYSLOG_ACTION_READ_ALL: the last whole lines that fit.
fn read_all(cx: &Cx<'_>, buf: UserPtr<u8>, len: i32, clear: bool) -> Result<usize, Errno> {
    let Some(len) = room(buf, len)? else { return Ok(0) };
    let end = hal::log::end();
    let first = CLEARED_AT.load(Ordering::Relaxed).max(hal::log::start());
    let from = first.max(end.saturating_sub(len));
    let done = copy(cx, line_start(from, end), end, buf)?;
    if clear {
        CLEARED_AT.store(end, Ordering::Relaxed);
    }
    Ok(done)
}

/// The first position from `from` on at which a line begins.
fn line_start(from: u64, end: u64) -> u64 {
    let Some(mut at) = from.checked_sub(1) else { return 0 };
    let mut byte = [0];
    while at < end {
        // The byte before the ring's oldest is gone: then the line that it ended in is cut, or was whole.
        if at >= hal::log::start() && hal::log::read_at(at, &mut byte) == 1 && byte == *b"\n" {
            return at + 1;
        }
        at += 1;
    }
    end
}

fn copy(cx: &Cx<'_>, from: u64, end: u64, buf: UserPtr<u8>) -> Result<usize, Errno> {
    let mut done = 0;
    while from + done < end {
        let mut chunk = [0; 256];
        let want = (end - from - done).min(chunk.len() as u64) as usize;
        let got = hal::log::read_at(from + done, chunk.get_mut(..want).unwrap_or(&mut []));
        if got == 0 {
            break;
        }
        let to = buf.byte_add(done).ok_or(Errno::EFAULT)?;
        cx.mm().write_bytes(to.addr(), chunk.get(..got).unwrap_or(&[]))?;
        done += got as u64;
    }
    Ok(done as usize)
}
