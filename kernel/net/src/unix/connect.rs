//! Sockets come to be, and find each other: socket(2), socketpair(2), connect(2), listen(2), accept(2).

use alloc::sync::Arc;

use abi::Errno;
use abi::socket::*;
use vfs::fasync::Band;

use super::address;
use super::{Phase, RCV_SHUTDOWN, State, UnixSock};
use crate::caller::{Caller, Identity};
use crate::socket::Proto;
use sync::SpinLock;

/// The kind and protocol that socket(2) asks for: ESOCKTNOSUPPORT, EPROTONOSUPPORT.
fn check_kind(kind: u32, protocol: i32) -> Result<u32, Errno> {
    if protocol != 0 && protocol != AF_UNIX as i32 {
        return Err(Errno::EPROTONOSUPPORT);
    }
    match kind {
        SOCK_STREAM | SOCK_DGRAM | SOCK_SEQPACKET => Ok(kind),
        // What the BSDs call so has always been a datagram socket here.
        SOCK_RAW => Ok(SOCK_DGRAM),
        _ => Err(Errno::ESOCKTNOSUPPORT),
    }
}

/// socket(2).
pub fn create(kind: u32, protocol: i32) -> Result<Arc<dyn Proto>, Errno> {
    Ok(UnixSock::new(check_kind(kind, protocol)?))
}

/// socketpair(2).
pub fn create_pair(kind: u32, protocol: i32) -> Result<[Arc<dyn Proto>; 2], Errno> {
    let kind = check_kind(kind, protocol)?;
    let (a, b) = (UnixSock::new(kind), UnixSock::new(kind));
    let identity = UnixSock::current_identity()?;
    for (one, other) in [(&a, &b), (&b, &a)] {
        let mut state = one.state.lock();
        state.peer = Some(other.clone());
        state.phase = Phase::Established;
        state.identity = Some(identity.clone());
    }
    Ok([a, b])
}

/// Locks two sockets, in the order of their addresses.
fn with_both<R>(a: &UnixSock, b: &UnixSock, act: impl FnOnce(&mut State, &mut State) -> R) -> R {
    let lock = |sock: &UnixSock| -> *const SpinLock<State> { &sock.state };
    if lock(a) < lock(b) {
        let mut first = a.state.lock();
        let mut second = b.state.lock_nested();
        act(&mut first, &mut second)
    } else {
        let mut first = b.state.lock();
        let mut second = a.state.lock_nested();
        act(&mut second, &mut first)
    }
}

/// What came of an attempt to connect.
enum Attempt {
    Done,
    /// The listener has gone: look again for who has the name.
    Gone,
    /// Too many wait for its accept(2).
    Full,
}

impl UnixSock {
    pub(super) fn connect_stream(
        &self,
        caller: &Caller<'_>,
        address: &[u8],
        nonblock: bool,
    ) -> Result<(), Errno> {
        let name = address::check(address)?;
        if self.wants_credentials() {
            address::autobind(self)?;
        }
        let patience = self.send_patience(if nonblock { MSG_DONTWAIT } else { 0 });
        let identity = Self::current_identity()?;
        loop {
            let other = address::find(caller, name, self.kind)?;
            match self.try_connect(&other, &identity)? {
                Attempt::Done => return Ok(()),
                Attempt::Gone => {}
                Attempt::Full => {
                    patience.wait(&other.room, || {
                        let state = other.state.lock();
                        state.dead || state.shutdown & RCV_SHUTDOWN != 0 || !state.is_full()
                    })?;
                }
            }
        }
    }

    /// One attempt; the other side of the connection waits at `other` then.
    fn try_connect(&self, other: &Arc<UnixSock>, identity: &Arc<Identity>) -> Result<Attempt, Errno> {
        let me = self.to_arc().ok_or(Errno::EINVAL)?;
        if core::ptr::eq(self, &**other) {
            // It can't be that it listens and connects at once.
            let state = self.state.lock();
            return match state.phase {
                Phase::Listening if state.is_full() => Ok(Attempt::Full),
                Phase::Listening => Err(Errno::EINVAL),
                _ => Err(Errno::ECONNREFUSED),
            };
        }
        let embryo = UnixSock::new(self.kind);
        embryo.options.inherit_passing(&other.options);
        let done = with_both(self, other, |mine, theirs| {
            if theirs.dead {
                return Ok(Attempt::Gone);
            }
            if theirs.phase != Phase::Listening || theirs.shutdown & RCV_SHUTDOWN != 0 {
                return Err(Errno::ECONNREFUSED);
            }
            if theirs.is_full() {
                return Ok(Attempt::Full);
            }
            match mine.phase {
                Phase::Closed => {}
                Phase::Established => return Err(Errno::EISCONN),
                Phase::Listening => return Err(Errno::EINVAL),
            }
            theirs.pending.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
            {
                let mut new = embryo.state.lock_nested();
                new.peer = Some(me);
                new.phase = Phase::Established;
                new.identity = Some(identity.clone());
                new.address = theirs.address.clone();
                new.bound = theirs.bound.clone();
            }
            mine.peer = Some(embryo.clone());
            mine.phase = Phase::Established;
            mine.identity = theirs.identity.clone();
            theirs.pending.push_back(embryo.clone());
            Ok(Attempt::Done)
        });
        if matches!(done, Ok(Attempt::Done)) {
            other.readable.wake_one();
            other.fasync.tell(Band::In);
        }
        done
    }

    pub(super) fn connect_dgram(&self, caller: &Caller<'_>, address: &[u8]) -> Result<(), Errno> {
        let family = address.first_chunk::<2>().ok_or(Errno::EINVAL)?;
        if u32::from(u16::from_ne_bytes(*family)) == AF_UNSPEC {
            let old = {
                let mut state = self.state.lock();
                let old = state.peer.take();
                if old.is_some() {
                    state.phase = Phase::Closed;
                }
                old
            };
            if let Some(old) = old {
                self.disconnected(&old);
                self.writable.wake_all();
            }
            return Ok(());
        }
        let name = address::check(address)?;
        if self.wants_credentials() {
            address::autobind(self)?;
        }
        loop {
            let other = address::find(caller, name, self.kind)?;
            let Some(old) = self.try_connect_dgram(&other)? else { continue };
            if let Some(old) = old
                && !Arc::ptr_eq(&old, &other)
            {
                self.disconnected(&old);
                self.writable.wake_all();
            }
            return Ok(());
        }
    }

    /// Connects to `other`, and gives the peer that was; none at all if `other` has been closed meanwhile.
    fn try_connect_dgram(&self, other: &Arc<UnixSock>) -> Result<Option<Option<Arc<UnixSock>>>, Errno> {
        if core::ptr::eq(self, &**other) {
            let mut state = self.state.lock();
            if state.peer.is_some() && !state.is_peer(self) {
                return Err(Errno::EPERM);
            }
            state.phase = Phase::Established;
            return Ok(Some(state.peer.replace(other.clone())));
        }
        with_both(self, other, |mine, theirs| {
            if theirs.dead {
                return Ok(None);
            }
            if theirs.peer.is_some() && !theirs.is_peer(self) {
                return Err(Errno::EPERM);
            }
            mine.phase = Phase::Established;
            theirs.phase = Phase::Established;
            Ok(Some(mine.peer.replace(other.clone())))
        })
    }

    pub(super) fn do_listen(&self, backlog: u32) -> Result<(), Errno> {
        if !self.connects() {
            return Err(Errno::EOPNOTSUPP);
        }
        let identity = Self::current_identity()?;
        {
            let mut state = self.state.lock();
            if state.address.is_none() || state.phase == Phase::Established {
                return Err(Errno::EINVAL);
            }
            state.backlog = backlog;
            state.phase = Phase::Listening;
            state.identity = Some(identity);
        }
        self.room.wake_all();
        Ok(())
    }

    pub(super) fn do_accept(&self, nonblock: bool) -> Result<Arc<UnixSock>, Errno> {
        if !self.connects() {
            return Err(Errno::EOPNOTSUPP);
        }
        let patience = self.receive_patience(nonblock);
        loop {
            self.check_error()?;
            {
                let mut state = self.state.lock();
                if state.phase != Phase::Listening {
                    return Err(Errno::EINVAL);
                }
                if let Some(sock) = state.pending.pop_front() {
                    drop(state);
                    self.room.wake_one();
                    return Ok(sock);
                }
                if state.shutdown & RCV_SHUTDOWN != 0 && !nonblock {
                    return Err(Errno::EINVAL);
                }
            }
            patience.wait(&self.readable, || {
                let state = self.state.lock();
                !state.pending.is_empty() || state.shutdown & RCV_SHUTDOWN != 0
            })?;
        }
    }
}
