//! The master side: what a terminal emulator, sshd or tmux holds open.

use alloc::sync::Arc;

use abi::Errno;
use abi::ioctl::*;
use mm::{AddressSpace, IterDst, IterSrc, UserPtr};
use process::Task;
use sched::PollTable;
use vfs::{File, FileOps, PollMask};

use super::lower::Found;
use super::{Pair, devpts};
use crate::ioctl::tty_ioctl;

const CHUNK: usize = 256;

pub(crate) struct MasterFile(Arc<Pair>);

impl MasterFile {
    pub fn new(pair: Arc<Pair>) -> Self {
        MasterFile(pair)
    }
}

/// The last file of the master is closed: the terminal hangs up.
impl Drop for MasterFile {
    fn drop(&mut self) {
        devpts::remove(self.0.index);
        self.0.lower.master_closed();
        self.0.slave.hang_up();
    }
}

impl FileOps for MasterFile {
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let lower = &self.0.lower;
        let mut done = 0;
        while dst.remaining() != 0 {
            let mut chunk = [0; CHUNK];
            let room = dst.remaining().min(CHUNK);
            match lower.take(chunk.get_mut(..room).unwrap_or(&mut [])) {
                Found::Bytes(count) => done += dst.copy_out(chunk.get(..count).unwrap_or(&[]))?,
                _ if done > 0 => break,
                Found::HungUp => return Err(Errno::EIO),
                Found::Nothing if file.nonblock() => return Err(Errno::EAGAIN),
                Found::Nothing => {
                    lower.wait_readable().map_err(|_| Errno::ERESTARTSYS)?;
                    continue;
                }
            }
            // A packet is what one read gives.
            if lower.packet_mode() {
                break;
            }
        }
        Ok(done)
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        let mut done = 0;
        while src.remaining() != 0 {
            match self.0.slave.wait_input_room(file.nonblock()) {
                Ok(()) => {}
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            }
            let mut chunk = [0; CHUNK / 4];
            let len = src.remaining().min(chunk.len());
            let len = match src.copy_in(chunk.get_mut(..len).unwrap_or(&mut [])) {
                Ok(len) => len,
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            };
            if len == 0 {
                break;
            }
            self.0.slave.receive(chunk.get(..len).unwrap_or(&[]));
            done += len;
        }
        Ok(done)
    }

    fn seekable(&self) -> bool {
        false
    }

    fn can_poll(&self) -> bool {
        true
    }

    fn poll(&self, _file: &File, table: &mut PollTable) -> PollMask {
        table.register(self.0.slave.unread());
        let (bytes, news, hung_up) = self.0.lower.poll(table);
        let mut mask = PollMask::empty();
        if bytes || news {
            mask |= PollMask::READABLE;
        }
        if news {
            mask |= PollMask::PRI;
        }
        if hung_up {
            mask |= PollMask::HUP;
        }
        if self.0.slave.has_input_room() {
            mask |= PollMask::WRITABLE;
        }
        mask
    }

    fn ioctl(&self, _file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        let lower = &self.0.lower;
        let flag = |on: bool| i32::from(on);
        match cmd {
            TIOCGPTN => mm.write(UserPtr::<u32>::new(arg), &self.0.index)?,
            TIOCSPTLCK => lower.set_locked(mm.read::<i32>(UserPtr::new(arg))? != 0),
            TIOCGPTLCK => mm.write(UserPtr::<i32>::new(arg), &flag(lower.is_locked()))?,
            TIOCPKT => lower.set_packet_mode(mm.read::<i32>(UserPtr::new(arg))? != 0),
            TIOCGPKT => mm.write(UserPtr::<i32>::new(arg), &flag(lower.packet_mode()))?,
            TIOCSIG => self.0.slave.signal_by_master(arg as i32)?,
            FIONREAD => mm.write(UserPtr::<i32>::new(arg), &(lower.waiting() as i32))?,
            // All else is the terminal's own: both sides see the same settings, size and groups.
            _ => {
                return hal::thread::with_current(|task: &Task| {
                    tty_ioctl(&self.0.slave, task, cmd, arg, mm, true)
                });
            }
        }
        Ok(0)
    }
}
