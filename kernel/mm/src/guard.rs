//! Guard pages (MADV_GUARD_INSTALL): entries of page tables that refuse every access, without areas of their own.

use core::ops::Range;

use abi::Errno;
use hal::mem::{FlushBatch, HUGE_SIZE};

use crate::AddressSpace;
use crate::areas::whole_or_enomem;
use crate::madvise::{MADV_GUARD_INSTALL, may_discard};
use crate::vma::{Backing, VmFlags, Vma};

impl AddressSpace {
    /// Puts guards into a range in the place of what is there, or takes them away. Holes make the answer ENOMEM, after
    /// the rest has been done.
    pub(crate) fn advise_guards(&self, range: Range<u64>, advice: i32) -> Result<(), Errno> {
        let install = advice == MADV_GUARD_INSTALL;
        let whole = self.areas.read().for_each_part(&range, |vma, part| {
            may_discard(vma, advice)?;
            let special =
                matches!(vma.backing, Backing::Special(_)) || vma.flags.contains(VmFlags::DONTEXPAND);
            if special || install && vma.flags.contains(VmFlags::LOCKED) {
                return Err(Errno::EINVAL);
            }
            if install {
                return self.install_guards(vma, part);
            }
            self.pages.lock().remove_guards(part);
            Ok(())
        })?;
        whole_or_enomem(whole)
    }

    fn install_guards(&self, vma: &Vma, part: Range<u64>) -> Result<(), Errno> {
        // A child has them, too.
        vma.note_private_page();
        let mut at = part.start;
        while at < part.end {
            let end = part.end.min((at | (HUGE_SIZE - 1)) + 1);
            let mut batch = FlushBatch::new();
            let done = self.pages.lock().install_guards(at..end, &mut batch);
            batch.finish(&self.token);
            done.map_err(|_| Errno::ENOMEM)?;
            at = end;
            crate::cond_resched();
        }
        Ok(())
    }
}
