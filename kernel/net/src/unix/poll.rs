//! What a socket is ready for (poll(2)).

use alloc::sync::{Arc, Weak};
use core::sync::atomic::Ordering;

use abi::socket::*;
use sched::PollTable;
use vfs::PollMask;

use super::{Phase, RCV_SHUTDOWN, SHUTDOWN_MASK, UnixSock};

const WRITABLE: PollMask = PollMask::WRITABLE.union(PollMask::WRBAND);
/// Wake-ups of the queue of readers also tell of errors and of the end.
const READ_SIDE: PollMask = PollMask::READABLE
    .union(PollMask::RDBAND)
    .union(PollMask::PRI)
    .union(PollMask::HUP)
    .union(PollMask::RDHUP)
    .union(PollMask::ERR);

impl UnixSock {
    pub(super) fn do_poll(&self, table: &mut PollTable) -> PollMask {
        table.register_for(&self.readable, READ_SIDE.bits());
        table.register_for(&self.writable, WRITABLE.bits());
        let mut mask = PollMask::empty();
        if self.error.load(Ordering::Relaxed) != 0 {
            mask |= PollMask::ERR;
        }
        let (peer, phase) = {
            let state = self.state.lock();
            if state.shutdown == SHUTDOWN_MASK {
                mask |= PollMask::HUP;
            }
            if state.shutdown & RCV_SHUTDOWN != 0 {
                mask |= PollMask::RDHUP | PollMask::READABLE;
            }
            if !state.messages.is_empty() || !state.pending.is_empty() {
                mask |= PollMask::READABLE;
            }
            if state.oob.is_some() {
                mask |= PollMask::PRI;
            }
            if self.connects() && state.phase == Phase::Closed {
                mask |= PollMask::HUP;
            }
            let peer = if self.kind == SOCK_STREAM { None } else { state.peer.clone() };
            (peer, state.phase)
        };
        let blocked = peer.is_some_and(|peer| self.is_blocked_by(&peer));
        if phase != Phase::Listening && self.has_write_space() && !blocked {
            mask |= WRITABLE;
        }
        mask
    }

    /// Whether the peer of a datagram socket takes no more; it tells when that changes.
    fn is_blocked_by(&self, peer: &Arc<UnixSock>) -> bool {
        if !peer.is_full_for(self) {
            return false;
        }
        let mut state = peer.state.lock();
        let known = state.full_for.iter().any(|sender| core::ptr::eq(sender.as_ptr(), self));
        if !known {
            state.full_for.retain(|sender| sender.strong_count() != 0);
            state.full_for.push(Weak::clone(&self.me));
        }
        drop(state);
        peer.is_full_for(self)
    }
}
