//! Builds the kernel and leaves it, finished, at `target/ferrogate/kernel`; a debug build beside it.

use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::initrd::write_atomically;
use crate::kallsyms::{self, Filled};
use crate::project::{KERNEL_PACKAGE, KERNEL_TARGET, Project, is_stale, run};

/// What the kernel is made of.
const SOURCES: &[&str] = &["abi", "vdso", "sync", "hal", "kernel", "Cargo.toml", "Cargo.lock", ".cargo"];

/// How the kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Profile {
    /// What is run and measured.
    Release,
    /// With debug assertions: lock order and sleeping are checked, arithmetic overflow is found.
    Debug,
}

impl Profile {
    /// The file's name under `target/ferrogate`.
    fn file(self) -> &'static str {
        match self {
            Self::Release => "kernel",
            Self::Debug => "kernel-debug",
        }
    }

    /// What cargo calls it, and its directory.
    fn cargo(self) -> (&'static str, &'static str) {
        match self {
            Self::Release => ("release", "release"),
            Self::Debug => ("dev", "debug"),
        }
    }
}

/// Brings the kernel up to date and returns its path. Starts cargo only if a source is newer than the kernel.
pub fn build(project: &Project, profile: Profile, verbose: bool) -> Result<PathBuf> {
    let name = profile.file();
    let kernel = project.output(name);
    let stamp = project.output(format!("{name}.stamp"));
    let mut sources: Vec<PathBuf> = SOURCES.iter().map(|name| project.root.join(name)).collect();
    // The tool fills the symbol table: a new tool makes a new kernel.
    sources.extend(std::env::current_exe());
    let stale = || -> Result<bool> { Ok(!kernel.is_file() || is_stale(&stamp, &sources)?) };
    if !stale()? {
        return Ok(kernel);
    }
    let _lock = project.lock("kernel")?;
    if !stale()? {
        return Ok(kernel);
    }
    // The stamp's time is that of the start: a source saved during the build is built the next time.
    let started = project.output(format!("{name}.started"));
    File::create(&started).with_context(|| format!("cannot make {}", started.display()))?;

    eprintln!(
        "ferrogate: building the kernel{}",
        if profile == Profile::Debug { " with debug assertions" } else { "" }
    );
    let mut cargo = project.toolchain_command("cargo");
    cargo
        .args(["build", "--profile", profile.cargo().0, "-p", KERNEL_PACKAGE])
        .arg("--target-dir")
        .arg(project.root.join("target"));
    if !verbose {
        cargo.arg("--quiet");
    }
    project.for_kernel_target(&mut cargo);
    run(&mut cargo, "building the kernel")?;

    finish(project, profile, verbose)?;
    fs::rename(&started, &stamp).context("cannot keep the build's time")?;
    Ok(kernel)
}

/// Makes the file at the fixed path from what cargo left.
fn finish(project: &Project, profile: Profile, verbose: bool) -> Result<()> {
    let linked = project.root.join("target").join(KERNEL_TARGET).join(profile.cargo().1).join("kernel");
    let mut image = fs::read(&linked).with_context(|| format!("cannot read {}", linked.display()))?;
    match kallsyms::fill(&mut image)? {
        Filled::NoSection => {
            eprintln!("ferrogate: the kernel has no section .kallsyms: backtraces will have no names")
        }
        Filled::Table { symbols, used, capacity } if verbose => {
            eprintln!("ferrogate: {symbols} symbols in {used} of {capacity} bytes");
        }
        Filled::Table { .. } => {}
    }
    write_atomically(&project.output(profile.file()), &image)
}
