//! The built-in program: a few lines of C that make the call, written for it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use abi_gen::{Abi, Row};
use anyhow::{Context, Result, bail};

use crate::libcall;
use crate::project::Project;

/// The function in which the call is made.
pub const THE_CALL: &str = "the_call";

/// Calls with arguments that make sense: what comes before, and the call as one writes it in C.
const WRITTEN: &[(&str, &str, &str)] = &[
    ("write", "", "write(1, \"Hi\\n\", 3)"),
    ("read", "fd = open(\"/etc/passwd\", O_RDONLY);", "read(fd, buffer, 16)"),
    ("open", "", "open(\"/etc/passwd\", O_RDONLY)"),
    ("openat", "", "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY)"),
    ("close", "fd = open(\"/etc/passwd\", O_RDONLY);", "close(fd)"),
    ("dup", "fd = open(\"/etc/passwd\", O_RDONLY);", "dup(fd)"),
    ("dup2", "fd = open(\"/etc/passwd\", O_RDONLY);", "dup2(fd, 9)"),
    ("lseek", "fd = open(\"/etc/passwd\", O_RDONLY);", "lseek(fd, 4, SEEK_SET)"),
    ("pipe", "", "pipe((int *)buffer)"),
    ("mmap", "", "(long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)"),
    (
        "munmap",
        "void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);",
        "munmap(at, 4096)",
    ),
    ("fork", "", "fork()"),
    ("mkdir", "", "mkdir(\"/new\", 0755)"),
    ("access", "", "access(\"/no/such/file\", R_OK)"),
];

/// Writes and compiles the program; gives it, and its source.
pub fn build(project: &Project, abi: Abi, row: &Row) -> Result<(PathBuf, PathBuf)> {
    let dir = project.output("explain");
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let name = format!("{}-{}", row.name, libcall::names(abi).0);
    let (source, binary) = (dir.join(&name).with_extension("c"), dir.join(&name));
    let library = libcall::build(project, abi)?.join("libcall.a");
    fs::write(&source, text(row)).with_context(|| format!("cannot write {}", source.display()))?;
    let mut gcc = Command::new("gcc");
    gcc.args([
        libcall::names(abi).1,
        "-std=gnu17",
        "-O1",
        "-g",
        "-w",
        "-static",
        "-no-pie",
        "-fno-pie",
        "-o",
    ]);
    gcc.arg(&binary).arg("-I").arg(project.root.join("libcall/include")).arg(&source);
    // A C library's own wrapper is the one that people know; libcall has those that it lacks.
    let output = gcc.arg("-lc").arg(library).arg("-lc").output().context("cannot start gcc")?;
    if !output.status.success() {
        bail!("the built-in program does not compile:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok((binary, source))
}

fn text(row: &Row) -> String {
    let written = WRITTEN.iter().find(|(name, ..)| *name == row.name);
    let (before, call) = match written {
        Some((_, before, call)) => ((*before).to_owned(), (*call).to_owned()),
        None => (String::new(), generic(row)),
    };
    let outer = if before.starts_with("void *at") { "static void *at;\n" } else { "" };
    let before = before.replacen("void *at", "at", 1);
    format!(
        "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <sys/mman.h>\n#include <sys/stat.h>\n#include <unistd.h>\n\
         #include \"libcall.h\"\n\nstatic char buffer[4096];\nstatic int fd;\n{outer}\n\
         __attribute__((noinline)) long {THE_CALL}(void)\n{{\n\treturn {call};\n}}\n\n\
         int main(void)\n{{\n\t{before}\n\t{THE_CALL}();\n\treturn 0;\n}}\n"
    )
}

/// Arguments by their types and names: nothing in particular, but a call all the same.
fn generic(row: &Row) -> String {
    let argument = |arg: &abi_gen::Arg| match arg.ctype.as_str() {
        "const char *" if arg.name.ends_with("buf") => "buffer".to_owned(),
        "const char *" => "\"/etc/passwd\"".to_owned(),
        ctype if ctype.ends_with('*') => "(void *)buffer".to_owned(),
        "size_t" => "64".to_owned(),
        _ if arg.name.ends_with("dfd") => "-100".to_owned(),
        _ => "0".to_owned(),
    };
    let arguments: Vec<String> = row.args.iter().map(argument).collect();
    format!("__libcall_{}({})", row.name, arguments.join(", "))
}
