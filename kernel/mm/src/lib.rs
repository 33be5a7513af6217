//! Memory of programs: address spaces, areas, page faults, and every cached page of a file.
//!
//! - [`AddressSpace`]: what mmap(2), brk(2) and page faults act on. It alone reads and writes user memory;
//!   [`UserPtr`], [`UserSlice`] and [`UserCStr`] are mere allegations.
//! - [`Mapping`]: a file's cached pages, shared by read, write and mmap. [`Pager`] is what a file system
//!   implements to fill and write back pages.
//! - [`IterDst`], [`IterSrc`]: where a read's bytes go and a write's come from.
//!
//! Lock order, outermost first: the inode's lock (vfs), an address space's `areas`
//! (`rank::MMAP`, sleeping), a mapping's `fill` (`rank::MAPPING`, sleeping), its `mappers` (`rank::VMA_LIST`), its `tree`
//! (`rank::MAPPING_TREE`), an address space's `pages` (`rank::PAGE_TABLE`). User memory is touched with
//! none of them held.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod access;
mod area_extra;
mod area_listing;
mod areas;
mod aspace;
mod brk;
pub mod commit;
mod dump;
mod exec;
mod fault;
mod fork;
mod gate;
mod guard;
mod iovec;
mod layout;
mod lazy_free;
mod ldt;
mod limits;
mod lock_pages;
mod madvise;
mod mapping;
mod mapping_io;
mod mapping_size;
mod mmap;
mod mprotect;
mod mremap;
mod mseal;
mod page_scan;
mod page_use;
mod pkeys;
pub mod policy;
mod program;
mod ptr;
mod readahead;
pub mod reclaim;
mod remap;
mod remote;
mod rmap;
mod sync_pages;
pub mod thp;
pub mod uio;
mod vma;
mod vma_tree;

#[cfg(test)]
mod aspace_tests;

pub use area_extra::ANON_NAME_SIZE;
pub use area_listing::{AreaUsage, Shares};
pub use aspace::attr;
pub use aspace::{AUXV_WORDS, AddressSpace, FutexKey, MAX_MAP_COUNT};
pub use dump::{DumpArea, dump_filter};
pub use exec::{ElfSegment, ExecKind};
pub use fault::{Fault, FaultFlags};
pub use gate::set_gate_page;
pub use hal::mem::{DEFAULT_MAP_WINDOW, task_size_max};
pub use iovec::{IOV_MAX, IoVec, IoVecs};
pub use layout::{
    ExecLayout, MMAP_MIN_ADDR, STACK_GUARD_GAP, TASK_SIZE_32, align_stack, at_random, brk_start,
    elf_et_dyn_base, pie_base, vdso_hint,
};
pub use limits::{Limits, VmCounters};
pub use mapping::{Mapping, PageAccount, Pager, cached_pages};
pub use mmap::{FileAccess, MapCaps, MmapArgs, MmapFile, MmapSource};
pub use mremap::MremapArgs;
pub use page_scan::{PageRegion, PageScan, PageScanEnd, category as page_category};
pub use page_use::Areas as UsedAreas;
pub use ptr::{UserArg, UserCStr, UserPtr, UserSlice};
pub use remote::Remote;
pub use uio::{IterDst, IterSrc, MAX_RW_COUNT};
pub use vma::{Backing, SpecialPages, VmFile, VmFlags, Vma};

/// Bytes of a page.
pub(crate) const PAGE: u64 = hal::mem::PAGE_SIZE as u64;

/// A point of a long operation at which another thread may run. On the host there is none to wait for.
#[inline(always)]
pub(crate) fn cond_resched() {
    #[cfg(target_os = "none")]
    sched::cond_resched();
}
