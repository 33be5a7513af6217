//! rt_sigreturn(2): back from a handler to where the signal struck.

use super::fault;
use super::frame::{UC_OFFSET, UC_SIZE, UContext};
use super::nr::SIGSEGV;
use super::set::SigSet;
use super::wait::{do_sigaltstack, set_user_sigmask};
use crate::Cx;

/// Restores registers, mask, alternate stack and extended state from the frame that the
/// stack pointer is just above. A frame that doesn't hold ends in SIGSEGV. The result is
/// what `rax` shall be.
pub fn rt_sigreturn(cx: &mut Cx<'_>) -> u64 {
    // The handler's `ret` took the return address off.
    let frame = cx.regs.sp.wrapping_sub(8);
    if restore(cx, frame.wrapping_add(UC_OFFSET as u64)).is_none() {
        fault::force_sig(cx, SIGSEGV);
        return 0;
    }
    cx.regs.ax
}

fn restore(cx: &mut Cx<'_>, address: u64) -> Option<()> {
    let mut bytes = [0; UC_SIZE];
    // The frame's own PKRU is not in force yet, and the handler's may forbid its stack.
    hal::pkru::write(0);
    cx.mm().read_bytes(address, &mut bytes).ok()?;
    let image = UContext::from_bytes(&bytes);
    cx.task.rare.lock().restart = None;
    set_user_sigmask(cx.task, SigSet(image.sigmask()));
    // Selectors and addresses that can't be are left to IRET: its fault becomes the program's.
    image.to_regs(cx.regs);
    hal::fpu::restore_from_signal_frame(image.fpstate()).ok()?;
    // Linux ignores a stack that can't be set here.
    let _ = do_sigaltstack(cx, Some(image.stack()));
    Some(())
}
