//! How operations get on with a second processor: instructions of one processor for one operation while the other one
//! is idle, and while it does the same.
//!
//! Both processors really run at the same time here, on two threads of QEMU's, so that a lock that both want is
//! waited for, and waiting is instructions. A plugin of QEMU's, guest/bench/count.c, counts each processor's between
//! two marks that guest/bench/scaling.c executes. A second run without the plugin takes the time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::Options;
use crate::Context as Tool;
use crate::console::Console;
use crate::guest::Program;
use crate::initrd::Tree;
use crate::project::is_stale;
use crate::qemu::Machine;

/// Figures by operation and number of busy processors.
type Medians = BTreeMap<(String, u32), f64>;

/// The table: instructions and time of each operation with one and with two busy processors.
pub fn measure(tool: &Tool, options: &Options, kernel: &Path) -> Result<String> {
    let plugin = build_plugin(tool)?;
    let counts_file = tool.project.output(format!("scaling.{}.counts", std::process::id()));
    let log = counts_file.display();
    let words = ["-plugin".into(), plugin.display().to_string(), "-d".into(), "plugin".into()];
    let counting: Vec<String> = words.into_iter().chain(["-D".into(), log.to_string()]).collect();
    let console = boot(tool, options, kernel, counting)?;
    let counts = std::fs::read_to_string(&counts_file).context("the plugin has written nothing")?;
    let _ = std::fs::remove_file(&counts_file);
    let (order, instructions) = instructions(&console, &counts)?;
    let times = times(&boot(tool, options, kernel, Vec::new())?);
    Ok(table(&order, &instructions, &times))
}

fn build_plugin(tool: &Tool) -> Result<PathBuf> {
    let project = &tool.project;
    project.make_output_dir()?;
    let source = project.root.join("guest/bench/count.c");
    let binary = project.output("count.so");
    if is_stale(&binary, &[&source])? {
        let mut gcc = Command::new("gcc");
        gcc.args(["-O2", "-Wall", "-fPIC", "-shared", "-o"]).arg(&binary).arg(&source);
        if !gcc.status().context("cannot start gcc")?.success() {
            bail!("{} does not compile", project.show(&source));
        }
    }
    Ok(binary)
}

/// Runs the program on a machine with two processors; its console.
fn boot(tool: &Tool, options: &Options, kernel: &Path, extra: Vec<String>) -> Result<String> {
    let project = &tool.project;
    let program = Program::of(&project.root.join("guest/bench/scaling.c"))?.build(project)?;
    let mut tree = Tree::new();
    for dir in ["dev", "tmp"] {
        tree.dir(dir);
    }
    tree.program("init", &program)?;
    tree.file("args", 0o644, options.names.join(" "));
    let initrd = tree.write(project.output(format!("scaling.{}.cpio", std::process::id())))?;
    let mut machine = Machine::new(kernel);
    machine.cpus = 2;
    machine.initrd = Some(initrd.path().to_owned());
    machine.append = format!("console=ttyS0 quiet panic=-1 no5lvl {}", options.append);
    machine.extra = extra;
    let mut console = Console::start(&machine)?;
    let timeout = Duration::from_secs(options.timeout);
    console.wait_end_while_talking(timeout, Instant::now() + timeout)?;
    console.kill();
    let text = console.text();
    if !text.lines().any(|line| line.starts_with("SCALING done")) {
        bail!("the run did not come to its end; the console's last lines:\n{}", super::last_lines(&text, 15));
    }
    Ok(text)
}

/// The lines `SCALING name busy operations nanoseconds`, one for each measured batch.
fn batches(console: &str) -> impl Iterator<Item = (String, u32, f64, f64)> {
    let lines = console.lines().filter_map(|line| Some(line.split_once("SCALING ")?.1));
    lines.filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, busy, operations, ns] = words[..] else { return None };
        Some((name.to_owned(), busy.parse().ok()?, operations.parse().ok()?, ns.parse().ok()?))
    })
}

fn medians(figures: Vec<((String, u32), f64)>) -> Medians {
    let mut all: BTreeMap<(String, u32), Vec<f64>> = BTreeMap::new();
    for (key, figure) in figures {
        all.entry(key).or_default().push(figure);
    }
    let median = |mut figures: Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    all.into_iter().map(|(key, figures)| (key, median(figures))).collect()
}

/// The names in their order, and instructions for one operation. The plugin writes one line for each batch.
fn instructions(console: &str, counts: &str) -> Result<(Vec<String>, Medians)> {
    let counts = counts.lines().filter_map(|line| line.strip_prefix("COUNT ")?.trim().parse::<f64>().ok());
    let (counts, batches): (Vec<f64>, Vec<_>) = (counts.collect(), batches(console).collect());
    if counts.len() != batches.len() || counts.is_empty() {
        bail!("{} batches were printed, {} were counted", batches.len(), counts.len());
    }
    let mut order: Vec<String> = batches.iter().map(|batch| batch.0.clone()).collect();
    order.dedup();
    let each = batches.into_iter().zip(counts).map(|((name, busy, n, _), count)| ((name, busy), count / n));
    Ok((order, medians(each.collect())))
}

fn times(console: &str) -> Medians {
    medians(batches(console).map(|(name, busy, n, ns)| ((name, busy), ns / n)).collect())
}

fn table(order: &[String], instructions: &Medians, times: &Medians) -> String {
    let mut text = "| operation | instructions, one busy | two busy | ratio | time ratio |\n".to_owned();
    text += "| --- | ---: | ---: | ---: | ---: |\n";
    for name in order {
        let of = |medians: &Medians, busy| medians.get(&(name.clone(), busy)).copied().unwrap_or(f64::NAN);
        let (one, two) = (of(instructions, 1), of(instructions, 2));
        let time = of(times, 2) / of(times, 1);
        text += &format!("| {name} | {one:.0} | {two:.0} | {:.2} | {time:.2} |\n", two / one);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_medians() {
        let console =
            "x\nSCALING fork 1 10 500\nSCALING fork 1 10 100\nSCALING fork 1 10 200\nSCALING fork 2 10 300\n";
        let (order, counts) =
            instructions(console, "COUNT 1000\nCOUNT 1010\nCOUNT 5000\nCOUNT 1111\n").unwrap();
        assert_eq!(order, ["fork"]);
        assert!(table(&order, &counts, &times(console)).contains("| fork | 101 | 111 | 1.10 | 1.50 |"));
        assert!(instructions(console, "COUNT 1\n").is_err());
    }
}
