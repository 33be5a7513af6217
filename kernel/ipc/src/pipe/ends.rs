//! Making and opening pipes and FIFOs.

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use core::any::Any;
use core::sync::atomic::Ordering;

use abi::Errno;
use vfs::anon::{PseudoFs, PseudoInode};
use vfs::consts::*;
use vfs::{Cred, File, FileOps, Inode};

use super::Pipe;

const PIPEFS_MAGIC: i64 = 0x5049_5045;

static PIPEFS: PseudoFs = PseudoFs::new("pipefs", PIPEFS_MAGIC);

/// pipe2(2): the reading and the writing end. EINVAL for flags other than O_CLOEXEC, O_NONBLOCK, O_DIRECT.
pub fn create(flags: u32, cred: &Cred) -> Result<(Arc<File>, Arc<File>), Errno> {
    if flags & !(O_CLOEXEC | O_NONBLOCK | O_DIRECT) != 0 {
        return Err(Errno::EINVAL);
    }
    let pipe = Pipe::new(false);
    pipe.add_ends(fmode::READ | fmode::WRITE);
    let (path, inode) = PIPEFS.new_place("pipe", S_IFIFO | 0o600, cred, Box::new(PseudoInode));
    let keep: Weak<dyn Any + Send + Sync> = Arc::downgrade(&(pipe.clone() as Arc<dyn Any + Send + Sync>));
    *inode.special.lock() = Some(keep);
    let flags = flags & (O_NONBLOCK | O_DIRECT);
    let reader =
        File::new(path.clone(), inode.clone(), pipe.clone(), (flags & !O_DIRECT) | O_RDONLY, fmode::READ);
    let writer = File::new(path, inode, pipe, flags | O_WRONLY, fmode::WRITE);
    Ok((reader, writer))
}

/// For a writer in the kernel (a core dump): tells the readers that nothing more comes, and waits until they have
/// closed their end, or for a signal. `writer` is the pipe's only writing end, and nothing is written through it later.
pub fn end_and_wait(writer: &File) {
    let Some(pipe) = of_file(writer) else { return };
    pipe.writers.fetch_sub(1, Ordering::AcqRel);
    pipe.readable.wake_all();
    // A signal ends the waiting, which is all that it is to do.
    let _ = pipe.writable.wait_event_interruptible(|| !pipe.has_readers());
    pipe.writers.fetch_add(1, Ordering::AcqRel);
}

/// The pipe behind an open file, if it is one.
pub fn of_file(file: &File) -> Option<&Pipe> {
    file.ops_as::<Pipe>()
}

/// The pipe behind a FIFO (or behind `/proc/PID/fd/N` of a pipe), made if nobody has it open.
fn pipe_of(inode: &Inode) -> Arc<Pipe> {
    let mut special = inode.special.lock();
    if let Some(pipe) = special.as_ref().and_then(Weak::upgrade).and_then(|any| any.downcast::<Pipe>().ok()) {
        return pipe;
    }
    let pipe = Pipe::new(true);
    let keep: Weak<dyn Any + Send + Sync> = Arc::downgrade(&(pipe.clone() as Arc<dyn Any + Send + Sync>));
    *special = Some(keep);
    pipe
}

/// fifo(7): an open for reading waits for a writer, one for writing for a reader; ENXIO for writing with
/// O_NONBLOCK while nobody reads. A pipe without a name, opened through `/proc/PID/fd/N`, waits for nobody.
fn open_fifo(inode: &Arc<Inode>, flags: u32) -> Result<Arc<dyn FileOps>, Errno> {
    let pipe = pipe_of(inode);
    let nonblock = flags & O_NONBLOCK != 0;
    let mode = match flags & O_ACCMODE {
        O_RDONLY => fmode::READ,
        O_WRONLY => fmode::WRITE,
        O_RDWR => fmode::READ | fmode::WRITE,
        _ => return Err(Errno::EINVAL),
    };
    if pipe.named && mode == fmode::WRITE && nonblock && !pipe.has_readers() {
        return Err(Errno::ENXIO);
    }
    pipe.add_ends(mode);
    Pipe::wake(&pipe.readable);
    Pipe::wake(&pipe.writable);
    // A partner that comes and goes at once counts, too: hence the counts of opens.
    let waited = match mode {
        _ if !pipe.named => Ok(()),
        fmode::READ if !nonblock && !pipe.has_writers() => {
            let seen = pipe.writer_opens.load(Ordering::Acquire);
            pipe.readable.wait_event_interruptible(|| pipe.writer_opens.load(Ordering::Acquire) != seen)
        }
        fmode::READ if nonblock && !pipe.has_writers() => {
            // No hang-up is reported before the first writer has been there.
            pipe.writer_opens.store(0, Ordering::Release);
            Ok(())
        }
        fmode::WRITE if !pipe.has_readers() => {
            let seen = pipe.reader_opens.load(Ordering::Acquire);
            pipe.writable.wait_event_interruptible(|| pipe.reader_opens.load(Ordering::Acquire) != seen)
        }
        _ => Ok(()),
    };
    if waited.is_err() {
        pipe.drop_ends(mode);
        return Err(Errno::ERESTARTSYS);
    }
    Ok(pipe)
}

/// Names FIFOs' part to the vfs; once at boot.
pub fn init() {
    vfs::chrdev::set_fifo_open(open_fifo);
}
