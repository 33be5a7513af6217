//! The user side of the line: every system call of Linux as a function, made from the tables that the kernel's own
//! thunks are made from. The number goes to rax, the fourth argument to r10, and -4095 … -1 becomes an error.
//!
//! For programs, on Linux and on Ferrogate, on x86-64, x32 and i386; the kernel does not use it. The C library of the
//! same name (libcall/c, `./ferrogate build --libcall`) is generated from the same rows.
//!
//! ```
//! let text = b"Hi\n";
//! // SAFETY: the kernel reads the bytes of `text`.
//! let written = unsafe { libcall::write(1, text.as_ptr().cast(), text.len()) };
//! assert_eq!(written.map_err(libcall::Errno::name), Ok(3));
//! // SAFETY: dup touches no memory.
//! assert_eq!(unsafe { libcall::dup(1000) }, Err(libcall::Errno::EBADF));
//! ```
#![no_std]

mod door;

pub use abi::Errno;

#[allow(clippy::too_many_arguments, clippy::wrong_self_convention)]
mod calls {
    use core::ffi::c_void;

    use crate::Errno;
    use crate::door::Word;

    include!(concat!(env!("OUT_DIR"), "/calls.rs"));
}
pub use calls::*;

#[cfg(test)]
mod tests;
