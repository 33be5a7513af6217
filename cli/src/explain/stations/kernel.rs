//! The stations inside the kernel.

use super::super::remote::Registers;
use super::super::station::{Line, functions};
use super::{Back, Marks, Side, Station, Step, Subject, Trace, X32_BIT, code, decode, ending};

pub fn stub(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let steps = &trace.steps[marks.door + 1..marks.dispatch];
    let name = subject.symbol(steps[0].registers.ip).map_or_else(String::new, |symbol| symbol.name);
    let mut station = Station::new(Side::Kernel, format!("The stub {name}"), steps.len());
    station.text(
        "hal/src/entry: on a stack of the kernel's, the program's registers are saved in the order of struct pt_regs.",
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
        } else if let Some(note) = page_tables(text) {
            note.to_owned()
        } else if after.sp().abs_diff(before.sp()) > 0x1000 {
            format!("the stack: {:#x} → {:#x}", before.sp(), after.sp())
        } else if text.starts_with("push") {
            let offset = after.sp().wrapping_sub(frame);
            pt_regs_field(offset).map_or(String::new(), |field| format!("pt_regs.{field}"))
        } else if decoded.is_call() {
            "on in Rust".to_owned()
        } else if text.starts_with("mov %gs:") && text.ends_with("%rsi") {
            "the second: the running task".to_owned()
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

/// With page tables of their own for programs (pti=on).
fn page_tables(text: &str) -> Option<&'static str> {
    match text {
        _ if text.starts_with("mov %cr3, ") => Some("the page tables"),
        _ if text.starts_with("mov ") && text.ends_with(", %cr3") => Some("page tables for the other side"),
        _ if text.starts_with("and $") && text.ends_with("%rsp") => {
            Some("those of the kernel lie one page below")
        }
        _ => None,
    }
}

/// Linux's names of the words of struct pt_regs.
fn pt_regs_field(offset: u64) -> Option<&'static str> {
    const FIELDS: [&str; 21] = [
        "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di",
        "orig_ax", "ip", "cs", "flags", "sp", "ss",
    ];
    FIELDS.get(usize::try_from(offset / 8).ok()?).copied()
}

pub fn dispatch(subject: &mut Subject, trace: &Trace, marks: &Marks) -> Station {
    let end = marks.thunk.or(marks.back.as_ref().map(|back| back.answered)).unwrap_or(trace.steps.len());
    let steps = &trace.steps[marks.dispatch..end];
    let mut station = Station::new(Side::Kernel, "Through the table", steps.len());
    functions(&mut station, subject, steps);
    let number = trace.steps[marks.door].registers.get("eax") & !X32_BIT;
    if let Some(slot) = trace.door.slot {
        let name = thunk_name(subject, slot);
        let table = subject.table;
        station.fact(format!("{table}[{number}]"), format!("{slot:#x}"), name);
    }
    station.text(format!("The row: {}", subject.row_text()));
    station
}

/// Equal thunks of two tables are one function with two names.
fn thunk_name(subject: &Subject, slot: u64) -> String {
    let own = subject.row.thunk();
    match subject.kernel.address_of(&own) {
        Some(address) if address == slot => own,
        _ => subject.symbol(slot).map_or_else(String::new, |symbol| symbol.name),
    }
}

pub fn handler(subject: &mut Subject, trace: &Trace, marks: &Marks, thunk: usize) -> Station {
    let end = marks.back.as_ref().map_or(trace.steps.len(), |back| back.answered);
    let steps = &trace.steps[thunk..end];
    let mut station = Station::new(Side::Kernel, "The handler, and what it calls", steps.len());
    if let Some(place) = subject.handler_place() {
        station.fact("handler", subject.row.handler.clone().unwrap_or_default(), place);
    }
    functions(&mut station, subject, steps);
    let own = thunk_name(subject, steps[0].registers.ip);
    if let Some(Line::Function { name, .. }) =
        station.lines.iter_mut().find(|line| matches!(line, Line::Function { .. }))
    {
        *name = own;
    }
    let sleeps =
        steps.iter().enumerate().filter(|(_, step)| step.woke).map(|(at, _)| at + thunk - marks.door);
    for at in sleeps {
        station.text(format!(
            "Here it sleeps: {at} instructions behind the door the thread is on no run queue any more, and switch_stacks gives \
             the processor to the next thread, or to the idle one, which halts until an interrupt. Whoever has what it waits \
             for (another thread, or the timer's interrupt) puts it back on a queue; then it goes on behind switch_stacks. \
             What others did meanwhile is not counted."
        ));
    }
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

pub fn way_back(subject: &mut Subject, trace: &Trace, marks: &Marks, back: &Back) -> Station {
    let steps = &trace.steps[back.answered..back.stub];
    let mut station = Station::new(Side::Kernel, "The answer, and the way to the exit", steps.len());
    if let Some(step) = steps.first().filter(|_| marks.thunk.is_some()) {
        station.fact(
            "rax",
            ending::answer(step.registers.get("rax") as i64),
            "what the handler answers; it goes to pt_regs.ax",
        );
    }
    functions(&mut station, subject, steps);
    station
}

pub fn leaving(subject: &mut Subject, trace: &Trace, back: &Back) -> Station {
    let steps = &trace.steps[back.stub..back.user];
    let last = steps.last().and_then(decode).map_or_else(String::new, |d| d.text);
    let names: Vec<String> =
        steps.iter().filter_map(|step| subject.symbol(step.registers.ip)).map(|symbol| symbol.name).collect();
    let name = names.last().cloned().unwrap_or_default();
    let mut station =
        Station::new(Side::Kernel, format!("The stub again: {name} ends in {last}"), steps.len());
    station.text(match last.as_str() {
        "sysretq" => {
            "rip, flags and segments are what SYSRET would make them, so it may be used: it takes rip from rcx and the \
             flags from r11."
        }
        text if text.starts_with("sysret") => {
            "rip is the vDSO's landing pad, and segments and flags are what SYSRET would make them, so it may be used: it \
             takes eip from ecx and the flags from r11."
        }
        _ => "IRET takes rip, cs, flags, rsp and ss from the stack.",
    });
    code(&mut station, subject, steps, |decoded, _| match decoded.text.as_str() {
        "swapgs" => "the program's GS base again".to_owned(),
        text if text.starts_with("test %al") => "did do_fast_syscall_32 allow SYSRET?".to_owned(),
        text if text.starts_with('j') && last == "sysretq" => "(what SYSRET cannot do, IRET does)".to_owned(),
        text if text.contains("(%rsp), %rsp") => "the program's stack again".to_owned(),
        text => page_tables(text).unwrap_or_default().to_owned(),
    });
    let (a, b) = (&steps[steps.len() - 1].registers, &trace.steps[back.user].registers);
    station.fact("cs", format!("{:#x} → {:#x}", a.cs, b.cs), "privilege 3");
    let door = trace.steps[trace.door.at].registers.ip;
    let where_to = match b.ip.wrapping_sub(door) {
        2 => "the instruction behind the door",
        1..=8 => "the vDSO's landing pad",
        _ => "not where it came from",
    };
    station.fact("rip", format!("{:#x}", b.ip), where_to);
    station
}
