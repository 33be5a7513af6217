//! Recording one call: the machine is stepped through it, instruction by instruction, and every register noted.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::images::Image;
use super::remote::{Registers, Remote};
use super::{Subject, disasm};

/// Instructions after which a call is given up.
const MOST_STEPS: usize = 400_000;
/// Model-specific registers that make the doors.
pub const DOOR_MSRS: &[(u32, &str, &str)] = &[
    (0xc000_0080, "EFER", "bit 0 allows SYSCALL"),
    (0xc000_0081, "STAR", "the selectors: 63:48 for SYSRET, 47:32 for SYSCALL"),
    (0xc000_0082, "LSTAR", "where SYSCALL from 64-bit code goes"),
    (0xc000_0083, "CSTAR", "where SYSCALL from 32-bit code goes"),
    (0xc000_0084, "SFMASK", "the flags that SYSCALL clears"),
    (0x174, "SYSENTER_CS", "the selector for SYSENTER"),
    (0x175, "SYSENTER_ESP", "the stack for SYSENTER"),
    (0x176, "SYSENTER_EIP", "where SYSENTER goes"),
];

/// A register of the processor, as the kernel set it at boot.
#[derive(Clone, Copy, Debug)]
pub struct Msr {
    /// Its value.
    pub value: u64,
    /// The WRMSR that wrote it.
    pub by: u64,
}

/// The processor before an instruction.
pub struct Step {
    /// Its registers.
    pub registers: Registers,
    /// The instruction.
    pub code: Vec<u8>,
    /// The thread slept before this, for as long as others had the processor.
    pub woke: bool,
}

/// What one call did.
pub struct Trace {
    /// Each instruction; the last entry is the state behind the last one.
    pub steps: Vec<Step>,
    /// Registers of the doors.
    pub msrs: BTreeMap<u32, Msr>,
    /// What is read from memory when the call stands at the door: see [`AtDoor`].
    pub door: AtDoor,
}

/// Memory at the moment when the program goes into the kernel.
#[derive(Default)]
pub struct AtDoor {
    /// Index of the instruction that goes through the door.
    pub at: usize,
    /// What the pointers among the first six registers point to.
    pub texts: Vec<(String, Vec<u8>)>,
    /// What the table says for the number.
    pub slot: Option<u64>,
    /// The IDT's entry for int $0x80.
    pub gate: Option<u64>,
    /// The stack pointer in the task-state segment.
    pub rsp0: Option<u64>,
}

/// Lets the kernel boot and notes what it writes into the registers of the doors, until `stop` is reached.
pub fn boot(remote: &mut Remote, kernel: &Image, stop: u64) -> Result<BTreeMap<u32, Msr>> {
    let mut sites: BTreeSet<u64> = kernel.wrmsr_sites().into_iter().collect();
    for site in &sites {
        remote.breakpoint(*site, true)?;
    }
    remote.breakpoint(stop, true)?;
    let mut msrs = BTreeMap::new();
    let mut others: BTreeMap<u64, u32> = BTreeMap::new();
    loop {
        remote.go_on()?;
        let registers = remote.registers()?;
        if registers.ip == stop {
            break;
        }
        let number = registers.get("ecx") as u32;
        let value = registers.get("edx") << 32 | registers.get("eax");
        let seen = others.entry(registers.ip).or_default();
        *seen += 1;
        if DOOR_MSRS.iter().any(|(msr, ..)| *msr == number) {
            msrs.insert(number, Msr { value, by: registers.ip });
            *seen = 0;
        }
        // The stub stops again at a breakpoint that it stands on.
        remote.breakpoint(registers.ip, false)?;
        remote.step()?;
        // Those that are executed often are not among the doors'.
        if *seen < 20 {
            remote.breakpoint(registers.ip, true)?;
        } else {
            sites.remove(&registers.ip);
        }
    }
    for site in sites {
        remote.breakpoint(site, false)?;
    }
    remote.breakpoint(stop, false)?;
    Ok(msrs)
}

/// The instructions before the door, for a machine that was stopped right behind it: from the beginning of the function
/// to the door as they stand in memory, and the registers as they were at the door.
pub fn before(subject: &Subject, remote: &mut Remote, inside: &Registers) -> Result<Vec<Step>> {
    let mut registers = *inside;
    let door = inside.get("rcx") - 2;
    (registers.flags, registers.cs, registers.ss) = (inside.get("r11") as u32, 0x33, 0x2b);
    let start = subject.symbol(door).map(|symbol| symbol.start).filter(|start| door - start < 256);
    let mut steps = Vec::new();
    let mut at = start.unwrap_or(door);
    while at <= door {
        let code = remote.memory_up_to(at, 15)?;
        let length = disasm::decode(&code, at, subject.bits()).map_or(1, |d| d.instruction.len());
        steps.push(Step { registers: Registers { ip: at, ..registers }, code, woke: false });
        at += length as u64;
    }
    Ok(steps)
}

/// Steps from where the machine stands until the program is behind the call and has left the function it began in.
/// `steps` is what came before, if the machine stands behind the door.
pub fn record(
    remote: &mut Remote,
    kernel: &Image,
    table: Option<u64>,
    mut steps: Vec<Step>,
) -> Result<(Vec<Step>, AtDoor)> {
    let switch = kernel.address_of("switch_stacks");
    let start = remote.registers()?;
    let mut door = AtDoor::default();
    let (mut registers, mut woke, mut has_been_inside) = (start, false, false);
    loop {
        let code = remote.memory_up_to(registers.ip, 15)?;
        let was_user = steps.last().is_some_and(|step| step.registers.is_user());
        if was_user && !registers.is_user() && !has_been_inside {
            has_been_inside = true;
            door = at_door(remote, steps.len() - 1, &steps[steps.len() - 1].registers, table)?;
        }
        // Of a function that was begun behind the door nothing is known but that it returns.
        let returned = steps.last().is_some_and(|step| matches!(step.code.first(), Some(0xc3 | 0xc2)));
        let deep = if start.is_user() { start.sp() } else { start.sp().saturating_sub(1) };
        let left = registers.is_user() && has_been_inside && returned && registers.sp() > deep;
        steps.push(Step { registers, code, woke });
        if left {
            return Ok((steps, door));
        }
        if steps.len() > MOST_STEPS {
            bail!("the call was not done after {MOST_STEPS} instructions");
        }
        woke = false;
        if Some(registers.ip) == switch && !registers.is_user() {
            // Another thread gets the processor: wait until this one has it again.
            let (back, sp) = (remote.word(registers.sp(), 8)?.unwrap_or(0), registers.sp() + 8);
            remote.breakpoint(back, true)?;
            loop {
                remote.go_on()?;
                registers = remote.registers()?;
                remote.breakpoint(back, false)?;
                if registers.sp() == sp {
                    break;
                }
                remote.step()?;
                remote.breakpoint(back, true)?;
            }
            woke = true;
        } else {
            remote.step()?;
            registers = remote.registers()?;
        }
    }
}

fn at_door(remote: &mut Remote, at: usize, outside: &Registers, table: Option<u64>) -> Result<AtDoor> {
    let mut door = AtDoor { at, ..AtDoor::default() };
    for name in Registers::NAMES {
        let address = outside.get(name);
        if address > 0xffff && address < 1 << 47 {
            let bytes = remote.memory_up_to(address, 48)?;
            if !bytes.is_empty() {
                door.texts.push((name.to_owned(), bytes));
            }
        }
    }
    if let Some(table) = table {
        let number = outside.get("rax") & 0x3fff_ffff;
        door.slot = remote.word(table + 8 * number, 8)?;
    }
    let state = remote.monitor("info registers")?;
    if let Some(idt) = base(&state, "IDT=") {
        let word = |remote: &mut Remote, at| remote.word(at, 8);
        let (low, high) = (word(remote, idt + 0x800)?, word(remote, idt + 0x808)?);
        door.gate = low.zip(high).map(|(l, h)| l & 0xffff | l >> 32 & 0xffff_0000 | h << 32);
    }
    if let Some(tss) = base(&state, "TR =") {
        door.rsp0 = remote.word(tss + 4, 8)?;
    }
    Ok(door)
}

/// The base address in a line of QEMU's monitor: `IDT=     ffffffff8049b000 00000fff`.
fn base(state: &str, name: &str) -> Option<u64> {
    let line = state.lines().find_map(|line| line.strip_prefix(name))?;
    let word = line.split_whitespace().find(|word| word.len() == 16)?;
    u64::from_str_radix(word, 16).ok()
}
