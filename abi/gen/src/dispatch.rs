//! The 64-bit dispatch table and the thunks from registers to typed arguments.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::ctype::CType;
use crate::table::{Abi, Row, Tables};

/// Registers of the arguments, as fields of `PtRegs`.
const REGISTERS: [&str; 6] = ["di", "si", "dx", "r10", "r8", "r9"];

/// Rust source for kernel/syscall: a thunk for each handler, and `sys_call_table`.
///
/// A thunk passes each register in exactly the width and sign of the row's C type, so that a handler
/// with another signature does not compile.
pub fn render_dispatch(tables: &Tables) -> String {
    let mut out = String::from("// Generated from abi/tables/x86_64.tbl.\n\n");
    let rows: Vec<&Row> = tables.rows(Abi::X86_64).collect();
    let mut done = BTreeSet::new();
    for row in &rows {
        if let Some(handler) = &row.handler
            && done.insert(row.thunk())
        {
            thunk(&mut out, row, handler);
        }
    }
    let len = rows.iter().map(|row| row.number + 1).max().unwrap_or(0) as usize;
    let mut slots = vec!["__x64_sys_ni_syscall".to_owned(); len];
    for row in rows.iter().filter(|row| row.handler.is_some()) {
        slots[row.number as usize] = row.thunk();
    }
    let _ = write!(out, "hal::export_static! {{\n    /// The 64-bit table, by number.\n    ");
    let _ = writeln!(out, "pub static sys_call_table: [hal::SyscallFn; {len}] = [");
    for slot in slots {
        let _ = writeln!(out, "        {slot},");
    }
    out.push_str("    ];\n}\n");
    let _ = writeln!(out, "hal::describe_syscall_table!({len});");
    out
}

fn thunk(out: &mut String, row: &Row, handler: &str) {
    let _ = writeln!(out, "hal::export_fn! {{\n    /// `{}`.", row.name);
    let _ = writeln!(out, "    pub extern \"C\" fn {}(regs: &mut hal::PtRegs) -> i64 {{", row.thunk());
    let mut call = String::new();
    for (nth, (arg, register)) in row.args.iter().zip(REGISTERS).enumerate() {
        let _ = match arg.kind {
            CType::Pointer | CType::U64 => writeln!(out, "        let a{nth} = regs.{register};"),
            kind => writeln!(out, "        let a{nth} = regs.{register} as {};", kind.rust()),
        };
        let _ = match arg.kind {
            CType::Pointer => write!(call, ", mm::UserArg::from_addr(a{nth})"),
            _ => write!(call, ", a{nth}"),
        };
    }
    let run = match call.as_str() {
        "" => format!("crate::{handler}"),
        _ => format!("|cx| crate::{handler}(cx{call})"),
    };
    let _ = writeln!(out, "        process::Cx::run(regs, {run})\n    }}\n}}\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_thunk_has_the_types_of_the_row() {
        let text = "1\tcommon\twrite\tsys_write\t(unsigned int fd, const char *buf, size_t count)\tfile::write\tdone\n";
        let tables = Tables { x86_64: crate::table::parse(Path::new("t"), text).unwrap(), i386: Vec::new() };
        let source = render_dispatch(&tables);
        assert!(source.contains("let a0 = regs.di as u32;"));
        assert!(source.contains("crate::file::write(cx, a0, mm::UserArg::from_addr(a1), a2)"));
        assert!(
            source
                .contains("[hal::SyscallFn; 2] = [\n        __x64_sys_ni_syscall,\n        __x64_sys_write,")
        );
    }
}
