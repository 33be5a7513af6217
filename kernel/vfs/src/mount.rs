//! Mounts: file systems hung into one tree, and places in that tree.
//!
//! Crossing a mount point is an RCU look-up. The tree changes under [`TREE`], a sleeping lock.

mod relocate;

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use abi::Errno;
use sched::Mutex;
use sync::{RcuArc, RcuGuard, rank, rcu};

pub use relocate::{do_move, do_pivot_root};

use crate::consts::*;
use crate::super_block::find_filesystem;
use crate::{Dentry, LookupCtx, SuperBlock};

/// A place in the tree of files: a dentry, seen through a mount.
#[derive(Clone)]
pub struct Path {
    /// The mount.
    pub mnt: Arc<Mount>,
    /// The name in it.
    pub dentry: Arc<Dentry>,
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.mnt, &other.mnt) && Arc::ptr_eq(&self.dentry, &other.dentry)
    }
}

/// Where a mount hangs.
struct MountPoint {
    parent: Arc<Mount>,
    dentry: Arc<Dentry>,
}

/// The MS_* flags that belong to a mount and not to its file system.
pub const MNT_FLAGS: u64 = MS_RDONLY
    | MS_NOSUID
    | MS_NODEV
    | MS_NOEXEC
    | MS_NOATIME
    | MS_NODIRATIME
    | MS_RELATIME
    | MS_STRICTATIME
    | MS_NOSYMFOLLOW;

/// A file system (or a part of one) at a place.
pub struct Mount {
    this: Weak<Mount>,
    id: u64,
    /// The file system.
    pub sb: Arc<SuperBlock>,
    /// What is seen at the mount point.
    pub root: Arc<Dentry>,
    /// mount(2)'s source, as `/proc/mounts` shows it.
    pub source: Box<[u8]>,
    at: RcuArc<MountPoint>,
    flags: AtomicU32,
    /// Files that are open for writing through this mount.
    writers: AtomicU32,
}

type Bucket = RcuArc<Vec<Arc<Mount>>>;
const BUCKETS: usize = 64;
static HASH: [Bucket; BUCKETS] = [const { RcuArc::empty() }; BUCKETS];
static NEXT_ID: AtomicU64 = AtomicU64::new(1);
/// All mounts, in the order in which they were made; the first is the root.
static TREE: Mutex<Vec<Arc<Mount>>> = Mutex::new(rank::MOUNT, Vec::new());

fn bucket_of(parent: &Mount, dentry: &Dentry) -> &'static Bucket {
    let dentry = core::ptr::from_ref(dentry) as usize;
    &HASH[(parent.id as usize).wrapping_mul(31).wrapping_add(dentry >> 6) % BUCKETS]
}

/// The mount that hangs at `dentry` of `mnt`.
pub(crate) fn lookup_mnt<'g>(guard: &'g RcuGuard, mnt: &Mount, dentry: &Dentry) -> Option<&'g Arc<Mount>> {
    bucket_of(mnt, dentry).load(guard)?.iter().rev().find(|child| {
        child
            .at
            .load(guard)
            .is_some_and(|at| core::ptr::eq(&*at.parent, mnt) && core::ptr::eq(&*at.dentry, dentry))
    })
}

impl Mount {
    fn new(sb: Arc<SuperBlock>, root: Arc<Dentry>, flags: u64, source: &[u8]) -> Arc<Self> {
        sb.mounted();
        Arc::new_cyclic(|this| Mount {
            this: this.clone(),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            sb,
            root,
            source: Box::from(source),
            at: RcuArc::empty(),
            flags: AtomicU32::new(flags as u32),
            writers: AtomicU32::new(0),
        })
    }

    /// A mount that hangs nowhere, for files outside of the tree (pipes) and for tests.
    pub fn new_internal(sb: Arc<SuperBlock>, root: Arc<Dentry>) -> Arc<Self> {
        Self::new(sb, root, 0, b"none")
    }

    /// Its number (statx(2), `/proc/self/mountinfo`).
    pub fn id(&self) -> u64 {
        self.id
    }

    /// MS_* flags of the mount.
    #[inline]
    pub fn flags(&self) -> u64 {
        u64::from(self.flags.load(Ordering::Relaxed))
    }

    /// Whether nothing may be changed through it.
    #[inline]
    pub fn is_readonly(&self) -> bool {
        self.flags() & MS_RDONLY != 0 || self.sb.is_readonly()
    }

    /// A file is opened for writing through it.
    pub(crate) fn add_writer(&self) {
        self.writers.fetch_add(1, Ordering::Relaxed);
    }

    /// Such a file is closed.
    pub(crate) fn remove_writer(&self) {
        self.writers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Where it hangs: the parent mount's place.
    pub fn mount_point(&self) -> Option<Path> {
        let guard = rcu::read();
        self.at.load(&guard).map(|at| Path { mnt: at.parent.clone(), dentry: at.dentry.clone() })
    }

    #[inline]
    pub(crate) fn at_rcu<'g>(&'g self, guard: &'g RcuGuard) -> Option<(&'g Mount, &'g Dentry)> {
        self.at.load(guard).map(|at| (&*at.parent, &*at.dentry))
    }

    #[inline]
    pub(crate) fn to_arc(&self) -> Option<Arc<Mount>> {
        self.this.upgrade()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        self.sb.unmounted();
    }
}

impl Path {
    /// Whether the place is the root of its mount.
    pub fn is_mount_root(&self) -> bool {
        Arc::ptr_eq(&self.dentry, &self.mnt.root)
    }

    /// Steps onto what is mounted here, and on what is mounted on that.
    pub fn follow_mounts(&mut self) {
        while self.dentry.is_mounted() {
            let guard = rcu::read();
            let Some(mnt) = lookup_mnt(&guard, &self.mnt, &self.dentry).cloned() else { return };
            drop(guard);
            self.dentry = mnt.root.clone();
            self.mnt = mnt;
        }
    }

    /// What is mounted on the file `name` beside this one, or that file itself; only the cache is asked.
    pub fn cached_sibling(&self, name: &[u8]) -> Option<Path> {
        let guard = rcu::read();
        let parent = self.dentry.parent_rcu(&guard)?;
        let (_, hash) = crate::dentry::hash_component(name);
        let dentry = crate::dentry::d_lookup(&guard, parent, name, hash)?.try_get()?;
        drop(guard);
        let mut found = Path { mnt: self.mnt.clone(), dentry };
        found.follow_mounts();
        Some(found)
    }

    /// The place on which a mount of a single file hangs, through all that hang on one another.
    pub fn below_file_mounts(&self) -> Path {
        let mut path = self.clone();
        while path.is_mount_root() {
            let Some(at) = path.mnt.mount_point() else { break };
            path = at;
        }
        path
    }

    /// The path's text, from `root` (or the tree's root) on; with ` (deleted)` if the name is gone, as
    /// `/proc/PID/fd` shows it.
    pub fn to_bytes(&self, root: Option<&Path>) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        let _ = self.prepend_all(root, &mut out);
        out.reverse();
        if self.dentry.is_deleted() && self.dentry.parent().is_some() {
            out.extend_from_slice(b" (deleted)");
        }
        out
    }

    /// getcwd(2)'s text: false with it if the place can't be reached from `root`.
    pub fn to_cwd(&self, root: &Path) -> (Vec<u8>, bool) {
        let mut out = Vec::with_capacity(64);
        let reachable = self.prepend_all(Some(root), &mut out);
        out.reverse();
        (out, reachable)
    }

    /// Writes the path backwards; whether `root` (or the tree's root) was met.
    fn prepend_all(&self, root: Option<&Path>, out: &mut Vec<u8>) -> bool {
        let guard = rcu::read();
        let (mut mnt, mut dentry): (&Mount, &Dentry) = (&self.mnt, &self.dentry);
        let reachable = loop {
            if root.is_some_and(|root| core::ptr::eq(&*root.dentry, dentry) && core::ptr::eq(&*root.mnt, mnt))
            {
                break true;
            }
            if core::ptr::eq(dentry, &*mnt.root) {
                match mnt.at_rcu(&guard) {
                    Some(at) => {
                        (mnt, dentry) = at;
                        continue;
                    }
                    None if mnt.sb.behaviour & crate::super_block::behaviour::NO_USER == 0 => {
                        break root.is_none();
                    }
                    None => (),
                }
            }
            let Some(link) = dentry.link_rcu(&guard) else { break false };
            out.extend(link.name.as_bytes().iter().rev());
            match &link.parent {
                Some(parent) => {
                    out.push(b'/');
                    dentry = parent;
                }
                // A name that is a text of its own: `pipe:[7]`.
                None => break true,
            }
        };
        if out.is_empty() {
            out.push(b'/');
        }
        reachable
    }
}

fn hash_change(parent: &Mount, dentry: &Dentry, change: impl FnOnce(&mut Vec<Arc<Mount>>)) {
    let bucket = bucket_of(parent, dentry);
    let mut list = bucket.get().map(|old| (*old).clone()).unwrap_or_default();
    change(&mut list);
    bucket.set(if list.is_empty() { None } else { Some(Arc::new(list)) });
}

fn attach(tree: &mut Vec<Arc<Mount>>, mnt: Arc<Mount>, at: &Path) {
    mnt.at.set(Some(Arc::new(MountPoint { parent: at.mnt.clone(), dentry: at.dentry.clone() })));
    hash_change(&at.mnt, &at.dentry, |list| list.push(mnt.clone()));
    at.dentry.set_mounted(true);
    tree.push(mnt);
}

/// Takes a mount out of the tree; it stays alive for its users.
fn detach(tree: &mut Vec<Arc<Mount>>, mnt: &Arc<Mount>) {
    if let Some(at) = mnt.mount_point() {
        hash_change(&at.mnt, &at.dentry, |list| list.retain(|m| !Arc::ptr_eq(m, mnt)));
        let elsewhere = tree.iter().any(|m| {
            !Arc::ptr_eq(m, mnt) && m.mount_point().is_some_and(|p| Arc::ptr_eq(&p.dentry, &at.dentry))
        });
        at.dentry.set_mounted(elsewhere);
        mnt.at.set(None);
    }
    tree.retain(|m| !Arc::ptr_eq(m, mnt));
}

/// Mounts the first file system; its root is where the kernel's own look-ups begin. EBUSY the second time.
pub fn mount_root(sb: Arc<SuperBlock>, source: &[u8]) -> Result<Path, Errno> {
    let mut tree = TREE.lock();
    if !tree.is_empty() {
        return Err(Errno::EBUSY);
    }
    let root = sb.root().ok_or(Errno::EINVAL)?;
    let mnt = Mount::new(sb, root.clone(), MS_RELATIME, source);
    tree.push(mnt.clone());
    Ok(Path { mnt, dentry: root })
}

/// The root of the tree; none before [`mount_root`].
pub fn root_path() -> Option<Path> {
    let mnt = TREE.lock().first()?.clone();
    let mut path = Path { dentry: mnt.root.clone(), mnt };
    path.follow_mounts();
    Some(path)
}

/// Mounts a file system of the named type at `target`: ENODEV for an unknown type.
pub fn do_new_mount(
    fs_type: &[u8],
    source: &[u8],
    target: &Path,
    flags: u64,
    data: &[u8],
    ctx: &LookupCtx<'_>,
) -> Result<(), Errno> {
    let fs_type = find_filesystem(fs_type).ok_or(Errno::ENODEV)?;
    let sb = fs_type.mount_at(source, flags, data, ctx)?;
    let root = sb.root().ok_or(Errno::EINVAL)?;
    let mnt = Mount::new(sb, root, mount_flags(flags), source);
    add_mount(mnt, target)
}

fn mount_flags(flags: u64) -> u64 {
    let relatime = if flags & (MS_NOATIME | MS_STRICTATIME) == 0 { MS_RELATIME } else { 0 };
    (flags & MNT_FLAGS & !MS_STRICTATIME) | relatime
}

fn add_mount(mnt: Arc<Mount>, target: &Path) -> Result<(), Errno> {
    let mut tree = TREE.lock();
    let mut target = target.clone();
    target.follow_mounts();
    if target.dentry.is_deleted() {
        return Err(Errno::ENOENT);
    }
    let is_dir = |dentry: &Dentry| dentry.inode().is_some_and(|inode| inode.is_dir());
    if is_dir(&mnt.root) != is_dir(&target.dentry) {
        return Err(Errno::ENOTDIR);
    }
    if Arc::ptr_eq(&mnt.sb, &target.mnt.sb)
        && Arc::ptr_eq(&mnt.root, &target.dentry)
        && target.is_mount_root()
    {
        return Err(Errno::EBUSY);
    }
    attach(&mut tree, mnt, &target);
    Ok(())
}

/// mount(2), MS_BIND: shows `source` at `target`, with MS_REC what is mounted below it too.
pub fn do_bind(source: &Path, target: &Path, recursive: bool) -> Result<(), Errno> {
    let mnt =
        Mount::new(source.mnt.sb.clone(), source.dentry.clone(), source.mnt.flags(), &source.mnt.source);
    let below: Vec<(Arc<Mount>, Path)> = if recursive {
        let tree = TREE.lock();
        tree.iter().filter_map(|m| m.mount_point().map(|at| (m.clone(), at))).collect()
    } else {
        Vec::new()
    };
    add_mount(mnt.clone(), target)?;
    let mut copies = alloc::vec![(source.mnt.clone(), mnt)];
    for (old, at) in below {
        let Some(parent) =
            copies.iter().find(|(from, _)| Arc::ptr_eq(from, &at.mnt)).map(|(_, to)| to.clone())
        else {
            continue;
        };
        if Arc::ptr_eq(&at.mnt, &source.mnt) && !is_below(&at.dentry, &source.dentry) {
            continue;
        }
        let copy = Mount::new(old.sb.clone(), old.root.clone(), old.flags(), &old.source);
        attach(&mut TREE.lock(), copy.clone(), &Path { mnt: parent, dentry: at.dentry });
        copies.push((old, copy));
    }
    Ok(())
}

/// Whether `dentry` is `ancestor` or lies below it.
pub(crate) fn is_below(dentry: &Dentry, ancestor: &Dentry) -> bool {
    let guard = rcu::read();
    let mut at = Some(dentry);
    while let Some(dentry) = at {
        if core::ptr::eq(dentry, ancestor) {
            return true;
        }
        at = dentry.parent_rcu(&guard);
    }
    false
}

/// mount(2), MS_REMOUNT: new flags for the mount, and unless `bind` new options for the file system. EBUSY if
/// it is to be read-only and somebody has files open for writing.
pub fn do_remount(path: &Path, flags: u64, data: &[u8], bind: bool) -> Result<(), Errno> {
    let tree = TREE.lock();
    if !path.is_mount_root() {
        return Err(Errno::EINVAL);
    }
    let meant = |mnt: &Arc<Mount>| Arc::ptr_eq(mnt, &path.mnt) || !bind && Arc::ptr_eq(&mnt.sb, &path.mnt.sb);
    let written = |mnt: &Arc<Mount>| meant(mnt) && mnt.writers.load(Ordering::Relaxed) != 0;
    if flags & MS_RDONLY != 0 && tree.iter().any(written) {
        return Err(Errno::EBUSY);
    }
    if !bind {
        path.mnt.sb.ops.remount(&path.mnt.sb, flags, data)?;
        let sb_flags = MS_RDONLY | MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK;
        path.mnt.sb.set_flags((path.mnt.sb.flags() & !sb_flags) | (flags & sb_flags));
    }
    path.mnt.flags.store(mount_flags(flags) as u32, Ordering::Relaxed);
    Ok(())
}

/// umount2(2): EINVAL if `path` isn't the root of a mount, EBUSY while it is used, unless MNT_DETACH.
pub fn do_umount(path: &Path, flags: u32) -> Result<(), Errno> {
    let mut tree = TREE.lock();
    let mnt = &path.mnt;
    if !path.is_mount_root() || !tree.iter().any(|m| Arc::ptr_eq(m, mnt)) {
        return Err(Errno::EINVAL);
    }
    if mnt.mount_point().is_none() {
        // The root of the tree stays.
        return Err(Errno::EBUSY);
    }
    let children: Vec<Arc<Mount>> = descendants(&tree, mnt);
    if flags & MNT_DETACH == 0 && (!children.is_empty() || is_busy(mnt)) {
        return Err(Errno::EBUSY);
    }
    for child in children.iter().rev() {
        detach(&mut tree, child);
    }
    detach(&mut tree, mnt);
    Ok(())
}

fn descendants(tree: &[Arc<Mount>], top: &Arc<Mount>) -> Vec<Arc<Mount>> {
    let mut found = alloc::vec![top.clone()];
    // Parents stand before their children unless something was moved; repeat until nothing is new.
    loop {
        let before = found.len();
        for mnt in tree {
            let below = mnt.mount_point().is_some_and(|at| found.iter().any(|f| Arc::ptr_eq(f, &at.mnt)));
            if below && !found.iter().any(|f| Arc::ptr_eq(f, mnt)) {
                found.push(mnt.clone());
            }
        }
        if found.len() == before {
            found.remove(0);
            return found;
        }
    }
}

/// Whether somebody beside the tree (list, hash) and the caller's path holds the mount. References that wait
/// for a grace period are waited for first; other processors drop theirs at a tick of their own, a little later.
fn is_busy(mnt: &Arc<Mount>) -> bool {
    const OWN: usize = 3;
    const PATIENCE_NS: u64 = 30_000_000;
    let deadline_ns = sched::clock::monotonic_ns() + PATIENCE_NS;
    while Arc::strong_count(mnt) > OWN {
        if sched::clock::monotonic_ns() > deadline_ns {
            return true;
        }
        rcu::synchronize();
        rcu::run_callbacks();
        sched::yield_now();
    }
    false
}

/// All mounts below `root` with the paths at which they hang, for `/proc/mounts`.
pub fn mounts(root: &Path) -> Vec<(Arc<Mount>, Vec<u8>)> {
    let tree = TREE.lock();
    tree.iter()
        .filter_map(|mnt| {
            let top = Path { mnt: mnt.clone(), dentry: mnt.root.clone() };
            let (text, reachable) = top.to_cwd(root);
            reachable.then(|| (mnt.clone(), text))
        })
        .collect()
}

/// Every mounted file system, once.
pub fn supers() -> Vec<Arc<SuperBlock>> {
    let mut supers: Vec<Arc<SuperBlock>> = Vec::new();
    for mnt in TREE.lock().iter() {
        if !supers.iter().any(|sb| Arc::ptr_eq(sb, &mnt.sb)) {
            supers.push(mnt.sb.clone());
        }
    }
    supers
}
