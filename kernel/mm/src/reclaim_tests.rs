use std::sync::Mutex as StdMutex;

use abi::Errno;
use hal::mem::PAGE_SIZE;

use super::*;
use crate::mapping::Pager;
use crate::uio::IterDst;

/// The ring is everybody's: one test at a time.
static ONE: StdMutex<()> = StdMutex::new(());

struct Zeros;

impl Pager for Zeros {
    fn read_page(&self, _index: u64, page: &PageRef) -> Result<(), Errno> {
        page.fill_zero();
        Ok(())
    }

    fn write_page(&self, _index: u64, _page: &PageRef) -> Result<(), Errno> {
        Ok(())
    }

    fn size(&self) -> u64 {
        1 << 40
    }
}

fn touch(mapping: &Mapping, index: u64) {
    mapping.read(index * PAGE_SIZE as u64, &mut IterDst::kernel(&mut [0; 8])).unwrap();
}

#[test]
fn what_was_used_stays_longer_and_what_is_held_or_changed_stays() {
    let _one = ONE.lock();
    let mapping = Mapping::new(Arc::new(Zeros));
    for index in 0..300 {
        touch(&mapping, index);
    }
    for index in 0..50 {
        touch(&mapping, index);
    }
    let held = mapping.cached(60).unwrap();
    mapping.mark_dirty(61);
    let before = mapping.nr_pages();
    let got = (0..4).map(|_| reclaim(1)).take_while(|got| *got != 0).next();
    assert!(got.is_some());
    // The first pass takes pages that were read once; those that were read again have a round more.
    let early = (0..50).filter(|index| mapping.cached(*index).is_some()).count();
    assert!(early == 50 || mapping.nr_pages() <= before - 250, "{early}");
    while reclaim(1000) != 0 {}
    assert!(mapping.cached(60).is_some() && mapping.cached(61).is_some());
    assert_eq!(mapping.nr_pages(), 2);
    drop(held);
    mapping.sync().unwrap();
    while reclaim(1000) != 0 {}
    assert_eq!(mapping.nr_pages(), 0);
}

#[test]
fn mappings_that_are_gone_leave_the_ring() {
    let _one = ONE.lock();
    for _ in 0..1000 {
        touch(&Mapping::new(Arc::new(Zeros)), 3);
    }
    assert!(RING.lock().len() < 600);
    let (cached, _) = crate::cached_pages();
    let mapping = Mapping::new(Arc::new(Zeros));
    touch(&mapping, 1 << 20);
    while reclaim(1000) != 0 {}
    assert_eq!(mapping.nr_pages(), 0);
    drop(mapping);
    assert!(crate::cached_pages().0 <= cached + 300, "other tests have some");
}

/// Takes all frames there are, which the tests beside it would feel: it runs in a process of its own.
#[test]
fn a_file_larger_than_memory_can_be_read() {
    let this = std::env::current_exe().unwrap();
    let args = ["--exact", "--ignored", "reclaim::tests::reads_a_file_larger_than_memory"];
    let out = std::process::Command::new(this).args(args).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "by the test above"]
fn reads_a_file_larger_than_memory() {
    frames::set_reclaim(reclaim);
    let mapping = Mapping::new(Arc::new(Zeros));
    let pages = frames::total() as u64 * 2;
    for index in 0..pages {
        touch(&mapping, index);
    }
    assert!(mapping.nr_pages() < frames::total() as u64);
}
