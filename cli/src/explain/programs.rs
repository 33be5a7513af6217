//! The built-in program: a few lines of C that make the call, written for it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use abi_gen::{Abi, Row};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::Subject;
use crate::libcall;
use crate::project::Project;

/// The function in which the call is made.
pub const THE_CALL: &str = "the_call";

/// The instruction that the built-in program goes to the kernel by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Door {
    /// As the C library does it: the vDSO where that has the call; for i386 the vDSO's __kernel_vsyscall
    Libc,
    /// A wrapper that makes the call whether the vDSO has it or not
    Syscall,
    /// i386: int $0x80, from 32-bit code
    Int80,
    /// i386: int $0x80, from 64-bit code
    #[value(name = "int80-64")]
    Int80From64,
    /// i386: __kernel_vsyscall on an Intel processor, which uses sysenter; an AMD one uses syscall
    Sysenter,
}

impl Door {
    /// Whether a table can be reached through it.
    pub fn leads_to(self, abi: Abi) -> bool {
        matches!(self, Door::Libc | Door::Syscall) || abi == Abi::I386
    }

    /// Said in the heading.
    pub fn words(self) -> &'static str {
        match self {
            Door::Libc | Door::Syscall => "",
            Door::Int80 => " by int $0x80",
            Door::Int80From64 => " by int $0x80 from 64-bit code",
            Door::Sysenter => " by sysenter",
        }
    }

    /// The program's own ABI.
    fn program(self, abi: Abi) -> Abi {
        if self == Door::Int80From64 { Abi::X86_64 } else { abi }
    }
}

/// Calls with arguments that make sense: what comes before, and the call as one writes it in C.
const WRITTEN: &[(&str, &str, &str)] = &[
    ("write", "", "write(1, \"Hi\\n\", 3)"),
    ("read", "fd = open(\"/etc/passwd\", O_RDONLY);", "read(fd, buffer, 16)"),
    ("open", "", "open(\"/etc/passwd\", O_RDONLY, 0)"),
    ("openat", "", "openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY, 0)"),
    ("close", "fd = open(\"/etc/passwd\", O_RDONLY);", "close(fd)"),
    ("dup", "fd = open(\"/etc/passwd\", O_RDONLY);", "dup(fd)"),
    ("dup2", "fd = open(\"/etc/passwd\", O_RDONLY);", "dup2(fd, 9)"),
    ("lseek", "fd = open(\"/etc/passwd\", O_RDONLY);", "lseek(fd, 4, SEEK_SET)"),
    ("pipe", "", "pipe((int *)buffer)"),
    ("munmap", "at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);", "munmap(at, 4096)"),
    ("mkdir", "", "mkdir(\"/new\", 0755)"),
    ("access", "", "access(\"/no/such/file\", R_OK)"),
    ("clock_gettime", "", "clock_gettime(CLOCK_MONOTONIC, (void *)buffer)"),
    ("clock_getres", "", "clock_getres(CLOCK_MONOTONIC, (void *)buffer)"),
    ("gettimeofday", "", "gettimeofday((void *)buffer, NULL)"),
    ("time", "", "time(NULL)"),
    ("getcpu", "", "getcpu((void *)buffer, (void *)(buffer + 8))"),
    ("nanosleep", "((long *)buffer)[1] = 50000000;", "nanosleep((void *)buffer, NULL)"),
    (
        "clock_nanosleep",
        "((long *)buffer)[1] = 50000000;",
        "__libcall_clock_nanosleep(0, 0, (void *)buffer, NULL)",
    ),
    (
        "execve",
        "((char **)buffer)[0] = \"init\"; ((char **)buffer)[1] = \"again\";",
        "execve(\"/init\", (char **)buffer, NULL)",
    ),
    ("wait4", "if (fork() == 0) _exit(3);", "wait4(-1, (void *)buffer, 0, NULL)"),
    ("waitpid", "if (fork() == 0) _exit(3);", "__libcall_waitpid(-1, (void *)buffer, 0)"),
    ("pause", "signal(SIGALRM, nothing); alarm(1);", "pause()"),
    // The first process may not end.
    ("exit", CHILD, "__libcall_exit(3)"),
    ("exit_group", CHILD, "__libcall_exit_group(3)"),
    // The handler is recorded: it returns to the code that makes the call.
    (
        "rt_sigreturn",
        "sigaction(SIGUSR1, &(struct sigaction){.sa_sigaction = (void *)the_call, .sa_flags = SA_SIGINFO}, NULL);",
        HANDLER,
    ),
    ("sigreturn", "signal(SIGUSR1, (void *)the_call);", HANDLER),
];

const CHILD: &str = "if (fork()) return wait(NULL), 0;";
/// In the place of a call: that is made by returning.
const HANDLER: &str = "0";

/// What does not depend on the call. What goes through INT 0x80 itself has its words as arguments of `int80`.
const HEAD: &str = "\
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include \"libcall.h\"

long the_call(void);
long int80(long number, ...);

static char buffer[4096];
static int fd;
static void *at;
static void nothing(int signal) {}
";

const INT80: &str = "
#ifdef __x86_64__
asm(\"int80: push %rbx; push %rbp; mov 24(%rsp), %ebp; mov %edi, %eax; mov %esi, %ebx; xchg %ecx, %edx;\"
    \"mov %r8d, %esi; mov %r9d, %edi; int $0x80; pop %rbp; pop %rbx; ret\");
#else
asm(\"int80: push %ebx; push %esi; push %edi; push %ebp; mov 20(%esp), %eax; mov 24(%esp), %ebx; mov 28(%esp), %ecx;\"
    \"mov 32(%esp), %edx; mov 36(%esp), %esi; mov 40(%esp), %edi; mov 44(%esp), %ebp; int $0x80;\"
    \"pop %ebp; pop %edi; pop %esi; pop %ebx; ret\");
#endif
asm(\".type int80, @function\");
";

/// Writes and compiles the program; gives it, and its source. `wrapper` is for the table's own wrapper in the place of C's
/// function.
pub fn build(
    project: &Project,
    subject: &Subject,
    given: Option<&str>,
    wrapper: bool,
) -> Result<(PathBuf, PathBuf)> {
    let dir = project.output("explain");
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let abi = subject.door.program(subject.abi);
    let mut name = format!("{}-{}", subject.row.name, libcall::names(abi).0);
    if given.is_some() || subject.door == Door::Int80From64 {
        name += &format!("-{}", std::process::id());
    }
    let (source, binary) = (dir.join(&name).with_extension("c"), dir.join(&name));
    let library = libcall::build(project, abi)?.join("libcall.a");
    let text = text(&subject.row, subject.door, given, wrapper);
    fs::write(&source, text).with_context(|| format!("cannot write {}", source.display()))?;
    let mut gcc = Command::new("gcc");
    gcc.arg(libcall::names(abi).1);
    gcc.args(["-std=gnu17", "-O1", "-g", "-w", "-static", "-no-pie", "-fno-pie", "-o"]);
    gcc.arg(&binary).arg("-I").arg(project.root.join("libcall/include")).arg(&source);
    // A C library's own wrapper is the one that people know; libcall has those that it lacks.
    let output = gcc.arg("-lc").arg(library).arg("-lc").output().context("cannot start gcc")?;
    if !output.status.success() {
        bail!(
            "the program that makes the call does not compile:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok((binary, source))
}

fn text(row: &Row, door: Door, given: Option<&str>, wrapper: bool) -> String {
    let written = WRITTEN.iter().find(|(name, ..)| *name == row.name);
    let (before, call) = match (given, written) {
        (Some(given), _) => {
            let (before, call) =
                given.trim_end().trim_end_matches(';').rsplit_once(';').unwrap_or(("", given));
            (format!("{before};"), call.trim().trim_end_matches(';').to_owned())
        }
        (None, Some((_, before, call))) => ((*before).to_owned(), (*call).to_owned()),
        (None, None) => (String::new(), generic(row)),
    };
    let direct = matches!(door, Door::Int80 | Door::Int80From64);
    let own = format!("__libcall_{}(", row.name);
    let plain = format!("{}(", row.name);
    let call = match call.strip_prefix(&own).or_else(|| call.strip_prefix(&plain)) {
        Some(")") if direct => format!("int80({})", row.number),
        Some(rest) if direct => format!("int80({}, {rest}", row.number),
        Some(rest) if wrapper || door == Door::Syscall => format!("{own}{rest}"),
        _ => call,
    };
    let start = if call == HANDLER { "raise(SIGUSR1)" } else { "the_call()" };
    let int80 = if direct { INT80 } else { "" };
    format!(
        "{HEAD}{int80}\n__attribute__((noinline)) long {THE_CALL}(void)\n{{\n\treturn {call};\n}}\n\n\
         int main(int argc, char **argv)\n{{\n\tif (argc > 1)\n\t\treturn 0;\n\t{before}\n\t{start};\n\treturn 0;\n}}\n"
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
