//! From a trace to the stations of the road, each with what happened there and how many instructions it took.

mod ending;
mod kernel;
mod no_call;
mod strace;

use abi_gen::{Abi, Row, placed_registers, register_names};

use super::Subject;
use super::record::{DOOR_MSRS, End, Step, Trace, USER32_CS};
use super::remote::Registers;
use super::station::{Side, Station, code, decode};

const X32_BIT: u64 = 1 << 30;
const SYSENTER_ESP: u32 = 0x175;

/// The indices at which the stations begin.
struct Marks {
    /// The wrapper's first instruction.
    wrapper: usize,
    /// The vDSO's, if the road leads through it.
    vdso: Option<usize>,
    /// The instruction that goes to the kernel.
    door: usize,
    dispatch: usize,
    thunk: Option<usize>,
    /// What came back from the kernel; `None` for a call that never comes back.
    back: Option<Back>,
}

struct Back {
    answered: usize,
    stub: usize,
    user: usize,
}

impl Marks {
    fn of(subject: &Subject, trace: &Trace) -> Option<Self> {
        let steps = &trace.steps;
        let door = trace.door.at;
        let wrapper = wrapper_of(subject, &steps[..=door]);
        let vdso = subject.is_vdso(steps[door].registers.ip).then(|| {
            let outside = steps[..door].iter().rposition(|step| !subject.is_vdso(step.registers.ip));
            outside.map_or(0, |at| at + 1)
        });
        let user = (door + 1..steps.len()).find(|at| steps[*at].registers.is_user());
        let end = user.unwrap_or(steps.len());
        let call = (door + 1..end).find(|at| decode(&steps[*at]).is_some_and(|d| d.is_call()))?;
        let sp = steps[call].registers.sp();
        let stub = (call + 1..end).find(|at| steps[*at].registers.sp() >= sp);
        let slot = trace.door.slot;
        let thunk =
            slot.and_then(|slot| (call..stub.unwrap_or(end)).find(|at| steps[*at].registers.ip == slot));
        let back = user.zip(stub).map(|(user, stub)| {
            let answered = thunk.and_then(|thunk| {
                let sp = steps[thunk].registers.sp();
                (thunk..=stub).find(|at| steps[*at].registers.sp() > sp)
            });
            Back { answered: answered.unwrap_or(stub), stub, user }
        });
        Some(Self { wrapper, vdso, door, dispatch: call + 1, thunk, back })
    }
}

/// Where the built-in program's function has called another one.
fn wrapper_of(subject: &Subject, steps: &[Step]) -> usize {
    let name = |step: &Step| subject.symbol(step.registers.ip).map(|symbol| symbol.name);
    let first = steps.first().and_then(name);
    steps.iter().position(|step| name(step) != first).unwrap_or(0)
}

/// All stations, in the order of the road. Fails if the trace has no road in it.
pub fn of(subject: &mut Subject, trace: &Trace) -> Option<Vec<Station>> {
    if trace.end == End::NoCall {
        return Some(no_call::of(subject, trace));
    }
    let marks = Marks::of(subject, trace)?;
    let mut stations = Vec::new();
    if marks.wrapper > 0 {
        stations.push(program(subject, &trace.steps[..marks.wrapper]));
    }
    let to = marks.vdso.unwrap_or(marks.door + 1);
    if marks.wrapper < to {
        stations.push(wrapper(subject, trace, marks.wrapper, to));
    }
    stations.extend(marks.vdso.map(|at| no_call::door(subject, &trace.steps[at..=marks.door])));
    stations.extend([
        registers(subject, trace, &marks),
        instruction(subject, trace, &marks),
        kernel::stub(subject, trace, &marks),
        kernel::dispatch(subject, trace, &marks),
    ]);
    stations.extend(marks.thunk.map(|thunk| kernel::handler(subject, trace, &marks, thunk)));
    let Some(back) = &marks.back else {
        stations.push(ending::never(subject, trace));
        return Some(stations);
    };
    stations.push(kernel::way_back(subject, trace, &marks, back));
    stations.push(kernel::leaving(subject, trace, back));
    stations.push(match trace.end {
        End::Elsewhere => ending::elsewhere(subject, trace, back.user),
        _ => ending::behind(subject, trace, back.user),
    });
    Some(stations)
}

fn program(subject: &mut Subject, steps: &[Step]) -> Station {
    let handler = subject.row.name.ends_with("sigreturn");
    let title = if handler { "A signal's handler returns" } else { "The program calls a function" };
    let mut station = Station::new(Side::User, title, steps.len());
    for line in subject.program_lines() {
        station.text(line);
    }
    code(&mut station, subject, steps, |_, _| String::new());
    station
}

fn wrapper(subject: &mut Subject, trace: &Trace, from: usize, to: usize) -> Station {
    let steps = &trace.steps[from..to];
    let ip = steps[0].registers.ip;
    let title = match subject.symbol(ip) {
        Some(symbol) => format!("The wrapper {}, in {}", symbol.name, subject.image_name(ip)),
        None => format!("The wrapper, in {}", subject.image_name(ip)),
    };
    let mut station = Station::new(Side::User, title, steps.len());
    if from == 0 {
        station.text("The machine was stopped at the door: up to there these are the instructions as they stand in the file.");
    }
    station.text(match to <= trace.door.at || trace.end == End::NoCall {
        true => "C's function asks the vDSO, which the kernel has put into the program.",
        false => "C's function puts the number of the call into a register and goes to the kernel.",
    });
    let nr = register_names(subject.abi).0;
    let last = steps.len() - 1;
    let mut nth = 0;
    let next_is_vdso = trace.steps.get(to).is_some_and(|step| subject.is_vdso(step.registers.ip));
    code(&mut station, subject, steps, |decoded, _| {
        nth += 1;
        let text = decoded.text.as_str();
        if decoded.is_door() {
            "to the kernel".to_owned()
        } else if next_is_vdso && nth > last && text.contains("%gs:") {
            "on in the vDSO, whose address the C library keeps there (AT_SYSINFO)".to_owned()
        } else if next_is_vdso && nth > last {
            "on in the vDSO".to_owned()
        } else {
            in_wrapper(text, nr)
        }
    });
    if trace.left_out > 0 {
        station.text(format!(
            "(On the way the kernel was entered {} for something else, a page fault or another call; that is left out.)",
            if trace.left_out == 1 { "once".to_owned() } else { format!("{} times", trace.left_out) }
        ));
    }
    station
}

/// What an instruction of a wrapper is for.
fn in_wrapper(text: &str, nr: &str) -> String {
    if text.starts_with("mov $") && text.ends_with("%eax") {
        format!("the number of the call, in {nr}")
    } else if text.starts_with("cmpb $0")
        || text.starts_with("cmpl $0, %fs:")
        || text.starts_with("cmpl $0, %gs:")
    {
        "has the program a second thread? Then the call is a cancellation point".to_owned()
    } else if text.contains("%rcx, %r10") {
        "the fourth argument: SYSCALL needs rcx for itself".to_owned()
    } else if text.contains("%fs:") || text.contains("%gs:") {
        "a variable of this thread".to_owned()
    } else {
        String::new()
    }
}

fn registers(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let mut station = Station::new(Side::User, "The registers at the door", 0);
    let at = &trace.steps[marks.door].registers;
    let nr = register_names(subject.abi).0;
    let number = at.get("eax");
    let (bit, shown) = match number & X32_BIT {
        0 => ("", number.to_string()),
        _ => (", with x32's bit", format!("{number:#x}")),
    };
    station.fact(nr, shown, format!("the number of {} ({}){bit}", subject.row.name, subject.abi.name()));
    let fast = subject.is_vdso(at.ip) && subject.abi == Abi::I386;
    for (register, arg) in placed_registers(subject.abi, &subject.row) {
        let (first, second) =
            register.split_once(", ").map_or((register.as_str(), None), |(a, b)| (a, Some(b)));
        // The vDSO's doors destroy it: it lies on the stack.
        let on_stack = |name: &str| match trace.door.stack.get(..4) {
            Some(bytes) if fast && name == "ebp" => bytes.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b)),
            _ => at.get(name),
        };
        let value = on_stack(first) | second.map_or(0, |second| on_stack(second) << 32);
        let wide = Registers::NAMES.iter().find(|name| name[1..] == first[1..]).copied().unwrap_or(first);
        let points = trace.door.texts.iter().find(|(name, _)| name == wide);
        let shown = match (arg.ctype.ends_with('*'), points) {
            (true, Some((_, bytes))) => format!("{value:#x} → {}", quoted(bytes, &arg.ctype)),
            (true, None) => format!("{value:#x}"),
            _ if arg.ctype.contains("int") && !arg.ctype.contains("unsigned") => (value as i32).to_string(),
            _ if value > 0xffff => format!("{value:#x}"),
            _ => value.to_string(),
        };
        let place = if fast && first == "ebp" { ", on the stack: the door needs ebp for itself" } else { "" };
        station.fact(register, shown, format!("{arg}{place}"));
    }
    let stack = if at.cs == USER32_CS { "esp" } else { "rsp" };
    station.fact(stack, format!("{:#x}", at.stack()), "the program's stack");
    let bits = trace.steps[marks.door].bits();
    station.fact(
        "cs",
        format!("{:#x}", at.cs),
        format!("the program's code segment, {bits}-bit: its last two bits, 3, are its privilege"),
    );
    station
}

/// Bytes as a C string: to the NUL where the type is a text, else the first 16.
fn quoted(bytes: &[u8], ctype: &str) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let bytes = if ctype.contains("char") { &bytes[..end.min(48)] } else { &bytes[..bytes.len().min(16)] };
    format!("\"{}\"", bytes.escape_ascii())
}

fn instruction(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let (before, after) = (&trace.steps[marks.door], &trace.steps[marks.door + 1]);
    let decoded = decode(before);
    let text = decoded.map_or_else(String::new, |decoded| decoded.text);
    let mut station = Station::new(Side::Processor, format!("What the instruction does: {text}"), 0);
    let wanted: &[u32] = match text.split(' ').next().unwrap_or_default() {
        "syscall" if before.bits() == 64 => &[0xc000_0081, 0xc000_0082, 0xc000_0084],
        "syscall" => &[0xc000_0081, 0xc000_0083, 0xc000_0084],
        "sysenter" => &[0x174, SYSENTER_ESP, 0x176],
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
                "rsp" if new == 0 => "no stack yet: the stub loads the thread's; the program's is in ebp",
                "rsp" => "the kernel's stack",
                _ => "",
            };
            station.fact(*name, format!("{old:#x} → {new:#x}"), means);
        }
    }
    if wanted.contains(&SYSENTER_ESP) {
        station.text("SYSENTER notes neither where the program was nor its flags: the kernel returns to the vDSO's landing pad.");
    }
    station.fact("rflags", format!("{:#x} → {:#x}", a.flags, b.flags), "interrupts are off (bit 9 is clear)");
    if a.sp() == b.sp() {
        station.fact("rsp", format!("{:#x}", b.sp()), "unchanged: still on the program's stack");
    }
    station
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
