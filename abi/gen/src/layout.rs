//! Which Rust type a C structure is that another ABI lays out in another way.
//!
//! The handlers of such calls are generic over the layout (`abi::layout`); the C type in the row chooses it. All other
//! pointers get their type from the handler's signature.

use crate::table::Abi;

/// The type behind a pointer, by ABI: C type, then the Rust types for x86_64, x32 and i386.
#[rustfmt::skip]
const LAYOUTS: &[(&str, [&str; 3])] = &[
    ("struct timespec", ["[i64; 2]", "abi::layout::PaddedTimespec", "abi::layout::PaddedTimespec"]),
    ("struct old_timespec32", ["[i32; 2]"; 3]),
    ("struct timeval", ["[i64; 2]", "[i64; 2]", "[i32; 2]"]),
    ("struct old_timeval32", ["[i32; 2]"; 3]),
    ("struct itimerval", ["[i64; 4]", "[i64; 4]", "[i32; 4]"]),
    ("struct itimerspec", ["[i64; 4]", "abi::layout::PaddedItimerspec", "abi::layout::PaddedItimerspec"]),
    ("struct old_itimerspec32", ["[i32; 4]"; 3]),
    ("struct utimbuf", ["[i64; 2]", "[i64; 2]", "[i32; 2]"]),
    ("struct old_utimbuf32", ["[i32; 2]"; 3]),
    ("struct timex", ["[i64; 26]"; 3]),
    ("struct old_timex32", ["[i32; 32]"; 3]),
    ("struct tms", ["[i64; 4]", "[i64; 4]", "[i32; 4]"]),
    ("struct rusage", ["[i64; 18]", "[i64; 18]", "[i32; 18]"]),
    ("time_t", ["[i64; 1]", "[i64; 1]", "[i32; 1]"]),
    ("old_time32_t", ["[i32; 1]"; 3]),
    ("fd_set", ["u64", "u64", "u32"]),
    ("void *", ["u64", "u32", "u32"]),
    ("unsigned long", ["u64", "u64", "u32"]),
    ("struct iovec", ["abi::Iovec", "abi::layout::Iovec32", "abi::layout::Iovec32"]),
    ("struct stat", ["abi::Stat", "abi::Stat", "abi::layout::Stat32"]),
    ("struct stat64", ["abi::layout::Stat64"; 3]),
    ("struct __old_kernel_stat", ["abi::layout::OldStat"; 3]),
    ("struct statfs", ["abi::Statfs", "abi::Statfs", "abi::layout::Statfs32"]),
    ("struct statfs64", ["abi::layout::Statfs64"; 3]),
    ("struct ustat", ["[u64; 4]", "[u64; 4]", "abi::layout::Ustat32"]),
    ("struct user_msghdr", ["abi::Msghdr", "abi::layout::Msghdr32", "abi::layout::Msghdr32"]),
    ("struct mmsghdr", ["abi::Mmsghdr", "abi::layout::Mmsghdr32", "abi::layout::Mmsghdr32"]),
    ("struct sigaction", ["[u64; 4]", "abi::layout::Sigaction32", "abi::layout::Sigaction32"]),
    ("struct old_sigaction", ["abi::layout::OldSigaction"; 3]),
    ("struct sigaltstack", ["[u64; 3]", "[u32; 3]", "[u32; 3]"]),
    ("struct sigevent", ["[u64; 8]", "abi::layout::Sigevent32", "abi::layout::Sigevent32"]),
    ("siginfo_t", ["[u8; 128]", "abi::layout::SiginfoX32", "abi::layout::Siginfo32"]),
    ("struct siginfo", ["[u8; 128]", "abi::layout::SiginfoX32", "abi::layout::Siginfo32"]),
    ("struct rlimit", ["[u64; 2]", "[u64; 2]", "abi::layout::Rlimit32"]),
    ("struct old_rlimit", ["abi::layout::OldRlimit"; 3]),
    ("struct sysinfo", ["abi::Sysinfo", "abi::Sysinfo", "abi::layout::Sysinfo32"]),
    ("struct sigset_argpack", ["[u64; 2]", "[u64; 2]", "[u32; 2]"]),
];

/// The Rust type that the pointer type `ctype` points to, if its layout depends on the ABI.
pub(crate) fn pointee(abi: Abi, ctype: &str) -> Option<&'static str> {
    let target = ctype.strip_suffix('*')?.trim_end();
    let target = target.strip_prefix("const ").unwrap_or(target);
    let (_, types) = LAYOUTS.iter().find(|(name, _)| *name == target)?;
    let column = match abi {
        Abi::X86_64 => 0,
        Abi::X32 => 1,
        Abi::I386 => 2,
    };
    types.get(column).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_structure_in_two_layouts() {
        assert_eq!(pointee(Abi::X86_64, "const struct timespec *"), Some("[i64; 2]"));
        assert_eq!(pointee(Abi::I386, "struct timespec *"), Some("abi::layout::PaddedTimespec"));
        assert_eq!(pointee(Abi::I386, "struct old_timespec32 *"), Some("[i32; 2]"));
        assert_eq!(pointee(Abi::I386, "char *"), None);
        assert_eq!(pointee(Abi::I386, "int"), None);
    }
}
