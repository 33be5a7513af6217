//! The open file of a socket, and what a family does behind it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;

use abi::Errno;
use abi::socket::*;
use mm::{AddressSpace, IterDst, IterSrc, MmapSource};
use sched::PollTable;
use vfs::anon::{PseudoFs, PseudoInode};
use vfs::consts::{O_NONBLOCK, O_RDWR, S_IFSOCK, fmode};
use vfs::{Cred, Fasync, File, FileOps, Path, PollMask};

use crate::caller::{Caller, Identity};
use crate::options::Options;
use crate::scm::Credentials;
use crate::unix;

static SOCKFS: PseudoFs = PseudoFs::new("sockfs", abi::magic::SOCKFS_MAGIC);

/// The longest address (struct sockaddr_storage).
pub const ADDRESS_MAX: usize = 128;

/// An address as programs write it, family first.
#[derive(Clone, Copy)]
pub struct SockAddr {
    bytes: [u8; ADDRESS_MAX],
    len: usize,
}

impl SockAddr {
    /// From its bytes; what is too long is cut.
    pub fn new(from: &[u8]) -> Self {
        let mut addr = SockAddr { bytes: [0; ADDRESS_MAX], len: from.len().min(ADDRESS_MAX) };
        for (to, from) in addr.bytes.iter_mut().zip(from) {
            *to = *from;
        }
        addr
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}

/// What is sent, and how.
pub struct SendMsg<'a, 'b> {
    /// The bytes.
    pub src: &'a mut IterSrc<'b>,
    /// MSG_*.
    pub flags: u32,
    /// Where to; none for the peer.
    pub name: Option<&'a [u8]>,
    /// Files that go along.
    pub files: Vec<Arc<File>>,
    /// Credentials that the caller gives (checked).
    pub credentials: Option<Credentials>,
    /// Who calls; none for write(2).
    pub caller: Option<&'a Caller<'a>>,
}

/// Where to receive, and what came.
pub struct RecvMsg<'a, 'b> {
    /// Where the bytes go.
    pub dst: &'a mut IterDst<'b>,
    /// MSG_*.
    pub flags: u32,
    /// Whether the sender's address is wanted.
    pub want_name: bool,
    /// The sender's address.
    pub name: Option<SockAddr>,
    /// MSG_* that recvmsg(2) gives back.
    pub out_flags: u32,
    /// Files that came.
    pub files: Vec<Arc<File>>,
    /// Who sent, if the socket wants to know.
    pub credentials: Option<Credentials>,
    /// When it came, if the socket wants to know; in CLOCK_REALTIME.
    pub stamp_ns: Option<u64>,
}

impl<'a, 'b> RecvMsg<'a, 'b> {
    /// To receive into `dst`.
    pub fn new(dst: &'a mut IterDst<'b>, flags: u32) -> Self {
        RecvMsg {
            dst,
            flags,
            want_name: false,
            name: None,
            out_flags: 0,
            files: Vec::new(),
            credentials: None,
            stamp_ns: None,
        }
    }
}

/// What a family does for a socket (struct proto_ops).
pub trait Proto: Any + Send + Sync {
    /// AF_*.
    fn family(&self) -> u32;
    /// SOCK_*.
    fn kind(&self) -> u32;
    /// The protocol's number.
    fn protocol(&self) -> u32 {
        0
    }
    /// SOL_SOCKET's options.
    fn options(&self) -> &Options;
    /// Now behind this file.
    fn attached(&self, file: &Arc<File>);
    /// bind(2); `file` is the socket's own.
    fn bind(&self, caller: &Caller<'_>, file: &File, address: &[u8]) -> Result<(), Errno>;
    /// connect(2).
    fn connect(&self, caller: &Caller<'_>, address: &[u8], nonblock: bool) -> Result<(), Errno>;
    /// listen(2); the backlog is cut already.
    fn listen(&self, backlog: u32) -> Result<(), Errno>;
    /// accept(2): the next connection.
    fn accept(&self, nonblock: bool) -> Result<Arc<dyn Proto>, Errno>;
    /// getsockname(2), getpeername(2).
    fn name(&self, peer: bool) -> Result<SockAddr, Errno>;
    /// The peer's address, also if it is gone already (accept(2)).
    fn last_peer_name(&self) -> Result<SockAddr, Errno>;
    /// sendmsg(2).
    fn send(&self, msg: &mut SendMsg<'_, '_>) -> Result<usize, Errno>;
    /// recvmsg(2).
    fn receive(&self, msg: &mut RecvMsg<'_, '_>) -> Result<usize, Errno>;
    /// shutdown(2); `how` is checked.
    fn shutdown(&self, how: u32) -> Result<(), Errno>;
    /// poll(2).
    fn poll(&self, table: &mut PollTable) -> PollMask;
    /// ioctl(2): what the family knows.
    fn ioctl(&self, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno>;
    /// The place that it is bound to (SIOCUNIXFILE).
    fn bound_path(&self) -> Option<Path> {
        None
    }
    /// Who is told of input and output by signals.
    fn fasync(&self) -> &Fasync;
    /// Whether it listens.
    fn listens(&self) -> bool;
    /// Takes the pending error, 0 for none (SO_ERROR).
    fn take_error(&self) -> i32;
    /// The next call shall fail with that.
    fn set_error(&self, errno: Errno);
    /// SO_PEERCRED and its kin: who the peer was.
    fn peer(&self) -> Option<Arc<Identity>>;
    /// The send buffer's size changed.
    fn buffer_changed(&self) {}
    /// Bytes of memory that wait to be (received, sent), for SO_MEMINFO.
    fn memory(&self) -> (usize, usize);
    /// The last descriptor is closed.
    fn release(&self);
}

/// A socket as an open file.
pub struct Socket {
    proto: Arc<dyn Proto>,
}

impl Socket {
    /// What the family does.
    #[inline]
    pub fn proto(&self) -> &dyn Proto {
        &*self.proto
    }

    /// The family's own type.
    pub fn proto_as<T: Proto>(&self) -> Option<&T> {
        let any: &dyn Any = &*self.proto;
        any.downcast_ref()
    }
}

/// The socket behind an open file: ENOTSOCK.
#[inline]
pub fn of_file(file: &File) -> Result<&Socket, Errno> {
    file.ops_as::<Socket>().ok_or(Errno::ENOTSOCK)
}

/// Whether a failed write to the file raises SIGPIPE with EPIPE: not to sockets that keep messages apart.
pub fn raises_sigpipe(file: &File) -> bool {
    of_file(file).map_or(true, |socket| socket.proto.kind() == SOCK_STREAM)
}

/// An open file for a family's socket; `flags` may have O_NONBLOCK.
pub fn new_file(proto: Arc<dyn Proto>, flags: u32, cred: &Cred) -> Arc<File> {
    let (path, inode) = SOCKFS.new_place("socket", S_IFSOCK | 0o777, cred, Box::new(PseudoInode));
    let socket = Arc::new(Socket { proto: proto.clone() });
    let file = File::new(path, inode, socket, O_RDWR | (flags & O_NONBLOCK), fmode::READ | fmode::WRITE);
    proto.attached(&file);
    file
}

/// The checks of socket(2) and socketpair(2) that come before the family's own.
fn check_family(family: i32, kind: u32) -> Result<(), Errno> {
    if family < 0 || family as u32 >= AF_MAX {
        return Err(Errno::EAFNOSUPPORT);
    }
    if kind >= SOCK_MAX {
        return Err(Errno::EINVAL);
    }
    if family as u32 != AF_UNIX {
        return Err(Errno::EAFNOSUPPORT);
    }
    Ok(())
}

/// socket(2): the family's part of a new socket.
pub fn create(family: i32, kind: u32, protocol: i32) -> Result<Arc<dyn Proto>, Errno> {
    check_family(family, kind)?;
    unix::create(kind, protocol)
}

/// socketpair(2): two that are connected.
pub fn create_pair(family: i32, kind: u32, protocol: i32) -> Result<[Arc<dyn Proto>; 2], Errno> {
    check_family(family, kind)?;
    unix::create_pair(kind, protocol)
}

impl FileOps for Socket {
    fn can_nowait(&self, _file: &File) -> bool {
        true
    }

    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        if dst.remaining() == 0 {
            return Ok(0);
        }
        let flags = if file.nonblock() { MSG_DONTWAIT } else { 0 };
        self.proto.receive(&mut RecvMsg::new(dst, flags))
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let flags = if file.nonblock() { MSG_DONTWAIT } else { 0 };
        let files = Vec::new();
        self.proto.send(&mut SendMsg { src, flags, name: None, files, credentials: None, caller: None })
    }

    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        self.proto.poll(table)
    }

    fn ioctl(&self, _file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        self.proto.ioctl(cmd, arg, mm)
    }

    fn fasync(&self, _file: &File) -> [Option<&Fasync>; 2] {
        [Some(self.proto.fasync()), None]
    }

    fn mmap(&self, _file: &File) -> Result<MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn check_flags(&self, _file: &File, flags: u32) -> Result<(), Errno> {
        if flags & vfs::consts::O_DIRECT != 0 { Err(Errno::EINVAL) } else { Ok(()) }
    }

    fn release(&self, _file: &File) {
        self.proto.release();
    }
}
