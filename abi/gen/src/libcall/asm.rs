//! The wrappers as assembly, one file a call, so that a linker takes only those that a program uses.

use std::fmt::Write;

use super::{Passing, c_names, is_cancellation_point, passing, wrapped};
use crate::table::{Abi, Row, Tables};

/// A source file for the assembler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrapperFile {
    /// The call, and the file's name without `.s`.
    pub name: String,
    /// What is in it.
    pub source: String,
}

/// The wrappers of an ABI.
///
/// `__libcall_NAME` makes the call, `__libcall_NAME_cancel` is a cancellation point. C's own name is a weak alias of
/// the latter if there is one. What goes wrong ends in `__libcall_error` (libcall/c/door.S).
pub fn render_wrappers(tables: &Tables, abi: Abi) -> Vec<WrapperFile> {
    wrapped(tables, abi)
        .map(|row| WrapperFile { name: row.name.clone(), source: file(tables, abi, row) })
        .collect()
}

fn file(tables: &Tables, abi: Abi, row: &Row) -> String {
    let mut out = format!("# Generated from abi/tables: {}.\n", row.name);
    let plain = format!("__libcall_{}", row.name);
    let cancel = format!("{plain}_cancel");
    let body: fn(&mut String, Abi, &Row, bool) = match abi {
        Abi::I386 => body_32,
        _ => body_64,
    };
    function(&mut out, &plain, |out| body(out, abi, row, false));
    let mut target = plain;
    if is_cancellation_point(row) {
        function(&mut out, &cancel, |out| body(out, abi, row, true));
        target = cancel;
    }
    for name in c_names(tables, abi, row) {
        let _ = writeln!(out, "\t.weak {name}\n\t.set {name}, {target}");
    }
    out.push_str("\t.section .note.GNU-stack, \"\", @progbits\n");
    out
}

fn function(out: &mut String, name: &str, body: impl FnOnce(&mut String)) {
    let _ = writeln!(out, "\t.section .text.{name}, \"ax\", @progbits");
    let _ =
        writeln!(out, "\t.balign 16\n\t.globl {name}\n\t.type {name}, @function\n{name}:\n\t.cfi_startproc");
    body(out);
    let _ = writeln!(out, "\t.cfi_endproc\n\t.size {name}, . - {name}");
}

/// Registers in C's order, 32 and 64 bits wide; the fourth goes to r10, because SYSCALL takes rcx for itself.
const REGISTERS: [(&str, &str); 6] =
    [("edi", "rdi"), ("esi", "rsi"), ("edx", "rdx"), ("ecx", "rcx"), ("r8d", "r8"), ("r9d", "r9")];

fn body_64(out: &mut String, abi: Abi, row: &Row, cancel: bool) {
    for (nth, (low, whole)) in (0..row.args.len()).zip(REGISTERS) {
        let to = if nth == 3 { ("r10d", "r10") } else { (low, whole) };
        let _ = match passing(abi, row, nth) {
            Passing::Signed => writeln!(out, "\tmovslq %{low}, %{}", to.1),
            Passing::Unsigned => writeln!(out, "\tmov %{low}, %{}", to.0),
            _ if nth == 3 => writeln!(out, "\tmov %{whole}, %{}", to.1),
            _ => Ok(()),
        };
    }
    let bit = if abi == Abi::X32 { 1 << 30 } else { 0 };
    // The child of vfork runs on this very stack and returns first: the way back must not lie there.
    let vfork = row.name == "vfork";
    if vfork {
        out.push_str("\tpop %rdx\n\t.cfi_adjust_cfa_offset -8\n\t.cfi_register rip, rdx\n");
    }
    let _ = writeln!(out, "\tmov ${}, %eax", row.number | bit);
    if cancel {
        out.push_str("\tjmp __libcall_cancellable\n");
        return;
    }
    out.push_str("\tsyscall\n");
    if vfork {
        out.push_str("\tpush %rdx\n\t.cfi_adjust_cfa_offset 8\n\t.cfi_rel_offset rip, 0\n");
    }
    out.push_str("\tcmp $-4095, %rax\n\tjae __libcall_error\n\tret\n");
}

/// The kernel's registers for the six words, and whether C wants them back as they were.
const REGISTERS_32: [(&str, bool); 6] =
    [("ebx", true), ("ecx", false), ("edx", false), ("esi", true), ("edi", true), ("ebp", true)];

fn body_32(out: &mut String, abi: Abi, row: &Row, cancel: bool) {
    let wide = (0..row.args.len()).filter(|nth| passing(abi, row, *nth) == Passing::Wide).count();
    let used = &REGISTERS_32[..(row.args.len() + wide).min(6)];
    let saved: Vec<&str> = used.iter().filter(|(_, saved)| *saved).map(|(name, _)| *name).collect();
    for name in &saved {
        let _ = writeln!(out, "\tpush %{name}\n\t.cfi_adjust_cfa_offset 4\n\t.cfi_rel_offset {name}, 0");
    }
    for (nth, (name, _)) in used.iter().enumerate() {
        let _ = writeln!(out, "\tmov {}(%esp), %{name}", 4 * (saved.len() + 1 + nth));
    }
    let _ = writeln!(out, "\tmov ${}, %eax", row.number);
    match (row.name.as_str(), cancel) {
        // The return address waits in a register that the kernel keeps; __kernel_vsyscall would push its own.
        ("vfork", _) => out.push_str(
            "\tpop %ecx\n\t.cfi_adjust_cfa_offset -4\n\t.cfi_register eip, ecx\n\tint $0x80\n\tpush %ecx\n\t\
             .cfi_adjust_cfa_offset 4\n\t.cfi_rel_offset eip, 0\n",
        ),
        (_, true) => out.push_str("\tcall __libcall_cancellable\n"),
        // Where every C library keeps the address of __kernel_vsyscall (AT_SYSINFO).
        (_, false) => out.push_str("\tcall *%gs:0x10\n"),
    }
    for name in saved.iter().rev() {
        let _ = writeln!(out, "\tpop %{name}\n\t.cfi_adjust_cfa_offset -4\n\t.cfi_restore {name}");
    }
    out.push_str("\tcmp $-4095, %eax\n\tjae __libcall_error\n\tret\n");
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn code(abi: Abi, name: &str) -> String {
        let tables = Tables::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../")).unwrap();
        let files = render_wrappers(&tables, abi);
        let file = files.into_iter().find(|file| file.name == name).unwrap();
        let lines = file.source.lines().map(str::trim).filter(|line| !line.starts_with(".cfi"));
        lines.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn the_plain_wrapper() {
        let write = code(Abi::X86_64, "write");
        let body = "__libcall_write:; mov $1, %eax; syscall; cmp $-4095, %rax; jae __libcall_error; ret;";
        assert!(write.contains(body), "{write}");
        assert!(write.contains(".weak write; .set write, __libcall_write_cancel"), "{write}");
        assert!(
            write.contains("__libcall_write_cancel:; mov $1, %eax; jmp __libcall_cancellable"),
            "{write}"
        );
    }

    #[test]
    fn the_fourth_register() {
        assert!(code(Abi::X86_64, "openat").contains("openat:; mov %rcx, %r10; mov $257, %eax; syscall"));
        let mmap = code(Abi::X86_64, "mmap");
        assert!(
            mmap.contains("movslq %edx, %rdx; movslq %ecx, %r10; movslq %r8d, %r8; mov $9, %eax"),
            "{mmap}"
        );
    }

    #[test]
    fn x32_has_its_bit_and_wide_pointers() {
        let write = code(Abi::X32, "write");
        assert!(write.contains("mov %esi, %esi; mov %edx, %edx; mov $1073741825, %eax; syscall"), "{write}");
        assert!(!code(Abi::X32, "lseek").contains("%esi"), "an offset has 64 bits");
        assert!(code(Abi::X32, "readv").contains("mov $1073742339, %eax"), "a row of its own");
    }

    #[test]
    fn i386_takes_words_from_the_stack() {
        let dup = code(Abi::I386, "dup");
        let body = "push %ebx; mov 8(%esp), %ebx; mov $41, %eax; call *%gs:0x10; pop %ebx; cmp $-4095, %eax;";
        assert!(dup.contains(body), "{dup}");
        let pread = code(Abi::I386, "pread64");
        assert!(pread.contains("mov 28(%esp), %esi; mov 32(%esp), %edi; mov $180"), "a pair: {pread}");
        assert!(code(Abi::I386, "mmap2").contains("mov 40(%esp), %ebp"), "six");
    }
}
