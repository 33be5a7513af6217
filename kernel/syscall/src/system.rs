//! The system as a whole: names, limits, memory, the log, the end of it all.

use abi::layout::{RlimitLayout, SysinfoLayout};
use abi::{Errno, Sysinfo};
use mm::{UserCStr, UserPtr};
use process::rlimit::{self, RLimit};
use process::{Cx, uts};
use vfs::cred::{CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_RESOURCE};

use crate::file::check_buffer;

/// `struct new_utsname`: six fields of 65 bytes.
pub type RawUtsname = [u8; 6 * uts::FIELD];
/// `struct rlimit64`: soft, hard.
pub type RawLimit = [u64; 2];

/// uname(2).
pub fn uname(cx: &mut Cx<'_>, name: UserPtr<RawUtsname>) -> Result<usize, Errno> {
    cx.mm().write(name, &uts_names(cx))?;
    Ok(0)
}

/// The names as the caller's personality has them.
pub(crate) fn uts_names(cx: &Cx<'_>) -> RawUtsname {
    const PER_MASK: u32 = 0xff;
    const PER_LINUX32: u32 = 8;
    const UNAME26: u32 = 0x2_0000;
    let mut raw = [0; 6 * uts::FIELD];
    let (node, domain) = (uts::nodename(), uts::domainname());
    // Two personalities tell programs what they can bear (personality(2)).
    let persona = cx.task.personality();
    let release = if persona & UNAME26 != 0 { uts::RELEASE_26 } else { uts::RELEASE };
    let machine = if persona & PER_MASK == PER_LINUX32 { uts::MACHINE_32 } else { uts::MACHINE };
    let fields: [&[u8]; 6] = [
        uts::SYSNAME.as_bytes(),
        node.as_bytes(),
        release.as_bytes(),
        uts::VERSION.as_bytes(),
        machine.as_bytes(),
        domain.as_bytes(),
    ];
    for (to, from) in raw.chunks_exact_mut(uts::FIELD).zip(fields) {
        for (to, from) in to.iter_mut().zip(from.iter().take(uts::NAME_MAX)) {
            *to = *from;
        }
    }
    raw
}

fn set_name(cx: &Cx<'_>, name: UserPtr<u8>, len: i32, set: fn(&[u8])) -> Result<usize, Errno> {
    if !cx.cred().capable(CAP_SYS_ADMIN) {
        return Err(Errno::EPERM);
    }
    let mut buf = [0; uts::NAME_MAX];
    let len = usize::try_from(len).map_err(|_| Errno::EINVAL)?;
    let text = buf.get_mut(..len).ok_or(Errno::EINVAL)?;
    cx.mm().read_bytes(name.addr(), text)?;
    set(text);
    Ok(0)
}

/// sethostname(2).
pub fn sethostname(cx: &mut Cx<'_>, name: UserPtr<u8>, len: i32) -> Result<usize, Errno> {
    set_name(cx, name, len, uts::set_nodename)
}

/// setdomainname(2).
pub fn setdomainname(cx: &mut Cx<'_>, name: UserPtr<u8>, len: i32) -> Result<usize, Errno> {
    set_name(cx, name, len, uts::set_domainname)
}

/// The most that RLIMIT_NOFILE may be (`/proc/sys/fs/nr_open`).
const NR_OPEN: u64 = 1024 * 1024;

fn set_limit(cx: &Cx<'_>, group: &process::ThreadGroup, resource: usize, new: RLimit) -> Result<(), Errno> {
    let old = group.limits().get(resource).ok_or(Errno::EINVAL)?;
    if new.cur > new.max {
        return Err(Errno::EINVAL);
    }
    if resource == rlimit::RLIMIT_NOFILE && new.max > NR_OPEN {
        return Err(Errno::EPERM);
    }
    if new.max > old.max && !cx.cred().capable(CAP_SYS_RESOURCE) {
        return Err(Errno::EPERM);
    }
    group.limits().set(resource, new);
    if resource == rlimit::RLIMIT_CPU {
        group.watch_cpu_limit();
    }
    if resource == rlimit::RLIMIT_RTTIME {
        group.watch_rt_limit();
    }
    if let Some(mm) = group.leader().and_then(|leader| leader.mm()) {
        mm.set_limits(process::exec::memory_limits(group));
    }
    Ok(())
}

/// getrlimit(2).
pub fn getrlimit<L: RlimitLayout>(cx: &mut Cx<'_>, resource: u32, rlim: UserPtr<L>) -> Result<usize, Errno> {
    let limit = cx.task.group.limits().get(resource as usize).ok_or(Errno::EINVAL)?;
    cx.mm().write(rlim, &L::narrow([limit.cur, limit.max]))?;
    Ok(0)
}

/// setrlimit(2).
pub fn setrlimit<L: RlimitLayout>(cx: &mut Cx<'_>, resource: u32, rlim: UserPtr<L>) -> Result<usize, Errno> {
    let [cur, max] = cx.mm().read(rlim)?.widen();
    set_limit(cx, &cx.task.group, resource as usize, RLimit { cur, max })?;
    Ok(0)
}

/// prlimit64(2).
pub fn prlimit64(
    cx: &mut Cx<'_>,
    pid: i32,
    resource: u32,
    new_rlim: UserPtr<RawLimit>,
    old_rlim: UserPtr<RawLimit>,
) -> Result<usize, Errno> {
    let new = match new_rlim.non_null() {
        Some(ptr) => {
            let [cur, max] = cx.mm().read(ptr)?;
            Some(RLimit { cur, max })
        }
        None => None,
    };
    let group = if pid == 0 {
        cx.task.group.clone()
    } else {
        let target = process::find_task(pid).ok_or(Errno::ESRCH)?;
        check_prlimit(cx, &target)?;
        target.group.clone()
    };
    let old = group.limits().get(resource as usize).ok_or(Errno::EINVAL)?;
    if let Some(new) = new {
        set_limit(cx, &group, resource as usize, new)?;
    }
    if let Some(ptr) = old_rlim.non_null() {
        cx.mm().write(ptr, &[old.cur, old.max])?;
    }
    Ok(0)
}

fn check_prlimit(cx: &Cx<'_>, target: &process::Task) -> Result<(), Errno> {
    if core::ptr::eq(cx.task, target) || cx.cred().capable(CAP_SYS_RESOURCE) {
        return Ok(());
    }
    let (mine, theirs) = (cx.cred(), target.cred());
    let users = [theirs.uid, theirs.euid, theirs.suid].iter().all(|uid| *uid == mine.uid);
    let groups = [theirs.gid, theirs.egid, theirs.sgid].iter().all(|gid| *gid == mine.gid);
    if users && groups { Ok(()) } else { Err(Errno::EPERM) }
}

/// sysinfo(2).
pub fn sysinfo<S: SysinfoLayout>(cx: &mut Cx<'_>, info: UserPtr<S>) -> Result<usize, Errno> {
    // Fixed point with 16 bits here, 11 inside.
    let loads = sched::load::averages().map(|load| load << 5);
    let page = hal::mem::PAGE_SIZE as u64;
    let answer = Sysinfo {
        uptime: sched::clock::boottime_ns().div_ceil(1_000_000_000) as i64,
        loads,
        totalram: hal::mem::frames::total() as u64 * page,
        freeram: hal::mem::frames::free() as u64 * page,
        sharedram: mm::cached_pages().1 * page,
        procs: process::nr_tasks().min(0xffff) as u16,
        mem_unit: 1,
        ..Sysinfo::default()
    };
    cx.mm().write(info, &S::narrow(answer))?;
    Ok(0)
}

/// getrandom(2).
pub fn getrandom(_cx: &mut Cx<'_>, buf: UserPtr<u8>, count: usize, flags: u32) -> Result<usize, Errno> {
    const GRND_NONBLOCK: u32 = 1;
    const GRND_RANDOM: u32 = 2;
    const GRND_INSECURE: u32 = 4;
    if flags & !(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) != 0
        || flags & (GRND_INSECURE | GRND_RANDOM) == GRND_INSECURE | GRND_RANDOM
    {
        return Err(Errno::EINVAL);
    }
    let count = count.min(i32::MAX as usize);
    check_buffer(buf.addr(), count)?;
    vfs::random::random_to_user(&mut mm::IterDst::user(buf.addr(), count))
}

/// vhangup(2): the caller's terminal is hung up, for whoever has it open. EPERM without CAP_SYS_TTY_CONFIG.
pub fn vhangup(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    if !cx.cred().capable(abi::capability::CAP_SYS_TTY_CONFIG) {
        return Err(Errno::EPERM);
    }
    if let Some(tty) = cx.task.group.tty() {
        tty.vhangup();
    }
    Ok(0)
}

/// reboot(2).
pub fn reboot(cx: &mut Cx<'_>, magic1: i32, magic2: i32, cmd: u32, arg: UserCStr) -> Result<usize, Errno> {
    const MAGIC1: u32 = 0xfee1_dead;
    const MAGIC2: [i32; 4] = [672_274_793, 85_072_278, 369_367_448, 537_993_216];
    const RESTART: u32 = 0x0123_4567;
    const HALT: u32 = 0xcdef_0123;
    const CAD_ON: u32 = 0x89ab_cdef;
    const CAD_OFF: u32 = 0;
    const POWER_OFF: u32 = 0x4321_fedc;
    const RESTART2: u32 = 0xa1b2_c3d4;
    if !cx.cred().capable(CAP_SYS_BOOT) {
        return Err(Errno::EPERM);
    }
    if magic1 as u32 != MAGIC1 || !MAGIC2.contains(&magic2) {
        return Err(Errno::EINVAL);
    }
    if cmd == RESTART2 {
        // What firmware should start next: nothing here could, but a bad address is an error.
        cx.mm().read_cstr(arg, &mut [0; 256])?;
    }
    match cmd {
        RESTART | RESTART2 => {
            hal::kprintln!("reboot: Restarting system");
            hal::power::reboot()
        }
        HALT => {
            hal::kprintln!("reboot: System halted");
            hal::power::halt()
        }
        POWER_OFF => {
            hal::kprintln!("reboot: Power down");
            hal::power::power_off()
        }
        // There is no key that could raise it, so there is nothing to switch.
        CAD_ON | CAD_OFF => Ok(0),
        _ => Err(Errno::EINVAL),
    }
}

/// personality(2).
pub fn personality(cx: &mut Cx<'_>, persona: u32) -> Result<usize, Errno> {
    const QUERY: u32 = 0xffff_ffff;
    let old = if persona == QUERY { cx.task.personality() } else { cx.task.set_personality(persona) };
    Ok(old as usize)
}
