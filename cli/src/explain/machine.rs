//! The machines in which calls are recorded: one that runs the built-in program as its first, and one like `run`'s.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::images::{self, Image};
use super::programs::{self, Door};
use super::record::{self, End, Trace};
use super::remote::Remote;
use super::{Options, Subject, doors};
use crate::Context as Tool;
use crate::initrd::Tree;
use crate::qemu::{self, Machine, Serial};
use crate::reap::{self, Guarded};

/// A fixed machine, so that the same call is the same instructions; string instructions as in `bench`.
const SETTING: &[&str] = &["-seed", "1", "-rtc", "base=2024-01-01T00:00:00,clock=vm"];
const PROCESSOR: &str = "max,-erms,-fsrm";
/// Passed to `run`, which this command starts for a program of the user's: where QEMU is to have its debug socket.
pub const SOCKET_VARIABLE: &str = "FERROGATE_DEBUG_SOCKET";

/// What is added to QEMU's command line for a machine that halts and waits for a debugger.
pub fn debug_arguments(socket: &Path) -> Vec<std::ffi::OsString> {
    let chardev = qemu::concat("socket,id=gdb,server=on,wait=off,path=", qemu::escape(socket));
    let mut words: Vec<std::ffi::OsString> = vec!["-S".into(), "-chardev".into(), chardev];
    words.extend(["-gdb", "chardev:gdb"].map(Into::into));
    words
}

/// Records the built-in program's call.
pub fn built_in(tool: &Tool, subject: &mut Subject, options: &Options) -> Result<Trace> {
    let trace = built_in_with(tool, subject, options, false)?;
    if trace.end != End::NoCall || trace.vdso.is_some() {
        return Ok(trace);
    }
    // The C library's function makes another call for that.
    let name = &subject.row.name;
    if options.call_in_c.is_some() {
        bail!(
            "what --as says came back without having called {name}; __libcall_{name}(…) makes that very call"
        );
    }
    let trace = built_in_with(tool, subject, options, true)?;
    if trace.end == End::NoCall && trace.vdso.is_none() {
        bail!("the program came back without having called {}", subject.row.name);
    }
    Ok(trace)
}

fn built_in_with(tool: &Tool, subject: &mut Subject, options: &Options, wrapper: bool) -> Result<Trace> {
    let project = &tool.project;
    let (binary, source) = programs::build(project, subject, options.call_in_c.as_deref(), wrapper)?;
    let program = Image::load(&binary, 0)?;
    let start = program.address_of(programs::THE_CALL).context("the built-in program has no call")?;
    subject.programs = vec![program];
    subject.source = Some(source);
    let mut tree = Tree::new();
    for dir in ["dev", "tmp"] {
        tree.dir(dir);
    }
    tree.char_device("dev/console", 0o600, 5, 1).file("etc/passwd", 0o644, "root:x:0:0:root:/:/bin/sh\n");
    tree.program("init", &binary)?;
    let pid = std::process::id();
    let initrd = tree.write(project.output(format!("explain.{pid}.cpio")))?;
    let socket = Socket::new();
    let mut machine = Machine::new(&subject.kernel.path);
    machine.cpus = 1;
    machine.initrd = Some(initrd.path().to_owned());
    machine.append = "console=ttyS0 quiet panic=-1".to_owned();
    machine.serial = Serial::File("/dev/null".into());
    machine.extra = SETTING.iter().map(|word| (*word).to_owned()).collect();
    let vendor = if subject.door == Door::Sysenter { ",vendor=GenuineIntel" } else { "" };
    machine.extra.extend(["-cpu".to_owned(), format!("{PROCESSOR}{vendor}")]);
    let mut command = machine.command();
    command.args(debug_arguments(&socket.0)).stdin(Stdio::null());
    let mut qemu = Guarded::spawn(&mut command)?;
    let mut remote = connect(&socket, &mut qemu)?;
    remote.within(Duration::from_secs(options.timeout));
    let msrs = record::boot(&mut remote, &subject.kernel, &[start]).with_context(|| {
        let name = subject.abi.name();
        format!("the built-in program never came to its call; does this kernel run {name} programs?")
    })?;
    let trace = record::record(subject, &mut remote, Vec::new())?;
    Ok(Trace { msrs, ..trace })
}

/// The debug socket's path; it goes when this does.
struct Socket(PathBuf);

impl Socket {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("ferrogate-explain-{}.sock", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn connect(socket: &Socket, qemu: &mut Guarded) -> Result<Remote> {
    Remote::connect(&socket.0, Duration::from_secs(20), &mut || match qemu
        .wait_until(std::time::Instant::now())?
    {
        Some(status) => bail!("the machine did not start ({status}); the message stands above"),
        None => Ok(()),
    })
}

/// Records a call of the user's program, which `run` starts.
pub fn users(subject: &mut Subject, options: &Options) -> Result<Trace> {
    let name = options.program.first().context("there is no program")?.as_bytes().to_vec();
    let program = in_path(&name);
    if !program.is_file() {
        bail!("{}: No such program", String::from_utf8_lossy(&name));
    }
    let socket = Socket::new();
    let exe = std::env::current_exe().context("cannot find this tool itself")?;
    let mut command = reap::command(exe);
    command.args(["run", "--accel", "tcg", "--cpus", "1", "--kernel"]).arg(&subject.kernel.path);
    command.arg("--").args(&options.program).env(SOCKET_VARIABLE, &socket.0).stdin(Stdio::null());
    // The program's output is not what is asked for.
    command.stdout(Stdio::null());
    let mut run = Guarded::spawn(&mut command)?;
    let mut remote = connect(&socket, &mut run)?;
    remote.within(Duration::from_secs(options.timeout));
    let stops: Vec<u64> = ["entry_SYSCALL_64", "entry_SYSCALL_64_pti"]
        .into_iter()
        .filter_map(|name| subject.kernel.address_of(name))
        .collect();
    let msrs = record::boot(&mut remote, &subject.kernel, &stops)?;
    let outside = doors::find(&mut remote, subject, &msrs, options)?;
    subject.programs.extend(images::around(&mut remote, &program, outside.ip)?);
    if subject.programs.is_empty() {
        subject.programs.extend(record::vdso_around(&mut remote, &subject.kernel, outside.ip)?);
    }
    let before = record::before(subject, &mut remote, &outside)?;
    let trace = record::record(subject, &mut remote, before);
    run.kill();
    Ok(Trace { msrs, ..trace? })
}

fn in_path(name: &[u8]) -> PathBuf {
    let name = OsStr::from_bytes(name);
    if name.as_bytes().contains(&b'/') {
        return PathBuf::from(name);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| name.into())
}
