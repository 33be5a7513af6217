//! What the calls of all families come to here: the socket as a [`Proto`].

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use abi::Errno;
use abi::socket::*;
use mm::{AddressSpace, UserPtr};
use sched::PollTable;
use vfs::fasync::Band;
use vfs::{Fasync, File, Path, PollMask};

use super::{Phase, RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK, UnixSock, address};
use crate::caller::{Caller, Identity};
use crate::options::Options;
use crate::socket::{Proto, RecvMsg, SendMsg, SockAddr};

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

    fn attached(&self, file: &Arc<File>) {
        self.ino.store(file.inode.ino, Ordering::Relaxed);
        let _ = self.file.set(Arc::downgrade(file));
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
            SIOCATMARK if self.kind == SOCK_STREAM => usize::from(self.at_mark()),
            SIOCATMARK => return Err(Errno::EOPNOTSUPP),
            _ => return Err(Errno::ENOTTY),
        };
        mm.write(UserPtr::new(arg), &(count as i32))?;
        Ok(0)
    }

    fn fasync(&self) -> &Fasync {
        &self.fasync
    }

    fn bound_path(&self) -> Option<Path> {
        self.state.lock().bound.as_ref().map(|(path, _)| path.clone())
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
