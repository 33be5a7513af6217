//! Barriers on other processors, and restartable sequences: membarrier(2), rseq(2).

use abi::Errno;
use hal::ipi::{Barrier, barrier};
use mm::UserPtr;
use process::Cx;

const QUERY: i32 = 0;
const GLOBAL: i32 = 1;
const GLOBAL_EXPEDITED: i32 = 1 << 1;
const REGISTER_GLOBAL_EXPEDITED: i32 = 1 << 2;
const PRIVATE_EXPEDITED: i32 = 1 << 3;
const REGISTER_PRIVATE_EXPEDITED: i32 = 1 << 4;
const PRIVATE_EXPEDITED_SYNC_CORE: i32 = 1 << 5;
const REGISTER_PRIVATE_EXPEDITED_SYNC_CORE: i32 = 1 << 6;
const PRIVATE_EXPEDITED_RSEQ: i32 = 1 << 7;
const REGISTER_PRIVATE_EXPEDITED_RSEQ: i32 = 1 << 8;
const GET_REGISTRATIONS: i32 = 1 << 9;
const ALL: i32 = (1 << 10) - 1;
/// One processor alone.
const FLAG_CPU: u32 = 1;

/// membarrier(2).
pub fn membarrier(cx: &mut Cx<'_>, command: i32, flags: u32, cpu: i32) -> Result<usize, Errno> {
    if flags != 0 && (command != PRIVATE_EXPEDITED_RSEQ || flags != FLAG_CPU) {
        return Err(Errno::EINVAL);
    }
    let only = (flags == FLAG_CPU).then_some(cpu).and_then(|cpu| u32::try_from(cpu).ok());
    match command {
        QUERY => return Ok(ALL as usize),
        GLOBAL => sync::rcu::synchronize(),
        GLOBAL_EXPEDITED => {
            core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
            barrier(registered_processors(), Barrier::Memory);
        }
        PRIVATE_EXPEDITED => private(cx, REGISTER_PRIVATE_EXPEDITED, None, Barrier::Memory)?,
        PRIVATE_EXPEDITED_SYNC_CORE => {
            private(cx, REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, None, Barrier::SyncCore)?;
        }
        PRIVATE_EXPEDITED_RSEQ => private(cx, REGISTER_PRIVATE_EXPEDITED_RSEQ, only, Barrier::Restart)?,
        REGISTER_GLOBAL_EXPEDITED => {
            cx.mm().register_barrier(command as u32);
            // The threads that run already are seen from now on, and see what came before.
            barrier(cx.mm().token().processors(), Barrier::Memory);
        }
        REGISTER_PRIVATE_EXPEDITED
        | REGISTER_PRIVATE_EXPEDITED_SYNC_CORE
        | REGISTER_PRIVATE_EXPEDITED_RSEQ => cx.mm().register_barrier(command as u32),
        GET_REGISTRATIONS => return Ok(cx.mm().registered_barriers() as usize),
        _ => return Err(Errno::EINVAL),
    }
    Ok(0)
}

/// The processors that have the memory of a process loaded which asked for such barriers. Who comes to one later has the
/// barrier of the switch, or of its registration.
fn registered_processors() -> u64 {
    let mut processors = 0;
    process::for_each_process(|leader| {
        // The leader may have ended before its threads.
        let mm = leader.mm().or_else(|| leader.group.threads().iter().find_map(|thread| thread.mm()));
        if let Some(mm) = mm.filter(|mm| mm.registered_barriers() & REGISTER_GLOBAL_EXPEDITED as u32 != 0) {
            processors |= mm.token().processors();
        }
    });
    processors
}

/// A barrier on the processors that have the caller's address space loaded.
fn private(cx: &Cx<'_>, registration: i32, only: Option<u32>, what: Barrier) -> Result<(), Errno> {
    if cx.mm().registered_barriers() & registration as u32 == 0 {
        return Err(Errno::EPERM);
    }
    let wanted = only.map_or(u64::MAX, |cpu| 1u64.checked_shl(cpu).unwrap_or(0));
    core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
    barrier(cx.mm().token().processors() & wanted, what);
    Ok(())
}

/// rseq(2).
pub fn rseq(cx: &mut Cx<'_>, addr: UserPtr<u8>, len: u32, flags: i32, sig: u32) -> Result<usize, Errno> {
    process::rseq::rseq(cx, addr.addr(), len, flags, sig)
}
