//! The machine on the developer's own: enough for the crates above to compile and for their unit tests.
//! Threads are not switched here and nothing is ever interrupted; a program's memory is one arena.

use crate::regs::PtRegs;

/// Bytes of the kernel's heap in use; here the heap is the process's own, which nobody counts.
pub fn heap_used() -> usize {
    0
}

/// As on the machine; nothing is known here.
pub fn heap_usage() -> impl Iterator<Item = crate::mem::HeapUsage> {
    core::iter::empty()
}

/// As on the machine: frames that went back.
pub fn heap_shrink() -> usize {
    0
}

/// A program's memory: an arena at addresses from 64 KiB on.
pub mod uaccess {
    use std::sync::Mutex;

    /// Lowest address of the arena.
    pub const ARENA_START: u64 = 0x1_0000;
    const ARENA_SIZE: usize = 1 << 20;
    static ARENA: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    fn with_arena<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
        let mut arena = ARENA.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if arena.is_empty() {
            arena.resize(ARENA_SIZE, 0);
        }
        f(&mut arena)
    }

    /// The part of `addr..addr + len` that the arena has, as offsets.
    fn part(addr: u64, len: usize) -> std::ops::Range<usize> {
        let Some(start) = addr.checked_sub(ARENA_START).map(|at| at as usize).filter(|at| *at <= ARENA_SIZE)
        else {
            return 0..0;
        };
        start..start.saturating_add(len).min(ARENA_SIZE)
    }

    /// # Safety
    /// `from` must be readable for `len` bytes.
    pub(crate) unsafe fn raw_copy_to_user(addr: u64, from: *const u8, len: usize) -> usize {
        // SAFETY: the caller's promise.
        copy_to_user(addr, unsafe { core::slice::from_raw_parts(from, len) }).err().unwrap_or(0)
    }

    /// # Safety
    /// `to` must be writable for `len` bytes.
    pub(crate) unsafe fn raw_copy_from_user(to: *mut u8, addr: u64, len: usize) -> usize {
        // SAFETY: the caller's promise.
        copy_from_user(unsafe { core::slice::from_raw_parts_mut(to, len) }, addr).err().unwrap_or(0)
    }

    /// Fills `buf` from `addr`. The error is the number of bytes not copied.
    pub fn copy_from_user(buf: &mut [u8], addr: u64) -> Result<(), usize> {
        let part = part(addr, buf.len());
        let len = part.len();
        with_arena(|arena| buf[..len].copy_from_slice(&arena[part]));
        if len == buf.len() { Ok(()) } else { Err(buf.len() - len) }
    }

    /// Writes `buf` at `addr`. The error is the number of bytes not copied.
    pub fn copy_to_user(addr: u64, buf: &[u8]) -> Result<(), usize> {
        let part = part(addr, buf.len());
        let len = part.len();
        with_arena(|arena| arena[part].copy_from_slice(&buf[..len]));
        if len == buf.len() { Ok(()) } else { Err(buf.len() - len) }
    }

    /// Writes zeros. The error is the number of bytes not written.
    pub fn clear_user(addr: u64, len: usize) -> Result<(), usize> {
        copy_to_user(addr, &vec![0; len])
    }

    /// Copies a text up to its NUL.
    pub fn strncpy_from_user(buf: &mut [u8], addr: u64) -> Result<usize, ()> {
        for at in 0..buf.len() {
            copy_from_user(&mut buf[at..at + 1], addr + at as u64).map_err(|_| ())?;
            if buf[at] == 0 {
                return Ok(at);
            }
        }
        Ok(buf.len())
    }

    /// The same into memory that holds nothing yet.
    pub fn strncpy_from_user_uninit(buf: &mut [core::mem::MaybeUninit<u8>], addr: u64) -> Result<&[u8], ()> {
        let mut text = vec![0; buf.len()];
        let len = strncpy_from_user(&mut text, addr)?;
        for (slot, byte) in buf.iter_mut().zip(&text[..len]) {
            slot.write(*byte);
        }
        // SAFETY: the first `len` bytes were written just now.
        Ok(unsafe { core::slice::from_raw_parts(buf.as_ptr().cast(), len) })
    }

    /// A word that a processor loads at once.
    pub trait Word: Copy {
        /// From bytes at `addr`.
        fn get(addr: u64) -> Option<Self>;
        /// To bytes at `addr`.
        fn put(self, addr: u64) -> Option<()>;
    }

    macro_rules! word {
        ($($ty:ty)*) => {$(
            impl Word for $ty {
                fn get(addr: u64) -> Option<Self> {
                    let mut bytes = [0; size_of::<$ty>()];
                    copy_from_user(&mut bytes, addr).ok()?;
                    Some(<$ty>::from_ne_bytes(bytes))
                }

                fn put(self, addr: u64) -> Option<()> {
                    copy_to_user(addr, &self.to_ne_bytes()).ok()
                }
            }
        )*};
    }
    word!(u8 u16 u32 u64);

    /// Reads one word.
    pub fn get_user<T: Word>(addr: u64) -> Option<T> {
        T::get(addr)
    }

    /// Writes one word.
    pub fn put_user<T: Word>(addr: u64, value: T) -> Option<()> {
        value.put(addr)
    }

    /// Nothing ever waits here.
    pub fn without_faults<R>(f: impl FnOnce() -> R) -> R {
        f()
    }

    /// Puts `new` in the place of `old`.
    pub fn cmpxchg_user_u32(addr: u64, old: u32, new: u32) -> Option<u32> {
        let seen = get_user::<u32>(addr)?;
        if seen == old {
            put_user(addr, new)?;
        }
        Some(seen)
    }
}

/// Threads that are never switched.
pub mod thread {
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
}

/// No floating-point state is kept here.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod fpu {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct BadFrame;
    pub fn has_xsave() -> bool {
        false
    }
    pub fn xsave_parts() -> impl Iterator<Item = [u32; 3]> {
        core::iter::empty()
    }
    pub fn signal_frame_size() -> usize {
        512
    }
    pub fn save_to_signal_frame(_addr: u64, _program_pkru: u32) -> Result<(), BadFrame> {
        Ok(())
    }
    pub fn restore_from_signal_frame(_addr: u64) -> Result<(), BadFrame> {
        Ok(())
    }
    pub fn signal_frame_size_32() -> usize {
        624
    }
    pub fn fpstate_32(end: u64) -> u64 {
        (end.wrapping_sub(512) & !63).wrapping_sub(112)
    }
    pub fn save_to_signal_frame_32(_addr: u64, _pkru: u32, _cs: u16, _ds: u16) -> Result<(), BadFrame> {
        Ok(())
    }
    pub fn restore_from_signal_frame_32(_addr: u64) -> Result<(), BadFrame> {
        Ok(())
    }
    pub fn current_image() -> Option<Vec<u8>> {
        None
    }
    pub fn reset_for_signal() {}
    pub fn reset_for_exec() {}
    pub fn pending_exceptions(_simd: bool) -> u32 {
        0
    }
}

/// There are no protection keys here.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod pkru {
    pub use crate::mem::{PKEYS, PKRU_INIT};
    pub fn enabled() -> bool {
        false
    }
    pub fn read() -> u32 {
        0
    }
    pub fn write(_value: u32) {}
}

/// The host's clock.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod time {
    use std::sync::OnceLock;
    use std::time::Instant;
    pub fn now_ns() -> u64 {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_nanos() as u64
    }
    pub fn tsc() -> u64 {
        now_ns()
    }
    pub fn tsc_to_ns(span: u64) -> u64 {
        span
    }
    pub fn tsc_hz() -> u64 {
        1_000_000_000
    }
    pub fn rate() -> (u64, u64, u64) {
        (0, 1 << 32, 0)
    }
    pub fn raw_rate() -> (u64, u64, u64) {
        rate()
    }
    pub fn raw_ns() -> u64 {
        now_ns()
    }
    pub fn steer(_gain: i64) {}
    pub fn wall_clock_at_boot_ns() -> u64 {
        1_700_000_000_000_000_000
    }
    pub fn set_timer(_deadline_ns: u64) {}
}

/// One processor.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod cpu {
    pub fn count() -> u32 {
        1
    }
    pub fn id() -> u32 {
        0
    }
    pub fn has_umip() -> bool {
        false
    }
    pub fn hwcap() -> (u64, u64) {
        (0, 0)
    }
    pub fn cpuid(_leaf: u32, _subleaf: u32) -> [u32; 4] {
        [0; 4]
    }
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Topology {
        pub package: u32,
        pub core: u32,
        pub siblings: u32,
    }
    pub fn topology(cpu: u32) -> Topology {
        Topology { package: cpu, core: 0, siblings: 1 }
    }
    pub fn has_gigabyte_pages() -> bool {
        false
    }
    pub fn vendor() -> [u8; 12] {
        *b"HostHostHost"
    }
}

/// Nothing interrupts.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod irq {
    pub fn enable() {}
    pub fn disable() {}
    pub fn enabled() -> bool {
        true
    }
    pub fn in_interrupt() -> bool {
        false
    }
    pub fn own_interrupts(_cpu: usize) -> [u64; 3] {
        [0; 3]
    }
    pub fn device_interrupts() -> impl Iterator<Item = (usize, u64)> {
        core::iter::empty()
    }
    pub fn wait_for_interrupt() {
        std::thread::yield_now();
    }
}

/// Nobody to interrupt.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod ipi {
    /// See the machine's own.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Barrier {
        /// Memory.
        Memory,
        /// Instructions.
        SyncCore,
        /// Restartable sequences.
        Restart,
        /// The LDT.
        Ldt,
    }
    /// Nobody else runs.
    pub fn barrier(_cpus: u64, _what: Barrier) {}
    pub fn send_reschedule(_cpu: u32) {}
}

/// Seeds that differ from call to call.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod rng {
    use std::hash::{BuildHasher, Hasher, RandomState};
    pub fn seed_bytes(bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = RandomState::new().build_hasher().finish();
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
        crate::entropy::take(bytes);
    }
}

/// The log goes to standard error.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod log {
    pub const INFO: u8 = 6;
    pub const ERROR: u8 = 3;
    pub fn print(_level: u8, args: core::fmt::Arguments<'_>) {
        eprintln!("{args}");
    }
    pub fn set_console_level(_level: u8) {}
    pub fn console_level() -> u8 {
        7
    }
    pub fn capacity() -> usize {
        0
    }
    pub fn start() -> u64 {
        0
    }
    pub fn end() -> u64 {
        0
    }
    pub fn read_at(_at: u64, _buf: &mut [u8]) -> usize {
        0
    }
    /// Logs a line of the kernel's own.
    #[macro_export]
    macro_rules! kprintln {
        ($($args:tt)*) => { $crate::log::print($crate::log::INFO, format_args!($($args)*)) };
    }
    /// Logs a line that should be seen.
    #[macro_export]
    macro_rules! kerror {
        ($($args:tt)*) => { $crate::log::print($crate::log::ERROR, format_args!($($args)*)) };
    }
}

/// Ending the machine ends the test.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod power {
    pub fn power_off() -> ! {
        panic!("power-off")
    }
    pub fn reboot() -> ! {
        panic!("reboot")
    }
    pub fn halt() -> ! {
        panic!("halt")
    }
}

/// A panic of the kernel is one of the test.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod panic {
    pub fn fatal(message: &str) -> ! {
        panic!("{message}")
    }
}

/// No serial port.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod serial {
    pub fn write_bytes(_bytes: &[u8]) {}
    pub fn try_read() -> Option<u8> {
        None
    }
    pub fn enable_rx_irq(_handler: fn()) {}
}

/// Nothing was booted.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod boot {
    pub struct BootInfo {
        pub cmdline: &'static str,
        pub initrd: Option<&'static [u8]>,
    }
    pub fn info() -> &'static BootInfo {
        &BootInfo { cmdline: "", initrd: None }
    }
    pub fn option(_name: &str) -> Option<&'static str> {
        None
    }
}

/// No symbols.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod symbols {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Symbol {
        pub addr: u64,
        pub kind: u8,
        pub name: &'static str,
    }
    pub fn count() -> usize {
        0
    }
    pub fn get(_nth: usize) -> Option<Symbol> {
        None
    }
    pub fn iter() -> impl Iterator<Item = Symbol> {
        core::iter::empty()
    }
    pub fn lookup(_addr: u64) -> Option<(&'static str, u64, u64)> {
        None
    }
}

/// The developer's machine is taken for one without faults.
#[allow(missing_docs, reason = "see the machine's own")]
pub mod bugs {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Bug {
        Meltdown,
        SpectreV1,
        SpectreV2,
        SpecStoreBypass,
        L1tf,
        Mds,
        Taa,
        ItlbMultihit,
        Srbds,
        MmioStaleData,
        Retbleed,
        EibrsPbrsb,
        Gds,
        Srso,
        Rfds,
        Bhi,
        Its,
        Tsa,
    }
    impl Bug {
        pub const ALL: &'static [Bug] = &[];
        pub fn name(self) -> &'static str {
            ""
        }
    }
    pub fn affected(_bug: Bug) -> bool {
        false
    }
    pub fn isolates_page_tables() -> bool {
        false
    }
    pub fn has_entry_barriers() -> bool {
        true
    }
    pub fn has_eibrs() -> bool {
        false
    }
    pub fn in_hypervisor() -> bool {
        false
    }
}
