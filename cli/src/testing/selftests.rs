//! Linux's own selftests of the doors: on Debian's kernel and on Ferrogate, as an AMD and as an Intel processor.

mod list;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::programs::difference;
use super::vm::{self, Ended, Run};
use super::{Bench, Outcome, Report, oracle};
use crate::console::Console;
use crate::guest::{self, Program};
use crate::project::Project;
use crate::qemu::Machine;
use list::Selftest;

/// What is emulated. AMD is what QEMU's `max` says it is.
const PROCESSORS: &[(&str, &str)] = &[("AMD", "max"), ("Intel", "max,vendor=GenuineIntel")];
/// Seconds for one of them, and for one that is marked long.
const TIMEOUT_S: u64 = 60;
const LONG_TIMEOUT_S: u64 = 600;
/// What a selftest exits with when it could not test.
const KSFT_SKIP: i32 = 4;

/// The names of the group's tests.
pub fn names(project: &Project) -> Result<Vec<String>> {
    Ok(list::read(project)?.iter().map(test_name).collect())
}

fn test_name(test: &Selftest) -> String {
    format!("selftest/{}", test.name)
}

/// Runs the selected ones.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    if !bench.selection.group("selftest") {
        return Ok(());
    }
    report.heading("Linux's selftests: on Debian's kernel, on Ferrogate");
    let project = &bench.tool.project;
    let mut tests = list::read(project)?;
    tests.retain(|test| bench.selection.has(&test_name(test)));
    let runs = run_everywhere(bench, &tests);
    for test in &tests {
        let outcome = match (&test.skip, &runs) {
            (Some(why), _) => Outcome::Skip(why.clone()),
            _ if test.long && !bench.long => Outcome::Skip("only with --long".into()),
            (_, Err(error)) => Outcome::Fail(format!("{error:#}")),
            (_, Ok(runs)) => match runs.get(&test.name) {
                Some(Ok(pairs)) => judge(test, pairs),
                Some(Err(error)) => Outcome::Fail(format!("{error:#}")),
                None => Outcome::Fail("not run".into()),
            },
        };
        report.add(&test_name(test), &outcome);
    }
    Ok(())
}

/// A processor, what Linux did on it and what Ferrogate did, unless that is not asked for.
type Pair = (&'static str, Run, Option<Run>);

fn run_everywhere(bench: &Bench, tests: &[Selftest]) -> Result<BTreeMap<String, Result<Vec<Pair>>>> {
    let project = &bench.tool.project;
    let tests: Vec<&Selftest> =
        tests.iter().filter(|t| t.skip.is_none() && (bench.long || !t.long)).collect();
    if tests.is_empty() {
        return Ok(BTreeMap::new());
    }
    let tree = source::tree(project)?;
    let init = Program::of(&project.root.join("guest/init/init.c"))?.build(project)?;
    let mut runs: BTreeMap<String, Result<Vec<Pair>>> = BTreeMap::new();
    let mut built: Vec<(&Selftest, Program, PathBuf)> = Vec::new();
    for (test, binary) in guest::in_parallel(&tests, |test| (*test, tree.build(project, test))) {
        match binary {
            Ok(binary) => {
                let timeout_s = if test.long { LONG_TIMEOUT_S } else { TIMEOUT_S };
                built.push((test, Program::foreign(&test.name, timeout_s), binary));
                runs.insert(test.name.clone(), Ok(Vec::new()));
            }
            Err(error) => drop(runs.insert(test.name.clone(), Err(error))),
        }
    }
    for (number, (vendor, cpu)) in PROCESSORS.iter().enumerate() {
        for no_smap in [false, true] {
            let wanted = built
                .iter()
                .filter(|(test, _, _)| test.no_smap == no_smap && (number == 0 || !test.one_vendor));
            let batch: Vec<(&Program, PathBuf)> =
                wanted.map(|(_, program, binary)| (program, binary.clone())).collect();
            if batch.is_empty() {
                continue;
            }
            let cpu = format!("{cpu}{}", if no_smap { ",-smap" } else { "" });
            let with_cpu = |machine: &Machine| {
                let mut machine = machine.clone();
                machine.extra.extend(["-cpu".to_owned(), cpu.clone()]);
                machine
            };
            let boot = |kernel: &Path, start: fn(&Machine) -> Result<Console>| {
                vm::run_all(bench.tool, kernel, &|machine| start(&with_cpu(machine)), &init, &batch)
            };
            let mut theirs = boot(&bench.linux, oracle::start)?;
            let mut ours = match &bench.kernel {
                Some(kernel) => Some(boot(kernel, Console::start)?),
                None => None,
            };
            for (program, _) in &batch {
                let theirs = theirs.remove(&program.name).context("the runner in the guest left it out")?;
                let ours = ours.as_mut().and_then(|runs| runs.remove(&program.name));
                if let Some(Ok(pairs)) = runs.get_mut(&program.name) {
                    pairs.push((vendor, theirs, ours));
                }
            }
        }
    }
    Ok(runs)
}

/// What passes on Linux has to pass here; of those that are compared by their lines, each line has to be the same.
fn judge(test: &Selftest, pairs: &[Pair]) -> Outcome {
    let mut skipped = 0;
    for (vendor, theirs, ours) in pairs {
        let lost = |run: &Run| matches!(run.ended, Ended::Lost(_) | Ended::Timeout);
        let wrong_there =
            if test.lines { lost(theirs) } else { !matches!(theirs.ended, Ended::Exit(0 | KSFT_SKIP)) };
        if wrong_there {
            return Outcome::Fail(format!(
                "{vendor}: on Debian's kernel: {}\n{}",
                theirs.ended, theirs.output
            ));
        }
        let Some(ours) = ours else { continue };
        skipped += usize::from(theirs.ended == Ended::Exit(KSFT_SKIP) && ours.ended == theirs.ended);
        // More than Linux here can is as good.
        if ours.ended != theirs.ended && ours.ended != Ended::Exit(0) {
            return Outcome::Fail(format!(
                "{vendor}: {}, on Debian's kernel {}\n{}",
                ours.ended, theirs.ended, ours.output
            ));
        }
        let (a, b) = (comparable(test, &theirs.output), comparable(test, &ours.output));
        if test.lines && a != b {
            return Outcome::Fail(format!("{vendor}: {}", difference("Debian's kernel", &a, &b)));
        }
    }
    if skipped == pairs.len() && skipped != 0 {
        return Outcome::Skip("it says that it can't test here, on Linux too".into());
    }
    Outcome::Pass
}

/// The output without what the kernel decides anew in each run: addresses, and the numbers that nolibc-test prints of a
/// good result; and without the lines that the list excepts.
fn comparable(test: &Selftest, output: &str) -> String {
    let word = |word: &str| {
        let address = word.strip_prefix("0x").is_some_and(|digits| digits.len() >= 5);
        if address { "#".to_owned() } else { word.to_owned() }
    };
    let mut text = String::new();
    for line in output.lines().filter(|line| !test.except.iter().any(|word| line.contains(word))) {
        let line = match (line.split_once(" = "), line.trim_end().ends_with("[OK]")) {
            (Some((name, _)), true) => format!("{name} = [OK]"),
            _ => line.to_owned(),
        };
        for part in line.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
            let end = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len();
            text += &word(&part[..end]);
            text += &part[end..];
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(output: &str, code: i32) -> Run {
        Run { output: output.into(), ended: Ended::Exit(code) }
    }

    #[test]
    fn judgement() {
        let mut test = list::parse("x86/one 64 except=pid").unwrap().remove(0);
        let judge = |test: &Selftest, theirs, ours| super::judge(test, &[("AMD", theirs, Some(ours))]);
        assert_eq!(judge(&test, ran("a", 0), ran("b", 0)), Outcome::Pass, "the status alone");
        assert!(matches!(judge(&test, ran("a", 0), ran("a", 1)), Outcome::Fail(_)));
        assert!(matches!(judge(&test, ran("a", 1), ran("a", 1)), Outcome::Fail(_)), "not right on Linux");
        assert!(matches!(judge(&test, ran("a", 4), ran("a", 4)), Outcome::Skip(_)));
        assert_eq!(judge(&test, ran("a", 4), ran("a", 0)), Outcome::Pass);
        test.lines = true;
        assert!(matches!(judge(&test, ran("a", 1), ran("b", 1)), Outcome::Fail(_)), "each line");
        assert_eq!(judge(&test, ran("at 0x12345", 1), ran("at 0x54321", 1)), Outcome::Pass);
        assert_eq!(judge(&test, ran("a\npid 1\n", 0), ran("a\npid 22\n", 0)), Outcome::Pass);
        let text = "SP: 0x7ffc0010, 12 0x10\n3 getuid = 12  [OK]\n4 x = 1  [FAIL]\n";
        assert_eq!(comparable(&test, text), "SP: #, 12 0x10\n3 getuid = [OK]\n4 x = 1  [FAIL]\n");
    }
}
