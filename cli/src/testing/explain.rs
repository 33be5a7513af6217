//! `explain`: one real run, whose stations must be there in their order, with what any write(2) has to show.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use regex_lite::Regex;

use super::{Bench, Outcome, Report};
use crate::reap::{self, Guarded};

/// The name of the test.
pub const NAME: &str = "explain/write";
/// Patterns that lines must fit, in this order.
const EXPECTED: &[&str] = &[
    r"^The road of write, x86_64$",
    r"^1\. The program calls a function",
    r"return write\(1, .Hi\\n., 3\);",
    r"call write$",
    r"^2\. The wrapper write, in write-64",
    r"mov \$1, %eax",
    r" syscall ",
    r"^3\. The registers at the door",
    r"rax +1 ",
    r"rsi .*Hi\\n",
    r"rdx +3 +size_t count",
    r"LSTAR +0xffffffff8",
    r"on in the kernel: entry_SYSCALL_64$",
    r"The stub entry_SYSCALL_64",
    r"the stack: 0x7ff[0-9a-f]+ → 0xffff",
    r"pt_regs\.orig_ax",
    r"call do_syscall_64",
    r"sys_call_table\[1\] .*__x64_sys_write",
    r"^7\. The handler, and what it calls",
    r"kernel/syscall/src/file\.rs:[0-9]+ +write\(2\)",
    r"vfs_write .*kernel/vfs/",
    r"write_iter .*kernel/tty/",
    r"port 0x3f8 .*Hi\\r\\n",
    r"^8\. The answer",
    r"rax +3 ",
    r"^9\. The stub again, which ends in sysretq",
    r"^10\. The wrapper looks at the answer",
    r"result +3 ",
    r"^[0-9]+ instructions: [0-9]+ of the program, [0-9]+ of the kernel$",
];

/// Runs it, if it is selected.
pub fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let Some(kernel) = bench.kernel.as_deref().filter(|_| bench.selection.has(NAME)) else { return Ok(()) };
    report.heading("The road of a call");
    let page = bench.tool.project.output(format!("explain.{}.html", std::process::id()));
    let mut tool = reap::command(std::env::current_exe().context("cannot find this tool itself")?);
    tool.args(["explain", "write", "--kernel"]).arg(kernel).arg("--html").arg(&page);
    let outcome = judge(&mut tool).and_then(|outcome| match outcome {
        Outcome::Pass => look(&page, bench.long),
        other => Ok(other),
    });
    let _ = std::fs::remove_file(&page);
    report.add(NAME, &outcome.unwrap_or_else(|error| Outcome::Fail(format!("{error:#}"))));
    Ok(())
}

fn judge(tool: &mut Command) -> Result<Outcome> {
    let log = std::env::temp_dir().join(format!("ferrogate-explain-{}.txt", std::process::id()));
    let file = std::fs::File::create(&log).context("cannot make a file for the output")?;
    tool.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let status = Guarded::spawn(tool)?.wait_until(Instant::now() + Duration::from_secs(150))?;
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(&log);
    let Some(status) = status else { return Ok(Outcome::Fail("not done within 150 s".into())) };
    if !status.success() {
        return Ok(Outcome::Fail(format!("{status}\n{text}")));
    }
    let mut lines = text.lines();
    for expected in EXPECTED {
        let pattern = Regex::new(expected).with_context(|| format!("bad pattern {expected}"))?;
        if !lines.any(|line| pattern.is_match(line)) {
            return Ok(Outcome::Fail(format!("no line (behind the one before) fits {expected}\n{text}")));
        }
    }
    Ok(Outcome::Pass)
}

/// The page stands for itself; a browser, if there is one and time for it, makes of it what it says.
fn look(page: &std::path::Path, long: bool) -> Result<Outcome> {
    let text = std::fs::read_to_string(page).context("there is no page")?;
    let stations = text.matches("<section").count();
    if stations != 10 || text.contains("http") || text.contains("<script") {
        return Ok(Outcome::Fail(format!("the page has {stations} stations, or is not self-contained")));
    }
    if !long {
        return Ok(Outcome::Pass);
    }
    let mut browser = reap::command("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]).arg(page);
    let Ok(output) = browser.stderr(Stdio::null()).output() else { return Ok(Outcome::Pass) };
    let seen = String::from_utf8_lossy(&output.stdout).matches("<rect").count();
    Ok(if seen == stations { Outcome::Pass } else { Outcome::Fail(format!("the browser sees {seen} boxes")) })
}
