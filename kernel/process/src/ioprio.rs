//! Priorities of input and output (ioprio_set(2)). Nothing here queues by them yet: they are kept for each thread, and
//! shared or handed on as Linux does.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use sched::Policy;

use crate::Task;

/// A priority: class above bit 13, level below.
pub type IoPrio = u32;

/// Class and level of a priority.
pub const fn prio(class: u32, level: u32) -> IoPrio {
    class << 13 | level
}

/// The class of a priority: 0 none, 1 real-time, 2 best effort, 3 idle.
pub const fn class(prio: IoPrio) -> u32 {
    prio >> 13 & 7
}

/// What threads made with CLONE_IO share.
pub struct IoContext {
    prio: AtomicU32,
}

impl IoContext {
    fn new(prio: IoPrio) -> Arc<Self> {
        Arc::new(IoContext { prio: AtomicU32::new(prio) })
    }

    /// What a child gets: the same with CLONE_IO, else one of its own if a priority was set.
    pub(crate) fn for_child(parent: Option<&Arc<Self>>, shared: bool) -> Option<Arc<Self>> {
        let parent = parent?;
        let prio = parent.prio.load(Ordering::Relaxed);
        match shared {
            true => Some(parent.clone()),
            false => (class(prio) != 0).then(|| Self::new(prio)),
        }
    }
}

impl Task {
    /// The priority that was set; none if none ever was.
    pub fn io_prio_set(&self) -> Option<IoPrio> {
        self.rare.lock().io.as_ref().map(|io| io.prio.load(Ordering::Relaxed))
    }

    /// The priority that counts: without one that was set it follows from policy and nice value.
    pub fn io_prio(&self) -> IoPrio {
        let from_cpu = || {
            let level = (self.thread.nice() + 20) as u32 / 5;
            let class = match self.thread.policy() {
                Policy::Idle => 3,
                policy if policy.is_realtime() => 1,
                _ => 2,
            };
            prio(class, level)
        };
        self.io_prio_set().filter(|prio| class(*prio) != 0).unwrap_or_else(from_cpu)
    }

    /// Sets the priority, for all that share it.
    pub fn set_io_prio(&self, prio: IoPrio) {
        let fresh = IoContext::new(prio);
        let mut rare = self.rare.lock();
        rare.io.get_or_insert(fresh).prio.store(prio, Ordering::Relaxed);
    }

    /// What is shared with CLONE_IO, to compare.
    pub fn io_context(&self) -> Option<Arc<IoContext>> {
        self.rare.lock().io.clone()
    }
}
