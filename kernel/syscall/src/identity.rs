//! Who a process is: numbers, users, groups, capabilities, sessions.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use mm::UserPtr;
use process::Cx;
use vfs::Cred;
use vfs::cred::{CAP_FULL_SET, CAP_SETGID, CAP_SETPCAP, CAP_SETUID};

/// "Leave it as it is" in the set*id calls.
const KEEP: u32 = u32::MAX;
/// SECBIT_NO_SETUID_FIXUP and SECBIT_KEEP_CAPS (capabilities(7)).
const NO_SETUID_FIXUP: u32 = 0x4;
const KEEP_CAPS: u32 = 0x10;
/// Capabilities that follow the file-system user.
const FS_CAPS: u64 = 0b1_1111 | 1 << 9 | 1 << 27 | 1 << 32;
const NGROUPS_MAX: usize = 65536;

/// getpid(2).
#[inline(always)]
pub fn getpid(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(cx.task.tgid() as usize)
}

/// gettid(2).
#[inline(always)]
pub fn gettid(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(cx.task.pid() as usize)
}

/// getppid(2).
#[inline(always)]
pub fn getppid(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(cx.task.ppid() as u32 as usize)
}

/// getuid(2).
#[inline]
pub fn getuid(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(cx.cred().uid as usize)
}

/// geteuid(2).
#[inline]
pub fn geteuid(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(cx.cred().euid as usize)
}

/// getgid(2).
#[inline]
pub fn getgid(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(cx.cred().gid as usize)
}

/// getegid(2).
#[inline]
pub fn getegid(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(cx.cred().egid as usize)
}

/// What a change of users does to the capabilities (capabilities(7), "Effect of user ID
/// changes on capabilities").
fn fix_caps(old: &Cred, new: &mut Cred) {
    if old.securebits & NO_SETUID_FIXUP != 0 {
        return;
    }
    let had_root = old.uid == 0 || old.euid == 0 || old.suid == 0;
    let has_root = new.uid == 0 || new.euid == 0 || new.suid == 0;
    if had_root && !has_root {
        if old.securebits & KEEP_CAPS == 0 {
            new.cap_permitted = 0;
            new.cap_effective = 0;
        }
        new.cap_ambient = 0;
    }
    if old.euid == 0 && new.euid != 0 {
        new.cap_effective = 0;
    }
    if old.euid != 0 && new.euid == 0 {
        new.cap_effective = new.cap_permitted;
    }
}

fn change(cx: &mut Cx<'_>, edit: impl FnOnce(&mut Cred) -> Result<(), Errno>) -> Result<usize, Errno> {
    let old = cx.cred().clone();
    let mut new = old.clone();
    edit(&mut new)?;
    fix_caps(&old, &mut new);
    cx.commit_creds(Arc::new(new));
    Ok(0)
}

/// setuid(2).
pub fn setuid(cx: &mut Cx<'_>, uid: u32) -> Result<usize, Errno> {
    if uid == KEEP {
        return Err(Errno::EINVAL);
    }
    change(cx, |cred| {
        if cred.capable(CAP_SETUID) {
            cred.uid = uid;
            cred.suid = uid;
        } else if uid != cred.uid && uid != cred.suid {
            return Err(Errno::EPERM);
        }
        cred.euid = uid;
        cred.fsuid = uid;
        Ok(())
    })
}

/// setgid(2).
pub fn setgid(cx: &mut Cx<'_>, gid: u32) -> Result<usize, Errno> {
    if gid == KEEP {
        return Err(Errno::EINVAL);
    }
    change(cx, |cred| {
        if cred.capable(CAP_SETGID) {
            cred.gid = gid;
            cred.sgid = gid;
        } else if gid != cred.gid && gid != cred.sgid {
            return Err(Errno::EPERM);
        }
        cred.egid = gid;
        cred.fsgid = gid;
        Ok(())
    })
}

/// setreuid(2).
pub fn setreuid(cx: &mut Cx<'_>, ruid: u32, euid: u32) -> Result<usize, Errno> {
    change(cx, |cred| {
        let capable = cred.capable(CAP_SETUID);
        let old = (cred.uid, cred.euid, cred.suid);
        if ruid != KEEP {
            if !capable && ruid != old.0 && ruid != old.1 {
                return Err(Errno::EPERM);
            }
            cred.uid = ruid;
        }
        if euid != KEEP {
            if !capable && euid != old.0 && euid != old.1 && euid != old.2 {
                return Err(Errno::EPERM);
            }
            cred.euid = euid;
        }
        if ruid != KEEP || euid != KEEP && euid != old.0 {
            cred.suid = cred.euid;
        }
        cred.fsuid = cred.euid;
        Ok(())
    })
}

/// setregid(2).
pub fn setregid(cx: &mut Cx<'_>, rgid: u32, egid: u32) -> Result<usize, Errno> {
    change(cx, |cred| {
        let capable = cred.capable(CAP_SETGID);
        let old = (cred.gid, cred.egid, cred.sgid);
        if rgid != KEEP {
            if !capable && rgid != old.0 && rgid != old.1 {
                return Err(Errno::EPERM);
            }
            cred.gid = rgid;
        }
        if egid != KEEP {
            if !capable && egid != old.0 && egid != old.1 && egid != old.2 {
                return Err(Errno::EPERM);
            }
            cred.egid = egid;
        }
        if rgid != KEEP || egid != KEEP && egid != old.0 {
            cred.sgid = cred.egid;
        }
        cred.fsgid = cred.egid;
        Ok(())
    })
}

fn one_of(value: u32, old: [u32; 3]) -> bool {
    value == KEEP || old.contains(&value)
}

/// setresuid(2).
pub fn setresuid(cx: &mut Cx<'_>, ruid: u32, euid: u32, suid: u32) -> Result<usize, Errno> {
    change(cx, |cred| {
        let old = [cred.uid, cred.euid, cred.suid];
        if !cred.capable(CAP_SETUID) && ![ruid, euid, suid].iter().all(|id| one_of(*id, old)) {
            return Err(Errno::EPERM);
        }
        // Nothing new: then the file-system user stays, too.
        let same = |id: u32, now: u32| id == KEEP || id == now;
        if same(ruid, old[0]) && same(euid, old[1]) && same(suid, old[2]) && same(euid, cred.fsuid) {
            return Ok(());
        }
        for (slot, id) in [(&mut cred.uid, ruid), (&mut cred.euid, euid), (&mut cred.suid, suid)] {
            if id != KEEP {
                *slot = id;
            }
        }
        cred.fsuid = cred.euid;
        Ok(())
    })
}

/// setresgid(2).
pub fn setresgid(cx: &mut Cx<'_>, rgid: u32, egid: u32, sgid: u32) -> Result<usize, Errno> {
    change(cx, |cred| {
        let old = [cred.gid, cred.egid, cred.sgid];
        if !cred.capable(CAP_SETGID) && ![rgid, egid, sgid].iter().all(|id| one_of(*id, old)) {
            return Err(Errno::EPERM);
        }
        // Nothing new: then the file-system group stays, too.
        let same = |id: u32, now: u32| id == KEEP || id == now;
        if same(rgid, old[0]) && same(egid, old[1]) && same(sgid, old[2]) && same(egid, cred.fsgid) {
            return Ok(());
        }
        for (slot, id) in [(&mut cred.gid, rgid), (&mut cred.egid, egid), (&mut cred.sgid, sgid)] {
            if id != KEEP {
                *slot = id;
            }
        }
        cred.fsgid = cred.egid;
        Ok(())
    })
}

fn put_three(cx: &Cx<'_>, at: [UserPtr<u32>; 3], values: [u32; 3]) -> Result<usize, Errno> {
    for (ptr, value) in at.into_iter().zip(values) {
        cx.mm().write(ptr, &value)?;
    }
    Ok(0)
}

/// getresuid(2).
pub fn getresuid(cx: &mut Cx<'_>, r: UserPtr<u32>, e: UserPtr<u32>, s: UserPtr<u32>) -> Result<usize, Errno> {
    let cred = cx.cred();
    put_three(cx, [r, e, s], [cred.uid, cred.euid, cred.suid])
}

/// getresgid(2).
pub fn getresgid(cx: &mut Cx<'_>, r: UserPtr<u32>, e: UserPtr<u32>, s: UserPtr<u32>) -> Result<usize, Errno> {
    let cred = cx.cred();
    put_three(cx, [r, e, s], [cred.gid, cred.egid, cred.sgid])
}

/// setfsuid(2): the old value, whether it worked or not.
pub fn setfsuid(cx: &mut Cx<'_>, uid: u32) -> Result<usize, Errno> {
    let old = cx.cred().clone();
    let allowed = [old.uid, old.euid, old.suid, old.fsuid].contains(&uid) || old.capable(CAP_SETUID);
    if uid != KEEP && allowed && uid != old.fsuid {
        let mut new = old.clone();
        new.fsuid = uid;
        if old.securebits & NO_SETUID_FIXUP == 0 {
            if old.fsuid == 0 {
                new.cap_effective &= !FS_CAPS;
            } else if uid == 0 {
                new.cap_effective |= new.cap_permitted & FS_CAPS;
            }
        }
        cx.commit_creds(Arc::new(new));
    }
    Ok(old.fsuid as usize)
}

/// setfsgid(2): the old value, whether it worked or not.
pub fn setfsgid(cx: &mut Cx<'_>, gid: u32) -> Result<usize, Errno> {
    let old = cx.cred().clone();
    let allowed = [old.gid, old.egid, old.sgid, old.fsgid].contains(&gid) || old.capable(CAP_SETGID);
    if gid != KEEP && allowed && gid != old.fsgid {
        cx.commit_creds(Arc::new(Cred { fsgid: gid, ..old.clone() }));
    }
    Ok(old.fsgid as usize)
}

/// getgroups(2).
pub fn getgroups(cx: &mut Cx<'_>, size: i32, list: UserPtr<u32>) -> Result<usize, Errno> {
    let size = usize::try_from(size).map_err(|_| Errno::EINVAL)?;
    let groups = &cx.cred().groups;
    if size == 0 {
        return Ok(groups.len());
    }
    if groups.len() > size {
        return Err(Errno::EINVAL);
    }
    for (index, gid) in groups.iter().enumerate() {
        cx.mm().write(list.offset(index as u64).ok_or(Errno::EFAULT)?, gid)?;
    }
    Ok(groups.len())
}

/// setgroups(2).
pub fn setgroups(cx: &mut Cx<'_>, size: i32, list: UserPtr<u32>) -> Result<usize, Errno> {
    let size = check_setgroups(cx, size)?;
    let mut groups = Vec::new();
    groups.try_reserve_exact(size).map_err(|_| Errno::ENOMEM)?;
    for index in 0..size {
        groups.push(cx.mm().read(list.offset(index as u64).ok_or(Errno::EFAULT)?)?);
    }
    set_group_list(cx, groups)
}

/// Whether the caller may set groups, and how many it gives.
pub(crate) fn check_setgroups(cx: &Cx<'_>, size: i32) -> Result<usize, Errno> {
    if !cx.cred().capable(CAP_SETGID) {
        return Err(Errno::EPERM);
    }
    usize::try_from(size).ok().filter(|size| *size <= NGROUPS_MAX).ok_or(Errno::EINVAL)
}

/// Gives the caller these groups.
pub(crate) fn set_group_list(cx: &mut Cx<'_>, mut groups: Vec<u32>) -> Result<usize, Errno> {
    if groups.contains(&KEEP) {
        return Err(Errno::EINVAL);
    }
    groups.sort_unstable();
    let new = Cred { groups: Arc::from(groups), ..cx.cred().clone() };
    cx.commit_creds(Arc::new(new));
    Ok(0)
}

/// getpgrp(2).
pub fn getpgrp(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(cx.task.pgrp() as usize)
}

/// getpgid(2).
pub fn getpgid(cx: &mut Cx<'_>, pid: i32) -> Result<usize, Errno> {
    if pid == 0 {
        return getpgrp(cx);
    }
    process::find_task(pid).map(|task| task.pgrp() as usize).ok_or(Errno::ESRCH)
}

/// setpgid(2).
pub fn setpgid(cx: &mut Cx<'_>, pid: i32, pgid: i32) -> Result<usize, Errno> {
    process::pid::setpgid(cx.task, pid, pgid).map(|()| 0)
}

/// getsid(2).
pub fn getsid(cx: &mut Cx<'_>, pid: i32) -> Result<usize, Errno> {
    if pid == 0 {
        return Ok(cx.task.session() as usize);
    }
    process::find_task(pid).map(|task| task.session() as usize).ok_or(Errno::ESRCH)
}

/// setsid(2).
pub fn setsid(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    process::pid::setsid(cx.task).map(|sid| sid as usize)
}

/// How many `struct __user_cap_data_struct` a version of the interface has.
fn cap_words(cx: &Cx<'_>, header: UserPtr<[u32; 2]>) -> Result<(usize, i32), Errno> {
    const VERSION_1: u32 = 0x1998_0330;
    const VERSION_2: u32 = 0x2007_1026;
    const VERSION_3: u32 = 0x2008_0522;
    let [version, pid] = cx.mm().read(header)?;
    match version {
        VERSION_1 => Ok((1, pid as i32)),
        VERSION_2 | VERSION_3 => Ok((2, pid as i32)),
        _ => {
            cx.mm().write(header.cast::<u32>(), &VERSION_3)?;
            Err(Errno::EINVAL)
        }
    }
}

/// capget(2).
pub fn capget(cx: &mut Cx<'_>, header: UserPtr<[u32; 2]>, data: UserPtr<[u32; 3]>) -> Result<usize, Errno> {
    let (words, pid) = match cap_words(cx, header) {
        // Asking for the version that the kernel prefers.
        Ok(_) | Err(Errno::EINVAL) if data.is_null() => return Ok(0),
        other => other?,
    };
    if pid < 0 {
        return Err(Errno::EINVAL);
    }
    let cred = if pid == 0 || pid == cx.task.pid() {
        cx.cred_arc().clone()
    } else {
        process::find_task(pid).ok_or(Errno::ESRCH)?.cred()
    };
    for index in 0..words {
        let part = |caps: u64| (caps >> (32 * index)) as u32;
        let raw = [part(cred.cap_effective), part(cred.cap_permitted), part(cred.cap_inheritable)];
        cx.mm().write(data.offset(index as u64).ok_or(Errno::EFAULT)?, &raw)?;
    }
    Ok(0)
}

/// capset(2).
pub fn capset(cx: &mut Cx<'_>, header: UserPtr<[u32; 2]>, data: UserPtr<[u32; 3]>) -> Result<usize, Errno> {
    let (words, pid) = cap_words(cx, header)?;
    if pid != 0 && pid != cx.task.pid() {
        return Err(Errno::EPERM);
    }
    let (mut effective, mut permitted, mut inheritable) = (0u64, 0u64, 0u64);
    for index in 0..words {
        let raw = cx.mm().read(data.offset(index as u64).ok_or(Errno::EFAULT)?)?;
        let [e, p, i] = raw.map(|word| u64::from(word) << (32 * index));
        effective |= e;
        permitted |= p;
        inheritable |= i;
    }
    let [effective, permitted, inheritable] =
        [effective, permitted, inheritable].map(|caps| caps & CAP_FULL_SET);
    let old = cx.cred();
    let may_inherit = old.cap_inheritable | old.cap_permitted;
    if !old.capable(CAP_SETPCAP) && inheritable & !may_inherit != 0
        || inheritable & !(old.cap_inheritable | old.cap_bset) != 0
        || permitted & !old.cap_permitted != 0
        || effective & !permitted != 0
    {
        return Err(Errno::EPERM);
    }
    let ambient = old.cap_ambient & permitted & inheritable;
    let new = Cred {
        cap_effective: effective,
        cap_permitted: permitted,
        cap_inheritable: inheritable,
        cap_ambient: ambient,
        ..old.clone()
    };
    cx.set_cred(Arc::new(new));
    Ok(0)
}
