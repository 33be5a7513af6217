//! memfd_create(2).

use abi::Errno;
use mm::UserCStr;
use process::Cx;
use tmpfs::memfd::mfd;

use crate::open::nofile;

/// The longest name.
const NAME_MAX: usize = 249;

/// memfd_create(2). Huge pages are refused (`EINVAL`).
pub fn memfd_create(cx: &mut Cx<'_>, name: UserCStr, flags: u32) -> Result<usize, Errno> {
    let mut bytes = [0; NAME_MAX + 1];
    if flags & !(mfd::CLOEXEC | mfd::ALLOW_SEALING | mfd::NOEXEC_SEAL | mfd::EXEC) != 0 {
        return Err(Errno::EINVAL);
    }
    let name = cx.mm().read_cstr(name, &mut bytes)?;
    if name.len() > NAME_MAX {
        return Err(Errno::EINVAL);
    }
    let file = tmpfs::memfd::create(name, flags, cx.cred())?;
    cx.files().add(file, flags & mfd::CLOEXEC != 0, nofile(cx)).map(|fd| fd as usize)
}
