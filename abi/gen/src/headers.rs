//! C headers: numbers (`unistd_64.h`) and tables for inclusion (`syscalls_64.h`).

use std::fmt::Write;

use crate::table::{Abi, Tables};

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
    let mut out = format!("/* Generated from abi/tables. */\n#ifndef {guard}\n#define {guard}\n\n");
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
    let mut out = String::from("/* Generated from abi/tables. */\n");
    for row in tables.rows(abi) {
        let _ = writeln!(out, "__SYSCALL({}, {})", row.number, row.entry);
    }
    out
}
