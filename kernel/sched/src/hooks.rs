//! What process names once at boot, and the running thread as seen from here.

use crate::machine;
use crate::thread::{Thread, ThreadRef};
use sync::Once;

/// Makes a kernel thread: its name, its first code, that code's argument.
pub type CreateKthread = fn(&str, fn(usize), usize) -> Option<ThreadRef>;

/// Looks at the running thread.
pub type WithCurrent = fn(&mut dyn FnMut(&Thread));

/// process's part: tasks are its type.
pub struct Hooks {
    /// The running thread, counted.
    pub current: fn() -> ThreadRef,
    /// Calls the closure with the running thread, uncounted.
    pub with_current: WithCurrent,
    /// Makes (and does not start) a kernel thread of this name whose first code is `entry(arg)`, with
    /// `hal::thread::Context::new_kernel`.
    pub create_kthread: CreateKthread,
    /// Ends the running kernel thread: takes it out of the tables and calls [`crate::exit_current`].
    pub exit_kthread: fn() -> !,
}

static HOOKS: Once<Hooks> = Once::new();

/// Names the hooks; once, before the first thread runs.
pub fn set_hooks(hooks: Hooks) {
    let _ = HOOKS.set(hooks);
}

pub(crate) fn hooks() -> &'static Hooks {
    HOOKS.get().expect("scheduler hooks are set at boot")
}

/// The running thread.
#[inline]
pub fn current() -> ThreadRef {
    (hooks().current)()
}

/// Calls `look` with the running thread.
#[inline]
pub fn with_current<R>(look: impl FnOnce(&Thread) -> R) -> R {
    let mut look = Some(look);
    let mut result = None;
    (hooks().with_current)(&mut |thread| {
        if let Some(look) = look.take() {
            result = Some(look(thread));
        }
    });
    result.expect("the hook calls its closure")
}

/// Whether the running thread has a signal (or a note) to look at before it may sleep interruptibly.
#[inline(always)]
pub fn signal_pending() -> bool {
    machine::signal_pending()
}
