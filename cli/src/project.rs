//! Where things stand: the source tree, the outputs under `target/`, and how to start cargo for each of them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

/// The target triple of the kernel.
pub const KERNEL_TARGET: &str = "x86_64-unknown-none";
/// The package of the kernel's binary; it compiles for [`KERNEL_TARGET`] alone.
pub const KERNEL_PACKAGE: &str = "ferrogate-kernel";

/// Variables with which a developer's shell could bend a build.
const FOREIGN_VARIABLES: &[&str] = &[
    "RUSTC_BOOTSTRAP",
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "RUSTUP_TOOLCHAIN",
];

/// The source tree and the compilers that `./ferrogate` chose for it.
#[derive(Clone, Debug)]
pub struct Project {
    /// Root of the source tree, absolute.
    pub root: PathBuf,
    /// Directory of `cargo`, `rustc` and, for `check`, `cargo-fmt` and `cargo-clippy`.
    toolchain: PathBuf,
    /// The toolchain has no `core` for the kernel's target: cargo builds it from source.
    build_std: bool,
}

impl Project {
    /// Reads what the script passes on.
    pub fn from_env() -> Result<Self> {
        let variable = |name| {
            std::env::var_os(name)
                .with_context(|| format!("{name} is not set: start this tool as ./ferrogate"))
        };
        Ok(Self {
            root: variable("FERROGATE_ROOT")?.into(),
            toolchain: variable("FERROGATE_TOOLCHAIN")?.into(),
            build_std: variable("FERROGATE_BUILD_STD")? == "yes",
        })
    }

    /// A file or directory under `target/ferrogate`, whose paths never change.
    pub fn output(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join("target/ferrogate").join(name)
    }

    /// A path as shown to the user: relative to the root where it is under it.
    pub fn show<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// Makes the directory of outputs.
    pub fn make_output_dir(&self) -> Result<()> {
        let dir = self.output("");
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))
    }

    /// Takes the lock of a name under `target/ferrogate` until the returned file is dropped.
    pub fn lock(&self, name: &str) -> Result<File> {
        self.make_output_dir()?;
        let path = self.output(format!("{name}.lock"));
        let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(file)
    }

    /// A program of the chosen toolchain (`cargo`, `cargo-fmt`, …) in the root, free of foreign settings.
    pub fn toolchain_command(&self, program: &str) -> Command {
        let mut command = Command::new(self.toolchain.join(program));
        command.current_dir(&self.root);
        for name in FOREIGN_VARIABLES {
            command.env_remove(name);
        }
        let tool = |name: &str| self.toolchain.join(name);
        command
            .env("CARGO", tool("cargo"))
            .env("RUSTC", tool("rustc"))
            .env("RUSTDOC", tool("rustdoc"))
            .env("RUSTFMT", tool("rustfmt"))
            .env("PATH", self.path_with_toolchain_first());
        command
    }

    fn path_with_toolchain_first(&self) -> std::ffi::OsString {
        let mut path = self.toolchain.clone().into_os_string();
        if let Some(rest) = std::env::var_os("PATH") {
            path.push(OsStr::new(":"));
            path.push(rest);
        }
        path
    }

    /// Adds what makes a cargo command work on the kernel's target.
    ///
    /// `RUSTC_BOOTSTRAP` unlocks cargo's `build-std` in a stable compiler. It is set for these builds alone, so that
    /// no crate built for the host takes the compiler for a nightly one.
    pub fn for_kernel_target(&self, command: &mut Command) {
        command.args(["--target", KERNEL_TARGET]);
        if self.build_std {
            command.env("RUSTC_BOOTSTRAP", "1").args([
                "-Zbuild-std=core,alloc,compiler_builtins",
                "-Zbuild-std-features=compiler-builtins-mem",
            ]);
        }
    }
}

/// Whether `output` is missing or older than something in `sources` (files, or directories with all below them).
///
/// A directory's own time counts too, so that a removed file is noticed.
pub fn is_stale<P: AsRef<Path>>(output: &Path, sources: &[P]) -> Result<bool> {
    let Ok(built) = fs::metadata(output).and_then(|m| m.modified()) else { return Ok(true) };
    for source in sources {
        if newest(source.as_ref())? > built {
            return Ok(true);
        }
    }
    Ok(false)
}

fn newest(path: &Path) -> Result<SystemTime> {
    let context = || format!("cannot read {}", path.display());
    let meta = fs::metadata(path).with_context(context)?;
    let mut time = meta.modified().with_context(context)?;
    if meta.is_dir() {
        for entry in fs::read_dir(path).with_context(context)? {
            let entry = entry.with_context(context)?;
            // An editor's scratch file may be gone again by now.
            if let Ok(t) = newest(&entry.path()) {
                time = time.max(t);
            }
        }
    }
    Ok(time)
}

/// Runs a command to its end with its output on ours; fails if it does.
pub fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staleness_follows_times() {
        let dir = std::env::temp_dir().join(format!("ferrogate-stale-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("src/deep")).unwrap();
        fs::write(dir.join("src/deep/a"), "a").unwrap();
        let out = dir.join("out");
        assert!(is_stale(&out, &[dir.join("src")]).unwrap(), "missing output");
        fs::write(&out, "").unwrap();
        let later = SystemTime::now() + std::time::Duration::from_secs(5);
        File::options().write(true).open(&out).unwrap().set_modified(later).unwrap();
        assert!(!is_stale(&out, &[dir.join("src")]).unwrap());
        let much_later = later + std::time::Duration::from_secs(5);
        File::options().write(true).open(dir.join("src/deep/a")).unwrap().set_modified(much_later).unwrap();
        assert!(is_stale(&out, &[dir.join("src")]).unwrap(), "deep change");
        assert!(is_stale(&out, &[dir.join("nothing")]).is_err(), "a source that is not there");
        fs::remove_dir_all(&dir).unwrap();
    }
}
