//! The processors and what they can do.

use core::arch::x86_64::{__cpuid, __cpuid_count};
use core::sync::atomic::{AtomicU32, Ordering};

use crate::msr;

static COUNT: AtomicU32 = AtomicU32::new(1);

/// Processors that run (1 until the others are started).
pub fn count() -> u32 {
    COUNT.load(Ordering::Relaxed)
}

pub(crate) fn set_count(count: u32) {
    COUNT.store(count, Ordering::Relaxed);
}

/// This processor's number.
#[inline(always)]
pub fn id() -> u32 {
    sync::cpu::id() as u32
}

/// Words for AT_HWCAP and AT_HWCAP2: EDX of CPUID leaf 1; bit 1 for FSGSBASE.
pub fn hwcap() -> (u64, u64) {
    (u64::from(__cpuid(1).edx), u64::from(has_fsgsbase()) << 1)
}

fn leaf7() -> u32 {
    if __cpuid(0).eax >= 7 { __cpuid_count(7, 0).ebx } else { 0 }
}

fn has_fsgsbase() -> bool {
    leaf7() & 1 != 0
}

/// Whether instructions that show the tables are the kernel's alone.
pub fn has_umip() -> bool {
    __cpuid(0).eax >= 7 && __cpuid_count(7, 0).ecx & 1 << 2 != 0
}

/// Whether translations of several address spaces can be kept apart by number.
pub(crate) fn has_pcid() -> bool {
    __cpuid(1).ecx & 1 << 17 != 0
}

/// Whether the processor has SMAP.
pub(crate) fn has_smap() -> bool {
    leaf7() & 1 << 20 != 0
}

/// Whether the processor has x2APIC.
pub(crate) fn has_x2apic() -> bool {
    __cpuid(1).ecx & 1 << 21 != 0
}

/// Whether the local timer can wait for a value of the time-stamp counter.
pub(crate) fn has_tsc_deadline() -> bool {
    __cpuid(1).ecx & 1 << 24 != 0
}

/// CPUID's answer: EAX, EBX, ECX, EDX.
pub fn cpuid(leaf: u32, subleaf: u32) -> [u32; 4] {
    let answer = __cpuid_count(leaf, subleaf);
    [answer.eax, answer.ebx, answer.ecx, answer.edx]
}

/// Where a processor sits. Threads of a core are counted as cores of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topology {
    /// Its package.
    pub package: u32,
    /// Its number in the package.
    pub core: u32,
    /// Processors in each package.
    pub siblings: u32,
}

/// Where processor `cpu` sits, by the number of processors in a package (SDM vol. 2, CPUID leaf 1, EBX and HTT).
pub fn topology(cpu: u32) -> Topology {
    let leaf = __cpuid(1);
    let together = leaf.edx & 1 << 28 != 0;
    let siblings = if together { (leaf.ebx >> 16 & 0xff).clamp(1, count()) } else { 1 };
    Topology { package: cpu / siblings, core: cpu % siblings, siblings }
}

/// Whether one entry of a page table can map 1 GiB.
pub fn has_gigabyte_pages() -> bool {
    __cpuid(0x8000_0000).eax > 0x8000_0000 && __cpuid(0x8000_0001).edx & 1 << 26 != 0
}

/// The vendor's 12 letters.
pub fn vendor() -> [u8; 12] {
    let id = __cpuid(0);
    let mut name = [0; 12];
    for (chunk, word) in name.chunks_exact_mut(4).zip([id.ebx, id.edx, id.ecx]) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    name
}

/// What the boot processor does once.
pub(crate) fn init_boot() {
    let id = __cpuid(1).ebx >> 24;
    crate::percpu::here().apic_id.store(id, Ordering::Relaxed);
}

/// Switches protections and features on, on this processor.
pub(crate) fn init_features() {
    const CR0_WP: u64 = 1 << 16;
    const CR0_AM: u64 = 1 << 18;
    const CR4_PGE: u64 = 1 << 7;
    const CR4_UMIP: u64 = 1 << 11;
    const CR4_FSGSBASE: u64 = 1 << 16;
    const CR4_PCIDE: u64 = 1 << 17;
    const CR4_SMEP: u64 = 1 << 20;
    const CR4_SMAP: u64 = 1 << 21;
    let (b7, c7) = if __cpuid(0).eax >= 7 {
        let leaf = __cpuid_count(7, 0);
        (leaf.ebx, leaf.ecx)
    } else {
        (0, 0)
    };
    // Kernel translations that outlive a change of tables are what `pti=on` is against.
    let mut cr4 = msr::cr4() | if crate::bugs::isolates_page_tables() { 0 } else { CR4_PGE };
    for (has, bit) in [
        (b7 & 1 != 0, CR4_FSGSBASE),
        (has_pcid(), CR4_PCIDE),
        (b7 & 1 << 7 != 0, CR4_SMEP),
        (b7 & 1 << 20 != 0, CR4_SMAP),
        (c7 & 1 << 2 != 0, CR4_UMIP),
    ] {
        if has {
            cr4 |= bit;
        }
    }
    if has_pcid() {
        crate::mem::loaded::use_pcids();
    }
    // SAFETY: features that CPUID lists and that the kernel keeps to: it never runs or reads user pages
    // outside of the copies made for it, and its own pages are mapped with the rights that they need.
    unsafe {
        msr::set_cr0(msr::cr0() | CR0_WP | CR0_AM);
        msr::set_cr4(cr4);
    }
}
