//! From file to file without passing through the program: sendfile(2), copy_file_range(2).

use abi::Errno;
use abi::fcntl::O_APPEND;
use alloc::vec::Vec;
use mm::{IterDst, IterSrc, MAX_RW_COUNT, UserPtr};
use process::Cx;
use vfs::File;
use vfs::consts::fmode;
use vfs::notify::{event, on_file};

use crate::file::{after_write, limit_len};
use crate::splice::knows_splice;

/// Bytes that are moved at a time.
const CHUNK: usize = 16 * 1024;

/// sendfile64(2), which `sendfile` is on 64-bit machines.
pub fn sendfile(
    cx: &mut Cx<'_>,
    out_fd: i32,
    in_fd: i32,
    offset: UserPtr<i64>,
    count: usize,
) -> Result<usize, Errno> {
    let Some(offset) = offset.non_null() else { return do_sendfile(cx, out_fd, in_fd, None, count) };
    let mut at = cx.mm().read(offset)?;
    let result = do_sendfile(cx, out_fd, in_fd, Some(&mut at), count);
    // It is written back whatever happened; where that fails, the failure is the answer.
    cx.mm().write(offset, &at)?;
    result
}

/// sendfile(2) from `at`, or from the input's own position. The input is looked at before the output.
pub(crate) fn do_sendfile(
    cx: &mut Cx<'_>,
    out_fd: i32,
    in_fd: i32,
    at: Option<&mut i64>,
    count: usize,
) -> Result<usize, Errno> {
    let input = cx.files().get(in_fd)?.to_arc();
    if !input.readable() {
        return Err(Errno::EBADF);
    }
    if at.is_some() && input.mode() & fmode::PREAD == 0 {
        return Err(Errno::ESPIPE);
    }
    let mut pos = match &at {
        Some(at) => u64::try_from(**at).map_err(|_| Errno::EINVAL)?,
        None => *input.pos.lock(),
    };
    if isize::try_from(count).is_err() {
        return Err(Errno::EINVAL);
    }
    let output = cx.files().get(out_fd)?.to_arc();
    if !output.writable() {
        return Err(Errno::EBADF);
    }
    let count = count.min(MAX_RW_COUNT);
    let result = send(cx, &input, &mut pos, &output, count);
    let sent = after_write(cx, &output, result)?;
    match at {
        Some(at) => *at = pos as i64,
        None => *input.pos.lock() = pos,
    }
    Ok(sent)
}

fn send(cx: &Cx<'_>, input: &File, pos: &mut u64, output: &File, count: usize) -> Result<usize, Errno> {
    if let Some(pipe) = ipc::pipe::of_file(output) {
        if !knows_splice(input) || ipc::pipe::of_file(input).is_some() {
            return Err(Errno::EINVAL);
        }
        return match count {
            0 => Ok(0),
            _ => pipe.splice_from_file(input, pos, count, output.nonblock()),
        };
    }
    // What can't be positioned might lose what was read and not written.
    let positioned = input.mode() & fmode::LSEEK != 0;
    if !positioned || output.flags() & O_APPEND != 0 || !knows_splice(input) || !knows_splice(output) {
        return Err(Errno::EINVAL);
    }
    let seekable = output.mode() & fmode::LSEEK != 0;
    let mut out_pos = if seekable { *output.pos.lock() } else { 0 };
    let count = limit_len(cx, output, out_pos, count)?;
    let sent = copy(input, pos, output, &mut out_pos, count)?;
    if seekable {
        *output.pos.lock() = out_pos;
    }
    Ok(sent)
}

/// Copies until the end of the input; an error counts only if nothing was copied before it.
fn copy(
    input: &File,
    in_pos: &mut u64,
    output: &File,
    out_pos: &mut u64,
    count: usize,
) -> Result<usize, Errno> {
    let mut chunk = Vec::new();
    let size = count.min(CHUNK);
    chunk.try_reserve_exact(size).map_err(|_| Errno::ENOMEM)?;
    chunk.resize(size, 0);
    let mut done = 0;
    while done < count {
        let part = chunk.get_mut(..size.min(count - done)).ok_or(Errno::EINVAL)?;
        let mut ahead = *in_pos;
        let moved = input.ops.read_iter(input, &mut IterDst::kernel(part), &mut ahead).and_then(|got| {
            let bytes = part.get(..got).unwrap_or(&[]);
            let written = match got {
                0 => 0,
                _ => output.ops.write_iter(output, &mut IterSrc::kernel(bytes), out_pos)?,
            };
            Ok((got, written))
        });
        let (got, written) = match moved {
            Ok(counts) => counts,
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        };
        *in_pos += written as u64;
        done += written;
        if got == 0 || written < got || sched::signal_pending() {
            break;
        }
        sched::cond_resched();
    }
    tell(input, output, done);
    Ok(done)
}

/// Tells watchers of both files (inotify(7)).
pub(crate) fn tell(input: &File, output: &File, count: usize) {
    if count != 0 {
        on_file(&input.path, &input.inode, event::ACCESS);
        on_file(&output.path, &output.inode, event::MODIFY);
    }
}

/// copy_file_range(2).
pub fn copy_file_range(
    cx: &mut Cx<'_>,
    fd_in: i32,
    off_in: UserPtr<i64>,
    fd_out: i32,
    off_out: UserPtr<i64>,
    len: usize,
    flags: u32,
) -> Result<usize, Errno> {
    let input = cx.files().get(fd_in)?.to_arc();
    let output = cx.files().get(fd_out)?.to_arc();
    let start = |offset: UserPtr<i64>, file: &File| match offset.non_null() {
        Some(offset) => cx.mm().read(offset),
        None => Ok(*file.pos.lock() as i64),
    };
    let pos_in = start(off_in, &input)?;
    let pos_out = start(off_out, &output)?;
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    let len = check_copy(cx, &input, pos_in, &output, pos_out, len)?;
    if len == 0 {
        return Ok(0);
    }
    let (mut at_in, mut at_out) = (pos_in as u64, pos_out as u64);
    let count = copy(&input, &mut at_in, &output, &mut at_out, len.min(MAX_RW_COUNT))?;
    for (offset, file, at) in [(off_in, &input, at_in), (off_out, &output, at_out)] {
        match offset.non_null() {
            Some(offset) => cx.mm().write(offset, &(at as i64))?,
            None => *file.pos.lock() = at,
        }
    }
    Ok(count)
}

/// Linux's checks in its order; how much is to be copied.
fn check_copy(
    cx: &Cx<'_>,
    input: &File,
    pos_in: i64,
    output: &File,
    pos_out: i64,
    len: usize,
) -> Result<usize, Errno> {
    if input.inode.is_dir() || output.inode.is_dir() {
        return Err(Errno::EISDIR);
    }
    if !input.inode.is_reg() || !output.inode.is_reg() {
        return Err(Errno::EINVAL);
    }
    if !input.readable() || !output.writable() || output.flags() & O_APPEND != 0 {
        return Err(Errno::EBADF);
    }
    if input.inode.sb.dev != output.inode.sb.dev {
        return Err(Errno::EXDEV);
    }
    if (pos_in as u64).checked_add(len as u64).is_none() || (pos_out as u64).checked_add(len as u64).is_none()
    {
        return Err(Errno::EOVERFLOW);
    }
    let left = (input.inode.size() as i64).saturating_sub(pos_in);
    let len = len.min(usize::try_from(left).unwrap_or(0));
    let end_in = pos_in.checked_add(len as i64).ok_or(Errno::EOVERFLOW)?;
    let end_out = pos_out.checked_add(len as i64).ok_or(Errno::EOVERFLOW)?;
    let room = match u64::try_from(pos_out) {
        Ok(at) => limit_len(cx, output, at, len)?,
        Err(_) => len,
    };
    if input.inode.ino == output.inode.ino && end_out > pos_in && pos_out < end_in {
        return Err(Errno::EINVAL);
    }
    if pos_in < 0 || pos_out < 0 {
        return Err(Errno::EINVAL);
    }
    Ok(room)
}
