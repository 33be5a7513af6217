//! Virtio devices (OASIS virtio 1.2): finding them, agreeing on features, and their queues. A driver
//! takes a [`Device`], and talks to it through [`VirtQueue`]s, which own what the device may touch:
//! there is nothing that a driver could do wrong and have memory overwritten.
//!
//! A device lasts as long as the machine: queues are never taken down again.

mod chain;
#[cfg(not(target_os = "none"))]
pub mod fake;
#[cfg(target_os = "none")]
mod mmio;
#[cfg(target_os = "none")]
mod pci;
mod queue;
#[cfg(test)]
mod queue_tests;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;

pub use chain::{Chain, Segment};
pub use queue::{Done, Notice, VirtQueue};

/// Called at an interrupt of the device, with interrupts off.
pub type Handler = Box<dyn Fn() + Send + Sync>;

/// Device types (virtio 1.2, chapter 5).
pub mod kind {
    /// A console, or several ports.
    pub const CONSOLE: u32 = 3;
    /// A source of random bytes.
    pub const ENTROPY: u32 = 4;
    /// A 9P file server.
    pub const P9: u32 = 9;
}

const INDIRECT_DESC: u64 = 1 << 28;
const VERSION_1: u64 = 1 << 32;
const ACCESS_PLATFORM: u64 = 1 << 33;

const ACKNOWLEDGE: u8 = 1;
const DRIVER: u8 = 2;
const DRIVER_OK: u8 = 4;
const FEATURES_OK: u8 = 8;
const NEEDS_RESET: u8 = 64;
const FAILED: u8 = 128;

/// What an interrupt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The device's configuration has changed.
    Config,
    /// The device is done with chains of this queue.
    Queue(u16),
}

/// Physical addresses of a queue's three parts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RingAddresses {
    pub(crate) size: u16,
    pub(crate) desc: u64,
    pub(crate) avail: u64,
    pub(crate) used: u64,
}

/// The way to a device's registers.
pub(crate) trait Transport: Send + Sync {
    /// Whether it follows the rules from before virtio 1.0.
    fn legacy(&self) -> bool;
    fn features(&self) -> u64;
    fn accept(&self, features: u64);
    fn status(&self) -> u8;
    /// 0 resets the device, and returns when it is reset.
    fn set_status(&self, status: u8);
    fn read_config(&self, offset: usize, buf: &mut [u8]);
    /// Changes when the configuration has changed between two reads.
    fn generation(&self) -> u32;
    /// 0 if there is no such queue.
    fn max_queue_size(&self, index: u16) -> u16;
    /// Tells where the queue is; the result is for [`Self::notify`].
    fn set_queue(&self, index: u16, rings: &RingAddresses) -> u32;
    fn enable_queue(&self, index: u16);
    fn notify(&self, index: u16, key: u32);
    /// Before the queue is enabled.
    fn attach(&self, source: Source, handler: Handler) -> Result<(), Errno>;
}

/// A device's configuration; may be kept when the [`Device`] is gone.
#[derive(Clone)]
pub struct Config(Arc<dyn Transport>);

impl Config {
    /// Reads `buf.len()` bytes at `offset`, all from the same moment.
    pub fn read(&self, offset: usize, buf: &mut [u8]) {
        loop {
            let before = self.0.generation();
            self.0.read_config(offset, buf);
            if self.0.generation() == before {
                return;
            }
        }
    }

    /// Whether the device has met an error that only a reset would end. It tells by an interrupt for
    /// [`Source::Config`].
    pub fn needs_reset(&self) -> bool {
        self.0.status() & NEEDS_RESET != 0
    }

    /// A 16-bit field.
    pub fn read_u16(&self, offset: usize) -> u16 {
        let mut bytes = [0; 2];
        self.read(offset, &mut bytes);
        u16::from_le_bytes(bytes)
    }

    /// A 32-bit field.
    pub fn read_u32(&self, offset: usize) -> u32 {
        let mut bytes = [0; 4];
        self.read(offset, &mut bytes);
        u32::from_le_bytes(bytes)
    }
}

/// A device that a driver sets up.
pub struct Device {
    kind: u32,
    transport: Arc<dyn Transport>,
    features: u64,
    queues: Vec<u16>,
}

impl Device {
    pub(crate) fn new(kind: u32, transport: Arc<dyn Transport>) -> Self {
        Self { kind, transport, features: 0, queues: Vec::new() }
    }

    /// Its type, see [`kind`].
    pub fn kind(&self) -> u32 {
        self.kind
    }

    /// Resets the device and agrees on those of the `wanted` features that it has, which are returned. EIO
    /// if it can't be used.
    pub fn start(&mut self, wanted: u64) -> Result<u64, Errno> {
        let transport = &self.transport;
        transport.set_status(0);
        transport.set_status(ACKNOWLEDGE);
        transport.set_status(ACKNOWLEDGE | DRIVER);
        let offered = transport.features();
        self.features = offered & (wanted | INDIRECT_DESC | VERSION_1 | ACCESS_PLATFORM);
        if transport.legacy() {
            self.features &= u64::from(u32::MAX);
            transport.accept(self.features);
            return Ok(self.features);
        }
        transport.accept(self.features);
        transport.set_status(ACKNOWLEDGE | DRIVER | FEATURES_OK);
        if offered & VERSION_1 == 0 || transport.status() & FEATURES_OK == 0 {
            transport.set_status(FAILED);
            return Err(Errno::EIO);
        }
        Ok(self.features)
    }

    /// Its configuration.
    pub fn config(&self) -> Config {
        Config(self.transport.clone())
    }

    /// Sets up queue `index` with at most `max` entries. ENOENT if the device has no such queue.
    pub fn queue<T: Send>(&mut self, index: u16, max: u16) -> Result<VirtQueue<T>, Errno> {
        let offered = self.transport.max_queue_size(index);
        // A power of two, which both bounds are by the standard, but not by construction.
        let size = 1 << offered.min(max).checked_ilog2().ok_or(Errno::ENOENT)?;
        self.queues.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        let indirect = self.features & INDIRECT_DESC != 0;
        let queue = VirtQueue::new(self.transport.clone(), index, size, indirect)?;
        self.queues.push(index);
        Ok(queue)
    }

    /// Calls `handler` at interrupts for `source`. Before [`Self::ready`].
    pub fn attach(&mut self, source: Source, handler: Handler) -> Result<(), Errno> {
        self.transport.attach(source, handler)
    }

    /// Lets the device begin.
    pub fn ready(self) {
        for &index in &self.queues {
            self.transport.enable_queue(index);
        }
        let status = self.transport.status();
        self.transport.set_status(status | DRIVER_OK);
    }

    /// Gives the device up, so that it touches nothing any more.
    pub fn fail(self) {
        self.transport.set_status(FAILED);
    }
}

/// All devices of the machine, in the order of their buses. Once: each has one driver.
#[cfg(target_os = "none")]
pub fn devices() -> Vec<Device> {
    let mut found = Vec::new();
    mmio::find(&mut found);
    pci::find(&mut found);
    found
}

/// There is no device on the host but a [`fake`] one.
#[cfg(not(target_os = "none"))]
pub fn devices() -> Vec<Device> {
    Vec::new()
}
