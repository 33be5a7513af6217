#![cfg_attr(not(test), no_std)]
//! Paths, dentries, mounts, inodes and open files. Knows no file system by name.
//!
//! A path walk ([`namei`]) runs under RCU: it takes no lock and writes no shared counter until it has
//! found its goal, and then takes one reference. Everything that it can't settle that way (a name that
//! isn't cached, a symbolic link) is done again by the slow walk, which holds references.
//!
//! Locks, outermost first. Sleeping: `File::pos` → mount tree ([`mount`]) → renames between directories →
//! `Inode::rwsem` (parent before child, see `namei/rename.rs`). Spin locks, none of which is taken under another:
//! `FdTable`'s bits, a dentry bucket, an inode's FIFO, the file locks of an inode, the tables of devices and of file
//! systems, the random generators, the lists of leases and of files with O_ASYNC. The whole order is in docs/locking.md.

#![allow(clippy::type_complexity, reason = "callbacks spell out what they are given")]
#![allow(clippy::box_collection, reason = "one word where there mostly is nothing")]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod anon;
pub mod attr;
pub mod chrdev;
pub mod consts;
pub mod cred;
pub mod dentry;
pub mod dnotify;
pub mod fasync;
pub mod fd_table;
pub mod file;
pub mod file_pos;
pub mod fs_struct;
pub mod inode;
pub mod lease;
pub mod locks;
pub mod mount;
pub mod namei;
pub mod notify;
pub mod open;
pub mod permission;
pub mod random;
pub mod read_write;
pub mod stat;
pub mod super_block;
pub mod text;
pub mod time;
pub mod xattr;

pub use attr::{Iattr, notify_change};
pub use chrdev::{DevT, register_chrdev};
pub use cred::Cred;
pub use dentry::Dentry;
pub use fasync::Fasync;
pub use fd_table::{FdRef, FdTable};
pub use file::{DirContext, File, FileOps, PollMask};
pub use file_pos::{FilePos, FilePosGuard};
pub use fs_struct::FsStruct;
pub use inode::{Inode, InodeInit, InodeOps, Link};
pub use mm::MmapSource;
pub use mount::{Mount, Path};
pub use namei::{Base, LookupCtx, LookupFlags, path_lookup};
pub use open::{OpenHow, open_path};
pub use read_write::{vfs_read, vfs_write};
pub use stat::Kstat;
pub use super_block::{FileSystemType, SuperBlock, SuperOps, register_filesystem};
