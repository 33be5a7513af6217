//! Builds the kernel and leaves it, finished, at `target/ferrogate/kernel`.

use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::initrd::write_atomically;
use crate::kallsyms::{self, Filled};
use crate::project::{KERNEL_PACKAGE, KERNEL_TARGET, Project, is_stale, run};

/// What the kernel is made of.
const SOURCES: &[&str] = &["abi", "sync", "hal", "kernel", "Cargo.toml", "Cargo.lock", ".cargo"];

/// Brings the kernel up to date and returns its path. Starts cargo only if a source is newer than the kernel.
pub fn build(project: &Project, verbose: bool) -> Result<PathBuf> {
    let kernel = project.output("kernel");
    let stamp = project.output("kernel.stamp");
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
    let started = project.output("kernel.started");
    File::create(&started).with_context(|| format!("cannot make {}", started.display()))?;

    eprintln!("ferrogate: building the kernel");
    let mut cargo = project.toolchain_command("cargo");
    cargo
        .args(["build", "--release", "-p", KERNEL_PACKAGE])
        .arg("--target-dir")
        .arg(project.root.join("target"));
    if !verbose {
        cargo.arg("--quiet");
    }
    project.for_kernel_target(&mut cargo);
    run(&mut cargo, "building the kernel")?;

    finish(project, verbose)?;
    fs::rename(&started, &stamp).context("cannot keep the build's time")?;
    Ok(kernel)
}

/// Makes the file at the fixed path from what cargo left.
fn finish(project: &Project, verbose: bool) -> Result<()> {
    let linked = project.root.join("target").join(KERNEL_TARGET).join("release/kernel");
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
    write_atomically(&project.output("kernel"), &image)
}
