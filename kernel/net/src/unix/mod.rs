//! AF_UNIX: sockets between processes of this machine (unix(7)).
//!
//! Messages wait at the socket that they were sent to. A socket's state, its messages included, is under one spin
//! lock; nobody copies user memory under it. Readers take turns by `iolock`; the message that is read stays in its
//! place until it is used up.

mod address;
mod connect;
mod dgram;
mod in_flight;
mod listing;
mod message;
mod poll;
mod stream;

use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering};

use abi::Errno;
use abi::socket::*;
use mm::{AddressSpace, UserPtr};
use sched::{Mutex, PollTable, WaitQueue};
use sync::{SpinLock, rank};
use vfs::fasync::Band;
use vfs::{Fasync, File, Inode, Path, PollMask};

pub use connect::{create, create_pair};
pub use listing::show;

use crate::caller::{Caller, Identity, hooks};
use crate::options::Options;
use crate::scm::Credentials;
use crate::socket::{Proto, RecvMsg, SendMsg, SockAddr};
use crate::wait::Patience;
use message::Message;

/// Nothing more is received.
const RCV_SHUTDOWN: u32 = 1;
/// Nothing more is sent.
const SEND_SHUTDOWN: u32 = 2;
const SHUTDOWN_MASK: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Listening,
    Established,
}

struct State {
    phase: Phase,
    shutdown: u32,
    /// Its last descriptor is closed.
    dead: bool,
    peer: Option<Arc<UnixSock>>,
    /// What follows the family in its address.
    address: Option<Arc<[u8]>>,
    /// The file that it is bound to.
    bound: Option<(Path, Arc<Inode>)>,
    messages: VecDeque<Arc<Message>>,
    /// Connections that nobody has accepted.
    pending: VecDeque<Arc<UnixSock>>,
    /// How many more than this may not wait, connections or datagrams.
    backlog: u32,
    /// Who connected or listens (SO_PEERCRED).
    identity: Option<Arc<Identity>>,
    /// Sockets that were told by poll that there is no room here.
    full_for: Vec<Weak<UnixSock>>,
}

/// A socket of this family.
pub struct UnixSock {
    me: Weak<UnixSock>,
    kind: u32,
    options: Options,
    ino: AtomicU64,
    error: AtomicI32,
    /// What its messages count that nobody has read.
    wmem: AtomicUsize,
    /// How often it is in a message.
    in_flight: AtomicUsize,
    state: SpinLock<State>,
    bindlock: Mutex<()>,
    iolock: Mutex<()>,
    /// Woken when something comes, and when something ends.
    readable: WaitQueue,
    /// Woken when messages of this socket were read.
    writable: WaitQueue,
    /// Woken when there is room for more connections or datagrams here.
    room: WaitQueue,
    fasync: Fasync,
}

impl UnixSock {
    fn new(kind: u32) -> Arc<Self> {
        let state = State {
            phase: Phase::Closed,
            shutdown: 0,
            dead: false,
            peer: None,
            address: None,
            bound: None,
            messages: VecDeque::new(),
            pending: VecDeque::new(),
            backlog: crate::sysctl::MAX_DGRAM_QLEN.get(),
            identity: None,
            full_for: Vec::new(),
        };
        let sock = Arc::new_cyclic(|me| UnixSock {
            me: me.clone(),
            kind,
            options: Options::default(),
            ino: AtomicU64::new(0),
            error: AtomicI32::new(0),
            wmem: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            state: SpinLock::new(rank::SOCKET, state),
            bindlock: Mutex::new(rank::SOCKET_BIND, ()),
            iolock: Mutex::new(rank::SOCKET_READ, ()),
            readable: WaitQueue::new(),
            writable: WaitQueue::new(),
            room: WaitQueue::new(),
            fasync: Fasync::new(),
        });
        listing::add(&sock);
        sock
    }

    #[inline]
    fn to_arc(&self) -> Option<Arc<Self>> {
        self.me.upgrade()
    }

    #[inline]
    fn connects(&self) -> bool {
        self.kind != SOCK_DGRAM
    }

    #[inline]
    fn peer_sock(&self) -> Option<Arc<UnixSock>> {
        self.state.lock().peer.clone()
    }

    /// The pending error, which is gone then (sock_error).
    #[inline]
    fn check_error(&self) -> Result<(), Errno> {
        if self.error.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        match self.error.swap(0, Ordering::Relaxed) {
            0 => Ok(()),
            code => Err(Errno::from_raw(code).unwrap_or(Errno::ECONNRESET)),
        }
    }

    #[inline]
    fn sndbuf(&self) -> usize {
        self.options.sndbuf.load(Ordering::Relaxed) as usize
    }

    /// Whether poll says that it may be written, and sleeping writers go on: a quarter is in use at most.
    #[inline]
    fn has_write_space(&self) -> bool {
        self.wmem.load(Ordering::Acquire) * 4 <= self.sndbuf()
    }

    /// Memory of messages is free again.
    #[inline]
    fn write_space(&self) {
        if self.has_write_space() {
            self.writable.wake_all();
            self.fasync.tell(Band::Out);
        }
    }

    /// Waits for room for one more message.
    #[inline]
    fn wait_for_write_space(&self, patience: impl Fn() -> Patience) -> Result<(), Errno> {
        self.check_error()?;
        let room = || self.wmem.load(Ordering::Acquire) < self.sndbuf();
        if room() {
            return Ok(());
        }
        let patience = patience();
        loop {
            patience.wait(&self.writable, || {
                room() || self.error.load(Ordering::Relaxed) != 0 || self.shut_down(SEND_SHUTDOWN)
            })?;
            self.check_error()?;
            if self.shut_down(SEND_SHUTDOWN) {
                return Err(Errno::EPIPE);
            }
            if room() {
                return Ok(());
            }
        }
    }

    fn shut_down(&self, what: u32) -> bool {
        self.state.lock().shutdown & what != 0
    }

    /// Something about the connection changed: everybody looks again.
    fn state_changed(&self) {
        self.readable.wake_all();
        self.writable.wake_all();
    }

    fn send_patience(&self, flags: u32) -> Patience {
        Patience::new(flags & MSG_DONTWAIT != 0, self.options.sndtimeo_ns.load(Ordering::Relaxed))
    }

    fn receive_patience(&self, nonblock: bool) -> Patience {
        Patience::new(nonblock, self.options.rcvtimeo_ns.load(Ordering::Relaxed))
    }

    /// Whether one of the two wants to know who sends.
    #[inline]
    fn wants_credentials(&self) -> bool {
        self.options.on(SO_PASSCRED) || self.options.on(SO_PASSPIDFD)
    }

    /// The credentials that a message takes along: those given, else the sender's if somebody wants them.
    #[inline]
    fn credentials_for(
        &self,
        other: &UnixSock,
        given: Option<Credentials>,
    ) -> Result<Option<Credentials>, Errno> {
        if given.is_some() || !(self.wants_credentials() || other.wants_credentials()) {
            return Ok(given);
        }
        Credentials::current().map(Some)
    }

    fn name_of(&self) -> SockAddr {
        let address = self.state.lock().address.clone();
        address::to_sockaddr(address.as_deref())
    }

    /// Calls `look` with each message that waits here, or at a connection that nobody has accepted.
    fn for_each_message(&self, look: &mut dyn FnMut(&Message)) {
        let state = self.state.lock();
        for message in &state.messages {
            look(message);
        }
        for embryo in &state.pending {
            for message in &embryo.state.lock_nested().messages {
                look(message);
            }
        }
    }

    /// The running process, as SO_PEERCRED of the other side shows it.
    fn current_identity() -> Result<Arc<Identity>, Errno> {
        Ok(Arc::new((hooks()?.current)()))
    }

    /// The end: of the last descriptor, or of a connection that nobody accepts any more.
    fn end(&self, embryo: bool) {
        let (peer, bound, messages, pending, abstract_name, full_for) = {
            let mut state = self.state.lock();
            state.dead = true;
            state.shutdown = SHUTDOWN_MASK;
            state.phase = Phase::Closed;
            (
                state.peer.take(),
                state.bound.take(),
                core::mem::take(&mut state.messages),
                core::mem::take(&mut state.pending),
                state.address.clone(),
                core::mem::take(&mut state.full_for),
            )
        };
        if let (Some(name), None) = (&abstract_name, &bound) {
            address::forget(self, name);
        }
        if let Some((_, inode)) = &bound {
            address::forget_inode(self, inode);
        }
        self.room.wake_all();
        Self::wake_senders(full_for);
        if let Some(peer) = peer
            && self.connects()
        {
            {
                let mut state = peer.state.lock();
                state.shutdown = SHUTDOWN_MASK;
                if embryo || !messages.is_empty() {
                    peer.set_error(Errno::ECONNRESET);
                }
            }
            peer.state_changed();
            peer.fasync.tell(Band::Hup);
        }
        for embryo in pending {
            embryo.end(true);
        }
        drop(messages);
        listing::remove(self);
        in_flight::collect();
        drop(bound);
    }

    /// Tells sockets that found no room here that there may be some.
    fn wake_senders(senders: Vec<Weak<UnixSock>>) {
        for sender in senders.iter().filter_map(Weak::upgrade) {
            sender.writable.wake_all();
        }
    }
}

impl Proto for UnixSock {
    fn family(&self) -> u32 {
        AF_UNIX
    }

    fn kind(&self) -> u32 {
        self.kind
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn attached(&self, file: &File) {
        self.ino.store(file.inode.ino, Ordering::Relaxed);
    }

    fn bind(&self, caller: &Caller<'_>, file: &File, address: &[u8]) -> Result<(), Errno> {
        address::bind(self, caller, file, address)
    }

    fn connect(&self, caller: &Caller<'_>, address: &[u8], nonblock: bool) -> Result<(), Errno> {
        if self.connects() {
            self.connect_stream(caller, address, nonblock)
        } else {
            self.connect_dgram(caller, address)
        }
    }

    fn listen(&self, backlog: u32) -> Result<(), Errno> {
        self.do_listen(backlog)
    }

    fn accept(&self, nonblock: bool) -> Result<Arc<dyn Proto>, Errno> {
        self.do_accept(nonblock).map(|sock| sock as Arc<dyn Proto>)
    }

    fn name(&self, peer: bool) -> Result<SockAddr, Errno> {
        if !peer {
            return Ok(self.name_of());
        }
        self.peer_sock().map(|peer| peer.name_of()).ok_or(Errno::ENOTCONN)
    }

    fn last_peer_name(&self) -> Result<SockAddr, Errno> {
        self.name(true)
    }

    #[inline]
    fn send(&self, msg: &mut SendMsg<'_, '_>) -> Result<usize, Errno> {
        match self.kind {
            SOCK_STREAM => self.send_stream(msg),
            SOCK_SEQPACKET => {
                if self.state.lock().phase != Phase::Established {
                    return Err(Errno::ENOTCONN);
                }
                msg.name = None;
                self.send_dgram(msg)
            }
            _ => self.send_dgram(msg),
        }
    }

    #[inline]
    fn receive(&self, msg: &mut RecvMsg<'_, '_>) -> Result<usize, Errno> {
        match self.kind {
            SOCK_STREAM => self.receive_stream(msg),
            SOCK_SEQPACKET if self.state.lock().phase != Phase::Established => Err(Errno::ENOTCONN),
            _ => self.receive_dgram(msg),
        }
    }

    fn shutdown(&self, how: u32) -> Result<(), Errno> {
        let mode = how + 1;
        let peer = {
            let mut state = self.state.lock();
            state.shutdown |= mode;
            state.peer.clone()
        };
        if let Some(peer) = peer
            && self.connects()
        {
            let crossed = (mode & RCV_SHUTDOWN) << 1 | (mode & SEND_SHUTDOWN) >> 1;
            peer.state.lock().shutdown |= crossed;
            peer.state_changed();
            match crossed {
                SHUTDOWN_MASK => peer.fasync.tell(Band::Hup),
                RCV_SHUTDOWN => peer.fasync.tell(Band::In),
                _ => {}
            }
        }
        self.state_changed();
        self.room.wake_all();
        Ok(())
    }

    fn poll(&self, table: &mut PollTable) -> PollMask {
        self.do_poll(table)
    }

    fn ioctl(&self, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        let count = match cmd {
            abi::ioctl::TIOCOUTQ => self.wmem.load(Ordering::Relaxed),
            abi::ioctl::FIONREAD => self.readable_bytes()?,
            _ => return Err(Errno::ENOTTY),
        };
        mm.write(UserPtr::new(arg), &(count as i32))?;
        Ok(0)
    }

    fn fasync(&self) -> &Fasync {
        &self.fasync
    }

    fn listens(&self) -> bool {
        self.state.lock().phase == Phase::Listening
    }

    fn take_error(&self) -> i32 {
        self.error.swap(0, Ordering::Relaxed)
    }

    fn set_error(&self, errno: Errno) {
        self.error.store(errno.code(), Ordering::Relaxed);
    }

    fn peer(&self) -> Option<Arc<Identity>> {
        self.state.lock().identity.clone()
    }

    fn buffer_changed(&self) {
        self.write_space();
    }

    fn memory(&self) -> (usize, usize) {
        let waiting = self.state.lock().messages.iter().map(|message| message.truesize()).sum();
        (waiting, self.wmem.load(Ordering::Relaxed))
    }

    fn release(&self) {
        self.end(false);
    }
}

impl UnixSock {
    /// FIONREAD: bytes of a stream, of a datagram socket those of the first message.
    fn readable_bytes(&self) -> Result<usize, Errno> {
        let state = self.state.lock();
        if state.phase == Phase::Listening {
            return Err(Errno::EINVAL);
        }
        if self.kind == SOCK_DGRAM {
            return Ok(state.messages.front().map_or(0, |message| message.left()));
        }
        Ok(state.messages.iter().map(|message| message.left()).sum())
    }
}

impl Drop for UnixSock {
    fn drop(&mut self) {
        // A socket that never became a file.
        if !self.state.get_mut().dead {
            listing::remove(self);
        }
    }
}
