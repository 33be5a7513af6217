//! Other processes' memory and identity: process_vm_readv(2), process_vm_writev(2), kcmp(2).

use ::process::ptrace::{may_attach, may_read};
use ::process::{Cx, Task, find_task};
use abi::Errno;
use abi::layout::IovecLayout;
use alloc::sync::Arc;
use alloc::vec::Vec;
use hal::mem::PAGE_SIZE;
use mm::{AddressSpace, IoVec, IoVecs, UserPtr};

/// The most buffers in one list.
const IOV_MAX: u64 = 1024;

/// The other side's list: its addresses are looked at only when they are used.
fn read_list<V: IovecLayout>(cx: &Cx<'_>, list: UserPtr<V>, count: u64) -> Result<Vec<IoVec>, Errno> {
    if count > IOV_MAX {
        return Err(Errno::EINVAL);
    }
    let mut raw: Vec<IoVec> = Vec::new();
    raw.try_reserve_exact(count as usize).map_err(|_| Errno::ENOMEM)?;
    for nth in 0..count {
        raw.push(cx.mm().read(list.offset(nth).ok_or(Errno::EFAULT)?)?.widen());
    }
    if raw.iter().any(|vec| vec.iov_len > isize::MAX as u64) {
        return Err(Errno::EINVAL);
    }
    Ok(raw)
}

fn other_memory(cx: &Cx<'_>, pid: i32) -> Result<Arc<AddressSpace>, Errno> {
    let task = find_task(pid).ok_or(Errno::ESRCH)?;
    let mm = task.mm().ok_or(Errno::ESRCH)?;
    if may_attach(cx.task, &task) { Ok(mm) } else { Err(Errno::EPERM) }
}

/// process_vm_readv(2).
pub fn process_vm_readv<V: IovecLayout>(
    cx: &mut Cx<'_>,
    pid: i32,
    local: UserPtr<V>,
    local_count: u64,
    remote: UserPtr<V>,
    remote_count: u64,
    flags: u64,
) -> Result<usize, Errno> {
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    let mine = IoVecs::import(cx.mm(), local, local_count)?;
    let mut dst = mine.dst();
    if dst.remaining() == 0 {
        return Ok(0);
    }
    let theirs = read_list(cx, remote, remote_count)?;
    let mm = other_memory(cx, pid)?;
    let mut chunk = page()?;
    transfer(&theirs, mine.total(), |addr, len| {
        let part = chunk.get_mut(..len).ok_or(Errno::EFAULT)?;
        let got = mm.read_user_remote(addr, part);
        match part.get(..got) {
            Some(bytes) if got != 0 => dst.copy_out(bytes),
            _ => Err(Errno::EFAULT),
        }
    })
}

/// process_vm_writev(2).
pub fn process_vm_writev<V: IovecLayout>(
    cx: &mut Cx<'_>,
    pid: i32,
    local: UserPtr<V>,
    local_count: u64,
    remote: UserPtr<V>,
    remote_count: u64,
    flags: u64,
) -> Result<usize, Errno> {
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    let mine = IoVecs::import(cx.mm(), local, local_count)?;
    let mut src = mine.src();
    if src.remaining() == 0 {
        return Ok(0);
    }
    let theirs = read_list(cx, remote, remote_count)?;
    let mm = other_memory(cx, pid)?;
    let mut chunk = page()?;
    transfer(&theirs, mine.total(), |addr, len| {
        let part = chunk.get_mut(..len).ok_or(Errno::EFAULT)?;
        let got = src.copy_in(part)?;
        match mm.write_user_remote(addr, part.get(..got).unwrap_or(&[])) {
            0 => Err(Errno::EFAULT),
            moved => Ok(moved),
        }
    })
}

/// Advice that another process may be given.
const MADV_WILLNEED: i32 = 3;
const MADV_COLD: i32 = 20;
const MADV_PAGEOUT: i32 = 21;
const MADV_COLLAPSE: i32 = 25;

/// process_madvise(2).
pub fn process_madvise<V: IovecLayout>(
    cx: &mut Cx<'_>,
    pidfd: i32,
    list: UserPtr<V>,
    count: usize,
    behavior: i32,
    flags: u32,
) -> Result<usize, Errno> {
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    let parts = read_list(cx, list, count as u64)?;
    let task = crate::pidfd::task_of(cx, pidfd)?;
    let mm = task.mm().ok_or(Errno::ESRCH)?;
    if !may_read(cx.task, &task) {
        return Err(Errno::EACCES);
    }
    if !core::ptr::eq(&raw const *mm, &raw const *cx.mm()) {
        if !matches!(behavior, MADV_WILLNEED | MADV_COLD | MADV_PAGEOUT | MADV_COLLAPSE) {
            return Err(Errno::EINVAL);
        }
        if !cx.cred().capable(abi::capability::CAP_SYS_NICE) {
            return Err(Errno::EPERM);
        }
    }
    let mut done = 0usize;
    for part in parts.iter().filter(|part| part.iov_len != 0) {
        match mm.madvise(part.iov_base, part.iov_len, behavior) {
            Ok(()) => done = done.saturating_add(part.iov_len as usize),
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
    }
    Ok(done)
}

fn page() -> Result<Vec<u8>, Errno> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(PAGE_SIZE).map_err(|_| Errno::ENOMEM)?;
    bytes.resize(PAGE_SIZE, 0);
    Ok(bytes)
}

/// Goes through the other side's buffers page by page, `total` bytes at most; what was moved before an error.
fn transfer(
    list: &[IoVec],
    total: usize,
    mut part: impl FnMut(u64, usize) -> Result<usize, Errno>,
) -> Result<usize, Errno> {
    let mut done = 0;
    for vec in list {
        let mut at = 0;
        while at < vec.iov_len && done < total {
            let addr = vec.iov_base.wrapping_add(at);
            let in_page = PAGE_SIZE - (addr % PAGE_SIZE as u64) as usize;
            let left = usize::try_from(vec.iov_len - at).unwrap_or(usize::MAX);
            let len = in_page.min(left).min(total - done);
            match part(addr, len) {
                Ok(moved) => {
                    at += moved as u64;
                    done += moved;
                    if moved < len {
                        return Ok(done);
                    }
                }
                Err(errno) if done == 0 => return Err(errno),
                Err(_) => return Ok(done),
            }
            sched::cond_resched();
        }
    }
    Ok(done)
}

/// 0, 1 or 2: equal, less, greater. The order of addresses is hidden.
fn compare<T: ?Sized>(a: &Arc<T>, b: &Arc<T>) -> usize {
    static COOKIE: sync::Once<u64> = sync::Once::new();
    let cookie = *COOKIE.call_once(|| {
        let mut bytes = [0; 8];
        vfs::random::get_random_bytes(&mut bytes);
        u64::from_ne_bytes(bytes)
    });
    let mixed = |arc: &Arc<T>| (Arc::as_ptr(arc).addr() as u64 ^ cookie).wrapping_mul(cookie | 1);
    match mixed(a).cmp(&mixed(b)) {
        core::cmp::Ordering::Equal => 0,
        core::cmp::Ordering::Less => 1,
        core::cmp::Ordering::Greater => 2,
    }
}

/// The same of two that may be missing; a missing one is like a null pointer.
fn compare_slots<T>(a: Option<Arc<T>>, b: Option<Arc<T>>) -> usize {
    match (a, b) {
        (Some(a), Some(b)) => compare(&a, &b),
        (None, None) => 0,
        (None, Some(_)) => 1,
        (Some(_), None) => 2,
    }
}

/// KCMP_EPOLL_TFD: an open file of one process and what an epoll set of the other watches: `slot` has the set's
/// descriptor, the watched one, and which of those with that number.
fn compare_epoll(
    cx: &Cx<'_>,
    one: &Task,
    fd: u64,
    two: &Task,
    slot: UserPtr<[u32; 3]>,
) -> Result<usize, Errno> {
    let [epfd, watched, nth] = cx.mm().read(slot)?;
    let file = file_of(one, fd)?;
    let set = file_of(two, u64::from(epfd))?;
    let target = ipc::epoll::watched_file(&set, watched as i32, nth as usize)?;
    Ok(compare(&file, &target))
}

fn file_of(task: &Task, fd: u64) -> Result<Arc<vfs::File>, Errno> {
    let files = task.files().ok_or(Errno::EBADF)?;
    let fd = i32::try_from(fd).map_err(|_| Errno::EBADF)?;
    files.get_raw(fd).map(|file| file.to_arc())
}

/// kcmp(2): open files, memory, descriptor tables, directories, signal actions, I/O contexts and what
/// epoll sets watch can be compared.
pub fn kcmp(
    cx: &mut Cx<'_>,
    pid1: i32,
    pid2: i32,
    kind: i32,
    first: u64,
    second: u64,
) -> Result<usize, Errno> {
    let (Some(one), Some(two)) = (find_task(pid1), find_task(pid2)) else { return Err(Errno::ESRCH) };
    if !may_attach(cx.task, &one) || !may_attach(cx.task, &two) {
        return Err(Errno::EPERM);
    }
    let same_or = |order: Option<usize>| Ok(order.unwrap_or(0));
    match kind {
        0 => Ok(compare(&file_of(&one, first)?, &file_of(&two, second)?)),
        1 => same_or(one.mm().zip(two.mm()).map(|(a, b)| compare(&a, &b))),
        2 => same_or(one.files().zip(two.files()).map(|(a, b)| compare(&a, &b))),
        3 => same_or(one.fs().zip(two.fs()).map(|(a, b)| compare(&a, &b))),
        5 => Ok(compare_slots(one.io_context(), two.io_context())),
        // Semaphores that exit would have to undo: there are none.
        6 => Ok(0),
        7 => compare_epoll(cx, &one, first, &two, UserPtr::new(second)),
        4 => same_or(one.sighand().zip(two.sighand()).map(|(a, b)| compare(&a, &b))),
        _ => Err(Errno::EINVAL),
    }
}
