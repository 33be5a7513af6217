//! Memory of a process that need not be the running one: ptrace, /proc/PID/mem, a new program's stack.

use hal::mem::{PAGE_SIZE, PageFlag, PageRef, zero_page};

use crate::areas::Areas;
use crate::vma::{VmFlags, Vma};
use crate::{AddressSpace, PAGE};

/// A transfer between kernel memory and an address space.
pub enum Remote<'a> {
    /// Out of the address space.
    Read(&'a mut [u8]),
    /// Into it. Private memory that the program itself may not write is changed, too, in a copy of its
    /// own: that is how a debugger sets breakpoints.
    Write(&'a [u8]),
}

impl AddressSpace {
    /// Reads from `addr` on; returns how many bytes could be read.
    pub fn read_remote(&self, addr: u64, buf: &mut [u8]) -> usize {
        self.access_remote(addr, Remote::Read(buf))
    }

    /// Writes from `addr` on; returns how many bytes could be written.
    pub fn write_remote(&self, addr: u64, buf: &[u8]) -> usize {
        self.access_remote(addr, Remote::Write(buf))
    }

    /// As [`Self::write_remote`], where the program itself may write at `addr`.
    pub fn write_user_remote(&self, addr: u64, buf: &[u8]) -> usize {
        if self.allows(addr, VmFlags::WRITE) { self.write_remote(addr, buf) } else { 0 }
    }

    /// As [`Self::read_remote`], where the program itself may read at `addr`.
    pub fn read_user_remote(&self, addr: u64, buf: &mut [u8]) -> usize {
        if let Some(page) = self.gate_page(addr) {
            let offset = (addr % PAGE) as usize;
            let len = buf.len().min(PAGE_SIZE - offset);
            page.read(offset, buf.get_mut(..len).unwrap_or_default());
            return len;
        }
        if self.allows(addr, VmFlags::READ) { self.read_remote(addr, buf) } else { 0 }
    }

    fn allows(&self, addr: u64, right: VmFlags) -> bool {
        self.areas.read().tree.find(addr).is_some_and(|vma| vma.flags.contains(right))
    }

    /// Does the transfer page by page and returns the bytes moved before the first obstacle.
    pub fn access_remote(&self, addr: u64, mut transfer: Remote<'_>) -> usize {
        let (len, write) = match &transfer {
            Remote::Read(buf) => (buf.len(), false),
            Remote::Write(buf) => (buf.len(), true),
        };
        let mut done = 0;
        while done < len {
            let Some(at) = addr.checked_add(done as u64) else { break };
            let offset = (at % PAGE) as usize;
            let part = (PAGE_SIZE - offset).min(len - done);
            let moved = if write {
                // Exclusive, so that no fault replaces the page while it is written to.
                let areas = self.write_areas();
                self.remote_page(&areas, at, true)
                    .map(|page| transfer_part(&mut transfer, &page, offset, done, part))
            } else {
                let areas = self.areas.read();
                self.remote_page(&areas, at, false)
                    .map(|page| transfer_part(&mut transfer, &page, offset, done, part))
            };
            if moved.is_none() {
                break;
            }
            done += part;
        }
        done
    }

    /// The page at `addr`, brought in, and for a write one that may be written to.
    pub(crate) fn remote_page(&self, areas: &Areas, addr: u64, write: bool) -> Option<PageRef> {
        let vma = areas.tree.find(addr)?;
        let right = if write { VmFlags::MAYWRITE } else { VmFlags::MAYREAD };
        let writable = vma.flags.contains(VmFlags::WRITE);
        if vma.flags.contains(VmFlags::IO)
            || !vma.flags.contains(right)
            || (write && !writable && vma.flags.contains(VmFlags::MAYSHARE))
        {
            return None;
        }
        let addr = addr & !(PAGE - 1);
        for _ in 0..3 {
            let entry = self.pages.lock().get(addr);
            if let Some(entry) = entry
                && (!write || entry.prot.write || (entry.huge.is_none() && is_own_copy(vma, &entry.page)))
            {
                return Some(entry.page);
            }
            self.fault_in_area(vma, addr, write).ok()?;
        }
        None
    }

    /// Writes zeros over `range`; for the part of a program's data that its file does not hold.
    /// Returns whether all of it could be written.
    pub fn clear_remote(&self, addr: u64, len: u64) -> bool {
        let zeros = [0u8; 512];
        let mut done = 0;
        while done < len {
            let part = (len - done).min(zeros.len() as u64) as usize;
            let Some(bytes) = zeros.get(..part) else { return false };
            if self.write_remote(addr + done, bytes) != part {
                return false;
            }
            done += part as u64;
        }
        true
    }
}

/// Whether a read-only page of a private area belongs to this address space alone.
fn is_own_copy(vma: &Vma, page: &PageRef) -> bool {
    vma.is_private()
        && !vma.flags.contains(VmFlags::WRITE)
        && page.ref_count() == 2
        && !page.test(PageFlag::Uptodate)
        && page.phys() != zero_page().phys()
}

fn transfer_part(transfer: &mut Remote<'_>, page: &PageRef, offset: usize, done: usize, len: usize) {
    match transfer {
        Remote::Read(buf) => {
            if let Some(part) = buf.get_mut(done..done + len) {
                page.read(offset, part);
            }
        }
        Remote::Write(buf) => {
            if let Some(part) = buf.get(done..done + len) {
                page.write(offset, part);
            }
        }
    }
}
