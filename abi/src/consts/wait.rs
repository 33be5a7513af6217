//! Constants of wait4(2), waitid(2).
/// Options: `WNOHANG`.
pub const WNOHANG: i32 = 1;
/// Options: `WSTOPPED`.
pub const WSTOPPED: i32 = 2;
/// Options: `WUNTRACED`.
pub const WUNTRACED: i32 = 2;
/// Options: `WEXITED`.
pub const WEXITED: i32 = 4;
/// Options: `WCONTINUED`.
pub const WCONTINUED: i32 = 8;
/// Options: `WNOWAIT`.
pub const WNOWAIT: i32 = 0x1000000;
/// Options: `__WNOTHREAD`.
pub const WNOTHREAD: i32 = 0x20000000;
/// Options: `__WALL`.
pub const WALL: i32 = 0x40000000;
/// Options: `__WCLONE`.
pub const WCLONE: i32 = -2147483648;
