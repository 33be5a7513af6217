//! Sending and receiving: sendto(2), recvfrom(2), sendmsg(2), recvmsg(2), sendmmsg(2), recvmmsg(2).

use abi::Errno;
use abi::Msghdr;
use abi::layout::{Longs, MmsghdrLayout, MsghdrLayout, Word};
use abi::signal::SIGPIPE;
use abi::socket::{
    MSG_CMSG_CLOEXEC, MSG_CMSG_COMPAT, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_WAITFORONE, SOCK_STREAM,
};
use alloc::vec::Vec;
use mm::{IoVecs, IterDst, IterSrc, UserPtr};
use net::scm::{self, Control, ControlOut, Headers};
use net::{RecvMsg, SendMsg, Socket};
use process::Cx;
use vfs::File;

use crate::file::check_buffer;
use crate::poll::{deadline_of, read_timespec};
use crate::socket::{AddressBuf, caller, read_address, write_address};

/// The longest list of buffers (UIO_MAXIOV), and of messages.
const IOV_MAX: u64 = 1024;

fn effective_flags(file: &File, flags: u32) -> u32 {
    if file.nonblock() { flags | MSG_DONTWAIT } else { flags }
}

/// A stream whose other end is gone raises SIGPIPE, unless MSG_NOSIGNAL was given.
fn after_send(
    cx: &Cx<'_>,
    socket: &Socket,
    flags: u32,
    result: Result<usize, Errno>,
) -> Result<usize, Errno> {
    let broken = result == Err(Errno::EPIPE) && flags & MSG_NOSIGNAL == 0;
    if broken && socket.proto().kind() == SOCK_STREAM {
        process::signal_task(&cx.task_arc(), SIGPIPE);
    }
    result
}

/// sendto(2); send(3) without an address.
pub fn sendto(
    cx: &mut Cx<'_>,
    fd: i32,
    buf: UserPtr<u8>,
    len: usize,
    flags: u32,
    addr: UserPtr<u8>,
    addr_len: i32,
) -> Result<usize, Errno> {
    check_buffer(buf.addr(), len)?;
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    let mut address = [0; 128];
    let name = match addr.non_null() {
        Some(addr) => Some(read_address(cx, addr, addr_len, &mut address)?).filter(|name| !name.is_empty()),
        None => None,
    };
    let flags = effective_flags(&file, flags);
    let mut src = IterSrc::user(buf.addr(), len);
    let caller = caller(cx);
    let files = Vec::new();
    let mut msg = SendMsg { src: &mut src, flags, name, files, credentials: None, caller: Some(&caller) };
    let result = socket.proto().send(&mut msg);
    after_send(cx, socket, flags, result)
}

/// recvfrom(2); recv(3) without an address.
pub fn recvfrom(
    cx: &mut Cx<'_>,
    fd: i32,
    buf: UserPtr<u8>,
    len: usize,
    flags: u32,
    addr: UserPtr<u8>,
    len_at: UserPtr<i32>,
) -> Result<usize, Errno> {
    check_buffer(buf.addr(), len)?;
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    let mut dst = IterDst::user(buf.addr(), len);
    let mut msg = RecvMsg::new(&mut dst, effective_flags(&file, flags));
    msg.want_name = !addr.is_null();
    let count = socket.proto().receive(&mut msg)?;
    if !addr.is_null() {
        let name = msg.name.unwrap_or(net::SockAddr::new(&[]));
        write_address(cx, &name, addr, len_at)?;
    }
    Ok(count)
}

/// The header of a message with its buffers.
struct Header {
    raw: Msghdr,
    vecs: IoVecs,
}

/// How control messages of a call are laid out.
fn headers<M: MsghdrLayout>() -> Headers {
    if M::COMPAT { Headers::Compat } else { Headers::Native }
}

fn read_header<M: MsghdrLayout>(
    cx: &Cx<'_>,
    at: UserPtr<M>,
    name: Option<&mut (AddressBuf, usize)>,
) -> Result<Header, Errno> {
    let mut raw = cx.mm().read(at)?.widen();
    if raw.msg_name == 0 {
        raw.msg_namelen = 0;
    }
    if raw.msg_namelen < 0 {
        return Err(Errno::EINVAL);
    }
    if let Some((buf, len)) = name {
        *len = (raw.msg_namelen as usize).min(buf.len());
        let part = buf.get_mut(..*len).unwrap_or(&mut []);
        if !part.is_empty() {
            cx.mm().read_bytes(raw.msg_name, part)?;
        }
    }
    if raw.msg_iovlen > IOV_MAX {
        return Err(Errno::EMSGSIZE);
    }
    let list = UserPtr::<M::Iovec>::new(raw.msg_iov);
    let vecs = IoVecs::import(cx.mm(), list, raw.msg_iovlen)?;
    Ok(Header { raw, vecs })
}

fn read_control(cx: &Cx<'_>, raw: &Msghdr, headers: Headers) -> Result<Control, Errno> {
    if raw.msg_controllen == 0 {
        return Ok(Control::default());
    }
    if raw.msg_controllen > u64::from(net::sysctl::OPTMEM_MAX.get()) {
        return Err(Errno::ENOBUFS);
    }
    let len = raw.msg_controllen as usize;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| Errno::ENOBUFS)?;
    bytes.resize(len, 0);
    cx.mm().read_bytes(raw.msg_control, &mut bytes)?;
    scm::parse(&caller(cx), &bytes, headers)
}

/// Sends one message; how much was sent, and whether that was all.
fn send_one<M: MsghdrLayout>(
    cx: &Cx<'_>,
    file: &File,
    socket: &Socket,
    at: UserPtr<M>,
    flags: u32,
) -> Result<(usize, bool), Errno> {
    let mut name: (AddressBuf, usize) = ([0; 128], 0);
    let header = read_header(cx, at, Some(&mut name))?;
    let control = read_control(cx, &header.raw, headers::<M>())?;
    let (buf, len) = &name;
    let name = buf.get(..*len).filter(|name| !name.is_empty());
    let mut src = header.vecs.src();
    let flags = effective_flags(file, flags);
    let caller = caller(cx);
    let (files, credentials) = (control.files, control.credentials);
    let mut msg = SendMsg { src: &mut src, flags, name, files, credentials, caller: Some(&caller) };
    let result = socket.proto().send(&mut msg);
    let sent = after_send(cx, socket, flags, result)?;
    Ok((sent, src.remaining() == 0))
}

/// sendmsg(2).
pub fn sendmsg<M: MsghdrLayout>(
    cx: &mut Cx<'_>,
    fd: i32,
    msg: UserPtr<M>,
    flags: u32,
) -> Result<usize, Errno> {
    if flags & MSG_CMSG_COMPAT != 0 {
        return Err(Errno::EINVAL);
    }
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    send_one(cx, &file, socket, msg, flags).map(|(sent, _)| sent)
}

/// sendmmsg(2).
pub fn sendmmsg<M: MmsghdrLayout>(
    cx: &mut Cx<'_>,
    fd: i32,
    list: UserPtr<M>,
    count: u32,
    flags: u32,
) -> Result<usize, Errno> {
    if flags & MSG_CMSG_COMPAT != 0 {
        return Err(Errno::EINVAL);
    }
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    let mut done = 0;
    while done < u64::from(count).min(IOV_MAX) {
        let sent = message_at(list, done).and_then(|at| {
            let (sent, all) = send_one(cx, &file, socket, at.cast::<M::Header>(), flags)?;
            write_field(cx, at, M::LEN_AT, &(sent as u32))?;
            Ok(all)
        });
        match sent {
            Ok(all) => {
                done += 1;
                if !all {
                    break;
                }
            }
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
        sched::cond_resched();
    }
    Ok(done as usize)
}

fn message_at<M>(list: UserPtr<M>, nth: u64) -> Result<UserPtr<M>, Errno> {
    list.offset(nth).ok_or(Errno::EFAULT)
}

fn write_field<T, V: zerocopy::IntoBytes + zerocopy::Immutable>(
    cx: &Cx<'_>,
    at: UserPtr<T>,
    offset: u64,
    value: &V,
) -> Result<(), Errno> {
    let field = at.byte_add(offset).ok_or(Errno::EFAULT)?;
    cx.mm().write(field.cast::<V>(), value)
}

/// Receives one message and writes its header back.
fn receive_one<M: MsghdrLayout>(
    cx: &Cx<'_>,
    file: &File,
    socket: &Socket,
    at: UserPtr<M>,
    flags: u32,
) -> Result<usize, Errno> {
    let Header { raw, vecs } = read_header(cx, at, None)?;
    let mut dst = vecs.dst();
    let mut msg = RecvMsg::new(&mut dst, effective_flags(file, flags));
    msg.want_name = raw.msg_name != 0;
    msg.out_flags = flags & MSG_CMSG_CLOEXEC;
    let count = socket.proto().receive(&mut msg)?;
    let caller = caller(cx);
    let room = usize::try_from(raw.msg_controllen).unwrap_or(usize::MAX);
    let mut out = ControlOut::new(raw.msg_control, room, headers::<M>());
    scm::deliver(&caller, socket.proto().options(), &mut msg, &mut out);
    if raw.msg_name != 0 {
        let name = msg.name.unwrap_or(net::SockAddr::new(&[]));
        let len_at = at.byte_add(M::NAMELEN_AT).ok_or(Errno::EFAULT)?;
        write_address(cx, &name, UserPtr::new(raw.msg_name), len_at.cast())?;
    }
    write_field(cx, at, M::FLAGS_AT, &msg.out_flags)?;
    write_field(cx, at, M::CONTROLLEN_AT, &M::Size::narrow((room - out.left()) as u64))?;
    Ok(count)
}

/// recvmsg(2).
pub fn recvmsg<M: MsghdrLayout>(
    cx: &mut Cx<'_>,
    fd: i32,
    msg: UserPtr<M>,
    flags: u32,
) -> Result<usize, Errno> {
    if flags & MSG_CMSG_COMPAT != 0 {
        return Err(Errno::EINVAL);
    }
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    receive_one(cx, &file, socket, msg, flags)
}

/// recvmmsg(2): the time is looked at after each message only.
pub fn recvmmsg<M: MmsghdrLayout, T: Longs<2>>(
    cx: &mut Cx<'_>,
    fd: i32,
    list: UserPtr<M>,
    count: u32,
    flags: u32,
    timeout: UserPtr<T>,
) -> Result<usize, Errno> {
    if flags & MSG_CMSG_COMPAT != 0 {
        return Err(Errno::EINVAL);
    }
    let deadline = deadline_of(read_timespec(cx, timeout)?);
    let done = receive_many(cx, fd, list, count, flags, deadline)?;
    if let (Some(at), Some(deadline), true) = (timeout.non_null(), deadline, done > 0) {
        let left = deadline.saturating_sub(sched::clock::monotonic_ns());
        let ns = sched::NSEC_PER_SEC;
        cx.mm().write(at, &T::narrow([(left / ns) as i64, (left % ns) as i64]))?;
    }
    Ok(done)
}

fn receive_many<M: MmsghdrLayout>(
    cx: &Cx<'_>,
    fd: i32,
    list: UserPtr<M>,
    count: u32,
    flags: u32,
    deadline: Option<u64>,
) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    if let Some(errno) = Errno::from_raw(socket.proto().take_error()) {
        return Err(errno);
    }
    let (mut flags, wait_for_one) = (flags & !MSG_WAITFORONE, flags & MSG_WAITFORONE != 0);
    let mut done = 0;
    while done < u64::from(count) {
        let received = message_at(list, done).and_then(|at| {
            let len = receive_one(cx, &file, socket, at.cast::<M::Header>(), flags)?;
            write_field(cx, at, M::LEN_AT, &(len as u32))
        });
        match received {
            Ok(()) => done += 1,
            Err(errno) if done == 0 => return Err(errno),
            Err(errno) => {
                // The next call tells.
                if errno != Errno::EAGAIN {
                    socket.proto().set_error(errno);
                }
                break;
            }
        }
        if wait_for_one {
            flags |= MSG_DONTWAIT;
        }
        if deadline.is_some_and(|deadline| sched::clock::monotonic_ns() >= deadline) {
            break;
        }
        sched::cond_resched();
    }
    Ok(done as usize)
}
