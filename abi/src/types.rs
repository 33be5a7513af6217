//! C structures of the x86-64 ABI. Padding is spelled out, so that every one of them can be
//! copied to user memory as bytes without leaking what was on the kernel's stack.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

macro_rules! c_structs {
    ($($(#[$meta:meta])* $name:ident: $size:literal { $($(#[$fmeta:meta])* $field:ident: $ty:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
            #[repr(C)]
            #[allow(missing_docs, reason = "the fields are the C structure's own")]
            pub struct $name { $($(#[$fmeta])* pub $field: $ty),* }
            const _: () = assert!(size_of::<$name>() == $size);
        )*
    };
}

c_structs! {
    /// `struct stat` (stat(2)).
    Stat: 144 {
        st_dev: u64, st_ino: u64, st_nlink: u64, st_mode: u32, st_uid: u32, st_gid: u32, pad0: u32,
        st_rdev: u64, st_size: i64, st_blksize: i64, st_blocks: i64, st_atime: i64, st_atime_nsec: i64,
        st_mtime: i64, st_mtime_nsec: i64, st_ctime: i64, st_ctime_nsec: i64, unused: [i64; 3],
    }
    /// `struct statx_timestamp` (statx(2)).
    StatxTimestamp: 16 { tv_sec: i64, tv_nsec: u32, pad: i32 }
    /// `struct statx` (statx(2)).
    Statx: 256 {
        stx_mask: u32, stx_blksize: u32, stx_attributes: u64, stx_nlink: u32, stx_uid: u32, stx_gid: u32,
        stx_mode: u16, pad0: u16, stx_ino: u64, stx_size: u64, stx_blocks: u64, stx_attributes_mask: u64,
        stx_atime: StatxTimestamp, stx_btime: StatxTimestamp, stx_ctime: StatxTimestamp,
        stx_mtime: StatxTimestamp, stx_rdev_major: u32, stx_rdev_minor: u32, stx_dev_major: u32,
        stx_dev_minor: u32, stx_mnt_id: u64, stx_dio_mem_align: u32, stx_dio_offset_align: u32,
        spare: [u64; 12],
    }
    /// `struct statfs` (statfs(2)).
    Statfs: 120 {
        f_type: i64, f_bsize: i64, f_blocks: u64, f_bfree: u64, f_bavail: u64, f_files: u64, f_ffree: u64,
        f_fsid: [i32; 2], f_namelen: i64, f_frsize: i64, f_flags: i64, f_spare: [i64; 4],
    }
    /// `struct timespec`.
    Timespec: 16 { tv_sec: i64, tv_nsec: i64 }
    /// `struct timeval`.
    Timeval: 16 { tv_sec: i64, tv_usec: i64 }
    /// `struct timezone` (gettimeofday(2)).
    Timezone: 8 { tz_minuteswest: i32, tz_dsttime: i32 }
    /// `struct itimerval` (setitimer(2)).
    Itimerval: 32 { it_interval: Timeval, it_value: Timeval }
    /// `struct itimerspec` (timer_settime(2)).
    Itimerspec: 32 { it_interval: Timespec, it_value: Timespec }
    /// `struct utimbuf` (utime(2)).
    Utimbuf: 16 { actime: i64, modtime: i64 }
    /// `struct iovec` (readv(2)).
    Iovec: 16 { iov_base: u64, iov_len: u64 }
    /// `struct msghdr` (sendmsg(2)).
    Msghdr: 56 {
        msg_name: u64, msg_namelen: i32, pad0: u32, msg_iov: u64, msg_iovlen: u64, msg_control: u64,
        msg_controllen: u64, msg_flags: u32, pad1: u32,
    }
    /// `struct mmsghdr` (sendmmsg(2)).
    Mmsghdr: 64 { msg_hdr: Msghdr, msg_len: u32, pad: u32 }
    /// `struct cmsghdr` (cmsg(3)).
    Cmsghdr: 16 { cmsg_len: u64, cmsg_level: i32, cmsg_type: i32 }
    /// `struct ucred` (unix(7)).
    Ucred: 12 { pid: i32, uid: u32, gid: u32 }
    /// `struct linger` (socket(7)).
    Linger: 8 { l_onoff: i32, l_linger: i32 }
    /// The kernel's `struct sigaction` (rt_sigaction(2)).
    Sigaction: 32 { sa_handler: u64, sa_flags: u64, sa_restorer: u64, sa_mask: u64 }
    /// `stack_t` (sigaltstack(2)).
    Sigaltstack: 24 { ss_sp: u64, ss_flags: i32, pad: u32, ss_size: u64 }
    /// `struct sigcontext` (the general registers in a signal frame).
    Sigcontext: 256 {
        r8: u64, r9: u64, r10: u64, r11: u64, r12: u64, r13: u64, r14: u64, r15: u64, di: u64, si: u64,
        bp: u64, bx: u64, dx: u64, ax: u64, cx: u64, sp: u64, ip: u64, flags: u64, cs: u16, gs: u16,
        fs: u16, ss: u16, err: u64, trapno: u64, oldmask: u64, cr2: u64, fpstate: u64, reserved1: [u64; 8],
    }
    /// `struct ucontext` (sigaction(2)).
    Ucontext: 304 {
        uc_flags: u64, uc_link: u64, uc_stack: Sigaltstack, uc_mcontext: Sigcontext, uc_sigmask: u64,
    }
    /// `struct new_utsname` (uname(2)).
    Utsname: 390 {
        sysname: UtsField, nodename: UtsField, release: UtsField, version: UtsField, machine: UtsField,
        domainname: UtsField,
    }
    /// `struct rlimit64` (getrlimit(2)).
    Rlimit: 16 { rlim_cur: u64, rlim_max: u64 }
    /// `struct rusage` (getrusage(2)).
    Rusage: 144 {
        ru_utime: Timeval, ru_stime: Timeval, ru_maxrss: i64, ru_ixrss: i64, ru_idrss: i64, ru_isrss: i64,
        ru_minflt: i64, ru_majflt: i64, ru_nswap: i64, ru_inblock: i64, ru_oublock: i64, ru_msgsnd: i64,
        ru_msgrcv: i64, ru_nsignals: i64, ru_nvcsw: i64, ru_nivcsw: i64,
    }
    /// `struct tms` (times(2)), in clock ticks.
    Tms: 32 { tms_utime: i64, tms_stime: i64, tms_cutime: i64, tms_cstime: i64 }
    /// `struct sysinfo` (sysinfo(2)).
    Sysinfo: 112 {
        uptime: i64, loads: [u64; 3], totalram: u64, freeram: u64, sharedram: u64, bufferram: u64,
        totalswap: u64, freeswap: u64, procs: u16, pad: u16, pad1: u32, totalhigh: u64, freehigh: u64,
        mem_unit: u32, pad2: u32,
    }
    /// The kernel's `struct termios` (ioctl_tty(2)).
    Termios: 36 { c_iflag: u32, c_oflag: u32, c_cflag: u32, c_lflag: u32, c_line: u8, c_cc: [u8; 19] }
    /// `struct termios2` (ioctl_tty(2)).
    Termios2: 44 {
        c_iflag: u32, c_oflag: u32, c_cflag: u32, c_lflag: u32, c_line: u8, c_cc: [u8; 19],
        c_ispeed: u32, c_ospeed: u32,
    }
    /// `struct winsize` (ioctl_tty(2)).
    Winsize: 8 { ws_row: u16, ws_col: u16, ws_xpixel: u16, ws_ypixel: u16 }
    /// `struct pollfd` (poll(2)).
    Pollfd: 8 { fd: i32, events: i16, revents: i16 }
    /// `struct flock` (fcntl(2)).
    Flock: 32 { l_type: i16, l_whence: i16, pad0: u32, l_start: i64, l_len: i64, l_pid: i32, pad1: u32 }
    /// The part of `struct linux_dirent64` before the name (getdents64(2)), as it lies in memory up to
    /// the type; the name follows at byte 19.
    Dirent64: 24 { d_ino: u64, d_off: i64, d_reclen: u16, d_type: u8, name: [u8; 5] }
    /// `struct sched_param`.
    SchedParam: 4 { sched_priority: i32 }
    /// `struct clone_args` (clone3(2)).
    CloneArgs: 88 {
        flags: u64, pidfd: u64, child_tid: u64, parent_tid: u64, exit_signal: u64, stack: u64,
        stack_size: u64, tls: u64, set_tid: u64, set_tid_size: u64, cgroup: u64,
    }
    /// `struct open_how` (openat2(2)).
    OpenHow: 24 { flags: u64, mode: u64, resolve: u64 }
    /// `struct robust_list_head` (get_robust_list(2)).
    RobustListHead: 24 { next: u64, futex_offset: i64, list_op_pending: u64 }
    /// `struct __user_cap_header_struct` (capget(2)).
    CapHeader: 8 { version: u32, pid: i32 }
    /// `struct __user_cap_data_struct` (capget(2)).
    CapData: 12 { effective: u32, permitted: u32, inheritable: u32 }
    /// Software-reserved bytes of the FXSAVE area that describe a signal frame's extended state.
    FpxSwBytes: 48 {
        magic1: u32, extended_size: u32, xfeatures: u64, xstate_size: u32, padding: [u32; 7],
    }
}

/// One field of [`Utsname`]: text, NUL-terminated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct UtsField(pub [u8; 65]);

impl Default for UtsField {
    fn default() -> Self {
        Self([0; 65])
    }
}

/// First magic number of an extended signal frame, in [`FpxSwBytes`].
pub const FP_XSTATE_MAGIC1: u32 = 0x4650_5853;
/// Second magic number, behind the extended state.
pub const FP_XSTATE_MAGIC2: u32 = 0x4650_5845;
/// `uc_flags`: the frame has extended FPU state.
pub const UC_FP_XSTATE: u64 = 1;
/// `uc_flags`: the frame holds a valid SS.
pub const UC_SIGCONTEXT_SS: u64 = 2;
/// `uc_flags`: the saved SS is to be restored strictly.
pub const UC_STRICT_RESTORE_SS: u64 = 4;

/// `siginfo_t`: 128 bytes, the head common and the rest by `si_code` (sigaction(2)).
#[derive(Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[derive(Default)]
pub struct Siginfo {
    /// Signal number.
    pub si_signo: i32,
    /// Error number, mostly 0.
    pub si_errno: i32,
    /// Why it was sent.
    pub si_code: i32,
    /// Alignment.
    pub pad: i32,
    /// The union, by 8-byte words.
    pub fields: [u64; 14],
}
const _: () = assert!(size_of::<Siginfo>() == 128);

impl core::fmt::Debug for Siginfo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Siginfo({}, {}, {:x?})", self.si_signo, self.si_code, &self.fields[..3])
    }
}

impl Siginfo {
    fn new(signo: i32, code: i32) -> Self {
        Self { si_signo: signo, si_code: code, ..Self::default() }
    }

    /// Sent by a process: `kill`, `tkill`, `sigqueue` without a value.
    pub fn kill(signo: i32, code: i32, pid: i32, uid: u32) -> Self {
        let mut info = Self::new(signo, code);
        info.fields[0] = u64::from(pid as u32) | u64::from(uid) << 32;
        info
    }

    /// Queued with a value.
    pub fn queue(signo: i32, pid: i32, uid: u32, value: u64) -> Self {
        let mut info = Self::kill(signo, crate::signal::SI_QUEUE, pid, uid);
        info.fields[1] = value;
        info
    }

    /// A fault at `addr`.
    pub fn fault(signo: i32, code: i32, addr: u64) -> Self {
        let mut info = Self::new(signo, code);
        info.fields[0] = addr;
        info
    }

    /// News of a child: `status` is an exit code or a signal, times are in clock ticks.
    pub fn child(code: i32, pid: i32, uid: u32, status: i32, utime: i64, stime: i64) -> Self {
        let mut info = Self::kill(crate::signal::SIGCHLD, code, pid, uid);
        info.fields[1] = u64::from(status as u32);
        info.fields[2] = utime as u64;
        info.fields[3] = stime as u64;
        info
    }

    /// From the kernel itself, without further fields.
    pub fn kernel(signo: i32) -> Self {
        Self::new(signo, crate::signal::SI_KERNEL)
    }

    /// Sender or child.
    pub fn si_pid(&self) -> i32 {
        self.fields[0] as i32
    }

    /// Its real user ID.
    pub fn si_uid(&self) -> u32 {
        (self.fields[0] >> 32) as u32
    }

    /// A child's exit code or signal.
    pub fn si_status(&self) -> i32 {
        self.fields[1] as i32
    }

    /// Faulting address.
    pub fn si_addr(&self) -> u64 {
        self.fields[0]
    }

    /// Value of a queued signal.
    pub fn si_value(&self) -> u64 {
        self.fields[1]
    }
}

/// `struct epoll_event` (epoll_ctl(2)): packed on x86-64.
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, packed)]
pub struct EpollEvent {
    /// EPOLL* bits.
    pub events: u32,
    /// What the program gave.
    pub data: u64,
}
const _: () = assert!(size_of::<EpollEvent>() == 12);
