//! PCI: which functions there are, their registers, and interrupts by messages (PCI Local Bus 3.0). The
//! configuration space is reached through ports, as on every PC; firmware has given out the addresses.

use alloc::vec::Vec;

use sync::{IrqSpinLock, rank};

use crate::apic;
use crate::mem::kernel_map;
use crate::msr::{inl, outl};

const CONFIG_ADDRESS: u16 = 0xcf8;
const CONFIG_DATA: u16 = 0xcfc;
const ENABLE: u32 = 1 << 31;

const COMMAND: u8 = 0x04;
const COMMAND_MEMORY: u16 = 1 << 1;
const COMMAND_MASTER: u16 = 1 << 2;
const COMMAND_NO_INTX: u16 = 1 << 10;
const STATUS: u8 = 0x06;
const STATUS_CAPABILITIES: u16 = 1 << 4;
const HEADER_TYPE: u8 = 0x0e;
const MULTIFUNCTION: u8 = 0x80;
const BAR0: u8 = 0x10;
const SECONDARY_BUS: u8 = 0x19;
const SUBSYSTEM: u8 = 0x2e;
const CAPABILITIES: u8 = 0x34;
const INTERRUPT_LINE: u8 = 0x3c;
const CAP_MSIX: u8 = 0x11;
const MSIX_ENABLE: u16 = 1 << 15;

/// Guards the address port until the data port has been used.
static PORTS: IrqSpinLock<()> = IrqSpinLock::new(rank::IRQ_LEAF, ());

/// A function of a device: bus, device and function number as the address port wants them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Function(u32);

impl Function {
    fn new(bus: u8, device: u8, function: u8) -> Self {
        Self(u32::from(bus) << 16 | u32::from(device) << 11 | u32::from(function) << 8)
    }

    pub(crate) fn read_u32(self, offset: u8) -> u32 {
        let _guard = PORTS.lock();
        // SAFETY: the two ports of the configuration space, or nobody's; reading registers of the
        // header and of capabilities changes nothing.
        unsafe {
            outl(CONFIG_ADDRESS, ENABLE | self.0 | u32::from(offset & !3));
            inl(CONFIG_DATA)
        }
    }

    fn write_u32(self, offset: u8, value: u32) {
        let _guard = PORTS.lock();
        // SAFETY: as above; what is written is the command register and the MSI-X control, and neither
        // lets a device reach memory that its driver has not given to it.
        unsafe {
            outl(CONFIG_ADDRESS, ENABLE | self.0 | u32::from(offset & !3));
            outl(CONFIG_DATA, value);
        }
    }

    pub(crate) fn read_u16(self, offset: u8) -> u16 {
        (self.read_u32(offset) >> (8 * (offset & 2))) as u16
    }

    pub(crate) fn read_u8(self, offset: u8) -> u8 {
        (self.read_u32(offset) >> (8 * (offset & 3))) as u8
    }

    fn write_u16(self, offset: u8, value: u16) {
        let shift = 8 * (offset & 2);
        let kept = self.read_u32(offset) & !(0xffff << shift);
        self.write_u32(offset, kept | u32::from(value) << shift);
    }

    /// Vendor and device number; none if there is nothing.
    pub(crate) fn ids(self) -> Option<(u16, u16)> {
        let ids = self.read_u32(0);
        let vendor = ids as u16;
        (vendor != 0xffff && vendor != 0).then_some((vendor, (ids >> 16) as u16))
    }

    /// The subsystem's device number.
    pub(crate) fn subsystem(self) -> u16 {
        self.read_u16(SUBSYSTEM)
    }

    /// Lets it answer in memory and reach memory itself.
    pub(crate) fn enable(self) {
        let command = self.read_u16(COMMAND);
        // The status register in the other half is cleared by ones, so it gets zeros.
        self.write_u32(COMMAND, u32::from(command | COMMAND_MEMORY | COMMAND_MASTER));
    }

    /// Its capabilities: offset and kind of each.
    pub(crate) fn capabilities(self) -> impl Iterator<Item = (u8, u8)> {
        let listed = self.read_u16(STATUS) & STATUS_CAPABILITIES != 0;
        let mut next = if listed { self.read_u8(CAPABILITIES) & !3 } else { 0 };
        // A list that bites its tail ends with the space that capabilities have.
        let mut left = 48;
        core::iter::from_fn(move || {
            if next < 0x40 || left == 0 {
                return None;
            }
            left -= 1;
            let at = next;
            let head = self.read_u16(at);
            next = (head >> 8) as u8 & !3;
            Some((at, head as u8))
        })
    }

    /// Physical address of a memory region; none for ports and for what firmware left out.
    fn bar(self, index: u8) -> Option<u64> {
        if index > 5 {
            return None;
        }
        let low = self.read_u32(BAR0 + 4 * index);
        if low & 1 != 0 {
            return None;
        }
        let high = if low & 6 == 4 && index < 5 { self.read_u32(BAR0 + 4 * index + 4) } else { 0 };
        let base = u64::from(high) << 32 | u64::from(low & !0xf);
        (base != 0).then_some(base)
    }

    /// Maps a part of a memory region.
    pub(crate) fn map(self, bar: u8, offset: u32, len: u32) -> Option<*mut u8> {
        let phys = self.bar(bar)?.checked_add(u64::from(offset))?;
        phys.checked_add(u64::from(len))?;
        kernel_map::map_io(phys, u64::from(len))
    }

    /// The interrupt line that firmware has routed its INTx pin to.
    pub(crate) fn interrupt_line(self) -> u8 {
        self.read_u8(INTERRUPT_LINE)
    }

    /// Switches to interrupts by messages; none if the function can't.
    pub(crate) fn messages(self) -> Option<Messages> {
        let (at, _) = self.capabilities().find(|(_, kind)| *kind == CAP_MSIX)?;
        let control = self.read_u16(at + 2);
        let len = control & 0x7ff;
        let place = self.read_u32(at + 4);
        let table = self.map((place & 7) as u8, place & !7, 16 * (u32::from(len) + 1))?;
        let messages = Messages { table: table as u64, len: len + 1 };
        for entry in 0..messages.len {
            messages.write(entry, 3, 1);
        }
        let command = self.read_u16(COMMAND);
        self.write_u32(COMMAND, u32::from(command | COMMAND_NO_INTX));
        self.write_u16(at + 2, control & 0x3fff | MSIX_ENABLE);
        Some(messages)
    }
}

/// The table of a function's messages (MSI-X).
pub(crate) struct Messages {
    /// Where it is mapped.
    table: u64,
    len: u16,
}

impl Messages {
    /// How many messages there are; at least 1.
    pub(crate) fn len(&self) -> u16 {
        self.len
    }

    fn write(&self, entry: u16, word: usize, value: u32) {
        assert!(entry < self.len);
        let at = self.table as usize + usize::from(entry) * 16 + word * 4;
        // SAFETY: the whole table is mapped, and the entry is one of it.
        unsafe { (at as *mut u32).write_volatile(value) };
    }

    /// Makes message `entry` an interrupt of the boot processor.
    pub(crate) fn set(&self, entry: u16, vector: u8) {
        let (address, data) = apic::message(vector);
        self.write(entry, 0, address as u32);
        self.write(entry, 1, (address >> 32) as u32);
        self.write(entry, 2, data);
        self.write(entry, 3, 0);
    }
}

/// All functions of all buses that are reached from bus 0.
pub(crate) fn functions() -> Vec<Function> {
    let mut found = Vec::new();
    // What the address port holds is read back where there is a PCI host, and nothing otherwise.
    // SAFETY: as for `read_u32`.
    let present = unsafe {
        outl(CONFIG_ADDRESS, ENABLE);
        inl(CONFIG_ADDRESS) == ENABLE
    };
    if present {
        scan(0, 0, &mut found);
    }
    found
}

fn scan(bus: u8, depth: u8, found: &mut Vec<Function>) {
    for device in 0..32 {
        let first = Function::new(bus, device, 0);
        if first.ids().is_none() {
            continue;
        }
        let count = if first.read_u8(HEADER_TYPE) & MULTIFUNCTION != 0 { 8 } else { 1 };
        for function in (0..count).map(|nth| Function::new(bus, device, nth)) {
            if function.ids().is_none() {
                continue;
            }
            found.push(function);
            let secondary = function.read_u8(SECONDARY_BUS);
            // A bridge to another bus. Firmware numbers buses upwards, which also ends the walk.
            if function.read_u8(HEADER_TYPE) & !MULTIFUNCTION == 1 && secondary > bus && depth < 8 {
                scan(secondary, depth + 1, found);
            }
        }
    }
}
