//! The terminal layer: terminals, their line discipline and job control.
//!
//! A [`Tty`] stands between a port that moves bytes and the programs that hold it
//! open. What comes in passes the line discipline ([`ldisc`]) in a kernel thread, so
//! that signals and wake-ups need no interrupt-safe locks; what goes out passes
//! output processing ([`opost`]) in the writer.
//!
//! Locks: `Tty::state` (a spin lock) is held for a few hundred bytes at most and
//! never while user memory is touched.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod device;
mod file;
mod ioctl;
pub mod job;
pub mod ldisc;
#[cfg(test)]
mod ldisc_tests;
pub mod opost;
pub mod pty;
pub mod settings;

pub use device::{Job, Port, Tty};
pub use file::{register, register_console};
