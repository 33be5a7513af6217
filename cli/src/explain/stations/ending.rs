//! How a road ends.

use abi::strace::Outcome;

use super::{Abi, Side, Station, Subject, Trace, code, register_names, strace};

/// The program has its answer.
pub fn behind(subject: &mut Subject, trace: &Trace, user: usize) -> Station {
    let steps = &trace.steps[user..trace.steps.len() - 1];
    let mut station = Station::new(Side::User, "The wrapper looks at the answer", steps.len());
    let value = steps.first().map_or(0, |step| step.registers.get("rax") as i64);
    let value = if subject.abi == Abi::I386 { i64::from(value as i32) } else { value };
    station.fact(register_names(subject.abi).0, answer(value), "as it comes from the kernel");
    if ["fork", "vfork", "clone", "clone3"].contains(&subject.row.name.as_str()) && value > 0 {
        station.text("This is the parent. The child comes back here too, in its own time, with 0.");
    }
    let (kernels, failed) = (value, (-4095..0).contains(&value));
    code(&mut station, subject, steps, |decoded, _| match decoded.text.as_str() {
        text if failed && text.starts_with("neg") => "the error's number".to_owned(),
        text if failed && text.starts_with("mov") && (text.contains(", %fs:") || text.contains(", %gs:")) => {
            "errno, a variable of this thread".to_owned()
        }
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
        if let Some(line) = strace::line(subject, trace, Outcome::Returned(kernels)) {
            station.text(format!("In strace's words: {line}"));
        }
        if failed && let Some(errno) = abi::Errno::from_raw(-kernels as i32) {
            station.fact("errno", format!("{} {}", -kernels, errno.name()), errno.message());
        }
    }
    station
}

/// The call does not come back.
pub fn never(subject: &Subject, trace: &Trace) -> Station {
    let mut station = Station::new(Side::Kernel, "The road ends here", 0);
    station.text("The call never comes back: the thread gave the processor away for the last time, and the program has no \
                  instruction behind the door.");
    if let Some(line) = strace::line(subject, trace, Outcome::Never) {
        station.text(format!("In strace's words: {line}"));
    }
    station
}

/// The call came back, but not to where it was made.
pub fn elsewhere(subject: &mut Subject, trace: &Trace, user: usize) -> Station {
    let at = trace.steps[user].registers;
    let executed = subject.row.name.starts_with("execve");
    let title = if executed { "Another program begins" } else { "What the signal had interrupted goes on" };
    let mut station = Station::new(Side::User, title, 0);
    station.text(match executed {
        true => "The program that made the call is no more: memory, registers and stack are the new one's.",
        false => "All registers are what they were when the signal came: the handler's frame on the stack had them.",
    });
    let (name, wide) = if at.cs == super::USER32_CS { ("e", false) } else { ("r", true) };
    let symbol =
        subject.symbol(at.ip).filter(|_| !executed).map_or(String::new(), |s| format!(", in {}", s.name));
    let means = if executed {
        "the entry point of the program, or of its interpreter".to_owned()
    } else {
        format!("where it was interrupted{symbol}")
    };
    station.fact(format!("{name}ip"), format!("{:#x}", at.ip), means);
    let means = if executed {
        "the new stack: argc, the arguments, the environment, the auxiliary vector"
    } else {
        "the stack as it was"
    };
    station.fact(format!("{name}sp"), format!("{:#x}", at.stack()), means);
    let ax = if wide { at.get("rax") as i64 } else { i64::from(at.get("eax") as i32) };
    station.fact(
        format!("{name}ax"),
        answer(ax),
        if executed {
            "no answer: a new program begins with 0"
        } else {
            "no answer of this call, but what was there"
        },
    );
    station
}

/// A value as the kernel answers it.
pub fn answer(value: i64) -> String {
    match i32::try_from(value) {
        Ok(code @ -4095..=-1) => {
            let name = abi::Errno::from_raw(-code).map_or("?", abi::Errno::name);
            format!("{code} (-{name})")
        }
        _ if value as u64 > 0xffff => format!("{value:#x}"),
        _ => value.to_string(),
    }
}
