//! The signal frames of 32-bit programs: `struct sigframe_ia32` for handlers without SA_SIGINFO, `struct
//! rt_sigframe_ia32` for those with it; the floating-point state lies above either.

use core::sync::atomic::Ordering::Relaxed;

use ::vdso::vdso32;
use abi::Errno;
use abi::layout::{Siginfo32, SiginfoLayout};
use hal::regs::{PtRegs, USER_DS, USER32_CS};

use super::actions::{Action, sa};
use super::fault;
use super::frame::{FLAG_DF, FLAG_RF, FLAG_TF, FLAGS_FROM_USER, UC_FP_XSTATE, write_frame};
use super::info::SigInfo;
use super::nr::SIGSEGV;
use super::set::SigSet;
use super::wait::{do_sigaltstack, set_user_sigmask, ss};
use crate::Cx;
use crate::task::AltStack;

/// `struct sigcontext_32` as words, by index.
mod word {
    pub const GS: usize = 0;
    pub const FS: usize = 1;
    pub const ES: usize = 2;
    pub const DS: usize = 3;
    /// di, si, bp, sp, bx, dx, cx, ax.
    pub const REGS: usize = 4;
    pub const TRAPNO: usize = 12;
    pub const ERR: usize = 13;
    pub const IP: usize = 14;
    pub const CS: usize = 15;
    pub const FLAGS: usize = 16;
    pub const SP_AT_SIGNAL: usize = 17;
    pub const SS: usize = 18;
    pub const FPSTATE: usize = 19;
    pub const OLDMASK: usize = 20;
    pub const CR2: usize = 21;
    pub const COUNT: usize = 22;
}
type Context = [u32; word::COUNT];
const CONTEXT_SIZE: usize = 4 * word::COUNT;

/// Offsets in the frame without SA_SIGINFO: sigcontext, the mask's second word behind room for an old kind of
/// floating-point state, and code that nobody runs but debuggers look for.
mod old {
    pub const CONTEXT: usize = 8;
    pub const EXTRAMASK: usize = 720;
    pub const SIZE: usize = 732;
}

/// Offsets in the frame with it.
mod rt {
    pub const INFO: usize = 16;
    pub const UC: usize = INFO + 128;
    pub const STACK: usize = UC + 8;
    pub const CONTEXT: usize = UC + 20;
    pub const SIGMASK: usize = CONTEXT + super::CONTEXT_SIZE;
    pub const RETCODE: usize = SIGMASK + 8;
    pub const SIZE: usize = RETCODE + 8;
}

/// `popl %eax; movl $119, %eax; int $0x80`.
const OLD_CODE: [u8; 8] = [0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80];
/// `movl $173, %eax; int $0x80`.
const RT_CODE: [u8; 8] = [0xb8, 173, 0, 0, 0, 0xcd, 0x80, 0];

/// Where things go on the user stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    frame: u64,
    fpstate: u64,
}

/// Places a frame of `size` bytes; `legacy`: a stack that an old program named as restorer, if its stack segment is one
/// of its own. None when the frame would run off the alternate stack.
fn place(regs: &PtRegs, alt: &AltStack, action: &Action, size: usize) -> Option<Layout> {
    let nested = alt.contains(regs.sp);
    let on_alt = action.flags & sa::ONSTACK != 0;
    let entering = on_alt && alt.size != 0 && !nested;
    let legacy = regs.ss != USER_DS && action.flags & sa::RESTORER == 0 && action.restorer != 0;
    let top = if entering {
        alt.sp.wrapping_add(alt.size)
    } else if !on_alt && !nested && legacy {
        action.restorer
    } else {
        regs.sp
    };
    let fpstate = hal::fpu::fpstate_32(top);
    // At the handler's first instruction sp + 4 is a multiple of 16 (System V ABI, Intel386 supplement).
    let frame = (fpstate.wrapping_sub(size as u64).wrapping_add(4) & !15).wrapping_sub(4);
    let on_stack = frame > alt.sp && frame.wrapping_sub(alt.sp) <= alt.size;
    if (nested || entering) && !on_stack {
        return None;
    }
    Some(Layout { frame, fpstate })
}

/// Writes the frame and points the registers at the handler. An error leaves the registers as they were.
pub(super) fn setup(cx: &mut Cx<'_>, info: &SigInfo, action: &Action, mask: u64) -> Result<(), Errno> {
    let with_info = action.flags & sa::SIGINFO != 0;
    let alt = cx.task.rare.lock().alt_stack;
    let size = if with_info { rt::SIZE } else { old::SIZE };
    let layout = place(cx.regs, &alt, action, size).ok_or(Errno::EFAULT)?;
    if layout.frame >= mm::task_size_max() {
        return Err(Errno::EFAULT);
    }
    write_frame(cx, &alt, |cx, pkru| {
        write_fpu(cx, &layout, pkru)?;
        match with_info {
            true => write_rt(cx, info, action, mask, &alt, &layout),
            false => write_old(cx, info, action, mask, &layout),
        }
    })?;
    let (info_at, uc_at) = if with_info { (rt::INFO, rt::UC) } else { (0, 0) };
    let at = |offset: usize| if with_info { layout.frame + offset as u64 } else { 0 };
    enter_handler(cx, info.signo, action.handler, layout.frame, [at(info_at), at(uc_at)]);
    hal::fpu::reset_for_signal();
    Ok(())
}

fn write_fpu(cx: &Cx<'_>, layout: &Layout, program_pkru: u32) -> Result<(), Errno> {
    let [ds, ..] = cx.task.thread.context.selectors();
    hal::fpu::save_to_signal_frame_32(layout.fpstate, program_pkru, cx.regs.cs as u16, ds)
        .map_err(|_| Errno::EFAULT)
}

fn context(cx: &Cx<'_>, mask: u64, fpstate: u64) -> Context {
    let regs = &cx.regs;
    let trap = &cx.task.trap;
    let [ds, es, fs, gs] = cx.task.thread.context.selectors().map(u32::from);
    let mut words = [0; word::COUNT];
    (words[word::GS], words[word::FS], words[word::ES], words[word::DS]) = (gs, fs, es, ds);
    let general = [regs.di, regs.si, regs.bp, regs.sp, regs.bx, regs.dx, regs.cx, regs.ax];
    for (to, from) in words.iter_mut().skip(word::REGS).zip(general) {
        *to = from as u32;
    }
    words[word::TRAPNO] = trap.trap_nr.load(Relaxed) as u32;
    words[word::ERR] = trap.error_code.load(Relaxed) as u32;
    words[word::IP] = regs.ip as u32;
    words[word::CS] = regs.cs as u32;
    words[word::FLAGS] = regs.flags as u32;
    words[word::SP_AT_SIGNAL] = regs.sp as u32;
    words[word::SS] = regs.ss as u32;
    words[word::FPSTATE] = fpstate as u32;
    words[word::OLDMASK] = mask as u32;
    words[word::CR2] = trap.cr2.load(Relaxed) as u32;
    words
}

fn put_words(to: &mut [u8], words: &[u32]) {
    for (to, word) in to.chunks_exact_mut(4).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
    }
}

/// Where the handler returns to: its restorer, or the vDSO.
fn restorer(cx: &Cx<'_>, action: &Action, in_vdso: usize) -> u64 {
    match cx.mm().vdso() {
        _ if action.flags & sa::RESTORER != 0 => action.restorer,
        0 => 0,
        vdso => vdso + in_vdso as u64,
    }
}

fn write_old(cx: &Cx<'_>, info: &SigInfo, action: &Action, mask: u64, layout: &Layout) -> Result<(), Errno> {
    let mut head = [0; old::CONTEXT + CONTEXT_SIZE];
    let back = match restorer(cx, action, vdso32::SIGRETURN) {
        // Without a vDSO the frame's own code would have to do, if the stack were executable.
        0 => layout.frame + (old::SIZE - OLD_CODE.len()) as u64,
        back => back,
    };
    put_words(&mut head, &[back as u32, info.signo as u32]);
    put_words(&mut head[old::CONTEXT..], &context(cx, mask, layout.fpstate));
    let mut tail = [0; old::SIZE - old::EXTRAMASK];
    put_words(&mut tail, &[(mask >> 32) as u32]);
    tail[4..].copy_from_slice(&OLD_CODE);
    cx.mm().write_bytes(layout.frame, &head)?;
    cx.mm().write_bytes(layout.frame + old::EXTRAMASK as u64, &tail)
}

fn write_rt(
    cx: &Cx<'_>,
    info: &SigInfo,
    action: &Action,
    mask: u64,
    alt: &AltStack,
    layout: &Layout,
) -> Result<(), Errno> {
    let mut bytes = [0; rt::SIZE];
    let back = restorer(cx, action, vdso32::RT_SIGRETURN);
    let at = |offset: usize| (layout.frame as u32).wrapping_add(offset as u32);
    put_words(&mut bytes, &[back as u32, info.signo as u32, at(rt::INFO), at(rt::UC)]);
    bytes[rt::INFO..rt::UC].copy_from_slice(&Siginfo32::narrow(info.to_bytes()).0);
    let flags = if hal::fpu::has_xsave() { UC_FP_XSTATE as u32 } else { 0 };
    let stack_flags = if alt.size == 0 { alt.flags | ss::DISABLE } else { alt.flags };
    put_words(&mut bytes[rt::UC..], &[flags, 0, alt.sp as u32, stack_flags, alt.size as u32]);
    put_words(&mut bytes[rt::CONTEXT..], &context(cx, mask, layout.fpstate));
    bytes[rt::SIGMASK..rt::RETCODE].copy_from_slice(&mask.to_le_bytes());
    bytes[rt::RETCODE..].copy_from_slice(&RT_CODE);
    cx.mm().write_bytes(layout.frame, &bytes)
}

/// The handler finds its arguments on the stack, and in registers (`-mregparm=3`).
fn enter_handler(cx: &mut Cx<'_>, signal: i32, handler: u64, frame: u64, [info, uc]: [u64; 2]) {
    let context = &cx.task.thread.context;
    let [_, _, fs, gs] = context.selectors();
    context.set_selectors([USER_DS as u16, USER_DS as u16, fs, gs]);
    let regs = &mut *cx.regs;
    (regs.ax, regs.dx, regs.cx) = (signal as u64, info, uc);
    (regs.ip, regs.sp) = (handler, frame);
    (regs.cs, regs.ss) = (USER32_CS, USER_DS);
    regs.flags &= !(FLAG_DF | FLAG_RF | FLAG_TF);
}

/// sigreturn(2) of 32-bit programs. The trampoline has taken return address and signal number off the stack. A frame
/// that doesn't hold ends in SIGSEGV. The result is what eax shall be.
pub fn sigreturn(cx: &mut Cx<'_>) -> u64 {
    let frame = cx.regs.sp.wrapping_sub(8);
    let restored = restore_old(cx, frame);
    done(cx, restored)
}

/// rt_sigreturn(2) of 32-bit programs; only the return address is gone from the stack.
pub fn rt_sigreturn(cx: &mut Cx<'_>) -> u64 {
    let frame = cx.regs.sp.wrapping_sub(4);
    let restored = restore_rt(cx, frame);
    done(cx, restored)
}

fn done(cx: &mut Cx<'_>, restored: Option<()>) -> u64 {
    if restored.is_none() {
        fault::force_sig(cx, SIGSEGV);
        return 0;
    }
    cx.regs.ax
}

fn restore_old(cx: &mut Cx<'_>, frame: u64) -> Option<()> {
    let mut extra = [0; 4];
    let context = read_context(cx, frame.wrapping_add(old::CONTEXT as u64))?;
    cx.mm().read_bytes(frame.wrapping_add(old::EXTRAMASK as u64), &mut extra).ok()?;
    let mask = u64::from(context[word::OLDMASK]) | u64::from(u32::from_le_bytes(extra)) << 32;
    set_user_sigmask(cx.task, SigSet(mask));
    restore_context(cx, &context)
}

fn restore_rt(cx: &mut Cx<'_>, frame: u64) -> Option<()> {
    let mut mask = [0; 8];
    let mut stack = [0; 12];
    let at = |offset: usize| frame.wrapping_add(offset as u64);
    cx.mm().read_bytes(at(rt::SIGMASK), &mut mask).ok()?;
    let context = read_context(cx, at(rt::CONTEXT))?;
    set_user_sigmask(cx.task, SigSet(u64::from_le_bytes(mask)));
    restore_context(cx, &context)?;
    cx.mm().read_bytes(at(rt::STACK), &mut stack).ok()?;
    let [sp, flags, size] = words(&stack);
    // Linux ignores a stack that can't be set here.
    let _ = do_sigaltstack(cx, Some(AltStack { sp: sp.into(), flags, size: size.into() }));
    Some(())
}

fn words<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let mut words = [0; N];
    for (to, from) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *to = u32::from_le_bytes([from[0], from[1], from[2], from[3]]);
    }
    words
}

fn read_context(cx: &Cx<'_>, address: u64) -> Option<Context> {
    let mut bytes = [0; CONTEXT_SIZE];
    cx.mm().read_bytes(address, &mut bytes).ok()?;
    Some(words(&bytes))
}

fn restore_context(cx: &mut Cx<'_>, words: &Context) -> Option<()> {
    cx.task.rare.lock().restart = None;
    let mut general = [0; 8];
    for (to, from) in general.iter_mut().zip(words.iter().skip(word::REGS)) {
        *to = u64::from(*from);
    }
    let regs = &mut *cx.regs;
    [regs.di, regs.si, regs.bp, regs.sp, regs.bx, regs.dx, regs.cx, regs.ax] = general;
    regs.ip = u64::from(words[word::IP]);
    // Selectors and addresses that can't be are left to IRET: its fault becomes the program's.
    regs.cs = u64::from(words[word::CS] & 0xffff | 3);
    regs.ss = u64::from(words[word::SS] & 0xffff | 3);
    regs.flags = regs.flags & !FLAGS_FROM_USER | u64::from(words[word::FLAGS]) & FLAGS_FROM_USER;
    regs.orig_ax = u64::MAX;
    let segments = [word::DS, word::ES, word::FS, word::GS].map(|nth| words[nth] as u16 | 3);
    cx.task.thread.context.set_selectors(segments);
    hal::fpu::restore_from_signal_frame_32(u64::from(words[word::FPSTATE])).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_those_of_the_c_structures() {
        assert_eq!((CONTEXT_SIZE, rt::SIZE), (88, 268));
        assert_eq!((rt::CONTEXT, rt::SIGMASK, old::SIZE - OLD_CODE.len()), (164, 252, old::EXTRAMASK + 4));
    }

    #[test]
    fn the_stack_pointer_is_aligned_as_at_a_call() {
        let action = Action { handler: 0x1000, ..Action::default() };
        for sp in 0xffff_0000..0xffff_0040u64 {
            let regs = PtRegs { sp, ss: USER_DS, ..PtRegs::default() };
            let layout = place(&regs, &AltStack::default(), &action, rt::SIZE).unwrap();
            assert_eq!((layout.frame + 4) % 16, 0);
            assert!(layout.fpstate >= layout.frame + rt::SIZE as u64 && layout.fpstate < sp);
        }
    }

    #[test]
    fn the_alternate_stack_is_not_overrun() {
        let alt = AltStack { sp: 0x10_0000, size: 0x2000, flags: 0 };
        let action = Action { handler: 0x1000, flags: sa::ONSTACK, ..Action::default() };
        let regs = |sp| PtRegs { sp, ss: USER_DS, ..PtRegs::default() };
        let first = place(&regs(0xff00_0000), &alt, &action, old::SIZE).unwrap();
        assert!(alt.contains(first.frame));
        assert!(place(&regs(alt.sp + 0x100), &alt, &action, old::SIZE).is_none());
    }
}
