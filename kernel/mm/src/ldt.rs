//! The local descriptor table of an address space (modify_ldt(2)). The lock of the areas guards it.

use abi::Errno;
use hal::ldt::{LDT_ENTRIES, Ldt};

use crate::AddressSpace;

impl AddressSpace {
    /// Descriptors in the table; 0 if the program has none.
    pub fn ldt_len(&self) -> usize {
        let _areas = self.areas.read();
        self.token.with_ldt(|ldt| ldt.map_or(0, Ldt::len))
    }

    /// The descriptors from `first` on, as far as there are some.
    pub fn read_ldt(&self, first: usize, out: &mut [u64]) {
        let _areas = self.areas.read();
        self.token.with_ldt(|ldt| {
            for (nth, word) in out.iter_mut().enumerate() {
                *word = ldt.map_or(0, |ldt| ldt.get(first + nth));
            }
        });
    }

    /// Sets a descriptor; the table grows as far as is needed. ENOMEM without memory, EINVAL beyond the largest table.
    pub fn set_ldt_entry(&self, index: usize, descriptor: u64) -> Result<(), Errno> {
        if index >= LDT_ENTRIES {
            return Err(Errno::EINVAL);
        }
        let _areas = self.write_areas();
        let copy = self.token.with_ldt(|old| {
            let len = old.map_or(0, Ldt::len).max(index + 1);
            Ldt::copy(old, len)
        });
        let mut new = copy.ok_or(Errno::ENOMEM)?;
        new.set(index, descriptor);
        self.token.set_ldt(new);
        Ok(())
    }

    /// Gives a child the table; the caller holds the lock.
    pub(crate) fn copy_ldt_to(&self, child: &Self) -> Result<(), Errno> {
        let copy = self.token.with_ldt(|ldt| ldt.map(|ldt| Ldt::copy(Some(ldt), ldt.len())));
        if let Some(copy) = copy {
            child.token.set_ldt(copy.ok_or(Errno::ENOMEM)?);
        }
        Ok(())
    }
}
