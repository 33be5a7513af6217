//! `gdb`: a machine halted before its first instruction, and a debugger that knows the kernel's symbols.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::Context as Tool;
use crate::boot::MachineOptions;
use crate::project::Project;
use crate::qemu::{self, Machine, Serial};
use crate::reap::{self, Guarded, TerminalGuard};

/// What `gdb` is asked to do.
#[derive(Args, Debug)]
pub struct Options {
    /// Run this gdb script instead of a prompt; the exit status is gdb's
    #[arg(long, value_name = "SCRIPT")]
    batch: Option<PathBuf>,
    /// Seconds that a script may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "batch")]
    timeout: u64,
    #[command(flatten)]
    machine: MachineOptions,
}

/// What a script run came to.
#[derive(Debug)]
pub struct Batch {
    /// What gdb printed, both streams.
    pub output: String,
    /// gdb's end; `None` if the deadline came first.
    pub status: Option<ExitStatus>,
}

/// A machine that waits for a debugger on a socket.
pub struct Halted {
    qemu: Guarded,
    socket: PathBuf,
    /// The guest's console.
    pub console: PathBuf,
    kernel: PathBuf,
}

impl Halted {
    /// Starts the machine, its console in a file, and waits until the debugger can connect.
    pub fn start(project: &Project, mut machine: Machine, console: PathBuf) -> Result<Self> {
        let socket = std::env::temp_dir().join(format!("ferrogate-gdb-{}.sock", std::process::id()));
        let _ = std::fs::remove_file(&socket);
        machine.serial = Serial::File(console.clone());
        let mut command = machine.command();
        command
            .arg("-S")
            .arg("-chardev")
            .arg(qemu::concat("socket,id=gdb,server=on,wait=off,path=", qemu::escape(&socket)));
        command.args(["-gdb", "chardev:gdb"]).stdin(Stdio::null()).current_dir(&project.root);
        let mut qemu = Guarded::spawn(&mut command)?;
        let deadline = Instant::now() + Duration::from_secs(20);
        while !socket.exists() {
            if let Some(status) = qemu.wait_until(Instant::now() + Duration::from_millis(20))? {
                bail!("QEMU did not start ({status}); its message stands above");
            }
            if Instant::now() > deadline {
                bail!("QEMU did not open its debug socket {}", socket.display());
            }
        }
        Ok(Self { qemu, socket, console, kernel: machine.kernel })
    }

    fn gdb(&self, project: &Project) -> Command {
        let mut gdb = reap::command("gdb");
        gdb.current_dir(&project.root).args(["-q", "-nx"]).args(["-ex", "set pagination off"]);
        gdb.args(["-ex", "set confirm off", "-ex", "set width 0"]);
        // Published walks speak C (`p *sys_call_table`, `p regs->orig_ax`); `set language auto` brings Rust back.
        gdb.args(["-ex", "set language c"]);
        gdb.args(["-ex", &format!("target remote {}", self.socket.display())]);
        gdb
    }

    /// Runs a gdb script to its end, at most for `timeout`.
    pub fn batch(&self, project: &Project, script: &Path, timeout: Duration) -> Result<Batch> {
        let log = project.output(format!("gdb.{}.log", std::process::id()));
        let file = std::fs::File::create(&log).with_context(|| format!("cannot make {}", log.display()))?;
        let mut gdb = self.gdb(project);
        gdb.arg("-batch").arg("-x").arg(script).arg(&self.kernel);
        gdb.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let mut gdb = Guarded::spawn(&mut gdb)?;
        let status = gdb.wait_until(Instant::now() + timeout)?;
        gdb.kill();
        let output = String::from_utf8_lossy(&std::fs::read(&log).unwrap_or_default()).into_owned();
        let _ = std::fs::remove_file(&log);
        Ok(Batch { output, status })
    }
}

impl Drop for Halted {
    fn drop(&mut self) {
        self.qemu.kill();
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// The command.
pub fn run(tool: &Tool, options: &Options) -> Result<ExitCode> {
    let project = &tool.project;
    // The caller's directory is where a relative script path begins; gdb runs in the root, where the sources are.
    let batch = match &options.batch {
        Some(path) => Some(path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?),
        None => None,
    };
    project.make_output_dir()?;
    let console = project.output("gdb-console.log");
    let mut machine = options.machine.machine(tool, Serial::File(console.clone()))?;
    machine.kernel = machine.kernel.canonicalize().context("the kernel")?;
    machine.initrd = machine.initrd.map(|path| path.canonicalize().unwrap_or(path));
    let halted = Halted::start(project, machine, console)?;
    let Some(script) = batch else {
        eprintln!("ferrogate: the guest's console goes to {}", project.show(&halted.console));
        let _terminal = TerminalGuard::save();
        let mut gdb = halted.gdb(project);
        let status = Guarded::spawn_in_foreground(gdb.arg(&halted.kernel))?.wait()?;
        return Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    };
    let result = halted.batch(project, &script, Duration::from_secs(options.timeout))?;
    print!("{}", result.output);
    match result.status {
        None => bail!("the script was not done after {} s; gdb and QEMU were stopped", options.timeout),
        Some(status) => Ok(ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1))),
    }
}
