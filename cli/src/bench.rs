//! `bench`: what each system call costs in guest instructions, beside what it costs on Linux.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use crate::console::Console;
use crate::initrd::{Tree, find_busybox};
use crate::project::is_stale;
use crate::qemu::{self, Machine};
use crate::{Context as Tool, kernel};

/// What `bench` is asked to do.
#[derive(Args, Debug)]
pub struct Options {
    /// Print JSON: one object with an array `operations`
    #[arg(long)]
    json: bool,
    /// Measure this kernel instead of the one built here
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,
    /// Words added to the kernel's command line
    #[arg(long, value_name = "WORDS", default_value = "", allow_hyphen_values = true)]
    append: String,
    /// Seconds for the whole run
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    timeout: u64,
    /// Only operations whose names begin so
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// The machine on which the figures of the table were counted.
///
/// A fixed seed and clock make boot a fixed instruction stream. `-erms,-fsrm`: under -icount each element of a string
/// instruction counts as one, which would charge a kernel that copies with `rep movsb` for every byte.
const SETTING: &[&str] = &[
    "-cpu",
    "max,-erms,-fsrm",
    "-icount",
    "shift=0,sleep=off",
    "-seed",
    "1",
    "-rtc",
    "base=2024-01-01T00:00:00,clock=vm",
];
const APPLETS: &[&str] = &["sh", "true", "cat", "wc", "tar", "gzip", "find", "sort", "dd", "echo", "ls"];

/// The figure of one operation: instructions, or why there is none.
type Figure = Result<f64, String>;

/// An operation's place in the printed table.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    ours: Option<Figure>,
    linux: Option<Figure>,
}

impl Row {
    fn ratio(&self) -> Option<f64> {
        match (&self.ours, &self.linux) {
            (Some(Ok(ours)), Some(Ok(linux))) if *linux > 0.0 => Some(ours / linux),
            _ => None,
        }
    }
}

/// The command.
pub fn run(tool: &Tool, options: &Options) -> Result<ExitCode> {
    let project = &tool.project;
    let table = project.root.join("guest/bench/linux-icount-lean.tsv");
    let reference =
        fs::read_to_string(&table).with_context(|| format!("cannot read {}", project.show(&table)))?;
    let linux = parse_table(&reference);
    let kernel = match &options.kernel {
        Some(path) => path.clone(),
        None => kernel::build(project, kernel::Profile::Release, tool.verbose)?,
    };
    qemu::must_exist(&kernel, "the kernel")?;
    let (text, complete) = measure(tool, options, kernel)?;
    let ours = parse_console(&text);
    let rows = merge(&ours, &linux, &options.names);
    if options.json {
        println!("{:#}", to_json(&rows, complete));
    } else {
        print!("{}", to_text(&rows));
    }
    if !complete {
        bail!("the run did not come to its end; the console's last lines:\n{}", last_lines(&text, 15));
    }
    Ok(ExitCode::SUCCESS)
}

/// Boots the benchmark as `/init`; the console, and whether it came to its end.
fn measure(tool: &Tool, options: &Options, kernel: PathBuf) -> Result<(String, bool)> {
    let project = &tool.project;
    project.make_output_dir()?;
    let source = project.root.join("guest/bench/sysbench.c");
    let binary = project.output("sysbench");
    if is_stale(&binary, &[&source])? {
        let mut gcc = Command::new("gcc");
        gcc.args(["-O2", "-static", "-s", "-o"]).arg(&binary).arg(&source);
        if !gcc.status().context("cannot start gcc")?.success() {
            bail!("{} does not compile", project.show(&source));
        }
    }
    let mut tree = Tree::new();
    for dir in ["bin", "dev", "proc", "sys", "tmp"] {
        tree.dir(dir);
    }
    tree.program("init", &binary)?.program("bin/busybox", &find_busybox()?)?;
    for applet in APPLETS {
        tree.symlink(&format!("bin/{applet}"), "busybox");
    }
    tree.file("sysbench.args", 0o644, format!(" {}\n", options.names.join(" ")));
    let initrd = tree.write(project.output(format!("bench.{}.cpio", std::process::id())))?;

    let mut machine = Machine::new(&kernel);
    machine.cpus = 1;
    machine.initrd = Some(initrd.path().to_owned());
    machine.append = format!("console=ttyS0 quiet panic=-1 {}", options.append);
    machine.extra = SETTING.iter().map(|word| (*word).to_owned()).collect();
    let mut console = Console::start(&machine)?;
    if !options.json && rustix::termios::isatty(rustix::stdio::stderr()) {
        eprintln!("ferrogate: measuring; this takes some minutes");
    }
    let limit = std::time::Instant::now() + Duration::from_secs(options.timeout);
    console.wait_end_while_talking(Duration::from_secs(options.timeout), limit)?;
    console.kill();
    let text = console.text();
    fs::write(project.output("bench.log"), &text).context("cannot write bench.log")?;
    let complete = text.lines().any(|line| line.starts_with("SYSBENCH done"));
    Ok((text, complete))
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A figure, from the words behind an operation's name.
fn figure(words: &[&str]) -> Option<Figure> {
    match words {
        ["FAIL", why, ..] => Some(Err((*why).to_owned())),
        ["FAIL"] => Some(Err(String::new())),
        [number, ..] => number.parse().ok().map(Ok),
        [] => None,
    }
}

/// The reference's operations, in its order.
fn parse_table(tsv: &str) -> Vec<(String, Figure)> {
    let rows = tsv.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let words: Vec<&str> = line.split('\t').collect();
        Some((words.first()?.to_string(), figure(words.get(1..)?)?))
    })
    .collect()
}

/// The operations that a run printed: `PERF name instructions …`.
fn parse_console(text: &str) -> BTreeMap<String, Figure> {
    let lines = text.lines().filter_map(|line| Some(line.split_once("PERF ")?.1));
    lines
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            Some((words.first()?.to_string(), figure(words.get(1..)?)?))
        })
        .collect()
}

/// In the reference's order, then what it does not have.
fn merge(ours: &BTreeMap<String, Figure>, linux: &[(String, Figure)], prefixes: &[String]) -> Vec<Row> {
    let wanted = |name: &str| prefixes.is_empty() || prefixes.iter().any(|p| name.starts_with(p.as_str()));
    let mut rows: Vec<Row> = linux
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, figure)| Row {
            name: name.clone(),
            ours: ours.get(name).cloned(),
            linux: Some(figure.clone()),
        })
        .collect();
    let more = ours.iter().filter(|(name, _)| linux.iter().all(|(known, _)| known != *name));
    rows.extend(more.map(|(name, figure)| Row {
        name: name.clone(),
        ours: Some(figure.clone()),
        linux: None,
    }));
    rows
}

fn to_text(rows: &[Row]) -> String {
    let show = |figure: &Option<Figure>| match figure {
        Some(Ok(number)) => format!("{number:.1}"),
        Some(Err(why)) => format!("FAIL {why}").trim_end().to_owned(),
        None => "-".into(),
    };
    let mut text = format!("{:<24} {:>14} {:>14} {:>8}\n", "operation", "ours", "Linux", "ratio");
    for row in rows {
        let ratio = row.ratio().map_or("-".to_owned(), |r| format!("{r:.2}"));
        text += &format!("{:<24} {:>14} {:>14} {ratio:>8}\n", row.name, show(&row.ours), show(&row.linux));
    }
    let ratios: Vec<f64> = rows.iter().filter_map(Row::ratio).filter(|r| *r > 0.0).collect();
    if !ratios.is_empty() {
        let mean = (ratios.iter().map(|r| r.ln()).sum::<f64>() / ratios.len() as f64).exp();
        text += &format!("{} operations compared, geometric mean of the ratios {mean:.2}\n", ratios.len());
    }
    text
}

fn to_json(rows: &[Row], complete: bool) -> serde_json::Value {
    let value = |figure: &Option<Figure>| match figure {
        Some(Ok(number)) => json!(number),
        Some(Err(why)) => json!({ "fail": why }),
        None => serde_json::Value::Null,
    };
    let operations: Vec<_> = rows
        .iter()
        .map(|r| json!({ "name": r.name, "ours": value(&r.ours), "linux": value(&r.linux), "ratio": r.ratio() }))
        .collect();
    json!({ "unit": "guest instructions per operation", "complete": complete, "operations": operations })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_ratios() {
        let linux = parse_table("# x\n#name\ttsc\na\t200.0\t1\nb\tFAIL\t19\n");
        let ours = parse_console("noise\nPERF a 100.0 1 1 5\nPERF b FAIL SIG11\nPERF c 7 1 1 1\n");
        let rows = merge(&ours, &linux, &[]);
        assert_eq!(rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(rows[0].ratio(), Some(0.5));
        assert_eq!((rows[1].ours.clone(), rows[1].ratio()), (Some(Err("SIG11".into())), None));
        let text = to_text(&rows);
        assert!(text.contains("FAIL SIG11") && text.contains("0.50"), "{text}");
        assert_eq!(merge(&ours, &linux, &["b".into()]).len(), 2, "the prefix and what only ours has");
        assert_eq!(to_json(&rows, true)["operations"][0]["ratio"], 0.5);
    }
}
