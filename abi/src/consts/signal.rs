//! Constants of signal(7), sigaction(2), sigaltstack(2).
/// Signal numbers: `SIGHUP`.
pub const SIGHUP: i32 = 1;
/// Signal numbers: `SIGINT`.
pub const SIGINT: i32 = 2;
/// Signal numbers: `SIGQUIT`.
pub const SIGQUIT: i32 = 3;
/// Signal numbers: `SIGILL`.
pub const SIGILL: i32 = 4;
/// Signal numbers: `SIGTRAP`.
pub const SIGTRAP: i32 = 5;
/// Signal numbers: `SIGABRT`.
pub const SIGABRT: i32 = 6;
/// Signal numbers: `SIGIOT`.
pub const SIGIOT: i32 = 6;
/// Signal numbers: `SIGBUS`.
pub const SIGBUS: i32 = 7;
/// Signal numbers: `SIGFPE`.
pub const SIGFPE: i32 = 8;
/// Signal numbers: `SIGKILL`.
pub const SIGKILL: i32 = 9;
/// Signal numbers: `SIGUSR1`.
pub const SIGUSR1: i32 = 10;
/// Signal numbers: `SIGSEGV`.
pub const SIGSEGV: i32 = 11;
/// Signal numbers: `SIGUSR2`.
pub const SIGUSR2: i32 = 12;
/// Signal numbers: `SIGPIPE`.
pub const SIGPIPE: i32 = 13;
/// Signal numbers: `SIGALRM`.
pub const SIGALRM: i32 = 14;
/// Signal numbers: `SIGTERM`.
pub const SIGTERM: i32 = 15;
/// Signal numbers: `SIGSTKFLT`.
pub const SIGSTKFLT: i32 = 16;
/// Signal numbers: `SIGCHLD`.
pub const SIGCHLD: i32 = 17;
/// Signal numbers: `SIGCLD`.
pub const SIGCLD: i32 = 17;
/// Signal numbers: `SIGCONT`.
pub const SIGCONT: i32 = 18;
/// Signal numbers: `SIGSTOP`.
pub const SIGSTOP: i32 = 19;
/// Signal numbers: `SIGTSTP`.
pub const SIGTSTP: i32 = 20;
/// Signal numbers: `SIGTTIN`.
pub const SIGTTIN: i32 = 21;
/// Signal numbers: `SIGTTOU`.
pub const SIGTTOU: i32 = 22;
/// Signal numbers: `SIGURG`.
pub const SIGURG: i32 = 23;
/// Signal numbers: `SIGXCPU`.
pub const SIGXCPU: i32 = 24;
/// Signal numbers: `SIGXFSZ`.
pub const SIGXFSZ: i32 = 25;
/// Signal numbers: `SIGVTALRM`.
pub const SIGVTALRM: i32 = 26;
/// Signal numbers: `SIGPROF`.
pub const SIGPROF: i32 = 27;
/// Signal numbers: `SIGWINCH`.
pub const SIGWINCH: i32 = 28;
/// Signal numbers: `SIGIO`.
pub const SIGIO: i32 = 29;
/// Signal numbers: `SIGPOLL`.
pub const SIGPOLL: i32 = 29;
/// Signal numbers: `SIGPWR`.
pub const SIGPWR: i32 = 30;
/// Signal numbers: `SIGSYS`.
pub const SIGSYS: i32 = 31;

/// sigaction flags: `SA_NOCLDSTOP`.
pub const SA_NOCLDSTOP: u64 = 1;
/// sigaction flags: `SA_NOCLDWAIT`.
pub const SA_NOCLDWAIT: u64 = 2;
/// sigaction flags: `SA_SIGINFO`.
pub const SA_SIGINFO: u64 = 4;
/// sigaction flags: `SA_UNSUPPORTED`.
pub const SA_UNSUPPORTED: u64 = 0x400;
/// sigaction flags: `SA_EXPOSE_TAGBITS`.
pub const SA_EXPOSE_TAGBITS: u64 = 0x800;
/// sigaction flags: `SA_RESTORER`.
pub const SA_RESTORER: u64 = 0x4000000;
/// sigaction flags: `SA_RESTART`.
pub const SA_RESTART: u64 = 0x10000000;
/// sigaction flags: `SA_INTERRUPT`.
pub const SA_INTERRUPT: u64 = 0x20000000;
/// sigaction flags: `SA_NODEFER`.
pub const SA_NODEFER: u64 = 0x40000000;
/// sigaction flags: `SA_RESETHAND`.
pub const SA_RESETHAND: u64 = 0x80000000;

/// sigaction flags: `SA_ONSTACK`.
pub const SA_ONSTACK: u64 = 0x0800_0000;
/// sigaltstack flags: `SS_ONSTACK`.
pub const SS_ONSTACK: u32 = 1;
/// sigaltstack flags: `SS_DISABLE`.
pub const SS_DISABLE: u32 = 2;

/// How sigprocmask changes the mask: `SIG_BLOCK`.
pub const SIG_BLOCK: i32 = 0;
/// How sigprocmask changes the mask: `SIG_UNBLOCK`.
pub const SIG_UNBLOCK: i32 = 1;
/// How sigprocmask changes the mask: `SIG_SETMASK`.
pub const SIG_SETMASK: i32 = 2;

/// Codes that any signal may carry: `SI_USER`.
pub const SI_USER: i32 = 0;
/// Codes that any signal may carry: `SI_KERNEL`.
pub const SI_KERNEL: i32 = 128;
/// Codes that any signal may carry: `SI_TKILL`.
pub const SI_TKILL: i32 = -6;
/// Codes that any signal may carry: `SI_SIGIO`.
pub const SI_SIGIO: i32 = -5;
/// Codes that any signal may carry: `SI_ASYNCIO`.
pub const SI_ASYNCIO: i32 = -4;
/// Codes that any signal may carry: `SI_MESGQ`.
pub const SI_MESGQ: i32 = -3;
/// Codes that any signal may carry: `SI_TIMER`.
pub const SI_TIMER: i32 = -2;
/// Codes that any signal may carry: `SI_QUEUE`.
pub const SI_QUEUE: i32 = -1;

/// Codes of SIGILL: `ILL_ILLOPC`.
pub const ILL_ILLOPC: i32 = 1;
/// Codes of SIGILL: `ILL_ILLOPN`.
pub const ILL_ILLOPN: i32 = 2;
/// Codes of SIGILL: `ILL_ILLADR`.
pub const ILL_ILLADR: i32 = 3;
/// Codes of SIGILL: `ILL_ILLTRP`.
pub const ILL_ILLTRP: i32 = 4;
/// Codes of SIGILL: `ILL_PRVOPC`.
pub const ILL_PRVOPC: i32 = 5;
/// Codes of SIGILL: `ILL_PRVREG`.
pub const ILL_PRVREG: i32 = 6;
/// Codes of SIGILL: `ILL_COPROC`.
pub const ILL_COPROC: i32 = 7;
/// Codes of SIGILL: `ILL_BADSTK`.
pub const ILL_BADSTK: i32 = 8;
/// Codes of SIGILL: `ILL_BADIADDR`.
pub const ILL_BADIADDR: i32 = 9;

/// Codes of SIGFPE: `FPE_INTDIV`.
pub const FPE_INTDIV: i32 = 1;
/// Codes of SIGFPE: `FPE_INTOVF`.
pub const FPE_INTOVF: i32 = 2;
/// Codes of SIGFPE: `FPE_FLTDIV`.
pub const FPE_FLTDIV: i32 = 3;
/// Codes of SIGFPE: `FPE_FLTOVF`.
pub const FPE_FLTOVF: i32 = 4;
/// Codes of SIGFPE: `FPE_FLTUND`.
pub const FPE_FLTUND: i32 = 5;
/// Codes of SIGFPE: `FPE_FLTRES`.
pub const FPE_FLTRES: i32 = 6;
/// Codes of SIGFPE: `FPE_FLTINV`.
pub const FPE_FLTINV: i32 = 7;
/// Codes of SIGFPE: `FPE_FLTSUB`.
pub const FPE_FLTSUB: i32 = 8;
/// Codes of SIGFPE: `FPE_FLTUNK`.
pub const FPE_FLTUNK: i32 = 14;
/// Codes of SIGFPE: `FPE_CONDTRAP`.
pub const FPE_CONDTRAP: i32 = 15;

/// Codes of SIGSEGV: `SEGV_MAPERR`.
pub const SEGV_MAPERR: i32 = 1;
/// Codes of SIGSEGV: `SEGV_ACCERR`.
pub const SEGV_ACCERR: i32 = 2;
/// Codes of SIGSEGV: `SEGV_BNDERR`.
pub const SEGV_BNDERR: i32 = 3;
/// Codes of SIGSEGV: `SEGV_PKUERR`.
pub const SEGV_PKUERR: i32 = 4;
/// Codes of SIGSEGV: `SEGV_ACCADI`.
pub const SEGV_ACCADI: i32 = 5;
/// Codes of SIGSEGV: `SEGV_ADIDERR`.
pub const SEGV_ADIDERR: i32 = 6;
/// Codes of SIGSEGV: `SEGV_ADIPERR`.
pub const SEGV_ADIPERR: i32 = 7;
/// Codes of SIGSEGV: `SEGV_MTEAERR`.
pub const SEGV_MTEAERR: i32 = 8;
/// Codes of SIGSEGV: `SEGV_MTESERR`.
pub const SEGV_MTESERR: i32 = 9;

/// Codes of SIGBUS: `BUS_ADRALN`.
pub const BUS_ADRALN: i32 = 1;
/// Codes of SIGBUS: `BUS_ADRERR`.
pub const BUS_ADRERR: i32 = 2;
/// Codes of SIGBUS: `BUS_OBJERR`.
pub const BUS_OBJERR: i32 = 3;
/// Codes of SIGBUS: `BUS_MCEERR_AR`.
pub const BUS_MCEERR_AR: i32 = 4;
/// Codes of SIGBUS: `BUS_MCEERR_AO`.
pub const BUS_MCEERR_AO: i32 = 5;

/// Codes of SIGTRAP: `TRAP_BRKPT`.
pub const TRAP_BRKPT: i32 = 1;
/// Codes of SIGTRAP: `TRAP_TRACE`.
pub const TRAP_TRACE: i32 = 2;
/// Codes of SIGTRAP: `TRAP_BRANCH`.
pub const TRAP_BRANCH: i32 = 3;
/// Codes of SIGTRAP: `TRAP_HWBKPT`.
pub const TRAP_HWBKPT: i32 = 4;
/// Codes of SIGTRAP: `TRAP_UNK`.
pub const TRAP_UNK: i32 = 5;

/// Codes of SIGCHLD: `CLD_EXITED`.
pub const CLD_EXITED: i32 = 1;
/// Codes of SIGCHLD: `CLD_KILLED`.
pub const CLD_KILLED: i32 = 2;
/// Codes of SIGCHLD: `CLD_DUMPED`.
pub const CLD_DUMPED: i32 = 3;
/// Codes of SIGCHLD: `CLD_TRAPPED`.
pub const CLD_TRAPPED: i32 = 4;
/// Codes of SIGCHLD: `CLD_STOPPED`.
pub const CLD_STOPPED: i32 = 5;
/// Codes of SIGCHLD: `CLD_CONTINUED`.
pub const CLD_CONTINUED: i32 = 6;
