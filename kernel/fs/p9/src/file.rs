//! Open regular files: data through mm's pages, writes through to the server.

use alloc::sync::Arc;
use core::sync::atomic::Ordering::Relaxed;

use abi::Errno;
use mm::{IterDst, IterSrc};
use sync::{SpinLock, rank};
use vfs::consts::*;
use vfs::read_write::generic_file_read_iter;
use vfs::{File, FileOps, Inode};

use crate::node::{Node, OpenFid};
use crate::proto::{SetAttr, open, setattr};
use crate::silly;

/// The fids that an open file holds.
#[derive(Default)]
struct Held {
    reader: Option<Arc<OpenFid>>,
    writer: Option<Arc<OpenFid>>,
}

/// An open regular file.
pub(crate) struct OpenFile {
    node: Arc<Node>,
    held: SpinLock<Held>,
    /// The server writes at the end, wherever that is: its fid was opened with O_APPEND.
    appends: bool,
}

impl OpenFile {
    /// Opens what open(2)'s `flags` ask for. `created` is the fid that the file was made with.
    pub fn open(node: &Arc<Node>, flags: u32, created: Option<Arc<OpenFid>>) -> Result<Self, Errno> {
        let (reads, writes) = match flags & O_ACCMODE {
            O_RDONLY => (true, false),
            O_WRONLY => (false, true),
            O_RDWR => (true, true),
            _ => (false, false),
        };
        // Counted before the server is asked, so that nobody closes the reader as an idle one.
        node.opens.fetch_add(1, Relaxed);
        let mut file = OpenFile {
            node: node.clone(),
            held: SpinLock::new(rank::FS_PRIVATE, Held::default()),
            appends: writes && flags & O_APPEND != 0 && created.is_none(),
        };
        let writer = match (writes, &created) {
            (false, _) => None,
            (true, Some(created)) => Some(created.clone()),
            (true, None) if file.appends => Some(node.open_at_server(open::WRONLY | open::APPEND)?),
            (true, None) => Some(node.writer(reads)?),
        };
        let reader = match (reads, created) {
            (false, _) => None,
            (true, Some(created)) => Some(created),
            (true, None) => Some(node.reader()?),
        };
        *file.held.get_mut() = Held { reader, writer };
        Ok(file)
    }

    fn writer(&self) -> Result<Arc<OpenFid>, Errno> {
        self.held.lock().writer.clone().ok_or(Errno::EBADF)
    }

    /// Writes at `at`, to the server and then to the pages. The inode's lock is held.
    fn write_through(&self, inode: &Inode, at: u64, src: &mut IterSrc<'_>) -> Result<usize, Errno> {
        let mapping = inode.mapping.as_ref().ok_or(Errno::EINVAL)?;
        let writer = self.writer()?;
        let client = &self.node.share.client;
        let mut buffer = client.buffer(src.remaining())?;
        let mut done = 0;
        while src.remaining() != 0 {
            let room = buffer.bytes();
            let wanted = room.len().min(src.remaining());
            let part = room.get_mut(..wanted).unwrap_or(&mut []);
            let copied = match src.copy_in(part) {
                Ok(copied) => copied,
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => break,
            };
            let part = part.get(..copied).unwrap_or(&[]);
            let (sent, failed) = self.send(&writer, at + done as u64, part);
            mapping.written_through(at + done as u64, part.get(..sent).unwrap_or(part));
            done += sent;
            match failed {
                Some(errno) if done == 0 => return Err(errno),
                Some(_) => break,
                None if copied < wanted => break,
                None => (),
            }
            sched::cond_resched();
        }
        Ok(done)
    }

    /// Sends all of `bytes`; how many went through, and why not all.
    fn send(&self, writer: &OpenFid, at: u64, bytes: &[u8]) -> (usize, Option<Errno>) {
        let mut sent = 0;
        while let Some(rest) = bytes.get(sent..).filter(|rest| !rest.is_empty()) {
            match self.node.share.client.write(&writer.fid, at + sent as u64, rest) {
                Ok(count) => sent += count,
                Err(errno) => return (sent, Some(errno)),
            }
        }
        (sent, None)
    }

    /// Takes set-ID bits away before a write, here and at the server.
    fn remove_privs(&self, inode: &Arc<Inode>) {
        let before = inode.mode();
        vfs::attr::file_remove_privs(inode);
        if inode.mode() != before {
            let set = SetAttr { valid: setattr::MODE, mode: inode.mode() & 0o7777, ..SetAttr::default() };
            // The server may have done it itself, or not be allowed to: here it counts.
            let _ = self.node.fid().and_then(|fid| self.node.share.client.setattr(&fid, &set));
        }
    }

    /// Asks for the size. A file whose name is gone or another's, on the other side, stays what it was.
    fn refresh(&self, inode: &Arc<Inode>) -> Result<(), Errno> {
        match self.node.refresh(inode) {
            Err(Errno::ENOENT | Errno::ESTALE | Errno::ENOTDIR) => Ok(()),
            done => done,
        }
    }

    fn sync_pages(&self, file: &File) -> Result<(), Errno> {
        match &file.inode.mapping {
            Some(mapping) if self.held.lock().writer.is_some() => mapping.sync(),
            _ => Ok(()),
        }
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let held = core::mem::take(self.held.get_mut());
        drop(held);
        if self.node.opens.fetch_sub(1, Relaxed) == 1 {
            silly::closed(&self.node);
        }
        self.node.share.client.reap_some();
    }
}

impl FileOps for OpenFile {
    fn read_iter(&self, file: &File, dst: &mut IterDst<'_>, pos: &mut u64) -> Result<usize, Errno> {
        // At the end: it may have moved, on the other side.
        let names_ns = self.node.share.options.cache.names_ns();
        if *pos >= file.inode.size() && names_ns != u64::MAX && !self.node.is_fresh(names_ns) {
            self.refresh(&file.inode)?;
        }
        generic_file_read_iter(file, dst, pos)
    }

    fn write_iter(&self, file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
        let inode = &file.inode;
        if src.remaining() == 0 {
            return Ok(0);
        }
        let flags = file.flags();
        let count = {
            let _guard = inode.rwsem.write();
            if flags & O_APPEND != 0 && !self.node.is_fresh(self.node.share.options.cache.open_ns()) {
                self.refresh(inode)?;
            }
            let at = if flags & O_APPEND != 0 { inode.size() } else { *pos };
            let room = inode.sb.max_bytes.checked_sub(at).filter(|room| *room != 0).ok_or(Errno::EFBIG)?;
            src.truncate(usize::try_from(room).unwrap_or(usize::MAX));
            if file.mode() & fmode::FSETID == 0 {
                self.remove_privs(inode);
            }
            let count = self.write_through(inode, at, src);
            if count.is_ok() {
                inode.touch_mtime();
            }
            self.node.mark_changed();
            let count = count?;
            *pos = at + count as u64;
            count
        };
        if flags & O_DSYNC != 0 {
            let end = *pos;
            self.fsync(file, end - count as u64, end, flags & SYNC_BIT == 0)?;
        }
        Ok(count)
    }

    fn fsync(&self, file: &File, start: u64, end: u64, datasync: bool) -> Result<(), Errno> {
        if let Some(mapping) = &file.inode.mapping {
            mapping.sync_range(start, end)?;
        }
        let held = self.held.lock();
        let fid = held.writer.clone().or_else(|| held.reader.clone());
        drop(held);
        match fid {
            Some(open) => self.node.share.client.fsync(&open.fid, datasync),
            None => Ok(()),
        }
    }

    fn flush(&self, file: &File) -> Result<(), Errno> {
        self.sync_pages(file)
    }

    fn release(&self, file: &File) {
        // Nobody is left to be told.
        let _ = self.sync_pages(file);
    }

    fn check_flags(&self, _file: &File, flags: u32) -> Result<(), Errno> {
        // A fid that appends goes on appending.
        if self.appends && flags & O_APPEND == 0 { Err(Errno::EPERM) } else { Ok(()) }
    }
}
