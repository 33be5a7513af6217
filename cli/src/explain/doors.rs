//! The doors of a running kernel: who comes in by which, and what the processor was like before it did.

use std::collections::{BTreeMap, BTreeSet};

use abi_gen::Abi;
use anyhow::Result;

use super::record::{Msr, USER32_CS};
use super::remote::{ENDED, Registers, Remote};
use super::{Options, Subject};

const USER_CS: u32 = 0x33;
const LSTAR: u32 = 0xc000_0082;
const CSTAR: u32 = 0xc000_0083;

/// The instruction of a door that `run`'s machine has; it is an AMD processor without SYSENTER from compatibility mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Syscall,
    Syscall32,
    Int80,
}

impl Way {
    /// The program's registers at the door, from those at the kernel's first instruction.
    fn outside(self, remote: &mut Remote, inside: &Registers) -> Result<Registers> {
        let mut outside = Registers { cs: USER_CS, ss: 0x2b, ..*inside };
        match self {
            Way::Syscall => {
                outside.ip = inside.get("rcx").wrapping_sub(2);
                outside.flags = inside.get("r11") as u32;
            }
            Way::Syscall32 => {
                outside.cs = USER32_CS;
                outside.ip = inside.get("ecx").wrapping_sub(2);
                outside.flags = inside.get("r11") as u32;
                // SYSCALL has taken ecx; the vDSO left it here.
                outside.set("rcx", inside.get("ebp"));
            }
            Way::Int80 => {
                // The processor's frame: ip, cs, flags, sp, ss.
                let mut word = |nth: u64| remote.word(inside.sp() + 8 * nth, 8);
                let read = (word(0)?, word(1)?, word(2)?, word(3)?);
                let (Some(ip), Some(cs), Some(flags), Some(sp)) = read else { return Ok(outside) };
                outside.ip = ip.wrapping_sub(2);
                (outside.cs, outside.flags) = (cs as u32, flags as u32);
                outside.set("rsp", sp);
            }
        }
        Ok(outside)
    }

    /// Whether a number that comes in here means this row.
    fn means(self, subject: &Subject, number: u64) -> bool {
        (self == Way::Syscall) == (subject.abi != Abi::I386) && number == subject.number()
    }

    fn executes(self, number: u64) -> bool {
        match self {
            Way::Syscall => matches!(number, 59 | 322 | 0x4000_0208 | 0x4000_0221),
            _ => matches!(number, 11 | 358),
        }
    }
}

/// Lets the program run to the wanted call; its registers at the door. The machine stands at the kernel's first
/// instruction.
pub fn find(
    remote: &mut Remote,
    subject: &Subject,
    msrs: &BTreeMap<u32, Msr>,
    options: &Options,
) -> Result<Registers> {
    let doors = all(subject, msrs);
    // Who has made calls before the program was started is not the program. Page tables tell them apart; the bits below
    // are not part of their address.
    let (mut others, mut program) = (BTreeSet::new(), BTreeSet::new());
    let (mut executes, mut count) = (false, 0);
    loop {
        let registers = remote.registers()?;
        let way = doors.get(&registers.ip).copied().unwrap_or(Way::Syscall);
        let (number, tables) = (registers.get("eax"), registers.cr3 & !0x1fff);
        if program.contains(&tables) || executes && !others.contains(&tables) {
            program.insert(tables);
            if way.means(subject, number) {
                count += 1;
                if count == options.nth {
                    return way.outside(remote, &registers);
                }
            }
        } else {
            others.insert(tables);
            executes |= way.executes(number);
        }
        remote.step()?;
        for door in doors.keys() {
            remote.breakpoint(*door, true)?;
        }
        if let Err(error) = remote.go_on() {
            return Err(if error.to_string() == ENDED { never(subject, options, count) } else { error });
        }
        for door in doors.keys() {
            remote.breakpoint(*door, false)?;
        }
    }
}

/// The first instruction of each.
fn all(subject: &Subject, msrs: &BTreeMap<u32, Msr>) -> BTreeMap<u64, Way> {
    let mut doors = BTreeMap::new();
    for (msr, way) in [(LSTAR, Way::Syscall), (CSTAR, Way::Syscall32)] {
        doors.extend(msrs.get(&msr).map(|msr| (msr.value, way)));
    }
    for name in ["entry_INT80_compat", "entry_INT80_pti"] {
        doors.extend(subject.kernel.address_of(name).map(|address| (address, Way::Int80)));
    }
    doors
}

/// The program ended before.
fn never(subject: &Subject, options: &Options, count: u32) -> anyhow::Error {
    let program = options.program.first().map(|name| name.to_string_lossy()).unwrap_or_default();
    let (name, abi) = (&subject.row.name, subject.abi.name());
    let times = match count {
        0 => format!("never called {name} ({abi})"),
        1 => format!("called {name} ({abi}) once only"),
        _ => format!("called {name} ({abi}) {count} times only"),
    };
    let in_vdso =
        ["clock_gettime", "clock_getres", "gettimeofday", "time", "getcpu"].contains(&name.as_str());
    let hint = if in_vdso { "; what the vDSO answers is no system call" } else { "" };
    anyhow::anyhow!("{program} {times}{hint}")
}
