//! Page faults.
//!
//! A fault holds its address space's lock shared, from looking up the area to setting the entry, so that
//! nobody who changes areas or truncates a file can overtake it. Pages are allocated, zeroed and
//! copied before the page tables' lock is taken; after that the entry is looked at again.

use hal::mem::{Entry, FlushBatch, PAGE_SIZE, PageFlag, PageRef, PageTable, Prot, zero_page};

use abi::Errno;
use sync::SpinGuard;

use crate::areas::Areas;
use crate::aspace::attr;
use crate::readahead::Want;
use crate::vma::{Backing, VmFlags, Vma};
use crate::{AddressSpace, Mapping, PAGE, STACK_GUARD_GAP};

/// How many cached pages a read fault maps at once, at most.
const FAULT_AROUND: u64 = 16;

/// What was tried.
#[derive(Clone, Copy, Debug)]
pub struct FaultFlags {
    /// It was a write.
    pub write: bool,
    /// It was an instruction fetch.
    pub exec: bool,
    /// There was an entry, which did not allow it.
    pub present: bool,
    /// It came from user mode.
    pub user: bool,
}

/// Why a fault could not be repaired, in terms of the signal that it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SIGSEGV, SEGV_MAPERR: nothing is mapped there.
    MapErr,
    /// SIGSEGV, SEGV_ACCERR: the area does not allow it.
    AccErr,
    /// SIGSEGV, SEGV_PKUERR: the thread's PKRU forbids it for this protection key.
    Pkey(u8),
    /// SIGSEGV, SEGV_MAPERR: a guard stands there (MADV_GUARD_INSTALL).
    Guard,
    /// SIGBUS, BUS_ADRERR: beyond the end of the file, or its data can't be had.
    Bus,
    /// No memory.
    Oom,
}

/// What an entry of a page table shall allow.
#[inline(always)]
pub(crate) fn prot(write: bool, exec: bool) -> Prot {
    Prot { write, exec, user: true, pkey: 0 }
}

/// The rights of a new entry of `vma`.
#[inline(always)]
pub(crate) fn entry_prot(vma: &Vma, write: bool) -> Prot {
    Prot { pkey: vma.flags.pkey(), ..prot(write, vma.flags.contains(VmFlags::EXEC)) }
}

impl AddressSpace {
    /// Brings in the page at `addr` or makes it writable.
    pub fn handle_fault(&self, addr: u64, flags: FaultFlags) -> Result<(), Fault> {
        crate::reclaim::before_allocation();
        loop {
            let areas = self.areas.read();
            if let Some(vma) = areas.tree.find(addr) {
                check_access(vma, flags)?;
                return self.fault_in_area(vma, addr & !(PAGE - 1), flags.write);
            }
            let growable =
                areas.tree.find_above(addr).is_some_and(|vma| vma.flags.contains(VmFlags::GROWSDOWN));
            drop(areas);
            if !growable {
                return Err(Fault::MapErr);
            }
            self.expand_stack(&mut self.write_areas(), addr)?;
        }
    }

    /// The same for a page whose area is known and allows it (or is forced to: ptrace).
    pub(crate) fn fault_in_area(&self, vma: &Vma, addr: u64, write: bool) -> Result<(), Fault> {
        match &vma.backing {
            Backing::Anon if write => self.anon_write(vma, addr),
            Backing::Anon => {
                let mut pages = self.pages.lock();
                match pages.map(addr, zero_page(), entry_prot(vma, false)) {
                    Err(_) if pages.is_guard(addr) => Err(Fault::Guard),
                    _ => Ok(()),
                }
            }
            Backing::File { mapping, .. } => {
                if !write {
                    self.file_read(vma, mapping, addr, false)
                } else if vma.is_private() {
                    self.copy_page(vma, addr, || file_page(mapping, vma.index_of(addr), false))
                } else {
                    self.shared_write(vma, mapping, addr)
                }
            }
            Backing::Special(special) => {
                let page = special.pages.get(vma.index_of(addr) as usize).ok_or(Fault::Bus)?;
                if write {
                    self.copy_page(vma, addr, || Ok(page.clone()))
                } else {
                    self.set_entry(addr, page.clone(), entry_prot(vma, false))
                }
            }
        }
    }

    /// Sets an entry unless there is one.
    #[inline]
    fn set_entry(&self, addr: u64, page: PageRef, prot: Prot) -> Result<(), Fault> {
        let mut pages = self.pages.lock();
        match pages.map(addr, page, prot) {
            Ok(()) => Ok(()),
            Err(_) if pages.get(addr).is_some() => Ok(()),
            Err(_) => Err(refusal(&pages, addr)),
        }
    }

    #[inline]
    fn anon_write(&self, vma: &Vma, addr: u64) -> Result<(), Fault> {
        let pages = self.pages.lock();
        if let Some(entry) = pages.get(addr) {
            return self.break_sharing(vma, addr, entry, pages);
        }
        let huge = crate::thp::range_for(vma, addr)
            .filter(|at| self.attrs() & attr::THP_DISABLED == 0 && pages.is_huge_hole(*at));
        drop(pages);
        if huge.is_some_and(|at| self.map_huge(vma, at)) {
            return Ok(());
        }
        let page = PageRef::alloc_zeroed().ok_or(Fault::Oom)?;
        vma.note_private_page();
        self.set_entry(addr, page, entry_prot(vma, vma.flags.contains(VmFlags::WRITE)))
    }

    /// A write to a page that is present: writable by now, unshared and made writable, or copied. The
    /// decision to take a page over and the change of its entry happen under one hold of the lock:
    /// madvise(2) may put another page there at any other time.
    fn break_sharing(
        &self,
        vma: &Vma,
        addr: u64,
        Entry { page, prot: old_prot, huge, .. }: Entry,
        mut pages: SpinGuard<'_, PageTable>,
    ) -> Result<(), Fault> {
        if old_prot.write {
            return Ok(());
        }
        let new_prot = entry_prot(vma, vma.flags.contains(VmFlags::WRITE));
        if huge.is_some() {
            drop(page);
            return self.break_huge_sharing(vma, addr, new_prot, pages);
        }
        // One count is the page table's, one is ours: nobody else can get at the page, and nobody can
        // start to (fork needs the areas' lock). A file's page is never taken over.
        if page.ref_count() == 2 && !page.test(PageFlag::Uptodate) {
            pages.protect(addr..addr + PAGE, new_prot, &mut FlushBatch::new());
            drop(pages);
            hal::mem::flush_local(addr);
            return Ok(());
        }
        drop(pages);
        let copy = if page.phys() == zero_page().phys() {
            PageRef::alloc_zeroed().ok_or(Fault::Oom)?
        } else {
            let copy = PageRef::alloc().ok_or(Fault::Oom)?;
            copy.copy_from(&page);
            copy
        };
        vma.note_private_page();
        let mut batch = FlushBatch::new();
        let mut pages = self.pages.lock();
        // Another thread may have been faster: then its copy counts, or the very page that it took over
        // and may have written to since.
        if pages.get(addr).is_some_and(|entry| entry.page.phys() == page.phys() && !entry.prot.write) {
            pages.replace(addr, copy, new_prot, &mut batch);
        }
        drop(pages);
        batch.finish(&self.token);
        Ok(())
    }

    /// As [`Self::break_sharing`], where 2 MiB are mapped: nobody else has any of it, or it is split.
    #[cold]
    fn break_huge_sharing(
        &self,
        vma: &Vma,
        addr: u64,
        new_prot: Prot,
        mut pages: SpinGuard<'_, PageTable>,
    ) -> Result<(), Fault> {
        if pages.take_over_huge(addr, new_prot) {
            drop(pages);
            hal::mem::flush_local(addr);
            return Ok(());
        }
        let mut batch = FlushBatch::new();
        pages.split_huge(addr, &mut batch);
        drop(pages);
        batch.finish(&self.token);
        self.anon_write(vma, addr)
    }

    /// A write to a page of a private area that is not the program's own.
    #[inline]
    fn copy_page(
        &self,
        vma: &Vma,
        addr: u64,
        original: impl FnOnce() -> Result<PageRef, Fault>,
    ) -> Result<(), Fault> {
        let pages = self.pages.lock();
        if let Some(entry) = pages.get(addr) {
            return self.break_sharing(vma, addr, entry, pages);
        }
        drop(pages);
        let page = original()?;
        let copy = PageRef::alloc().ok_or(Fault::Oom)?;
        copy.copy_from(&page);
        vma.note_private_page();
        self.set_entry(addr, copy, entry_prot(vma, vma.flags.contains(VmFlags::WRITE)))
    }

    /// A write through a shared area: the page becomes dirty before it becomes writable.
    fn shared_write(&self, vma: &Vma, mapping: &Mapping, addr: u64) -> Result<(), Fault> {
        if !mapping.tracks_dirty() {
            return self.file_read(vma, mapping, addr, true);
        }
        let index = vma.index_of(addr);
        let page = file_page(mapping, index, true)?;
        mapping.mark_dirty(index);
        let prot = entry_prot(vma, true);
        let mut pages = self.pages.lock();
        if pages.get(addr).is_some() {
            pages.protect(addr..addr + PAGE, prot, &mut FlushBatch::new());
            drop(pages);
            hal::mem::flush_local(addr);
            return Ok(());
        }
        pages.map(addr, page, prot).map_err(|_| refusal(&pages, addr))
    }

    /// Maps a file's page and those around it that are cached. Where nobody has to be told of writes, all become
    /// writable that may; with `write` at least the page itself does.
    fn file_read(&self, vma: &Vma, mapping: &Mapping, addr: u64, write: bool) -> Result<(), Fault> {
        let shared_write = vma.flags.contains(VmFlags::SHARED | VmFlags::WRITE) && !mapping.tracks_dirty();
        let near_prot = entry_prot(vma, shared_write && vma.flags.contains(VmFlags::SOFTDIRTY));
        let prot = if write { entry_prot(vma, shared_write) } else { near_prot };
        let mut near = Neighbours::around(vma, mapping, addr);
        let page = match near.take(addr) {
            Some(page) => page,
            // A private area reads a hole from the page that others will write to: it has to exist.
            None => {
                let page = file_page(mapping, vma.index_of(addr), true)?;
                if mapping.tracks_dirty() {
                    // It came with others.
                    near = Neighbours::around(vma, mapping, addr);
                    near.take(addr);
                }
                page
            }
        };
        let mut pages = self.pages.lock();
        if pages.map(addr, page, prot).is_ok() {
            near.map(&mut pages, near_prot);
            return Ok(());
        }
        match pages.get(addr) {
            // Present already: perhaps mprotect(2) has allowed writing since.
            Some(entry) if prot.write && !entry.prot.write => {
                pages.protect(addr..addr + PAGE, prot, &mut FlushBatch::new());
                drop(pages);
                hal::mem::flush_local(addr);
                Ok(())
            }
            Some(_) => Ok(()),
            None => Err(refusal(&pages, addr)),
        }
    }

    /// Lets a stack grow down to `addr`.
    fn expand_stack(&self, areas: &mut Areas, addr: u64) -> Result<(), Fault> {
        let addr = addr & !(PAGE - 1);
        let Some(vma) = areas.tree.find_above(addr) else { return Err(Fault::MapErr) };
        if vma.start <= addr {
            return Ok(());
        }
        if !vma.flags.contains(VmFlags::GROWSDOWN) || addr < crate::MMAP_MIN_ADDR {
            return Err(Fault::MapErr);
        }
        let gap = areas.tree.find_below(addr).filter(|below| {
            !below.flags.contains(VmFlags::GROWSDOWN) && below.flags.intersects(VmFlags::ACCESS)
        });
        if gap.is_some_and(|below| addr - below.end < STACK_GUARD_GAP) {
            return Err(Fault::MapErr);
        }
        let (start, flags) = (vma.start, vma.flags);
        let grow = (start - addr) / PAGE;
        let limits = self.limits();
        let too_large = vma.end - addr > limits.stack
            || self.expand_by(areas, flags, grow).is_err()
            || (flags.contains(VmFlags::LOCKED)
                && (areas.counters.locked + grow).saturating_mul(PAGE) > limits.memlock);
        let counts = flags.contains(VmFlags::ACCOUNT);
        if too_large || counts && crate::commit::charge(grow, areas.counters.total).is_err() {
            return Err(Fault::MapErr);
        }
        areas.tree.grow_down(start, addr);
        areas.counters.add(flags, grow);
        Ok(())
    }
}

/// Why no entry could be made where there is none.
#[cold]
fn refusal(pages: &PageTable, addr: u64) -> Fault {
    if pages.is_guard(addr) { Fault::Guard } else { Fault::Oom }
}

/// Whether the area allows what was tried.
#[inline]
fn check_access(vma: &Vma, flags: FaultFlags) -> Result<(), Fault> {
    let allowed = if flags.write {
        vma.flags.contains(VmFlags::WRITE)
    } else if flags.exec && flags.present {
        vma.flags.contains(VmFlags::EXEC)
    } else {
        // The processor can't withhold reading from what may be written or executed. As on Linux, a fetch of what may
        // not be executed brings the page in, too: the program's second fault is the one that it is told of.
        vma.flags.intersects(VmFlags::ACCESS)
    };
    if !allowed {
        return Err(Fault::AccErr);
    }
    if flags.exec { Ok(()) } else { crate::pkeys::check(vma.flags, flags.write) }
}

/// The page of a file for a mapping; SIGBUS beyond its end.
#[inline]
fn file_page(mapping: &Mapping, index: u64, create: bool) -> Result<PageRef, Fault> {
    if index.saturating_mul(PAGE) >= mapping.size() {
        return Err(Fault::Bus);
    }
    mapping
        .get_page_for(index, create, Want::Fault)
        .map_err(|errno| if errno == Errno::ENOMEM { Fault::Oom } else { Fault::Bus })
}

/// The cached pages in the aligned window around a faulting address.
struct Neighbours {
    start: u64,
    found: [Option<PageRef>; FAULT_AROUND as usize],
}

impl Neighbours {
    #[inline]
    fn around(vma: &Vma, mapping: &Mapping, addr: u64) -> Self {
        let window = if vma.flags.contains(VmFlags::RAND_READ) { PAGE } else { FAULT_AROUND * PAGE };
        let start = (addr & !(window - 1)).max(vma.start);
        let end = ((addr & !(window - 1)) + window).min(vma.end);
        let size_pages = mapping.size().div_ceil(PAGE);
        let first = vma.index_of(start);
        let count = ((end - start) / PAGE).min(size_pages.saturating_sub(first));
        let mut found = [const { None }; FAULT_AROUND as usize];
        mapping.for_cached(first, count, |index, page| {
            if let Some(slot) = found.get_mut((index - first) as usize) {
                *slot = Some(page);
            }
        });
        Self { start, found }
    }

    /// The page for `addr` itself.
    #[inline]
    fn take(&mut self, addr: u64) -> Option<PageRef> {
        self.found.get_mut(((addr - self.start) / PAGE) as usize)?.take()
    }

    /// Maps what is there and not mapped yet.
    #[inline]
    fn map(self, pages: &mut PageTable, prot: Prot) {
        for (page, addr) in self.found.into_iter().zip((self.start..).step_by(PAGE_SIZE)) {
            if let Some(page) = page
                && pages.map(addr, page, prot).is_err()
                && pages.get(addr).is_none()
            {
                return;
            }
        }
    }
}
