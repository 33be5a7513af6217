//! The unit tests of the crates that compile for the host.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result};
use regex_lite::Regex;

use super::{Bench, Outcome, Report};
use crate::project::KERNEL_PACKAGE;

/// Runs `cargo test` over the workspace, without the kernel's binary, and counts what it reports.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let project = &bench.tool.project;
    let mut cargo = project.toolchain_command("cargo");
    cargo.args(["test", "--workspace", "--exclude", KERNEL_PACKAGE, "--no-fail-fast", "--quiet"]);
    cargo.arg("--target-dir").arg(project.root.join("target"));
    if bench.long {
        cargo.env("PROPTEST_CASES", "4096");
    }
    let mut child = cargo.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut counts = Counts::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            counts.take(&line.context("cannot read cargo's output")?);
        }
    }
    let status = child.wait().context("cannot wait for cargo")?;
    report.add_counted(counts.passed, &counts.failed, counts.ignored);
    println!("{} passed, {} failed in the crates' unit tests", counts.passed, counts.failed.len());
    if !status.success() && counts.failed.is_empty() {
        report.add("unit", &Outcome::Fail(format!("cargo test failed ({status}): see above")));
    }
    Ok(())
}

/// The figures in the output of several test programs.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: usize,
    failed: Vec<String>,
    ignored: usize,
}

impl Counts {
    /// Takes in a line; shows it where it says what failed.
    fn take(&mut self, line: &str) {
        let result = r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored";
        if let Some(found) = Regex::new(result).ok().and_then(|pattern| pattern.captures(line)) {
            let number = |i: usize| found[i].parse::<usize>().unwrap_or(0);
            self.passed += number(1);
            self.failed.extend((0..number(2)).map(|_| "unit".to_owned()));
            self.ignored += number(3);
        } else if !line.trim().is_empty()
            && !line.starts_with("running ")
            && !line.chars().all(|c| "./ 0123456789i".contains(c))
        {
            println!("{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let mut counts = Counts::default();
        counts.take("running 3 tests");
        counts.take("...");
        counts.take(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        );
        counts.take("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!((counts.passed, counts.failed.len(), counts.ignored), (4, 2, 1));
    }
}
