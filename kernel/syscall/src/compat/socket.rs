//! socketcall(2): all socket calls behind one number.

use abi::Errno;
use abi::layout::{Mmsghdr32, Msghdr32};
use mm::UserPtr;
use process::Cx;

use crate::{socket, socket_io};

/// How many arguments each call has, by number (linux/net.h).
const ARGUMENTS: [usize; 21] = [0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4];

/// socketcall(2).
pub fn socketcall(cx: &mut Cx<'_>, call: i32, args: UserPtr<u32>) -> Result<usize, Errno> {
    let count = usize::try_from(call)
        .ok()
        .filter(|call| *call > 0)
        .and_then(|call| hal::nospec::get(&ARGUMENTS, call));
    let count = *count.ok_or(Errno::EINVAL)?;
    let mut a = [0u32; 6];
    for (nth, slot) in a.iter_mut().enumerate().take(count) {
        *slot = cx.mm().read(args.offset(nth as u64).ok_or(Errno::EFAULT)?)?;
    }
    let [fd, second, third] = [a[0] as i32, a[1] as i32, a[2] as i32];
    let ptr = |nth: usize| UserPtr::<u8>::new(u64::from(a.get(nth).copied().unwrap_or(0)));
    let len = |nth: usize| ptr(nth).cast::<i32>();
    let message = ptr(1).cast::<Msghdr32>();
    let messages = ptr(1).cast::<Mmsghdr32>();
    let size = a[2] as usize;
    match call {
        1 => socket::socket(cx, fd, second, third),
        2 => socket::bind(cx, fd, ptr(1), third),
        3 => socket::connect(cx, fd, ptr(1), third),
        4 => socket::listen(cx, fd, second),
        5 => socket::accept4(cx, fd, ptr(1), len(2), 0),
        6 => socket::getsockname(cx, fd, ptr(1), len(2)),
        7 => socket::getpeername(cx, fd, ptr(1), len(2)),
        8 => socket::socketpair(cx, fd, second, third, ptr(3).cast()),
        9 => socket_io::sendto(cx, fd, ptr(1), size, a[3], UserPtr::null(), 0),
        10 => socket_io::recvfrom(cx, fd, ptr(1), size, a[3], UserPtr::null(), UserPtr::null()),
        11 => socket_io::sendto(cx, fd, ptr(1), size, a[3], ptr(4), a[5] as i32),
        12 => socket_io::recvfrom(cx, fd, ptr(1), size, a[3], ptr(4), len(5)),
        13 => socket::shutdown(cx, fd, second),
        14 => socket::setsockopt(cx, fd, second, third, ptr(3), a[4] as i32),
        15 => socket::getsockopt(cx, fd, second, third, ptr(3), len(4)),
        16 => socket_io::sendmsg(cx, fd, message, a[2]),
        17 => socket_io::recvmsg(cx, fd, message, a[2]),
        18 => socket::accept4(cx, fd, ptr(1), len(2), a[3] as i32),
        19 => socket_io::recvmmsg(cx, fd, messages, a[2], a[3], ptr(4).cast::<[i32; 2]>()),
        20 => socket_io::sendmmsg(cx, fd, messages, a[2], a[3]),
        _ => Err(Errno::EINVAL),
    }
}
