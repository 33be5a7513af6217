//! mmap(2) and munmap(2).

use alloc::sync::Arc;
use core::fmt;
use core::ops::Range;
use core::sync::atomic::Ordering;

use abi::Errno;
use abi::consts::mman::*;
use bitflags::bitflags;
use hal::mem::HUGE_SIZE;

use crate::areas::Areas;
use crate::aspace::MAX_MAP_COUNT;
use crate::commit;
use crate::limits::is_data;
use crate::vma::{Backing, VmFile, VmFlags, Vma};
use crate::vma_tree::page_align;
use crate::{AddressSpace, DEFAULT_MAP_WINDOW, MMAP_MIN_ADDR, Mapping, PAGE};

bitflags! {
    /// How a file was opened, as far as mapping it is concerned.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct FileAccess: u8 {
        /// Open for reading.
        const READ = 1;
        /// Open for writing.
        const WRITE = 2;
        /// Writes go to the end (an append-only file).
        const APPEND = 4;
        /// On a mount without execution.
        const NOEXEC = 8;
        /// Sealed against writes (memfd_create(2)).
        const SEALED = 16;
    }
}

/// A file to map.
#[derive(Clone)]
pub struct MmapFile {
    /// The file; kept as long as an area shows it.
    pub file: Arc<dyn VmFile>,
    /// How it was opened.
    pub access: FileAccess,
    /// What to map; a device answers otherwise than with the file's own pages.
    pub source: MmapSource,
}

/// What a file says when it is to be mapped.
#[derive(Clone)]
pub enum MmapSource {
    /// Its cached pages, or others.
    Mapping(Arc<Mapping>),
    /// Fresh zeros (/dev/zero).
    Zero,
    /// Nothing: ENODEV, once the other checks are done.
    Unsupported,
}

/// What the caller may do beyond the limits.
#[derive(Clone, Copy, Debug, Default)]
pub struct MapCaps {
    /// CAP_IPC_LOCK: no limit on locked memory.
    pub ipc_lock: bool,
    /// CAP_SYS_RAWIO: may map below [`MMAP_MIN_ADDR`].
    pub sys_rawio: bool,
}

/// The arguments of [`AddressSpace::mmap`].
#[derive(Clone)]
pub struct MmapArgs {
    /// Where, or a hint.
    pub addr: u64,
    /// How many bytes.
    pub len: u64,
    /// `PROT_*`.
    pub prot: u64,
    /// `MAP_*`.
    pub flags: u64,
    /// The file; none for anonymous memory.
    pub file: Option<MmapFile>,
    /// First page of the file.
    pub pgoff: u64,
    /// The caller's privileges.
    pub caps: MapCaps,
    /// A 32-bit or x32 call: addresses below 4 GiB.
    pub compat: bool,
}

/// Shared anonymous memory is a file without a name.
struct AnonymousFile(Arc<Mapping>);

impl VmFile for AnonymousFile {
    fn mapping(&self) -> Option<Arc<Mapping>> {
        Some(self.0.clone())
    }

    fn write_path(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str("/dev/zero (deleted)")
    }

    fn is_anonymous(&self) -> bool {
        true
    }

    fn dev(&self) -> u64 {
        1
    }

    fn ino(&self) -> u64 {
        self.0.id()
    }
}

/// The rights of an area as flags.
pub(crate) fn prot_flags(prot: u64) -> VmFlags {
    VmFlags::from_bits_truncate(prot & (PROT_READ | PROT_WRITE | PROT_EXEC))
}

/// Pages beyond what a file's 63-bit offsets can name can't be mapped.
fn check_offset(file: &MmapFile, pgoff: u64, pages: u64) -> Result<(), Errno> {
    const MAX_PAGES: u64 = i64::MAX as u64 / PAGE;
    let fits = MAX_PAGES.checked_sub(pages).is_some_and(|last| pgoff <= last);
    if fits || !matches!(file.source, MmapSource::Mapping(_)) { Ok(()) } else { Err(Errno::EOVERFLOW) }
}

impl AddressSpace {
    /// Maps a file or anonymous memory and returns the address; errors and their order as mmap(2) on
    /// Linux. Pages are brought in at once for MAP_POPULATE and MAP_LOCKED.
    pub fn mmap(&self, args: &MmapArgs) -> Result<u64, Errno> {
        if args.len == 0 {
            return Err(Errno::EINVAL);
        }
        let mut flags = args.flags;
        if flags & MAP_FIXED_NOREPLACE != 0 {
            flags |= MAP_FIXED;
        }
        let hint = if flags & MAP_FIXED != 0 { args.addr } else { round_hint(args.addr) };
        let len = page_align(args.len).ok_or(Errno::ENOMEM)?;
        args.pgoff.checked_add(len / PAGE).ok_or(Errno::EOVERFLOW)?;
        let mut areas = self.write_areas();
        if areas.tree.len() > MAX_MAP_COUNT {
            return Err(Errno::ENOMEM);
        }
        let addr = self.unmapped_area(&mut areas, hint, len, flags, args.compat)?;
        if addr < MMAP_MIN_ADDR && !args.caps.sys_rawio {
            return Err(Errno::EPERM);
        }
        let range = addr..addr + len;
        if flags & MAP_FIXED_NOREPLACE != 0 && areas.tree.is_used(range.clone()) {
            return Err(Errno::EEXIST);
        }
        let pkey = Self::key_for_mmap(&mut areas, args.prot);
        let vm_flags = self.vm_flags(&areas, args, flags, len / PAGE)? | pkey;
        if self.refuses_exec_gain(vm_flags, vm_flags) {
            return Err(Errno::EACCES);
        }
        self.may_expand(&areas, vm_flags, &range)?;
        let vm_flags = vm_flags | commit::accounted(vm_flags);
        self.commit(&areas, vm_flags, &range)?;
        if let Err(errno) = self.unmap_range(&mut areas, range.clone()) {
            if vm_flags.contains(VmFlags::ACCOUNT) {
                commit::uncharge(len / PAGE);
            }
            return Err(errno);
        }
        let (backing, pgoff) = backing(args, vm_flags, len)?;
        self.link(&mut areas, Vma::new(range.clone(), vm_flags, pgoff, backing));
        drop(areas);
        if vm_flags.contains(VmFlags::DROPPABLE) {
            // Without memory for the note the pages stay.
            self.note_droppable(&range);
        }
        let wanted = flags & (MAP_POPULATE | MAP_NONBLOCK) == MAP_POPULATE;
        if wanted || (vm_flags & (VmFlags::LOCKED | VmFlags::LOCKONFAULT)) == VmFlags::LOCKED {
            // What can't be brought in now is left to the fault, as on Linux.
            let _ = self.populate(range);
        }
        Ok(addr)
    }

    /// Unmaps `len` bytes at `addr`; nothing need be mapped there.
    pub fn munmap(&self, addr: u64, len: u64) -> Result<(), Errno> {
        let range = unmap_bounds(addr, len, self.task_size())?;
        let mut areas = self.write_areas();
        self.unmap_range(&mut areas, range)
    }

    /// The flags of the new area, with all checks that need only the arguments.
    fn vm_flags(&self, areas: &Areas, args: &MmapArgs, flags: u64, pages: u64) -> Result<VmFlags, Errno> {
        let mut vm = prot_flags(args.prot) | VmFlags::MAY_ACCESS | areas.def_flags;
        if flags & MAP_GROWSDOWN != 0 {
            vm |= VmFlags::GROWSDOWN;
        }
        if flags & MAP_LOCKED != 0 {
            vm |= VmFlags::LOCKED;
            if !args.caps.ipc_lock && self.limits().memlock == 0 {
                return Err(Errno::EPERM);
            }
        }
        self.may_lock(areas, vm, pages, args.caps.ipc_lock)?;
        let kind = flags & MAP_TYPE;
        // No file has bytes beyond the largest offset.
        if args.file.is_some() && args.pgoff.saturating_add(pages) > i64::MAX as u64 / PAGE {
            return Err(Errno::EOVERFLOW);
        }
        match &args.file {
            Some(file) => {
                check_offset(file, args.pgoff, pages)?;
                vm = file_flags(file, kind, flags, vm)?
            }
            None if kind == MAP_SHARED => {
                if vm.contains(VmFlags::GROWSDOWN) {
                    return Err(Errno::EINVAL);
                }
                vm |= VmFlags::SHARED | VmFlags::MAYSHARE;
            }
            None if kind == MAP_PRIVATE => {}
            None if kind == MAP_DROPPABLE => {
                if flags & MAP_LOCKED != 0 || vm.contains(VmFlags::GROWSDOWN) {
                    return Err(Errno::EINVAL);
                }
                vm -= VmFlags::LOCKED | VmFlags::LOCKONFAULT;
                vm |= VmFlags::DROPPABLE | VmFlags::NORESERVE | VmFlags::WIPEONFORK | VmFlags::DONTDUMP;
            }
            None => return Err(Errno::EINVAL),
        }
        if flags & MAP_NORESERVE != 0 && commit::MODE.load(Ordering::Relaxed) != commit::NEVER {
            vm |= VmFlags::NORESERVE;
        }
        if flags & MAP_STACK != 0 {
            // A thread's stack is large and little of it is used.
            vm |= VmFlags::NOHUGEPAGE;
        }
        Ok(vm)
    }

    /// EAGAIN if locking `pages` more would exceed RLIMIT_MEMLOCK.
    pub(crate) fn may_lock(
        &self,
        areas: &Areas,
        vm: VmFlags,
        pages: u64,
        ipc_lock: bool,
    ) -> Result<(), Errno> {
        if !vm.contains(VmFlags::LOCKED) || ipc_lock {
            return Ok(());
        }
        let wanted = areas.counters.locked.saturating_add(pages);
        if wanted > self.limits().memlock / PAGE { Err(Errno::EAGAIN) } else { Ok(()) }
    }

    /// ENOMEM if an area at `range` would exceed RLIMIT_AS or RLIMIT_DATA.
    fn may_expand(&self, areas: &Areas, vm: VmFlags, range: &Range<u64>) -> Result<(), Errno> {
        let pages = (range.end - range.start) / PAGE;
        let replaced = |vma: &Vma| (vma.end.min(range.end) - vma.start.max(range.start)) / PAGE;
        if self.expand_by(areas, vm, pages).is_err() {
            let freed: u64 = areas.tree.overlapping(range.clone()).map(replaced).sum();
            self.expand_by(areas, vm, pages.saturating_sub(freed))?;
        }
        Ok(())
    }

    /// Counts an area at `range` in that is to replace what is there, if it is of the kind that counts.
    fn commit(&self, areas: &Areas, vm: VmFlags, range: &Range<u64>) -> Result<(), Errno> {
        if !vm.contains(VmFlags::ACCOUNT) {
            return Ok(());
        }
        let (pages, total) = ((range.end - range.start) / PAGE, areas.counters.total);
        commit::charge(pages, total).or_else(|errno| {
            let counts = |vma: &&Vma| vma.flags.contains(VmFlags::ACCOUNT);
            let part = |vma: &Vma| (vma.end.min(range.end) - vma.start.max(range.start)) / PAGE;
            match areas.tree.overlapping(range.clone()).filter(counts).map(part).sum() {
                0 => Err(errno),
                replaced => commit::charge_replacing(pages, replaced, total),
            }
        })
    }

    /// ENOMEM if `pages` more of that kind exceed RLIMIT_AS or RLIMIT_DATA.
    pub(crate) fn expand_by(&self, areas: &Areas, vm: VmFlags, pages: u64) -> Result<(), Errno> {
        let limits = self.limits();
        if areas.counters.total.saturating_add(pages) > limits.address_space / PAGE {
            return Err(Errno::ENOMEM);
        }
        if is_data(vm) && areas.counters.data.saturating_add(pages) > limits.data / PAGE {
            return Err(Errno::ENOMEM);
        }
        Ok(())
    }

    /// Where the new area goes; `compat`: for a 32-bit call.
    pub(crate) fn unmapped_area(
        &self,
        areas: &mut Areas,
        hint: u64,
        len: u64,
        flags: u64,
        compat: bool,
    ) -> Result<u64, Errno> {
        let task_size = self.task_size();
        let last = task_size.checked_sub(len).ok_or(Errno::ENOMEM)?;
        if flags & MAP_FIXED != 0 {
            if hint > last {
                return Err(Errno::ENOMEM);
            }
            return if hint.is_multiple_of(PAGE) { Ok(hint) } else { Err(Errno::EINVAL) };
        }
        if flags & MAP_32BIT != 0 && !compat {
            return areas.tree.find_gap_up(len, 0x4000_0000, 0x8000_0000).ok_or(Errno::ENOMEM);
        }
        if hint != 0
            && let Some(addr) = page_align(hint)
            && addr <= last
            && hint_fits(addr, len)
            && areas.tree.is_free_for(addr, len)
        {
            return Ok(addr);
        }
        let addr = self.search(areas, hint, len, flags, compat).ok_or(Errno::ENOMEM)?;
        // A 64-bit call of a 32-bit program searches where that has nothing.
        if addr <= last { Ok(addr) } else { Err(Errno::ENOMEM) }
    }

    fn search(&self, areas: &mut Areas, hint: u64, len: u64, flags: u64, compat: bool) -> Option<u64> {
        // Only who names an address beyond 47 bits can deal with one.
        let beyond = if hint > DEFAULT_MAP_WINDOW && !compat {
            self.task_size().saturating_sub(DEFAULT_MAP_WINDOW)
        } else {
            0
        };
        if beyond == 0
            && flags & MAP_TYPE == MAP_PRIVATE
            && flags & MAP_ANONYMOUS != 0
            && len.is_multiple_of(HUGE_SIZE)
            && !compat
            && let Some(addr) = self.huge_gap(areas, len)
        {
            return Some(addr);
        }
        let (base, end) = areas.search_base(self.map_window(), compat, self.limits().stack);
        if areas.bottom_up {
            return areas.tree.find_gap_up(len, base, end + beyond);
        }
        let below = areas.tree.find_gap_down(len, MMAP_MIN_ADDR, base + beyond);
        below.or_else(|| areas.tree.find_gap_up(len, (end / 3) & !(PAGE - 1), end + beyond))
    }
}

/// Whether an area of that length can be where the hint says: not if it would reach over the end of 47 bits.
fn hint_fits(addr: u64, len: u64) -> bool {
    (addr > DEFAULT_MAP_WINDOW) == (addr + len > DEFAULT_MAP_WINDOW)
}

/// A hint below what may be mapped means the lowest address that may.
fn round_hint(addr: u64) -> u64 {
    let hint = addr & !(PAGE - 1);
    if hint != 0 && hint < MMAP_MIN_ADDR { MMAP_MIN_ADDR } else { hint }
}

/// The checked and rounded range of munmap(2), in an address space of that size.
pub(crate) fn unmap_bounds(addr: u64, len: u64, task_size: u64) -> Result<Range<u64>, Errno> {
    if !addr.is_multiple_of(PAGE) || addr > task_size || len > task_size - addr {
        return Err(Errno::EINVAL);
    }
    match page_align(len) {
        Some(len) if len != 0 => Ok(addr..addr + len),
        _ => Err(Errno::EINVAL),
    }
}

/// Not in the headers of Debian 12: private anonymous memory that may go when memory is short.
const MAP_DROPPABLE: u64 = 8;
/// The flags that Linux knew when MAP_SHARED still ignored unknown ones.
const LEGACY_MASK: u64 = MAP_TYPE
    | MAP_FIXED
    | MAP_ANONYMOUS
    | MAP_DENYWRITE
    | MAP_EXECUTABLE
    | MAP_GROWSDOWN
    | MAP_LOCKED
    | MAP_NORESERVE
    | MAP_POPULATE
    | MAP_NONBLOCK
    | MAP_STACK
    | MAP_HUGETLB
    | MAP_32BIT
    | (MAP_HUGE_MASK << MAP_HUGE_SHIFT);

/// The flags of a file's area.
fn file_flags(file: &MmapFile, kind: u64, flags: u64, mut vm: VmFlags) -> Result<VmFlags, Errno> {
    let access = file.access;
    match kind {
        MAP_SHARED | MAP_SHARED_VALIDATE => {
            let known = LEGACY_MASK | MAP_FIXED_NOREPLACE;
            if kind == MAP_SHARED_VALIDATE && flags & !known != 0 {
                return Err(Errno::EOPNOTSUPP);
            }
            if vm.contains(VmFlags::WRITE) && !access.contains(FileAccess::WRITE) {
                return Err(Errno::EACCES);
            }
            if access.contains(FileAccess::APPEND | FileAccess::WRITE) {
                return Err(Errno::EACCES);
            }
            if access.contains(FileAccess::SEALED) && vm.contains(VmFlags::WRITE) {
                return Err(Errno::EPERM);
            }
            vm |= VmFlags::SHARED | VmFlags::MAYSHARE;
            if !access.contains(FileAccess::WRITE) || access.contains(FileAccess::SEALED) {
                vm -= VmFlags::MAYWRITE | VmFlags::SHARED;
            }
        }
        MAP_PRIVATE => {}
        _ => return Err(Errno::EINVAL),
    }
    if !access.contains(FileAccess::READ) {
        return Err(Errno::EACCES);
    }
    if access.contains(FileAccess::NOEXEC) {
        if vm.contains(VmFlags::EXEC) {
            return Err(Errno::EPERM);
        }
        vm -= VmFlags::MAYEXEC;
    }
    if matches!(file.source, MmapSource::Unsupported) {
        return Err(Errno::ENODEV);
    }
    if vm.contains(VmFlags::GROWSDOWN) {
        return Err(Errno::EINVAL);
    }
    Ok(vm)
}

/// What the pages come from, and the first page of it.
fn backing(args: &MmapArgs, vm: VmFlags, len: u64) -> Result<(Backing, u64), Errno> {
    let fresh = || {
        let mapping = match vm.contains(VmFlags::NORESERVE) {
            true => Mapping::new_anon(None),
            false => Mapping::new_committed(len / PAGE)?,
        };
        mapping.set_size(len);
        Ok((Backing::File { file: Arc::new(AnonymousFile(mapping.clone())), mapping }, 0))
    };
    Ok(match &args.file {
        Some(MmapFile { file, source: MmapSource::Mapping(mapping), .. }) => {
            (Backing::File { file: file.clone(), mapping: mapping.clone() }, args.pgoff)
        }
        _ if vm.contains(VmFlags::MAYSHARE) => return fresh(),
        _ => (Backing::Anon, 0),
    })
}
