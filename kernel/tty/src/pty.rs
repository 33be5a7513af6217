//! Pseudo-terminals (pty(7)): a terminal whose device is another program, which holds the master side open.
//!
//! Locks: `Instance::names` (a devpts's slaves by number), or a slave's [`Tty`] state, then [`Lower`]'s (what the slave
//! has sent).

mod devpts;
mod lower;
mod master;
mod options;

use alloc::string::String;
use alloc::sync::Arc;

use abi::Errno;
use abi::termios::{B38400, CREAD, CS8};
use vfs::chrdev::{CharDevice, DevT};
use vfs::{File, FileOps, Inode, LookupCtx, Mount, Path};

use crate::Tty;
use crate::file::{TtyFile, open_terminal};
use crate::settings::initial_termios;
use lower::Lower;

/// Major number of slaves (`/dev/pts/N`); the minor number is N.
const SLAVE_MAJOR: u32 = 136;
/// `/dev/ptmx`.
const PTMX: (u32, u32) = (5, 2);

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
    /// The devpts that it belongs to, which it keeps from shutting down.
    home: Arc<Mount>,
}

impl Pair {
    /// A new pair with the lowest free number of the devpts, its slave locked (unlockpt(3)).
    fn new(home: Arc<Mount>) -> Result<Arc<Self>, Errno> {
        let index = devpts::of(&home.sb).ok_or(Errno::ENODEV)?.take_number()?;
        let lower = Lower::new();
        let rdev = DevT::new(SLAVE_MAJOR, index).encode();
        let termios = initial_termios(B38400 | CS8 | CREAD);
        Ok(Arc::new_cyclic(|me| Pair {
            index,
            slave: Tty::of_pair(String::from("pts"), rdev, termios, lower.clone(), me.clone()),
            lower,
            home,
        }))
    }
}

/// The last file of both sides is closed: another pair may have the number.
impl Drop for Pair {
    fn drop(&mut self) {
        if let Some(devpts) = devpts::of(&self.home.sb) {
            devpts.free_number(self.index);
        }
    }
}

/// Another open file of this terminal if it is a slave, for `/dev/tty`.
pub(crate) fn open_slave_of(tty: &Arc<Tty>) -> Option<Arc<dyn FileOps>> {
    let pair = tty.pair.upgrade().filter(|pair| pair.lower.has_master())?;
    Some(Arc::new(TtyFile::slave(pair.slave.clone(), SlaveUse::new(&pair))))
}

/// TIOCGPTPEER: opens the slave of the master `file` in the devpts beside it, whatever names there are by now. None if
/// the file isn't a terminal; EIO if it is, but no master.
pub fn open_peer(ctx: &LookupCtx<'_>, file: &File, flags: u32) -> Option<Result<Arc<File>, Errno>> {
    match file.ops_as::<master::MasterFile>() {
        Some(master) => Some(master.open_peer(ctx, file, flags)),
        None => file.ops_as::<TtyFile>().map(|_| Err(Errno::EIO)),
    }
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
    fn open(&self, _path: &Path, inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        // A node in another file system leads nowhere: whose number would it be?
        let pair = devpts::slave_of(inode).ok_or(Errno::EIO)?;
        if pair.lower.is_locked() {
            return Err(Errno::EIO);
        }
        open_terminal(&pair.slave, true, flags)?;
        Ok(Arc::new(TtyFile::slave(pair.slave.clone(), SlaveUse::new(&pair))))
    }
}

/// `/dev/ptmx`: each open makes a pair, in the devpts to which the node belongs or that is mounted on `pts` beside it.
struct Multiplexer;

impl CharDevice for Multiplexer {
    fn open(&self, path: &Path, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        let sb = devpts::beside(path)?.mnt.sb.clone();
        let root = sb.root().ok_or(Errno::ENODEV)?;
        let pair = Pair::new(Mount::new_internal(sb, root))?;
        devpts::add(&pair)?;
        Ok(Arc::new(master::MasterFile::new(pair)))
    }
}

/// Makes the devices and the file system known.
pub fn init() -> Result<(), Errno> {
    vfs::register_chrdev(PTMX.0, PTMX.1, Arc::new(Multiplexer))?;
    vfs::chrdev::register_chrdev_major(SLAVE_MAJOR, Arc::new(Slaves))?;
    devpts::init()
}
