//! C headers: numbers (`unistd_64.h`) and tables for inclusion (`syscalls_64.h`, `syscall_args_64.h`).

use std::fmt::Write;

use crate::table::{Abi, Tables};

/// The headers of all ABIs by file name, as they stand in `abi/include`. x32 has no table for inclusion of its own,
/// on Linux neither: its rows are part of the 64-bit table.
pub fn render_headers(tables: &Tables) -> Vec<(String, String)> {
    let numbers = Abi::ALL.map(|abi| (format!("unistd_{}.h", bits(abi)), render_unistd_header(tables, abi)));
    let rows = [Abi::X86_64, Abi::I386]
        .map(|abi| (format!("syscalls_{}.h", bits(abi)), render_syscalls_header(tables, abi)));
    let args = ("syscall_args_64.h".to_owned(), render_args_header(tables, Abi::X86_64));
    numbers.into_iter().chain(rows).chain([args]).collect()
}

fn bits(abi: Abi) -> &'static str {
    match abi {
        Abi::X86_64 => "64",
        Abi::X32 => "x32",
        Abi::I386 => "32",
    }
}

/// `#define __NR_write 1` for each call of an ABI.
pub fn render_unistd_header(tables: &Tables, abi: Abi) -> String {
    let guard = format!("FERROGATE_UNISTD_{}_H", bits(abi).to_uppercase());
    let mut out =
        format!("/* Generated from abi/tables; do not edit. */\n#ifndef {guard}\n#define {guard}\n\n");
    if abi == Abi::X32 {
        out.push_str("#ifndef __X32_SYSCALL_BIT\n#define __X32_SYSCALL_BIT 0x40000000\n#endif\n\n");
    }
    for row in tables.rows(abi) {
        let _ = match abi {
            Abi::X32 => writeln!(out, "#define __NR_{} (__X32_SYSCALL_BIT + {})", row.name, row.number),
            _ => writeln!(out, "#define __NR_{} {}", row.name, row.number),
        };
    }
    let _ = writeln!(out, "\n#endif");
    out
}

/// `__SYSCALL(1, sys_write)` for each row of an ABI.
pub fn render_syscalls_header(tables: &Tables, abi: Abi) -> String {
    let mut out = String::from("/* Generated from abi/tables; do not edit. */\n");
    for row in tables.rows(abi) {
        let _ = writeln!(out, "__SYSCALL({}, {})", row.number, row.entry);
    }
    out
}

/// `SYSCALL_ARGS(1, write, 3, "unsigned int", "fd", …)` for each row of an ABI: a type and a name for each argument.
pub fn render_args_header(tables: &Tables, abi: Abi) -> String {
    let mut out = String::from("/* Generated from abi/tables; do not edit. */\n");
    for row in tables.rows(abi) {
        let _ = write!(out, "SYSCALL_ARGS({}, {}, {}", row.number, row.name, row.args.len());
        for arg in &row.args {
            let _ = write!(out, ", \"{}\", \"{}\"", arg.ctype, arg.name);
        }
        out.push_str(")\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    /// Names and numbers of a header; the x32 ones with their bit written out as a sum.
    fn defined(header: &str) -> BTreeMap<&str, &str> {
        let calls = header.lines().filter_map(|line| line.strip_prefix("#define __NR_"));
        calls.filter_map(|rest| rest.split_once(' ')).collect()
    }

    #[test]
    fn numbers_are_those_of_the_systems_headers() {
        let tables = Tables::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        for abi in Abi::ALL {
            let theirs = format!("/usr/include/x86_64-linux-gnu/asm/unistd_{}.h", bits(abi));
            // A developer's machine need not be Debian.
            let Ok(theirs) = std::fs::read_to_string(theirs) else { continue };
            let ours = render_unistd_header(&tables, abi);
            let (ours, theirs) = (defined(&ours), defined(&theirs));
            assert!(theirs.len() > 300, "{abi:?}");
            for (name, number) in theirs {
                assert_eq!(ours.get(name), Some(&number), "{name} of {abi:?}");
            }
        }
    }

    #[test]
    fn a_table_for_inclusion_has_every_row() {
        let tables = Tables::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        let header = render_syscalls_header(&tables, Abi::X86_64);
        assert!(header.contains("__SYSCALL(1, sys_write)\n"));
        let rows = header.lines().filter(|line| line.starts_with("__SYSCALL(")).count();
        assert_eq!(rows, tables.rows(Abi::X86_64).count());
    }
}
