//! The functions that hal calls and the kernel's binary defines: the only way up.

use crate::regs::PtRegs;

unsafe extern "C" {
    /// The boot processor is set up; runs on the boot stack, interrupts off.
    pub(crate) safe fn kernel_main() -> !;
    /// Another processor is set up; interrupts off.
    pub(crate) safe fn secondary_main(cpu: u32) -> !;
    /// A page fault at `addr`. Interrupts are as they were where it happened. False if a fault of the
    /// kernel itself could not be repaired; a program's is always dealt with (by a signal).
    pub(crate) safe fn do_page_fault(regs: &mut PtRegs, addr: u64, error_code: u64) -> bool;
    /// An exception in a program.
    pub(crate) safe fn do_trap(regs: &mut PtRegs, vector: u64, error_code: u64);
    /// This processor's timer has run out; interrupts off.
    pub(crate) safe fn timer_interrupt();
    /// Another processor asked this one to look at its flags; interrupts off.
    pub(crate) safe fn reschedule_interrupt();
    /// An exception or interrupt has come from a program; interrupts off.
    pub(crate) safe fn irqentry_enter_from_user_mode();
    /// And goes back to one; interrupts off at entry and at return.
    pub(crate) safe fn irqentry_exit_to_user_mode(regs: &mut PtRegs);
}
