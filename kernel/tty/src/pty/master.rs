//! The master side: what a terminal emulator, sshd or tmux holds open.

use alloc::format;
use alloc::sync::Arc;

use abi::Errno;
use abi::ioctl::*;
use abi::termios::{TCIFLUSH, TCIOFLUSH, TCOFLUSH};
use mm::{AddressSpace, IterDst, IterSrc, UserPtr};
use process::Task;
use sched::PollTable;
use vfs::fasync::SignalTarget;
use vfs::{Base, Cred, Fasync, File, FileOps, LookupCtx, LookupFlags, PollMask};

use super::lower::Found;
use super::{Pair, devpts};
use crate::file::io_owner;
use crate::ioctl::{Request, tty_ioctl};

const CHUNK: usize = 256;

pub(crate) struct MasterFile(Arc<Pair>);

impl MasterFile {
    pub fn new(pair: Arc<Pair>) -> Self {
        MasterFile(pair)
    }

    /// TIOCGPTPEER, `file` being this one's.
    pub fn open_peer(&self, ctx: &LookupCtx<'_>, file: &File, flags: u32) -> Result<Arc<File>, Errno> {
        let root = devpts::beside(&file.path.below_file_mounts())?;
        if !Arc::ptr_eq(&root.mnt.sb, &self.0.home.sb) {
            return Err(Errno::ENODEV);
        }
        let name = format!("{}", self.0.index);
        let anybody = Cred::root();
        let slave = vfs::path_lookup(
            &ctx.with_cred(&anybody),
            &Base::Place(&root),
            name.as_bytes(),
            LookupFlags::empty(),
        )?;
        vfs::open::dentry_open(ctx.cred, &slave, flags)
    }
}

/// The last file of the master is closed: the terminal hangs up.
impl Drop for MasterFile {
    fn drop(&mut self) {
        devpts::remove(&self.0);
        self.0.lower.master_closed();
        self.0.slave.hang_up(false);
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
                Found::Bytes(count) => {
                    self.0.made_room();
                    done += dst.copy_out(chunk.get(..count).unwrap_or(&[]))?;
                }
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
            let mut chunk = [0; CHUNK];
            let len = src.remaining().min(chunk.len()).min(self.0.slave.backlog_room());
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
        table.register(&self.0.slave.unread);
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

    fn fasync(&self, _file: &File) -> [Option<&Fasync>; 2] {
        [Some(&self.0.lower.fasync), None]
    }

    fn async_owner(&self, _file: &File) -> Option<(Arc<dyn SignalTarget>, (u32, u32))> {
        hal::thread::with_current(|task: &Task| Some(io_owner(task, 0)))
    }

    fn ioctl(&self, file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
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
            TCFLSH => match arg as i32 {
                TCIFLUSH | TCIOFLUSH => {
                    lower.discard();
                    self.0.made_room();
                }
                // What was written here is in the slave's hands already.
                TCOFLUSH => {}
                _ => return Err(Errno::EINVAL),
            },
            // All else is the terminal's own: both sides see the same settings, size and groups.
            _ => {
                return hal::thread::with_current(|task: &Task| {
                    let tty = &self.0.slave;
                    tty_ioctl(&Request { tty, task, file, mm, by_master: true, by_console: false }, cmd, arg)
                });
            }
        }
        Ok(0)
    }
}

impl Pair {
    /// The master has read: what the slave held back goes on.
    fn made_room(&self) {
        self.slave.flush_echo();
        self.slave.tell_room();
    }
}
