//! The page among the kernel's addresses that 64-bit programs may read (`vsyscall=emulate`): no area, but
//! process_vm_readv(2) finds it.

use hal::mem::PageRef;
use sync::Once;

use crate::{AddressSpace, PAGE};

static GATE: Once<(u64, PageRef)> = Once::new();

/// Names the page and its address; once, at boot.
pub fn set_gate_page(addr: u64, page: PageRef) {
    let _ = GATE.set((addr, page));
}

impl AddressSpace {
    /// The page if `addr` is in it and the program is one that has it.
    pub(crate) fn gate_page(&self, addr: u64) -> Option<PageRef> {
        let (start, page) = GATE.get()?;
        (addr & !(PAGE - 1) == *start && self.abi() == abi::Abi::X86_64).then(|| page.clone())
    }
}
