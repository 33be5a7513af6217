//! The machines in which calls are recorded: one that runs the built-in program as its first, and one like `run`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use abi_gen::Abi;
use anyhow::{Context, Result, bail};

use super::images::Image;
use super::record::{self, Msr, Step, Trace};
use super::remote::{Registers, Remote};
use super::{Options, Subject, programs};
use crate::Context as Tool;
use crate::initrd::Tree;
use crate::qemu::{self, Machine, Serial};
use crate::reap::{self, Guarded};

/// A fixed machine, so that the same call is the same instructions; string instructions as in `bench`.
const SETTING: &[&str] =
    &["-cpu", "max,-erms,-fsrm", "-seed", "1", "-rtc", "base=2024-01-01T00:00:00,clock=vm"];
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
pub fn built_in(tool: &Tool, subject: &mut Subject, timeout: u64) -> Result<Trace> {
    let project = &tool.project;
    let (binary, source) = programs::build(project, subject.abi, &subject.row)?;
    let program = Image::load(&binary, 0)?;
    let start = program.address_of(programs::THE_CALL).context("the built-in program has no call")?;
    subject.programs.push(program);
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
    let mut command = machine.command();
    command.args(debug_arguments(&socket.0)).stdin(Stdio::null());
    let mut qemu = Guarded::spawn(&mut command)?;
    let mut remote = connect(&socket, &mut qemu)?;
    remote.within(Duration::from_secs(timeout));
    let msrs = record::boot(&mut remote, &subject.kernel, start).with_context(|| {
        let name = subject.abi.name();
        format!("the built-in program never came to its call; does this kernel run {name} programs?")
    })?;
    finish(subject, &mut remote, msrs, Vec::new())
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

fn finish(
    subject: &Subject,
    remote: &mut Remote,
    msrs: BTreeMap<u32, Msr>,
    before: Vec<Step>,
) -> Result<Trace> {
    let table = subject.kernel.address_of(subject.table);
    let (steps, door) = record::record(remote, &subject.kernel, table, before)?;
    Ok(Trace { steps, msrs, door })
}

/// Records a call of the user's program, which `run` starts.
pub fn users(subject: &mut Subject, options: &Options) -> Result<Trace> {
    let socket = Socket::new();
    let exe = std::env::current_exe().context("cannot find this tool itself")?;
    let mut command = reap::command(exe);
    command.args(["run", "--accel", "tcg", "--cpus", "1", "--kernel"]).arg(&subject.kernel.path);
    command.arg("--").args(&options.program).env(SOCKET_VARIABLE, &socket.0).stdin(Stdio::null());
    // The program's output is not what is asked for.
    command.stdout(Stdio::null());
    if subject.abi == Abi::I386 {
        bail!("a program of yours is followed through the 64-bit door only; leave PROGRAM out for i386");
    }
    let mut run = Guarded::spawn(&mut command)?;
    let mut remote = connect(&socket, &mut run)?;
    remote.within(Duration::from_secs(options.timeout));
    let door = subject.kernel.address_of("entry_SYSCALL_64").context("the kernel has no door")?;
    let msrs = record::boot(&mut remote, &subject.kernel, door)?;
    let door = msrs.get(&0xc000_0082).map_or(door, |msr| msr.value);
    let name = options.program.first().map(|name| name.as_bytes().to_vec()).unwrap_or_default();
    let site = find(&mut remote, subject, door, options, &name)?;
    subject.programs = images(&mut remote, tool_path(&name), &site)?;
    let before = record::before(subject, &mut remote, &site)?;
    let trace = finish(subject, &mut remote, msrs, before);
    run.kill();
    trace
}

fn tool_path(name: &[u8]) -> PathBuf {
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

/// Lets the program run to the wanted call; the registers at the kernel's first instruction.
fn find(
    remote: &mut Remote,
    subject: &Subject,
    door: u64,
    options: &Options,
    name: &[u8],
) -> Result<Registers> {
    let bit = if subject.abi == Abi::X32 { 1 << 30 } else { 0 };
    let wanted = u64::from(subject.row.number | bit);
    // Who has made calls before the program was started is not the program. Page tables tell them apart; the bits below
    // are not part of their address.
    let (mut others, mut program) = (BTreeSet::new(), BTreeSet::new());
    let (mut executes, mut count) = (false, 0);
    loop {
        let registers = remote.registers()?;
        let (number, tables) = (registers.get("eax"), registers.cr3 & !0x1fff);
        if program.contains(&tables) || executes && !others.contains(&tables) {
            program.insert(tables);
            if number == wanted {
                count += 1;
            }
            if count == options.nth {
                return Ok(registers);
            }
        } else {
            others.insert(tables);
            executes |= matches!(number, 59 | 322);
        }
        remote.step()?;
        remote.breakpoint(door, true)?;
        remote.go_on().with_context(|| {
            let name = String::from_utf8_lossy(name).into_owned();
            format!("{name} made {count} calls of {}", subject.row.name)
        })?;
        remote.breakpoint(door, false)?;
    }
}

/// What the call was made from: the file around the instruction, found by its header in the program's memory.
fn images(remote: &mut Remote, program: PathBuf, at: &Registers) -> Result<Vec<Image>> {
    const MOST_PAGES: u64 = 8192;
    let candidates =
        [program, "/lib/x86_64-linux-gnu/libc.so.6".into(), "/lib64/ld-linux-x86-64.so.2".into()];
    let site = at.get("rcx");
    for page in (0..MOST_PAGES).map_while(|n| (site & !0xfff).checked_sub(n << 12)) {
        let Some(head) = remote.memory(page, 1024)? else { continue };
        if !head.starts_with(b"\x7fELF") {
            continue;
        }
        for path in candidates.iter().filter(|path| path.is_file()) {
            let image = Image::load(path, 0)?;
            if image.head() == head {
                let bias = page.wrapping_sub(image.first_address());
                return Ok(vec![Image::load(path, bias)?]);
            }
        }
        break;
    }
    Ok(Vec::new())
}
