//! Constants of prctl(2), arch_prctl(2).
/// prctl options: `PR_MCE_KILL_CLEAR`.
pub const PR_MCE_KILL_CLEAR: i32 = 0;
/// prctl options: `PR_MCE_KILL_LATE`.
pub const PR_MCE_KILL_LATE: i32 = 0;
/// prctl options: `PR_SCHED_CORE_GET`.
pub const PR_SCHED_CORE_GET: i32 = 0;
/// prctl options: `PR_SCHED_CORE_SCOPE_THREAD`.
pub const PR_SCHED_CORE_SCOPE_THREAD: i32 = 0;
/// prctl options: `PR_SET_VMA_ANON_NAME`.
pub const PR_SET_VMA_ANON_NAME: i32 = 0;
/// prctl options: `PR_SPEC_NOT_AFFECTED`.
pub const PR_SPEC_NOT_AFFECTED: i32 = 0;
/// prctl options: `PR_SPEC_STORE_BYPASS`.
pub const PR_SPEC_STORE_BYPASS: i32 = 0;
/// prctl options: `PR_SYS_DISPATCH_OFF`.
pub const PR_SYS_DISPATCH_OFF: i32 = 0;
/// prctl options: `PR_TIMING_STATISTICAL`.
pub const PR_TIMING_STATISTICAL: i32 = 0;
/// prctl options: `PR_CAP_AMBIENT_IS_SET`.
pub const PR_CAP_AMBIENT_IS_SET: i32 = 1;
/// prctl options: `PR_MCE_KILL_EARLY`.
pub const PR_MCE_KILL_EARLY: i32 = 1;
/// prctl options: `PR_MCE_KILL_SET`.
pub const PR_MCE_KILL_SET: i32 = 1;
/// prctl options: `PR_SCHED_CORE_CREATE`.
pub const PR_SCHED_CORE_CREATE: i32 = 1;
/// prctl options: `PR_SCHED_CORE_SCOPE_THREAD_GROUP`.
pub const PR_SCHED_CORE_SCOPE_THREAD_GROUP: i32 = 1;
/// prctl options: `PR_SET_PDEATHSIG`.
pub const PR_SET_PDEATHSIG: i32 = 1;
/// prctl options: `PR_SPEC_INDIRECT_BRANCH`.
pub const PR_SPEC_INDIRECT_BRANCH: i32 = 1;
/// prctl options: `PR_SPEC_PRCTL`.
pub const PR_SPEC_PRCTL: i32 = 1;
/// prctl options: `PR_SYS_DISPATCH_ON`.
pub const PR_SYS_DISPATCH_ON: i32 = 1;
/// prctl options: `PR_TIMING_TIMESTAMP`.
pub const PR_TIMING_TIMESTAMP: i32 = 1;
/// prctl options: `PR_TSC_ENABLE`.
pub const PR_TSC_ENABLE: i32 = 1;
/// prctl options: `PR_CAP_AMBIENT_RAISE`.
pub const PR_CAP_AMBIENT_RAISE: i32 = 2;
/// prctl options: `PR_GET_PDEATHSIG`.
pub const PR_GET_PDEATHSIG: i32 = 2;
/// prctl options: `PR_MCE_KILL_DEFAULT`.
pub const PR_MCE_KILL_DEFAULT: i32 = 2;
/// prctl options: `PR_SCHED_CORE_SCOPE_PROCESS_GROUP`.
pub const PR_SCHED_CORE_SCOPE_PROCESS_GROUP: i32 = 2;
/// prctl options: `PR_SCHED_CORE_SHARE_TO`.
pub const PR_SCHED_CORE_SHARE_TO: i32 = 2;
/// prctl options: `PR_SPEC_ENABLE`.
pub const PR_SPEC_ENABLE: i32 = 2;
/// prctl options: `PR_SPEC_L1D_FLUSH`.
pub const PR_SPEC_L1D_FLUSH: i32 = 2;
/// prctl options: `PR_TSC_SIGSEGV`.
pub const PR_TSC_SIGSEGV: i32 = 2;
/// prctl options: `PR_CAP_AMBIENT_LOWER`.
pub const PR_CAP_AMBIENT_LOWER: i32 = 3;
/// prctl options: `PR_GET_DUMPABLE`.
pub const PR_GET_DUMPABLE: i32 = 3;
/// prctl options: `PR_SCHED_CORE_SHARE_FROM`.
pub const PR_SCHED_CORE_SHARE_FROM: i32 = 3;
/// prctl options: `PR_CAP_AMBIENT_CLEAR_ALL`.
pub const PR_CAP_AMBIENT_CLEAR_ALL: i32 = 4;
/// prctl options: `PR_SCHED_CORE_MAX`.
pub const PR_SCHED_CORE_MAX: i32 = 4;
/// prctl options: `PR_SET_DUMPABLE`.
pub const PR_SET_DUMPABLE: i32 = 4;
/// prctl options: `PR_SPEC_DISABLE`.
pub const PR_SPEC_DISABLE: i32 = 4;
/// prctl options: `PR_GET_UNALIGN`.
pub const PR_GET_UNALIGN: i32 = 5;
/// prctl options: `PR_SET_UNALIGN`.
pub const PR_SET_UNALIGN: i32 = 6;
/// prctl options: `PR_GET_KEEPCAPS`.
pub const PR_GET_KEEPCAPS: i32 = 7;
/// prctl options: `PR_SET_KEEPCAPS`.
pub const PR_SET_KEEPCAPS: i32 = 8;
/// prctl options: `PR_SPEC_FORCE_DISABLE`.
pub const PR_SPEC_FORCE_DISABLE: i32 = 8;
/// prctl options: `PR_GET_FPEMU`.
pub const PR_GET_FPEMU: i32 = 9;
/// prctl options: `PR_SET_FPEMU`.
pub const PR_SET_FPEMU: i32 = 10;
/// prctl options: `PR_GET_FPEXC`.
pub const PR_GET_FPEXC: i32 = 11;
/// prctl options: `PR_SET_FPEXC`.
pub const PR_SET_FPEXC: i32 = 12;
/// prctl options: `PR_GET_TIMING`.
pub const PR_GET_TIMING: i32 = 13;
/// prctl options: `PR_SET_TIMING`.
pub const PR_SET_TIMING: i32 = 14;
/// prctl options: `PR_SET_NAME`.
pub const PR_SET_NAME: i32 = 15;
/// prctl options: `PR_GET_NAME`.
pub const PR_GET_NAME: i32 = 16;
/// prctl options: `PR_SPEC_DISABLE_NOEXEC`.
pub const PR_SPEC_DISABLE_NOEXEC: i32 = 16;
/// prctl options: `PR_GET_ENDIAN`.
pub const PR_GET_ENDIAN: i32 = 19;
/// prctl options: `PR_SET_ENDIAN`.
pub const PR_SET_ENDIAN: i32 = 20;
/// prctl options: `PR_GET_SECCOMP`.
pub const PR_GET_SECCOMP: i32 = 21;
/// prctl options: `PR_SET_SECCOMP`.
pub const PR_SET_SECCOMP: i32 = 22;
/// prctl options: `PR_CAPBSET_READ`.
pub const PR_CAPBSET_READ: i32 = 23;
/// prctl options: `PR_CAPBSET_DROP`.
pub const PR_CAPBSET_DROP: i32 = 24;
/// prctl options: `PR_GET_TSC`.
pub const PR_GET_TSC: i32 = 25;
/// prctl options: `PR_SET_TSC`.
pub const PR_SET_TSC: i32 = 26;
/// prctl options: `PR_GET_SECUREBITS`.
pub const PR_GET_SECUREBITS: i32 = 27;
/// prctl options: `PR_SET_SECUREBITS`.
pub const PR_SET_SECUREBITS: i32 = 28;
/// prctl options: `PR_SET_TIMERSLACK`.
pub const PR_SET_TIMERSLACK: i32 = 29;
/// prctl options: `PR_GET_TIMERSLACK`.
pub const PR_GET_TIMERSLACK: i32 = 30;
/// prctl options: `PR_TASK_PERF_EVENTS_DISABLE`.
pub const PR_TASK_PERF_EVENTS_DISABLE: i32 = 31;
/// prctl options: `PR_TASK_PERF_EVENTS_ENABLE`.
pub const PR_TASK_PERF_EVENTS_ENABLE: i32 = 32;
/// prctl options: `PR_MCE_KILL`.
pub const PR_MCE_KILL: i32 = 33;
/// prctl options: `PR_MCE_KILL_GET`.
pub const PR_MCE_KILL_GET: i32 = 34;
/// prctl options: `PR_SET_MM`.
pub const PR_SET_MM: i32 = 35;
/// prctl options: `PR_SET_CHILD_SUBREAPER`.
pub const PR_SET_CHILD_SUBREAPER: i32 = 36;
/// prctl options: `PR_GET_CHILD_SUBREAPER`.
pub const PR_GET_CHILD_SUBREAPER: i32 = 37;
/// prctl options: `PR_SET_NO_NEW_PRIVS`.
pub const PR_SET_NO_NEW_PRIVS: i32 = 38;
/// prctl options: `PR_GET_NO_NEW_PRIVS`.
pub const PR_GET_NO_NEW_PRIVS: i32 = 39;
/// prctl options: `PR_GET_TID_ADDRESS`.
pub const PR_GET_TID_ADDRESS: i32 = 40;
/// prctl options: `PR_SET_THP_DISABLE`.
pub const PR_SET_THP_DISABLE: i32 = 41;
/// prctl options: `PR_GET_THP_DISABLE`.
pub const PR_GET_THP_DISABLE: i32 = 42;
/// prctl options: `PR_MPX_ENABLE_MANAGEMENT`.
pub const PR_MPX_ENABLE_MANAGEMENT: i32 = 43;
/// prctl options: `PR_MPX_DISABLE_MANAGEMENT`.
pub const PR_MPX_DISABLE_MANAGEMENT: i32 = 44;
/// prctl options: `PR_SET_FP_MODE`.
pub const PR_SET_FP_MODE: i32 = 45;
/// prctl options: `PR_GET_FP_MODE`.
pub const PR_GET_FP_MODE: i32 = 46;
/// prctl options: `PR_CAP_AMBIENT`.
pub const PR_CAP_AMBIENT: i32 = 47;
/// prctl options: `PR_GET_SPECULATION_CTRL`.
pub const PR_GET_SPECULATION_CTRL: i32 = 52;
/// prctl options: `PR_SET_SPECULATION_CTRL`.
pub const PR_SET_SPECULATION_CTRL: i32 = 53;
/// prctl options: `PR_SET_TAGGED_ADDR_CTRL`.
pub const PR_SET_TAGGED_ADDR_CTRL: i32 = 55;
/// prctl options: `PR_GET_TAGGED_ADDR_CTRL`.
pub const PR_GET_TAGGED_ADDR_CTRL: i32 = 56;
/// prctl options: `PR_SET_IO_FLUSHER`.
pub const PR_SET_IO_FLUSHER: i32 = 57;
/// prctl options: `PR_GET_IO_FLUSHER`.
pub const PR_GET_IO_FLUSHER: i32 = 58;
/// prctl options: `PR_SET_SYSCALL_USER_DISPATCH`.
pub const PR_SET_SYSCALL_USER_DISPATCH: i32 = 59;
/// prctl options: `PR_SCHED_CORE`.
pub const PR_SCHED_CORE: i32 = 62;
/// prctl options: `PR_SET_VMA`.
pub const PR_SET_VMA: i32 = 0x53564d41;
/// prctl options: `PR_SET_PTRACER`.
pub const PR_SET_PTRACER: i32 = 0x59616d61;
/// prctl options: `PR_SET_PTRACER_ANY`.
pub const PR_SET_PTRACER_ANY: i32 = -1;

/// arch_prctl codes: `ARCH_SET_GS`.
pub const ARCH_SET_GS: i32 = 0x1001;
/// arch_prctl codes: `ARCH_SET_FS`.
pub const ARCH_SET_FS: i32 = 0x1002;
/// arch_prctl codes: `ARCH_GET_FS`.
pub const ARCH_GET_FS: i32 = 0x1003;
/// arch_prctl codes: `ARCH_GET_GS`.
pub const ARCH_GET_GS: i32 = 0x1004;
/// arch_prctl codes: `ARCH_GET_CPUID`.
pub const ARCH_GET_CPUID: i32 = 0x1011;
/// arch_prctl codes: `ARCH_SET_CPUID`.
pub const ARCH_SET_CPUID: i32 = 0x1012;
/// arch_prctl codes: `ARCH_GET_XCOMP_SUPP`.
pub const ARCH_GET_XCOMP_SUPP: i32 = 0x1021;
/// arch_prctl codes: `ARCH_GET_XCOMP_PERM`.
pub const ARCH_GET_XCOMP_PERM: i32 = 0x1022;
/// arch_prctl codes: `ARCH_REQ_XCOMP_PERM`.
pub const ARCH_REQ_XCOMP_PERM: i32 = 0x1023;
/// arch_prctl codes: `ARCH_GET_XCOMP_GUEST_PERM`.
pub const ARCH_GET_XCOMP_GUEST_PERM: i32 = 0x1024;
/// arch_prctl codes: `ARCH_REQ_XCOMP_GUEST_PERM`.
pub const ARCH_REQ_XCOMP_GUEST_PERM: i32 = 0x1025;
/// arch_prctl codes: `ARCH_MAP_VDSO_X32`.
pub const ARCH_MAP_VDSO_X32: i32 = 0x2001;
/// arch_prctl codes: `ARCH_MAP_VDSO_32`.
pub const ARCH_MAP_VDSO_32: i32 = 0x2002;
/// arch_prctl codes: `ARCH_MAP_VDSO_64`.
pub const ARCH_MAP_VDSO_64: i32 = 0x2003;
