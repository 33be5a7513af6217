//! SOCK_DGRAM and SOCK_SEQPACKET: sending and receiving whole messages.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use abi::Errno;
use abi::socket::*;

use super::address;
use vfs::fasync::Band;

use super::in_flight::{self, Files};
use super::message::Message;
use super::{Phase, RCV_SHUTDOWN, SEND_SHUTDOWN, State, UnixSock};
use crate::socket::{Proto, RecvMsg, SendMsg};

/// Why a message was not taken.
enum Refused {
    /// Too many wait already.
    Full,
    /// The socket is closed.
    Dead,
    Error(Errno),
}

impl State {
    /// Whether more connections or datagrams wait than may.
    pub(super) fn is_full(&self) -> bool {
        self.messages.len().max(self.pending.len()) > self.backlog as usize
    }

    /// Whether the socket's peer is `other`.
    pub(super) fn is_peer(&self, other: &UnixSock) -> bool {
        self.peer.as_ref().is_some_and(|peer| core::ptr::eq(&**peer, other))
    }
}

impl UnixSock {
    pub(super) fn send_dgram(&self, msg: &mut SendMsg<'_, '_>) -> Result<usize, Errno> {
        if msg.flags & MSG_OOB != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        let name = msg.name.map(address::check).transpose()?;
        let mut other = match name {
            Some(_) => None,
            None => Some(self.peer_sock().ok_or(Errno::ENOTCONN)?),
        };
        if self.wants_credentials() {
            address::autobind(self)?;
        }
        let len = msg.src.remaining();
        if len > self.sndbuf().saturating_sub(32) {
            return Err(Errno::EMSGSIZE);
        }
        self.check_error()?;
        if self.shut_down(SEND_SHUTDOWN) {
            return Err(Errno::EPIPE);
        }
        self.wait_for_write_space(|| self.send_patience(msg.flags))?;
        let me = self.to_arc().ok_or(Errno::EPIPE)?;
        let first = match (&other, name, msg.caller) {
            (Some(other), ..) => other.clone(),
            (None, Some(name), Some(caller)) => address::find(caller, name, self.kind)?,
            _ => return Err(Errno::ENOTCONN),
        };
        let credentials = self.credentials_for(&first, msg.credentials.take())?;
        let files = Files::send(core::mem::take(&mut msg.files), msg.caller)?;
        let message = Message::new(&me, msg.src, len, files, credentials)?;
        other = Some(first);
        let mut patience = None;
        loop {
            let target = match (other.take(), name, msg.caller) {
                (Some(other), ..) => other,
                (None, Some(name), Some(caller)) => address::find(caller, name, self.kind)?,
                _ => return Err(Errno::ECONNRESET),
            };
            match target.deliver_dgram(self, &message) {
                Ok(()) => return Ok(len),
                Err(Refused::Error(errno)) => return Err(errno),
                Err(Refused::Dead) => self.found_dead(&target)?,
                Err(Refused::Full) => {
                    let patience = *patience.get_or_insert_with(|| self.send_patience(msg.flags));
                    patience.wait(&target.room, || !target.is_full_for(self))?;
                    other = name.is_none().then_some(target);
                }
            }
        }
    }

    /// The socket that a message was for is closed.
    fn found_dead(&self, other: &Arc<UnixSock>) -> Result<(), Errno> {
        if self.kind == SOCK_SEQPACKET {
            return Err(Errno::EPIPE);
        }
        {
            let mut state = self.state.lock();
            if !state.is_peer(other) {
                return Ok(());
            }
            state.peer = None;
            state.phase = Phase::Closed;
        }
        self.disconnected(other);
        Err(Errno::ECONNREFUSED)
    }

    /// This datagram socket is no longer connected to `other`: what waited is lost.
    pub(super) fn disconnected(&self, other: &UnixSock) {
        let lost = core::mem::take(&mut self.state.lock().messages);
        if lost.is_empty() {
            return;
        }
        self.room.wake_all();
        let told = {
            let state = other.state.lock();
            !state.dead && state.is_peer(self)
        };
        if told {
            other.set_error(Errno::ECONNRESET);
            other.state_changed();
        }
        drop(lost);
    }

    /// Whether `sender` has to wait before more is taken here.
    pub(super) fn is_full_for(&self, sender: &UnixSock) -> bool {
        let state = self.state.lock();
        let free = state.dead || state.shutdown & RCV_SHUTDOWN != 0;
        !free && !core::ptr::eq(self, sender) && !state.is_peer(sender) && state.is_full()
    }

    fn deliver_dgram(&self, sender: &UnixSock, message: &Arc<Message>) -> Result<(), Refused> {
        if message.has_files() {
            in_flight::note_receiver(self);
        }
        if self.options.wants_stamps() {
            message.stamp_ns.store(sched::clock::realtime_ns().max(0) as u64, Ordering::Relaxed);
        }
        {
            let mut state = self.state.lock();
            if state.peer.is_some() && !state.is_peer(sender) {
                return Err(Refused::Error(Errno::EPERM));
            }
            if state.dead {
                return Err(Refused::Dead);
            }
            if state.shutdown & RCV_SHUTDOWN != 0 {
                return Err(Refused::Error(Errno::EPIPE));
            }
            if message.has_files() && !self.options.on(SO_PASSRIGHTS) {
                return Err(Refused::Error(Errno::EPERM));
            }
            if !core::ptr::eq(self, sender) && !state.is_peer(sender) && state.is_full() {
                return Err(Refused::Full);
            }
            if state.messages.try_reserve(1).is_err() {
                return Err(Refused::Error(Errno::ENOBUFS));
            }
            state.messages.push_back(message.clone());
        }
        self.readable.wake_one();
        self.fasync.tell(Band::In);
        Ok(())
    }

    /// The next message, with how much of it a peek skips; taken out unless it is a peek.
    fn next_dgram(&self, peek: bool) -> Result<Option<(Arc<Message>, usize)>, Errno> {
        self.check_error()?;
        let mut state = self.state.lock();
        if !peek {
            return Ok(state.messages.pop_front().map(|message| (message, 0)));
        }
        let mut skip = self.options.peek_offset().unwrap_or(0);
        for message in &state.messages {
            let len = message.left();
            if skip == 0 || skip < len {
                return Ok(Some((message.clone(), skip)));
            }
            skip -= len;
        }
        Ok(None)
    }

    pub(super) fn receive_dgram(&self, msg: &mut RecvMsg<'_, '_>) -> Result<usize, Errno> {
        if msg.flags & MSG_OOB != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        let peek = msg.flags & MSG_PEEK != 0;
        let patience = self.receive_patience(msg.flags & MSG_DONTWAIT != 0);
        let (message, skip, reading) = loop {
            let reading = self.iolock.lock();
            if let Some((message, skip)) = self.next_dgram(peek)? {
                break (message, skip, reading);
            }
            drop(reading);
            if self.shut_down(RCV_SHUTDOWN) && (patience.waits() || self.kind == SOCK_SEQPACKET) {
                return Ok(0);
            }
            let behind = if peek { self.options.peek_offset().unwrap_or(0) } else { 0 };
            patience.wait(&self.readable, || self.has_dgram(behind))?;
        };
        let full_for = core::mem::take(&mut self.state.lock().full_for);
        self.room.wake_one();
        Self::wake_senders(full_for);
        if msg.want_name {
            msg.name = Some(message.sender().sender_name());
        }
        let left = message.left().saturating_sub(skip);
        let size = left.min(msg.dst.remaining());
        if size < left {
            msg.out_flags |= MSG_TRUNC;
        }
        if let Err(errno) = message.copy_out(msg.dst, skip, size) {
            drop(reading);
            return Err(errno);
        }
        if self.options.wants_stamps() {
            let noted = message.stamp_ns.load(Ordering::Relaxed);
            msg.stamp_ns = Some(if noted != 0 { noted } else { sched::clock::realtime_ns().max(0) as u64 });
        }
        if self.wants_credentials() {
            msg.credentials = message.credentials.clone();
        }
        if peek {
            self.options.peek_forward(size);
            if message.has_files() {
                msg.files = in_flight::peek(&message);
            }
        } else {
            self.options.peek_backward(message.left());
            if message.has_files() {
                msg.files = in_flight::receive(&message);
            }
        }
        drop(reading);
        Ok(if msg.flags & MSG_TRUNC != 0 { left } else { size })
    }

    /// Whether there is a message beyond byte `behind`, or an end.
    fn has_dgram(&self, behind: usize) -> bool {
        let state = self.state.lock();
        let enough = match behind {
            0 => !state.messages.is_empty(),
            _ => state.messages.iter().map(|message| message.left()).sum::<usize>() > behind,
        };
        enough || state.shutdown & RCV_SHUTDOWN != 0 || self.error.load(Ordering::Relaxed) != 0
    }
}
