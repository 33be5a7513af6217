//! Virtio devices: each that is found gets its driver.

use abi::Errno;
use hal::kerror;
use hal::virtio::{Device, kind};

use crate::{virtio_9p, virtio_console, virtio_rng};

/// Finds and starts all devices. Once, at boot, when threads may sleep.
pub fn start() {
    for device in hal::virtio::devices() {
        let kind = device.kind();
        if let Err(errno) = start_one(device) {
            kerror!("virtio: a device of type {kind} can't be used: {errno}");
        }
    }
}

fn start_one(device: Device) -> Result<(), Errno> {
    match device.kind() {
        kind::P9 => virtio_9p::start(device),
        kind::CONSOLE => virtio_console::start(device),
        kind::ENTROPY => virtio_rng::start(device),
        // Without a driver a device rests as the firmware has left it.
        _ => Ok(()),
    }
}
