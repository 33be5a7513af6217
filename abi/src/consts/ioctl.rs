//! Constants of ioctl(2), ioctl_tty(2).
/// Requests: `TCGETS`.
pub const TCGETS: u32 = 0x5401;
/// Requests: `TCSETS`.
pub const TCSETS: u32 = 0x5402;
/// Requests: `TCSETSW`.
pub const TCSETSW: u32 = 0x5403;
/// Requests: `TCSETSF`.
pub const TCSETSF: u32 = 0x5404;
/// Requests: `TCGETA`.
pub const TCGETA: u32 = 0x5405;
/// Requests: `TCSETA`.
pub const TCSETA: u32 = 0x5406;
/// Requests: `TCSETAW`.
pub const TCSETAW: u32 = 0x5407;
/// Requests: `TCSETAF`.
pub const TCSETAF: u32 = 0x5408;
/// Requests: `TCSBRK`.
pub const TCSBRK: u32 = 0x5409;
/// Requests: `TCXONC`.
pub const TCXONC: u32 = 0x540a;
/// Requests: `TCFLSH`.
pub const TCFLSH: u32 = 0x540b;
/// Requests: `TIOCEXCL`.
pub const TIOCEXCL: u32 = 0x540c;
/// Requests: `TIOCNXCL`.
pub const TIOCNXCL: u32 = 0x540d;
/// Requests: `TIOCSCTTY`.
pub const TIOCSCTTY: u32 = 0x540e;
/// Requests: `TIOCGPGRP`.
pub const TIOCGPGRP: u32 = 0x540f;
/// Requests: `TIOCSPGRP`.
pub const TIOCSPGRP: u32 = 0x5410;
/// Requests: `TIOCOUTQ`.
pub const TIOCOUTQ: u32 = 0x5411;
/// Requests: `TIOCSTI`.
pub const TIOCSTI: u32 = 0x5412;
/// Requests: `TIOCGWINSZ`.
pub const TIOCGWINSZ: u32 = 0x5413;
/// Requests: `TIOCSWINSZ`.
pub const TIOCSWINSZ: u32 = 0x5414;
/// Requests: `TIOCMGET`.
pub const TIOCMGET: u32 = 0x5415;
/// Requests: `TIOCMBIS`.
pub const TIOCMBIS: u32 = 0x5416;
/// Requests: `TIOCMBIC`.
pub const TIOCMBIC: u32 = 0x5417;
/// Requests: `TIOCMSET`.
pub const TIOCMSET: u32 = 0x5418;
/// Requests: `TIOCGSOFTCAR`.
pub const TIOCGSOFTCAR: u32 = 0x5419;
/// Requests: `TIOCSSOFTCAR`.
pub const TIOCSSOFTCAR: u32 = 0x541a;
/// Requests: `FIONREAD`.
pub const FIONREAD: u32 = 0x541b;
/// Requests: `TIOCINQ`.
pub const TIOCINQ: u32 = 0x541b;
/// Requests: `TIOCLINUX`.
pub const TIOCLINUX: u32 = 0x541c;
/// Requests: `TIOCCONS`.
pub const TIOCCONS: u32 = 0x541d;
/// Requests: `TIOCGSERIAL`.
pub const TIOCGSERIAL: u32 = 0x541e;
/// Requests: `TIOCSSERIAL`.
pub const TIOCSSERIAL: u32 = 0x541f;
/// Requests: `TIOCPKT`.
pub const TIOCPKT: u32 = 0x5420;
/// Requests: `FIONBIO`.
pub const FIONBIO: u32 = 0x5421;
/// Requests: `TIOCNOTTY`.
pub const TIOCNOTTY: u32 = 0x5422;
/// Requests: `TIOCSETD`.
pub const TIOCSETD: u32 = 0x5423;
/// Requests: `TIOCGETD`.
pub const TIOCGETD: u32 = 0x5424;
/// Requests: `TCSBRKP`.
pub const TCSBRKP: u32 = 0x5425;
/// Requests: `TIOCSBRK`.
pub const TIOCSBRK: u32 = 0x5427;
/// Requests: `TIOCCBRK`.
pub const TIOCCBRK: u32 = 0x5428;
/// Requests: `TIOCGSID`.
pub const TIOCGSID: u32 = 0x5429;
/// Requests: `TIOCGRS485`.
pub const TIOCGRS485: u32 = 0x542e;
/// Requests: `TIOCSRS485`.
pub const TIOCSRS485: u32 = 0x542f;
/// Requests: `TCGETX`.
pub const TCGETX: u32 = 0x5432;
/// Requests: `TCSETX`.
pub const TCSETX: u32 = 0x5433;
/// Requests: `TCSETXF`.
pub const TCSETXF: u32 = 0x5434;
/// Requests: `TCSETXW`.
pub const TCSETXW: u32 = 0x5435;
/// Requests: `TIOCVHANGUP`.
pub const TIOCVHANGUP: u32 = 0x5437;
/// Requests: `TIOCGPTPEER`.
pub const TIOCGPTPEER: u32 = 0x5441;
/// Requests: `FIONCLEX`.
pub const FIONCLEX: u32 = 0x5450;
/// Requests: `FIOCLEX`.
pub const FIOCLEX: u32 = 0x5451;
/// Requests: `FIOASYNC`.
pub const FIOASYNC: u32 = 0x5452;
/// Requests: `TIOCSERCONFIG`.
pub const TIOCSERCONFIG: u32 = 0x5453;
/// Requests: `TIOCSERGWILD`.
pub const TIOCSERGWILD: u32 = 0x5454;
/// Requests: `TIOCSERSWILD`.
pub const TIOCSERSWILD: u32 = 0x5455;
/// Requests: `TIOCGLCKTRMIOS`.
pub const TIOCGLCKTRMIOS: u32 = 0x5456;
/// Requests: `TIOCSLCKTRMIOS`.
pub const TIOCSLCKTRMIOS: u32 = 0x5457;
/// Requests: `TIOCSERGSTRUCT`.
pub const TIOCSERGSTRUCT: u32 = 0x5458;
/// Requests: `TIOCSERGETLSR`.
pub const TIOCSERGETLSR: u32 = 0x5459;
/// Requests: `TIOCSERGETMULTI`.
pub const TIOCSERGETMULTI: u32 = 0x545a;
/// Requests: `TIOCSERSETMULTI`.
pub const TIOCSERSETMULTI: u32 = 0x545b;
/// Requests: `TIOCMIWAIT`.
pub const TIOCMIWAIT: u32 = 0x545c;
/// Requests: `TIOCGICOUNT`.
pub const TIOCGICOUNT: u32 = 0x545d;
/// Requests: `FIOQSIZE`.
pub const FIOQSIZE: u32 = 0x5460;
/// Requests: `TIOCSPTLCK`.
pub const TIOCSPTLCK: u32 = 0x40045431;
/// Requests: `TIOCSIG`.
pub const TIOCSIG: u32 = 0x40045436;
/// Requests: `TCSETS2`.
pub const TCSETS2: u32 = 0x402c542b;
/// Requests: `TCSETSW2`.
pub const TCSETSW2: u32 = 0x402c542c;
/// Requests: `TCSETSF2`.
pub const TCSETSF2: u32 = 0x402c542d;
/// Requests: `TIOCGPTN`.
pub const TIOCGPTN: u32 = 0x80045430;
/// Requests: `TIOCGDEV`.
pub const TIOCGDEV: u32 = 0x80045432;
/// Requests: `TIOCGPKT`.
pub const TIOCGPKT: u32 = 0x80045438;
/// Requests: `TIOCGPTLCK`.
pub const TIOCGPTLCK: u32 = 0x80045439;
/// Requests: `TIOCGEXCL`.
pub const TIOCGEXCL: u32 = 0x80045440;
/// Requests: `TCGETS2`.
pub const TCGETS2: u32 = 0x802c542a;
