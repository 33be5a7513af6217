//! Device drivers that stand on `hal` and offer the layers above a device by
//! what it does, not by what it is.
//!
//! Locks: the ring of received characters (interrupt-safe; nothing is taken under it); those of the 9P channels, which
//! [`virtio_9p`] names.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod serial;
pub mod virtio;
pub mod virtio_9p;
pub mod virtio_console;
mod virtio_rng;
