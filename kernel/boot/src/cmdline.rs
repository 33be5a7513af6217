//! The words of the command line that concern process 1 (bootparam(7)).

use alloc::vec::Vec;

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
const KNOWN: [&str; 23] = [
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
];

/// Whether programs get a vDSO: unless `vdso=0` is said (the last one counts).
pub fn wants_vdso(cmdline: &str) -> bool {
    cmdline.split_ascii_whitespace().filter_map(|word| word.strip_prefix("vdso=")).next_back() != Some("0")
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
