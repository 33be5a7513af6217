//! mmap(2) and its kin.

use abi::consts::capability::{CAP_IPC_LOCK, CAP_SYS_RAWIO};
use abi::consts::mman::*;
use abi::fcntl::F_SEAL_SEAL;
use abi::{Abi, Errno};
use alloc::sync::Arc;
use mm::{FileAccess, MapCaps, MmapArgs, MmapFile, MmapSource, MremapArgs, UserPtr};
use process::Cx;
use vfs::File;
use vfs::consts::MS_NOEXEC;

const PAGE_MASK: u64 = 0xfff;

/// mmap(2).
#[inline]
pub fn mmap(
    cx: &mut Cx<'_>,
    addr: u64,
    len: u64,
    prot: u64,
    flags: u64,
    fd: u64,
    off: u64,
) -> Result<usize, Errno> {
    if off & PAGE_MASK != 0 {
        return Err(Errno::EINVAL);
    }
    let opened = if flags & MAP_ANONYMOUS == 0 {
        Some(cx.files().get(fd as i32)?.into_arc())
    } else {
        refuse_huge_pages(len, flags)?;
        None
    };
    // A file that may still be sealed isn't sealed while it is being mapped.
    let seals = opened.as_ref().filter(|_| flags & MAP_PRIVATE == 0).and_then(|f| f.ops.seals(f).ok());
    let _guard = match (&opened, seals) {
        (Some(file), Some(seals)) if seals & F_SEAL_SEAL == 0 => Some(file.inode.rwsem.read()),
        _ => None,
    };
    let file = opened.as_ref().map(|file| file_to_map(file, flags)).transpose()?;
    let noexec = opened.as_ref().is_some_and(|file| file.path.mnt.flags() & MS_NOEXEC != 0);
    let implied = if implies_exec(cx) && prot & PROT_READ != 0 && !noexec { PROT_EXEC } else { 0 };
    let cred = cx.cred();
    let caps = MapCaps { ipc_lock: cred.capable(CAP_IPC_LOCK), sys_rawio: cred.capable(CAP_SYS_RAWIO) };
    let compat = cx.abi().is_32bit();
    let args = MmapArgs { addr, len, prot: prot | implied, flags, file, pgoff: off >> 12, caps, compat };
    cx.mm().mmap(&args).map(|addr| addr as usize)
}

/// What a descriptor stands for in mmap. A file that can't be mapped is refused only after the checks
/// of access, as Linux does.
fn file_to_map(file: &Arc<File>, flags: u64) -> Result<MmapFile, Errno> {
    if flags & MAP_HUGETLB != 0 {
        return Err(Errno::EINVAL);
    }
    match file.for_mmap() {
        Err(Errno::ENODEV) => {
            let mut access = FileAccess::empty();
            access.set(FileAccess::READ, file.readable());
            access.set(FileAccess::WRITE, file.writable());
            Ok(MmapFile { file: file.clone(), access, source: MmapSource::Unsupported })
        }
        other => other,
    }
}

/// There are no huge pages in the pool; sizes that the machine does not know are invalid.
fn refuse_huge_pages(len: u64, flags: u64) -> Result<(), Errno> {
    if flags & MAP_HUGETLB == 0 {
        return Ok(());
    }
    let known = match (flags >> MAP_HUGE_SHIFT) & MAP_HUGE_MASK {
        0 | 21 => true,
        30 => hal::cpu::has_gigabyte_pages(),
        _ => false,
    };
    let kind = matches!(flags & MAP_TYPE, MAP_SHARED | MAP_PRIVATE);
    if known && kind && len != 0 { Err(Errno::ENOMEM) } else { Err(Errno::EINVAL) }
}

/// Whether what may be read may be run, too (personality(2), READ_IMPLIES_EXEC).
#[inline]
fn implies_exec(cx: &Cx<'_>) -> bool {
    cx.task.personality() & process::READ_IMPLIES_EXEC != 0
}

/// munmap(2).
#[inline]
pub fn munmap(cx: &mut Cx<'_>, addr: u64, len: usize) -> Result<usize, Errno> {
    cx.mm().munmap(addr, len as u64)?;
    Ok(0)
}

/// mprotect(2).
#[inline]
pub fn mprotect(cx: &mut Cx<'_>, start: u64, len: usize, prot: u64) -> Result<usize, Errno> {
    cx.mm().mprotect_as(start, len as u64, prot, implies_exec(cx), None)?;
    Ok(0)
}

/// pkey_mprotect(2). Key -1 means mprotect(2).
pub fn pkey_mprotect(cx: &mut Cx<'_>, start: u64, len: usize, prot: u64, pkey: i32) -> Result<usize, Errno> {
    let pkey = Some(pkey).filter(|key| *key != -1);
    cx.mm().mprotect_as(start, len as u64, prot, implies_exec(cx), pkey)?;
    Ok(0)
}

/// pkey_alloc(2).
pub fn pkey_alloc(cx: &mut Cx<'_>, flags: u64, init_val: u64) -> Result<usize, Errno> {
    cx.mm().pkey_alloc(flags, init_val).map(usize::from)
}

/// pkey_free(2).
pub fn pkey_free(cx: &mut Cx<'_>, pkey: i32) -> Result<usize, Errno> {
    cx.mm().pkey_free(pkey)?;
    Ok(0)
}

/// mremap(2).
pub fn mremap(
    cx: &mut Cx<'_>,
    addr: u64,
    old_len: u64,
    new_len: u64,
    flags: u64,
    new_addr: u64,
) -> Result<usize, Errno> {
    let ipc_lock = cx.cred().capable(CAP_IPC_LOCK);
    let compat = cx.abi().is_32bit();
    let landing_pad = cx.mm().landing_pad();
    let to = cx.mm().mremap(&MremapArgs { addr, old_len, new_len, flags, new_addr, ipc_lock, compat })?;
    // The call may have come through the very vDSO that it has moved.
    if cx.abi() == Abi::I386 && cx.regs.ip == landing_pad {
        cx.regs.ip = cx.mm().landing_pad();
    }
    Ok(to as usize)
}

/// madvise(2).
#[inline]
pub fn madvise(cx: &mut Cx<'_>, start: u64, len: usize, behavior: i32) -> Result<usize, Errno> {
    cx.mm().madvise(start, len as u64, behavior)?;
    Ok(0)
}

/// remap_file_pages(2). Of its flags none means anything to a part that is populated anyway.
pub fn remap_file_pages(
    cx: &mut Cx<'_>,
    start: u64,
    size: u64,
    prot: u64,
    pgoff: u64,
    _flags: u64,
) -> Result<usize, Errno> {
    cx.mm().remap_file_pages(start, size, prot, pgoff)?;
    Ok(0)
}

/// mseal(2).
pub fn mseal(cx: &mut Cx<'_>, start: u64, len: usize, flags: u64) -> Result<usize, Errno> {
    cx.mm().mseal(start, len as u64, flags)?;
    Ok(0)
}

/// brk(2), the kernel's form: always answers where the heap ends.
#[inline]
pub fn brk(cx: &mut Cx<'_>, brk: u64) -> Result<usize, Errno> {
    let ipc_lock = cx.cred().capable(CAP_IPC_LOCK);
    Ok(cx.mm().brk(brk, ipc_lock, implies_exec(cx)) as usize)
}

/// msync(2).
pub fn msync(cx: &mut Cx<'_>, start: u64, len: usize, flags: i32) -> Result<usize, Errno> {
    cx.mm().msync(start, len as u64, flags as u32)?;
    Ok(0)
}

/// mincore(2).
pub fn mincore(cx: &mut Cx<'_>, start: u64, len: usize, vec: UserPtr<u8>) -> Result<usize, Errno> {
    cx.mm().mincore(start, len as u64, vec)?;
    Ok(0)
}

/// mlock(2).
pub fn mlock(cx: &mut Cx<'_>, start: u64, len: usize) -> Result<usize, Errno> {
    mlock2(cx, start, len, 0)
}

/// mlock2(2).
pub fn mlock2(cx: &mut Cx<'_>, start: u64, len: usize, flags: i32) -> Result<usize, Errno> {
    let ipc_lock = cx.cred().capable(CAP_IPC_LOCK);
    cx.mm().mlock(start, len as u64, flags as u32, ipc_lock)?;
    Ok(0)
}

/// munlock(2).
pub fn munlock(cx: &mut Cx<'_>, start: u64, len: usize) -> Result<usize, Errno> {
    cx.mm().munlock(start, len as u64)?;
    Ok(0)
}

/// mlockall(2).
pub fn mlockall(cx: &mut Cx<'_>, flags: i32) -> Result<usize, Errno> {
    let ipc_lock = cx.cred().capable(CAP_IPC_LOCK);
    cx.mm().mlockall(flags as u32, ipc_lock)?;
    Ok(0)
}

/// munlockall(2).
pub fn munlockall(cx: &mut Cx<'_>) -> Result<usize, Errno> {
    cx.mm().munlockall();
    Ok(0)
}
