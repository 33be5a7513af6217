//! Waiting on many queues at once: poll, select, and the hook for epoll.

use crate::core_sched::schedule;
use crate::hooks::{current, signal_pending};
use crate::slack::Deadline;
use crate::thread::{ThreadRef, state};
use crate::timer::{arm_sleep, cancel_sleep};
use crate::wait::{WaitQueue, WaitResult, Waiter};
use crate::wake::wake_up;
use alloc::sync::{Arc, Weak};
use core::sync::atomic::{AtomicBool, Ordering, Ordering::Relaxed};
use sync::{IrqSpinLock, rank};

/// Somebody who wants to hear of each wake-up of a queue. Called under the queue's lock, maybe in an interrupt.
pub trait PollWatcher: Send + Sync {
    /// A queue was woken that was registered for `events` (all bits if it stands for anything).
    fn woken(&self, events: u32);
}

/// What a polling thread leaves in the queues; they keep it until they notice that the poll is over.
pub(crate) struct PollNode {
    /// Taken out at the end of the poll, so that a forgotten entry keeps no thread alive.
    thread: IrqSpinLock<Option<ThreadRef>>,
    triggered: AtomicBool,
    over: AtomicBool,
}

impl PollNode {
    pub fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    /// Tells the thread; false if the poll is over.
    pub fn wake(&self) -> bool {
        self.triggered.store(true, Ordering::SeqCst);
        let thread = self.thread.lock();
        let lives = thread.is_some();
        if let Some(thread) = thread.as_ref() {
            wake_up(thread);
        }
        lives
    }
}

enum Mode {
    /// Only asks: registers nowhere.
    Ask,
    /// The first pass registers; the later ones ask.
    Wait { registering: bool, node: Option<Arc<PollNode>> },
    /// Registers a watcher.
    Watch(Weak<dyn PollWatcher>),
}

/// Given to each file's `poll`: the file registers the queues that will be woken when its answer changes.
///
/// The loop of a poll: ask all files with the table; if none is ready, [`wait`](Self::wait), and ask again. The
/// table registers in the first pass only, and before the file looks at its state, so that no change is lost.
pub struct PollTable(Mode);

impl PollTable {
    /// A table that waits.
    pub fn new() -> Self {
        PollTable(Mode::Wait { registering: true, node: None })
    }

    /// A table that only asks.
    pub const fn query() -> Self {
        PollTable(Mode::Ask)
    }

    /// A table that registers `watcher` in every queue, until it is dropped.
    pub fn watch(watcher: Weak<dyn PollWatcher>) -> Self {
        PollTable(Mode::Watch(watcher))
    }

    /// Called by a file's `poll` for each of its queues, before it looks at its state.
    #[inline(always)]
    pub fn register(&mut self, queue: &WaitQueue) {
        self.register_for(queue, u32::MAX);
    }

    /// As [`register`](Self::register), for a queue that is woken for these events of poll(2) only.
    #[inline(always)]
    pub fn register_for(&mut self, queue: &WaitQueue, events: u32) {
        if !matches!(self.0, Mode::Ask | Mode::Wait { registering: false, .. }) {
            self.register_slowly(queue, events);
        }
    }

    #[inline(never)]
    fn register_slowly(&mut self, queue: &WaitQueue, events: u32) {
        match &mut self.0 {
            Mode::Ask | Mode::Wait { registering: false, .. } => {}
            Mode::Wait { node, .. } => {
                let node = node.get_or_insert_with(|| {
                    Arc::new(PollNode {
                        thread: IrqSpinLock::new(rank::POLL_NODE, Some(current())),
                        triggered: AtomicBool::new(false),
                        over: AtomicBool::new(false),
                    })
                });
                queue.add(Waiter::Poll(Arc::clone(node)));
            }
            Mode::Watch(watcher) => queue.add(Waiter::Watch(Weak::clone(watcher), events)),
        }
    }

    /// Nothing more to register: something was ready already.
    pub fn stop_registering(&mut self) {
        if let Mode::Wait { registering, .. } = &mut self.0 {
            *registering = false;
        }
    }

    /// Sleeps until a registered queue is woken, a signal comes or the monotonic clock reaches the deadline.
    pub fn wait(&mut self, deadline: Option<Deadline>) -> WaitResult {
        self.stop_registering();
        sync::debug::assert_may_sleep();
        let node = match &self.0 {
            Mode::Wait { node, .. } => node.as_deref(),
            _ => None,
        };
        let me = current();
        let t = me.thread();
        let mut armed = false;
        let result = loop {
            t.set_state(state::INTERRUPTIBLE);
            if node.is_some_and(|n| n.triggered.swap(false, Ordering::SeqCst)) {
                break WaitResult::Ready;
            }
            if signal_pending() {
                break WaitResult::Interrupted;
            }
            if let Some(deadline) = deadline {
                if armed && t.timed_out.load(Relaxed) {
                    break WaitResult::TimedOut;
                }
                if !armed {
                    arm_sleep(&me, deadline);
                    armed = true;
                }
            }
            schedule();
        };
        t.set_running();
        if armed {
            cancel_sleep(&me);
        }
        result
    }
}

impl Default for PollTable {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for PollTable {
    fn drop(&mut self) {
        if let Mode::Wait { node: Some(node), .. } = &self.0 {
            node.over.store(true, Relaxed);
            let thread = node.thread.lock().take();
            drop(thread);
        }
    }
}
