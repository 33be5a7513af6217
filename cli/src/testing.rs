//! `test`: everything that shows whether the kernel does what Linux does.

mod explain;
mod gdb;
mod host_ends;
mod libcall;
mod names;
mod native;
mod oracle;
mod outcome;
mod package;
mod programs;
mod runs;
mod selftests;
mod sessions;
mod speed;
mod unit;
mod vm;
mod x32_kernel;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use crate::{Context as Tool, kernel};
use names::Selection;
pub use outcome::{Outcome, Report};

/// What `test` is asked to do.
#[derive(Args, Debug)]
pub struct Options {
    /// Also what takes long: stress, fuzz, and the tests marked so
    #[arg(long)]
    long: bool,
    /// Print the names of the tests and run none
    #[arg(long)]
    list: bool,
    /// Only against Linux: is each test right about what Linux does?
    #[arg(long)]
    linux_only: bool,
    /// Test this kernel instead of the one built here
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,
    /// Only these: a name (`write`, `session/shell`), a group (`unit`, `guest`, `guest32`, `guestx32`, `libcall`, `selftest`, `session`, `run`, `gdb`, `explain`, `speed`) or a part of a name
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// What every kind of test is given.
pub struct Bench<'a> {
    /// The tool's own.
    pub tool: &'a Tool,
    /// Which tests are to run.
    pub selection: Selection,
    /// Run what is marked long too.
    pub long: bool,
    /// The kernel under test; none with `--linux-only`.
    pub kernel: Option<PathBuf>,
    /// The user named it: then it is the one for sessions that want a debug build, too.
    pub kernel_given: bool,
    /// Debian's kernel, the reference.
    pub linux: PathBuf,
}

/// Runs the tests and prints the totals as the last line.
pub fn run(tool: &Tool, options: &Options) -> Result<ExitCode> {
    let started = Instant::now();
    let unlisted = names::all(&tool.project, true)?;
    let all = if options.long { unlisted.clone() } else { names::all(&tool.project, false)? };
    if options.list {
        all.iter().for_each(|name| println!("{name}"));
        return Ok(ExitCode::SUCCESS);
    }
    let mut bench = Bench {
        tool,
        selection: Selection::of(&options.names, &all, &unlisted)?,
        long: options.long,
        kernel: None,
        kernel_given: options.kernel.is_some(),
        linux: find_linux()?,
    };
    let mut report = Report::default();
    if bench.selection.group("unit") {
        report.heading("Unit tests on this machine");
        unit::run(&bench, &mut report)?;
    }
    if !options.linux_only
        && [
            "guest", "guest32", "guestx32", "libcall", "selftest", "session", "gdb", "run", "explain",
            "speed",
        ]
        .iter()
        .any(|group| bench.selection.group(group))
    {
        bench.kernel = match &options.kernel {
            Some(path) => Some(path.clone()),
            None => build_kernel(tool, &mut report),
        };
    }
    programs::run(&bench, &mut report)?;
    libcall::run(&bench, &mut report)?;
    selftests::run(&bench, &mut report)?;
    sessions::run(&bench, &mut report)?;
    runs::run(&bench, &mut report)?;
    gdb::run(&bench, &mut report)?;
    explain::run(&bench, &mut report)?;
    speed::run(&bench, &mut report)?;
    println!("\nin {} s", started.elapsed().as_secs());
    Ok(report.finish())
}

/// A kernel that does not build is one failure; what can be tested without it still is.
fn build_kernel(tool: &Tool, report: &mut Report) -> Option<PathBuf> {
    match kernel::build(&tool.project, kernel::Profile::Release, tool.verbose) {
        Ok(path) => Some(path),
        Err(error) => {
            report.add("build", &Outcome::Fail(format!("{error:#}")));
            None
        }
    }
}

/// The newest of Debian's cloud kernels, which boot an initramfs with nothing else.
fn find_linux() -> Result<PathBuf> {
    let entries = std::fs::read_dir("/boot").context("cannot read /boot")?;
    let mut kernels: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("vmlinuz-") && name.ends_with("-cloud-amd64")
        })
        .collect();
    kernels.sort();
    kernels
        .pop()
        .context("no Debian cloud kernel in /boot; as root run: apt-get install linux-image-cloud-amd64")
}
