//! Processes as files: pidfd_open(2), pidfd_send_signal(2).

use abi::Errno;
use mm::UserPtr;
use process::Cx;
use process::signal::{self, SigInfo, code};

use crate::file::nofile;
use crate::signal::RawInfo;

/// pidfd_open(2). The descriptor is always closed on exec.
pub fn pidfd_open(cx: &mut Cx<'_>, pid: i32, flags: u32) -> Result<usize, Errno> {
    let file = process::pidfd::open(pid, flags, cx.cred())?;
    cx.files().add(file, true, nofile(cx)).map(|fd| fd as usize)
}

/// pidfd_send_signal(2). The flags of Linux 6.9 are not supported (`EINVAL`).
pub fn pidfd_send_signal(
    cx: &mut Cx<'_>,
    pidfd: i32,
    sig: i32,
    info: UserPtr<RawInfo>,
    flags: u32,
) -> Result<usize, Errno> {
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    let file = cx.files().get(pidfd)?;
    let group = process::pidfd::of_file(&file)?;
    let info = match info.non_null() {
        None => SigInfo::user(sig, code::SI_USER, cx.task.tgid(), cx.cred().uid),
        Some(at) => {
            let bytes = cx.mm().read(at)?;
            let given = bytes.first_chunk::<4>().map_or(0, |number| i32::from_le_bytes(*number));
            if given != sig {
                return Err(Errno::EINVAL);
            }
            let info = SigInfo::from_bytes(sig, &bytes);
            // A program may claim any origin towards itself, towards others only that of sigqueue.
            if (info.code >= 0 || info.code == code::SI_TKILL) && group.tgid() != cx.task.tgid() {
                return Err(Errno::EPERM);
            }
            info
        }
    };
    signal::kill_group(cx, group, info).map(|()| 0)
}
