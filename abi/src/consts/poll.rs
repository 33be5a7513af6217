//! Constants of poll(2).
/// Events: `POLLIN`.
pub const POLLIN: u16 = 1;
/// Events: `POLLPRI`.
pub const POLLPRI: u16 = 2;
/// Events: `POLLOUT`.
pub const POLLOUT: u16 = 4;
/// Events: `POLLERR`.
pub const POLLERR: u16 = 8;
/// Events: `POLLHUP`.
pub const POLLHUP: u16 = 0x10;
/// Events: `POLLNVAL`.
pub const POLLNVAL: u16 = 0x20;
/// Events: `POLLRDNORM`.
pub const POLLRDNORM: u16 = 0x40;
/// Events: `POLLRDBAND`.
pub const POLLRDBAND: u16 = 0x80;
/// Events: `POLLWRNORM`.
pub const POLLWRNORM: u16 = 0x100;
/// Events: `POLLWRBAND`.
pub const POLLWRBAND: u16 = 0x200;
/// Events: `POLLMSG`.
pub const POLLMSG: u16 = 0x400;
/// Events: `POLLREMOVE`.
pub const POLLREMOVE: u16 = 0x1000;
/// Events: `POLLRDHUP`.
pub const POLLRDHUP: u16 = 0x2000;
