//! Device drivers that stand on `hal` and offer the layers above a device by
//! what it does, not by what it is.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod serial;
pub mod virtio;
pub mod virtio_9p;
