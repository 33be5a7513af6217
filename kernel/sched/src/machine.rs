//! What the scheduler needs from the machine: hal. The scheduler's own unit tests play the machine
//! themselves, because they switch between threads of the host.

#[cfg(not(test))]
#[path = "machine/hal.rs"]
mod imp;
#[cfg(test)]
#[path = "machine/host.rs"]
mod imp;

pub use imp::*;
