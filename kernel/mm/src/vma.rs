//! Areas: pieces of an address space with one kind of backing and one set of rights.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, Ordering};

use bitflags::bitflags;
use hal::mem::{PAGE_SIZE, PageRef};

use crate::Mapping;
use crate::area_extra::{Extra, alike};

bitflags! {
    /// What an area is and what may be done with it; Linux's bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct VmFlags: u64 {
        /// May be read now.
        const READ = 0x1;
        /// May be written now.
        const WRITE = 0x2;
        /// May be executed now.
        const EXEC = 0x4;
        /// Writes reach the file (or the other sharers).
        const SHARED = 0x8;
        /// mprotect(2) may allow reading.
        const MAYREAD = 0x10;
        /// mprotect(2) may allow writing.
        const MAYWRITE = 0x20;
        /// mprotect(2) may allow executing.
        const MAYEXEC = 0x40;
        /// Mapped with MAP_SHARED, if perhaps read-only.
        const MAYSHARE = 0x80;
        /// Grows towards lower addresses when touched below (a stack).
        const GROWSDOWN = 0x100;
        /// Shows pages that are nobody's (Linux's frames without a struct page).
        const PFNMAP = 0x400;
        /// Pages are locked in memory.
        const LOCKED = 0x2000;
        /// Device memory: the program alone reads it, not the kernel or a debugger for it.
        const IO = 0x4000;
        /// MADV_SEQUENTIAL.
        const SEQ_READ = 0x8000;
        /// MADV_RANDOM.
        const RAND_READ = 0x1_0000;
        /// Not inherited by a child (MADV_DONTFORK).
        const DONTCOPY = 0x2_0000;
        /// mremap(2) may not enlarge it.
        const DONTEXPAND = 0x4_0000;
        /// Locked, but each page only once it is touched (MLOCK_ONFAULT).
        const LOCKONFAULT = 0x8_0000;
        /// Counts as committed memory.
        const ACCOUNT = 0x10_0000;
        /// MAP_NORESERVE.
        const NORESERVE = 0x20_0000;
        /// The protection key, a number of four bits.
        const PKEY = 0xf_0000_0000;
        /// Its pages may go when memory is short (MAP_DROPPABLE).
        const DROPPABLE = 0x100_0000_0000;
        /// mseal(2): stays as and where it is.
        const SEALED = 0x400_0000_0000;
        /// MADV_HUGEPAGE.
        const HUGEPAGE = 0x2000_0000;
        /// MADV_NOHUGEPAGE, or MAP_STACK.
        const NOHUGEPAGE = 0x4000_0000;
        /// Empty in a child (MADV_WIPEONFORK).
        const WIPEONFORK = 0x200_0000;
        /// Left out of a core file.
        const DONTDUMP = 0x400_0000;
        /// New since writes were last forgotten (clear_refs): all of it counts as written to.
        const SOFTDIRTY = 0x800_0000;
    }
}

impl VmFlags {
    /// The three rights that hold now.
    pub const ACCESS: Self = Self::READ.union(Self::WRITE).union(Self::EXEC);
    /// The three rights that mprotect(2) may give.
    pub const MAY_ACCESS: Self = Self::MAYREAD.union(Self::MAYWRITE).union(Self::MAYEXEC);

    /// The protection key.
    #[inline(always)]
    pub const fn pkey(self) -> u8 {
        (self.bits() >> Self::PKEY.bits().trailing_zeros()) as u8 & 0xf
    }

    /// The same with another protection key.
    #[inline(always)]
    pub const fn with_pkey(self, key: u8) -> Self {
        let bits = (key as u64 & 0xf) << Self::PKEY.bits().trailing_zeros();
        Self::from_bits_retain(self.bits() & !Self::PKEY.bits() | bits)
    }
}

/// A file as an address space sees it.
pub trait VmFile: Send + Sync {
    /// Its cached pages; none if it can't be mapped.
    fn mapping(&self) -> Option<Arc<Mapping>>;

    /// Writes the path that /proc/PID/maps shows.
    fn write_path(&self, out: &mut dyn fmt::Write) -> fmt::Result;

    /// The device number of its file system, as st_dev has it.
    fn dev(&self) -> u64;

    /// Its inode number.
    fn ino(&self) -> u64;

    /// How many names it has.
    fn nlink(&self) -> u32 {
        0
    }

    /// Whether it stands for shared anonymous memory.
    fn is_anonymous(&self) -> bool {
        false
    }

    /// Whether anybody may execute it.
    fn is_executable(&self) -> bool {
        false
    }
}

/// Pages that the kernel lends to every process (vDSO, vvar).
pub struct SpecialPages {
    /// What /proc/PID/maps calls it, with brackets.
    pub name: &'static str,
    /// The rights that the program has, and may get: who writes gets a copy.
    pub flags: VmFlags,
    /// The pages, first to last.
    pub pages: Vec<PageRef>,
}

/// What an area's pages come from.
#[derive(Clone)]
pub enum Backing {
    /// Zeros; private.
    Anon,
    /// A file's pages, or those of shared anonymous memory.
    File {
        /// Who mapped it, for its name and lifetime.
        file: Arc<dyn VmFile>,
        /// Its pages.
        mapping: Arc<Mapping>,
    },
    /// Pages lent by the kernel.
    Special(Arc<SpecialPages>),
}

/// An area: `start..end`, page aligned.
pub struct Vma {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// Kind and rights.
    pub flags: VmFlags,
    /// The page of the backing that `start` shows; 0 for private anonymous memory.
    pub pgoff: u64,
    /// Where pages come from.
    pub backing: Backing,
    /// What few areas have besides.
    pub(crate) extra: Option<Arc<Extra>>,
    /// Whether it may hold private pages of its own (Linux's anon_vma): only then fork copies entries.
    pub(crate) private_pages: AtomicBool,
}

impl Clone for Vma {
    fn clone(&self) -> Self {
        Self {
            start: self.start,
            end: self.end,
            flags: self.flags,
            pgoff: self.pgoff,
            backing: self.backing.clone(),
            extra: self.extra.clone(),
            private_pages: AtomicBool::new(self.has_private_pages()),
        }
    }
}

impl Vma {
    /// A new area.
    pub fn new(range: Range<u64>, flags: VmFlags, pgoff: u64, backing: Backing) -> Self {
        let (start, end) = (range.start, range.end);
        Self { start, end, flags, pgoff, backing, extra: None, private_pages: AtomicBool::new(false) }
    }

    /// Its addresses.
    #[inline(always)]
    pub fn range(&self) -> Range<u64> {
        self.start..self.end
    }

    /// Its size in bytes.
    #[inline(always)]
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// An area is never empty.
    pub fn is_empty(&self) -> bool {
        self.end <= self.start
    }

    /// Its size in pages.
    #[inline(always)]
    pub fn pages(&self) -> u64 {
        self.len() / PAGE_SIZE as u64
    }

    /// The page of the backing that `addr` shows.
    #[inline(always)]
    pub fn index_of(&self, addr: u64) -> u64 {
        self.pgoff.wrapping_add((addr - self.start) / PAGE_SIZE as u64)
    }

    /// The file's pages, if it maps a file or shared memory.
    #[inline]
    pub fn mapping(&self) -> Option<&Arc<Mapping>> {
        match &self.backing {
            Backing::File { mapping, .. } => Some(mapping),
            _ => None,
        }
    }

    /// The file that it maps.
    pub fn file(&self) -> Option<&Arc<dyn VmFile>> {
        match &self.backing {
            Backing::File { file, .. } => Some(file),
            _ => None,
        }
    }

    /// Whether writes stay with this address space.
    #[inline(always)]
    pub fn is_private(&self) -> bool {
        !self.flags.contains(VmFlags::SHARED)
    }

    #[inline(always)]
    pub(crate) fn has_private_pages(&self) -> bool {
        self.private_pages.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn note_private_page(&self) {
        if !self.has_private_pages() {
            self.private_pages.store(true, Ordering::Relaxed);
        }
    }

    /// Cuts it at `at`: keeps the front and returns the back.
    pub(crate) fn split_off(&mut self, at: u64) -> Self {
        let mut back = self.clone();
        back.start = at;
        back.pgoff = self.offset_at(at);
        self.end = at;
        back
    }

    /// `pgoff` of a part that begins at `at`.
    pub(crate) fn offset_at(&self, at: u64) -> u64 {
        match self.backing {
            Backing::Anon => 0,
            _ => self.index_of(at),
        }
    }

    /// Whether `next`, which begins where this ends, is the same area going on.
    pub(crate) fn continues_in(&self, next: &Self) -> bool {
        let same = (self.flags ^ next.flags) - VmFlags::SOFTDIRTY == VmFlags::empty();
        if self.end != next.start || !same || !alike(&self.extra, &next.extra) {
            return false;
        }
        match (&self.backing, &next.backing) {
            (Backing::Anon, Backing::Anon) => true,
            (Backing::File { file: a, .. }, Backing::File { file: b, .. }) => {
                Arc::ptr_eq(a, b) && self.index_of(self.end) == next.pgoff
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Vma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}-{:#x} {:?} +{:#x}", self.start, self.end, self.flags, self.pgoff)
    }
}
