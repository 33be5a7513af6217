//! A QEMU machine: what it is made of, its command line, and what its end means.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::accel::Accel;
use crate::reap;

/// The emulator.
pub const QEMU: &str = "qemu-system-x86_64";
/// The port of the device through which a guest kernel reports that it panicked.
pub const DEBUG_EXIT_PORT: u16 = 0xf4;
/// The command line that a kernel gets when the user names none.
pub const DEFAULT_APPEND: &str = "console=ttyS0 panic=-1";

/// A QEMU machine type that Ferrogate supports.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub enum MachineType {
    /// i440FX and PIIX: the oldest.
    Pc,
    /// ICH9 and PCI Express.
    #[default]
    Q35,
    /// No PCI, no legacy devices beyond a serial port: starts fastest.
    Microvm,
}

impl MachineType {
    /// As `-M` wants it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pc => "pc",
            Self::Q35 => "q35",
            Self::Microvm => "microvm",
        }
    }
}

/// What the guest's first serial port is connected to.
#[derive(Clone, Debug)]
pub enum Serial {
    /// Standard input and output as they are; nothing else.
    Stdio,
    /// The terminal, shared with QEMU's monitor (Ctrl-A C switches, Ctrl-A X quits); all output also to a file.
    Terminal { log: PathBuf },
    /// A file, output alone.
    File(PathBuf),
}

/// A machine to start.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Number of processors.
    pub cpus: u32,
    /// Memory, in QEMU's notation (`512M`).
    pub mem: String,
    /// How it is executed.
    pub accel: Accel,
    /// QEMU's machine type.
    pub machine: MachineType,
    /// The kernel: an ELF with a PVH note, or a bzImage.
    pub kernel: PathBuf,
    /// The initial file system, as the boot loader hands it over.
    pub initrd: Option<PathBuf>,
    /// The kernel's command line.
    pub append: String,
    /// The console.
    pub serial: Serial,
    /// More QEMU arguments, last.
    pub extra: Vec<String>,
}

impl Machine {
    /// A machine as the tests use it: 2 processors, 512 MiB, emulated.
    pub fn new(kernel: &Path) -> Self {
        Self {
            cpus: 2,
            mem: "512M".into(),
            accel: Accel::Tcg,
            machine: MachineType::default(),
            kernel: kernel.to_owned(),
            initrd: None,
            append: DEFAULT_APPEND.into(),
            serial: Serial::Stdio,
            extra: Vec::new(),
        }
    }

    /// The command line; to be started as a [`reap::Guarded`].
    pub fn command(&self) -> Command {
        let mut command = reap::command(QEMU);
        command.args(["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none"]);
        command.args(["-M", self.machine.name(), "-m", &self.mem, "-smp", &self.cpus.to_string()]);
        command.args(self.accel.qemu_args());
        match &self.serial {
            Serial::Stdio => command.args(["-chardev", "stdio,id=con,signal=off", "-serial", "chardev:con"]),
            Serial::Terminal { log } => command
                .arg("-chardev")
                .arg(concat("stdio,id=con,mux=on,signal=off,logappend=off,logfile=", escape(log)))
                .args(["-serial", "chardev:con", "-mon", "chardev=con,mode=readline"]),
            Serial::File(path) => command.args(["-serial", &format!("file:{}", path.display())]),
        };
        command.args(["-device", &format!("isa-debug-exit,iobase={DEBUG_EXIT_PORT:#x},iosize=0x04")]);
        command.arg("-kernel").arg(&self.kernel);
        if let Some(initrd) = &self.initrd {
            command.arg("-initrd").arg(initrd);
        }
        command.args(["-append", &self.append]).args(&self.extra);
        command
    }
}

/// A path in a QEMU option list, where a comma is doubled.
pub fn escape(path: &Path) -> OsString {
    let doubled =
        path.as_os_str().as_bytes().iter().flat_map(|b| if *b == b',' { vec![b','; 2] } else { vec![*b] });
    OsString::from_vec(doubled.collect())
}

/// The beginning of an option and the path in it.
pub fn concat(options: &str, path: OsString) -> OsString {
    let mut option = OsString::from(options);
    option.push(path);
    option
}

/// How a machine ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// It powered off or rebooted.
    Clean,
    /// The kernel wrote this value to the debug-exit port: it panicked.
    Panic(i32),
    /// QEMU itself gave up, or was killed.
    Failed(ExitStatus),
}

impl End {
    /// Reads QEMU's exit status; the debug-exit device makes it `value << 1 | 1`. QEMU's own errors are 1.
    pub fn of(status: ExitStatus) -> Self {
        match status.code() {
            Some(0) => Self::Clean,
            Some(code) if code & 1 == 1 && code > 1 => Self::Panic(code >> 1),
            _ => Self::Failed(status),
        }
    }
}

/// Whether console output says that a kernel, ours or Linux, panicked.
pub fn says_panic(console: &str) -> bool {
    console.to_ascii_lowercase().contains("kernel panic")
}

/// Checks a memory size in QEMU's notation before QEMU answers with its own, terser message.
pub fn parse_mem(text: &str) -> Result<String, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &text[digits.len()..];
    let number: u64 =
        digits.parse().map_err(|_| format!("{text:?} is no size; write for example 512M or 2G"))?;
    match suffix {
        "" | "M" | "m" | "G" | "g" | "K" | "k" if number > 0 => Ok(text.to_owned()),
        _ => Err(format!("{text:?} is no size; write for example 512M or 2G (a plain number is MiB)")),
    }
}

/// Fails with a readable message if a file that QEMU is to load is not there.
pub fn must_exist(path: &Path, what: &str) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_file() => Ok(()),
        Ok(_) => bail!("{what} {} is no file", path.display()),
        Err(error) => bail!("{what} {}: {error}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn ends() {
        let exit = |code: i32| End::of(ExitStatus::from_raw(code << 8));
        assert_eq!(exit(0), End::Clean);
        assert_eq!(exit(3), End::Panic(1));
        assert_eq!(exit(85), End::Panic(42));
        assert!(matches!(exit(1), End::Failed(_)));
        assert!(matches!(End::of(ExitStatus::from_raw(9)), End::Failed(_)));
    }

    #[test]
    fn memory_sizes() {
        assert!(parse_mem("512").is_ok() && parse_mem("2G").is_ok() && parse_mem("32m").is_ok());
        for bad in ["", "G", "0M", "12X", "-1", "1 G"] {
            assert!(parse_mem(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn command_line() {
        let mut machine = Machine::new(Path::new("/k"));
        machine.initrd = Some("/i".into());
        machine.serial = Serial::Terminal { log: "/a,b".into() };
        let args: Vec<_> = machine.command().get_args().map(|a| a.to_string_lossy().into_owned()).collect();
        let line = args.join(" ");
        assert!(line.contains("-M q35 -m 512M -smp 2 -accel tcg"), "{line}");
        assert!(line.contains("logfile=/a,,b"), "{line}");
        assert!(line.contains("-kernel /k -initrd /i -append console=ttyS0 panic=-1"), "{line}");
    }
}
