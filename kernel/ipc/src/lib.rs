//! Communication between processes: futexes, pipes, event counters, epoll sets.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod epoll;
pub mod eventfd;
pub mod futex;
pub mod pipe;
