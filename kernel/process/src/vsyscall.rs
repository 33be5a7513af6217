//! The vsyscall page: three calls at fixed addresses, from before there was a vDSO. A program that jumps to one of the
//! addresses faults, and the fault does the call (`emulate_vsyscall`). Nothing is mapped there, or, for programs that look
//! at the code first, a page that can be read and not executed.

use core::sync::atomic::{AtomicU8, Ordering};

use abi::Errno;
use hal::SyscallFn;
use hal::mem::{PAGE_SIZE, PageRef};
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
    /// Functions that can be called and read.
    Emulate,
}

static MODE: AtomicU8 = AtomicU8::new(Mode::None as u8);
/// gettimeofday, time, getcpu.
static CALLS: Once<[SyscallFn; 3]> = Once::new();

/// Sets the mode and what is called, at boot, before there are programs.
pub fn init(mode: Mode, calls: [SyscallFn; 3]) -> Result<(), Errno> {
    let _ = CALLS.set(calls);
    if mode == Mode::Emulate {
        let page = PageRef::alloc_zeroed().ok_or(Errno::ENOMEM)?;
        page.write(0, &page_bytes());
        hal::mem::map_for_programs(ADDRESS, page.clone()).ok_or(Errno::ENOMEM)?;
        mm::set_gate_page(ADDRESS, page);
    }
    MODE.store(mode as u8, Ordering::Relaxed);
    Ok(())
}

/// The mode.
pub fn mode() -> Mode {
    match MODE.load(Ordering::Relaxed) {
        mode if mode == Mode::XOnly as u8 => Mode::XOnly,
        mode if mode == Mode::Emulate as u8 => Mode::Emulate,
        _ => Mode::None,
    }
}

/// What the page shows: at each entry `mov $NUMBER, %rax; syscall; ret`, and INT3 everywhere else.
fn page_bytes() -> [u8; PAGE_SIZE] {
    const NUMBERS: [u8; 3] = [0x60, 0xc9, 0x35];
    let mut bytes = [0xcc; PAGE_SIZE];
    for (number, low) in NUMBERS.into_iter().enumerate() {
        // getcpu's number, 309, needs a second byte.
        let high = u8::from(number == 2);
        let code = [0x48, 0xc7, 0xc0, low, high, 0, 0, 0x0f, 0x05, 0xc3];
        bytes[number * SPACING as usize..][..code.len()].copy_from_slice(&code);
    }
    bytes
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
    if result == -i64::from(Errno::EFAULT.code()) {
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
