//! Waiting for one of several words (futex_waitv(2)).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use abi::Errno;
use mm::{AddressSpace, UserPtr};
use sched::{Deadline, WaitQueue, WaitResult};

use super::{Entry, Waited, Waiter, add, bucket, hash, key_of, unqueue};

/// A word that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it is.
    pub addr: u64,
    /// What it must still be.
    pub value: u32,
    /// Whether other processes may use it.
    pub shared: bool,
}

/// Sleeps until one of the words is woken: its place in the list. `EAGAIN` if one of them has changed.
pub fn wait_many(
    mm: &AddressSpace,
    words: &[Word],
    deadline_ns: Option<u64>,
) -> Result<Result<usize, Waited>, Errno> {
    let group = Arc::new(WaitQueue::new());
    let mut waiters = Vec::new();
    waiters.try_reserve_exact(words.len()).map_err(|_| Errno::ENOMEM)?;
    for word in words {
        if let Err(errno) = queue(mm, word, &group, &mut waiters) {
            return take_back(&waiters).map(Ok).ok_or(errno);
        }
    }
    let any = || waiters.iter().any(|waiter| waiter.woken.load(Ordering::Acquire));
    let ended = match group.wait_event_interruptible_until(deadline_ns.map(Deadline::Lenient), any) {
        WaitResult::Ready | WaitResult::Interrupted => Waited::Interrupted,
        WaitResult::TimedOut => Waited::TimedOut,
    };
    Ok(take_back(&waiters).ok_or(ended))
}

/// Queues for one word and looks at it.
fn queue(
    mm: &AddressSpace,
    word: &Word,
    group: &Arc<WaitQueue>,
    waiters: &mut Vec<Arc<Waiter>>,
) -> Result<(), Errno> {
    let key = key_of(mm, word.addr, word.shared)?;
    let index = hash(&key);
    let waiter = Arc::new(Waiter {
        woken: AtomicBool::new(false),
        bucket: AtomicUsize::new(index),
        queue: WaitQueue::new(),
        group: Some(group.clone()),
    });
    waiters.push(waiter.clone());
    add(&mut bucket(index), Entry::plain(key, u32::MAX, waiter));
    if mm.read(UserPtr::<u32>::new(word.addr))? == word.value { Ok(()) } else { Err(Errno::EAGAIN) }
}

/// Takes everything back; the last one that had been woken, if any.
fn take_back(waiters: &[Arc<Waiter>]) -> Option<usize> {
    let mut woken = None;
    for (nth, waiter) in waiters.iter().enumerate() {
        if unqueue(waiter) {
            woken = Some(nth);
        }
    }
    woken
}
