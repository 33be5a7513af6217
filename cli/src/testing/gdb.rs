//! Scripted debugger sessions on Ferrogate. A script `guest/sessions/NAME.gdb` says in comments what is booted, in the
//! words of session files (`#boot program /bin/dup programs/dup.c`), and what gdb must print, in this order
//! (`#expect PATTERN`).

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::names::session_files;
use super::sessions::{build_initrd, configure};
use super::{Bench, Outcome, Report};
use crate::console::pattern;
use crate::gdb::Halted;
use crate::initrd::Scratch;
use crate::script::Script;

/// Time for a script, under emulation on a busy host.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Runs the selected scripts.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let Some(kernel) = bench.kernel.as_deref().filter(|_| bench.selection.group("gdb")) else {
        return Ok(());
    };
    report.heading("Debugger sessions on Ferrogate");
    for name in session_files(&bench.tool.project, "gdb") {
        let full = format!("gdb/{name}");
        if bench.selection.has(&full) {
            let outcome = match run_one(bench, kernel, &name) {
                Ok(()) => Outcome::Pass,
                Err(error) => Outcome::Fail(format!("{error:#}")),
            };
            report.add(&full, &outcome);
        }
    }
    Ok(())
}

fn run_one(bench: &Bench, kernel: &Path, name: &str) -> Result<()> {
    let project = &bench.tool.project;
    let path = project.root.join(format!("guest/sessions/{name}.gdb"));
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let boot: String =
        text.lines().filter_map(|l| l.strip_prefix("#boot ")).map(|l| format!("{l}\n")).collect();
    let script = Script::parse(&boot)?;
    let initrd = build_initrd(project, &script, name, &bench.linux)?;
    let machine = configure(&script, kernel, initrd.as_ref().map(Scratch::path));
    let halted = Halted::start(project, machine, project.output(format!("gdb-{name}.log")))?;
    let result = halted.batch(project, &path, TIMEOUT)?;
    drop(halted);
    if result.status.is_none() {
        bail!("not done after {} s; gdb printed:\n{}", TIMEOUT.as_secs(), result.output);
    }
    check_output(&text, &result.output)
}

/// Each `#expect` must match behind the one before it.
fn check_output(script: &str, output: &str) -> Result<()> {
    let mut rest = output;
    for (line, number) in script.lines().zip(1..) {
        let Some(text) = line.strip_prefix("#expect ") else { continue };
        let Some(found) = pattern(text)?.find(rest) else {
            bail!("line {number}: gdb did not print {text}\nwhat it printed from there on:\n{rest}");
        };
        rest = &rest[found.end()..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_ordered() {
        let script = "#expect ^a\nbreak x\n#expect b$\n";
        assert!(check_output(script, "a\nxb\n").is_ok());
        assert!(check_output(script, "xb\na\n").is_err());
    }
}
