use std::sync::Mutex as StdMutex;

use proptest::prelude::*;

use hal::mem::PAGE_SIZE;

use super::*;
use crate::uio::{IterDst, IterSrc};

fn read(mapping: &Mapping, pos: u64, len: usize) -> Vec<u8> {
    let mut buf = vec![0xee; len];
    let count = mapping.read(pos, &mut IterDst::kernel(&mut buf)).unwrap();
    buf.truncate(count);
    buf
}

fn write(mapping: &Mapping, pos: u64, bytes: &[u8]) {
    assert_eq!(mapping.write(pos, &mut IterSrc::kernel(bytes)), Ok(bytes.len()));
}

/// A file on a disk that counts.
struct Disk {
    data: StdMutex<Vec<u8>>,
    reads: StdMutex<u32>,
}

impl Pager for Disk {
    fn read_page(&self, index: u64, page: &PageRef) -> Result<(), Errno> {
        *self.reads.lock().unwrap() += 1;
        let data = self.data.lock().unwrap();
        let from = (index as usize * PAGE_SIZE).min(data.len());
        page.fill_zero();
        page.write(0, &data[from..data.len().min(from + PAGE_SIZE)]);
        Ok(())
    }

    fn write_page(&self, index: u64, page: &PageRef) -> Result<(), Errno> {
        let mut data = self.data.lock().unwrap();
        let from = index as usize * PAGE_SIZE;
        if data.len() < from + PAGE_SIZE {
            data.resize(from + PAGE_SIZE, 0);
        }
        page.read(0, &mut data[from..from + PAGE_SIZE]);
        Ok(())
    }

    fn size(&self) -> u64 {
        self.data.lock().unwrap().len() as u64
    }
}

#[test]
fn a_pager_is_asked_once_and_gets_changes_back() {
    let disk = Arc::new(Disk { data: StdMutex::new(b"hello, disk".to_vec()), reads: StdMutex::new(0) });
    let mapping = Mapping::new(disk.clone());
    assert_eq!(read(&mapping, 0, 100), b"hello, disk");
    assert_eq!(read(&mapping, 7, 4), b"disk");
    write(&mapping, 7, b"DISK");
    assert_eq!(*disk.reads.lock().unwrap(), 1);
    assert_eq!(&disk.data.lock().unwrap()[7..11], b"disk");
    mapping.sync().unwrap();
    assert_eq!(&disk.data.lock().unwrap()[7..11], b"DISK");
    assert_eq!(mapping.shrink(10), 1);
    assert_eq!(read(&mapping, 7, 4), b"DISK");
    assert_eq!(*disk.reads.lock().unwrap(), 2);
}

#[test]
fn reading_ahead_ends_with_the_file() {
    let disk = Arc::new(Disk { data: StdMutex::new(vec![1; 2 * PAGE_SIZE + 1]), reads: StdMutex::new(0) });
    let mapping = Mapping::new(disk.clone());
    mapping.read_ahead(PAGE_SIZE as u64 + 1, 1);
    assert_eq!(mapping.nr_pages(), 1);
    mapping.read_ahead(0, u64::MAX);
    mapping.read_ahead(u64::MAX, u64::MAX);
    mapping.read_ahead(0, 0);
    assert_eq!((mapping.nr_pages(), *disk.reads.lock().unwrap()), (3, 3));
}

#[test]
fn holes_cost_nothing_and_end_where_data_begins() {
    let mapping = Mapping::new_anon(None);
    mapping.truncate(1 << 40).unwrap();
    assert_eq!(read(&mapping, 1 << 39, 8), [0; 8]);
    assert_eq!(mapping.nr_pages(), 0);
    assert_eq!((mapping.seek_data(0), mapping.seek_hole(5)), (None, Some(5)));
    write(&mapping, 3 * PAGE_SIZE as u64 + 5, b"x");
    assert_eq!(mapping.nr_pages(), 1);
    assert_eq!(mapping.seek_data(7), Some(3 * PAGE_SIZE as u64));
    assert_eq!(mapping.seek_hole(3 * PAGE_SIZE as u64), Some(4 * PAGE_SIZE as u64));
    assert_eq!(mapping.seek_data(1 << 40), None);
}

struct Quota(AtomicI64);

impl PageAccount for Quota {
    fn charge(&self, pages: u64) -> Result<(), Errno> {
        if self.0.fetch_sub(pages as i64, Ordering::Relaxed) < pages as i64 {
            self.uncharge(pages);
            return Err(Errno::ENOSPC);
        }
        Ok(())
    }

    fn uncharge(&self, pages: u64) {
        self.0.fetch_add(pages as i64, Ordering::Relaxed);
    }
}

#[test]
fn pages_are_paid_for_and_given_back() {
    let quota = Arc::new(Quota(AtomicI64::new(2)));
    let mapping = Mapping::new_anon(Some(quota.clone()));
    let data = vec![7; 3 * PAGE_SIZE];
    assert_eq!(mapping.write(0, &mut IterSrc::kernel(&data)), Ok(2 * PAGE_SIZE));
    assert_eq!(mapping.write(2 * PAGE_SIZE as u64, &mut IterSrc::kernel(&data)), Err(Errno::ENOSPC));
    mapping.truncate(1).unwrap();
    assert_eq!(quota.0.load(Ordering::Relaxed), 1);
    drop(mapping);
    assert_eq!(quota.0.load(Ordering::Relaxed), 2);
}

#[derive(Clone, Debug)]
enum Op {
    Write(u64, usize, u8),
    Truncate(u64),
    Punch(u64, u64),
    Map(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let pos = 0..40_000u64;
    prop_oneof![
        4 => (pos.clone(), 1..9000usize, any::<u8>()).prop_map(|(p, n, b)| Op::Write(p, n, b)),
        2 => pos.clone().prop_map(Op::Truncate),
        2 => (pos.clone(), 1..20_000u64).prop_map(|(p, n)| Op::Punch(p, n)),
        1 => pos.prop_map(Op::Map),
    ]
}

proptest! {
    #[test]
    fn behaves_like_an_array_of_bytes(ops in prop::collection::vec(op(), 1..60)) {
        let mapping = Mapping::new_anon(None);
        let mut model: Vec<u8> = Vec::new();
        for op in ops {
            match op {
                Op::Write(pos, len, byte) => {
                    let end = pos as usize + len;
                    if model.len() < end { model.resize(end, 0); }
                    model[pos as usize..end].fill(byte);
                    write(&mapping, pos, &vec![byte; len]);
                }
                Op::Truncate(size) => {
                    model.resize(size as usize, 0);
                    mapping.truncate(size).unwrap();
                }
                Op::Punch(start, len) => {
                    let end = (start as usize + len as usize).min(model.len());
                    if (start as usize) < end { model[start as usize..end].fill(0); }
                    mapping.punch_hole(start, len).unwrap();
                }
                // A program scribbles behind the end through a mapping: nobody may ever see it.
                Op::Map(pos) if pos < mapping.size() => {
                    let page = mapping.get_page(pos / PAGE_SIZE as u64, true).unwrap();
                    let end = mapping.size() as usize;
                    if pos as usize / PAGE_SIZE == end / PAGE_SIZE {
                        page.write(end % PAGE_SIZE, &vec![0x55; PAGE_SIZE - end % PAGE_SIZE]);
                    }
                }
                Op::Map(_) => {}
            }
            prop_assert_eq!(mapping.size(), model.len() as u64);
            prop_assert!(mapping.nr_pages() <= mapping.size().div_ceil(PAGE_SIZE as u64));
            prop_assert_eq!(read(&mapping, 0, 70_000), model.clone());
        }
    }
}

/// A file far away: it counts the requests, and one page of it can't be read.
struct Far {
    requests: StdMutex<Vec<(u64, usize)>>,
    bad: u64,
}

impl Pager for Far {
    fn read_page(&self, index: u64, page: &PageRef) -> Result<(), Errno> {
        self.read_pages(index, core::slice::from_ref(page))
    }

    fn read_pages(&self, first: u64, pages: &[PageRef]) -> Result<(), Errno> {
        self.requests.lock().unwrap().push((first, pages.len()));
        for (page, index) in pages.iter().zip(first..) {
            if index == self.bad {
                return Err(Errno::EIO);
            }
            page.write(0, &[index as u8; PAGE_SIZE]);
        }
        Ok(())
    }

    fn readahead_pages(&self) -> u32 {
        64
    }

    fn write_page(&self, _index: u64, _page: &PageRef) -> Result<(), Errno> {
        Err(Errno::EROFS)
    }

    fn size(&self) -> u64 {
        1 << 20
    }
}

#[test]
fn a_sequence_is_read_in_few_requests_and_errors_stay_where_they_are() {
    let far = Arc::new(Far { requests: StdMutex::new(Vec::new()), bad: 1 << 40 });
    let mapping = Mapping::new(far.clone());
    for page in 0..256 {
        assert_eq!(read(&mapping, page * PAGE_SIZE as u64, PAGE_SIZE), [page as u8; PAGE_SIZE]);
    }
    assert_eq!(*far.requests.lock().unwrap(), [(0, 16), (16, 32), (48, 64), (112, 64), (176, 64), (240, 16)]);
    let far = Arc::new(Far { requests: StdMutex::new(Vec::new()), bad: 20 });
    let mapping = Mapping::new(far);
    for page in 0..256 {
        let mut buf = [0; 8];
        let got = mapping.read(page * PAGE_SIZE as u64, &mut IterDst::kernel(&mut buf));
        assert_eq!(got, if page == 20 { Err(Errno::EIO) } else { Ok(8) }, "page {page}");
    }
}

#[test]
fn what_was_written_through_is_clean_and_can_be_forgotten() {
    let disk = Arc::new(Disk { data: StdMutex::new(b"hello, disk".to_vec()), reads: StdMutex::new(0) });
    let mapping = Mapping::new(disk.clone());
    assert_eq!(read(&mapping, 0, 100), b"hello, disk");
    let mut bytes = vec![b'x'; PAGE_SIZE];
    bytes.extend_from_slice(b"end");
    mapping.written_through(5, &bytes);
    assert_eq!(mapping.size(), 5 + PAGE_SIZE as u64 + 3);
    let all = read(&mapping, 0, 2 * PAGE_SIZE);
    assert_eq!((&all[..8], &all[PAGE_SIZE + 3..]), (&b"helloxxx"[..], &b"xxend"[..]));
    assert_eq!(*disk.reads.lock().unwrap(), 1);
    mapping.sync().unwrap();
    assert_eq!(disk.data.lock().unwrap().len(), 11);
    mapping.invalidate().unwrap();
    assert_eq!(mapping.nr_pages(), 0);
    mapping.set_size(11);
    assert_eq!(read(&mapping, 0, 100), b"hello, disk");
    mapping.truncate(3).unwrap();
    mapping.sync().unwrap();
    assert_eq!(disk.data.lock().unwrap().len(), 11);
    assert_eq!(read(&mapping, 0, 100), b"hel");
}
