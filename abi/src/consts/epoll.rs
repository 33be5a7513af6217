//! Constants of epoll(7).
/// Events, operations, flags: `EPOLLIN`.
pub const EPOLLIN: u32 = 1;
/// Events, operations, flags: `EPOLL_CTL_ADD`.
pub const EPOLL_CTL_ADD: u32 = 1;
/// Events, operations, flags: `EPOLLPRI`.
pub const EPOLLPRI: u32 = 2;
/// Events, operations, flags: `EPOLL_CTL_DEL`.
pub const EPOLL_CTL_DEL: u32 = 2;
/// Events, operations, flags: `EPOLL_CTL_MOD`.
pub const EPOLL_CTL_MOD: u32 = 3;
/// Events, operations, flags: `EPOLLOUT`.
pub const EPOLLOUT: u32 = 4;
/// Events, operations, flags: `EPOLLERR`.
pub const EPOLLERR: u32 = 8;
/// Events, operations, flags: `EPOLLHUP`.
pub const EPOLLHUP: u32 = 0x10;
/// Events, operations, flags: `EPOLLRDNORM`.
pub const EPOLLRDNORM: u32 = 0x40;
/// Events, operations, flags: `EPOLLRDBAND`.
pub const EPOLLRDBAND: u32 = 0x80;
/// Events, operations, flags: `EPOLLWRNORM`.
pub const EPOLLWRNORM: u32 = 0x100;
/// Events, operations, flags: `EPOLLWRBAND`.
pub const EPOLLWRBAND: u32 = 0x200;
/// Events, operations, flags: `EPOLLMSG`.
pub const EPOLLMSG: u32 = 0x400;
/// Events, operations, flags: `EPOLLRDHUP`.
pub const EPOLLRDHUP: u32 = 0x2000;
/// Events, operations, flags: `EPOLL_CLOEXEC`.
pub const EPOLL_CLOEXEC: u32 = 0x80000;
/// Events, operations, flags: `EPOLLEXCLUSIVE`.
pub const EPOLLEXCLUSIVE: u32 = 0x10000000;
/// Events, operations, flags: `EPOLLWAKEUP`.
pub const EPOLLWAKEUP: u32 = 0x20000000;
/// Events, operations, flags: `EPOLLONESHOT`.
pub const EPOLLONESHOT: u32 = 0x40000000;
/// Events, operations, flags: `EPOLLET`.
pub const EPOLLET: u32 = 0x80000000;
