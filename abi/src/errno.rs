//! Error numbers (errno(3)) and the kernel's own restart codes.

use core::num::NonZeroU16;

/// An error number: what a failed call leaves in rax, negated.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Errno(NonZeroU16);

/// What a handler answers.
pub type Result<T = usize> = core::result::Result<T, Errno>;

impl Errno {
    const fn new(code: u16) -> Self {
        match NonZeroU16::new(code) {
            Some(code) => Self(code),
            None => panic!("0 is not an error number"),
        }
    }

    /// The number, positive.
    #[inline]
    pub const fn code(self) -> i32 {
        self.0.get() as i32
    }

    /// The number, positive; the same as [`Errno::code`].
    #[inline]
    pub const fn as_raw(self) -> i32 {
        self.code()
    }

    /// The error with this number, if it is one that a call may return (1 to 4095).
    pub const fn from_raw(code: i32) -> Option<Self> {
        if code > 0 && code < 4096 { Some(Self::new(code as u16)) } else { None }
    }

    /// Whether this is one of the kernel's restart codes, which a program never sees.
    #[inline]
    pub const fn is_restart(self) -> bool {
        matches!(self.code(), 512..=514 | 516)
    }

    /// Its symbolic name, "ENOENT".
    pub const fn name(self) -> &'static str {
        self.names().0
    }

    /// What strerror(3) says of it.
    pub const fn message(self) -> &'static str {
        self.names().1
    }

    /// A signal interrupted the call: start it again if the handler has SA_RESTART.
    pub const ERESTARTSYS: Errno = Errno::new(512);
    /// Start the call again after any handler.
    pub const ERESTARTNOINTR: Errno = Errno::new(513);
    /// Start the call again if no handler runs.
    pub const ERESTARTNOHAND: Errno = Errno::new(514);
    /// Go on through `restart_syscall` with the saved state if no handler runs.
    pub const ERESTART_RESTARTBLOCK: Errno = Errno::new(516);

    /// Operation not permitted.
    pub const EPERM: Errno = Errno::new(1);
    /// No such file or directory.
    pub const ENOENT: Errno = Errno::new(2);
    /// No such process.
    pub const ESRCH: Errno = Errno::new(3);
    /// Interrupted system call.
    pub const EINTR: Errno = Errno::new(4);
    /// Input/output error.
    pub const EIO: Errno = Errno::new(5);
    /// No such device or address.
    pub const ENXIO: Errno = Errno::new(6);
    /// Argument list too long.
    pub const E2BIG: Errno = Errno::new(7);
    /// Exec format error.
    pub const ENOEXEC: Errno = Errno::new(8);
    /// Bad file descriptor.
    pub const EBADF: Errno = Errno::new(9);
    /// No child processes.
    pub const ECHILD: Errno = Errno::new(10);
    /// Resource temporarily unavailable.
    pub const EAGAIN: Errno = Errno::new(11);
    /// Resource temporarily unavailable.
    pub const EWOULDBLOCK: Errno = Errno::new(11);
    /// Cannot allocate memory.
    pub const ENOMEM: Errno = Errno::new(12);
    /// Permission denied.
    pub const EACCES: Errno = Errno::new(13);
    /// Bad address.
    pub const EFAULT: Errno = Errno::new(14);
    /// Block device required.
    pub const ENOTBLK: Errno = Errno::new(15);
    /// Device or resource busy.
    pub const EBUSY: Errno = Errno::new(16);
    /// File exists.
    pub const EEXIST: Errno = Errno::new(17);
    /// Invalid cross-device link.
    pub const EXDEV: Errno = Errno::new(18);
    /// No such device.
    pub const ENODEV: Errno = Errno::new(19);
    /// Not a directory.
    pub const ENOTDIR: Errno = Errno::new(20);
    /// Is a directory.
    pub const EISDIR: Errno = Errno::new(21);
    /// Invalid argument.
    pub const EINVAL: Errno = Errno::new(22);
    /// Too many open files in system.
    pub const ENFILE: Errno = Errno::new(23);
    /// Too many open files.
    pub const EMFILE: Errno = Errno::new(24);
    /// Inappropriate ioctl for device.
    pub const ENOTTY: Errno = Errno::new(25);
    /// Text file busy.
    pub const ETXTBSY: Errno = Errno::new(26);
    /// File too large.
    pub const EFBIG: Errno = Errno::new(27);
    /// No space left on device.
    pub const ENOSPC: Errno = Errno::new(28);
    /// Illegal seek.
    pub const ESPIPE: Errno = Errno::new(29);
    /// Read-only file system.
    pub const EROFS: Errno = Errno::new(30);
    /// Too many links.
    pub const EMLINK: Errno = Errno::new(31);
    /// Broken pipe.
    pub const EPIPE: Errno = Errno::new(32);
    /// Numerical argument out of domain.
    pub const EDOM: Errno = Errno::new(33);
    /// Numerical result out of range.
    pub const ERANGE: Errno = Errno::new(34);
    /// Resource deadlock avoided.
    pub const EDEADLK: Errno = Errno::new(35);
    /// Resource deadlock avoided.
    pub const EDEADLOCK: Errno = Errno::new(35);
    /// File name too long.
    pub const ENAMETOOLONG: Errno = Errno::new(36);
    /// No locks available.
    pub const ENOLCK: Errno = Errno::new(37);
    /// Function not implemented.
    pub const ENOSYS: Errno = Errno::new(38);
    /// Directory not empty.
    pub const ENOTEMPTY: Errno = Errno::new(39);
    /// Too many levels of symbolic links.
    pub const ELOOP: Errno = Errno::new(40);
    /// No message of desired type.
    pub const ENOMSG: Errno = Errno::new(42);
    /// Identifier removed.
    pub const EIDRM: Errno = Errno::new(43);
    /// Channel number out of range.
    pub const ECHRNG: Errno = Errno::new(44);
    /// Level 2 not synchronized.
    pub const EL2NSYNC: Errno = Errno::new(45);
    /// Level 3 halted.
    pub const EL3HLT: Errno = Errno::new(46);
    /// Level 3 reset.
    pub const EL3RST: Errno = Errno::new(47);
    /// Link number out of range.
    pub const ELNRNG: Errno = Errno::new(48);
    /// Protocol driver not attached.
    pub const EUNATCH: Errno = Errno::new(49);
    /// No CSI structure available.
    pub const ENOCSI: Errno = Errno::new(50);
    /// Level 2 halted.
    pub const EL2HLT: Errno = Errno::new(51);
    /// Invalid exchange.
    pub const EBADE: Errno = Errno::new(52);
    /// Invalid request descriptor.
    pub const EBADR: Errno = Errno::new(53);
    /// Exchange full.
    pub const EXFULL: Errno = Errno::new(54);
    /// No anode.
    pub const ENOANO: Errno = Errno::new(55);
    /// Invalid request code.
    pub const EBADRQC: Errno = Errno::new(56);
    /// Invalid slot.
    pub const EBADSLT: Errno = Errno::new(57);
    /// Bad font file format.
    pub const EBFONT: Errno = Errno::new(59);
    /// Device not a stream.
    pub const ENOSTR: Errno = Errno::new(60);
    /// No data available.
    pub const ENODATA: Errno = Errno::new(61);
    /// Timer expired.
    pub const ETIME: Errno = Errno::new(62);
    /// Out of streams resources.
    pub const ENOSR: Errno = Errno::new(63);
    /// Machine is not on the network.
    pub const ENONET: Errno = Errno::new(64);
    /// Package not installed.
    pub const ENOPKG: Errno = Errno::new(65);
    /// Object is remote.
    pub const EREMOTE: Errno = Errno::new(66);
    /// Link has been severed.
    pub const ENOLINK: Errno = Errno::new(67);
    /// Advertise error.
    pub const EADV: Errno = Errno::new(68);
    /// Srmount error.
    pub const ESRMNT: Errno = Errno::new(69);
    /// Communication error on send.
    pub const ECOMM: Errno = Errno::new(70);
    /// Protocol error.
    pub const EPROTO: Errno = Errno::new(71);
    /// Multihop attempted.
    pub const EMULTIHOP: Errno = Errno::new(72);
    /// RFS specific error.
    pub const EDOTDOT: Errno = Errno::new(73);
    /// Bad message.
    pub const EBADMSG: Errno = Errno::new(74);
    /// Value too large for defined data type.
    pub const EOVERFLOW: Errno = Errno::new(75);
    /// Name not unique on network.
    pub const ENOTUNIQ: Errno = Errno::new(76);
    /// File descriptor in bad state.
    pub const EBADFD: Errno = Errno::new(77);
    /// Remote address changed.
    pub const EREMCHG: Errno = Errno::new(78);
    /// Can not access a needed shared library.
    pub const ELIBACC: Errno = Errno::new(79);
    /// Accessing a corrupted shared library.
    pub const ELIBBAD: Errno = Errno::new(80);
    /// .lib section in a.out corrupted.
    pub const ELIBSCN: Errno = Errno::new(81);
    /// Attempting to link in too many shared libraries.
    pub const ELIBMAX: Errno = Errno::new(82);
    /// Cannot exec a shared library directly.
    pub const ELIBEXEC: Errno = Errno::new(83);
    /// Invalid or incomplete multibyte or wide character.
    pub const EILSEQ: Errno = Errno::new(84);
    /// Interrupted system call should be restarted.
    pub const ERESTART: Errno = Errno::new(85);
    /// Streams pipe error.
    pub const ESTRPIPE: Errno = Errno::new(86);
    /// Too many users.
    pub const EUSERS: Errno = Errno::new(87);
    /// Socket operation on non-socket.
    pub const ENOTSOCK: Errno = Errno::new(88);
    /// Destination address required.
    pub const EDESTADDRREQ: Errno = Errno::new(89);
    /// Message too long.
    pub const EMSGSIZE: Errno = Errno::new(90);
    /// Protocol wrong type for socket.
    pub const EPROTOTYPE: Errno = Errno::new(91);
    /// Protocol not available.
    pub const ENOPROTOOPT: Errno = Errno::new(92);
    /// Protocol not supported.
    pub const EPROTONOSUPPORT: Errno = Errno::new(93);
    /// Socket type not supported.
    pub const ESOCKTNOSUPPORT: Errno = Errno::new(94);
    /// Operation not supported.
    pub const ENOTSUP: Errno = Errno::new(95);
    /// Operation not supported.
    pub const EOPNOTSUPP: Errno = Errno::new(95);
    /// Protocol family not supported.
    pub const EPFNOSUPPORT: Errno = Errno::new(96);
    /// Address family not supported by protocol.
    pub const EAFNOSUPPORT: Errno = Errno::new(97);
    /// Address already in use.
    pub const EADDRINUSE: Errno = Errno::new(98);
    /// Cannot assign requested address.
    pub const EADDRNOTAVAIL: Errno = Errno::new(99);
    /// Network is down.
    pub const ENETDOWN: Errno = Errno::new(100);
    /// Network is unreachable.
    pub const ENETUNREACH: Errno = Errno::new(101);
    /// Network dropped connection on reset.
    pub const ENETRESET: Errno = Errno::new(102);
    /// Software caused connection abort.
    pub const ECONNABORTED: Errno = Errno::new(103);
    /// Connection reset by peer.
    pub const ECONNRESET: Errno = Errno::new(104);
    /// No buffer space available.
    pub const ENOBUFS: Errno = Errno::new(105);
    /// Transport endpoint is already connected.
    pub const EISCONN: Errno = Errno::new(106);
    /// Transport endpoint is not connected.
    pub const ENOTCONN: Errno = Errno::new(107);
    /// Cannot send after transport endpoint shutdown.
    pub const ESHUTDOWN: Errno = Errno::new(108);
    /// Too many references: cannot splice.
    pub const ETOOMANYREFS: Errno = Errno::new(109);
    /// Connection timed out.
    pub const ETIMEDOUT: Errno = Errno::new(110);
    /// Connection refused.
    pub const ECONNREFUSED: Errno = Errno::new(111);
    /// Host is down.
    pub const EHOSTDOWN: Errno = Errno::new(112);
    /// No route to host.
    pub const EHOSTUNREACH: Errno = Errno::new(113);
    /// Operation already in progress.
    pub const EALREADY: Errno = Errno::new(114);
    /// Operation now in progress.
    pub const EINPROGRESS: Errno = Errno::new(115);
    /// Stale file handle.
    pub const ESTALE: Errno = Errno::new(116);
    /// Structure needs cleaning.
    pub const EUCLEAN: Errno = Errno::new(117);
    /// Not a XENIX named type file.
    pub const ENOTNAM: Errno = Errno::new(118);
    /// No XENIX semaphores available.
    pub const ENAVAIL: Errno = Errno::new(119);
    /// Is a named type file.
    pub const EISNAM: Errno = Errno::new(120);
    /// Remote I/O error.
    pub const EREMOTEIO: Errno = Errno::new(121);
    /// Disk quota exceeded.
    pub const EDQUOT: Errno = Errno::new(122);
    /// No medium found.
    pub const ENOMEDIUM: Errno = Errno::new(123);
    /// Wrong medium type.
    pub const EMEDIUMTYPE: Errno = Errno::new(124);
    /// Operation canceled.
    pub const ECANCELED: Errno = Errno::new(125);
    /// Required key not available.
    pub const ENOKEY: Errno = Errno::new(126);
    /// Key has expired.
    pub const EKEYEXPIRED: Errno = Errno::new(127);
    /// Key has been revoked.
    pub const EKEYREVOKED: Errno = Errno::new(128);
    /// Key was rejected by service.
    pub const EKEYREJECTED: Errno = Errno::new(129);
    /// Owner died.
    pub const EOWNERDEAD: Errno = Errno::new(130);
    /// State not recoverable.
    pub const ENOTRECOVERABLE: Errno = Errno::new(131);
    /// Operation not possible due to RF-kill.
    pub const ERFKILL: Errno = Errno::new(132);
    /// Memory page has hardware error.
    pub const EHWPOISON: Errno = Errno::new(133);

    const fn names(self) -> (&'static str, &'static str) {
        match self.code() {
            1 => ("EPERM", "Operation not permitted"),
            2 => ("ENOENT", "No such file or directory"),
            3 => ("ESRCH", "No such process"),
            4 => ("EINTR", "Interrupted system call"),
            5 => ("EIO", "Input/output error"),
            6 => ("ENXIO", "No such device or address"),
            7 => ("E2BIG", "Argument list too long"),
            8 => ("ENOEXEC", "Exec format error"),
            9 => ("EBADF", "Bad file descriptor"),
            10 => ("ECHILD", "No child processes"),
            11 => ("EAGAIN", "Resource temporarily unavailable"),
            12 => ("ENOMEM", "Cannot allocate memory"),
            13 => ("EACCES", "Permission denied"),
            14 => ("EFAULT", "Bad address"),
            15 => ("ENOTBLK", "Block device required"),
            16 => ("EBUSY", "Device or resource busy"),
            17 => ("EEXIST", "File exists"),
            18 => ("EXDEV", "Invalid cross-device link"),
            19 => ("ENODEV", "No such device"),
            20 => ("ENOTDIR", "Not a directory"),
            21 => ("EISDIR", "Is a directory"),
            22 => ("EINVAL", "Invalid argument"),
            23 => ("ENFILE", "Too many open files in system"),
            24 => ("EMFILE", "Too many open files"),
            25 => ("ENOTTY", "Inappropriate ioctl for device"),
            26 => ("ETXTBSY", "Text file busy"),
            27 => ("EFBIG", "File too large"),
            28 => ("ENOSPC", "No space left on device"),
            29 => ("ESPIPE", "Illegal seek"),
            30 => ("EROFS", "Read-only file system"),
            31 => ("EMLINK", "Too many links"),
            32 => ("EPIPE", "Broken pipe"),
            33 => ("EDOM", "Numerical argument out of domain"),
            34 => ("ERANGE", "Numerical result out of range"),
            35 => ("EDEADLK", "Resource deadlock avoided"),
            36 => ("ENAMETOOLONG", "File name too long"),
            37 => ("ENOLCK", "No locks available"),
            38 => ("ENOSYS", "Function not implemented"),
            39 => ("ENOTEMPTY", "Directory not empty"),
            40 => ("ELOOP", "Too many levels of symbolic links"),
            42 => ("ENOMSG", "No message of desired type"),
            43 => ("EIDRM", "Identifier removed"),
            44 => ("ECHRNG", "Channel number out of range"),
            45 => ("EL2NSYNC", "Level 2 not synchronized"),
            46 => ("EL3HLT", "Level 3 halted"),
            47 => ("EL3RST", "Level 3 reset"),
            48 => ("ELNRNG", "Link number out of range"),
            49 => ("EUNATCH", "Protocol driver not attached"),
            50 => ("ENOCSI", "No CSI structure available"),
            51 => ("EL2HLT", "Level 2 halted"),
            52 => ("EBADE", "Invalid exchange"),
            53 => ("EBADR", "Invalid request descriptor"),
            54 => ("EXFULL", "Exchange full"),
            55 => ("ENOANO", "No anode"),
            56 => ("EBADRQC", "Invalid request code"),
            57 => ("EBADSLT", "Invalid slot"),
            59 => ("EBFONT", "Bad font file format"),
            60 => ("ENOSTR", "Device not a stream"),
            61 => ("ENODATA", "No data available"),
            62 => ("ETIME", "Timer expired"),
            63 => ("ENOSR", "Out of streams resources"),
            64 => ("ENONET", "Machine is not on the network"),
            65 => ("ENOPKG", "Package not installed"),
            66 => ("EREMOTE", "Object is remote"),
            67 => ("ENOLINK", "Link has been severed"),
            68 => ("EADV", "Advertise error"),
            69 => ("ESRMNT", "Srmount error"),
            70 => ("ECOMM", "Communication error on send"),
            71 => ("EPROTO", "Protocol error"),
            72 => ("EMULTIHOP", "Multihop attempted"),
            73 => ("EDOTDOT", "RFS specific error"),
            74 => ("EBADMSG", "Bad message"),
            75 => ("EOVERFLOW", "Value too large for defined data type"),
            76 => ("ENOTUNIQ", "Name not unique on network"),
            77 => ("EBADFD", "File descriptor in bad state"),
            78 => ("EREMCHG", "Remote address changed"),
            79 => ("ELIBACC", "Can not access a needed shared library"),
            80 => ("ELIBBAD", "Accessing a corrupted shared library"),
            81 => ("ELIBSCN", ".lib section in a.out corrupted"),
            82 => ("ELIBMAX", "Attempting to link in too many shared libraries"),
            83 => ("ELIBEXEC", "Cannot exec a shared library directly"),
            84 => ("EILSEQ", "Invalid or incomplete multibyte or wide character"),
            85 => ("ERESTART", "Interrupted system call should be restarted"),
            86 => ("ESTRPIPE", "Streams pipe error"),
            87 => ("EUSERS", "Too many users"),
            88 => ("ENOTSOCK", "Socket operation on non-socket"),
            89 => ("EDESTADDRREQ", "Destination address required"),
            90 => ("EMSGSIZE", "Message too long"),
            91 => ("EPROTOTYPE", "Protocol wrong type for socket"),
            92 => ("ENOPROTOOPT", "Protocol not available"),
            93 => ("EPROTONOSUPPORT", "Protocol not supported"),
            94 => ("ESOCKTNOSUPPORT", "Socket type not supported"),
            95 => ("EOPNOTSUPP", "Operation not supported"),
            96 => ("EPFNOSUPPORT", "Protocol family not supported"),
            97 => ("EAFNOSUPPORT", "Address family not supported by protocol"),
            98 => ("EADDRINUSE", "Address already in use"),
            99 => ("EADDRNOTAVAIL", "Cannot assign requested address"),
            100 => ("ENETDOWN", "Network is down"),
            101 => ("ENETUNREACH", "Network is unreachable"),
            102 => ("ENETRESET", "Network dropped connection on reset"),
            103 => ("ECONNABORTED", "Software caused connection abort"),
            104 => ("ECONNRESET", "Connection reset by peer"),
            105 => ("ENOBUFS", "No buffer space available"),
            106 => ("EISCONN", "Transport endpoint is already connected"),
            107 => ("ENOTCONN", "Transport endpoint is not connected"),
            108 => ("ESHUTDOWN", "Cannot send after transport endpoint shutdown"),
            109 => ("ETOOMANYREFS", "Too many references: cannot splice"),
            110 => ("ETIMEDOUT", "Connection timed out"),
            111 => ("ECONNREFUSED", "Connection refused"),
            112 => ("EHOSTDOWN", "Host is down"),
            113 => ("EHOSTUNREACH", "No route to host"),
            114 => ("EALREADY", "Operation already in progress"),
            115 => ("EINPROGRESS", "Operation now in progress"),
            116 => ("ESTALE", "Stale file handle"),
            117 => ("EUCLEAN", "Structure needs cleaning"),
            118 => ("ENOTNAM", "Not a XENIX named type file"),
            119 => ("ENAVAIL", "No XENIX semaphores available"),
            120 => ("EISNAM", "Is a named type file"),
            121 => ("EREMOTEIO", "Remote I/O error"),
            122 => ("EDQUOT", "Disk quota exceeded"),
            123 => ("ENOMEDIUM", "No medium found"),
            124 => ("EMEDIUMTYPE", "Wrong medium type"),
            125 => ("ECANCELED", "Operation canceled"),
            126 => ("ENOKEY", "Required key not available"),
            127 => ("EKEYEXPIRED", "Key has expired"),
            128 => ("EKEYREVOKED", "Key has been revoked"),
            129 => ("EKEYREJECTED", "Key was rejected by service"),
            130 => ("EOWNERDEAD", "Owner died"),
            131 => ("ENOTRECOVERABLE", "State not recoverable"),
            132 => ("ERFKILL", "Operation not possible due to RF-kill"),
            133 => ("EHWPOISON", "Memory page has hardware error"),
            512 => ("ERESTARTSYS", "To be restarted if SA_RESTART is set"),
            513 => ("ERESTARTNOINTR", "To be restarted"),
            514 => ("ERESTARTNOHAND", "To be restarted if no handler"),
            516 => ("ERESTART_RESTARTBLOCK", "Interrupted by signal"),
            _ => ("E???", "Unknown error"),
        }
    }
}

impl core::fmt::Debug for Errno {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

impl core::fmt::Display for Errno {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.message())
    }
}

/// What goes to rax: the value, or the negated error number.
#[inline(always)]
pub fn to_ax(result: Result<usize>) -> i64 {
    match result {
        Ok(value) => value as i64,
        Err(errno) => -i64::from(errno.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names() {
        assert_eq!(Errno::ENOENT.code(), 2);
        assert_eq!(Errno::EAGAIN, Errno::EWOULDBLOCK);
        assert_eq!(Errno::EHWPOISON.name(), "EHWPOISON");
        assert_eq!(Errno::from_raw(2), Some(Errno::ENOENT));
        assert_eq!(Errno::from_raw(0), None);
        assert!(Errno::ERESTARTSYS.is_restart() && !Errno::EINTR.is_restart());
    }

    #[test]
    fn a_result_fits_one_register() {
        assert_eq!(to_ax(Ok(7)), 7);
        assert_eq!(to_ax(Err(Errno::ENOENT)), -2);
        assert_eq!(size_of::<Option<Errno>>(), 2);
    }
}
