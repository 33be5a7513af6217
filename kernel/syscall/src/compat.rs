//! Calls that only 32-bit programs have, or have in another shape than a layout of structures.
//!
//! Everything else is shared: a handler is generic over the layout of what its pointers point to (`abi::layout`),
//! and the thunks extend 32-bit registers and join halves.

pub mod dir;
pub mod files;
pub mod ids;
pub mod memory;
pub mod process;
pub mod signal;
pub mod socket;
mod stat;
