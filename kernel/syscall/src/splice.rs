//! Pipes as buffers in the kernel: splice(2), tee(2), vmsplice(2).

use abi::Errno;
use abi::fcntl::O_APPEND;
use abi::layout::IovecLayout;
use mm::{IoVecs, UserPtr};
use process::Cx;
use vfs::File;
use vfs::consts::fmode;

use crate::copy::tell;
use crate::file::{after_write, limit_len};

const SPLICE_F_NONBLOCK: u32 = 2;
/// MOVE and MORE are hints; GIFT means something to vmsplice(2) only and is one, too.
const SPLICE_F_ALL: u32 = 0xf;
/// What epoll sets, event counters and the like are inodes of: they know no splice.
const ANON_INODE_FS_MAGIC: i64 = 0x0904_1934;

/// Whether a file can be an end of a splice, by its kind.
pub(crate) fn knows_splice(file: &File) -> bool {
    file.inode.sb.magic != ANON_INODE_FS_MAGIC && !file.inode.is_dir()
}

fn read_offset(cx: &Cx<'_>, offset: UserPtr<i64>) -> Result<Option<i64>, Errno> {
    offset.non_null().map(|offset| cx.mm().read(offset)).transpose()
}

fn not_negative(pos: i64) -> Result<u64, Errno> {
    u64::try_from(pos).map_err(|_| Errno::EINVAL)
}

/// splice(2).
pub fn splice(
    cx: &mut Cx<'_>,
    fd_in: i32,
    off_in: UserPtr<i64>,
    fd_out: i32,
    off_out: UserPtr<i64>,
    len: usize,
    flags: u32,
) -> Result<usize, Errno> {
    if len == 0 {
        return Ok(0);
    }
    if flags & !SPLICE_F_ALL != 0 {
        return Err(Errno::EINVAL);
    }
    let input = cx.files().get(fd_in)?.to_arc();
    let output = cx.files().get(fd_out)?.to_arc();
    let len = len.min(mm::MAX_RW_COUNT);
    let result = do_splice(cx, &input, off_in, &output, off_out, len, flags & SPLICE_F_NONBLOCK != 0);
    after_write(cx, &output, result)
}

fn do_splice(
    cx: &Cx<'_>,
    input: &File,
    off_in: UserPtr<i64>,
    output: &File,
    off_out: UserPtr<i64>,
    len: usize,
    nonblock: bool,
) -> Result<usize, Errno> {
    let (from, to) = (ipc::pipe::of_file(input), ipc::pipe::of_file(output));
    if (from.is_some() && !off_in.is_null()) || (to.is_some() && !off_out.is_null()) {
        return Err(Errno::ESPIPE);
    }
    let at_out = read_offset(cx, off_out)?;
    let at_in = read_offset(cx, off_in)?;
    if !input.readable() || !output.writable() {
        return Err(Errno::EBADF);
    }
    match (from, to) {
        (Some(from), Some(to)) if core::ptr::eq(from, to) => Err(Errno::EINVAL),
        (Some(from), Some(to)) => {
            from.splice_to_pipe(to, len, nonblock || input.nonblock() || output.nonblock())
        }
        (Some(from), None) => {
            if (at_out.is_some() && output.mode() & fmode::PWRITE == 0) || output.flags() & O_APPEND != 0 {
                return Err(Errno::EINVAL);
            }
            let mut pos = start_of(output, at_out)?;
            let len = limit_len(cx, output, pos, len)?;
            if !knows_splice(output) {
                return Err(Errno::EINVAL);
            }
            let count = from.splice_to_file(output, &mut pos, len, nonblock || input.nonblock())?;
            end_at(cx, output, off_out, pos)?;
            tell(input, output, count);
            Ok(count)
        }
        (None, Some(to)) => {
            if at_in.is_some() && input.mode() & fmode::PREAD == 0 {
                return Err(Errno::EINVAL);
            }
            let mut pos = start_of(input, at_in)?;
            if !knows_splice(input) {
                return Err(Errno::EINVAL);
            }
            let count = to.splice_from_file(input, &mut pos, len, nonblock || output.nonblock())?;
            end_at(cx, input, off_in, pos)?;
            tell(input, output, count);
            Ok(count)
        }
        (None, None) => Err(Errno::EINVAL),
    }
}

fn start_of(file: &File, at: Option<i64>) -> Result<u64, Errno> {
    match at {
        Some(at) => not_negative(at),
        None if file.mode() & fmode::LSEEK != 0 => Ok(*file.pos.lock()),
        None => Ok(0),
    }
}

fn end_at(cx: &Cx<'_>, file: &File, offset: UserPtr<i64>, pos: u64) -> Result<(), Errno> {
    if !offset.is_null() {
        return cx.mm().write(offset, &(pos as i64));
    }
    if file.mode() & fmode::LSEEK != 0 {
        *file.pos.lock() = pos;
    }
    Ok(())
}

/// tee(2).
pub fn tee(cx: &mut Cx<'_>, fd_in: i32, fd_out: i32, len: usize, flags: u32) -> Result<usize, Errno> {
    if flags & !SPLICE_F_ALL != 0 {
        return Err(Errno::EINVAL);
    }
    if len == 0 {
        return Ok(0);
    }
    let input = cx.files().get(fd_in)?.to_arc();
    let output = cx.files().get(fd_out)?.to_arc();
    if !input.readable() || !output.writable() {
        return Err(Errno::EBADF);
    }
    let result = match (ipc::pipe::of_file(&input), ipc::pipe::of_file(&output)) {
        (Some(from), Some(to)) if !core::ptr::eq(from, to) => {
            let nonblock = flags & SPLICE_F_NONBLOCK != 0 || input.nonblock() || output.nonblock();
            from.tee(to, len, nonblock)
        }
        _ => Err(Errno::EINVAL),
    };
    after_write(cx, &output, result)
}

/// vmsplice(2): the memory is copied into the pipe's pages, not lent.
pub fn vmsplice<V: IovecLayout>(
    cx: &mut Cx<'_>,
    fd: i32,
    list: UserPtr<V>,
    count: u64,
    flags: u32,
) -> Result<usize, Errno> {
    if flags & !SPLICE_F_ALL != 0 {
        return Err(Errno::EINVAL);
    }
    let file = cx.files().get(fd)?.to_arc();
    if !file.writable() && !file.readable() {
        return Err(Errno::EBADF);
    }
    let vecs = IoVecs::import(cx.mm(), list, count)?;
    if vecs.total() == 0 {
        return Ok(0);
    }
    let pipe = ipc::pipe::of_file(&file).ok_or(Errno::EBADF)?;
    let nonblock = flags & SPLICE_F_NONBLOCK != 0;
    let result = if file.writable() {
        pipe.fill_from(&mut vecs.src(), nonblock)
    } else {
        pipe.drain_to(&mut vecs.dst(), nonblock)
    };
    after_write(cx, &file, result)
}
