//! MSG_OOB of streams: one byte that can be read before its turn.
//!
//! The byte is the last message's that was sent so, and stands among the others: reading stops before it, and drops it
//! when it comes next and nobody has asked for it. When it was read out of band, its message stays without a byte, as
//! the mark that SIOCATMARK asks about, until what follows is read.

use alloc::sync::Arc;

use abi::Errno;
use abi::socket::*;
use vfs::fasync::Band;

use super::message::Message;
use super::stream::Reading;
use super::{State, UnixSock};
use crate::socket::RecvMsg;

impl State {
    /// Whether that is the byte out of band, unread.
    pub(super) fn is_oob(&self, message: &Arc<Message>) -> bool {
        self.oob.as_ref().is_some_and(|oob| Arc::ptr_eq(oob, message))
    }

    /// Whether the message at `at` was read out of band, or is to be.
    #[inline]
    pub(super) fn has_oob_at(&self, at: usize) -> bool {
        self.messages.get(at).is_some_and(|message| message.left() == 0 || self.is_oob(message))
    }

    /// A reader comes to such a message: whether it stops before, and what has left the queue.
    pub(super) fn pass_oob(
        &mut self,
        reading: &mut Reading,
        inline: bool,
    ) -> (bool, [Option<Arc<Message>>; 3]) {
        let mut gone = [None, None, None];
        let begun = reading.copied != 0;
        if self.messages.get(reading.at).is_some_and(|message| message.left() == 0) {
            if begun && self.oob.is_none() {
                return (true, gone);
            }
            if reading.peek {
                reading.at += 1;
            } else {
                gone[0] = self.messages.remove(reading.at);
            }
        }
        if !self.messages.get(reading.at).is_some_and(|message| self.is_oob(message)) {
            return (false, gone);
        }
        if begun {
            return (true, gone);
        }
        if !reading.peek {
            gone[1] = self.oob.take();
            if !inline {
                gone[2] = self.messages.remove(reading.at);
            }
        } else if !inline {
            reading.at += 1;
        }
        (false, gone)
    }
}

impl UnixSock {
    /// recv(2) with MSG_OOB: EINVAL if there is no such byte, or it is read among the others (SO_OOBINLINE).
    pub(super) fn receive_oob(&self, msg: &mut RecvMsg<'_, '_>) -> Result<usize, Errno> {
        let peek = msg.flags & MSG_PEEK != 0;
        let lock = self.iolock.lock();
        let (message, mark) = {
            let mut state = self.state.lock();
            if self.options.on(SO_OOBINLINE) {
                return Err(Errno::EINVAL);
            }
            let message = state.oob.clone().ok_or(Errno::EINVAL)?;
            let mut mark = None;
            if !peek {
                state.oob = None;
                // One mark is enough.
                let at = state.messages.iter().position(|other| Arc::ptr_eq(other, &message));
                let before = at.and_then(|at| at.checked_sub(1));
                if let Some(at) = before.filter(|at| state.messages.get(*at).is_some_and(|m| m.left() == 0)) {
                    mark = state.messages.remove(at);
                }
            }
            (message, mark)
        };
        drop(mark);
        let copied = message.copy_out(msg.dst, 0, 1);
        if !peek {
            message.consume(1);
        }
        drop(lock);
        copied?;
        msg.out_flags |= MSG_OOB;
        Ok(1)
    }

    /// SIOCATMARK: whether what is read next stood behind the byte out of band, or is that.
    pub(super) fn at_mark(&self) -> bool {
        let _lock = self.iolock.lock();
        let state = self.state.lock();
        let Some(first) = state.messages.front() else { return false };
        let next_is_oob = state.messages.get(1).is_some_and(|next| state.is_oob(next));
        state.is_oob(first) || first.left() == 0 && (state.oob.is_none() || next_is_oob)
    }

    /// A byte out of band has come: the open file's owner gets SIGURG, whether it asked for signals (O_ASYNC) or not.
    pub(super) fn tell_urgent(&self) {
        let file = self.file.get().and_then(|file| file.upgrade());
        if file.is_some_and(|file| file.signal_urgent()) {
            self.fasync.tell_urgent(Band::Pri);
        }
    }
}
