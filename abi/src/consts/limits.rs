//! Limits (limits.h, linux/limits.h).

/// Bytes of a path with its NUL.
pub const PATH_MAX: usize = 4096;
/// Bytes of a file name.
pub const NAME_MAX: usize = 255;
/// Bytes of a write to a pipe that are not mixed with others'.
pub const PIPE_BUF: usize = 4096;
/// The most descriptors that a process can have (fs.nr_open).
pub const NR_OPEN: usize = 1024 * 1024;
/// Entries of an iovec list.
pub const IOV_MAX: usize = 1024;
