//! The reference pages under docs/syscalls.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::table::{Abi, Arg, Row, Status, Tables};

/// Registers of the number and of the arguments.
pub fn register_names(abi: Abi) -> (&'static str, [&'static str; 6]) {
    match abi {
        Abi::I386 => ("eax", ["ebx", "ecx", "edx", "esi", "edi", "ebp"]),
        _ => ("rax", ["rdi", "rsi", "rdx", "r10", "r8", "r9"]),
    }
}

/// The registers of a row's arguments, each with its argument: `edi, ebp` for one that takes two.
pub fn placed_registers(abi: Abi, row: &Row) -> Vec<(String, &Arg)> {
    let names = register_names(abi).1;
    let of = |places: std::ops::Range<usize>| names.get(places).unwrap_or(&[]).join(", ");
    row.placed_args().into_iter().map(|(arg, places)| (of(places), arg)).collect()
}

/// What there is a page of: each call that Linux has for 64-bit or 32-bit programs.
pub(crate) fn page_names(tables: &Tables) -> BTreeSet<String> {
    let rows = [Abi::X86_64, Abi::I386].into_iter().flat_map(|abi| tables.rows(abi));
    rows.filter(|row| !row.is_reserved()).map(|row| row.name.clone()).collect()
}

/// The page of a call: what it is to 64-bit programs, then to 32-bit ones.
pub fn render_page(tables: &Tables, name: &str) -> String {
    let mut out = format!("<!-- Generated from abi/tables; do not edit. -->\n# {name}\n\n");
    let find = |abi| tables.rows(abi).find(|row| row.name == name && !row.is_reserved());
    let (native, compat) = (find(Abi::X86_64), find(Abi::I386));
    if let Some(row) = native {
        render_section(&mut out, tables, Abi::X86_64, row);
    }
    if let Some(row) = compat {
        if native.is_some() {
            out.push_str("\n## i386\n\n");
        }
        render_section(&mut out, tables, Abi::I386, row);
    }
    out
}

fn render_section(out: &mut String, tables: &Tables, abi: Abi, row: &Row) {
    let args: Vec<String> = row.args.iter().map(ToString::to_string).collect();
    let args = if args.is_empty() { "void".to_owned() } else { args.join(", ") };
    let _ = writeln!(out, "    long {}({args});\n", row.name);
    let _ = writeln!(out, "| | |\n| --- | --- |");
    for numbered in if abi == Abi::I386 { &[Abi::I386][..] } else { &[Abi::X86_64, Abi::X32] } {
        if let Some(found) = tables.rows(*numbered).find(|r| r.name == row.name) {
            let bit = if *numbered == Abi::X32 { " + 0x40000000" } else { "" };
            let _ = writeln!(out, "| number, {} | {}{bit} |", numbered.name(), found.number);
        }
    }
    let _ = writeln!(out, "| entry | `{}` |", row.thunk());
    if let Some(handler) = &row.handler {
        let _ = writeln!(out, "| handler | `kernel/syscall`, `{handler}` |");
    }
    let _ = match &row.status {
        Status::Done if abi == Abi::X86_64 => {
            writeln!(out, "| status | done; `guest/tests/{}.c` |", row.name)
        }
        status => writeln!(out, "| status | {status} |"),
    };
    let _ = writeln!(out, "| man page | {}(2) |", row.name);
    if !row.args.is_empty() {
        let _ = writeln!(out, "\n| register | argument |\n| --- | --- |");
        for (registers, arg) in placed_registers(abi, row) {
            let _ = writeln!(out, "| {registers} | `{arg}` |");
        }
    }
}

/// The list of all pages.
pub fn render_index(tables: &Tables) -> String {
    let mut out = String::from("<!-- Generated from abi/tables; do not edit. -->\n# System calls\n\n");
    for (abi, title) in [(Abi::X86_64, "64-bit"), (Abi::I386, "32-bit (i386)")] {
        let count = |want: fn(&Status) -> bool| {
            tables.rows(abi).filter(|row| !row.is_reserved() && want(&row.status)).count()
        };
        let _ = writeln!(
            out,
            "{title}: {} done, {} partial, {} absent.\n",
            count(|s| *s == Status::Done),
            count(|s| matches!(s, Status::Partial(_))),
            count(|s| *s == Status::Absent),
        );
    }
    for (abi, title) in [(Abi::X86_64, "64-bit"), (Abi::I386, "32-bit (i386)")] {
        let _ = writeln!(out, "## {title}\n\n| number | name | status |\n| --- | --- | --- |");
        for row in tables.rows(abi) {
            let name = if row.is_reserved() { row.name.clone() } else { format!("[{0}]({0}.md)", row.name) };
            let _ = writeln!(out, "| {} | {name} | {} |", row.number, row.status);
        }
        out.push('\n');
    }
    out.pop();
    out
}
