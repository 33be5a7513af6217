//! The dentry cache: names that were looked up before, found again without a lock.
//!
//! A bucket is a chain of dentries. Chains are read under RCU and changed under the bucket's lock; a new
//! dentry goes to the end. The chain owns one reference of each of its dentries. A reader that comes upon a
//! dentry that is just being moved or removed may miss others: a miss is never final, the slow walk looks again
//! with the directory's lock held. A dentry without inode is negative: the name is known not to exist.

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};

use sync::{RcuArc, RcuGuard, SpinLock, rank, rcu};

use crate::super_block::behaviour;
use crate::{Inode, SuperBlock};

const BUCKETS: usize = 8192;
/// So many cached names are kept before unused ones go.
const DEFAULT_LIMIT: usize = 32768;

/// Bits of [`Dentry::flags`].
mod flag {
    pub const HASHED: u32 = 1;
    pub const MOUNTED: u32 = 2;
    pub const REFERENCED: u32 = 4;
    pub const REVALIDATE: u32 = 8;
    /// Inode number on a mount point's parent is kept: root of its file system.
    pub const ROOT: u32 = 16;
}

struct Bucket {
    head: RcuArc<Dentry>,
    lock: SpinLock<()>,
}

static TABLE: [Bucket; BUCKETS] =
    [const { Bucket { head: RcuArc::empty(), lock: SpinLock::new(rank::DENTRY_HASH, ()) } }; BUCKETS];
static CACHED: AtomicUsize = AtomicUsize::new(0);
static HAND: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(DEFAULT_LIMIT);

const INLINE: usize = 40;

/// A name: short ones without an allocation of their own.
pub(crate) struct Name {
    len: u8,
    short: [u8; INLINE],
    long: Option<Box<[u8]>>,
}

impl Name {
    fn new(name: &[u8]) -> Self {
        let mut short = [0; INLINE];
        match short.get_mut(..name.len()) {
            Some(part) => {
                part.copy_from_slice(name);
                Name { len: name.len() as u8, short, long: None }
            }
            None => Name { len: 0, short, long: Some(Box::from(name)) },
        }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.long {
            None => self.short.get(..usize::from(self.len)).unwrap_or(&[]),
            Some(long) => long,
        }
    }
}

/// What ties a dentry to its parent; replaced as a whole by a rename.
pub(crate) struct DentryLink {
    pub(crate) parent: Option<Arc<Dentry>>,
    pub(crate) name: Name,
    key: u64,
}

impl DentryLink {
    #[inline]
    fn is(&self, key: u64, parent: &Dentry, name: &[u8]) -> bool {
        self.key == key
            && self.parent.as_ref().is_some_and(|p| core::ptr::eq(&**p, parent))
            && same(self.name.as_bytes(), name)
    }
}

/// A name in a directory, and what it leads to.
pub struct Dentry {
    this: Weak<Dentry>,
    /// The file system that it belongs to.
    pub sb: Arc<SuperBlock>,
    link: RcuArc<DentryLink>,
    inode: RcuArc<Inode>,
    next: RcuArc<Dentry>,
    flags: AtomicU32,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

#[inline(always)]
fn mix(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// The length of the first component of `path` (up to a `/` or the end) and its hash.
#[inline]
pub(crate) fn hash_component(path: &[u8]) -> (usize, u64) {
    let mut hash = 0;
    let mut at = 0;
    while let Some(chunk) = path.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let slashes = word ^ (ONES * b'/' as u64);
        let found = slashes.wrapping_sub(ONES) & !slashes & HIGHS;
        if found != 0 {
            let len = found.trailing_zeros() / 8;
            let part = word & !(!0u64 << (len * 8));
            let len = at + len as usize;
            return (len, mix(mix(hash, part), len as u64));
        }
        hash = mix(hash, word);
        at += 8;
    }
    let mut word = 0;
    let mut shift = 0;
    for byte in path.get(at..).unwrap_or(&[]) {
        if *byte == b'/' {
            break;
        }
        word |= u64::from(*byte) << shift;
        shift += 8;
    }
    let len = at + shift / 8;
    (len, mix(mix(hash, word), len as u64))
}

#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (wa, ra) = a.as_chunks::<8>();
    let (wb, rb) = b.as_chunks::<8>();
    wa.iter().zip(wb).all(|(x, y)| u64::from_le_bytes(*x) == u64::from_le_bytes(*y))
        && ra.iter().zip(rb).all(|(x, y)| x == y)
}

#[inline(always)]
fn bucket_of(key: u64) -> &'static Bucket {
    &TABLE[(key >> 40) as usize % BUCKETS]
}

/// Looks `name` (with its hash) up below `parent` in the cache.
#[inline]
pub(crate) fn d_lookup<'g>(
    guard: &'g RcuGuard,
    parent: &Dentry,
    name: &[u8],
    hash: u64,
) -> Option<&'g Dentry> {
    let key = parent.child_key(hash);
    let mut next = &bucket_of(key).head;
    while let Some(dentry) = next.load(guard) {
        if let Some(link) = dentry.link.load(guard)
            && link.is(key, parent, name)
        {
            let flags = dentry.flags.load(Ordering::Relaxed);
            if flags & (flag::HASHED | flag::REFERENCED) == flag::HASHED {
                dentry.flags.fetch_or(flag::REFERENCED, Ordering::Relaxed);
            }
            if flags & flag::HASHED != 0 {
                return Some(dentry);
            }
        }
        next = &dentry.next;
    }
    None
}

impl Dentry {
    fn make(sb: &Arc<SuperBlock>, link: DentryLink, inode: Option<Arc<Inode>>, flags: u32) -> Arc<Self> {
        Arc::new_cyclic(|this| Dentry {
            this: this.clone(),
            sb: sb.clone(),
            link: RcuArc::new(Some(Arc::new(link))),
            inode: RcuArc::new(inode),
            next: RcuArc::new(None),
            flags: AtomicU32::new(flags),
        })
    }

    /// The root of a file system.
    pub fn new_root(sb: &Arc<SuperBlock>, inode: Arc<Inode>) -> Arc<Self> {
        let link = DentryLink { parent: None, name: Name::new(b"/"), key: 0 };
        Self::make(sb, link, Some(inode), flag::ROOT)
    }

    /// A dentry outside of every directory, with a name for `/proc/PID/fd` (`pipe:[7]`).
    pub fn new_pseudo(inode: Arc<Inode>, name: &[u8]) -> Arc<Self> {
        let link = DentryLink { parent: None, name: Name::new(name), key: 0 };
        let sb = inode.sb.clone();
        Self::make(&sb, link, Some(inode), 0)
    }

    /// A name below `parent` that isn't in the cache: that of a file without one (O_TMPFILE).
    pub(crate) fn new_unhashed(parent: &Arc<Dentry>, name: &[u8], inode: Arc<Inode>) -> Arc<Self> {
        Self::make(
            &parent.sb,
            DentryLink { parent: Some(parent.clone()), name: Name::new(name), key: 0 },
            Some(inode),
            0,
        )
    }

    #[inline(always)]
    fn child_key(&self, hash: u64) -> u64 {
        let parent = core::ptr::from_ref(self) as u64;
        mix(hash, parent >> 4)
    }

    /// A counted reference, unless the dentry is being thrown away.
    #[inline]
    pub(crate) fn try_get(&self) -> Option<Arc<Dentry>> {
        let dentry = self.this.upgrade()?;
        // Pairs with `try_evict`: either it sees this reference or this sees that it is unhashed.
        fence(Ordering::SeqCst);
        let flags = self.flags.load(Ordering::Relaxed);
        (flags & (flag::HASHED | flag::ROOT) != 0).then_some(dentry)
    }

    /// The inode, uncounted; none if the name is negative.
    #[inline(always)]
    pub(crate) fn inode_rcu<'g>(&'g self, guard: &'g RcuGuard) -> Option<&'g Inode> {
        self.inode.load(guard)
    }

    /// The inode; none if the name is known not to exist.
    #[inline]
    pub fn inode(&self) -> Option<Arc<Inode>> {
        self.inode.get()
    }

    /// Whether the name is known not to exist.
    pub fn is_negative(&self) -> bool {
        self.inode.is_none()
    }

    /// The parent, itself for a root.
    pub fn parent(&self) -> Option<Arc<Dentry>> {
        let guard = rcu::read();
        self.link.load(&guard).and_then(|link| link.parent.clone())
    }

    #[inline]
    pub(crate) fn parent_rcu<'g>(&'g self, guard: &'g RcuGuard) -> Option<&'g Dentry> {
        self.link.load(guard).and_then(|link| link.parent.as_deref())
    }

    pub(crate) fn link_rcu<'g>(&'g self, guard: &'g RcuGuard) -> Option<&'g DentryLink> {
        self.link.load(guard)
    }

    /// The parent directory's inode.
    pub fn parent_inode(&self) -> Option<Arc<Inode>> {
        let guard = rcu::read();
        self.parent_rcu(&guard).and_then(|parent| parent.inode())
    }

    /// The name.
    pub fn name(&self) -> alloc::vec::Vec<u8> {
        let guard = rcu::read();
        self.link.load(&guard).map_or_else(Default::default, |link| link.name.as_bytes().to_vec())
    }

    /// Whether the name was removed while the file is still held.
    #[inline]
    pub fn is_deleted(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & (flag::HASHED | flag::ROOT) == 0
    }

    /// Whether something may be mounted here.
    #[inline(always)]
    pub(crate) fn is_mounted(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & flag::MOUNTED != 0
    }

    pub(crate) fn set_mounted(&self, on: bool) {
        if on {
            self.flags.fetch_or(flag::MOUNTED, Ordering::Relaxed);
        } else {
            self.flags.fetch_and(!flag::MOUNTED, Ordering::Relaxed);
        }
    }

    /// Whether the file system wants to be asked before the name is used.
    #[inline(always)]
    pub(crate) fn needs_revalidate(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & flag::REVALIDATE != 0
    }

    /// Puts a name into the cache; gives back the dentry that was there first if another was quicker.
    pub(crate) fn add(
        parent: &Arc<Dentry>,
        name: &[u8],
        hash: u64,
        inode: Option<Arc<Inode>>,
    ) -> Arc<Dentry> {
        let key = parent.child_key(hash);
        let mut flags = flag::HASHED | flag::REFERENCED;
        if parent.sb.behaviour & behaviour::REVALIDATE != 0 {
            flags |= flag::REVALIDATE;
        }
        let link = DentryLink { parent: Some(parent.clone()), name: Name::new(name), key };
        let new = Self::make(&parent.sb, link, inode, flags);
        let existing = {
            let bucket = bucket_of(key);
            let _lock = bucket.lock.lock();
            let guard = rcu::read();
            let existing = d_lookup(&guard, parent, name, hash).and_then(Dentry::try_get);
            if existing.is_none() {
                append(bucket, &guard, new.clone());
            }
            existing
        };
        match existing {
            Some(existing) => existing,
            None => {
                if CACHED.fetch_add(1, Ordering::Relaxed) >= LIMIT.load(Ordering::Relaxed) {
                    shrink(32);
                }
                new
            }
        }
    }

    /// The negative dentry becomes that of `inode`.
    pub(crate) fn instantiate(&self, inode: Arc<Inode>) {
        self.inode.set(Some(inode));
    }

    /// Takes the dentry out of the cache. Holders keep it; it counts as deleted then.
    pub(crate) fn unhash(&self) {
        let guard = rcu::read();
        let Some(link) = self.link.load(&guard) else { return };
        let bucket = bucket_of(link.key);
        let lock = bucket.lock.lock();
        if self.flags.load(Ordering::Relaxed) & flag::HASHED != 0 {
            self.flags.fetch_and(!flag::HASHED, Ordering::SeqCst);
            remove(bucket, &guard, self);
            CACHED.fetch_sub(1, Ordering::Relaxed);
        }
        drop(lock);
    }

    /// The name was removed. If only the caller holds the dentry it becomes negative, otherwise it leaves the
    /// cache with its inode. The directory's lock is held for writing.
    pub(crate) fn delete(self: &Arc<Self>) {
        // One reference is the chain's, one the caller's.
        if Arc::strong_count(self) <= 2 && self.flags.load(Ordering::Relaxed) & flag::REVALIDATE == 0 {
            self.inode.set(None);
        } else {
            self.unhash();
        }
    }

    /// Gives the dentry another parent and name, replacing what was cached there. Both directories' locks are
    /// held for writing.
    pub(crate) fn rename_to(self: &Arc<Self>, parent: &Arc<Dentry>, name: &[u8]) {
        let was_hashed = !self.is_deleted();
        self.unhash();
        let (_, hash) = hash_component(name);
        let key = parent.child_key(hash);
        self.link.set(Some(Arc::new(DentryLink {
            parent: Some(parent.clone()),
            name: Name::new(name),
            key,
        })));
        self.next.set(None);
        if was_hashed {
            let bucket = bucket_of(key);
            let lock = bucket.lock.lock();
            let guard = rcu::read();
            self.flags.fetch_or(flag::HASHED, Ordering::SeqCst);
            append(bucket, &guard, self.clone());
            CACHED.fetch_add(1, Ordering::Relaxed);
            drop(lock);
        }
    }
}

impl Drop for Dentry {
    fn drop(&mut self) {
        // Parents and neighbours go later, one by one: a long chain must not recurse.
        if !self.link.is_none() {
            self.link.set(None);
        }
        if !self.next.is_none() {
            self.next.set(None);
        }
    }
}

/// Hangs `dentry` at the chain's end. The bucket's lock is held.
fn append(bucket: &Bucket, guard: &RcuGuard, dentry: Arc<Dentry>) {
    let mut next = &bucket.head;
    while let Some(there) = next.load(guard) {
        next = &there.next;
    }
    next.set(Some(dentry));
}

/// Takes `dentry` out of its chain. The bucket's lock is held.
fn remove(bucket: &Bucket, guard: &RcuGuard, dentry: &Dentry) {
    let mut next = &bucket.head;
    while let Some(there) = next.load(guard) {
        if core::ptr::eq(there, dentry) {
            next.set(there.next.get());
            // It must not keep what follows: that may lie below it and keep it. A reader that is just passing
            // misses the rest, which isn't final (see above).
            there.next.set(None);
            return;
        }
        next = &there.next;
    }
}

/// Throws the dentry away if nobody holds it. The bucket's lock is held.
fn try_evict(bucket: &Bucket, guard: &RcuGuard, dentry: &Dentry) -> bool {
    dentry.flags.fetch_and(!flag::HASHED, Ordering::SeqCst);
    fence(Ordering::SeqCst);
    // The chain's own reference is the one that is allowed.
    if dentry.this.strong_count() > 1 {
        dentry.flags.fetch_or(flag::HASHED, Ordering::SeqCst);
        return false;
    }
    remove(bucket, guard, dentry);
    CACHED.fetch_sub(1, Ordering::Relaxed);
    true
}

/// Throws up to `wanted` unused names away, least recently used first (second chance); returns how many.
pub fn shrink(wanted: usize) -> usize {
    let mut freed = 0;
    for _ in 0..2 * BUCKETS {
        if freed >= wanted {
            break;
        }
        let bucket = &TABLE[HAND.fetch_add(1, Ordering::Relaxed) % BUCKETS];
        if bucket.head.is_none() {
            continue;
        }
        let _lock = bucket.lock.lock();
        let guard = rcu::read();
        let mut next = bucket.head.load(&guard);
        while let Some(dentry) = next {
            next = dentry.next.load(&guard);
            let flags = dentry.flags.load(Ordering::Relaxed);
            if flags & flag::REFERENCED != 0 {
                dentry.flags.fetch_and(!flag::REFERENCED, Ordering::Relaxed);
            } else if flags & (flag::HASHED | flag::MOUNTED) == flag::HASHED
                && try_evict(bucket, &guard, dentry)
            {
                freed += 1;
            }
        }
    }
    freed
}

/// Forgets every cached name of a file system: it is gone, or was changed behind the cache's back.
pub fn forget_super(sb: &SuperBlock) {
    for bucket in &TABLE {
        if bucket.head.is_none() {
            continue;
        }
        let _lock = bucket.lock.lock();
        let guard = rcu::read();
        let mut next = bucket.head.load(&guard);
        while let Some(dentry) = next {
            next = dentry.next.load(&guard);
            if core::ptr::eq(&*dentry.sb, sb) && dentry.flags.load(Ordering::Relaxed) & flag::HASHED != 0 {
                dentry.flags.fetch_and(!flag::HASHED, Ordering::SeqCst);
                remove(bucket, &guard, dentry);
                CACHED.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

/// Cached names, for counters.
pub fn cached() -> usize {
    CACHED.load(Ordering::Relaxed)
}

/// Sets how many names are kept.
pub fn set_limit(limit: usize) {
    LIMIT.store(limit.max(256), Ordering::Relaxed);
}
