#![cfg_attr(not(test), no_std)]
//! The client of 9P2000.L: files of the machine that runs the virtual one.
//!
//! A [`Channel`] carries messages to one server; the driver registers it under the server's mount tag, and
//! `mount -t 9p TAG DIR` finds it there. The server that is meant is QEMU's.
//!
//! An inode is one file of the server's, by its qid, for as long as anybody uses it; the dentry cache keeps it
//! for longer. What is known about files is trusted as the mount's `cache=` says ([`Cache`]): data are checked
//! when a file is opened (time of change and size), names and attributes after a while or never. Data are mm's
//! pages; writes go through to the server, and what programs change through mappings is written at msync(2),
//! close(2) and munmap(2).
//!
//! Locks: all of them are spin locks of rank `FS_PRIVATE` or `INODE_HASH`, held for a look, never together, and
//! never while the server is asked or an inode or fid is dropped.

extern crate alloc;

mod abandoned;
mod calls;
mod calls_change;
mod change;
mod channel;
mod client;
mod dir;
mod fid;
mod file;
mod listing;
mod node;
mod ops;
mod options;
mod pager;
mod proto;
mod share;
mod silly;
#[cfg(test)]
mod tests;
mod wire;
mod xattr;

pub use channel::{
    Abandoned, CallError, Channel, MAX_TAG_LEN, channel_tags, register_channel, unregister_channel,
};
pub use options::{Cache, Options};
pub use share::{V9FS_MAGIC, init};
