//! What the arguments of the everyday calls mean.

use super::names::{self as n, Set};
use super::structs::Shape;

/// What an argument is.
#[derive(Clone, Copy)]
pub enum As {
    /// A pointer to what is not looked into.
    Address,
    /// Decimal, signed, of a word's width.
    Dec,
    /// Decimal, signed, 32 bits.
    Dec32,
    /// Decimal, unsigned.
    Unsigned,
    /// Hexadecimal.
    Hex,
    /// Permissions.
    Mode,
    /// A directory's descriptor, or AT_FDCWD.
    DirFd,
    /// A path.
    Path,
    /// Another C string.
    Text,
    /// Bits.
    Flags(&'static Set),
    /// One of several.
    One(&'static Set),
    /// open(2)'s flags: the access mode is a number in them.
    OpenFlags,
    /// mmap(2)'s: the type is a number in them.
    MapFlags,
    /// clone(2)'s: the signal at the end is a number in them.
    CloneFlags,
    /// A signal's number.
    Signal,
    /// A socket's type with flags.
    SocketType,
    /// A protocol of the family that the first argument is.
    Protocol,
    /// A futex operation with flags.
    FutexOp,
    /// The number of an ioctl.
    IoctlCommand,
    /// What depends on that number.
    IoctlArg,
    /// What depends on the command of fcntl(2).
    FcntlArg,
    /// What depends on the option of prctl(2).
    PrctlArg,
    /// Bytes for the call; the argument with this number says how many.
    In(usize),
    /// Bytes from the call, as many as it returned.
    Out,
    /// The same, in hexadecimal.
    HexOut,
    /// A C string from the call.
    TextOut,
    /// Strings, up to a null pointer.
    Strings,
    /// The same, only counted.
    Environment,
    /// A structure for the call.
    Struct(Shape),
    /// A structure from the call.
    StructOut(Shape),
    /// Buffers; the argument with this number says how many.
    Iovec(usize),
    /// The same, filled by the call.
    IovecOut(usize),
    /// What is polled; the argument with this number says how many.
    Pollfds(usize),
    /// Two descriptors from the call.
    Pair,
    /// What wait4 tells.
    WaitStatus,
    /// Directory entries from the call.
    Entries,
}

impl As {
    /// Whether the call fills it: it is shown when the call is over.
    pub fn is_out(self) -> bool {
        matches!(
            self,
            As::Out
                | As::HexOut
                | As::TextOut
                | As::StructOut(_)
                | As::IovecOut(_)
                | As::Pair
                | As::WaitStatus
                | As::Entries
                | As::IoctlArg
        )
    }
}

/// The rule for an argument of a call; none where its C type says enough.
pub fn rule(name: &str, at: usize) -> Option<As> {
    // What i386 calls otherwise.
    let name = match name {
        "fcntl64" => "fcntl",
        "mmap2" => "mmap",
        "ugetrlimit" => "getrlimit",
        "stat64" => "stat",
        "lstat64" => "lstat",
        "fstat64" => "fstat",
        "fstatat64" => "newfstatat",
        "fadvise64_64" => "fadvise64",
        "clock_gettime64" => "clock_gettime",
        "clock_settime64" => "clock_settime",
        "waitpid" if at < 3 => "wait4",
        other => other.strip_suffix("_time64").unwrap_or(other),
    };
    files(name, at).or_else(|| memory(name, at)).or_else(|| processes(name, at)).or_else(|| others(name, at))
}

fn files(name: &str, at: usize) -> Option<As> {
    Some(match (name, at) {
        ("open", 1) | ("openat", 2) => As::OpenFlags,
        ("read" | "pread64", 1) => As::Out,
        ("readlink", 1) | ("readlinkat", 2) => As::Out,
        ("getcwd", 0) => As::TextOut,
        ("write" | "pwrite64", 1) => As::In(2),
        ("readv" | "preadv", 1) => As::IovecOut(2),
        ("writev" | "pwritev", 1) => As::Iovec(2),
        ("lseek", 2) => As::One(&n::WHENCE),
        ("access", 1) | ("faccessat" | "faccessat2", 2) => As::Flags(&n::ACCESS),
        ("faccessat2", 3) => As::Flags(&n::AT_ACCESS),
        ("unlinkat", 2) | ("linkat", 4) | ("fchownat", 4) | ("utimensat" | "newfstatat", 3) => {
            As::Flags(&n::AT)
        }
        ("statx", 2) => As::Flags(&n::AT_STATX),
        ("statx", 3) => As::Flags(&n::STATX_MASK),
        ("renameat2", 4) => As::Flags(&n::RENAME),
        ("stat" | "lstat" | "fstat", 1) | ("newfstatat", 2) => As::StructOut(Shape::Stat),
        ("utimensat", 2) => As::Struct(Shape::TimespecPair),
        ("pipe" | "pipe2", 0) => As::Pair,
        ("pipe2", 1) | ("dup3", 2) => As::Flags(&n::OPEN),
        ("flock", 1) => As::Flags(&n::LOCK),
        ("preadv2", 1) => As::IovecOut(2),
        ("pwritev2", 1) => As::Iovec(2),
        ("fallocate", 1) => As::Flags(&n::FALLOC),
        // strace takes these as unsigned.
        ("truncate64" | "ftruncate64", 1) => As::Unsigned,
        ("fadvise64", 3) => As::One(&n::FADV),
        ("close_range", 2) => As::Flags(&n::CLOSE_RANGE),
        ("getdents64", 1) => As::Entries,
        ("fcntl", 1) => As::One(&n::FCNTL),
        ("fcntl", 2) => As::FcntlArg,
        ("ioctl", 1) => As::IoctlCommand,
        ("ioctl", 2) => As::IoctlArg,
        ("mount", 3) => As::Flags(&n::MOUNT),
        ("mount", 0..=2) | ("umount2", 0) => As::Path,
        ("mount", 4) => As::Text,
        ("umount2", 1) => As::Flags(&n::UMOUNT),
        ("splice", 5) | ("tee", 3) | ("vmsplice", 3) => As::Flags(&n::SPLICE),
        ("sendfile", 2) => As::Struct(Shape::Long),
        _ => return None,
    })
}

fn memory(name: &str, at: usize) -> Option<As> {
    Some(match (name, at) {
        (
            "mmap" | "munmap" | "mprotect" | "mremap" | "madvise" | "msync" | "brk" | "mlock" | "munlock",
            0,
        ) => As::Address,
        ("mmap" | "mprotect", 2) => As::Flags(&n::PROT),
        ("mmap", 3) => As::MapFlags,
        ("mmap", 4) => As::Dec32,
        ("mmap", 5) => As::Hex,
        ("mremap", 3) => As::Flags(&n::MREMAP),
        ("mremap", 4) => As::Address,
        ("madvise", 2) => As::One(&n::MADV),
        ("msync", 2) => As::Flags(&n::MSYNC),
        ("memfd_create", 1) => As::Flags(&n::MEMFD),
        _ => return None,
    })
}

fn processes(name: &str, at: usize) -> Option<As> {
    Some(match (name, at) {
        ("execve", 1) | ("execveat", 2) => As::Strings,
        ("execve", 2) | ("execveat", 3) => As::Environment,
        ("execveat", 4) => As::Flags(&n::AT),
        ("clone", 0) => As::CloneFlags,
        ("clone", 1..=4) => As::Address,
        ("wait4", 1) => As::WaitStatus,
        ("wait4", 2) | ("waitid", 3) => As::Flags(&n::WAIT),
        ("waitid", 0) => As::One(&n::WAIT_FOR),
        ("kill" | "tkill", 1) | ("tgkill", 2) | ("rt_sigaction", 0) => As::Signal,
        ("rt_sigaction", 1) => As::Struct(Shape::Sigaction),
        ("rt_sigaction", 2) => As::StructOut(Shape::Sigaction),
        ("rt_sigprocmask", 0) => As::One(&n::SIG_HOW),
        ("rt_sigprocmask", 1) | ("rt_sigsuspend", 0) => As::Struct(Shape::SignalSet),
        ("rt_sigprocmask", 2) | ("rt_sigpending", 0) => As::StructOut(Shape::SignalSet),
        ("arch_prctl", 0) => As::One(&n::ARCH),
        ("arch_prctl", 1) => As::Address,
        ("prctl", 0) => As::One(&n::PRCTL),
        ("prctl", 1) => As::PrctlArg,
        ("getrlimit" | "setrlimit", 0) | ("prlimit64", 1) => As::One(&n::RLIMIT),
        ("setrlimit", 1) => As::Struct(Shape::Rlimit),
        ("getrlimit", 1) => As::StructOut(Shape::Rlimit),
        ("prlimit64", 2) => As::Struct(Shape::Rlimit64),
        ("prlimit64", 3) => As::StructOut(Shape::Rlimit64),
        ("getrusage", 0) => As::One(&n::RUSAGE),
        ("getpriority" | "setpriority", 0) => As::One(&n::PRIO),
        ("sched_setscheduler", 1) => As::One(&n::SCHED),
        ("futex", 1) => As::FutexOp,
        ("futex", 3) => As::Struct(Shape::Timespec),
        ("rseq", 1) => As::Hex,
        ("rseq", 3) => As::Hex,
        ("uname", 0) => As::StructOut(Shape::Utsname),
        ("umask", 0) => As::Mode,
        ("getrandom", 0) => As::HexOut,
        ("getrandom", 2) => As::Flags(&n::GRND),
        _ => return None,
    })
}

fn others(name: &str, at: usize) -> Option<As> {
    Some(match (name, at) {
        ("clock_gettime" | "clock_settime" | "clock_getres" | "clock_nanosleep", 0) => As::One(&n::CLOCK),
        ("clock_gettime" | "clock_getres", 1) => As::StructOut(Shape::Timespec),
        ("clock_settime", 1) | ("clock_nanosleep", 2) | ("nanosleep", 0) => As::Struct(Shape::Timespec),
        ("clock_nanosleep", 1) => As::Flags(&n::TIMER),
        ("gettimeofday", 0) => As::StructOut(Shape::Timeval),
        ("getitimer" | "setitimer", 0) => As::One(&n::ITIMER),
        ("setitimer", 1) => As::Struct(Shape::Itimerval),
        ("setitimer", 2) | ("getitimer", 1) => As::StructOut(Shape::Itimerval),
        ("timerfd_create", 0) => As::One(&n::CLOCK),
        ("timerfd_create", 1) => As::Flags(&n::TIMERFD),
        ("poll", 0) => As::Pollfds(1),
        ("ppoll", 2) => As::Struct(Shape::Timespec),
        ("epoll_create1", 0) => As::Flags(&n::EPOLL_FLAGS),
        ("epoll_ctl", 1) => As::One(&n::EPOLL_OP),
        ("eventfd2", 1) => As::Flags(&n::EVENTFD),
        ("signalfd4", 3) => As::Flags(&n::SIGNALFD),
        ("signalfd4", 1) => As::Struct(Shape::SignalSet),
        ("socket" | "socketpair", 0) => As::One(&n::FAMILY),
        ("socket" | "socketpair", 1) => As::SocketType,
        ("socket" | "socketpair", 2) => As::Protocol,
        ("socketpair", 3) => As::Pair,
        ("shutdown", 1) => As::One(&n::SHUT),
        ("sendto" | "send", 1) => As::In(2),
        ("recvfrom" | "recv", 1) => As::Out,
        ("sendto" | "recvfrom" | "send" | "recv", 3) | ("sendmsg" | "recvmsg", 2) => As::Flags(&n::MSG),
        _ => return None,
    })
}
