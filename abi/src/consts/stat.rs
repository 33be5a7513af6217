//! Constants of inode(7), statx(2).
/// File types and permission bits of `st_mode`: `S_IXOTH`.
pub const S_IXOTH: u32 = 0o1;
/// File types and permission bits of `st_mode`: `S_IWOTH`.
pub const S_IWOTH: u32 = 0o2;
/// File types and permission bits of `st_mode`: `S_IROTH`.
pub const S_IROTH: u32 = 0o4;
/// File types and permission bits of `st_mode`: `S_IRWXO`.
pub const S_IRWXO: u32 = 0o7;
/// File types and permission bits of `st_mode`: `S_IXGRP`.
pub const S_IXGRP: u32 = 0o10;
/// File types and permission bits of `st_mode`: `S_IWGRP`.
pub const S_IWGRP: u32 = 0o20;
/// File types and permission bits of `st_mode`: `S_IRGRP`.
pub const S_IRGRP: u32 = 0o40;
/// File types and permission bits of `st_mode`: `S_IRWXG`.
pub const S_IRWXG: u32 = 0o70;
/// File types and permission bits of `st_mode`: `S_IXUSR`.
pub const S_IXUSR: u32 = 0o100;
/// File types and permission bits of `st_mode`: `S_IWRITE`.
pub const S_IWRITE: u32 = 0o200;
/// File types and permission bits of `st_mode`: `S_IWUSR`.
pub const S_IWUSR: u32 = 0o200;
/// File types and permission bits of `st_mode`: `S_IREAD`.
pub const S_IREAD: u32 = 0o400;
/// File types and permission bits of `st_mode`: `S_IRUSR`.
pub const S_IRUSR: u32 = 0o400;
/// File types and permission bits of `st_mode`: `S_IRWXU`.
pub const S_IRWXU: u32 = 0o700;
/// File types and permission bits of `st_mode`: `S_ISVTX`.
pub const S_ISVTX: u32 = 0o1000;
/// File types and permission bits of `st_mode`: `S_ISGID`.
pub const S_ISGID: u32 = 0o2000;
/// File types and permission bits of `st_mode`: `S_ISUID`.
pub const S_ISUID: u32 = 0o4000;
/// File types and permission bits of `st_mode`: `S_IFIFO`.
pub const S_IFIFO: u32 = 0o10000;
/// File types and permission bits of `st_mode`: `S_IFCHR`.
pub const S_IFCHR: u32 = 0o20000;
/// File types and permission bits of `st_mode`: `S_IFDIR`.
pub const S_IFDIR: u32 = 0o40000;
/// File types and permission bits of `st_mode`: `S_IFBLK`.
pub const S_IFBLK: u32 = 0o60000;
/// File types and permission bits of `st_mode`: `S_IFREG`.
pub const S_IFREG: u32 = 0o100000;
/// File types and permission bits of `st_mode`: `S_IFLNK`.
pub const S_IFLNK: u32 = 0o120000;
/// File types and permission bits of `st_mode`: `S_IFSOCK`.
pub const S_IFSOCK: u32 = 0o140000;
/// File types and permission bits of `st_mode`: `S_IFMT`.
pub const S_IFMT: u32 = 0o170000;

/// statx masks: `STATX_TYPE`.
pub const STATX_TYPE: u32 = 1;
/// statx masks: `STATX_MODE`.
pub const STATX_MODE: u32 = 2;
/// statx masks: `STATX_NLINK`.
pub const STATX_NLINK: u32 = 4;
/// statx masks: `STATX_UID`.
pub const STATX_UID: u32 = 8;
/// statx masks: `STATX_GID`.
pub const STATX_GID: u32 = 0x10;
/// statx masks: `STATX_ATIME`.
pub const STATX_ATIME: u32 = 0x20;
/// statx masks: `STATX_MTIME`.
pub const STATX_MTIME: u32 = 0x40;
/// statx masks: `STATX_CTIME`.
pub const STATX_CTIME: u32 = 0x80;
/// statx masks: `STATX_INO`.
pub const STATX_INO: u32 = 0x100;
/// statx masks: `STATX_SIZE`.
pub const STATX_SIZE: u32 = 0x200;
/// statx masks: `STATX_BLOCKS`.
pub const STATX_BLOCKS: u32 = 0x400;
/// statx masks: `STATX_BASIC_STATS`.
pub const STATX_BASIC_STATS: u32 = 0x7ff;
/// statx masks: `STATX_BTIME`.
pub const STATX_BTIME: u32 = 0x800;
/// statx masks: `STATX_ALL`.
pub const STATX_ALL: u32 = 0xfff;
/// statx masks: `STATX_MNT_ID`.
pub const STATX_MNT_ID: u32 = 0x1000;
/// statx masks: `STATX_DIOALIGN`.
pub const STATX_DIOALIGN: u32 = 0x2000;
/// statx masks: `STATX__RESERVED`.
pub const STATX__RESERVED: u32 = 0x80000000;

/// statx attributes: `STATX_ATTR_COMPRESSED`.
pub const STATX_ATTR_COMPRESSED: u64 = 4;
/// statx attributes: `STATX_ATTR_IMMUTABLE`.
pub const STATX_ATTR_IMMUTABLE: u64 = 0x10;
/// statx attributes: `STATX_ATTR_APPEND`.
pub const STATX_ATTR_APPEND: u64 = 0x20;
/// statx attributes: `STATX_ATTR_NODUMP`.
pub const STATX_ATTR_NODUMP: u64 = 0x40;
/// statx attributes: `STATX_ATTR_ENCRYPTED`.
pub const STATX_ATTR_ENCRYPTED: u64 = 0x800;
/// statx attributes: `STATX_ATTR_AUTOMOUNT`.
pub const STATX_ATTR_AUTOMOUNT: u64 = 0x1000;
/// statx attributes: `STATX_ATTR_MOUNT_ROOT`.
pub const STATX_ATTR_MOUNT_ROOT: u64 = 0x2000;
/// statx attributes: `STATX_ATTR_VERITY`.
pub const STATX_ATTR_VERITY: u64 = 0x100000;
/// statx attributes: `STATX_ATTR_DAX`.
pub const STATX_ATTR_DAX: u64 = 0x200000;

/// utimensat's special nanoseconds: `UTIME_OMIT`.
pub const UTIME_OMIT: i64 = 0x3ffffffe;
/// utimensat's special nanoseconds: `UTIME_NOW`.
pub const UTIME_NOW: i64 = 0x3fffffff;
