//! Segments of a program's own: set_thread_area, get_thread_area, modify_ldt.

use abi::Errno;
use abi::segment::{TLS_MIN, UserDesc, bits};
use hal::ldt::LDT_ENTRIES;
use mm::{UserArg, UserPtr};
use process::Cx;

/// Says in `entry_number` that any entry will do.
const ANY: u32 = u32::MAX;

/// set_thread_area(2).
pub fn set_thread_area(cx: &mut Cx<'_>, u_info: UserPtr<UserDesc>) -> Result<usize, Errno> {
    let mut info = cx.mm().read(u_info)?;
    let descriptor = info.tls_descriptor().ok_or(Errno::EINVAL)?;
    let context = &cx.task.thread.context;
    if info.entry_number == ANY {
        let free = context.tls().iter().position(|entry| *entry == 0).ok_or(Errno::ESRCH)?;
        info.entry_number = TLS_MIN + free as u32;
        cx.mm().write(UserPtr::<u32>::new(u_info.addr()), &info.entry_number)?;
    }
    let index = info.tls_index().ok_or(Errno::EINVAL)?;
    context.set_tls(index, descriptor, u64::from(info.base_addr));
    Ok(0)
}

/// get_thread_area(2).
pub fn get_thread_area(cx: &mut Cx<'_>, u_info: UserPtr<UserDesc>) -> Result<usize, Errno> {
    let entry_number = cx.mm().read(UserPtr::<u32>::new(u_info.addr()))?;
    let asked = UserDesc { entry_number, ..UserDesc::default() };
    let index = asked.tls_index().ok_or(Errno::EINVAL)?;
    let descriptors = cx.task.thread.context.tls();
    let entry = hal::nospec::get(&descriptors, index).copied().unwrap_or(0);
    cx.mm().write(u_info, &UserDesc::from_descriptor(entry_number, entry))?;
    Ok(0)
}

/// modify_ldt(2). Its answer is an `int` also where it is negative: the upper half of rax is 0.
pub fn modify_ldt(cx: &mut Cx<'_>, func: i32, ptr: UserPtr<u8>, bytecount: u64) -> Result<usize, Errno> {
    let answer = match func {
        0 => read_ldt(cx, ptr.addr(), bytecount),
        1 => write_ldt(cx, ptr.addr(), bytecount, true),
        2 => read_default_ldt(cx, ptr.addr(), bytecount),
        0x11 => write_ldt(cx, ptr.addr(), bytecount, false),
        _ => Err(Errno::ENOSYS),
    };
    Ok(answer.unwrap_or_else(|errno| errno.code().wrapping_neg() as u32 as usize))
}

/// Descriptors are copied in pieces of this many.
const CHUNK: usize = 64;

/// Copies what there is, and zeros behind it.
fn read_ldt(cx: &Cx<'_>, to: u64, bytecount: u64) -> Result<usize, Errno> {
    let len = cx.mm().ldt_len();
    if len == 0 {
        return Ok(0);
    }
    let bytes = bytecount.min(8 * LDT_ENTRIES as u64) as usize;
    for start in (0..bytes).step_by(8 * CHUNK) {
        let mut words = [0; CHUNK];
        cx.mm().read_ldt(start / 8, &mut words);
        let mut raw = [0; 8 * CHUNK];
        for (to, word) in raw.chunks_exact_mut(8).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        let piece = raw.get(..bytes - start).unwrap_or(&raw);
        cx.mm().write_bytes(to.wrapping_add(start as u64), piece)?;
    }
    Ok(bytes)
}

/// The table that programs have without asking for one was empty, and is still as long as it was.
fn read_default_ldt(cx: &Cx<'_>, to: u64, bytecount: u64) -> Result<usize, Errno> {
    const SIZE: usize = 128;
    let bytes = bytecount.min(SIZE as u64) as usize;
    cx.mm().write_bytes(to, [0; SIZE].get(..bytes).unwrap_or(&[]))?;
    Ok(bytes)
}

fn write_ldt(cx: &Cx<'_>, from: u64, bytecount: u64, old_mode: bool) -> Result<usize, Errno> {
    if bytecount != size_of::<UserDesc>() as u64 {
        return Err(Errno::EINVAL);
    }
    let info = cx.mm().read(UserPtr::<UserDesc>::from_addr(from))?;
    if info.entry_number as usize >= LDT_ENTRIES {
        return Err(Errno::EINVAL);
    }
    let conforming = info.bits & bits::CONTENTS == bits::CONTENTS;
    if conforming && (old_mode || info.bits & bits::SEG_NOT_PRESENT == 0) {
        return Err(Errno::EINVAL);
    }
    let cleared = info.is_empty() || old_mode && info.base_addr == 0 && info.limit == 0;
    // IRET to a 16-bit stack would leave bits of the kernel's stack pointer to the program.
    if !cleared && info.bits & bits::SEG_32BIT == 0 {
        return Err(Errno::EINVAL);
    }
    let given = if old_mode { UserDesc { bits: info.bits & !bits::USEABLE, ..info } } else { info };
    let descriptor = if cleared { 0 } else { given.descriptor() };
    cx.mm().set_ldt_entry(info.entry_number as usize, descriptor)?;
    Ok(0)
}
