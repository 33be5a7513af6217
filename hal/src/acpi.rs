//! The few facts that the kernel wants of ACPI (ACPI 6.5): processors, interrupt controllers, timers,
//! and how to switch the machine off. Without ACPI the MP table gives the processors.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sync::{IrqSpinLock, rank};

use crate::mem::{DIRECT_MAP, kernel_map};
use crate::{boot, power};

/// Processors and interrupt routing.
#[derive(Clone, Copy)]
pub(crate) struct Topology {
    pub(crate) apic_ids: [u32; sync::cpu::MAX_CPUS],
    pub(crate) cpus: usize,
    pub(crate) lapic: u64,
    /// Physical address and first global interrupt of each I/O APIC.
    pub(crate) ioapics: [(u64, u32); 4],
    pub(crate) ioapic_count: usize,
    /// Global interrupt and MADT flags of the 16 ISA lines.
    pub(crate) isa: [(u32, u16); 16],
    pub(crate) hpet: u64,
    /// I/O port of the power-management timer and whether it has 32 bits.
    pub(crate) pm_timer: (u16, bool),
}

const NO_TOPOLOGY: Topology = Topology {
    apic_ids: [0; sync::cpu::MAX_CPUS],
    cpus: 0,
    lapic: 0xfee0_0000,
    ioapics: [(0, 0); 4],
    ioapic_count: 0,
    isa: [(0, 0); 16],
    hpet: 0,
    pm_timer: (0, false),
};

static TOPOLOGY: IrqSpinLock<Topology> = IrqSpinLock::new(rank::IRQ, NO_TOPOLOGY);

/// The differentiated system description table, physical; 0 for none.
static DSDT: AtomicU64 = AtomicU64::new(0);
/// The machine has none of the old PC's fixed hardware.
static HARDWARE_REDUCED: AtomicBool = AtomicBool::new(false);

/// What was found.
pub(crate) fn topology() -> Topology {
    *TOPOLOGY.lock()
}

/// Physical memory that firmware filled, if the direct map covers it (all of it lies in or just behind RAM).
fn firmware(phys: u64, len: usize) -> Option<&'static [u8]> {
    let end = phys.checked_add(len as u64)?;
    let mapped = |range: &core::ops::Range<u64>| {
        range.start & !0x1f_ffff <= phys && end <= range.end.next_multiple_of(0x20_0000)
    };
    if end <= 1 << 20 || boot::info().ram.iter().any(mapped) {
        // SAFETY: mapped as just checked; firmware's tables don't change.
        return Some(unsafe { core::slice::from_raw_parts((DIRECT_MAP + phys) as *const u8, len) });
    }
    let mapped = kernel_map::map_io(phys, len as u64)?;
    // SAFETY: mapped just now.
    Some(unsafe { core::slice::from_raw_parts(mapped, len) })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

fn checksum(bytes: &[u8]) -> bool {
    bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) == 0
}

/// A whole table, checked.
fn table(phys: u64) -> Option<&'static [u8]> {
    let len = u32_at(firmware(phys, 36)?, 4)? as usize;
    let bytes = firmware(phys, len.clamp(36, 1 << 20))?;
    checksum(bytes).then_some(bytes)
}

/// Looks everything up. `rsdp` is what the boot loader said, or 0.
pub(crate) fn init(rsdp: u64) {
    let mut found = NO_TOPOLOGY;
    for (line, isa) in found.isa.iter_mut().enumerate() {
        isa.0 = line as u32;
    }
    if from_acpi(rsdp, &mut found).is_none() || found.cpus == 0 {
        from_mp_table(&mut found);
    }
    if found.cpus == 0 {
        found.apic_ids[0] = crate::percpu::here().apic_id.load(Ordering::Relaxed);
        found.cpus = 1;
    }
    *TOPOLOGY.lock() = found;
}

fn find_rsdp(hint: u64) -> Option<&'static [u8]> {
    let good = |phys: u64| {
        let bytes = firmware(phys, 36)?;
        (bytes.starts_with(b"RSD PTR ") && checksum(&bytes[..20])).then_some(bytes)
    };
    if hint != 0
        && let Some(found) = good(hint)
    {
        return Some(found);
    }
    let ebda = u64::from(u16_at(firmware(0x40e, 2)?, 0)?) << 4;
    let ranges = [(ebda, ebda + 1024), (0xe0000, 0x10_0000)];
    ranges
        .into_iter()
        .filter(|(start, _)| *start != 0)
        .find_map(|(start, end)| (start..end).step_by(16).find_map(good))
}

fn from_acpi(rsdp: u64, found: &mut Topology) -> Option<()> {
    let rsdp = find_rsdp(rsdp)?;
    let xsdt = if rsdp[15] >= 2 { u64_at(rsdp, 24)? } else { 0 };
    let (root, width) = match table(xsdt).filter(|_| xsdt != 0) {
        Some(root) => (root, 8),
        None => (table(u64::from(u32_at(rsdp, 16)?))?, 4),
    };
    for entry in root.get(36..)?.chunks_exact(width) {
        let phys = if width == 8 { u64_at(entry, 0)? } else { u64::from(u32_at(entry, 0)?) };
        let Some(table) = table(phys) else { continue };
        match &table[..4] {
            b"APIC" => drop(madt(table, found)),
            b"FACP" => drop(fadt(table, found)),
            b"HPET" => found.hpet = u64_at(table, 44)?,
            _ => {}
        }
    }
    Some(())
}

/// Multiple APIC description table (ACPI 6.5, 5.2.12).
fn madt(table: &[u8], found: &mut Topology) -> Option<()> {
    found.lapic = u64::from(u32_at(table, 36)?);
    let mut at = 44;
    while let Some(&[kind, len]) = table.get(at..at + 2) {
        let entry = table.get(at..at + usize::from(len).max(2))?;
        match kind {
            0 if u32_at(entry, 4)? & 1 != 0 => add_cpu(found, u32::from(entry[3])),
            9 if u32_at(entry, 8)? & 1 != 0 => add_cpu(found, u32_at(entry, 4)?),
            1 => add_ioapic(found, u64::from(u32_at(entry, 4)?), u32_at(entry, 8)?),
            2 => {
                let line = usize::from(entry[3]);
                if let Some(isa) = found.isa.get_mut(line) {
                    *isa = (u32_at(entry, 4)?, u16_at(entry, 8)?);
                }
            }
            5 => found.lapic = u64_at(entry, 4)?,
            _ => {}
        }
        at += usize::from(len).max(2);
    }
    Some(())
}

fn add_cpu(found: &mut Topology, apic_id: u32) {
    if let Some(slot) = found.apic_ids.get_mut(found.cpus) {
        *slot = apic_id;
        found.cpus += 1;
    }
}

fn add_ioapic(found: &mut Topology, phys: u64, first: u32) {
    if let Some(slot) = found.ioapics.get_mut(found.ioapic_count) {
        *slot = (phys, first);
        found.ioapic_count += 1;
    }
}

/// Fixed description table (ACPI 6.5, 5.2.9): power-off, reset, the power-management timer.
fn fadt(table: &[u8], found: &mut Topology) -> Option<()> {
    let flags = u32_at(table, 112)?;
    let hardware_reduced = flags & 1 << 20 != 0;
    if let Some(dsdt) = self::table(u64::from(u32_at(table, 40)?))
        && let Some(kind) = sleep_type_5(dsdt)
    {
        power::set_sleep_type(u16::from(kind));
    }
    DSDT.store(u64::from(u32_at(table, 40)?), Ordering::Relaxed);
    HARDWARE_REDUCED.store(hardware_reduced, Ordering::Relaxed);
    if flags & 1 << 10 != 0 {
        reset_register(table);
    }
    if hardware_reduced {
        // SLEEP_CONTROL_REG: a generic address in memory.
        if table.get(244) == Some(&0)
            && let Some(mapped) =
                u64_at(table, 248).filter(|phys| *phys != 0).and_then(|phys| kernel_map::map_io(phys, 1))
        {
            power::set_sleep_control(mapped);
        }
        return Some(());
    }
    power::set_pm1(u32_at(table, 64)? as u16, u32_at(table, 68)? as u16);
    found.pm_timer = (u32_at(table, 76)? as u16, flags & 1 << 8 != 0);
    Some(())
}

fn reset_register(table: &[u8]) -> Option<()> {
    let (space, addr, value) = (*table.get(116)?, u64_at(table, 120)?, *table.get(128)?);
    match space {
        0 => power::set_reset_memory(kernel_map::map_io(addr, 1)?, value),
        1 => power::set_reset_port(addr as u16, value),
        _ => {}
    }
    Some(())
}

/// The sleep type of state S5 from the AML package `_S5_` (ACPI 6.5, 7.4.2.6): name, package opcode,
/// length, element count, then a byte constant, with or without its prefix.
fn sleep_type_5(dsdt: &[u8]) -> Option<u8> {
    let at = dsdt.windows(4).position(|name| name == b"_S5_")? + 4;
    let package = dsdt.get(at..at + 8)?;
    if package[0] != 0x12 {
        return None;
    }
    let lead = usize::from(package[1] >> 6);
    let value = dsdt.get(at + 1 + lead + 1 + 1..)?;
    match value.first()? {
        0x0a => value.get(1).copied(),
        &constant @ 0..=1 => Some(constant),
        _ => None,
    }
}

/// Calls `add` with the registers' address and the global interrupt of each virtio device that the DSDT tells of:
/// an object with the ID LNRO0005, whose resources are a Memory32Fixed and an Extended Interrupt descriptor
/// (ACPI 6.5, 6.4.3). Only machines without the old PC's hardware have such.
pub(crate) fn virtio_mmio(mut add: impl FnMut(u64, u32)) {
    let phys = DSDT.load(Ordering::Relaxed);
    if phys == 0 || !HARDWARE_REDUCED.load(Ordering::Relaxed) {
        return;
    }
    let mut rest = table(phys).unwrap_or(&[]);
    while let Some(at) = rest.windows(VIRTIO_ID.len()).position(|id| id == VIRTIO_ID) {
        rest = &rest[at + VIRTIO_ID.len()..];
        // The next object's resources are not this one's.
        let end = rest.windows(VIRTIO_ID.len()).position(|id| id == VIRTIO_ID).unwrap_or(rest.len());
        if let Some((phys, gsi)) = virtio_resources(&rest[..end]) {
            add(phys, gsi);
        }
    }
}

const VIRTIO_ID: &[u8] = b"LNRO0005";

fn virtio_resources(object: &[u8]) -> Option<(u64, u32)> {
    // Tag and length of Memory32Fixed; then rights, base, length.
    let at = object.windows(3).position(|tag| tag == [0x86, 9, 0])?;
    let base = u32_at(object, at + 4)?;
    // Tag of Extended Interrupt; then its length, flags, a count of 1 and the number.
    let interrupt = object.get(at + 12..)?;
    (interrupt.first() == Some(&0x89) && interrupt.get(4) == Some(&1)).then_some(())?;
    Some((u64::from(base), u32_at(interrupt, 5)?))
}

/// The MultiProcessor specification's table (version 1.4, chapter 4).
fn from_mp_table(found: &mut Topology) -> Option<()> {
    let good = |phys: u64| {
        let bytes = firmware(phys, 16)?;
        (bytes.starts_with(b"_MP_") && checksum(bytes)).then_some(bytes)
    };
    let ebda = u64::from(u16_at(firmware(0x40e, 2)?, 0)?) << 4;
    let ranges = [(ebda, ebda + 1024), (0x9_fc00, 0xa_0000), (0xf_0000, 0x10_0000)];
    let mut places = ranges.into_iter().filter(|range| range.0 != 0);
    let pointer = places.find_map(|(start, end)| (start..end).step_by(16).find_map(good))?;
    let config = u64::from(u32_at(pointer, 4)?);
    let header = firmware(config, 44)?;
    let bytes = firmware(config, usize::from(u16_at(header, 4)?))?;
    if !bytes.starts_with(b"PCMP") {
        return None;
    }
    found.lapic = u64::from(u32_at(bytes, 36)?);
    let mut at = 44;
    // Up to the table's end: QEMU's quick firmware leaves the count of entries at 0.
    while let Some(entry) = bytes.get(at..at + 8) {
        match entry[0] {
            0 => {
                if entry[3] & 1 != 0 {
                    add_cpu(found, u32::from(entry[1]));
                }
                at += 20;
                continue;
            }
            2 if entry[3] & 1 != 0 => add_ioapic(found, u64::from(u32_at(entry, 4)?), 0),
            _ => {}
        }
        at += 8;
    }
    Some(())
}
