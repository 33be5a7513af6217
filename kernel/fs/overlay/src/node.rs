//! What stands behind an overlay's inode: the real files that it is made of.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use abi::Errno;
use sched::Mutex;
use sync::{Once, RcuArc, SpinLock, rank};
use vfs::consts::*;
use vfs::{Dentry, Inode, InodeInit, Kstat, Path, SuperBlock};

use crate::listing::DirCache;
use crate::xattr::IMPURE;
use crate::{Layer, Ovl};

/// The layer number of the upper layer; lower ones follow from 1 on.
pub(crate) const UPPER: usize = 0;

/// A file of one of the layers.
#[derive(Clone)]
pub(crate) struct Real {
    pub layer: usize,
    pub dentry: Arc<Dentry>,
    pub inode: Arc<Inode>,
}

impl Real {
    /// Of a dentry that isn't negative; ENOENT.
    pub fn new(layer: usize, dentry: Arc<Dentry>) -> Result<Self, Errno> {
        let inode = dentry.inode().ok_or(Errno::ENOENT)?;
        Ok(Real { layer, dentry, inode })
    }

    /// Its number as stat(2) and getdents(2) show it.
    pub fn ino(&self) -> u64 {
        Kstat::of(&self.inode).ino
    }

    /// The mark of a removed name.
    pub fn is_whiteout(&self) -> bool {
        is_whiteout(&self.inode)
    }
}

/// Whether this is the mark of a removed name: a character device 0:0.
pub(crate) fn is_whiteout(inode: &Inode) -> bool {
    inode.kind() == S_IFCHR && inode.rdev.0 == 0
}

/// Where an inode is found in the overlay. For a file with several names one of them.
pub(crate) struct Place {
    pub parent: Arc<Inode>,
    pub name: Arc<[u8]>,
}

/// What an overlay's inode is.
pub(crate) struct Node {
    pub fs: Arc<Ovl>,
    /// The file in the upper layer, once there is one.
    upper: Once<Real>,
    /// Of a directory all parts in lower layers, topmost first; of anything else at most the one file that shows
    /// through, or showed before it was copied up.
    pub lower: Vec<Real>,
    /// Held during a copy-up, and while the name is removed.
    pub copying: Mutex<()>,
    /// Kept current for what has no file in the upper layer yet, and for directories; none for the root and for
    /// files without a name.
    place: RcuArc<Place>,
    /// No name is left: a copy-up makes a file without one.
    deleted: AtomicBool,
    /// Where the lower parts of a moved directory are.
    pub redirect: SpinLock<Option<Arc<[u8]>>>,
    /// Files were copied up into this directory of the upper layer: their numbers aren't their own.
    impure: AtomicBool,
    pub dir: DirCache,
}

/// The node behind an overlay's inode; EXDEV for an inode of another file system.
pub(crate) fn node_of(inode: &Inode) -> Result<&Node, Errno> {
    inode.fs_data::<Node>().ok_or(Errno::EXDEV)
}

/// What a name was found to be: see [`crate::lookup`].
#[derive(Default)]
pub(crate) struct Found {
    pub upper: Option<Real>,
    pub lower: Vec<Real>,
    pub redirect: Option<Arc<[u8]>>,
    pub impure: bool,
    /// The number that a copied-up file had before.
    pub origin: Option<u64>,
}

impl Found {
    /// The file that shows.
    pub fn top(&self) -> Result<&Real, Errno> {
        self.upper.as_ref().or(self.lower.first()).ok_or(Errno::ENOENT)
    }

    /// The overlay's number for it: that of the topmost lower part, or the one remembered, so that it stays the
    /// same when the file is copied up.
    pub fn ino(&self, fs: &Ovl) -> u64 {
        match (self.lower.first(), &self.upper, self.origin) {
            (_, Some(_), Some(origin)) => origin,
            (Some(real), ..) | (None, Some(real), _) => fs.compose_ino(real.layer, real.ino()),
            (None, None, _) => 0,
        }
    }
}

impl Ovl {
    /// The layer of that number.
    pub fn layer(&self, number: usize) -> Result<&Layer, Errno> {
        match number.checked_sub(1) {
            None => self.upper.as_ref().ok_or(Errno::EROFS),
            Some(lower) => self.lowers.get(lower).ok_or(Errno::EIO),
        }
    }

    /// The place of a real file.
    pub fn path(&self, real: &Real) -> Result<Path, Errno> {
        Ok(Path { mnt: self.layer(real.layer)?.mnt.clone(), dentry: real.dentry.clone() })
    }

    /// A number that differs for files of different file systems: the first one's are as they are.
    pub fn compose_ino(&self, layer: usize, ino: u64) -> u64 {
        ino ^ self.layer(layer).map_or(0, |layer| layer.fsid << 56)
    }

    /// The inode for what was found, the same one for the same real file.
    pub fn inode(
        self: &Arc<Self>,
        sb: &Arc<SuperBlock>,
        found: Found,
        place: Option<Place>,
    ) -> Result<Arc<Inode>, Errno> {
        let top = found.top()?;
        // Names of one lower file become files of their own when they are copied up.
        let shared = found.upper.is_some() || top.inode.is_dir() || top.inode.nlink() <= 1;
        let key = Arc::as_ptr(&top.inode) as usize;
        if shared && let Some(inode) = self.cached(key) {
            return Ok(inode);
        }
        let new = self.new_inode(sb, found, place)?;
        if !shared {
            return Ok(new);
        }
        let other = {
            let mut inodes = self.inodes.lock();
            let other = inodes.get(&key).and_then(|weak| weak.upgrade());
            if other.is_none() {
                inodes.insert(key, Arc::downgrade(&new));
            }
            other
        };
        match other {
            Some(other) if usable(&other) => Ok(other),
            Some(_gone) => {
                self.inodes.lock().insert(key, Arc::downgrade(&new));
                Ok(new)
            }
            None => Ok(new),
        }
    }

    fn cached(&self, key: usize) -> Option<Arc<Inode>> {
        let inode = self.inodes.lock().get(&key)?.upgrade();
        inode.filter(usable)
    }

    fn new_inode(
        self: &Arc<Self>,
        sb: &Arc<SuperBlock>,
        found: Found,
        place: Option<Place>,
    ) -> Result<Arc<Inode>, Errno> {
        let top = found.top()?;
        let init = InodeInit {
            ino: found.ino(self),
            rdev: top.inode.rdev,
            custom_permission: top.inode.custom_permission,
            ..InodeInit::new(top.inode.mode())
        };
        let upper = Once::new();
        if let Some(real) = found.upper {
            // Nobody else has the cell yet.
            let _ = upper.set(real);
        }
        let node = Node {
            fs: self.clone(),
            upper,
            lower: found.lower,
            copying: Mutex::new(rank::stacked(&rank::COPY_UPS, self.depth), ()),
            place: RcuArc::new(place.map(Arc::new)),
            deleted: AtomicBool::new(false),
            redirect: SpinLock::new(rank::SPIN_LEAF, found.redirect),
            impure: AtomicBool::new(found.impure),
            dir: DirCache::new(),
        };
        let inode = Inode::new(sb, init, alloc::boxed::Box::new(node));
        refresh(&inode);
        Ok(inode)
    }

    /// The inode is known by its file in the upper layer, too.
    pub fn add_key(&self, real: &Inode, inode: &Node) {
        let weak = inode
            .lower
            .first()
            .and_then(|lower| self.inodes.lock().get(&(Arc::as_ptr(&lower.inode) as usize)).cloned());
        if let Some(weak) = weak.filter(|weak| is_of(weak, inode)) {
            self.inodes.lock().insert(core::ptr::from_ref(real) as usize, weak);
        }
    }

    fn remove_key(&self, real: &Inode) {
        let mut inodes = self.inodes.lock();
        let key = core::ptr::from_ref(real) as usize;
        // A newer inode may have taken the place already.
        if inodes.get(&key).is_some_and(|weak| weak.strong_count() == 0) {
            inodes.remove(&key);
        }
    }
}

fn is_of(weak: &alloc::sync::Weak<Inode>, node: &Node) -> bool {
    weak.upgrade().is_some_and(|inode| inode.fs_data::<Node>().is_some_and(|n| core::ptr::eq(n, node)))
}

/// An inode whose last name is gone isn't what a new name leads to.
fn usable(inode: &Arc<Inode>) -> bool {
    node_of(inode).is_ok_and(|node| node.upper.get().is_some() || !node.is_deleted())
}

impl Node {
    /// The file in the upper layer.
    #[inline]
    pub fn upper(&self) -> Option<&Real> {
        self.upper.get()
    }

    /// The file in the upper layer; EROFS if it was not copied up.
    pub fn upper_or_rofs(&self) -> Result<&Real, Errno> {
        self.upper.get().ok_or(Errno::EROFS)
    }

    /// The copy-up is done.
    pub fn set_upper(&self, real: Real) {
        let _ = self.upper.set(real);
    }

    /// The file that shows.
    #[inline]
    pub fn real(&self) -> Result<&Real, Errno> {
        self.upper.get().or(self.lower.first()).ok_or(Errno::EIO)
    }

    /// All parts of a directory, topmost first.
    pub fn parts(&self) -> impl Iterator<Item = &Real> {
        self.upper.get().into_iter().chain(&self.lower)
    }

    /// Whether a directory has parts in several layers.
    pub fn is_merged(&self) -> bool {
        self.lower.len() + usize::from(self.upper.get().is_some()) > 1
    }

    pub fn place(&self) -> Option<Arc<Place>> {
        self.place.get()
    }

    pub fn set_place(&self, parent: &Arc<Inode>, name: &[u8]) {
        self.place.set(Some(Arc::new(Place { parent: parent.clone(), name: Arc::from(name) })));
    }

    pub fn is_deleted(&self) -> bool {
        self.deleted.load(Ordering::Acquire)
    }

    pub fn set_deleted(&self, on: bool) {
        self.deleted.store(on, Ordering::Release);
    }

    pub fn is_impure(&self) -> bool {
        self.impure.load(Ordering::Relaxed)
    }

    /// Notes that this directory holds `child`, if that has the number of a lower file. Without the attribute only the numbers that
    /// getdents(2) shows after the next mount would be wrong, so that failing to set it is no failure.
    pub fn note_child(&self, child: &Inode) {
        let own =
            node_of(child).ok().and_then(Node::upper).map(|real| self.fs.compose_ino(UPPER, real.ino()));
        if own != Some(child.ino)
            && !self.is_impure()
            && let Some(real) = self.upper()
        {
            let _ = self.fs.set_own(&real.inode, IMPURE, b"y");
            self.impure.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Parents go later, one by one: a deep tree must not recurse.
        if !self.place.is_none() {
            self.place.set(None);
        }
        for real in self.upper.get().into_iter().chain(self.lower.first()) {
            self.fs.remove_key(&real.inode);
        }
    }
}

/// Takes the attributes over from the real file that shows.
pub(crate) fn refresh(inode: &Inode) {
    let Ok(node) = node_of(inode) else { return };
    let Ok(real) = node.real() else { return };
    let from = &real.inode;
    inode.set_mode(from.mode());
    inode.set_uid(from.uid());
    inode.set_gid(from.gid());
    inode.set_size(from.size());
    inode.set_atime(from.atime());
    inode.set_mtime(from.mtime());
    inode.set_ctime(from.ctime());
    inode.set_nlink(nlink(inode, node, from));
}

/// Links as stat(2) shows them. Those of a merged directory aren't counted: 1, so that nobody takes the number
/// of subdirectories from it.
pub(crate) fn nlink(inode: &Inode, node: &Node, real: &Inode) -> u32 {
    if inode.is_dir() {
        match (node.is_deleted(), node.is_merged()) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => real.nlink(),
        }
    } else if node.is_deleted() && node.upper().is_none() {
        0
    } else {
        real.nlink()
    }
}
