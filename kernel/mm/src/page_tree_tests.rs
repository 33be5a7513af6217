use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn put(tree: &mut PageTree<u64>, index: u64, value: u64) -> bool {
    let mut spare = Spare::empty();
    let mut page = value;
    loop {
        match tree.insert(index, page, &mut spare) {
            Ok(()) => return true,
            Err(Refused::Occupied(_)) => return false,
            Err(Refused::NeedNodes(back, branches)) => {
                page = back;
                spare.fill(branches);
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u64),
    Remove(u64, u64, usize),
    Dirty(u64, bool),
}

fn index() -> impl Strategy<Value = u64> {
    prop_oneof![0..70u64, 0..5000u64, any::<u64>().prop_map(|x| x >> 12), Just(u64::MAX >> 12)]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => index().prop_map(Op::Insert),
        1 => (index(), index(), 1..200usize).prop_map(|(a, b, n)| Op::Remove(a.min(b), a.max(b), n)),
        1 => (index(), any::<bool>()).prop_map(|(i, d)| Op::Dirty(i, d)),
    ]
}

proptest! {
    #[test]
    fn behaves_like_a_map(ops in prop::collection::vec(op(), 1..200), probe in index()) {
        let mut tree = PageTree::new();
        let mut model: BTreeMap<u64, (u64, bool)> = BTreeMap::new();
        for (n, op) in ops.into_iter().enumerate() {
            match op {
                Op::Insert(i) => {
                    let fresh = put(&mut tree, i, n as u64);
                    prop_assert_eq!(fresh, !model.contains_key(&i));
                    model.entry(i).or_insert((n as u64, false));
                }
                Op::Remove(first, last, limit) => {
                    let mut out = Vec::new();
                    let next = tree.remove_range(first, last, limit, &mut out);
                    let gone: Vec<u64> = model.range(first..=last).map(|(i, _)| *i).take(limit).collect();
                    let expected: Vec<u64> = gone.iter().map(|i| model.remove(i).unwrap().0).collect();
                    prop_assert_eq!(&out, &expected);
                    prop_assert!(next.is_some() || model.range(first..=last).next().is_none());
                }
                Op::Dirty(i, dirty) => {
                    let was = tree.set_dirty(i, dirty);
                    let entry = model.get_mut(&i);
                    prop_assert_eq!(was, entry.as_ref().is_some_and(|e| e.1));
                    if let Some(entry) = entry { entry.1 = dirty; }
                }
            }
            prop_assert_eq!(tree.len(), model.len() as u64);
        }
        for (i, (value, _)) in &model {
            prop_assert_eq!(tree.get(*i), Some(*value));
        }
        prop_assert_eq!(tree.get(probe), model.get(&probe).map(|e| e.0));
        prop_assert_eq!(tree.next_index(probe), model.range(probe..).next().map(|e| *e.0));
        prop_assert_eq!(tree.next_dirty(probe), model.range(probe..).find(|e| e.1.1).map(|e| *e.0));
        let mut seen = Vec::new();
        tree.for_range(probe, 300, |i, page| seen.push((i, *page)));
        let expected: Vec<_> = model.range(probe..probe.saturating_add(300)).map(|(i, e)| (*i, e.0)).collect();
        prop_assert_eq!(seen, expected);
    }
}
