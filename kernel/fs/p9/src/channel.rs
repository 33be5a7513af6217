//! What carries the messages, and where mount(2) finds it.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;
use sync::{SpinLock, rank};

/// Longest mount tag in bytes (that of virtio's configuration space is a 16-bit length; a path's is enough).
pub const MAX_TAG_LEN: usize = 255;

/// A call whose caller didn't wait for the reply. The server has its message and may act on it at any time.
pub trait Abandoned: Send + Sync {
    /// Whether the reply has come by now: only then may the message's tag be used again.
    fn is_over(&self) -> bool;
}

/// Why a call brought no reply.
pub enum CallError {
    /// The message never left, or the server is gone.
    Failed(Errno),
    /// The caller is being killed.
    Abandoned(Arc<dyn Abandoned>),
}

impl From<Errno> for CallError {
    fn from(errno: Errno) -> Self {
        CallError::Failed(errno)
    }
}

/// The way to one 9P server. Several calls may be under way at the same time, from different threads.
pub trait Channel: Send + Sync {
    /// Sends one request (gathered from the pieces) and waits for its reply, which is scattered into the
    /// pieces; the reply's length in bytes. May sleep; only a fatal signal ends the waiting. A reply that is longer
    /// than the pieces is EIO, and so is a server that is gone, now and for every later call. Nothing uses the pieces
    /// once the call has ended, also if its reply comes later.
    fn call(&self, request: &[&[u8]], reply: &mut [&mut [u8]]) -> Result<usize, CallError>;

    /// The longest message in bytes, in either direction.
    fn max_message(&self) -> usize;
}

struct Entry {
    tag: Arc<[u8]>,
    channel: Arc<dyn Channel>,
    claimed: bool,
}

static CHANNELS: SpinLock<Vec<Entry>> = SpinLock::new(rank::CONFIG, Vec::new());

/// Makes a channel known by its mount tag. EBUSY if the tag is taken, EINVAL if it is empty or too long.
pub fn register_channel(tag: &[u8], channel: Arc<dyn Channel>) -> Result<(), Errno> {
    if tag.is_empty() || tag.len() > MAX_TAG_LEN {
        return Err(Errno::EINVAL);
    }
    let tag: Arc<[u8]> = Arc::from(tag);
    let mut channels = CHANNELS.lock();
    if channels.iter().any(|known| known.tag == tag) {
        return Err(Errno::EBUSY);
    }
    channels.push(Entry { tag, channel, claimed: false });
    Ok(())
}

/// Forgets a channel: its device is gone. File systems that are mounted over it keep it, and get its errors.
pub fn unregister_channel(tag: &[u8]) {
    let removed = {
        let mut channels = CHANNELS.lock();
        let at = channels.iter().position(|known| *known.tag == *tag);
        at.map(|at| channels.swap_remove(at))
    };
    drop(removed);
}

/// The mount tags that are known.
pub fn channel_tags() -> Vec<Arc<[u8]>> {
    CHANNELS.lock().iter().map(|known| known.tag.clone()).collect()
}

/// A channel that one file system has for itself: a server forgets all that was said before when somebody begins
/// to talk to it anew.
pub(crate) struct Claim {
    channel: Arc<dyn Channel>,
}

impl Claim {
    /// Takes the channel of that mount tag. ENOENT if there is none, EBUSY if it is taken.
    pub fn new(tag: &[u8]) -> Result<Self, Errno> {
        let mut channels = CHANNELS.lock();
        let known = channels.iter_mut().find(|known| *known.tag == *tag).ok_or(Errno::ENOENT)?;
        if core::mem::replace(&mut known.claimed, true) {
            return Err(Errno::EBUSY);
        }
        Ok(Claim { channel: known.channel.clone() })
    }

    /// The channel.
    pub fn channel(&self) -> &Arc<dyn Channel> {
        &self.channel
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut channels = CHANNELS.lock();
        if let Some(known) = channels.iter_mut().find(|known| Arc::ptr_eq(&known.channel, &self.channel)) {
            known.claimed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Channel for Nobody {
        fn call(&self, _request: &[&[u8]], _reply: &mut [&mut [u8]]) -> Result<usize, CallError> {
            Err(Errno::EIO.into())
        }

        fn max_message(&self) -> usize {
            4096
        }
    }

    #[test]
    fn a_tag_names_one_channel() {
        assert_eq!(register_channel(b"", Arc::new(Nobody)), Err(Errno::EINVAL));
        assert_eq!(register_channel(&[b'x'; 256], Arc::new(Nobody)), Err(Errno::EINVAL));
        register_channel(b"one", Arc::new(Nobody)).unwrap();
        assert_eq!(register_channel(b"one", Arc::new(Nobody)), Err(Errno::EBUSY));
        let claim = Claim::new(b"one").unwrap();
        assert_eq!(Claim::new(b"one").err(), Some(Errno::EBUSY));
        assert_eq!(Claim::new(b"on").err(), Some(Errno::ENOENT));
        drop(claim);
        assert!(Claim::new(b"one").is_ok());
        unregister_channel(b"one");
        assert_eq!(Claim::new(b"one").err(), Some(Errno::ENOENT));
    }
}
