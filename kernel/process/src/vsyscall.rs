//! The vsyscall page: three calls at fixed addresses, from before there was a vDSO. Nothing is mapped there; a program
//! that jumps to one of the addresses faults, and the fault does the call (`emulate_vsyscall`).

use core::sync::atomic::{AtomicU8, Ordering};

use hal::SyscallFn;
use hal::regs::PtRegs;
use sync::Once;

use crate::Cx;
use crate::signal;
use crate::signal::nr::SIGSEGV;

/// The page (`VSYSCALL_ADDR`).
pub const ADDRESS: u64 = 0xffff_ffff_ff60_0000;
/// Distance of the functions.
const SPACING: u64 = 1024;

/// What programs find there: the word `vsyscall=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    None,
    /// Functions that can be called, not read.
    XOnly,
}

static MODE: AtomicU8 = AtomicU8::new(Mode::None as u8);
/// gettimeofday, time, getcpu.
static CALLS: Once<[SyscallFn; 3]> = Once::new();

/// Sets the mode and what is called, at boot.
pub fn init(mode: Mode, calls: [SyscallFn; 3]) {
    let _ = CALLS.set(calls);
    MODE.store(mode as u8, Ordering::Relaxed);
}

/// The mode.
pub fn mode() -> Mode {
    if MODE.load(Ordering::Relaxed) == Mode::XOnly as u8 { Mode::XOnly } else { Mode::None }
}

/// A program has faulted at `addr`, in the kernel's half. Whether that was a call of this page, which is done now, or
/// has become a signal.
pub(crate) fn emulate(regs: &mut PtRegs, addr: u64, fetch: bool) -> bool {
    if addr & !0xfff != ADDRESS || !fetch || mode() == Mode::None {
        return false;
    }
    let Some(calls) = CALLS.get() else { return false };
    let offset = addr - ADDRESS;
    // 64-bit stack pointers alone get here, so that the return address has 64 bits.
    let caller = hal::uaccess::get_user::<u64>(regs.sp);
    let call = calls.get((offset / SPACING) as usize).filter(|_| offset.is_multiple_of(SPACING));
    let (Some(call), Some(caller)) = (call, caller) else {
        Cx::with(regs, |cx| signal::force_sig(cx, SIGSEGV));
        return true;
    };
    if let Some(bad) = bad_pointer(regs, offset / SPACING) {
        Cx::with(regs, |cx| signal::copy_failed(cx, bad));
        return true;
    }
    // The third argument of getcpu means nothing.
    let result = call(regs);
    if result == -i64::from(abi::Errno::EFAULT.code()) {
        Cx::with(regs, |cx| signal::force_sig(cx, SIGSEGV));
        return true;
    }
    regs.ax = result as u64;
    regs.ip = caller;
    regs.sp = regs.sp.wrapping_add(8);
    true
}

/// The first of the call's pointers that is no program's address: it has the fault that the access would have had.
fn bad_pointer(regs: &PtRegs, number: u64) -> Option<u64> {
    let pointers = if number == 1 { &[regs.di][..] } else { &[regs.di, regs.si] };
    pointers.iter().copied().find(|pointer| *pointer > mm::task_size_max())
}
