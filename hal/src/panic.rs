//! The end: registers, a backtrace with names, and a machine that stops with a failure.

use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, Ordering};

use crate::mem::{DIRECT_MAP, KERNEL_BASE};
use crate::regs::PtRegs;
use crate::{boot, ipi, irq, power, serial, symbols};

/// Frames of a backtrace.
const MAX_FRAMES: usize = 32;
/// What the debug-exit device reports for a panic.
const EXIT_CODE: u32 = 0x31;

static PANICKING: AtomicBool = AtomicBool::new(false);

/// Whether the kernel is going down.
pub(crate) fn in_progress() -> bool {
    PANICKING.load(Ordering::Relaxed)
}

/// Writes who runs: its number and name.
pub type Describe = fn(&mut dyn Write) -> fmt::Result;

static DESCRIBE: sync::Once<Describe> = sync::Once::new();

/// Names what describes the running task in a panic's message. It takes no locks.
pub fn describe_task_with(describe: Describe) {
    let _ = DESCRIBE.set(describe);
}

struct Console;

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive('\n') {
            serial::write_in_panic(part.trim_end_matches('\n').as_bytes());
            if part.ends_with('\n') {
                serial::write_in_panic(b"\r\n");
            }
        }
        Ok(())
    }
}

/// Ends the machine with a message, for conditions that are not a bug of the kernel.
pub fn fatal(message: &str) -> ! {
    end(format_args!("{message}"), None, 0)
}

/// Ends the machine over an exception in the kernel.
pub(crate) fn die(what: &str, regs: &PtRegs) -> ! {
    end(format_args!("{what}"), Some(regs), regs.bp)
}

/// The same, with the address that could not be accessed.
pub(crate) fn die_at(what: &str, regs: &PtRegs, addr: u64) -> ! {
    end(format_args!("{what} at {addr:#018x}"), Some(regs), regs.bp)
}

fn end(what: fmt::Arguments<'_>, regs: Option<&PtRegs>, frame: u64) -> ! {
    irq::disable();
    if PANICKING.swap(true, Ordering::Relaxed) {
        // A panic within a panic, or on another processor at the same time.
        power::halt();
    }
    ipi::stop_others();
    let mut out = Console;
    let _ = writeln!(out, "\nKernel panic - not syncing: {what}");
    let _ = write!(out, "CPU: {}", sync::cpu::id());
    if let Some(describe) = DESCRIBE.get().filter(|_| crate::thread::is_one_running()) {
        let _ = out.write_char(' ');
        let _ = describe(&mut out);
    }
    let _ = out.write_char('\n');
    if let Some(regs) = regs {
        print_registers(&mut out, regs);
    }
    let _ = writeln!(out, "Call Trace:");
    if let Some(regs) = regs {
        print_address(&mut out, regs.ip);
    }
    backtrace(&mut out, frame);
    let _ = writeln!(out, "---[ end Kernel panic - not syncing: {what} ]---");
    power::debug_exit(EXIT_CODE);
    // As on Linux: panic=0 halts, anything else reboots; there is nobody to wait for.
    match boot::option("panic").and_then(|seconds| seconds.parse::<i64>().ok()) {
        Some(seconds) if seconds != 0 => power::reboot(),
        _ => power::halt(),
    }
}

fn print_registers(out: &mut Console, r: &PtRegs) {
    let _ =
        writeln!(out, "RIP: {:04x}:{:016x} EFLAGS: {:08x} ORIG_RAX: {:016x}", r.cs, r.ip, r.flags, r.orig_ax);
    let _ = writeln!(out, "RAX: {:016x} RBX: {:016x} RCX: {:016x} RDX: {:016x}", r.ax, r.bx, r.cx, r.dx);
    let _ = writeln!(out, "RSI: {:016x} RDI: {:016x} RBP: {:016x} RSP: {:016x}", r.si, r.di, r.bp, r.sp);
    let _ = writeln!(out, "R08: {:016x} R09: {:016x} R10: {:016x} R11: {:016x}", r.r8, r.r9, r.r10, r.r11);
    let _ = writeln!(out, "R12: {:016x} R13: {:016x} R14: {:016x} R15: {:016x}", r.r12, r.r13, r.r14, r.r15);
}

fn print_address(out: &mut Console, addr: u64) {
    let _ = match symbols::lookup(addr) {
        Some((name, offset, size)) => writeln!(out, " [<{addr:016x}>] {name}+{offset:#x}/{size:#x}"),
        None => writeln!(out, " [<{addr:016x}>] ?"),
    };
}

/// Walks the chain of saved frame pointers.
fn backtrace(out: &mut Console, mut frame: u64) {
    for _ in 0..MAX_FRAMES {
        if frame < DIRECT_MAP || !frame.is_multiple_of(8) {
            return;
        }
        // SAFETY: kernel frames lie on mapped stacks; the entry stubs end the chain with 0. A chain that was
        // overwritten can fault here, which ends in the nested case of `end`.
        let [next, addr] = unsafe { *(frame as *const [u64; 2]) };
        if addr < KERNEL_BASE {
            return;
        }
        print_address(out, addr);
        if next <= frame {
            return;
        }
        frame = next;
    }
}

#[cfg_attr(not(test), panic_handler)]
#[allow(dead_code, reason = "the host has its own")]
fn on_panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let regs = registers_here();
    let frame = regs.bp;
    match info.location() {
        Some(at) => {
            end(format_args!("{} at {}:{}", info.message(), at.file(), at.line()), Some(&regs), frame)
        }
        None => end(format_args!("{}", info.message()), Some(&regs), frame),
    }
}

/// All registers as they are here: those that a function keeps for its caller are still the ones of the code that
/// panicked, unless what stands between used them. (RDI is this function's own.)
#[inline(always)]
fn registers_here() -> PtRegs {
    let mut regs = PtRegs::default();
    // SAFETY: each store goes to a field of `regs`, whose layout is C's; nothing else is written but the
    // registers named, and the stack below the frame is not used.
    unsafe {
        core::arch::asm!(
            "mov [rdi], r15", "mov [rdi + 8], r14", "mov [rdi + 16], r13", "mov [rdi + 24], r12",
            "mov [rdi + 32], rbp", "mov [rdi + 40], rbx", "mov [rdi + 48], r11", "mov [rdi + 56], r10",
            "mov [rdi + 64], r9", "mov [rdi + 72], r8", "mov [rdi + 80], rax", "mov [rdi + 88], rcx",
            "mov [rdi + 96], rdx", "mov [rdi + 104], rsi", "mov [rdi + 112], rdi",
            "lea rax, [rip]", "mov [rdi + 128], rax", "mov eax, cs", "mov [rdi + 136], rax",
            "pushfq", "pop rax", "mov [rdi + 144], rax", "mov [rdi + 152], rsp",
            "mov eax, ss", "mov [rdi + 160], rax",
            in("rdi") &mut regs, out("rax") _);
    }
    regs.orig_ax = u64::MAX;
    regs
}
