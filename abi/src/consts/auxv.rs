//! Constants of getauxval(3).
/// Types of the auxiliary vector: `AT_NULL`.
pub const AT_NULL: u64 = 0;
/// Types of the auxiliary vector: `AT_IGNORE`.
pub const AT_IGNORE: u64 = 1;
/// Types of the auxiliary vector: `AT_EXECFD`.
pub const AT_EXECFD: u64 = 2;
/// Types of the auxiliary vector: `AT_PHDR`.
pub const AT_PHDR: u64 = 3;
/// Types of the auxiliary vector: `AT_PHENT`.
pub const AT_PHENT: u64 = 4;
/// Types of the auxiliary vector: `AT_PHNUM`.
pub const AT_PHNUM: u64 = 5;
/// Types of the auxiliary vector: `AT_PAGESZ`.
pub const AT_PAGESZ: u64 = 6;
/// Types of the auxiliary vector: `AT_BASE`.
pub const AT_BASE: u64 = 7;
/// Types of the auxiliary vector: `AT_FLAGS`.
pub const AT_FLAGS: u64 = 8;
/// Types of the auxiliary vector: `AT_ENTRY`.
pub const AT_ENTRY: u64 = 9;
/// Types of the auxiliary vector: `AT_NOTELF`.
pub const AT_NOTELF: u64 = 0xa;
/// Types of the auxiliary vector: `AT_UID`.
pub const AT_UID: u64 = 0xb;
/// Types of the auxiliary vector: `AT_EUID`.
pub const AT_EUID: u64 = 0xc;
/// Types of the auxiliary vector: `AT_GID`.
pub const AT_GID: u64 = 0xd;
/// Types of the auxiliary vector: `AT_EGID`.
pub const AT_EGID: u64 = 0xe;
/// Types of the auxiliary vector: `AT_PLATFORM`.
pub const AT_PLATFORM: u64 = 0xf;
/// Types of the auxiliary vector: `AT_HWCAP`.
pub const AT_HWCAP: u64 = 0x10;
/// Types of the auxiliary vector: `AT_CLKTCK`.
pub const AT_CLKTCK: u64 = 0x11;
/// Types of the auxiliary vector: `AT_SECURE`.
pub const AT_SECURE: u64 = 0x17;
/// Types of the auxiliary vector: `AT_BASE_PLATFORM`.
pub const AT_BASE_PLATFORM: u64 = 0x18;
/// Types of the auxiliary vector: `AT_RANDOM`.
pub const AT_RANDOM: u64 = 0x19;
/// Types of the auxiliary vector: `AT_HWCAP2`.
pub const AT_HWCAP2: u64 = 0x1a;
/// Types of the auxiliary vector: `AT_RSEQ_FEATURE_SIZE`.
pub const AT_RSEQ_FEATURE_SIZE: u64 = 0x1b;
/// Types of the auxiliary vector: `AT_RSEQ_ALIGN`.
pub const AT_RSEQ_ALIGN: u64 = 0x1c;
/// Types of the auxiliary vector: `AT_EXECFN`.
pub const AT_EXECFN: u64 = 0x1f;
/// Types of the auxiliary vector: `AT_SYSINFO`.
pub const AT_SYSINFO: u64 = 0x20;
/// Types of the auxiliary vector: `AT_SYSINFO_EHDR`.
pub const AT_SYSINFO_EHDR: u64 = 0x21;
/// Types of the auxiliary vector: `AT_MINSIGSTKSZ`.
pub const AT_MINSIGSTKSZ: u64 = 0x33;
