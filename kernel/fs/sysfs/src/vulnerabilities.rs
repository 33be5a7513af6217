//! `/sys/devices/system/cpu/vulnerabilities`: the processors' faults and what is done about them, in Linux's words and
//! as it is here.

use core::fmt::{self, Write};

use alloc::format;
use hal::bugs::{self, Bug, affected};
use vfs::text::Text;

const DIR: &str = "devices/system/cpu/vulnerabilities";
const VULNERABLE: &str = "Vulnerable";
const BY_HYPERVISOR: &str = "Unknown: Dependent on hypervisor status";

const FILES: &[(&str, Option<Bug>)] = &[
    ("gather_data_sampling", Some(Bug::Gds)),
    ("ghostwrite", None),
    ("indirect_target_selection", Some(Bug::Its)),
    ("itlb_multihit", Some(Bug::ItlbMultihit)),
    ("l1tf", Some(Bug::L1tf)),
    ("mds", Some(Bug::Mds)),
    ("meltdown", Some(Bug::Meltdown)),
    ("mmio_stale_data", Some(Bug::MmioStaleData)),
    ("old_microcode", None),
    ("reg_file_data_sampling", Some(Bug::Rfds)),
    ("retbleed", Some(Bug::Retbleed)),
    ("spec_rstack_overflow", Some(Bug::Srso)),
    ("spec_store_bypass", Some(Bug::SpecStoreBypass)),
    ("spectre_v1", Some(Bug::SpectreV1)),
    ("spectre_v2", Some(Bug::SpectreV2)),
    ("srbds", Some(Bug::Srbds)),
    ("tsa", Some(Bug::Tsa)),
    ("tsx_async_abort", Some(Bug::Taa)),
    // Guests' traces in the branch predictor: there are no guests.
    ("vmscape", None),
];

fn show(out: &mut Text, bug: Bug) -> fmt::Result {
    let virtual_machine = bugs::in_hypervisor();
    match bug {
        Bug::Meltdown if bugs::isolates_page_tables() => out.write_str("Mitigation: PTI"),
        Bug::SpectreV1 if bugs::has_entry_barriers() => {
            out.write_str("Mitigation: usercopy/swapgs barriers and __user pointer sanitization")
        }
        Bug::SpectreV1 => out.write_str(
            "Vulnerable: __user pointer sanitization and usercopy barriers only; no swapgs barriers",
        ),
        Bug::SpectreV2 => spectre_v2(out),
        // There is no KVM that guests could run by.
        Bug::ItlbMultihit => out.write_str("Processor vulnerable"),
        Bug::Mds | Bug::Taa | Bug::MmioStaleData => {
            let smt = if virtual_machine { "Host state unknown" } else { "disabled" };
            write!(out, "{VULNERABLE}; SMT {smt}")
        }
        Bug::Srbds | Bug::Gds if virtual_machine => out.write_str(BY_HYPERVISOR),
        _ => out.write_str(VULNERABLE),
    }
}

fn spectre_v2(out: &mut Text) -> fmt::Result {
    // Stable Rust makes no retpolines: see docs/decisions.
    let (state, stibp) = match bugs::has_eibrs() {
        true => ("Mitigation: Enhanced / Automatic IBRS", ""),
        false => (VULNERABLE, "; STIBP: disabled"),
    };
    let known = |bug, what| if affected(bug) { what } else { "Not affected" };
    let pbrsb = known(Bug::EibrsPbrsb, VULNERABLE);
    write!(out, "{state}{stibp}; PBRSB-eIBRS: {pbrsb}; BHI: {}", known(Bug::Bhi, VULNERABLE))
}

/// Adds the files.
pub(crate) fn add_all() {
    for (name, bug) in FILES {
        crate::add(&format!("{DIR}/{name}"), move |out| {
            match bug {
                Some(bug) if affected(*bug) => show(out, *bug)?,
                _ => out.write_str("Not affected")?,
            }
            out.write_str("\n")
        });
    }
}
