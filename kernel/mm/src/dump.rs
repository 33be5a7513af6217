//! What of an address space goes into a core file (core(5)).

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use hal::mem::{PageRef, zero_page};

use crate::vma::{Backing, VmFile, VmFlags, Vma};
use crate::{AddressSpace, PAGE};

/// Bits of `/proc/PID/coredump_filter`.
#[allow(missing_docs)]
pub mod dump_filter {
    pub const ANON_PRIVATE: u32 = 1 << 0;
    pub const ANON_SHARED: u32 = 1 << 1;
    pub const MAPPED_PRIVATE: u32 = 1 << 2;
    pub const MAPPED_SHARED: u32 = 1 << 3;
    pub const ELF_HEADERS: u32 = 1 << 4;
    pub const HUGETLB_PRIVATE: u32 = 1 << 5;
    /// Every bit that there is (the last three are of huge pages and of memory devices).
    pub const ALL: u32 = 0x1ff;
    /// What a process starts with.
    pub const DEFAULT: u32 = ANON_PRIVATE | ANON_SHARED | ELF_HEADERS | HUGETLB_PRIVATE;
}

/// An area, and how much of it a core file holds.
pub struct DumpArea {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// Its kind and rights.
    pub flags: VmFlags,
    /// The page of the file that `start` shows.
    pub pgoff: u64,
    /// The file that it maps.
    pub file: Option<Arc<dyn VmFile>>,
    /// Bytes from `start` on that are dumped: all, none, or a page with an ELF header.
    pub dumped: u64,
}

/// How much of an area is dumped.
enum Extent {
    All,
    FirstPage,
    /// The first page if it holds an ELF header.
    FirstPageIfElf,
    Nothing,
}

fn extent(vma: &Vma, filter: u32) -> Extent {
    let has = |bit: u32| filter & bit != 0;
    if matches!(vma.backing, Backing::Special(_)) {
        return Extent::All;
    }
    if vma.flags.contains(VmFlags::DONTDUMP) {
        return Extent::Nothing;
    }
    let file = vma.file();
    if vma.flags.contains(VmFlags::SHARED) {
        let unlinked = file.is_some_and(|file| file.nlink() == 0);
        let bit = if unlinked { dump_filter::ANON_SHARED } else { dump_filter::MAPPED_SHARED };
        return if has(bit) { Extent::All } else { Extent::Nothing };
    }
    if vma.has_private_pages() && has(dump_filter::ANON_PRIVATE) {
        return Extent::All;
    }
    let Some(file) = file else { return Extent::Nothing };
    if has(dump_filter::MAPPED_PRIVATE) {
        return Extent::All;
    }
    if !has(dump_filter::ELF_HEADERS) || vma.pgoff != 0 || !vma.flags.contains(VmFlags::READ) {
        return Extent::Nothing;
    }
    if file.is_executable() { Extent::FirstPage } else { Extent::FirstPageIfElf }
}

impl AddressSpace {
    /// All areas as they are now, with what `filter` leaves of each. ENOMEM.
    pub fn dump_areas(&self, filter: u32) -> Result<Vec<DumpArea>, Errno> {
        let mut list = Vec::new();
        let mut maybe = Vec::new();
        {
            let areas = self.areas.read();
            list.try_reserve_exact(areas.tree.len()).map_err(|_| Errno::ENOMEM)?;
            for vma in areas.tree.iter() {
                let dumped = match extent(vma, filter) {
                    Extent::All => vma.len(),
                    Extent::FirstPage => PAGE,
                    Extent::FirstPageIfElf => {
                        maybe.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
                        maybe.push(list.len());
                        0
                    }
                    Extent::Nothing => 0,
                };
                list.push(DumpArea {
                    start: vma.start,
                    end: vma.end,
                    flags: vma.flags,
                    pgoff: vma.pgoff,
                    file: vma.file().cloned(),
                    dumped,
                });
            }
        }
        for area in maybe {
            let Some(area) = list.get_mut(area) else { continue };
            let mut magic = [0; 4];
            if let Some(page) = self.dump_page(area.start) {
                page.read(0, &mut magic);
            }
            if magic == abi::elf::ELFMAG {
                area.dumped = PAGE;
            }
        }
        Ok(list)
    }

    /// The page at `addr` for a core file; none for what nobody has touched, or what can't be had: a hole.
    pub fn dump_page(&self, addr: u64) -> Option<PageRef> {
        let areas = self.areas.read();
        let vma = areas.tree.find(addr)?;
        if let Some(entry) = self.pages.lock().get(addr) {
            return (entry.page.phys() != zero_page().phys()).then_some(entry.page);
        }
        if matches!(vma.backing, Backing::Anon) {
            return None;
        }
        self.remote_page(&areas, addr, false)
    }
}
