//! The numbers of the call interface that the file layer uses, in one place.

pub use abi::consts::capability::*;
pub use abi::consts::dirent::*;
pub use abi::consts::fcntl::*;
pub use abi::consts::mount::*;
pub use abi::consts::poll::*;
pub use abi::consts::stat::*;

/// Longest file name in bytes (limits.h).
pub const NAME_MAX: usize = 255;
/// Longest path in bytes, its NUL included (limits.h).
pub const PATH_MAX: usize = 4096;
/// Symbolic links that one lookup follows (path_resolution(7)).
pub const MAXSYMLINKS: u32 = 40;
/// O_TMPFILE without the O_DIRECTORY that it contains.
pub const TMPFILE_BIT: u32 = 0o20000000;
/// The bit of O_SYNC beside O_DSYNC.
pub const SYNC_BIT: u32 = 0o4000000;

/// open(2)'s FMODE bits; `/proc/PID/fdinfo` doesn't show them, so the values are our own but Linux-like.
pub mod fmode {
    /// Open for reading.
    pub const READ: u32 = 0x1;
    /// Open for writing.
    pub const WRITE: u32 = 0x2;
    /// lseek(2) works.
    pub const LSEEK: u32 = 0x4;
    /// pread(2) works.
    pub const PREAD: u32 = 0x8;
    /// pwrite(2) works.
    pub const PWRITE: u32 = 0x10;
    /// Opened for execve(2).
    pub const EXEC: u32 = 0x20;
    /// Opened with O_PATH: a place, not a file.
    pub const PATH: u32 = 0x4000;
    /// Not an open file of its own, but another one as a call sees it.
    pub const BORROWED: u32 = 0x100000;
    /// Reads and writes of the shared position exclude one another.
    pub const ATOMIC_POS: u32 = 0x8000;
    /// The opener may keep set-ID bits when writing (CAP_FSETID).
    pub const FSETID: u32 = 0x20000;
    /// Counted in the inode's writers.
    pub const WRITER: u32 = 0x10000;
    /// Counted in the inode's readers.
    pub const READER: u32 = 0x40000;
    /// This open made the file.
    pub const CREATED: u32 = 0x80000;
}
