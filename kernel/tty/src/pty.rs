//! Pseudo-terminals (pty(7)): a terminal whose device is another program, which holds the master side open.
//!
//! Locks: `PAIRS` (the pairs by number), then a slave's [`Tty`] state, then [`Lower`]'s (what the slave has sent).

mod devpts;
mod lower;
mod master;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::{Arc, Weak};
use core::sync::atomic::Ordering;

use abi::Errno;
use abi::termios::{B38400, CREAD, CS8};
use process::terminal::{PTY_COUNT, PTY_MAX};
use sync::{SpinLock, rank};
use vfs::chrdev::{CharDevice, DevT};
use vfs::{FileOps, Inode};

use crate::Tty;
use crate::file::{TtyFile, open_terminal};
use crate::settings::initial_termios;
use lower::Lower;

/// Major number of slaves (`/dev/pts/N`); the minor number is N.
const SLAVE_MAJOR: u32 = 136;
/// `/dev/ptmx`.
const PTMX: (u32, u32) = (5, 2);
/// Numbers that a pair may have, whatever `/proc/sys/kernel/pty/max` says.
const MAX_PAIRS: u32 = 1 << 20;

/// State changes that packet mode reports (ioctl_tty(2), TIOCPKT).
pub(crate) mod packet {
    use abi::Termios;
    use abi::termios::{EXTPROC, IXON, VSTART, VSTOP};

    /// The terminal's input was thrown away.
    pub const FLUSHREAD: u8 = 1;
    /// Its output was.
    pub const FLUSHWRITE: u8 = 2;
    /// Output has stopped.
    pub const STOP: u8 = 4;
    /// Output goes on.
    pub const START: u8 = 8;
    /// Stop and start are no longer ^S and ^Q.
    pub const NOSTOP: u8 = 16;
    /// They are now.
    pub const DOSTOP: u8 = 32;
    /// Settings have changed while the other side does the line's work (EXTPROC).
    pub const IOCTL: u8 = 64;

    /// What a change of settings is to a master.
    pub fn changes(old: &Termios, new: &Termios) -> u8 {
        let keys = |t: &Termios| t.c_iflag & IXON != 0 && t.c_cc[VSTOP] == 0x13 && t.c_cc[VSTART] == 0x11;
        let flow = match (keys(old), keys(new)) {
            (false, true) => DOSTOP,
            (true, false) => NOSTOP,
            _ => 0,
        };
        flow | if (old.c_lflag | new.c_lflag) & EXTPROC != 0 { IOCTL } else { 0 }
    }
}

/// A master and its slave.
pub(crate) struct Pair {
    index: u32,
    slave: Arc<Tty>,
    lower: Arc<Lower>,
}

/// The pairs whose number is taken: by an open master, or an open slave that has outlived it.
static PAIRS: SpinLock<BTreeMap<u32, Weak<Pair>>> = SpinLock::new(rank::CONFIG, BTreeMap::new());

impl Pair {
    /// A new pair with the lowest free number, its slave locked (unlockpt(3)).
    fn new() -> Result<Arc<Self>, Errno> {
        let mut pairs = PAIRS.lock();
        if PTY_COUNT.load(Ordering::Relaxed) + 1 >= PTY_MAX.load(Ordering::Relaxed) {
            return Err(Errno::ENOSPC);
        }
        let index = (0..MAX_PAIRS).find(|index| !pairs.contains_key(index)).ok_or(Errno::ENOSPC)?;
        let lower = Lower::new();
        let rdev = DevT::new(SLAVE_MAJOR, index).encode();
        let termios = initial_termios(B38400 | CS8 | CREAD);
        let slave = Tty::new(String::from("pts"), rdev, termios, lower.clone());
        let pair = Arc::new(Pair { index, slave, lower });
        pairs.insert(index, Arc::downgrade(&pair));
        PTY_COUNT.fetch_add(1, Ordering::Relaxed);
        Ok(pair)
    }

    /// The pair of that number while its master is open.
    fn find(index: u32) -> Option<Arc<Self>> {
        let pair = PAIRS.lock().get(&index)?.upgrade()?;
        pair.lower.has_master().then_some(pair)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        PAIRS.lock().remove(&self.index);
        PTY_COUNT.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Another open file of this terminal if it is a slave, for `/dev/tty`.
pub(crate) fn open_slave_of(tty: &Arc<Tty>) -> Option<Arc<dyn FileOps>> {
    if !tty.is_pty() {
        return None;
    }
    let dev = DevT::decode(u32::try_from(tty.rdev()).ok()?);
    let pair = Pair::find(dev.minor()).filter(|pair| Arc::ptr_eq(&pair.slave, tty))?;
    Some(Arc::new(TtyFile::slave(pair.slave.clone(), SlaveUse::new(&pair))))
}

/// An open file of a slave: while there is one, the master's reader waits instead of getting EIO.
pub(crate) struct SlaveUse(Arc<Pair>);

impl SlaveUse {
    fn new(pair: &Arc<Pair>) -> Self {
        pair.lower.slave_opened();
        SlaveUse(pair.clone())
    }
}

impl Drop for SlaveUse {
    fn drop(&mut self) {
        self.0.lower.slave_closed();
    }
}

/// The slaves' device.
struct Slaves;

impl CharDevice for Slaves {
    fn open(&self, inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        let pair = Pair::find(inode.rdev.minor()).ok_or(Errno::EIO)?;
        if pair.lower.is_locked() {
            return Err(Errno::EIO);
        }
        open_terminal(&pair.slave, true, flags)?;
        Ok(Arc::new(TtyFile::slave(pair.slave.clone(), SlaveUse::new(&pair))))
    }
}

/// `/dev/ptmx`: each open makes a pair.
struct Multiplexer;

impl CharDevice for Multiplexer {
    fn open(&self, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        let pair = Pair::new()?;
        devpts::add(pair.index, &pair);
        Ok(Arc::new(master::MasterFile::new(pair)))
    }
}

/// Makes the devices and the file system known.
pub fn init() -> Result<(), Errno> {
    vfs::register_chrdev(PTMX.0, PTMX.1, Arc::new(Multiplexer))?;
    vfs::chrdev::register_chrdev_major(SLAVE_MAJOR, Arc::new(Slaves))?;
    devpts::init()
}
