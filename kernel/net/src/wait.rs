//! How long a call waits, and what it answers when it doesn't get what it waits for.

use abi::Errno;
use sched::{WaitQueue, WaitResult};

/// How long a call waits.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    nonblock: bool,
    /// In CLOCK_MONOTONIC.
    deadline: Option<u64>,
}

impl Patience {
    /// Not at all with `nonblock`, else for `timeout_ns` from now (0: for ever).
    #[inline]
    pub fn new(nonblock: bool, timeout_ns: u64) -> Self {
        let deadline = match timeout_ns {
            0 => None,
            ns => Some(sched::clock::monotonic_ns().saturating_add(ns)),
        };
        Patience { nonblock, deadline }
    }

    /// Whether it waits at all.
    pub fn waits(&self) -> bool {
        !self.nonblock
    }

    /// Sleeps until the condition holds: EAGAIN without patience, and when it is over. After a signal the call
    /// starts again, unless there was a deadline (signal(7)).
    pub fn wait(&self, queue: &WaitQueue, ready: impl FnMut() -> bool) -> Result<(), Errno> {
        if self.nonblock {
            return Err(Errno::EAGAIN);
        }
        match queue.wait_event_interruptible_timeout(self.deadline, ready) {
            WaitResult::Ready => Ok(()),
            WaitResult::TimedOut => Err(Errno::EAGAIN),
            WaitResult::Interrupted if self.deadline.is_none() => Err(Errno::ERESTARTSYS),
            WaitResult::Interrupted => Err(Errno::EINTR),
        }
    }
}
