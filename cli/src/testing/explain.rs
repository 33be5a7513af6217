//! `explain`: real runs, through each door, whose stations must be there in their order, and what is said of wrong input.

mod cases;
mod page;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use regex_lite::Regex;

use super::{Bench, Outcome, Report};
use crate::reap::{self, Guarded};
use cases::{CASES, Case, WRONG, Wrong};

/// The test of the page in a browser.
const PAGE: &str = "explain/page";
/// Whether an unusable command line is told of in one line.
const MISUSE: &str = "explain/misuse";

/// Names of all tests; the long ones only if they are wanted.
pub fn names(long: bool) -> impl Iterator<Item = String> {
    let cases = CASES.iter().filter(move |case| long || case.always).map(Case::test_name);
    cases.chain([PAGE.to_owned(), MISUSE.to_owned()])
}

/// Runs those that are selected.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let selected = |name: &str| bench.selection.has(name);
    let Some(kernel) = bench.kernel.as_deref().filter(|_| names(true).any(|name| selected(&name))) else {
        return Ok(());
    };
    report.heading("The road of a call");
    for case in CASES.iter().filter(|case| selected(&case.test_name())) {
        add(report, &case.test_name(), record(kernel, case));
    }
    if selected(PAGE) {
        let path = bench.tool.project.output(format!("explain.{}.html", std::process::id()));
        add(report, PAGE, page::test(kernel, &path));
        let _ = std::fs::remove_file(&path);
    }
    if selected(MISUSE) {
        let outcome =
            WRONG.iter().map(|wrong| misuse(kernel, wrong)).find(|o| !matches!(o, Ok(Outcome::Pass)));
        add(report, MISUSE, outcome.unwrap_or(Ok(Outcome::Pass)));
    }
    Ok(())
}

fn add(report: &mut Report, name: &str, outcome: Result<Outcome>) {
    report.add(name, &outcome.unwrap_or_else(|error| Outcome::Fail(format!("{error:#}"))));
}

/// Records a call and looks for the lines that there must be.
fn record(kernel: &Path, case: &Case) -> Result<Outcome> {
    let (status, text) = match explain(kernel, case.words, case.program)? {
        Some(done) => done,
        None => return Ok(Outcome::Fail("not done within 150 s".into())),
    };
    if status != Some(0) {
        return Ok(Outcome::Fail(format!("exit status {status:?}\n{text}")));
    }
    if text.contains('\x1b') {
        return Ok(Outcome::Fail("colours in what is no terminal".into()));
    }
    let mut lines = text.lines();
    for expected in case.expected {
        let pattern = Regex::new(expected).with_context(|| format!("bad pattern {expected}"))?;
        if !lines.any(|line| pattern.is_match(line)) {
            return Ok(Outcome::Fail(format!("no line (behind the one before) fits {expected}\n{text}")));
        }
    }
    Ok(Outcome::Pass)
}

/// What cannot be done ends with 2 and one line.
fn misuse(kernel: &Path, wrong: &Wrong) -> Result<Outcome> {
    let Some((status, text)) = explain(kernel, wrong.words, wrong.program)? else {
        return Ok(Outcome::Fail("not done within 150 s".into()));
    };
    let pattern = Regex::new(wrong.says).with_context(|| format!("bad pattern {}", wrong.says))?;
    let is_right = status == Some(2) && text.lines().count() == 1 && pattern.is_match(text.trim_end());
    Ok(match is_right {
        true => Outcome::Pass,
        false => Outcome::Fail(format!("{:?}: exit status {status:?}\n{text}", wrong.words)),
    })
}

/// Runs the command; exit status, and everything that it printed. None if it took too long.
fn explain(kernel: &Path, words: &[&str], program: &[&str]) -> Result<Option<(Option<i32>, String)>> {
    let mut tool: Command = reap::command(std::env::current_exe().context("cannot find this tool itself")?);
    tool.arg("explain").args(words).arg("--kernel").arg(kernel);
    if !program.is_empty() {
        tool.arg("--").args(program);
    }
    let log = std::env::temp_dir().join(format!("ferrogate-explain-{}.txt", std::process::id()));
    let file = std::fs::File::create(&log).context("cannot make a file for the output")?;
    tool.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let status = Guarded::spawn(&mut tool)?.wait_until(Instant::now() + Duration::from_secs(150))?;
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(&log);
    Ok(status.map(|status| (status.code(), text)))
}
