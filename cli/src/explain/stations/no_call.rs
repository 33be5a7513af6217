//! Roads through the vDSO: to the kernel by its door, or to the answer without it.

use super::{Side, Station, Step, Subject, Trace, code, program, wrapper, wrapper_of};

/// The stations of a call that the vDSO answers by itself.
pub fn of(subject: &mut Subject, trace: &Trace) -> Vec<Station> {
    let steps = &trace.steps[..trace.steps.len() - 1];
    let from = steps.iter().position(|step| subject.is_vdso(step.registers.ip)).unwrap_or(0);
    let to = steps.iter().rposition(|step| subject.is_vdso(step.registers.ip)).map_or(from, |at| at + 1);
    let first = wrapper_of(subject, &steps[..from.max(1)]);
    let mut stations = vec![program(subject, &steps[..if first == 0 { from } else { first }])];
    if first != 0 && first < from {
        stations.push(wrapper(subject, trace, first, from));
    }
    stations.push(inside(subject, &steps[from..to]));
    stations.push(back(subject, trace, to));
    stations
}

/// The vDSO's own code.
fn inside(subject: &Subject, steps: &[Step]) -> Station {
    let symbol = steps.first().and_then(|step| subject.symbol(step.registers.ip));
    let name = symbol.map_or_else(String::new, |symbol| format!(": {}", symbol.name));
    let mut station = Station::new(Side::User, format!("The answer, in the vDSO{name}"), steps.len());
    station.text("No system call is made: the kernel keeps what is asked for in a page that the program can read, just before \
                  this code.");
    let name = &subject.row.name;
    code(&mut station, subject, steps, |decoded, step| {
        let text = decoded.text.as_str();
        match text.split(' ').next().unwrap_or_default() {
            "rdtsc" | "rdtscp" => "the processor's clock, counted since it was started".to_owned(),
            "lfence" => "not before what stands above".to_owned(),
            "lsl" => "processor and node, in the limit of a segment".to_owned(),
            "rdpid" => "processor and node".to_owned(),
            "pause" => "the kernel is writing: again".to_owned(),
            _ => data(subject, text, decoded.memory_address(&step.registers), step)
                .map_or(String::new(), str::to_owned),
        }
    });
    if name.starts_with("clock_get") || name == "gettimeofday" {
        station.text("The kernel makes the number before the data odd while it writes; who reads the same even number before and \
                      after has read one state of it.");
    }
    station
}

/// What is read from the kernel's page.
fn data(subject: &Subject, text: &str, address: Option<u64>, step: &Step) -> Option<&'static str> {
    let address = address?;
    let reads = !text.starts_with("lea");
    let before = subject.vdso_start(step.registers.ip)?.wrapping_sub(address);
    (reads && (1..=0x1000).contains(&before)).then_some("from the kernel's page")
}

/// The door in the vDSO, up to the instruction that goes to the kernel.
pub fn door(subject: &Subject, steps: &[Step]) -> Station {
    let symbol = steps.first().and_then(|step| subject.symbol(step.registers.ip));
    let name = symbol.map_or_else(String::new, |symbol| symbol.name);
    let answers = name != "__kernel_vsyscall" && !name.contains("sigreturn");
    let title = match answers {
        true => format!("The vDSO's {name} must ask the kernel"),
        false => format!("Through the vDSO: {name}"),
    };
    let mut station = Station::new(Side::User, title, steps.len());
    station.text(match answers {
        true => "What is asked for is not in the kernel's page: it makes the system call.",
        false => "The kernel has put this code into the program and chooses the fastest instruction that this processor has.",
    });
    code(&mut station, subject, steps, |decoded, _| {
        let text = decoded.text.as_str();
        match text {
            _ if decoded.is_door() => "to the kernel".to_owned(),
            "push %ecx" | "push %edx" | "push %ebp" => "the door destroys it".to_owned(),
            "mov %esp, %ebp" => "SYSENTER forgets the stack: ebp keeps it".to_owned(),
            "mov %ecx, %ebp" => "SYSCALL takes ecx: ebp has the second argument".to_owned(),
            _ if decoded.loads(subject.number()) => "the number of the call".to_owned(),
            _ => String::new(),
        }
    });
    station
}

fn back(subject: &Subject, trace: &Trace, from: usize) -> Station {
    let steps = &trace.steps[from..trace.steps.len() - 1];
    let mut station = Station::new(Side::User, "Back, without a system call", steps.len());
    code(&mut station, subject, steps, |_, _| String::new());
    if let Some(last) = trace.steps.last() {
        let value = match last.bits() {
            32 => i64::from(last.registers.get("eax") as i32),
            _ if subject.row.name == "time" => last.registers.get("rax") as i64,
            _ => i64::from(last.registers.get("eax") as i32),
        };
        station.fact("result", value.to_string(), "what the program gets");
    }
    station
}
