//! Assembles and links the images.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

// Each constant is used by name.
#[allow(dead_code)]
mod layout {
    include!("src/layout.rs");

    pub const SYMBOLS: [(&str, usize); 12] = [
        ("VVAR_SEQ", VVAR_SEQ),
        ("VVAR_MODE", VVAR_MODE),
        ("VVAR_BASE_TSC", VVAR_BASE_TSC),
        ("VVAR_MULT", VVAR_MULT),
        ("VVAR_BASE_NS", VVAR_BASE_NS),
        ("VVAR_RAW_BASE_TSC", VVAR_RAW_BASE_TSC),
        ("VVAR_RAW_MULT", VVAR_RAW_MULT),
        ("VVAR_RAW_BASE_NS", VVAR_RAW_BASE_NS),
        ("VVAR_TICK_NS", VVAR_TICK_NS),
        ("VVAR_OFFSETS", VVAR_OFFSETS),
        ("VVAR_TIMEZONE", VVAR_TIMEZONE),
        ("VVAR_RNG_GENERATION", VVAR_RNG_GENERATION),
    ];
}

/// The release of uname(2) as KERNEL_VERSION() writes it.
const LINUX_VERSION_CODE: usize = 6 << 16 | 18 << 8;

/// One of the images.
struct Image {
    /// Names the results, and the file with the exported names.
    name: &'static str,
    source: &'static str,
    assembler_flag: &'static str,
    emulation: &'static str,
    soname: &'static str,
    /// Where auxv's AT_SYSINFO points, also the ELF header's entry.
    entry: Option<&'static str>,
}

const IMAGES: [Image; 3] = [
    Image {
        name: "vdso64",
        source: "src/vdso64.S",
        assembler_flag: "--64",
        emulation: "elf_x86_64",
        soname: "linux-vdso.so.1",
        entry: None,
    },
    // The same code in another container: whoever calls it extends pointers to 64 bits.
    Image {
        name: "vdsox32",
        source: "src/vdso64.S",
        assembler_flag: "--x32",
        emulation: "elf32_x86_64",
        soname: "linux-vdso.so.1",
        entry: None,
    },
    Image {
        name: "vdso32",
        source: "src/vdso32.S",
        assembler_flag: "--32",
        emulation: "elf_i386",
        soname: "linux-gate.so.1",
        entry: Some("__kernel_vsyscall"),
    },
];

/// What the kernel wants to know of the 32-bit image.
const SYMBOLS_32: [(&str, &str, &str); 6] = [
    ("VSYSCALL", "__kernel_vsyscall", "How a C library enters the kernel: AT_SYSINFO."),
    (
        "VSYSCALL_PATCH",
        "vsyscall_patch",
        "Four bytes for the processor's fast instruction: [`FAST_CALL_SYSENTER`] and the like.",
    ),
    (
        "INT80_LANDING_PAD",
        "int80_landing_pad",
        "Directly behind its `int $0x80`; fast calls return there, too.",
    ),
    ("SIGRETURN", "__kernel_sigreturn", "The way back from a handler without SA_SIGINFO."),
    ("RT_SIGRETURN", "__kernel_rt_sigreturn", "The way back from one with SA_SIGINFO."),
    ("RT_SIGRETURN_LANDING_PAD", "rt_sigreturn_landing_pad", "Directly behind its `int $0x80`."),
];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=build.rs");
    for image in &IMAGES {
        build(image, &out);
    }
    let constants = symbols_32(&out.join("vdso32.o.so"));
    fs::write(out.join("vdso32.rs"), constants).expect("cannot write to OUT_DIR");
}

fn build(image: &Image, out: &Path) {
    let object = out.join(format!("{}.o", image.name));
    // With its symbols still; the image is without.
    let (whole, stripped) =
        (out.join(format!("{}.o.so", image.name)), out.join(format!("{}.so", image.name)));
    let mut assembler = Command::new("as");
    assembler.args([image.assembler_flag, "--fatal-warnings", "-o"]).arg(&object);
    for (name, value) in layout::SYMBOLS.into_iter().chain([("LINUX_VERSION_CODE", LINUX_VERSION_CODE)]) {
        assembler.arg("--defsym").arg(format!("{name}={value}"));
    }
    run(assembler.arg(image.source));
    let mut linker = Command::new("ld");
    linker.args(["-m", image.emulation, "-shared", "-Bsymbolic", "-soname", image.soname]);
    linker.args(["--hash-style=both", "--eh-frame-hdr", "--build-id=sha1", "--no-undefined"]);
    linker.args(["-z", "max-page-size=4096", "-z", "noexecstack", "--fatal-warnings", "-T", "src/vdso.lds"]);
    linker.arg(format!("--version-script=src/{}.map", image.name));
    if let Some(entry) = image.entry {
        linker.args(["-e", entry]);
    }
    run(linker.arg("-o").arg(&whole).arg(&object));
    // Nothing outside the loaded part is of use to a program.
    run(Command::new("strip").arg("--strip-unneeded").arg("-o").arg(&stripped).arg(&whole));
}

/// Constants with the addresses that nm prints.
fn symbols_32(image: &Path) -> String {
    let output =
        Command::new("nm").arg(image).output().expect("cannot start nm; install the package binutils");
    let listing = String::from_utf8_lossy(&output.stdout);
    let address = |symbol: &str| {
        let line = listing.lines().find(|line| line.split_whitespace().nth(2) == Some(symbol));
        line.and_then(|line| line.split_whitespace().next()).unwrap_or_else(|| panic!("no symbol {symbol}"))
    };
    let constants = SYMBOLS_32
        .map(|(name, symbol, doc)| format!("/// {doc}\npub const {name}: usize = 0x{};\n", address(symbol)));
    constants.concat()
}

fn run(command: &mut Command) {
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("{command:?}: {status}"),
        Err(error) => panic!("{command:?}: {error}; install the package binutils"),
    }
}
