//! The signal frame on the user stack, exactly as the x86-64 ABI has it:
//! `struct rt_sigframe { pretcode, struct ucontext, struct siginfo }` with the extended
//! processor state above it.

use abi::Errno;
use hal::regs::{PtRegs, USER_CS, USER_DS};

use super::actions::{Action, sa};
use super::info::{SIGINFO_SIZE, SigInfo};
use super::wait::ss;
use crate::Cx;
use crate::task::AltStack;

/// Bytes of the frame: return address, ucontext, siginfo.
pub const FRAME_SIZE: usize = INFO_OFFSET + SIGINFO_SIZE;
/// Where `struct ucontext` begins.
pub const UC_OFFSET: usize = 8;
/// Bytes of `struct ucontext`.
pub const UC_SIZE: usize = 304;
/// Bytes of `struct sigcontext` in it.
pub(super) const CONTEXT_SIZE: usize = 256;
const INFO_OFFSET: usize = UC_OFFSET + UC_SIZE;
/// Bytes below the stack pointer that a leaf function may use.
const RED_ZONE: u64 = 128;

/// `uc_flags`: an extended state image follows.
pub(super) const UC_FP_XSTATE: u64 = 1;
/// `ss` in the sigcontext is meant, and
const UC_SIGCONTEXT_SS: u64 = 2;
/// is restored exactly.
const UC_STRICT_RESTORE_SS: u64 = 4;

pub(super) const FLAG_TF: u64 = 1 << 8;
pub(super) const FLAG_DF: u64 = 1 << 10;
pub(super) const FLAG_RF: u64 = 1 << 16;
/// The flags that sigreturn takes from the frame.
pub(super) const FLAGS_FROM_USER: u64 = 0x5_0dd5;

/// `struct ucontext` as 38 words, by index.
mod word {
    pub const FLAGS: usize = 0;
    pub const STACK_SP: usize = 2;
    pub const STACK_FLAGS: usize = 3;
    pub const STACK_SIZE: usize = 4;
    /// r8 … r15, di, si, bp, bx, dx, ax, cx, sp, ip, flags.
    pub const REGS: usize = 5;
    /// cs, gs, fs, ss: 16 bits each.
    pub const SELECTORS: usize = 23;
    pub const ERR: usize = 24;
    pub const TRAPNO: usize = 25;
    pub const OLDMASK: usize = 26;
    pub const CR2: usize = 27;
    pub const FPSTATE: usize = 28;
    pub const SIGMASK: usize = 37;
    pub const COUNT: usize = 38;
}

/// `struct ucontext` as the kernel handles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UContext([u64; word::COUNT]);

impl UContext {
    fn regs(regs: &PtRegs) -> [u64; 18] {
        [
            regs.r8, regs.r9, regs.r10, regs.r11, regs.r12, regs.r13, regs.r14, regs.r15, regs.di, regs.si,
            regs.bp, regs.bx, regs.dx, regs.ax, regs.cx, regs.sp, regs.ip, regs.flags,
        ]
    }

    /// What a handler is told of the running thread's state.
    pub(super) fn of(cx: &Cx<'_>, mask: u64, alt: &AltStack, fpstate: u64) -> Self {
        let trap = &cx.task.trap;
        let load = |value: &core::sync::atomic::AtomicU64| value.load(core::sync::atomic::Ordering::Relaxed);
        let mut uc = Self::from_regs(cx.regs);
        let words = &mut uc.0;
        let strict = if cx.regs.cs == USER_CS { UC_STRICT_RESTORE_SS } else { 0 };
        words[word::FLAGS] = UC_SIGCONTEXT_SS | strict;
        if hal::fpu::has_xsave() {
            words[word::FLAGS] |= UC_FP_XSTATE;
        }
        words[word::STACK_SP] = alt.sp;
        words[word::STACK_FLAGS] = u64::from(if alt.size == 0 { alt.flags | ss::DISABLE } else { alt.flags });
        words[word::STACK_SIZE] = alt.size;
        words[word::ERR] = load(&trap.error_code);
        words[word::TRAPNO] = load(&trap.trap_nr);
        words[word::CR2] = load(&trap.cr2);
        words[word::OLDMASK] = mask;
        words[word::FPSTATE] = fpstate;
        words[word::SIGMASK] = mask;
        uc
    }

    /// `uc_flags`.
    pub(super) fn flags(&self) -> u64 {
        self.0[word::FLAGS]
    }

    /// The bytes of its `struct sigcontext`.
    pub(super) fn context_bytes(&self) -> [u8; CONTEXT_SIZE] {
        let mut bytes = [0; CONTEXT_SIZE];
        for (to, from) in bytes.chunks_exact_mut(8).zip(self.0.iter().skip(word::REGS)) {
            to.copy_from_slice(&from.to_le_bytes());
        }
        bytes
    }

    /// One with such a `struct sigcontext`, from user memory.
    pub(super) fn from_context(flags: u64, context: &[u8]) -> Self {
        let mut words = [0; word::COUNT];
        words[word::FLAGS] = flags;
        for (to, from) in words[word::REGS..word::SIGMASK].iter_mut().zip(context.chunks_exact(8)) {
            *to = from.try_into().map_or(0, u64::from_le_bytes);
        }
        Self(words)
    }

    /// The image of `regs`, with the rest zero.
    pub fn from_regs(regs: &PtRegs) -> Self {
        let mut words = [0; word::COUNT];
        for (to, from) in words.iter_mut().skip(word::REGS).zip(Self::regs(regs)) {
            *to = from;
        }
        words[word::SELECTORS] = regs.cs & 0xffff | (regs.ss & 0xffff) << 48;
        Self(words)
    }

    /// Puts the image's registers into `regs`: privileged flags stay, selectors become
    /// those of user mode.
    pub fn to_regs(&self, regs: &mut PtRegs) {
        let mut values = [0; 18];
        for (to, from) in values.iter_mut().zip(self.0.iter().skip(word::REGS)) {
            *to = *from;
        }
        let [r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip, flags] = values;
        regs.r8 = r8;
        regs.r9 = r9;
        regs.r10 = r10;
        regs.r11 = r11;
        regs.r12 = r12;
        regs.r13 = r13;
        regs.r14 = r14;
        regs.r15 = r15;
        regs.di = di;
        regs.si = si;
        regs.bp = bp;
        regs.bx = bx;
        regs.dx = dx;
        regs.ax = ax;
        regs.cx = cx;
        regs.sp = sp;
        regs.ip = ip;
        regs.flags = regs.flags & !FLAGS_FROM_USER | flags & FLAGS_FROM_USER;
        regs.cs = self.0[word::SELECTORS] & 0xffff | 3;
        // In 64-bit mode old programs do without a stack segment that is valid.
        regs.ss = if self.0[word::FLAGS] & UC_STRICT_RESTORE_SS != 0 || regs.cs != USER_CS {
            self.0[word::SELECTORS] >> 48 | 3
        } else {
            USER_DS
        };
        regs.orig_ax = u64::MAX;
    }

    /// The blocked signals to go back to.
    pub fn sigmask(&self) -> u64 {
        self.0[word::SIGMASK]
    }

    /// Address of the extended state image; 0 for none.
    pub fn fpstate(&self) -> u64 {
        self.0[word::FPSTATE]
    }

    /// The alternate stack to go back to.
    pub fn stack(&self) -> AltStack {
        AltStack {
            sp: self.0[word::STACK_SP],
            flags: self.0[word::STACK_FLAGS] as u32,
            size: self.0[word::STACK_SIZE],
        }
    }

    /// From user memory.
    pub fn from_bytes(bytes: &[u8; UC_SIZE]) -> Self {
        let mut words = [0; word::COUNT];
        for (to, from) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            let mut raw = [0; 8];
            raw.copy_from_slice(from);
            *to = u64::from_le_bytes(raw);
        }
        Self(words)
    }

    fn put(&self, bytes: &mut [u8]) {
        for (to, from) in bytes.chunks_exact_mut(8).zip(self.0) {
            to.copy_from_slice(&from.to_le_bytes());
        }
    }
}

/// Where things go on the user stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The frame; the handler starts with its stack pointer here.
    pub frame: u64,
    /// The extended state image, 64-byte aligned.
    pub fpstate: u64,
}

/// Places a frame with `fpu_size` bytes of extended state for a thread whose stack pointer
/// is `sp`. None when it would run off the alternate stack.
pub fn place(sp: u64, alt: &AltStack, on_alt_stack: bool, fpu_size: u64) -> Option<Layout> {
    place_sized(sp, alt, on_alt_stack, fpu_size, FRAME_SIZE)
}

/// The same for a frame of another size.
#[inline]
pub(super) fn place_sized(
    sp: u64,
    alt: &AltStack,
    on_alt_stack: bool,
    fpu_size: u64,
    frame_size: usize,
) -> Option<Layout> {
    let nested = alt.contains(sp);
    let mut at = sp.wrapping_sub(RED_ZONE);
    let entering = on_alt_stack && alt.size != 0 && !alt.contains(at);
    if entering {
        at = alt.sp.wrapping_add(alt.size);
    }
    let fpstate = at.wrapping_sub(fpu_size) & !63;
    let frame = (fpstate.wrapping_sub(frame_size as u64) & !15).wrapping_sub(8);
    let on_stack = frame > alt.sp && frame.wrapping_sub(alt.sp) <= alt.size;
    if (nested || entering) && !on_stack {
        return None;
    }
    Some(Layout { frame, fpstate })
}

/// Has `write`, which is given the program's PKRU, write a frame of any kind: the stack may have a protection key that
/// only the handler shall have access to. An alternate stack that is to be given up once used (SS_AUTODISARM) is.
#[inline(always)]
pub(super) fn write_frame(
    cx: &mut Cx<'_>,
    alt: &AltStack,
    write: impl FnOnce(&Cx<'_>, u32) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let program_pkru = hal::pkru::read();
    hal::pkru::write(0);
    let written = write(cx, program_pkru);
    if written.is_err() {
        hal::pkru::write(program_pkru);
        return written;
    }
    if alt.flags & ss::AUTODISARM != 0 {
        cx.task.rare.lock().alt_stack = AltStack::default();
    }
    Ok(())
}

/// Writes the frame and points the registers at the handler. An error leaves the
/// registers as they were: the frame could not be written.
pub(super) fn setup(cx: &mut Cx<'_>, info: &SigInfo, action: &Action, mask: u64) -> Result<(), Errno> {
    if action.flags & (sa::IA32_ABI | sa::X32_ABI) != 0 {
        core::hint::cold_path();
        return match action.flags & sa::IA32_ABI {
            0 => super::frame_x32::setup(cx, info, action, mask),
            _ => super::frame32::setup(cx, info, action, mask),
        };
    }
    if action.flags & sa::RESTORER == 0 {
        // x86-64 has no other way back.
        return Err(Errno::EFAULT);
    }
    let alt = cx.task.rare.lock().alt_stack;
    let fpu_size = hal::fpu::signal_frame_size() as u64;
    let layout = place(cx.regs.sp, &alt, action.flags & sa::ONSTACK != 0, fpu_size).ok_or(Errno::EFAULT)?;
    if layout.frame >= mm::task_size_max() {
        return Err(Errno::EFAULT);
    }
    let image = image(cx, info, action, mask, &alt, &layout);
    write_frame(cx, &alt, |cx, pkru| {
        hal::fpu::save_to_signal_frame(layout.fpstate, pkru).map_err(|_| Errno::EFAULT)?;
        cx.mm().write_bytes(layout.frame, &image)
    })?;
    enter_handler(cx.regs, info.signo, action.handler, layout.frame, [INFO_OFFSET, UC_OFFSET]);
    cx.regs.ax = 0;
    hal::fpu::reset_for_signal();
    Ok(())
}

fn image(
    cx: &Cx<'_>,
    info: &SigInfo,
    action: &Action,
    mask: u64,
    alt: &AltStack,
    layout: &Layout,
) -> [u8; FRAME_SIZE] {
    let uc = UContext::of(cx, mask, alt, layout.fpstate);
    let mut bytes = [0; FRAME_SIZE];
    bytes[..UC_OFFSET].copy_from_slice(&action.restorer.to_le_bytes());
    uc.put(&mut bytes[UC_OFFSET..INFO_OFFSET]);
    bytes[INFO_OFFSET..].copy_from_slice(&info.to_bytes());
    bytes
}

#[inline]
pub(super) fn enter_handler(
    regs: &mut PtRegs,
    signal: i32,
    handler: u64,
    frame: u64,
    [info, uc]: [usize; 2],
) {
    regs.di = signal as u64;
    regs.si = frame + info as u64;
    regs.dx = frame + uc as u64;
    regs.ip = handler;
    regs.sp = frame;
    regs.cs = USER_CS;
    regs.ss = USER_DS;
    regs.flags &= !(FLAG_DF | FLAG_RF | FLAG_TF);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_stack() -> AltStack {
        AltStack::default()
    }

    #[test]
    fn the_frame_has_the_size_and_offsets_of_the_c_structures() {
        assert_eq!((FRAME_SIZE, INFO_OFFSET), (440, 312));
        assert_eq!(word::COUNT * 8, UC_SIZE);
        let regs = PtRegs { r8: 8, ip: 0x1234, cs: 0x33, ss: 0x2b, ..PtRegs::default() };
        let mut bytes = [0; UC_SIZE];
        UContext::from_regs(&regs).put(&mut bytes);
        // gregs start at 40 in ucontext; REG_RIP is number 16, REG_CSGSFS 18.
        assert_eq!(bytes[40], 8);
        assert_eq!(bytes[40 + 16 * 8..40 + 16 * 8 + 2], [0x34, 0x12]);
        assert_eq!((bytes[40 + 18 * 8], bytes[40 + 18 * 8 + 6]), (0x33, 0x2b));
    }

    #[test]
    fn the_red_zone_is_left_alone_and_the_handler_sees_a_call_s_alignment() {
        for sp in 0x7fff_0000..0x7fff_0040u64 {
            let layout = place(sp, &no_stack(), false, 836).unwrap();
            assert_eq!(layout.fpstate % 64, 0);
            assert_eq!((layout.frame + 8) % 16, 0);
            assert!(layout.fpstate + 836 <= sp - 128);
            assert!(layout.frame + FRAME_SIZE as u64 <= layout.fpstate);
        }
    }

    #[test]
    fn the_alternate_stack_is_entered_once_and_not_overrun() {
        let alt = AltStack { sp: 0x10_0000, size: 0x2000, flags: 0 };
        let first = place(0x7fff_0000, &alt, true, 836).unwrap();
        assert!(alt.contains(first.frame));
        let second = place(first.frame, &alt, true, 836).unwrap();
        assert!(second.frame < first.frame && alt.contains(second.frame));
        assert_eq!(place(alt.sp + 0x100, &alt, true, 836), None);
        assert_eq!(place(0x7fff_0000, &AltStack { size: 1024, ..alt }, true, 836), None);
    }

    #[test]
    fn sigreturn_keeps_privileged_flags_and_forces_user_selectors() {
        let mut image = UContext::from_regs(&PtRegs { cs: USER_CS, ..PtRegs::default() });
        image.0[word::REGS + 17] = u64::MAX;
        let mut regs = PtRegs { flags: 0x202, ..PtRegs::default() };
        image.to_regs(&mut regs);
        assert_eq!(regs.flags, 0x202 | FLAGS_FROM_USER);
        assert_eq!((regs.cs, regs.ss), (USER_CS, USER_DS));
        assert_eq!(regs.orig_ax, u64::MAX);
        // Elsewhere than in 64-bit mode the stack segment is what the frame says.
        image.0[word::SELECTORS] = 0;
        image.to_regs(&mut regs);
        assert_eq!((regs.cs, regs.ss), (3, 3));
    }
}
