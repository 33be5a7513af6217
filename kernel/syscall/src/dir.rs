//! Names: making, removing, linking, renaming, listing; working directory and root.

use abi::Errno;
use abi::fcntl::{AT_EMPTY_PATH, AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_FOLLOW};
use abi::limits::PATH_MAX;
use mm::{UserCStr, UserPtr};
use process::Cx;
use vfs::consts::{CAP_DAC_READ_SEARCH, CAP_SYS_CHROOT};
use vfs::namei::{
    LookupFlags, check_rename_flags, do_linkat, do_mkdirat, do_mknodat, do_renameat2, do_rmdir, do_symlinkat,
    do_unlinkat, node_kind, path_lookup_inode, readlink_path,
};
use vfs::permission::{MAY_EXEC, inode_permission};
use vfs::{DevT, DirContext};

use crate::path_arg::{BoxedPath, PathBuf, base, base_with};

/// mkdir(2).
pub fn mkdir(cx: &mut Cx<'_>, path: UserCStr, mode: u16) -> Result<usize, Errno> {
    mkdirat(cx, AT_FDCWD, path, mode)
}

/// mkdirat(2).
pub fn mkdirat(cx: &mut Cx<'_>, dfd: i32, path: UserCStr, mode: u16) -> Result<usize, Errno> {
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    do_mkdirat(&cx.lookup(), &base(cx, dfd, path)?, path, u32::from(mode)).map(|()| 0)
}

/// mknod(2).
pub fn mknod(cx: &mut Cx<'_>, path: UserCStr, mode: u16, dev: u32) -> Result<usize, Errno> {
    mknodat(cx, AT_FDCWD, path, mode, dev)
}

/// mknodat(2).
pub fn mknodat(cx: &mut Cx<'_>, dfd: i32, path: UserCStr, mode: u16, dev: u32) -> Result<usize, Errno> {
    node_kind(u32::from(mode))?;
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    do_mknodat(&cx.lookup(), &base(cx, dfd, path)?, path, u32::from(mode), DevT::decode(dev)).map(|()| 0)
}

/// rmdir(2).
pub fn rmdir(cx: &mut Cx<'_>, path: UserCStr) -> Result<usize, Errno> {
    unlinkat(cx, AT_FDCWD, path, AT_REMOVEDIR as i32)
}

/// unlink(2).
pub fn unlink(cx: &mut Cx<'_>, path: UserCStr) -> Result<usize, Errno> {
    unlinkat(cx, AT_FDCWD, path, 0)
}

/// unlinkat(2).
pub fn unlinkat(cx: &mut Cx<'_>, dfd: i32, path: UserCStr, flags: i32) -> Result<usize, Errno> {
    if flags as u32 & !AT_REMOVEDIR != 0 {
        return Err(Errno::EINVAL);
    }
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    let base = base(cx, dfd, path)?;
    if flags != 0 {
        do_rmdir(&cx.lookup(), &base, path).map(|()| 0)
    } else {
        do_unlinkat(&cx.lookup(), &base, path).map(|()| 0)
    }
}

/// link(2).
pub fn link(cx: &mut Cx<'_>, old: UserCStr, new: UserCStr) -> Result<usize, Errno> {
    linkat(cx, AT_FDCWD, old, AT_FDCWD, new, 0)
}

/// linkat(2).
pub fn linkat(
    cx: &mut Cx<'_>,
    old_dfd: i32,
    old: UserCStr,
    new_dfd: i32,
    new: UserCStr,
    flags: i32,
) -> Result<usize, Errno> {
    let flags = flags as u32;
    if flags & !(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL);
    }
    // An open file gets a name only by whoever could have found it (linkat(2), AT_EMPTY_PATH).
    if flags & AT_EMPTY_PATH != 0 && !cx.cred().capable(CAP_DAC_READ_SEARCH) {
        return Err(Errno::ENOENT);
    }
    let mut lookup = LookupFlags::empty();
    lookup.set(LookupFlags::FOLLOW, flags & AT_SYMLINK_FOLLOW != 0);
    lookup.set(LookupFlags::EMPTY, flags & AT_EMPTY_PATH != 0);
    let (mut old_buf, mut new_buf) = (BoxedPath::new(), BoxedPath::new());
    let old = old_buf.read(cx, old)?;
    let old = (base_with(cx, old_dfd, old, lookup)?, old);
    let new = new_buf.read(cx, new).and_then(|new| Ok((base(cx, new_dfd, new)?, new)));
    do_linkat(&cx.lookup(), old, new, lookup).map(|()| 0)
}

/// symlink(2).
pub fn symlink(cx: &mut Cx<'_>, target: UserCStr, path: UserCStr) -> Result<usize, Errno> {
    symlinkat(cx, target, AT_FDCWD, path)
}

/// symlinkat(2).
pub fn symlinkat(cx: &mut Cx<'_>, target: UserCStr, dfd: i32, path: UserCStr) -> Result<usize, Errno> {
    let (mut target_buf, mut buf) = (BoxedPath::new(), BoxedPath::new());
    let target = target_buf.read(cx, target)?;
    if target.is_empty() {
        return Err(Errno::ENOENT);
    }
    let path = buf.read(cx, path)?;
    do_symlinkat(&cx.lookup(), target, &base(cx, dfd, path)?, path).map(|()| 0)
}

/// rename(2).
pub fn rename(cx: &mut Cx<'_>, old: UserCStr, new: UserCStr) -> Result<usize, Errno> {
    renameat2(cx, AT_FDCWD, old, AT_FDCWD, new, 0)
}

/// renameat(2).
pub fn renameat(
    cx: &mut Cx<'_>,
    old_dfd: i32,
    old: UserCStr,
    new_dfd: i32,
    new: UserCStr,
) -> Result<usize, Errno> {
    renameat2(cx, old_dfd, old, new_dfd, new, 0)
}

/// renameat2(2).
pub fn renameat2(
    cx: &mut Cx<'_>,
    old_dfd: i32,
    old: UserCStr,
    new_dfd: i32,
    new: UserCStr,
    flags: u32,
) -> Result<usize, Errno> {
    check_rename_flags(flags)?;
    let (mut old_buf, mut new_buf) = (BoxedPath::new(), BoxedPath::new());
    let old = old_buf.read(cx, old)?;
    let old = (base(cx, old_dfd, old)?, old);
    let new = new_buf.read(cx, new).and_then(|new| Ok((base(cx, new_dfd, new)?, new)));
    do_renameat2(&cx.lookup(), old, new, flags).map(|()| 0)
}

/// readlink(2).
pub fn readlink(cx: &mut Cx<'_>, path: UserCStr, buf: UserPtr<u8>, size: i32) -> Result<usize, Errno> {
    readlinkat(cx, AT_FDCWD, path, buf, size)
}

/// readlinkat(2).
pub fn readlinkat(
    cx: &mut Cx<'_>,
    dfd: i32,
    path: UserCStr,
    out: UserPtr<u8>,
    size: i32,
) -> Result<usize, Errno> {
    if size <= 0 {
        return Err(Errno::EINVAL);
    }
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    let text = readlink_path(&cx.lookup(), &base_with(cx, dfd, path, LookupFlags::EMPTY)?, path)?;
    let text = text.get(..size as usize).unwrap_or(&text);
    cx.mm().write_bytes(out.addr(), text)?;
    Ok(text.len())
}

/// chdir(2).
pub fn chdir(cx: &mut Cx<'_>, path: UserCStr) -> Result<usize, Errno> {
    let place = directory(cx, path)?;
    cx.fs().set_pwd(place);
    Ok(0)
}

/// A directory that the caller may enter.
fn directory(cx: &Cx<'_>, path: UserCStr) -> Result<vfs::Path, Errno> {
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    let flags = LookupFlags::FOLLOW | LookupFlags::DIRECTORY;
    let (place, inode) = path_lookup_inode(&cx.lookup(), &base(cx, AT_FDCWD, path)?, path, flags)?;
    inode_permission(&inode, cx.cred(), MAY_EXEC)?;
    Ok(place)
}

/// fchdir(2).
pub fn fchdir(cx: &mut Cx<'_>, fd: u32) -> Result<usize, Errno> {
    let file = cx.files().get_raw(fd as i32)?;
    if !file.inode.is_dir() {
        return Err(Errno::ENOTDIR);
    }
    inode_permission(&file.inode, cx.cred(), MAY_EXEC)?;
    cx.fs().set_pwd(file.path.clone());
    Ok(0)
}

/// chroot(2).
pub fn chroot(cx: &mut Cx<'_>, path: UserCStr) -> Result<usize, Errno> {
    let place = directory(cx, path)?;
    if !cx.cred().capable(CAP_SYS_CHROOT) {
        return Err(Errno::EPERM);
    }
    cx.fs().set_root(place);
    Ok(0)
}

/// getcwd(2): answers the length with the NUL.
pub fn getcwd(cx: &mut Cx<'_>, buf: UserPtr<u8>, size: u64) -> Result<usize, Errno> {
    let pwd = cx.fs().pwd();
    if pwd.dentry.is_deleted() {
        return Err(Errno::ENOENT);
    }
    let (mut text, reachable) = pwd.to_cwd(&cx.fs().root());
    if !reachable {
        text.splice(..0, *b"(unreachable)");
    }
    if text.len() + 1 > PATH_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    text.push(0);
    if text.len() as u64 > size {
        return Err(Errno::ERANGE);
    }
    cx.mm().write_bytes(buf.addr(), &text)?;
    Ok(text.len())
}

/// umask(2).
pub fn umask(cx: &mut Cx<'_>, mask: i32) -> Result<usize, Errno> {
    Ok(cx.fs().set_umask(mask as u32 & 0o777) as usize)
}

/// How an entry is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// `struct linux_dirent64`: the type before the name.
    New,
    /// `struct linux_dirent`: the type in the last byte.
    Old,
    /// The same with numbers of 32 bits.
    Compat,
}

impl Layout {
    /// Bytes before the name.
    fn header(self) -> usize {
        match self {
            Layout::New => 19,
            Layout::Old => 18,
            Layout::Compat => 10,
        }
    }

    /// Bytes of the inode's number and of the position, and what entries are aligned to.
    fn word(self) -> usize {
        if self == Layout::Compat { 4 } else { 8 }
    }
}

fn do_getdents(cx: &Cx<'_>, fd: u32, out: UserPtr<u8>, size: u32, layout: Layout) -> Result<usize, Errno> {
    /// Entries gathered before they are copied to the program.
    const CHUNK: usize = 2048;
    let file = cx.files().get(fd as i32)?;
    if !file.ops.is_dir() {
        return Err(Errno::ENOTDIR);
    }
    let mut pos = file.pos.lock();
    let _dir = file.inode.rwsem.read();
    if file.inode.nlink() == 0 {
        return Err(Errno::ENOENT);
    }
    let (mut chunk, mut filled, mut done) = ([0u8; CHUNK], 0, 0usize);
    let mut error = None;
    // An entry carries the position of the one after it, which is known when that one is emitted: `last`
    // is where it has to be put.
    let mut last: Option<usize> = None;
    let mut emit = |name: &[u8], ino: u64, kind: u8, at: u64| {
        if let Some(slot) = last.take() {
            put_word(&mut chunk, slot, layout, at);
        }
        if layout == Layout::Compat && u32::try_from(ino).is_err() {
            error.get_or_insert(Errno::EOVERFLOW);
            return false;
        }
        let tail = usize::from(layout != Layout::New);
        let len = (layout.header() + name.len() + 1 + tail).next_multiple_of(layout.word());
        if done + filled + len > size as usize {
            error.get_or_insert(Errno::EINVAL);
            return false;
        }
        if filled + len > CHUNK {
            if cx.mm().write_bytes(out.addr() + done as u64, chunk.get(..filled).unwrap_or(&[])).is_err() {
                error = Some(Errno::EFAULT);
                return false;
            }
            done += filled;
            filled = 0;
        }
        let Some(entry) = chunk.get_mut(filled..filled + len) else { return false };
        entry.fill(0);
        put_word(entry, 0, layout, ino);
        put(entry, 2 * layout.word(), &(len as u16).to_ne_bytes());
        put(entry, layout.header(), name);
        put(entry, if layout == Layout::New { 18 } else { len - 1 }, &[kind]);
        last = Some(filled + layout.word());
        filled += len;
        true
    };
    let mut ctx = DirContext::new(*pos, &mut emit);
    let listed = file.ops.iterate(&file, &mut ctx);
    vfs::notify::on_file(&file.path, &file.inode, vfs::notify::event::ACCESS);
    let end = ctx.pos;
    if let Some(slot) = last {
        put_word(&mut chunk, slot, layout, end);
    }
    if filled > 0
        && cx.mm().write_bytes(out.addr() + done as u64, chunk.get(..filled).unwrap_or(&[])).is_err()
    {
        return Err(Errno::EFAULT);
    }
    done += filled;
    listed?;
    match error {
        Some(Errno::EFAULT) => Err(Errno::EFAULT),
        Some(errno) if done == 0 => Err(errno),
        _ => {
            *pos = end;
            vfs::read_write::file_accessed(&file);
            Ok(done)
        }
    }
}

/// Copies a number to `at`.
#[inline(always)]
fn put_word(to: &mut [u8], at: usize, layout: Layout, word: u64) {
    match layout {
        Layout::Compat => put(to, at, &(word as u32).to_ne_bytes()),
        _ => put(to, at, &word.to_ne_bytes()),
    }
}

/// Copies `bytes` to `at`, as far as they fit.
fn put(to: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(slot) = to.get_mut(at..at + bytes.len()) {
        slot.copy_from_slice(bytes);
    }
}

/// getdents64(2).
pub fn getdents64(cx: &mut Cx<'_>, fd: u32, out: UserPtr<u8>, size: u32) -> Result<usize, Errno> {
    do_getdents(cx, fd, out, size, Layout::New)
}

/// getdents(2).
pub fn getdents(cx: &mut Cx<'_>, fd: u32, out: UserPtr<u8>, size: u32) -> Result<usize, Errno> {
    do_getdents(cx, fd, out, size, Layout::Old)
}

/// getdents of 32-bit programs.
pub fn compat_getdents(cx: &mut Cx<'_>, fd: u32, out: UserPtr<u8>, size: u32) -> Result<usize, Errno> {
    do_getdents(cx, fd, out, size, Layout::Compat)
}
