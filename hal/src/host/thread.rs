//! Threads that are never switched.

use super::PtRegs;
use crate::mem::MmToken;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Work flags of a thread; see the machine's own.
pub mod flags {
    /// A tracer looks at system calls.
    pub const SYSCALL_TRACE: u32 = 1 << 0;
    /// Something wants to run before the thread goes on in user mode.
    pub const NOTIFY_RESUME: u32 = 1 << 1;
    /// A signal is pending.
    pub const SIGPENDING: u32 = 1 << 2;
    /// Somebody better is runnable.
    pub const NEED_RESCHED: u32 = 1 << 3;
    /// Like a signal, for kernel-internal work.
    pub const NOTIFY_SIGNAL: u32 = 1 << 4;
    /// Reading the time-stamp counter is not for this thread.
    pub const NOTSC: u32 = 1 << 9;
    /// The program's `struct rseq` has to be looked at.
    pub const RSEQ: u32 = 1 << 10;
}

pub use crate::io_bitmap::PORTS as IO_PORTS;

/// The machine's part of a thread: flags and bases.
#[derive(Default)]
pub struct Context {
    flags: AtomicU32,
    compat: AtomicU32,
    fs_base: AtomicU64,
    gs_base: AtomicU64,
}

#[allow(missing_docs, reason = "see the machine's own")]
impl Context {
    pub fn new_user(_regs: &PtRegs) -> Option<Self> {
        Some(Self::default())
    }
    pub fn new_kernel(_entry: fn(usize), _arg: usize) -> Option<Self> {
        Some(Self::default())
    }
    pub fn boot() -> Self {
        Self::default()
    }
    pub fn flags(&self) -> u32 {
        self.flags.load(Ordering::Relaxed)
    }
    pub fn set_flag(&self, flags: u32) {
        self.flags.fetch_or(flags, Ordering::Relaxed);
    }
    pub fn clear_flag(&self, flags: u32) {
        self.flags.fetch_and(!flags, Ordering::Relaxed);
    }
    pub fn in_compat_call(&self) -> bool {
        self.compat.load(Ordering::Relaxed) != 0
    }
    pub fn set_compat_call(&self, compat: bool) {
        self.compat.store(compat.into(), Ordering::Relaxed);
    }
    pub fn copy_fpu_from_current(&self) {}
    pub fn copy_segments_from_current(&self) {}
    pub fn set_io_ports(
        &self,
        _from: usize,
        _count: usize,
        _allow: bool,
    ) -> Result<(), crate::io_bitmap::OutOfMemory> {
        Ok(())
    }
    pub fn io_level(&self) -> u8 {
        0
    }
    pub fn set_io_level(&self, _level: u8) {}
    pub fn first_cli(&self) -> bool {
        false
    }
    pub fn set_tsc_forbidden(&self, forbid: bool) {
        if forbid { self.set_flag(flags::NOTSC) } else { self.clear_flag(flags::NOTSC) }
    }
    pub fn tls(&self) -> [u64; 3] {
        [0; 3]
    }
    pub fn set_tls(&self, _index: usize, _descriptor: u64, _base: u64) {}
    pub fn set_selectors(&self, _selectors: [u16; 4]) {}
    pub fn set_flat_fs(&self, base: u64) {
        self.set_fs_base(base);
    }
    pub fn set_flat_gs(&self, base: u64) {
        self.set_gs_base(base);
    }
    pub fn reset_segments(&self, _data: u16) {
        self.set_fs_base(0);
        self.set_gs_base(0);
    }
    pub fn fs_base(&self) -> u64 {
        self.fs_base.load(Ordering::Relaxed)
    }
    pub fn gs_base(&self) -> u64 {
        self.gs_base.load(Ordering::Relaxed)
    }
    pub fn selectors(&self) -> [u16; 4] {
        [0; 4]
    }
    pub fn set_fs_base(&self, base: u64) {
        self.fs_base.store(base, Ordering::Relaxed);
    }
    pub fn set_gs_base(&self, base: u64) {
        self.gs_base.store(base, Ordering::Relaxed);
    }
    pub fn set_address_space(&self, _mm: Option<MmToken>) {}
}

/// The type of tasks.
///
/// # Safety
/// One type in a program, see the machine's own.
pub unsafe trait CurrentType: Send + Sync + Sized + 'static {
    /// The machine's part.
    fn context(&self) -> &Context;
}

/// Makes a type the type of tasks.
#[macro_export]
macro_rules! current_type {
    ($ty:ty) => {
        // SAFETY: tests have one task type.
        unsafe impl $crate::thread::CurrentType for $ty {
            fn context(&self) -> &$crate::thread::Context {
                &self.thread.context
            }
        }
    };
}

fn nobody() -> ! {
    panic!("no task runs on the host")
}

/// There is no running task here.
pub fn with_current<T: CurrentType, R>(_f: impl FnOnce(&T) -> R) -> R {
    nobody()
}
/// There is no running task here.
pub fn current_arc<T: CurrentType>() -> Arc<T> {
    nobody()
}
/// There is no switch here.
pub fn switch_to<T: CurrentType>(_next: Arc<T>) -> Arc<T> {
    nobody()
}
/// Nothing to adopt.
pub fn adopt_boot_task<T: CurrentType>(_task: Arc<T>) {}
/// No work.
pub fn current_flags() -> u32 {
    0
}
/// Nothing is loaded.
pub fn switch_address_space(_mm: MmToken) {}
/// Nobody else runs.
pub fn concurrency_id() -> u32 {
    0
}
/// Nothing is loaded.
pub fn leave_address_space() {}
