use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use proptest::prelude::*;

use super::*;
use crate::rank;

/// What stands for a frame: never freed, used again and again.
struct Object {
    refs: AtomicU32,
    value: AtomicU64,
}

static FREE: Mutex<Vec<&'static Object>> = Mutex::new(Vec::new());
const POISON: u64 = u64::MAX;

struct Counted(NonNull<Object>);

// SAFETY: atomics only.
unsafe impl Send for Counted {}
// SAFETY: as above.
unsafe impl Sync for Counted {}

impl Counted {
    fn new(value: u64) -> Self {
        let free = FREE.lock().unwrap().pop();
        let object = free.unwrap_or_else(|| {
            Box::leak(Box::new(Object { refs: AtomicU32::new(0), value: AtomicU64::new(POISON) }))
        });
        object.value.store(value, Ordering::Relaxed);
        object.refs.store(1, Ordering::Release);
        Self(NonNull::from(object))
    }

    fn object(&self) -> &'static Object {
        // SAFETY: objects are leaked.
        unsafe { self.0.as_ref() }
    }

    fn value(&self) -> u64 {
        self.object().value.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if self.object().refs.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.object().value.store(POISON, Ordering::Relaxed);
            FREE.lock().unwrap().push(self.object());
        }
    }
}

// SAFETY: objects are never freed; counts are changed by atomic read-modify-writes, but for `new` and `thaw`.
unsafe impl Handle for Counted {
    type Object = Object;

    fn into_raw(self) -> NonNull<Object> {
        core::mem::ManuallyDrop::new(self).0
    }

    unsafe fn from_raw(object: NonNull<Object>) -> Self {
        Self(object)
    }

    unsafe fn try_get(object: NonNull<Object>) -> Option<Self> {
        // SAFETY: objects are leaked.
        let refs = unsafe { &object.as_ref().refs };
        let more = |refs| (refs != 0).then(|| refs + 1);
        refs.fetch_update(Ordering::Acquire, Ordering::Relaxed, more).ok().map(|_| Self(object))
    }

    unsafe fn freeze(object: NonNull<Object>) -> bool {
        // SAFETY: objects are leaked.
        unsafe { object.as_ref() }.refs.compare_exchange(1, 0, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    unsafe fn thaw(object: NonNull<Object>) {
        // SAFETY: objects are leaked.
        unsafe { object.as_ref() }.refs.store(1, Ordering::Release);
    }
}

fn tree() -> RadixTree<Counted> {
    RadixTree::new(rank::MAPPING_TREE)
}

fn put(tree: &RadixTree<Counted>, index: u64, value: u64) -> bool {
    let mut spare = Spare::empty();
    let mut handle = Counted::new(value);
    loop {
        let refused = tree.lock().insert(index, handle, &mut spare);
        match refused {
            Ok(()) => return true,
            Err(Refused::Occupied(_)) => return false,
            Err(Refused::NeedNodes(back, nodes)) => {
                handle = back;
                spare.fill(nodes);
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u64),
    Remove(u64, u64, usize),
    Mark(u64, bool),
    Idle(u64, usize),
    Prune,
}

fn index() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..70u64,
        0..5000u64,
        any::<u64>().prop_map(|x| x >> 12),
        Just(u64::MAX >> 12),
        Just(u64::MAX)
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => index().prop_map(Op::Insert),
        2 => (index(), index(), 1..200usize).prop_map(|(a, b, n)| Op::Remove(a.min(b), a.max(b), n)),
        2 => (index(), any::<bool>()).prop_map(|(i, d)| Op::Mark(i, d)),
        1 => (index(), 1..50usize).prop_map(|(i, n)| Op::Idle(i, n)),
        1 => Just(Op::Prune),
    ]
}

/// Does `op` to both.
fn apply(tree: &RadixTree<Counted>, model: &mut BTreeMap<u64, (u64, bool)>, n: u64, op: Op) {
    match op {
        Op::Insert(i) => {
            assert_eq!(put(tree, i, n), !model.contains_key(&i));
            model.entry(i).or_insert((n, false));
        }
        Op::Remove(first, last, limit) => {
            let mut out = Vec::new();
            let next = tree.lock().remove_range(first, last, limit, &mut out);
            let gone: Vec<u64> = model.range(first..=last).map(|(i, _)| *i).take(limit).collect();
            let expected: Vec<u64> = gone.iter().map(|i| model.remove(i).unwrap().0).collect();
            assert_eq!(out.iter().map(Counted::value).collect::<Vec<_>>(), expected);
            assert!(next.is_some() || model.range(first..=last).next().is_none());
        }
        Op::Mark(i, true) => {
            tree.mark(i);
            if let Some(entry) = model.get_mut(&i) {
                entry.1 = true;
            }
        }
        Op::Mark(i, false) => {
            let was = tree.lock().unmark(i);
            if let Some(entry) = model.get_mut(&i) {
                assert_eq!(was, entry.1);
                entry.1 = false;
            }
        }
        Op::Idle(from, scan) => {
            // Even values are idle; one that somebody holds stays.
            let held = tree.get(from);
            let (dropped, _) = tree.lock().drop_idle(from, scan, |handle| handle.value() % 2 == 0);
            let seen: Vec<u64> = model.range(from..).map(|(i, _)| *i).take(scan).collect();
            let before = model.len();
            for i in seen {
                let (value, marked) = model[&i];
                if value % 2 == 0 && !marked && !(i == from && held.is_some()) {
                    model.remove(&i);
                }
            }
            assert_eq!(dropped, before - model.len());
        }
        Op::Prune => tree.lock().prune(),
    }
}

proptest! {
    #[test]
    #[cfg_attr(miri, ignore = "proptest is slow there")]
    fn behaves_like_a_map(ops in prop::collection::vec(op(), 1..200), probe in index()) {
        let tree = tree();
        let mut model = BTreeMap::new();
        for (n, op) in ops.into_iter().enumerate() {
            apply(&tree, &mut model, n as u64, op);
            prop_assert_eq!(tree.len(), model.len() as u64);
        }
        for (i, (value, marked)) in &model {
            prop_assert_eq!(tree.get(*i).map(|h| h.value()), Some(*value));
            prop_assert_eq!(tree.is_marked(*i), *marked);
        }
        prop_assert_eq!(tree.get(probe).map(|h| h.value()), model.get(&probe).map(|e| e.0));
        prop_assert_eq!(tree.lock().next_index(probe), model.range(probe..).next().map(|e| *e.0));
        prop_assert_eq!(tree.lock().next_marked(probe), model.range(probe..).find(|e| e.1.1).map(|e| *e.0));
        let mut seen = Vec::new();
        tree.for_range(probe, 300, |i, handle| seen.push((i, handle.value())));
        let expected: Vec<_> = model.range(probe..probe.saturating_add(300)).map(|(i, e)| (*i, e.0)).collect();
        prop_assert_eq!(seen, expected);
    }
}

/// Readers see at an index only what was put there, while objects wander from index to index and nodes come and go.
#[test]
fn lookups_race_with_changes() {
    let rounds = if cfg!(miri) { 40u64 } else { 4_000 };
    let indices = [0, 1, 63, 64, 5000];
    let tree = tree();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    for index in indices {
                        if let Some(handle) = tree.get(index) {
                            let value = handle.value();
                            assert_eq!(value % 8192, index, "the object of another index, or a free one");
                            tree.mark(index);
                            // Marked and held: nobody drops it as idle, so it keeps its value.
                            assert_eq!(handle.value(), value);
                        }
                    }
                    std::thread::yield_now();
                }
            });
        }
        let mut out = Vec::new();
        for n in 0..rounds {
            for index in indices {
                put(&tree, index, n * 8192 + index);
            }
            let dropped = tree.lock().drop_idle(0, 8, |handle| handle.value() != POISON).0;
            assert!(dropped <= indices.len());
            if n % 2 == 0 {
                tree.lock().remove_range(0, 63, 64, &mut out);
                tree.lock().remove_range(5000, 5000, 1, &mut out);
            }
            out.clear();
            for index in indices {
                tree.lock().unmark(index);
            }
            if n % 7 == 0 {
                tree.lock().prune();
            }
            rcu::run_callbacks();
        }
        stop.store(true, Ordering::Relaxed);
    });
    drop(tree);
    rcu::run_callbacks();
}
