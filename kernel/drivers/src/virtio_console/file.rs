//! A generic port as a file, with Linux's manners: one opener at a time, a read of 0 bytes while nobody is at the
//! other end, a write that waits for somebody there.

use alloc::sync::Arc;

use abi::Errno;
use mm::{IterDst, IterSrc};
use sched::PollTable;
use vfs::chrdev::CharDevice;
use vfs::{File, FileOps, Inode, Path, PollMask};

use super::Port;

/// How long a close waits for the host to take what was written, as a serial line's closing_wait.
const CLOSING_WAIT_NS: u64 = 30 * sched::NSEC_PER_SEC;

/// The device node of a port.
pub(super) struct Node {
    pub(super) port: Arc<Port>,
}

impl CharDevice for Node {
    fn open(&self, _path: &Path, _inode: &Arc<Inode>, _flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
        self.port.open()?;
        Ok(Arc::new(PortFile { port: self.port.clone() }))
    }
}

struct PortFile {
    port: Arc<Port>,
}

impl PortFile {
    fn wait_writable(&self, file: &File) -> Result<(), Errno> {
        if file.nonblock() {
            return if self.port.can_send() { Ok(()) } else { Err(Errno::EAGAIN) };
        }
        self.port.wait_writable()
    }
}

impl FileOps for PortFile {
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let port = &self.port;
        if dst.remaining() == 0 {
            return Ok(0);
        }
        loop {
            // Looked at first: what the host sent before it went is there now.
            let connected = port.host_connected();
            if !port.is_there() {
                return Err(Errno::ENODEV);
            }
            match port.read_now(dst) {
                Ok(0) if !connected => return Ok(0),
                Ok(0) if file.nonblock() => return Err(Errno::EAGAIN),
                Ok(0) => port.wait_readable()?,
                done => return done,
            }
        }
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let port = &self.port;
        if src.remaining() == 0 {
            return Ok(0);
        }
        if !port.is_there() {
            return Err(Errno::ENODEV);
        }
        self.wait_writable(file)?;
        let before = src.remaining();
        let mut chain = Port::gather(src)?;
        let len = before - src.remaining();
        // Another writer may have taken the room meanwhile.
        while let Err(back) = port.send_chain(chain) {
            chain = back;
            self.wait_writable(file)?;
        }
        Ok(len)
    }

    fn seekable(&self) -> bool {
        false
    }

    fn mmap(&self, _file: &File) -> Result<mm::MmapSource, Errno> {
        Err(Errno::ENODEV)
    }

    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        let (readable, writable) = self.port.queues();
        table.register(readable);
        table.register(writable);
        if !self.port.is_there() {
            return PollMask::HUP;
        }
        let mut mask = PollMask::empty();
        let connected = self.port.host_connected();
        if !connected {
            mask |= PollMask::HUP;
        }
        if !connected || self.port.has_data() {
            mask |= PollMask::READABLE;
        }
        if self.port.can_send() {
            mask |= PollMask::OUT;
        }
        mask
    }

    fn release(&self, _file: &File) {
        // What the host has not taken when the machine is switched off is lost.
        self.port.drain(sched::clock::monotonic_ns() + CLOSING_WAIT_NS);
        self.port.close();
    }
}
