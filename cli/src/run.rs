//! `run`: a program of this machine, in a machine of its own.

mod console;
mod description;
mod first_program;
mod identity;
mod interrupt;
mod machine;
mod plan;
mod protocol;
mod session;
mod stdio;
mod streams;
mod terminal;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::accel::{Accel, AccelChoice};
use crate::qemu::{self, End, MachineType};
use crate::{Context as Tool, backtrace, kernel};
use plan::Plan;
pub use plan::take_environment;
use session::{RunEnd, Session};
use terminal::Terminal;

/// Exit code where the tool or the machine failed, not the program.
pub const FAILED: u8 = 125;
/// Exit code after `--timeout`, as timeout(1) has it.
const TIMED_OUT: u8 = 124;

/// The end of the command's help.
pub const AFTER_HELP: &str = "Examples:
  ./ferrogate run -- ls -la /etc
  echo hi | ./ferrogate run -- cat | wc -c
  ./ferrogate run --rw ~/src/app --mem 2G --cpus 2 -- make -C ~/src/app -j2
  ./ferrogate run --root /srv/debian --user 1000 -- bash";

/// What to run, and how.
#[derive(Args, Debug)]
pub struct Options {
    /// The directory that is the program's root; nothing in it is changed
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
    /// A directory in which what the program writes reaches this machine; may be given again
    #[arg(long, value_name = "DIR")]
    pub rw: Vec<PathBuf>,
    /// The program's current directory [default: this one]
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// A variable for the program's environment, which is otherwise this one; may be given again
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<OsString>,
    /// Whose rights the program has, in numbers or in names of the root's /etc/passwd [default: yours]
    #[arg(long, value_name = "UID[:GID]")]
    pub user: Option<String>,
    /// Number of processors
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub cpus: u32,
    /// Memory, for all that the program uses and writes: 512M, 2G; a plain number is MiB
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = qemu::parse_mem)]
    pub mem: String,
    /// How the machine is executed; `auto` takes KVM only after a probe has shown that it is fast here
    #[arg(long, value_enum, default_value_t)]
    pub accel: AccelChoice,
    /// End it after so many seconds, with exit code 124
    #[arg(long, value_name = "S", value_parser = parse_seconds)]
    pub timeout: Option<Duration>,
    /// Another kernel
    #[arg(long, value_name = "FILE", hide = true)]
    pub kernel: Option<PathBuf>,
    /// Modules that another kernel needs, in this order
    #[arg(long, value_name = "FILE", hide = true)]
    pub module: Vec<PathBuf>,
    /// QEMU's machine type
    #[arg(long, value_enum, default_value_t = MachineType::Microvm, hide = true)]
    pub machine: MachineType,
    /// The program, found as a shell finds it, and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    pub command: Vec<OsString>,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|s| *s > 0.0);
    seconds
        .and_then(|s| Duration::try_from_secs_f64(s).ok())
        .ok_or_else(|| format!("{text:?} is no time in seconds"))
}

/// Runs the program; every failure of ours has a message and the same exit code.
pub fn run(tool: &Tool, options: &Options) -> ExitCode {
    match try_run(tool, options) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("ferrogate: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn try_run(tool: &Tool, options: &Options) -> Result<u8> {
    let plan = Plan::new(options)?;
    let kernel = match &options.kernel {
        Some(path) => path.clone(),
        None => kernel::build(&tool.project, kernel::Profile::Release, tool.verbose)?,
    };
    qemu::must_exist(&kernel, "the kernel")?;
    let accel = options.accel.resolve(&tool.project, tool.verbose)?;
    if accel == Accel::Tcg && options.accel == AccelChoice::Auto {
        crate::accel::say_once_that_it_emulates(&tool.project);
    }
    let terminal = Terminal::of_this_process(plan.stdio);
    let foreground = plan.stdio.is_terminal(0)
        && plan.stdio.is_terminal(1)
        && terminal.as_ref().is_some_and(Terminal::is_ours);
    let look = terminal.as_ref().map(|terminal| terminal.look(foreground)).transpose()?;
    let description = description::write(&plan, &plan::hostname(), look.as_ref());
    let initrd = first_program::initrd(&tool.project, &description, &options.module)?;

    let (sender, events) = mpsc::channel();
    session::take_signals(sender.clone())?;
    let spec = machine::Spec {
        cpus: options.cpus,
        mem: options.mem.clone(),
        accel,
        machine: options.machine,
        kernel: kernel.clone(),
        verbose: tool.verbose,
    };
    let running = machine::start(&spec, &plan, &initrd, terminal.is_some())?;
    let terminal = terminal.zip(look.map(|look| look.cookie));
    let session = Session::new(running, terminal, foreground, (sender, events), tool.verbose)?;
    match session.run(options.timeout)? {
        RunEnd::Code(code) => Ok(code),
        RunEnd::MachineGone { status, errors, console, hello } => {
            let shown = if tool.verbose { "" } else { console.trim_end() };
            explain_end(status, &errors, (&console, shown), hello, &kernel)?;
            Ok(FAILED)
        }
    }
}

/// The machine ended before the program did: says why, as far as can be known. The console's text comes with the part
/// of it that is still to be shown.
fn explain_end(
    status: Option<std::process::ExitStatus>,
    errors: &str,
    (console, to_show): (&str, &str),
    hello: bool,
    kernel: &Path,
) -> Result<()> {
    let end = status.map(End::of);
    if matches!(end, Some(End::Panic(_))) || qemu::says_panic(console) {
        eprintln!("ferrogate: the guest kernel panicked\n{to_show}");
        let trace = backtrace::resolve(console, kernel)?;
        if !trace.is_empty() {
            eprintln!("ferrogate: the backtrace with file and line:\n{trace}");
        }
    } else if !hello && !errors.is_empty() {
        eprintln!("ferrogate: QEMU cannot start the machine:\n{errors}");
    } else {
        let how = match (end, status) {
            (Some(End::Clean), _) => "switched itself off or rebooted".to_owned(),
            (_, Some(status)) => format!("is gone: QEMU ended with {status}"),
            (_, None) => "is gone".to_owned(),
        };
        eprintln!("ferrogate: the machine {how}, before the program had ended\n{errors}");
    }
    Ok(())
}
