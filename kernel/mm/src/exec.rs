//! What execve(2) needs to furnish a new address space before it is active.

use alloc::sync::Arc;
use core::ops::Range;

use abi::consts::mman::*;
use abi::{Abi, Errno};

use crate::layout;
use crate::limits::Limits;
use crate::mmap::{MapCaps, MmapArgs, MmapFile, prot_flags};
use crate::vma::{Backing, SpecialPages, VmFlags, Vma};
use crate::vma_tree::page_align;
use crate::{AddressSpace, PAGE};

/// How far a new stack reaches down at once (Linux's stack_expand).
const INITIAL_STACK: u64 = 128 << 10;

/// One PT_LOAD header, with its place decided.
#[derive(Clone)]
pub struct ElfSegment {
    /// The file.
    pub file: MmapFile,
    /// p_vaddr plus the load bias.
    pub addr: u64,
    /// p_offset.
    pub offset: u64,
    /// p_filesz.
    pub file_size: u64,
    /// p_memsz.
    pub mem_size: u64,
    /// `PROT_*` from p_flags.
    pub prot: u64,
    /// Fail instead of replacing what is there (the first segment at a fixed address).
    pub no_replace: bool,
}

/// What kind of program an address space is to hold.
#[derive(Clone, Copy, Debug)]
pub struct ExecKind {
    /// Its ABI.
    pub abi: Abi,
    /// Unless personality(2) says ADDR_NO_RANDOMIZE.
    pub randomize: bool,
    /// If it says ADDR_COMPAT_LAYOUT.
    pub bottom_up: bool,
    /// If it says ADDR_LIMIT_3GB.
    pub limit_3gb: bool,
}

impl AddressSpace {
    /// An empty address space for a new program, laid out for these limits.
    pub fn for_exec(limits: Limits, how: &ExecKind) -> Result<Arc<Self>, Errno> {
        let ExecKind { abi, randomize, bottom_up, limit_3gb } = *how;
        let mm = Self::new()?;
        mm.set_limits(limits);
        mm.set_abi(abi, limit_3gb);
        let end = mm.map_window();
        let mut areas = mm.write_areas();
        (areas.bottom_up, areas.randomize) = (bottom_up, randomize);
        areas.mmap_base = match bottom_up {
            true => layout::legacy_base(randomize, end),
            false => layout::mmap_base(limits.stack, randomize, end),
        };
        drop(areas);
        Ok(mm)
    }

    /// A free place for a program of `len` bytes at or near `hint` (0: anywhere).
    pub fn find_free(&self, hint: u64, len: u64) -> Result<u64, Errno> {
        let len = page_align(len).ok_or(Errno::ENOMEM)?;
        self.unmapped_area(&mut self.write_areas(), hint, len, 0, self.abi().is_32bit())
    }

    /// Maps a segment: its file part, zeros behind it up to the end of that page, and fresh zero pages for
    /// the rest of its memory. ENOEXEC for sizes and places that don't fit together.
    pub fn map_elf_segment(&self, segment: &ElfSegment) -> Result<(), Errno> {
        let shift = segment.addr % PAGE;
        if shift != segment.offset % PAGE || segment.file_size > segment.mem_size {
            return Err(Errno::ENOEXEC);
        }
        let start = segment.addr - shift;
        let file_end = segment.addr.checked_add(segment.file_size).ok_or(Errno::ENOEXEC)?;
        let mem_end = segment.addr.checked_add(segment.mem_size).ok_or(Errno::ENOEXEC)?;
        let fixed = if segment.no_replace { MAP_FIXED_NOREPLACE } else { MAP_FIXED };
        let mut anon_start = start;
        if segment.file_size != 0 {
            anon_start = page_align(file_end).ok_or(Errno::ENOEXEC)?;
            self.mmap(&MmapArgs {
                addr: start,
                len: file_end - start,
                prot: segment.prot,
                flags: MAP_PRIVATE | fixed,
                file: Some(segment.file.clone()),
                pgoff: segment.offset / PAGE,
                caps: MapCaps::default(),
                compat: self.abi().is_32bit(),
            })?;
            // The rest of the last page belongs to the program's zeros, not to the file.
            if segment.mem_size > segment.file_size && segment.prot & PROT_WRITE != 0 {
                let len = anon_start - file_end;
                if len != 0 && !self.clear_remote(file_end, len) {
                    return Err(Errno::EFAULT);
                }
            }
        }
        let mem_end = page_align(mem_end).ok_or(Errno::ENOEXEC)?;
        if mem_end > anon_start {
            self.map_zeros(anon_start..mem_end, segment.prot, fixed)?;
        }
        Ok(())
    }

    /// Maps fresh zero pages at a fixed place (`flags`: MAP_FIXED or MAP_FIXED_NOREPLACE).
    pub fn map_zeros(&self, range: Range<u64>, prot: u64, flags: u64) -> Result<(), Errno> {
        self.mmap(&MmapArgs {
            addr: range.start,
            len: range.end - range.start,
            prot,
            flags: flags | MAP_PRIVATE | MAP_ANONYMOUS,
            file: None,
            pgoff: 0,
            caps: MapCaps::default(),
            compat: self.abi().is_32bit(),
        })
        .map(|_| ())
    }

    /// Maps the page at address 0, readable and executable (MMAP_PAGE_ZERO).
    pub fn map_page_zero(&self) -> Result<(), Errno> {
        self.mmap(&MmapArgs {
            addr: 0,
            len: PAGE,
            prot: PROT_READ | PROT_EXEC,
            flags: MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
            file: None,
            pgoff: 0,
            caps: MapCaps { sys_rawio: true, ..MapCaps::default() },
            compat: self.abi().is_32bit(),
        })
        .map(|_| ())
    }

    /// Makes the stack, empty, at a random place, and returns its top. `exec`: its code may be run.
    /// The strings are then written below the top with [`Self::write_remote`].
    pub fn setup_stack(&self, strings: u64, exec: bool, randomize: bool) -> Result<u64, Errno> {
        let top = layout::stack_top(randomize, self.map_window());
        let room = strings.saturating_add(INITIAL_STACK);
        let size = page_align(room.min(self.limits().stack.max(strings + PAGE))).ok_or(Errno::ENOMEM)?;
        let prot = if exec { PROT_READ | PROT_WRITE | PROT_EXEC } else { PROT_READ | PROT_WRITE };
        let flags = prot_flags(prot) | VmFlags::MAY_ACCESS | VmFlags::GROWSDOWN | VmFlags::ACCOUNT;
        let mut areas = self.write_areas();
        let range = top - size..top;
        if areas.tree.is_used(range.clone()) {
            return Err(Errno::ENOMEM);
        }
        self.expand_by(&areas, flags, size / PAGE)?;
        crate::commit::charge(size / PAGE, areas.counters.total)?;
        self.link(&mut areas, Vma::new(range, flags, 0, Backing::Anon));
        Ok(top)
    }

    /// Lends pages of the kernel to the program (vvar, vDSO) one behind the other, at `hint` if that is free, else
    /// where mappings go; returns the first one's address.
    pub fn map_special(&self, parts: &[Arc<SpecialPages>], hint: u64) -> Result<u64, Errno> {
        let pages: usize = parts.iter().map(|part| part.pages.len()).sum();
        if pages == 0 {
            return Err(Errno::EINVAL);
        }
        let mut areas = self.write_areas();
        let start = self.unmapped_area(&mut areas, hint, pages as u64 * PAGE, 0, self.abi().is_32bit())?;
        let mut at = start;
        for part in parts {
            let end = at + part.pages.len() as u64 * PAGE;
            let flags = part.flags | VmFlags::DONTEXPAND;
            self.link(&mut areas, Vma::new(at..end, flags, 0, Backing::Special(part.clone())));
            at = end;
        }
        Ok(start)
    }
}
