//! The user side: wrappers for programs, made from the same rows as the kernel's thunks. This file has what the
//! rows do not say: which calls are cancellation points, and where C's function of the same name is another one.

mod asm;
mod header;
mod rust;

pub use asm::{WrapperFile, render_wrappers};
pub use header::render_libcall_header;
pub use rust::render_libcall_rust;

use crate::ctype::CType;
use crate::table::{Abi, Row, Tables};

/// The calls that are cancellation points (pthreads(7)) and can wait, but for close(2), which POSIX names too: a close
/// that is given up leaves nobody to tell whether the descriptor is still there.
const CANCELLATION_POINTS: &[&str] = &[
    "accept",
    "accept4",
    "clock_nanosleep",
    "connect",
    "creat",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "fcntl",
    "fcntl64",
    "fdatasync",
    "fsync",
    "msgrcv",
    "msgsnd",
    "msync",
    "nanosleep",
    "open",
    "openat",
    "openat2",
    "pause",
    "poll",
    "ppoll",
    "pread64",
    "preadv",
    "preadv2",
    "pselect6",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "read",
    "readv",
    "recvfrom",
    "recvmmsg",
    "recvmsg",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "select",
    "_newselect",
    "semop",
    "semtimedop",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "splice",
    "sync_file_range",
    "tee",
    "vmsplice",
    "wait4",
    "waitid",
    "waitpid",
    "write",
    "writev",
    "mq_timedreceive",
    "mq_timedsend",
    "futex_wait",
    "futex_waitv",
    "sigsuspend",
];

/// Calls from which no wrapper can return as functions do: the kernel takes them from the code it put on the stack.
const NO_FUNCTION: &[&str] = &["rt_sigreturn", "sigreturn"];

/// C has a function of this name that takes or gives something else (clone takes a function, getcwd gives a pointer,
/// ppoll leaves the mask's size out …): there is only `__libcall_NAME`.
const OTHER_IN_C: &[&str] = &[
    "brk",
    "clock_nanosleep",
    "clone",
    "epoll_pwait",
    "epoll_pwait2",
    "eventfd",
    "exit",
    "faccessat",
    "fchmodat",
    "getcwd",
    "getpriority",
    "mq_open",
    "mq_unlink",
    "nice",
    "ppoll",
    "preadv2",
    "ptrace",
    "pwritev2",
    "reboot",
    "sched_getaffinity",
    "signalfd",
    "syslog",
    "timer_create",
    "timer_delete",
    "timer_getoverrun",
    "timer_gettime",
    "timer_settime",
    "waitid",
];

/// The same, on i386 alone: rows for structures that C no longer has, or with 64-bit values that C passes as 32.
const OTHER_IN_C_I386: &[&str] = &[
    "fallocate",
    "fstat",
    "fstatfs64",
    "getrlimit",
    "lstat",
    "mknod",
    "mknodat",
    "mmap",
    "msgctl",
    "preadv",
    "pwritev",
    "readdir",
    "select",
    "semctl",
    "shmctl",
    "sigaction",
    "signal",
    "sigpending",
    "sigprocmask",
    "sigsuspend",
    "stat",
    "statfs64",
];

/// C's names of calls that the table names otherwise.
const C_NAMES: &[(&str, &str)] =
    &[("exit_group", "_exit"), ("exit_group", "_Exit"), ("newfstatat", "fstatat"), ("prlimit64", "prlimit")];
const C_NAMES_64: &[(&str, &str)] = &[("pread64", "pread"), ("pwrite64", "pwrite")];
const C_NAMES_I386: &[(&str, &str)] = &[("_newselect", "select"), ("ugetrlimit", "getrlimit")];

/// Arguments that are `int` in C and wider in the kernel. Only the lower half of a register that holds an int counts,
/// so the wrapper widens it.
const INT_IN_C: &[(&str, &[usize])] = &[
    ("mmap", &[2, 3, 4]),
    ("mprotect", &[2]),
    ("mremap", &[3]),
    ("pkey_mprotect", &[2]),
    ("readv", &[0, 2]),
    ("writev", &[0, 2]),
    ("preadv", &[0, 2]),
    ("pwritev", &[0, 2]),
    ("remap_file_pages", &[2, 4]),
];

/// The calls of an ABI that get a wrapper.
fn wrapped(tables: &Tables, abi: Abi) -> impl Iterator<Item = &Row> {
    tables.rows(abi).filter(|row| !row.is_reserved() && !NO_FUNCTION.contains(&row.name.as_str()))
}

fn is_cancellation_point(row: &Row) -> bool {
    CANCELLATION_POINTS.contains(&row.name.as_str())
}

/// C's names for the call: weak ones, so that whoever brings a function of that name wins.
fn c_names(tables: &Tables, abi: Abi, row: &Row) -> Vec<String> {
    let name = row.name.as_str();
    let of = |names: &[(&str, &str)]| -> Vec<String> {
        names.iter().filter(|(call, _)| *call == name).map(|(_, c)| (*c).to_owned()).collect()
    };
    let mut names = of(C_NAMES);
    names.extend(of(if abi == Abi::I386 { C_NAMES_I386 } else { C_NAMES_64 }));
    // i386 has the calls with 16-bit user numbers under C's names; C means those with 32.
    let wide = |name: &str| tables.rows(abi).any(|row| row.name == format!("{name}32"));
    if abi == Abi::I386 {
        names.extend(name.strip_suffix("32").filter(|short| !short.is_empty()).map(str::to_owned));
    }
    let other =
        OTHER_IN_C.contains(&name) || abi == Abi::I386 && (OTHER_IN_C_I386.contains(&name) || wide(name));
    if !other {
        names.push(name.to_owned());
    }
    names
}

/// How an argument comes from C and what the kernel wants of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    /// The kernel looks at what C passes and at no more.
    AsItIs,
    /// 32 bits with a sign, which the kernel wants as 64.
    Signed,
    /// 32 bits without one, which the kernel wants as 64.
    Unsigned,
    /// 64 bits. On i386 these are two words, the lower one first, which is also how C passes them.
    Wide,
}

/// Of the argument with this place in its row.
fn passing(abi: Abi, row: &Row, nth: usize) -> Passing {
    let arg = &row.args[nth];
    if abi == Abi::I386 {
        return if arg.is_64_bit_everywhere() { Passing::Wide } else { Passing::AsItIs };
    }
    if INT_IN_C.iter().any(|(name, args)| *name == row.name && args.contains(&nth)) {
        return Passing::Signed;
    }
    let x32_off = row.name == "mmap" && nth == 5;
    match arg.kind {
        CType::U16 | CType::I32 | CType::U32 => Passing::AsItIs,
        _ if abi == Abi::X86_64 => Passing::AsItIs,
        // Pointers and longs of an x32 program are 32 bits; the kernel's are 64.
        CType::Pointer | CType::Usize => Passing::Unsigned,
        CType::I64 if arg.is_64_bit_everywhere() || arg.ctype == "off_t" || arg.ctype == "time_t" => {
            Passing::Wide
        }
        CType::I64 => Passing::Signed,
        CType::U64 if arg.is_64_bit_everywhere() || x32_off => Passing::Wide,
        CType::U64 => Passing::Unsigned,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn tables() -> Tables {
        Tables::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap()
    }

    /// A call that is named here and nowhere in the tables is a slip of the pen.
    #[test]
    fn lists_name_calls() {
        let tables = tables();
        let c_names = [C_NAMES, C_NAMES_64, C_NAMES_I386].concat();
        let ints = INT_IN_C.iter().map(|(name, _)| *name);
        let lists = [CANCELLATION_POINTS, NO_FUNCTION, OTHER_IN_C, OTHER_IN_C_I386].concat();
        for name in lists.into_iter().chain(c_names.iter().map(|(call, _)| *call)).chain(ints) {
            assert!(Abi::ALL.iter().any(|abi| !tables.find(name, Some(*abi)).is_empty()), "{name}");
        }
    }

    #[test]
    fn no_name_is_given_twice() {
        let tables = tables();
        for abi in Abi::ALL {
            let mut names: Vec<String> =
                wrapped(&tables, abi).flat_map(|row| c_names(&tables, abi, row)).collect();
            names.sort();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{abi:?}");
        }
    }

    #[test]
    fn c_means_the_wide_calls() {
        let tables = tables();
        let row = |name| tables.rows(Abi::I386).find(|row| row.name == name).unwrap();
        assert_eq!(c_names(&tables, Abi::I386, row("getuid32")), ["getuid", "getuid32"]);
        assert!(c_names(&tables, Abi::I386, row("getuid")).is_empty());
    }

    /// A pair counts for two of the six registers.
    #[test]
    fn arguments_fit_into_registers() {
        let tables = tables();
        for row in wrapped(&tables, Abi::I386) {
            let words: usize = row.args.iter().map(|arg| 1 + usize::from(arg.is_64_bit_everywhere())).sum();
            assert!(words <= 6, "{}", row.name);
        }
    }
}
