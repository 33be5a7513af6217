//! Constants of mount(2), umount2(2).
/// mount flags: `MS_RDONLY`.
pub const MS_RDONLY: u64 = 1;
/// mount flags: `MS_NOSUID`.
pub const MS_NOSUID: u64 = 2;
/// mount flags: `MS_NODEV`.
pub const MS_NODEV: u64 = 4;
/// mount flags: `MS_NOEXEC`.
pub const MS_NOEXEC: u64 = 8;
/// mount flags: `MS_SYNCHRONOUS`.
pub const MS_SYNCHRONOUS: u64 = 0x10;
/// mount flags: `MS_REMOUNT`.
pub const MS_REMOUNT: u64 = 0x20;
/// mount flags: `MS_MANDLOCK`.
pub const MS_MANDLOCK: u64 = 0x40;
/// mount flags: `MS_DIRSYNC`.
pub const MS_DIRSYNC: u64 = 0x80;
/// mount flags: `MS_NOSYMFOLLOW`.
pub const MS_NOSYMFOLLOW: u64 = 0x100;
/// mount flags: `MS_NOATIME`.
pub const MS_NOATIME: u64 = 0x400;
/// mount flags: `MS_NODIRATIME`.
pub const MS_NODIRATIME: u64 = 0x800;
/// mount flags: `MS_BIND`.
pub const MS_BIND: u64 = 0x1000;
/// mount flags: `MS_MOVE`.
pub const MS_MOVE: u64 = 0x2000;
/// mount flags: `MS_REC`.
pub const MS_REC: u64 = 0x4000;
/// mount flags: `MS_SILENT`.
pub const MS_SILENT: u64 = 0x8000;
/// mount flags: `MS_VERBOSE`.
pub const MS_VERBOSE: u64 = 0x8000;
/// mount flags: `MS_POSIXACL`.
pub const MS_POSIXACL: u64 = 0x10000;
/// mount flags: `MS_UNBINDABLE`.
pub const MS_UNBINDABLE: u64 = 0x20000;
/// mount flags: `MS_PRIVATE`.
pub const MS_PRIVATE: u64 = 0x40000;
/// mount flags: `MS_SLAVE`.
pub const MS_SLAVE: u64 = 0x80000;
/// mount flags: `MS_SHARED`.
pub const MS_SHARED: u64 = 0x100000;
/// mount flags: `MS_RELATIME`.
pub const MS_RELATIME: u64 = 0x200000;
/// mount flags: `MS_KERNMOUNT`.
pub const MS_KERNMOUNT: u64 = 0x400000;
/// mount flags: `MS_I_VERSION`.
pub const MS_I_VERSION: u64 = 0x800000;
/// mount flags: `MS_STRICTATIME`.
pub const MS_STRICTATIME: u64 = 0x1000000;
/// mount flags: `MS_LAZYTIME`.
pub const MS_LAZYTIME: u64 = 0x2000000;
/// mount flags: `MS_RMT_MASK`.
pub const MS_RMT_MASK: u64 = 0x2800051;
/// mount flags: `MS_SUBMOUNT`.
pub const MS_SUBMOUNT: u64 = 0x4000000;
/// mount flags: `MS_NOREMOTELOCK`.
pub const MS_NOREMOTELOCK: u64 = 0x8000000;
/// mount flags: `MS_NOSEC`.
pub const MS_NOSEC: u64 = 0x10000000;
/// mount flags: `MS_BORN`.
pub const MS_BORN: u64 = 0x20000000;
/// mount flags: `MS_ACTIVE`.
pub const MS_ACTIVE: u64 = 0x40000000;
/// mount flags: `MS_MGC_VAL`.
pub const MS_MGC_VAL: u64 = 0xc0ed0000;
/// mount flags: `MS_MGC_MSK`.
pub const MS_MGC_MSK: u64 = 0xffff0000;
/// mount flags: `MS_NOUSER`.
pub const MS_NOUSER: u64 = 0xffffffff80000000;

/// umount2 flags: `MNT_FORCE`.
pub const MNT_FORCE: u32 = 1;
/// umount2 flags: `MNT_DETACH`.
pub const MNT_DETACH: u32 = 2;
/// umount2 flags: `MNT_EXPIRE`.
pub const MNT_EXPIRE: u32 = 4;
/// umount2 flags: `UMOUNT_NOFOLLOW`.
pub const UMOUNT_NOFOLLOW: u32 = 8;
