//! Guest programs in a virtual machine: one boot runs many of them, a hang or a panic costs one of them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::Context as Tool;
use crate::backtrace;
use crate::console::Console;
use crate::guest::{Program, Tags};
use crate::initrd::Tree;
use crate::qemu::{self, End, Machine};

/// How a guest program ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// With this exit status.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// Not within its time.
    Timeout,
    /// It never came to that; what was seen instead.
    Lost(String),
}

impl Ended {
    /// From a status of this machine.
    pub fn of(status: ExitStatus) -> Self {
        match status.code() {
            Some(code) => Self::Exit(code),
            None => Self::Signal(status.signal().unwrap_or(0)),
        }
    }

    fn parse(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let kind = words.next();
        match (kind, words.next().and_then(|n| n.parse().ok())) {
            (Some("exit"), Some(code)) => Self::Exit(code),
            (Some("signal"), Some(number)) => Self::Signal(number),
            (Some("timeout"), _) => Self::Timeout,
            _ => Self::Lost(format!("the runner in the guest said: {text}")),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit status {code}"),
            Self::Signal(number) => write!(f, "killed by signal {number}"),
            Self::Timeout => write!(f, "not done within its time"),
            Self::Lost(why) => write!(f, "{why}"),
        }
    }
}

/// What a guest program wrote and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Escaped as guest/init does it.
    pub output: String,
    /// Its end.
    pub ended: Ended,
}

/// How a machine with that kernel is started: [`Console::start`], or `oracle::start` for Debian's.
pub type Start<'a> = &'a dyn Fn(&Machine) -> Result<Console>;

/// The programs of a boot, built: name, binary, tags.
pub type Batch<'a> = [(&'a Program, PathBuf)];

/// Time without any output after which a booting machine is given up; Linux needs a while under emulation.
const BOOT_SILENCE: Duration = Duration::from_secs(90);
/// Added to a test's own time, for a slow host.
const GRACE: Duration = Duration::from_secs(15);
/// Boots in which something hung or panicked, after which the rest is given up.
const MAX_BAD_BOOTS: usize = 12;

/// Runs the programs under a kernel, with a new boot after each that takes the machine down.
pub fn run_all(
    tool: &Tool,
    kernel: &Path,
    start: Start<'_>,
    init: &Path,
    batch: &Batch<'_>,
) -> Result<BTreeMap<String, Run>> {
    let mut results = BTreeMap::new();
    let mut left: Vec<&(&Program, PathBuf)> = batch.iter().collect();
    left.sort_by_key(|(program, _)| (program.tags.last, !program.tags.slow));
    for boot in 0.. {
        if left.is_empty() {
            break;
        }
        let (runs, trouble) = boot_once(tool, kernel, start, init, &left)?;
        let progress = !runs.is_empty();
        results.extend(runs);
        left.retain(|(program, _)| !results.contains_key(&program.name));
        if !progress || boot + 1 == MAX_BAD_BOOTS {
            let why = trouble.unwrap_or_else(|| "the runner in the guest left it out".into());
            let lost = |name: &str| Run {
                output: String::new(),
                ended: Ended::Lost(format!("not run: {name}: {why}")),
            };
            results.extend(left.drain(..).map(|(program, _)| (program.name.clone(), lost(&program.name))));
        }
    }
    Ok(results)
}

/// One boot: what it finished, the test that it died in included, and what went wrong if it did not get to its end.
fn boot_once(
    tool: &Tool,
    kernel: &Path,
    start: Start<'_>,
    init: &Path,
    batch: &[&(&Program, PathBuf)],
) -> Result<(BTreeMap<String, Run>, Option<String>)> {
    let mut tree = Tree::new();
    for dir in ["dev", "proc", "sys", "tmp", "etc"] {
        tree.dir(dir);
    }
    tree.char_device("dev/console", 0o600, 5, 1).char_device("dev/null", 0o666, 1, 3);
    tree.file("etc/passwd", 0o644, "root:x:0:0:root:/:/bin/sh\n").program("init", init)?;
    let mut list = String::new();
    for (program, binary) in batch {
        tree.program(&format!("tests/{}", program.name), binary)?;
        list += &format!("{} {}\n", program.name, program.tags.timeout_s);
        add_modules(&mut tree, kernel, &program.tags.modules)?;
    }
    tree.file("tests.list", 0o644, list);
    let initrd = tree.write(tool.project.output(format!("tests.{}.cpio", std::process::id())))?;

    let mut machine = Machine::new(kernel);
    machine.mem = "1G".into();
    machine.initrd = Some(initrd.path().to_owned());
    // Linux would take five-level paging from the emulated processor; user space is to be as on common machines.
    machine.append.push_str(" quiet no5lvl");
    let mut console = start(&machine)?;
    let end = watch(&mut console, batch)?;
    console.kill();
    let text = console.text();
    if let Some(name) = kernel.file_name() {
        let _ = fs::write(tool.project.output(format!("tests.{}.log", name.to_string_lossy())), &text);
    }
    Ok(conclude(&text, end, &console, kernel))
}

/// Lays the modules that a test needs into the guest, from where Debian's packages put them; Ferrogate has none.
pub(super) fn add_modules(tree: &mut Tree, kernel: &Path, modules: &[String]) -> Result<()> {
    let file = kernel.file_name().unwrap_or_default().to_string_lossy();
    let Some(version) = file.strip_prefix("vmlinuz-") else { return Ok(()) };
    for module in modules {
        let name = format!("{module}.ko");
        let mut dirs = vec![PathBuf::from(format!("/lib/modules/{version}/kernel"))];
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(&dir)?.flatten() {
                if entry.file_type()?.is_dir() {
                    dirs.push(entry.path());
                } else if entry.file_name() == *name {
                    tree.file(&format!("modules/{name}"), 0o644, fs::read(entry.path())?);
                }
            }
        }
    }
    Ok(())
}

/// Waits for the end of the machine; `None` if it said nothing for longer than the running test may take.
fn watch(console: &mut Console, batch: &[&(&Program, PathBuf)]) -> Result<Option<End>> {
    let longest = batch.iter().map(|(p, _)| p.tags.timeout_s).max().unwrap_or(Tags::default().timeout_s);
    let silence = BOOT_SILENCE.max(Duration::from_secs(longest) + GRACE);
    let total: u64 = batch.iter().map(|(p, _)| p.tags.timeout_s).sum();
    let limit = Instant::now() + BOOT_SILENCE + Duration::from_secs(total) + GRACE;
    console.wait_end_while_talking(silence, limit)
}

fn conclude(
    text: &str,
    end: Option<End>,
    console: &Console,
    kernel: &Path,
) -> (BTreeMap<String, Run>, Option<String>) {
    let transcript = Transcript::parse(text);
    let mut runs = transcript.finished;
    if transcript.done {
        return (runs, None);
    }
    let how = match end {
        None => "the machine said nothing more and was stopped",
        Some(End::Clean) if !qemu::says_panic(text) => "the machine ended early",
        Some(End::Clean | End::Panic(_)) => "the kernel panicked",
        Some(End::Failed(_)) => "QEMU failed",
    };
    let mut trouble = format!("{how}; the console's last lines:\n{}", console.tail(25));
    if let Ok(trace) = backtrace::resolve(&console.tail(60), kernel)
        && !trace.is_empty()
    {
        trouble += &format!("\nwith file and line:\n{trace}");
    }
    if let Some((name, output)) = transcript.running {
        runs.insert(name, Run { output, ended: Ended::Lost(trouble.clone()) });
    }
    (runs, Some(trouble))
}

/// What the runner in the guest reported.
#[derive(Debug, Default)]
struct Transcript {
    finished: BTreeMap<String, Run>,
    /// The test that had begun and not ended.
    running: Option<(String, String)>,
    done: bool,
}

impl Transcript {
    /// Reads the lines that guest/init marks with a byte 1; all others are the kernel's.
    fn parse(console: &str) -> Self {
        let mut transcript = Self::default();
        for line in console.lines() {
            // A kernel message without its newline may stand before the mark.
            if let Some((_, report)) = line.split_once('\u{1}') {
                transcript.take(report);
            }
        }
        transcript
    }

    fn take(&mut self, report: &str) {
        if let Some(name) = report.strip_prefix("BEGIN ") {
            self.running = Some((name.to_owned(), String::new()));
        } else if report == "DONE" {
            self.done = true;
        } else if let Some(rest) = report.strip_prefix("END ") {
            if let Some((name, output)) = self.running.take() {
                let ended = Ended::parse(rest.strip_prefix(name.as_str()).unwrap_or(rest));
                self.finished.insert(name, Run { output, ended });
            }
        } else if let Some((_, output)) = &mut self.running {
            if let Some(line) = report.strip_prefix('|') {
                output.push_str(line);
                output.push('\n');
            } else if let Some(line) = report.strip_prefix('\\') {
                output.push_str(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcript() {
        let console = "[ 0.1] hello\n\u{1}BEGIN a\n\u{1}|one\n[ 0.2] noise\n\u{1}\\tw\n\u{1}\\o\n\u{1}END a exit 3\n\
                       x\u{1}BEGIN b\n\u{1}END b signal 11\n\u{1}BEGIN c\n\u{1}END c timeout\n\u{1}BEGIN d\n\u{1}|half\n";
        let t = Transcript::parse(console);
        assert_eq!(t.finished["a"], Run { output: "one\ntwo".into(), ended: Ended::Exit(3) });
        assert_eq!(t.finished["b"].ended, Ended::Signal(11));
        assert_eq!(t.finished["c"].ended, Ended::Timeout);
        assert_eq!(t.running, Some(("d".into(), "half\n".into())));
        assert!(!t.done);
        assert!(Transcript::parse("\u{1}DONE\n").done);
    }
}
