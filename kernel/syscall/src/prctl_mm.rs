//! What prctl(2) changes of a process's memory: PR_SET_MM, PR_SET_MDWE, PR_SET_THP_DISABLE, PR_GET_AUXV.

use abi::Errno;
use abi::capability::{CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN, CAP_SYS_RESOURCE};
use alloc::sync::Arc;
use mm::{AUXV_WORDS, AddressSpace, ExecLayout, UserCStr, UserPtr, attr, task_size_max};
use process::Cx;
use process::rlimit::RLIMIT_DATA;
use vfs::consts::MS_NOEXEC;
use vfs::permission::{MAY_EXEC, inode_permission};

/// Nothing lies below (vm.mmap_min_addr).
const MIN_ADDR: u64 = 0x1_0000;
/// No descriptor in `struct prctl_mm_map`.
const NO_FILE: u32 = u32::MAX;
/// `struct prctl_mm_map`: eleven addresses, then the auxiliary vector, its size and a descriptor.
pub(crate) const MAP_WORDS: usize = 13;

/// Which field of PR_SET_MM.
mod field {
    pub const START_CODE: u64 = 1;
    pub const END_CODE: u64 = 2;
    pub const START_DATA: u64 = 3;
    pub const END_DATA: u64 = 4;
    pub const START_STACK: u64 = 5;
    pub const START_BRK: u64 = 6;
    pub const BRK: u64 = 7;
    pub const ARG_START: u64 = 8;
    pub const ARG_END: u64 = 9;
    pub const ENV_START: u64 = 10;
    pub const ENV_END: u64 = 11;
    pub const AUXV: u64 = 12;
    pub const EXE_FILE: u64 = 13;
    pub const MAP: u64 = 14;
    pub const MAP_SIZE: u64 = 15;
}

/// The addresses of a process's parts.
#[derive(Clone)]
struct Parts {
    exec: ExecLayout,
    start_brk: u64,
    brk: u64,
}

impl Parts {
    fn of(mm: &AddressSpace) -> Self {
        let (start_brk, brk) = mm.heap();
        Parts { exec: mm.layout(), start_brk, brk }
    }

    fn slot(&mut self, which: u64) -> Option<&mut u64> {
        Some(match which {
            field::START_CODE => &mut self.exec.start_code,
            field::END_CODE => &mut self.exec.end_code,
            field::START_DATA => &mut self.exec.start_data,
            field::END_DATA => &mut self.exec.end_data,
            field::START_STACK => &mut self.exec.start_stack,
            field::START_BRK => &mut self.start_brk,
            field::BRK => &mut self.brk,
            field::ARG_START => &mut self.exec.arg_start,
            field::ARG_END => &mut self.exec.arg_end,
            field::ENV_START => &mut self.exec.env_start,
            field::ENV_END => &mut self.exec.env_end,
            _ => return None,
        })
    }

    /// EINVAL for addresses outside of user space, pairs in the wrong order, and more data than RLIMIT_DATA.
    fn check(&self, data_limit: u64) -> Result<(), Errno> {
        let exec = &self.exec;
        let pairs = [
            (exec.start_data, exec.end_data),
            (self.start_brk, self.brk),
            (exec.arg_start, exec.arg_end),
            (exec.env_start, exec.env_end),
        ];
        let all = pairs.iter().flat_map(|(from, to)| [*from, *to]);
        let mut all = all.chain([exec.start_code, exec.end_code, exec.start_stack]);
        let placed = all.all(|addr| (MIN_ADDR..task_size_max()).contains(&addr));
        let ordered = exec.start_code < exec.end_code && pairs.iter().all(|(from, to)| from <= to);
        if !placed || !ordered {
            return Err(Errno::EINVAL);
        }
        let data = (self.brk - self.start_brk).saturating_add(exec.end_data - exec.start_data);
        if data > data_limit { Err(Errno::EINVAL) } else { Ok(()) }
    }

    fn store(&self, mm: &AddressSpace) {
        mm.set_brk(self.start_brk, self.brk);
        mm.set_layout(|layout| *layout = self.exec);
    }
}

/// PR_SET_MM.
pub(crate) fn set_mm(cx: &mut Cx<'_>, which: u64, addr: u64, arg4: u64, arg5: u64) -> Result<usize, Errno> {
    if arg5 != 0 || arg4 != 0 && !matches!(which, field::AUXV | field::MAP | field::MAP_SIZE) {
        return Err(Errno::EINVAL);
    }
    match which {
        field::MAP => return set_map(cx, UserPtr::new(addr), arg4),
        field::MAP_SIZE => {
            let size = (MAP_WORDS * 8) as u32;
            return cx.mm().write(UserPtr::new(addr), &size).map(|()| 0);
        }
        _ => {}
    }
    if !cx.cred().capable(CAP_SYS_RESOURCE) {
        return Err(Errno::EPERM);
    }
    match which {
        field::EXE_FILE => return set_exe_file(cx, addr as u32 as i32),
        field::AUXV => {
            let words = read_auxv(cx, addr, arg4)?;
            cx.mm().set_auxv(&words);
            return Ok(0);
        }
        _ => {}
    }
    if !(MIN_ADDR..task_size_max()).contains(&addr) {
        return Err(Errno::EINVAL);
    }
    let mut parts = Parts::of(cx.mm());
    *parts.slot(which).ok_or(Errno::EINVAL)? = addr;
    parts.check(cx.rlimit(RLIMIT_DATA))?;
    // Strings and the stack must lie in an area, or below one.
    let strings = matches!(which, field::START_STACK | field::ARG_START..=field::ENV_END);
    if strings && !has_area_above(cx.mm(), addr) {
        return Err(Errno::EFAULT);
    }
    parts.store(cx.mm());
    Ok(0)
}

fn has_area_above(mm: &AddressSpace, addr: u64) -> bool {
    let mut found = false;
    mm.visit_vmas_from(addr, |_| {
        found = true;
        false
    });
    found
}

/// PR_SET_MM_MAP: all of it at once.
fn set_map(cx: &mut Cx<'_>, from: UserPtr<[u64; MAP_WORDS]>, size: u64) -> Result<usize, Errno> {
    if size != (MAP_WORDS * 8) as u64 {
        return Err(Errno::EINVAL);
    }
    let raw = cx.mm().read(from)?;
    let [start_code, end_code, start_data, end_data, start_brk, brk, start_stack, ..] = raw;
    let [.., arg_start, arg_end, env_start, env_end, auxv, last] = raw;
    let (auxv_size, exe_fd) = (last as u32, (last >> 32) as u32);
    let exec = ExecLayout {
        start_code,
        end_code,
        start_data,
        end_data,
        start_stack,
        arg_start,
        arg_end,
        env_start,
        env_end,
    };
    let parts = Parts { exec, start_brk, brk };
    parts.check(cx.rlimit(RLIMIT_DATA))?;
    let words = match auxv_size {
        0 => None,
        _ if auxv == 0 => return Err(Errno::EINVAL),
        _ => Some(read_auxv(cx, auxv, u64::from(auxv_size))?),
    };
    if exe_fd != NO_FILE {
        if !cx.cred().capable(CAP_SYS_ADMIN) && !cx.cred().capable(CAP_CHECKPOINT_RESTORE) {
            return Err(Errno::EPERM);
        }
        set_exe_file(cx, exe_fd as i32)?;
    }
    parts.store(cx.mm());
    if let Some(words) = words {
        cx.mm().set_auxv(&words);
    }
    Ok(0)
}

fn read_auxv(cx: &Cx<'_>, addr: u64, size: u64) -> Result<[u64; AUXV_WORDS], Errno> {
    let mut bytes = [0; AUXV_WORDS * 8];
    let given = usize::try_from(size).ok().and_then(|size| bytes.get_mut(..size)).ok_or(Errno::EINVAL)?;
    cx.mm().read_bytes(addr, given)?;
    let mut words = [0; AUXV_WORDS];
    // The last pair stays AT_NULL.
    for (word, raw) in words.iter_mut().take(AUXV_WORDS - 2).zip(bytes.chunks_exact(8)) {
        *word = raw.first_chunk::<8>().map_or(0, |raw| u64::from_le_bytes(*raw));
    }
    Ok(words)
}

/// `/proc/PID/exe` leads elsewhere. EBUSY while the old file is still mapped.
fn set_exe_file(cx: &Cx<'_>, fd: i32) -> Result<usize, Errno> {
    let file = cx.files().get(fd)?.into_arc();
    let inode = &file.inode;
    if !inode.is_reg() || file.path.mnt.flags() & MS_NOEXEC != 0 {
        return Err(Errno::EACCES);
    }
    inode_permission(inode, cx.cred(), MAY_EXEC)?;
    if let Some(old) = cx.task.group.exe_file() {
        let mapping = old.inode.mapping.as_ref();
        let mut mapped = false;
        cx.mm().for_each_vma(|vma| {
            let same = vma.mapping().zip(mapping).is_some_and(|(one, two)| Arc::ptr_eq(one, two));
            mapped |= same;
        });
        if mapped {
            return Err(Errno::EBUSY);
        }
    }
    cx.task.group.replace_exe_file(file);
    Ok(0)
}

/// PR_GET_AUXV: as much of the vector as there is room for; the result is the size of all of it.
pub(crate) fn get_auxv(cx: &Cx<'_>, to: u64, size: u64) -> Result<usize, Errno> {
    let words = cx.mm().auxv();
    let bytes = zerocopy::IntoBytes::as_bytes(&words);
    let wanted = usize::try_from(size).unwrap_or(usize::MAX).min(bytes.len());
    if wanted != 0 {
        cx.mm().write_bytes(to, bytes.get(..wanted).unwrap_or(bytes))?;
    }
    Ok(bytes.len())
}

const MDWE_REFUSE_EXEC_GAIN: u64 = 1;
const MDWE_NO_INHERIT: u64 = 2;

/// PR_SET_VMA with PR_SET_VMA_ANON_NAME: gives anonymous memory a name that /proc/PID/maps shows; a null pointer
/// takes it away.
pub fn set_vma(cx: &Cx<'_>, what: u64, start: u64, len: u64, name: u64) -> Result<usize, Errno> {
    const ANON_NAME: u64 = 0;
    if what != ANON_NAME {
        return Err(Errno::EINVAL);
    }
    let mut bytes = [0; mm::ANON_NAME_SIZE];
    let name = match name {
        0 => None,
        _ => Some(cx.mm().read_cstr(UserCStr::new(name), &mut bytes)?),
    };
    // What would be taken for something else in a listing, or by a shell.
    let odd = |byte: &u8| !matches!(byte, b' '..=b'~') || b"\\`$[]".contains(byte);
    if name.is_some_and(|name| name.len() >= mm::ANON_NAME_SIZE || name.iter().any(odd)) {
        return Err(Errno::EINVAL);
    }
    cx.mm().set_anon_name(start, len, name)?;
    Ok(0)
}

/// PR_SET_MDWE: there is no way back.
pub(crate) fn set_mdwe(cx: &Cx<'_>, bits: u64) -> Result<usize, Errno> {
    if bits & !(MDWE_REFUSE_EXEC_GAIN | MDWE_NO_INHERIT) != 0 || bits == MDWE_NO_INHERIT {
        return Err(Errno::EINVAL);
    }
    let now = mdwe(cx) as u64;
    if now != 0 && now != bits {
        return Err(Errno::EPERM);
    }
    let mut set = 0;
    if bits & MDWE_REFUSE_EXEC_GAIN != 0 {
        set |= attr::REFUSE_EXEC_GAIN;
    }
    if bits & MDWE_NO_INHERIT != 0 {
        set |= attr::MDWE_NO_INHERIT;
    }
    cx.mm().set_attrs(set, 0);
    Ok(0)
}

/// PR_GET_MDWE.
pub(crate) fn mdwe(cx: &Cx<'_>) -> usize {
    let has = |bit: u32| usize::from(cx.mm().attrs() & bit != 0);
    has(attr::REFUSE_EXEC_GAIN) | has(attr::MDWE_NO_INHERIT) << 1
}

/// PR_SET_THP_DISABLE.
pub(crate) fn set_thp_disabled(cx: &Cx<'_>, disable: bool) -> Result<usize, Errno> {
    match disable {
        true => cx.mm().set_attrs(attr::THP_DISABLED, 0),
        false => cx.mm().set_attrs(0, attr::THP_DISABLED),
    }
    Ok(0)
}
