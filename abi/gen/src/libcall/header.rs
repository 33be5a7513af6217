//! `libcall.h`: prototypes of the wrappers.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Passing, c_names, is_cancellation_point, passing, wrapped};
use crate::table::{Abi, Row, Tables};

/// The header, for all three ABIs.
pub fn render_libcall_header(tables: &Tables) -> String {
    let mut out = String::from(
        "/* Generated from abi/tables; do not edit.\n *\n \
         * Every system call of Linux 6.18 as a function: __libcall_NAME makes it, __libcall_NAME_cancel is a\n \
         * cancellation point. An error is errno and -1. Structures are the kernel's own, as <linux/…> has them;\n \
         * on i386 a 64-bit value is the pair of registers that the call takes it in.\n */\n\
         #ifndef FERROGATE_LIBCALL_H\n#define FERROGATE_LIBCALL_H\n\n\
         #ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
    );
    out.push_str(RUNTIME);
    for name in structures(tables) {
        let _ = writeln!(out, "{name};");
    }
    let conditions = [
        "#if defined(__x86_64__) && !defined(__ILP32__)",
        "#elif defined(__x86_64__)",
        "#elif defined(__i386__)",
    ];
    for (abi, condition) in Abi::ALL.into_iter().zip(conditions) {
        let _ = writeln!(out, "\n{condition}\n");
        for row in wrapped(tables, abi) {
            prototypes(&mut out, tables, abi, row);
        }
    }
    out.push_str("\n#endif\n\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
    out
}

/// What libcall/c has beside the wrappers.
const RUNTIME: &str = "\
/* Gives up the calling thread's cancellable calls. From a signal handler, with its third argument: a call that the\n \
 * signal met before or in the kernel fails with ECANCELED, and so does each cancellable one after it. */\n\
void __libcall_cancel_from(void *ucontext);\n\
/* Not zero: this thread's cancellable calls fail with ECANCELED. */\n\
extern __thread int __libcall_cancelled;\n\n";

fn prototypes(out: &mut String, tables: &Tables, abi: Abi, row: &Row) {
    let args: Vec<String> = (0..row.args.len()).map(|nth| argument(abi, row, nth)).collect();
    let args = if args.is_empty() { "void".to_owned() } else { args.join(", ") };
    let weak = c_names(tables, abi, row);
    let note = if weak.is_empty() { String::new() } else { format!(" /* {} */", weak.join(", ")) };
    let _ = writeln!(out, "long __libcall_{}({args});{note}", row.name);
    if is_cancellation_point(row) {
        let _ = writeln!(out, "long __libcall_{}_cancel({args});", row.name);
    }
}

fn argument(abi: Abi, row: &Row, nth: usize) -> String {
    let arg = &row.args[nth];
    let (base, stars) = arg.ctype.split_at(arg.ctype.find('*').unwrap_or(arg.ctype.len()));
    let (constant, base) = match base.trim_end().strip_prefix("const ") {
        Some(base) => ("const ", base),
        None => ("", base.trim_end()),
    };
    let c = match passing(abi, row, nth) {
        Passing::Signed if arg.ctype != "long" => "int".to_owned(),
        Passing::Wide if abi == Abi::X32 && base == "unsigned long" => "unsigned long long".to_owned(),
        _ => c_type(abi, base).to_owned(),
    };
    let space = if stars.is_empty() && !c.ends_with('*') { " " } else { "" };
    let gap = if stars.is_empty() { "" } else { " " };
    format!("{constant}{c}{gap}{stars}{space}{}", arg.name)
}

/// The kernel's names of types, where a C program has another for the same.
fn c_type(abi: Abi, base: &str) -> &str {
    match base {
        "old_uid_t" | "old_gid_t" => "unsigned short",
        "umode_t" | "u32" | "__u32" | "uint32_t" | "uid_t" | "gid_t" | "unsigned" => "unsigned int",
        "pid_t"
        | "clockid_t"
        | "timer_t"
        | "key_t"
        | "mqd_t"
        | "qid_t"
        | "rwf_t"
        | "key_serial_t"
        | "__s32"
        | "old_time32_t"
        | "enum landlock_rule_type" => "int",
        "loff_t" | "__s64" => "long long",
        "u64" | "__u64" => "unsigned long long",
        "off_t" | "time_t" if abi == Abi::X32 => "long long",
        "off_t" | "time_t" => "long",
        "aio_context_t" | "old_sigset_t" | "long unsigned" => "unsigned long",
        "size_t" => "__SIZE_TYPE__",
        // Structures to whoever knows them; libcall hands the address on.
        "fd_set" | "sigset_t" | "siginfo_t" => "void",
        "cap_user_header_t" | "cap_user_data_t" => "void *",
        "__sighandler_t" | "sighandler_t" => "void *",
        other => other,
    }
}

/// The structures that arguments point to, to be declared.
fn structures(tables: &Tables) -> BTreeSet<String> {
    let rows = Abi::ALL.into_iter().flat_map(|abi| wrapped(tables, abi));
    let types = rows.flat_map(|row| &row.args).map(|arg| arg.ctype.trim_start_matches("const "));
    let bases = types.filter(|ctype| ctype.starts_with("struct ") || ctype.starts_with("union "));
    bases.map(|ctype| ctype.trim_end_matches(['*', ' ']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn prototypes_have_cs_types() {
        let tables = Tables::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../")).unwrap();
        let header = render_libcall_header(&tables);
        for line in [
            "struct stat;\n",
            "long __libcall_write(unsigned int fd, const char *buf, __SIZE_TYPE__ count); /* write */\n",
            "long __libcall_pread64(unsigned int fd, char *buf, __SIZE_TYPE__ count, long long pos); /* pread, pread64 */\n",
            "long __libcall_getppid(void); /* getppid */\n",
            "long __libcall_capget(void *header, void *dataptr); /* capget */\n",
        ] {
            assert!(header.contains(line), "{line}");
        }
    }
}
