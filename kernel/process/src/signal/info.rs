//! `siginfo_t`: who sent a signal and why.

/// Values of `si_code` (sigaction(2)).
#[allow(missing_docs)]
pub mod code {
    pub const SI_USER: i32 = 0;
    pub const SI_KERNEL: i32 = 0x80;
    pub const SI_QUEUE: i32 = -1;
    pub const SI_TIMER: i32 = -2;
    pub const SI_MESGQ: i32 = -3;
    pub const SI_ASYNCIO: i32 = -4;
    pub const SI_SIGIO: i32 = -5;
    pub const SI_TKILL: i32 = -6;
    pub const ILL_ILLOPN: i32 = 2;
    pub const FPE_INTDIV: i32 = 1;
    pub const FPE_INTOVF: i32 = 2;
    pub const FPE_FLTDIV: i32 = 3;
    pub const FPE_FLTOVF: i32 = 4;
    pub const FPE_FLTUND: i32 = 5;
    pub const FPE_FLTRES: i32 = 6;
    pub const FPE_FLTINV: i32 = 7;
    pub const SEGV_MAPERR: i32 = 1;
    pub const SEGV_ACCERR: i32 = 2;
    pub const SEGV_PKUERR: i32 = 4;
    pub const BUS_ADRALN: i32 = 1;
    pub const BUS_ADRERR: i32 = 2;
    pub const TRAP_BRKPT: i32 = 1;
    pub const TRAP_TRACE: i32 = 2;
    pub const TRAP_HWBKPT: i32 = 4;
    pub const CLD_EXITED: i32 = 1;
    pub const CLD_KILLED: i32 = 2;
    pub const CLD_DUMPED: i32 = 3;
    pub const CLD_TRAPPED: i32 = 4;
    pub const CLD_STOPPED: i32 = 5;
    pub const CLD_CONTINUED: i32 = 6;
}

/// Bytes of a `siginfo_t`.
pub const SIGINFO_SIZE: usize = 128;
const HEAD: usize = 16;

/// The part of `siginfo_t` that depends on the signal's source; the members have the C names.
#[allow(missing_docs)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fields {
    /// Nothing.
    None,
    /// kill, tkill: the sender.
    Kill { pid: i32, uid: u32 },
    /// sigqueue, timers, message queues: two numbers and the value.
    Rt { pid: i32, uid: u32, value: u64 },
    /// SIGCHLD; times in clock ticks.
    Child { pid: i32, uid: u32, status: i32, utime: i64, stime: i64 },
    /// A fault's address.
    Fault { addr: u64 },
    /// A fault's address and the protection key that forbade it.
    Pkey { addr: u64, pkey: u32 },
    /// SIGIO.
    Poll { band: i64, fd: i32 },
    /// SIGSYS: the instruction, the call and the table's architecture.
    Sys { addr: u64, syscall: i32, arch: u32 },
    /// As a program passed it (rt_sigqueueinfo).
    Raw([u8; SIGINFO_SIZE - HEAD]),
}

/// A signal with its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigInfo {
    /// The signal.
    pub signo: i32,
    /// An error number, mostly 0.
    pub errno: i32,
    /// See [`code`].
    pub code: i32,
    /// The rest.
    pub fields: Fields,
}

impl SigInfo {
    /// From the kernel, without details (SI_KERNEL).
    pub const fn kernel(signo: i32) -> Self {
        Self { signo, errno: 0, code: code::SI_KERNEL, fields: Fields::Kill { pid: 0, uid: 0 } }
    }

    /// What is reported when the details could not be queued.
    pub const fn lost(signo: i32) -> Self {
        Self { signo, errno: 0, code: code::SI_USER, fields: Fields::Kill { pid: 0, uid: 0 } }
    }

    /// From kill or tkill.
    pub const fn user(signo: i32, code: i32, pid: i32, uid: u32) -> Self {
        Self { signo, errno: 0, code, fields: Fields::Kill { pid, uid } }
    }

    /// A fault at `addr`.
    pub const fn fault(signo: i32, code: i32, addr: u64) -> Self {
        Self { signo, errno: 0, code, fields: Fields::Fault { addr } }
    }

    /// A fault at `addr`, which a protection key forbids.
    pub const fn pkey_fault(addr: u64, key: u8) -> Self {
        let fields = Fields::Pkey { addr, pkey: key as u32 };
        Self { signo: super::nr::SIGSEGV, errno: 0, code: code::SEGV_PKUERR, fields }
    }

    /// Whether the kernel made it (user programs can only claim codes below 0), and not at a program's wish (SIGIO).
    pub const fn from_kernel(&self) -> bool {
        self.code > 0 && !matches!(self.fields, Fields::Poll { .. })
    }

    /// The `siginfo_t` image.
    pub fn to_bytes(&self) -> [u8; SIGINFO_SIZE] {
        let mut out = Writer { bytes: [0; SIGINFO_SIZE], at: 0 };
        out.put(&self.signo.to_le_bytes());
        out.put(&self.errno.to_le_bytes());
        out.put(&self.code.to_le_bytes());
        out.at = HEAD;
        match self.fields {
            Fields::None => {}
            Fields::Kill { pid, uid } => {
                out.put(&pid.to_le_bytes());
                out.put(&uid.to_le_bytes());
            }
            Fields::Rt { pid, uid, value } => {
                out.put(&pid.to_le_bytes());
                out.put(&uid.to_le_bytes());
                out.put(&value.to_le_bytes());
            }
            Fields::Child { pid, uid, status, utime, stime } => {
                out.put(&pid.to_le_bytes());
                out.put(&uid.to_le_bytes());
                out.put(&status.to_le_bytes());
                out.at += 4;
                out.put(&utime.to_le_bytes());
                out.put(&stime.to_le_bytes());
            }
            Fields::Fault { addr } => out.put(&addr.to_le_bytes()),
            Fields::Pkey { addr, pkey } => {
                out.put(&addr.to_le_bytes());
                // Behind the room of si_addr_lsb, which is aligned as a pointer.
                out.at += 8;
                out.put(&pkey.to_le_bytes());
            }
            Fields::Poll { band, fd } => {
                out.put(&band.to_le_bytes());
                out.put(&fd.to_le_bytes());
            }
            Fields::Sys { addr, syscall, arch } => {
                out.put(&addr.to_le_bytes());
                out.put(&syscall.to_le_bytes());
                out.put(&arch.to_le_bytes());
            }
            Fields::Raw(raw) => out.put(&raw),
        }
        out.bytes
    }

    /// Reads what a program passed; the number is the one it is sent with.
    pub fn from_bytes(signo: i32, bytes: &[u8; SIGINFO_SIZE]) -> Self {
        let word = |at: usize| {
            let mut raw = [0; 4];
            raw.copy_from_slice(bytes.get(at..at + 4).unwrap_or(&[0; 4]));
            i32::from_le_bytes(raw)
        };
        let mut raw = [0; SIGINFO_SIZE - HEAD];
        raw.copy_from_slice(bytes.get(HEAD..).unwrap_or(&[0; SIGINFO_SIZE - HEAD]));
        Self { signo, errno: word(4), code: word(8), fields: Fields::Raw(raw) }
    }
}

struct Writer {
    bytes: [u8; SIGINFO_SIZE],
    at: usize,
}

impl Writer {
    fn put(&mut self, value: &[u8]) {
        if let Some(to) = self.bytes.get_mut(self.at..self.at + value.len()) {
            to.copy_from_slice(value);
        }
        self.at += value.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_is_the_one_of_the_c_structure() {
        let info = SigInfo {
            signo: 17,
            errno: 0,
            code: code::CLD_EXITED,
            fields: Fields::Child { pid: 5, uid: 6, status: 7, utime: 8, stime: 9 },
        };
        let bytes = info.to_bytes();
        assert_eq!(bytes[0], 17);
        assert_eq!(bytes[8], 1);
        assert_eq!((bytes[16], bytes[20], bytes[24]), (5, 6, 7));
        assert_eq!((bytes[32], bytes[40]), (8, 9));
    }

    #[test]
    fn a_program_s_bytes_come_back_unchanged() {
        let mut bytes = [0; SIGINFO_SIZE];
        for (i, byte) in bytes.iter_mut().enumerate().skip(16) {
            *byte = i as u8;
        }
        bytes[8..12].copy_from_slice(&(-1i32).to_le_bytes());
        let info = SigInfo::from_bytes(40, &bytes);
        assert_eq!(info.code, code::SI_QUEUE);
        bytes[0] = 40;
        assert_eq!(info.to_bytes(), bytes);
    }
}
