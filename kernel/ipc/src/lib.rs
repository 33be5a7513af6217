//! Communication between processes: futexes, pipes, event counters, epoll sets.
//!
//! Locks: a pipe's ring (sleeping: user memory is copied under it); nesting of epoll sets, then an epoll set
//! (sleeping), then its ready list (interrupt-safe, taken in wake-ups); a futex bucket (spin; two in number order).
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod epoll;
pub mod eventfd;
pub mod futex;
pub mod inotify;
pub mod pipe;
pub mod timerfd;
