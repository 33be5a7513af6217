//! Sockets: making, naming and connecting them, and their options.

use abi::capability::CAP_NET_ADMIN;
use abi::fcntl::{O_NONBLOCK, O_PATH};
use abi::socket::{SHUT_RDWR, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_TYPE_MASK, SOL_SOCKET};
use abi::{Abi, Errno};
use mm::UserPtr;
use net::{Caller, SockAddr};
use process::Cx;
use vfs::File;

use crate::open::nofile;

/// Room for the longest address.
pub(crate) type AddressBuf = [u8; 128];

/// Who calls, as sockets see it.
pub(crate) fn caller<'a>(cx: &'a Cx<'_>) -> Caller<'a> {
    Caller { mm: cx.mm(), files: cx.files(), lookup: cx.lookup(), tgid: cx.task.tgid(), nofile: nofile(cx) }
}

/// Reads an address: EINVAL for an impossible length.
pub(crate) fn read_address<'b>(
    cx: &Cx<'_>,
    addr: UserPtr<u8>,
    len: i32,
    buf: &'b mut AddressBuf,
) -> Result<&'b [u8], Errno> {
    let len = usize::try_from(len).map_err(|_| Errno::EINVAL)?;
    let buf = buf.get_mut(..len).ok_or(Errno::EINVAL)?;
    if len != 0 {
        cx.mm().read_bytes(addr.addr(), buf)?;
    }
    Ok(buf)
}

/// Writes an address, as much as there is room for, and how long it is.
pub(crate) fn write_address(
    cx: &Cx<'_>,
    address: &SockAddr,
    addr: UserPtr<u8>,
    len_at: UserPtr<i32>,
) -> Result<(), Errno> {
    let room = usize::try_from(cx.mm().read(len_at)?).map_err(|_| Errno::EINVAL)?;
    let bytes = address.as_bytes();
    let part = bytes.get(..room).unwrap_or(bytes);
    if !part.is_empty() {
        cx.mm().write_bytes(addr.addr(), part)?;
    }
    cx.mm().write(len_at, &(bytes.len() as i32))
}

/// A type with its flags: EINVAL for others than SOCK_CLOEXEC and SOCK_NONBLOCK.
fn split_type(kind: i32) -> Result<(u32, u32), Errno> {
    let (kind, flags) = (kind as u32 & SOCK_TYPE_MASK, kind as u32 & !SOCK_TYPE_MASK);
    check_flags(flags).map(|()| (kind, flags))
}

fn check_flags(flags: u32) -> Result<(), Errno> {
    if flags & !(SOCK_CLOEXEC | SOCK_NONBLOCK) != 0 { Err(Errno::EINVAL) } else { Ok(()) }
}

/// socket(2).
pub fn socket(cx: &mut Cx<'_>, family: i32, kind: i32, protocol: i32) -> Result<usize, Errno> {
    let (kind, flags) = split_type(kind)?;
    let proto = net::create(family, kind, protocol)?;
    let file = net::new_file(proto, flags & O_NONBLOCK, cx.cred());
    cx.files().add(file, flags & SOCK_CLOEXEC != 0, nofile(cx)).map(|fd| fd as usize)
}

/// socketpair(2). The numbers are written before the sockets are made.
pub fn socketpair(
    cx: &mut Cx<'_>,
    family: i32,
    kind: i32,
    protocol: i32,
    fds: UserPtr<[i32; 2]>,
) -> Result<usize, Errno> {
    let (kind, flags) = split_type(kind)?;
    let (cloexec, limit) = (flags & SOCK_CLOEXEC != 0, nofile(cx));
    let files = cx.files();
    let first = files.alloc_fd(0, cloexec, limit)?;
    let second = files.alloc_fd(0, cloexec, limit).inspect_err(|_| files.put_unused(first))?;
    let made = cx
        .mm()
        .write(fds, &[first, second])
        .and_then(|()| net::create_pair(family, kind, protocol))
        .inspect_err(|_| {
        files.put_unused(first);
        files.put_unused(second);
    })?;
    let [a, b] = made.map(|proto| net::new_file(proto, flags & O_NONBLOCK, cx.cred()));
    files.install(first, a);
    files.install(second, b);
    Ok(0)
}

/// bind(2).
pub fn bind(cx: &mut Cx<'_>, fd: i32, addr: UserPtr<u8>, len: i32) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    let mut buf = [0; 128];
    let address = read_address(cx, addr, len, &mut buf)?;
    socket.proto().bind(&caller(cx), &file, address).map(|()| 0)
}

/// SIOCUNIXFILE of ioctl(2): a descriptor, as of O_PATH, of the place that a socket is bound to.
pub(crate) fn open_bound(cx: &Cx<'_>, file: &File) -> Result<usize, Errno> {
    if !cx.cred().capable(CAP_NET_ADMIN) {
        return Err(Errno::EPERM);
    }
    let place = net::of_file(file)?.proto().bound_path().ok_or(Errno::ENOENT)?;
    let opened = vfs::open::dentry_open(cx.cred(), &place, O_PATH)?;
    cx.files().add(opened, true, nofile(cx)).map(|fd| fd as usize)
}

/// connect(2).
pub fn connect(cx: &mut Cx<'_>, fd: i32, addr: UserPtr<u8>, len: i32) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let mut buf = [0; 128];
    let address = read_address(cx, addr, len, &mut buf)?;
    let socket = net::of_file(&file)?;
    socket.proto().connect(&caller(cx), address, file.nonblock()).map(|()| 0)
}

/// listen(2): more than net.core.somaxconn is as many as that.
pub fn listen(cx: &mut Cx<'_>, fd: i32, backlog: i32) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let backlog = (backlog as u32).min(net::sysctl::SOMAXCONN.get());
    net::of_file(&file)?.proto().listen(backlog).map(|()| 0)
}

/// accept(2).
pub fn accept(cx: &mut Cx<'_>, fd: i32, addr: UserPtr<u8>, len_at: UserPtr<i32>) -> Result<usize, Errno> {
    accept4(cx, fd, addr, len_at, 0)
}

/// accept4(2).
pub fn accept4(
    cx: &mut Cx<'_>,
    fd: i32,
    addr: UserPtr<u8>,
    len_at: UserPtr<i32>,
    flags: i32,
) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let flags = flags as u32;
    check_flags(flags)?;
    let files = cx.files();
    let new = files.alloc_fd(0, flags & SOCK_CLOEXEC != 0, nofile(cx))?;
    let accepted = net::of_file(&file).and_then(|socket| {
        let proto = socket.proto().accept(file.nonblock())?;
        let connection = net::new_file(proto.clone(), flags & O_NONBLOCK, cx.cred());
        if !addr.is_null() {
            let peer = proto.last_peer_name().map_err(|_| Errno::ECONNABORTED)?;
            write_address(cx, &peer, addr, len_at)?;
        }
        Ok(connection)
    });
    match accepted {
        Ok(connection) => {
            files.install(new, connection);
            Ok(new as usize)
        }
        Err(errno) => {
            files.put_unused(new);
            Err(errno)
        }
    }
}

/// getsockname(2).
pub fn getsockname(
    cx: &mut Cx<'_>,
    fd: i32,
    addr: UserPtr<u8>,
    len_at: UserPtr<i32>,
) -> Result<usize, Errno> {
    write_name(cx, fd, false, addr, len_at)
}

/// getpeername(2).
pub fn getpeername(
    cx: &mut Cx<'_>,
    fd: i32,
    addr: UserPtr<u8>,
    len_at: UserPtr<i32>,
) -> Result<usize, Errno> {
    write_name(cx, fd, true, addr, len_at)
}

/// Writes the address of a socket, or of its peer.
fn write_name(
    cx: &Cx<'_>,
    fd: i32,
    peer: bool,
    addr: UserPtr<u8>,
    len_at: UserPtr<i32>,
) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let name = net::of_file(&file)?.proto().name(peer)?;
    write_address(cx, &name, addr, len_at).map(|()| 0)
}

/// shutdown(2).
pub fn shutdown(cx: &mut Cx<'_>, fd: i32, how: i32) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    let how = u32::try_from(how).ok().filter(|how| *how <= SHUT_RDWR).ok_or(Errno::EINVAL)?;
    socket.proto().shutdown(how).map(|()| 0)
}

/// setsockopt(2).
pub fn setsockopt(
    cx: &mut Cx<'_>,
    fd: i32,
    level: i32,
    option: i32,
    value: UserPtr<u8>,
    len: i32,
) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    let len = usize::try_from(len).map_err(|_| Errno::EINVAL)?;
    if level != SOL_SOCKET as i32 {
        return Err(Errno::EOPNOTSUPP);
    }
    let times32 = cx.abi() == Abi::I386;
    net::sockopt::set(&caller(cx), socket.proto(), option as u32, value, len, times32).map(|()| 0)
}

/// getsockopt(2).
pub fn getsockopt(
    cx: &mut Cx<'_>,
    fd: i32,
    level: i32,
    option: i32,
    value: UserPtr<u8>,
    len_at: UserPtr<i32>,
) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?;
    let socket = net::of_file(&file)?;
    if level != SOL_SOCKET as i32 {
        return Err(Errno::EOPNOTSUPP);
    }
    let times32 = cx.abi() == Abi::I386;
    net::sockopt::get(&caller(cx), socket.proto(), option as u32, value, len_at, times32).map(|()| 0)
}
