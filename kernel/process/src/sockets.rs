//! What sockets need to know of processes.

use alloc::sync::Arc;

use abi::Errno;
use net::{Hooks, Identity, ProcessRef};
use vfs::File;

use crate::group::ThreadGroup;
use crate::{Task, pid, pidfd};

/// Names this crate's part to the sockets.
pub(crate) fn init() {
    net::set_hooks(Hooks { current, find, pidfd: open_pidfd });
}

fn current() -> Identity {
    hal::thread::with_current(|task: &Task| Identity {
        tgid: task.tgid(),
        process: task.group.clone(),
        cred: task.cred(),
    })
}

fn find(number: i32) -> Option<ProcessRef> {
    pid::find_task(number).map(|task| task.group.clone() as ProcessRef)
}

fn open_pidfd(process: &ProcessRef) -> Result<Arc<File>, Errno> {
    let group = process.clone().downcast::<ThreadGroup>().map_err(|_| Errno::ESRCH)?;
    let cred = hal::thread::with_current(|task: &Task| task.cred());
    Ok(pidfd::open_group(group, &cred))
}
