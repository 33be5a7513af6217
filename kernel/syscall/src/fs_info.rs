//! File systems by type and by device number: sysfs(2), ustat(2).

use abi::Errno;
use abi::layout::{Plain, Ustat32};
use mm::{UserCStr, UserPtr};
use process::Cx;
use vfs::super_block::filesystems;

/// sysfs(2): 1 gives the index of a type, 2 writes the name of an index, 3 gives their number.
pub fn sysfs(cx: &mut Cx<'_>, option: i32, arg1: u64, arg2: u64) -> Result<usize, Errno> {
    let types = filesystems();
    match option {
        1 => {
            let mut buf = [0; 64];
            let name = cx.mm().read_cstr(UserCStr::new(arg1), &mut buf)?;
            types.iter().position(|fs| fs.name().as_bytes() == name).ok_or(Errno::EINVAL)
        }
        2 => {
            // The index is an unsigned int.
            let fs = hal::nospec::get_in(&types, arg1 as u32 as usize).ok_or(Errno::EINVAL)?;
            cx.mm().write_bytes(arg2, fs.name().as_bytes())?;
            cx.mm().write(UserPtr::new(arg2.wrapping_add(fs.name().len() as u64)), &0u8)?;
            Ok(0)
        }
        3 => Ok(types.len()),
        _ => Err(Errno::EINVAL),
    }
}

/// `struct ustat`: free blocks, free inodes, two names that nobody fills, and room.
pub trait UstatLayout: Plain {
    /// The structure; Linux refuses nothing that does not fit.
    fn of(free_blocks: u64, free_inodes: u64) -> Self;
}

impl UstatLayout for [u64; 4] {
    fn of(free_blocks: u64, free_inodes: u64) -> Self {
        [u64::from(free_blocks as u32), free_inodes, 0, 0]
    }
}

impl UstatLayout for Ustat32 {
    fn of(free_blocks: u64, free_inodes: u64) -> Self {
        Ustat32 { f_tfree: free_blocks as u32, f_tinode: free_inodes as u32, names: [0; 3] }
    }
}

/// ustat(2): EINVAL if no mounted file system has the number.
pub fn ustat<U: UstatLayout>(cx: &mut Cx<'_>, dev: u32, ubuf: UserPtr<U>) -> Result<usize, Errno> {
    let mounts = vfs::mount::mounts(&cx.fs().root());
    let sb = mounts.iter().map(|(mnt, _)| &mnt.sb).find(|sb| sb.dev == dev).ok_or(Errno::EINVAL)?;
    let k = sb.ops.statfs(sb);
    cx.mm().write(ubuf, &U::of(k.bfree, k.ffree)).map(|()| 0)
}
