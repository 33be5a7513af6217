//! Lines that Debian's strace 6.1 printed (`strace -a1`) of a small program, word for word, and the registers and the
//! memory that they came from.

use super::*;
use crate::nr::x86_64 as nr;

/// Memory in pieces.
struct Pieces(&'static [(u64, &'static [u8])]);

impl Memory for Pieces {
    fn read(&self, address: u64, into: &mut [u8]) -> usize {
        let piece = self.0.iter().find(|(at, bytes)| (*at..at + bytes.len() as u64).contains(&address));
        let Some((at, bytes)) = piece else { return 0 };
        let bytes = &bytes[(address - at) as usize..];
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        count
    }
}

fn shown(abi: Abi, number: u32, args: &[u64], memory: &'static [(u64, &'static [u8])], ret: i64) -> String {
    let mut all = [0; 6];
    all[..args.len()].copy_from_slice(args);
    let call = Call { abi, number, args: all };
    let mut out = String::new();
    line(&mut out, &call, Outcome::Returned(ret), &Pieces(memory)).unwrap();
    out
}

/// Of a 64-bit call.
macro_rules! expect {
    ($($number:ident($($arg:expr),*) $memory:expr => $ret:expr, $line:literal;)*) => {$(
        assert_eq!(shown(Abi::X86_64, nr::$number, &[$($arg as u64),*], &$memory, $ret), $line);
    )*};
}

const A: u64 = 0x7ffd_ed92_30a0;
const B: u64 = 0x7ffd_ed92_4000;
const AT_FDCWD: i32 = -100;

#[test]
fn files() {
    expect! {
        OPENAT(AT_FDCWD, A, 0o2000000) [(A, b"/etc/passwd\0")] => 3,
            r#"openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3"#;
        OPENAT(AT_FDCWD, A, 0o201101, 0o644) [(A, b"/nonexistent\0")] => -22,
            r#"openat(AT_FDCWD, "/nonexistent", O_WRONLY|O_CREAT|O_TRUNC|O_DIRECTORY, 0644) = -1 EINVAL (Invalid argument)"#;
        OPENAT(AT_FDCWD, A, 0o400302, 0o600) [(A, b"/nonexistent\0")] => 15,
            r#"openat(AT_FDCWD, "/nonexistent", O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW, 0600) = 15"#;
        OPENAT(14, A, 0o10000000) [(A, b"q\0")] => -2,
            r#"openat(14, "q", O_RDONLY|O_PATH) = -1 ENOENT (No such file or directory)"#;
        OPEN(A, 0o6002) [(A, b"/etc/hostname\0")] => 3,
            r#"open("/etc/hostname", O_RDWR|O_APPEND|O_NONBLOCK) = 3"#;
        FCNTL(3, 3) [] => 0x8000, "fcntl(3, F_GETFL) = 0x8000 (flags O_RDONLY|O_LARGEFILE)";
        FCNTL(3, 2, 1) [] => 0, "fcntl(3, F_SETFD, FD_CLOEXEC) = 0";
        FCNTL(3, 1) [] => 1, "fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)";
        FCNTL(3, 0, 10) [] => 11, "fcntl(3, F_DUPFD, 10) = 11";
        CLOSE(3) [] => 0, "close(3) = 0";
        LSEEK(3, 2, 0) [] => 2, "lseek(3, 2, SEEK_SET) = 2";
        PIPE2(A, 0o2004000) [(A, &[6, 0, 0, 0, 7, 0, 0, 0])] => 0, "pipe2([6, 7], O_NONBLOCK|O_CLOEXEC) = 0";
        DUP3(1, 20, 0o2000000) [] => 20, "dup3(1, 20, O_CLOEXEC) = 20";
        ACCESS(A, 5) [(A, b"/etc\0")] => 0, r#"access("/etc", R_OK|X_OK) = 0"#;
        ACCESS(A, 0) [(A, b"/x\0")] => -2, r#"access("/x", F_OK) = -1 ENOENT (No such file or directory)"#;
        FACCESSAT2(AT_FDCWD, A, 4, 0) [(A, b"/etc\0")] => 0, r#"faccessat2(AT_FDCWD, "/etc", R_OK, 0) = 0"#;
        MKDIR(A, 0o755) [(A, b"/proc/x\0")] => -2,
            r#"mkdir("/proc/x", 0755) = -1 ENOENT (No such file or directory)"#;
        CHMOD(A, 0o4755) [(A, b"/nonexistent\0")] => -2,
            r#"chmod("/nonexistent", 04755) = -1 ENOENT (No such file or directory)"#;
        UNLINKAT(AT_FDCWD, A, 0x200) [(A, b"/nonexistent\0")] => -2,
            r#"unlinkat(AT_FDCWD, "/nonexistent", AT_REMOVEDIR) = -1 ENOENT (No such file or directory)"#;
        RENAME(A, B) [(A, b"/nonexistent\0"), (B, b"/b\0")] => -2,
            r#"rename("/nonexistent", "/b") = -1 ENOENT (No such file or directory)"#;
        READLINK(A, B, 100) [(A, b"/proc/self/exe\0"), (B, b"/tmp/abi/s/t")] => 12,
            r#"readlink("/proc/self/exe", "/tmp/abi/s/t", 100) = 12"#;
        READLINK(B, A, 10) [(B, b"/nonexistent\0")] => -2,
            r#"readlink("/nonexistent", 0x7ffded9230a0, 10) = -1 ENOENT (No such file or directory)"#;
        GETCWD(A, 100) [(A, b"/tmp/abi/s\0")] => 11, r#"getcwd("/tmp/abi/s", 100) = 11"#;
        UMASK(0o22) [] => 0o22, "umask(022) = 022";
        FLOCK(99, 2) [] => -9, "flock(99, LOCK_EX) = -1 EBADF (Bad file descriptor)";
        FTRUNCATE(99, 7) [] => -9, "ftruncate(99, 7) = -1 EBADF (Bad file descriptor)";
        SENDFILE(1, 99, 0, 5) [] => -9, "sendfile(1, 99, NULL, 5) = -1 EBADF (Bad file descriptor)";
        CLOSE_RANGE(90, 95, 0) [] => 0, "close_range(90, 95, 0) = 0";
        MOUNT(A, A + 5, A + 18, 3, A + 24) [(A, b"none\0/nonexistent\0tmpfs\0size=1\0")] => -20,
            r#"mount("none", "/nonexistent", "tmpfs", MS_RDONLY|MS_NOSUID, "size=1") = -1 ENOTDIR (Not a directory)"#;
        UMOUNT2(A, 2) [(A, b"/nonexistent\0")] => -22,
            r#"umount2("/nonexistent", MNT_DETACH) = -1 EINVAL (Invalid argument)"#;
    }
}

#[test]
fn bytes() {
    expect! {
        READ(3, A, 8) [(A, b"root:x:0")] => 8, r#"read(3, "root:x:0", 8) = 8"#;
        READ(6, A, 100) [] => -11,
            "read(6, 0x7ffded9230a0, 100) = -1 EAGAIN (Resource temporarily unavailable)";
        PREAD64(3, A, 50, 1) [(A, b"oot:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon")] => 50,
            r#"pread64(3, "oot:x:0:0:root:/root:/bin/bash\nd"..., 50, 1) = 50"#;
        WRITE(1, A, 3) [(A, b"Hi\n")] => 3, r#"write(1, "Hi\n", 3) = 3"#;
        WRITE(1, A, 9) [(A, b"\x011\xffx\t\"q\\\x1b")] => 9, r#"write(1, "\0011\377x\t\"q\\\33", 9) = 9"#;
        WRITEV(1, A, 2) [(A, &[0, 64, 0x92, 0xed, 0xfd, 0x7f, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
            2, 64, 0x92, 0xed, 0xfd, 0x7f, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]), (B, b"abcde")] => 5,
            r#"writev(1, [{iov_base="ab", iov_len=2}, {iov_base="cde", iov_len=3}], 2) = 5"#;
        GETRANDOM(A, 4, 1) [(A, b"\x8a\x83\x70\xdd")] => 4,
            r#"getrandom("\x8a\x83\x70\xdd", 4, GRND_NONBLOCK) = 4"#;
        GETDENTS64(14, A, 100) [(A, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 4, b'.', 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 4, b'.', b'.', 0, 0, 0])] => 48,
            "getdents64(14, 0x7ffded9230a0 /* 2 entries */, 100) = 48";
        IOCTL(0, 0x5401, A) [] => -25,
            "ioctl(0, TCGETS, 0x7ffded9230a0) = -1 ENOTTY (Inappropriate ioctl for device)";
        IOCTL(1, 0x5413, A) [] => -25,
            "ioctl(1, TIOCGWINSZ, 0x7ffded9230a0) = -1 ENOTTY (Inappropriate ioctl for device)";
        IOCTL(3, 0x1234, 0) [] => -25,
            "ioctl(3, _IOC(_IOC_NONE, 0x12, 0x34, 0), 0) = -1 ENOTTY (Inappropriate ioctl for device)";
    }
}

#[test]
fn memory_calls() {
    expect! {
        BRK(0) [] => 0xe9a_0000, "brk(NULL) = 0xe9a0000";
        MMAP(0, 8192, 3, 0x22, -1i32, 0) [] => 0x7f33_9f8f_1000,
            "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f339f8f1000";
        MPROTECT(0x4a_4000, 16384, 1) [] => 0, "mprotect(0x4a4000, 16384, PROT_READ) = 0";
        MADVISE(0x7f33_9f8f_1000u64, 4096, 4) [] => 0, "madvise(0x7f339f8f1000, 4096, MADV_DONTNEED) = 0";
        MUNMAP(0x7f33_9f8f_1000u64, 8192) [] => 0, "munmap(0x7f339f8f1000, 8192) = 0";
        MREMAP(0x7f33_9f8f_1000u64, 8192, 16384, 1) [] => -14,
            "mremap(0x7f339f8f1000, 8192, 16384, MREMAP_MAYMOVE) = -1 EFAULT (Bad address)";
    }
}

#[test]
fn processes() {
    expect! {
        EXECVE(A, B, A + 100) [(A, b"./t\0"), (B, &[0xa0, 0x30, 0x92, 0xed, 0xfd, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            (A + 100, &[1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])] => 0,
            r#"execve("./t", ["./t"], 0x7ffded923104 /* 2 vars */) = 0"#;
        CLONE(0x120_0011, 0, 0, 0xe9a_0650, 0) [] => 10112,
            "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0xe9a0650) = 10112";
        VFORK() [] => 10114, "vfork() = 10114";
        WAIT4(10112, A, 0, 0) [(A, &[0, 3, 0, 0])] => 10112,
            "wait4(10112, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 10112";
        WAIT4(10113, A, 2, 0) [(A, &[15, 0, 0, 0])] => 10113,
            "wait4(10113, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGTERM}], WSTOPPED, NULL) = 10113";
        WAIT4(-1i32, A, 1, 0) [] => -10,
            "wait4(-1, 0x7ffded9230a0, WNOHANG, NULL) = -1 ECHILD (No child processes)";
        KILL(10113, 15) [] => 0, "kill(10113, SIGTERM) = 0";
        KILL(10111, 0) [] => 0, "kill(10111, 0) = 0";
        TGKILL(1, 2, 0) [] => -3, "tgkill(1, 2, 0) = -1 ESRCH (No such process)";
        ARCH_PRCTL(0x1002, 0xe9a_0380) [] => 0, "arch_prctl(ARCH_SET_FS, 0xe9a0380) = 0";
        SET_ROBUST_LIST(0xe9a_0660, 24) [] => 0, "set_robust_list(0xe9a0660, 24) = 0";
        RSEQ(0xe9a_0ca0, 32, 0, 0x5305_3053) [] => 0, "rseq(0xe9a0ca0, 0x20, 0, 0x53053053) = 0";
        PRCTL(15, A) [(A, b"abc\0")] => 0, r#"prctl(PR_SET_NAME, "abc") = 0"#;
        PRCTL(1, 1) [] => 0, "prctl(PR_SET_PDEATHSIG, SIGHUP) = 0";
        GETPRIORITY(0, 0) [] => 20, "getpriority(PRIO_PROCESS, 0) = 20";
        PRLIMIT64(0, 3, 0, A) [(A, &[0, 0, 128, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255])] => 0,
            "prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0";
        PRLIMIT64(0, 4, A, 0) [(A, &[0x20, 0x4e, 0, 0, 0, 0, 0, 0, 0x20, 0x4e, 0, 0, 0, 0, 0, 0])] => 0,
            "prlimit64(0, RLIMIT_CORE, {rlim_cur=20000, rlim_max=20000}, NULL) = 0";
        FUTEX(0x7ffd_ed92_2fe4u64, 129, 1) [] => 0, "futex(0x7ffded922fe4, FUTEX_WAKE_PRIVATE, 1) = 0";
        FUTEX(0x7ffd_ed92_2fe4u64, 0, 5, 0) [] => -11,
            "futex(0x7ffded922fe4, FUTEX_WAIT, 5, NULL) = -1 EAGAIN (Resource temporarily unavailable)";
    }
}

#[test]
fn structures() {
    use zerocopy::IntoBytes;
    let stat = crate::Stat { st_mode: 0o20666, st_rdev: 0x103, ..Default::default() };
    let memory =
        Box::leak(Box::new([(A, b"/dev/null\0".as_slice()), (B, Box::leak(Box::new(stat)).as_bytes())]));
    assert_eq!(
        shown(Abi::X86_64, nr::NEWFSTATAT, &[AT_FDCWD as u64, A, B, 0], memory, 0),
        r#"newfstatat(AT_FDCWD, "/dev/null", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}, 0) = 0"#
    );
    let action = crate::Sigaction {
        sa_handler: 0x401615,
        sa_flags: 0x1400_0000,
        sa_restorer: 0x409220,
        sa_mask: 0x202,
    };
    let memory = Box::leak(Box::new([(A, Box::leak(Box::new(action)).as_bytes())]));
    assert_eq!(
        shown(Abi::X86_64, nr::RT_SIGACTION, &[12, A, 0, 8], memory, 0),
        "rt_sigaction(SIGUSR2, {sa_handler=0x401615, sa_mask=[INT USR1], sa_flags=SA_RESTORER|SA_RESTART, \
         sa_restorer=0x409220}, NULL, 8) = 0"
    );
    expect! {
        RT_SIGPROCMASK(0, A, 0, 8) [(A, &[255, 255, 255, 127, 254, 255, 255, 255])] => 0,
            "rt_sigprocmask(SIG_BLOCK, ~[RTMIN RT_1], NULL, 8) = 0";
        RT_SIGPROCMASK(2, A, B, 8) [(A, &[0; 8]), (B, &[255, 254, 251, 127, 254, 255, 255, 255])] => 0,
            "rt_sigprocmask(SIG_SETMASK, [], ~[KILL STOP RTMIN RT_1], 8) = 0";
        CLOCK_NANOSLEEP(1, 1, A, 0) [(A, &[0, 0, 0, 0, 0, 0, 0, 0, 0xe8, 3, 0, 0, 0, 0, 0, 0])] => 0,
            "clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=0, tv_nsec=1000}, NULL) = 0";
        POLL(A, 2, 0) [(A, &[6, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 12, 0, 4, 0])] => 1,
            "poll([{fd=6, events=POLLIN}, {fd=7, events=POLLOUT|POLLERR}], 2, 0) = 1 ([{fd=7, revents=POLLOUT}])";
        POLL(A, 1, 0) [(A, &[6, 0, 0, 0, 1, 0, 0, 0])] => 0,
            "poll([{fd=6, events=POLLIN}], 1, 0) = 0 (Timeout)";
        SOCKET(1, 0x80001, 0) [] => 8, "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 8";
        SOCKET(2, 2, 17) [] => 9, "socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 9";
        SOCKETPAIR(1, 2, 0, A) [(A, &[12, 0, 0, 0, 13, 0, 0, 0])] => 0,
            "socketpair(AF_UNIX, SOCK_DGRAM, 0, [12, 13]) = 0";
        SHUTDOWN(8, 1) [] => 0, "shutdown(8, SHUT_WR) = 0";
        EPOLL_CREATE1(0x80000) [] => 16, "epoll_create1(EPOLL_CLOEXEC) = 16";
        EVENTFD2(1, 0x800) [] => 17, "eventfd2(1, EFD_NONBLOCK) = 17";
    }
}

#[test]
fn numbers_without_a_call() {
    assert_eq!(
        shown(Abi::X86_64, 511, &[1, 2, 0x43_2a50, 0xe9a_1680, 0xe9a_16a0, 0], &[], -38),
        "syscall_0x1ff(0x1, 0x2, 0x432a50, 0xe9a1680, 0xe9a16a0, 0) = -1 ENOSYS (Function not implemented)"
    );
}

#[test]
fn other_abis_have_their_own_numbers() {
    let memory: &[(u64, &[u8])] = &[(0x1000, b"Hi\n")];
    assert_eq!(shown(Abi::I386, 4, &[1, 0x1000, 3], memory, 3), r#"write(1, "Hi\n", 3) = 3"#);
    assert_eq!(shown(Abi::X32, 0x4000_0001, &[1, 0x1000, 3], memory, 3), r#"write(1, "Hi\n", 3) = 3"#);
}

/// As Debian's strace 6.1 prints the same calls of a 32-bit program, where they come out so.
#[test]
fn i386() {
    const P: u64 = 0x1000;
    const Q: u64 = 0x2000;
    let show = |number, args: &[u64], memory, ret| shown(Abi::I386, number, args, memory, ret);
    let text: &[(u64, &[u8])] = &[(P, b"/x\0abcd")];
    // 64 bits in two registers, the low half first.
    assert_eq!(show(180, &[3, P + 3, 4, 1, 2], text, 4), r#"pread64(3, "abcd", 4, 8589934593) = 4"#);
    assert_eq!(show(193, &[P, u64::from(u32::MAX), 0], text, 0), r#"truncate64("/x", 4294967295) = 0"#);
    assert_eq!(
        show(194, &[3, 0, u64::from(u32::MAX)], &[], -22),
        "ftruncate64(3, 18446744069414584320) = -1 EINVAL (Invalid argument)"
    );
    assert_eq!(
        show(272, &[3, 0, 1, 16, 0, 3], &[], 0),
        "fadvise64_64(3, 4294967296, 16, POSIX_FADV_WILLNEED) = 0"
    );
    assert_eq!(
        show(324, &[3, 1, 0, 1, 4096, 0], &[], 0),
        "fallocate(3, FALLOC_FL_KEEP_SIZE, 4294967296, 4096) = 0"
    );
    assert_eq!(
        show(314, &[3, 1, 0, 2, 1, 0], &[], -38),
        "sync_file_range(3, 1, 4294967298, 0) = -1 ENOSYS (Function not implemented)"
    );
    assert_eq!(
        show(253, &[1, 1, P, 8], &[], -38),
        "lookup_dcookie(4294967297, 0x1000, 8) = -1 ENOSYS (Function not implemented)"
    );
    assert_eq!(show(333, &[3, P, 0, 7, 1], &[], 0), "preadv(3, [], 0, 4294967303) = 0");
    // Bytes in pages, a signed word.
    assert_eq!(
        show(192, &[0, 8192, 1, 2, 3, 5], &[], 0xf7f0_0000),
        "mmap2(NULL, 8192, PROT_READ, MAP_PRIVATE, 3, 0x5000) = 0xf7f00000"
    );
    // Structures with words of 32 bits.
    let memory: &[(u64, &[u8])] = &[(P, &[5, 0, 0, 0, 7, 0, 0, 0]), (Q, &[0, 0x10, 0, 0, 2, 0, 0, 0])];
    assert_eq!(show(162, &[P, 0], memory, 0), "nanosleep({tv_sec=5, tv_nsec=7}, NULL) = 0");
    assert_eq!(show(265, &[1, P], memory, 0), "clock_gettime(CLOCK_MONOTONIC, {tv_sec=5, tv_nsec=7}) = 0");
    assert_eq!(
        show(146, &[1, Q, 1], &[(Q, &[0, 0x10, 0, 0, 2, 0, 0, 0]), (P, b"ab")], 2),
        r#"writev(1, [{iov_base="ab", iov_len=2}], 1) = 2"#
    );
    let long: &[(u64, &[u8])] = &[(P, &[5, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0])];
    assert_eq!(
        show(403, &[1, P], long, 0),
        "clock_gettime64(CLOCK_MONOTONIC, {tv_sec=4294967301, tv_nsec=7}) = 0"
    );
    let limits: &[(u64, &[u8])] = &[(P, &[0, 0, 128, 0, 255, 255, 255, 255])];
    assert_eq!(
        show(191, &[3, P], limits, 0),
        "ugetrlimit(RLIMIT_STACK, {rlim_cur=8192*1024, rlim_max=RLIM_INFINITY}) = 0"
    );
    let action: &[(u64, &[u8])] = &[(P, &[0, 0x20, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0])];
    assert_eq!(
        show(174, &[12, P, 0, 8], action, 0),
        "rt_sigaction(SIGUSR2, {sa_handler=0x2000, sa_mask=[INT USR1], sa_flags=SA_RESTART}, NULL, 8) = 0"
    );
}

/// The same; but strace has names for the number of an unreadable socketcall and for the flags of shmget.
#[test]
fn i386_multiplexers() {
    const P: u64 = 0x1000;
    let show = |number, args: &[u64], memory, ret| shown(Abi::I386, number, args, memory, ret);
    let words: &[(u64, &[u8])] = &[(P, &[1, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0, 0])];
    assert_eq!(show(102, &[1, P], words, 3), "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3");
    let send: &[(u64, &[u8])] = &[(P, &[3, 0, 0, 0, 0, 0x20, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]), (0x2000, b"ab")];
    assert_eq!(show(102, &[9, P], send, 2), r#"send(3, "ab", 2, 0) = 2"#);
    // What cannot be read, and what does not exist, are calls of socketcall itself.
    assert_eq!(show(102, &[1, 0x9000], &[], -14), "socketcall(1, 0x9000) = -1 EFAULT (Bad address)");
    assert_eq!(show(102, &[21, P], words, -22), "socketcall(21, 0x1000) = -1 EINVAL (Invalid argument)");
    assert_eq!(
        show(117, &[23, 5, 4096, 0o600, 0, 0], &[], -38),
        "shmget(5, 4096, 384) = -1 ENOSYS (Function not implemented)"
    );
    assert_eq!(
        show(117, &[22, 0, 0, 0, 0x5000, 0], &[], -38),
        "shmdt(0x5000) = -1 ENOSYS (Function not implemented)"
    );
    let map: &[(u64, &[u8])] =
        &[(P, &[0, 0, 0, 0, 0, 0x10, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0x10, 0, 0])];
    assert_eq!(
        show(90, &[P], map, 0xf7f0_0000),
        "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0x1000) = 0xf7f00000"
    );
}

#[test]
fn x32_has_rows_of_its_own() {
    const P: u64 = 0x1000;
    let show =
        |number: u32, args: &[u64], memory, ret| shown(Abi::X32, 0x4000_0000 | number, args, memory, ret);
    let action: &[(u64, &[u8])] = &[(P, &[0, 0x20, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0])];
    assert_eq!(
        show(512, &[12, P, 0, 8], action, 0),
        "rt_sigaction(SIGUSR2, {sa_handler=0x2000, sa_mask=[INT USR1], sa_flags=SA_RESTART}, NULL, 8) = 0"
    );
    let parts: &[(u64, &[u8])] = &[(P, &[0, 0x20, 0, 0, 2, 0, 0, 0]), (0x2000, b"ab")];
    assert_eq!(show(516, &[1, P, 1], parts, 2), r#"writev(1, [{iov_base="ab", iov_len=2}], 1) = 2"#);
    assert_eq!(show(534, &[3, P, 0, 1 << 33], parts, 0), "preadv(3, [], 0, 8589934592) = 0");
    // Times have 64 bits in the rows that it shares.
    let time: &[(u64, &[u8])] = &[(P, &[5, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0])];
    assert_eq!(show(228, &[1, P], time, 0), "clock_gettime(CLOCK_MONOTONIC, {tv_sec=5, tv_nsec=7}) = 0");
}

#[test]
fn a_line_in_two_halves() {
    let call = Call { abi: Abi::X86_64, number: nr::READ, args: [3, A, 8, 0, 0, 0] };
    let mut out = String::new();
    let printed = enter(&mut out, &call, &Pieces(&[])).unwrap();
    assert_eq!(out, "read(3");
    leave(&mut out, &call, printed, Outcome::Returned(2), &Pieces(&[(A, b"ab")])).unwrap();
    assert_eq!(out, r#"read(3, "ab", 8) = 2"#);
    out.clear();
    let call = Call { abi: Abi::X86_64, number: nr::EXIT_GROUP, args: [7, 0, 0, 0, 0, 0] };
    line(&mut out, &call, Outcome::Never, &Pieces(&[])).unwrap();
    assert_eq!(out, "exit_group(7) = ?");
}

#[test]
fn every_call_can_be_printed() {
    let wild = [0, 1, u64::MAX, 1 << 63, A];
    for abi in [Abi::X86_64, Abi::X32, Abi::I386] {
        for number in 0..600 {
            for value in wild {
                let call = Call { abi, number, args: [value; 6] };
                for ret in [0, -38, 5, i64::MIN] {
                    let mut out = String::new();
                    line(&mut out, &call, Outcome::Returned(ret), &Pieces(&[(A, &[0xff; 64])])).unwrap();
                    assert!(out.ends_with(')') || out.contains(") = "), "{out}");
                }
            }
        }
    }
}
