//! Protection keys (pkeys(7)): which of them a program has, and what its PKRU says of them.

use abi::Errno;
use abi::consts::mman::*;
use hal::pkru::{self, PKEYS};

use crate::areas::Areas;
use crate::vma::VmFlags;
use crate::{AddressSpace, Fault};

/// Rights that pkey_alloc(2) takes away: reading and writing, or writing alone. In PKRU as here.
const PKEY_DISABLE_ACCESS: u32 = 1;
const PKEY_DISABLE_WRITE: u32 = 2;

/// The keys of an address space.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pkeys {
    /// Bit n: key n is in use.
    taken: u16,
    /// The key of what may be executed alone.
    execute_only: Option<u8>,
}

impl Pkeys {
    /// Key 0 alone, where there are keys.
    pub fn new() -> Self {
        Self { taken: u16::from(pkru::enabled()), execute_only: None }
    }

    /// Whether the program may name `key`.
    pub fn is_allocated(&self, key: i32) -> bool {
        let known = u8::try_from(key).ok().filter(|key| *key < PKEYS);
        known.is_some_and(|key| self.taken & 1 << key != 0 && self.execute_only != Some(key))
    }

    fn allocate(&mut self) -> Option<u8> {
        let most = if pkru::enabled() { PKEYS } else { 1 };
        let key = (0..most).find(|key| self.taken & 1 << key == 0)?;
        self.taken |= 1 << key;
        Some(key)
    }

    fn free(&mut self, key: u8) {
        self.taken &= !(1 << key);
    }

    /// The key of what may be executed and not read, taken if need be. None if all are in use.
    pub fn execute_only(&mut self) -> Option<u8> {
        if !pkru::enabled() {
            return None;
        }
        let key = match self.execute_only {
            Some(key) => key,
            None => self.allocate()?,
        };
        self.execute_only = Some(key);
        // Of this thread; the others' PKRU is theirs.
        if allows(pkru::read(), key, false) {
            set_access(key, PKEY_DISABLE_ACCESS);
        }
        Some(key)
    }

    /// The key of an area with `flags` that mprotect(2) gives the rights `prot`.
    pub fn for_mprotect(&mut self, flags: VmFlags, prot: u64) -> u8 {
        if prot == PROT_EXEC
            && let Some(key) = self.execute_only()
        {
            return key;
        }
        let was_execute_only = flags & VmFlags::ACCESS == VmFlags::EXEC
            && self.execute_only.is_some_and(|key| key == flags.pkey());
        if was_execute_only && prot != PROT_EXEC { 0 } else { flags.pkey() }
    }
}

/// Sets what the running thread may not do with `key`.
fn set_access(key: u8, disabled: u32) {
    let shift = 2 * u32::from(key);
    pkru::write(pkru::read() & !(3 << shift) | disabled << shift);
}

fn allows(pkru: u32, key: u8, write: bool) -> bool {
    let denied = pkru >> (2 * u32::from(key));
    denied & PKEY_DISABLE_ACCESS == 0 && !(write && denied & PKEY_DISABLE_WRITE != 0)
}

/// The fault that the running thread's PKRU makes of a read or write of an area with `flags`.
#[inline]
pub(crate) fn check(flags: VmFlags, write: bool) -> Result<(), Fault> {
    let key = flags.pkey();
    if key == 0 || allows(pkru::read(), key, write) { Ok(()) } else { Err(Fault::Pkey(key)) }
}

impl AddressSpace {
    /// pkey_alloc(2).
    pub fn pkey_alloc(&self, flags: u64, rights: u64) -> Result<u8, Errno> {
        let rights = u32::try_from(rights).map_err(|_| Errno::EINVAL)?;
        if flags != 0 || rights & !(PKEY_DISABLE_ACCESS | PKEY_DISABLE_WRITE) != 0 {
            return Err(Errno::EINVAL);
        }
        let mut areas = self.write_areas();
        let key = areas.pkeys.allocate().ok_or(Errno::ENOSPC)?;
        if !pkru::enabled() {
            areas.pkeys.free(key);
            return Err(Errno::EINVAL);
        }
        set_access(key, rights);
        Ok(key)
    }

    /// pkey_free(2). Areas that have the key keep it.
    pub fn pkey_free(&self, key: i32) -> Result<(), Errno> {
        let mut areas = self.write_areas();
        if !areas.pkeys.is_allocated(key) {
            return Err(Errno::EINVAL);
        }
        areas.pkeys.free(key as u8);
        Ok(())
    }

    /// The key of the area at `addr`, where an access has failed for its key.
    pub fn key_fault(&self, addr: u64) -> Fault {
        let areas = self.areas.read();
        areas.tree.find(addr).map_or(Fault::MapErr, |vma| Fault::Pkey(vma.flags.pkey()))
    }

    /// The key of a new area with the rights `prot`.
    #[inline]
    pub(crate) fn key_for_mmap(areas: &mut Areas, prot: u64) -> VmFlags {
        if prot != PROT_EXEC {
            return VmFlags::empty();
        }
        VmFlags::empty().with_pkey(areas.pkeys.execute_only().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights() {
        assert!(allows(0, 3, true));
        assert!(!allows(0x40, 3, false) && !allows(0x40, 3, true));
        assert!(allows(0x80, 3, false) && !allows(0x80, 3, true));
        assert!(allows(pkru::PKRU_INIT, 0, true) && !allows(pkru::PKRU_INIT, 15, false));
    }

    #[test]
    fn flags_keep_a_key() {
        let flags = (VmFlags::READ | VmFlags::SEALED).with_pkey(11);
        assert_eq!(flags.pkey(), 11);
        assert_eq!(flags.with_pkey(0), VmFlags::READ | VmFlags::SEALED);
    }
}
