//! What became of a test, and the totals.

use std::process::ExitCode;

/// How a test ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// As it should.
    Pass,
    /// Not run, and why.
    Skip(String),
    /// Not as it should, and what was seen.
    Fail(String),
}

/// Prints each outcome as it comes in and counts them.
#[derive(Debug, Default)]
pub struct Report {
    passed: usize,
    failed: Vec<String>,
    skipped: usize,
}

impl Report {
    /// Begins a group.
    pub fn heading(&mut self, text: &str) {
        println!("\n== {text}");
    }

    /// Takes in one test.
    pub fn add(&mut self, name: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Pass => {
                println!("ok    {name}");
                self.passed += 1;
            }
            Outcome::Skip(why) => {
                println!("skip  {name}: {why}");
                self.skipped += 1;
            }
            Outcome::Fail(what) => {
                println!("FAIL  {name}");
                what.lines().for_each(|line| println!("      {line}"));
                self.failed.push(name.to_owned());
            }
        }
    }

    /// Takes in tests that another program ran and counted.
    pub fn add_counted(&mut self, passed: usize, failed: &[String], skipped: usize) {
        self.passed += passed;
        self.failed.extend_from_slice(failed);
        self.skipped += skipped;
    }

    /// Prints the totals; success only if something ran and nothing failed.
    pub fn finish(&self) -> ExitCode {
        if !self.failed.is_empty() {
            println!("failed: {}", self.failed.join(" "));
        }
        println!("{}", self.totals());
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn totals(&self) -> String {
        let mut line = format!("{} passed, {} failed", self.passed, self.failed.len());
        if self.skipped > 0 {
            line.push_str(&format!(", {} skipped", self.skipped));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals() {
        let mut report = Report::default();
        report.add("a", &Outcome::Pass);
        report.add("b", &Outcome::Fail("x".into()));
        assert_eq!(report.totals(), "1 passed, 1 failed");
        report.add("c", &Outcome::Skip("no".into()));
        report.add_counted(5, &[], 0);
        assert_eq!(report.totals(), "6 passed, 1 failed, 1 skipped");
    }
}
