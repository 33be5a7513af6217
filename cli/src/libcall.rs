//! The C library of the wrappers: `libcall.a`, `crt0.o` and headers for each ABI, from the tables and libcall/c.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use abi_gen::{Abi, Tables, render_wrappers};
use anyhow::{Context, Result, bail};

use crate::guest::in_parallel;
use crate::project::{Project, is_stale};

/// Files of libcall/c that stand in the archive; start.S is `crt0.o`.
const ASSEMBLY: &[&str] = &["door", "errno"];
const C: &[&str] = &["cancel", "exit", "posix", "start", "stdio", "string"];

/// The directory under `target/ferrogate/libcall`, and what gcc calls the ABI.
pub fn names(abi: Abi) -> (&'static str, &'static str) {
    match abi {
        Abi::X86_64 => ("64", "-m64"),
        Abi::I386 => ("32", "-m32"),
        Abi::X32 => ("x32", "-mx32"),
    }
}

/// Brings the library of an ABI up to date; gives its directory.
pub fn build(project: &Project, abi: Abi) -> Result<PathBuf> {
    let dir = project.output("libcall").join(names(abi).0);
    let archive = dir.join("libcall.a");
    let mut sources: Vec<PathBuf> =
        ["abi/tables", "libcall/c", "libcall/include"].iter().map(|name| project.root.join(name)).collect();
    // The tool holds what makes the wrappers.
    sources.extend(std::env::current_exe());
    if !is_stale(&archive, &sources)? {
        return Ok(dir);
    }
    let _lock = project.lock("libcall")?;
    let parts = dir.join("parts");
    let _ = fs::remove_dir_all(&parts);
    fs::create_dir_all(&parts).with_context(|| format!("cannot make {}", parts.display()))?;
    let mut objects = wrappers(project, abi, &parts)?;
    fs::write(parts.join("strerror.c"), strerror()).context("cannot write strerror.c")?;
    let source = |name: &str, extension: &str| project.root.join(format!("libcall/c/{name}.{extension}"));
    let mut rest: Vec<PathBuf> = ASSEMBLY.iter().map(|name| source(name, "S")).collect();
    rest.extend(C.iter().map(|name| source(name, "c")));
    rest.push(parts.join("strerror.c"));
    for from in rest {
        let object = parts.join(from.file_stem().unwrap_or_default()).with_extension("rt.o");
        compile(project, abi, &from, &object)?;
        objects.push(object);
    }
    compile(project, abi, &source("start", "S"), &dir.join("crt0.o"))?;
    let new = parts.join("libcall.a");
    objects.sort();
    run(Command::new("ar").arg("rcsD").arg(&new).args(&objects))?;
    fs::rename(&new, &archive).with_context(|| format!("cannot write {}", archive.display()))?;
    let _ = fs::remove_dir_all(&parts);
    Ok(dir)
}

/// Links a C program with libcall in the place of a C library.
pub fn link(project: &Project, abi: Abi, source: &Path, out: &Path) -> Result<()> {
    let dir = build(project, abi)?;
    let mut gcc = gcc(project, abi);
    gcc.args(["-g", "-O1", "-static", "-no-pie", "-nostdlib", "-o"]).arg(out);
    run(gcc.arg(dir.join("crt0.o")).arg(source).arg(dir.join("libcall.a")).arg("-lgcc"))
}

fn gcc(project: &Project, abi: Abi) -> Command {
    let mut gcc = Command::new("gcc");
    gcc.args([names(abi).1, "-std=gnu17", "-Wall", "-fno-pie", "-fno-stack-protector"]);
    // An endless recursion is what memcpy's loop becomes if the compiler knows memcpy.
    gcc.arg("-fno-builtin").arg("-I").arg(project.root.join("libcall/include"));
    gcc
}

fn compile(project: &Project, abi: Abi, from: &Path, to: &Path) -> Result<()> {
    run(gcc(project, abi).args(["-O2", "-c", "-o"]).arg(to).arg(from))
}

/// One object a call: the linker takes what is used.
fn wrappers(project: &Project, abi: Abi, parts: &Path) -> Result<Vec<PathBuf>> {
    let files = render_wrappers(&Tables::load(&project.root)?, abi);
    let flag = match abi {
        Abi::X86_64 => "--64",
        Abi::I386 => "--32",
        Abi::X32 => "--x32",
    };
    let assemble = |file: &abi_gen::WrapperFile| -> Result<PathBuf> {
        let (source, object) =
            (parts.join(&file.name).with_extension("s"), parts.join(&file.name).with_extension("o"));
        fs::write(&source, &file.source).with_context(|| format!("cannot write {}", source.display()))?;
        run(Command::new("as").arg(flag).arg("-o").arg(&object).arg(&source))?;
        Ok(object)
    };
    in_parallel(&files, assemble).into_iter().collect()
}

/// strerror(3), with the texts that the kernel's own errno has.
fn strerror() -> String {
    let mut out =
        String::from("/* Generated from abi/src/errno.rs. */\nstatic const char *const texts[] = {\n");
    for error in (1..200).filter_map(abi::Errno::from_raw) {
        if !error.name().contains('?') {
            out += &format!("\t[{}] = {:?},\n", error.code(), error.message());
        }
    }
    out + "};\n\n__attribute__((weak)) char *strerror(int error)\n{\n\t\
           if (error > 0 && error < (int)(sizeof texts / sizeof *texts) && texts[error])\n\t\t\
           return (char *)texts[error];\n\treturn error ? \"Unknown error\" : \"Success\";\n}\n"
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !output.status.success() {
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        bail!(
            "failed: {:?} {}\n{}",
            command.get_program(),
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
