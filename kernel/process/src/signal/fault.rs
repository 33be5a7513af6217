//! Processor exceptions in user mode become signals.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use hal::regs::PtRegs;
use mm::{Fault, FaultFlags};

use super::actions::{self, Action, SIG_DFL};
use super::crash_log;
use super::info::{SigInfo, code};
use super::nr::*;
use super::send::{Scope, send_locked};
use super::set::bit;
use super::umip::fixup_umip_exception;
use super::{Node, recalc_sigpending};
use crate::{Cx, Task, exit, oom};

/// Bits of a page fault's error code.
mod pf {
    pub const PROT: u64 = 1;
    pub const WRITE: u64 = 2;
    pub const USER: u64 = 4;
    pub const INSTR: u64 = 16;
    pub const PK: u64 = 32;
}

const GENERAL_PROTECTION: u64 = 13;
const PAGE_FAULT: u64 = 14;

/// A page fault at a user address, from user mode or from a user copy in the kernel.
/// `false`: a user copy that has to fail (EFAULT). In user mode the fault is either
/// repaired or has become a signal.
pub fn do_user_fault(regs: &mut PtRegs, addr: u64, error_code: u64) -> bool {
    let user = regs.user_mode();
    let has = |bit: u64| error_code & bit != 0;
    let flags = FaultFlags { write: has(pf::WRITE), exec: has(pf::INSTR), present: has(pf::PROT), user };
    let task = hal::thread::current_arc::<Task>();
    let Some(mm) = task.mm() else { return false };
    if user {
        not_a_system_call(regs);
    }
    let fault = match error_code & pf::PROT {
        // The processor's own access for an instruction of the program (QEMU's far returns look at the stack
        // so), to a page that is there and that SMAP closes: it would fault for ever.
        pf::PROT if user && error_code & pf::USER == 0 => Err(Fault::AccErr),
        _ if error_code & pf::PK != 0 => Err(mm.key_fault(addr)),
        _ if addr < mm::task_size_max() => mm.handle_fault(addr, flags),
        _ if user && crate::vsyscall::emulate(regs, addr, flags.exec) => return true,
        _ => Err(Fault::MapErr),
    };
    drop(mm);
    if fault == Err(Fault::Oom) && !user {
        // A copy for a system call: it is tried again, unless it is this process that had to go.
        oom::out_of_memory();
        return !task.fatal_signal_pending();
    }
    let Err(fault) = fault else {
        task.min_flt.fetch_add(1, Ordering::Relaxed);
        return true;
    };
    drop(task);
    if user {
        Cx::with(regs, |cx| signal_fault(cx, addr, error_code, fault));
    }
    user
}

fn signal_fault(cx: &mut Cx<'_>, addr: u64, error_code: u64, fault: Fault) {
    // A program learns nothing about which kernel addresses are mapped.
    let shown = if addr < mm::task_size_max() { error_code } else { error_code | pf::PROT };
    let info = match fault {
        Fault::MapErr | Fault::Guard => SigInfo::fault(SIGSEGV, code::SEGV_MAPERR, addr),
        Fault::AccErr => SigInfo::fault(SIGSEGV, code::SEGV_ACCERR, addr),
        Fault::Pkey(key) => SigInfo::pkey_fault(addr, key),
        Fault::Bus => SigInfo::fault(SIGBUS, code::BUS_ADRERR, addr),
        Fault::Oom => {
            // The instruction is tried again once the killed process has given memory back.
            oom::out_of_memory();
            return;
        }
    };
    if info.signo == SIGSEGV {
        crash_log::segfault(cx, addr, shown);
    }
    note_trap(cx.task, PAGE_FAULT, shown);
    cx.task.trap.cr2.store(addr, Ordering::Relaxed);
    force_sig_info(cx, info);
}

/// An instruction or a call that the kernel carried out for the program could not store its result at `addr`.
pub(crate) fn copy_failed(cx: &mut Cx<'_>, addr: u64) {
    note_trap(cx.task, PAGE_FAULT, pf::USER | pf::WRITE);
    cx.task.trap.cr2.store(addr, Ordering::Relaxed);
    force_sig_info(cx, SigInfo::fault(SIGSEGV, code::SEGV_MAPERR, addr));
}

/// Any other exception in user mode.
pub fn do_trap(regs: &mut PtRegs, vector: u64, error_code: u64) {
    not_a_system_call(regs);
    // Exceptions without an error code have all ones here; programs see 0.
    let error_code = if error_code == u64::MAX { 0 } else { error_code };
    Cx::with(regs, |cx| {
        if vector == GENERAL_PROTECTION && (fixup_umip_exception(cx) || fixup_iopl_exception(cx)) {
            return;
        }
        let ip = cx.regs.ip;
        let info = match vector {
            0 => SigInfo::fault(SIGFPE, code::FPE_INTDIV, ip),
            1 => SigInfo::fault(SIGTRAP, debug_code(error_code), ip),
            2 | 3 => SigInfo::kernel(SIGTRAP),
            6 => SigInfo::fault(SIGILL, code::ILL_ILLOPN, ip),
            9 => SigInfo::kernel(SIGFPE),
            11 | 12 => SigInfo::kernel(SIGBUS),
            16 | 19 => {
                let Some(code) = math_code(hal::fpu::pending_exceptions(vector == 19)) else { return };
                SigInfo::fault(SIGFPE, code, ip)
            }
            17 => SigInfo::fault(SIGBUS, code::BUS_ADRALN, 0),
            _ => SigInfo::kernel(SIGSEGV),
        };
        // A debug exception has DR6 in the place of an error code.
        note_trap(cx.task, vector, if vector == 1 { 0 } else { error_code });
        if let Some(what) = exception_name(vector) {
            crash_log::trap(cx, what, info.signo, error_code);
        }
        force_sig_info(cx, info);
    });
}

/// CLI and STI of a program that has asked for I/O privilege level 3: it goes on as if they had done something.
fn fixup_iopl_exception(cx: &mut Cx<'_>) -> bool {
    const CLI: u8 = 0xfa;
    const STI: u8 = 0xfb;
    let mut opcode = [0];
    if cx.task.thread.context.io_level() != 3
        || cx.mm().read_bytes(cx.regs.ip, &mut opcode).is_err()
        || !matches!(opcode, [CLI | STI])
    {
        return false;
    }
    if cx.task.thread.context.first_cli() {
        crash_log::cli(cx);
    }
    cx.regs.ip = cx.regs.ip.wrapping_add(1);
    true
}

/// What the log calls an exception; it says nothing about breakpoints and floating point.
fn exception_name(vector: u64) -> Option<&'static str> {
    Some(match vector {
        0 => "trap divide error",
        4 => "trap overflow",
        6 => "trap invalid opcode",
        9 => "trap coprocessor segment overrun",
        11 => "trap segment not present",
        12 => "trap stack segment",
        13 => "general protection fault",
        17 => "trap alignment check",
        _ => return None,
    })
}

/// The error code lies where a system call's number does: nothing may be restarted by it.
fn not_a_system_call(regs: &mut PtRegs) {
    regs.orig_ax = u64::MAX;
}

fn note_trap(task: &Task, vector: u64, error_code: u64) {
    task.trap.trap_nr.store(vector, Ordering::Relaxed);
    task.trap.error_code.store(error_code, Ordering::Relaxed);
}

/// `si_code` of a debug exception, by DR6: a single step or a branch, a breakpoint or watchpoint, or none of them (INT1).
fn debug_code(status: u64) -> i32 {
    const STEP_OR_TASK_SWITCH: u64 = 0xc000;
    const BREAKPOINTS: u64 = 0xf;
    if status & STEP_OR_TASK_SWITCH != 0 {
        code::TRAP_TRACE
    } else if status & BREAKPOINTS != 0 {
        code::TRAP_HWBKPT
    } else {
        code::TRAP_BRKPT
    }
}

/// `si_code` for unmasked floating-point exceptions (the low six bits of the x87 status
/// word or of MXCSR); none for a spurious one.
fn math_code(exceptions: u32) -> Option<i32> {
    const INVALID: u32 = 1;
    const ZERO_DIVIDE: u32 = 4;
    const OVERFLOW: u32 = 8;
    const UNDERFLOW_OR_DENORMAL: u32 = 0x12;
    const PRECISION: u32 = 0x20;
    let has = |bits: u32| exceptions & bits != 0;
    if has(INVALID) {
        Some(code::FPE_FLTINV)
    } else if has(ZERO_DIVIDE) {
        Some(code::FPE_FLTDIV)
    } else if has(OVERFLOW) {
        Some(code::FPE_FLTOVF)
    } else if has(UNDERFLOW_OR_DENORMAL) {
        Some(code::FPE_FLTUND)
    } else if has(PRECISION) {
        Some(code::FPE_FLTRES)
    } else {
        None
    }
}

/// Sends `signal` to the running thread in a way that it can't block or ignore.
pub fn force_sig(cx: &Cx<'_>, signal: i32) {
    force_sig_info(cx, SigInfo::kernel(signal));
}

/// As [`force_sig`], with a fault's code and address.
pub fn force_sig_fault(cx: &Cx<'_>, signal: i32, code: i32, addr: u64) {
    force_sig_info(cx, SigInfo::fault(signal, code, addr));
}

fn force_sig_info(cx: &Cx<'_>, info: SigInfo) {
    let signal = info.signo;
    let task = hal::thread::current_arc::<Task>();
    let node = Node::new(info, task.user.get(), u64::MAX, true);
    let sighand = cx.sighand();
    let rest = {
        let mut state = task.group.state.lock();
        let action = sighand.get(signal);
        let blocked = task.blocked.load(Ordering::Relaxed) & bit(signal) != 0;
        if blocked || action.handler == actions::SIG_IGN {
            sighand.set(signal, Action { handler: SIG_DFL, ..action });
            task.blocked.fetch_and(!bit(signal), Ordering::Relaxed);
            recalc_sigpending(&task);
        }
        if sighand.get(signal).handler == SIG_DFL {
            // Even init dies of its own faults.
            task.group.unkillable.store(false, Ordering::Relaxed);
        }
        send_locked(&mut state, signal, node, &task, Scope::Thread, true)
    };
    drop(rest);
}

/// Kills the process with `signal`, whatever handlers it has: execve failed past the point
/// where the old program could be told.
pub fn force_fatal(cx: &mut Cx<'_>, signal: i32) {
    cx.sighand().set(signal, Action::default());
    force_sig(cx, signal);
}

/// For callers that have an `Arc`: ends the process of `task` as SIGKILL does.
pub(crate) fn kill_process(task: &Arc<Task>) {
    let _ = super::send_signal(SigInfo::kernel(SIGKILL), task, Scope::Process);
}

impl Cx<'_> {
    /// Ends the running thread's process with a signal's wait status; for exit paths.
    pub fn exit_group(&mut self, status: i32) -> ! {
        exit::do_group_exit(self, status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_exceptions() {
        assert_eq!(debug_code(0x4001), code::TRAP_TRACE);
        assert_eq!(debug_code(0x0001), code::TRAP_HWBKPT);
        assert_eq!(debug_code(0), code::TRAP_BRKPT);
    }

    #[test]
    fn floating_point_exceptions_have_linux_s_precedence() {
        assert_eq!(math_code(0), None);
        assert_eq!(math_code(0x3f), Some(code::FPE_FLTINV));
        assert_eq!(math_code(0x24), Some(code::FPE_FLTDIV));
        assert_eq!(math_code(0x02), Some(code::FPE_FLTUND));
        assert_eq!(math_code(0x20), Some(code::FPE_FLTRES));
    }
}
