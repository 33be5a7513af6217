//! What the kernel's log says about programs that crash (`debug.exception-trace`, `kernel.print-fatal-signals`).

use core::fmt;
use core::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use hal::log;
use hal::log::INFO;

use super::actions::{SIG_DFL, SIG_IGN};
use super::nr::{SIGKILL, SIGSEGV};
use crate::Cx;

/// Level of what should not happen at all: process 1 crashes.
const EMERGENCY: u8 = 0;
/// So many messages are logged in so long a time, at most.
const BURST: u64 = 10;
const INTERVAL_NS: u64 = 5_000_000_000;

/// `debug.exception-trace`.
pub static EXCEPTION_TRACE: AtomicI32 = AtomicI32::new(1);
/// `kernel.print-fatal-signals`.
pub static PRINT_FATAL_SIGNALS: AtomicI32 = AtomicI32::new(0);

/// When the running interval began, and what has been logged in it.
struct RateLimit {
    began_ns: AtomicU64,
    logged: AtomicU64,
    missed: AtomicU64,
}

static LIMIT: RateLimit =
    RateLimit { began_ns: AtomicU64::new(0), logged: AtomicU64::new(0), missed: AtomicU64::new(0) };

impl RateLimit {
    /// Whether another message may be logged. Two processors at once may be off by one.
    fn allows(&self) -> bool {
        let now = sched::clock::monotonic_ns();
        if now.saturating_sub(self.began_ns.load(Ordering::Relaxed)) >= INTERVAL_NS {
            self.began_ns.store(now, Ordering::Relaxed);
            self.logged.store(0, Ordering::Relaxed);
            let missed = self.missed.swap(0, Ordering::Relaxed);
            if missed != 0 {
                log::print(4, format_args!("show_signal_msg: {missed} callbacks suppressed"));
            }
        }
        if self.logged.fetch_add(1, Ordering::Relaxed) < BURST {
            return true;
        }
        self.missed.fetch_add(1, Ordering::Relaxed);
        false
    }
}

/// Whether the signal would end the process rather than reach a handler.
fn unhandled(cx: &Cx<'_>, signal: i32) -> bool {
    if cx.task.tgid() == 1 {
        return true;
    }
    let handler = cx.sighand().get(signal).handler;
    (handler == SIG_DFL || handler == SIG_IGN)
        && !cx.task.fatal_signal_pending()
        && !cx.task.trace.is_traced()
}

/// ` in NAME[START+SIZE]`, for the file that the program's instructions come from.
struct Place<'a, 'b>(&'a Cx<'b>);

impl fmt::Display for Place<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut found = None;
        let ip = self.0.regs.ip;
        self.0.mm().visit_vmas_from(ip, |vma| {
            if vma.start <= ip {
                found = vma.file().map(|file| (file.clone(), vma.start, vma.len()));
            }
            false
        });
        let Some((file, start, len)) = found else { return Ok(()) };
        let mut name = LastComponent { text: [0; 64], len: 0 };
        file.write_path(&mut name)?;
        let name = name.text.get(..name.len).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or("?");
        write!(f, " in {name}[{start:x}+{len:x}]")
    }
}

/// Keeps what stands behind the last slash.
struct LastComponent {
    text: [u8; 64],
    len: usize,
}

impl fmt::Write for LastComponent {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if byte == b'/' {
                self.len = 0;
            } else if let Some(slot) = self.text.get_mut(self.len) {
                *slot = byte;
                self.len += 1;
            }
        }
        Ok(())
    }
}

/// A program with I/O privilege level 3 tries to change the interrupt flag; logged once for each thread.
pub(super) fn cli(cx: &Cx<'_>) {
    const ERROR: u8 = 3;
    let (task, ip) = (cx.task, cx.regs.ip);
    let (comm, pid) = (task.comm(), task.pid());
    log::print(
        ERROR,
        format_args!("{comm}[{pid}] attempts to use CLI/STI, pretending it's a NOP, ip:{ip:x}{}", Place(cx)),
    );
}

/// A page fault that becomes an unhandled SIGSEGV.
pub(super) fn segfault(cx: &Cx<'_>, addr: u64, error_code: u64) {
    if EXCEPTION_TRACE.load(Ordering::Relaxed) == 0 || !unhandled(cx, SIGSEGV) || !LIMIT.allows() {
        return;
    }
    let (task, regs) = (cx.task, &*cx.regs);
    let level = if task.tgid() == 1 { EMERGENCY } else { INFO };
    log::print(
        level,
        format_args!(
            "{}[{}]: segfault at {addr:x} ip {:016x} sp {:016x} error {error_code:x}{}",
            task.comm(),
            task.pid(),
            regs.ip,
            regs.sp,
            Place(cx)
        ),
    );
    code(cx, level);
}

/// The bytes around the instruction, as Linux's scripts/decodecode reads them.
fn code(cx: &Cx<'_>, level: u8) {
    const BEFORE: u64 = 42;
    const LEN: usize = 64;
    let mut bytes = [0; LEN];
    let start = cx.regs.ip.wrapping_sub(BEFORE);
    if start > cx.regs.ip || cx.mm().read_remote(start, &mut bytes) != LEN {
        log::print(level, format_args!("Code: Unable to access opcode bytes at 0x{start:x}."));
        return;
    }
    log::print(level, format_args!("Code:{}", Opcodes(&bytes, BEFORE as usize)));
}

struct Opcodes<'a>(&'a [u8], usize);

impl fmt::Display for Opcodes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, byte) in self.0.iter().enumerate() {
            if nth == self.1 {
                write!(f, " <{byte:02x}>")?;
            } else {
                write!(f, " {byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Another exception that becomes an unhandled signal.
pub(super) fn trap(cx: &Cx<'_>, what: &str, signal: i32, error_code: u64) {
    if EXCEPTION_TRACE.load(Ordering::Relaxed) == 0 || !unhandled(cx, signal) || !LIMIT.allows() {
        return;
    }
    let (task, regs) = (cx.task, &*cx.regs);
    log::print(
        INFO,
        format_args!(
            "traps: {}[{}] {what} ip:{:x} sp:{:x} error:{error_code:x}{}",
            task.comm(),
            task.pid(),
            regs.ip,
            regs.sp,
            Place(cx)
        ),
    );
}

/// A signal is about to end the process with a core.
pub(super) fn fatal(cx: &Cx<'_>, signal: i32) {
    if PRINT_FATAL_SIGNALS.load(Ordering::Relaxed) == 0 || signal == SIGKILL {
        return;
    }
    let r = &*cx.regs;
    let say = |args: fmt::Arguments<'_>| log::print(INFO, args);
    say(format_args!("{}: potentially unexpected fatal signal {signal}.", cx.task.comm()));
    say(format_args!("CPU: {} PID: {} Comm: {}", cx.task.thread.cpu(), cx.task.pid(), cx.task.comm()));
    say(format_args!("RIP: {:04x}:0x{:x}", r.cs, r.ip));
    say(format_args!("RSP: {:04x}:{:016x} EFLAGS: {:08x} ORIG_RAX: {:016x}", r.ss, r.sp, r.flags, r.orig_ax));
    say(format_args!("RAX: {:016x} RBX: {:016x} RCX: {:016x}", r.ax, r.bx, r.cx));
    say(format_args!("RDX: {:016x} RSI: {:016x} RDI: {:016x}", r.dx, r.si, r.di));
    say(format_args!("RBP: {:016x} R08: {:016x} R09: {:016x}", r.bp, r.r8, r.r9));
    say(format_args!("R10: {:016x} R11: {:016x} R12: {:016x}", r.r10, r.r11, r.r12));
    say(format_args!("R13: {:016x} R14: {:016x} R15: {:016x}", r.r13, r.r14, r.r15));
}
