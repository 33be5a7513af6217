//! From file to file without passing through the program: sendfile(2).

use abi::Errno;
use alloc::vec::Vec;
use mm::{IterDst, IterSrc, UserPtr};
use process::Cx;
use vfs::consts::fmode;
use vfs::read_write::vfs_pread;
use vfs::vfs_write;

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
    let mut pos = match offset.non_null() {
        Some(offset) => Some(u64::try_from(cx.mm().read(offset)?).map_err(|_| Errno::EINVAL)?),
        None => None,
    };
    let input = cx.files().get(in_fd)?.to_arc();
    if !input.readable() {
        return Err(Errno::EBADF);
    }
    if pos.is_some() && input.mode() & fmode::PREAD == 0 {
        return Err(Errno::ESPIPE);
    }
    let output = cx.files().get(out_fd)?.to_arc();
    if !output.writable() {
        return Err(Errno::EBADF);
    }
    if !input.inode.is_reg() || output.flags() & abi::fcntl::O_APPEND != 0 {
        return Err(Errno::EINVAL);
    }
    let mut chunk = Vec::new();
    chunk.try_reserve_exact(CHUNK).map_err(|_| Errno::ENOMEM)?;
    chunk.resize(CHUNK, 0);
    let start = match pos {
        Some(pos) => pos,
        None => *input.pos.lock(),
    };
    let mut at = start;
    let mut result = Ok(());
    while ((at - start) as usize) < count {
        let want = CHUNK.min(count - (at - start) as usize);
        let part = chunk.get_mut(..want).ok_or(Errno::EINVAL)?;
        let got = match vfs_pread(&input, &mut IterDst::kernel(part), at) {
            Ok(0) => break,
            Ok(got) => got,
            Err(errno) => {
                result = Err(errno);
                break;
            }
        };
        match vfs_write(&output, &mut IterSrc::kernel(part.get(..got).unwrap_or(&[]))) {
            Ok(written) => {
                at += written as u64;
                if written < got {
                    break;
                }
            }
            Err(errno) => {
                result = Err(errno);
                break;
            }
        }
        sched::cond_resched();
    }
    let sent = (at - start) as usize;
    if sent == 0 {
        result?;
    }
    match &mut pos {
        Some(pos) => {
            *pos = at;
            cx.mm().write(offset, &(at as i64))?;
        }
        None => *input.pos.lock() = at,
    }
    Ok(sent)
}
