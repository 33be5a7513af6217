//! madvise(2).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use abi::Errno;
use abi::consts::mman::*;

use crate::areas::{Areas, whole_or_enomem};
use crate::fault::{Fault, FaultFlags};
use crate::vma::{Backing, VmFlags, Vma};
use crate::vma_tree::page_align;
use crate::{AddressSpace, Mapping, PAGE};

/// Not in the headers of Debian 12.
const MADV_COLLAPSE: i32 = 25;
pub(crate) const MADV_GUARD_INSTALL: i32 = 102;
const MADV_GUARD_REMOVE: i32 = 103;

/// Whether the advice is known. Merging of equal pages and memory errors are not supported; a Linux built without them answers EINVAL, too.
fn is_known(advice: i32) -> bool {
    matches!(
        advice,
        MADV_NORMAL
            | MADV_RANDOM
            | MADV_SEQUENTIAL
            | MADV_WILLNEED
            | MADV_DONTNEED
            | MADV_FREE
            | MADV_REMOVE
            | MADV_DONTFORK
            | MADV_DOFORK
            | MADV_DONTDUMP
            | MADV_DODUMP
            | MADV_WIPEONFORK
            | MADV_KEEPONFORK
            | MADV_COLD
            | MADV_PAGEOUT
            | MADV_POPULATE_READ
            | MADV_POPULATE_WRITE
            | MADV_DONTNEED_LOCKED
            | MADV_HUGEPAGE
            | MADV_NOHUGEPAGE
            | MADV_COLLAPSE
            | MADV_GUARD_INSTALL
            | MADV_GUARD_REMOVE
    )
}

impl AddressSpace {
    /// Follows an advice about `len` bytes at `start`. Holes in the range make the answer ENOMEM, after
    /// the rest has been done.
    pub fn madvise(&self, start: u64, len: u64, advice: i32) -> Result<(), Errno> {
        if !is_known(advice) || !start.is_multiple_of(PAGE) {
            return Err(Errno::EINVAL);
        }
        let len = page_align(len).ok_or(Errno::EINVAL)?;
        let end = start.checked_add(len).ok_or(Errno::EINVAL)?;
        if end == start {
            return Ok(());
        }
        match advice {
            MADV_POPULATE_READ | MADV_POPULATE_WRITE => {
                self.populate_for(start..end, advice == MADV_POPULATE_WRITE)
            }
            MADV_WILLNEED => self.will_need(start..end),
            MADV_COLLAPSE => self.collapse_parts(start..end),
            MADV_GUARD_INSTALL | MADV_GUARD_REMOVE => self.advise_guards(start..end, advice),
            MADV_REMOVE => self.remove_file_range(start..end),
            MADV_DONTNEED | MADV_DONTNEED_LOCKED | MADV_FREE | MADV_COLD | MADV_PAGEOUT => {
                self.advise_pages(start..end, advice)
            }
            _ => self.advise_flags(start..end, advice),
        }
    }

    /// Advice that is done to pages: areas keep their shape, so the shared lock is enough.
    fn advise_pages(&self, range: Range<u64>, advice: i32) -> Result<(), Errno> {
        let whole = self.areas.read().for_each_part(&range, |vma, part| {
            let locked = vma.flags.contains(VmFlags::LOCKED);
            may_discard(vma, advice)?;
            match advice {
                MADV_DONTNEED | MADV_FREE | MADV_COLD | MADV_PAGEOUT if locked => return Err(Errno::EINVAL),
                MADV_COLD | MADV_PAGEOUT => {}
                MADV_FREE if !matches!(vma.backing, Backing::Anon) => return Err(Errno::EINVAL),
                MADV_FREE => self.free_lazily(part),
                _ => self.zap_pages(part),
            }
            Ok(())
        })?;
        whole_or_enomem(whole)
    }

    fn advise_flags(&self, range: Range<u64>, advice: i32) -> Result<(), Errno> {
        let mut areas = self.write_areas();
        let mut whole = true;
        let mut at = range.start;
        // A changed area may have merged with the one behind the range: its end, not its start, ends the walk.
        while let Some(vma) = areas.tree.find_above(at).filter(|vma| at < range.end && vma.start < range.end)
        {
            whole &= vma.start <= at;
            let part = vma.start.max(at)..vma.end.min(range.end);
            at = part.end;
            may_discard(vma, advice)?;
            let private_anon = matches!(vma.backing, Backing::Anon);
            let keeps = matches!(advice, MADV_KEEPONFORK | MADV_DODUMP);
            if keeps && vma.flags.contains(VmFlags::DROPPABLE) {
                return Err(Errno::EINVAL);
            }
            if advice == MADV_WIPEONFORK && !private_anon {
                return Err(Errno::EINVAL);
            }
            let old = vma.flags;
            if new_flags(old, advice) != old {
                self.change_flags(&mut areas, &part, |flags| new_flags(flags, advice))?;
            }
        }
        if whole && at >= range.end { Ok(()) } else { Err(Errno::ENOMEM) }
    }

    /// MADV_POPULATE_*: brings pages in, as if each was read or written, without a signal.
    fn populate_for(&self, range: Range<u64>, write: bool) -> Result<(), Errno> {
        for addr in range.step_by(PAGE as usize) {
            {
                let areas = self.areas.read();
                let vma = areas.tree.find(addr).ok_or(Errno::ENOMEM)?;
                let right = if write { VmFlags::WRITE } else { VmFlags::READ };
                if !vma.flags.contains(right) {
                    return Err(Errno::EINVAL);
                }
            }
            match self.handle_fault(addr, FaultFlags { write, exec: false, present: false, user: false }) {
                Ok(()) => {}
                Err(Fault::Oom) => return Err(Errno::ENOMEM),
                Err(Fault::MapErr) => return Err(Errno::ENOMEM),
                Err(Fault::Pkey(_)) => return Err(Errno::EINVAL),
                Err(_) => return Err(Errno::EFAULT),
            }
            crate::cond_resched();
        }
        Ok(())
    }

    /// MADV_WILLNEED: files are read ahead; there is nothing else that could be brought from afar.
    fn will_need(&self, range: Range<u64>) -> Result<(), Errno> {
        let mut parts = Vec::new();
        let whole = self.areas.read().for_each_part(&range, |vma, part| {
            if let Some(mapping) = vma.mapping() {
                parts.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
                let from = vma.index_of(part.start).saturating_mul(PAGE);
                parts.push((mapping.clone(), from, part.end - part.start));
            }
            Ok(())
        })?;
        for (mapping, from, len) in parts {
            mapping.read_ahead(from, len);
        }
        whole_or_enomem(whole)
    }

    /// MADV_COLLAPSE: area by area.
    fn collapse_parts(&self, range: Range<u64>) -> Result<(), Errno> {
        let whole = self.write_areas().for_each_part(&range, |vma, part| self.collapse(vma, &part))?;
        whole_or_enomem(whole)
    }

    /// MADV_REMOVE: a hole in the file behind shared memory.
    fn remove_file_range(&self, range: Range<u64>) -> Result<(), Errno> {
        let (holes, whole) = self.file_parts(&self.areas.read(), &range)?;
        for (mapping, start, len) in holes {
            mapping.punch_hole(start, len)?;
        }
        whole_or_enomem(whole)
    }

    /// The bytes of files that `range` shows, and whether it has no hole.
    fn file_parts(&self, areas: &Areas, range: &Range<u64>) -> Result<(FileParts, bool), Errno> {
        let mut parts = Vec::new();
        let whole = areas.for_each_part(range, |vma, part| {
            if vma.flags.contains(VmFlags::LOCKED) {
                return Err(Errno::EINVAL);
            }
            may_discard(vma, MADV_REMOVE)?;
            let mapping = vma.mapping().ok_or(Errno::EINVAL)?;
            if !vma.flags.contains(VmFlags::SHARED | VmFlags::WRITE) {
                return Err(Errno::EACCES);
            }
            if mapping.tracks_dirty() {
                return Err(Errno::EOPNOTSUPP);
            }
            parts.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
            parts.push((mapping.clone(), vma.index_of(part.start) * PAGE, part.end - part.start));
            Ok(())
        })?;
        Ok((parts, whole))
    }
}

/// EPERM if the advice would change what a sealed area shows that cannot be written to.
pub(crate) fn may_discard(vma: &Vma, advice: i32) -> Result<(), Errno> {
    let discards = matches!(
        advice,
        MADV_DONTNEED
            | MADV_DONTNEED_LOCKED
            | MADV_FREE
            | MADV_REMOVE
            | MADV_DONTFORK
            | MADV_WIPEONFORK
            | MADV_GUARD_INSTALL
    );
    let shared_file = vma.file().is_some() && vma.flags.contains(VmFlags::SHARED);
    let sealed = vma.flags.contains(VmFlags::SEALED) && !shared_file && !vma.flags.contains(VmFlags::WRITE);
    if discards && sealed { Err(Errno::EPERM) } else { Ok(()) }
}

type FileParts = Vec<(Arc<Mapping>, u64, u64)>;

fn new_flags(flags: VmFlags, advice: i32) -> VmFlags {
    match advice {
        MADV_NORMAL => flags - VmFlags::RAND_READ - VmFlags::SEQ_READ,
        MADV_RANDOM => (flags | VmFlags::RAND_READ) - VmFlags::SEQ_READ,
        MADV_SEQUENTIAL => (flags | VmFlags::SEQ_READ) - VmFlags::RAND_READ,
        MADV_DONTFORK => flags | VmFlags::DONTCOPY,
        MADV_DOFORK => flags - VmFlags::DONTCOPY,
        MADV_DONTDUMP => flags | VmFlags::DONTDUMP,
        MADV_DODUMP => flags - VmFlags::DONTDUMP,
        MADV_WIPEONFORK => flags | VmFlags::WIPEONFORK,
        MADV_HUGEPAGE => (flags | VmFlags::HUGEPAGE) - VmFlags::NOHUGEPAGE,
        MADV_NOHUGEPAGE => (flags | VmFlags::NOHUGEPAGE) - VmFlags::HUGEPAGE,
        MADV_KEEPONFORK => flags - VmFlags::WIPEONFORK,
        _ => flags,
    }
}
