//! pidfd_open(2): a process or a thread as a file. It stays that one when the number is given to another.

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use core::fmt;

use abi::Errno;
use mm::{AddressSpace, MmapSource, UserPtr};
use sched::PollTable;
use vfs::anon::{PseudoFs, PseudoInode};
use vfs::consts::{O_EXCL, O_NONBLOCK, O_RDWR, fmode};
use vfs::{Cred, Dentry, File, FileOps, Inode, InodeInit, Path, PollMask};

use crate::group::ThreadGroup;
use crate::task::ExitState;
use crate::{Task, pid};

/// A file for one thread, and not for its process (PIDFD_THREAD).
pub const PIDFD_THREAD: u32 = O_EXCL;

static PIDFS: PseudoFs = PseudoFs::new("pidfs", 0x5049_4446);

/// What stands behind the file.
pub struct PidFd {
    group: Arc<ThreadGroup>,
    number: i32,
    /// A thread that leads no process. The leader may be replaced by an execve, so it is looked up.
    thread: Option<Weak<Task>>,
}

/// pidfd_open(2): `flags` may be PIDFD_NONBLOCK and PIDFD_THREAD. EINVAL for others and for numbers that no process
/// can have, ESRCH if there is none, ENOENT for a thread that leads no process without PIDFD_THREAD.
pub fn open(number: i32, flags: u32, cred: &Cred) -> Result<Arc<File>, Errno> {
    if flags & !(O_NONBLOCK | PIDFD_THREAD) != 0 || number <= 0 {
        return Err(Errno::EINVAL);
    }
    let task = pid::find_task(number).ok_or(Errno::ESRCH)?;
    if flags & PIDFD_THREAD == 0 && !task.is_group_leader() {
        return Err(Errno::ENOENT);
    }
    Ok(new_file(&task, flags, cred))
}

/// A pidfd of a process that was known before, and may have ended.
pub fn open_group(group: Arc<ThreadGroup>, cred: &Cred) -> Arc<File> {
    let number = group.tgid;
    make(PidFd { group, number, thread: None }, 0, cred)
}

/// A pidfd of `task`, which may not be known to others yet.
pub(crate) fn new_file(task: &Arc<Task>, flags: u32, cred: &Cred) -> Arc<File> {
    let thread = (!task.is_group_leader()).then(|| Arc::downgrade(task));
    make(PidFd { group: task.group.clone(), number: task.pid(), thread }, flags, cred)
}

fn make(ops: PidFd, flags: u32, cred: &Cred) -> Arc<File> {
    let mnt = PIDFS.mnt();
    // One process is one inode, for as long as it lives: programs compare the numbers.
    let in_process = if ops.thread.is_some() { ops.number as u64 } else { 0 };
    let ino = ops.group.pidfs_ino() << 32 | in_process;
    let init = InodeInit { ino, uid: cred.fsuid, gid: cred.fsgid, ..InodeInit::new(0o600) };
    let inode = Inode::new(&mnt.sb, init, Box::new(PseudoInode));
    let dentry = Dentry::new_pseudo(inode.clone(), b"anon_inode:[pidfd]");
    let path = Path { mnt: mnt.clone(), dentry };
    File::new(path, inode, Arc::new(ops), O_RDWR | flags, fmode::READ | fmode::WRITE)
}

/// The process or thread behind an open file; EBADF if it is something else.
pub fn of_file(file: &File) -> Result<&PidFd, Errno> {
    file.ops_as::<PidFd>().ok_or(Errno::EBADF)
}

impl PidFd {
    /// The process.
    pub fn group(&self) -> &Arc<ThreadGroup> {
        &self.group
    }

    /// The number that it was opened by.
    pub fn number(&self) -> i32 {
        self.number
    }

    /// The task, unless it has been reaped.
    pub fn task(&self) -> Option<Arc<Task>> {
        match &self.thread {
            None => self.group.leader().filter(|_| !self.group.is_reaped()),
            Some(weak) => weak
                .upgrade()
                .filter(|task| task.pid() == self.number && task.exit_state() != ExitState::Dead),
        }
    }

    /// The process whose children wait for it by this file; none for a mere thread and once it is reaped.
    pub fn waitable(&self) -> Option<i32> {
        (self.thread.is_none() && !self.group.is_reaped()).then_some(self.number)
    }
}

impl FileOps for PidFd {
    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    /// Readable when it has ended, whether or not somebody has waited for it.
    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        table.register(&self.group.pidfds);
        if self.task().is_none() {
            return PollMask::READABLE | PollMask::HUP;
        }
        let ended = self.thread.is_none() && self.group.has_exited();
        if ended { PollMask::READABLE } else { PollMask::empty() }
    }

    fn mmap(&self, _file: &File) -> Result<MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn ioctl(&self, _file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        const MAGIC_NR: u32 = 0xffff;
        /// The first and the last ioctl that would open a namespace.
        const NAMESPACES: core::ops::RangeInclusive<u32> = 0xff01..=0xff0a;
        if cmd & MAGIC_NR == GET_INFO && cmd >> 30 == 3 {
            return self.get_info((cmd >> 16 & 0x3fff) as usize, arg, mm);
        }
        if !NAMESPACES.contains(&cmd) {
            return Err(Errno::ENOTTY);
        }
        let task = self.task();
        if task.is_none() {
            return Err(Errno::ESRCH);
        }
        Err(if arg == 0 { Errno::EOPNOTSUPP } else { Errno::EINVAL })
    }

    fn show_fdinfo(&self, _file: &File, out: &mut dyn fmt::Write) -> fmt::Result {
        let number = if self.task().is_some() { self.number } else { -1 };
        writeln!(out, "Pid:\t{number}\nNSpid:\t{number}")
    }
}

/// PIDFD_GET_INFO without its size.
const GET_INFO: u32 = 0xff0b;
/// `struct pidfd_info`, in words of four bytes.
const INFO_WORDS: usize = 18;
/// Its first version, in bytes.
const INFO_SIZE_VER0: usize = 64;
const INFO_PID: u32 = 1;
const INFO_CREDS: u32 = 2;
const INFO_EXIT: u32 = 8;

impl PidFd {
    /// PIDFD_GET_INFO: who it is, and how it ended if that was asked and it has been reaped. There are no control
    /// groups, and nothing is said of core dumps.
    fn get_info(&self, size: usize, to: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        if size < INFO_SIZE_VER0 {
            return Err(Errno::ENOTTY);
        }
        if to == 0 {
            return Err(Errno::EINVAL);
        }
        let wanted: u32 = mm.read(UserPtr::new(to))?;
        let mut words = [0u32; INFO_WORDS];
        match self.task() {
            Some(task) => {
                let cred = task.cred();
                words[0] = INFO_PID | INFO_CREDS;
                let numbers = [task.pid() as u32, task.tgid() as u32, task.ppid() as u32];
                let real = [cred.uid, cred.gid, cred.euid, cred.egid];
                let saved = [cred.suid, cred.sgid, cred.fsuid, cred.fsgid];
                let values = numbers.iter().chain(&real).chain(&saved);
                for (word, value) in words.iter_mut().skip(4).zip(values) {
                    *word = *value;
                }
            }
            None if wanted & INFO_EXIT == 0 => return Err(Errno::ESRCH),
            None => {
                if let Some(status) = self.exit_status() {
                    words[0] = INFO_EXIT;
                    words[15] = status as u32;
                }
            }
        }
        let bytes = zerocopy::IntoBytes::as_bytes(&words);
        let known = size.min(bytes.len());
        mm.write_bytes(to, bytes.get(..known).unwrap_or(bytes))?;
        for at in known..size {
            mm.write(UserPtr::new(to.wrapping_add(at as u64)), &0u8)?;
        }
        Ok(0)
    }

    /// The wait status of what has been reaped; that of a thread is known only while somebody holds the thread.
    fn exit_status(&self) -> Option<i32> {
        match &self.thread {
            None => self.group.state.lock().exit_code,
            Some(weak) => weak.upgrade().map(|task| task.exit_code()),
        }
    }
}
