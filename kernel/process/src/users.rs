//! What is counted per real user: processes (RLIMIT_NPROC) and queued signals
//! (RLIMIT_SIGPENDING).

use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use core::sync::atomic::{AtomicU64, Ordering};

use sync::SpinLock;

use crate::rank;

/// The counters of one user.
pub struct User {
    uid: u32,
    /// Threads that run with this real user ID.
    pub(crate) processes: AtomicU64,
    /// Signals queued for the user's processes.
    pub(crate) sigpending: AtomicU64,
}

static USERS: SpinLock<BTreeMap<u32, Weak<User>>> = SpinLock::new(rank::USERS, BTreeMap::new());

impl User {
    /// The user `uid`, made when nobody uses it yet.
    pub fn find(uid: u32) -> Arc<User> {
        let fresh = Arc::new(User { uid, processes: AtomicU64::new(0), sigpending: AtomicU64::new(0) });
        let mut users = USERS.lock();
        if let Some(user) = users.get(&uid).and_then(Weak::upgrade) {
            return user;
        }
        users.insert(uid, Arc::downgrade(&fresh));
        fresh
    }

    /// The real user ID.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// Signals queued now (`SigQ` of `/proc/PID/status`).
    pub fn queued_signals(&self) -> u64 {
        self.sigpending.load(Ordering::Relaxed)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let mut users = USERS.lock();
        if users.get(&self.uid).is_some_and(|weak| weak.strong_count() == 0) {
            users.remove(&self.uid);
        }
    }
}
