//! The dispatch tables and the thunks from registers to typed arguments.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;

use crate::ctype::CType;
use crate::layout::pointee;
use crate::table::{Abi, Arg, Row, Tables};

/// What the tables of the ABIs are called, and the registers of the arguments as fields of `PtRegs`.
fn table_name(abi: Abi) -> (&'static str, [&'static str; 6]) {
    match abi {
        Abi::I386 => ("ia32_sys_call_table", ["bx", "cx", "dx", "si", "di", "bp"]),
        Abi::X32 => ("x32_sys_call_table", ["di", "si", "dx", "r10", "r8", "r9"]),
        Abi::X86_64 => ("sys_call_table", ["di", "si", "dx", "r10", "r8", "r9"]),
    }
}

/// Rust source for kernel/syscall: a thunk for each handler, `sys_call_table`, `x32_sys_call_table` and
/// `ia32_sys_call_table`.
///
/// A thunk passes each register in exactly the width and sign of the row's C type, so that a handler
/// with another signature does not compile.
pub fn render_dispatch(tables: &Tables) -> String {
    let mut out = String::from("// Generated from abi/tables.\n\n");
    let len = render_table(&mut out, tables, Abi::X86_64);
    let _ = writeln!(out, "hal::describe_syscall_table!({len});\n");
    render_table(&mut out, tables, Abi::X32);
    render_table(&mut out, tables, Abi::I386);
    out
}

/// The kernel's symbol for the entry by that ABI. An x32 program's call has a thunk of its own if it isn't a 64-bit
/// one's, or if it brings structures that both lay out in different ways.
fn thunk_name(abi: Abi, row: &Row) -> String {
    let shared = abi != Abi::X32 || row.entry.starts_with("compat_") || !has_own_thunk(abi, row);
    if shared { row.thunk() } else { format!("__x32_{}", row.entry) }
}

/// Whether the ABI's table comes with a thunk for the row, rather than with the 64-bit one's.
fn has_own_thunk(abi: Abi, row: &Row) -> bool {
    let differs = |arg: &Arg| pointee(abi, &arg.ctype) != pointee(Abi::X86_64, &arg.ctype);
    abi == Abi::X86_64 || row.abi != "common" || row.args.iter().any(differs)
}

/// The thunks and the table of an ABI; how many slots it has.
fn render_table(out: &mut String, tables: &Tables, abi: Abi) -> usize {
    let rows: Vec<&Row> = tables.rows(abi).collect();
    let mut done = BTreeSet::new();
    for row in &rows {
        if let Some(handler) = &row.handler
            && (abi != Abi::X32 || has_own_thunk(abi, row))
            && done.insert(thunk_name(abi, row))
        {
            thunk(out, abi, row, handler);
        }
    }
    let len = rows.iter().map(|row| row.number + 1).max().unwrap_or(0) as usize;
    let mut slots = vec!["__x64_sys_ni_syscall".to_owned(); len];
    for row in rows.iter().filter(|row| row.handler.is_some()) {
        slots[row.number as usize] = thunk_name(abi, row);
    }
    let _ = writeln!(out, "hal::export_static! {{\n    /// The table of {}, by number.", abi.name());
    let _ = writeln!(out, "    pub static {}: [hal::SyscallFn; {len}] = [", table_name(abi).0);
    for slot in slots {
        let _ = writeln!(out, "        {slot},");
    }
    out.push_str("    ];\n}\n");
    len
}

fn thunk(out: &mut String, abi: Abi, row: &Row, handler: &str) {
    let _ = writeln!(out, "hal::export_fn! {{\n    /// `{}`.", row.name);
    let _ =
        writeln!(out, "    pub extern \"C\" fn {}(regs: &mut hal::PtRegs) -> i64 {{", thunk_name(abi, row));
    let mut call = String::new();
    for (nth, (arg, registers)) in row.placed_args().into_iter().enumerate() {
        let _ = writeln!(out, "        let a{nth} = {};", value(abi, arg, registers));
        let _ = match (arg.kind, pointee(abi, &arg.ctype)) {
            (CType::Pointer, Some(layout)) => write!(call, ", mm::UserPtr::<{layout}>::new(a{nth})"),
            (CType::Pointer, None) => write!(call, ", mm::UserArg::from_addr(a{nth})"),
            _ => write!(call, ", a{nth}"),
        };
    }
    let run = match call.as_str() {
        "" => format!("crate::{handler}"),
        _ => format!("|cx| crate::{handler}(cx{call})"),
    };
    let _ = writeln!(out, "        process::Cx::run(regs, {run})\n    }}\n}}\n");
}

/// An argument from its registers: as 64-bit programs have it, or with 32 bits extended as the C type says.
fn value(abi: Abi, arg: &Arg, registers: Range<usize>) -> String {
    let names = table_name(abi).1;
    let register = names[registers.start];
    match (abi, arg.kind) {
        (Abi::I386, kind) if registers.len() == 2 => {
            let high = names[registers.start + 1];
            let low = format!("u64::from(regs.{register} as u32)");
            format!("({low} | u64::from(regs.{high} as u32) << 32) as {}", kind.rust())
        }
        (Abi::I386, CType::Pointer | CType::U64) => format!("u64::from(regs.{register} as u32)"),
        (Abi::I386, CType::Usize) => format!("regs.{register} as u32 as usize"),
        (Abi::I386, CType::I64) => format!("i64::from(regs.{register} as i32)"),
        (_, CType::Pointer | CType::U64) => format!("regs.{register}"),
        (_, kind) => format!("regs.{register} as {}", kind.rust()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn dispatch(x86_64: &str, i386: &str) -> String {
        let parse = |text| crate::table::parse(Path::new("t"), text).unwrap();
        render_dispatch(&Tables { x86_64: parse(x86_64), i386: parse(i386) })
    }

    #[test]
    fn a_thunk_has_the_types_of_the_row() {
        let text = "1\tcommon\twrite\tsys_write\t(unsigned int fd, const char *buf, size_t count)\tfile::write\tdone\n";
        let source = dispatch(text, "");
        assert!(source.contains("let a0 = regs.di as u32;"));
        assert!(source.contains("crate::file::write(cx, a0, mm::UserArg::from_addr(a1), a2)"));
        assert!(
            source
                .contains("[hal::SyscallFn; 2] = [\n        __x64_sys_ni_syscall,\n        __x64_sys_write,")
        );
    }

    #[test]
    fn a_32_bit_thunk_extends_and_joins() {
        let pread = "0\ti386\tpread64\tsys_ia32_pread64\t(unsigned int fd, char *buf, size_t count, loff_t pos)\tfile::pread64\tdone\n";
        let truncate =
            "1\ti386\ttruncate\tcompat_sys_truncate\t(const char *path, long length)\tattr::truncate\tdone\n";
        let source = dispatch("", &[pread, truncate].concat());
        for part in [
            "let a1 = u64::from(regs.cx as u32);",
            "let a2 = regs.dx as u32 as usize;",
            "let a3 = (u64::from(regs.si as u32) | u64::from(regs.di as u32) << 32) as i64;",
            "let a1 = i64::from(regs.cx as i32);",
            "ia32_sys_call_table: [hal::SyscallFn; 2] = [\n        __ia32_sys_ia32_pread64,\n        __ia32_compat_sys_truncate,",
        ] {
            assert!(source.contains(part), "{part}");
        }
    }

    #[test]
    fn x32_has_its_own_thunks_where_it_must() {
        let row = |number, abi, name, args| {
            format!("{number}\t{abi}\t{name}\tsys_{name}\t({args})\tfile::{name}\tdone\n")
        };
        let close = row(0, "common", "close", "unsigned int fd");
        let nanosleep = row(1, "common", "nanosleep", "const struct timespec *req");
        let only_64 = row(2, "64", "writev", "unsigned long fd");
        let only_x32 = row(3, "x32", "writev", "unsigned long fd");
        let source = dispatch(&[close, nanosleep, only_64, only_x32].concat(), "");
        let table = source.split("x32_sys_call_table").nth(1).unwrap();
        let slots: Vec<_> = table.lines().skip(1).take(4).map(str::trim).collect();
        assert_eq!(
            slots,
            ["__x64_sys_close,", "__x32_sys_nanosleep,", "__x64_sys_ni_syscall,", "__x32_sys_writev,"]
        );
        assert_eq!(source.matches("fn __x64_sys_close").count(), 1);
    }

    #[test]
    fn the_c_type_chooses_the_layout() {
        let sleep = "0\ti386\tnanosleep\tsys_nanosleep_time32\t(struct old_timespec32 *rqtp, struct old_timespec32 *rmtp)\tsleep::nanosleep\tdone\n";
        let source = dispatch("", sleep);
        assert!(source.contains(
            "crate::sleep::nanosleep(cx, mm::UserPtr::<[i32; 2]>::new(a0), mm::UserPtr::<[i32; 2]>::new(a1))"
        ));
    }
}
