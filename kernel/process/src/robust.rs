//! What a thread leaves in user memory when it ends: the robust futexes it holds and the
//! word that a joiner waits for (get_robust_list(2), set_tid_address(2)).

use core::sync::atomic::Ordering;

use mm::AddressSpace;
use sched::ThreadRef;
use sched::pi::{self, Life};

use abi::consts::futex::{FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS};

use crate::{Cx, Task};

/// Linux's bound on the length of a robust list.
const ROBUST_LIST_LIMIT: usize = 2048;

/// A pointer of the list, or its offset; `width` is the program's, 8 or 4 bytes.
fn read_word(mm: &AddressSpace, addr: u64, width: u64) -> Option<u64> {
    let mut raw = [0; 8];
    mm.read_bytes(addr, raw.get_mut(..width as usize)?).ok()?;
    Some(u64::from_le_bytes(raw))
}

/// Gives up all futexes, while the memory is there: those of the robust list, then those with priority
/// inheritance that somebody waits for. `then`: whether the thread can hold any afterwards.
pub(crate) fn exit_futexes(cx: &mut Cx<'_>, then: Life) {
    let me: ThreadRef = cx.task_arc();
    pi::set_life(me.thread(), Life::Exiting);
    exit_robust_list(cx);
    ipc::futex::pi::exit(&me, then);
}

/// Walks the robust list: every futex that the thread holds gets the "owner died" bit and
/// one waiter is woken. The list is the program's, so every step may fail.
fn exit_robust_list(cx: &mut Cx<'_>) {
    for (list, width) in [(&cx.task.robust_list, 8), (&cx.task.compat_robust_list, 4)] {
        let head = list.swap(0, Ordering::Relaxed);
        if head != 0 && cx.task.mm.borrow(&cx.owner).is_some() {
            let _ = walk(cx, head, width);
        }
    }
}

fn walk(cx: &Cx<'_>, head: u64, width: u64) -> Option<()> {
    let mm = cx.mm();
    let mut entry = read_word(mm, head, width)?;
    let offset = read_word(mm, head.wrapping_add(width), width)?;
    let offset = if width == 4 { i64::from(offset as i32) as u64 } else { offset };
    let pending = read_word(mm, head.wrapping_add(2 * width), width)?;
    for _ in 0..ROBUST_LIST_LIMIT {
        if entry & !1 == head {
            break;
        }
        // Read the next entry first: the futex may go away once it is released.
        let next = read_word(mm, entry & !1, width);
        if entry & !1 != pending & !1 {
            handle_death(cx, (entry & !1).wrapping_add(offset), entry & 1 != 0, false)?;
        }
        entry = next?;
        sched::cond_resched();
    }
    if pending != 0 {
        handle_death(cx, (pending & !1).wrapping_add(offset), pending & 1 != 0, true)?;
    }
    Some(())
}

fn handle_death(cx: &Cx<'_>, addr: u64, pi: bool, pending: bool) -> Option<()> {
    if addr & 3 != 0 {
        return None;
    }
    let mut seen = hal::uaccess::get_user::<u32>(addr)?;
    let tid = cx.task.pid() as u32;
    loop {
        if pending && !pi && seen == 0 {
            ipc::futex::wake_at_exit(cx.mm(), addr, 1);
            return Some(());
        }
        if seen & FUTEX_TID_MASK != tid {
            return Some(());
        }
        let new = seen & FUTEX_WAITERS | FUTEX_OWNER_DIED;
        let was = hal::uaccess::cmpxchg_user_u32(addr, seen, new)?;
        if was == seen {
            break;
        }
        seen = was;
    }
    if !pi && seen & FUTEX_WAITERS != 0 {
        ipc::futex::wake_at_exit(cx.mm(), addr, 1);
    }
    Some(())
}

/// CLONE_CHILD_CLEARTID: zeroes the word and wakes the joiner, unless nobody shares the
/// memory any more.
pub(crate) fn clear_child_tid(cx: &Cx<'_>) {
    let addr = cx.task.clear_child_tid.swap(0, Ordering::Relaxed);
    if addr == 0 {
        return;
    }
    let Some(mm) = cx.task.mm.borrow_arc(&cx.owner) else { return };
    // The task's own reference and nobody else's: a process that just ends.
    if alloc::sync::Arc::strong_count(mm) == 1 {
        return;
    }
    let _ = hal::uaccess::put_user::<u32>(addr, 0);
    ipc::futex::wake_at_exit(mm, addr, 1);
}

impl Task {
    /// set_tid_address(2).
    pub fn set_clear_child_tid(&self, addr: u64) {
        self.clear_child_tid.store(addr, Ordering::Relaxed);
    }

    /// What set_tid_address(2) or clone(2) set.
    pub fn clear_child_tid_addr(&self) -> u64 {
        self.clear_child_tid.load(Ordering::Relaxed)
    }

    /// set_robust_list(2).
    pub fn set_robust_list(&self, head: u64) {
        self.robust_list.store(head, Ordering::Relaxed);
    }

    /// set_robust_list(2) of a 32-bit call.
    pub fn set_compat_robust_list(&self, head: u64) {
        self.compat_robust_list.store(head, Ordering::Relaxed);
    }

    /// get_robust_list(2) of a 32-bit call.
    pub fn compat_robust_list(&self) -> u64 {
        self.compat_robust_list.load(Ordering::Relaxed)
    }

    /// get_robust_list(2).
    pub fn robust_list(&self) -> u64 {
        self.robust_list.load(Ordering::Relaxed)
    }
}
