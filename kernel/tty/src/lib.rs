//! The terminal layer: terminals, their line discipline and job control.
//!
//! A [`Tty`] stands between a port that moves bytes and the programs that hold it
//! open. What comes in passes the line discipline ([`ldisc`]) in a kernel thread, so
//! that signals and wake-ups need no interrupt-safe locks; what it has no room for waits in
//! a backlog. What goes out passes output processing ([`opost`]) in the writer.
//!
//! Locks: `Tty::state` (a spin lock) is held for a few hundred bytes at most and
//! never while user memory is touched.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod ctype;
mod device;
mod echo;
mod file;
mod input;
mod ioctl;
pub mod job;
pub mod ldisc;
pub mod opost;
mod output;
mod port;
pub mod pty;
mod redirect;
pub mod settings;

pub use device::Tty;
pub use file::{register, register_console};
pub use job::Job;
pub use port::{Port, keep_line};
