//! Listing a directory, one entry at a time.

use abi::Errno;
use mm::UserPtr;
use process::Cx;
use vfs::DirContext;

/// readdir, call 89 of i386: one entry as number, position, length of the name and the name; 1 if there was one. The
/// third argument means nothing.
pub fn old_readdir(cx: &mut Cx<'_>, fd: u32, out: UserPtr<u8>, _count: u32) -> Result<usize, Errno> {
    const HEADER: u64 = 10;
    let file = cx.files().get(fd as i32)?;
    if !file.ops.is_dir() {
        return Err(Errno::ENOTDIR);
    }
    let mut pos = file.pos.lock();
    let _dir = file.inode.rwsem.read();
    if file.inode.nlink() == 0 {
        return Err(Errno::ENOENT);
    }
    let mut found = None;
    let mut emit = |name: &[u8], ino: u64, _kind: u8, at: u64| {
        if found.is_some() {
            return false;
        }
        let write = || {
            let ino = u32::try_from(ino).map_err(|_| Errno::EOVERFLOW)?;
            cx.mm().write(out.cast(), &[ino, at as u32])?;
            cx.mm().write(UserPtr::new(out.addr().wrapping_add(8)), &(name.len() as u16))?;
            let text = out.addr().wrapping_add(HEADER);
            cx.mm().write_bytes(text, name)?;
            cx.mm().write_bytes(text.wrapping_add(name.len() as u64), &[0])
        };
        let written: Result<(), Errno> = write();
        let more = written.is_ok();
        found = Some(written);
        more
    };
    let mut ctx = DirContext::new(*pos, &mut emit);
    let listed = file.ops.iterate(&file, &mut ctx);
    let end = ctx.pos;
    listed?;
    match found {
        None => Ok(0),
        Some(Err(errno)) => Err(errno),
        Some(Ok(())) => {
            *pos = end;
            Ok(1)
        }
    }
}
