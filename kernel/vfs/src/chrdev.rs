//! Device numbers and the table of character-device drivers.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use abi::Errno;
use sync::{Once, SpinLock, rank};

use crate::consts::*;
use crate::{FileOps, Inode, Path};

/// A device number: major and minor in Linux's internal split (12 and 20 bits).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DevT(pub u32);

impl DevT {
    /// From its halves.
    pub const fn new(major: u32, minor: u32) -> Self {
        DevT((major << 20) | (minor & 0xf_ffff))
    }

    /// The major number.
    pub const fn major(self) -> u32 {
        self.0 >> 20
    }

    /// The minor number.
    pub const fn minor(self) -> u32 {
        self.0 & 0xf_ffff
    }

    /// As programs see it (st_rdev, mknod(2); makedev(3)'s low 32 bits).
    pub const fn encode(self) -> u64 {
        let (major, minor) = (self.major(), self.minor());
        ((minor & 0xff) | (major << 8) | ((minor & !0xff) << 12)) as u64
    }

    /// From a program's number.
    pub const fn decode(dev: u32) -> Self {
        DevT::new((dev & 0xfff00) >> 8, (dev & 0xff) | ((dev >> 12) & 0xfff00))
    }
}

/// Makes what an open file of the device does.
pub trait CharDevice: Send + Sync {
    /// The device is opened by way of `path`; `flags` are open(2)'s.
    fn open(&self, path: &Path, inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno>;
}

/// A device whose files are all served by one object.
struct Single(Arc<dyn FileOps>);

impl CharDevice for Single {
    fn open(&self, _path: &Path, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        Ok(self.0.clone())
    }
}

type Table = BTreeMap<DevT, Arc<dyn CharDevice>>;

static CHRDEVS: SpinLock<Table> = SpinLock::new(rank::CHRDEV, BTreeMap::new());

/// Registers a device; EBUSY if the number is taken.
pub fn register_chrdev(major: u32, minor: u32, device: Arc<dyn CharDevice>) -> Result<(), Errno> {
    let mut table = CHRDEVS.lock();
    let dev = DevT::new(major, minor);
    if table.contains_key(&dev) {
        return Err(Errno::EBUSY);
    }
    table.insert(dev, device);
    Ok(())
}

static MAJORS: SpinLock<BTreeMap<u32, Arc<dyn CharDevice>>> = SpinLock::new(rank::CHRDEV, BTreeMap::new());

/// Registers what answers for all minor numbers that have no device of their own; EBUSY if there is one.
pub fn register_chrdev_major(major: u32, device: Arc<dyn CharDevice>) -> Result<(), Errno> {
    let mut majors = MAJORS.lock();
    if majors.contains_key(&major) {
        return Err(Errno::EBUSY);
    }
    majors.insert(major, device);
    Ok(())
}

/// Registers a device whose open files need no state of their own.
pub fn register_simple_chrdev(major: u32, minor: u32, ops: Arc<dyn FileOps>) -> Result<(), Errno> {
    register_chrdev(major, minor, Arc::new(Single(ops)))
}

/// Opens the file of a FIFO inode; ipc's part.
pub type FifoOpen = fn(&Arc<Inode>, u32) -> Result<Arc<dyn FileOps>, Errno>;

static FIFO_OPEN: Once<FifoOpen> = Once::new();

/// Names what opens FIFOs; once at boot.
pub fn set_fifo_open(open: FifoOpen) {
    let _ = FIFO_OPEN.set(open);
}

/// What an open file of `inode` does, whatever its type.
pub(crate) fn open_inode(path: &Path, inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
    match inode.kind() {
        S_IFCHR => {
            let own = CHRDEVS.lock().get(&inode.rdev).cloned();
            let device = own.or_else(|| MAJORS.lock().get(&inode.rdev.major()).cloned());
            device.ok_or(Errno::ENXIO)?.open(path, inode, flags)
        }
        S_IFBLK | S_IFSOCK => Err(Errno::ENXIO),
        S_IFIFO => (FIFO_OPEN.get().ok_or(Errno::ENXIO)?)(inode, flags),
        _ => inode.ops.open(inode, flags),
    }
}
