//! Open files: what a descriptor refers to.

use alloc::string::String;
use alloc::sync::Arc;
use core::any::Any;
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};

use abi::Errno;
use bitflags::bitflags;
use mm::{AddressSpace, Mapping, MmapSource, VmFile};
use mm::{IterDst, IterSrc};
use sched::PollTable;
use sync::{SpinLock, rank};

use crate::consts::*;
use crate::fasync::{Fasync, FileOwner, SignalTarget};
use crate::{FilePos, Inode, Path};

bitflags! {
    /// What a file is ready for; the bits of poll(2).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
    pub struct PollMask: u32 {
        /// POLLIN
        const IN = 0x1;
        /// POLLPRI
        const PRI = 0x2;
        /// POLLOUT
        const OUT = 0x4;
        /// POLLERR
        const ERR = 0x8;
        /// POLLHUP
        const HUP = 0x10;
        /// POLLNVAL
        const NVAL = 0x20;
        /// POLLRDNORM
        const RDNORM = 0x40;
        /// POLLRDBAND
        const RDBAND = 0x80;
        /// POLLWRNORM
        const WRNORM = 0x100;
        /// POLLWRBAND
        const WRBAND = 0x200;
        /// POLLMSG
        const MSG = 0x400;
        /// POLLRDHUP
        const RDHUP = 0x2000;
    }
}

impl PollMask {
    /// Readable.
    pub const READABLE: Self = Self::IN.union(Self::RDNORM);
    /// Writable.
    pub const WRITABLE: Self = Self::OUT.union(Self::WRNORM);
    /// What a file that never blocks answers.
    pub const ALWAYS: Self = Self::READABLE.union(Self::WRITABLE);
}

/// Where iterate puts directory entries.
pub struct DirContext<'a> {
    /// Position of the entry that is emitted next; the implementation moves it.
    pub pos: u64,
    emit: &'a mut dyn FnMut(&[u8], u64, u8, u64) -> bool,
}

impl<'a> DirContext<'a> {
    /// A context at `pos`; `emit(name, ino, d_type, offset of the entry)` says false when full.
    pub fn new(pos: u64, emit: &'a mut dyn FnMut(&[u8], u64, u8, u64) -> bool) -> Self {
        DirContext { pos, emit }
    }

    /// Hands an entry over that lies at `self.pos`; false if it didn't fit: the directory stops, its
    /// position unchanged. Otherwise the caller sets `pos` to the next entry's.
    #[inline]
    pub fn emit(&mut self, name: &[u8], ino: u64, d_type: u8) -> bool {
        (self.emit)(name, ino, d_type, self.pos)
    }

    /// Emits `.` at 0 and `..` at 1 if the position is there; false when full.
    pub fn emit_dots(&mut self, file: &File) -> bool {
        if self.pos == 0 {
            if !self.emit(b".", file.inode.ino, DT_DIR) {
                return false;
            }
            self.pos = 1;
        }
        if self.pos == 1 {
            let ino = file.path.dentry.parent_inode().map_or(file.inode.ino, |parent| parent.ino);
            if !self.emit(b"..", ino, DT_DIR) {
                return false;
            }
            self.pos = 2;
        }
        true
    }
}

/// What an open file does. No lock of the vfs is held except `File::pos` where a shared position is used.
#[allow(unused_variables)]
pub trait FileOps: Any + Send + Sync {
    /// Reads at `*pos` and moves it; 0 at the end.
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, pos: &mut u64) -> Result<usize, Errno> {
        Err(Errno::EINVAL)
    }

    /// Writes at `*pos` and moves it. O_APPEND is the implementation's to honour.
    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
        Err(Errno::EINVAL)
    }

    /// Whether there is a position: lseek, pread, pwrite.
    fn seekable(&self) -> bool {
        true
    }

    /// lseek(2); `pos` is the locked position.
    fn llseek(&self, file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        crate::read_write::generic_llseek(file, offset, whence, pos)
    }

    /// Emits the entries from `ctx.pos` on.
    fn iterate(&self, file: &File, ctx: &mut DirContext<'_>) -> Result<(), Errno> {
        Err(Errno::ENOTDIR)
    }

    /// Whether [`Self::iterate`] works (getdents(2) otherwise answers ENOTDIR).
    fn is_dir(&self) -> bool {
        false
    }

    /// ioctl(2); ENOTTY for what isn't known.
    fn ioctl(&self, file: &File, cmd: u32, arg: u64, mm: &AddressSpace) -> Result<usize, Errno> {
        Err(Errno::ENOTTY)
    }

    /// What the file is ready for; registers its wait queues before it looks.
    fn poll(&self, file: &File, table: &mut PollTable) -> PollMask {
        PollMask::ALWAYS
    }

    /// The cached pages that reads and writes of this file go through: the inode's own, unless they are
    /// those of another inode (overlay).
    fn mapping(&self, file: &File) -> Option<Arc<Mapping>> {
        file.inode.mapping.clone()
    }

    /// Whether reads and writes heed O_NONBLOCK wherever they could sleep, so that RWF_NOWAIT can be asked for.
    fn can_nowait(&self, file: &File) -> bool {
        false
    }

    /// Whether [`Self::poll`] says more than "always ready": epoll(7) refuses files where it doesn't.
    fn can_poll(&self) -> bool {
        false
    }

    /// What mmap(2) maps.
    fn mmap(&self, file: &File) -> Result<MmapSource, Errno> {
        self.mapping(file).map(MmapSource::Mapping).ok_or(Errno::ENODEV)
    }

    /// Writes the bytes `start..end` back; EINVAL where that makes no sense.
    fn fsync(&self, file: &File, start: u64, end: u64, datasync: bool) -> Result<(), Errno> {
        Err(Errno::EINVAL)
    }

    /// A descriptor is closed.
    fn flush(&self, file: &File) -> Result<(), Errno> {
        Ok(())
    }

    /// The last reference is gone.
    fn release(&self, file: &File) {}

    /// F_SETFL is about to set these flags.
    fn check_flags(&self, file: &File, flags: u32) -> Result<(), Errno> {
        if flags & O_DIRECT != 0 { Err(Errno::EINVAL) } else { Ok(()) }
    }

    /// fallocate(2), arguments checked, the inode's lock not held.
    fn fallocate(&self, file: &File, mode: u32, offset: u64, len: u64) -> Result<(), Errno> {
        Err(Errno::EOPNOTSUPP)
    }

    /// F_SETPIPE_SZ and F_GETPIPE_SZ: `None` asks for the size in bytes.
    fn pipe_size(&self, file: &File, set: Option<(u32, bool)>) -> Result<u32, Errno> {
        Err(Errno::EBADF)
    }

    /// F_GET_SEALS; EINVAL for a file that knows none.
    fn seals(&self, file: &File) -> Result<u32, Errno> {
        Err(Errno::EINVAL)
    }

    /// F_ADD_SEALS.
    fn add_seals(&self, file: &File, seals: u32) -> Result<(), Errno> {
        Err(Errno::EINVAL)
    }

    /// Whom to tell of input and output by a signal (O_ASYNC): the list or lists that the file may be in.
    fn fasync(&self, file: &File) -> [Option<&Fasync>; 2] {
        [None, None]
    }

    /// Who owns the file once O_ASYNC is set, if a program doesn't say: the owner, real and effective user.
    fn async_owner(&self, file: &File) -> Option<(Arc<dyn SignalTarget>, (u32, u32))> {
        None
    }

    /// Lines for `/proc/PID/fdinfo/N`.
    fn show_fdinfo(&self, file: &File, out: &mut dyn fmt::Write) -> fmt::Result {
        Ok(())
    }
}

/// An open file description (open(2)): shared by all descriptors that were duplicated from one.
pub struct File {
    /// How it was found.
    pub path: Path,
    /// The inode; that of a device node is the node's.
    pub inode: Arc<Inode>,
    /// What it does.
    pub ops: Arc<dyn FileOps>,
    mode: u32,
    flags: AtomicU32,
    /// The position.
    pub pos: FilePos,
    /// SIGIO's addressee.
    pub owner: SpinLock<FileOwner>,
}

impl File {
    /// An open file. `flags` are open(2)'s without the creation flags, `mode` the [`fmode`] bits.
    pub fn new(path: Path, inode: Arc<Inode>, ops: Arc<dyn FileOps>, flags: u32, mode: u32) -> Arc<Self> {
        if mode & fmode::WRITER != 0 {
            path.mnt.add_writer();
        }
        Arc::new(File {
            path,
            inode,
            ops,
            mode,
            flags: AtomicU32::new(flags),
            pos: FilePos::new(),
            owner: SpinLock::new(rank::SPIN_LEAF, FileOwner::default()),
        })
    }

    /// The same open file as one call sees it: with the flags in `mask` as in `flags`, and a position of its own.
    pub fn as_seen_with(&self, mask: u32, flags: u32) -> Arc<Self> {
        let mode = (self.mode & !(fmode::WRITER | fmode::READER)) | fmode::BORROWED;
        let flags = (self.flags() & !mask) | (flags & mask);
        File::new(self.path.clone(), self.inode.clone(), self.ops.clone(), flags, mode)
    }

    /// [`fmode`] bits.
    #[inline(always)]
    pub fn mode(&self) -> u32 {
        self.mode
    }

    /// open(2)'s flags as F_GETFL shows them.
    #[inline(always)]
    pub fn flags(&self) -> u32 {
        self.flags.load(Ordering::Relaxed)
    }

    /// Replaces the flags in `mask`.
    pub fn change_flags(&self, mask: u32, flags: u32) {
        let _ = self
            .flags
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| Some((old & !mask) | (flags & mask)));
    }

    /// Whether calls shall not block.
    #[inline(always)]
    pub fn nonblock(&self) -> bool {
        self.flags() & O_NONBLOCK != 0
    }

    /// Whether it may be read.
    #[inline(always)]
    pub fn readable(&self) -> bool {
        self.mode & fmode::READ != 0
    }

    /// Whether it may be written.
    #[inline(always)]
    pub fn writable(&self) -> bool {
        self.mode & fmode::WRITE != 0
    }

    /// Whether it is a mere place (O_PATH).
    #[inline(always)]
    pub fn is_path(&self) -> bool {
        self.mode & fmode::PATH != 0
    }

    /// The implementation's own type behind `ops`.
    pub fn ops_as<T: FileOps>(&self) -> Option<&T> {
        let any: &dyn Any = &*self.ops;
        any.downcast_ref()
    }

    /// What mmap(2) needs; EACCES and ENODEV as Linux, rights by prot are mm's to check.
    pub fn for_mmap(self: &Arc<Self>) -> Result<mm::MmapFile, Errno> {
        let mut access = mm::FileAccess::empty();
        access.set(mm::FileAccess::READ, self.readable());
        access.set(mm::FileAccess::WRITE, self.writable());
        access.set(mm::FileAccess::NOEXEC, self.path.mnt.flags() & MS_NOEXEC != 0);
        let sealed =
            self.ops.seals(self).is_ok_and(|seals| seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) != 0);
        access.set(mm::FileAccess::SEALED, sealed);
        let source = self.ops.mmap(self)?;
        Ok(mm::MmapFile { file: self.clone(), access, source })
    }
}

impl VmFile for File {
    fn mapping(&self) -> Option<Arc<Mapping>> {
        self.ops.mapping(self)
    }

    fn write_path(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let bytes = self.path.to_bytes(None);
        out.write_str(&String::from_utf8_lossy(&bytes))
    }

    fn dev(&self) -> u64 {
        u64::from(self.inode.sb.dev)
    }

    fn ino(&self) -> u64 {
        self.inode.ino
    }

    fn nlink(&self) -> u32 {
        self.inode.nlink()
    }

    fn is_executable(&self) -> bool {
        self.inode.mode() & 0o111 != 0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if self.mode & (fmode::PATH | fmode::BORROWED) != 0 {
            return;
        }
        if crate::notify::watched() {
            use crate::notify::event::{CLOSE_NOWRITE, CLOSE_WRITE};
            let events = if self.writable() { CLOSE_WRITE } else { CLOSE_NOWRITE };
            crate::notify::on_file(&self.path, &self.inode, events);
        }
        self.inode.locks.release_file(self);
        crate::lease::release_file(self);
        if self.flags() & O_ASYNC != 0 {
            self.leave_async();
        }
        self.ops.release(self);
        if self.mode & fmode::WRITER != 0 {
            self.inode.put_write_access();
            self.path.mnt.remove_writer();
        } else if self.mode & fmode::READER != 0 {
            self.inode.remove_reader();
        }
    }
}
