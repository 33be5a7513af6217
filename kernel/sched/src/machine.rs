//! What the scheduler needs from the machine. On the host it is played by simple stand-ins, so that the
//! scheduler's logic has unit tests.

#[cfg(target_os = "none")]
#[path = "machine/hal.rs"]
mod imp;
#[cfg(not(target_os = "none"))]
#[path = "machine/host.rs"]
mod imp;

pub use imp::*;
