//! Giving memory back: clean pages of files, and what other layers cache.
//!
//! Mappings with a pager stand in a ring. A pass goes round it like the hand of a clock: a page that was used since the
//! hand was here last gets another round, one that wasn't is dropped, if it is clean and nobody holds it.
//! That much is done wherever memory runs out ([`reclaim`], the frame allocator's last resort): it only tries
//! locks. Threads that may sleep look at the free memory beforehand ([`before_allocation`]); below a mark they
//! reclaim themselves, page tables' pages too, and below a higher one they wake the thread ([`run`]) that
//! also writes changed pages back and asks the other layers.
//!
//! Locks: the ring's (`rank::PAGE_LRU`), held to take an entry out and to put it back, never with another.

use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hal::mem::{PageFlag, PageRef, frames};
use sched::WaitQueue;
use sync::{SpinLock, rank};

use crate::Mapping;
use crate::lazy_free;
use crate::mapping::CachedPages;

/// Pages that the hand looks at before it goes on to the next mapping.
const SCAN: usize = 256;
/// The least that is worth a pass: more than a processor keeps in stock.
const LEAST: usize = 128;
/// Pages whose entries in page tables are taken out at a time.
const UNMAP: u64 = 512;

/// One mapping in the ring.
struct Entry {
    pages: Weak<CachedPages>,
    mapping: Weak<Mapping>,
    /// Where the hand stands in it.
    hand: u64,
    /// Where unmapping stands in it.
    unmap_hand: u64,
}

/// What a layer above gives back when it is asked for about so many objects: how many.
pub type Shrinker = fn(usize) -> usize;

static RING: SpinLock<VecDeque<Entry>> = SpinLock::new(rank::PAGE_LRU, VecDeque::new());
static SHRINKERS: SpinLock<Vec<Shrinker>> = SpinLock::new(rank::CONFIG, Vec::new());
static WORK: WaitQueue = WaitQueue::new();
/// Free frames below which a thread reclaims before it takes more, and below which the reclaiming thread is woken;
/// none before [`start`].
static MIN: AtomicUsize = AtomicUsize::new(0);
static LOW: AtomicUsize = AtomicUsize::new(0);
/// Where that thread stops.
static HIGH: AtomicUsize = AtomicUsize::new(0);

/// Sets the marks, all above what is reserved for the kernel, and makes the frame allocator reclaim. The caller
/// then has a kernel thread call [`run`].
pub fn start() {
    let reserve = frames::reserve();
    MIN.store(reserve + reserve / 4 + LEAST / 2, Relaxed);
    LOW.store(reserve + reserve / 2 + LEAST, Relaxed);
    HIGH.store(2 * reserve + 2 * LEAST, Relaxed);
    frames::set_reclaim(reclaim);
}

/// Adds somebody who is asked to give memory back. Called in the reclaiming thread; it may sleep.
pub fn add_shrinker(shrinker: Shrinker) {
    SHRINKERS.lock().push(shrinker);
}

/// Enters a mapping that has its first page.
pub(crate) fn note(pages: &Arc<CachedPages>, mapping: &Weak<Mapping>) {
    let entry = Entry { pages: Arc::downgrade(pages), mapping: mapping.clone(), hand: 0, unmap_hand: 0 };
    let mut ring = RING.lock();
    if ring.len() == ring.capacity() {
        // Before it grows, what is gone makes room. (Entries hold no pages, so nothing else goes with them.)
        ring.retain(|entry| entry.pages.strong_count() != 0);
    }
    if ring.try_reserve(1).is_ok() {
        ring.push_back(entry);
    }
}

/// Whether only what is needed should be brought in.
pub(crate) fn memory_is_short() -> bool {
    frames::free() < MIN.load(Relaxed)
}

/// Called before memory is taken by who may sleep: makes room if there is little.
#[inline]
pub(crate) fn before_allocation() {
    if frames::free() < LOW.load(Relaxed) {
        make_room();
    }
}

#[cold]
fn make_room() {
    WORK.wake_one();
    if frames::free() < MIN.load(Relaxed) && reclaim(LEAST) < LEAST / 2 {
        if lazy_free::reclaim(LEAST) >= LEAST / 2 {
            return;
        }
        unmap_some();
        reclaim(LEAST);
    }
}

/// Drops about `wanted` clean pages that nobody uses; returns how many. May be called anywhere.
pub fn reclaim(wanted: usize) -> usize {
    let wanted = wanted.saturating_mul(2).max(LEAST);
    let Some(ring) = RING.try_lock() else { return 0 };
    let mut left = 2 * ring.len() + 2;
    drop(ring);
    let mut dropped = 0;
    while dropped < wanted && left != 0 {
        left -= 1;
        let Some(mut entry) = next_entry() else { break };
        let Some(pages) = entry.pages.upgrade() else { continue };
        let mut ended = false;
        if let Some(mut tree) = pages.try_lock() {
            let (count, next) = tree.drop_idle(entry.hand, SCAN, is_idle);
            drop(tree);
            dropped += count;
            entry.hand = next.unwrap_or(0);
            ended = next.is_none();
        }
        put_back(entry);
        // A large file isn't through after one visit.
        left += usize::from(!ended && dropped < wanted && left < 100_000);
    }
    Mapping::forget_reclaimed(dropped);
    dropped
}

/// Nobody holds the page, and it wasn't used since the last look.
fn is_idle(page: &PageRef) -> bool {
    page.is_unique() && !page.clear(PageFlag::Accessed)
}

fn next_entry() -> Option<Entry> {
    RING.try_lock()?.pop_front()
}

/// The lock is tried until it is had: the caller may hold locks that come behind it, but nobody who has it waits for
/// another.
fn put_back(entry: Entry) {
    let mut ring = loop {
        match RING.try_lock() {
            Some(ring) => break ring,
            None => core::hint::spin_loop(),
        }
    };
    // There was room for it a moment ago; only if others came since has the ring to grow.
    if ring.len() < ring.capacity() || ring.try_reserve(1).is_ok() {
        ring.push_back(entry);
    }
}

/// Takes some of the files' pages out of page tables, so that the next pass may find them idle.
fn unmap_some() {
    let count = RING.lock().len();
    let mut done = 0;
    for _ in 0..count {
        if done >= 4 * UNMAP {
            break;
        }
        let Some(mut entry) = next_entry() else { break };
        let Some(mapping) = entry.mapping.upgrade() else { continue };
        if mapping.is_mapped() {
            let first = entry.unmap_hand;
            for mm in mapping.mappers() {
                mm.try_unmap_mapping(&mapping, first, first + UNMAP - 1);
            }
            done += UNMAP;
            let end = mapping.size().div_ceil(hal::mem::PAGE_SIZE as u64);
            entry.unmap_hand = if first + UNMAP >= end { 0 } else { first + UNMAP };
        }
        put_back(entry);
    }
}

/// Takes away what programs said may go; whether that was anything. May sleep; for who would kill somebody next.
pub fn drop_lazily_free() -> bool {
    lazy_free::reclaim(4 * LEAST) != 0
}

/// Writes changed pages of all mappings back. What fails stays.
fn write_back() {
    let count = RING.lock().len();
    for _ in 0..count {
        let Some(entry) = next_entry() else { break };
        let mapping = entry.mapping.upgrade();
        put_back(entry);
        if let Some(mapping) = mapping {
            let _ = mapping.sync();
        }
    }
}

/// Frees the nodes of indices in which reclaim left nothing.
fn prune() {
    let count = RING.lock().len();
    for _ in 0..count {
        let Some(entry) = next_entry() else { break };
        let pages = entry.pages.upgrade();
        put_back(entry);
        if let Some(pages) = pages {
            pages.lock().prune();
        }
    }
}

/// Drops what is cached and could be had again: clean pages of files, other layers' objects, or both. May sleep.
pub fn drop_caches(pages: bool, objects: bool) {
    // The first time round, what was used lately gets away.
    for _ in 0..3 {
        if objects {
            let shrinkers = SHRINKERS.lock().clone();
            for shrinker in shrinkers {
                shrinker(usize::MAX);
            }
            sync::rcu::synchronize();
        }
        if pages {
            reclaim(usize::MAX / 4);
            prune();
        }
    }
    hal::mem::heap_shrink();
}

/// What the reclaiming thread does, for ever: keeps some memory free.
pub fn run() {
    loop {
        let low = LOW.load(Relaxed);
        WORK.wait_event_idle(|| frames::free() < low);
        let high = HIGH.load(Relaxed);
        let mut pruned = false;
        for round in 0..8 {
            let missing = high.saturating_sub(frames::free());
            if missing == 0 {
                break;
            }
            if reclaim(missing / 2) < missing / 2 {
                lazy_free::reclaim(missing);
                let shrinkers = SHRINKERS.lock().clone();
                for shrinker in shrinkers {
                    shrinker(missing / 4);
                }
                unmap_some();
                if !pruned {
                    pruned = true;
                    prune();
                }
                if round % 4 == 3 {
                    write_back();
                }
            }
            sched::cond_resched();
        }
        // If nothing helped, others need the time to go on or to be killed.
        sched::sleep_until(sched::clock::monotonic_ns() + 20_000_000);
    }
}

#[cfg(test)]
#[path = "reclaim_tests.rs"]
mod tests;
