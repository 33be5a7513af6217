//! What an address space knows of the program in it beyond its areas: its ABI, and where its vDSO is
//! (`mm_context_t`).

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

use abi::Abi;

use crate::AddressSpace;
use crate::layout::{TASK_SIZE_3GB, TASK_SIZE_32};
use crate::{DEFAULT_MAP_WINDOW, task_size_max};

/// Set by execve; each field on its own.
#[derive(Default)]
pub(crate) struct ProgramCells {
    abi: AtomicU8,
    /// 0 for all that a 64-bit program can have.
    task_size: AtomicU64,
    vdso: AtomicU64,
    landing_pad: AtomicU64,
}

impl AddressSpace {
    /// The ABI of the program.
    #[inline]
    pub fn abi(&self) -> Abi {
        match self.program.abi.load(Relaxed) {
            0 => Abi::X86_64,
            1 => Abi::X32,
            _ => Abi::I386,
        }
    }

    /// Makes it the address space of a program of that kind. `limit_3gb`: personality(2) says ADDR_LIMIT_3GB.
    pub fn set_abi(&self, abi: Abi, limit_3gb: bool) {
        let number = match abi {
            Abi::X86_64 => 0,
            Abi::X32 => 1,
            Abi::I386 => 2,
        };
        self.program.abi.store(number, Relaxed);
        let size = match abi.is_32bit() {
            false => 0,
            true if limit_3gb => TASK_SIZE_3GB,
            true => TASK_SIZE_32,
        };
        self.program.task_size.store(size, Relaxed);
    }

    /// One past the program's last address (`TASK_SIZE`).
    #[inline]
    pub fn task_size(&self) -> u64 {
        match self.program.task_size.load(Relaxed) {
            0 => task_size_max(),
            size => size,
        }
    }

    /// One past the highest address that the program gets without naming it.
    pub fn map_window(&self) -> u64 {
        self.task_size().min(DEFAULT_MAP_WINDOW)
    }

    /// Where the vDSO is; 0 if the program has none.
    pub fn vdso(&self) -> u64 {
        self.program.vdso.load(Relaxed)
    }

    /// Where calls through the vDSO's fast doors come back to.
    #[inline]
    pub fn landing_pad(&self) -> u64 {
        self.program.landing_pad.load(Relaxed)
    }

    /// The vDSO's image is at `start`; `landing_pad`: the offset of the place in it that calls come back to (0 if it
    /// has none).
    pub fn set_vdso(&self, start: u64, landing_pad: u64) {
        self.program.vdso.store(start, Relaxed);
        self.program.landing_pad.store(start.wrapping_add(landing_pad), Relaxed);
    }

    pub(crate) fn copy_program_to(&self, child: &Self) {
        child.set_abi(self.abi(), self.task_size() == TASK_SIZE_3GB);
        child.set_vdso(self.vdso(), self.landing_pad().wrapping_sub(self.vdso()));
    }
}
