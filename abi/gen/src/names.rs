//! Numbers, names and arguments as Rust source for the crate abi.

use std::fmt::Write;

use crate::ctype::CType;
use crate::table::{Abi, Arg, Tables};

/// The modules `x86_64`, `x32` and `i386`, each with a constant a call, and names and arguments by number.
pub fn render_names(tables: &Tables) -> String {
    let mut out = String::from("// Generated from abi/tables.\n");
    for abi in Abi::ALL {
        let _ = writeln!(out, "\n/// Numbers and names of {}.\npub mod {} {{", abi.name(), abi.name());
        for row in tables.rows(abi) {
            let name = row.name.trim_start_matches('_').to_uppercase();
            let _ = writeln!(out, "    /// `{}`.\n    pub const {name}: u32 = {};", row.name, row.number);
        }
        out.push_str(
            "    /// Numbers and names, in order of numbers.\n    pub const NAMES: &[(u32, &str)] = &[\n",
        );
        for row in tables.rows(abi) {
            let _ = writeln!(out, "        ({}, \"{}\"),", row.number, row.name);
        }
        out.push_str(
            "    ];\n    /// Numbers, names and what the arguments are, in order of numbers.\n    \
             pub const SIGNATURES: &[crate::strace::Signature] = &[\n",
        );
        for row in tables.rows(abi) {
            let args: Vec<_> = row.args.iter().map(|arg| argument(abi, arg)).collect();
            let _ = writeln!(out, "        ({}, \"{}\", &[{}]),", row.number, row.name, args.join(", "));
        }
        out.push_str("    ];\n}\n");
    }
    out
}

/// The variant of `abi::strace::Kind` that an argument's C type and name stand for.
fn argument(abi: Abi, arg: &Arg) -> String {
    let is_fd = arg.name == "fildes" || arg.name.ends_with("fd");
    let kind = match arg.kind {
        CType::I64 if abi == Abi::I386 && arg.is_64_bit_everywhere() => "Wide",
        CType::U64 if abi == Abi::I386 && arg.is_64_bit_everywhere() => "WideUnsigned",
        // C strings are not told from other bytes by their type: those are called buffers.
        CType::Pointer if arg.ctype == "const char *" && !arg.name.ends_with("buf") => "Text",
        CType::Pointer => "Pointer",
        CType::I32 | CType::U32 if arg.name.ends_with("dfd") => "DirFd",
        CType::I32 | CType::U32 | CType::U64 if is_fd => "Int",
        CType::U16 if arg.ctype == "umode_t" => "Mode",
        CType::U16 => "Short",
        CType::I32 => "Int",
        CType::U32 => "Uint",
        CType::I64 => "Long",
        CType::U64 | CType::Usize => "Ulong",
    };
    format!("crate::strace::Kind::{kind}")
}
