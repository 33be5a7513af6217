//! The road of a system call that comes through a 32-bit door: INT 0x80, SYSENTER, and SYSCALL from 32-bit code.

use hal::regs::{PtRegs, USER_DS, USER32_CS};
use hal::thread::Current;
use hal::thread::flags::SYSCALL_WORK;
use process::Task;

use crate::entry::{exit_work, syscall_trace_enter};

const FLAG_TF: u64 = 1 << 8;
const FLAG_IF: u64 = 1 << 9;
const FLAG_RF: u64 = 1 << 16;

hal::export_fn! {
    /// INT 0x80, from 32- or 64-bit code. Interrupts are off at entry and at return; ax holds -ENOSYS until a handler
    /// answers. The stub returns by IRET.
    pub extern "C" fn do_int80_syscall_32(regs: &mut PtRegs, current: Current<'_>) {
        let task: &Task = current.task();
        task.thread.account_user_exit();
        task.thread.context.set_compat_call(true);
        hal::irq::enable();
        do_syscall_32_irqs_on(regs, task);
        exit_to_user_mode(regs, task);
    }

    /// SYSENTER. It loses the stack pointer, which the vDSO left in ebp, and clears IF, which was set: the program
    /// could not have run without it. Answers as [`do_fast_syscall_32`].
    pub extern "C" fn do_SYSENTER_32(regs: &mut PtRegs, current: Current<'_>) -> bool {
        regs.sp = regs.bp;
        regs.flags |= FLAG_IF;
        do_fast_syscall_32(regs, current)
    }

    /// SYSCALL from 32-bit code, and what SYSENTER has in common with it: the word at the stack pointer is the sixth
    /// argument. True if the stub may return by SYSRETL, else it must by IRET.
    pub extern "C" fn do_fast_syscall_32(regs: &mut PtRegs, current: Current<'_>) -> bool {
        let task: &Task = current.task();
        task.thread.account_user_exit();
        task.thread.context.set_compat_call(true);
        // Behind an INT 0x80 in the vDSO: a call that is restarted comes in by that door.
        let landing_pad = process::landing_pad(regs);
        regs.ip = landing_pad;
        hal::irq::enable();
        let Some(sixth) = hal::uaccess::get_user::<u32>(u64::from(regs.sp as u32)) else {
            core::hint::cold_path();
            regs.ax = -i64::from(abi::Errno::EFAULT.code()) as u64;
            // As Linux leaves it: what could not be read counts as 0.
            regs.bp &= !u64::from(u32::MAX);
            exit_to_user_mode(regs, task);
            return false;
        };
        regs.bp = regs.bp & !u64::from(u32::MAX) | u64::from(sixth);
        do_syscall_32_irqs_on(regs, task);
        exit_to_user_mode(regs, task);
        // ecx is of no account, but what SYSRETL sets without asking must be what the program had; and it can't set
        // TF and RF as IRET does.
        regs.ip == landing_pad
            && regs.cs == USER32_CS
            && regs.ss == USER_DS
            && regs.flags & (FLAG_TF | FLAG_RF) == 0
    }
}

/// Looks the number up in the i386 table and calls the handler.
#[inline(always)]
fn do_syscall_32_irqs_on(regs: &mut PtRegs, task: &Task) {
    let nr = match task.thread.context.flags() & SYSCALL_WORK {
        0 => regs.orig_ax as u32,
        _ => syscall_trace_enter(regs) as u32,
    };
    match hal::nospec::get(&syscall::dispatch::ia32_sys_call_table, nr as usize) {
        Some(call) => regs.ax = call(regs) as u64,
        None => core::hint::cold_path(),
    }
}

#[inline(always)]
fn exit_to_user_mode(regs: &mut PtRegs, task: &Task) {
    hal::irq::disable();
    exit_work(regs, task);
    task.thread.context.set_compat_call(false);
}
