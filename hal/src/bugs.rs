//! What is known to be wrong with this processor's speculation, and what the kernel does about it.
//!
//! Which processors have which fault is known by Intel's IA32_ARCH_CAPABILITIES and else by lists of families and models
//! (Intel, "Affected Processors: Guidance for Security Issues"; AMD's security bulletins). Decided once, at boot.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::msr;

#[path = "bugs_models.rs"]
mod models;

macro_rules! bugs {
    ($($(#[$doc:meta])* $id:ident = $bit:literal, $name:literal;)*) => {
        /// A fault of processors.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug { $($(#[$doc])* $id = $bit),* }

        impl Bug {
            /// All, in the order in which `/proc/cpuinfo` names them.
            pub const ALL: &'static [Bug] = &[$(Bug::$id),*];

            /// Its name in `/proc/cpuinfo`.
            pub fn name(self) -> &'static str {
                match self { $(Bug::$id => $name),* }
            }
        }
    };
}
bugs! {
    /// User mode reads the kernel's memory.
    Meltdown = 0, "cpu_meltdown";
    /// Bounds checks that are guessed.
    SpectreV1 = 1, "spectre_v1";
    /// Indirect branches that are guessed.
    SpectreV2 = 2, "spectre_v2";
    /// Loads that overtake stores.
    SpecStoreBypass = 3, "spec_store_bypass";
    /// Entries that are not present are used for the first cache.
    L1tf = 4, "l1tf";
    /// Buffers inside the processor can be sampled.
    Mds = 5, "mds";
    /// Only the store buffer among them.
    MsbdsOnly = 6, "msbds_only";
    /// SWAPGS that is guessed.
    Swapgs = 7, "swapgs";
    /// The same as MDS, by an aborted transaction.
    Taa = 8, "taa";
    /// A fetch while the size of a page changes stops the machine.
    ItlbMultihit = 9, "itlb_multihit";
    /// The random number generator's buffer can be sampled.
    Srbds = 10, "srbds";
    /// Stale data from accesses to devices.
    MmioStaleData = 11, "mmio_stale_data";
    /// Returns that are guessed as indirect branches are.
    Retbleed = 12, "retbleed";
    /// A return after eIBRS's barrier.
    EibrsPbrsb = 13, "eibrs_pbrsb";
    /// GATHER's buffer can be sampled.
    Gds = 14, "gds";
    /// Returns that are guessed, on Zen.
    Srso = 15, "srso";
    /// Registers of Atoms can be sampled.
    Rfds = 16, "rfds";
    /// The history of branches is a way to Spectre variant 2.
    Bhi = 17, "bhi";
    /// Indirect branches in the lower half of a cache line.
    Its = 18, "its";
    /// The scheduler inside the processor leaks, on Zen 3 and 4.
    Tsa = 19, "tsa";
}

static FOUND: AtomicU64 = AtomicU64::new(0);
static DONE: AtomicU64 = AtomicU64::new(0);

/// Measures that are taken.
mod done {
    pub const PTI: u64 = 1 << 0;
    pub const SWAPGS_FENCE: u64 = 1 << 1;
    pub const EIBRS: u64 = 1 << 2;
    pub const SPECTRE_V1: u64 = 1 << 3;
}

/// Whether this processor has it.
pub fn affected(bug: Bug) -> bool {
    FOUND.load(Ordering::Relaxed) & 1 << bug as u64 != 0
}

fn is_done(what: u64) -> bool {
    DONE.load(Ordering::Relaxed) & what != 0
}

/// Whether programs run on page tables of their own, without the kernel's memory.
pub fn isolates_page_tables() -> bool {
    is_done(done::PTI)
}

/// Whether entries wait behind SWAPGS, in stubs of their own.
pub(crate) fn fences_swapgs() -> bool {
    is_done(done::SWAPGS_FENCE)
}

/// Whether what is done against guessed bounds and SWAPGS is complete.
pub fn has_entry_barriers() -> bool {
    is_done(done::SPECTRE_V1)
}

/// Whether indirect branches of the kernel are not guessed from what programs did (Enhanced or Automatic IBRS).
pub fn has_eibrs() -> bool {
    is_done(done::EIBRS)
}

/// Whether this machine is a virtual one.
pub fn in_hypervisor() -> bool {
    crate::cpu::cpuid(1, 0)[2] & 1 << 31 != 0
}

const ARCH_CAPABILITIES: u32 = 0x10a;
const SPEC_CTRL: u32 = 0x48;
const SPEC_CTRL_IBRS: u64 = 1;
const EFER_AUTOIBRS: u64 = 1 << 21;

/// IA32_ARCH_CAPABILITIES.
mod cap {
    pub const RDCL_NO: u64 = 1 << 0;
    pub const IBRS_ALL: u64 = 1 << 1;
    pub const RSBA: u64 = 1 << 2;
    pub const SSB_NO: u64 = 1 << 4;
    pub const MDS_NO: u64 = 1 << 5;
    pub const PSCHANGE_MC_NO: u64 = 1 << 6;
    pub const TSX_CTRL: u64 = 1 << 7;
    pub const TAA_NO: u64 = 1 << 8;
    pub const SBDR_SSDP_NO: u64 = 1 << 13;
    pub const FBSDP_NO: u64 = 1 << 14;
    pub const PSDP_NO: u64 = 1 << 15;
    pub const PBRSB_NO: u64 = 1 << 24;
    pub const GDS_NO: u64 = 1 << 26;
    pub const RFDS_NO: u64 = 1 << 27;
    pub const RFDS_CLEAR: u64 = 1 << 28;
    pub const ITS_NO: u64 = 1 << 62;
}

/// What CPUID and the registers say, as far as it decides.
#[derive(Clone, Copy, Default)]
struct Facts {
    intel: bool,
    amd: bool,
    family: u32,
    model: u32,
    caps: u64,
    hypervisor: bool,
    leaf1_ecx: u32,
    leaf7_ebx: u32,
    amd_8: u32,
    amd_21: u32,
    amd_21_ecx: u32,
    bhi_ctrl: bool,
}

fn leaf(leaf: u32, sub: u32) -> [u32; 4] {
    let highest = crate::cpu::cpuid(leaf & 0x8000_0000, 0)[0];
    if leaf <= highest { crate::cpu::cpuid(leaf, sub) } else { [0; 4] }
}

impl Facts {
    fn look() -> Self {
        let vendor = crate::cpu::vendor();
        let eax = crate::cpu::cpuid(1, 0)[0];
        let base = eax >> 8 & 0xf;
        let family = if base == 0xf { base + (eax >> 20 & 0xff) } else { base };
        let model = eax >> 4 & 0xf | if family >= 6 { (eax >> 16 & 0xf) << 4 } else { 0 };
        let leaf7 = leaf(7, 0);
        let has_caps = leaf7[3] & 1 << 29 != 0;
        Self {
            intel: &vendor == b"GenuineIntel",
            amd: &vendor == b"AuthenticAMD" || &vendor == b"HygonGenuine",
            family,
            model,
            // SAFETY: CPUID says that the register is there.
            caps: if has_caps { unsafe { msr::read(ARCH_CAPABILITIES) } } else { 0 },
            hypervisor: in_hypervisor(),
            leaf1_ecx: leaf(1, 0)[2],
            leaf7_ebx: leaf7[1],
            amd_8: leaf(0x8000_0008, 0)[1],
            amd_21: leaf(0x8000_0021, 0)[0],
            amd_21_ecx: leaf(0x8000_0021, 0)[2],
            bhi_ctrl: leaf7[0] >= 2 && leaf(7, 2)[3] & 1 << 4 != 0,
        }
    }

    fn says(&self, cap: u64) -> bool {
        self.caps & cap != 0
    }

    fn has_eibrs(&self) -> bool {
        self.says(cap::IBRS_ALL) || self.amd_21 & 1 << 8 != 0
    }

    /// The faults, as a set of `1 << Bug`.
    fn bugs(&self) -> u64 {
        let (safe, bad) = models::of(self.intel, self.amd, self.family, self.model);
        let mut found = 0;
        let mut add = |bug: Bug, is: bool| {
            if is {
                found |= 1u64 << bug as u64;
            }
        };
        let safe = |what: u32| safe & what != 0;
        let bad = |what: u32| bad & what != 0;
        use models::{bad as b, safe as s};
        add(Bug::ItlbMultihit, !safe(s::ITLB_MULTIHIT) && !self.says(cap::PSCHANGE_MC_NO));
        if safe(s::SPECULATION) {
            return found;
        }
        add(Bug::SpectreV1, true);
        add(Bug::SpectreV2, true);
        add(Bug::SpecStoreBypass, !safe(s::SSB) && !self.says(cap::SSB_NO) && self.amd_8 & 1 << 26 == 0);
        add(Bug::EibrsPbrsb, self.has_eibrs() && !safe(s::EIBRS_PBRSB) && !self.says(cap::PBRSB_NO));
        let mds = !safe(s::MDS) && !self.says(cap::MDS_NO);
        add(Bug::Mds, mds);
        add(Bug::MsbdsOnly, mds && safe(s::MSBDS_ONLY));
        add(Bug::Swapgs, !safe(s::SWAPGS));
        let tsx = self.leaf7_ebx & 1 << 11 != 0 || self.says(cap::TSX_CTRL);
        add(Bug::Taa, !self.says(cap::TAA_NO) && tsx);
        let random = self.leaf1_ecx & 1 << 30 != 0 || self.leaf7_ebx & 1 << 18 != 0;
        add(Bug::Srbds, random && (bad(b::SRBDS) || bad(b::MMIO_SBDS)));
        let mmio_safe = self.says(cap::FBSDP_NO) && self.says(cap::PSDP_NO) && self.says(cap::SBDR_SSDP_NO);
        add(Bug::MmioStaleData, !mmio_safe && bad(b::MMIO));
        add(Bug::Retbleed, self.amd_8 & 1 << 29 == 0 && (bad(b::RETBLEED) || self.says(cap::RSBA)));
        add(Bug::Gds, bad(b::GDS) && !self.says(cap::GDS_NO) && self.leaf1_ecx & 1 << 28 != 0);
        add(Bug::Srso, bad(b::SRSO) && self.amd_21 & 1 << 29 == 0);
        add(Bug::Rfds, !self.says(cap::RFDS_NO) && (self.says(cap::RFDS_CLEAR) || bad(b::RFDS)));
        add(Bug::Bhi, !safe(s::BHI) && (self.has_eibrs() || self.hypervisor));
        let its = self.intel && !self.bhi_ctrl && !self.says(cap::ITS_NO);
        add(Bug::Its, its && (self.hypervisor || bad(b::ITS)));
        let zen = self.amd && matches!(self.family, 0x17..=0x1a);
        let tsa_no = self.amd_21_ecx & 0b110 == 0b110;
        add(Bug::Tsa, self.amd && !tsa_no && (bad(b::TSA) || self.hypervisor && zen));
        let meltdown = !safe(s::MELTDOWN) && !self.says(cap::RDCL_NO);
        add(Bug::Meltdown, meltdown);
        add(Bug::L1tf, meltdown && !safe(s::L1TF));
        found
    }
}

fn off(words: &[&str]) -> bool {
    let mut said = crate::boot::info().cmdline.split_ascii_whitespace();
    said.any(|word| word == "mitigations=off" || words.contains(&word))
}

/// `pti=on`, `off` or `auto`, which is for processors with Meltdown. The last word counts, `nopti` and `mitigations=off`
/// as well.
fn wants_isolation() -> bool {
    let mut wants = affected(Bug::Meltdown);
    for word in crate::boot::info().cmdline.split_ascii_whitespace() {
        match word {
            "pti=on" => wants = true,
            "pti=off" | "nopti" | "mitigations=off" => wants = false,
            "pti=auto" => wants = affected(Bug::Meltdown),
            _ => {}
        }
    }
    wants
}

/// Finds the faults and decides on the measures; once, on the boot processor.
pub(crate) fn init() {
    let facts = Facts::look();
    FOUND.store(facts.bugs(), Ordering::Relaxed);
    let mut measures = 0;
    if wants_isolation() {
        measures |= done::PTI;
    }
    if !off(&["nospectre_v1"]) {
        measures |= done::SPECTRE_V1;
        // SMAP stops what a guessed SWAPGS reaches, where the processor heeds it then; so does writing CR3.
        let closed = crate::cpu::has_smap() && !affected(Bug::Meltdown) || measures & done::PTI != 0;
        if affected(Bug::Swapgs) && !closed {
            measures |= done::SWAPGS_FENCE;
        }
    }
    if affected(Bug::SpectreV2) && facts.has_eibrs() && !off(&["nospectre_v2", "spectre_v2=off"]) {
        measures |= done::EIBRS;
    }
    DONE.store(measures, Ordering::Relaxed);
}

/// Switches on what each processor has to do for itself.
pub(crate) fn init_cpu() {
    if !has_eibrs() {
        return;
    }
    // SAFETY: the registers and bits are there, CPUID says so; both only restrict what is guessed.
    unsafe {
        if leaf(0x8000_0021, 0)[0] & 1 << 8 != 0 {
            msr::write(msr::EFER, msr::read(msr::EFER) | EFER_AUTOIBRS);
        } else if leaf(7, 0)[3] & 1 << 26 != 0 {
            msr::write(SPEC_CTRL, msr::read(SPEC_CTRL) | SPEC_CTRL_IBRS);
        }
    }
}
