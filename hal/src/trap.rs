//! Exceptions and interrupts, as the entry stubs hand them over.

use crate::mem::task_size_max;
use crate::regs::PtRegs;
use crate::{entry, irq, msr, nmi, panic, percpu, upcalls};

const DEBUG: u64 = 1;
const NMI: u64 = 2;
const DOUBLE_FAULT: u64 = 8;
const PAGE_FAULT: u64 = 14;
const MACHINE_CHECK: u64 = 18;
/// First vector that isn't an exception.
const FIRST_IRQ: u64 = 32;
/// DR6 with nothing to report (SDM vol. 3, 18.2.3).
const DR6_RESET: u64 = 0xffff_0ff0;
/// RFLAGS.IF.
const INTERRUPT_FLAG: u64 = 1 << 9;
/// Page-fault error code: the access came from user mode.
const FROM_USER: u64 = 4;

/// An instruction that may fault and where to go on then; both relative to the field.
#[repr(C)]
struct Fixup {
    insn: i32,
    target: i32,
}

unsafe extern "C" {
    static _ex_table_start: [Fixup; 0];
    static _ex_table_end: [Fixup; 0];
    fn iret_to_user();
}

fn fixups() -> &'static [Fixup] {
    // SAFETY: the linker script puts all entries between the two symbols.
    unsafe {
        let start = (&raw const _ex_table_start).cast::<Fixup>();
        let end = (&raw const _ex_table_end).cast::<Fixup>();
        core::slice::from_raw_parts(start, end.offset_from(start) as usize)
    }
}

/// Where to go on when the instruction at `ip` faults, if it is one that may.
fn fixup(ip: u64) -> Option<u64> {
    let relative = |field: &i32| (field as *const i32 as u64).wrapping_add_signed(i64::from(*field));
    fixups().iter().find(|entry| relative(&entry.insn) == ip).map(|entry| relative(&entry.target))
}

/// Called by the stubs with interrupts off. Returns the registers to go back to: `regs`, or another
/// frame on the thread's stack.
#[unsafe(no_mangle)]
extern "C" fn trap_dispatch(regs: &mut PtRegs, vector: u64) -> *mut PtRegs {
    if vector == NMI {
        // It may have come at any instruction: nothing that it interrupted is looked at, and nothing that is due on
        // the way to user mode is done, for that would run with NMIs blocked.
        nmi::handle(regs);
    } else if regs.user_mode() {
        upcalls::irqentry_enter_from_user_mode();
        from_user(regs, vector);
        irq::disable();
        upcalls::irqentry_exit_to_user_mode(regs);
    } else if vector >= FIRST_IRQ {
        irq::dispatch(vector as u8, regs);
    } else if regs.ip == iret_to_user as *const () as u64 && !has_own_stack(vector) {
        return bad_iret(regs, vector);
    } else {
        from_kernel(regs, vector);
    }
    regs
}

/// Whether the stub comes back to where the exception was, whatever frame it is handed.
fn has_own_stack(vector: u64) -> bool {
    matches!(vector, DEBUG | DOUBLE_FAULT | MACHINE_CHECK)
}

fn from_user(regs: &mut PtRegs, vector: u64) {
    let error_code = regs.orig_ax;
    match vector {
        FIRST_IRQ.. => {
            regs.orig_ax = u64::MAX;
            irq::dispatch(vector as u8, regs);
        }
        MACHINE_CHECK => panic::die("machine check", regs),
        PAGE_FAULT => {
            let addr = msr::cr2();
            regs.orig_ax = u64::MAX;
            irq::enable();
            let _ = upcalls::do_page_fault(regs, addr, error_code);
        }
        DEBUG => {
            // What happened stands in DR6, which the processor never clears.
            let status = msr::dr6();
            // SAFETY: the value that DR6 has after a reset; the kernel sets no breakpoints.
            unsafe { msr::set_dr6(DR6_RESET) };
            regs.orig_ax = u64::MAX;
            irq::enable();
            upcalls::do_trap(regs, vector, status & !DR6_RESET);
        }
        _ => {
            regs.orig_ax = u64::MAX;
            irq::enable();
            upcalls::do_trap(regs, vector, error_code);
        }
    }
}

fn from_kernel(regs: &mut PtRegs, vector: u64) {
    let error_code = regs.orig_ax;
    match vector {
        DEBUG => {
            // SAFETY: the value that DR6 has after a reset; the kernel sets no breakpoints.
            unsafe { msr::set_dr6(DR6_RESET) };
            // A data breakpoint that a program left behind, or its single step into SYSENTER, which goes on until
            // the stub has saved TF. The other doors mask it.
            if !entry::is_sysenter_singlestep(regs.ip) {
                regs.flags &= !(1 << 8);
            }
        }
        DOUBLE_FAULT => panic::die("double fault (kernel stack overflow?)", regs),
        MACHINE_CHECK => panic::die("machine check", regs),
        PAGE_FAULT => {
            let addr = msr::cr2();
            let target = fixup(regs.ip);
            let may_wait = !percpu::here().faults_off.load(core::sync::atomic::Ordering::Relaxed);
            if may_wait && addr < task_size_max() && target.is_some() && error_code & FROM_USER == 0 {
                if regs.flags & INTERRUPT_FLAG != 0 {
                    irq::enable();
                }
                let repaired = upcalls::do_page_fault(regs, addr, error_code);
                irq::disable();
                if repaired {
                    return;
                }
            }
            match target {
                Some(target) => regs.ip = target,
                None => panic::die_at("page fault in the kernel", regs, addr),
            }
        }
        _ => match fixup(regs.ip) {
            Some(target) => regs.ip = target,
            None => panic::die(name(vector), regs),
        },
    }
}

/// The IRET to a program refused the program's CS, SS or RIP. The program's general registers are
/// already loaded and its IRET frame is still on the stack: put both together to what the registers
/// would be if the fault had come from the program itself, which gets a signal for it.
fn bad_iret(regs: &mut PtRegs, vector: u64) -> *mut PtRegs {
    // SAFETY: the faulting IRET's operands are the five words at the interrupted stack pointer.
    let [ip, cs, flags, sp, ss] = unsafe { *(regs.sp as *const [u64; 5]) };
    let user = PtRegs { ip, cs: cs | 3, flags, sp, ss, orig_ax: u64::MAX, ..*regs };
    let error_code = regs.orig_ax;
    // SAFETY: this processor's own field.
    let top = unsafe { *percpu::here().stack_top.get() };
    let frame = (top - size_of::<PtRegs>() as u64) as *mut PtRegs;
    // SAFETY: the top of the thread's stack holds the frame of the entry that is being left; the
    // running frames lie below it, because the processor pushed this fault's frame under the IRET's.
    let frame = unsafe {
        frame.write(user);
        &mut *frame
    };
    // The way out had counted as done.
    upcalls::irqentry_enter_from_user_mode();
    irq::enable();
    upcalls::do_trap(frame, vector, error_code);
    irq::disable();
    upcalls::irqentry_exit_to_user_mode(frame);
    frame
}

fn name(vector: u64) -> &'static str {
    match vector {
        0 => "divide error",
        3 => "breakpoint",
        4 => "overflow",
        5 => "bound range exceeded",
        6 => "invalid opcode",
        7 => "device not available",
        10 => "invalid TSS",
        11 => "segment not present",
        12 => "stack segment fault",
        13 => "general protection fault",
        16 => "x87 floating-point exception",
        17 => "alignment check",
        19 => "SIMD floating-point exception",
        _ => "unexpected exception",
    }
}
