//! Files out of Debian's packages that need not be installed for them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Fetches the newest package of that name and unpacks of it what matches tar's patterns into the directory.
pub fn take(package: &str, patterns: &[&str], dir: &Path) -> Result<()> {
    // The lists of packages may never have been fetched, or be too old.
    if download(package, dir).is_err() {
        run(Command::new("apt-get").args(["-q", "update"]))?;
        download(package, dir)?;
    }
    let archive = fs::read_dir(dir)?.flatten().map(|entry| entry.path());
    let archive = archive.filter(|path| path.extension().is_some_and(|e| e == "deb")).max();
    let archive = archive.context("apt-get left no package")?;
    let mut unpack =
        Command::new("dpkg-deb").arg("--fsys-tarfile").arg(&archive).stdout(Stdio::piped()).spawn()?;
    let tar = unpack.stdout.take().context("dpkg-deb has no output")?;
    let mut take = Command::new("tar");
    take.args(["x", "--wildcards"]).args(patterns).stdin(tar).current_dir(dir);
    let taken = run(&mut take);
    unpack.wait()?;
    let _ = fs::remove_file(&archive);
    taken
}

fn download(package: &str, dir: &Path) -> Result<()> {
    run(Command::new("apt-get").args(["-q", "download", package]).current_dir(dir))
}

/// Runs a command to its end; what it wrote is in the error.
pub fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !output.status.success() {
        bail!("{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
