//! setsockopt(2) and getsockopt(2) of SOL_SOCKET (socket(7)).

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use abi::layout::Longs;
use abi::socket::*;
use abi::{Errno, Linger, Ucred};
use mm::UserPtr;
use vfs::consts::{CAP_NET_ADMIN, CAP_NET_RAW};
use zerocopy::{Immutable, IntoBytes};

use crate::caller::{Caller, hooks};
use crate::options::Options;
use crate::socket::Proto;
use crate::sysctl;

/// The least that the buffers can be set to.
const MIN_SNDBUF: u32 = 4608;
const MIN_RCVBUF: u32 = 2304;
/// SO_BUF_LOCK's bits.
const SNDBUF_LOCK: u32 = 1;
const RCVBUF_LOCK: u32 = 2;
/// Timeouts are kept in ticks.
const TICK_NS: u64 = sched::TICK_NS;
const NSEC_PER_SEC: u64 = sched::NSEC_PER_SEC;
/// What a negative timeout becomes: over before it begins.
const OVER_NS: u64 = 1;

/// Options that anybody switches on and off.
const SWITCHES: &[u32] = &[
    SO_REUSEADDR,
    SO_DONTROUTE,
    SO_BROADCAST,
    SO_KEEPALIVE,
    SO_OOBINLINE,
    SO_NO_CHECK,
    SO_PASSCRED,
    SO_RXQ_OVFL,
    SO_WIFI_STATUS,
    SO_NOFCS,
    SO_SELECT_ERR_QUEUE,
    // There is no security module whose labels could go along.
    SO_PASSSEC,
    SO_PASSPIDFD,
    SO_RCVPRIORITY,
    SO_PASSRIGHTS,
];

/// Bits of SO_TIMESTAMPING: all that there are, and those that matter here.
mod timestamping {
    pub const ALL: u32 = 0x7_ffff;
    pub const RX_SOFTWARE: u32 = 1 << 3;
    pub const SOFTWARE: u32 = 1 << 4;
    pub const OPT_ID: u32 = 1 << 7;
    pub const OPT_TSONLY: u32 = 1 << 11;
    pub const OPT_STATS: u32 = 1 << 12;
    pub const BIND_PHC: u32 = 1 << 15;
    pub const OPT_ID_TCP: u32 = 1 << 16;
    pub const OPT_RX_FILTER: u32 = 1 << 17;
}

/// The timeouts in the layout of 32-bit programs, under the numbers that such programs use.
fn is_old_timeout(option: u32) -> bool {
    matches!(option, SO_RCVTIMEO | SO_SNDTIMEO)
}

/// setsockopt(2) with SOL_SOCKET; `len` is not negative. `times32`: the caller's `long` has 32 bits, and so have times
/// in options that are as old.
pub fn set(
    caller: &Caller<'_>,
    proto: &dyn Proto,
    option: u32,
    value: UserPtr<u8>,
    len: usize,
    times32: bool,
) -> Result<(), Errno> {
    let options = proto.options();
    if option == SO_BINDTODEVICE {
        return Err(Errno::ENOPROTOOPT);
    }
    if len < size_of::<i32>() {
        return Err(Errno::EINVAL);
    }
    let word: i32 = caller.mm.read(value.cast())?;
    let on = word != 0;
    let admin = caller.cred().capable(CAP_NET_ADMIN);
    let may_mark = admin || caller.cred().capable(CAP_NET_RAW);
    let permit = |allowed: bool, errno: Errno| if allowed { Ok(()) } else { Err(errno) };
    match option {
        _ if SWITCHES.contains(&option) => options.switches.set(option, on),
        SO_DEBUG => {
            permit(!on || admin, Errno::EACCES)?;
            options.switches.set(option, on);
        }
        SO_REUSEPORT | SO_ZEROCOPY => permit(!on && option == SO_REUSEPORT, Errno::EOPNOTSUPP)?,
        SO_TIMESTAMP | SO_TIMESTAMPNS | SO_TIMESTAMP_NEW | SO_TIMESTAMPNS_NEW => {
            options.set_stamps(option, on);
        }
        SO_TIMESTAMPING | SO_TIMESTAMPING_NEW => {
            options.timestamping.store(check_timestamping(word as u32)?, Relaxed);
            options.switches.set(SO_TIMESTAMP_NEW, option == SO_TIMESTAMPING_NEW);
        }
        // Nothing comes of it since Linux 2.2.
        SO_BSDCOMPAT => {}
        SO_SNDBUF => set_sndbuf(proto, (word as u32).min(sysctl::WMEM_MAX.get())),
        SO_RCVBUF => set_rcvbuf(options, (word as u32).min(sysctl::RMEM_MAX.get())),
        SO_SNDBUFFORCE | SO_RCVBUFFORCE => {
            permit(admin, Errno::EPERM)?;
            match option {
                SO_SNDBUFFORCE => set_sndbuf(proto, word.max(0) as u32),
                _ => set_rcvbuf(options, word.max(0) as u32),
            }
        }
        SO_BUF_LOCK => {
            permit(word & !3 == 0, Errno::EINVAL)?;
            options.buf_lock.store(word as u32, Relaxed);
        }
        SO_LINGER => {
            permit(len >= size_of::<Linger>(), Errno::EINVAL)?;
            let linger: Linger = caller.mm.read(value.cast())?;
            options.switches.set(option, linger.l_onoff != 0);
            if linger.l_onoff != 0 {
                options.linger.store(linger.l_linger as u32, Relaxed);
            }
        }
        SO_RCVLOWAT => {
            let bytes = if word < 0 { i32::MAX } else { word.max(1) };
            options.rcvlowat.store(bytes, Relaxed);
        }
        SO_RCVTIMEO | SO_RCVTIMEO_NEW | SO_SNDTIMEO | SO_SNDTIMEO_NEW => {
            let sends = matches!(option, SO_SNDTIMEO | SO_SNDTIMEO_NEW);
            let to = if sends { &options.sndtimeo_ns } else { &options.rcvtimeo_ns };
            if times32 && is_old_timeout(option) {
                set_timeout::<[i32; 2]>(caller, to, value, len)?;
            } else {
                set_timeout::<[i64; 2]>(caller, to, value, len)?;
            }
        }
        SO_PRIORITY => {
            permit((0..=6).contains(&word) || may_mark, Errno::EPERM)?;
            options.priority.store(word as u32, Relaxed);
        }
        SO_MARK => {
            permit(may_mark, Errno::EPERM)?;
            options.mark.store(word as u32, Relaxed);
        }
        SO_BUSY_POLL => {
            permit(word >= 0, Errno::EINVAL)?;
            permit(word as u32 <= options.busy_poll.load(Relaxed) || admin, Errno::EPERM)?;
            options.busy_poll.store(word as u32, Relaxed);
        }
        SO_PEEK_OFF => options.peek_off.store(word, Relaxed),
        SO_MAX_PACING_RATE => {
            let rate = match len {
                8.. => caller.mm.read::<u64>(value.cast())?,
                _ if word == -1 => u64::MAX,
                _ => u64::from(word as u32),
            };
            options.max_pacing_rate.store(rate, Relaxed);
        }
        _ => return Err(Errno::ENOPROTOOPT),
    }
    Ok(())
}

fn check_timestamping(flags: u32) -> Result<u32, Errno> {
    use timestamping::*;
    let needs = |flag: u32, other: u32| flags & flag != 0 && flags & other == 0;
    if flags & !ALL != 0 || needs(OPT_ID_TCP, OPT_ID) || needs(OPT_STATS, OPT_TSONLY) {
        return Err(Errno::EINVAL);
    }
    // A local socket is bound to no device that could have a clock.
    if flags & BIND_PHC != 0 { Err(Errno::EOPNOTSUPP) } else { Ok(flags) }
}

/// Whether SCM_TIMESTAMPING shall come with the time that the kernel noted.
pub(crate) fn wants_software_stamp(options: &Options) -> bool {
    use timestamping::*;
    let flags = options.timestamping.load(Relaxed);
    flags & SOFTWARE != 0 && (flags & RX_SOFTWARE != 0 || flags & OPT_RX_FILTER == 0)
}

fn set_sndbuf(proto: &dyn Proto, bytes: u32) {
    let bytes = bytes.min(i32::MAX as u32 / 2);
    proto.options().buf_lock.fetch_or(SNDBUF_LOCK, Relaxed);
    proto.options().sndbuf.store((bytes * 2).max(MIN_SNDBUF), Relaxed);
    proto.buffer_changed();
}

fn set_rcvbuf(options: &Options, bytes: u32) {
    let bytes = bytes.min(i32::MAX as u32 / 2);
    options.buf_lock.fetch_or(RCVBUF_LOCK, Relaxed);
    options.rcvbuf.store((bytes * 2).max(MIN_RCVBUF), Relaxed);
}

fn set_timeout<T: Longs<2>>(
    caller: &Caller<'_>,
    to: &AtomicU64,
    value: UserPtr<u8>,
    len: usize,
) -> Result<(), Errno> {
    if len < size_of::<T>() {
        return Err(Errno::EINVAL);
    }
    let [seconds, microseconds] = caller.mm.read(value.cast::<T>())?.widen();
    if !(0..1_000_000).contains(&microseconds) {
        return Err(Errno::EDOM);
    }
    let ns = match u64::try_from(seconds) {
        Err(_) => OVER_NS,
        Ok(seconds) => {
            let ticks = (microseconds as u64 * 1000).div_ceil(TICK_NS);
            seconds.checked_mul(NSEC_PER_SEC).and_then(|ns| ns.checked_add(ticks * TICK_NS)).unwrap_or(0)
        }
    };
    to.store(ns, Relaxed);
    Ok(())
}

fn timeout(ns: u64) -> [i64; 2] {
    let ns = ns / TICK_NS * TICK_NS;
    [(ns / NSEC_PER_SEC) as i64, (ns % NSEC_PER_SEC / 1000) as i64]
}

/// Where getsockopt(2) puts its answer.
struct Answer<'a> {
    caller: &'a Caller<'a>,
    value: UserPtr<u8>,
    len_at: UserPtr<i32>,
    len: usize,
}

impl Answer<'_> {
    /// Writes as much of a value as there is room for, and how much that was.
    fn put<T: IntoBytes + Immutable>(&self, value: &T) -> Result<(), Errno> {
        let bytes = value.as_bytes();
        let len = bytes.len().min(self.len);
        self.caller.mm.write_bytes(self.value.addr(), bytes.get(..len).unwrap_or(bytes))?;
        self.caller.mm.write(self.len_at, &(len as i32))
    }

    fn number(&self, value: u32) -> Result<(), Errno> {
        self.put(&value)
    }
}

/// getsockopt(2) with SOL_SOCKET.
pub fn get(
    caller: &Caller<'_>,
    proto: &dyn Proto,
    option: u32,
    value: UserPtr<u8>,
    len_at: UserPtr<i32>,
    times32: bool,
) -> Result<(), Errno> {
    let options = proto.options();
    let len = usize::try_from(caller.mm.read(len_at)?).map_err(|_| Errno::EINVAL)?;
    let out = Answer { caller, value, len_at, len };
    match option {
        SO_DEBUG => out.number(u32::from(options.on(option))),
        SO_TIMESTAMP | SO_TIMESTAMPNS | SO_TIMESTAMP_NEW | SO_TIMESTAMPNS_NEW => {
            out.number(u32::from(options.stamps(option)))
        }
        SO_TIMESTAMPING | SO_TIMESTAMPING_NEW => {
            let known = option == SO_TIMESTAMPING || options.on(SO_TIMESTAMP_NEW);
            out.put(&[if known { options.timestamping.load(Relaxed) } else { 0 }, 0])
        }
        _ if SWITCHES.contains(&option) => out.number(u32::from(options.on(option))),
        SO_REUSEPORT | SO_ZEROCOPY | SO_BSDCOMPAT | SO_LOCK_FILTER => out.number(0),
        SO_SNDBUF => out.number(options.sndbuf.load(Relaxed)),
        SO_RCVBUF => out.number(options.rcvbuf.load(Relaxed)),
        SO_BUF_LOCK => out.number(options.buf_lock.load(Relaxed)),
        SO_TYPE => out.number(proto.kind()),
        SO_PROTOCOL => out.number(proto.protocol()),
        SO_DOMAIN => out.number(proto.family()),
        SO_ERROR => out.number(proto.take_error() as u32),
        SO_ACCEPTCONN => out.number(u32::from(proto.listens())),
        SO_PRIORITY => out.number(options.priority.load(Relaxed)),
        SO_MARK => out.number(options.mark.load(Relaxed)),
        SO_LINGER => {
            let l_linger = options.linger.load(Relaxed) as i32;
            out.put(&Linger { l_onoff: i32::from(options.on(option)), l_linger })
        }
        SO_RCVLOWAT => out.number(options.rcvlowat.load(Relaxed) as u32),
        SO_SNDLOWAT => out.number(1),
        SO_RCVTIMEO | SO_RCVTIMEO_NEW | SO_SNDTIMEO | SO_SNDTIMEO_NEW => {
            let sends = matches!(option, SO_SNDTIMEO | SO_SNDTIMEO_NEW);
            let time = timeout(if sends { &options.sndtimeo_ns } else { &options.rcvtimeo_ns }.load(Relaxed));
            if times32 && is_old_timeout(option) {
                out.put(&<[i32; 2]>::narrow(time))
            } else {
                out.put(&time)
            }
        }
        SO_PEEK_OFF => out.number(options.peek_off.load(Relaxed) as u32),
        SO_BUSY_POLL => out.number(options.busy_poll.load(Relaxed)),
        SO_BPF_EXTENSIONS => Err(Errno::ENOPROTOOPT),
        SO_MAX_PACING_RATE => pacing_rate(&out, options),
        SO_PEERCRED => out.put(&peer_credentials(proto)),
        SO_PEERNAME => peer_name(&out, proto),
        SO_PEERGROUPS => peer_groups(&out, proto),
        SO_PEERPIDFD => peer_pidfd(&out, proto),
        SO_MEMINFO => meminfo(&out, proto),
        SO_COOKIE if len < size_of::<u64>() => Err(Errno::EINVAL),
        SO_COOKIE => out.put(&cookie(options)),
        _ => Err(Errno::ENOPROTOOPT),
    }
}

/// A number that no other socket has.
fn cookie(options: &Options) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let fresh = NEXT.fetch_add(1, Relaxed);
    match options.cookie.compare_exchange(0, fresh, Relaxed, Relaxed) {
        Ok(_) => fresh,
        Err(known) => known,
    }
}

fn pacing_rate(out: &Answer<'_>, options: &Options) -> Result<(), Errno> {
    let rate = options.max_pacing_rate.load(Relaxed);
    if out.len >= size_of::<u64>() {
        out.put(&rate)
    } else {
        out.number(u32::try_from(rate).unwrap_or(u32::MAX))
    }
}

fn peer_credentials(proto: &dyn Proto) -> Ucred {
    match proto.peer() {
        Some(peer) => Ucred { pid: peer.tgid, uid: peer.cred.euid, gid: peer.cred.egid },
        None => Ucred { pid: 0, uid: u32::MAX, gid: u32::MAX },
    }
}

fn peer_name(out: &Answer<'_>, proto: &dyn Proto) -> Result<(), Errno> {
    let name = proto.name(true).map_err(|_| Errno::ENOTCONN)?;
    let bytes = name.as_bytes().get(..out.len).ok_or(Errno::EINVAL)?;
    out.caller.mm.write_bytes(out.value.addr(), bytes)?;
    out.caller.mm.write(out.len_at, &(out.len as i32))
}

fn peer_groups(out: &Answer<'_>, proto: &dyn Proto) -> Result<(), Errno> {
    let peer = proto.peer().ok_or(Errno::ENODATA)?;
    let bytes = peer.cred.groups.as_bytes();
    let fits = out.len >= bytes.len();
    out.caller.mm.write(out.len_at, &(bytes.len() as i32))?;
    if !fits {
        return Err(Errno::ERANGE);
    }
    out.caller.mm.write_bytes(out.value.addr(), bytes)
}

fn peer_pidfd(out: &Answer<'_>, proto: &dyn Proto) -> Result<(), Errno> {
    let peer = proto.peer().ok_or(Errno::ENODATA)?;
    let files = out.caller.files;
    let file = (hooks()?.pidfd)(&peer.process)?;
    let fd = files.alloc_fd(0, true, out.caller.nofile)?;
    if let Err(errno) = out.put(&fd) {
        files.put_unused(fd);
        return Err(errno);
    }
    files.install(fd, file);
    Ok(())
}

fn meminfo(out: &Answer<'_>, proto: &dyn Proto) -> Result<(), Errno> {
    let options = proto.options();
    let (received, sent) = proto.memory();
    let (rcvbuf, sndbuf) = (options.rcvbuf.load(Relaxed), options.sndbuf.load(Relaxed));
    out.put(&[received as u32, rcvbuf, sent as u32, sndbuf, 0, 0, 0, 0, 0])
}
