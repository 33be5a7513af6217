//! SOCK_STREAM: sending and receiving bytes.

use alloc::sync::Arc;

use abi::Errno;
use abi::socket::*;

use vfs::fasync::Band;

use super::in_flight::{self, Files};
use super::message::{Message, STREAM_MAX};
use super::{Phase, RCV_SHUTDOWN, SEND_SHUTDOWN, UnixSock};
use crate::socket::{RecvMsg, SendMsg};

/// What a reader finds.
enum Found {
    Message(Arc<Message>),
    /// Nothing, and nothing will come.
    End,
    Nothing,
}

/// How far a reader has come.
pub(super) struct Reading {
    pub peek: bool,
    /// The message that comes next, as far as those before it stay where they are.
    pub at: usize,
    /// Bytes of it that are left out.
    skip: usize,
    pub copied: usize,
    peeked: bool,
    /// It stops where another sender's credentials begin.
    same_sender: bool,
}

impl UnixSock {
    pub(super) fn send_stream(&self, msg: &mut SendMsg<'_, '_>) -> Result<usize, Errno> {
        let urgent = msg.flags & MSG_OOB != 0;
        // The last byte is out of band: there has to be one.
        let whole = msg.src.remaining();
        let plain = if urgent { whole.checked_sub(1).ok_or(Errno::EOPNOTSUPP)? } else { whole };
        let (peer, phase, shutdown) = {
            let state = self.state.lock();
            (state.peer.clone(), state.phase, state.shutdown)
        };
        if msg.name.is_some() {
            return Err(if phase == Phase::Established { Errno::EISCONN } else { Errno::EOPNOTSUPP });
        }
        let peer = peer.ok_or(Errno::ENOTCONN)?;
        if shutdown & SEND_SHUTDOWN != 0 {
            return Err(Errno::EPIPE);
        }
        let me = self.to_arc().ok_or(Errno::EPIPE)?;
        let credentials = self.credentials_for(&peer, msg.credentials.take())?;
        let mut sent = 0;
        while sent < whole {
            let half = (self.sndbuf() / 2).saturating_sub(64);
            let last = sent == plain;
            let size = if last { 1 } else { (plain - sent).min(half).min(STREAM_MAX) };
            let done = self.wait_for_write_space(|| self.send_patience(msg.flags)).and_then(|()| {
                let files = Files::send(core::mem::take(&mut msg.files), msg.caller)?;
                let message = Message::new(&me, msg.src, size, files, credentials.clone())?;
                peer.deliver_stream(message, urgent && last)
            });
            match done {
                Ok(()) => sent += size,
                Err(errno) if sent == 0 => return Err(errno),
                Err(_) => break,
            }
        }
        Ok(sent)
    }

    /// Puts a message at the end of this socket's.
    #[inline]
    fn deliver_stream(&self, message: Arc<Message>, urgent: bool) -> Result<(), Errno> {
        if message.has_files() {
            in_flight::note_receiver(self);
        }
        {
            let mut state = self.state.lock();
            if state.dead || state.shutdown & RCV_SHUTDOWN != 0 {
                drop(state);
                return Err(Errno::EPIPE);
            }
            if message.has_files() && !self.options.on(SO_PASSRIGHTS) {
                drop(state);
                return Err(Errno::EPERM);
            }
            if state.messages.try_reserve(1).is_err() {
                drop(state);
                return Err(Errno::ENOBUFS);
            }
            let before = if urgent { state.oob.replace(message.clone()) } else { None };
            state.messages.push_back(message);
            drop(state);
            drop(before);
        }
        if urgent {
            self.tell_urgent();
        }
        self.readable.wake_all();
        self.fasync.tell(Band::In);
        Ok(())
    }

    /// The next message for a reader, who leaves out so many bytes of it.
    #[inline]
    fn find_message(&self, reading: &mut Reading, target: usize) -> Result<Found, Errno> {
        let mut state = self.state.lock();
        if state.has_oob_at(reading.at) {
            let (stops, gone) = state.pass_oob(reading, self.options.on(SO_OOBINLINE));
            if stops || gone.iter().any(Option::is_some) {
                drop(state);
                drop(gone);
                if stops {
                    return Ok(Found::End);
                }
                state = self.state.lock();
            }
        }
        while let Some(message) = state.messages.get(reading.at) {
            let left = message.left();
            if reading.skip < left {
                return Ok(Found::Message(message.clone()));
            }
            reading.skip -= left;
            reading.at += 1;
        }
        if reading.copied >= target {
            return Ok(Found::End);
        }
        self.check_error()?;
        if state.shutdown & RCV_SHUTDOWN != 0 || state.dead {
            return Ok(Found::End);
        }
        Ok(Found::Nothing)
    }

    /// Takes a message that is used up out.
    #[inline]
    fn remove(&self, at: usize) {
        let message = self.state.lock().messages.remove(at);
        drop(message);
    }

    pub(super) fn receive_stream(&self, msg: &mut RecvMsg<'_, '_>) -> Result<usize, Errno> {
        if self.state.lock().phase != Phase::Established {
            return Err(Errno::EINVAL);
        }
        if msg.flags & MSG_OOB != 0 {
            return self.receive_oob(msg);
        }
        let target = self.options.low_water(msg.flags & MSG_WAITALL != 0, msg.dst.remaining());
        let peek = msg.flags & MSG_PEEK != 0;
        let dontwait = msg.flags & MSG_DONTWAIT != 0;
        let mut started = None;
        let mut lock = self.iolock.lock();
        let skip = if peek { self.options.peek_offset().unwrap_or(0) } else { 0 };
        let mut reading = Reading { peek, at: 0, skip, copied: 0, peeked: false, same_sender: false };
        let failure = loop {
            match self.find_message(&mut reading, target) {
                Ok(Found::Message(message)) => match self.read_message(&mut reading, msg, &message) {
                    Ok(true) => {}
                    Ok(false) => break None,
                    Err(errno) => break Some(errno),
                },
                Ok(Found::End) => break None,
                Ok(Found::Nothing) if reading.peeked => break None,
                Ok(Found::Nothing) => {
                    drop(lock);
                    let patience = *started.get_or_insert_with(|| self.receive_patience(dontwait));
                    let waited = patience.wait(&self.readable, || self.has_news(skip, peek));
                    lock = self.iolock.lock();
                    (reading.at, reading.skip) = (0, skip);
                    if let Err(errno) = waited {
                        break Some(errno);
                    }
                }
                Err(errno) => break Some(errno),
            }
        };
        drop(lock);
        match failure {
            Some(errno) if reading.copied == 0 => Err(errno),
            _ => Ok(reading.copied),
        }
    }

    /// Copies what is wanted of `message`; whether the reader goes on to the next one.
    #[inline]
    fn read_message(
        &self,
        reading: &mut Reading,
        msg: &mut RecvMsg<'_, '_>,
        message: &Arc<Message>,
    ) -> Result<bool, Errno> {
        let offset = core::mem::take(&mut reading.skip);
        if reading.same_sender && !message.same_credentials(&msg.credentials) {
            return Ok(false);
        }
        if !reading.same_sender && self.wants_credentials() {
            msg.credentials = message.credentials.clone();
            reading.same_sender = true;
        }
        if msg.want_name && msg.name.is_none() {
            msg.name = Some(message.sender().sender_name());
        }
        let chunk = message.left().saturating_sub(offset).min(msg.dst.remaining());
        message.copy_out(msg.dst, offset, chunk)?;
        reading.copied += chunk;
        let with_files = message.has_files();
        if reading.peek {
            reading.peeked = true;
            if with_files {
                msg.files = in_flight::peek(message);
            }
            self.options.peek_forward(chunk);
            reading.at += 1;
            return Ok(!with_files && msg.dst.remaining() != 0);
        }
        message.consume(chunk);
        self.options.peek_backward(chunk);
        if with_files {
            msg.files = in_flight::receive(message);
        }
        if message.left() != 0 {
            return Ok(false);
        }
        self.remove(reading.at);
        Ok(!with_files && msg.dst.remaining() != 0)
    }

    /// Whether a reader that skips `skip` bytes finds something, or an end.
    fn has_news(&self, skip: usize, peek: bool) -> bool {
        let state = self.state.lock();
        let passed = |message: &Arc<Message>| peek && state.is_oob(message) && !self.options.on(SO_OOBINLINE);
        let enough = match skip {
            0 => state.messages.iter().any(|message| message.left() != 0 && !passed(message)),
            _ => state.messages.iter().map(|message| message.left()).sum::<usize>() > skip,
        };
        enough
            || state.shutdown & RCV_SHUTDOWN != 0
            || self.error.load(core::sync::atomic::Ordering::Relaxed) != 0
    }
}
