//! Constants of socket(2), socket(7), unix(7).
/// Families: `AF_UNSPEC`.
pub const AF_UNSPEC: u32 = 0;
/// Families: `AF_UNIX`.
pub const AF_UNIX: u32 = 1;
/// Families: `AF_MAX`.
pub const AF_MAX: u32 = 46;
/// Types: `SOCK_STREAM`.
pub const SOCK_STREAM: u32 = 1;
/// Types: `SOCK_DGRAM`.
pub const SOCK_DGRAM: u32 = 2;
/// Types: `SOCK_RAW`.
pub const SOCK_RAW: u32 = 3;
/// Types: `SOCK_RDM`.
pub const SOCK_RDM: u32 = 4;
/// Types: `SOCK_SEQPACKET`.
pub const SOCK_SEQPACKET: u32 = 5;
/// Types: `SOCK_DCCP`.
pub const SOCK_DCCP: u32 = 6;
/// Types: `SOCK_PACKET`.
pub const SOCK_PACKET: u32 = 10;
/// Types: `SOCK_MAX`.
pub const SOCK_MAX: u32 = 11;
/// Types: `SOCK_TYPE_MASK`.
pub const SOCK_TYPE_MASK: u32 = 0xf;
/// Types: `SOCK_NONBLOCK`.
pub const SOCK_NONBLOCK: u32 = 0x800;
/// Types: `SOCK_CLOEXEC`.
pub const SOCK_CLOEXEC: u32 = 0x80000;
/// Levels: `SOL_SOCKET`.
pub const SOL_SOCKET: u32 = 1;
/// Options: `SO_DEBUG`.
pub const SO_DEBUG: u32 = 1;
/// Options: `SO_REUSEADDR`.
pub const SO_REUSEADDR: u32 = 2;
/// Options: `SO_TYPE`.
pub const SO_TYPE: u32 = 3;
/// Options: `SO_ERROR`.
pub const SO_ERROR: u32 = 4;
/// Options: `SO_DONTROUTE`.
pub const SO_DONTROUTE: u32 = 5;
/// Options: `SO_BROADCAST`.
pub const SO_BROADCAST: u32 = 6;
/// Options: `SO_SNDBUF`.
pub const SO_SNDBUF: u32 = 7;
/// Options: `SO_RCVBUF`.
pub const SO_RCVBUF: u32 = 8;
/// Options: `SO_KEEPALIVE`.
pub const SO_KEEPALIVE: u32 = 9;
/// Options: `SO_OOBINLINE`.
pub const SO_OOBINLINE: u32 = 10;
/// Options: `SO_NO_CHECK`.
pub const SO_NO_CHECK: u32 = 11;
/// Options: `SO_PRIORITY`.
pub const SO_PRIORITY: u32 = 12;
/// Options: `SO_LINGER`.
pub const SO_LINGER: u32 = 13;
/// Options: `SO_BSDCOMPAT`.
pub const SO_BSDCOMPAT: u32 = 14;
/// Options: `SO_REUSEPORT`.
pub const SO_REUSEPORT: u32 = 15;
/// Options: `SO_PASSCRED`.
pub const SO_PASSCRED: u32 = 16;
/// Options: `SO_PEERCRED`.
pub const SO_PEERCRED: u32 = 17;
/// Options: `SO_RCVLOWAT`.
pub const SO_RCVLOWAT: u32 = 18;
/// Options: `SO_SNDLOWAT`.
pub const SO_SNDLOWAT: u32 = 19;
/// Options: `SO_RCVTIMEO`.
pub const SO_RCVTIMEO: u32 = 20;
/// Options: `SO_SNDTIMEO`.
pub const SO_SNDTIMEO: u32 = 21;
/// Options: `SO_BINDTODEVICE`.
pub const SO_BINDTODEVICE: u32 = 25;
/// Options: `SO_ATTACH_FILTER`.
pub const SO_ATTACH_FILTER: u32 = 26;
/// Options: `SO_DETACH_FILTER`.
pub const SO_DETACH_FILTER: u32 = 27;
/// Options: `SO_PEERNAME`.
pub const SO_PEERNAME: u32 = 28;
/// Options: `SO_TIMESTAMP`.
pub const SO_TIMESTAMP: u32 = 29;
/// Options: `SO_ACCEPTCONN`.
pub const SO_ACCEPTCONN: u32 = 30;
/// Options: `SO_PEERSEC`.
pub const SO_PEERSEC: u32 = 31;
/// Options: `SO_SNDBUFFORCE`.
pub const SO_SNDBUFFORCE: u32 = 32;
/// Options: `SO_RCVBUFFORCE`.
pub const SO_RCVBUFFORCE: u32 = 33;
/// Options: `SO_PASSSEC`.
pub const SO_PASSSEC: u32 = 34;
/// Options: `SO_TIMESTAMPNS`.
pub const SO_TIMESTAMPNS: u32 = 35;
/// Options: `SO_MARK`.
pub const SO_MARK: u32 = 36;
/// Options: `SO_TIMESTAMPING`.
pub const SO_TIMESTAMPING: u32 = 37;
/// Options: `SO_PROTOCOL`.
pub const SO_PROTOCOL: u32 = 38;
/// Options: `SO_DOMAIN`.
pub const SO_DOMAIN: u32 = 39;
/// Options: `SO_RXQ_OVFL`.
pub const SO_RXQ_OVFL: u32 = 40;
/// Options: `SO_WIFI_STATUS`.
pub const SO_WIFI_STATUS: u32 = 41;
/// Options: `SO_PEEK_OFF`.
pub const SO_PEEK_OFF: u32 = 42;
/// Options: `SO_NOFCS`.
pub const SO_NOFCS: u32 = 43;
/// Options: `SO_LOCK_FILTER`.
pub const SO_LOCK_FILTER: u32 = 44;
/// Options: `SO_SELECT_ERR_QUEUE`.
pub const SO_SELECT_ERR_QUEUE: u32 = 45;
/// Options: `SO_BUSY_POLL`.
pub const SO_BUSY_POLL: u32 = 46;
/// Options: `SO_MAX_PACING_RATE`.
pub const SO_MAX_PACING_RATE: u32 = 47;
/// Options: `SO_BPF_EXTENSIONS`.
pub const SO_BPF_EXTENSIONS: u32 = 48;
/// Options: `SO_INCOMING_CPU`.
pub const SO_INCOMING_CPU: u32 = 49;
/// Options: `SO_ATTACH_BPF`.
pub const SO_ATTACH_BPF: u32 = 50;
/// Options: `SO_ATTACH_REUSEPORT_CBPF`.
pub const SO_ATTACH_REUSEPORT_CBPF: u32 = 51;
/// Options: `SO_ATTACH_REUSEPORT_EBPF`.
pub const SO_ATTACH_REUSEPORT_EBPF: u32 = 52;
/// Options: `SO_CNX_ADVICE`.
pub const SO_CNX_ADVICE: u32 = 53;
/// Options: `SO_MEMINFO`.
pub const SO_MEMINFO: u32 = 55;
/// Options: `SO_INCOMING_NAPI_ID`.
pub const SO_INCOMING_NAPI_ID: u32 = 56;
/// Options: `SO_COOKIE`.
pub const SO_COOKIE: u32 = 57;
/// Options: `SO_PEERGROUPS`.
pub const SO_PEERGROUPS: u32 = 59;
/// Options: `SO_ZEROCOPY`.
pub const SO_ZEROCOPY: u32 = 60;
/// Options: `SO_TXTIME`.
pub const SO_TXTIME: u32 = 61;
/// Options: `SO_BINDTOIFINDEX`.
pub const SO_BINDTOIFINDEX: u32 = 62;
/// Options: `SO_TIMESTAMP_NEW`.
pub const SO_TIMESTAMP_NEW: u32 = 63;
/// Options: `SO_TIMESTAMPNS_NEW`.
pub const SO_TIMESTAMPNS_NEW: u32 = 64;
/// Options: `SO_TIMESTAMPING_NEW`.
pub const SO_TIMESTAMPING_NEW: u32 = 65;
/// Options: `SO_RCVTIMEO_NEW`.
pub const SO_RCVTIMEO_NEW: u32 = 66;
/// Options: `SO_SNDTIMEO_NEW`.
pub const SO_SNDTIMEO_NEW: u32 = 67;
/// Options: `SO_DETACH_REUSEPORT_BPF`.
pub const SO_DETACH_REUSEPORT_BPF: u32 = 68;
/// Options: `SO_PREFER_BUSY_POLL`.
pub const SO_PREFER_BUSY_POLL: u32 = 69;
/// Options: `SO_BUSY_POLL_BUDGET`.
pub const SO_BUSY_POLL_BUDGET: u32 = 70;
/// Options: `SO_NETNS_COOKIE`.
pub const SO_NETNS_COOKIE: u32 = 71;
/// Options: `SO_BUF_LOCK`.
pub const SO_BUF_LOCK: u32 = 72;
/// Options: `SO_RESERVE_MEM`.
pub const SO_RESERVE_MEM: u32 = 73;
/// Options: `SO_TXREHASH`.
pub const SO_TXREHASH: u32 = 74;
/// Options: `SO_RCVMARK`.
pub const SO_RCVMARK: u32 = 75;
/// Options: `SO_PASSPIDFD`.
pub const SO_PASSPIDFD: u32 = 76;
/// Options: `SO_PEERPIDFD`.
pub const SO_PEERPIDFD: u32 = 77;
/// Options: `SO_RCVPRIORITY`.
pub const SO_RCVPRIORITY: u32 = 82;
/// Options: `SO_PASSRIGHTS`.
pub const SO_PASSRIGHTS: u32 = 83;
/// Flags: `MSG_OOB`.
pub const MSG_OOB: u32 = 1;
/// Flags: `MSG_PEEK`.
pub const MSG_PEEK: u32 = 2;
/// Flags: `MSG_DONTROUTE`.
pub const MSG_DONTROUTE: u32 = 4;
/// Flags: `MSG_CTRUNC`.
pub const MSG_CTRUNC: u32 = 8;
/// Flags: `MSG_TRUNC`.
pub const MSG_TRUNC: u32 = 0x20;
/// Flags: `MSG_DONTWAIT`.
pub const MSG_DONTWAIT: u32 = 0x40;
/// Flags: `MSG_EOR`.
pub const MSG_EOR: u32 = 0x80;
/// Flags: `MSG_WAITALL`.
pub const MSG_WAITALL: u32 = 0x100;
/// Flags: `MSG_ERRQUEUE`.
pub const MSG_ERRQUEUE: u32 = 0x2000;
/// Flags: `MSG_NOSIGNAL`.
pub const MSG_NOSIGNAL: u32 = 0x4000;
/// Flags: `MSG_MORE`.
pub const MSG_MORE: u32 = 0x8000;
/// Flags: `MSG_WAITFORONE`.
pub const MSG_WAITFORONE: u32 = 0x10000;
/// Flags: `MSG_CMSG_CLOEXEC`.
pub const MSG_CMSG_CLOEXEC: u32 = 0x40000000;
/// Flags: `MSG_CMSG_COMPAT`.
pub const MSG_CMSG_COMPAT: u32 = 0x80000000;
/// Control messages: `SCM_RIGHTS`.
pub const SCM_RIGHTS: u32 = 1;
/// Control messages: `SCM_CREDENTIALS`.
pub const SCM_CREDENTIALS: u32 = 2;
/// Control messages: `SCM_PIDFD`.
pub const SCM_PIDFD: u32 = 4;
/// Control messages: `SCM_MAX_FD`.
pub const SCM_MAX_FD: u32 = 253;
/// Ways to shut down: `SHUT_RD`.
pub const SHUT_RD: u32 = 0;
/// Ways to shut down: `SHUT_WR`.
pub const SHUT_WR: u32 = 1;
/// Ways to shut down: `SHUT_RDWR`.
pub const SHUT_RDWR: u32 = 2;
/// The most that listen(2) lets wait: `SOMAXCONN`.
pub const SOMAXCONN: u32 = 4096;
/// Requests of ioctl(2): `FIOSETOWN`.
pub const FIOSETOWN: u32 = 0x8901;
/// Requests of ioctl(2): `SIOCSPGRP`.
pub const SIOCSPGRP: u32 = 0x8902;
/// Requests of ioctl(2): `FIOGETOWN`.
pub const FIOGETOWN: u32 = 0x8903;
/// Requests of ioctl(2): `SIOCGPGRP`.
pub const SIOCGPGRP: u32 = 0x8904;
/// Requests of ioctl(2): `SIOCATMARK`.
pub const SIOCATMARK: u32 = 0x8905;
/// Requests of ioctl(2): `SIOCUNIXFILE`.
pub const SIOCUNIXFILE: u32 = 0x89e0;
