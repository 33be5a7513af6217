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
mod oob;
mod poll;
mod proto;
mod stream;

use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering};

use abi::Errno;
use abi::socket::*;
use sched::{Mutex, WaitQueue};
use sync::{Once, SpinLock, rank};
use vfs::fasync::Band;
use vfs::{Fasync, File, Inode, Path};

pub use connect::{create, create_pair};
pub use listing::show;

use crate::caller::{Identity, hooks};
use crate::options::Options;
use crate::scm::Credentials;
use crate::socket::{Proto, SockAddr};
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
    /// The one of them whose byte is out of band (MSG_OOB), until it is read.
    oob: Option<Arc<Message>>,
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
    /// The open file that it is behind, whose owner gets SIGURG.
    file: Once<Weak<File>>,
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
            oob: None,
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
            file: Once::new(),
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
        let (peer, bound, messages, pending, abstract_name, full_for, oob) = {
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
                state.oob.take(),
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
                // What was read out of band leaves only its place.
                let read = usize::from(messages.front().is_some_and(|message| message.left() == 0));
                if embryo || messages.len() > read {
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
        drop(oob);
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

impl Drop for UnixSock {
    fn drop(&mut self) {
        // A socket that never became a file.
        if !self.state.get_mut().dead {
            listing::remove(self);
        }
    }
}
