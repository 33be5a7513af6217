//! Constants of open(2), fcntl(2), openat2(2), flock(2), fallocate(2) and friends.
/// Open flags: `O_RDONLY`.
pub const O_RDONLY: u32 = 0o0;
/// Open flags: `O_WRONLY`.
pub const O_WRONLY: u32 = 0o1;
/// Open flags: `O_RDWR`.
pub const O_RDWR: u32 = 0o2;
/// Open flags: `O_ACCMODE`.
pub const O_ACCMODE: u32 = 0o3;
/// Open flags: `O_CREAT`.
pub const O_CREAT: u32 = 0o100;
/// Open flags: `O_EXCL`.
pub const O_EXCL: u32 = 0o200;
/// Open flags: `O_NOCTTY`.
pub const O_NOCTTY: u32 = 0o400;
/// Open flags: `O_TRUNC`.
pub const O_TRUNC: u32 = 0o1000;
/// Open flags: `O_APPEND`.
pub const O_APPEND: u32 = 0o2000;
/// Open flags: `O_NONBLOCK`.
pub const O_NONBLOCK: u32 = 0o4000;
/// Open flags: `O_DSYNC`.
pub const O_DSYNC: u32 = 0o10000;
/// Open flags: `O_ASYNC`.
pub const O_ASYNC: u32 = 0o20000;
/// Open flags: `O_DIRECT`.
pub const O_DIRECT: u32 = 0o40000;
/// Open flags: `O_LARGEFILE`.
pub const O_LARGEFILE: u32 = 0o100000;
/// Open flags: `O_DIRECTORY`.
pub const O_DIRECTORY: u32 = 0o200000;
/// Open flags: `O_NOFOLLOW`.
pub const O_NOFOLLOW: u32 = 0o400000;
/// Open flags: `O_NOATIME`.
pub const O_NOATIME: u32 = 0o1000000;
/// Open flags: `O_CLOEXEC`.
pub const O_CLOEXEC: u32 = 0o2000000;
/// Open flags: `O_SYNC`.
pub const O_SYNC: u32 = 0o4010000;
/// Open flags: `O_PATH`.
pub const O_PATH: u32 = 0o10000000;
/// Open flags: `O_TMPFILE`.
pub const O_TMPFILE: u32 = 0o20200000;

/// fcntl commands: `F_DUPFD`.
pub const F_DUPFD: u32 = 0;
/// fcntl commands: `F_GETFD`.
pub const F_GETFD: u32 = 1;
/// fcntl commands: `F_SETFD`.
pub const F_SETFD: u32 = 2;
/// fcntl commands: `F_GETFL`.
pub const F_GETFL: u32 = 3;
/// fcntl commands: `F_SETFL`.
pub const F_SETFL: u32 = 4;
/// fcntl commands: `F_GETLK`.
pub const F_GETLK: u32 = 5;
/// fcntl commands: `F_SETLK`.
pub const F_SETLK: u32 = 6;
/// fcntl commands: `F_SETLKW`.
pub const F_SETLKW: u32 = 7;
/// fcntl commands: `F_SETOWN`.
pub const F_SETOWN: u32 = 8;
/// fcntl commands: `F_GETOWN`.
pub const F_GETOWN: u32 = 9;
/// fcntl commands: `F_SETSIG`.
pub const F_SETSIG: u32 = 0xa;
/// fcntl commands: `F_GETSIG`.
pub const F_GETSIG: u32 = 0xb;
/// fcntl commands: `F_SETOWN_EX`.
pub const F_SETOWN_EX: u32 = 0xf;
/// fcntl commands: `F_GETOWN_EX`.
pub const F_GETOWN_EX: u32 = 0x10;
/// fcntl commands: `F_OFD_GETLK`.
pub const F_OFD_GETLK: u32 = 0x24;
/// fcntl commands: `F_OFD_SETLK`.
pub const F_OFD_SETLK: u32 = 0x25;
/// fcntl commands: `F_OFD_SETLKW`.
pub const F_OFD_SETLKW: u32 = 0x26;
/// fcntl commands: `F_SETLEASE`.
pub const F_SETLEASE: u32 = 0x400;
/// fcntl commands: `F_GETLEASE`.
pub const F_GETLEASE: u32 = 0x401;
/// fcntl commands: `F_NOTIFY`.
pub const F_NOTIFY: u32 = 0x402;
/// fcntl commands: `F_DUPFD_QUERY`.
pub const F_DUPFD_QUERY: u32 = 0x403;
/// fcntl commands: `F_CREATED_QUERY`.
pub const F_CREATED_QUERY: u32 = 0x404;
/// fcntl commands: `F_DUPFD_CLOEXEC`.
pub const F_DUPFD_CLOEXEC: u32 = 0x406;
/// fcntl commands: `F_SETPIPE_SZ`.
pub const F_SETPIPE_SZ: u32 = 0x407;
/// fcntl commands: `F_GETPIPE_SZ`.
pub const F_GETPIPE_SZ: u32 = 0x408;
/// fcntl commands: `F_ADD_SEALS`.
pub const F_ADD_SEALS: u32 = 0x409;
/// fcntl commands: `F_GET_SEALS`.
pub const F_GET_SEALS: u32 = 0x40a;
/// fcntl commands: `F_GET_RW_HINT`.
pub const F_GET_RW_HINT: u32 = 0x40b;
/// fcntl commands: `F_SET_RW_HINT`.
pub const F_SET_RW_HINT: u32 = 0x40c;

/// Lock types (`l_type`): `F_RDLCK`.
pub const F_RDLCK: i16 = 0;
/// Lock types (`l_type`): `F_WRLCK`.
pub const F_WRLCK: i16 = 1;
/// Lock types (`l_type`): `F_UNLCK`.
pub const F_UNLCK: i16 = 2;

/// Seals: `F_SEAL_SEAL`.
pub const F_SEAL_SEAL: u32 = 1;
/// Seals: `F_SEAL_SHRINK`.
pub const F_SEAL_SHRINK: u32 = 2;
/// Seals: `F_SEAL_GROW`.
pub const F_SEAL_GROW: u32 = 4;
/// Seals: `F_SEAL_WRITE`.
pub const F_SEAL_WRITE: u32 = 8;
/// Seals: `F_SEAL_FUTURE_WRITE`.
pub const F_SEAL_FUTURE_WRITE: u32 = 0x10;

/// Descriptor flag: `FD_CLOEXEC`.
pub const FD_CLOEXEC: u32 = 1;

/// Flags of the *at calls: `AT_STATX_SYNC_AS_STAT`.
pub const AT_STATX_SYNC_AS_STAT: u32 = 0;
/// Flags of the *at calls: `AT_SYMLINK_NOFOLLOW`.
pub const AT_SYMLINK_NOFOLLOW: u32 = 0x100;
/// Flags of the *at calls: `AT_EACCESS`.
pub const AT_EACCESS: u32 = 0x200;
/// Flags of the *at calls: `AT_REMOVEDIR`.
pub const AT_REMOVEDIR: u32 = 0x200;
/// Flags of the *at calls: `AT_SYMLINK_FOLLOW`.
pub const AT_SYMLINK_FOLLOW: u32 = 0x400;
/// Flags of the *at calls: `AT_NO_AUTOMOUNT`.
pub const AT_NO_AUTOMOUNT: u32 = 0x800;
/// Flags of the *at calls: `AT_EMPTY_PATH`.
pub const AT_EMPTY_PATH: u32 = 0x1000;
/// Flags of the *at calls: `AT_STATX_FORCE_SYNC`.
pub const AT_STATX_FORCE_SYNC: u32 = 0x2000;
/// Flags of the *at calls: `AT_STATX_DONT_SYNC`.
pub const AT_STATX_DONT_SYNC: u32 = 0x4000;
/// Flags of the *at calls: `AT_STATX_SYNC_TYPE`.
pub const AT_STATX_SYNC_TYPE: u32 = 0x6000;
/// Flags of the *at calls: `AT_RECURSIVE`.
pub const AT_RECURSIVE: u32 = 0x8000;

/// "The current directory" as a descriptor: `AT_FDCWD`.
pub const AT_FDCWD: i32 = -100;

/// openat2's resolve flags: `RESOLVE_NO_XDEV`.
pub const RESOLVE_NO_XDEV: u64 = 1;
/// openat2's resolve flags: `RESOLVE_NO_MAGICLINKS`.
pub const RESOLVE_NO_MAGICLINKS: u64 = 2;
/// openat2's resolve flags: `RESOLVE_NO_SYMLINKS`.
pub const RESOLVE_NO_SYMLINKS: u64 = 4;
/// openat2's resolve flags: `RESOLVE_BENEATH`.
pub const RESOLVE_BENEATH: u64 = 8;
/// openat2's resolve flags: `RESOLVE_IN_ROOT`.
pub const RESOLVE_IN_ROOT: u64 = 0x10;
/// openat2's resolve flags: `RESOLVE_CACHED`.
pub const RESOLVE_CACHED: u64 = 0x20;

/// flock operations: `LOCK_SH`.
pub const LOCK_SH: u32 = 1;
/// flock operations: `LOCK_EX`.
pub const LOCK_EX: u32 = 2;
/// flock operations: `LOCK_MAND`, which Linux knew once.
pub const LOCK_MAND: u32 = 32;
/// flock operations: `LOCK_NB`.
pub const LOCK_NB: u32 = 4;
/// flock operations: `LOCK_UN`.
pub const LOCK_UN: u32 = 8;

/// lseek's whence: `SEEK_SET`.
pub const SEEK_SET: u32 = 0;
/// lseek's whence: `SEEK_CUR`.
pub const SEEK_CUR: u32 = 1;
/// lseek's whence: `SEEK_END`.
pub const SEEK_END: u32 = 2;
/// lseek's whence: `SEEK_DATA`.
pub const SEEK_DATA: u32 = 3;
/// lseek's whence: `SEEK_HOLE`.
pub const SEEK_HOLE: u32 = 4;
/// lseek's whence: `SEEK_MAX`.
pub const SEEK_MAX: u32 = 4;

/// access modes: `F_OK`.
pub const F_OK: u32 = 0;
/// access modes: `X_OK`.
pub const X_OK: u32 = 1;
/// access modes: `W_OK`.
pub const W_OK: u32 = 2;
/// access modes: `R_OK`.
pub const R_OK: u32 = 4;

/// fallocate modes: `FALLOC_FL_KEEP_SIZE`.
pub const FALLOC_FL_KEEP_SIZE: u32 = 1;
/// fallocate modes: `FALLOC_FL_PUNCH_HOLE`.
pub const FALLOC_FL_PUNCH_HOLE: u32 = 2;
/// fallocate modes: `FALLOC_FL_NO_HIDE_STALE`.
pub const FALLOC_FL_NO_HIDE_STALE: u32 = 4;
/// fallocate modes: `FALLOC_FL_COLLAPSE_RANGE`.
pub const FALLOC_FL_COLLAPSE_RANGE: u32 = 8;
/// fallocate modes: `FALLOC_FL_ZERO_RANGE`.
pub const FALLOC_FL_ZERO_RANGE: u32 = 0x10;
/// fallocate modes: `FALLOC_FL_INSERT_RANGE`.
pub const FALLOC_FL_INSERT_RANGE: u32 = 0x20;
/// fallocate modes: `FALLOC_FL_UNSHARE_RANGE`.
pub const FALLOC_FL_UNSHARE_RANGE: u32 = 0x40;

/// close_range flags: `CLOSE_RANGE_UNSHARE`.
pub const CLOSE_RANGE_UNSHARE: u32 = 2;
/// close_range flags: `CLOSE_RANGE_CLOEXEC`.
pub const CLOSE_RANGE_CLOEXEC: u32 = 4;

/// posix_fadvise advice: `POSIX_FADV_NORMAL`.
pub const POSIX_FADV_NORMAL: i32 = 0;
/// posix_fadvise advice: `POSIX_FADV_RANDOM`.
pub const POSIX_FADV_RANDOM: i32 = 1;
/// posix_fadvise advice: `POSIX_FADV_SEQUENTIAL`.
pub const POSIX_FADV_SEQUENTIAL: i32 = 2;
/// posix_fadvise advice: `POSIX_FADV_WILLNEED`.
pub const POSIX_FADV_WILLNEED: i32 = 3;
/// posix_fadvise advice: `POSIX_FADV_DONTNEED`.
pub const POSIX_FADV_DONTNEED: i32 = 4;
/// posix_fadvise advice: `POSIX_FADV_NOREUSE`.
pub const POSIX_FADV_NOREUSE: i32 = 5;

/// preadv2 and pwritev2 flags: `RWF_WRITE_LIFE_NOT_SET`.
pub const RWF_WRITE_LIFE_NOT_SET: u32 = 0;
/// preadv2 and pwritev2 flags: `RWF_HIPRI`.
pub const RWF_HIPRI: u32 = 1;
/// preadv2 and pwritev2 flags: `RWF_DSYNC`.
pub const RWF_DSYNC: u32 = 2;
/// preadv2 and pwritev2 flags: `RWF_SYNC`.
pub const RWF_SYNC: u32 = 4;
/// preadv2 and pwritev2 flags: `RWF_NOWAIT`.
pub const RWF_NOWAIT: u32 = 8;
/// preadv2 and pwritev2 flags: `RWF_APPEND`.
pub const RWF_APPEND: u32 = 0x10;
/// preadv2 and pwritev2 flags: `RWF_NOAPPEND`.
pub const RWF_NOAPPEND: u32 = 0x20;
/// preadv2 and pwritev2 flags: `RWF_NOSIGNAL`.
pub const RWF_NOSIGNAL: u32 = 0x100;

/// renameat2 flags: `RENAME_NOREPLACE`.
pub const RENAME_NOREPLACE: u32 = 1;
/// renameat2 flags: `RENAME_EXCHANGE`.
pub const RENAME_EXCHANGE: u32 = 2;
/// renameat2 flags: `RENAME_WHITEOUT`.
pub const RENAME_WHITEOUT: u32 = 4;

/// sync_file_range flags: `SYNC_FILE_RANGE_WAIT_BEFORE`.
pub const SYNC_FILE_RANGE_WAIT_BEFORE: u32 = 1;
/// sync_file_range flags: `SYNC_FILE_RANGE_WRITE`.
pub const SYNC_FILE_RANGE_WRITE: u32 = 2;
/// sync_file_range flags: `SYNC_FILE_RANGE_WAIT_AFTER`.
pub const SYNC_FILE_RANGE_WAIT_AFTER: u32 = 4;
/// sync_file_range flags: `SYNC_FILE_RANGE_WRITE_AND_WAIT`.
pub const SYNC_FILE_RANGE_WRITE_AND_WAIT: u32 = 7;

/// splice flags: `SPLICE_F_MOVE`.
pub const SPLICE_F_MOVE: u32 = 1;
/// splice flags: `SPLICE_F_NONBLOCK`.
pub const SPLICE_F_NONBLOCK: u32 = 2;
/// splice flags: `SPLICE_F_MORE`.
pub const SPLICE_F_MORE: u32 = 4;
/// splice flags: `SPLICE_F_GIFT`.
pub const SPLICE_F_GIFT: u32 = 8;
