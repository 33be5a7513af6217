//! A file's cached pages: the only place where file data lives in memory.
//!
//! read(2), write(2), mmap(2) and execve(2) all use these pages. A [`Pager`] brings them in and writes
//! them back; a mapping without one is its own store (tmpfs, shared anonymous memory): a page that is
//! missing is a hole and reads as zero.
//!
//! Locks: the tree's is held for one change; looking up and marking dirty take none, so that faults and reads of one file
//! don't disturb each other. `fill` (sleeping) is held while the pager reads, so that no
//! page is ever visible before its content is. Nothing is held while user memory is touched. Writers and
//! truncation exclude one another by the inode's lock, which the caller holds.

use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use abi::Errno;
use hal::mem::{PageFlag, PageRef, zero_page};
use sched::Mutex;
use sync::{RadixTree, Refused, Spare, SpinLock, rank};

use crate::AddressSpace;
use crate::readahead::{Readahead, Want};

/// Where a file's pages come from and go to.
pub trait Pager: Send + Sync {
    /// Fills page `index` completely (it comes with whatever bytes it had); what lies beyond the end of the
    /// file is zero.
    fn read_page(&self, index: u64, page: &PageRef) -> Result<(), Errno>;

    /// Fills pages that follow one another from `first` on, as [`Self::read_page`] does. After an error nobody
    /// looks at any of them; the one that is needed is asked for alone.
    fn read_pages(&self, first: u64, pages: &[PageRef]) -> Result<(), Errno> {
        (first..).zip(pages).try_for_each(|(index, page)| self.read_page(index, page))
    }

    /// How many pages [`Self::read_pages`] brings at most for little more than the cost of one.
    fn readahead_pages(&self) -> u32 {
        1
    }

    /// Writes page `index` back. The file's size decides how much of it counts.
    fn write_page(&self, index: u64, page: &PageRef) -> Result<(), Errno>;

    /// The size in bytes when the mapping is made; from then on the mapping knows it.
    fn size(&self) -> u64;

    /// Asked before a write makes the file longer.
    fn may_grow(&self, _new_size: u64) -> Result<(), Errno> {
        Ok(())
    }
}

/// Who pays for the pages of a mapping without a pager (tmpfs's `size=`).
pub trait PageAccount: Send + Sync {
    /// Takes `pages` from what is left; ENOSPC when there is not enough.
    fn charge(&self, pages: u64) -> Result<(), Errno>;

    /// Gives `pages` back.
    fn uncharge(&self, pages: u64);
}

struct Mapper {
    mm: Weak<AddressSpace>,
    areas: u32,
}

/// A file's cached pages.
pub struct Mapping {
    id: u64,
    pager: Option<Arc<dyn Pager>>,
    account: Option<Arc<dyn PageAccount>>,
    /// Pages that count as committed from the start; without a number each one does when it comes.
    committed: Option<u64>,
    size: AtomicU64,
    pub(crate) tree: Arc<CachedPages>,
    pub(crate) fill: Mutex<()>,
    pub(crate) readahead: Readahead,
    /// Who maps it: address spaces by their number, with how many areas.
    mappers: SpinLock<BTreeMap<u64, Mapper>>,
    /// Reclaim knows of it (or has no business with it).
    on_list: AtomicBool,
    this: Weak<Mapping>,
}

/// The index of a mapping's pages; apart from it, so that reclaim can take pages wherever memory runs out without
/// keeping a mapping alive.
pub(crate) type CachedPages = RadixTree<PageRef>;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);
static CACHED: AtomicI64 = AtomicI64::new(0);
static SHMEM: AtomicI64 = AtomicI64::new(0);

/// Pages in all mappings: with a pager, and without one (Cached and Shmem of /proc/meminfo).
pub fn cached_pages() -> (u64, u64) {
    let get = |counter: &AtomicI64| counter.load(Ordering::Relaxed).max(0) as u64;
    (get(&CACHED), get(&SHMEM))
}

impl Mapping {
    /// The cache of a file whose data `pager` brings.
    pub fn new(pager: Arc<dyn Pager>) -> Arc<Self> {
        let size = pager.size();
        Self::make(Some(pager), None, size, Some(0))
    }

    /// A mapping that is its own store; `account` pays for each page.
    pub fn new_anon(account: Option<Arc<dyn PageAccount>>) -> Arc<Self> {
        Self::make(None, account, 0, None)
    }

    /// The same for shared anonymous memory of so many pages, which are committed at once; ENOMEM if they can't be.
    pub(crate) fn new_committed(pages: u64) -> Result<Arc<Self>, Errno> {
        crate::commit::charge(pages, 0)?;
        Ok(Self::make(None, None, 0, Some(pages)))
    }

    fn make(
        pager: Option<Arc<dyn Pager>>,
        account: Option<Arc<dyn PageAccount>>,
        size: u64,
        committed: Option<u64>,
    ) -> Arc<Self> {
        let tree = Arc::new(RadixTree::new(rank::MAPPING_TREE));
        let reclaimable = pager.is_some();
        Arc::new_cyclic(|this| Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            pager,
            account,
            committed,
            size: AtomicU64::new(size),
            tree,
            fill: Mutex::new(rank::MAPPING, ()),
            readahead: Readahead::default(),
            mappers: SpinLock::new(rank::VMA_LIST, BTreeMap::new()),
            on_list: AtomicBool::new(!reclaimable),
            this: this.clone(),
        })
    }

    /// A number that no other mapping has or had (key of shared futexes).
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The file's size in bytes (i_size).
    #[inline(always)]
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// Sets the size and nothing else; for a file that changed elsewhere. See [`Self::truncate`].
    pub fn set_size(&self, size: u64) {
        self.size.store(size, Ordering::Release);
    }

    /// The size grows to `end` if it was smaller.
    #[inline]
    pub(crate) fn grow(&self, end: u64) {
        if end > self.size() {
            self.size.fetch_max(end, Ordering::AcqRel);
        }
    }

    /// How many pages are cached (for tmpfs: what the file occupies).
    pub fn nr_pages(&self) -> u64 {
        self.tree.len()
    }

    /// What brings the pages, if it is not its own store.
    pub(crate) fn pager(&self) -> Option<&Arc<dyn Pager>> {
        self.pager.as_ref()
    }

    /// Whether changed pages have to be written back, hence noticed.
    #[inline]
    pub(crate) fn tracks_dirty(&self) -> bool {
        self.pager.is_some()
    }

    /// The page at `index` if it is cached.
    #[inline]
    pub fn cached(&self, index: u64) -> Option<PageRef> {
        self.tree.get(index)
    }

    /// The page at `index`, brought in if need be. A hole of a mapping without a pager is filled with
    /// a new page if `create`; otherwise it is the shared page of zeros, which nobody may write to.
    pub fn get_page(&self, index: u64, create: bool) -> Result<PageRef, Errno> {
        self.get_page_for(index, create, Want::Io)
    }

    pub(crate) fn get_page_for(&self, index: u64, create: bool, want: Want) -> Result<PageRef, Errno> {
        if let Some(page) = self.cached(index) {
            return Ok(page);
        }
        match &self.pager {
            Some(pager) => self.read_in(pager.as_ref(), index, want),
            None if !create => Ok(zero_page()),
            None => self.insert(index, PageRef::alloc_zeroed().ok_or(Errno::ENOMEM)?).map(|(page, _)| page),
        }
    }

    /// Puts `page` at `index`. If another was faster, that one is returned, with `false`.
    pub(crate) fn insert(&self, index: u64, page: PageRef) -> Result<(PageRef, bool), Errno> {
        self.charge_page()?;
        // The mark of a file's page: it is copied, never taken over, when a private area writes.
        page.set(PageFlag::Uptodate);
        let mut spare = Spare::empty();
        let mut given = page.clone();
        loop {
            let mut tree = self.tree.lock();
            match tree.insert(index, given, &mut spare) {
                Ok(()) => break,
                Err(Refused::Occupied(_)) => {
                    let present = tree.get(index);
                    drop(tree);
                    self.uncharge(1);
                    return Ok((present.unwrap_or(page), false));
                }
                Err(Refused::NeedNodes(back, nodes)) => {
                    given = back;
                    drop(tree);
                    spare.fill(nodes);
                }
            }
        }
        self.counter().fetch_add(1, Ordering::Relaxed);
        if !self.on_list.load(Ordering::Relaxed) && !self.on_list.swap(true, Ordering::Relaxed) {
            crate::reclaim::note(&self.tree, &self.this);
        }
        Ok((page, true))
    }

    fn counter(&self) -> &'static AtomicI64 {
        if self.pager.is_some() { &CACHED } else { &SHMEM }
    }

    /// Takes the pages `first..=last` out of the cache.
    pub(crate) fn remove_pages(&self, first: u64, last: u64) {
        let mut out = Vec::with_capacity(64);
        let mut next = Some(first);
        while let Some(from) = next {
            next = self.tree.lock().remove_range(from, last, 64, &mut out);
            self.forget_dropped(out.len() as u64);
            out.clear();
        }
    }

    /// Notes that reclaim has taken pages out of mappings with a pager.
    pub(crate) fn forget_reclaimed(pages: usize) {
        CACHED.fetch_sub(pages as i64, Ordering::Relaxed);
    }

    pub(crate) fn forget_dropped(&self, pages: u64) {
        self.counter().fetch_sub(pages as i64, Ordering::Relaxed);
        if pages != 0 {
            self.uncharge(pages);
        }
    }

    fn charge_page(&self) -> Result<(), Errno> {
        if self.committed.is_none() {
            crate::commit::charge(1, 0).map_err(|_| Errno::ENOSPC)?;
        }
        let Some(account) = &self.account else { return Ok(()) };
        account.charge(1).inspect_err(|_| {
            if self.committed.is_none() {
                crate::commit::uncharge(1);
            }
        })
    }

    fn uncharge(&self, pages: u64) {
        if self.committed.is_none() {
            crate::commit::uncharge(pages);
        }
        if let Some(account) = &self.account {
            account.uncharge(pages);
        }
    }

    /// Notes that `mm` has one more area of this file.
    pub(crate) fn add_mapper(&self, mm_id: u64, mm: &Weak<AddressSpace>) {
        self.mappers.lock().entry(mm_id).or_insert_with(|| Mapper { mm: mm.clone(), areas: 0 }).areas += 1;
    }

    /// Notes that the address space has one area less.
    pub(crate) fn remove_mapper(&self, mm_id: u64) {
        let mut mappers = self.mappers.lock();
        let Some(mapper) = mappers.get_mut(&mm_id) else { return };
        mapper.areas = mapper.areas.saturating_sub(1);
        let gone = if mapper.areas == 0 { mappers.remove(&mm_id) } else { None };
        drop(mappers);
        drop(gone);
    }

    /// Whether any address space maps it.
    pub fn is_mapped(&self) -> bool {
        !self.mappers.lock().is_empty()
    }

    /// The address spaces that map it now.
    pub(crate) fn mappers(&self) -> Vec<Arc<AddressSpace>> {
        let mut list = Vec::new();
        loop {
            let wanted = self.mappers.lock().len();
            list.reserve(wanted);
            let mappers = self.mappers.lock();
            if mappers.len() > list.capacity() {
                continue;
            }
            list.extend(mappers.values().filter_map(|mapper| mapper.mm.upgrade()));
            return list;
        }
    }

    /// Removes `first..=last` from every address space. `copies`: private copies, too (truncation).
    /// A child that was forked from one of them meanwhile may have inherited entries, so newcomers
    /// are looked for until there are none.
    pub(crate) fn unmap_everywhere(&self, first: u64, last: u64, copies: bool) {
        let mut done: Vec<u64> = Vec::new();
        loop {
            let mut new = self.mappers();
            new.retain(|mm| !done.contains(&mm.id()));
            if new.is_empty() {
                return;
            }
            for mm in new {
                mm.unmap_mapping(self, first, last, copies);
                done.push(mm.id());
            }
        }
    }

    /// Calls `found` for the cached pages of `count` from `first` on.
    #[inline]
    pub(crate) fn for_cached(&self, first: u64, count: u64, found: impl FnMut(u64, PageRef)) {
        self.tree.for_range(first, count, found);
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // Taken out one by one: reclaim may be at work in the same tree.
        if self.pager.is_some() {
            self.remove_pages(0, u64::MAX);
        } else {
            self.forget_dropped(self.nr_pages());
        }
        crate::commit::uncharge(self.committed.unwrap_or(0));
    }
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
