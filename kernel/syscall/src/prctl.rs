//! Per-process and per-thread switches: prctl, arch_prctl.

use alloc::sync::Arc;

use abi::Errno;
use mm::{TASK_SIZE_MAX, UserCStr, UserPtr};
use process::Cx;
use vfs::Cred;
use vfs::cred::{CAP_LAST_CAP, CAP_SETPCAP};

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
        pr::SET_TIMERSLACK => {
            // 0 means the default, which is what the process began with.
            task.set_timer_slack_ns(if arg2 == 0 { task.default_timer_slack_ns() } else { arg2 });
        }
        pr::GET_TIMERSLACK => return Ok(task.timer_slack_ns() as usize),
        pr::SET_CHILD_SUBREAPER => task.set_subreaper(arg2 != 0),
        pr::GET_CHILD_SUBREAPER => {
            cx.mm().write(UserPtr::<i32>::new(arg2), &i32::from(task.is_subreaper()))?;
        }
        pr::SET_NO_NEW_PRIVS if arg2 == 1 && only_one => task.set_no_new_privs(),
        pr::GET_NO_NEW_PRIVS if none => return Ok(usize::from(task.no_new_privs())),
        pr::GET_TID_ADDRESS => cx.mm().write(UserPtr::<u64>::new(arg2), &task.clear_child_tid_addr())?,
        _ => return cap_prctl(cx, option, arg2, arg3, arg4 | arg5),
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
        SET_FS | SET_GS if arg2 >= TASK_SIZE_MAX => Err(Errno::EPERM),
        SET_FS => {
            context.set_fs_base(arg2);
            Ok(0)
        }
        SET_GS => {
            context.set_gs_base(arg2);
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
