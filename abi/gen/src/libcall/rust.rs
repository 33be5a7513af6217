//! The wrappers as Rust source for the crate libcall.

use std::fmt::Write;

use super::wrapped;
use crate::ctype::CType;
use crate::table::{Abi, Arg, Tables};

/// A function a call, which answers `Result<usize, Errno>`. `door` is the module with the instruction.
pub fn render_libcall_rust(tables: &Tables, abi: Abi) -> String {
    let mut out = String::from("// Generated from abi/tables.\n");
    for row in wrapped(tables, abi) {
        // A function that returns twice, the second time on a stack that it has left, has no place in Rust.
        if row.name == "vfork" {
            continue;
        }
        let (mut parameters, mut words) = (Vec::new(), Vec::new());
        for arg in &row.args {
            let name = rust_name(&arg.name);
            parameters.push(format!("{name}: {}", rust_type(abi, arg)));
            words.extend(as_words(abi, arg, &name));
        }
        words.resize(6, "0".to_owned());
        let bit = if abi == Abi::X32 { 1 << 30 } else { 0 };
        let _ = write!(
            out,
            "\n/// `{0}`.\n///\n/// # Safety\n/// The kernel reads and writes what the arguments point to: {0}(2).\n\
             #[inline]\npub unsafe fn {1}({2}) -> Result<usize, Errno> {{\n    \
             // SAFETY: the caller's promise.\n    unsafe {{ crate::door::call({3}, [{4}]) }}\n}}\n",
            row.name,
            rust_name(&row.name),
            parameters.join(", "),
            row.number | bit,
            words.join(", "),
        );
    }
    out
}

fn rust_name(name: &str) -> String {
    match name {
        "type" | "fn" | "in" | "ref" | "use" | "where" | "break" | "match" | "move" => format!("r#{name}"),
        _ => name.to_owned(),
    }
}

fn rust_type(abi: Abi, arg: &Arg) -> &'static str {
    match arg.kind {
        CType::Pointer if arg.ctype.starts_with("const ") => "*const c_void",
        CType::Pointer => "*mut c_void",
        CType::I64 if arg.is_64_bit_everywhere() || abi != Abi::I386 && arg.ctype != "long" => "i64",
        CType::I64 => "isize",
        CType::U64 if arg.is_64_bit_everywhere() => "u64",
        CType::U64 | CType::Usize => "usize",
        kind => kind.rust(),
    }
}

/// What goes into the registers: `Word`s, with the sign carried on where there is one.
fn as_words(abi: Abi, arg: &Arg, name: &str) -> Vec<String> {
    match (rust_type(abi, arg), abi) {
        ("i64" | "u64", Abi::I386) => vec![format!("{name} as Word"), format!("({name} >> 32) as Word")],
        ("*const c_void" | "*mut c_void", _) => vec![format!("{name}.addr() as Word")],
        _ => vec![format!("{name} as Word")],
    }
}
