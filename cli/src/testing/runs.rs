//! Command lines of `run`, compared with the same without it. `guest/run-tests/NAME.sh` is a shell script in which
//! `$RUN` stands before each program: it is run twice in a fresh directory, with nothing there and with
//! `./ferrogate run --`, and must print the same on both outputs together, and end the same. `$TOOL` is
//! `./ferrogate run` for command lines with options.
//!
//! Where the two must differ, lines that begin with `#= ` say what is to be printed, and only `run` is tested; `#= ~`
//! and a pattern fits a whole line. In the first ten lines `# timeout S` gives it more time than usual, `# cpus N M` has it
//! run with `--cpus N` and with `--cpus M`, and `# long` only under `--long`.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use regex_lite::Regex;

use super::names::run_files;
use super::programs::difference;
use super::{Bench, Outcome, Report};
use crate::reap::{self, Guarded};

/// Seconds for a script, each of whose runs is emulated.
const TIMEOUT_S: u64 = 120;

/// Runs the selected scripts.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let Some(kernel) = bench.kernel.as_deref().filter(|_| bench.selection.group("run")) else {
        return Ok(());
    };
    report.heading("Programs in a machine of their own, compared with this one");
    for name in run_files(&bench.tool.project) {
        let full = format!("run/{name}");
        if bench.selection.has(&full) {
            let outcome =
                run_one(bench, kernel, &name).unwrap_or_else(|error| Outcome::Fail(format!("{error:#}")));
            report.add(&full, &outcome);
        }
    }
    Ok(())
}

fn run_one(bench: &Bench, kernel: &Path, name: &str) -> Result<Outcome> {
    let root = &bench.tool.project.root;
    let script = root.join(format!("guest/run-tests/{name}.sh"));
    let text = fs::read_to_string(&script).with_context(|| format!("cannot read {}", script.display()))?;
    let word = |word: &str| text.lines().take(10).find_map(|line| line.strip_prefix(word));
    if word("# long").is_some() && !bench.long {
        return Ok(Outcome::Skip("only with --long".into()));
    }
    let limit = word("# timeout ").map_or(Ok(TIMEOUT_S), str::parse).context("# timeout: no number")?;
    let limit = Duration::from_secs(limit);
    let tool = format!("{} run --kernel {}", root.join("ferrogate").display(), kernel.display());
    let tools: Vec<String> = match word("# cpus ") {
        Some(counts) => counts.split_whitespace().map(|count| format!("{tool} --cpus {count}")).collect(),
        None => vec![tool],
    };
    let expected: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#= ")).collect();
    let mut theirs = None;
    for tool in &tools {
        let ours = play(&script, tool, &format!("{tool} --"), limit).with_context(|| tool.clone())?;
        if !expected.is_empty() {
            compare_with_patterns(&expected, &ours).with_context(|| tool.clone())?;
            continue;
        }
        let theirs = match &mut theirs {
            Some(theirs) => theirs,
            empty => empty.insert(play(&script, "false", "", limit).context("without run")?),
        };
        if ours != *theirs {
            bail!("{tool}: {}", difference("this machine", theirs, &ours));
        }
    }
    Ok(Outcome::Pass)
}

fn compare_with_patterns(expected: &[&str], output: &str) -> Result<()> {
    let lines: Vec<&str> = output.lines().collect();
    for (i, wanted) in expected.iter().enumerate() {
        let Some(line) = lines.get(i) else { bail!("no line {}; wanted: {wanted}\n{output}", i + 1) };
        let fits = match wanted.strip_prefix('~') {
            Some(pattern) => Regex::new(&format!("^(?:{pattern})$")).context("bad pattern")?.is_match(line),
            None => line == wanted,
        };
        if !fits {
            bail!("line {}: {line}\nwanted: {wanted}\nthe whole output:\n{output}", i + 1);
        }
    }
    // The last line is the exit status, which need not be named if it is 0.
    match &lines[expected.len()..] {
        [] | ["exit 0"] => Ok(()),
        more => bail!("more than wanted:\n{}", more.join("\n")),
    }
}

/// What the script prints, and as the last line its exit status. No process of it is left.
fn play(script: &Path, tool: &str, run: &str, limit: Duration) -> Result<String> {
    let dir = std::env::temp_dir().join(format!("ferrogate-run-{}", std::process::id()));
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let result = play_in(&dir, script, tool, run, limit);
    let _ = fs::remove_dir_all(&dir);
    result
}

fn play_in(dir: &Path, script: &Path, tool: &str, run: &str, limit: Duration) -> Result<String> {
    let (mut reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    let mut command = reap::command("/bin/bash");
    command.arg(script).current_dir(dir).env("TOOL", tool).env("RUN", run).env("LC_ALL", "C.UTF-8");
    // What script(1) runs its command with, and what Ctrl-C does to it, is the shell's: one shell wherever this runs.
    command.env("SHELL", "/bin/bash").env("TERM", "xterm");
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = Guarded::spawn(&mut command)?;
    drop(command);
    let output = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = reader.read_to_end(&mut bytes);
        bytes
    });
    let status = child.wait_until(Instant::now() + limit)?;
    child.kill();
    child.sweep_group();
    let mut text = String::from_utf8_lossy(&output.join().unwrap_or_default()).into_owned();
    match status.and_then(|s| s.code()) {
        Some(code) => text.push_str(&format!("exit {code}\n")),
        None => bail!("not done after {} s; it printed:\n{text}", limit.as_secs()),
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let fits = |expected: &[&str], output: &str| compare_with_patterns(expected, output).is_ok();
        assert!(fits(&["a", "~b+"], "a\nbbb\nexit 0\n"));
        assert!(fits(&["a", "exit 125"], "a\nexit 125\n"));
        assert!(!fits(&["a"], "a\nexit 125\n"));
        assert!(!fits(&["a", "b"], "a\n"));
        assert!(!fits(&["~b"], "abc\nexit 0\n"));
    }
}
