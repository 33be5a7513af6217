//! Programs linked with libcall in the place of a C library, in each ABI: what they print is what they print when they
//! are linked with one, on this Linux and on Ferrogate.

use std::path::{Path, PathBuf};
use std::time::Duration;

use abi_gen::Abi;
use anyhow::{Context, Result, bail};

use super::programs::difference;
use super::vm::{self, Ended, Run};
use super::{Bench, Outcome, Report, native, oracle, x32_kernel};
use crate::console::Console;
use crate::guest::Program;
use crate::libcall;

/// Programs of guest/programs that a C library runs, too.
const WITH_LIBC: &[&str] = &["dup", "libcall"];
/// This one is about what C libraries do not have; what it is to print stands here.
const ALONE: &str = "libcall-cancel";
const ALONE_PRINTS: &str = "\
read after the signal: -1, Operation canceled, 1 signals
read that waits, interrupted: -1, Operation canceled, 2 signals
read that waits, started again: -1, Operation canceled, 3 signals
write that is no cancellation point: 1, well, 4 signals
read that is none: 1, well, 4 signals
write that is one: -1, Operation canceled, 4 signals
the same, not cancelled: 1, well, 4 signals
";
/// What Linux here executes. It may be built without x32: Debian's kernel is asked for that.
const NATIVE: &[Abi] = &[Abi::X86_64, Abi::I386];

/// Runs the selected ABIs.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    if !bench.selection.group("libcall") {
        return Ok(());
    }
    report.heading("Programs with libcall in the place of a C library");
    for abi in Abi::ALL {
        let name = format!("libcall/{}", libcall::names(abi).0);
        if bench.selection.has(&name) {
            let outcome = run_abi(bench, abi).unwrap_or_else(|error| Outcome::Fail(format!("{error:#}")));
            report.add(&name, &outcome);
        }
    }
    Ok(())
}

/// A program and its two binaries.
struct Pair {
    program: Program,
    with_libcall: PathBuf,
    with_libc: Option<PathBuf>,
}

fn run_abi(bench: &Bench, abi: Abi) -> Result<Outcome> {
    let project = &bench.tool.project;
    let dir = libcall::build(project, abi)?;
    let mut pairs = Vec::new();
    for name in WITH_LIBC.iter().chain([&ALONE]) {
        let source = project.root.join(format!("guest/programs/{name}.c"));
        let pair = Pair {
            program: Program::of(&source)?,
            with_libcall: dir.join(name),
            with_libc: (*name != ALONE).then(|| dir.join(format!("{name}-libc"))),
        };
        libcall::link(project, abi, &source, &pair.with_libcall)?;
        if let Some(out) = &pair.with_libc {
            link_with_libc(abi, &source, out)?;
        }
        pairs.push(pair);
    }
    compare(bench, abi, &pairs)
}

/// The reference, by gcc as anybody calls it.
fn link_with_libc(abi: Abi, source: &Path, out: &Path) -> Result<()> {
    let mut gcc = std::process::Command::new("gcc");
    gcc.args([libcall::names(abi).1, "-O1", "-w", "-static", "-o"]).arg(out).arg(source);
    let output = gcc.output().context("cannot start gcc")?;
    if !output.status.success() {
        bail!("{} does not compile:\n{}", source.display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// What each program printed with libcall, and what it is to print.
type Runs = Vec<(Run, Run)>;

fn compare(bench: &Bench, abi: Abi, pairs: &[Pair]) -> Result<Outcome> {
    let mut places: Vec<(&str, Runs)> = Vec::new();
    if NATIVE.contains(&abi) {
        let runs = pairs.iter().map(|pair| {
            let run = |binary: &Path| native::run(&pair.program.name, binary, Duration::from_secs(30));
            Ok((run(&pair.with_libcall)?, pair.with_libc.as_deref().map_or(Ok(expected()), run)?))
        });
        places.push(("this machine's Linux", runs.collect::<Result<_>>()?));
    } else {
        let kernel = x32_kernel::find(&bench.tool.project)?;
        places.push(("Debian's kernel", boot(bench, &kernel, &oracle::start_x32, pairs)?));
    }
    if let Some(kernel) = bench.kernel.as_deref() {
        places.push(("Ferrogate", boot(bench, kernel, &Console::start, pairs)?));
    }
    for (place, runs) in &places {
        for (pair, (got, want)) in pairs.iter().zip(runs) {
            if let Some(why) = wrong(got, want) {
                return Ok(Outcome::Fail(format!("{} on {place}: {why}", pair.program.name)));
            }
        }
    }
    Ok(Outcome::Pass)
}

/// All of them in a machine, first with libcall, then with a C library.
fn boot(bench: &Bench, kernel: &Path, start: vm::Start<'_>, pairs: &[Pair]) -> Result<Runs> {
    let project = &bench.tool.project;
    let init = Program::of(&project.root.join("guest/init/init.c"))?.build(project)?;
    let run = |binary: fn(&Pair) -> Option<&PathBuf>| {
        let batch: Vec<_> = pairs.iter().filter_map(|p| Some((&p.program, binary(p)?.clone()))).collect();
        vm::run_all(bench.tool, kernel, start, &init, &batch)
    };
    let mut ours = run(|pair| Some(&pair.with_libcall))?;
    let mut reference = run(|pair| pair.with_libc.as_ref())?;
    let lost = || Run { output: String::new(), ended: Ended::Lost("not run".into()) };
    let runs = pairs.iter().map(|Pair { program: Program { name, .. }, .. }| {
        let want = if name == ALONE { expected() } else { reference.remove(name).unwrap_or_else(lost) };
        (ours.remove(name).unwrap_or_else(lost), want)
    });
    Ok(runs.collect())
}

fn expected() -> Run {
    Run { output: ALONE_PRINTS.to_owned(), ended: Ended::Exit(0) }
}

fn wrong(got: &Run, want: &Run) -> Option<String> {
    if want.ended != Ended::Exit(0) {
        return Some(format!("with a C library: {}\n{}", want.ended, want.output));
    }
    if got.ended != want.ended {
        return Some(format!("{}\n{}", got.ended, got.output));
    }
    (got.output != want.output).then(|| difference("the C library", &want.output, &got.output))
}
