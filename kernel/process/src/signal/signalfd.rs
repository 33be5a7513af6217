//! signalfd(2): taking pending signals by reading a file. What is taken are the reader's own signals, whoever
//! opened the file.

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use abi::Errno;
use mm::{IterDst, MmapSource};
use sched::PollTable;
use vfs::anon::anon_file;
use vfs::consts::{O_CLOEXEC, O_NONBLOCK, O_RDWR};
use vfs::{Cred, File, FileOps, PollMask};

use super::info::{Fields, SigInfo, code};
use super::set::SigSet;
use super::wait::take;
use crate::Task;

/// Bytes of a `struct signalfd_siginfo`.
const RECORD: usize = 128;

struct SignalFd {
    mask: AtomicU64,
}

/// A new file that gives the signals of `mask`. EINVAL for unknown flags.
pub fn create(mask: SigSet, flags: u32, cred: &Cred) -> Result<Arc<File>, Errno> {
    check_flags(flags)?;
    let mask = AtomicU64::new(mask.without(SigSet::KERNEL_ONLY).0);
    Ok(anon_file("signalfd", Arc::new(SignalFd { mask }), O_RDWR | (flags & O_NONBLOCK), cred))
}

/// EINVAL for unknown flags.
pub fn check_flags(flags: u32) -> Result<(), Errno> {
    if flags & !(O_CLOEXEC | O_NONBLOCK) != 0 { Err(Errno::EINVAL) } else { Ok(()) }
}

/// Gives a file another mask. EINVAL if it is something else.
pub fn change(file: &File, mask: SigSet, task: &Task) -> Result<(), Errno> {
    let signals = file.ops_as::<SignalFd>().ok_or(Errno::EINVAL)?;
    signals.mask.store(mask.without(SigSet::KERNEL_ONLY).0, Ordering::SeqCst);
    task.group.signalfd.wake_all();
    Ok(())
}

impl SignalFd {
    fn mask(&self) -> SigSet {
        SigSet(self.mask.load(Ordering::SeqCst))
    }

    fn ready(&self, task: &Task) -> bool {
        let (own, shared) = task.pending_signals();
        (own.0 | shared.0) & self.mask().0 != 0
    }
}

fn current<R>(f: impl FnOnce(&Task) -> R) -> R {
    hal::thread::with_current(f)
}

impl FileOps for SignalFd {
    fn can_nowait(&self, _file: &File) -> bool {
        true
    }

    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if dst.remaining() < RECORD {
            return Err(Errno::EINVAL);
        }
        let mut done = 0;
        while dst.remaining() >= RECORD {
            let info = match current(|task| take(task, self.mask())) {
                Some(info) => info,
                None if done != 0 => break,
                None if file.nonblock() => return Err(Errno::EAGAIN),
                None => {
                    current(|task| task.group.signalfd.wait_event_interruptible(|| self.ready(task)))
                        .map_err(|_| Errno::ERESTARTSYS)?;
                    continue;
                }
            };
            match dst.copy_out(&record(&info)) {
                Ok(RECORD) => done += RECORD,
                _ if done == 0 => return Err(Errno::EFAULT),
                _ => break,
            }
        }
        Ok(done)
    }

    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        current(|task| {
            table.register(&task.group.signalfd);
            if self.ready(task) { PollMask::IN } else { PollMask::empty() }
        })
    }

    fn mmap(&self, _file: &File) -> Result<MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn show_fdinfo(&self, _file: &File, out: &mut dyn fmt::Write) -> fmt::Result {
        writeln!(out, "sigmask:\t{:016x}", self.mask().0)
    }
}

/// The structure that a read gives for one signal.
fn record(info: &SigInfo) -> [u8; RECORD] {
    let mut out = [0; RECORD];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(to) = out.get_mut(at..at + bytes.len()) {
            to.copy_from_slice(bytes);
        }
    };
    put(0, &info.signo.to_le_bytes());
    put(4, &info.errno.to_le_bytes());
    put(8, &info.code.to_le_bytes());
    let mut queued = |pid: i32, uid: u32, value: u64| {
        // A timer's number and overruns have places of their own.
        let (first, second) = if info.code == code::SI_TIMER { (24, 32) } else { (12, 16) };
        put(first, &pid.to_le_bytes());
        put(second, &uid.to_le_bytes());
        put(44, &(value as i32).to_le_bytes());
        put(48, &value.to_le_bytes());
    };
    match info.fields {
        Fields::None => {}
        Fields::Kill { pid, uid } => {
            put(12, &pid.to_le_bytes());
            put(16, &uid.to_le_bytes());
        }
        Fields::Rt { pid, uid, value } => queued(pid, uid, value),
        Fields::Child { pid, uid, status, utime, stime } => {
            put(12, &pid.to_le_bytes());
            put(16, &uid.to_le_bytes());
            put(40, &status.to_le_bytes());
            put(56, &utime.to_le_bytes());
            put(64, &stime.to_le_bytes());
        }
        Fields::Fault { addr } | Fields::Pkey { addr, .. } => put(72, &addr.to_le_bytes()),
        Fields::Poll { band, fd } => {
            put(20, &fd.to_le_bytes());
            put(28, &(band as u32).to_le_bytes());
        }
        Fields::Sys { addr, syscall, arch } => {
            put(84, &syscall.to_le_bytes());
            put(88, &addr.to_le_bytes());
            put(96, &arch.to_le_bytes());
        }
        Fields::Raw(raw) => {
            let word = |at: usize| raw.get(at..at + 4).and_then(|b| b.first_chunk::<4>()).copied();
            let number = |at: usize| i32::from_le_bytes(word(at).unwrap_or_default());
            let value = u64::from(number(8) as u32) | u64::from(number(12) as u32) << 32;
            queued(number(0), number(4) as u32, value);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queued_signal_has_its_value_twice() {
        let fields = Fields::Rt { pid: 7, uid: 8, value: 0x1_0000_0002 };
        let bytes = record(&SigInfo { signo: 40, errno: 0, code: code::SI_QUEUE, fields });
        assert_eq!((bytes[0], bytes[12], bytes[16], bytes[44], bytes[48], bytes[52]), (40, 7, 8, 2, 2, 1));
    }
}
