//! What a terminal needs of the device below it.

use abi::Termios;
use sched::WaitQueue;

/// A device that moves bytes. What arrives is handed to [`crate::Tty::receive`].
pub trait Port: Send + Sync {
    /// Sends all of `bytes`, without sleeping. What it didn't say it [takes](Self::takes) may be lost.
    fn send(&self, bytes: &[u8]);

    /// Whether so many bytes can be sent now; if not, [`Self::progress`] is woken when they can.
    #[allow(unused_variables)]
    fn takes(&self, bytes: usize) -> bool {
        true
    }

    /// Whether all that was sent has left the machine; if not, [`Self::progress`] is woken when it has.
    fn is_drained(&self) -> bool {
        true
    }

    /// Where to wait for the port; none if it is never slow.
    fn progress(&self) -> Option<&WaitQueue> {
        None
    }

    /// Bytes that were sent and have not left the machine (TIOCOUTQ).
    fn pending(&self) -> usize {
        0
    }

    /// Throws away what has not left the machine (tcflush(3)).
    fn flush(&self) {}

    /// Something was sent: called a little later, when no lock is held.
    fn after_send(&self) {}

    /// The terminal's state has changed in a way that a master may want to know of (TIOCPKT).
    #[allow(unused_variables)]
    fn note(&self, news: u8) {}

    /// Whether there is a master at the other end.
    fn is_pty(&self) -> bool {
        false
    }

    /// Corrects in new settings what the device cannot be set to.
    #[allow(unused_variables)]
    fn adjust(&self, old: &Termios, new: &mut Termios) {}
}

/// For [`Port::adjust`]: a device without a line, whose speed and framing nobody changes.
pub fn keep_line(old: &Termios, new: &mut Termios) {
    use abi::termios::{CLOCAL, CREAD, HUPCL};
    let free = HUPCL | CREAD | CLOCAL;
    new.c_cflag = (new.c_cflag & free) | (old.c_cflag & !free);
}
