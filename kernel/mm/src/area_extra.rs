//! What few areas have besides kind and rights: a memory policy (mbind(2)), a name (PR_SET_VMA_ANON_NAME).

use alloc::sync::Arc;
use core::ops::Range;

use abi::Errno;

use crate::policy::Policy;
use crate::vma::{Backing, Vma};
use crate::vma_tree::page_align;
use crate::{AddressSpace, PAGE};

/// The longest name, with its NUL.
pub const ANON_NAME_SIZE: usize = 80;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extra {
    policy: Option<Policy>,
    name: Option<Arc<[u8]>>,
}

/// Whether both are the same.
#[inline(always)]
pub(crate) fn alike(a: &Option<Arc<Extra>>, b: &Option<Arc<Extra>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
        _ => false,
    }
}

impl Vma {
    /// Where its memory shall come from; none is for the thread to say.
    pub fn policy(&self) -> Option<Policy> {
        self.extra.as_ref()?.policy
    }

    /// The name that a program gave to anonymous memory.
    pub fn anon_name(&self) -> Option<&[u8]> {
        self.extra.as_ref()?.name.as_deref()
    }

    pub(crate) fn set_policy(&mut self, policy: Option<Policy>) {
        self.set_extra(|extra| extra.policy = policy);
    }

    fn set_extra(&mut self, set: impl FnOnce(&mut Extra)) {
        let mut extra = self.extra.as_deref().cloned().unwrap_or_default();
        set(&mut extra);
        self.extra = (extra != Extra::default()).then(|| Arc::new(extra));
    }

    /// Whether it is memory of its own kind, private or shared: no file's and not the kernel's.
    fn is_anonymous(&self) -> bool {
        match &self.backing {
            Backing::Anon | Backing::Special(_) => true,
            Backing::File { file, .. } => file.is_anonymous(),
        }
    }
}

impl AddressSpace {
    /// Names the anonymous memory in a range (PR_SET_VMA_ANON_NAME), or takes its name away. Holes make the answer
    /// ENOMEM, after the rest has been done; an area of a file ends it with EBADF.
    pub fn set_anon_name(&self, start: u64, len: u64, name: Option<&[u8]>) -> Result<(), Errno> {
        if !start.is_multiple_of(PAGE) {
            return Err(Errno::EINVAL);
        }
        let len = page_align(len).ok_or(Errno::EINVAL)?;
        let range = start..start.checked_add(len).ok_or(Errno::EINVAL)?;
        if range.is_empty() {
            return Ok(());
        }
        let name: Option<Arc<[u8]>> = name.map(Arc::from);
        let mut areas = self.write_areas();
        let mut whole = true;
        let mut at = range.start;
        while let Some(vma) = areas.tree.find_above(at).filter(|vma| at < range.end && vma.start < range.end)
        {
            whole &= vma.start <= at;
            let part: Range<u64> = vma.start.max(at)..vma.end.min(range.end);
            at = part.end;
            if !vma.is_anonymous() {
                return Err(Errno::EBADF);
            }
            self.change_areas(&mut areas, &part, |vma| vma.set_extra(|extra| extra.name = name.clone()))?;
        }
        if whole && at >= range.end { Ok(()) } else { Err(Errno::ENOMEM) }
    }
}
