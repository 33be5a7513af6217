//! The point of no return: the other threads go, the old memory goes, the task becomes
//! the new program.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use abi::{Abi, Errno};
use hal::regs::{PtRegs, USER_CS, USER_DS, USER32_CS};
use sched::pi::Life;
use vfs::File;
use vfs::permission::{MAY_READ, inode_permission};

use super::Program;
use super::load::Image;
use crate::coredump::settings;
use crate::signal::nr::SIGCHLD;
use crate::signal::zap_other_threads;
use crate::task::{ExitState, flags};
use crate::{Cx, Task, exit, pid, robust};

/// Ends all other threads of the process. If the first one is among them, the caller takes
/// its number. `EAGAIN` when the process is ending already.
pub(super) fn de_thread(cx: &mut Cx<'_>) -> Result<(), Errno> {
    let me = cx.task_arc();
    let group = &me.group;
    {
        let mut state = group.state.lock();
        if state.threads.len() == 1 {
            return Ok(());
        }
        if state.exit_code.is_some() || state.exec_task.is_some() {
            return Err(Errno::EAGAIN);
        }
        state.exec_task = Some(me.clone());
        zap_other_threads(&mut state, &me);
    }
    let alone = || {
        let state = group.state.lock();
        state.threads.iter().all(|thread| {
            Arc::ptr_eq(thread, &me)
                || thread.is_group_leader()
                    && thread.exit_state() != ExitState::Alive
                    && state.threads.len() == 2
        })
    };
    let waited = group.child_exit.wait_event_killable(alone);
    if waited.is_ok() && !me.is_group_leader() {
        become_leader(&me);
    }
    let done = core::mem::take(&mut group.state.lock().exec_task);
    drop(done);
    waited.map_err(|_| Errno::EAGAIN)
}

/// The dead leader's number, its place among the parent's children and its signal go over
/// to the caller.
fn become_leader(me: &Arc<Task>) {
    let group = &me.group;
    let mut gone = Vec::new();
    let mut tree = pid::tree();
    let Some(leader) = group.leader().filter(|leader| !Arc::ptr_eq(leader, me)) else { return };
    let number = me.pid();
    leader.pid.store(number, Ordering::Relaxed);
    me.pid.store(group.tgid(), Ordering::Relaxed);
    me.parent_tid.store(leader.parent_tid.load(Ordering::Relaxed), Ordering::Relaxed);
    me.exit_signal.store(SIGCHLD, Ordering::Relaxed);
    tree.publish(me);
    if let Some(parent) = pid::find_process(group.ppid.load(Ordering::Relaxed)) {
        let old = parent.children.lock().insert(group.tgid(), me.clone());
        gone.extend(old);
    }
    exit::release(&mut tree, &leader, &mut gone);
    drop(tree);
}

/// Makes the task the new program. What fails here can't be undone.
pub(super) fn commit(cx: &mut Cx<'_>, program: Program, image: Image) -> Result<(), Errno> {
    let task = cx.task;
    unshare_files(cx)?;
    replace_memory(cx, &image);
    task.group.set_exe_file(Some(program.file.clone()));
    reset_signals(cx);
    // Before descriptors close: a parent may learn from an end of file that setpgid(2) comes too late.
    task.clear_flag(flags::PF_FORKNOEXEC);
    task.group.did_exec.store(true, Ordering::Relaxed);
    cx.files().close_on_exec();
    let name = program.filename.rsplit(|byte| *byte == b'/').next().unwrap_or(&[]);
    task.set_comm(name);
    task.exit_signal.store(SIGCHLD, Ordering::Relaxed);
    if image.creds.secure {
        task.set_pdeath_signal(0);
    }
    task.set_personality(image.personality);
    task.set_dumpable(if may_dump(cx, &program.file) { 1 } else { settings::suid_dumpable() });
    cx.commit_creds(image.creds.cred.clone());
    start_thread(cx, image.abi, image.entry, image.sp);
    Ok(())
}

/// Whether the new program's memory is the user's to see: not if the file may only be executed, nor with an effective
/// user that isn't the real one. (New credentials see to themselves.)
fn may_dump(cx: &Cx<'_>, file: &File) -> bool {
    let cred = cx.cred();
    cred.euid == cred.uid && cred.egid == cred.gid && inode_permission(&file.inode, cred, MAY_READ).is_ok()
}

fn unshare_files(cx: &mut Cx<'_>) -> Result<(), Errno> {
    if Arc::strong_count(cx.files_arc()) > 1 {
        let own = cx.files().dup_table(usize::MAX)?;
        cx.set_files(own);
    }
    Ok(())
}

/// What the old memory still owes others is done while it is there.
fn replace_memory(cx: &mut Cx<'_>, image: &Image) {
    let task = cx.task;
    task.forget_rseq();
    robust::exit_futexes(cx, Life::Alive);
    robust::clear_child_tid(cx);
    hal::thread::switch_address_space(image.mm.token());
    let old = cx.task.mm.replace(&mut cx.owner, Some(image.mm.clone()));
    exit::complete_vfork(task);
    if let Some(old) = old {
        task.group.maxrss_kib.fetch_max(old.peak_rss_pages() * 4, Ordering::Relaxed);
        old.leave();
    }
}

fn reset_signals(cx: &mut Cx<'_>) {
    crate::posix_timer::delete_all(&cx.task.group);
    let sighand = cx.sighand().clone();
    if Arc::strong_count(&sighand) > 2 {
        let own = sighand.copy_for_exec();
        let old = cx.task.sighand.replace(&mut cx.owner, Some(own));
        drop(old);
    } else {
        sighand.reset_for_exec();
    }
    let mut rare = cx.task.rare.lock();
    rare.alt_stack = Default::default();
    rare.restart = None;
}

const FLAGS_IF: u64 = 0x202;

/// The registers that a program begins with: null data segments if it has 64 bits, else flat ones.
fn start_thread(cx: &mut Cx<'_>, abi: Abi, entry: u64, sp: u64) {
    let (cs, data) = match abi {
        Abi::X86_64 => (USER_CS, 0),
        Abi::X32 => (USER_CS, USER_DS),
        Abi::I386 => (USER32_CS, USER_DS),
    };
    cx.task.thread.context.reset_segments(data as u16);
    hal::fpu::reset_for_exec();
    *cx.regs =
        PtRegs { ip: entry, sp, cs, ss: USER_DS, flags: FLAGS_IF, orig_ax: u64::MAX, ..PtRegs::default() };
}
