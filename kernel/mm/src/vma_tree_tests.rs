use proptest::prelude::*;

use super::*;
use crate::vma::Backing;

const PAGES: u64 = 48;
const BASE: u64 = 0x10_0000;

fn addr(page: u64) -> u64 {
    BASE + page * PAGE
}

fn area(first: u64, pages: u64, flags: VmFlags) -> Vma {
    Vma::new(addr(first)..addr(first + pages), flags, 0, Backing::Anon)
}

/// What each page is; the tree must say the same with as few areas as possible.
type Model = Vec<Option<VmFlags>>;

fn clear(tree: &mut VmaTree, range: Range<u64>) {
    tree.split_at(range.start);
    tree.split_at(range.end);
    while let Some(start) = tree.first_in(&range) {
        tree.remove(start);
    }
}

fn agree(tree: &VmaTree, model: &Model) -> Result<(), TestCaseError> {
    tree.check();
    for (page, flags) in model.iter().enumerate() {
        prop_assert_eq!(tree.find(addr(page as u64) + 77).map(|vma| vma.flags), *flags);
        let above = model.iter().skip(page).position(Option::is_some).map(|i| addr((page + i) as u64));
        let found = tree.find_above(addr(page as u64)).map(|vma| vma.start.max(addr(page as u64)));
        prop_assert_eq!(found, above);
    }
    Ok(())
}

/// The highest free run of `len` pages, found the slow way.
fn highest_gap(model: &Model, len: usize) -> Option<u64> {
    (0..=model.len() - len)
        .rev()
        .find(|from| model[*from..from + len].iter().all(Option::is_none))
        .map(|p| addr(p as u64))
}

fn lowest_gap(model: &Model, len: usize) -> Option<u64> {
    (0..=model.len() - len)
        .find(|from| model[*from..from + len].iter().all(Option::is_none))
        .map(|p| addr(p as u64))
}

proptest! {
    #[test]
    fn pages_and_gaps_as_in_an_array(
        ops in prop::collection::vec((0..3u8, 0..PAGES, 1..12u64, 0..3u64, 1..20usize), 1..120)
    ) {
        let mut tree = VmaTree::new();
        let mut model: Model = vec![None; PAGES as usize];
        for (kind, first, len, flags, want) in ops {
            let len = len.min(PAGES - first);
            let flags = VmFlags::READ | VmFlags::from_bits_truncate(flags * 2);
            let range = addr(first)..addr(first + len);
            match kind {
                0 => {
                    clear(&mut tree, range);
                    tree.insert(area(first, len, flags), |_| ());
                    model[first as usize..(first + len) as usize].fill(Some(flags));
                }
                1 => {
                    clear(&mut tree, range);
                    model[first as usize..(first + len) as usize].fill(None);
                }
                _ => {
                    let place = tree.find_gap_down(want as u64 * PAGE, BASE, addr(PAGES));
                    prop_assert_eq!(place, highest_gap(&model, want));
                    if let Some(place) = place {
                        let page = (place - BASE) / PAGE;
                        tree.insert(area(page, want as u64, flags), |_| ());
                        model[page as usize..page as usize + want].fill(Some(flags));
                    }
                }
            }
            agree(&tree, &model)?;
            prop_assert_eq!(tree.find_gap_up(want as u64 * PAGE, BASE, addr(PAGES)), lowest_gap(&model, want));
        }
    }
}

#[test]
fn alike_neighbours_become_one() {
    let mut tree = VmaTree::new();
    let mut merged = 0;
    for page in [0, 2, 1] {
        tree.insert(area(page, 1, VmFlags::READ), |_| merged += 1);
    }
    assert_eq!((tree.len(), merged), (1, 2));
    assert_eq!(tree.find(addr(2)).map(Vma::range), Some(addr(0)..addr(3)));
    tree.insert(area(3, 1, VmFlags::WRITE), |_| panic!("not alike"));
    assert_eq!(tree.len(), 2);
}

#[test]
fn a_stack_keeps_its_distance() {
    let mut tree = VmaTree::new();
    let stack = addr(1024);
    tree.insert(Vma::new(stack..stack + PAGE, VmFlags::GROWSDOWN, 0, Backing::Anon), |_| ());
    let place = tree.find_gap_down(PAGE, BASE, stack + PAGE).unwrap();
    assert_eq!(place, stack - STACK_GUARD_GAP - PAGE);
    assert!(!tree.is_free_for(stack - STACK_GUARD_GAP, PAGE));
    assert!(tree.is_free_for(place, PAGE));
    tree.grow_down(stack, stack - 2 * PAGE);
    assert_eq!(tree.find(stack - PAGE).map(Vma::range), Some(stack - 2 * PAGE..stack + PAGE));
}
