//! Console sessions: first on Debian's kernel, which shows that the session is right, then on Ferrogate.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use regex_lite::Regex;

use super::host_ends::{HostEnds, SocketDir};
use super::names::session_files;
use super::vm::Start;
use super::{Bench, Outcome, Report, oracle};
use crate::console::{Console, Wait};
use crate::guest::Program;
use crate::initrd::{self, Scratch, Tree};
use crate::kernel;
use crate::project::Project;
use crate::qemu::{self, End, Machine};
use crate::script::{Extra, InitrdKind, Script, Step};

/// Runs the selected sessions of `guest/sessions`.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    if !bench.selection.group("session") {
        return Ok(());
    }
    report.heading("Console sessions: on Debian's kernel, on Ferrogate");
    for name in session_files(&bench.tool.project, "session") {
        let full = format!("session/{name}");
        if bench.selection.has(&full) {
            let outcome = run_one(bench, &name).unwrap_or_else(|error| Outcome::Fail(format!("{error:#}")));
            report.add(&full, &outcome);
        }
    }
    Ok(())
}

fn run_one(bench: &Bench, name: &str) -> Result<Outcome> {
    let project = &bench.tool.project;
    let script = Script::read(&project.root.join(format!("guest/sessions/{name}.session")))?;
    if script.long && !bench.long {
        return Ok(Outcome::Skip("only with --long".into()));
    }
    let initrd = build_initrd(project, &script, name, &bench.linux)?;
    let sockets = SocketDir::make(&script.ports)?;
    let mut places = Vec::new();
    if !script.only_ferrogate {
        places.push(("on Debian's kernel", bench.linux.as_path(), &oracle::start as Start<'_>));
    }
    let debug_kernel = match &bench.kernel {
        Some(_) if script.debug && !bench.kernel_given => {
            Some(kernel::build(project, kernel::Profile::Debug, bench.tool.verbose)?)
        }
        _ => None,
    };
    if let Some(kernel) = debug_kernel.as_ref().or(bench.kernel.as_ref()) {
        places.push(("on Ferrogate", kernel.as_path(), &Console::start));
    }
    if places.is_empty() {
        return Ok(Outcome::Skip("only for Ferrogate".into()));
    }
    let mut reference: Option<Vec<String>> = None;
    for (place, kernel, start) in places {
        let mut machine = configure(&script, kernel, initrd.as_ref().map(Scratch::path));
        let _shares = export_shares(project, &script, name, &mut machine)?;
        machine.extra.extend(sockets.qemu_args());
        if script.singlestep && place == "on Ferrogate" {
            machine.extra.push("-singlestep".into());
        }
        let once = || start(&machine).and_then(|mut console| play(&script, &mut console, &sockets));
        // A session types in real time, and busybox tells a key from an escape by the clock: on a busy host that
        // goes wrong on any kernel, so there is a second try, which the report shows.
        let played = once().or_else(|first| {
            println!("note  session/{name} {place}, second try after: {first:#}");
            once()
        });
        let same = match (played, &reference) {
            (Err(failure), _) => return Ok(Outcome::Fail(format!("{place}: {failure:#}"))),
            (Ok(same), Some(before)) if same != *before => {
                return Ok(Outcome::Fail(format!("{place}: {same:#?}\nbefore: {before:#?}")));
            }
            (Ok(same), _) => same,
        };
        reference.get_or_insert(same);
    }
    Ok(Outcome::Pass)
}

/// The initial file system of a session, in a file; none where the session wants none.
pub fn build_initrd(project: &Project, script: &Script, name: &str, linux: &Path) -> Result<Option<Scratch>> {
    let mut tree = match script.initrd {
        InitrdKind::None => return Ok(None),
        InitrdKind::NoInit | InitrdKind::Garbage | InitrdKind::BrokenGzip => Tree::new(),
        _ => initrd::busybox_tree()?,
    };
    tree.dir("etc");
    for extra in &script.extras {
        match extra {
            Extra::File(path, mode, content) => tree.file(path, *mode, content.as_str()),
            Extra::Program(path, source, abi) => {
                let mut program = Program::of(&project.root.join("guest").join(source))?;
                program.abi = *abi;
                let binary = program.build(project)?;
                tree.program(path, &binary)?
            }
        };
    }
    super::vm::add_modules(&mut tree, linux, &script.modules)?;
    let archive = tree.to_cpio()?;
    let bytes = match script.initrd {
        InitrdKind::BusyboxGz => initrd::gzip(&archive)?,
        InitrdKind::Truncated => archive[..archive.len() / 2].to_vec(),
        InitrdKind::Garbage => {
            (0..65_536u32).map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()
        }
        InitrdKind::BrokenGzip => {
            let mut bytes = initrd::gzip(&archive)?;
            bytes.iter_mut().skip(12).for_each(|b| *b = b.wrapping_mul(31) ^ 0x5a);
            bytes
        }
        _ => archive,
    };
    let path = project.output(format!("session-{name}.{}.initrd", std::process::id()));
    Ok(Some(Scratch::write(path, &bytes)?))
}

/// A directory that goes with everything in it.
struct ScratchDir(PathBuf);

impl Drop for ScratchDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes the directories that a session wants exported, and has the machine export them.
fn export_shares(
    project: &Project,
    script: &Script,
    name: &str,
    machine: &mut Machine,
) -> Result<Vec<ScratchDir>> {
    let mut made = Vec::new();
    for tag in &script.shares {
        let dir = project.output(format!("session-{name}.{}.{tag}", std::process::id()));
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let path = dir.display();
        machine.extra.extend([
            "-fsdev".into(),
            format!("local,id={tag},path={path},multidevs=remap,security_model=none"),
            "-device".into(),
            format!("virtio-9p-pci,fsdev={tag},mount_tag={tag}"),
        ]);
        made.push(ScratchDir(dir));
    }
    Ok(made)
}

/// The machine of a session.
pub fn configure(script: &Script, kernel: &Path, initrd: Option<&Path>) -> Machine {
    let mut machine = Machine::new(kernel);
    machine.cpus = script.cpus;
    machine.mem.clone_from(&script.mem);
    machine.machine = script.machine;
    machine.extra.clone_from(&script.qemu);
    machine.initrd = initrd.map(Path::to_owned);
    if !script.append.is_empty() {
        machine.append = format!("{} {}", machine.append, script.append);
    }
    machine
}

/// Plays the session on a machine that was started; gives what has to be the same on all. The error says where it went
/// wrong and shows the console.
fn play(script: &Script, console: &mut Console, sockets: &SocketDir) -> Result<Vec<String>> {
    let host = HostEnds::new(sockets);
    let mut player =
        Player { within: Duration::from_secs(60), passed_over: String::new(), same: Vec::new(), host };
    for (line, step) in &script.steps {
        let result = player.take(step, console);
        result.with_context(|| {
            format!(
                "line {line}: {}\nconsole:\n{}\nwhat went wrong",
                Player::describe(step),
                console.tail(20)
            )
        })?;
    }
    Ok(player.same)
}

/// Where a session stands.
struct Player<'a> {
    within: Duration,
    /// What the last wait read.
    passed_over: String,
    /// What `same` matched.
    same: Vec<String>,
    host: HostEnds<'a>,
}

impl Player<'_> {
    fn describe(step: &Step) -> String {
        match step {
            Step::Within(seconds) => format!("within {seconds}"),
            Step::Expect(pattern) => format!("expect {}", pattern.as_str().trim_start_matches("(?m)")),
            Step::Same(pattern) => format!("same {}", pattern.as_str().trim_start_matches("(?m)")),
            Step::Reject(pattern) => format!("reject {}", pattern.as_str().trim_start_matches("(?m)")),
            Step::Type(bytes) => format!("send {}", String::from_utf8_lossy(bytes).escape_debug()),
            Step::Host(name, what) => format!("host {name} {}", HostEnds::describe(what)),
            Step::EndOff => "end off".into(),
            Step::EndPanic => "end panic".into(),
        }
    }

    fn expect(&mut self, pattern: &Regex, console: &mut Console, deadline: Instant) -> Result<()> {
        match console.expect(pattern, deadline) {
            Wait::Matched(text) => self.passed_over = text,
            Wait::Ended => anyhow::bail!("the machine ended"),
            Wait::TimedOut => anyhow::bail!("not within {} s", self.within.as_secs()),
        }
        Ok(())
    }

    fn take(&mut self, step: &Step, console: &mut Console) -> Result<()> {
        let deadline = Instant::now() + self.within;
        match step {
            Step::Within(seconds) => self.within = Duration::from_secs(*seconds),
            Step::Expect(pattern) => self.expect(pattern, console, deadline)?,
            Step::Same(pattern) => {
                self.expect(pattern, console, deadline)?;
                let found = pattern.find(&self.passed_over).map(|found| found.as_str().trim_end().to_owned());
                self.same.extend(found);
            }
            Step::Reject(pattern) if pattern.is_match(&self.passed_over) => anyhow::bail!("it appeared"),
            Step::Reject(_) => {}
            Step::Type(bytes) => console.send(bytes)?,
            Step::Host(name, what) => self.host.take(name, what, deadline)?,
            Step::EndOff | Step::EndPanic => {
                let Some(end) = console.wait_end_while_talking(self.within, deadline)? else {
                    anyhow::bail!("the machine still runs after {} s", self.within.as_secs());
                };
                check_end(end, &console.text(), matches!(step, Step::EndPanic))?;
            }
        }
        Ok(())
    }
}

/// Linux reboots after a panic, so that QEMU ends as after a power-off: then the console tells.
fn check_end(end: End, console: &str, want_panic: bool) -> Result<()> {
    let panicked = match end {
        End::Failed(status) => anyhow::bail!("QEMU failed ({status})"),
        End::Panic(_) => true,
        End::Clean => qemu::says_panic(console),
    };
    match (panicked, want_panic) {
        (true, false) => anyhow::bail!("the kernel panicked"),
        (false, true) => anyhow::bail!("the machine ended without a kernel panic"),
        _ => Ok(()),
    }
}
