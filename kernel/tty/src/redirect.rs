//! TIOCCONS: what is written to `/dev/console` appears on another terminal.

use alloc::sync::{Arc, Weak};

use abi::Errno;
use sync::{SpinLock, rank};

use crate::Tty;

/// The other terminal, and how often it had been hung up when it was chosen.
static TARGET: SpinLock<Option<(Weak<Tty>, u32)>> = SpinLock::new(rank::CONFIG, None);

/// Where the console's output goes, if not to the console.
pub(crate) fn target() -> Option<Arc<Tty>> {
    let (tty, hangups) = TARGET.lock().clone()?;
    tty.upgrade().filter(|tty| tty.hangups() == hangups)
}

/// Sends it to this terminal. EBUSY if it goes to another already.
pub(crate) fn set(tty: &Arc<Tty>) -> Result<(), Errno> {
    if target().is_some() {
        return Err(Errno::EBUSY);
    }
    let old = TARGET.lock().replace((Arc::downgrade(tty), tty.hangups()));
    drop(old);
    Ok(())
}

/// Sends it to the console again.
pub(crate) fn clear() {
    let old = TARGET.lock().take();
    drop(old);
}
