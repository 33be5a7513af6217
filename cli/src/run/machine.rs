//! The machine of a run: QEMU's command line, and the sockets that connect its ports with the tool. Everything that
//! QEMU gets of us it inherits as a descriptor, so there is no directory or file to be removed.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio as ProcessStdio};

use anyhow::{Context, Result};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{FdFlags, fcntl_setfd};

use super::description::shares;
use super::plan::Plan;
use crate::accel::Accel;
use crate::explain::{SOCKET_VARIABLE, debug_arguments};
use crate::qemu::{DEBUG_EXIT_PORT, MachineType, QEMU, concat, escape};
use crate::reap::{self, Guarded};

/// What the machine is made of.
pub struct Spec {
    /// Number of processors.
    pub cpus: u32,
    /// Memory, in QEMU's notation.
    pub mem: String,
    /// How it is executed.
    pub accel: Accel,
    /// QEMU's machine type.
    pub machine: MachineType,
    /// The kernel.
    pub kernel: PathBuf,
    /// Let the kernel say all it has to say.
    pub verbose: bool,
}

/// A running machine and our ends of its connections.
pub struct Running {
    /// The process.
    pub qemu: Guarded,
    /// The first program's port.
    pub control: UnixStream,
    /// The ports of the streams that have one.
    pub streams: [Option<UnixStream>; 3],
    /// The terminal, if the guest has one.
    pub terminal: Option<UnixStream>,
    /// The kernel's console.
    pub console: UnixStream,
    /// QEMU's own messages.
    pub errors: io::PipeReader,
}

/// Starts the machine. The thread that calls this must live as long as it.
pub fn start(spec: &Spec, plan: &Plan, initrd: &[u8], with_terminal: bool) -> Result<Running> {
    let mut qemu = Qemu { command: reap::command(QEMU), inherited: Vec::new() };
    let initrd = qemu.file("ferrogate-initrd", initrd)?;
    qemu.base(spec, &initrd);
    qemu.share("root", &plan.root, true, spec.machine);
    for (tag, path) in shares(&plan.rw) {
        qemu.share(&tag, path, false, spec.machine);
    }
    let console = qemu.socket("console")?;
    qemu.args(["-serial", "chardev:console"]);
    qemu.device("virtio-serial", spec.machine, ",id=ports,max_ports=8");
    let terminal = if with_terminal {
        let socket = qemu.socket("terminal")?;
        qemu.args(["-device", "virtconsole,chardev=terminal,nr=0"]);
        Some(socket)
    } else {
        None
    };
    let control = qemu.port("control", 1)?;
    let mut streams = [None, None, None];
    for (i, name) in ["stdin", "stdout", "stderr"].into_iter().enumerate() {
        if plan.stdio.has_port(i) {
            streams[i] = Some(qemu.port(name, 2 + i)?);
        }
    }
    qemu.device("virtio-rng", spec.machine, "");
    // `explain` wants to follow this machine.
    if let Some(socket) = std::env::var_os(SOCKET_VARIABLE) {
        qemu.command.args(debug_arguments(Path::new(&socket)));
    }
    let (errors, writer) = io::pipe().context("cannot make a pipe")?;
    qemu.command.stdin(ProcessStdio::null()).stdout(ProcessStdio::null()).stderr(writer);
    let running = Guarded::spawn(&mut qemu.command)?;
    Ok(Running { qemu: running, control, streams, terminal, console, errors })
}

struct Qemu {
    command: Command,
    /// What the child has; ours are closed when it runs, so that its end is seen as an end.
    inherited: Vec<Inherited>,
}

#[expect(dead_code, reason = "held open until QEMU runs")]
enum Inherited {
    Socket(UnixStream),
    File(File),
}

impl Qemu {
    fn args<'a>(&mut self, args: impl IntoIterator<Item = &'a str>) {
        self.command.args(args);
    }

    fn base(&mut self, spec: &Spec, initrd: &str) {
        self.args(["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none", "-monitor", "none"]);
        self.args(["-M", spec.machine.name(), "-m", &spec.mem, "-smp", &spec.cpus.to_string()]);
        self.args(spec.accel.qemu_args());
        if spec.machine == MachineType::Microvm {
            // The transport as the current specification has it.
            self.args(["-global", "virtio-mmio.force-legacy=false"]);
        } else {
            // It starts in a fraction of the time that the usual firmware takes.
            self.args(["-bios", "qboot.rom"]);
        }
        self.args(["-device", &format!("isa-debug-exit,iobase={DEBUG_EXIT_PORT:#x},iosize=0x04")]);
        self.command.arg("-kernel").arg(&spec.kernel);
        let quiet = if spec.verbose { "" } else { " quiet" };
        self.args(["-initrd", initrd, "-append", &format!("console=ttyS0 panic=-1{quiet}")]);
    }

    /// A virtio device on the machine's bus.
    fn device(&mut self, name: &str, machine: MachineType, options: &str) {
        // On PCI, without the interface from before virtio 1.0.
        let bus = if machine == MachineType::Microvm { "device" } else { "pci-non-transitional" };
        self.args(["-device", &format!("{name}-{bus}{options}")]);
    }

    fn share(&mut self, tag: &str, path: &Path, read_only: bool, machine: MachineType) {
        let read_only = if read_only { ",readonly=on" } else { "" };
        let options = format!("local,id={tag},security_model=none,multidevs=remap{read_only},path=");
        self.command.arg("-fsdev").arg(concat(&options, escape(path)));
        self.device("virtio-9p", machine, &format!(",fsdev={tag},mount_tag={tag}"));
    }

    /// A character device that is a socket to us; our end.
    fn socket(&mut self, id: &str) -> Result<UnixStream> {
        let (ours, theirs) = UnixStream::pair().context("cannot make a socket")?;
        let fd = self.inherit(&theirs)?;
        self.args(["-chardev", &format!("socket,id={id},fd={fd}")]);
        self.inherited.push(Inherited::Socket(theirs));
        Ok(ours)
    }

    fn port(&mut self, name: &str, number: usize) -> Result<UnixStream> {
        let socket = self.socket(name)?;
        self.args(["-device", &format!("virtserialport,chardev={name},nr={number},name=ferrogate.{name}")]);
        Ok(socket)
    }

    /// A file in memory; its name for QEMU.
    fn file(&mut self, name: &str, bytes: &[u8]) -> Result<String> {
        let fd = memfd_create(name, MemfdFlags::CLOEXEC).context("cannot make a file in memory")?;
        let mut file = File::from(fd);
        file.write_all(bytes).and_then(|()| file.rewind()).context("cannot write a file in memory")?;
        let name = format!("/proc/self/fd/{}", self.inherit(&file)?);
        self.inherited.push(Inherited::File(file));
        Ok(name)
    }

    /// Lets the child have the descriptor under the same number.
    fn inherit(&self, fd: &(impl AsFd + AsRawFd)) -> Result<i32> {
        fcntl_setfd(fd, FdFlags::empty()).context("cannot pass on a descriptor")?;
        Ok(fd.as_raw_fd())
    }
}

/// All that QEMU said.
pub fn read_errors(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}
