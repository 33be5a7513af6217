//! The reference pages under docs/syscalls.

use std::fmt::Write;

use crate::table::{Abi, Row, Status, Tables};

/// Registers of the number and of the arguments.
pub fn register_names(abi: Abi) -> (&'static str, [&'static str; 6]) {
    match abi {
        Abi::I386 => ("eax", ["ebx", "ecx", "edx", "esi", "edi", "ebp"]),
        _ => ("rax", ["rdi", "rsi", "rdx", "r10", "r8", "r9"]),
    }
}

/// The page of one 64-bit row.
pub fn render_page(tables: &Tables, row: &Row) -> String {
    let mut out = format!("<!-- Generated from abi/tables/x86_64.tbl; do not edit. -->\n# {}\n\n", row.name);
    let args: Vec<String> = row.args.iter().map(ToString::to_string).collect();
    let args = if args.is_empty() { "void".to_owned() } else { args.join(", ") };
    let _ = writeln!(out, "    long {}({args});\n", row.name);
    let _ = writeln!(out, "| | |\n| --- | --- |");
    for abi in Abi::ALL {
        if let Some(found) = tables.rows(abi).find(|r| r.name == row.name) {
            let bit = if abi == Abi::X32 { " + 0x40000000" } else { "" };
            let _ = writeln!(out, "| number, {} | {}{bit} |", abi.name(), found.number);
        }
    }
    let _ = writeln!(out, "| entry | `{}` |", row.thunk());
    if let Some(handler) = &row.handler {
        let _ = writeln!(out, "| handler | `kernel/syscall`, `{handler}` |");
    }
    let _ = match &row.status {
        Status::Done => writeln!(out, "| status | done; `guest/tests/{}.c` |", row.name),
        status => writeln!(out, "| status | {status} |"),
    };
    let _ = writeln!(out, "| man page | {}(2) |", row.name);
    if !row.args.is_empty() {
        let _ = writeln!(out, "\n| register | argument |\n| --- | --- |");
        for (arg, register) in row.args.iter().zip(register_names(Abi::X86_64).1) {
            let _ = writeln!(out, "| {register} | `{arg}` |");
        }
    }
    out
}

/// The list of all pages.
pub fn render_index(tables: &Tables) -> String {
    let mut out =
        String::from("<!-- Generated from abi/tables/x86_64.tbl; do not edit. -->\n# System calls\n\n");
    let count = |want: fn(&Status) -> bool| {
        tables.rows(Abi::X86_64).filter(|row| !row.is_reserved() && want(&row.status)).count()
    };
    let _ = writeln!(
        out,
        "64-bit: {} done, {} partial, {} absent.\n\n| number | name | status |\n| --- | --- | --- |",
        count(|s| *s == Status::Done),
        count(|s| matches!(s, Status::Partial(_))),
        count(|s| *s == Status::Absent),
    );
    for row in tables.rows(Abi::X86_64) {
        let name = if row.is_reserved() { row.name.clone() } else { format!("[{0}]({0}.md)", row.name) };
        let _ = writeln!(out, "| {} | {name} | {} |", row.number, row.status);
    }
    out
}
