//! `table`: the system-call tables, as a whole or one row.

use std::process::ExitCode;

use abi_gen::{Abi, Row, Status, Tables, handler_location, placed_registers, register_names};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::Context as Tool;

/// What `table` is asked to show.
#[derive(Args, Debug)]
pub struct Options {
    /// A call's name (write, sys_newstat) or number (1, 0x1); without it the whole table
    #[arg(allow_hyphen_values = true)]
    name: Option<String>,
    /// Only this table; without it a call is looked up in all three, and the whole table is x86_64's
    #[arg(long, value_enum)]
    abi: Option<AbiName>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A table's name on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum AbiName {
    /// 64-bit
    #[value(name = "x86_64")]
    X8664,
    /// 32-bit pointers in 64-bit mode
    X32,
    /// 32-bit
    I386,
}

impl From<AbiName> for Abi {
    fn from(name: AbiName) -> Self {
        match name {
            AbiName::X8664 => Abi::X86_64,
            AbiName::X32 => Abi::X32,
            AbiName::I386 => Abi::I386,
        }
    }
}

/// The command.
pub fn run(tool: &Tool, options: &Options) -> Result<ExitCode> {
    let root = &tool.project.root;
    let tables = Tables::load(root)?;
    let abi = options.abi.map(Abi::from);
    let Some(wanted) = &options.name else {
        whole(root, &tables, abi.unwrap_or(Abi::X86_64), options.json);
        return Ok(ExitCode::SUCCESS);
    };
    let found = find(&tables, wanted, abi);
    if found.is_empty() {
        let of = abi.map_or(String::new(), |abi| format!(" of {}", abi.name()));
        bail!("no system call \"{wanted}\"{of}{}", suggestion(&tables, wanted, abi));
    }
    if options.json {
        let rows: Vec<_> = found.iter().map(|(abi, row)| to_json(root, *abi, row)).collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        let texts: Vec<String> = found.iter().map(|(abi, row)| describe(root, *abi, row)).collect();
        print!("{}", texts.join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The one row of an ABI that a name or number means.
pub fn one<'a>(tables: &'a Tables, wanted: &str, abi: Abi) -> Result<&'a Row> {
    match find(tables, wanted, Some(abi)).first() {
        Some((_, row)) => Ok(row),
        None => {
            bail!("no system call \"{wanted}\" of {}{}", abi.name(), suggestion(tables, wanted, Some(abi)))
        }
    }
}

/// The rows that are meant; a number with x32's bit means x32 alone.
fn find<'a>(tables: &'a Tables, wanted: &str, abi: Option<Abi>) -> Vec<(Abi, &'a Row)> {
    let mut found = tables.find(wanted, abi);
    if parse_number(wanted).is_some_and(|number| number & 1 << 30 != 0) {
        found.retain(|(abi, _)| *abi == Abi::X32);
    }
    found
}

fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn number(abi: Abi, row: &Row) -> u32 {
    if abi == Abi::X32 { row.number | 1 << 30 } else { row.number }
}

fn location(root: &std::path::Path, row: &Row) -> Option<String> {
    handler_location(root, row).map(|(file, line)| format!("{}:{line}", file.display()))
}

fn describe(root: &std::path::Path, abi: Abi, row: &Row) -> String {
    let (nr, _) = register_names(abi);
    let mut out = format!("{} ({})\n  {nr:<5} {}", row.name, abi.name(), number(abi, row));
    if abi == Abi::X32 {
        out.push_str(&format!(" ({} + 0x40000000)", row.number));
    }
    out.push('\n');
    for (registers, arg) in placed_registers(abi, row) {
        out.push_str(&format!("  {registers:<5} {arg}\n"));
    }
    out.push_str(&format!("  entry    {}\n", row.thunk()));
    if let Some(handler) = &row.handler {
        let place = location(root, row).unwrap_or_else(|| "not found".to_owned());
        out.push_str(&format!("  handler  {handler}  {place}\n"));
    }
    out.push_str(&format!("  status   {}\n", row.status));
    out
}

fn to_json(root: &std::path::Path, abi: Abi, row: &Row) -> serde_json::Value {
    let args: Vec<_> = placed_registers(abi, row)
        .into_iter()
        .map(|(register, arg)| json!({ "register": register, "type": arg.ctype, "name": arg.name }))
        .collect();
    let (status, missing) = match &row.status {
        Status::Done => ("done", None),
        Status::Partial(what) => ("partial", Some(what)),
        Status::Absent => ("absent", None),
    };
    json!({
        "abi": abi.name(), "number": number(abi, row), "name": row.name, "entry": row.entry, "arguments": args,
        "handler": row.handler, "location": location(root, row), "status": status, "missing": missing,
    })
}

fn whole(root: &std::path::Path, tables: &Tables, abi: Abi, json: bool) {
    if json {
        let rows: Vec<_> = tables.rows(abi).map(|row| to_json(root, abi, row)).collect();
        println!("{}", serde_json::Value::from(rows));
        return;
    }
    let mut counts = [0; 3];
    for row in tables.rows(abi) {
        if !row.is_reserved() {
            counts[match row.status {
                Status::Done => 0,
                Status::Partial(_) => 1,
                Status::Absent => 2,
            }] += 1;
        }
        println!("{:>10}  {:<28} {}", number(abi, row), row.name, row.status);
    }
    println!("{}: {} done, {} partial, {} absent", abi.name(), counts[0], counts[1], counts[2]);
}

/// What may have been meant: the call of another ABI, the range of numbers, or names that are close.
fn suggestion(tables: &Tables, wanted: &str, abi: Option<Abi>) -> String {
    let elsewhere: Vec<&str> = find(tables, wanted, None).iter().map(|(abi, _)| abi.name()).collect();
    if !elsewhere.is_empty() {
        return format!("; {} has it", elsewhere.join(", "));
    }
    if wanted.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        let last = tables.rows(abi.unwrap_or(Abi::X86_64)).map(|row| row.number).max().unwrap_or(0);
        return format!("; numbers go from 0 to {last}, and some are not in use");
    }
    let abis = abi.map_or(Abi::ALL.to_vec(), |abi| vec![abi]);
    let mut names: Vec<(usize, &str)> = abis
        .iter()
        .flat_map(|abi| tables.rows(*abi))
        .map(|row| (distance(wanted, &row.name), row.name.as_str()))
        .filter(|(distance, name)| *distance <= 2 || !wanted.is_empty() && name.contains(wanted))
        .collect();
    names.sort();
    names.dedup();
    match names.iter().take(4).map(|(_, name)| *name).collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "; `./ferrogate table` lists all".to_owned(),
        some => format!("; did you mean {some}?"),
    }
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let next = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_is_not_there_gets_a_hint() {
        let tables = Tables::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        let hint = |wanted, abi| suggestion(&tables, wanted, abi);
        assert!(hint("opne", None).starts_with("; did you mean open?"));
        assert_eq!(hint("mmap2", Some(Abi::X86_64)), "; i386 has it");
        assert!(hint("9999", None).contains("469"));
        assert!(hint("0x40000001", Some(Abi::I386)).ends_with("; x32 has it"));
        assert!(hint("-1", None).contains("from 0 to 469"));
        assert!(hint("quite_another", None).contains("lists all"));
    }

    #[test]
    fn a_row_shows_registers_and_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let tables = Tables::load(&root).unwrap();
        let (abi, row) = tables.find("write", Some(Abi::X86_64))[0];
        let text = describe(&root, abi, row);
        for part in ["rax   1\n", "rdi   unsigned int fd\n", "rsi   const char *buf\n", "__x64_sys_write"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(text.contains("handler  file::write  kernel/syscall/src/file.rs:"), "{text}");
        assert_eq!(to_json(&root, abi, row)["arguments"][2]["register"], "rdx");
    }

    #[test]
    fn numbers_with_and_without_the_bit() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let tables = Tables::load(&root).unwrap();
        let abis = |wanted| find(&tables, wanted, None).iter().map(|(abi, _)| *abi).collect::<Vec<_>>();
        assert_eq!(abis("0x40000001"), [Abi::X32]);
        assert_eq!(abis("1"), Abi::ALL);
        assert_eq!(abis("515"), [Abi::X32]);
        let (abi, row) = find(&tables, "pread64", Some(Abi::I386))[0];
        assert!(describe(&root, abi, row).contains("esi, edi loff_t pos\n"));
    }

    #[test]
    fn distances() {
        assert_eq!(distance("open", "open"), 0);
        assert_eq!(distance("opne", "open"), 2);
        assert_eq!(distance("writ", "write"), 1);
    }
}
