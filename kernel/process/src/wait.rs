//! Waiting for children (wait4(2), waitid(2)).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use abi::Errno;

use crate::exit::{self, split_status};
use crate::group::{ThreadGroup, Usage};
use crate::pid;
use crate::signal::code::{CLD_CONTINUED, CLD_STOPPED};
use crate::signal::nr::{SIGCHLD, SIGCONT};
use crate::task::ExitState;
use crate::{Cx, Task};

/// Options (wait(2)).
#[allow(missing_docs)]
pub mod options {
    pub const WNOHANG: u32 = 1;
    pub const WUNTRACED: u32 = 2;
    pub const WSTOPPED: u32 = WUNTRACED;
    pub const WEXITED: u32 = 4;
    pub const WCONTINUED: u32 = 8;
    pub const WNOWAIT: u32 = 0x0100_0000;
    pub const WNOTHREAD: u32 = 0x2000_0000;
    pub const WALL: u32 = 0x4000_0000;
    pub const WCLONE: u32 = 0x8000_0000;
}
use options::*;

/// Which children a wait is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Every child.
    All,
    /// The process with this number.
    Pid(i32),
    /// The process group; the caller's own is looked up when the wait starts.
    Pgrp(i32),
}

/// What a wait found.
#[derive(Debug, Clone, Copy)]
pub struct Waited {
    /// The child.
    pub pid: i32,
    /// Its real user.
    pub uid: u32,
    /// CLD_*.
    pub code: i32,
    /// Exit code or signal (`si_status`).
    pub value: i32,
    /// As wait4 reports it.
    pub status: i32,
    /// What the child and its own children used.
    pub usage: Usage,
}

/// Waits. `Ok(None)` with WNOHANG when no child has anything to report, `ECHILD` when
/// there is no such child, `ERESTARTSYS` when a signal came.
pub fn do_wait(cx: &Cx<'_>, which: Which, opts: u32) -> Result<Option<Waited>, Errno> {
    let group = &cx.task.group;
    let mut gone = Vec::new();
    let mut outcome = None;
    let interrupted = group.child_exit.wait_event_interruptible(|| {
        outcome = scan(cx.task, which, opts, &mut gone);
        outcome.is_some()
    });
    drop(gone);
    match (outcome, interrupted) {
        (Some(result), _) => result,
        (None, _) => Err(Errno::ERESTARTSYS),
    }
}

/// One look at the children; none when there is nothing to report yet.
fn scan(
    task: &Task,
    which: Which,
    opts: u32,
    gone: &mut Vec<Arc<Task>>,
) -> Option<Result<Option<Waited>, Errno>> {
    let mut tree = pid::tree();
    let mut any = false;
    let mut found = None;
    {
        let children = task.group.children.lock();
        if let Which::Pid(pid) = which {
            let child = children.get(&pid).filter(|child| eligible(task, child, which, opts));
            any = child.is_some_and(|child| can_report(child, opts));
            found = child.and_then(|child| report(child, opts));
        } else {
            for child in children.values() {
                if !eligible(task, child, which, opts) {
                    continue;
                }
                any |= can_report(child, opts);
                found = report(child, opts);
                if found.is_some() {
                    break;
                }
            }
        }
    }
    if let Some((waited, child, reap)) = found {
        if reap {
            add_to_children(&task.group, &waited.usage);
            exit::release(&mut tree, &child, gone);
        }
        gone.push(child);
        return Some(Ok(Some(waited)));
    }
    if !any {
        return Some(Err(Errno::ECHILD));
    }
    (opts & WNOHANG != 0).then_some(Ok(None))
}

fn eligible(task: &Task, child: &Task, which: Which, opts: u32) -> bool {
    let selected = match which {
        Which::All => true,
        Which::Pid(pid) => child.tgid() == pid,
        Which::Pgrp(pgid) => child.pgrp() == pgid,
    };
    // A "clone" child is one that reports with another signal than SIGCHLD.
    let is_clone = child.exit_signal.load(Ordering::Relaxed) != SIGCHLD;
    let kind = opts & WALL != 0 || is_clone == (opts & WCLONE != 0);
    let own = opts & WNOTHREAD == 0 || child.parent_tid.load(Ordering::Relaxed) == task.pid();
    selected && kind && own
}

/// Whether the child may ever report what is waited for: one that has ended neither stops nor continues.
fn can_report(child: &Task, opts: u32) -> bool {
    opts & WEXITED != 0 || !has_ended(child)
}

/// A leader whose threads still run has not ended as a process.
fn has_ended(child: &Task) -> bool {
    child.exit_state() == ExitState::Zombie && child.group.state.lock().threads.len() <= 1
}

type Found = (Waited, Arc<Task>, bool);

fn report(child: &Arc<Task>, opts: u32) -> Option<Found> {
    let group = &child.group;
    let keep = opts & WNOWAIT != 0;
    if child.exit_state() == ExitState::Zombie {
        if !has_ended(child) || opts & WEXITED == 0 {
            return None;
        }
        let status = group.wait_status(child);
        let (code, value) = split_status(status);
        let mut usage = { group.accounts.lock().own };
        usage.add(&{ group.accounts.lock().children });
        return Some((waited(child, code, value, status, usage), child.clone(), !keep));
    }
    let mut state = group.state.lock();
    if opts & WSTOPPED != 0 && state.stopped && !state.stop_reported {
        state.stop_reported = !keep;
        let signal = state.stop_signal;
        drop(state);
        return Some((
            waited(child, CLD_STOPPED, signal, signal << 8 | 0x7f, group.usage()),
            child.clone(),
            false,
        ));
    }
    if opts & WCONTINUED != 0 && state.continued {
        state.continued = keep;
        drop(state);
        return Some((waited(child, CLD_CONTINUED, SIGCONT, 0xffff, group.usage()), child.clone(), false));
    }
    None
}

fn waited(child: &Task, code: i32, value: i32, status: i32, usage: Usage) -> Waited {
    Waited { pid: child.tgid(), uid: child.cred().uid, code, value, status, usage }
}

fn add_to_children(parent: &ThreadGroup, usage: &Usage) {
    parent.accounts.lock().children.add(usage);
}
