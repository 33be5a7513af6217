//! One mounted share: its client, and its inodes by qid.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering};

use abi::Errno;
use mm::Mapping;
use sync::{Once, SpinLock, rank};
use vfs::consts::*;
use vfs::super_block::{Kstatfs, SuperOps, behaviour};
use vfs::{Cred, FileSystemType, Inode, InodeInit, SuperBlock};

use crate::channel::Claim;
use crate::client::Client;
use crate::fid::Fid;
use crate::node::{Node, NodeOps};
use crate::options::{Cache, Options};
use crate::proto::{Attr, NOFID, Qid};

/// statfs(2)'s f_type (V9FS_MAGIC).
pub const V9FS_MAGIC: i64 = 0x0102_1997;
/// Files that are kept open at the server though nobody has them open here: a look into one again is cheap then.
const IDLE_READERS: usize = 128;

/// One share.
pub(crate) struct Share {
    pub client: Arc<Client>,
    pub options: Options,
    inodes: SpinLock<BTreeMap<u64, Weak<Inode>>>,
    /// Nodes with a reader of their own, in the order in which they were opened.
    readers: SpinLock<VecDeque<Weak<Node>>>,
    /// Bytes of directory listings that are kept.
    pub listed: AtomicUsize,
    /// How often a directory's end came after a reply that had room for another entry; -1 once it didn't. A
    /// server that fills its replies needn't be asked whether there is more: that is one message of seven.
    pub short_ends: AtomicI32,
    /// Files that are removed and still open.
    pub hidden: SpinLock<Vec<Weak<Node>>>,
    /// Numbers of the names that removed files get while they are open.
    pub next_silly: AtomicU64,
    /// The server can't give files away: it isn't root.
    pub cannot_chown: AtomicBool,
    root: Once<Weak<Inode>>,
    claim: SpinLock<Option<Claim>>,
}

impl Share {
    fn mount(tag: &[u8], flags: u64, options: Options) -> Result<Arc<SuperBlock>, Errno> {
        let claim = claim(tag)?;
        let client = Client::connect(claim.channel().clone(), options.msize)?;
        let (fid, qid) = client.attach(&options.uname, &options.aname, NOFID)?;
        let attr = client.getattr(&fid)?;
        if attr.mode & S_IFMT != S_IFDIR || attr.qid.path != qid.path {
            return Err(Errno::EIO);
        }
        let asks = behaviour::REVALIDATE;
        let behaviour = if options.cache == Cache::Loose { asks | behaviour::KEEP_MISSES } else { asks };
        let share = Arc::new(Share {
            client,
            options,
            inodes: SpinLock::new(rank::INODE_HASH, BTreeMap::new()),
            readers: SpinLock::new(rank::FS_PRIVATE, VecDeque::new()),
            listed: AtomicUsize::new(0),
            short_ends: AtomicI32::new(0),
            hidden: SpinLock::new(rank::FS_PRIVATE, Vec::new()),
            next_silly: AtomicU64::new(1),
            cannot_chown: AtomicBool::new(false),
            root: Once::new(),
            claim: SpinLock::new(rank::FS_PRIVATE, Some(claim)),
        });
        let sb = SuperBlock::new("9p", V9FS_MAGIC, behaviour, flags, Arc::new(ShareOps(share.clone())));
        let root = share.enter(&sb, fid, attr);
        let _ = share.root.set(Arc::downgrade(&root));
        sb.set_root(root);
        Ok(sb)
    }

    /// The inode of that number, if it is in memory.
    pub fn find(&self, path: u64) -> Option<Arc<Inode>> {
        self.inodes.lock().get(&path).and_then(Weak::upgrade)
    }

    /// The inode of the file that `fid` was walked to.
    pub fn inode(
        self: &Arc<Self>,
        sb: &Arc<SuperBlock>,
        fid: Fid,
        qid: Option<Qid>,
    ) -> Result<Arc<Inode>, Errno> {
        if let Some(inode) = qid.and_then(|qid| self.find(qid.path))
            && let Some(node) = Node::of(&inode)
            && self.options.cache == Cache::Loose
            && qid.is_some_and(|qid| node.is_kind(qid))
            && node.is_fresh(u64::MAX)
        {
            node.set_fid(fid);
            return Ok(inode);
        }
        let attr = self.client.getattr(&fid)?;
        if let Some(inode) = self.find(attr.qid.path)
            && let Some(node) = Node::of(&inode)
            && inode.kind() == attr.mode & S_IFMT
        {
            node.set_fid(fid);
            node.apply(&inode, &attr);
            return Ok(inode);
        }
        Ok(self.enter(sb, fid, attr))
    }

    /// Makes an inode and enters it; the one that is there if another was faster.
    fn enter(self: &Arc<Self>, sb: &Arc<SuperBlock>, fid: Fid, attr: Attr) -> Arc<Inode> {
        let kind = attr.mode & S_IFMT;
        let node = Node::new(self, fid, &attr);
        let mapping = (kind == S_IFREG).then(|| Mapping::new(node.clone()));
        if let Some(mapping) = &mapping {
            node.set_mapping(mapping);
        }
        let init = InodeInit {
            ino: attr.qid.path,
            uid: attr.uid,
            gid: attr.gid,
            nlink: attr.nlink,
            rdev: attr.rdev,
            mapping,
            ..InodeInit::new(attr.mode)
        };
        let inode = Inode::new(sb, init, Box::new(NodeOps(node.clone())));
        node.apply(&inode, &attr);
        let mut inodes = self.inodes.lock();
        let there = inodes.get(&attr.qid.path).and_then(Weak::upgrade);
        let same_kind = there.as_ref().is_some_and(|there| there.kind() == kind);
        if !same_kind {
            inodes.insert(attr.qid.path, Arc::downgrade(&inode));
        }
        drop(inodes);
        there.filter(|_| same_kind).unwrap_or(inode)
    }

    /// The number `path` doesn't lead to `inode` any more: the file is gone, or is another.
    pub fn forget(&self, path: u64, inode: &Inode) {
        let mut inodes = self.inodes.lock();
        if inodes.get(&path).is_some_and(|known| core::ptr::eq(known.as_ptr(), inode)) {
            inodes.remove(&path);
        }
    }

    /// The inode of number `path` is gone.
    pub fn forget_dead(&self, path: u64) {
        let mut inodes = self.inodes.lock();
        if inodes.get(&path).is_some_and(|known| known.strong_count() == 0) {
            inodes.remove(&path);
        }
    }

    /// The inode gets the number `new`. False if another has it.
    pub fn renumber(&self, inode: &Arc<Inode>, old: u64, new: u64) -> bool {
        let mut inodes = self.inodes.lock();
        if inodes.get(&new).is_some_and(|known| known.strong_count() != 0) {
            return false;
        }
        inodes.remove(&old);
        inodes.insert(new, Arc::downgrade(inode));
        true
    }

    /// Calls `each` with the inodes that are in memory, until it says false.
    pub fn for_each_inode(&self, mut each: impl FnMut(&Arc<Inode>) -> bool) {
        let mut from = Some(0);
        while let Some(start) = from {
            let next = self.inodes.lock().range(start..).next().map(|(path, inode)| (*path, inode.upgrade()));
            let Some((path, inode)) = next else { return };
            if inode.is_some_and(|inode| !each(&inode)) {
                return;
            }
            from = path.checked_add(1);
        }
    }

    /// Notes that `node` has opened itself for reading; the oldest of too many are closed.
    pub fn note_reader(&self, node: &Arc<Node>) {
        let mut readers = self.readers.lock();
        if readers.try_reserve(1).is_err() {
            return;
        }
        readers.push_back(Arc::downgrade(node));
        let excess = readers.len().saturating_sub(IDLE_READERS);
        drop(readers);
        for _ in 0..excess.min(2) {
            let oldest = self.readers.lock().pop_front();
            if let Some(oldest) = oldest.and_then(|node| node.upgrade())
                && !oldest.close_idle_reader()
            {
                self.readers.lock().push_back(Arc::downgrade(&oldest));
            }
        }
    }

    /// Makes room for a directory listing of `bytes`, dropping others. False if it is too large to be kept.
    pub fn room_for_listing(&self, bytes: usize) -> bool {
        let limit = hal::mem::frames::total() * hal::mem::PAGE_SIZE / 16;
        if bytes > limit / 4 {
            return false;
        }
        if self.listed.load(Ordering::Relaxed) + bytes <= limit {
            return true;
        }
        self.for_each_inode(|inode| {
            if let Some(node) = Node::of(inode) {
                node.drop_listing();
            }
            self.listed.load(Ordering::Relaxed) + bytes > limit
        });
        true
    }
}

/// The channel of that tag for one share. One that was unmounted a moment ago may still be on its way out.
fn claim(tag: &[u8]) -> Result<Claim, Errno> {
    for _ in 0..10 {
        match Claim::new(tag) {
            Err(Errno::EBUSY) => {
                sync::rcu::synchronize();
                sched::sleep_until(sched::clock::monotonic_ns() + 20_000_000);
            }
            claim => return claim,
        }
    }
    Err(Errno::EBUSY)
}

/// The share as a super block sees it.
struct ShareOps(Arc<Share>);

impl SuperOps for ShareOps {
    fn statfs(&self, sb: &SuperBlock) -> Kstatfs {
        let empty = Kstatfs { f_type: sb.magic, bsize: 4096, namelen: NAME_MAX as i64, ..Kstatfs::default() };
        let root = self.0.root.get().and_then(Weak::upgrade);
        let asked = root.as_ref().and_then(|root| Node::of(root)).map(|node| node.statfs());
        let Some(Ok(answer)) = asked else { return empty };
        Kstatfs {
            bsize: i64::from(answer.bsize),
            blocks: answer.blocks,
            bfree: answer.bfree,
            bavail: answer.bavail,
            files: answer.files,
            ffree: answer.ffree,
            namelen: i64::from(answer.namelen.min(NAME_MAX as u32)),
            ..empty
        }
    }

    fn kill_sb(&self, root: &Arc<Inode>) {
        if let Some(node) = Node::of(root) {
            node.drop_listing();
        }
        loop {
            let Some(node) = self.0.readers.lock().pop_front() else { break };
            if let Some(node) = node.upgrade() {
                node.close_idle_reader();
            }
        }
        self.0.client.close();
        let claim = self.0.claim.lock().take();
        drop(claim);
    }

    fn show_options(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        self.0.options.show(self.0.client.msize(), out)
    }
}

/// The type that mount(2) knows as `9p`.
struct P9Type;

impl FileSystemType for P9Type {
    fn name(&self) -> &'static str {
        "9p"
    }

    /// ENOENT if no server has that tag, EBUSY if its share is mounted already.
    fn mount(&self, source: &[u8], flags: u64, data: &[u8], _cred: &Cred) -> Result<Arc<SuperBlock>, Errno> {
        Share::mount(source, flags, Options::parse(data)?)
    }
}

/// Makes the type known.
pub fn init() {
    // Only a second call could find the name taken.
    let _ = vfs::register_filesystem(&P9Type);
}
