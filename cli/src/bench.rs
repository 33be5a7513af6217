//! `bench`: what each system call costs in guest instructions, beside what it costs on Linux.

pub mod figures;
mod page;
mod scaling;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::console::Console;
use crate::initrd::{Tree, find_busybox};
use crate::project::{Project, is_stale};
use crate::qemu::{self, Machine};
use crate::{Context as Tool, kernel};

/// What `bench` is asked to do.
#[derive(Args, Debug)]
pub struct Options {
    /// Print JSON: one object with an array `operations`
    #[arg(long)]
    json: bool,
    /// Write the figures into docs/performance.md
    #[arg(long, conflicts_with_all = ["json", "names"])]
    write: bool,
    /// How operations get on with a second processor that does the same, instead of the table
    #[arg(long, conflicts_with = "json")]
    scaling: bool,
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

/// The command.
pub fn run(tool: &Tool, options: &Options) -> Result<ExitCode> {
    let project = &tool.project;
    let kernel = match &options.kernel {
        Some(path) => path.clone(),
        None => kernel::build(project, kernel::Profile::Release, tool.verbose)?,
    };
    qemu::must_exist(&kernel, "the kernel")?;
    if !options.json && rustix::termios::isatty(rustix::stdio::stderr()) {
        eprintln!("ferrogate: measuring; this takes some minutes");
    }
    if options.scaling {
        let table = scaling::measure(tool, options, &kernel)?;
        match options.write {
            true => page::write(project, "scaling", &table)?,
            false => print!("{table}"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let linux = figures::parse_table(&read_reference(project)?);
    let (text, complete) = measure(tool, &kernel, &options.names, &options.append, options.timeout)?;
    let rows = figures::merge(&figures::parse_console(&text), &linux, &options.names);
    if options.write && complete {
        page::write(project, "table", &figures::to_markdown(&rows))?;
    } else if options.json {
        println!("{:#}", figures::to_json(&rows, complete));
    } else {
        print!("{}", figures::to_text(&rows));
    }
    if !complete {
        bail!("the run did not come to its end; the console's last lines:\n{}", last_lines(&text, 15));
    }
    Ok(ExitCode::SUCCESS)
}

/// Linux's figures, as a text.
fn read_reference(project: &Project) -> Result<String> {
    let table = project.root.join("guest/bench/linux-icount-lean.tsv");
    fs::read_to_string(&table).with_context(|| format!("cannot read {}", project.show(&table)))
}

/// Boots the benchmark as `/init`; the console, and whether it came to its end.
pub fn measure(
    tool: &Tool,
    kernel: &Path,
    names: &[String],
    append: &str,
    timeout_s: u64,
) -> Result<(String, bool)> {
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
    tree.file("sysbench.args", 0o644, format!(" {}\n", names.join(" ")));
    let initrd = tree.write(project.output(format!("bench.{}.cpio", std::process::id())))?;

    let mut machine = Machine::new(kernel);
    machine.cpus = 1;
    machine.initrd = Some(initrd.path().to_owned());
    // As the Linux it is compared with.
    machine.append = format!("console=ttyS0 quiet panic=-1 no5lvl {append}");
    machine.extra = SETTING.iter().map(|word| (*word).to_owned()).collect();
    let mut console = Console::start(&machine)?;
    let timeout = Duration::from_secs(timeout_s);
    console.wait_end_while_talking(timeout, std::time::Instant::now() + timeout)?;
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
