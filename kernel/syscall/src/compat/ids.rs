//! Users and groups of 16 bits: the largest number means "none", and what does not fit is shown as nobody.

use abi::Errno;
use alloc::vec::Vec;
use mm::{UserCStr, UserPtr};
use process::Cx;

use crate::{attr, identity};

/// Who stands for a user or group that 16 bits can't say (fs.overflowuid).
const NOBODY: u16 = 65534;

/// The ID that a program means.
fn widen(id: u16) -> u32 {
    if id == u16::MAX { u32::MAX } else { u32::from(id) }
}

/// The ID as a program sees it.
pub(crate) fn narrow(id: u32) -> u16 {
    u16::try_from(id).unwrap_or(NOBODY)
}

/// chown(2).
pub fn chown16(cx: &mut Cx<'_>, path: UserCStr, uid: u16, gid: u16) -> Result<usize, Errno> {
    attr::chown(cx, path, widen(uid), widen(gid))
}

/// lchown(2).
pub fn lchown16(cx: &mut Cx<'_>, path: UserCStr, uid: u16, gid: u16) -> Result<usize, Errno> {
    attr::lchown(cx, path, widen(uid), widen(gid))
}

/// fchown(2).
pub fn fchown16(cx: &mut Cx<'_>, fd: u32, uid: u16, gid: u16) -> Result<usize, Errno> {
    attr::fchown(cx, fd, widen(uid), widen(gid))
}

/// setuid(2).
pub fn setuid16(cx: &mut Cx<'_>, uid: u16) -> Result<usize, Errno> {
    identity::setuid(cx, widen(uid))
}

/// setgid(2).
pub fn setgid16(cx: &mut Cx<'_>, gid: u16) -> Result<usize, Errno> {
    identity::setgid(cx, widen(gid))
}

/// setreuid(2).
pub fn setreuid16(cx: &mut Cx<'_>, ruid: u16, euid: u16) -> Result<usize, Errno> {
    identity::setreuid(cx, widen(ruid), widen(euid))
}

/// setregid(2).
pub fn setregid16(cx: &mut Cx<'_>, rgid: u16, egid: u16) -> Result<usize, Errno> {
    identity::setregid(cx, widen(rgid), widen(egid))
}

/// setresuid(2).
pub fn setresuid16(cx: &mut Cx<'_>, ruid: u16, euid: u16, suid: u16) -> Result<usize, Errno> {
    identity::setresuid(cx, widen(ruid), widen(euid), widen(suid))
}

/// setresgid(2).
pub fn setresgid16(cx: &mut Cx<'_>, rgid: u16, egid: u16, sgid: u16) -> Result<usize, Errno> {
    identity::setresgid(cx, widen(rgid), widen(egid), widen(sgid))
}

/// setfsuid(2): the result has 32 bits.
pub fn setfsuid16(cx: &mut Cx<'_>, uid: u16) -> Result<usize, Errno> {
    identity::setfsuid(cx, widen(uid))
}

/// setfsgid(2).
pub fn setfsgid16(cx: &mut Cx<'_>, gid: u16) -> Result<usize, Errno> {
    identity::setfsgid(cx, widen(gid))
}

/// getuid(2).
pub fn getuid16(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(narrow(cx.cred().uid).into())
}

/// geteuid(2).
pub fn geteuid16(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(narrow(cx.cred().euid).into())
}

/// getgid(2).
pub fn getgid16(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(narrow(cx.cred().gid).into())
}

/// getegid(2).
pub fn getegid16(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    Ok(narrow(cx.cred().egid).into())
}

fn put_three(cx: &Cx<'_>, at: [UserPtr<u16>; 3], ids: [u32; 3]) -> Result<usize, Errno> {
    for (ptr, id) in at.into_iter().zip(ids) {
        cx.mm().write(ptr, &narrow(id))?;
    }
    Ok(0)
}

/// getresuid(2).
pub fn getresuid16(
    cx: &mut Cx<'_>,
    ruid: UserPtr<u16>,
    euid: UserPtr<u16>,
    suid: UserPtr<u16>,
) -> Result<usize, Errno> {
    let cred = cx.cred();
    put_three(cx, [ruid, euid, suid], [cred.uid, cred.euid, cred.suid])
}

/// getresgid(2).
pub fn getresgid16(
    cx: &mut Cx<'_>,
    rgid: UserPtr<u16>,
    egid: UserPtr<u16>,
    sgid: UserPtr<u16>,
) -> Result<usize, Errno> {
    let cred = cx.cred();
    put_three(cx, [rgid, egid, sgid], [cred.gid, cred.egid, cred.sgid])
}

/// getgroups(2).
pub fn getgroups16(cx: &mut Cx<'_>, size: i32, list: UserPtr<u16>) -> Result<usize, Errno> {
    let groups = &cx.cred().groups;
    let size = usize::try_from(size).map_err(|_| Errno::EINVAL)?;
    if size == 0 {
        return Ok(groups.len());
    }
    if groups.len() > size {
        return Err(Errno::EINVAL);
    }
    for (nth, gid) in groups.iter().enumerate() {
        cx.mm().write(list.offset(nth as u64).ok_or(Errno::EFAULT)?, &narrow(*gid))?;
    }
    Ok(groups.len())
}

/// setgroups(2).
pub fn setgroups16(cx: &mut Cx<'_>, size: i32, list: UserPtr<u16>) -> Result<usize, Errno> {
    let count = identity::check_setgroups(cx, size)?;
    let mut groups = Vec::new();
    groups.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
    for nth in 0..count as u64 {
        groups.push(widen(cx.mm().read(list.offset(nth).ok_or(Errno::EFAULT)?)?));
    }
    identity::set_group_list(cx, groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_16_bits() {
        assert_eq!([widen(0xffff), widen(0xfffe), widen(7)], [u32::MAX, 0xfffe, 7]);
        assert_eq!([narrow(u32::MAX), narrow(0x1_0000), narrow(7)], [NOBODY, NOBODY, 7]);
    }
}
