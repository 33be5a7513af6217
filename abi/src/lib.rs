//! What crosses the line between a program and the kernel: error numbers,
//! constants and C structures of x86-64 Linux. Depends on nothing of ours.
#![cfg_attr(not(test), no_std)]

pub mod call;
pub mod consts;
pub mod elf;
pub mod errno;
pub mod layout;
/// System-call numbers and names, by ABI.
pub mod nr {
    include!(concat!(env!("OUT_DIR"), "/nr.rs"));
}
pub mod segment;
pub mod strace;
pub mod types;

pub use call::Abi;
pub use consts::*;
pub use errno::{Errno, Result, to_ax};
pub use types::*;
