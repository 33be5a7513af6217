//! Pending signals with their details. A standard signal is pending once however
//! often it is sent; real-time signals queue (signal(7)).

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use sync::IrqSpinLock;

use super::info::SigInfo;
use super::set::{SigSet, bit};
use crate::rank;
use crate::users::User;

/// A queued signal. It is allocated before a lock is taken and counts against the
/// receiving user's RLIMIT_SIGPENDING while it lives.
pub struct Node {
    pub(crate) info: SigInfo,
    user: Option<Arc<User>>,
    next: Option<Box<Node>>,
}

impl Node {
    /// A node that counts against `user`; none when the user has `limit` queued already
    /// and `force` isn't set.
    pub fn new(info: SigInfo, user: Option<Arc<User>>, limit: u64, force: bool) -> Option<Box<Node>> {
        if let Some(user) = &user {
            let queued = user.sigpending.fetch_add(1, Ordering::Relaxed);
            if queued >= limit && !force {
                user.sigpending.fetch_sub(1, Ordering::Relaxed);
                return None;
            }
        }
        Some(Box::new(Node { info, user, next: None }))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(user) = &self.user {
            user.sigpending.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

struct List {
    head: Option<Box<Node>>,
}

/// The pending signals of a thread or of a process.
pub struct Pending {
    /// The signals, readable without the lock.
    set: AtomicU64,
    list: IrqSpinLock<List>,
}

impl Default for Pending {
    fn default() -> Self {
        Self::new()
    }
}

impl Pending {
    /// Nothing pending.
    pub const fn new() -> Self {
        Self { set: AtomicU64::new(0), list: IrqSpinLock::new(rank::SIGNAL_QUEUE, List { head: None }) }
    }

    /// What is pending.
    #[inline]
    pub fn set(&self) -> SigSet {
        SigSet(self.set.load(Ordering::Relaxed))
    }

    /// Adds `signal`; without a node its details are lost. The node comes back when a
    /// standard signal was pending already.
    pub fn push(&self, signal: i32, node: Option<Box<Node>>) -> Option<Box<Node>> {
        let mut list = self.list.lock();
        let was = self.set.fetch_or(bit(signal), Ordering::Relaxed);
        if signal < super::nr::SIGRTMIN && was & bit(signal) != 0 {
            return node;
        }
        let mut at = &mut list.head;
        while let Some(next) = at {
            at = &mut next.next;
        }
        *at = node;
        None
    }

    /// Marks `signal` as pending without details.
    pub fn mark(&self, signal: i32) {
        self.set.fetch_or(bit(signal), Ordering::Relaxed);
    }

    /// Takes the next signal that isn't in `blocked`: faults first, then the lowest number.
    /// The node (to be dropped without locks) carries the details.
    pub fn take(&self, blocked: SigSet) -> Option<(SigInfo, Option<Box<Node>>)> {
        if self.set().without(blocked) == SigSet::EMPTY {
            return None;
        }
        let mut list = self.list.lock();
        let ready = self.set().without(blocked);
        let sync = ready.0 & SigSet::SYNCHRONOUS.0;
        let from = if sync != 0 { sync } else { ready.0 };
        if from == 0 {
            return None;
        }
        let signal = from.trailing_zeros() as i32 + 1;
        let node = list.unlink(signal);
        if !list.holds(signal) {
            self.set.fetch_and(!bit(signal), Ordering::Relaxed);
        }
        let info = node.as_ref().map_or(SigInfo::lost(signal), |node| node.info);
        Some((info, node))
    }

    /// Drops every pending signal of `set`.
    pub fn flush(&self, set: SigSet) {
        if self.set().0 & set.0 == 0 {
            return;
        }
        let mut gone = None;
        let mut list = self.list.lock();
        self.set.fetch_and(!set.0, Ordering::Relaxed);
        let mut kept: &mut Option<Box<Node>> = &mut None;
        let mut keep_head = None;
        core::mem::swap(kept, &mut keep_head);
        let mut rest = list.head.take();
        kept = &mut list.head;
        while let Some(mut node) = rest {
            rest = node.next.take();
            if set.contains(node.info.signo) {
                node.next = gone.take();
                gone = Some(node);
            } else {
                kept = &mut kept.insert(node).next;
            }
        }
        drop(list);
        free(gone);
    }
}

impl List {
    /// Takes the first node of `signal` out of the list.
    fn unlink(&mut self, signal: i32) -> Option<Box<Node>> {
        let mut at = &mut self.head;
        while at.as_ref().is_some_and(|node| node.info.signo != signal) {
            at = &mut at.as_mut()?.next;
        }
        let mut node = at.take()?;
        *at = node.next.take();
        Some(node)
    }

    fn holds(&self, signal: i32) -> bool {
        let mut at = self.head.as_deref();
        while let Some(node) = at {
            if node.info.signo == signal {
                return true;
            }
            at = node.next.as_deref();
        }
        false
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let list = self.list.lock().head.take();
        free(list);
    }
}

/// Frees a list node by node: a long one must not recurse.
fn free(mut list: Option<Box<Node>>) {
    while let Some(mut node) = list {
        list = node.next.take();
    }
}

#[cfg(test)]
mod tests {
    use super::super::nr::*;
    use super::*;

    fn node(signo: i32, pid: i32) -> Option<Box<Node>> {
        Node::new(SigInfo::user(signo, 0, pid, 0), None, 0, false)
    }

    fn pid(info: SigInfo) -> i32 {
        match info.fields {
            super::super::Fields::Kill { pid, .. } => pid,
            _ => -1,
        }
    }

    #[test]
    fn standard_signals_coalesce_and_real_time_ones_queue() {
        let pending = Pending::new();
        assert!(pending.push(SIGUSR1, node(SIGUSR1, 1)).is_none());
        assert!(pending.push(SIGUSR1, node(SIGUSR1, 2)).is_some());
        for n in 1..=3 {
            assert!(pending.push(40, node(40, n)).is_none());
        }
        assert_eq!(pid(pending.take(SigSet::EMPTY).unwrap().0), 1);
        for n in 1..=3 {
            assert!(pending.set().contains(40));
            assert_eq!(pid(pending.take(SigSet::EMPTY).unwrap().0), n);
        }
        assert!(pending.take(SigSet::EMPTY).is_none());
    }

    #[test]
    fn faults_come_first_and_blocked_signals_stay() {
        let pending = Pending::new();
        pending.push(SIGHUP, node(SIGHUP, 1));
        pending.push(SIGSEGV, node(SIGSEGV, 2));
        pending.push(SIGTERM, node(SIGTERM, 3));
        assert_eq!(pending.take(SigSet::EMPTY).unwrap().0.signo, SIGSEGV);
        assert_eq!(pending.take(SigSet::of(&[SIGHUP])).unwrap().0.signo, SIGTERM);
        assert!(pending.take(SigSet::of(&[SIGHUP])).is_none());
        pending.flush(SigSet::of(&[SIGHUP]));
        assert_eq!(pending.set(), SigSet::EMPTY);
    }

    #[test]
    fn flush_keeps_the_order_of_the_rest() {
        let pending = Pending::new();
        for n in 1..=4 {
            pending.push(40, node(40, n));
            pending.push(41, node(41, n));
        }
        pending.flush(SigSet::of(&[41]));
        for n in 1..=4 {
            assert_eq!(pid(pending.take(SigSet::EMPTY).unwrap().0), n);
        }
        assert!(pending.take(SigSet::EMPTY).is_none());
    }

    #[test]
    fn a_user_s_limit_counts_queued_signals() {
        let user = User::find(4711);
        let one = Node::new(SigInfo::kernel(40), Some(user.clone()), 1, false);
        assert!(one.is_some());
        assert!(Node::new(SigInfo::kernel(40), Some(user.clone()), 1, false).is_none());
        assert!(Node::new(SigInfo::kernel(40), Some(user.clone()), 1, true).is_some());
        drop(one);
        assert_eq!(user.queued_signals(), 0);
    }
}
