//! Constants of termios(3).
/// Input modes: `IGNBRK`.
pub const IGNBRK: u32 = 1;
/// Input modes: `BRKINT`.
pub const BRKINT: u32 = 2;
/// Input modes: `IGNPAR`.
pub const IGNPAR: u32 = 4;
/// Input modes: `PARMRK`.
pub const PARMRK: u32 = 8;
/// Input modes: `INPCK`.
pub const INPCK: u32 = 0x10;
/// Input modes: `ISTRIP`.
pub const ISTRIP: u32 = 0x20;
/// Input modes: `INLCR`.
pub const INLCR: u32 = 0x40;
/// Input modes: `IGNCR`.
pub const IGNCR: u32 = 0x80;
/// Input modes: `ICRNL`.
pub const ICRNL: u32 = 0x100;
/// Input modes: `IUCLC`.
pub const IUCLC: u32 = 0x200;
/// Input modes: `IXON`.
pub const IXON: u32 = 0x400;
/// Input modes: `IXANY`.
pub const IXANY: u32 = 0x800;
/// Input modes: `IXOFF`.
pub const IXOFF: u32 = 0x1000;
/// Input modes: `IMAXBEL`.
pub const IMAXBEL: u32 = 0x2000;
/// Input modes: `IUTF8`.
pub const IUTF8: u32 = 0x4000;

/// Output modes: `TAB0`.
pub const TAB0: u32 = 0;
/// Output modes: `OPOST`.
pub const OPOST: u32 = 1;
/// Output modes: `OLCUC`.
pub const OLCUC: u32 = 2;
/// Output modes: `ONLCR`.
pub const ONLCR: u32 = 4;
/// Output modes: `OCRNL`.
pub const OCRNL: u32 = 8;
/// Output modes: `ONOCR`.
pub const ONOCR: u32 = 0x10;
/// Output modes: `ONLRET`.
pub const ONLRET: u32 = 0x20;
/// Output modes: `OFILL`.
pub const OFILL: u32 = 0x40;
/// Output modes: `OFDEL`.
pub const OFDEL: u32 = 0x80;
/// Output modes: `NLDLY`.
pub const NLDLY: u32 = 0x100;
/// Output modes: `CRDLY`.
pub const CRDLY: u32 = 0x600;
/// Output modes: `TAB1`.
pub const TAB1: u32 = 0x800;
/// Output modes: `TAB2`.
pub const TAB2: u32 = 0x1000;
/// Output modes: `TAB3`.
pub const TAB3: u32 = 0x1800;
/// Output modes: `TABDLY`.
pub const TABDLY: u32 = 0x1800;
/// Output modes: `XTABS`.
pub const XTABS: u32 = 0x1800;
/// Output modes: `BSDLY`.
pub const BSDLY: u32 = 0x2000;
/// Output modes: `VTDLY`.
pub const VTDLY: u32 = 0x4000;
/// Output modes: `FFDLY`.
pub const FFDLY: u32 = 0x8000;

/// Control modes: `B0`.
pub const B0: u32 = 0;
/// Control modes: `CS5`.
pub const CS5: u32 = 0;
/// Control modes: `B50`.
pub const B50: u32 = 1;
/// Control modes: `B75`.
pub const B75: u32 = 2;
/// Control modes: `B110`.
pub const B110: u32 = 3;
/// Control modes: `B134`.
pub const B134: u32 = 4;
/// Control modes: `B150`.
pub const B150: u32 = 5;
/// Control modes: `B200`.
pub const B200: u32 = 6;
/// Control modes: `B300`.
pub const B300: u32 = 7;
/// Control modes: `B600`.
pub const B600: u32 = 8;
/// Control modes: `B1200`.
pub const B1200: u32 = 9;
/// Control modes: `B1800`.
pub const B1800: u32 = 0xa;
/// Control modes: `B2400`.
pub const B2400: u32 = 0xb;
/// Control modes: `B4800`.
pub const B4800: u32 = 0xc;
/// Control modes: `B9600`.
pub const B9600: u32 = 0xd;
/// Control modes: `B19200`.
pub const B19200: u32 = 0xe;
/// Control modes: `B38400`.
pub const B38400: u32 = 0xf;
/// Control modes: `CS6`.
pub const CS6: u32 = 0x10;
/// Control modes: `CS7`.
pub const CS7: u32 = 0x20;
/// Control modes: `CS8`.
pub const CS8: u32 = 0x30;
/// Control modes: `CSIZE`.
pub const CSIZE: u32 = 0x30;
/// Control modes: `CSTOPB`.
pub const CSTOPB: u32 = 0x40;
/// Control modes: `CREAD`.
pub const CREAD: u32 = 0x80;
/// Control modes: `PARENB`.
pub const PARENB: u32 = 0x100;
/// Control modes: `PARODD`.
pub const PARODD: u32 = 0x200;
/// Control modes: `HUPCL`.
pub const HUPCL: u32 = 0x400;
/// Control modes: `CLOCAL`.
pub const CLOCAL: u32 = 0x800;
/// Control modes: `BOTHER`.
pub const BOTHER: u32 = 0x1000;
/// Control modes: `CBAUDEX`.
pub const CBAUDEX: u32 = 0x1000;
/// Control modes: `B57600`.
pub const B57600: u32 = 0x1001;
/// Control modes: `B115200`.
pub const B115200: u32 = 0x1002;
/// Control modes: `B230400`.
pub const B230400: u32 = 0x1003;
/// Control modes: `B460800`.
pub const B460800: u32 = 0x1004;
/// Control modes: `B500000`.
pub const B500000: u32 = 0x1005;
/// Control modes: `B576000`.
pub const B576000: u32 = 0x1006;
/// Control modes: `B921600`.
pub const B921600: u32 = 0x1007;
/// Control modes: `B1000000`.
pub const B1000000: u32 = 0x1008;
/// Control modes: `B1152000`.
pub const B1152000: u32 = 0x1009;
/// Control modes: `B1500000`.
pub const B1500000: u32 = 0x100a;
/// Control modes: `B2000000`.
pub const B2000000: u32 = 0x100b;
/// Control modes: `B2500000`.
pub const B2500000: u32 = 0x100c;
/// Control modes: `B3000000`.
pub const B3000000: u32 = 0x100d;
/// Control modes: `B3500000`.
pub const B3500000: u32 = 0x100e;
/// Control modes: `B4000000`.
pub const B4000000: u32 = 0x100f;
/// Control modes: `CBAUD`.
pub const CBAUD: u32 = 0x100f;
/// Control modes: `CRTSCTS`.
pub const CRTSCTS: u32 = 0x80000000;

/// Local modes: `ISIG`.
pub const ISIG: u32 = 1;
/// Local modes: `ICANON`.
pub const ICANON: u32 = 2;
/// Local modes: `XCASE`.
pub const XCASE: u32 = 4;
/// Local modes: `ECHO`.
pub const ECHO: u32 = 8;
/// Local modes: `ECHOE`.
pub const ECHOE: u32 = 0x10;
/// Local modes: `ECHOK`.
pub const ECHOK: u32 = 0x20;
/// Local modes: `ECHONL`.
pub const ECHONL: u32 = 0x40;
/// Local modes: `NOFLSH`.
pub const NOFLSH: u32 = 0x80;
/// Local modes: `TOSTOP`.
pub const TOSTOP: u32 = 0x100;
/// Local modes: `ECHOCTL`.
pub const ECHOCTL: u32 = 0x200;
/// Local modes: `ECHOPRT`.
pub const ECHOPRT: u32 = 0x400;
/// Local modes: `ECHOKE`.
pub const ECHOKE: u32 = 0x800;
/// Local modes: `FLUSHO`.
pub const FLUSHO: u32 = 0x1000;
/// Local modes: `PENDIN`.
pub const PENDIN: u32 = 0x4000;
/// Local modes: `IEXTEN`.
pub const IEXTEN: u32 = 0x8000;
/// Local modes: `EXTPROC`.
pub const EXTPROC: u32 = 0x10000;

/// Indices of the control characters: `VINTR`.
pub const VINTR: usize = 0;
/// Indices of the control characters: `VQUIT`.
pub const VQUIT: usize = 1;
/// Indices of the control characters: `VERASE`.
pub const VERASE: usize = 2;
/// Indices of the control characters: `VKILL`.
pub const VKILL: usize = 3;
/// Indices of the control characters: `VEOF`.
pub const VEOF: usize = 4;
/// Indices of the control characters: `VTIME`.
pub const VTIME: usize = 5;
/// Indices of the control characters: `VMIN`.
pub const VMIN: usize = 6;
/// Indices of the control characters: `VSWTC`.
pub const VSWTC: usize = 7;
/// Indices of the control characters: `VSTART`.
pub const VSTART: usize = 8;
/// Indices of the control characters: `VSTOP`.
pub const VSTOP: usize = 9;
/// Indices of the control characters: `VSUSP`.
pub const VSUSP: usize = 10;
/// Indices of the control characters: `VEOL`.
pub const VEOL: usize = 11;
/// Indices of the control characters: `VREPRINT`.
pub const VREPRINT: usize = 12;
/// Indices of the control characters: `VDISCARD`.
pub const VDISCARD: usize = 13;
/// Indices of the control characters: `VWERASE`.
pub const VWERASE: usize = 14;
/// Indices of the control characters: `VLNEXT`.
pub const VLNEXT: usize = 15;
/// Indices of the control characters: `VEOL2`.
pub const VEOL2: usize = 16;
/// Indices of the control characters: `NCCS`.
pub const NCCS: usize = 19;

/// Arguments of TCXONC and TCFLSH: `TCIFLUSH`.
pub const TCIFLUSH: i32 = 0;
/// Arguments of TCXONC and TCFLSH: `TCOOFF`.
pub const TCOOFF: i32 = 0;
/// Arguments of TCXONC and TCFLSH: `TCOFLUSH`.
pub const TCOFLUSH: i32 = 1;
/// Arguments of TCXONC and TCFLSH: `TCOON`.
pub const TCOON: i32 = 1;
/// Arguments of TCXONC and TCFLSH: `TCIOFF`.
pub const TCIOFF: i32 = 2;
/// Arguments of TCXONC and TCFLSH: `TCIOFLUSH`.
pub const TCIOFLUSH: i32 = 2;
/// Arguments of TCXONC and TCFLSH: `TCION`.
pub const TCION: i32 = 3;
