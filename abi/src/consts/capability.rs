//! Constants of capabilities(7).
/// Capability numbers: `CAP_CHOWN`.
pub const CAP_CHOWN: u32 = 0;
/// Capability numbers: `CAP_DAC_OVERRIDE`.
pub const CAP_DAC_OVERRIDE: u32 = 1;
/// Capability numbers: `CAP_DAC_READ_SEARCH`.
pub const CAP_DAC_READ_SEARCH: u32 = 2;
/// Capability numbers: `CAP_FOWNER`.
pub const CAP_FOWNER: u32 = 3;
/// Capability numbers: `CAP_FSETID`.
pub const CAP_FSETID: u32 = 4;
/// Capability numbers: `CAP_KILL`.
pub const CAP_KILL: u32 = 5;
/// Capability numbers: `CAP_SETGID`.
pub const CAP_SETGID: u32 = 6;
/// Capability numbers: `CAP_SETUID`.
pub const CAP_SETUID: u32 = 7;
/// Capability numbers: `CAP_SETPCAP`.
pub const CAP_SETPCAP: u32 = 8;
/// Capability numbers: `CAP_LINUX_IMMUTABLE`.
pub const CAP_LINUX_IMMUTABLE: u32 = 9;
/// Capability numbers: `CAP_NET_BIND_SERVICE`.
pub const CAP_NET_BIND_SERVICE: u32 = 0xa;
/// Capability numbers: `CAP_NET_BROADCAST`.
pub const CAP_NET_BROADCAST: u32 = 0xb;
/// Capability numbers: `CAP_NET_ADMIN`.
pub const CAP_NET_ADMIN: u32 = 0xc;
/// Capability numbers: `CAP_NET_RAW`.
pub const CAP_NET_RAW: u32 = 0xd;
/// Capability numbers: `CAP_IPC_LOCK`.
pub const CAP_IPC_LOCK: u32 = 0xe;
/// Capability numbers: `CAP_IPC_OWNER`.
pub const CAP_IPC_OWNER: u32 = 0xf;
/// Capability numbers: `CAP_SYS_MODULE`.
pub const CAP_SYS_MODULE: u32 = 0x10;
/// Capability numbers: `CAP_SYS_RAWIO`.
pub const CAP_SYS_RAWIO: u32 = 0x11;
/// Capability numbers: `CAP_SYS_CHROOT`.
pub const CAP_SYS_CHROOT: u32 = 0x12;
/// Capability numbers: `CAP_SYS_PTRACE`.
pub const CAP_SYS_PTRACE: u32 = 0x13;
/// Capability numbers: `CAP_SYS_PACCT`.
pub const CAP_SYS_PACCT: u32 = 0x14;
/// Capability numbers: `CAP_SYS_ADMIN`.
pub const CAP_SYS_ADMIN: u32 = 0x15;
/// Capability numbers: `CAP_SYS_BOOT`.
pub const CAP_SYS_BOOT: u32 = 0x16;
/// Capability numbers: `CAP_SYS_NICE`.
pub const CAP_SYS_NICE: u32 = 0x17;
/// Capability numbers: `CAP_SYS_RESOURCE`.
pub const CAP_SYS_RESOURCE: u32 = 0x18;
/// Capability numbers: `CAP_SYS_TIME`.
pub const CAP_SYS_TIME: u32 = 0x19;
/// Capability numbers: `CAP_SYS_TTY_CONFIG`.
pub const CAP_SYS_TTY_CONFIG: u32 = 0x1a;
/// Capability numbers: `CAP_MKNOD`.
pub const CAP_MKNOD: u32 = 0x1b;
/// Capability numbers: `CAP_LEASE`.
pub const CAP_LEASE: u32 = 0x1c;
/// Capability numbers: `CAP_AUDIT_WRITE`.
pub const CAP_AUDIT_WRITE: u32 = 0x1d;
/// Capability numbers: `CAP_AUDIT_CONTROL`.
pub const CAP_AUDIT_CONTROL: u32 = 0x1e;
/// Capability numbers: `CAP_SETFCAP`.
pub const CAP_SETFCAP: u32 = 0x1f;
/// Capability numbers: `CAP_MAC_OVERRIDE`.
pub const CAP_MAC_OVERRIDE: u32 = 0x20;
/// Capability numbers: `CAP_MAC_ADMIN`.
pub const CAP_MAC_ADMIN: u32 = 0x21;
/// Capability numbers: `CAP_SYSLOG`.
pub const CAP_SYSLOG: u32 = 0x22;
/// Capability numbers: `CAP_WAKE_ALARM`.
pub const CAP_WAKE_ALARM: u32 = 0x23;
/// Capability numbers: `CAP_BLOCK_SUSPEND`.
pub const CAP_BLOCK_SUSPEND: u32 = 0x24;
/// Capability numbers: `CAP_AUDIT_READ`.
pub const CAP_AUDIT_READ: u32 = 0x25;
/// Capability numbers: `CAP_PERFMON`.
pub const CAP_PERFMON: u32 = 0x26;
/// Capability numbers: `CAP_BPF`.
pub const CAP_BPF: u32 = 0x27;
/// Capability numbers: `CAP_CHECKPOINT_RESTORE`.
pub const CAP_CHECKPOINT_RESTORE: u32 = 0x28;
/// Capability numbers: `CAP_LAST_CAP`.
pub const CAP_LAST_CAP: u32 = 0x28;

/// Versions of the header: `_LINUX_CAPABILITY_VERSION_1`.
pub const LINUX_CAPABILITY_VERSION_1: u32 = 0x19980330;
/// Versions of the header: `_LINUX_CAPABILITY_VERSION_2`.
pub const LINUX_CAPABILITY_VERSION_2: u32 = 0x20071026;
/// Versions of the header: `_LINUX_CAPABILITY_VERSION_3`.
pub const LINUX_CAPABILITY_VERSION_3: u32 = 0x20080522;

/// Secure bits: `SECBIT_NOROOT`.
pub const SECBIT_NOROOT: u32 = 1;
/// Secure bits: `SECBIT_NOROOT_LOCKED`.
pub const SECBIT_NOROOT_LOCKED: u32 = 2;
/// Secure bits: `SECBIT_NO_SETUID_FIXUP`.
pub const SECBIT_NO_SETUID_FIXUP: u32 = 4;
/// Secure bits: `SECBIT_NO_SETUID_FIXUP_LOCKED`.
pub const SECBIT_NO_SETUID_FIXUP_LOCKED: u32 = 8;
/// Secure bits: `SECBIT_KEEP_CAPS`.
pub const SECBIT_KEEP_CAPS: u32 = 0x10;
/// Secure bits: `SECBIT_KEEP_CAPS_LOCKED`.
pub const SECBIT_KEEP_CAPS_LOCKED: u32 = 0x20;
/// Secure bits: `SECBIT_NO_CAP_AMBIENT_RAISE`.
pub const SECBIT_NO_CAP_AMBIENT_RAISE: u32 = 0x40;
/// Secure bits: `SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED`.
pub const SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED: u32 = 0x80;
