//! `boot`: a machine with its console on the terminal. Also the options that `gdb` shares with it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use crate::accel::AccelChoice;
use crate::qemu::{self, DEFAULT_APPEND, End, Machine, MachineType, Serial};
use crate::reap::{Guarded, TerminalGuard};
use crate::{Context as Tool, backtrace, initrd, kernel};

/// The machine to start.
#[derive(Args, Debug)]
pub struct MachineOptions {
    /// Number of processors
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub cpus: u32,
    /// Memory: 512M, 2G; a plain number is MiB
    #[arg(long, value_name = "SIZE", default_value = "512M", value_parser = qemu::parse_mem)]
    pub mem: String,
    /// How the guest is executed; `auto` takes KVM only after a probe has shown that it is fast here
    #[arg(long, value_enum, default_value_t)]
    pub accel: AccelChoice,
    /// QEMU's machine type
    #[arg(long, value_enum, default_value_t)]
    pub machine: MachineType,
    /// Initial file system, cpio (newc), plain or gzip [default: busybox with a shell on the console]
    #[arg(long, value_name = "FILE")]
    pub initrd: Option<PathBuf>,
    /// Words added to the kernel's command line, which begins `console=ttyS0 panic=-1`; may be given again
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
    pub append: Vec<String>,
    /// Another kernel instead of the one built here (an ELF with a PVH note, or a Linux bzImage)
    #[arg(long, value_name = "FILE")]
    pub kernel: Option<PathBuf>,
    /// More arguments for QEMU, behind `--`
    #[arg(last = true, value_name = "QEMU ARGS")]
    pub qemu: Vec<String>,
}

impl MachineOptions {
    /// The machine that the options describe, its kernel and initial file system built if need be.
    pub fn machine(&self, tool: &Tool, serial: Serial) -> Result<Machine> {
        let project = &tool.project;
        let kernel = match &self.kernel {
            Some(path) => path.clone(),
            None => kernel::build(project, kernel::Profile::Release, tool.verbose)?,
        };
        qemu::must_exist(&kernel, "the kernel")?;
        let initrd = match &self.initrd {
            Some(path) => path.clone(),
            None => default_initrd(tool)?,
        };
        qemu::must_exist(&initrd, "the initrd")?;
        let mut append = DEFAULT_APPEND.to_owned();
        for words in &self.append {
            append.push(' ');
            append.push_str(words);
        }
        Ok(Machine {
            cpus: self.cpus,
            mem: self.mem.clone(),
            accel: self.accel.resolve(project, tool.verbose)?,
            machine: self.machine,
            kernel,
            initrd: Some(initrd),
            append,
            serial,
            extra: self.qemu.clone(),
        })
    }
}

/// The busybox system, written anew only when it differs.
pub fn default_initrd(tool: &Tool) -> Result<PathBuf> {
    tool.project.make_output_dir()?;
    let path = tool.project.output("busybox.cpio");
    let archive = initrd::busybox_tree()?.to_cpio()?;
    if fs::read(&path).ok().as_deref() != Some(&archive) {
        initrd::write_atomically(&path, &archive)?;
    }
    Ok(path)
}

/// Runs the machine on the terminal until it ends.
pub fn boot(tool: &Tool, options: &MachineOptions) -> Result<ExitCode> {
    tool.project.make_output_dir()?;
    // A second machine beside this one keeps its console elsewhere.
    let lock = File::create(tool.project.output("console.lock")).context("cannot make console.lock")?;
    let log = tool.project.output(match lock.try_lock() {
        Ok(()) => "console.log".to_owned(),
        Err(_) => format!("console.{}.log", std::process::id()),
    });
    let machine = options.machine(tool, Serial::Terminal { log: log.clone() })?;
    if rustix::termios::isatty(rustix::stdio::stdin()) {
        eprintln!("ferrogate: starting QEMU; leave it with Ctrl-A X, or `poweroff` in the guest");
    }
    let status = {
        let _terminal = TerminalGuard::save();
        Guarded::spawn_in_foreground(&mut machine.command())?.wait()?
    };
    let console =
        fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    report_end(End::of(status), &console, &machine.kernel)
}

/// Says how the machine ended where that was not as it should; the exit code tells a script.
fn report_end(end: End, console: &str, kernel: &Path) -> Result<ExitCode> {
    let panicked = match end {
        End::Clean => qemu::says_panic(console),
        End::Panic(_) => true,
        End::Failed(_) => false,
    };
    if panicked {
        let trace = backtrace::resolve(console, kernel)?;
        if !trace.is_empty() {
            eprintln!("\nferrogate: the backtrace with file and line:\n{trace}");
        }
    }
    match end {
        End::Clean if panicked => eprintln!("ferrogate: the guest kernel panicked"),
        End::Clean => return Ok(ExitCode::SUCCESS),
        End::Panic(value) => eprintln!("ferrogate: the guest kernel panicked (debug exit {value})"),
        End::Failed(status) => {
            eprintln!("ferrogate: QEMU ended with {status}; its message, if any, stands above");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::FAILURE)
}
