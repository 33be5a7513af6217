//! Session files: a boot, what is typed at its console and what must appear there.
//!
//! One directive a line; `#` begins a comment line. First what is booted, with the defaults of a test machine:
//!
//! | directive | meaning |
//! | --- | --- |
//! | `cpus N`, `mem SIZE`, `machine pc\|q35\|microvm`, `append WORDS` | the machine |
//! | `qemu ARGUMENTS` | added to QEMU's command line |
//! | `singlestep` | on Ferrogate interrupts may come between any two instructions, and all takes many times as long |
//! | `share TAG` | an empty directory of the host, exported by 9P for reading and writing |
//! | `port NAME` | a `chardev` of this name for `qemu -device`, whose other end the talk plays |
//! | `modules NAME…` | of Debian's kernel, in `/modules` |
//! | `initrd KIND` | `busybox` (the default), `busybox.gz`, `none`, `no-init`, `garbage`, `broken-gzip`, `truncated` |
//! | `file PATH MODE <<END` … `END` | a file in the initial file system |
//! | `program PATH SOURCE.c [i386\|x32]` | a program compiled from `guest/SOURCE.c`, 64-bit if nothing is said |
//! | `only ferrogate` | Linux answers otherwise, and that is no fault |
//! | `debug` | on Ferrogate with the kernel of `build --debug`, which checks the order of locks |
//! | `long` | only under `--long` |
//!
//! then the talk, in order:
//!
//! | directive | meaning |
//! | --- | --- |
//! | `within SECONDS` | the deadline of each wait that follows (60) |
//! | `expect PATTERN` | wait until the pattern (a regular expression, `^` and `$` at lines) appears |
//! | `same PATTERN` | as `expect`, and what matches must be the same on Linux and on Ferrogate |
//! | `reject PATTERN` | it must not have appeared between the last two matches |
//! | `send TEXT` | type the text and Enter |
//! | `type TEXT` | type the text alone, with `\xNN`, `\t`, `\n`, `\e`, `\s` (a blank) and `\\` |
//! | `host NAME connect` \| `close` | be at the other end of the port, or leave it |
//! | `host NAME expect PATTERN` \| `type TEXT` | the same there; `\n` is a newline |
//! | `end off` \| `end panic` | the machine ends: by power-off or reboot, by a kernel panic |

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use regex_lite::Regex;

use crate::console::pattern;
use crate::guest::Abi;
use crate::qemu::{MachineType, parse_mem};

/// What the initial file system of a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum InitrdKind {
    /// The busybox system.
    #[default]
    Busybox,
    /// The same, compressed.
    BusyboxGz,
    /// None at all.
    None,
    /// An archive without `/init`.
    NoInit,
    /// Bytes that are no archive.
    Garbage,
    /// A gzip header, then nonsense.
    BrokenGzip,
    /// The busybox system, cut in the middle of a file.
    Truncated,
}

impl InitrdKind {
    fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "busybox" => Self::Busybox,
            "busybox.gz" => Self::BusyboxGz,
            "none" => Self::None,
            "no-init" => Self::NoInit,
            "garbage" => Self::Garbage,
            "broken-gzip" => Self::BrokenGzip,
            "truncated" => Self::Truncated,
            _ => bail!("no initrd kind {name:?}"),
        })
    }
}

/// One step of the talk.
#[derive(Clone, Debug)]
pub enum Step {
    /// Seconds for each later wait.
    Within(u64),
    /// Wait for it.
    Expect(Regex),
    /// Wait for it; it must be the same on all kernels.
    Same(Regex),
    /// Not in what the last wait passed over.
    Reject(Regex),
    /// Type these bytes.
    Type(Vec<u8>),
    /// At the host's end of a port.
    Host(String, HostStep),
    /// The machine powers off or reboots.
    EndOff,
    /// The kernel panics.
    EndPanic,
}

/// What is done at the host's end of a port.
#[derive(Clone, Debug)]
pub enum HostStep {
    /// Connect to it.
    Connect,
    /// Wait for it.
    Expect(Regex),
    /// Send these bytes.
    Type(Vec<u8>),
    /// Disconnect.
    Close,
}

/// A file to be put into the initial file system.
#[derive(Clone, Debug, PartialEq)]
pub enum Extra {
    /// Path, permissions, content.
    File(String, u32, String),
    /// Path, the source under `guest/`, and what it is built for.
    Program(String, String, Abi),
}

/// A parsed session file.
#[derive(Clone, Debug)]
pub struct Script {
    /// Processors.
    pub cpus: u32,
    /// Memory.
    pub mem: String,
    /// Machine type.
    pub machine: MachineType,
    /// Added to the kernel's command line.
    pub append: String,
    /// Added to QEMU's command line.
    pub qemu: Vec<String>,
    /// QEMU translates one instruction at a time on Ferrogate.
    pub singlestep: bool,
    /// Mount tags of directories that are exported.
    pub shares: Vec<String>,
    /// Character devices that the talk has the other end of.
    pub ports: Vec<String>,
    /// Modules for Debian's kernel.
    pub modules: Vec<String>,
    /// The initial file system.
    pub initrd: InitrdKind,
    /// What is added to it.
    pub extras: Vec<Extra>,
    /// Not on Linux.
    pub only_ferrogate: bool,
    /// On the kernel with debug assertions.
    pub debug: bool,
    /// Only under `--long`.
    pub long: bool,
    /// The talk, each step with its line number.
    pub steps: Vec<(usize, Step)>,
}

impl Script {
    /// Reads a session file.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    /// Reads the text of one.
    pub fn parse(text: &str) -> Result<Self> {
        let mut script = Self {
            cpus: 2,
            mem: "512M".into(),
            machine: MachineType::default(),
            append: String::new(),
            qemu: Vec::new(),
            singlestep: false,
            shares: Vec::new(),
            ports: Vec::new(),
            modules: Vec::new(),
            initrd: InitrdKind::default(),
            extras: Vec::new(),
            only_ferrogate: false,
            debug: false,
            long: false,
            steps: Vec::new(),
        };
        let mut lines = text.lines().zip(1..);
        while let Some((line, number)) = lines.next() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let context = || format!("line {number}");
            if let Some((head, end)) = rest.split_once("<<").filter(|_| word == "file") {
                let mut words = head.split_whitespace();
                let path = words.next().with_context(context)?.trim_start_matches('/').to_owned();
                let mode = u32::from_str_radix(words.next().unwrap_or("644"), 8).with_context(context)?;
                let body = lines.by_ref().map(|(l, _)| l).take_while(|l| l.trim() != end.trim());
                let content = body.map(|l| format!("{l}\n")).collect();
                script.extras.push(Extra::File(path, mode, content));
            } else if !script.set_up(word, rest).with_context(context)? {
                script.steps.push((number, step(word, rest).with_context(context)?));
            }
        }
        Ok(script)
    }

    /// Takes in a directive about the machine; whether it was one.
    fn set_up(&mut self, word: &str, rest: &str) -> Result<bool> {
        match (word, rest) {
            ("cpus", n) => self.cpus = n.parse().context("cpus: no number")?,
            ("mem", size) => self.mem = parse_mem(size).map_err(anyhow::Error::msg)?,
            ("machine", name) => {
                self.machine = MachineType::from_str(name, true).map_err(anyhow::Error::msg)?
            }
            ("append", words) => self.append = words.to_owned(),
            ("qemu", words) => self.qemu.extend(words.split_whitespace().map(str::to_owned)),
            ("share", tag) => self.shares.push(tag.to_owned()),
            ("port", name) => self.ports.push(name.to_owned()),
            ("modules", names) => self.modules.extend(names.split_whitespace().map(str::to_owned)),
            ("initrd", kind) => self.initrd = InitrdKind::parse(kind)?,
            ("program", words) => {
                let mut words = words.split_whitespace();
                let (Some(path), Some(source)) = (words.next(), words.next()) else {
                    bail!("program PATH SOURCE.c");
                };
                let abi = match words.next() {
                    None => Abi::X86_64,
                    Some("i386") => Abi::I386,
                    Some("x32") => Abi::X32,
                    Some(other) => bail!("no ABI {other:?}"),
                };
                self.extras.push(Extra::Program(path.trim_start_matches('/').into(), source.into(), abi));
            }
            ("only", "ferrogate") => self.only_ferrogate = true,
            ("singlestep", "") => self.singlestep = true,
            ("debug", "") => self.debug = true,
            ("long", "") => self.long = true,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn step(word: &str, rest: &str) -> Result<Step> {
    Ok(match (word, rest) {
        ("within", seconds) => Step::Within(seconds.parse().context("within: no number of seconds")?),
        ("expect", text) => Step::Expect(pattern(text)?),
        ("same", text) => Step::Same(pattern(text)?),
        ("reject", text) => Step::Reject(pattern(text)?),
        ("send", text) => Step::Type(format!("{text}\r").into_bytes()),
        ("type", text) => Step::Type(unescape(text)?),
        ("host", what) => {
            let (name, what) = what.split_once(' ').context("host NAME STEP")?;
            Step::Host(name.to_owned(), host_step(what)?)
        }
        ("end", "off") => Step::EndOff,
        ("end", "panic") => Step::EndPanic,
        _ => bail!("no directive `{word} {rest}`"),
    })
}

fn host_step(what: &str) -> Result<HostStep> {
    let (word, rest) = what.split_once(' ').unwrap_or((what, ""));
    Ok(match (word, rest) {
        ("connect", "") => HostStep::Connect,
        ("expect", text) => HostStep::Expect(pattern(text)?),
        ("type", text) => {
            // What is typed on a keyboard ends lines with a carriage return; a stream has newlines.
            let bytes = unescape(text)?;
            HostStep::Type(bytes.into_iter().map(|byte| if byte == b'\r' { b'\n' } else { byte }).collect())
        }
        ("close", "") => HostStep::Close,
        _ => bail!("no step `{what}` at the host's end"),
    })
}

fn unescape(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            bytes.extend(c.to_string().bytes());
            continue;
        }
        bytes.push(match rest.next() {
            Some('t') => b'\t',
            Some('n') => b'\r',
            Some('e') => 0x1b,
            Some('s') => b' ',
            Some('\\') => b'\\',
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).with_context(|| format!("bad escape \\x{digits}"))?
            }
            other => bail!("bad escape \\{}", other.unwrap_or(' ')),
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        let text = "# a comment\ncpus 1\nmem 64M\nqemu -cpu qemu64\ninitrd busybox.gz\nfile /a/b 755 <<EOF\n#!/bin/sh\n echo\nEOF\n\
                    program /bin/hi programs/hi.c\nwithin 5\nexpect # $\nsend ls\ntype \\x03\\e[D\nend off\n";
        let script = Script::parse(text).unwrap();
        assert_eq!((script.cpus, script.mem.as_str(), script.initrd), (1, "64M", InitrdKind::BusyboxGz));
        assert_eq!(script.extras[0], Extra::File("a/b".into(), 0o755, "#!/bin/sh\n echo\n".into()));
        assert_eq!(script.extras[1], Extra::Program("bin/hi".into(), "programs/hi.c".into(), Abi::X86_64));
        assert_eq!(script.qemu, ["-cpu", "qemu64"]);
        assert_eq!(script.steps.len(), 5);
        assert!(matches!(&script.steps[2].1, Step::Type(bytes) if bytes == b"ls\r"));
        assert!(matches!(&script.steps[3].1, Step::Type(bytes) if bytes == b"\x03\x1b[D"));
    }

    #[test]
    fn ports() {
        let text = "port a\nport b\nmodules virtio virtio_console\nhost a connect\nhost b expect ^x\n\
                    host b type hi\\n\nhost a close\n";
        let script = Script::parse(text).unwrap();
        assert_eq!((script.ports, script.modules.len()), (vec!["a".to_owned(), "b".to_owned()], 2));
        assert!(matches!(&script.steps[0].1, Step::Host(name, HostStep::Connect) if name == "a"));
        assert!(matches!(&script.steps[2].1, Step::Host(_, HostStep::Type(bytes)) if bytes == b"hi\n"));
        assert!(Script::parse("host a dance").is_err());
    }

    #[test]
    fn errors_name_the_line() {
        let error = |text: &str| format!("{:#}", Script::parse(text).unwrap_err());
        assert!(error("\nexpect (\n").contains("line 2"));
        assert!(error("nonsense here\n").contains("nonsense here"));
        assert!(error("initrd floppy\n").contains("floppy"));
    }
}
