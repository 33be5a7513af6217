//! Virtio over memory-mapped registers (virtio 1.2, 4.2), also as it was before 1.0 (4.2.4). Such a device can't
//! be found: ACPI tells of it, or the command line does (`virtio_mmio.device=SIZE@ADDRESS:INTERRUPT`).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use abi::Errno;

use super::{Device, Handler, RingAddresses, Source, Transport};
use crate::apic::Signal;
use crate::irq::{self, HandlerList};
use crate::mem::{PAGE_SIZE, kernel_map};
use crate::{acpi, boot};

const MAGIC: u32 = u32::from_le_bytes(*b"virt");
/// The word of the command line.
const PARAMETER: &str = "virtio_mmio.device";

const MAGIC_VALUE: usize = 0x00;
const VERSION: usize = 0x04;
const DEVICE_ID: usize = 0x08;
const DEVICE_FEATURES: usize = 0x10;
const DEVICE_FEATURES_SELECT: usize = 0x14;
const DRIVER_FEATURES: usize = 0x20;
const DRIVER_FEATURES_SELECT: usize = 0x24;
const GUEST_PAGE_SIZE: usize = 0x28;
const QUEUE_SELECT: usize = 0x30;
const QUEUE_SIZE_MAX: usize = 0x34;
const QUEUE_SIZE: usize = 0x38;
const QUEUE_ALIGN: usize = 0x3c;
const QUEUE_PFN: usize = 0x40;
const QUEUE_READY: usize = 0x44;
const QUEUE_NOTIFY: usize = 0x50;
const INTERRUPT_STATUS: usize = 0x60;
const INTERRUPT_ACK: usize = 0x64;
const STATUS: usize = 0x70;
const QUEUE_DESC: usize = 0x80;
const QUEUE_AVAIL: usize = 0x90;
const QUEUE_USED: usize = 0xa0;
const GENERATION: usize = 0xfc;
const CONFIG: usize = 0x100;
/// Bytes of a device's registers.
const LEN: usize = 0x200;

/// Mapped registers.
#[derive(Clone, Copy)]
struct Registers(u64);

impl Registers {
    fn read(self, offset: usize) -> u32 {
        assert!(offset <= LEN - 4);
        // SAFETY: the registers are mapped.
        unsafe { ((self.0 as usize + offset) as *const u32).read_volatile() }
    }

    fn write(self, offset: usize, value: u32) {
        assert!(offset <= LEN - 4);
        // SAFETY: as above. What a device may be told of memory comes from queues, which own what they name.
        unsafe { ((self.0 as usize + offset) as *mut u32).write_volatile(value) };
    }

    fn read_byte(self, offset: usize) -> u8 {
        assert!(offset < LEN);
        // SAFETY: as above.
        unsafe { ((self.0 as usize + offset) as *const u8).read_volatile() }
    }

    fn write_u64(self, offset: usize, value: u64) {
        self.write(offset, value as u32);
        self.write(offset + 4, (value >> 32) as u32);
    }
}

struct MmioTransport {
    registers: Registers,
    legacy: bool,
    interrupt: u32,
    requested: AtomicBool,
    handlers: Arc<Handlers>,
}

struct Handlers {
    queues: HandlerList,
    config: HandlerList,
}

impl Transport for MmioTransport {
    fn legacy(&self) -> bool {
        self.legacy
    }

    fn features(&self) -> u64 {
        let half = |select| {
            self.registers.write(DEVICE_FEATURES_SELECT, select);
            u64::from(self.registers.read(DEVICE_FEATURES))
        };
        if self.legacy { half(0) } else { half(0) | half(1) << 32 }
    }

    fn accept(&self, features: u64) {
        self.registers.write(DRIVER_FEATURES_SELECT, 0);
        self.registers.write(DRIVER_FEATURES, features as u32);
        if self.legacy {
            self.registers.write(GUEST_PAGE_SIZE, PAGE_SIZE as u32);
        } else {
            self.registers.write(DRIVER_FEATURES_SELECT, 1);
            self.registers.write(DRIVER_FEATURES, (features >> 32) as u32);
        }
    }

    fn status(&self) -> u8 {
        self.registers.read(STATUS) as u8
    }

    fn set_status(&self, status: u8) {
        self.registers.write(STATUS, u32::from(status));
        while status == 0 && self.status() != 0 {
            core::hint::spin_loop();
        }
    }

    fn read_config(&self, offset: usize, buf: &mut [u8]) {
        for (at, byte) in (CONFIG.saturating_add(offset)..).zip(buf) {
            *byte = if at < LEN { self.registers.read_byte(at) } else { 0 };
        }
    }

    fn generation(&self) -> u32 {
        if self.legacy { 0 } else { self.registers.read(GENERATION) }
    }

    fn max_queue_size(&self, index: u16) -> u16 {
        self.registers.write(QUEUE_SELECT, u32::from(index));
        self.registers.read(QUEUE_SIZE_MAX).min(1 << 15) as u16
    }

    fn set_queue(&self, index: u16, rings: &RingAddresses) -> u32 {
        let registers = self.registers;
        registers.write(QUEUE_SELECT, u32::from(index));
        registers.write(QUEUE_SIZE, u32::from(rings.size));
        if self.legacy {
            // The device works out where the rings are: the used one at the next page behind the others.
            registers.write(QUEUE_ALIGN, PAGE_SIZE as u32);
            registers.write(QUEUE_PFN, (rings.desc / PAGE_SIZE as u64) as u32);
        } else {
            registers.write_u64(QUEUE_DESC, rings.desc);
            registers.write_u64(QUEUE_AVAIL, rings.avail);
            registers.write_u64(QUEUE_USED, rings.used);
        }
        0
    }

    fn enable_queue(&self, index: u16) {
        if !self.legacy {
            self.registers.write(QUEUE_SELECT, u32::from(index));
            self.registers.write(QUEUE_READY, 1);
        }
    }

    fn notify(&self, index: u16, _key: u32) {
        self.registers.write(QUEUE_NOTIFY, u32::from(index));
    }

    fn attach(&self, source: Source, handler: Handler) -> Result<(), Errno> {
        match source {
            Source::Config => self.handlers.config.add(handler),
            Source::Queue(_) => self.handlers.queues.add(handler),
        }
        if self.requested.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let (registers, handlers) = (self.registers, self.handlers.clone());
        let handler = move || {
            let why = registers.read(INTERRUPT_STATUS);
            registers.write(INTERRUPT_ACK, why);
            if why & 1 != 0 {
                handlers.queues.run();
            }
            if why & 2 != 0 {
                handlers.config.run();
            }
        };
        let signal = Signal { low: false, level: true };
        irq::request_gsi(self.interrupt, signal, Box::new(handler)).map_err(|()| Errno::EIO)
    }
}

/// Size, address and interrupt of a word's value: `512@0xfeb00000:5`, perhaps with `:NUMBER` behind.
fn parse(value: &str) -> Option<(u64, u32)> {
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    let (_size, place) = value.split_once('@')?;
    let mut parts = place.split(':');
    Some((number(parts.next()?)?, number(parts.next()?)?.try_into().ok()?))
}

fn add(phys: u64, interrupt: u32, found: &mut Vec<Device>) -> Option<()> {
    let registers = Registers(kernel_map::map_io(phys, LEN as u64)? as u64);
    let version = registers.read(VERSION);
    if registers.read(MAGIC_VALUE) != MAGIC || !(1..=2).contains(&version) {
        return None;
    }
    let kind = registers.read(DEVICE_ID);
    // 0 is a place without a device.
    if kind != 0 {
        let handlers = Arc::new(Handlers { queues: HandlerList::new(), config: HandlerList::new() });
        let requested = AtomicBool::new(false);
        let transport = MmioTransport { registers, legacy: version == 1, interrupt, requested, handlers };
        found.push(Device::new(kind, Arc::new(transport)));
    }
    Some(())
}

/// Adds the devices that ACPI and the command line name.
pub(super) fn find(found: &mut Vec<Device>) {
    let mut places: Vec<(u64, u32)> = Vec::new();
    acpi::virtio_mmio(|phys, interrupt| places.push((phys, interrupt)));
    let words = boot::info().cmdline.split_ascii_whitespace();
    for value in words.filter_map(|word| word.strip_prefix(PARAMETER)?.strip_prefix('=')) {
        match parse(value) {
            Some(place) if places.iter().all(|(phys, _)| *phys != place.0) => places.push(place),
            Some(_) => {}
            None => crate::kerror!("{PARAMETER}={value}: not SIZE@ADDRESS:INTERRUPT"),
        }
    }
    for (phys, interrupt) in places {
        if add(phys, interrupt, found).is_none() {
            crate::kerror!("virtio: there is no device at {phys:#x}");
        }
    }
}
