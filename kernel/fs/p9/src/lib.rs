#![cfg_attr(not(test), no_std)]
//! The client of 9P2000.L: files of the machine that runs the virtual one.
//!
//! A [`Channel`] carries messages to one server; the driver registers it under the server's mount tag, and
//! `mount -t 9p TAG DIR` finds it there.

extern crate alloc;

mod channel;

pub use channel::{Channel, MAX_TAG_LEN, find_channel, register_channel, unregister_channel};
