//! epoll(7) and eventfd(2).

use abi::epoll::EPOLL_CTL_DEL;
use abi::layout::Longs;
use abi::{EpollEvent, Errno};
use alloc::sync::Arc;
use mm::UserPtr;
use process::Cx;
use vfs::File;
use vfs::consts::O_CLOEXEC;

use crate::open::nofile;
use crate::poll::{Deadline, deadline_of, read_timespec, under_mask};

/// The most events that one call fetches.
const MAX_EVENTS: i32 = i32::MAX / size_of::<EpollEvent>() as i32;

/// Puts an anonymous file into the descriptor table.
pub(crate) fn add_file(cx: &Cx<'_>, file: Arc<File>, flags: u32) -> Result<usize, Errno> {
    cx.files().add(file, flags & O_CLOEXEC != 0, nofile(cx)).map(|fd| fd as usize)
}

/// eventfd(2).
pub fn eventfd(cx: &mut Cx<'_>, count: u32) -> Result<usize, Errno> {
    eventfd2(cx, count, 0)
}

/// eventfd2: eventfd(2) with flags.
pub fn eventfd2(cx: &mut Cx<'_>, count: u32, flags: i32) -> Result<usize, Errno> {
    let file = ipc::eventfd::create(count, flags as u32, cx.cred())?;
    add_file(cx, file, flags as u32)
}

/// epoll_create(2): the size means nothing but has to be positive.
pub fn epoll_create(cx: &mut Cx<'_>, size: i32) -> Result<usize, Errno> {
    if size <= 0 {
        return Err(Errno::EINVAL);
    }
    epoll_create1(cx, 0)
}

/// epoll_create1(2).
pub fn epoll_create1(cx: &mut Cx<'_>, flags: i32) -> Result<usize, Errno> {
    let file = ipc::epoll::create(flags as u32, cx.cred())?;
    add_file(cx, file, flags as u32)
}

/// epoll_ctl(2).
pub fn epoll_ctl(
    cx: &mut Cx<'_>,
    epfd: i32,
    op: i32,
    fd: i32,
    event: UserPtr<EpollEvent>,
) -> Result<usize, Errno> {
    let op = op as u32;
    let event = if op == EPOLL_CTL_DEL { EpollEvent::default() } else { cx.mm().read(event)? };
    let epfile = cx.files().get(epfd)?;
    let target = cx.files().get(fd)?;
    ipc::epoll::control(epfile.as_arc(), op, target.as_arc(), fd, event).map(|()| 0)
}

#[inline]
fn wait(
    cx: &Cx<'_>,
    epfd: i32,
    events: UserPtr<EpollEvent>,
    max: i32,
    deadline: Deadline,
) -> Result<usize, Errno> {
    let file = cx.files().get(epfd)?;
    if max <= 0 || max > MAX_EVENTS {
        return Err(Errno::EINVAL);
    }
    let bytes = max as u64 * size_of::<EpollEvent>() as u64;
    if events.addr().checked_add(bytes).is_none_or(|end| end > mm::task_size_max()) {
        return Err(Errno::EFAULT);
    }
    let mm = cx.mm();
    ipc::epoll::of_file(&file)?.wait(max as usize, deadline, |nth, event| {
        mm.write(events.offset(nth as u64).ok_or(Errno::EFAULT)?, event)
    })
}

/// Milliseconds as epoll takes them: negative waits for ever.
#[inline]
fn deadline_of_ms(timeout_ms: i32) -> Deadline {
    deadline_of(u64::try_from(timeout_ms).ok().map(|ms| ms * 1_000_000))
}

/// epoll_wait(2). A signal that comes first is always EINTR.
pub fn epoll_wait(
    cx: &mut Cx<'_>,
    epfd: i32,
    events: UserPtr<EpollEvent>,
    max: i32,
    timeout_ms: i32,
) -> Result<usize, Errno> {
    wait(cx, epfd, events, max, deadline_of_ms(timeout_ms))
}

/// epoll_pwait(2).
pub fn epoll_pwait(
    cx: &mut Cx<'_>,
    epfd: i32,
    events: UserPtr<EpollEvent>,
    max: i32,
    timeout_ms: i32,
    mask: UserPtr<u64>,
    size: usize,
) -> Result<usize, Errno> {
    let deadline = deadline_of_ms(timeout_ms);
    under_mask(cx, mask, size, |cx| wait(cx, epfd, events, max, deadline))
}

/// epoll_pwait2(2): the timeout in nanoseconds.
pub fn epoll_pwait2<T: Longs<2>>(
    cx: &mut Cx<'_>,
    epfd: i32,
    events: UserPtr<EpollEvent>,
    max: i32,
    timeout: UserPtr<T>,
    mask: UserPtr<u64>,
    size: usize,
) -> Result<usize, Errno> {
    let deadline = deadline_of(read_timespec(cx, timeout)?);
    under_mask(cx, mask, size, |cx| wait(cx, epfd, events, max, deadline))
}
