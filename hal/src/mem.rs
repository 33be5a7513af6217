//! Memory: frames, the heap, page tables, and kernel address space.
//!
//! | virtual address | what |
//! | --- | --- |
//! | `0` … [`task_size_max`] | the program |
//! | [`DIRECT_MAP`] | all RAM, writable, never executable |
//! | [`KERNEL_AREA`] | kernel stacks, each above an unmapped guard page |
//! | [`IO_AREA`] | device registers |
//! | [`KERNEL_BASE`] + physical address | the kernel image, write xor execute |

pub mod frames;
#[cfg(target_os = "none")]
mod heap;
#[cfg_attr(
    not(target_os = "none"),
    allow(dead_code, reason = "the host's page tables map single pages only")
)]
mod huge;
#[cfg(target_os = "none")]
pub(crate) mod isolation;
#[cfg(target_os = "none")]
pub(crate) mod kernel_map;
mod limit;
#[cfg(target_os = "none")]
pub(crate) mod loaded;
mod page;
#[cfg(target_os = "none")]
mod stack;
#[cfg(target_os = "none")]
mod tables;
#[cfg(not(target_os = "none"))]
#[path = "mem/tables_host.rs"]
mod tables;
mod tlb;

#[cfg(not(target_os = "none"))]
pub use crate::host::{heap_shrink, heap_usage, heap_used, map_for_programs};
#[cfg(target_os = "none")]
pub use heap::{shrink as heap_shrink, usage as heap_usage, used as heap_used};
pub use huge::{HugePage, huge_in_use};
#[cfg(target_os = "none")]
pub use kernel_map::map_for_programs;
pub use limit::{DEFAULT_MAP_WINDOW, five_levels, task_size_max};
#[cfg(target_os = "none")]
pub(crate) use limit::{init as init_limit, mask_user_address};
pub use page::{PageFlag, PageRef, zero_page};
#[cfg(target_os = "none")]
pub use stack::KernelStack;
pub use tables::{Entry, PageTable};
pub use tlb::{FlushBatch, MmToken, flush_local};

/// Bytes of a page and of a frame.
pub const PAGE_SIZE: usize = 4096;
/// Bytes that one entry of a page directory maps.
pub const HUGE_SIZE: u64 = 2 << 20;
/// Pages of them.
pub const HUGE_PAGES: usize = 512;
/// Their order as a block of frames.
pub(crate) const HUGE_ORDER: usize = 9;
/// Where all RAM is mapped.
pub const DIRECT_MAP: u64 = 0xffff_8880_0000_0000;
/// Where kernel stacks are mapped.
pub const KERNEL_AREA: u64 = 0xffff_c900_0000_0000;
/// Where device registers are mapped.
pub const IO_AREA: u64 = 0xffff_ca00_0000_0000;
/// What is added to a physical address of the kernel image.
pub const KERNEL_BASE: u64 = 0xffff_ffff_8000_0000;

/// What [`PageTable::forget_use`] takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// That a page was used: the processor notes it in the entry, read(2) on the page.
    Accessed,
    /// That it was written to ("soft-dirty").
    Written,
}

/// How much of the kernel's heap is in use, for one size of objects.
#[derive(Debug, Clone, Copy)]
pub struct HeapUsage {
    /// Bytes of an object.
    pub size: usize,
    /// Objects in use.
    pub used: usize,
    /// Objects that there are.
    pub total: usize,
    /// Objects that are made at a time.
    pub per_block: usize,
    /// Frames that they are made of.
    pub frames_per_block: usize,
}

/// Memory is short: the running thread will look for a process to kill before it goes on in user mode, where it
/// holds no locks.
#[cfg(target_os = "none")]
#[cold]
fn low_memory() {
    crate::thread::notify_current(crate::thread::flags::NOTIFY_RESUME);
}

#[cfg(not(target_os = "none"))]
fn low_memory() {}

/// A physical address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhysAddr(pub u64);

/// What a mapping allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prot {
    /// Writing.
    pub write: bool,
    /// Executing.
    pub exec: bool,
    /// Access at all; without it the page is kept, but nobody reaches it (PROT_NONE).
    pub user: bool,
    /// The protection key (`pkru`), below [`PKEYS`].
    pub pkey: u8,
}

/// How many protection keys there are.
pub const PKEYS: u8 = 16;
/// PKRU of a new program and of a signal handler: key 0 alone.
pub const PKRU_INIT: u32 = 0x5555_5554;

/// No memory for a page-table page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;
