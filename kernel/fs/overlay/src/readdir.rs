//! Open directories: a list for merged ones, the real directory's own entries for others.

use alloc::sync::Arc;

use abi::Errno;
use mm::IterDst;
use sync::{SpinLock, rank};
use vfs::consts::*;
use vfs::namei::stacked;
use vfs::{DirContext, File, FileOps, Inode};

use crate::listing::{Listing, hides};
use crate::node::{Real, node_of};

/// Positions 0 and 1 are `.` and `..`.
const FIRST: u64 = 2;
const DT_CHR: u8 = 2;

/// What is read from the beginning to the end, whatever the directory becomes meanwhile.
#[derive(Clone)]
enum Stream {
    Merged(Arc<Listing>),
    Single(Arc<File>, Real),
}

/// What an open directory does.
pub(crate) struct DirFile {
    stream: SpinLock<Option<Stream>>,
}

impl DirFile {
    /// Opens the directory, below too: what can't be opened there can't be here.
    pub fn open(inode: &Arc<Inode>) -> Result<Arc<DirFile>, Errno> {
        let dir = DirFile { stream: SpinLock::new(rank::SPIN_LEAF, None) };
        let node = node_of(inode)?;
        if !node.is_merged() {
            *dir.stream.lock() = Some(single(node.real()?, inode)?);
        }
        Ok(Arc::new(dir))
    }

    /// The stream to read on from; a new one at the beginning.
    fn stream(&self, file: &File, pos: u64) -> Result<Stream, Errno> {
        let node = node_of(&file.inode)?;
        let old = self.stream.lock().clone();
        let stream = match old {
            Some(Stream::Single(..)) if pos == 0 && node.is_merged() => Stream::Merged(node.listing()?),
            Some(Stream::Single(open, real)) => return Ok(Stream::Single(open, real)),
            Some(merged) if pos != 0 => return Ok(merged),
            _ if node.is_merged() => Stream::Merged(node.listing()?),
            _ => single(node.real()?, &file.inode)?,
        };
        let old = self.stream.lock().replace(stream.clone());
        drop(old);
        Ok(stream)
    }
}

fn single(real: &Real, inode: &Arc<Inode>) -> Result<Stream, Errno> {
    let fs = &node_of(inode)?.fs;
    let open = stacked::open(fs.path(real)?, O_RDONLY | O_DIRECTORY | O_LARGEFILE, &fs.cred)?;
    Ok(Stream::Single(open, real.clone()))
}

fn emit_list(list: &Listing, file: &File, ctx: &mut DirContext<'_>) {
    if !ctx.emit_dots(file) {
        return;
    }
    while let Some((name, ino, kind)) = list.get((ctx.pos - FIRST) as usize) {
        if !ctx.emit(name, ino, kind) {
            return;
        }
        ctx.pos += 1;
    }
}

/// Passes a real directory's entries on, at its own positions.
fn emit_single(open: &File, real: &Real, file: &File, ctx: &mut DirContext<'_>) -> Result<(), Errno> {
    let node = node_of(&file.inode)?;
    let parent = file.path.dentry.parent_inode();
    let up = parent.map_or(file.inode.ino, |parent| parent.ino);
    // What an entry's number is up here; none if it is a whiteout.
    let number = |name: &[u8], ino: u64, kind: u8| match name {
        b"." => Ok(Some(file.inode.ino)),
        b".." => Ok(Some(up)),
        _ if kind == DT_CHR && hides(real, name)? => Ok(None),
        _ => node.shown_ino(real, name, ino, kind).map(Some),
    };
    let mut failed = None;
    let start = ctx.pos;
    let mut emit = |name: &[u8], ino: u64, kind: u8, at: u64| {
        ctx.pos = at;
        match number(name, ino, kind) {
            Ok(Some(ino)) => ctx.emit(name, ino, kind),
            Ok(None) => true,
            Err(errno) => {
                failed = Some(errno);
                false
            }
        }
    };
    let mut inner = DirContext::new(start, &mut emit);
    let listed = {
        let _guard = real.inode.rwsem.read();
        open.ops.iterate(open, &mut inner)
    };
    ctx.pos = inner.pos;
    match failed {
        Some(errno) => Err(errno),
        None => listed,
    }
}

impl FileOps for DirFile {
    fn read_iter(&self, _file: &File, _dst: &mut IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        Err(Errno::EISDIR)
    }

    fn is_dir(&self) -> bool {
        true
    }

    fn iterate(&self, file: &File, ctx: &mut DirContext<'_>) -> Result<(), Errno> {
        match self.stream(file, ctx.pos)? {
            Stream::Merged(list) => emit_list(&list, file, ctx),
            Stream::Single(open, real) => emit_single(&open, &real, file, ctx)?,
        }
        Ok(())
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        let stream = self.stream.lock().clone();
        match stream {
            Some(Stream::Single(open, _)) => open.ops.llseek(&open, offset, whence, pos),
            _ => vfs::read_write::dir_llseek(offset, whence, pos),
        }
    }

    fn fsync(&self, file: &File, start: u64, end: u64, datasync: bool) -> Result<(), Errno> {
        let node = node_of(&file.inode)?;
        match node.upper().filter(|_| !node.fs.options.volatile) {
            Some(real) => {
                let open = stacked::open(node.fs.path(real)?, O_RDONLY | O_DIRECTORY, &node.fs.cred)?;
                open.ops.fsync(&open, start, end, datasync)
            }
            None => Ok(()),
        }
    }
}
