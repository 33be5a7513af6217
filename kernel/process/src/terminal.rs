//! What processes know of terminals, which stand above this crate, and the terminals' parameters in `/proc/sys`.

use alloc::sync::Arc;
use core::any::Any;
use core::sync::atomic::AtomicI32;

/// The terminal of a session, as process sees it. The terminal layer implements it.
pub trait ControllingTty: Send + Sync {
    /// `st_rdev` of its device node, for `/proc/PID/stat`.
    fn rdev(&self) -> u64;
    /// The foreground process group, -1 for none.
    fn foreground(&self) -> i32;
    /// The leader of `session` exits: SIGHUP to the foreground, and the terminal is free.
    fn leader_exits(&self, session: i32);
    /// vhangup(2): as if the line had been cut.
    fn vhangup(&self);
    /// The terminal's own type.
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

/// `/proc/sys/dev/tty/legacy_tiocsti`: whether everybody may type at the own terminal (TIOCSTI).
pub static LEGACY_TIOCSTI: AtomicI32 = AtomicI32::new(1);
/// `/proc/sys/dev/tty/ldisc_autoload`. There is nothing to be loaded.
pub static LDISC_AUTOLOAD: AtomicI32 = AtomicI32::new(1);
/// `/proc/sys/kernel/pty/max`: pseudo-terminals that there may be.
pub static PTY_MAX: AtomicI32 = AtomicI32::new(4096);
/// `/proc/sys/kernel/pty/reserve`: how many of them only the first mount namespace may have.
pub static PTY_RESERVE: AtomicI32 = AtomicI32::new(1024);
/// `/proc/sys/kernel/pty/nr`: how many there are.
pub static PTY_COUNT: AtomicI32 = AtomicI32::new(0);
