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
        let patience = || self.receive_patience(msg.flags & MSG_DONTWAIT != 0);
        let mut started = None;
        let mut reading = self.iolock.lock();
        let mut skip = if peek { self.options.peek_offset().unwrap_or(0) } else { 0 };
        let mut copied = 0;
        let mut peeked = false;
        let mut checks_credentials = false;
        let end = |copied: usize, errno: Errno| if copied == 0 { Err(errno) } else { Ok(copied) };
        loop {
            let mut offset = skip;
            let message = match self.find_message(&mut offset, copied >= target) {
                Ok(Found::Message(message)) => message,
                Ok(Found::End) => break,
                Ok(Found::Nothing) if peeked => break,
                Ok(Found::Nothing) => {
                    drop(reading);
                    let patience = *started.get_or_insert_with(patience);
                    if let Err(errno) = patience.wait(&self.readable, || self.has_news(skip)) {
                        return end(copied, errno);
                    }
                    reading = self.iolock.lock();
                    continue;
                }
                Err(errno) => {
                    drop(reading);
                    return end(copied, errno);
                }
            };
            if checks_credentials && !message.same_credentials(&msg.credentials) {
                break;
            }
            if !checks_credentials && self.wants_credentials() {
                msg.credentials = message.credentials.clone();
                checks_credentials = true;
            }
            if msg.want_name && msg.name.is_none() {
                msg.name = Some(message.sender().sender_name());
            }
            let chunk = message.left().saturating_sub(offset).min(msg.dst.remaining());
            if let Err(errno) = message.copy_out(msg.dst, offset, chunk) {
                drop(reading);
                return end(copied, errno);
            }
            copied += chunk;
            let with_files = message.has_files();
            if peek {
                peeked = true;
                if with_files {
                    msg.files = in_flight::peek(&message);
                }
                self.options.peek_forward(chunk);
                skip += chunk;
                if with_files || msg.dst.remaining() == 0 {
                    break;
                }
                continue;
            }
            message.consume(chunk);
            self.options.peek_backward(chunk);
            if with_files {
                msg.files = in_flight::receive(&message);
            }
            if message.left() != 0 {
                break;
            }
            self.remove_first();
            if with_files || msg.dst.remaining() == 0 {
                break;
            }
        }
        drop(reading);
        Ok(copied)
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
