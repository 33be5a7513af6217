//! I/O ports for programs: ioperm and iopl.

use abi::Errno;
use process::Cx;
use vfs::cred::CAP_SYS_RAWIO;

/// The highest I/O privilege level.
const MAX_LEVEL: u32 = 3;

/// ioperm(2): allows or forbids the calling thread `num` ports from `from` on.
pub fn ioperm(cx: &mut Cx<'_>, from: u64, num: u64, turn_on: i32) -> Result<usize, Errno> {
    let end = from.checked_add(num).filter(|end| *end > from && *end <= hal::thread::IO_PORTS as u64);
    if end.is_none() {
        return Err(Errno::EINVAL);
    }
    if turn_on != 0 && !cx.cred().capable(CAP_SYS_RAWIO) {
        return Err(Errno::EPERM);
    }
    let changed = cx.task.thread.context.set_io_ports(from as usize, num as usize, turn_on != 0);
    changed.map(|()| 0).map_err(|_| Errno::ENOMEM)
}

/// iopl(2): all ports for the calling thread, with level 3. The processor's own level stays 0.
pub fn iopl(cx: &mut Cx<'_>, level: u32) -> Result<usize, Errno> {
    let context = &cx.task.thread.context;
    if level > MAX_LEVEL {
        return Err(Errno::EINVAL);
    }
    if level > u32::from(context.io_level()) && !cx.cred().capable(CAP_SYS_RAWIO) {
        return Err(Errno::EPERM);
    }
    context.set_io_level(level as u8);
    Ok(0)
}
