//! Per-process and per-thread switches: prctl, arch_prctl.

use alloc::sync::Arc;

use abi::{Abi, Errno};
use hal::bugs::Bug;
use mm::{UserCStr, UserPtr, task_size_max};
use process::Cx;
use process::task::flags;
use vfs::Cred;
use vfs::cred::{CAP_LAST_CAP, CAP_SETPCAP, CAP_SYS_RESOURCE};

use crate::prctl_mm;

/// Options of prctl(2).
mod pr {
    pub const SET_PDEATHSIG: i32 = 1;
    pub const GET_PDEATHSIG: i32 = 2;
    pub const GET_DUMPABLE: i32 = 3;
    pub const SET_DUMPABLE: i32 = 4;
    pub const GET_KEEPCAPS: i32 = 7;
    pub const SET_KEEPCAPS: i32 = 8;
    pub const GET_TIMING: i32 = 13;
    pub const SET_TIMING: i32 = 14;
    pub const SET_NAME: i32 = 15;
    pub const GET_NAME: i32 = 16;
    pub const CAPBSET_READ: i32 = 23;
    pub const CAPBSET_DROP: i32 = 24;
    pub const GET_SECUREBITS: i32 = 27;
    pub const SET_SECUREBITS: i32 = 28;
    pub const SET_TIMERSLACK: i32 = 29;
    pub const GET_TIMERSLACK: i32 = 30;
    pub const SET_CHILD_SUBREAPER: i32 = 36;
    pub const GET_CHILD_SUBREAPER: i32 = 37;
    pub const SET_NO_NEW_PRIVS: i32 = 38;
    pub const GET_NO_NEW_PRIVS: i32 = 39;
    pub const GET_TID_ADDRESS: i32 = 40;
    pub const CAP_AMBIENT: i32 = 47;
    pub const GET_TSC: i32 = 25;
    pub const SET_TSC: i32 = 26;
    pub const MCE_KILL: i32 = 33;
    pub const MCE_KILL_GET: i32 = 34;
    pub const SET_MM: i32 = 35;
    pub const SET_THP_DISABLE: i32 = 41;
    pub const GET_THP_DISABLE: i32 = 42;
    pub const GET_SPECULATION_CTRL: i32 = 52;
    pub const SET_SPECULATION_CTRL: i32 = 53;
    pub const SET_IO_FLUSHER: i32 = 57;
    pub const GET_IO_FLUSHER: i32 = 58;
    pub const SET_MDWE: i32 = 65;
    pub const GET_MDWE: i32 = 66;
    pub const GET_AUXV: i32 = 0x4155_5856;
    pub const SET_VMA: i32 = 0x5356_4d41;
}

/// prctl(2); an option that isn't supported is `EINVAL`, as for an older Linux.
pub fn prctl(
    cx: &mut Cx<'_>,
    option: i32,
    arg2: u64,
    arg3: u64,
    arg4: u64,
    arg5: u64,
) -> Result<usize, Errno> {
    let task = cx.task;
    let none = arg2 | arg3 | arg4 | arg5 == 0;
    let only_one = arg3 | arg4 | arg5 == 0;
    match option {
        pr::SET_PDEATHSIG if arg2 <= 64 => task.set_pdeath_signal(arg2 as i32),
        pr::GET_PDEATHSIG => cx.mm().write(UserPtr::<i32>::new(arg2), &task.pdeath_signal())?,
        pr::GET_DUMPABLE => return Ok(task.dumpable() as usize),
        pr::SET_DUMPABLE if arg2 <= 1 => task.set_dumpable(arg2 as u32),
        pr::GET_TIMING => {}
        pr::SET_TIMING if arg2 == 0 => {}
        pr::SET_NAME => return set_name(cx, UserCStr::new(arg2)),
        pr::GET_NAME => cx.mm().write(UserPtr::<[u8; 16]>::new(arg2), task.comm().raw())?,
        pr::SET_TIMERSLACK => task.thread.set_timer_slack_ns(arg2),
        pr::GET_TIMERSLACK => return Ok(task.thread.timer_slack_ns() as usize),
        pr::SET_CHILD_SUBREAPER => task.set_subreaper(arg2 != 0),
        pr::GET_CHILD_SUBREAPER => {
            cx.mm().write(UserPtr::<i32>::new(arg2), &i32::from(task.is_subreaper()))?;
        }
        pr::SET_NO_NEW_PRIVS if arg2 == 1 && only_one => task.set_no_new_privs(),
        pr::GET_NO_NEW_PRIVS if none => return Ok(usize::from(task.no_new_privs())),
        pr::GET_TID_ADDRESS => cx.mm().write(UserPtr::<u64>::new(arg2), &task.clear_child_tid_addr())?,
        pr::SET_MM => return prctl_mm::set_mm(cx, arg2, arg3, arg4, arg5),
        pr::SET_VMA => return prctl_mm::set_vma(cx, arg2, arg3, arg4, arg5),
        pr::SET_MDWE if only_one => return prctl_mm::set_mdwe(cx, arg2),
        pr::GET_MDWE if none => return Ok(prctl_mm::mdwe(cx)),
        pr::SET_THP_DISABLE if only_one => return prctl_mm::set_thp_disabled(cx, arg2 != 0),
        pr::GET_THP_DISABLE if none => return Ok(usize::from(cx.mm().attrs() & mm::attr::THP_DISABLED != 0)),
        pr::GET_AUXV if arg4 | arg5 == 0 => return prctl_mm::get_auxv(cx, arg2, arg3),
        pr::GET_TSC | pr::SET_TSC => return tsc(cx, option == pr::SET_TSC, arg2),
        pr::MCE_KILL if arg4 | arg5 == 0 => return set_mce_kill(cx, arg2, arg3),
        pr::MCE_KILL_GET if none => return Ok(mce_kill(cx)),
        pr::GET_SPECULATION_CTRL if only_one => return speculation(arg2),
        pr::SET_SPECULATION_CTRL if arg4 | arg5 == 0 => return set_speculation(arg2, arg3),
        pr::SET_IO_FLUSHER | pr::GET_IO_FLUSHER => return io_flusher(cx, option, arg2, only_one),
        _ => return cap_prctl(cx, option, arg2, arg3, arg4 | arg5),
    }
    Ok(0)
}

/// PR_GET_TSC and PR_SET_TSC: whether RDTSC is allowed.
fn tsc(cx: &Cx<'_>, set: bool, arg: u64) -> Result<usize, Errno> {
    const ENABLE: u64 = 1;
    const SIGSEGV: u64 = 2;
    let context = &cx.task.thread.context;
    if !set {
        let forbidden = context.flags() & hal::thread::flags::NOTSC != 0;
        let mode = if forbidden { SIGSEGV } else { ENABLE };
        return cx.mm().write(UserPtr::new(arg), &(mode as i32)).map(|()| 0);
    }
    if !matches!(arg, ENABLE | SIGSEGV) {
        return Err(Errno::EINVAL);
    }
    context.set_tsc_forbidden(arg == SIGSEGV);
    Ok(0)
}

/// Policies of PR_MCE_KILL: what becomes of a process whose memory fails. A virtual machine is not told of such failures,
/// so the policy is kept for who asks.
const MCE_KILL_LATE: u64 = 0;
const MCE_KILL_EARLY: u64 = 1;
const MCE_KILL_DEFAULT: u64 = 2;

fn set_mce_kill(cx: &Cx<'_>, action: u64, policy: u64) -> Result<usize, Errno> {
    const CLEAR: u64 = 0;
    const SET: u64 = 1;
    let (own, early) = match (action, policy) {
        (CLEAR, 0) | (SET, MCE_KILL_DEFAULT) => (false, false),
        (SET, MCE_KILL_LATE) => (true, false),
        (SET, MCE_KILL_EARLY) => (true, true),
        _ => return Err(Errno::EINVAL),
    };
    for (flag, on) in [(flags::PF_MCE_PROCESS, own), (flags::PF_MCE_EARLY, early)] {
        if on { cx.task.set_flag(flag) } else { cx.task.clear_flag(flag) }
    }
    Ok(0)
}

fn mce_kill(cx: &Cx<'_>) -> usize {
    let flags = cx.task.flags();
    (match (flags & flags::PF_MCE_PROCESS != 0, flags & flags::PF_MCE_EARLY != 0) {
        (true, true) => MCE_KILL_EARLY,
        (true, false) => MCE_KILL_LATE,
        _ => MCE_KILL_DEFAULT,
    }) as usize
}

/// What can be asked of speculation: store bypass, indirect branches, the flush of the first cache.
const STORE_BYPASS: u64 = 0;
const INDIRECT_BRANCH: u64 = 1;
const L1D_FLUSH: u64 = 2;
const SPEC_NOT_AFFECTED: u64 = 0;
const SPEC_ENABLE: u64 = 2;
const SPEC_DISABLE: u64 = 4;
const SPEC_FORCE_DISABLE: u64 = 8;

/// PR_GET_SPECULATION_CTRL. There is nothing to switch on for a process, so speculation is on for everybody wherever the
/// processor has the fault, as on a Linux that was started with mitigations=off.
fn speculation(which: u64) -> Result<usize, Errno> {
    let enabled = |bug| if hal::bugs::affected(bug) { SPEC_ENABLE } else { SPEC_NOT_AFFECTED };
    match which {
        STORE_BYPASS => Ok(enabled(Bug::SpecStoreBypass) as usize),
        INDIRECT_BRANCH => Ok(enabled(Bug::SpectreV2) as usize),
        L1D_FLUSH => Ok(SPEC_FORCE_DISABLE as usize),
        _ => Err(Errno::ENODEV),
    }
}

fn set_speculation(which: u64, how: u64) -> Result<usize, Errno> {
    match (which, how) {
        (STORE_BYPASS, _) => Err(Errno::ENXIO),
        (INDIRECT_BRANCH, SPEC_ENABLE) => Ok(0),
        (INDIRECT_BRANCH, SPEC_DISABLE | SPEC_FORCE_DISABLE) => Err(Errno::EPERM),
        (INDIRECT_BRANCH, _) => Err(Errno::ERANGE),
        (L1D_FLUSH, _) => Err(Errno::EPERM),
        _ => Err(Errno::ENODEV),
    }
}

/// PR_SET_IO_FLUSHER and PR_GET_IO_FLUSHER.
fn io_flusher(cx: &Cx<'_>, option: i32, arg: u64, only_one: bool) -> Result<usize, Errno> {
    if !cx.cred().capable(CAP_SYS_RESOURCE) {
        return Err(Errno::EPERM);
    }
    if !only_one {
        return Err(Errno::EINVAL);
    }
    match (option, arg) {
        (pr::SET_IO_FLUSHER, 1) => cx.task.set_flag(flags::PF_IO_FLUSHER),
        (pr::SET_IO_FLUSHER, 0) => cx.task.clear_flag(flags::PF_IO_FLUSHER),
        (pr::GET_IO_FLUSHER, 0) => return Ok(usize::from(cx.task.flags() & flags::PF_IO_FLUSHER != 0)),
        _ => return Err(Errno::EINVAL),
    }
    Ok(0)
}

fn set_name(cx: &Cx<'_>, name: UserCStr) -> Result<usize, Errno> {
    let mut buf = [0; 16];
    let name = cx.mm().read_cstr(name, &mut buf[..15])?;
    cx.task.set_comm(name);
    Ok(0)
}

/// The options about capabilities (capabilities(7)).
fn cap_prctl(cx: &mut Cx<'_>, option: i32, arg2: u64, arg3: u64, rest: u64) -> Result<usize, Errno> {
    const KEEP_CAPS: u32 = 0x10;
    const KEEP_CAPS_LOCKED: u32 = 0x20;
    let cred = cx.cred();
    let known = arg2 <= u64::from(CAP_LAST_CAP);
    match option {
        pr::GET_KEEPCAPS => Ok(usize::from(cred.securebits & KEEP_CAPS != 0)),
        pr::SET_KEEPCAPS => {
            if arg2 > 1 {
                return Err(Errno::EINVAL);
            }
            if cred.securebits & KEEP_CAPS_LOCKED != 0 {
                return Err(Errno::EPERM);
            }
            let bit = if arg2 == 1 { KEEP_CAPS } else { 0 };
            update(cx, |cred| cred.securebits = cred.securebits & !KEEP_CAPS | bit)
        }
        pr::CAPBSET_READ if known => Ok(usize::from(cred.cap_bset & (1 << arg2) != 0)),
        pr::CAPBSET_DROP if !cred.capable(CAP_SETPCAP) => Err(Errno::EPERM),
        pr::CAPBSET_DROP if known => update(cx, |cred| cred.cap_bset &= !(1 << arg2)),
        pr::GET_SECUREBITS => Ok(cred.securebits as usize),
        pr::SET_SECUREBITS => set_securebits(cx, arg2),
        pr::CAP_AMBIENT if rest == 0 => ambient(cx, arg2, arg3),
        _ => Err(Errno::EINVAL),
    }
}

fn update(cx: &mut Cx<'_>, edit: impl FnOnce(&mut Cred)) -> Result<usize, Errno> {
    let mut new = cx.cred().clone();
    edit(&mut new);
    cx.set_cred(Arc::new(new));
    Ok(0)
}

fn set_securebits(cx: &mut Cx<'_>, bits: u64) -> Result<usize, Errno> {
    /// Each switch has its lock in the bit above.
    const SWITCHES: u32 = 0x55;
    const ALL: u64 = 0xff;
    let cred = cx.cred();
    let old = cred.securebits;
    let locked = (old & !SWITCHES) >> 1;
    let changed = old ^ bits as u32;
    let unlocks = old & !SWITCHES & !(bits as u32) != 0;
    if locked & changed != 0 || unlocks || bits & !ALL != 0 || !cred.capable(CAP_SETPCAP) {
        return Err(Errno::EPERM);
    }
    update(cx, |cred| cred.securebits = bits as u32)
}

fn ambient(cx: &mut Cx<'_>, what: u64, cap: u64) -> Result<usize, Errno> {
    const IS_SET: u64 = 1;
    const RAISE: u64 = 2;
    const LOWER: u64 = 3;
    const CLEAR_ALL: u64 = 4;
    const NO_AMBIENT_RAISE: u32 = 0x40;
    if what == CLEAR_ALL {
        return if cap == 0 { update(cx, |cred| cred.cap_ambient = 0) } else { Err(Errno::EINVAL) };
    }
    if cap > u64::from(CAP_LAST_CAP) {
        return Err(Errno::EINVAL);
    }
    let bit = 1 << cap;
    let cred = cx.cred();
    match what {
        IS_SET => Ok(usize::from(cred.cap_ambient & bit != 0)),
        RAISE => {
            let held = cred.cap_permitted & cred.cap_inheritable & bit != 0;
            if !held || cred.securebits & NO_AMBIENT_RAISE != 0 {
                return Err(Errno::EPERM);
            }
            update(cx, |cred| cred.cap_ambient |= bit)
        }
        LOWER => update(cx, |cred| cred.cap_ambient &= !bit),
        _ => Err(Errno::EINVAL),
    }
}

/// arch_prctl(2).
pub fn arch_prctl(cx: &mut Cx<'_>, option: i32, arg2: u64) -> Result<usize, Errno> {
    const SET_GS: i32 = 0x1001;
    const SET_FS: i32 = 0x1002;
    const GET_FS: i32 = 0x1003;
    const GET_GS: i32 = 0x1004;
    const GET_CPUID: i32 = 0x1011;
    const SET_CPUID: i32 = 0x1012;
    let context = &cx.task.thread.context;
    match option {
        SET_FS | SET_GS | GET_FS | GET_GS if cx.abi() == Abi::I386 => Err(Errno::EINVAL),
        SET_FS | SET_GS if arg2 >= task_size_max() => Err(Errno::EPERM),
        SET_FS => {
            context.set_flat_fs(arg2);
            Ok(0)
        }
        SET_GS => {
            context.set_flat_gs(arg2);
            Ok(0)
        }
        GET_FS => cx.mm().write(UserPtr::<u64>::new(arg2), &context.fs_base()).map(|()| 0),
        GET_GS => cx.mm().write(UserPtr::<u64>::new(arg2), &context.gs_base()).map(|()| 0),
        GET_CPUID => Ok(1),
        // CPUID faulting would have to be emulated.
        SET_CPUID => Err(Errno::ENODEV),
        _ => Err(Errno::EINVAL),
    }
}
