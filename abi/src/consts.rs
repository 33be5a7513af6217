//! Constants, grouped by the man page or header that defines them.

pub mod auxv;
pub mod capability;
pub mod dirent;
pub mod epoll;
pub mod fcntl;
pub mod futex;
pub mod ioctl;
pub mod limits;
pub mod magic;
pub mod mman;
pub mod mount;
pub mod poll;
pub mod prctl;
pub mod random;
pub mod reboot;
pub mod resource;
pub mod sched;
pub mod signal;
pub mod socket;
pub mod stat;
pub mod termios;
pub mod time;
pub mod wait;
