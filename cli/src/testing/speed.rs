//! The guard of the speed: some operations are counted in instructions and must stay below their limits.

use std::fs;

use anyhow::{Context, Result};

use super::{Bench, Outcome, Report};
use crate::bench::{self, figures};

/// Operations with their limits; its head says how they were chosen.
const LIMITS: &str = "guest/bench/limits.tsv";
const TIMEOUT_S: u64 = 240;

/// Counts the operations that have a limit, on one machine.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    if !bench.selection.group("speed") {
        return Ok(());
    }
    report.heading("Speed, counted in instructions");
    let outcome = count(bench).unwrap_or_else(|error| Outcome::Fail(format!("{error:#}")));
    report.add("speed", &outcome);
    Ok(())
}

fn count(bench: &Bench) -> Result<Outcome> {
    let Some(kernel) = &bench.kernel else { return Ok(Outcome::Skip("only for Ferrogate".into())) };
    let path = bench.tool.project.root.join(LIMITS);
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {LIMITS}"))?;
    let limits = figures::parse_table(&text);
    let names: Vec<String> = limits.iter().map(|(name, _)| name.clone()).collect();
    let (console, complete) = bench::measure(bench.tool, kernel, &names, "", TIMEOUT_S)?;
    let mut wrong = over_limits(&limits, &console);
    if !complete {
        wrong.push("the run did not come to its end".to_owned());
    }
    match wrong.is_empty() {
        true => Ok(Outcome::Pass),
        false => Ok(Outcome::Fail(wrong.join("\n"))),
    }
}

/// What is wrong, a line each.
fn over_limits(limits: &[(String, figures::Figure)], console: &str) -> Vec<String> {
    let counted = figures::parse_console(console);
    let judge = |(name, limit): &(String, figures::Figure)| match (counted.get(name), limit) {
        (Some(Ok(ours)), Ok(limit)) if ours <= limit => None,
        (Some(Ok(ours)), Ok(limit)) => {
            Some(format!("{name}: {ours:.1} instructions, {limit:.0} are allowed"))
        }
        (Some(Err(why)), _) => Some(format!("{name}: FAIL {why}")),
        _ => Some(format!("{name}: not measured, or without a limit")),
    };
    limits.iter().filter_map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let limits = figures::parse_table("#name\tlimit\na\t100\nb\t100\nc\t100\nd\t5\n");
        let wrong = over_limits(&limits, "PERF a 100.0 1 1 5\nPERF b 100.1 1 1 1\nPERF c FAIL SIG11\n");
        assert_eq!(
            wrong,
            [
                "b: 100.1 instructions, 100 are allowed",
                "c: FAIL SIG11",
                "d: not measured, or without a limit"
            ]
        );
    }
}
