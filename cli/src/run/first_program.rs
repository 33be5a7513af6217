//! The first program of the guest: built from guest/run when that changed, and packed for a run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::initrd::Tree;
use crate::project::{Project, is_stale};

/// The initial file system of a run. Modules are for a kernel that has its drivers in such.
pub fn initrd(project: &Project, description: &[u8], modules: &[PathBuf]) -> Result<Vec<u8>> {
    let mut tree = Tree::new();
    tree.char_device("dev/console", 0o600, 5, 1).char_device("dev/null", 0o666, 1, 3);
    tree.program("init", &build(project)?)?;
    tree.file("run.description", 0o600, description);
    for (i, module) in modules.iter().enumerate() {
        tree.program(&format!("modules/{i:03}.ko"), module)?;
    }
    tree.to_cpio()
}

fn build(project: &Project) -> Result<PathBuf> {
    let dir = project.root.join("guest/run");
    let binary = project.output("run-init");
    if !is_stale(&binary, &[&dir])? {
        return Ok(binary);
    }
    project.make_output_dir()?;
    let entries = fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut sources: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    sources.retain(|path| path.extension().is_some_and(|e| e == "c"));
    sources.sort();
    let temporary = project.output(format!("run-init.{}", std::process::id()));
    let mut gcc = Command::new("gcc");
    gcc.args(["-std=gnu17", "-Os", "-g0", "-static", "-Wall", "-Wextra"]);
    gcc.args(["-ffunction-sections", "-Wl,--gc-sections", "-Wl,-s", "-o"]).arg(&temporary).args(&sources);
    let output = gcc.output().context("cannot start gcc")?;
    if !output.status.success() {
        let _ = fs::remove_file(&temporary);
        bail!("guest/run does not compile:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    fs::rename(&temporary, &binary).with_context(|| format!("cannot write {}", binary.display()))?;
    Ok(binary)
}
