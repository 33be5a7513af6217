//! Terminals as files: what read, write, poll and open do.

use alloc::string::String;
use alloc::sync::Arc;

use abi::Errno;
use abi::fcntl::{O_ACCMODE, O_NOCTTY, O_RDONLY, O_RDWR};
use mm::{AddressSpace, IterDst, IterSrc};
use process::{Task, sigio};
use sched::PollTable;
use vfs::chrdev::CharDevice;
use vfs::fasync::SignalTarget;
use vfs::{Fasync, File, FileOps, Inode, Path, PollMask, register_chrdev};

use crate::ioctl::{self, Request};
use crate::job::{self, Access};
use crate::pty::{self, SlaveUse};
use crate::{Port, Tty, redirect, settings};

/// Where TTYAUX_MAJOR's terminals are: `/dev/tty` and `/dev/console`.
const TTYAUX_MAJOR: u32 = 5;

/// An open file of a terminal.
pub(crate) struct TtyFile {
    tty: Arc<Tty>,
    /// How often the terminal had been hung up when this was opened: one more, and the file is dead. None for
    /// `/dev/console`, which a hang-up leaves alone.
    opened_at: Option<u32>,
    /// What a pseudo-terminal's slave counts.
    _slave: Option<SlaveUse>,
}

impl TtyFile {
    fn new(tty: Arc<Tty>, controls: bool) -> Self {
        TtyFile { opened_at: controls.then(|| tty.hangups()), tty, _slave: None }
    }

    /// A file of a slave.
    pub fn slave(tty: Arc<Tty>, slave: SlaveUse) -> Self {
        TtyFile { opened_at: Some(tty.hangups()), tty, _slave: Some(slave) }
    }

    /// Whether the terminal was hung up since it was opened.
    fn is_dead(&self) -> bool {
        self.opened_at.is_some_and(|at| at != self.tty.hangups())
    }
}

impl FileOps for TtyFile {
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if self.is_dead() {
            return Ok(0);
        }
        self.tty.has_discipline()?;
        current(|task| job::check(&self.tty, task, Access::Read))?;
        self.tty.read(dst, file.nonblock(), &|| self.is_dead())
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if self.is_dead() {
            return Err(Errno::EIO);
        }
        self.tty.has_discipline()?;
        if self.tty.with_state(|s| s.termios().c_lflag & abi::termios::TOSTOP != 0) {
            current(|task| job::check(&self.tty, task, Access::Change))?;
        }
        if self.opened_at.is_none()
            && let Some(other) = redirect::target()
        {
            let hangups = other.hangups();
            return other.write(src, file.nonblock(), &|| other.hangups() != hangups);
        }
        self.tty.write(src, file.nonblock(), &|| self.is_dead())
    }

    fn seekable(&self) -> bool {
        false
    }

    fn ioctl(&self, file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        if self.is_dead() {
            return Err(if cmd == abi::ioctl::TIOCSPGRP { Errno::ENOTTY } else { Errno::EIO });
        }
        current(|task| {
            let by_console = self.opened_at.is_none();
            let request = Request { tty: &self.tty, task, file, mm, by_master: false, by_console };
            ioctl::tty_ioctl(&request, cmd, arg)
        })
    }

    fn can_poll(&self) -> bool {
        true
    }

    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        table.register(&self.tty.readable);
        table.register(&self.tty.writable);
        if let Some(queue) = self.tty.port.progress() {
            table.register(queue);
        }
        if self.is_dead() {
            return PollMask::ALWAYS | PollMask::HUP | PollMask::ERR;
        }
        let mut mask = PollMask::empty();
        mask.set(PollMask::READABLE, self.tty.is_readable());
        mask.set(PollMask::WRITABLE, self.tty.is_writable());
        mask
    }

    fn fasync(&self, _file: &File) -> [Option<&Fasync>; 2] {
        [Some(&self.tty.fasync), None]
    }

    /// The foreground, or who asks if there is none.
    fn async_owner(&self, _file: &File) -> Option<(Arc<dyn SignalTarget>, (u32, u32))> {
        current(|task| Some(io_owner(task, self.tty.job().foreground)))
    }
}

/// Who gets signals of a terminal unless a program names somebody: its foreground group, or the caller.
pub(crate) fn io_owner(task: &Task, group: i32) -> (Arc<dyn SignalTarget>, (u32, u32)) {
    let cred = task.cred();
    let named = if group == 0 { None } else { sigio::io_owner(sigio::F_OWNER_PGRP, group).ok().flatten() };
    (named.unwrap_or_else(|| sigio::own_process(task)), (cred.uid, cred.euid))
}

/// The running task: a terminal acts on who uses it.
fn current<R>(f: impl FnOnce(&Task) -> R) -> R {
    hal::thread::with_current(f)
}

/// A terminal's own device node, or one that leads to it.
struct Node {
    tty: Arc<Tty>,
    /// Whether opening it may make it the controlling terminal (`/dev/console` does not).
    controls: bool,
}

impl CharDevice for Node {
    fn open(&self, _path: &Path, _inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        open_terminal(&self.tty, self.controls, flags)?;
        Ok(Arc::new(TtyFile::new(self.tty.clone(), self.controls)))
    }
}

/// What every open of a terminal does; `controls` says whether it may become the controlling terminal.
pub(crate) fn open_terminal(tty: &Arc<Tty>, controls: bool, flags: u32) -> Result<(), Errno> {
    current(|task| {
        if tty.with_state(|s| s.exclusive) && !task.cred().capable(abi::capability::CAP_SYS_ADMIN) {
            return Err(Errno::EBUSY);
        }
        // A session leader without a terminal gets the first one that it opens (open(2), O_NOCTTY), if it may read.
        let readable = matches!(flags & O_ACCMODE, O_RDONLY | O_RDWR);
        if controls && readable && flags & O_NOCTTY == 0 {
            tty.acquire_if_free(task);
        }
        Ok(())
    })
}

/// `/dev/tty`: the controlling terminal of whoever opens it.
struct Controlling;

impl CharDevice for Controlling {
    fn open(&self, _path: &Path, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        let tty = current(own_terminal).ok_or(Errno::ENXIO)?;
        match pty::open_slave_of(&tty) {
            Some(slave) => Ok(slave),
            None => Ok(Arc::new(TtyFile::new(tty, true))),
        }
    }
}

/// The terminal that controls a task.
pub(crate) fn own_terminal(task: &Task) -> Option<Arc<Tty>> {
    task.group.tty().and_then(|tty| tty.as_any().downcast().ok())
}

/// Makes a terminal known by its device number. What its port receives goes to [`Tty::receive`].
pub fn register(
    name: &str,
    (major, minor): (u32, u32),
    c_cflag: u32,
    port: Arc<dyn Port>,
) -> Result<Arc<Tty>, Errno> {
    let rdev = vfs::DevT::new(major, minor).encode();
    let tty = Tty::new(String::from(name), rdev, settings::initial_termios(c_cflag), port);
    register_chrdev(major, minor, Arc::new(Node { tty: tty.clone(), controls: true }))?;
    Ok(tty)
}

/// Makes `/dev/tty` and `/dev/console` work, the latter as another name of `console`; once.
pub fn register_console(console: &Arc<Tty>) -> Result<(), Errno> {
    register_chrdev(TTYAUX_MAJOR, 1, Arc::new(Node { tty: console.clone(), controls: false }))?;
    register_chrdev(TTYAUX_MAJOR, 0, Arc::new(Controlling))
}
