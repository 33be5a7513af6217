//! Processes, their limits and names, as 32-bit programs know them.

use abi::Errno;
use abi::layout::RobustListHead32;
use mm::UserPtr;
use process::{Cx, uts};

use crate::poll::select;
use crate::{process as processes, system, time};

/// waitpid(2).
pub fn waitpid(cx: &mut Cx<'_>, pid: i32, stat_addr: UserPtr<i32>, options: i32) -> Result<usize, Errno> {
    processes::wait4(cx, pid, stat_addr, options, UserPtr::<[i32; 18]>::null())
}

/// stime(2).
pub fn stime(cx: &mut Cx<'_>, time: UserPtr<[i32; 1]>) -> Result<usize, Errno> {
    let [seconds] = cx.mm().read(time)?;
    time::set_wall_clock(cx, i64::from(seconds), 0).map(|()| 0)
}

/// clone(2): the thread's storage stands before the child's number.
pub fn clone(
    cx: &mut Cx<'_>,
    flags: u64,
    newsp: u64,
    parent_tid: UserPtr<i32>,
    tls: u64,
    child_tid: UserPtr<i32>,
) -> Result<usize, Errno> {
    processes::clone(cx, flags, newsp, parent_tid, child_tid, tls)
}

/// select, call 82 of i386: its five arguments stand in a structure.
pub fn old_select(cx: &mut Cx<'_>, arg: UserPtr<[u32; 5]>) -> Result<usize, Errno> {
    let [count, read, write, except, timeout] = cx.mm().read(arg)?;
    let [read, write, except] = [read, write, except].map(|addr| UserPtr::<u32>::new(u64::from(addr)));
    select(cx, count as i32, read, write, except, UserPtr::<[i32; 2]>::new(u64::from(timeout)))
}

/// set_robust_list(2). A program has one list for each width of its pointers.
pub fn set_robust_list(cx: &mut Cx<'_>, head: UserPtr<RobustListHead32>, len: usize) -> Result<usize, Errno> {
    if len != size_of::<RobustListHead32>() {
        return Err(Errno::EINVAL);
    }
    cx.task.set_compat_robust_list(head.addr());
    Ok(0)
}

/// get_robust_list(2).
pub fn get_robust_list(
    cx: &mut Cx<'_>,
    pid: i32,
    head_ptr: UserPtr<u32>,
    len_ptr: UserPtr<u32>,
) -> Result<usize, Errno> {
    let head = processes::of_traceable(cx, pid, |task| task.compat_robust_list())?;
    cx.mm().write(len_ptr, &(size_of::<RobustListHead32>() as u32))?;
    cx.mm().write(head_ptr, &(head as u32))?;
    Ok(0)
}

/// Writes the first five fields of uname(2), each shortened to `size` bytes with the NUL at its end.
fn write_names(cx: &Cx<'_>, to: UserPtr<u8>, size: usize) -> Result<usize, Errno> {
    let names = system::uts_names(cx);
    for (nth, field) in names.chunks_exact(uts::FIELD).take(5).enumerate() {
        let mut text = [0; uts::FIELD];
        let short = text.get_mut(..size).ok_or(Errno::EINVAL)?;
        for (to, from) in short.iter_mut().zip(field.iter().take(size - 1)) {
            *to = *from;
        }
        cx.mm().write_bytes(to.addr().wrapping_add((nth * size) as u64), short)?;
    }
    Ok(0)
}

/// uname, call 109 of i386: fields of 65 bytes, no domain.
pub fn olduname(cx: &mut Cx<'_>, name: UserPtr<u8>) -> Result<usize, Errno> {
    if name.is_null() {
        return Err(Errno::EFAULT);
    }
    write_names(cx, name, uts::FIELD)
}

/// uname, call 59 of i386: fields of 9 bytes.
pub fn oldolduname(cx: &mut Cx<'_>, name: UserPtr<u8>) -> Result<usize, Errno> {
    if name.is_null() {
        return Err(Errno::EFAULT);
    }
    write_names(cx, name, 9)
}
