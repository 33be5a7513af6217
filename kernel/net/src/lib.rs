//! Sockets: the layer that all families share, and AF_UNIX (unix(7)).
//!
//! [`Socket`] is the open file; what a family does is behind [`Proto`]. Sockets know nothing of tasks: who calls
//! comes along as a [`Caller`], and the few things that a plain write(2) needs are [`Hooks`], named at boot.
//!
//! Locks: a socket's `bindlock` (sleeping, held while a name is made), its `iolock` (sleeping, one reader at a time:
//! user memory is copied under it), the files in flight (sleeping), then spin locks: a socket's state (two in the
//! order of their addresses), abstract names, a message's files. Files are dropped with none of them held.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod caller;
pub mod options;
pub mod scm;
mod socket;
pub mod sockopt;
pub mod sysctl;
pub mod unix;
mod wait;

pub use caller::{Caller, Hooks, Identity, ProcessRef, set_hooks};
pub use socket::{
    Proto, RecvMsg, SendMsg, SockAddr, Socket, create, create_pair, new_file, of_file, raises_sigpipe,
};
