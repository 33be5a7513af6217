//! mount(2), umount2(2), pivot_root(2).

use abi::Errno;
use abi::fcntl::AT_FDCWD;
use abi::mount::{
    MNT_DETACH, MNT_EXPIRE, MNT_FORCE, MS_BIND, MS_MOVE, MS_PRIVATE, MS_REC, MS_REMOUNT, MS_SHARED,
    MS_SILENT, MS_SLAVE, MS_UNBINDABLE, UMOUNT_NOFOLLOW,
};
use mm::{UserCStr, UserPtr};
use process::Cx;
use vfs::Path;
use vfs::consts::CAP_SYS_ADMIN;
use vfs::mount::{do_bind, do_move, do_new_mount, do_pivot_root, do_remount, do_umount};
use vfs::namei::{LookupFlags, path_lookup};

use crate::path_arg::{BoxedPath, PathBuf, base};

/// The old magic number in the upper half of the flags, which is ignored.
const MS_MGC_VAL: u64 = 0xc0ed_0000;
const MS_MGC_MSK: u64 = 0xffff_0000;

fn place(cx: &Cx<'_>, path: UserCStr, flags: LookupFlags) -> Result<Path, Errno> {
    let mut buf = PathBuf::new();
    let path = buf.read(cx, path)?;
    path_lookup(&cx.lookup(), &base(cx, AT_FDCWD, path)?, path, flags)
}

/// mount(2). The data is a text of at most a page.
pub fn mount(
    cx: &mut Cx<'_>,
    source: UserCStr,
    target: UserCStr,
    fs_type: UserCStr,
    flags: u64,
    data: UserPtr<u8>,
) -> Result<usize, Errno> {
    let flags = if flags & MS_MGC_MSK == MS_MGC_VAL { flags & !MS_MGC_MSK } else { flags };
    let (mut type_buf, mut source_buf, mut data_buf) = (BoxedPath::new(), BoxedPath::new(), BoxedPath::new());
    let fs_type = if fs_type.is_null() { None } else { Some(type_buf.read(cx, fs_type)?) };
    let source_text = if source.is_null() { &b"none"[..] } else { source_buf.read(cx, source)? };
    let data = if data.is_null() { &[] } else { data_buf.read(cx, UserCStr::new(data.addr()))? };
    let target = place(cx, target, LookupFlags::FOLLOW)?;
    if !cx.cred().capable(CAP_SYS_ADMIN) {
        return Err(Errno::EPERM);
    }
    if flags & MS_REMOUNT != 0 {
        return do_remount(&target, flags, data, flags & MS_BIND != 0).map(|()| 0);
    }
    if flags & MS_BIND != 0 {
        return do_bind(&place(cx, source, LookupFlags::FOLLOW)?, &target, flags & MS_REC != 0).map(|()| 0);
    }
    if flags & PROPAGATION != 0 {
        return change_propagation(&target, flags).map(|()| 0);
    }
    if flags & MS_MOVE != 0 {
        return do_move(&place(cx, source, LookupFlags::FOLLOW)?, &target).map(|()| 0);
    }
    do_new_mount(fs_type.ok_or(Errno::EINVAL)?, source_text, &target, flags, data, &cx.lookup()).map(|()| 0)
}

/// The types of propagation of which mount(2) takes one.
const PROPAGATION: u64 = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

/// All mounts are private: there is one tree and nobody to propagate to. EINVAL for other types, for several at
/// once, and for a place that is no mount's root.
fn change_propagation(target: &Path, flags: u64) -> Result<(), Errno> {
    let kind = flags & !(MS_REC | MS_SILENT);
    if kind == MS_PRIVATE && target.is_mount_root() { Ok(()) } else { Err(Errno::EINVAL) }
}

/// umount2(2).
pub fn umount(cx: &mut Cx<'_>, path: UserCStr, flags: i32) -> Result<usize, Errno> {
    let flags = flags as u32;
    if flags & !(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW) != 0 {
        return Err(Errno::EINVAL);
    }
    let follow = if flags & UMOUNT_NOFOLLOW == 0 { LookupFlags::FOLLOW } else { LookupFlags::empty() };
    let place = place(cx, path, follow)?;
    if !cx.cred().capable(CAP_SYS_ADMIN) {
        return Err(Errno::EPERM);
    }
    do_umount(&place, flags).map(|()| 0)
}

/// pivot_root(2). Every task whose root or working directory is the old root gets the new one.
pub fn pivot_root(cx: &mut Cx<'_>, new_root: UserCStr, put_old: UserCStr) -> Result<usize, Errno> {
    if !cx.cred().capable(CAP_SYS_ADMIN) {
        return Err(Errno::EPERM);
    }
    let flags = LookupFlags::FOLLOW | LookupFlags::DIRECTORY;
    let new = place(cx, new_root, flags)?;
    let put_old = place(cx, put_old, flags)?;
    let root = (*cx.fs().root()).clone();
    let new = do_pivot_root(&new, &put_old, &root)?;
    let mut from = 1;
    while let Some(task) = process::pid::next_task(from) {
        if let Some(fs) = task.fs() {
            if *fs.root() == root {
                fs.set_root(new.clone());
            }
            if *fs.pwd() == root {
                fs.set_pwd(new.clone());
            }
        }
        from = task.pid() + 1;
    }
    Ok(0)
}
