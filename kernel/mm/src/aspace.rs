//! The address space of a process.

use alloc::sync::{Arc, Weak};
use core::ops::Range;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use abi::Errno;
use hal::mem::{FlushBatch, MmToken, PageTable};
use sched::RwSem;
use sync::{SeqLock, SpinLock, rank};

use crate::areas::Areas;
use crate::layout::{self, ExecLayout};
use crate::lazy_free::Droppable;
use crate::limits::{LimitCells, Limits, VmCounters};
use crate::program::ProgramCells;
use crate::vma::{VmFlags, Vma};
use crate::{AreaUsage, PAGE};

/// The most areas of one address space (vm.max_map_count).
pub const MAX_MAP_COUNT: usize = 65530;
/// Words of the saved auxiliary vector (AT_VECTOR_SIZE).
pub const AUXV_WORDS: usize = 56;

/// Switches of an address space that prctl(2) sets. Fork and execve hand them on.
pub mod attr {
    /// No huge pages (PR_SET_THP_DISABLE).
    pub const THP_DISABLED: u32 = 1;
    /// Nothing writable becomes executable (PR_MDWE_REFUSE_EXEC_GAIN).
    pub const REFUSE_EXEC_GAIN: u32 = 2;
    /// The one before is not handed on (PR_MDWE_NO_INHERIT).
    pub const MDWE_NO_INHERIT: u32 = 4;
}

/// An address space; held by an `Arc` that its tasks share.
///
/// Locks: `areas` (sleeping; shared by faults, exclusive for changes), then `pages` (spin). A fault
/// never takes a lock of another address space.
pub struct AddressSpace {
    pub(crate) id: u64,
    pub(crate) me: Weak<Self>,
    pub(crate) areas: RwSem<Areas>,
    pub(crate) pages: SpinLock<PageTable>,
    pub(crate) token: MmToken,
    pub(crate) limits: LimitCells,
    pub(crate) exec: SeqLock<ExecLayout>,
    pub(crate) auxv: SpinLock<[u64; AUXV_WORDS]>,
    /// The most pages that were present so far; changed under `pages`.
    pub(crate) peak_rss: AtomicU64,
    pub(crate) droppable: Droppable,
    pub(crate) program: ProgramCells,
    attrs: AtomicU32,
    /// What membarrier(2) was told to expect: bits of its commands.
    barriers: AtomicU32,
    /// Tasks that live in it. Others hold it for a while, too: who reads it from outside, or takes pages away.
    users: AtomicU32,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl AddressSpace {
    /// An empty address space, with a randomised place for mappings that suits the default limits.
    /// ENOMEM if there is no memory for its page tables.
    pub fn new() -> Result<Arc<Self>, Errno> {
        let limits = Limits::default();
        let areas = Areas::empty(layout::mmap_base(limits.stack, true, crate::DEFAULT_MAP_WINDOW));
        Self::build(areas, PageTable::new().ok_or(Errno::ENOMEM)?, limits, ExecLayout::default())
    }

    pub(crate) fn build(
        areas: Areas,
        pages: PageTable,
        limits: Limits,
        exec: ExecLayout,
    ) -> Result<Arc<Self>, Errno> {
        let token = pages.token();
        let cells = LimitCells::default();
        cells.set(limits);
        Ok(Arc::new_cyclic(|me| Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            me: me.clone(),
            areas: RwSem::new(rank::MMAP, areas),
            pages: SpinLock::new(rank::PAGE_TABLE, pages),
            token,
            limits: cells,
            exec: SeqLock::new(exec),
            auxv: SpinLock::new(rank::SPIN_LEAF, [0; AUXV_WORDS]),
            peak_rss: AtomicU64::new(0),
            droppable: Droppable::none(),
            program: ProgramCells::default(),
            attrs: AtomicU32::new(0),
            barriers: AtomicU32::new(0),
            users: AtomicU32::new(1),
        }))
    }

    /// A number that no other address space has or had (key of private futexes).
    #[inline(always)]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What a thread switch loads.
    #[inline]
    pub fn token(&self) -> MmToken {
        self.token.clone()
    }

    /// One more task lives in it: a thread, or a child of vfork.
    pub fn add_user(&self) {
        self.users.fetch_add(1, Ordering::Relaxed);
    }

    /// A task leaves it. The last one gives the memory back itself, even if somebody else still holds the address
    /// space: who waits for the task's end counts on that.
    pub fn leave(self: Arc<Self>) {
        if self.users.fetch_sub(1, Ordering::AcqRel) == 1 && Arc::strong_count(&self) > 1 {
            let _areas = self.write_areas();
            self.zap(0..crate::task_size_max());
        }
    }

    /// The limits that hold for faults and calls.
    pub fn limits(&self) -> Limits {
        self.limits.get()
    }

    /// Sets the limits: at exec and whenever setrlimit(2) changes one of them.
    pub fn set_limits(&self, limits: Limits) {
        self.limits.set(limits);
    }

    /// The switches in [`attr`].
    #[inline]
    pub fn attrs(&self) -> u32 {
        self.attrs.load(Ordering::Relaxed)
    }

    /// Sets and clears switches.
    pub fn set_attrs(&self, set: u32, clear: u32) {
        self.attrs.fetch_or(set, Ordering::Relaxed);
        self.attrs.fetch_and(!clear, Ordering::Relaxed);
    }

    /// The switches that the address space of a child or of the next program begins with.
    pub fn attrs_to_inherit(&self) -> u32 {
        match self.attrs() {
            attrs if attrs & attr::MDWE_NO_INHERIT != 0 => attrs & attr::THP_DISABLED,
            attrs => attrs,
        }
    }

    /// Whether rights `new` are refused to an area that had `old` (PR_SET_MDWE).
    pub(crate) fn refuses_exec_gain(&self, old: VmFlags, new: VmFlags) -> bool {
        self.attrs() & attr::REFUSE_EXEC_GAIN != 0
            && new.contains(VmFlags::EXEC)
            && (new.contains(VmFlags::WRITE) || !old.contains(VmFlags::EXEC))
    }

    /// Pages that are present (VmRSS).
    pub fn rss_pages(&self) -> u64 {
        self.pages.lock().rss() as u64
    }

    /// The most pages that were present (VmHWM); noted when pages are given back.
    pub fn peak_rss_pages(&self) -> u64 {
        let pages = self.pages.lock();
        self.peak_rss.load(Ordering::Relaxed).max(pages.rss() as u64)
    }

    /// The sizes of all areas.
    pub fn counters(&self) -> VmCounters {
        self.areas.read().counters
    }

    /// The same without waiting; none if somebody changes the areas just now.
    pub fn try_counters(&self) -> Option<VmCounters> {
        self.areas.try_read().map(|areas| areas.counters)
    }

    /// What its pages are, found without waiting; none if that can't be, or would take a look at more than `most` pages.
    pub fn try_usage(&self, most: u64) -> Option<AreaUsage> {
        let areas = self.areas.try_read().filter(|areas| areas.counters.total <= most)?;
        let mut all = AreaUsage::default();
        for one in areas.tree.iter().map(|vma| self.area_usage(vma)) {
            all.rss += one.rss;
            all.anon += one.anon;
            all.file += one.file;
            all.shmem += one.shmem;
        }
        Some(all)
    }

    /// Bytes of its page tables (VmPTE).
    pub fn page_table_bytes(&self) -> u64 {
        self.pages.lock().tables() as u64 * PAGE
    }

    /// How many areas there are.
    pub fn map_count(&self) -> usize {
        self.areas.read().tree.len()
    }

    /// Calls `visit` for every area in address order. The address space can't change meanwhile, and
    /// `visit` must not touch user memory.
    pub fn for_each_vma(&self, mut visit: impl FnMut(&Vma)) {
        for vma in self.areas.read().tree.iter() {
            visit(vma);
        }
    }

    /// Calls `visit` for areas that end above `addr` until it answers false; for listings that
    /// go on where the last read stopped.
    pub fn visit_vmas_from(&self, addr: u64, mut visit: impl FnMut(&Vma) -> bool) {
        let areas = self.areas.read();
        for vma in areas.tree.overlapping(addr..u64::MAX) {
            if !visit(vma) {
                return;
            }
        }
    }

    /// Where the heap begins and where it ends now.
    pub fn heap(&self) -> (u64, u64) {
        let areas = self.areas.read();
        (areas.start_brk, areas.brk)
    }

    /// What is mapped where since the program was loaded.
    pub fn layout(&self) -> ExecLayout {
        self.exec.read()
    }

    /// Changes the recorded layout (exec, prctl PR_SET_MM).
    pub fn set_layout(&self, change: impl FnOnce(&mut ExecLayout)) {
        self.exec.write(change);
    }

    /// The auxiliary vector that the program was given, with AT_NULL at the end.
    pub fn auxv(&self) -> [u64; AUXV_WORDS] {
        *self.auxv.lock()
    }

    /// Records the auxiliary vector; words past the capacity are dropped.
    pub fn set_auxv(&self, words: &[u64]) {
        let mut saved = [0; AUXV_WORDS];
        for (slot, word) in saved.iter_mut().zip(words) {
            *slot = *word;
        }
        *self.auxv.lock() = saved;
    }

    /// What a futex at `addr` is known by: the page of the file behind it for a shared one, else the
    /// address in this address space. EFAULT if nothing is mapped there.
    pub fn futex_key(&self, addr: u64, shared: bool) -> Result<FutexKey, Errno> {
        if !shared {
            return Ok(FutexKey { object: self.id, offset: addr, file: false });
        }
        let areas = self.areas.read();
        let vma = areas.tree.find(addr).ok_or(Errno::EFAULT)?;
        match vma.mapping() {
            Some(mapping) if vma.flags.contains(VmFlags::MAYSHARE) => {
                let offset = vma.index_of(addr).wrapping_mul(PAGE) | (addr % PAGE);
                Ok(FutexKey { object: mapping.id(), offset, file: true })
            }
            _ => Ok(FutexKey { object: self.id, offset: addr, file: false }),
        }
    }

    /// The program may ask for these barriers from now on.
    pub fn register_barrier(&self, commands: u32) {
        self.barriers.fetch_or(commands, Ordering::SeqCst);
    }

    /// Which barriers it may ask for.
    pub fn registered_barriers(&self) -> u32 {
        self.barriers.load(Ordering::SeqCst)
    }

    /// Removes the pages and guards of `range`; areas stay. Pages go back once no processor can reach them.
    pub(crate) fn zap(&self, range: Range<u64>) {
        let mut batch = FlushBatch::new();
        let mut pages = self.pages.lock();
        let rss = pages.rss() as u64;
        if rss > self.peak_rss.load(Ordering::Relaxed) {
            self.peak_rss.store(rss, Ordering::Relaxed);
        }
        pages.unmap(range, &mut batch);
        drop(pages);
        batch.finish(&self.token);
    }

    /// The same, but guards stay.
    pub(crate) fn zap_pages(&self, range: Range<u64>) {
        let mut batch = FlushBatch::new();
        self.pages.lock().unmap_pages(range, &mut batch);
        batch.finish(&self.token);
    }
}

impl Drop for AddressSpace {
    fn drop(&mut self) {
        let id = self.id;
        let areas = self.areas.get_mut();
        crate::commit::uncharge(areas.counters.accounted);
        for vma in areas.tree.iter() {
            if let Some(mapping) = vma.mapping() {
                mapping.remove_mapper(id);
            }
        }
    }
}

/// What identifies a futex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FutexKey {
    /// Number of the address space or of the file's mapping.
    pub object: u64,
    /// Address, or position in the file.
    pub offset: u64,
    /// Which of the two.
    pub file: bool,
}
