//! The words of the command line that concern process 1 (bootparam(7)).

use alloc::vec::Vec;

use process::exec::vdso::Wanted;
use process::vsyscall;

/// What the command line says of init.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct InitWords {
    /// `rdinit=`: the program in the initramfs.
    pub rdinit: Option<&'static str>,
    /// `init=`: the program on the root.
    pub init: Option<&'static str>,
    /// Words that the kernel does not know go to init: those without `=` as arguments …
    pub args: Vec<&'static str>,
    /// … and those with it as environment.
    pub env: Vec<&'static str>,
}

/// Words that the kernel takes itself. A word with a dot is a module's option and goes nowhere.
const KNOWN: [&str; 31] = [
    "console",
    "quiet",
    "loglevel",
    "panic",
    "init",
    "rdinit",
    "root",
    "rw",
    "ro",
    "rootfstype",
    "rootflags",
    "rootwait",
    "maxcpus",
    "nokaslr",
    "mitigations",
    "init_on_alloc",
    "randomize_kstack_offset",
    "no5lvl",
    "debug",
    "earlyprintk",
    "BOOT_IMAGE",
    "reboot",
    "vdso",
    "vdso32",
    "vsyscall",
    "ia32",
    "ia32_emulation",
    "x32",
    "notsc",
    "tsc",
    "nmi_stress",
];

/// Which programs get a vDSO: 64-bit ones unless `vdso=0` is said, 32-bit ones unless `vdso32=0` (the last one counts).
pub fn wants_vdso(cmdline: &str) -> Wanted {
    let said_no = |word: &str| value(cmdline, word) == Some("0");
    Wanted { bits_64: !said_no("vdso"), bits_32: !said_no("vdso32") }
}

/// Whether there are x32 programs and calls: unless `x32=off` or Linux's `syscall.x32=n` is said.
pub fn wants_x32(cmdline: &str) -> bool {
    ["x32", "syscall.x32"]
        .iter()
        .all(|word| !matches!(value(cmdline, word), Some("off" | "0" | "n" | "N" | "no")))
}

/// What programs find in the vsyscall page.
pub fn vsyscall_mode(cmdline: &str) -> vsyscall::Mode {
    match value(cmdline, "vsyscall") {
        Some("none") => vsyscall::Mode::None,
        None | Some("xonly") => vsyscall::Mode::XOnly,
        Some("emulate") => vsyscall::Mode::Emulate,
        Some(other) => {
            hal::kerror!("vsyscall={other}: unknown, xonly it is");
            vsyscall::Mode::XOnly
        }
    }
}

/// Between two non-maskable interrupts that the kernel sends itself to prove its doors: at most so many turns of a loop.
/// None unless `nmi_stress=` is said.
pub fn nmi_stress(cmdline: &str) -> Option<u32> {
    value(cmdline, "nmi_stress")?.parse().ok().filter(|turns| *turns > 0)
}

/// What stands behind the last `word=`.
fn value<'a>(cmdline: &'a str, word: &str) -> Option<&'a str> {
    let words = cmdline.split_ascii_whitespace().filter_map(|w| w.split_once('='));
    words.filter(|(key, _)| *key == word).map(|(_, value)| value).next_back()
}

/// Sorts the words. What stands behind `--` goes to init as it is.
pub fn init_words(cmdline: &'static str) -> InitWords {
    let mut words = InitWords::default();
    let mut all = cmdline.split_ascii_whitespace();
    while let Some(word) = all.next() {
        if word == "--" {
            words.args.extend(all);
            break;
        }
        let (key, value) = word.split_once('=').map_or((word, None), |(key, value)| (key, Some(value)));
        match (key, value) {
            ("rdinit", Some(path)) => words.rdinit = Some(path),
            ("init", Some(path)) => words.init = Some(path),
            _ if KNOWN.contains(&key) || key.contains('.') => {}
            (_, Some(_)) => words.env.push(word),
            (_, None) => words.args.push(word),
        }
    }
    words
}
