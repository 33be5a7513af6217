//! `/proc/cpuinfo`: what CPUID says, in Linux's words.

use core::fmt::{self, Write};

use alloc::string::String;
use hal::bugs::Bug;
use hal::cpu::cpuid;

use vfs::text::Text;

/// CPUID bits by name: leaf, register (eax, ebx, ecx, edx), names from bit 0 on; an empty name is a bit that
/// Linux does not show or that has none (SDM vol. 2, CPUID; APM vol. 3, appendix E).
type Word = (u32, usize, &'static [&'static str]);

const WORDS: &[Word] = &[
    (
        1,
        3,
        &[
            "fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "", "sep", "mtrr", "pge",
            "mca", "cmov", "pat", "pse36", "pn", "clflush", "", "dts", "acpi", "mmx", "fxsr", "sse", "sse2",
            "ss", "ht", "tm", "ia64", "pbe",
        ],
    ),
    (
        0x8000_0001,
        3,
        &[
            "", "", "", "", "", "", "", "", "", "", "", "syscall", "", "", "", "", "", "", "", "mp", "nx",
            "", "mmxext", "", "", "fxsr_opt", "pdpe1gb", "rdtscp", "", "lm", "3dnowext", "3dnow",
        ],
    ),
    (
        1,
        2,
        &[
            "pni",
            "pclmulqdq",
            "dtes64",
            "monitor",
            "ds_cpl",
            "vmx",
            "smx",
            "est",
            "tm2",
            "ssse3",
            "cid",
            "sdbg",
            "fma",
            "cx16",
            "xtpr",
            "pdcm",
            "",
            "pcid",
            "dca",
            "sse4_1",
            "sse4_2",
            "x2apic",
            "movbe",
            "popcnt",
            "tsc_deadline_timer",
            "aes",
            "xsave",
            "",
            "avx",
            "f16c",
            "rdrand",
            "hypervisor",
        ],
    ),
    (
        0x8000_0001,
        2,
        &[
            "lahf_lm",
            "cmp_legacy",
            "svm",
            "extapic",
            "cr8_legacy",
            "abm",
            "sse4a",
            "misalignsse",
            "3dnowprefetch",
            "osvw",
            "ibs",
            "xop",
            "skinit",
            "wdt",
            "",
            "lwp",
            "fma4",
            "tce",
            "",
            "nodeid_msr",
            "",
            "tbm",
            "topoext",
        ],
    ),
    (
        7,
        1,
        &[
            "fsgsbase",
            "tsc_adjust",
            "",
            "bmi1",
            "hle",
            "avx2",
            "",
            "smep",
            "bmi2",
            "erms",
            "invpcid",
            "rtm",
            "cqm",
            "",
            "mpx",
            "rdt_a",
            "avx512f",
            "avx512dq",
            "rdseed",
            "adx",
            "smap",
            "avx512ifma",
            "",
            "clflushopt",
            "clwb",
            "intel_pt",
            "avx512pf",
            "avx512er",
            "avx512cd",
            "sha_ni",
            "avx512bw",
            "avx512vl",
        ],
    ),
    (
        7,
        2,
        &[
            "",
            "avx512vbmi",
            "umip",
            "pku",
            "ospke",
            "waitpkg",
            "avx512_vbmi2",
            "",
            "gfni",
            "vaes",
            "vpclmulqdq",
            "avx512_vnni",
            "avx512_bitalg",
            "tme",
            "avx512_vpopcntdq",
            "",
            "la57",
            "",
            "",
            "",
            "",
            "",
            "rdpid",
        ],
    ),
    (7, 3, &["", "", "avx512_4vnniw", "avx512_4fmaps", "fsrm"]),
];

/// Writes the whole file.
pub(crate) fn generate(out: &mut Text) -> fmt::Result {
    let vendor = hal::cpu::vendor();
    let (family, model, stepping) = signature(cpuid(1, 0)[0]);
    let (brand, flags, bugs) = (brand(), flags(), bugs());
    let cpus = hal::cpu::count();
    let khz = hal::time::tsc_hz() / 1000;
    let sizes = cpuid(0x8000_0008, 0)[0];
    for cpu in 0..cpus {
        writeln!(out, "processor\t: {cpu}")?;
        writeln!(out, "vendor_id\t: {}", core::str::from_utf8(&vendor).unwrap_or("unknown"))?;
        writeln!(
            out,
            "cpu family\t: {family}\nmodel\t\t: {model}\nmodel name\t: {brand}\nstepping\t: {stepping}"
        )?;
        writeln!(out, "cpu MHz\t\t: {}.{:03}", khz / 1000, khz % 1000)?;
        let at = hal::cpu::topology(cpu);
        writeln!(out, "physical id\t: {}\nsiblings\t: {}", at.package, at.siblings)?;
        writeln!(out, "core id\t\t: {}\ncpu cores\t: {}", at.core, at.siblings)?;
        writeln!(out, "apicid\t\t: {cpu}\ninitial apicid\t: {cpu}")?;
        writeln!(out, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: {}\nwp\t\t: yes", cpuid(0, 0)[0])?;
        writeln!(out, "flags\t\t:{flags}\nbugs\t\t:{bugs}")?;
        // Two instructions of the calibrated loop a cycle, as Linux reckons with a counter of known rate.
        writeln!(out, "bogomips\t: {}.{:02}", khz * 2 / 1000, khz * 2 % 1000 / 10)?;
        writeln!(out, "clflush size\t: {}\ncache_alignment\t: 64", (cpuid(1, 0)[1] >> 8 & 0xff) * 8)?;
        writeln!(out, "address sizes\t: {} bits physical, {} bits virtual", sizes & 0xff, sizes >> 8 & 0xff)?;
        writeln!(out, "power management:\n")?;
    }
    Ok(())
}

/// Family, model and stepping of CPUID leaf 1's EAX.
fn signature(eax: u32) -> (u32, u32, u32) {
    let (family, model) = (eax >> 8 & 0xf, eax >> 4 & 0xf);
    let whole_family = if family == 0xf { family + (eax >> 20 & 0xff) } else { family };
    let whole_model = if whole_family >= 6 { model | (eax >> 16 & 0xf) << 4 } else { model };
    (whole_family, whole_model, eax & 0xf)
}

fn brand() -> String {
    let mut bytes = alloc::vec::Vec::new();
    if cpuid(0x8000_0000, 0)[0] >= 0x8000_0004 {
        for leaf in 0x8000_0002..=0x8000_0004 {
            bytes.extend(cpuid(leaf, 0).iter().flat_map(|word| word.to_le_bytes()));
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.split('\0').next().unwrap_or("").trim();
    String::from(if text.is_empty() { "unknown" } else { text })
}

fn flags() -> String {
    let mut text = String::new();
    for (leaf, register, names) in WORDS {
        let highest = cpuid(leaf & 0x8000_0000, 0)[0];
        if highest < *leaf {
            continue;
        }
        let word = cpuid(*leaf, 0).get(*register).copied().unwrap_or(0);
        for (bit, name) in names.iter().enumerate() {
            if word & 1 << bit != 0 && !name.is_empty() && !hidden(name) {
                text.push(' ');
                text.push_str(name);
            }
        }
    }
    text
}

/// What is wrong with the processors, whether something is done about it or not.
fn bugs() -> String {
    let mut text = String::new();
    for bug in Bug::ALL.iter().filter(|bug| hal::bugs::affected(**bug)) {
        text.push(' ');
        text.push_str(bug.name());
    }
    text
}

/// What the processor has but the kernel was told not to use.
fn hidden(name: &str) -> bool {
    name == "la57" && !hal::mem::five_levels()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures() {
        assert_eq!(signature(0x0080_0f11), (0x17, 1, 1), "an AMD family 17h");
        assert_eq!(signature(0x0005_06e3), (6, 0x5e, 3), "an Intel family 6");
        assert_eq!(signature(0x0000_0543), (5, 4, 3));
    }
}
