//! The road of a system call, from the stub in hal to the table and back.

use hal::regs::PtRegs;
use hal::thread::Current;
use hal::thread::flags::{EXIT_WORK, SYSCALL_WORK};
use process::Task;

hal::export_fn! {
    /// SYSCALL from 64-bit code. Interrupts are off at entry and at return; rax holds -ENOSYS until a
    /// handler answers. The stub then chooses SYSRET or IRET by what `regs` holds.
    pub extern "C" fn do_syscall_64(regs: &mut PtRegs, nr: usize, current: Current<'_>) {
        let task: &Task = current.task();
        // enter_from_user_mode
        task.thread.account_user_exit();
        hal::irq::enable();
        let nr = match task.thread.context.flags() & SYSCALL_WORK {
            0 => nr,
            _ => syscall_trace_enter(regs),
        };
        do_syscall_x64(regs, nr);
        syscall_exit_to_user_mode(regs, task);
    }
}

/// Looks the number up and calls the handler; rax gets the answer.
#[inline(always)]
fn do_syscall_x64(regs: &mut PtRegs, nr: usize) {
    match hal::nospec::get(&syscall::dispatch::sys_call_table, nr) {
        Some(call) => regs.ax = call(regs) as u64,
        // The straight way is the one of calls that exist.
        None => {
            core::hint::cold_path();
            do_syscall_x32(regs, nr);
        }
    }
}

/// The numbers with x32's bit.
#[cold]
#[inline(never)]
fn do_syscall_x32(regs: &mut PtRegs, nr: usize) {
    let number = nr ^ abi::call::X32_SYSCALL_BIT as usize;
    if process::exec::x32_enabled()
        && let Some(call) = hal::nospec::get(&syscall::dispatch::x32_sys_call_table, number)
    {
        regs.ax = call(regs) as u64;
    }
}

/// The way back to user mode: work that is due, rechecked with interrupts off.
#[inline(always)]
fn syscall_exit_to_user_mode(regs: &mut PtRegs, task: &Task) {
    hal::irq::disable();
    hal::export_label!(syscall_exit_to_user_mode);
    exit_work(regs, task);
}

/// What is due on the way out, by any door. Interrupts are off.
#[inline(always)]
pub(crate) fn exit_work(regs: &mut PtRegs, task: &Task) {
    let todo = task.thread.context.flags() & EXIT_WORK;
    if todo != 0 {
        exit_to_user_mode_loop(regs);
    }
    sync::debug::assert_nothing_held();
    task.thread.account_user_enter();
}

#[inline(always)]
fn exit_to_user_mode() {
    hal::thread::with_current(|task: &Task| task.thread.account_user_enter());
}

hal::export_fn! {
    /// An exception or interrupt has come from a program; interrupts are off.
    pub extern "C" fn irqentry_enter_from_user_mode() {
        hal::thread::with_current(|task: &Task| task.thread.account_user_exit());
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
#[cold]
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

/// What stands at the door on the way in; gives the number to call, which whoever looks may change.
/// Nothing sets its flags yet.
#[cold]
#[inline(never)]
pub(crate) fn syscall_trace_enter(regs: &mut PtRegs) -> usize {
    regs.orig_ax as u32 as usize
}
