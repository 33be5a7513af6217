//! Recording one call: the machine is stepped through it, instruction by instruction, and every register noted.

use std::collections::{BTreeMap, BTreeSet};

use abi_gen::Abi;
use anyhow::{Context, Result, bail};

use super::images::Image;
use super::remote::{ENDED, Registers, Remote};
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

impl Step {
    /// 32 in compatibility mode.
    pub fn bits(&self) -> u32 {
        if self.registers.cs == USER32_CS { 32 } else { 64 }
    }
}

/// The selector of 32-bit code.
pub const USER32_CS: u32 = 0x23;

/// How a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The call came back, and its function returned.
    Returned,
    /// The function returned and had made no such call.
    NoCall,
    /// The call began something else: another program, or the code that a signal had interrupted.
    Elsewhere,
    /// It never came back.
    Never,
}

/// What one call did.
pub struct Trace {
    /// Each instruction; the last entry is the state behind the last one.
    pub steps: Vec<Step>,
    /// How it ended.
    pub end: End,
    /// What else the kernel was entered for before the call and is left out: faults, other calls.
    pub left_out: usize,
    /// The vDSO, if the program went through it.
    pub vdso: Option<Image>,
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
    /// The same memory when the call was over.
    pub texts_after: Vec<(String, Vec<u8>)>,
    /// Words of the program's stack.
    pub stack: Vec<u8>,
    /// What the table says for the number.
    pub slot: Option<u64>,
    /// The IDT's entry for int $0x80.
    pub gate: Option<u64>,
    /// The stack pointer in the task-state segment.
    pub rsp0: Option<u64>,
}

/// Lets the kernel boot and notes what it writes into the registers of the doors, until one of `stops` is reached.
pub fn boot(remote: &mut Remote, kernel: &Image, stops: &[u64]) -> Result<BTreeMap<u32, Msr>> {
    let mut sites: BTreeSet<u64> = kernel.wrmsr_sites().into_iter().collect();
    for site in &sites {
        remote.breakpoint(*site, true)?;
    }
    for stop in stops {
        remote.breakpoint(*stop, true)?;
    }
    let mut msrs = BTreeMap::new();
    let mut others: BTreeMap<u64, u32> = BTreeMap::new();
    loop {
        remote.go_on()?;
        let registers = remote.registers()?;
        if stops.contains(&registers.ip) {
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
    for site in sites.iter().chain(stops) {
        remote.breakpoint(*site, false)?;
    }
    Ok(msrs)
}

/// The instructions before the door, for a machine that was stopped right behind it: from the beginning of the function,
/// or from behind its last jump or return before the door, as they stand in memory, and the registers as they were.
pub fn before(subject: &Subject, remote: &mut Remote, outside: &Registers) -> Result<Vec<Step>> {
    let door = outside.ip;
    let start = subject.symbol(door).map(|symbol| symbol.start).filter(|start| door - start < 512);
    let mut steps = Vec::new();
    let mut at = start.unwrap_or(door);
    while at <= door {
        let code = remote.memory_up_to(at, 15)?;
        let step = Step { registers: Registers { ip: at, ..*outside }, code, woke: false };
        let decoded = disasm::decode(&step.code, at, step.bits());
        at += decoded.as_ref().map_or(1, |d| d.instruction.len()) as u64;
        steps.push(step);
        if at <= door && decoded.is_some_and(|d| d.goes_elsewhere()) {
            steps.clear();
        }
    }
    Ok(steps)
}

/// Steps from where the machine stands until the program is behind the call and has left the function it began in.
/// `before` is what came before, if the machine stands behind the door.
pub fn record(subject: &mut Subject, remote: &mut Remote, before: Vec<Step>) -> Result<Trace> {
    let mut recorder = Recorder::new(subject, remote, before)?;
    let end = recorder.run()?;
    let (steps, door, left_out) = (recorder.steps, recorder.door, recorder.left_out);
    let vdso = recorder.vdso;
    Ok(Trace { steps, end, left_out, vdso, msrs: BTreeMap::new(), door: door.unwrap_or_default() })
}

struct Recorder<'a> {
    subject: &'a Subject,
    remote: &'a mut Remote,
    steps: Vec<Step>,
    door: Option<AtDoor>,
    left_out: usize,
    vdso: Option<Image>,
    /// Above it the function has returned.
    deep: u64,
}

impl<'a> Recorder<'a> {
    fn new(subject: &'a Subject, remote: &'a mut Remote, before: Vec<Step>) -> Result<Self> {
        let deep = match before.last() {
            // Of a function that was begun behind the door nothing is known but that it returns.
            Some(door) => door.registers.sp().saturating_sub(1),
            None => remote.registers()?.sp(),
        };
        Ok(Self { subject, remote, steps: before, door: None, left_out: 0, vdso: None, deep })
    }

    fn run(&mut self) -> Result<End> {
        let switch = self.subject.kernel.address_of("switch_stacks");
        let mut registers = self.remote.registers()?;
        let mut woke = false;
        loop {
            let was_user = self.steps.last().is_some_and(|step| step.registers.is_user());
            if was_user && !registers.is_user() && self.door.is_none() {
                let last = &self.steps[self.steps.len() - 1];
                let (outside, bits) = (last.registers, last.bits());
                let door = disasm::decode(&last.code, outside.ip, bits).filter(|d| d.is_door());
                if door.is_none() || outside.get("eax") != self.subject.number() {
                    registers = self.leave_out(&outside, door)?;
                    continue;
                }
                self.look_for_the_vdso()?;
                let narrow = self.subject.abi == Abi::I386;
                let mut door = at_door(self.remote, self.steps.len() - 1, &outside, narrow)?;
                door.slot = self.subject.slot();
                self.door = Some(door);
            }
            let code = self.remote.memory_up_to(registers.ip, 15)?;
            let end = self.end(&registers);
            self.steps.push(Step { registers, code, woke });
            if let Some(end) = end {
                self.look_for_the_vdso()?;
                if let Some(door) = &mut self.door {
                    let outside = self.steps[door.at].registers;
                    door.texts_after = texts(self.remote, &outside, self.subject.abi == Abi::I386)?;
                }
                return Ok(end);
            }
            if self.steps.len() > MOST_STEPS {
                bail!("the call was not done after {MOST_STEPS} instructions");
            }
            woke = Some(registers.ip) == switch && !registers.is_user();
            let gone_on = if woke { self.sleep(&registers) } else { self.remote.step() };
            match gone_on.and_then(|()| self.remote.registers()) {
                Ok(new) => registers = new,
                Err(error) if self.door.is_some() && error.to_string() == ENDED => return Ok(End::Never),
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the recording ends before this instruction.
    fn end(&self, next: &Registers) -> Option<End> {
        let last = self.steps.last().filter(|_| next.is_user())?;
        let inside = self.door.is_some();
        let name = self.subject.row.name.as_str();
        let came_back = inside && !last.registers.is_user();
        if came_back && (name.ends_with("sigreturn") || name.starts_with("execve") && next.get("rax") == 0) {
            return Some(End::Elsewhere);
        }
        let returned = matches!(last.code.first(), Some(0xc3 | 0xc2)) && next.sp() > self.deep;
        // What returns from a signal handler has its call before it.
        let end = if inside { End::Returned } else { End::NoCall };
        (returned && (inside || !name.ends_with("sigreturn"))).then_some(end)
    }

    /// The kernel was entered for something else: the machine goes on until the program does.
    fn leave_out(&mut self, outside: &Registers, door: Option<disasm::Decoded>) -> Result<Registers> {
        self.left_out += 1;
        // The vDSO's doors have one way back.
        let next = match (&door, door.as_ref().map(|d| d.instruction.len() as u64)) {
            (Some(door), _) if !door.text.starts_with("int") && outside.cs == USER32_CS => outside.ip + 4,
            (_, Some(length)) => outside.ip + length,
            (_, None) => outside.ip,
        };
        if door.is_none() {
            // It is executed again.
            self.steps.pop();
        }
        self.remote.breakpoint(next, true)?;
        loop {
            self.remote.go_on().context("the program did not come to the call")?;
            let registers = self.remote.registers()?;
            if registers.is_user() && registers.cr3 & !0x1fff == outside.cr3 & !0x1fff {
                self.remote.breakpoint(next, false)?;
                return Ok(registers);
            }
            self.remote.breakpoint(next, false)?;
            self.remote.step()?;
            self.remote.breakpoint(next, true)?;
        }
    }

    /// Another thread gets the processor: wait until this one has it again.
    fn sleep(&mut self, registers: &Registers) -> Result<()> {
        let (back, sp) = (self.remote.word(registers.sp(), 8)?.unwrap_or(0), registers.sp() + 8);
        self.remote.breakpoint(back, true)?;
        loop {
            self.remote.go_on()?;
            let there = self.remote.registers()?.sp();
            self.remote.breakpoint(back, false)?;
            if there == sp {
                return Ok(());
            }
            self.remote.step()?;
            self.remote.breakpoint(back, true)?;
        }
    }

    /// The kernel's own file in the program: known by nothing but where it was gone through.
    fn look_for_the_vdso(&mut self) -> Result<()> {
        if self.vdso.is_some() {
            return Ok(());
        }
        let unknown = self
            .steps
            .iter()
            .map(|step| step.registers)
            .find(|registers| registers.is_user() && self.subject.image(registers.ip).is_none());
        if let Some(registers) = unknown {
            self.vdso = vdso_around(self.remote, &self.subject.kernel, registers.ip)?;
        }
        Ok(())
    }
}

/// The ELF file without a name that is mapped around an address. Pages of it that the program has not touched are taken
/// from the kernel's file, which has it whole.
pub fn vdso_around(remote: &mut Remote, kernel: &Image, address: u64) -> Result<Option<Image>> {
    const VDSO_MOST: usize = 0x2000;
    for page in (0..VDSO_MOST as u64 >> 12).map_while(|n| (address & !0xfff).checked_sub(n << 12)) {
        let Some(head) = remote.memory(page, 64)? else { break };
        if head.starts_with(b"\x7fELF") {
            let bytes = remote.memory_up_to(page, VDSO_MOST)?;
            return Ok(Image::vdso(kernel.elf_that_begins(&bytes, VDSO_MOST).unwrap_or(bytes), page));
        }
    }
    Ok(None)
}

/// What the registers point to.
fn texts(remote: &mut Remote, outside: &Registers, narrow: bool) -> Result<Vec<(String, Vec<u8>)>> {
    const MOST: usize = 512;
    let mut texts = Vec::new();
    // INT 0x80 takes the lower halves, whoever calls.
    let wide = !narrow;
    for name in Registers::NAMES {
        let address = outside.get(name) & if wide { u64::MAX } else { 0xffff_ffff };
        if address > 0xffff && address < 1 << 47 {
            let bytes = remote.memory_up_to(address, MOST)?;
            if !bytes.is_empty() {
                texts.push((name.to_owned(), bytes));
            }
        }
    }
    Ok(texts)
}

fn at_door(remote: &mut Remote, at: usize, outside: &Registers, narrow: bool) -> Result<AtDoor> {
    let mut door = AtDoor { at, ..AtDoor::default() };
    door.texts = texts(remote, outside, narrow)?;
    let sp = if outside.cs == USER32_CS { outside.get("esp") } else { outside.sp() };
    door.stack = remote.memory_up_to(sp, 64)?;
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
