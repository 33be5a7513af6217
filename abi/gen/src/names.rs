//! Numbers and names as Rust source for the crate abi.

use std::fmt::Write;

use crate::table::{Abi, Tables};

/// The modules `x86_64`, `x32` and `i386`, each with a constant a call and the names by number.
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
        out.push_str("    ];\n}\n");
    }
    out
}
