//! From a trace to the stations of the road, each with what happened there and how many instructions it took.

use abi_gen::{Abi, Row, placed_registers, register_names};

use super::Subject;
use super::record::{DOOR_MSRS, Step, Trace};
use super::remote::Registers;
use super::station::{Side, Station, code, decode, functions};

/// The indices at which the stations begin.
struct Marks {
    wrapper: usize,
    door: usize,
    dispatch: usize,
    thunk: Option<usize>,
    answered: usize,
    stub_again: usize,
    user: usize,
}

impl Marks {
    fn of(subject: &Subject, trace: &Trace) -> Option<Self> {
        let steps = &trace.steps;
        let name = |at: usize| subject.symbol(steps[at].registers.ip).map(|symbol| symbol.name);
        let door = trace.door.at;
        let wrapper = (0..=door).find(|at| name(*at) != name(0)).unwrap_or(0);
        let user = (door + 1..steps.len()).find(|at| steps[*at].registers.is_user())?;
        let call = (door + 1..user).find(|at| decode(&steps[*at], 64).is_some_and(|d| d.is_call()))?;
        let sp = steps[call].registers.sp();
        let stub_again = (call + 1..user).find(|at| steps[*at].registers.sp() >= sp)?;
        let thunk =
            trace.door.slot.and_then(|slot| (call..stub_again).find(|at| steps[*at].registers.ip == slot));
        let answered = match thunk {
            Some(thunk) => {
                let sp = steps[thunk].registers.sp();
                (thunk..=stub_again).find(|at| steps[*at].registers.sp() > sp).unwrap_or(stub_again)
            }
            None => stub_again,
        };
        Some(Self { wrapper, door, dispatch: call + 1, thunk, answered, stub_again, user })
    }
}

/// All stations, in the order of the road. Fails if the trace has no road in it.
pub fn of(subject: &mut Subject, trace: &Trace) -> Option<Vec<Station>> {
    let marks = Marks::of(subject, trace)?;
    let mut stations = Vec::new();
    if marks.wrapper > 0 {
        stations.push(program(subject, trace, &marks));
    }
    stations.extend([
        wrapper(subject, trace, &marks),
        registers(subject, trace, &marks),
        instruction(subject, trace, &marks),
        stub(subject, trace, &marks),
        dispatch(subject, trace, &marks),
    ]);
    stations.extend(marks.thunk.map(|thunk| handler(subject, trace, &marks, thunk)));
    stations.push(way_back(subject, trace, &marks));
    stations.push(leaving(subject, trace, &marks));
    stations.push(behind(subject, trace, &marks));
    Some(stations)
}

fn program(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let mut station = Station::new(Side::User, "The program calls a function", marks.wrapper);
    for line in subject.program_lines() {
        station.text(line);
    }
    code(&mut station, subject, &trace.steps[..marks.wrapper], |_, _| String::new());
    station
}

fn wrapper(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let steps = &trace.steps[marks.wrapper..=marks.door];
    let ip = steps[0].registers.ip;
    let title = match subject.symbol(ip) {
        Some(symbol) => format!("The wrapper {}, in {}", symbol.name, subject.image_name(ip)),
        None => format!("The wrapper, in {}", subject.image_name(ip)),
    };
    let mut station = Station::new(Side::User, title, steps.len());
    if marks.wrapper == 0 {
        station.text("The machine was stopped at the door: up to there these are the instructions as they stand in the file.");
    }
    station.text("C's function puts the number of the call into a register and goes to the kernel.");
    let nr = register_names(subject.abi).0;
    code(&mut station, subject, steps, |decoded, step| {
        let text = decoded.text.as_str();
        if decoded.is_door() {
            "to the kernel".to_owned()
        } else if text.starts_with("mov $") && text.ends_with("%eax") {
            format!("the number of the call, in {nr}")
        } else if text.starts_with("cmpb $0") {
            "has the program a second thread? Then the call is a cancellation point".to_owned()
        } else if text.contains("%rcx, %r10") {
            "the fourth argument: SYSCALL needs rcx for itself".to_owned()
        } else if text.contains("%fs:") || text.contains("%gs:") {
            let _ = step;
            "a variable of this thread: is there a second one?".to_owned()
        } else {
            String::new()
        }
    });
    station
}

fn registers(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let mut station = Station::new(Side::User, "The registers at the door", 0);
    let at = &trace.steps[marks.door].registers;
    let nr = register_names(subject.abi).0;
    let number = at.get("rax");
    station.fact(
        nr,
        number.to_string(),
        format!("the number of {} ({})", subject.row.name, subject.abi.name()),
    );
    for (register, arg) in placed_registers(subject.abi, &subject.row) {
        let first = register.split(", ").next().unwrap_or_default();
        let value = at.get(first);
        let wide = Registers::NAMES.iter().find(|name| name[1..] == first[1..]).copied().unwrap_or(first);
        let points = trace.door.texts.iter().find(|(name, _)| name == wide);
        let shown = match (arg.ctype.ends_with('*'), points) {
            (true, Some((_, bytes))) => format!("{value:#x} → {}", quoted(bytes, &arg.ctype)),
            (true, None) => format!("{value:#x}"),
            _ if arg.ctype.contains("int") && !arg.ctype.contains("unsigned") => (value as i32).to_string(),
            _ if value > 0xffff => format!("{value:#x}"),
            _ => value.to_string(),
        };
        station.fact(register, shown, arg.to_string());
    }
    station.fact("rsp", format!("{:#x}", at.sp()), "the program's stack");
    station.fact(
        "cs",
        format!("{:#x}", at.cs),
        "the program's code segment: its last two bits, 3, are its privilege",
    );
    station
}

/// Bytes as a C string: to the NUL where the type is a text, else the first 16.
fn quoted(bytes: &[u8], ctype: &str) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let bytes = if ctype.contains("char") { &bytes[..end] } else { &bytes[..bytes.len().min(16)] };
    format!("\"{}\"", bytes.escape_ascii())
}

fn instruction(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let (before, after) = (&trace.steps[marks.door], &trace.steps[marks.door + 1]);
    let decoded = decode(before, subject.bits());
    let text = decoded.map_or_else(String::new, |decoded| decoded.text);
    let mut station = Station::new(Side::Processor, format!("What the instruction does: {text}"), 0);
    let wanted: &[u32] = match text.split(' ').next().unwrap_or_default() {
        "syscall" if subject.bits() == 64 => &[0xc000_0081, 0xc000_0082, 0xc000_0084],
        "syscall" => &[0xc000_0081, 0xc000_0083, 0xc000_0084],
        "sysenter" => &[0x174, 0x175, 0x176],
        _ => &[],
    };
    for number in wanted {
        let known = DOOR_MSRS.iter().find(|(msr, ..)| msr == number);
        if let (Some((_, name, means)), Some(msr)) = (known, trace.msrs.get(number)) {
            let by = subject.place(msr.by).map_or(String::new(), |place| format!("; set at boot, {place}"));
            station.fact(*name, format!("{:#x}", msr.value), format!("{means}{by}"));
        }
    }
    if let Some(gate) = trace.door.gate.filter(|_| wanted.is_empty()) {
        let name = subject.symbol(gate).map_or_else(String::new, |symbol| symbol.name);
        station.fact("IDT[0x80]", format!("{gate:#x}"), format!("the gate's target: {name}"));
        let rsp0 = trace.door.rsp0.unwrap_or(0);
        station.fact(
            "TSS.rsp0",
            format!("{rsp0:#x}"),
            "the stack that the gate switches to, and pushes ss, rsp, flags, cs, rip",
        );
    }
    let (a, b) = (&before.registers, &after.registers);
    let name = subject.symbol(b.ip).map_or_else(String::new, |symbol| format!(": {}", symbol.name));
    station.fact("rip", format!("{:#x} → {:#x}", a.ip, b.ip), format!("on in the kernel{name}"));
    station.fact("cs", format!("{:#x} → {:#x}", a.cs, b.cs), "the kernel's code segment: privilege 0");
    for (nth, name) in Registers::NAMES.iter().enumerate() {
        let (old, new) = (a.general[nth], b.general[nth]);
        if old != new {
            let means = match *name {
                "rcx" => "where the program goes on: the instruction behind this one",
                "r11" => "the program's flags",
                "rsp" => "the kernel's stack",
                _ => "",
            };
            station.fact(*name, format!("{old:#x} → {new:#x}"), means);
        }
    }
    station.fact("rflags", format!("{:#x} → {:#x}", a.flags, b.flags), "interrupts are off (bit 9 is clear)");
    if a.sp() == b.sp() {
        station.fact("rsp", format!("{:#x}", b.sp()), "unchanged: still on the program's stack");
    }
    station
}

fn stub(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let steps = &trace.steps[marks.door + 1..marks.dispatch];
    let name = subject.symbol(steps[0].registers.ip).map_or_else(String::new, |symbol| symbol.name);
    let mut station = Station::new(Side::Kernel, format!("The stub {name}, hal/src/entry"), steps.len());
    station.text(
        "On a stack of the kernel's, the program's registers are saved in the order of struct pt_regs.",
    );
    let frame = trace.steps[marks.dispatch].registers.sp() + 8;
    let next: Vec<Registers> =
        trace.steps[marks.door + 2..=marks.dispatch].iter().map(|s| s.registers).collect();
    let mut nth = 0;
    code(&mut station, subject, steps, |decoded, step| {
        let after = next[nth];
        nth += 1;
        let before = &step.registers;
        let text = decoded.text.as_str();
        if text == "swapgs" {
            format!("GS base {:#x} → {:#x}: this processor's own data", before.gs_base, after.gs_base)
        } else if after.sp().abs_diff(before.sp()) > 0x1000 {
            format!("the stack: {:#x} → {:#x}", before.sp(), after.sp())
        } else if text.starts_with("push") {
            let offset = after.sp().wrapping_sub(frame);
            pt_regs_field(offset).map_or(String::new(), |field| format!("pt_regs.{field}"))
        } else if decoded.is_call() {
            "on in Rust".to_owned()
        } else if text.contains("%rsp, %rdi") {
            "the first argument: struct pt_regs".to_owned()
        } else if text.contains("%esi") && text.starts_with("mov") {
            "the second: the number".to_owned()
        } else if text.starts_with("mov") && text.ends_with("%rdx") {
            "the third: the running task".to_owned()
        } else {
            String::new()
        }
    });
    station
}

/// Linux's names of the words of struct pt_regs.
fn pt_regs_field(offset: u64) -> Option<&'static str> {
    const FIELDS: [&str; 21] = [
        "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di",
        "orig_ax", "ip", "cs", "flags", "sp", "ss",
    ];
    FIELDS.get(usize::try_from(offset / 8).ok()?).copied()
}

fn dispatch(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let end = marks.thunk.unwrap_or(marks.answered);
    let steps = &trace.steps[marks.dispatch..end];
    let mut station = Station::new(Side::Kernel, "Through the table", steps.len());
    functions(&mut station, subject, steps);
    let number = trace.steps[marks.door].registers.get("rax") & 0x3fff_ffff;
    if let Some(slot) = trace.door.slot {
        let name = subject.symbol(slot).map_or_else(String::new, |symbol| symbol.name);
        let table = subject.table;
        station.fact(format!("{table}[{number}]"), format!("{slot:#x}"), name);
    }
    station.text(format!("The row: {}", subject.row_text()));
    station
}

fn handler(subject: &mut Subject, trace: &Trace, marks: &Marks, thunk: usize) -> Station {
    let steps = &trace.steps[thunk..marks.answered];
    let mut station = Station::new(Side::Kernel, "The handler, and what it calls", steps.len());
    if let Some(place) = subject.handler_place() {
        station.fact("handler", subject.row.handler.clone().unwrap_or_default(), place);
    }
    functions(&mut station, subject, steps);
    for (port, bytes) in port_writes(steps) {
        station.fact(
            format!("port {port:#x}"),
            format!("\"{}\"", bytes.escape_ascii()),
            "OUT: bytes that leave the machine through this device",
        );
    }
    station
}

/// What was written to I/O ports a byte at a time, in order.
fn port_writes(steps: &[Step]) -> Vec<(u16, Vec<u8>)> {
    let mut writes: Vec<(u16, Vec<u8>)> = Vec::new();
    for step in steps.iter().filter(|step| step.code.first() == Some(&0xee)) {
        let (port, byte) = (step.registers.get("rdx") as u16, step.registers.get("rax") as u8);
        match writes.iter_mut().find(|(p, _)| *p == port) {
            Some((_, bytes)) => bytes.push(byte),
            None => writes.push((port, vec![byte])),
        }
    }
    writes
}

fn way_back(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let steps = &trace.steps[marks.answered..marks.stub_again];
    let mut station = Station::new(Side::Kernel, "The answer, and the way to the exit", steps.len());
    if let Some(step) = steps.first().filter(|_| marks.thunk.is_some()) {
        station.fact(
            "rax",
            answer(step.registers.get("rax") as i64),
            "what the handler answers; it goes to pt_regs.ax",
        );
    }
    functions(&mut station, subject, steps);
    station
}

fn leaving(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let steps = &trace.steps[marks.stub_again..marks.user];
    let last = steps.last().and_then(|step| decode(step, 64)).map_or_else(String::new, |d| d.text);
    let mut station =
        Station::new(Side::Kernel, format!("The stub again, which ends in {last}"), steps.len());
    if last.starts_with("sysret") {
        station.text("rip, flags and segments are what SYSRET would make them, so it may be used: it takes rip from rcx and the \
                      flags from r11.");
    } else {
        station.text("IRET takes rip, cs, flags, rsp and ss from the stack.");
    }
    code(&mut station, subject, steps, |decoded, _| match decoded.text.as_str() {
        "swapgs" => "the program's GS base again".to_owned(),
        text if text.starts_with('j') && last.starts_with("sysret") => {
            "(what SYSRET cannot do, IRET does)".to_owned()
        }
        text if text.contains("(%rsp), %rsp") => "the program's stack again".to_owned(),
        _ => String::new(),
    });
    let (a, b) = (&steps[steps.len() - 1].registers, &trace.steps[marks.user].registers);
    station.fact("cs", format!("{:#x} → {:#x}", a.cs, b.cs), "privilege 3");
    station.fact("rip", format!("{:#x}", b.ip), "the instruction behind the door");
    station
}

fn behind(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let steps = &trace.steps[marks.user..trace.steps.len() - 1];
    let mut station = Station::new(Side::User, "The wrapper looks at the answer", steps.len());
    let value = steps.first().map_or(0, |step| step.registers.get("rax") as i64);
    let value = if subject.abi == Abi::I386 { i64::from(value as i32) } else { value };
    station.fact(register_names(subject.abi).0, answer(value), "as it comes from the kernel");
    code(&mut station, subject, steps, |decoded, _| match decoded.text.as_str() {
        text if text.starts_with("cmp")
            && (text.contains("-4095") || text.contains("-4096") || text.contains("0xf")) =>
        {
            "-4095 … -1 is an error".to_owned()
        }
        _ => String::new(),
    });
    if let Some(last) = trace.steps.last() {
        let value = last.registers.get("rax") as i64;
        let value = if subject.abi == Abi::X86_64 { value } else { i64::from(value as i32) };
        station.fact("result", value.to_string(), "what the program gets");
    }
    station
}

/// A value as the kernel answers it.
fn answer(value: i64) -> String {
    match i32::try_from(value) {
        Ok(code @ -4095..=-1) => {
            let name = abi::Errno::from_raw(-code).map_or("?", abi::Errno::name);
            format!("{code} (-{name})")
        }
        _ if value as u64 > 0xffff => format!("{value:#x}"),
        _ => value.to_string(),
    }
}

/// The line that names the row.
pub fn row_text(row: &Row) -> String {
    let args: Vec<String> = row.args.iter().map(ToString::to_string).collect();
    format!(
        "{} {} {} ({}) {}",
        row.number,
        row.name,
        row.entry,
        args.join(", "),
        row.handler.as_deref().unwrap_or("-")
    )
}
