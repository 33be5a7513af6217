//! `explain`: the road of one real call, station by station, as it was recorded in a machine.

mod disasm;
mod doors;
mod html;
mod images;
mod machine;
mod programs;
mod record;
mod remote;
mod source;
mod station;
mod stations;
mod text;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi_gen::{Abi, Row, Tables, handler_location};
use anyhow::{Context, Result, bail};
use clap::Args;

use crate::table::AbiName;
use crate::{Context as Tool, kernel};
use images::{Image, Symbol};
pub use machine::{SOCKET_VARIABLE, debug_arguments};
use source::Sources;

/// What `explain` is asked to do.
#[derive(Args, Debug)]
pub struct Options {
    /// The call: a name or number, as for `table`
    call: String,
    /// The table that it is a call of
    #[arg(long, value_enum, default_value = "x86_64")]
    abi: AbiName,
    /// How the built-in program goes to the kernel
    #[arg(long, value_enum, default_value = "libc", conflicts_with = "program")]
    door: programs::Door,
    /// The call in C for the built-in program; statements before the last `;` are executed before
    #[arg(long = "as", value_name = "C", conflicts_with = "program")]
    call_in_c: Option<String>,
    /// The program's call of this kind that is shown, counted from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), requires = "program")]
    nth: u32,
    /// Write an HTML page with the picture, too
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Show the small functions too
    #[arg(long)]
    all: bool,
    /// Explain it on this kernel instead of the one built here; it needs symbols and debug information
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,
    /// Seconds that the machine may take
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
    /// A program of this machine and its arguments, instead of the built-in one
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<std::ffi::OsString>,
}

/// What is explained, and what is known of it.
pub struct Subject {
    abi: Abi,
    row: Row,
    door: programs::Door,
    root: PathBuf,
    kernel: Image,
    /// The program, and what it is linked with.
    programs: Vec<Image>,
    sources: Sources,
    /// The table's symbol.
    table: &'static str,
    /// The built-in program's source.
    source: Option<PathBuf>,
}

impl Subject {
    fn symbol(&self, address: u64) -> Option<Symbol> {
        self.image(address).and_then(|image| image.symbol(address))
    }

    fn image(&self, address: u64) -> Option<&Image> {
        if address >> 47 != 0 {
            Some(&self.kernel)
        } else {
            self.programs.iter().find(|image| image.contains(address))
        }
    }

    /// Whether the address lies in the vDSO.
    fn is_vdso(&self, address: u64) -> bool {
        self.vdso_start(address).is_some()
    }

    fn vdso_start(&self, address: u64) -> Option<u64> {
        self.image(address).filter(|image| image.is_vdso()).map(|image| image.bias)
    }

    fn image_name(&self, address: u64) -> String {
        let name = self.image(address).and_then(|image| image.path.file_name());
        name.map_or_else(|| "memory".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// What eax has at the door.
    fn number(&self) -> u64 {
        let bit = if self.abi == Abi::X32 { 1 << 30 } else { 0 };
        u64::from(self.row.number | bit)
    }

    /// What the table in the kernel's file says for the row.
    fn slot(&self) -> Option<u64> {
        self.kernel.word(self.kernel.address_of(self.table)? + 8 * u64::from(self.row.number))
    }

    /// File and line of kernel code.
    fn place(&mut self, address: u64) -> Option<String> {
        let frames = self.kernel.frames(address).to_vec();
        let own: Vec<_> = frames
            .iter()
            .filter_map(|f| Some(format!("{}:{}", self.sources.own(&f.file)?, f.line)))
            .collect();
        // The function around the instruction itself says little: who uses it?
        own.get(1).or(own.first()).cloned()
    }

    fn handler_place(&self) -> Option<String> {
        let (file, line) = handler_location(&self.root, &self.row)?;
        Some(format!("{}:{line}", file.display()))
    }

    fn row_text(&self) -> String {
        stations::row_text(&self.row)
    }

    /// The built-in program's lines around the call.
    fn program_lines(&self) -> Vec<String> {
        let text =
            self.source.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let head = format!("long {}(void)", programs::THE_CALL);
        let lines = text.lines().skip_while(|line| !line.ends_with(&head));
        let lines = lines.take_while(|line| !line.is_empty());
        lines.map(|line| line.replace('\t', "    ")).collect()
    }
}

/// The command.
pub fn run(tool: &Tool, options: &Options) -> Result<ExitCode> {
    let project = &tool.project;
    let abi = Abi::from(options.abi);
    let tables = Tables::load(&project.root)?;
    let row = crate::table::one(&tables, &options.call, abi)?.clone();
    if !options.door.leads_to(abi) {
        bail!("that door leads to i386's table: add --abi i386");
    }
    if let Some(path) = &options.html {
        can_be_written(path)?;
    }
    let kernel = match &options.kernel {
        Some(path) => path.clone(),
        None => kernel::build(project, kernel::Profile::Release, tool.verbose)?,
    };
    let kernel = Image::load(&kernel, 0)?;
    if kernel.address_of("entry_SYSCALL_64").is_none() {
        bail!("{} has no symbols", kernel.path.display());
    }
    let mut subject = Subject {
        abi,
        row,
        door: options.door,
        root: project.root.clone(),
        kernel,
        programs: Vec::new(),
        sources: Sources::new(project.root.clone()),
        table: match abi {
            Abi::I386 => "ia32_sys_call_table",
            Abi::X32 => "x32_sys_call_table",
            Abi::X86_64 => "sys_call_table",
        },
        source: None,
    };
    let mut trace = match options.program.is_empty() {
        true => machine::built_in(tool, &mut subject, options)?,
        false => machine::users(&mut subject, options)?,
    };
    subject.programs.extend(trace.vdso.take());
    let heading = heading(&subject, &options.program);
    let stations = stations::of(&mut subject, &trace).context("the road has no beginning or no end")?;
    let colours = text::Colours(colours_wanted());
    print!("{}", text::render(&heading, &stations, &colours, options.all));
    if let Some(path) = &options.html {
        write(path, &html::render(&heading, &stations))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn heading(subject: &Subject, program: &[std::ffi::OsString]) -> String {
    let words: Vec<_> = program.iter().map(|word| word.to_string_lossy()).collect();
    let of = if words.is_empty() { String::new() } else { format!(", of {}", words.join(" ")) };
    format!("The road of {}, {}{}{of}", subject.row.name, subject.abi.name(), subject.door.words())
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Better now than after all the work.
fn can_be_written(path: &Path) -> Result<()> {
    let is_new = !path.exists();
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(path);
    opened.with_context(|| format!("cannot write {}", path.display()))?;
    if is_new {
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

/// On a terminal, unless somebody said no (no-color.org).
fn colours_wanted() -> bool {
    rustix::termios::isatty(rustix::stdio::stdout())
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
