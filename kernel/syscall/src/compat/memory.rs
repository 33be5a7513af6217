//! mmap(2) as 32-bit programs call it.

use abi::Errno;
use mm::UserPtr;
use process::Cx;

use crate::mm::mmap;

/// mmap2: the file's position in pages.
pub fn mmap2(
    cx: &mut Cx<'_>,
    addr: u64,
    len: u64,
    prot: u64,
    flags: u64,
    fd: u64,
    pgoff: u64,
) -> Result<usize, Errno> {
    mmap(cx, addr, len, prot, flags, fd, pgoff << 12)
}

/// mmap, call 90 of i386: its six arguments stand in a structure.
pub fn old_mmap(cx: &mut Cx<'_>, arg: UserPtr<[u32; 6]>) -> Result<usize, Errno> {
    let [addr, len, prot, flags, fd, off] = cx.mm().read(arg)?.map(u64::from);
    mmap(cx, addr, len, prot, flags, fd, off)
}
