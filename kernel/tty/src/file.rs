//! Terminals as files: what read, write, poll and open do.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use abi::fcntl::O_NOCTTY;
use mm::{AddressSpace, IterDst, IterSrc};
use process::Task;
use sched::PollTable;
use sync::{SpinLock, rank};
use vfs::chrdev::CharDevice;
use vfs::{File, FileOps, Inode, PollMask, register_chrdev};

use crate::job::{self, Access};
use crate::pty::{self, SlaveUse};
use crate::{Port, Tty, ioctl, settings};

/// Bytes that pass between a program and the line discipline in one go.
const CHUNK: usize = 256;

/// Where TTYAUX_MAJOR's terminals are: `/dev/tty` and `/dev/console`.
const TTYAUX_MAJOR: u32 = 5;

/// An open file of a terminal.
pub(crate) struct TtyFile {
    tty: Arc<Tty>,
    /// What a pseudo-terminal's slave counts.
    _slave: Option<SlaveUse>,
}

impl TtyFile {
    fn new(tty: Arc<Tty>) -> Self {
        TtyFile { tty, _slave: None }
    }

    /// A file of a slave.
    pub fn slave(tty: Arc<Tty>, slave: SlaveUse) -> Self {
        TtyFile { tty, _slave: Some(slave) }
    }
}

impl FileOps for TtyFile {
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let mut done = 0;
        while dst.remaining() != 0 {
            current(|task| job::check(&self.tty, task, Access::Read))?;
            let mut chunk = [0; CHUNK];
            let room = dst.remaining().min(CHUNK);
            // Only the first bytes are waited for.
            let taken = match self.tty.read_chunk(&mut chunk[..room], file.nonblock() || done > 0) {
                Ok(taken) => taken,
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            };
            let copied = dst.copy_out(&chunk[..taken.copied])?;
            done += copied;
            if taken.line_done || copied < room {
                break;
            }
        }
        Ok(done)
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if self.tty.is_hung_up() {
            return Err(Errno::EIO);
        }
        if self.tty.with_state(|s| s.termios.c_lflag & abi::termios::TOSTOP != 0) {
            current(|task| job::check(&self.tty, task, Access::Change))?;
        }
        let mut done = 0;
        while src.remaining() != 0 {
            let mut chunk = [0; CHUNK];
            let len = src.remaining().min(CHUNK);
            let len = match src.copy_in(&mut chunk[..len]) {
                Ok(len) => len,
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            };
            if len == 0 {
                break;
            }
            match self.tty.write_chunk(&chunk[..len], file.nonblock()) {
                Ok(written) => done += written,
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            }
        }
        Ok(done)
    }

    fn seekable(&self) -> bool {
        false
    }

    fn ioctl(&self, _file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        if self.tty.is_hung_up() {
            return Err(Errno::EIO);
        }
        current(|task| ioctl::tty_ioctl(&self.tty, task, cmd, arg, mm, false))
    }

    fn can_poll(&self) -> bool {
        true
    }

    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        table.register(&self.tty.readable);
        table.register(&self.tty.writable);
        if let Some(queue) = self.tty.progress() {
            table.register(queue);
        }
        if self.tty.is_hung_up() {
            return PollMask::ALWAYS | PollMask::HUP | PollMask::ERR;
        }
        let mut mask = PollMask::empty();
        let (ready, blocked) = self.tty.poll_state();
        if ready {
            mask |= PollMask::READABLE;
        }
        if !blocked {
            mask |= PollMask::WRITABLE;
        }
        mask
    }
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
    fn open(&self, _inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        open_terminal(&self.tty, self.controls, flags)?;
        Ok(Arc::new(TtyFile::new(self.tty.clone())))
    }
}

/// What every open of a terminal does; `controls` says whether it may become the controlling terminal.
pub(crate) fn open_terminal(tty: &Arc<Tty>, controls: bool, flags: u32) -> Result<(), Errno> {
    current(|task| {
        if tty.with_state(|s| s.exclusive) && !task.cred().capable(abi::capability::CAP_SYS_ADMIN) {
            return Err(Errno::EBUSY);
        }
        // A session leader without a terminal gets the first one that it opens (open(2), O_NOCTTY).
        if controls && flags & O_NOCTTY == 0 {
            tty.acquire_if_free(task);
        }
        Ok(())
    })
}

/// `/dev/tty`: the controlling terminal of whoever opens it.
struct Controlling;

impl CharDevice for Controlling {
    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        let rdev = current(|task| task.group.tty().map(|tty| tty.rdev())).ok_or(Errno::ENXIO)?;
        if let Some(slave) = pty::open_slave_of(rdev) {
            return Ok(slave);
        }
        let tty = TTYS.lock().iter().find(|tty| tty.rdev() == rdev).cloned();
        Ok(Arc::new(TtyFile::new(tty.ok_or(Errno::ENXIO)?)))
    }
}

/// The terminals that were registered.
static TTYS: SpinLock<Vec<Arc<Tty>>> = SpinLock::new(rank::CONFIG, Vec::new());

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
    TTYS.lock().push(tty.clone());
    Ok(tty)
}

/// Makes `/dev/tty` and `/dev/console` work, the latter as another name of `console`; once.
pub fn register_console(console: &Arc<Tty>) -> Result<(), Errno> {
    register_chrdev(TTYAUX_MAJOR, 1, Arc::new(Node { tty: console.clone(), controls: false }))?;
    register_chrdev(TTYAUX_MAJOR, 0, Arc::new(Controlling))
}
