//! The signal frame of x32 programs: `struct rt_sigframe_x32 { pretcode, struct ucontext_x32, compat_siginfo_t }`. The
//! registers in it are those of 64 bits, what surrounds them has 32-bit pointers.

use abi::Errno;
use abi::layout::{SiginfoLayout, SiginfoX32};

use super::actions::{Action, sa};
use super::fault;
use super::frame::{self, Layout, UContext};
use super::info::SigInfo;
use super::nr::SIGSEGV;
use super::set::SigSet;
use super::wait::{do_sigaltstack, set_user_sigmask, ss};
use crate::Cx;
use crate::task::AltStack;

/// Offsets in `struct ucontext_x32`.
mod uc {
    pub const STACK: usize = 8;
    pub const CONTEXT: usize = 24;
    pub const SIGMASK: usize = CONTEXT + super::frame::CONTEXT_SIZE;
    pub const SIZE: usize = SIGMASK + 8;
}
/// Offsets in the frame.
const UC: usize = 8;
const INFO: usize = UC + uc::SIZE;
const FRAME_SIZE: usize = INFO + 128;

/// Writes the frame and points the registers at the handler. An error leaves the registers as they were.
pub(super) fn setup(cx: &mut Cx<'_>, info: &SigInfo, action: &Action, mask: u64) -> Result<(), Errno> {
    if action.flags & sa::RESTORER == 0 {
        return Err(Errno::EFAULT);
    }
    let alt = cx.task.rare.lock().alt_stack;
    let fpu_size = hal::fpu::signal_frame_size() as u64;
    let on_alt = action.flags & sa::ONSTACK != 0;
    let layout = frame::place_sized(cx.regs.sp, &alt, on_alt, fpu_size, FRAME_SIZE).ok_or(Errno::EFAULT)?;
    let Layout { frame, fpstate } = layout;
    if frame >= mm::task_size_max() {
        return Err(Errno::EFAULT);
    }
    let image = image(cx, info, action, mask, &alt, fpstate);
    frame::write_frame(cx, &alt, |cx, pkru| {
        hal::fpu::save_to_signal_frame(fpstate, pkru).map_err(|_| Errno::EFAULT)?;
        cx.mm().write_bytes(frame, &image)
    })?;
    frame::enter_handler(cx.regs, info.signo, action.handler, frame, [INFO, UC]);
    hal::fpu::reset_for_signal();
    Ok(())
}

fn image(
    cx: &Cx<'_>,
    info: &SigInfo,
    action: &Action,
    mask: u64,
    alt: &AltStack,
    fpstate: u64,
) -> [u8; FRAME_SIZE] {
    let context = UContext::of(cx, mask, alt, fpstate);
    let stack_flags = if alt.size == 0 { alt.flags | ss::DISABLE } else { alt.flags };
    let mut bytes = [0; FRAME_SIZE];
    bytes[..UC].copy_from_slice(&action.restorer.to_le_bytes());
    let image = &mut bytes[UC..INFO];
    let words = [context.flags() as u32, 0, alt.sp as u32, stack_flags, alt.size as u32];
    for (to, from) in image.chunks_exact_mut(4).zip(words) {
        to.copy_from_slice(&from.to_le_bytes());
    }
    image[uc::CONTEXT..uc::SIGMASK].copy_from_slice(&context.context_bytes());
    image[uc::SIGMASK..].copy_from_slice(&mask.to_le_bytes());
    bytes[INFO..].copy_from_slice(&SiginfoX32::narrow(info.to_bytes()).0);
    bytes
}

/// rt_sigreturn(2) of x32 programs; the result is what `rax` shall be.
pub fn rt_sigreturn(cx: &mut Cx<'_>) -> u64 {
    // The handler's `ret` took the return address off.
    let frame = cx.regs.sp.wrapping_sub(8);
    if restore(cx, frame.wrapping_add(UC as u64)).is_none() {
        fault::force_sig(cx, SIGSEGV);
        return 0;
    }
    cx.regs.ax
}

fn restore(cx: &mut Cx<'_>, address: u64) -> Option<()> {
    let mut bytes = [0; uc::SIZE];
    // As for 64-bit programs.
    hal::pkru::write(0);
    cx.mm().read_bytes(address, &mut bytes).ok()?;
    let word =
        |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    let image = UContext::from_context(u64::from(word(0)), bytes.get(uc::CONTEXT..uc::SIGMASK)?);
    let mask = u64::from(word(uc::SIGMASK)) | u64::from(word(uc::SIGMASK + 4)) << 32;
    cx.task.rare.lock().restart = None;
    set_user_sigmask(cx.task, SigSet(mask));
    image.to_regs(cx.regs);
    hal::fpu::restore_from_signal_frame(image.fpstate()).ok()?;
    let stack = AltStack {
        sp: u64::from(word(uc::STACK)),
        flags: word(uc::STACK + 4),
        size: u64::from(word(uc::STACK + 8)),
    };
    let _ = do_sigaltstack(cx, Some(stack));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_has_the_offsets_of_the_c_structures() {
        assert_eq!((INFO, FRAME_SIZE, uc::SIZE), (296, 424, 288));
    }
}
