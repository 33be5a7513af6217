//! Which node memory comes from: get_mempolicy(2), set_mempolicy(2), mbind(2), set_mempolicy_home_node(2),
//! migrate_pages(2), move_pages(2). There is one node.

use ::process::ptrace::may_attach;
use ::process::{Cx, Task, find_task};
use abi::Errno;
use abi::capability::CAP_SYS_NICE;
use abi::layout::Word;
use alloc::sync::Arc;
use hal::mem::PAGE_SIZE;
use mm::UserPtr;
use mm::policy::{NodeSet, Placed, Policy, mode};

/// Nodes that a mask can name.
const MAX_NUMNODES: u64 = 1024;
/// Nodes that there are.
const NR_NODE_IDS: u64 = 1;
const WORD_BITS: u64 = 64;

/// Flags of get_mempolicy(2).
const MPOL_F_NODE: u64 = 1;
const MPOL_F_ADDR: u64 = 2;
const MPOL_F_MEMS_ALLOWED: u64 = 4;
/// Flags of mbind(2) and move_pages(2).
const MPOL_MF_STRICT: u32 = 1;
const MPOL_MF_MOVE: u32 = 2;
const MPOL_MF_MOVE_ALL: u32 = 4;

/// One word of a mask: its lowest `bits` bits.
fn mask_word<W: Word>(cx: &Cx<'_>, nmask: UserPtr<W>, nth: u64, bits: u64) -> Result<u64, Errno> {
    let mut raw = [0; 8];
    // As many of the program's words, which may be shorter.
    let bytes = (bits.min(WORD_BITS).div_ceil(8) as usize).next_multiple_of(size_of::<W>());
    let at = nmask.byte_add(nth * 8).ok_or(Errno::EFAULT)?;
    cx.mm().read_bytes(at.addr(), raw.get_mut(..bytes).ok_or(Errno::EFAULT)?)?;
    let word = u64::from_le_bytes(raw);
    Ok(if bits < WORD_BITS { word & ((1 << bits) - 1) } else { word })
}

/// A mask of nodes whose length counts one bit too many, as this interface has always had it. Beyond the nodes that
/// can be named, only zeros are fine.
fn get_nodes<W: Word>(cx: &Cx<'_>, nmask: UserPtr<W>, maxnode: u64) -> Result<NodeSet, Errno> {
    let mut bits = maxnode.wrapping_sub(1);
    if bits == 0 || nmask.is_null() {
        return Ok(NodeSet::default());
    }
    if bits > PAGE_SIZE as u64 * 8 {
        return Err(Errno::EINVAL);
    }
    while bits > MAX_NUMNODES {
        let word = mask_word(cx, nmask, (bits - 1) / WORD_BITS, WORD_BITS)?;
        bits = (bits - WORD_BITS).max(MAX_NUMNODES);
        if word != 0 {
            return Err(Errno::EINVAL);
        }
    }
    let mut nodes = NodeSet::default();
    for nth in 0..bits.div_ceil(WORD_BITS) {
        let word = mask_word(cx, nmask, nth, bits - nth * WORD_BITS)?;
        match nth {
            0 => nodes.first = word,
            _ => nodes.beyond |= word != 0,
        }
    }
    Ok(nodes)
}

/// Writes a mask out: as many words as the nodes need, and zeros up to the program's length.
fn put_nodes<W: Word>(cx: &Cx<'_>, nmask: UserPtr<W>, maxnode: u64, nodes: u64) -> Result<(), Errno> {
    let bytes = (maxnode.wrapping_sub(1)).checked_next_multiple_of(WORD_BITS).unwrap_or(0) / 8;
    let word = size_of::<W>() as u64;
    if bytes > word {
        if bytes > PAGE_SIZE as u64 {
            return Err(Errno::EINVAL);
        }
        cx.mm().clear(nmask.byte_add(word).ok_or(Errno::EFAULT)?.addr(), (bytes - word) as usize)?;
    }
    if bytes == 0 { Ok(()) } else { cx.mm().write(nmask, &W::narrow(nodes)) }
}

/// Mode and flags of one word.
fn split_mode(word: i32) -> Result<(u16, u16), Errno> {
    let flags = word & i32::from(mode::FLAGS);
    let mode = u16::try_from(word & !i32::from(mode::FLAGS)).map_err(|_| Errno::EINVAL)?;
    let flags = flags as u16;
    let both = mode::STATIC_NODES | mode::RELATIVE_NODES;
    let balanced = flags & mode::NUMA_BALANCING != 0;
    if mode >= mode::MAX
        || flags & both == both
        || balanced && !matches!(mode, mode::BIND | mode::PREFERRED_MANY)
    {
        return Err(Errno::EINVAL);
    }
    Ok((mode, flags))
}

/// set_mempolicy(2).
pub fn set_mempolicy<W: Word>(
    cx: &mut Cx<'_>,
    mode: i32,
    nmask: UserPtr<W>,
    maxnode: u64,
) -> Result<usize, Errno> {
    let (mode, flags) = split_mode(mode)?;
    let nodes = get_nodes(cx, nmask, maxnode)?;
    cx.task.set_mempolicy(Policy::new(mode, flags, nodes)?);
    Ok(0)
}

/// get_mempolicy(2).
pub fn get_mempolicy<W: Word>(
    cx: &mut Cx<'_>,
    policy: UserPtr<i32>,
    nmask: UserPtr<W>,
    maxnode: u64,
    addr: u64,
    flags: u64,
) -> Result<usize, Errno> {
    if !nmask.is_null() && maxnode < NR_NODE_IDS {
        return Err(Errno::EINVAL);
    }
    let (value, nodes) = lookup_policy(cx, addr, flags)?;
    if !policy.is_null() {
        cx.mm().write(policy, &value)?;
    }
    if !nmask.is_null() {
        put_nodes(cx, nmask, maxnode, nodes)?;
    }
    Ok(0)
}

/// What is asked for, and the nodes that go with it.
fn lookup_policy(cx: &Cx<'_>, addr: u64, flags: u64) -> Result<(i32, u64), Errno> {
    if flags & !(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED) != 0 {
        return Err(Errno::EINVAL);
    }
    if flags & MPOL_F_MEMS_ALLOWED != 0 {
        return if flags == MPOL_F_MEMS_ALLOWED { Ok((0, 1)) } else { Err(Errno::EINVAL) };
    }
    let by_addr = flags & MPOL_F_ADDR != 0;
    let policy = match by_addr {
        true => cx.mm().policy_at(addr)?,
        false if addr != 0 => return Err(Errno::EINVAL),
        false => cx.task.mempolicy(),
    };
    let nodes = policy.map_or(0, |policy| policy.nodes());
    if flags & MPOL_F_NODE == 0 {
        return Ok((policy.map_or(0, |policy| policy.mode_and_flags() as i32), nodes));
    }
    if by_addr {
        return Ok((cx.mm().node_of(addr)? as i32, nodes));
    }
    // The node that comes next.
    if policy.is_some_and(|policy| policy.interleaves()) { Ok((0, nodes)) } else { Err(Errno::EINVAL) }
}

/// mbind(2). Pages are all where they can be, so nothing is moved.
pub fn mbind<W: Word>(
    cx: &mut Cx<'_>,
    start: u64,
    len: u64,
    mode: u64,
    nmask: UserPtr<W>,
    maxnode: u64,
    flags: u32,
) -> Result<usize, Errno> {
    let (mode, mode_flags) = split_mode(mode as i32)?;
    let nodes = get_nodes(cx, nmask, maxnode)?;
    if flags & !(MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL) != 0 {
        return Err(Errno::EINVAL);
    }
    if flags & MPOL_MF_MOVE_ALL != 0 && !cx.cred().capable(CAP_SYS_NICE) {
        return Err(Errno::EPERM);
    }
    let Some(range) = page_range(start, len)? else { return Ok(0) };
    let policy = Policy::new(mode, mode_flags, nodes)?;
    let placed = Placed {
        strict: flags & MPOL_MF_STRICT != 0,
        moved: flags & (MPOL_MF_MOVE | MPOL_MF_MOVE_ALL) != 0,
        node_wanted: nodes.has_node(),
    };
    cx.mm().mbind(range, policy, placed)?;
    Ok(0)
}

/// The pages of `len` bytes from `start` on; none if these are none.
fn page_range(start: u64, len: u64) -> Result<Option<core::ops::Range<u64>>, Errno> {
    if !start.is_multiple_of(PAGE_SIZE as u64) {
        return Err(Errno::EINVAL);
    }
    // A length that overflows when it is rounded is rounded to 0, as on Linux.
    let len = len.checked_next_multiple_of(PAGE_SIZE as u64).unwrap_or(0);
    let end = start.checked_add(len).ok_or(Errno::EINVAL)?;
    Ok((end != start).then_some(start..end))
}

/// set_mempolicy_home_node(2).
pub fn set_mempolicy_home_node(
    cx: &mut Cx<'_>,
    start: u64,
    len: u64,
    home_node: u64,
    flags: u64,
) -> Result<usize, Errno> {
    if !start.is_multiple_of(PAGE_SIZE as u64) || flags != 0 || home_node >= NR_NODE_IDS {
        return Err(Errno::EINVAL);
    }
    let Some(range) = page_range(start, len)? else { return Ok(0) };
    cx.mm().set_home_node(range, home_node as u32)?;
    Ok(0)
}

/// A process (0: the caller) whose memory the caller may move about.
fn process_to_move(cx: &Cx<'_>, pid: i32) -> Result<Arc<Task>, Errno> {
    let task = if pid == 0 { cx.task_arc() } else { find_task(pid).ok_or(Errno::ESRCH)? };
    if may_attach(cx.task, &task) { Ok(task) } else { Err(Errno::EPERM) }
}

/// migrate_pages(2): from nodes that have no pages, or from the one node to itself.
pub fn migrate_pages<W: Word>(
    cx: &mut Cx<'_>,
    pid: i32,
    maxnode: u64,
    from: UserPtr<W>,
    to: UserPtr<W>,
) -> Result<usize, Errno> {
    get_nodes(cx, from, maxnode)?;
    let to = get_nodes(cx, to, maxnode)?;
    let task = process_to_move(cx, pid)?;
    if to.has_others() && !cx.cred().capable(CAP_SYS_NICE) {
        return Err(Errno::EPERM);
    }
    if !to.has_node() || task.mm().is_none() {
        return Err(Errno::EINVAL);
    }
    Ok(0)
}

/// move_pages(2): each page is told its node.
pub fn move_pages<W: Word>(
    cx: &mut Cx<'_>,
    pid: i32,
    nr_pages: u64,
    pages: UserPtr<W>,
    nodes: UserPtr<i32>,
    status: UserPtr<i32>,
    flags: i32,
) -> Result<usize, Errno> {
    if flags & !((MPOL_MF_MOVE | MPOL_MF_MOVE_ALL) as i32) != 0 {
        return Err(Errno::EINVAL);
    }
    if flags & MPOL_MF_MOVE_ALL as i32 != 0 && !cx.cred().capable(CAP_SYS_NICE) {
        return Err(Errno::EPERM);
    }
    let mm = process_to_move(cx, pid)?.mm().ok_or(Errno::EINVAL)?;
    for nth in 0..nr_pages {
        let addr = cx.mm().read(pages.offset(nth).ok_or(Errno::EFAULT)?)?.widen();
        if !nodes.is_null() && cx.mm().read(nodes.offset(nth).ok_or(Errno::EFAULT)?)? != 0 {
            return Err(Errno::ENODEV);
        }
        let answer = match mm.node_of_present(addr) {
            Ok(node) => node as i32,
            Err(errno) => -errno.as_raw(),
        };
        cx.mm().write(status.offset(nth).ok_or(Errno::EFAULT)?, &answer)?;
        if nth % 64 == 63 {
            if cx.task.fatal_signal_pending() {
                return Err(Errno::EINTR);
            }
            ::sched::cond_resched();
        }
    }
    Ok(0)
}
