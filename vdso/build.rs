//! Assembles and links the images.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

// Each constant is used by name.
#[allow(dead_code)]
mod layout {
    include!("src/layout.rs");

    pub const SYMBOLS: [(&str, usize); 11] = [
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
    ];
}

/// The release of uname(2) as KERNEL_VERSION() writes it.
const LINUX_VERSION_CODE: usize = 6 << 16 | 18 << 8;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=build.rs");
    let (object, image) = (out.join("vdso64.o"), out.join("vdso64.so"));
    let mut assembler = Command::new("as");
    assembler.args(["--64", "--fatal-warnings", "-o"]).arg(&object);
    for (name, value) in layout::SYMBOLS.into_iter().chain([("LINUX_VERSION_CODE", LINUX_VERSION_CODE)]) {
        assembler.arg("--defsym").arg(format!("{name}={value}"));
    }
    run(assembler.arg("src/vdso64.S"));
    let mut linker = Command::new("ld");
    linker.args(["-m", "elf_x86_64", "-shared", "-Bsymbolic", "-soname", "linux-vdso.so.1"]);
    linker.args(["--hash-style=both", "--eh-frame-hdr", "--build-id=sha1", "--no-undefined"]);
    linker.args([
        "-z",
        "max-page-size=4096",
        "-z",
        "noexecstack",
        "--fatal-warnings",
        "-T",
        "src/vdso.lds",
        "-o",
    ]);
    run(linker.arg(&image).arg(&object));
    strip(&image);
}

/// Nothing outside the loaded part is of use to a program.
fn strip(image: &Path) {
    run(Command::new("strip").arg("--strip-unneeded").arg(image));
}

fn run(command: &mut Command) {
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("{command:?}: {status}"),
        Err(error) => panic!("{command:?}: {error}; install the package binutils"),
    }
}
