//! Virtio over PCI (virtio 1.2, 4.1): registers in memory regions that capabilities name.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use sync::{SpinLock, rank};

use super::{Device, Handler, RingAddresses, Source, Transport};
use crate::irq::{self, HandlerList};
use crate::kprintln;
use crate::pci::{self, Function, Messages};

const VENDOR: u16 = 0x1af4;
/// Devices with the interface from before 1.0 too; the type is in the subsystem's number.
const TRANSITIONAL: core::ops::Range<u16> = 0x1000..0x1040;
/// The others: the type is added to this.
const MODERN: u16 = 0x1040;
const CAP_VENDOR: u8 = 0x09;

// Common configuration (4.1.4.3).
const DEVICE_FEATURE_SELECT: usize = 0;
const DEVICE_FEATURE: usize = 4;
const DRIVER_FEATURE_SELECT: usize = 8;
const DRIVER_FEATURE: usize = 12;
const CONFIG_VECTOR: usize = 16;
const STATUS: usize = 20;
const GENERATION: usize = 21;
const QUEUE_SELECT: usize = 22;
const QUEUE_SIZE: usize = 24;
const QUEUE_VECTOR: usize = 26;
const QUEUE_ENABLE: usize = 28;
const QUEUE_NOTIFY_OFF: usize = 30;
const QUEUE_ADDRESSES: usize = 32;
const COMMON_LEN: u32 = 56;

/// A mapped structure.
struct Region {
    base: u64,
    len: u32,
}

impl Region {
    fn at<T>(&self, offset: usize) -> *mut T {
        assert!(offset + size_of::<T>() <= self.len as usize);
        (self.base as usize + offset) as *mut T
    }

    fn read<T: Copy>(&self, offset: usize) -> T {
        // SAFETY: `at` keeps to the mapped registers; they have no alignment beyond their width.
        unsafe { self.at::<T>(offset).read_volatile() }
    }

    fn write<T>(&self, offset: usize, value: T) {
        // SAFETY: as above. What a device may be told of memory comes from queues, which own what they name.
        unsafe { self.at::<T>(offset).write_volatile(value) };
    }

    fn write_u64(&self, offset: usize, value: u64) {
        self.write(offset, value as u32);
        self.write(offset + 4, (value >> 32) as u32);
    }
}

struct PciTransport {
    function: Function,
    common: Region,
    isr: Region,
    config: Option<Region>,
    notify: Region,
    notify_multiplier: u32,
    interrupts: SpinLock<Interrupts>,
}

/// How it interrupts, once somebody wants to know.
enum Interrupts {
    Unused,
    /// Messages, how many of them are used, and the vector of the last one, which is shared if they don't suffice.
    Messages {
        messages: Messages,
        used: u16,
        vector: u8,
    },
    /// One line for all, and the handlers for queues and for the configuration.
    Line(Arc<Shared>),
}

struct Shared {
    queues: HandlerList,
    config: HandlerList,
}

impl Transport for PciTransport {
    fn legacy(&self) -> bool {
        false
    }

    fn features(&self) -> u64 {
        let half = |select: u32| {
            self.common.write(DEVICE_FEATURE_SELECT, select);
            u64::from(self.common.read::<u32>(DEVICE_FEATURE))
        };
        half(0) | half(1) << 32
    }

    fn accept(&self, features: u64) {
        for (select, half) in [(0u32, features as u32), (1, (features >> 32) as u32)] {
            self.common.write(DRIVER_FEATURE_SELECT, select);
            self.common.write(DRIVER_FEATURE, half);
        }
    }

    fn status(&self) -> u8 {
        self.common.read(STATUS)
    }

    fn set_status(&self, status: u8) {
        self.common.write(STATUS, status);
        while status == 0 && self.status() != 0 {
            core::hint::spin_loop();
        }
    }

    fn read_config(&self, offset: usize, buf: &mut [u8]) {
        let len = self.config.as_ref().map_or(0, |config| config.len as usize);
        for (at, byte) in (offset..).zip(buf) {
            *byte = match &self.config {
                Some(config) if at < len => config.read(at),
                _ => 0,
            };
        }
    }

    fn generation(&self) -> u32 {
        u32::from(self.common.read::<u8>(GENERATION))
    }

    fn max_queue_size(&self, index: u16) -> u16 {
        self.common.write(QUEUE_SELECT, index);
        self.common.read(QUEUE_SIZE)
    }

    fn set_queue(&self, index: u16, rings: &RingAddresses) -> u32 {
        self.common.write(QUEUE_SELECT, index);
        self.common.write(QUEUE_SIZE, rings.size);
        for (nth, addr) in [rings.desc, rings.avail, rings.used].into_iter().enumerate() {
            self.common.write_u64(QUEUE_ADDRESSES + 8 * nth, addr);
        }
        u32::from(self.common.read::<u16>(QUEUE_NOTIFY_OFF)) * self.notify_multiplier
    }

    fn enable_queue(&self, index: u16) {
        self.common.write(QUEUE_SELECT, index);
        self.common.write(QUEUE_ENABLE, 1u16);
    }

    fn notify(&self, index: u16, key: u32) {
        if u64::from(key) + 2 <= u64::from(self.notify.len) {
            self.notify.write(key as usize, index);
        }
    }

    fn attach(&self, source: Source, handler: Handler) -> Result<(), Errno> {
        let mut interrupts = self.interrupts.lock();
        if matches!(*interrupts, Interrupts::Unused) {
            *interrupts = self.choose_interrupts()?;
        }
        match &mut *interrupts {
            Interrupts::Messages { messages, used, vector } => {
                let entry = match (*used < messages.len()).then(irq::take_vector).flatten() {
                    Some(fresh) => {
                        messages.set(*used, fresh);
                        *vector = fresh;
                        *used += 1;
                        *used - 1
                    }
                    None => used.checked_sub(1).ok_or(Errno::ENOSPC)?,
                };
                irq::add_handler(*vector, handler);
                self.set_message(source, entry)
            }
            Interrupts::Line(shared) => {
                match source {
                    Source::Config => shared.config.add(handler),
                    Source::Queue(_) => shared.queues.add(handler),
                }
                Ok(())
            }
            Interrupts::Unused => Err(Errno::EIO),
        }
    }
}

impl PciTransport {
    fn choose_interrupts(&self) -> Result<Interrupts, Errno> {
        if let Some(messages) = self.function.messages() {
            return Ok(Interrupts::Messages { messages, used: 0, vector: 0 });
        }
        let shared = Arc::new(Shared { queues: HandlerList::new(), config: HandlerList::new() });
        let isr = self.isr.base;
        let all = shared.clone();
        let handler = move || {
            // SAFETY: the mapped status register; reading it also takes the interrupt back.
            let why = unsafe { (isr as *const u8).read_volatile() };
            if why & 1 != 0 {
                all.queues.run();
            }
            if why & 2 != 0 {
                all.config.run();
            }
        };
        let line = self.function.interrupt_line();
        irq::request_isa(line, Box::new(handler)).map_err(|()| Errno::EIO)?;
        Ok(Interrupts::Line(shared))
    }

    fn set_message(&self, source: Source, entry: u16) -> Result<(), Errno> {
        let register = match source {
            Source::Config => CONFIG_VECTOR,
            Source::Queue(index) => {
                self.common.write(QUEUE_SELECT, index);
                QUEUE_VECTOR
            }
        };
        self.common.write(register, entry);
        // The device answers 0xffff if it could not.
        if self.common.read::<u16>(register) == entry { Ok(()) } else { Err(Errno::EIO) }
    }

    fn new(function: Function) -> Option<Self> {
        function.enable();
        // By kind, beginning with 1: common, notify, ISR, device configuration (4.1.4).
        let mut regions: [Option<Region>; 4] = [const { None }; 4];
        let mut notify_multiplier = 0;
        for (at, _) in function.capabilities().filter(|(_, kind)| *kind == CAP_VENDOR) {
            let kind = function.read_u8(at + 3);
            let Some(slot) = regions.get_mut(usize::from(kind).wrapping_sub(1)) else { continue };
            // The first of a kind is the one that the device prefers.
            if slot.is_some() {
                continue;
            }
            let (offset, len) = (function.read_u32(at + 8), function.read_u32(at + 12));
            *slot =
                function.map(function.read_u8(at + 4), offset, len).map(|at| Region { base: at as u64, len });
            if kind == 2 {
                notify_multiplier = function.read_u32(at + 16);
            }
        }
        let [common, notify, isr, config] = regions;
        let common = common.filter(|region| region.len >= COMMON_LEN)?;
        let interrupts = SpinLock::new(rank::CONFIG, Interrupts::Unused);
        let (notify, isr) = (notify?, isr.filter(|region| region.len > 0)?);
        Some(Self { function, common, isr, config, notify, notify_multiplier, interrupts })
    }
}

/// Adds the devices on PCI buses.
pub(super) fn find(found: &mut Vec<Device>) {
    for function in pci::functions() {
        let Some((VENDOR, id)) = function.ids() else { continue };
        let kind = if TRANSITIONAL.contains(&id) { function.subsystem() } else { id.wrapping_sub(MODERN) };
        if !TRANSITIONAL.contains(&id) && kind > 0x3f {
            continue;
        }
        match PciTransport::new(function) {
            Some(transport) => found.push(Device::new(u32::from(kind), Arc::new(transport))),
            None => kprintln!("virtio: a PCI device of type {kind} is older than virtio 1.0, and not used"),
        }
    }
}
