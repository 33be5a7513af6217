//! Clocks that count the processor time of a thread or of a process, for clock_gettime(2) and timers.

use alloc::sync::Weak;

use crate::task::ExitState;
use crate::{Task, ThreadGroup};

/// Which processor time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuTime {
    /// User and system time.
    Prof,
    /// User time.
    Virtual,
    /// Time on the processor, exactly.
    Sched,
}

/// Whose processor time.
#[derive(Clone)]
pub enum CpuOwner {
    /// One thread's.
    Thread(Weak<Task>),
    /// All threads', those that have ended too.
    Process(Weak<ThreadGroup>),
}

/// A clock; it stands still while its owner sleeps, and for good once that is gone.
#[derive(Clone)]
pub struct CpuClock {
    /// Whose.
    pub owner: CpuOwner,
    /// Which time.
    pub kind: CpuTime,
}

/// What an interrupt handler can find out.
pub(crate) enum Sample {
    /// The accounts are in use: ask again.
    Busy,
    /// The owner has ended.
    Gone,
    /// The clock's time, and how many threads drive it.
    At(u64, u64),
}

impl CpuClock {
    /// The clock's time in ns; none if the owner is gone.
    pub fn now_ns(&self) -> Option<u64> {
        match &self.owner {
            CpuOwner::Thread(task) => {
                let task = task.upgrade().filter(|task| task.exit_state() == ExitState::Alive)?;
                Some(thread_ns(&task, self.kind))
            }
            CpuOwner::Process(group) => {
                let group = group.upgrade().filter(|group| !group.is_reaped())?;
                Some(process_ns(&group, self.kind))
            }
        }
    }

    /// How many threads can make the clock go on at once.
    pub(crate) fn drivers(&self) -> u64 {
        match &self.owner {
            CpuOwner::Thread(_) => 1,
            CpuOwner::Process(group) => group.upgrade().map_or(1, |group| group.nr_threads().max(1) as u64),
        }
    }

    /// The same from an interrupt handler.
    pub(crate) fn sample_from_interrupt(&self) -> Sample {
        match &self.owner {
            CpuOwner::Thread(task) => {
                let Some(task) = task.upgrade() else { return Sample::Gone };
                let sample = match task.exit_state() {
                    ExitState::Alive => Sample::At(thread_ns(&task, self.kind), 1),
                    _ => Sample::Gone,
                };
                // Maybe the last handle by now; its end does not belong into an interrupt.
                sync::rcu::defer_drop_value(task);
                sample
            }
            CpuOwner::Process(group) => {
                let Some(group) = group.upgrade() else { return Sample::Gone };
                let sample = match group.times_from_interrupt() {
                    _ if group.is_reaped() => Sample::Gone,
                    None => Sample::Busy,
                    Some((user, _, threads)) if self.kind == CpuTime::Virtual => Sample::At(user, threads),
                    Some((user, system, threads)) => Sample::At(user + system, threads),
                };
                sync::rcu::defer_drop_value(group);
                sample
            }
        }
    }
}

/// The processor time of a thread in ns.
pub fn thread_ns(task: &Task, kind: CpuTime) -> u64 {
    let (user, system) = task.times();
    match kind {
        CpuTime::Prof => user + system,
        CpuTime::Virtual => user,
        CpuTime::Sched => task.thread.cpu_time_ns(),
    }
}

/// The processor time of a process in ns.
pub fn process_ns(group: &ThreadGroup, kind: CpuTime) -> u64 {
    let usage = group.usage();
    match kind {
        CpuTime::Virtual => usage.utime_ns,
        CpuTime::Prof | CpuTime::Sched => usage.utime_ns + usage.stime_ns,
    }
}
