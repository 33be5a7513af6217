//! pidfd_open(2): a process as a file. It stays that process when the number is given to another.

use alloc::sync::Arc;
use core::fmt;

use abi::Errno;
use mm::MmapSource;
use sched::PollTable;
use vfs::anon::anon_file;
use vfs::consts::{O_NONBLOCK, O_RDWR};
use vfs::{Cred, File, FileOps, PollMask};

use crate::group::ThreadGroup;
use crate::pid;

struct PidFd {
    group: Arc<ThreadGroup>,
}

/// pidfd_open(2): `flags` may be PIDFD_NONBLOCK. EINVAL for others and for numbers that no process can have, ESRCH
/// if there is none; a thread that leads no process is refused with EINVAL.
pub fn open(number: i32, flags: u32, cred: &Cred) -> Result<Arc<File>, Errno> {
    if flags & !O_NONBLOCK != 0 || number <= 0 {
        return Err(Errno::EINVAL);
    }
    let task = pid::find_task(number).ok_or(Errno::ESRCH)?;
    if !task.is_group_leader() {
        return Err(Errno::EINVAL);
    }
    let ops = Arc::new(PidFd { group: task.group.clone() });
    Ok(anon_file("pidfd", ops, O_RDWR | flags, cred))
}

/// A pidfd of a process that was known before, and may have ended.
pub fn open_group(group: Arc<ThreadGroup>, cred: &Cred) -> Arc<File> {
    anon_file("pidfd", Arc::new(PidFd { group }), O_RDWR, cred)
}

/// The process behind an open file; EBADF if it is something else.
pub fn of_file(file: &File) -> Result<&Arc<ThreadGroup>, Errno> {
    file.ops_as::<PidFd>().map(|pidfd| &pidfd.group).ok_or(Errno::EBADF)
}

impl FileOps for PidFd {
    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    /// Readable when the process has ended, whether or not somebody has waited for it.
    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        table.register(&self.group.pidfds);
        if !self.group.has_exited() {
            return PollMask::empty();
        }
        if self.group.is_reaped() { PollMask::READABLE | PollMask::HUP } else { PollMask::READABLE }
    }

    fn mmap(&self, _file: &File) -> Result<MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn show_fdinfo(&self, _file: &File, out: &mut dyn fmt::Write) -> fmt::Result {
        let number = if self.group.is_reaped() { -1 } else { self.group.tgid };
        writeln!(out, "Pid:\t{number}\nNSpid:\t{number}")
    }
}
