//! The road of a system call, from the stub in hal to the table and back.

use hal::regs::{PtRegs, USER_CS, USER_DS};
use hal::thread::flags::{EXIT_WORK, SYSCALL_WORK};
use process::Task;

/// RFLAGS.TF and RFLAGS.RF: SYSRET would set them in an order that differs from IRET's.
const TF: u64 = 1 << 8;
const RF: u64 = 1 << 16;
const ENOSYS: i64 = -38;

/// Entry accounting: what ran until now was the program's.
#[inline(always)]
fn enter_from_user_mode() {
    hal::thread::with_current(|task: &Task| task.thread.account_user_exit());
}

#[inline(always)]
fn exit_to_user_mode() {
    hal::thread::with_current(|task: &Task| task.thread.account_user_enter());
}

hal::export_fn! {
    /// SYSCALL from 64-bit code. Interrupts are off at entry and at return. Returns whether SYSRET
    /// would bring the program exactly what `regs` holds.
    pub extern "C" fn do_syscall_64(regs: &mut PtRegs, nr: i64) -> bool {
        enter_from_user_mode();
        hal::irq::enable();
        if hal::thread::current_flags() & SYSCALL_WORK != 0 {
            syscall_trace_enter(regs);
        }
        do_syscall_x64(regs, nr as u32);
        syscall_exit_to_user_mode(regs);
        // SYSRET takes RIP from RCX and RFLAGS from R11, and faults in kernel mode on a RIP that is not
        // canonical (SDM vol. 2, SYSRET); everything else goes back by IRET.
        regs.cx == regs.ip
            && regs.r11 == regs.flags
            && regs.cs == USER_CS
            && regs.ss == USER_DS
            && regs.ip < hal::mem::TASK_SIZE_MAX
            && regs.flags & (TF | RF) == 0
    }

    /// Looks the number up and calls the handler; rax gets the answer.
    #[inline(never)]
    pub extern "C" fn do_syscall_x64(regs: &mut PtRegs, nr: u32) {
        regs.ax = match hal::nospec::get(&syscall::dispatch::sys_call_table, nr as usize) {
            Some(call) => call(regs),
            None => ENOSYS,
        } as u64;
    }

    /// The way back to user mode: work that is due, rechecked with interrupts off.
    #[inline(never)]
    pub extern "C" fn syscall_exit_to_user_mode(regs: &mut PtRegs) {
        hal::irq::disable();
        exit_to_user_mode_loop(regs);
        exit_to_user_mode();
    }

    /// An exception or interrupt has come from a program; interrupts are off.
    pub extern "C" fn irqentry_enter_from_user_mode() {
        enter_from_user_mode();
    }

    /// And goes back to one.
    pub extern "C" fn irqentry_exit_to_user_mode(regs: &mut PtRegs) {
        exit_to_user_mode_loop(regs);
        exit_to_user_mode();
    }

    /// A page fault: of a program, or of the kernel at a program's address.
    pub extern "C" fn do_page_fault(regs: &mut PtRegs, addr: u64, error_code: u64) -> bool {
        process::do_user_fault(regs, addr, error_code)
    }

    /// An exception in a program.
    pub extern "C" fn do_trap(regs: &mut PtRegs, vector: u64, error_code: u64) {
        process::do_trap(regs, vector, error_code);
    }

    /// The timer of this processor.
    pub extern "C" fn timer_interrupt() {
        sched::timer_interrupt();
    }

    /// Another processor has changed this one's flags.
    pub extern "C" fn reschedule_interrupt() {
        sched::reschedule_interrupt();
    }

    /// A new thread's first steps; interrupts are off at entry and at return.
    pub extern "C" fn ret_from_fork_upcall(regs: &mut PtRegs) {
        sched::finish_switch();
        hal::irq::enable();
        process::ret_from_fork(regs);
        hal::irq::disable();
        exit_to_user_mode_loop(regs);
        exit_to_user_mode();
    }
}

/// Until nothing is left to do: reschedule, signals, resume notes.
#[inline(always)]
fn exit_to_user_mode_loop(regs: &mut PtRegs) {
    loop {
        let todo = hal::thread::current_flags() & EXIT_WORK;
        if todo == 0 {
            return;
        }
        hal::irq::enable();
        process::exit_to_user_mode_work(regs, todo);
        hal::irq::disable();
    }
}

/// What stands at the door on the way in. Nothing sets its flags yet.
#[cold]
fn syscall_trace_enter(_regs: &mut PtRegs) {}
