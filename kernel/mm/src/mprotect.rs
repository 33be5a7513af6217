//! mprotect(2).

use core::ops::Range;

use abi::Errno;
use abi::consts::mman::*;
use hal::mem::{FlushBatch, Prot};

use crate::areas::Areas;
use crate::commit;
use crate::fault::prot;
use crate::limits::is_data;
use crate::mmap::prot_flags;
use crate::vma::{Backing, VmFlags, Vma};
use crate::vma_tree::page_align;
use crate::{AddressSpace, PAGE};

/// PROT_SEM: accepted, without effect on this machine.
const PROT_SEM: u64 = 8;

/// What the areas shall have.
struct Wanted {
    /// `PROT_*`.
    prot: u64,
    /// Rights besides, where they are possible.
    implied: VmFlags,
    /// The protection key, if not the one that goes with the rights.
    pkey: Option<u8>,
}

impl AddressSpace {
    /// Changes the rights of `len` bytes at `start`. Areas before the first that can't be changed
    /// have been changed, as on Linux.
    pub fn mprotect(&self, start: u64, len: u64, prot: u64) -> Result<(), Errno> {
        self.mprotect_as(start, len, prot, false, None)
    }

    /// The same; `implies_exec`: what may be read may be run, too, where that is possible (READ_IMPLIES_EXEC); `pkey`: the
    /// areas get that protection key (pkey_mprotect(2)).
    pub fn mprotect_as(
        &self,
        start: u64,
        len: u64,
        prot: u64,
        implies_exec: bool,
        pkey: Option<i32>,
    ) -> Result<(), Errno> {
        let grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
        let prot = prot & !(PROT_GROWSDOWN | PROT_GROWSUP);
        if grows == PROT_GROWSDOWN | PROT_GROWSUP || !start.is_multiple_of(PAGE) {
            return Err(Errno::EINVAL);
        }
        if len == 0 {
            return Ok(());
        }
        let end = page_align(len).and_then(|len| start.checked_add(len)).filter(|end| *end > start);
        let end = end.ok_or(Errno::ENOMEM)?;
        if prot & !(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM) != 0 {
            return Err(Errno::EINVAL);
        }
        let mut areas = self.write_areas();
        if pkey.is_some_and(|key| !areas.pkeys.is_allocated(key)) {
            return Err(Errno::EINVAL);
        }
        let first = areas.tree.find_above(start).ok_or(Errno::ENOMEM)?;
        let mut from = start;
        if grows == PROT_GROWSDOWN {
            if first.start >= end {
                return Err(Errno::ENOMEM);
            }
            if !first.flags.contains(VmFlags::GROWSDOWN) {
                return Err(Errno::EINVAL);
            }
            from = first.start;
        } else if first.start > start {
            return Err(Errno::ENOMEM);
        } else if grows == PROT_GROWSUP {
            // No area grows upwards on this machine.
            return Err(Errno::EINVAL);
        }
        let implied = if implies_exec && prot & PROT_READ != 0 { VmFlags::EXEC } else { VmFlags::empty() };
        let wanted = Wanted { prot, implied, pkey: pkey.map(|key| key as u8) };
        self.protect_areas(&mut areas, from..end, &wanted)
    }

    fn protect_areas(&self, areas: &mut Areas, range: Range<u64>, wanted: &Wanted) -> Result<(), Errno> {
        let rights = prot_flags(wanted.prot);
        let mut at = range.start;
        while at < range.end {
            let vma = areas.tree.find(at).ok_or(Errno::ENOMEM)?;
            let part = at..vma.end.min(range.end);
            at = part.end;
            let old = vma.flags;
            let writable = entries_may_write(vma);
            let allowed = VmFlags::from_bits_truncate(vma.flags.bits() >> 4) & VmFlags::ACCESS;
            let rights = rights | wanted.implied & allowed;
            if !allowed.contains(rights) || self.refuses_exec_gain(old, rights) {
                return Err(Errno::EACCES);
            }
            if old.contains(VmFlags::SEALED) {
                return Err(Errno::EPERM);
            }
            let pkey = wanted.pkey.unwrap_or_else(|| areas.pkeys.for_mprotect(old, wanted.prot));
            let unused = matches!(vma.backing, Backing::Anon) && !vma.has_private_pages();
            let new = ((old - VmFlags::ACCESS) | rights).with_pkey(pkey);
            if new != old {
                let new = counted_as(new, unused);
                self.protect_part(areas, part, old, new, writable)?;
            }
        }
        Ok(())
    }

    fn protect_part(
        &self,
        areas: &mut Areas,
        part: Range<u64>,
        old: VmFlags,
        new: VmFlags,
        writable: bool,
    ) -> Result<(), Errno> {
        let pages = (part.end - part.start) / PAGE;
        if is_data(new) && !is_data(old) && self.data_limit_hit(areas, pages) {
            return Err(Errno::ENOMEM);
        }
        let counts = |flags: VmFlags| flags.contains(VmFlags::ACCOUNT);
        if counts(new) && !counts(old) {
            commit::charge(pages, areas.counters.total)?;
        }
        if areas.tree.reflag(&part, new) {
            areas.counters.sub(old, pages);
            areas.counters.add(new, pages);
        } else {
            const CHANGED: VmFlags = VmFlags::ACCESS.union(VmFlags::PKEY).union(VmFlags::ACCOUNT);
            let changed = self.change_flags(areas, &part, |flags| (flags - CHANGED) | (new & CHANGED));
            changed.inspect_err(|_| {
                if counts(new) && !counts(old) {
                    commit::uncharge(pages);
                }
            })?;
        }
        if counts(old) && !counts(new) {
            commit::uncharge(pages);
        }
        self.protect_pages(part, new, writable && new.contains(VmFlags::WRITE | VmFlags::SOFTDIRTY));
        Ok(())
    }

    fn data_limit_hit(&self, areas: &Areas, pages: u64) -> bool {
        areas.counters.data.saturating_add(pages) > self.limits().data / PAGE
    }

    /// Lets the entries follow the area's new rights.
    fn protect_pages(&self, part: Range<u64>, new: VmFlags, write: bool) {
        let rights = Prot {
            user: new.intersects(VmFlags::ACCESS),
            pkey: new.pkey(),
            ..prot(write, new.contains(VmFlags::EXEC))
        };
        let mut batch = FlushBatch::new();
        self.pages.lock().protect(part, rights, &mut batch);
        batch.finish(&self.token);
    }

    /// Gives the areas in `range` new flags.
    pub(crate) fn change_flags(
        &self,
        areas: &mut Areas,
        range: &Range<u64>,
        change: impl Fn(VmFlags) -> VmFlags,
    ) -> Result<(), Errno> {
        self.change_areas(areas, range, |vma| vma.flags = change(vma.flags))
    }

    /// Changes the areas in `range`, cutting and merging as needed. Holes are passed over.
    pub(crate) fn change_areas(
        &self,
        areas: &mut Areas,
        range: &Range<u64>,
        change: impl Fn(&mut Vma),
    ) -> Result<(), Errno> {
        self.isolate(areas, range)?;
        let mut at = range.start;
        while let Some(start) = areas
            .tree
            .find_above(at)
            .map(|vma| vma.start)
            .filter(|start| at < range.end && *start < range.end)
        {
            let Some(mut vma) = areas.tree.remove(start) else { break };
            at = vma.end;
            areas.counters.sub(vma.flags, vma.pages());
            change(&mut vma);
            areas.counters.add(vma.flags, vma.pages());
            areas.tree.insert(vma, |absorbed| forget_area(self.id, absorbed));
        }
        // The area behind the range may be alike now.
        if let Some(vma) =
            areas.tree.find(range.end).filter(|vma| vma.start == range.end).map(|vma| vma.start)
            && let Some(vma) = areas.tree.remove(vma)
        {
            areas.tree.insert(vma, |absorbed| forget_area(self.id, absorbed));
        }
        Ok(())
    }
}

/// The flags with or without [`VmFlags::ACCOUNT`]: what becomes writable counts from then on, and no longer once it is
/// read-only before anything was written.
fn counted_as(flags: VmFlags, unused: bool) -> VmFlags {
    if flags.contains(VmFlags::WRITE) {
        flags | commit::accounted(flags)
    } else if unused {
        flags - VmFlags::ACCOUNT
    } else {
        flags
    }
}

/// Whether present entries may become writable at once: shared memory that nobody writes back. Whether a private page
/// may be written to or has to be copied first, and whether a file's page is to be marked as changed, is for the
/// fault to find out.
fn entries_may_write(vma: &Vma) -> bool {
    !vma.is_private() && vma.mapping().is_some_and(|mapping| !mapping.tracks_dirty())
}

fn forget_area(mm_id: u64, vma: &Vma) {
    if let Some(mapping) = vma.mapping() {
        mapping.remove_mapper(mm_id);
    }
}
