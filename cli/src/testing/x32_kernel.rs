//! Debian's kernel with x32 calls: the reference for x32 programs. The cloud kernel was built without them, and the
//! common one is not installed for its file alone: its package is fetched once and the kernel taken out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::package;
use crate::project::Project;

/// Depends on the package of the newest kernel.
const META_PACKAGE: &str = "linux-image-amd64";

/// The kernel: one of this machine's, or what was taken from the package.
pub fn find(project: &Project) -> Result<PathBuf> {
    let dir = project.output("linux-x32");
    let _lock = project.lock("linux-x32")?;
    if let Some(kernel) = newest(Path::new("/boot")).or_else(|| newest(&dir)) {
        return Ok(kernel);
    }
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    eprintln!("ferrogate: fetching Debian's kernel with x32 calls, once (70 MB)");
    let fetched = fetch(&dir);
    let _ = fs::remove_dir_all(dir.join("boot"));
    fetched.context("cannot fetch Debian's kernel with x32 calls")?;
    newest(&dir).context("there is no kernel in Debian's package")
}

/// The newest of the common kernels there.
fn newest(dir: &Path) -> Option<PathBuf> {
    let paths = fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path());
    let is_common = |name: &str| {
        let flavour = name.strip_prefix("vmlinuz-").and_then(|v| v.strip_suffix("-amd64"));
        flavour.is_some_and(|version| version.rsplit('-').next().is_some_and(|v| v.parse::<u32>().is_ok()))
    };
    paths.filter(|path| path.file_name().is_some_and(|name| is_common(&name.to_string_lossy()))).max()
}

fn fetch(dir: &Path) -> Result<()> {
    let package = match package_of_newest() {
        Ok(package) => package,
        // The lists of packages may never have been fetched.
        Err(_) => {
            package::run(Command::new("apt-get").args(["-q", "update"]))?;
            package_of_newest()?
        }
    };
    package::take(&package, &["./boot/vmlinuz-*"], dir)?;
    for entry in fs::read_dir(dir.join("boot"))?.flatten() {
        fs::rename(entry.path(), dir.join(entry.file_name()))?;
    }
    Ok(())
}

fn package_of_newest() -> Result<String> {
    let output = Command::new("apt-cache")
        .args(["depends", META_PACKAGE])
        .output()
        .context("cannot start apt-cache")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let depends = text.lines().find_map(|line| line.trim().strip_prefix("Depends: "));
    depends.map(str::to_owned).with_context(|| format!("apt knows no package {META_PACKAGE}"))
}
