//! The guest programs: each on this Linux, on Debian's kernel and on Ferrogate, and all must say the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::vm::{self, Ended, Run};
use super::{Bench, Outcome, Report, native, oracle, x32_kernel};
use crate::console::Console;
use crate::guest::{self, Abi, Program};

/// What a program exits with when it could not test.
const SKIPPED: i32 = 77;

/// One program's runs, as far as they took place.
#[derive(Debug, Default)]
struct Runs {
    native: Option<Run>,
    oracle: Option<Run>,
    ours: Option<Run>,
}

/// Runs the selected programs of `guest/tests`, ABI by ABI.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    for abi in Abi::ALL {
        run_abi(bench, abi, report)?;
    }
    Ok(())
}

fn run_abi(bench: &Bench, abi: Abi, report: &mut Report) -> Result<()> {
    let project = &bench.tool.project;
    let mut programs = guest::discover(project, "tests")?;
    programs.iter_mut().for_each(|program| program.abi = abi);
    programs.retain(|program| bench.selection.has(&program.test_name()));
    if programs.is_empty() {
        return Ok(());
    }
    report.heading(match abi {
        Abi::X86_64 => "Guest programs: on this Linux, on Debian's kernel, on Ferrogate",
        Abi::I386 => "The same as 32-bit programs",
        Abi::X32 => "The same as x32 programs: on Debian's kernel, on Ferrogate",
    });
    let long: Vec<_> = programs.extract_if(.., |p| p.tags.long && !bench.long).collect();
    for program in long {
        report.add(&program.test_name(), &Outcome::Skip("only with --long".into()));
    }
    let reference = match abi {
        Abi::X32 => x32_kernel::find(project).map(|kernel| (kernel, &oracle::start_x32 as vm::Start<'_>)),
        _ => Ok((bench.linux.clone(), &oracle::start as vm::Start<'_>)),
    };
    let reference = match reference {
        Ok(reference) => reference,
        Err(error) => {
            report.add(abi.group(), &Outcome::Fail(format!("{error:#}")));
            return Ok(());
        }
    };
    let mut built = Vec::new();
    let mut binaries = guest::build_all(project, &programs);
    for program in &programs {
        match binaries.remove(&program.name).context("not built").and_then(|r| r) {
            Ok(binary) => built.push((program, binary)),
            Err(error) => report.add(&program.test_name(), &Outcome::Fail(format!("{error:#}"))),
        }
    }
    let mut runs = run_everywhere(bench, abi, &reference, &built)?;
    for (program, _) in &built {
        let runs = runs.remove(&program.name).unwrap_or_default();
        report.add(&program.test_name(), &judge(&runs));
    }
    Ok(())
}

fn run_everywhere(
    bench: &Bench,
    abi: Abi,
    (reference, start): &(PathBuf, vm::Start<'_>),
    built: &[(&Program, PathBuf)],
) -> Result<BTreeMap<String, Runs>> {
    let mut all: BTreeMap<String, Runs> = BTreeMap::new();
    let choose = |wanted: fn(&Program) -> bool| -> Vec<(&Program, PathBuf)> {
        built.iter().filter(|(p, _)| wanted(p)).map(|(p, binary)| (*p, binary.clone())).collect()
    };
    let run_native = |batch: &vm::Batch<'_>, all: &mut _| match runs_here(bench, abi)? {
        true => run_native(batch, all),
        false => Ok(()),
    };
    let run_oracle = |init: &Path, batch: &vm::Batch<'_>, all: &mut _| {
        run_oracle(bench, (reference, *start), init, batch, all)
    };
    run_native(&choose(|p| !p.tags.guest_only && !p.tags.ferrogate_only), &mut all)?;
    let init = Program::of(&bench.tool.project.root.join("guest/init/init.c"))?.build(&bench.tool.project)?;
    let on_debian = choose(|p| !p.tags.skip_oracle && !p.tags.ferrogate_only);
    run_oracle(&init, &on_debian, &mut all)?;
    if let Some(kernel) = &bench.kernel {
        for (name, run) in vm::run_all(bench.tool, kernel, &Console::start, &init, &choose(|_| true))? {
            all.entry(name).or_default().ours = Some(run);
        }
    }
    // A busy host can upset a test's timing on Linux, too, and an emulated console lose a line. Where a reference
    // has failed or stands against ours, what it says the second time counts; ours has no second time.
    let again = |reference: fn(&Runs) -> &Option<Run>| -> Vec<(&Program, PathBuf)> {
        let doubtful =
            |p: &Program| all.get(&p.name).is_some_and(|runs| is_doubtful(reference(runs), &runs.ours));
        built.iter().filter(|(p, _)| doubtful(p)).map(|(p, binary)| (*p, binary.clone())).collect()
    };
    let (native, on_debian) = (again(|runs| &runs.native), again(|runs| &runs.oracle));
    run_native(&native, &mut all)?;
    run_oracle(&init, &on_debian, &mut all)?;
    Ok(all)
}

/// Whether this machine's Linux runs programs of that ABI: asked by starting one.
fn runs_here(bench: &Bench, abi: Abi) -> Result<bool> {
    if abi == Abi::X86_64 {
        return Ok(true);
    }
    let project = &bench.tool.project;
    let mut probe = Program::of(&project.root.join("guest/programs/nothing.c"))?;
    probe.abi = abi;
    let ended = native::run("probe", &probe.build(project)?, Duration::from_secs(10))?.ended;
    Ok(ended == Ended::Exit(0))
}

fn run_native(batch: &vm::Batch<'_>, all: &mut BTreeMap<String, Runs>) -> Result<()> {
    let results = guest::in_parallel(batch, |(program, binary)| {
        let timeout = Duration::from_secs(program.tags.timeout_s);
        native::run(&program.name, binary, timeout).map(|run| (program.name.clone(), run))
    });
    for result in results {
        let (name, run) = result?;
        all.entry(name).or_default().native = Some(run);
    }
    Ok(())
}

fn run_oracle(
    bench: &Bench,
    (kernel, start): (&Path, vm::Start<'_>),
    init: &Path,
    batch: &vm::Batch<'_>,
    all: &mut BTreeMap<String, Runs>,
) -> Result<()> {
    for (name, run) in vm::run_all(bench.tool, kernel, start, init, batch)? {
        all.entry(name).or_default().oracle = Some(run);
    }
    Ok(())
}

/// Whether a reference's run proves nothing: it failed, or it differs from ours though both held.
fn is_doubtful(reference: &Option<Run>, ours: &Option<Run>) -> bool {
    let Some(reference) = reference else { return false };
    match reference.ended {
        Ended::Exit(0) => {
            ours.as_ref().is_some_and(|ours| ours.ended == Ended::Exit(0) && ours.output != reference.output)
        }
        Ended::Exit(SKIPPED) => false,
        _ => true,
    }
}

/// The references must hold for themselves; then ours must not differ from any of them.
fn judge(runs: &Runs) -> Outcome {
    let references = [("this machine's Linux", &runs.native), ("Debian's kernel", &runs.oracle)];
    let mut skipped = None;
    for (place, run) in references {
        let Some(run) = run else { continue };
        match run.ended {
            Ended::Exit(0) => {}
            Ended::Exit(SKIPPED) => skipped = Some(format!("on {place}: {}", last_reason(&run.output))),
            _ => {
                return Outcome::Fail(format!(
                    "on {place}, the test itself is wrong: {}\n{}",
                    run.ended, run.output
                ));
            }
        }
    }
    let Some(ours) = &runs.ours else {
        return skipped.map_or(Outcome::Pass, Outcome::Skip);
    };
    if let Ended::Exit(SKIPPED) = ours.ended
        && skipped.is_some()
    {
        return Outcome::Skip(last_reason(&ours.output));
    }
    if ours.ended != Ended::Exit(0) {
        return Outcome::Fail(format!("on Ferrogate: {}\n{}", ours.ended, ours.output));
    }
    for (place, run) in references {
        if let Some(run) = run
            && run.ended == Ended::Exit(0)
            && run.output != ours.output
        {
            return Outcome::Fail(difference(place, &run.output, &ours.output));
        }
    }
    Outcome::Pass
}

fn last_reason(output: &str) -> String {
    let reason = output.lines().rev().find_map(|line| line.trim().strip_prefix("skipped: "));
    reason.unwrap_or("it says no reason").to_owned()
}

/// The first lines in which two outputs differ.
pub fn difference(place: &str, theirs: &str, ours: &str) -> String {
    let mut text = format!("Ferrogate and {place} print different things:\n");
    let (mut a, mut b) = (theirs.lines(), ours.lines());
    let mut shown = 0;
    for number in 1.. {
        let pair = (a.next(), b.next());
        if pair == (None, None) || shown == 5 {
            break;
        }
        if pair.0 != pair.1 {
            let show = |line: Option<&str>| line.map_or("(no more)".to_owned(), str::to_owned);
            text += &format!("line {number}: Linux:     {}\n", show(pair.0));
            text += &format!("line {number}: Ferrogate: {}\n", show(pair.1));
            shown += 1;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(output: &str, code: i32) -> Option<Run> {
        Some(Run { output: output.into(), ended: Ended::Exit(code) })
    }

    #[test]
    fn judgement() {
        let judge = |native, oracle, ours| super::judge(&Runs { native, oracle, ours });
        assert_eq!(judge(ran("a", 0), ran("a", 0), ran("a", 0)), Outcome::Pass);
        assert_eq!(judge(None, None, ran("a", 0)), Outcome::Pass);
        assert!(
            matches!(judge(ran("a", 0), ran("a", 0), ran("b", 0)), Outcome::Fail(_)),
            "differs from both"
        );
        assert!(matches!(judge(ran("b", 0), ran("a", 0), ran("b", 0)), Outcome::Fail(_)), "differs from one");
        assert!(matches!(judge(ran("a", 1), ran("a", 0), ran("a", 0)), Outcome::Fail(_)), "wrong on Linux");
        assert!(matches!(judge(ran("a", 0), ran("a", 0), ran("a", 1)), Outcome::Fail(_)), "fails on ours");
        let no = "  skipped: no door\n";
        assert_eq!(judge(ran(no, 77), ran(no, 77), ran(no, 77)), Outcome::Skip("no door".into()));
        assert_eq!(judge(ran(no, 77), None, ran("a", 0)), Outcome::Pass, "more than Linux here can");
        assert!(matches!(judge(ran("a", 0), None, ran(no, 77)), Outcome::Fail(_)), "less than Linux");
    }

    #[test]
    fn doubts() {
        assert!(!is_doubtful(&None, &ran("a", 0)) && !is_doubtful(&ran("a", 0), &ran("a", 0)));
        assert!(is_doubtful(&ran("a", 1), &ran("a", 0)), "the reference failed");
        assert!(is_doubtful(&ran("a", 0), &ran("b", 0)), "they differ");
        assert!(!is_doubtful(&ran("a", 0), &ran("b", 1)), "ours has failed, whatever it printed");
        assert!(!is_doubtful(&ran("", SKIPPED), &ran("b", 0)));
    }

    #[test]
    fn differences() {
        let text = difference("Linux", "a\nb\n", "a\nc\nd\n");
        assert!(text.contains("line 2: Linux:     b") && text.contains("line 3: Ferrogate: d"), "{text}");
    }
}
