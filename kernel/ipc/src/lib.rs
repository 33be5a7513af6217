//! Communication between processes: futexes, pipes.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod futex;
pub mod pipe;
