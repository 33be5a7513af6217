//! Families and models: which faults a processor is known not to have, and which it is known to have.

/// What a processor does not have.
pub(super) mod safe {
    pub const SPECULATION: u32 = 1 << 0;
    pub const MELTDOWN: u32 = 1 << 1;
    pub const SSB: u32 = 1 << 2;
    pub const L1TF: u32 = 1 << 3;
    pub const MDS: u32 = 1 << 4;
    /// It has one kind of it only.
    pub const MSBDS_ONLY: u32 = 1 << 5;
    pub const SWAPGS: u32 = 1 << 6;
    pub const ITLB_MULTIHIT: u32 = 1 << 7;
    pub const EIBRS_PBRSB: u32 = 1 << 8;
    pub const BHI: u32 = 1 << 9;
}

/// What a processor has.
pub(super) mod bad {
    pub const SRBDS: u32 = 1 << 0;
    pub const MMIO: u32 = 1 << 1;
    pub const MMIO_SBDS: u32 = 1 << 2;
    pub const RETBLEED: u32 = 1 << 3;
    pub const SRSO: u32 = 1 << 4;
    pub const GDS: u32 = 1 << 5;
    pub const RFDS: u32 = 1 << 6;
    pub const ITS: u32 = 1 << 7;
    pub const TSA: u32 = 1 << 8;
}

/// `(safe, bad)` for a processor.
pub(super) fn of(intel: bool, amd: bool, family: u32, model: u32) -> (u32, u32) {
    match (intel, amd) {
        (true, _) if family == 6 => (intel_safe(model), intel_bad(model)),
        (true, _) if family == 5 => (safe::SPECULATION, 0),
        (_, true) => (amd_safe(family), amd_bad(family)),
        _ => (0, 0),
    }
}

fn amd_safe(family: u32) -> u32 {
    use safe::{BHI, EIBRS_PBRSB, ITLB_MULTIHIT, L1TF, MDS, MELTDOWN, SSB, SWAPGS};
    let all = MELTDOWN | L1TF | MDS | SWAPGS | ITLB_MULTIHIT | BHI;
    if matches!(family, 0x0f..=0x12) { all | SSB } else { all | EIBRS_PBRSB }
}

fn amd_bad(family: u32) -> u32 {
    match family {
        0x15 | 0x16 => bad::RETBLEED,
        0x17 | 0x18 => bad::RETBLEED | bad::SRSO,
        0x19 => bad::SRSO | bad::TSA,
        _ => 0,
    }
}

/// Atoms, mostly, and the first Core.
fn intel_safe(model: u32) -> u32 {
    use safe::{EIBRS_PBRSB, ITLB_MULTIHIT, L1TF, MDS, MSBDS_ONLY, SPECULATION, SSB, SWAPGS};
    match model {
        0x1c | 0x26 | 0x27 | 0x35 | 0x36 => SPECULATION | ITLB_MULTIHIT,
        0x37 | 0x4a | 0x4c | 0x4d | 0x57 | 0x85 => SSB | L1TF | MSBDS_ONLY | SWAPGS | ITLB_MULTIHIT,
        0x0e => SSB,
        0x5a => L1TF | MSBDS_ONLY | SWAPGS | ITLB_MULTIHIT,
        0x75 => L1TF | SWAPGS | ITLB_MULTIHIT,
        0x5c | 0x5f => MDS | L1TF | SWAPGS | ITLB_MULTIHIT,
        0x7a => MDS | L1TF | SWAPGS | ITLB_MULTIHIT | EIBRS_PBRSB,
        0x86 => ITLB_MULTIHIT | EIBRS_PBRSB,
        0x96 | 0x9c => EIBRS_PBRSB,
        _ => 0,
    }
}

fn intel_bad(model: u32) -> u32 {
    use bad::{GDS, ITS, MMIO, MMIO_SBDS, RETBLEED, RFDS, SRBDS};
    match model {
        // Ivy Bridge to Broadwell
        0x3a | 0x3c | 0x45 | 0x46 | 0x3d | 0x47 => SRBDS,
        0x3f | 0x4f | 0x56 => MMIO,
        // Skylake and what came of it; the later steppings have ITS, which are not told apart.
        0x55 => MMIO | RETBLEED | GDS | ITS,
        0x4e | 0x5e => MMIO | RETBLEED | GDS | SRBDS,
        0x8e | 0x9e => MMIO | RETBLEED | GDS | SRBDS | ITS,
        0x66 => RETBLEED,
        0xa5 | 0xa6 => MMIO | MMIO_SBDS | RETBLEED | GDS | ITS,
        // Ice Lake to Rocket Lake
        0x7e => MMIO | MMIO_SBDS | RETBLEED | GDS | ITS,
        0x6a | 0x6c => MMIO | GDS | ITS,
        0x8c | 0x8d => GDS | ITS,
        0x8a => MMIO | MMIO_SBDS | RETBLEED,
        0xa7 => MMIO | RETBLEED | GDS | ITS,
        // Alder and Raptor Lake; Atoms
        0x97 | 0x9a | 0xb7 | 0xba | 0xbf | 0xbe => RFDS,
        0x96 | 0x9c => MMIO | MMIO_SBDS | RFDS,
        0x86 => MMIO | RFDS,
        0x5c | 0x5f | 0x7a => RFDS,
        _ => 0,
    }
}
