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
struct Reading {
    peek: bool,
    /// Bytes that it leaves where they are before those it looks at.
    skip: usize,
    copied: usize,
    peeked: bool,
    /// It stops where another sender's credentials begin.
    same_sender: bool,
}

impl UnixSock {
    pub(super) fn send_stream(&self, msg: &mut SendMsg<'_, '_>) -> Result<usize, Errno> {
        if msg.flags & MSG_OOB != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
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
        while msg.src.remaining() != 0 {
            let half = (self.sndbuf() / 2).saturating_sub(64);
            let size = msg.src.remaining().min(half).min(STREAM_MAX);
            let done = self.wait_for_write_space(|| self.send_patience(msg.flags)).and_then(|()| {
                let files = Files::send(core::mem::take(&mut msg.files), msg.caller)?;
                let message = Message::new(&me, msg.src, size, files, credentials.clone())?;
                peer.deliver_stream(message)
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
    fn deliver_stream(&self, message: Arc<Message>) -> Result<(), Errno> {
        if message.has_files() {
            in_flight::note_receiver(self);
        }
        {
            let mut state = self.state.lock();
            if state.dead || state.shutdown & RCV_SHUTDOWN != 0 {
                drop(state);
                return Err(Errno::EPIPE);
            }
            if state.messages.try_reserve(1).is_err() {
                drop(state);
                return Err(Errno::ENOBUFS);
            }
            state.messages.push_back(message);
        }
        self.readable.wake_all();
        self.fasync.tell(Band::In);
        Ok(())
    }

    /// The message that byte `skip` of what waits lies in; `skip` is cut by those before it.
    #[inline]
    fn find_message(&self, skip: &mut usize, satisfied: bool) -> Result<Found, Errno> {
        let state = self.state.lock();
        for message in &state.messages {
            let left = message.left();
            if *skip < left {
                return Ok(Found::Message(message.clone()));
            }
            *skip -= left;
        }
        if satisfied {
            return Ok(Found::End);
        }
        self.check_error()?;
        if state.shutdown & RCV_SHUTDOWN != 0 || state.dead {
            return Ok(Found::End);
        }
        Ok(Found::Nothing)
    }

    /// Takes the first message, which is used up, out.
    #[inline]
    fn remove_first(&self) {
        let first = self.state.lock().messages.pop_front();
        drop(first);
    }

    pub(super) fn receive_stream(&self, msg: &mut RecvMsg<'_, '_>) -> Result<usize, Errno> {
        if self.state.lock().phase != Phase::Established {
            return Err(Errno::EINVAL);
        }
        if msg.flags & MSG_OOB != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        let target = self.options.low_water(msg.flags & MSG_WAITALL != 0, msg.dst.remaining());
        let peek = msg.flags & MSG_PEEK != 0;
        let dontwait = msg.flags & MSG_DONTWAIT != 0;
        let mut started = None;
        let mut lock = self.iolock.lock();
        let skip = if peek { self.options.peek_offset().unwrap_or(0) } else { 0 };
        let mut reading = Reading { peek, skip, copied: 0, peeked: false, same_sender: false };
        let failure = loop {
            let mut offset = reading.skip;
            match self.find_message(&mut offset, reading.copied >= target) {
                Ok(Found::Message(message)) => match self.read_message(&mut reading, msg, &message, offset) {
                    Ok(true) => {}
                    Ok(false) => break None,
                    Err(errno) => break Some(errno),
                },
                Ok(Found::End) => break None,
                Ok(Found::Nothing) if reading.peeked => break None,
                Ok(Found::Nothing) => {
                    drop(lock);
                    let patience = *started.get_or_insert_with(|| self.receive_patience(dontwait));
                    let waited = patience.wait(&self.readable, || self.has_news(reading.skip));
                    lock = self.iolock.lock();
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

    /// Copies what is wanted of `message`, from `offset` on; whether the reader goes on to the next one.
    #[inline]
    fn read_message(
        &self,
        reading: &mut Reading,
        msg: &mut RecvMsg<'_, '_>,
        message: &Arc<Message>,
        offset: usize,
    ) -> Result<bool, Errno> {
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
            reading.skip += chunk;
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
        self.remove_first();
        Ok(!with_files && msg.dst.remaining() != 0)
    }

    /// Whether a reader that skips `skip` bytes finds something, or an end.
    fn has_news(&self, skip: usize) -> bool {
        let state = self.state.lock();
        let enough = match skip {
            0 => !state.messages.is_empty(),
            _ => state.messages.iter().map(|message| message.left()).sum::<usize>() > skip,
        };
        enough
            || state.shutdown & RCV_SHUTDOWN != 0
            || self.error.load(core::sync::atomic::Ordering::Relaxed) != 0
    }
}
