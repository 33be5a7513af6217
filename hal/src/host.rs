//! The machine on the developer's own: enough for the crates above to compile and for their unit tests.
//! Threads are not switched here and nothing is ever interrupted; a program's memory is one arena.

use crate::regs::PtRegs;

pub mod thread;
pub mod uaccess;

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

/// There are no addresses of the kernel's own here.
pub fn map_for_programs(_addr: u64, _page: crate::mem::PageRef) -> Option<()> {
    None
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
    pub fn fsave_image(_fxsave: &[u8], _cs: u16, _ds: u16) -> [u8; 108] {
        [0; 108]
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
    pub fn tsc_usable() -> bool {
        true
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
    pub fn own_interrupts(_cpu: usize) -> [u64; 4] {
        [0; 4]
    }
    pub struct DeviceInterrupt {
        pub number: usize,
        pub message: bool,
        pub taken: u64,
    }
    pub fn device_interrupts() -> impl Iterator<Item = DeviceInterrupt> {
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
