//! `check`: what can be said about the sources without running them.

mod arrows;
mod docs;
mod sources;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::Context as Tool;
use crate::project::{KERNEL_PACKAGE, Project, run as run_command};

/// What `check` is asked to do.
#[derive(Args, Debug)]
pub struct Options {
    /// Write what is derived from the tables (docs/syscalls, headers) instead of complaining that it differs
    #[arg(long)]
    write: bool,
    /// Only these parts
    #[arg(value_name = "PART", value_parser = clap::builder::PossibleValuesParser::new(PARTS.map(|p| p.name)))]
    parts: Vec<String>,
}

/// A part of the check.
struct Part {
    name: &'static str,
    what: &'static str,
    run: fn(&Project, &Options) -> Result<String>,
}

/// Cheap ones first.
const PARTS: [Part; 7] = [
    Part { name: "arrows", what: "crates depend downwards only", run: |project, _| arrows::check(project) },
    Part {
        name: "unsafe",
        what: "unsafe code in hal and sync alone",
        run: |project, _| sources::check_unsafe(project),
    },
    Part {
        name: "length",
        what: "files of moderate length",
        run: |project, _| sources::report_lengths(project),
    },
    Part { name: "table", what: "the tables, and what is derived from them", run: check_table },
    Part {
        name: "docs",
        what: "links lead somewhere, all commands and lock ranks are listed",
        run: |project, _| docs::check(project),
    },
    Part { name: "fmt", what: "cargo fmt", run: |project, _| check_format(project) },
    Part {
        name: "clippy",
        what: "clippy, for the host and for the kernel",
        run: |project, _| check_clippy(project),
    },
];

/// Runs the parts; each prints one line, or what is wrong.
pub fn run(tool: &Tool, options: &Options) -> Result<ExitCode> {
    let mut failed = Vec::new();
    for part in PARTS.iter().filter(|p| options.parts.is_empty() || options.parts.iter().any(|n| n == p.name))
    {
        match (part.run)(&tool.project, options) {
            Ok(note) if note.is_empty() => println!("ok    {}: {}", part.name, part.what),
            Ok(note) => println!("ok    {}: {}\n{}", part.name, part.what, indent(&note)),
            Err(error) => {
                println!("FAIL  {}: {}\n{}", part.name, part.what, indent(&format!("{error:#}")));
                failed.push(part.name);
            }
        }
    }
    if failed.is_empty() {
        println!("check: all is well");
        return Ok(ExitCode::SUCCESS);
    }
    println!("check: failed: {}", failed.join(" "));
    Ok(ExitCode::FAILURE)
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("      {line}")).collect::<Vec<_>>().join("\n")
}

fn check_format(project: &Project) -> Result<String> {
    run_command(
        project.toolchain_command("cargo-fmt").args(["fmt", "--all", "--check"]),
        "cargo fmt --check",
    )?;
    Ok(String::new())
}

/// The kernel's crates are linted twice: as the host compiles them for their tests, and as the kernel is built.
fn check_clippy(project: &Project) -> Result<String> {
    let target = project.root.join("target");
    let mut host = project.toolchain_command("cargo-clippy");
    host.args([
        "clippy",
        "--quiet",
        "--workspace",
        "--exclude",
        KERNEL_PACKAGE,
        "--all-targets",
        "--target-dir",
    ]);
    run_command(host.arg(&target).args(["--", "-Dwarnings"]), "clippy for the host")?;
    let mut kernel = project.toolchain_command("cargo-clippy");
    kernel.args(["clippy", "--quiet", "-p", KERNEL_PACKAGE, "--target-dir"]).arg(&target);
    project.for_kernel_target(&mut kernel);
    run_command(kernel.args(["--", "-Dwarnings"]), "clippy for the kernel")?;
    Ok(String::new())
}

fn check_table(project: &Project, options: &Options) -> Result<String> {
    if options.write {
        let files = abi_gen::generated_files(&project.root)?;
        for (file, text) in &files {
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)?;
            }
            if std::fs::read_to_string(file).ok().as_ref() != Some(text) {
                std::fs::write(file, text)?;
            }
        }
    }
    let problems = abi_gen::check(&project.root)?;
    anyhow::ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(String::new())
}
